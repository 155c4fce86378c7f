/* SPDX-License-Identifier: MIT */
/* A change in the making: arrays that grow, and the texts that they point to. */
#include "collect/reading_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY_ROWS_MAX 20000 /* points of one chain */
#define NOTE_TEXT_MAX 512
#define FNV_PRIME 0x100000001B3u

struct text {
	struct text *next;
	char bytes[];
};

struct change *change_new(struct readings *r)
{
	struct change *c = calloc(1, sizeof(*c));

	if (c) {
		c->r = r;
		c->drift_told = r->drift_told;
	}
	return c;
}

void change_free(struct change *c)
{
	if (!c)
		return;
	readings_drop(c->r->shared, c->list, c->count);
	while (c->texts) {
		struct text *next = c->texts->next;

		free(c->texts);
		c->texts = next;
	}
	free(c->known);
	free(c->series);
	free(c->notes);
	free(c->rows);
	free(c->elements);
	free(c);
}

/* Room for one more of that size: the new place of the array, or NULL and failed. */
static void *grow(struct change *c, void *items, size_t count, size_t *size, size_t item)
{
	size_t wanted = *size ? 2 * *size : 16;
	void *grown;

	if (count < *size)
		return items;
	grown = realloc(items, wanted * item);
	if (!grown) {
		c->failed = true;
		return NULL;
	}
	*size = wanted;
	return grown;
}

/* NULL: failed. */
static const char *keep_text(struct change *c, const char *text, size_t len)
{
	struct text *copy = malloc(sizeof(*copy) + len + 1);

	if (!copy) {
		c->failed = true;
		return NULL;
	}
	if (len)
		memcpy(copy->bytes, text, len);
	copy->bytes[len] = '\0';
	copy->next = c->texts;
	c->texts = copy;
	return copy->bytes;
}

void change_note(struct change *c, uint16_t kind, const char *data, const char *format, ...)
{
	char text[NOTE_TEXT_MAX];
	struct readings_note *notes, note = {.kind = kind};
	va_list args;

	if (c->public.n_notes >= READINGS_NOTES_MAX)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	notes = grow(c, c->notes, c->public.n_notes, &c->notes_size, sizeof(*notes));
	if (!notes)
		return;
	c->notes = notes;
	note.text = keep_text(c, text, strlen(text));
	note.data = keep_text(c, data, strlen(data));
	notes[c->public.n_notes++] = note;
}

struct reading *change_reading(struct change *c)
{
	struct reading *list = grow(c, c->list, c->count, &c->list_size, sizeof(*list));

	if (!list)
		return NULL;
	c->list = list;
	memset(&list[c->count], 0, sizeof(*list));
	return &list[c->count++];
}

/* ---- series ---- */

/* A row that is told again may be of the meter before. */
static const struct segment *segment_of(const struct change *c, uint32_t number)
{
	for (size_t i = 0; i < c->r->segment_count && number != c->segment.number; i++)
		if (c->r->segments[i].number == number)
			return &c->r->segments[i];
	return &c->segment;
}

static const char *meta_text(
	struct change *c, const struct segment *segment, const struct change_series *told)
{
	struct reading_meta meta = {
		.record = told->record,
		.storage = told->storage,
		.identity = segment->has_identity ? &segment->identity : NULL,
		.gone = told->gone,
	};
	const char *text = NULL;
	struct buf buf;

	buf_init(&buf, READING_META_MAX);
	if (reading_meta_write(&buf, &meta))
		text = keep_text(c, (const char *)buf.bytes, buf.len - 1);
	else
		c->failed = true;
	buf_done(&buf);
	return text;
}

static void add_row(struct change *c, const struct known *known, const struct change_series *told)
{
	struct store_series *rows =
		grow(c, c->series, c->public.n_series, &c->series_size, sizeof(*rows));

	if (!rows)
		return;
	c->series = rows;
	rows[c->public.n_series++] = (struct store_series){
		.id = known->series,
		.account = c->r->account,
		.segment = known->segment,
		.key = keep_text(c, told->key, strlen(told->key)),
		.meta = meta_text(c, segment_of(c, known->segment), told),
		.first_ms = known->first_ms,
		.last_ms = told->gone ? told->gone->time_ms : told->time_ms,
		.gone_ms = told->gone_ms,
	};
}

static struct known *find_known(struct change *c, uint64_t hash)
{
	for (size_t i = 0; i < c->known_count; i++)
		if (c->known[i].hash == hash)
			return &c->known[i];
	return readings_known(c->r, hash, c->segment.number);
}

uint32_t change_series(struct change *c, const struct change_series *asked)
{
	struct known *known = find_known(c, asked->hash);

	if (known)
		return known->series;
	known = grow(c, c->known, c->known_count, &c->known_size, sizeof(*known));
	if (!known)
		return 0;
	c->known = known;
	known += c->known_count++;
	*known = (struct known){
		.hash = asked->hash,
		.first_ms = asked->time_ms,
		.series = c->r->next_series(c->r->ctx),
		.segment = c->segment.number,
	};
	add_row(c, known, asked);
	return c->failed ? 0 : known->series;
}

