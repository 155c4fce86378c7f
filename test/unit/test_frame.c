/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <meterbus/error.h>
#include <meterbus/frame.h>

#include "corpus.h"
#include "guard.h"
#include "hex.h"
#include "vectors.h"

static void test_vectors_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		const struct vector *v = &vectors[i];
		uint8_t buf[MB_FRAME_MAX];
		size_t len = hex_read(v->hex, buf, sizeof(buf));
		struct mb_frame frame;

		assert_int_equal(mb_frame_parse(buf, len, &frame), len);
		assert_int_equal(frame.size, len);
		assert_int_equal(frame.type, v->type);
		assert_int_equal(frame.c, v->c);
		assert_int_equal(frame.a, v->a);
		assert_int_equal(frame.ci, v->ci);
		if (frame.type == MB_FRAME_LONG) {
			assert_ptr_equal(frame.data, buf + 7);
			assert_int_equal(frame.data_len, len - 9);
		} else {
			assert_null(frame.data);
			assert_int_equal(frame.data_len, 0);
		}
	}
}

static void test_vectors_written_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		uint8_t buf[MB_FRAME_MAX], out[MB_FRAME_MAX];
		size_t len = hex_read(vectors[i].hex, buf, sizeof(buf));
		struct mb_frame frame;

		assert_true(mb_frame_parse(buf, len, &frame) > 0);
		assert_int_equal(mb_frame_write(out, len, &frame), len);
		assert_memory_equal(out, buf, len);
		assert_int_equal(mb_frame_write(out, len - 1, &frame), MB_E_NO_SPACE);
	}
}

static void test_every_prefix_is_incomplete(void **state)
{
	struct guard guard;

	(void)state;
	guard_init(&guard);
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		uint8_t buf[MB_FRAME_MAX];
		size_t len = hex_read(vectors[i].hex, buf, sizeof(buf));
		struct mb_frame frame;

		for (size_t n = 0; n < len; n++)
			assert_int_equal(mb_frame_parse(guard_copy(&guard, buf, n), n, &frame),
				MB_E_INCOMPLETE);
		assert_int_equal(mb_frame_parse(guard_copy(&guard, buf, len), len, &frame), len);
	}
	guard_done(&guard);
}

static void test_longest_and_shortest(void **state)
{
	struct guard guard;
	uint8_t data[MB_FRAME_DATA_MAX + 1];
	uint8_t buf[MB_FRAME_MAX];
	struct mb_frame frame;

	(void)state;
	guard_init(&guard);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + 255);
	for (size_t n = 0; n <= MB_FRAME_DATA_MAX; n++) {
		int size = mb_frame_write_long(buf, sizeof(buf), 0x08, 1, 0x72, data, n);

		assert_int_equal(size, n + 9);
		assert_int_equal(
			mb_frame_parse(guard_copy(&guard, buf, (size_t)size), (size_t)size, &frame),
			size);
		assert_int_equal(frame.data_len, n);
		if (n)
			assert_memory_equal(frame.data, data, n);
		assert_int_equal(
			mb_frame_write_long(buf, n + 8, 0x08, 1, 0x72, data, n), MB_E_NO_SPACE);
	}
	assert_int_equal(mb_frame_write_long(buf, 1000, 0x08, 1, 0x72, data, MB_FRAME_DATA_MAX + 1),
		MB_E_INVALID);
	guard_done(&guard);
}

/* Sums with every byte at its greatest: the lanes of the checksum must not overflow. */
static void test_checksum_of_high_bytes(void **state)
{
	uint8_t data[MB_FRAME_DATA_MAX];
	uint8_t buf[MB_FRAME_MAX];
	unsigned sum = 0xFF * 3;

	(void)state;
	memset(data, 0xFF, sizeof(data));
	for (size_t n = 0; n <= sizeof(data); n++, sum += 0xFF) {
		mb_frame_write_long(buf, sizeof(buf), 0xFF, 0xFF, 0xFF, data, n);
		assert_int_equal(buf[7 + n], sum & 0xFF);
	}
}

static void test_written_in_place(void **state)
{
	uint8_t buf[MB_FRAME_MAX] = {0};
	struct mb_frame frame;

	(void)state;
	for (uint8_t i = 0; i < 20; i++)
		buf[7 + i] = i;
	assert_int_equal(mb_frame_write_long(buf, sizeof(buf), 0x53, 5, 0x51, buf + 7, 20), 29);
	assert_int_equal(mb_frame_parse(buf, 29, &frame), 29);
	for (uint8_t i = 0; i < 20; i++)
		assert_int_equal(frame.data[i], i);
}

static void test_each_error(void **state)
{
	/* clang-format off */
	static const struct {
		const char *hex;
		int error;
	} rows[] = {
		{"", MB_E_INCOMPLETE},
		{"00", MB_E_BAD_START},
		{"16 10 40", MB_E_BAD_START},
		{"68 02", MB_E_BAD_LENGTH},
		{"68 00 00 68", MB_E_BAD_LENGTH},
		{"68 03 04", MB_E_BAD_LENGTH},
		{"68 03 03 67", MB_E_BAD_START2},
		{"68 03 03 68 53 FE BD 0F", MB_E_BAD_CHECKSUM},
		{"68 03 03 68 53 FE BD 0F 17", MB_E_BAD_CHECKSUM},
		{"68 03 03 68 53 FE BD 0E 17", MB_E_BAD_STOP},
		{"10 40 01 42", MB_E_BAD_CHECKSUM},
		{"10 40 01 41 15", MB_E_BAD_STOP},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t buf[MB_FRAME_MAX];
		size_t len = hex_read(rows[i].hex, buf, sizeof(buf));
		struct mb_frame frame = {.size = 77};

		assert_int_equal(mb_frame_parse(buf, len, &frame), rows[i].error);
		assert_int_equal(frame.size, 77);
	}
}

