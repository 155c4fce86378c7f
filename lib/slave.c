/* SPDX-License-Identifier: MIT */
/* The slave's verbs and its reception: link.md's rules of EN 13757-2 clause 5. */
#include "slave_impl.h"

#define IDLE_BITS 33 /* of idle after an error, EN 13757-2 5.5 */
#define DELAY_BITS 20 /* default answer delay; 11 .. 330 bits + 50 ms are allowed */
#define US_PER_MS 1000u
#define US_PER_S 1000000u

static const struct mb_slave_quirk_info quirk_infos[] = {
#define MB_X(name, text, unit, meaning) {text, unit, meaning},
	MB_SLAVE_QUIRK_MAP(MB_X)
#undef MB_X
};

static const char *const reaction_texts[] = {
#define MB_X(name, text) text,
	MB_SLAVE_REACTION_MAP(MB_X)
#undef MB_X
};

static const uint32_t bauds[] = {300, 600, 1200, 2400, 4800, 9600, 19200, 38400};

const struct mb_slave_quirk_info *mb_slave_quirk_info(unsigned q)
{
	return q < MB_SLAVE_QUIRK_COUNT ? &quirk_infos[q] : NULL;
}

const char *mb_slave_reaction_text(unsigned reaction)
{
	return reaction < sizeof(reaction_texts) / sizeof(reaction_texts[0])
		       ? reaction_texts[reaction]
		       : "?";
}

static bool known_baud(uint32_t baud)
{
	for (size_t i = 0; i < sizeof(bauds) / sizeof(bauds[0]); i++)
		if (bauds[i] == baud)
			return true;
	return false;
}

int mb_slave_init(struct mb_slave *s, const struct mb_slave_config *config)
{
	uint32_t baud = config->baud ? config->baud : 2400;

	if (config->primary > MB_A_MAX && config->primary != MB_A_NETWORK)
		return MB_E_INVALID;
	if (!known_baud(baud) || config->delay_min_us > config->delay_max_us)
		return MB_E_INVALID;
	memset(s, 0, sizeof(*s));
	s->config = *config;
	s->config.baud = baud;
	s->access = config->access;
	s->random = config->seed * 2654435761u | 1;
	s->baud = baud;
	mb_slave_power_up(s);
	return 0;
}

void mb_slave_power_up(struct mb_slave *s)
{
	memset(&s->rx_broken, 0,
		offsetof(struct mb_slave, config) - offsetof(struct mb_slave, rx_broken));
	fcb_forget(&s->fcb[FCB_OWN]);
	fcb_forget(&s->fcb[FCB_NETWORK]);
	s->fallback_us = MB_NEVER;
	s->deaf = quirk(s, MB_SLAVE_DEAF);
	s->acks_due = quirk(s, MB_SLAVE_ACK_FIRST);
	s->fresh = true;
}

int mb_slave_set_telegrams(struct mb_slave *s, const struct mb_slave_telegram *telegrams, size_t n)
{
	if (n > UINT16_MAX)
		return MB_E_INVALID;
	for (size_t i = 0; i < n; i++)
		if (telegrams[i].len > MB_FRAME_DATA_MAX)
			return MB_E_INVALID;
	s->telegrams = telegrams;
	s->n_telegrams = (uint16_t)n;
	return 0;
}

void mb_slave_set_status(struct mb_slave *s, uint8_t status)
{
	s->status = status;
}

void mb_slave_alarm(struct mb_slave *s, uint8_t bits)
{
	s->alarm = bits;
	s->alarm_pending = true;
	s->alarm_sent = false;
}

bool mb_slave_selected(const struct mb_slave *s)
{
	return s->selected;
}

uint8_t mb_slave_primary(const struct mb_slave *s)
{
	return s->config.primary;
}

uint8_t mb_slave_application(const struct mb_slave *s)
{
	return s->application;
}

const struct mb_secondary *mb_slave_identity(const struct mb_slave *s)
{
	return &s->config.identity;
}

/* ---- events ---- */

struct mb_slave_event *mbi_slave_event(struct mb_slave *s, enum mb_slave_event_type type)
{
	struct mb_slave_event *event;

	if (s->event_count == MB_SLAVE_EVENTS) {
		s->event_first = (uint8_t)((s->event_first + 1) % MB_SLAVE_EVENTS);
		s->event_count--;
	}
	event = &s->events[(s->event_first + s->event_count++) % MB_SLAVE_EVENTS];
	memset(event, 0, sizeof(*event));
	event->type = (uint8_t)type;
	return event;
}

int mb_slave_event(struct mb_slave *s, struct mb_slave_event *ret_event)
{
	if (!s->event_count)
		return 0;
	*ret_event = s->events[s->event_first];
	s->event_first = (uint8_t)((s->event_first + 1) % MB_SLAVE_EVENTS);
	s->event_count--;
	return 1;
}

/* ---- time ---- */

void mb_slave_line(const struct mb_slave *s, struct mb_line *ret_line)
{
	*ret_line = (struct mb_line){s->baud, 8, MB_PARITY_EVEN, 1};
}

