/* SPDX-License-Identifier: MIT */
/* The settings cache: its life, and what is asked of it. */
#include "collect/reading_impl.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is shared ---- */

struct readings_shared *readings_shared_new(void)
{
	struct readings_shared *shared = calloc(1, sizeof(*shared));

	if (!shared)
		return NULL;
	shared->shapes = reading_shapes_new();
	shared->decoder = chain_decoder_new();
	shared->history = calloc(1, sizeof(*shared->history));
	if (shared->shapes && shared->decoder && shared->history)
		return shared;
	readings_shared_free(shared);
	return NULL;
}

void readings_shared_free(struct readings_shared *shared)
{
	if (!shared)
		return;
	free(shared->history);
	chain_decoder_free(shared->decoder);
	reading_shapes_free(shared->shapes);
	free(shared);
}

void readings_shared_status(
	const struct readings_shared *shared, struct readings_shared_status *ret_status)
{
	reading_shapes_count(shared->shapes, &ret_status->shapes, &ret_status->bytes);
}

/* ---- one account ---- */

struct readings *readings_new(struct readings_shared *shared, uint32_t account,
	uint32_t (*next_series)(void *ctx), void *ctx)
{
	struct readings *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->shared = shared;
	r->account = account;
	r->next_series = next_series;
	r->ctx = ctx;
	return r;
}

void readings_drop(struct readings_shared *shared, struct reading *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		reading_done(shared->shapes, &list[i]);
	free(list);
}

void readings_reset(struct readings *r)
{
	readings_drop(r->shared, r->list, r->count);
	r->list = NULL;
	r->count = 0;
	free(r->elements);
	r->elements = NULL;
	r->element_count = 0;
	r->drift_told = false;
	r->state = (struct readings_state){
		.has_identity = r->state.has_identity,
		.identity = r->state.identity,
		.segment = r->state.segment,
	};
}

void readings_free(struct readings *r)
{
	if (!r)
		return;
	readings_drop(r->shared, r->list, r->count);
	free(r->elements);
	free(r->known);
	free(r->segments);
	free(r);
}

size_t readings_bytes(const struct readings *r)
{
	size_t bytes =
		sizeof(*r) + r->count * sizeof(*r->list) + r->known_count * sizeof(*r->known) +
		r->element_count * sizeof(*r->elements) + r->segment_count * sizeof(*r->segments);

	for (size_t i = 0; i < r->count; i++)
		if (r->list[i].data_len > sizeof(r->list[i].data.near))
			bytes += r->list[i].data_len;
	return bytes;
}

const struct reading *readings_list(const struct readings *r, size_t *ret_count)
{
	*ret_count = r->count;
	return r->list;
}

const struct reading *readings_find(const struct readings *r, const char *key)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->list[i].shape->key, key) == 0)
			return &r->list[i];
	return NULL;
}

const struct readings_state *readings_state(const struct readings *r)
{
	return &r->state;
}

struct known *readings_known(const struct readings *r, uint64_t hash, uint32_t segment)
{
	for (size_t i = 0; i < r->known_count; i++)
		if (r->known[i].hash == hash && r->known[i].segment == segment)
			return &r->known[i];
	return NULL;
}

/* ---- at the start ---- */

static int add_known(struct readings *r, const struct store_series *series)
{
	struct known *known = realloc(r->known, (r->known_count + 1) * sizeof(*known));

	if (!known)
		return STORE_E_MEMORY;
	r->known = known;
	known[r->known_count++] = (struct known){
		.hash = reading_hash(series->key),
		.first_ms = series->first_ms,
		.series = series->id,
		.segment = series->segment,
	};
	return 0;
}

/* The present meter is that of the last segment. */
static int add_segment(struct readings *r, uint32_t number, const struct reading_meta_read *meta)
{
	struct segment *segments;

	for (size_t i = 0; i < r->segment_count; i++)
		if (r->segments[i].number == number)
			return 0;
	segments = realloc(r->segments, (r->segment_count + 1) * sizeof(*segments));
	if (!segments)
		return STORE_E_MEMORY;
	r->segments = segments;
	segments[r->segment_count++] = (struct segment){
		.number = number,
		.has_identity = meta->has_identity,
		.identity = meta->identity,
	};
	if (r->segment_count > 1 && number < r->state.segment)
		return 0;
	readings_drop(r->shared, r->list, r->count); /* of the meter before */
	r->list = NULL;
	r->count = 0;
	r->state.segment = number;
	r->state.has_identity = meta->has_identity;
	r->state.identity = meta->identity;
	return 0;
}

/* What is gone is shown as it was last: its record stands alone in the meta. */
static int add_gone(
	struct readings *r, const struct store_series *series, const struct reading_meta_read *meta)
{
	struct reading *list;
	struct mb_cursor cursor;
	struct mb_record record;
	int rc;

	mb_cursor_init_bytes(&cursor, meta->bytes, meta->len);
	if (r->count >= READINGS_MAX || mb_record_next(&cursor, &record) <= 0)
		return 0;
	list = realloc(r->list, (r->count + 1) * sizeof(*list));
	if (!list)
		return STORE_E_MEMORY;
	r->list = list;
	rc = reading_make(r->shared->shapes, &record, &list[r->count]);
	if (rc < 0)
		return rc;
	list[r->count].series = series->id;
	list[r->count].time_ms = meta->time_ms;
	list[r->count].at_ms = series->gone_ms;
	list[r->count].flags = READING_GONE;
	r->count++;
	return 0;
}

int readings_restore(struct readings *r, const struct store_series *series)
{
	struct reading_meta_read meta;
	int rc;

	if (!reading_meta_read(series->meta, &meta))
		return STORE_E_CORRUPT;
	rc = add_known(r, series);
	if (rc == 0)
		rc = add_segment(r, series->segment, &meta);
	if (rc == 0 && series->gone_ms && meta.has_record && series->segment == r->state.segment)
		rc = add_gone(r, series, &meta);
	return rc;
}
