/* SPDX-License-Identifier: MIT */
#include "store/store_impl.h"

#include <string.h>

int store_apply_event(struct store *s, struct store_batch *b, struct op *op)
{
	const struct store_event *event = &op->event;
	uint64_t seq = s->live.last_event + 1;
	int rc = sql_run(&s->sql, SQL_EVENT_ADD,
		SQL_ARGS(SQL_I(seq), SQL_I(event->time_ms), SQL_T(event->kind),
			SQL_I(event->severity), SQL_I0(event->account), SQL_T(event->bus),
			SQL_T(event->text), SQL_T(event->data)));

	if (rc < 0)
		return rc;
	if (b->event_seq == 0)
		b->event_seq = seq;
	s->live.last_event = seq;
	s->live.rows[STORE_EVENTS]++;
	s->live.bytes[STORE_EVENTS] += strlen(event->text) + strlen(event->data) + STORE_ROW_BYTES;
	s->live.usage_changed = true;
	return 0;
}
