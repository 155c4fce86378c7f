/* SPDX-License-Identifier: MIT */
/*
 * One mask on the wire: select, then request. An E5 may be that of many, sent at once; only one
 * clean answer to the request, of an identity that the mask matches, is one meter.
 */
#include <meterbus/error.h>
#include <meterbus/telegram.h>

#include "mem.h"
#include "search_impl.h"

#define CI_SELECT 0x52
#define C_REQUEST (MB_C_REQ_UD2 | MB_C_FCB) /* the first one after a selection or SND_NKE */
#define DIF_FABRICATION 0x0C
#define VIF_FABRICATION 0x78
#define DOUBTS_MAX 2 /* times that a mask is begun again */
#define DIRTY_MAX 24 /* more than a tree is deep: something clean must have come by then */
#define NOISE_BYTES 16 /* one of so many has an error: that is noise */
#define LONG_ANSWER 120 /* bytes; most answers are no longer */
#define SPOILED_MAX 3 /* selections of a mask that do not count, since the line was not ours */
#define ECHOES_MAX 40 /* the same, when we heard that they were not sent well */

/* ---- selecting ---- */

void mbi_probe_select(struct mb_search *s)
{
	uint8_t data[8 + 6];
	uint8_t len = 8;

	mb_secondary_write(&s->plan.ask.address, data);
	if (s->plan.ask.fabrication != MB_ID_ANY) {
		data[len++] = DIF_FABRICATION;
		data[len++] = VIF_FABRICATION;
		for (unsigned i = 0; i < 4; i++)
			data[len++] = (uint8_t)(s->plan.ask.fabrication >> 8 * i);
	}
	s->repeats += (s->plan.ask_again | s->attempt | s->spoiled | s->doubts) != 0;
	s->attempt++;
	s->tx_len = (uint8_t)mb_frame_write_long(
		s->tx, sizeof(s->tx), MB_C_SND_UD, MB_A_NETWORK, CI_SELECT, data, len);
	mbi_search_send(s, MBI_SEARCH_SELECT, MBI_EXPECT_ACK, true);
}

void mbi_probe_begin(struct mb_search *s)
{
	s->doubts = 0;
	s->attempt = s->spoiled = 0;
	s->ack_garbled = false;
	mbi_probe_select(s);
}

/* Whoever may still be selected from before is told to forget it. */
static void begin_again(struct mb_search *s)
{
	s->doubts++;
	s->attempt = s->spoiled = 0;
	s->ack_garbled = false;
	mbi_search_send_short(s, MBI_SEARCH_DESELECT, MB_C_SND_NKE, MB_A_NETWORK);
}

static void request(struct mb_search *s)
{
	s->requests++;
	s->request_attempt++;
	mbi_search_send_short(s, MBI_SEARCH_REQUEST, C_REQUEST, MB_A_NETWORK);
}

/* ---- the verdict ---- */

static void tell_mask(struct mb_search *s, uint8_t trouble, const struct mbi_result *r)
{
	struct mb_search_event *event = mbi_search_tell(s, MB_SEARCH_TROUBLE, trouble);

	event->address.secondary = s->plan.ask.address;
	if (r)
		mbi_search_evidence(event, r);
}

static void count_dirt(struct mb_search *s, enum mbi_answer answer, const struct mbi_result *r)
{
	if (answer == MBI_ANSWER_NONE || answer == MBI_ANSWER_ONE || !s->ack_garbled) {
		s->dirty = 0;
		return;
	}
	if (++s->dirty < DIRTY_MAX)
		return;
	tell_mask(s, MB_SEARCH_TROUBLE_NOISE, r);
	mbi_search_reason(s, MB_SEARCH_REASON_NOISE);
	s->plan.phase = MBI_PHASE_DONE;
}

static void tell_meter(
	struct mb_search *s, const struct mb_search_node *meter, const struct mbi_result *r)
{
	mbi_search_tell_found(s, meter, r);
	if (meter->flags & MB_SEARCH_OTHER_IDENTITY)
		tell_mask(s, MB_SEARCH_TROUBLE_OTHER_IDENTITY, r);
	if (meter->flags & MB_SEARCH_NO_DATA)
		tell_mask(s,
			r->outcome == MB_E_SILENCE ? MB_SEARCH_TROUBLE_DEAF
						   : MB_SEARCH_TROUBLE_NO_DATA,
			r);
}

static void answer(struct mb_search *s, enum mbi_answer answer, const struct mb_search_node *meter,
	const struct mbi_result *r)
{
	static const struct mb_search_node nobody = {.mask.fabrication = MB_ID_ANY};
	int i;

	if (answer != MBI_ANSWER_NONE)
		mbi_loss_selection(s);
	i = mbi_plan_answer(&s->plan, answer, meter ? meter : &nobody);
	s->state = MBI_SEARCH_NEXT;
	mbi_loss_adapt(s);
	if (i >= 0 && i != MBI_NO_NODE)
		tell_meter(s, mbi_plan_meter(&s->plan, (unsigned)i), r);
	count_dirt(s, answer, r);
	mbi_search_tell(s, MB_SEARCH_PROGRESS, 0)->address.secondary = s->plan.ask.address;
}

