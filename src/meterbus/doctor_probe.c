/* SPDX-License-Identifier: MIT */
#include "meterbus/doctor_probe.h"

#include <string.h>

void doctor_probe_init(struct doctor_probe *p, const struct mb_line *line, const uint8_t *bytes,
	size_t len, const struct doctor_times *times, uint64_t now_us)
{
	memset(p, 0, sizeof(*p));
	p->line = *line;
	p->tx_len = (uint16_t)(len < sizeof(p->tx) ? len : sizeof(p->tx));
	if (p->tx_len)
		memcpy(p->tx, bytes, p->tx_len);
	p->times = *times;
	p->begin_us = p->sent_us = now_us;
	p->end_us = p->tx_len ? MB_NEVER : now_us + times->silence_us;
}

static size_t probe_tx(void *self, uint64_t now_us, const uint8_t **ret_bytes)
{
	struct doctor_probe *p = self;

	if (p->tx_sent == p->tx_len)
		return 0;
	if (p->tx_sent == 0)
		p->begin_us = now_us;
	*ret_bytes = p->tx + p->tx_sent;
	return (size_t)(p->tx_len - p->tx_sent);
}

static void probe_sent(void *self, size_t n, uint64_t end_us)
{
	struct doctor_probe *p = self;

	p->tx_sent = (uint16_t)(p->tx_sent + n);
	p->sent_us = end_us;
	if (p->tx_sent == p->tx_len)
		p->end_us = end_us + p->times.silence_us;
}

static bool is_echo_so_far(const struct doctor_probe *p)
{
	return p->len <= p->tx_len && memcmp(p->heard, p->tx, p->len) == 0;
}

/* Several meters may answer one behind the other: the whole answer time is heard out. */
static uint64_t end_of_answer(const struct doctor_probe *p, uint64_t now_us)
{
	const struct doctor_times *t = &p->times;
	uint64_t window_us = (is_echo_so_far(p) ? now_us : p->sent_us) + t->window_us;
	uint64_t gap_us = now_us + t->gap_us;

	if (is_echo_so_far(p))
		window_us += t->gap_us;
	return window_us > gap_us ? window_us : gap_us;
}

static void probe_rx(
	void *self, const uint8_t *bytes, const uint8_t *marks, size_t n, uint64_t now_us)
{
	struct doctor_probe *p = self;

	if (n && !p->count)
		p->first_us = now_us;
	p->last_us = now_us;
	p->count += n;
	for (size_t i = 0; i < n && p->len < DOCTOR_HEARD_MAX; i++) {
		p->heard[p->len] = bytes[i];
		p->marks[p->len] = marks ? marks[i] : 0;
		p->at_us[p->len++] = now_us;
	}
	if (n && p->tx_sent == p->tx_len && p->tx_len && p->count <= DOCTOR_HEARD_MAX)
		p->end_us = end_of_answer(p, now_us);
}

static uint64_t probe_deadline(const void *self)
{
	const struct doctor_probe *p = self;

	return p->end_us;
}

static void probe_tick(void *self, uint64_t now_us)
{
	(void)self, (void)now_us; /* doctor_probe_over() sees it */
}

static void probe_line(const void *self, struct mb_line *ret_line)
{
	const struct doctor_probe *p = self;

	*ret_line = p->line;
}

static const struct mb_engine_ops probe_ops = {
	.tx = probe_tx,
	.sent = probe_sent,
	.rx = probe_rx,
	.deadline = probe_deadline,
	.tick = probe_tick,
	.line = probe_line,
};

bool doctor_probe_over(const struct doctor_probe *p, uint64_t now_us)
{
	return now_us >= p->end_us;
}

struct mb_engine doctor_probe_engine(struct doctor_probe *p)
{
	return (struct mb_engine){&probe_ops, p};
}