uint64_t mbi_slave_bits_us(const struct mb_slave *s, unsigned n_bits)
{
	struct mb_line line;

	mb_slave_line(s, &line);
	return mb_line_bit_us(&line, n_bits);
}

void mbi_slave_set_baud(struct mb_slave *s, uint32_t baud)
{
	s->baud = baud;
	mbi_slave_event(s, MB_SLAVE_EVENT_BAUD);
}

static uint32_t next_random(struct mb_slave *s)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 17;
	s->random ^= s->random << 5;
	return s->random;
}

static uint64_t answer_delay_us(struct mb_slave *s, enum mb_slave_reaction reaction)
{
	uint32_t span = s->config.delay_max_us - s->config.delay_min_us;

	if (quirk(s, MB_SLAVE_SLOW) && reaction >= MB_SLAVE_REACTION_RESPONSE)
		return (uint64_t)quirk(s, MB_SLAVE_SLOW) * US_PER_MS;
	if (!s->config.delay_max_us)
		return mbi_slave_bits_us(s, DELAY_BITS);
	return s->config.delay_min_us + (span ? next_random(s) % (span + 1) : 0);
}

/* ---- reception ---- */

static void take_frame(struct mb_slave *s, const struct mb_frame *frame, uint64_t now_us)
{
	enum mb_slave_reaction reaction;

	if (frame->type < MB_FRAME_SHORT || !(frame->c & MB_C_PRM))
		return;
	if (s->deaf) {
		s->deaf--;
		return;
	}
	s->fallback_us = MB_NEVER;
	reaction = mbi_slave_react(s, frame, now_us);
	if (reaction == MB_SLAVE_REACTION_SILENT)
		return;
	s->reaction = (uint8_t)reaction;
	s->single = reaction == MB_SLAVE_REACTION_NACK ? MB_NACK : MB_ACK;
	s->answering = true;
	s->out_len = s->out_pos = 0;
	s->due_us = now_us + answer_delay_us(s, reaction);
}

static void take_frames(struct mb_slave *s, uint64_t now_us)
{
	while (s->rx_used < s->rx_len) {
		struct mb_frame frame;
		int rc = mb_frame_parse(
			s->rx + s->rx_used, (size_t)(s->rx_len - s->rx_used), &frame);

		if (rc == MB_E_INCOMPLETE)
			return;
		if (rc < 0) {
			s->rx_broken = true;
			s->rx_used = s->rx_len;
			return;
		}
		take_frame(s, &frame, now_us);
		s->rx_used = (uint16_t)(s->rx_used + rc);
	}
}

static uint64_t gap_limit_us(const struct mb_slave *s)
{
	uint64_t idle = mbi_slave_bits_us(s, IDLE_BITS);

	if (quirk(s, MB_SLAVE_STRICT_GAP) || idle > MB_SLAVE_GAP_US)
		return idle;
	return MB_SLAVE_GAP_US;
}

/* The pause before these n bytes ends what was broken, or abandons what was begun. */
static void judge_gap(struct mb_slave *s, size_t n, uint64_t now_us)
{
	struct mb_line line;
	uint64_t duration, gap;

	mb_slave_line(s, &line);
	duration = mb_line_bytes_us(&line, n);
	gap = now_us > s->rx_last_us + duration ? now_us - s->rx_last_us - duration : 0;
	if (s->rx_broken && gap >= mbi_slave_bits_us(s, IDLE_BITS)) {
		s->rx_broken = false;
		s->rx_used = s->rx_len = 0;
	}
	if (gap > gap_limit_us(s))
		s->rx_used = s->rx_len = 0;
	s->rx_last_us = now_us;
}

static bool marked(const uint8_t *marks, size_t n, uint8_t which)
{
	for (size_t i = 0; marks && i < n; i++)
		if (marks[i] & which)
			return true;
	return false;
}

static void take_break(struct mb_slave *s)
{
	s->rx_used = s->rx_len = 0;
	s->rx_broken = false;
	if (quirk(s, MB_SLAVE_BREAK_300) && s->baud != 300)
		mbi_slave_set_baud(s, 300);
}

static void take_bytes(struct mb_slave *s, const uint8_t *bytes, size_t n, uint64_t now_us)
{
	while (n && !s->rx_broken) {
		size_t room, k;

		memmove(s->rx, s->rx + s->rx_used, (size_t)(s->rx_len - s->rx_used));
		s->rx_len = (uint16_t)(s->rx_len - s->rx_used);
		s->rx_used = 0;
		room = sizeof(s->rx) - s->rx_len;
		k = n < room ? n : room;
		memcpy(s->rx + s->rx_len, bytes, k);
		s->rx_len = (uint16_t)(s->rx_len + k);
		bytes += k;
		n -= k;
		take_frames(s, now_us);
	}
}