/* ---- after the selection ---- */

static bool is_glitch(uint8_t byte)
{
	return byte == 0x00 || byte == 0xFF;
}

/* Our own telegram was spoiled, or the line was not ours: that says nothing about the mask. */
static bool spoiled(const struct mbi_result *r)
{
	return !r->sent || r->echo_differs || r->outcome == MB_E_FOREIGN_MASTER ||
	       r->outcome == MB_E_WRONG_ANSWER ||
	       (r->outcome == MB_E_NOISE && r->count == 1 && is_glitch(r->bytes[0]));
}

/* A converter that switches, or a meter, may add one such byte on either side. */
static bool only_glitches(const struct mbi_result *r)
{
	return r->junk <= 1 && r->trailing <= 1 && (!r->junk || is_glitch(r->bytes[0])) &&
	       (!r->trailing || is_glitch(r->bytes[r->len - 1]));
}

void mbi_probe_selected(struct mb_search *s, const struct mbi_result *r)
{
	bool silent = r->outcome == MB_E_SILENCE;

	if (spoiled(r) && s->spoiled < (r->echo_differs ? ECHOES_MAX : SPOILED_MAX)) {
		s->spoiled++;
		s->attempt--;
		mbi_probe_select(s);
		return;
	}
	if (silent && s->attempt < s->plan.ask_tries) {
		mbi_probe_select(s);
		return;
	}
	/* what came back changed was our own, and nothing else came */
	if (silent || r->outcome == MB_E_ECHO_DIFFERS) {
		if (!silent)
			mbi_search_reason(s, MB_SEARCH_REASON_NOISE);
		answer(s, MBI_ANSWER_NONE, NULL, r);
		return;
	}
	s->ack_garbled = r->plain != 0 || !r->has_frame || !only_glitches(r);
	/* garbage: nearly always several; where noise is known, or all digits are fixed, look closer */
	if (s->ack_garbled && !s->noisy && !mbi_id_fixed(s->plan.ask.address.id)) {
		answer(s, MBI_ANSWER_SEVERAL, NULL, r);
		return;
	}
	mbi_probe_fresh(s);
	request(s);
}

/* ---- after the request ---- */

static unsigned marks(const struct mbi_result *r)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->len; i++)
		n += r->marks[i] != 0;
	return n;
}

/* A byte now and then may be noise in the answer of one; many are the bytes of several. */
static enum mbi_response classify_broken(const struct mbi_result *r)
{
	if (r->outcome == MB_E_COLLISION || marks(r) > r->len / NOISE_BYTES)
		return MBI_RESPONSE_GARBLED;
	return marks(r) ? MBI_RESPONSE_NOISY : MBI_RESPONSE_SHORT;
}

static enum mbi_response classify(const struct mbi_result *r)
{
	if (r->has_frame && r->plain == 0)
		return only_glitches(r) ? MBI_RESPONSE_CLEAN : MBI_RESPONSE_GARBLED;
	if (r->outcome == MB_E_SILENCE || spoiled(r))
		return MBI_RESPONSE_SILENT;
	if (r->outcome == MB_E_NO_DATA || r->outcome == MB_E_NACK)
		return MBI_RESPONSE_ACK;
	return classify_broken(r);
}

unsigned mbi_probe_longest(const struct mb_search *s)
{
	return s->longest > LONG_ANSWER ? s->longest : LONG_ANSWER;
}

/*
 * Where many send at once the line is a space most of the time: a UART hears next to nothing, and
 * takes for idle what is not. Wait as long as an answer may last.
 */
static void let_them_finish(struct mb_search *s, const struct mbi_result *r)
{
	unsigned len = s->longest ? mbi_probe_longest(s) : MB_FRAME_MAX;

	mbi_exchange_hold(&s->exchange, r->end_us + mb_path_answer_us(&s->config.path) +
						mb_line_bytes_us(&s->config.path.line, len));
}

enum mbi_response mbi_probe_response(struct mb_search *s, const struct mbi_result *r)
{
	enum mbi_response response = classify(r);

	if (response == MBI_RESPONSE_CLEAN && r->frame.size > s->longest)
		s->longest = r->frame.size;
	if (response == MBI_RESPONSE_GARBLED)
		let_them_finish(s, r);
	return response;
}

void mbi_probe_fresh(struct mb_search *s)
{
	s->request_attempt = s->request_lost = 0;
	s->response = MBI_RESPONSE_CLEAN;
}