/*
 * All 255 other values of every byte. Nothing passes but a first byte that becomes E5 or A2, a
 * frame of its own with the rest behind it.
 */
static void assert_changes_refused(const uint8_t *frame_bytes, size_t len)
{
	uint8_t buf[MB_FRAME_MAX];

	memcpy(buf, frame_bytes, len);
	for (size_t at = 0; at < len; at++) {
		for (unsigned change = 1; change < 256; change++) {
			struct mb_frame frame;
			bool single;
			int rc;

			buf[at] = (uint8_t)(frame_bytes[at] ^ change);
			single = at == 0 && (buf[0] == MB_ACK || buf[0] == MB_NACK);
			rc = mb_frame_parse(buf, len, &frame);
			if (single)
				assert_int_equal(rc, 1);
			else
				assert_true(rc < 0);
		}
		buf[at] = frame_bytes[at];
	}
}

static void test_every_changed_byte_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		uint8_t buf[MB_FRAME_MAX];

		assert_changes_refused(buf, hex_read(vectors[i].hex, buf, sizeof(buf)));
	}
}

/* ---- real telegrams ---- */

static struct guard corpus_guard;

static void visit_frame(const char *name, const uint8_t *bytes, size_t len)
{
	struct mb_frame frame;
	size_t size;
	int rc = mb_frame_parse(bytes, len, &frame);

	(void)name;
	assert_true(rc > 0);
	size = (size_t)rc;
	for (size_t n = 0; n < size; n++)
		assert_int_equal(mb_frame_parse(guard_copy(&corpus_guard, bytes, n), n, &frame),
			MB_E_INCOMPLETE);
	assert_changes_refused(bytes, size);
}

static void test_corpus_prefixes_and_changes(void **state)
{
	unsigned count;

	(void)state;
	guard_init(&corpus_guard);
	count = corpus_visit("telegrams", visit_frame);
	guard_done(&corpus_guard);
	if (!count) {
		print_message("skipped: no corpus\n");
		skip();
	}
}

static void test_bytes_behind_are_left(void **state)
{
	static const uint8_t bytes[] = {0x10, 0x40, 0x01, 0x41, 0x16, 0xE5};
	struct mb_frame frame;

	(void)state;
	assert_int_equal(mb_frame_parse(bytes, sizeof(bytes), &frame), 5);
	assert_int_equal(mb_frame_parse(bytes + 5, 1, &frame), 1);
	assert_int_equal(frame.type, MB_FRAME_ACK);
}

static void test_c_names(void **state)
{
	/* clang-format off */
	static const struct {
		uint8_t c;
		const char *name;
	} rows[] = {
		{0x40, "SND_NKE"}, {0x43, "SND_UD2"}, {0x53, "SND_UD"}, {0x73, "SND_UD"},
		{0x5A, "REQ_UD1"}, {0x7A, "REQ_UD1"}, {0x4A, "REQ_UD1"}, {0x5B, "REQ_UD2"},
		{0x7B, "REQ_UD2"}, {0x4B, "REQ_UD2"}, {0x08, "RSP_UD"}, {0x18, "RSP_UD"},
		{0x28, "RSP_UD"}, {0x38, "RSP_UD"}, {0x00, "ACK"}, {0x01, "NACK"}, {0x88, "?"},
		{0x44, "?"}, {0x09, "?"}, {0xFF, "?"},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(mb_c_name(rows[i].c), rows[i].name);
}

static void test_selections(void **state)
{
	static const struct {
		uint8_t c, a, ci;
		bool selects;
	} rows[] = {
		{0x53, 253, 0x52, true},
		{0x73, 253, 0x52, true},
		{0x43, 253, 0x52, true},
		{0x53, 253, 0x56, true},
		{0x53, 253, 0x51, false},
		{0x53, 1, 0x52, false},
		{0x08, 253, 0x52, false},
		{0x5B, 253, 0x52, false},
	};
	struct mb_frame frame = {.type = MB_FRAME_LONG};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		frame.c = rows[i].c;
		frame.a = rows[i].a;
		frame.ci = rows[i].ci;
		assert_int_equal(mb_frame_selects(&frame), rows[i].selects);
	}
	frame = (struct mb_frame){.type = MB_FRAME_SHORT, .c = 0x53, .a = 253, .ci = 0x52};
	assert_false(mb_frame_selects(&frame));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors_parse),
		cmocka_unit_test(test_vectors_written_back),
		cmocka_unit_test(test_every_prefix_is_incomplete),
		cmocka_unit_test(test_longest_and_shortest),
		cmocka_unit_test(test_checksum_of_high_bytes),
		cmocka_unit_test(test_written_in_place),
		cmocka_unit_test(test_each_error),
		cmocka_unit_test(test_every_changed_byte_is_refused),
		cmocka_unit_test(test_corpus_prefixes_and_changes),
		cmocka_unit_test(test_bytes_behind_are_left),
		cmocka_unit_test(test_c_names),
		cmocka_unit_test(test_selections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
