/* SPDX-License-Identifier: MIT */
/* What is worth to be told about a chain. */
#include "base/json_out.h"
#include "collect/counter.h"
#include "collect/events.h"
#include "collect/reading_impl.h"

#include <meterbus/address.h>
#include <meterbus/names.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA_MAX 65536
#define KEYS_TEXT_MAX 320 /* of keys in a sentence; all of them are in the data */

/* An object, begun by the caller, as a text; "{}" when it could not be made. */
static const char *data_of(struct buf *buf, struct json_out *j)
{
	json_out_end(j);
	return json_out_ok(j) && buf_add(buf, "", 1) ? (const char *)buf->bytes : "{}";
}

/* ---- readings ---- */

/* All readings that are new or newly gone, in one note. */
static void note_keys(struct change *c, uint16_t kind, uint8_t flags, const char *what)
{
	char keys[KEYS_TEXT_MAX] = "";
	struct buf buf;
	struct json_out j = JSON_OUT(&buf);
	size_t n = 0, len = 0;

	buf_init(&buf, DATA_MAX);
	json_out_object(&j);
	json_out_key(&j, "keys");
	json_out_array(&j);
	for (size_t i = 0; i < c->count; i++) {
		const char *key = reading_key(&c->list[i]);

		if ((c->list[i].flags & (READING_NEW | READING_GONE)) != flags)
			continue;
		json_out_text(&j, key);
		if (len + strlen(key) + 6 < sizeof(keys))
			len += (size_t)sprintf(keys + len, "%s%s", n ? ", " : "", key);
		else if (len + 5 < sizeof(keys) && keys[len - 1] != '.')
			len += (size_t)sprintf(keys + len, " ...");
		n++;
	}
	json_out_end(&j);
	if (n > 0)
		change_note(c, kind, data_of(&buf, &j), "%zu %s: %s", n, what, keys);
	buf_done(&buf);
}

void notes_of_readings(struct change *c, bool first)
{
	if (!first && !c->public.swapped)
		note_keys(c, EVENT_READING_NEW, READING_NEW, "new");
	note_keys(c, EVENT_READING_VANISHED, READING_NEW | READING_GONE, "no longer sent");
}

void notes_of_counter(struct change *c, const struct mb_record *record,
	const struct reading *before, const struct reading *now)
{
	struct mb_decimal old, new;
	enum counter_step step;
	char old_text[MB_VALUE_TEXT_MAX], new_text[MB_VALUE_TEXT_MAX];
	struct buf buf;
	struct json_out j = JSON_OUT(&buf);

	if (!reading_number(before, &old) || !reading_number(now, &new))
		return;
	step = counter_step(record, &old, &new);
	if (step != COUNTER_ROLLOVER && step != COUNTER_FELL)
		return;
	mb_decimal_text(&old, old_text, sizeof(old_text));
	mb_decimal_text(&new, new_text, sizeof(new_text));
	buf_init(&buf, DATA_MAX);
	json_out_object(&j);
	json_out_key(&j, "key"), json_out_text(&j, reading_key(now));
	json_out_key(&j, "before"), json_out_text(&j, old_text);
	json_out_key(&j, "now"), json_out_text(&j, new_text);
	change_note(c, step == COUNTER_ROLLOVER ? EVENT_METER_ROLLOVER : EVENT_METER_FELL_BACK,
		data_of(&buf, &j), "%s (%s): from %s to %s %s", reading_description(now),
		reading_key(now), old_text, new_text, reading_unit(now));
	buf_done(&buf);
}

/* ---- the meter ---- */

static void note_swap(struct change *c, const struct readings_state *before)
{
	char old[MB_ADDRESS_TEXT_MAX], new[MB_ADDRESS_TEXT_MAX];
	struct buf buf;
	struct json_out j = JSON_OUT(&buf);

	mb_secondary_format(&before->identity, old, sizeof(old));
	mb_secondary_format(&c->public.state.identity, new, sizeof(new));
	buf_init(&buf, DATA_MAX);
	json_out_object(&j);
	json_out_key(&j, "before"), json_out_text(&j, old);
	json_out_key(&j, "now"), json_out_text(&j, new);
	json_out_key(&j, "segment"), json_out_u64(&j, c->segment.number);
	change_note(c, EVENT_METER_SWAPPED, data_of(&buf, &j), "meter %s answers in place of %s",
		new, old);
	buf_done(&buf);
}

static void note_status(struct change *c, uint8_t before, uint8_t now)
{
	char text[MB_STATUS_TEXT_MAX];
	char data[64];

	if (mb_status_text(now, text, sizeof(text)) <= 0)
		strcpy(text, "no error");
	snprintf(data, sizeof(data), "{\"before\":%u,\"now\":%u}", before, now);
	change_note(c, EVENT_METER_STATUS, data, "status %02X after %02X: %s", now, before, text);
}

static bool is_large(const struct readings_state *state, uint32_t drift_s)
{
	int64_t drift = state->drift_s;

	return state->clock_invalid || (state->has_clock && llabs(drift) > (long long)drift_s);
}

/* Once when it becomes too large, not with every chain. */
static void note_clock(struct change *c, uint32_t drift_s)
{
	const struct readings_state *state = &c->public.state;
	char data[96];
	bool large = is_large(state, drift_s ? drift_s : READINGS_DRIFT_S);

	if (large && !c->drift_told) {
		snprintf(data, sizeof(data), "{\"drift_s\":%" PRId32 ",\"invalid\":%s}",
			state->drift_s, state->clock_invalid ? "true" : "false");
		if (state->clock_invalid)
			change_note(c, EVENT_METER_CLOCK, data,
				"the meter says that its clock is not valid");
		else
			change_note(c, EVENT_METER_CLOCK, data,
				"the meter's clock is %" PRId32 " s %s", abs(state->drift_s),
				state->drift_s < 0 ? "slow" : "fast");
	}
	if (state->has_clock || state->clock_invalid)
		c->drift_told = large;
}

void notes_of_meter(struct change *c, const struct readings_state *before, uint32_t drift_s)
{
	const struct readings_state *now = &c->public.state;

	if (c->public.swapped)
		note_swap(c, before);
	else if (before->has_status && now->has_status && before->status != now->status)
		note_status(c, before->status, now->status);
	note_clock(c, drift_s);
}