void mb_slave_rx(
	struct mb_slave *s, const uint8_t *bytes, const uint8_t *marks, size_t n, uint64_t now_us)
{
	if (!n || s->lent || (s->answering && s->out_pos))
		return; /* half duplex: nothing is heard while sending */
	if (marked(marks, n, MB_MARK_BREAK)) {
		take_break(s);
		return;
	}
	judge_gap(s, n, now_us);
	if (marked(marks, n, 0xFF)) {
		s->rx_broken = true;
		s->rx_used = s->rx_len;
	}
	take_bytes(s, bytes, n, now_us);
}

/* ---- answers ---- */

/* Every n-th telegram is spoiled; restored once it is sent, so that a repetition is good. */
static void spoil(struct mb_slave *s)
{
	uint16_t length = quirk(s, MB_SLAVE_LENGTH_DIFFERS);
	uint16_t checksum = quirk(s, MB_SLAVE_BAD_CHECKSUM);

	s->flaw = 0;
	if (length && s->sent % length == length - 1u)
		s->flaw = 2;
	else if (checksum && s->sent % checksum == checksum - 1u)
		s->flaw = (uint16_t)(4 + s->response[1]);
	if (s->flaw)
		s->response[s->flaw] ^= 0x01;
}

static void begin_answer(struct mb_slave *s)
{
	if (s->reaction < MB_SLAVE_REACTION_RESPONSE) {
		s->out = &s->single;
		s->out_len = s->out_split = 1;
		s->flaw = 0;
		return;
	}
	if (s->build)
		mbi_slave_build_answer(s);
	spoil(s);
	s->out = s->response;
	s->out_len = s->response_len;
	s->out_split = quirk(s, MB_SLAVE_PAUSE) ? (uint16_t)(s->out_len / 2) : s->out_len;
}

size_t mb_slave_tx(struct mb_slave *s, uint64_t now_us, const uint8_t **ret_bytes)
{
	if (!s->answering || (now_us < s->due_us && !s->lent))
		return 0;
	if (!s->out_len)
		begin_answer(s);
	s->answering = s->out_len > 0;
	if (!s->answering)
		return 0;
	s->lent = true;
	*ret_bytes = s->out + s->out_pos;
	return (size_t)(s->out_split - s->out_pos);
}

static void end_answer(struct mb_slave *s, uint64_t end_us)
{
	s->answering = false;
	if (s->reaction >= MB_SLAVE_REACTION_RESPONSE)
		s->sent++;
	if (s->flaw)
		s->response[s->flaw] ^= 0x01;
	s->flaw = 0;
	if (!s->baud_next)
		return;
	s->baud_old = s->baud;
	s->fallback_us =
		end_us + (quirk(s, MB_SLAVE_BAUD_FALLBACK)
					 ? (uint64_t)quirk(s, MB_SLAVE_BAUD_FALLBACK) * US_PER_S
					 : MB_SLAVE_FALLBACK_US);
	mbi_slave_set_baud(s, s->baud_next);
	s->baud_next = 0;
}

void mb_slave_sent(struct mb_slave *s, size_t n, uint64_t end_us)
{
	if (!s->lent || n > (size_t)(s->out_split - s->out_pos))
		return;
	s->out_pos = (uint16_t)(s->out_pos + n);
	if (s->out_pos < s->out_split)
		return;
	s->lent = false;
	if (s->out_pos == s->out_len) {
		end_answer(s, end_us);
		return;
	}
	s->due_us = end_us + (uint64_t)quirk(s, MB_SLAVE_PAUSE) * US_PER_MS;
	s->out_split = s->out_len;
}

uint64_t mb_slave_deadline(const struct mb_slave *s)
{
	uint64_t due = s->answering && !s->lent ? s->due_us : MB_NEVER;

	return due < s->fallback_us ? due : s->fallback_us;
}

void mb_slave_tick(struct mb_slave *s, uint64_t now_us)
{
	if (now_us < s->fallback_us)
		return;
	s->fallback_us = MB_NEVER;
	mbi_slave_set_baud(s, s->baud_old);
}

/* ---- the engine's table ---- */

static size_t op_tx(void *self, uint64_t now_us, const uint8_t **ret_bytes)
{
	return mb_slave_tx(self, now_us, ret_bytes);
}

static void op_sent(void *self, size_t n, uint64_t end_us)
{
	mb_slave_sent(self, n, end_us);
}

static void op_rx(void *self, const uint8_t *bytes, const uint8_t *marks, size_t n, uint64_t now_us)
{
	mb_slave_rx(self, bytes, marks, n, now_us);
}

static uint64_t op_deadline(const void *self)
{
	return mb_slave_deadline(self);
}

static void op_tick(void *self, uint64_t now_us)
{
	mb_slave_tick(self, now_us);
}

static void op_line(const void *self, struct mb_line *ret_line)
{
	mb_slave_line(self, ret_line);
}

struct mb_engine mb_slave_engine(struct mb_slave *s)
{
	static const struct mb_engine_ops ops = {
		.tx = op_tx,
		.sent = op_sent,
		.rx = op_rx,
		.deadline = op_deadline,
		.tick = op_tick,
		.line = op_line,
	};

	return (struct mb_engine){&ops, s};
}