static unsigned limit(const struct mb_search *s, enum mbi_response response)
{
	bool lossy = s->loss.broken || s->loss.lost || s->noisy;
	/* clang-format off */
	static const uint8_t limits[][2] = { /* quiet line, bad line */
		[MBI_RESPONSE_CLEAN] =   {0, 0},
		[MBI_RESPONSE_SILENT] =  {3, 6},
		[MBI_RESPONSE_ACK] =     {3, 3},
		[MBI_RESPONSE_SHORT] =   {3, 10},
		[MBI_RESPONSE_NOISY] =   {3, 10},
		[MBI_RESPONSE_GARBLED] = {2, 3},
	};
	/* clang-format on */
	unsigned n = limits[response][lossy];

	bool damaged = response == MBI_RESPONSE_SHORT || response == MBI_RESPONSE_NOISY;

	if (damaged && lossy && n < mbi_loss_requests(s))
		n = mbi_loss_requests(s);
	return n;
}

bool mbi_probe_again(struct mb_search *s, enum mbi_response *response)
{
	if (*response == MBI_RESPONSE_SILENT || *response == MBI_RESPONSE_SHORT)
		s->request_lost++;
	if (*response > s->response)
		s->response = (uint8_t)*response;
	*response = (enum mbi_response)s->response;
	return s->request_attempt < limit(s, *response);
}

void mbi_probe_learn(struct mb_search *s, const struct mbi_result *r)
{
	mbi_loss_request(s, r);
	s->noisy |= s->response == MBI_RESPONSE_NOISY;
}

void mbi_probe_meter(const struct mbi_result *r, struct mb_search_node *ret_meter)
{
	struct mb_telegram telegram;

	memset(ret_meter, 0, sizeof(*ret_meter));
	memset(&ret_meter->identity, 0xFF, sizeof(ret_meter->identity));
	ret_meter->mask.fabrication = MB_ID_ANY;
	ret_meter->primary = r->frame.a;
	if (mb_telegram_parse(&r->frame, &telegram) == 0 && telegram.has_address)
		ret_meter->identity = telegram.address;
}

/* The fixed structure carries no more than the identification. */
static bool within(const struct mb_secondary *mask, const struct mb_secondary *identity)
{
	struct mb_secondary digits = *mask;

	if (identity->manufacturer != MB_MANUFACTURER_ANY)
		return mb_secondary_match(mask, identity);
	memset(&digits, 0xFF, sizeof(digits));
	digits.id = mask->id;
	return mb_secondary_match(&digits, identity);
}

/* One clean answer. Is it the answer to this selection? */
static void answered(struct mb_search *s, const struct mbi_result *r)
{
	struct mb_search_node meter;

	mbi_probe_learn(s, r);
	mbi_probe_meter(r, &meter);
	if (meter.identity.id == MB_ID_ANY) {
		meter.flags = MB_SEARCH_NO_DATA;
		answer(s, MBI_ANSWER_UNKNOWN, &meter, r);
	} else if (!within(&s->plan.ask.address, &meter.identity)) {
		/* a meter that missed its deselection, or one with two identities? */
		bool same = s->doubts && mb_secondary_equal(&s->stray, &meter.identity);

		s->stray = meter.identity;
		meter.flags = MB_SEARCH_OTHER_IDENTITY;
		if (s->doubts < DOUBTS_MAX)
			begin_again(s);
		else
			answer(s, same ? MBI_ANSWER_ONE : MBI_ANSWER_SEVERAL, &meter, r);
	} else if (s->ack_garbled && !s->doubts) {
		begin_again(s);
	} else if (s->ack_garbled && !s->noisy) {
		answer(s, MBI_ANSWER_SEVERAL, NULL, r);
	} else {
		answer(s, MBI_ANSWER_ONE, &meter, r);
	}
}

static void unanswered(struct mb_search *s, enum mbi_response response, const struct mbi_result *r)
{
	struct mb_search_node meter = {.flags = MB_SEARCH_NO_DATA, .mask.fabrication = MB_ID_ANY};
	bool fixed = mbi_id_fixed(s->plan.ask.address.id);

	if (response == MBI_RESPONSE_SILENT && s->ack_garbled && !s->doubts)
		begin_again(s); /* it may have been noise only */
	else if (response >= MBI_RESPONSE_SHORT && fixed && s->doubts < DOUBTS_MAX)
		begin_again(s); /* before hundreds of values are asked */
	else if (response >= MBI_RESPONSE_SHORT)
		answer(s, MBI_ANSWER_SEVERAL, NULL, r);
	else
		answer(s, MBI_ANSWER_UNKNOWN, &meter, r);
}

void mbi_probe_requested(struct mb_search *s, const struct mbi_result *r)
{
	enum mbi_response response = mbi_probe_response(s, r);

	if (response == MBI_RESPONSE_CLEAN)
		answered(s, r);
	else if (mbi_probe_again(s, &response))
		request(s);
	else
		unanswered(s, response, r);
}
