/* SPDX-License-Identifier: MIT */
/*
 * Chains of anything: the same one twice changes nothing, no point is in the future, what is told about
 * a series can be read again.
 *
 * Input: flags, then telegrams.
 */
#include "collect/readings.h"

#include <meterbus/error.h>
#include <string.h>

#include "fuzz.h"

#define TELEGRAMS_MAX 16
#define T0 INT64_C(1700000000000)

static uint32_t next_series(void *ctx)
{
	return ++*(uint32_t *)ctx;
}

static size_t split(const uint8_t *data, size_t size, struct readings_bytes *list)
{
	struct mb_telegram telegram;
	size_t n = 0;

	while (size > 0 && n < TELEGRAMS_MAX) {
		int rc = mb_telegram_read(data, size, &telegram);
		size_t len = rc > 0 ? (size_t)rc : size;

		list[n++] = (struct readings_bytes){data, len};
		data += len;
		size -= len;
	}
	return n;
}

static void check_texts(const struct readings *r)
{
	char text[2 * READINGS_TEXT_MAX];
	size_t count;
	const struct reading *list = readings_list(r, &count);

	CHECK(count <= 2 * READINGS_MAX);
	for (size_t i = 0; i < count; i++) {
		CHECK(*reading_key(&list[i]) && *reading_series_key(&list[i]));
		CHECK(readings_find(r, reading_key(&list[i])) == &list[i]);
		CHECK(reading_raw_text(&list[i], text, sizeof(text)) >= 0);
		CHECK(reading_value_text(&list[i], text, sizeof(text)) >= 0);
		CHECK(list[i].quality == READING_GOOD || reading_error(&list[i]) ||
			list[i].value.type == MB_VALUE_INVALID);
	}
}

static void check_change(const struct readings_change *change, struct readings *other)
{
	const struct store_point *point;
	uint32_t series;

	for (size_t i = 0; (point = readings_history(change, i, &series)); i++)
		CHECK(series && point->time_ms > 0 && point->time_ms <= T0);
	for (size_t i = 0; i < change->n_series; i++) {
		CHECK(strlen(change->series[i].key) < STORE_KEY_MAX);
		CHECK(strlen(change->series[i].meta) < STORE_DOCUMENT_MAX);
		CHECK(readings_restore(other, &change->series[i]) == 0);
	}
	for (size_t i = 0; i < change->n_notes; i++)
		CHECK(*change->notes[i].text && change->notes[i].data[0] == '{');
}

static void again(struct readings *r, const struct readings_chain *chain)
{
	struct readings_change *change;

	CHECK(readings_apply(r, chain, &change) == 0);
	CHECK(change->n_series == 0 && change->history == 0 && change->changed == 0);
	CHECK(!change->metadata && change->n_notes == 0);
	readings_accept(change);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct readings_bytes list[TELEGRAMS_MAX];
	struct readings_chain chain = {.telegrams = list, .time_ms = T0};
	struct readings_shared *shared = readings_shared_new();
	struct readings_shared_status status;
	struct readings_change *change;
	struct readings *r, *other;
	uint32_t series = 0;

	if (size > 0) {
		chain.history = data[0] & 1;
		chain.partial = data[0] & 2;
		chain.n = split(data + 1, size - 1, list);
	}
	r = readings_new(shared, 1, next_series, &series);
	other = readings_new(shared, 1, next_series, &series);
	if (readings_apply(r, &chain, &change) == 0) {
		check_change(change, other);
		readings_accept(change);
		check_texts(r);
		again(r, &chain);
		chain.n--; /* what is missing is gone, or not */
		if (readings_apply(r, &chain, &change) == 0) {
			check_change(change, other);
			readings_accept(change);
			check_texts(r);
		}
	}
	readings_free(other);
	readings_free(r);
	readings_shared_status(shared, &status);
	CHECK(status.shapes == 0 && status.bytes == 0);
	readings_shared_free(shared);
	return 0;
}
