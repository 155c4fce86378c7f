/* SPDX-License-Identifier: MIT */
/* The values of a synchronisation, for those who watch. */
#include "base/json_out.h"
#include "base/loop.h"
#include "collect/sync.h"

#define VALUES_JSON_MAX 60000 /* more: it is told that there are values, not which */

static void say_reading(struct json_out *j, const struct reading *r)
{
	char text[READINGS_TEXT_MAX];

	json_out_object(j);
	json_out_key(j, "key");
	json_out_text(j, reading_key(r));
	json_out_key(j, "value");
	json_out_text(j, reading_value_text(r, text, sizeof(text)) >= 0 ? text : "");
	json_out_key(j, "unit");
	json_out_text(j, reading_unit(r));
	json_out_key(j, "quality");
	json_out_u64(j, r->quality);
	json_out_key(j, "changed");
	json_out_bool(j, (r->flags & (READING_NEW | READING_CHANGED)) != 0);
	json_out_end(j);
}

static void say(struct json_out *j, const struct sync *s)
{
	size_t n;
	const struct reading *list = readings_list(s->d->readings, &n);
	int64_t time_ms = readings_state(s->d->readings)->time_ms;

	json_out_object(j);
	json_out_key(j, "time_ms");
	json_out_i64(j, time_ms);
	json_out_key(j, "values");
	json_out_array(j);
	for (size_t i = 0; i < n; i++) {
		if (!(list[i].flags & READING_GONE) && list[i].time_ms == time_ms)
			say_reading(j, &list[i]);
	}
	json_out_end(j);
	json_out_end(j);
}

void sync_tell_values(const struct sync *s)
{
	struct buf buf;
	struct json_out j = JSON_OUT(&buf);
	struct post *p;

	if (!events_watched(s->d->c->config.events))
		return;
	p = post_new(s->d->c);
	if (!p)
		return;
	buf_init(&buf, VALUES_JSON_MAX);
	say(&j, s);
	post_event(p, EVENT_VALUES, s->account->id, NULL,
		json_out_ok(&j) && buf_add(&buf, "", 1) ? (char *)buf.bytes : NULL, "%u readings",
		s->report.readings);
	post_tell(p);
	buf_done(&buf);
}
