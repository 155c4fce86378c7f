/* SPDX-License-Identifier: MIT */
/* What a chain says, beside what the last one said. Two passes: dates first, then values. */
#include "collect/counter.h"
#include "collect/reading_impl.h"

#include <meterbus/error.h>

#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)
#define VIF_DATE_TIME 0x6D

struct pass {
	struct change *c;
	const struct readings_chain *chain;
	const struct reading *before; /* of the same meter; NULL: none */
	size_t before_count, hint;
	uint8_t *seen; /* of `before`, one a reading */
	size_t records;
};

/* ---- the first pass ---- */

static bool is_clock(const struct mb_record *r)
{
	return r->kind == MB_RECORD_DATA && r->vif_table == MB_VIF_PRIMARY &&
	       r->vif_code == VIF_DATE_TIME && r->vife_len == 0 && r->storage == 0 &&
	       r->tariff == 0 && r->subunit == 0 && r->function == MB_FUNCTION_INSTANTANEOUS &&
	       r->value.type == MB_VALUE_DATETIME;
}

/* Type F says minutes: what lies within the minute is no drift. */
static int32_t drift_of(int64_t clock_ms, int64_t time_ms, bool minutes)
{
	int64_t end_ms = clock_ms + (minutes ? 59999 : 999);
	int64_t drift_ms = 0;

	if (time_ms < clock_ms)
		drift_ms = clock_ms - time_ms;
	else if (time_ms > end_ms)
		drift_ms = end_ms - time_ms;
	drift_ms /= 1000;
	if (drift_ms > INT32_MAX || drift_ms < -INT32_MAX)
		return drift_ms < 0 ? -INT32_MAX : INT32_MAX;
	return (int32_t)drift_ms;
}

static void note_clock(
	struct readings_state *state, const struct readings_chain *chain, const struct mb_record *r)
{
	struct history_time time;

	if (state->has_clock || state->clock_invalid || !is_clock(r))
		return;
	state->clock_invalid = r->value.reason == MB_REASON_TIME_INVALID;
	if (state->clock_invalid || !history_utc(chain->zone, &r->value.datetime, &time))
		return;
	state->has_clock = true;
	state->clock_ms = time.time_ms;
	state->drift_s = drift_of(time.time_ms, chain->time_ms, r->value.datetime.type == 'F');
}

static void read_dates(struct pass *p)
{
	struct readings_shared *shared = p->c->r->shared;
	struct readings_state *state = &p->c->public.state;
	struct chain_decoder *d = shared->decoder;
	struct mb_record record;

	history_begin(shared->history, p->chain->zone, p->chain->time_ms);
	chain_decoder_begin(d, p->chain);
	while (chain_decoder_next(d, &record) > 0) {
		p->records++;
		history_note(shared->history, &record);
		note_clock(state, p->chain, &record);
	}
	state->error = d->error;
	state->time_ms = p->chain->time_ms;
	state->duration_ms = p->chain->duration_ms;
	state->has_status = d->has_status;
	state->status = d->status;
}

/* ---- which meter ---- */

/* Version and medium change with a new firmware, or from heating to cooling. */
static bool same_meter(const struct mb_secondary *a, const struct mb_secondary *b)
{
	return a->id == b->id && a->manufacturer == b->manufacturer;
}

static uint32_t next_segment(const struct readings *r)
{
	uint32_t next = 0;

	for (size_t i = 0; i < r->segment_count; i++)
		if (r->segments[i].number >= next)
			next = r->segments[i].number + 1;
	return next;
}

/* A meter that comes back finds its segment again. */
static void find_segment(struct change *c, const struct mb_secondary *identity)
{
	const struct readings *r = c->r;

	for (size_t i = 0; i < r->segment_count; i++) {
		if (r->segments[i].has_identity && same_meter(&r->segments[i].identity, identity)) {
			c->segment = r->segments[i];
			return;
		}
	}
	c->segment.number = next_segment(r);
}

static void identify(struct change *c)
{
	const struct readings *r = c->r;
	const struct chain_decoder *d = r->shared->decoder;
	struct readings_state *state = &c->public.state;

	c->segment = (struct segment){
		.number = r->state.segment,
		.has_identity = r->state.has_identity,
		.identity = r->state.identity,
	};
	c->public.swapped = r->state.has_identity && d->has_identity &&
			    !same_meter(&r->state.identity, &d->identity);
	if (c->public.swapped)
		find_segment(c, &d->identity);
	if (d->has_identity) {
		c->segment.has_identity = true;
		c->segment.identity = d->identity;
	}
	state->segment = c->segment.number;
	state->has_identity = c->segment.has_identity;
	state->identity = c->segment.identity;
}

/* ---- the second pass ---- */

static bool is_reading(const struct readings_chain *chain, const struct mb_record *record)
{
	char key[MB_KEY_MAX];

	if (record->kind == MB_RECORD_GLOBAL_READOUT || (record->storage && !chain->history))
		return false;
	return !chain->only ||
	       (mb_record_key(record, key, sizeof(key)) >= 0 && strcmp(key, chain->only) == 0);
}

