/* SPDX-License-Identifier: MIT */
/* Points as bytes and back. */
#include "store/chunk.h"
#include "store/crc.h"
#include "store/store_error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "guard.h"

#define KEY 77
#define BASE (INT64_C(19000) * STORE_DAY_MS)
#define MAX ((size_t)1 << 20)

static void assert_same(const struct store_point *a, const struct store_point *b)
{
	assert_int_equal(a->time_ms, b->time_ms);
	assert_int_equal(a->offset_s, b->offset_s);
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->quality, b->quality);
	assert_int_equal(a->source, b->source);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->revision, b->revision);
	if (a->type == STORE_NUMBER) {
		assert_int_equal(a->number.magnitude, b->number.magnitude);
		assert_int_equal(a->number.exp10, b->number.exp10);
		assert_int_equal(a->number.negative, b->number.negative);
		assert_null(b->text);
	} else {
		assert_int_equal(a->text_len, b->text_len);
		if (a->text_len > 0)
			assert_memory_equal(a->text, b->text, a->text_len);
	}
}

static size_t round_trip(const struct store_point *points, size_t n)
{
	struct chunk_cursor c;
	struct buf out;
	size_t len;

	buf_init(&out, MAX);
	assert_int_equal(chunk_encode(&out, KEY, BASE, points, n), 0);
	assert_int_equal(chunk_open(&c, out.bytes, out.len, KEY, BASE), n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(chunk_next(&c), 1);
		assert_same(&points[i], &c.point);
	}
	assert_int_equal(chunk_next(&c), 0);
	assert_int_equal(chunk_next(&c), 0);
	len = out.len;
	buf_done(&out);
	return len;
}

static struct store_point number(int64_t ms, uint64_t magnitude, int16_t exp10, bool negative)
{
	return (struct store_point){
		.time_ms = BASE + ms,
		.offset_s = 3600,
		.type = STORE_NUMBER,
		.quality = 192,
		.number = {magnitude, exp10, negative},
	};
}

static struct store_point text(int64_t ms, const char *text, uint8_t type)
{
	return (struct store_point){
		.time_ms = BASE + ms,
		.type = type,
		.text = text,
		.text_len = (uint16_t)strlen(text),
	};
}

static void test_extremes(void **state)
{
	struct store_point points[] = {
		number(0, 0, 0, false),
		number(0, UINT64_MAX, -32768, false),
		number(1, UINT64_MAX, 32767, true),
		number(2, INT64_MAX, 0, true),
		number(2, INT64_MAX, 0, false),
		number(3, (uint64_t)INT64_MAX + 1, 0, true),
		number(86399999, 1, 0, true),
		text(86399999, "", STORE_TEXT),
		text(86399999, "E1: flow", STORE_INVALID),
		number(86399999, 5, -3, false),
		text(86399999, "E1: flow", STORE_INVALID),
		text(86399999, "E1: flow", STORE_TEXT),
	};

	(void)state;
	points[1].offset_s = -STORE_OFFSET_MAX_S;
	points[2].offset_s = STORE_OFFSET_MAX_S;
	points[3].revision = UINT16_MAX;
	points[4].flags = 0xff;
	points[5].source = STORE_PROFILE;
	round_trip(points, sizeof(points) / sizeof(points[0]));
	round_trip(points, 0);
}

/* What the design counts on: quarter hours of a counter, read with a jitter, take few bytes. */
static void test_small(void **state)
{
	struct store_point points[96];
	uint64_t value = 123456789;
	unsigned x = 1;

	(void)state;
	for (size_t i = 0; i < 96; i++) {
		x = x * 1103515245 + 12345;
		value += x >> 16 & 0xff;
		points[i] = number((int64_t)i * 900000 + (x >> 24 & 0x3f), value, -3, false);
	}
	assert_in_range(round_trip(points, 96), 96, 96 * 4 + 30);
}

static void test_random(void **state)
{
	static const char *const texts[] = {"", "a", "valve open", "valve closed"};
	static struct store_point points[200];
	unsigned x = 12345;

	(void)state;
	for (int round = 0; round < 200; round++) {
		int64_t ms = 0;
		size_t n = (size_t)(round % 200);

		for (size_t i = 0; i < n; i++) {
			x = x * 1103515245 + 12345;
			ms += x >> 8 & 0xffff;
			if (x >> 28 > 3)
				points[i] = number(ms, (uint64_t)x << (x >> 27), (int16_t)(x >> 30),
					x >> 25 & 1);
			else
				points[i] = text(ms, texts[x >> 20 & 3], STORE_TEXT);
			if (points[i].number.magnitude == 0)
				points[i].number.negative = false;
			points[i].flags = x >> 29 ? 0 : (uint8_t)x;
		}
		round_trip(points, n);
	}
}