/* Not a second time in the same change: the first one says it all. */
void change_series_again(struct change *c, uint32_t id, const struct change_series *told)
{
	for (size_t i = 0; i < c->public.n_series; i++)
		if (c->series[i].id == id)
			return;
	for (size_t i = 0; i < c->r->known_count; i++) {
		if (c->r->known[i].series == id) {
			add_row(c, &c->r->known[i], told);
			return;
		}
	}
}

/* ---- history ---- */

void change_history(struct change *c, uint32_t series, const struct store_point *point)
{
	struct history_row *rows;

	if (c->row_count >= HISTORY_ROWS_MAX) {
		c->public.state.left_out++;
		return;
	}
	rows = grow(c, c->rows, c->row_count, &c->rows_size, sizeof(*rows));
	if (!rows)
		return;
	c->rows = rows;
	rows += c->row_count++;
	rows->series = series;
	rows->point = *point;
	if (point->text)
		rows->point.text = keep_text(c, point->text, point->text_len);
}

static uint64_t hash_row(const struct history_row *row)
{
	const uint64_t facts[] = {row->series, (uint64_t)row->point.time_ms,
		row->point.number.magnitude, (uint64_t)row->point.number.exp10,
		row->point.number.negative, row->point.type};
	uint64_t hash = 0;

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		hash = (hash ^ facts[i]) * FNV_PRIME;
		hash ^= hash >> 32;
	}
	return hash;
}

static int by_hash(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static bool was_stored(const struct readings *r, uint64_t hash)
{
	return r->element_count &&
	       bsearch(&hash, r->elements, r->element_count, sizeof(hash), by_hash);
}

/* A profile is told by many chains: what the last one stored is not stored again. */
static void drop_known_elements(struct change *c)
{
	const struct readings *r = c->r;
	size_t kept = 0;

	for (size_t i = 0; i < c->row_count && !c->failed; i++) {
		uint64_t hash = hash_row(&c->rows[i]);
		bool element = c->rows[i].point.source == STORE_PROFILE;
		uint64_t *elements;

		if (!element || !was_stored(r, hash))
			c->rows[kept++] = c->rows[i];
		if (!element)
			continue;
		elements = grow(c, c->elements, c->element_count, &c->elements_size, sizeof(hash));
		if (!elements)
			return;
		c->elements = elements;
		elements[c->element_count++] = hash;
	}
	c->row_count = kept;
	if (c->element_count)
		qsort(c->elements, c->element_count, sizeof(*c->elements), by_hash);
}

void change_finish(struct change *c)
{
	drop_known_elements(c);
	c->public.series = c->series;
	c->public.notes = c->notes;
	c->public.history = c->row_count;
}

/* ---- for the caller ---- */

const struct store_point *readings_history(
	const struct readings_change *change, size_t i, uint32_t *ret_series)
{
	const struct change *c = (const struct change *)change;

	if (i >= c->row_count)
		return NULL;
	*ret_series = c->rows[i].series;
	return &c->rows[i].point;
}

/* Room is made before anything is taken over; without it the series are found anew next time. */
static void take_known(struct readings *r, const struct change *c)
{
	struct known *known;

	if (c->known_count == 0)
		return;
	known = realloc(r->known, (r->known_count + c->known_count) * sizeof(*known));
	if (!known)
		return;
	memcpy(known + r->known_count, c->known, c->known_count * sizeof(*known));
	r->known = known;
	r->known_count += c->known_count;
}

static void take_segment(struct readings *r, const struct change *c)
{
	struct segment *segments;

	for (size_t i = 0; i < r->segment_count; i++) {
		if (r->segments[i].number == c->segment.number) {
			r->segments[i] = c->segment;
			return;
		}
	}
	if (r->segment_count == READINGS_SEGMENTS_MAX) {
		memmove(r->segments, r->segments + 1, (r->segment_count - 1) * sizeof(*segments));
		r->segment_count--;
	}
	segments = realloc(r->segments, (r->segment_count + 1) * sizeof(*segments));
	if (!segments)
		return;
	r->segments = segments;
	segments[r->segment_count++] = c->segment;
}

void readings_accept(struct readings_change *change)
{
	struct change *c = (struct change *)change;
	struct readings *r = c->r;
	struct reading *tight = realloc(c->list, (c->count ? c->count : 1) * sizeof(*tight));

	readings_drop(r->shared, r->list, r->count);
	r->list = tight ? tight : c->list;
	r->count = c->count;
	c->list = NULL;
	c->count = 0;
	take_known(r, c);
	take_segment(r, c);
	free(r->elements);
	r->elements = c->elements;
	r->element_count = c->element_count;
	c->elements = NULL;
	r->drift_told = c->drift_told;
	r->state = c->public.state;
	change_free(c);
}

void readings_discard(struct readings_change *change)
{
	change_free((struct change *)change);
}