/* Records come in the same order each time: mostly it is the next one. */
static const struct reading *find_before(struct pass *p, const struct reading *now)
{
	const struct reading_shape *shape = now->shape;

	for (size_t i = 0; i < p->before_count; i++) {
		size_t at = (p->hint + i) % p->before_count;
		const struct reading_shape *other = p->before[at].shape;

		if (other != shape &&
			(other->key_hash != shape->key_hash || strcmp(other->key, shape->key) != 0))
			continue;
		if (p->seen[at])
			return NULL; /* more keys than a chain can tell apart */
		p->seen[at] = 1;
		p->hint = at + 1;
		return &p->before[at];
	}
	return NULL;
}

/* An element of a profile is a point and nothing else. */
static bool take_element(struct pass *p, const struct mb_record *record)
{
	struct change *c = p->c;
	char key[MB_KEY_MAX], text[READINGS_TEXT_MAX];
	struct history_time time;
	struct store_point point;
	struct change_series series = {.record = record, .key = key, .time_ms = p->chain->time_ms};

	if (!(record->flags & MB_RECORD_UNROLLED) || !(record->flags & MB_RECORD_TIMED))
		return false;
	if (!history_time(c->r->shared->history, record, &time))
		return true;
	series.hash = reading_series_key_of(record, key);
	reading_point(record, text, &point);
	point.time_ms = time.time_ms;
	point.offset_s = time.offset_s;
	point.flags = time.flags;
	point.source = time.source;
	change_history(c, change_series(c, &series), &point);
	return true;
}

static void set_times(struct pass *p, const struct mb_record *record, struct reading *now,
	struct history_time *time)
{
	now->time_ms = p->chain->time_ms;
	now->duration_ms = p->chain->duration_ms;
	if (!reading_has_points(record))
		now->flags |= READING_NO_SERIES;
	if (!history_time(p->c->r->shared->history, record, time))
		return;
	now->flags |= READING_DATED | READING_NO_SERIES;
	if (time->flags & STORE_DATE_ONLY)
		now->flags |= READING_DATE_ONLY;
	now->at_ms = time->time_ms;
}

static void set_series(struct pass *p, const struct mb_record *record, struct reading *now)
{
	bool dated = now->flags & READING_DATED;
	struct change_series series = {
		.record = record,
		.storage = dated ? 0 : record->storage,
		.key = dated ? now->shape->series_key : now->shape->key,
		.hash = dated ? now->shape->series_hash : now->shape->key_hash,
		.time_ms = p->chain->time_ms,
	};

	if (dated || !(now->flags & READING_NO_SERIES))
		now->series = change_series(p->c, &series);
}

/* A row says what was new then; its exponent may move with every reading. */
static bool same_kind(const struct reading *a, const struct reading *b)
{
	return a->shape == b->shape ||
	       (strcmp(a->shape->unit, b->shape->unit) == 0 &&
		       strcmp(a->shape->description, b->shape->description) == 0);
}

static void compare(struct pass *p, const struct mb_record *record, struct reading *now)
{
	const struct reading *before = find_before(p, now);
	struct change *c = p->c;
	bool back = before && before->flags & READING_GONE;
	struct change_series series = {
		.record = record,
		.storage = record->storage,
		.key = now->shape->key,
		.time_ms = p->chain->time_ms,
	};

	if (!before || !reading_same_value(before, now))
		now->flags |= READING_CHANGED;
	if (!before || back)
		now->flags |= READING_NEW;
	if (before && !back)
		notes_of_counter(c, record, before, now);
	/* a series of its own whose row is not true any more; new ones have just been written */
	if (now->series && !(now->flags & READING_DATED) &&
		(before ? back || !same_kind(before, now) : c->r->state.time_ms != 0))
		change_series_again(c, now->series, &series);
	if (now->flags & READING_CHANGED)
		c->public.changed++;
	if (now->flags & READING_NEW || !same_kind(before, now))
		c->public.metadata = true;
}

static bool already_stored(const struct pass *p, const struct reading *now)
{
	for (size_t i = 0; i < p->before_count; i++) {
		const struct reading *before = &p->before[i];

		if (before->shape == now->shape)
			return before->flags & READING_DATED && before->at_ms == now->at_ms &&
			       before->series == now->series && reading_same_value(before, now);
	}
	return false;
}

static void store_history(struct pass *p, const struct mb_record *record, const struct reading *now,
	const struct history_time *time)
{
	char text[READINGS_TEXT_MAX];
	struct store_point point;

	if (!(now->flags & READING_DATED) || already_stored(p, now))
		return;
	reading_point(record, text, &point);
	point.time_ms = time->time_ms;
	point.offset_s = time->offset_s;
	point.flags = time->flags;
	point.source = time->source;
	change_history(p->c, now->series, &point);
}

/* More keys than a chain can tell apart: an identity stands for one reading. */
static bool is_known_twin(const struct change *c, const struct reading *now)
{
	if (!c->r->shared->decoder->chain.overflow)
		return now->shape->key[0] == '\0';
	for (size_t i = 0; i + 1 < c->count; i++)
		if (c->list[i].shape->key_hash == now->shape->key_hash)
			return true;
	return false;
}