static void test_refused_to_write(void **state)
{
	struct store_point good = number(5, 1, 0, false);
	struct store_point points[2] = {good, good};
	struct {
		struct store_point point;
	} bad[] = {{good}, {good}, {good}, {good}, {good}, {good}, {good}};
	struct buf out;

	(void)state;
	bad[0].point.time_ms = -1;
	bad[1].point.time_ms = STORE_TIME_MAX_MS + 1;
	bad[2].point.type = STORE_INVALID + 1;
	bad[3].point.source = STORE_PROFILE + 1;
	bad[4].point.offset_s = STORE_OFFSET_MAX_S + 1;
	bad[5].point.type = STORE_TEXT;
	bad[5].point.text = "";
	bad[5].point.text_len = STORE_TEXT_MAX + 1;
	bad[6].point.time_ms = good.time_ms - 1; /* order */
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		points[1] = bad[i].point;
		buf_init(&out, MAX);
		assert_int_equal(chunk_encode(&out, KEY, BASE, points, 2), STORE_E_INVALID);
		buf_done(&out);
	}
	points[1] = good;
	buf_init(&out, 8);
	assert_int_equal(chunk_encode(&out, KEY, BASE, points, 2), STORE_E_MEMORY);
	buf_done(&out);
}

static void make(struct buf *out)
{
	struct store_point points[] = {number(0, 1000, -3, false), number(900000, 1010, -3, false),
		text(1800000, "open", STORE_TEXT), number(2700000, 1020, -3, false)};

	buf_init(out, MAX);
	assert_int_equal(chunk_encode(out, KEY, BASE, points, 4), 0);
}

static void test_damage_is_seen(void **state)
{
	struct chunk_cursor c;
	struct buf out;

	(void)state;
	make(&out);
	for (size_t i = 0; i < out.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			out.bytes[i] ^= (uint8_t)(1 << bit);
			assert_int_equal(
				chunk_open(&c, out.bytes, out.len, KEY, BASE), STORE_E_CORRUPT);
			out.bytes[i] ^= (uint8_t)(1 << bit);
		}
	assert_int_equal(chunk_open(&c, out.bytes, out.len, KEY + 1, BASE), STORE_E_CORRUPT);
	assert_int_equal(chunk_open(&c, out.bytes, out.len, KEY, BASE + 1), STORE_E_CORRUPT);
	assert_int_equal(chunk_open(&c, out.bytes, out.len, KEY, BASE), 4);
	buf_done(&out);
}

/* A chunk with a right CRC over wrong content ends in an error, within its bytes. */
static void test_hostile(void **state)
{
	struct guard guard;
	struct buf out;
	unsigned x = 99;
	int refused = 0;

	(void)state;
	make(&out);
	guard_init(&guard);
	for (int round = 0; round < 20000; round++) {
		uint8_t bytes[256], key[16] = {0};
		size_t len = out.len - 4;
		struct chunk_cursor c;
		uint32_t crc;
		uint8_t *at;
		int rc = 1;

		memcpy(bytes, out.bytes, len);
		for (int i = 0; i < 3; i++) {
			x = x * 1103515245 + 12345;
			bytes[1 + (x >> 16) % (len - 1)] = (uint8_t)(x >> 8);
		}
		key[0] = KEY;
		for (int i = 0; i < 8; i++)
			key[8 + i] = (uint8_t)((uint64_t)BASE >> 8 * i);
		crc = crc32_add(crc32_add(0, key, 16), bytes, len);
		for (int i = 0; i < 4; i++)
			bytes[len + (size_t)i] = (uint8_t)(crc >> 8 * i);
		at = guard_copy(&guard, bytes, len + 4);
		if (chunk_open(&c, at, len + 4, KEY, BASE) >= 0)
			while ((rc = chunk_next(&c)) > 0)
				;
		else
			rc = STORE_E_CORRUPT;
		refused += rc < 0;
	}
	assert_in_range(refused, 1000, 20000);
	guard_done(&guard);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_refused_to_write),
		cmocka_unit_test(test_damage_is_seen),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
