/* SPDX-License-Identifier: MIT */
#include "master_impl.h"
#include "mem.h"

#define LAST(m) (&(m)->events[((m)->event_first + (m)->event_count - 1u) % MB_MASTER_EVENTS])

/*
 * A slot for a new event. Nothing is sent while events wait, so that one exchange must fit: that it
 * does is asserted by the tests. A caller that lets them pile up all the same loses the oldest.
 */
struct mb_master_event *mbi_event(struct mb_master *m, uint8_t type)
{
	struct mb_master_event *event;

	if (m->event_count == MB_MASTER_EVENTS) {
		m->event_first = (uint8_t)((m->event_first + 1) % MB_MASTER_EVENTS);
		m->event_count--;
	}
	m->event_count++;
	event = LAST(m);
	memset(event, 0, sizeof(*event));
	event->type = type;
	event->op = m->request.op;
	event->tag = m->request.tag;
	return event;
}

void mbi_event_heard(struct mb_master *m, struct mb_master_event *event, const struct mbi_result *r)
{
	event->bytes = r->bytes;
	event->marks = r->marks;
	event->len = r->len;
	event->sent = m->tx;
	event->sent_len = m->tx_len;
	event->sent_us = r->end_us;
	event->time_us = r->frame_us ? r->frame_us : r->last_us;
}

void mbi_warn(struct mb_master *m, enum mb_warning warning, const struct mbi_result *r)
{
	uint32_t bit = 1u << warning;
	struct mb_master_event *event;

	if (m->warned & bit)
		return;
	m->warned |= bit;
	event = mbi_event(m, MB_MASTER_WARNING);
	event->warning = (uint8_t)warning;
	if (r)
		mbi_event_heard(m, event, r);
}

/* Only the frame, not what stood around it. */
static void event_frame(struct mb_master *m, uint8_t type, const struct mbi_result *r)
{
	struct mb_master_event *event = mbi_event(m, type);

	mbi_event_heard(m, event, r);
	event->bytes += r->junk;
	event->marks += r->junk;
	event->len = r->frame.size;
	event->telegram = m->done.telegrams;
}

void mbi_event_ack(struct mb_master *m, const struct mbi_result *r)
{
	event_frame(m, MB_MASTER_ACK, r);
}

void mbi_event_telegram(struct mb_master *m, const struct mbi_result *r)
{
	event_frame(m, MB_MASTER_TELEGRAM, r);
	m->done.telegrams++;
}

void mbi_event_attempt(struct mb_master *m, const struct mbi_result *r, int outcome, uint8_t tries)
{
	struct mb_master_event *event = mbi_event(m, MB_MASTER_ATTEMPT);

	mbi_event_heard(m, event, r);
	event->result = outcome;
	event->attempt = (uint8_t)(m->attempt + 1);
	event->tries = tries;
	m->done.failed++;
}

int mb_master_event(struct mb_master *m, struct mb_master_event *ret_event)
{
	if (!m->event_count)
		return 0;
	*ret_event = m->events[m->event_first];
	m->event_first = (uint8_t)((m->event_first + 1) % MB_MASTER_EVENTS);
	m->event_count--;
	return 1;
}