static void take_record(struct pass *p, const struct mb_record *record)
{
	struct change *c = p->c;
	struct history_time time;
	struct reading *now;

	if (!is_reading(p->chain, record) || take_element(p, record))
		return;
	if (c->count >= READINGS_MAX) {
		c->public.state.left_out++;
		return;
	}
	now = change_reading(c);
	if (!now)
		return;
	if (reading_make(c->r->shared->shapes, record, now) < 0) {
		c->count--;
		c->failed = true;
		return;
	}
	if (is_known_twin(c, now)) {
		reading_done(c->r->shared->shapes, now);
		c->count--;
		c->public.state.left_out++;
		return;
	}
	c->public.readings++;
	set_times(p, record, now, &time);
	set_series(p, record, now);
	compare(p, record, now);
	store_history(p, record, now, &time);
}

static void read_values(struct pass *p)
{
	struct chain_decoder *d = p->c->r->shared->decoder;
	struct mb_record record;

	chain_decoder_begin(d, p->chain);
	while (!p->c->failed && chain_decoder_next(d, &record) > 0)
		take_record(p, &record);
}

/* ---- what the meter does not send any more ---- */

static void tell_gone(struct change *c, const struct reading *reading, int64_t now_ms)
{
	struct mb_record record;
	struct change_series series = {
		.record = &record,
		.key = reading->shape->key,
		.gone = reading,
		.gone_ms = now_ms,
	};

	if (!reading->series || reading->flags & READING_NO_SERIES)
		return;
	reading_record(reading, &record);
	series.storage = record.storage;
	change_series_again(c, reading->series, &series);
}

static bool expired(const struct readings_chain *chain, const struct reading *reading)
{
	int64_t days = chain->keep_days ? chain->keep_days : READINGS_KEEP_DAYS;

	return reading->flags & READING_GONE && chain->time_ms - reading->at_ms > days * DAY_MS;
}

static void keep_one(struct pass *p, const struct reading *before)
{
	struct change *c = p->c;
	const struct readings_chain *chain = p->chain;
	bool stays = chain->only || chain->partial || p->c->public.state.error;
	struct reading *kept;

	if ((before->shape->record.storage && !chain->history) || expired(chain, before))
		return;
	kept = change_reading(c);
	if (!kept)
		return;
	if (reading_copy(before, kept) < 0) {
		c->count--;
		c->failed = true;
		return;
	}
	kept->flags &= (uint8_t) ~(READING_NEW | READING_CHANGED);
	if (stays || kept->flags & READING_GONE)
		return;
	kept->flags &= (uint8_t) ~(READING_DATED | READING_DATE_ONLY);
	kept->flags |= READING_GONE | READING_NEW;
	kept->at_ms = chain->time_ms;
	c->public.metadata = true;
	tell_gone(c, before, chain->time_ms);
}

static void keep_others(struct pass *p)
{
	for (size_t i = 0; i < p->before_count && !p->c->failed; i++)
		if (!p->seen[i] && p->c->count < 2 * READINGS_MAX)
			keep_one(p, &p->before[i]);
}

/* All that the meter before said belongs to its own series. */
static void tell_swapped(struct change *c, int64_t now_ms)
{
	for (size_t i = 0; i < c->r->count; i++)
		if (!(c->r->list[i].flags & READING_GONE))
			tell_gone(c, &c->r->list[i], now_ms);
}

static int order(const void *a, const void *b)
{
	const struct reading *x = a, *y = b;
	int gone = (x->flags & READING_GONE) - (y->flags & READING_GONE);

	return gone ? gone : (x->index > y->index) - (x->index < y->index);
}

static int run(struct pass *p)
{
	struct change *c = p->c;
	struct readings *r = c->r;

	read_dates(p);
	if (p->records == 0)
		return c->public.state.error ? c->public.state.error : MB_E_NO_DATA;
	identify(c);
	if (c->public.swapped) {
		tell_swapped(c, p->chain->time_ms);
	} else {
		p->before = r->list;
		p->before_count = r->count;
		p->seen = calloc(r->count ? r->count : 1, 1);
		if (!p->seen)
			return STORE_E_MEMORY;
	}
	read_values(p);
	keep_others(p);
	if (c->failed)
		return STORE_E_MEMORY;
	if (c->count > 1)
		qsort(c->list, c->count, sizeof(*c->list), order);
	notes_of_readings(c, r->state.time_ms == 0);
	notes_of_meter(c, &r->state, p->chain->drift_s);
	change_finish(c);
	return c->failed ? STORE_E_MEMORY : 0;
}

int readings_apply(
	struct readings *r, const struct readings_chain *chain, struct readings_change **ret_change)
{
	struct pass p = {.c = change_new(r), .chain = chain};
	int rc;

	if (!p.c)
		return STORE_E_MEMORY;
	rc = run(&p);
	free(p.seen);
	if (rc < 0)
		change_free(p.c);
	else if (ret_change)
		*ret_change = &p.c->public;
	else
		readings_accept(&p.c->public);
	return rc;
}
