/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <meterbus/engine.h>
#include <meterbus/error.h>
#include <meterbus/frame.h>

#include "hex.h"
#include "vectors.h"

#define STREAM_MAX 8192
#define SPLITS 300

/* What came out, as text: "ack", "short 5B", "long 72", "bad checksum:9" (bytes of evidence). */
struct log {
	char text[STREAM_MAX];
	size_t len;
	bool frames_only;
};

static void log_frame(struct log *log, const struct mb_frame *frame)
{
	static const char *const names[] = {"ack", "nack", "short", "long"};

	log->len += (size_t)snprintf(log->text + log->len, sizeof(log->text) - log->len,
		"%s%s %02X %02X %02X %u", log->len ? ", " : "", names[frame->type], frame->c,
		frame->a, frame->ci, frame->size);
}

static void drain(struct mb_deframer *d, struct log *log)
{
	struct mb_frame frame;
	const uint8_t *evidence;
	size_t evidence_len;
	int rc;

	while ((rc = mb_deframer_next(d, &frame, &evidence, &evidence_len)) != 0) {
		if (rc > 0) {
			log_frame(log, &frame);
			continue;
		}
		assert_true(evidence_len > 0 && evidence_len <= MB_FRAME_MAX * 2);
		if (!log->frames_only)
			log->len += (size_t)snprintf(log->text + log->len,
				sizeof(log->text) - log->len, "%s%s:%zu", log->len ? ", " : "",
				mb_error_name(rc), evidence_len);
	}
}

static void feed(struct mb_deframer *d, const uint8_t *bytes, const uint8_t *marks, size_t len,
	struct log *log)
{
	while (len) {
		size_t n = mb_deframer_push(d, bytes, marks, len);

		assert_true(n > 0);
		bytes += n;
		marks = marks ? marks + n : NULL;
		len -= n;
		drain(d, log);
	}
}

struct row {
	const char *hex; /* "|" is silence */
	const char *want;
};

#define LONG9 "68 03 03 68 53 FE BD 0E 16"
#define SELECT "68 0B 0B 68 53 FD 52 78 56 34 12 FF FF FF FF B2 16"

/* clang-format off */
static const struct row rows[] = {
	{"E5", "ack 00 00 00 1"},
	{"A2", "nack 00 00 00 1"},
	{"10 40 01 41 16 E5", "short 40 01 00 5, ack 00 00 00 1"},
	{LONG9 LONG9, "long 53 FE BD 9, long 53 FE BD 9"},
	/* echo in front of the answer */
	{"10 7B 05 80 16 68 04 04 68 08 05 70 08 85 16", "short 7B 05 00 5, long 08 05 70 10"},
	/* garbage before and between */
	{"00 FF " LONG9, "bad start:2, long 53 FE BD 9"},
	{"00 E5", "bad start:1, ack 00 00 00 1"},
	{LONG9 " 16 16 " LONG9, "long 53 FE BD 9, bad start:2, long 53 FE BD 9"},
	/* the last byte of garbage looks like a start */
	{"68 " LONG9, "bad length:3, long 53 FE BD 9"},
	{"10 10 40 01 41 16", "bad checksum:5, short 40 01 00 5"},
	/* E5 and A2 inside a broken long frame are its bytes, behind it they are not */
	{"68 05 05 68 08 01 72 E5 A2 FF 16", "bad checksum:11"},
	{"68 05 05 68 08 01 72 E5 A2 FF 16 E5", "bad checksum:11, ack 00 00 00 1"},
	{"68 05 05 68 08 01 72 E5 A2 02 17 A2", "bad stop:11, nack 00 00 00 1"},
	{"68 05 06 68 08 01 72 E5 A2 02 16 E5", "bad length:3"},
	{"68 05 05 69 08 01 72 E5 A2 02 16 E5", "bad second start:4"},
	/* but a whole frame there is one, and then acknowledges count again */
	{"68 05 06 68 08 01 72 " LONG9 " E5", "bad length:3, long 53 FE BD 9, ack 00 00 00 1"},
	/* a cut frame swallows what follows it, unless it forms a frame */
	{"68 0B 0B 68 53 FD 52 78 56 34 12 10 7B FD 78 16 E5 00",
		"bad checksum:17, short 7B FD 00 5, ack 00 00 00 1, bad start:1"},
	/* silence ends what is held */
	{"68 0B 0B 68 53 FD 52 | E5", "incomplete:7, ack 00 00 00 1"},
	{"68 0B 0B 68 53 E5 52 | E5", "incomplete:7, ack 00 00 00 1"},
	{"68 05 06 68 08 E5 | E5", "bad length:3, ack 00 00 00 1"},
	{"68 FF FF 68 08 00 " LONG9 " | " LONG9,
		"incomplete:15, long 53 FE BD 9, long 53 FE BD 9"},
	{"| | 10 40 | 01 | E5", "incomplete:2, bad start:1, ack 00 00 00 1"},
	{"10 40 01 41 16 | 10", "short 40 01 00 5"},
};
/* clang-format on */

/* Feeds a row in pieces of the given size, 0: all at once. */
static void feed_row(struct mb_deframer *d, const char *text, size_t piece, struct log *log)
{
	while (*text) {
		uint8_t byte[STREAM_MAX];
		char part[STREAM_MAX] = {0};
		size_t span = strcspn(text, "|");
		size_t len;

		memcpy(part, text, span);
		text += span;
		len = hex_read(part, byte, sizeof(byte));
		for (size_t at = 0; at < len; at += piece ? piece : len) {
			size_t n = piece && piece < len - at ? piece : len - at;

			feed(d, byte + at, NULL, n, log);
		}
		if (*text == '|') {
			mb_deframer_idle(d);
			drain(d, log);
			text++;
		}
	}
}

static void test_streams(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mb_deframer d;
		struct log log = {0};

		mb_deframer_init(&d);
		feed_row(&d, rows[i].hex, 0, &log);
		assert_string_equal(log.text, rows[i].want);
	}
}

static void test_pieces_do_not_matter_for_frames(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct log byte_wise = {.frames_only = true};
		struct mb_deframer d;

		mb_deframer_init(&d);
		feed_row(&d, rows[i].hex, 1, &byte_wise);
		for (size_t piece = 0; piece < 20; piece++) {
			struct log log = {.frames_only = true};

			mb_deframer_init(&d);
			feed_row(&d, rows[i].hex, piece, &log);
			assert_string_equal(log.text, byte_wise.text);
		}
	}
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* All vectors with noise between them, cut at random: every split gives the same frames. */
static void test_random_splits(void **state)
{
	static uint8_t stream[STREAM_MAX];
	static struct log whole, split;
	struct mb_deframer d;
	uint32_t seed = 1;
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		uint8_t buf[MB_FRAME_MAX];
		size_t n = hex_read(vectors[i].hex, buf, sizeof(buf));

		if (i % 5 == 4)
			buf[n / 2] ^= 0x40; /* broken */
		memcpy(stream + len, buf, n);
		len += n;
		for (uint32_t k = next_random(&seed) % 4; k; k--)
			stream[len++] = (uint8_t)next_random(&seed);
	}
	whole = (struct log){.frames_only = true};
	mb_deframer_init(&d);
	feed(&d, stream, NULL, len, &whole);
	assert_true(whole.len > 100);
	for (unsigned i = 0; i < SPLITS; i++) {
		split = (struct log){.frames_only = true};
		mb_deframer_init(&d);
		for (size_t at = 0, n; at < len; at += n) {
			n = next_random(&seed) % 40;
			n = n < len - at ? n : len - at;
			feed(&d, stream + at, NULL, n, &split);
		}
		assert_string_equal(split.text, whole.text);
	}
}

static void test_marked_byte_refuses_the_frame(void **state)
{
	uint8_t bytes[MB_FRAME_MAX + 1];
	size_t len = hex_read(SELECT, bytes, sizeof(bytes));

	(void)state;
	bytes[len] = MB_ACK;
	for (size_t at = 0; at < len; at++) {
		uint8_t marks[MB_FRAME_MAX + 1] = {0};
		struct mb_deframer d;
		struct log log = {0};

		marks[at] = MB_MARK_PARITY;
		mb_deframer_init(&d);
		feed(&d, bytes, marks, len + 1, &log);
		mb_deframer_idle(&d);
		drain(&d, &log);
		assert_null(strstr(log.text, "long"));
		assert_non_null(strstr(log.text, "parity error"));
		/* a start that is not to be trusted hides what follows up to the silence */
		assert_int_equal(strstr(log.text, "ack") != NULL, at != 0);
	}
}

static void test_marked_acknowledge(void **state)
{
	static const uint8_t bytes[] = {MB_ACK, MB_ACK};
	static const uint8_t marks[] = {MB_MARK_FRAMING, 0};
	struct mb_deframer d;
	struct log log = {0};

	(void)state;
	mb_deframer_init(&d);
	feed(&d, bytes, marks, 2, &log);
	assert_string_equal(log.text, "parity error:1, ack 00 00 00 1");
}

static void test_evidence_is_what_came(void **state)
{
	static const uint8_t bytes[] = {0x10, 0x40, 0x01, 0x42, 0x16};
	const uint8_t *evidence = NULL;
	struct mb_deframer d;
	struct mb_frame frame;
	size_t len = 0;

	(void)state;
	mb_deframer_init(&d);
	assert_int_equal(mb_deframer_push(&d, bytes, NULL, sizeof(bytes)), sizeof(bytes));
	assert_int_equal(mb_deframer_next(&d, &frame, &evidence, &len), MB_E_BAD_CHECKSUM);
	assert_int_equal(len, sizeof(bytes));
	assert_memory_equal(evidence, bytes, sizeof(bytes));
	assert_int_equal(mb_deframer_next(&d, &frame, NULL, NULL), 0);
	assert_int_equal(d.dropped, sizeof(bytes));
}

static void test_full_buffer_takes_no_more(void **state)
{
	static const uint8_t noise[4 * MB_FRAME_MAX] = {0};
	struct mb_deframer d;
	struct mb_frame frame;

	(void)state;
	mb_deframer_init(&d);
	assert_int_equal(mb_deframer_push(&d, noise, NULL, sizeof(noise)), 2 * MB_FRAME_MAX);
	assert_int_equal(mb_deframer_push(&d, noise, NULL, 1), 0);
	assert_int_equal(mb_deframer_next(&d, &frame, NULL, NULL), MB_E_BAD_START);
	assert_int_equal(mb_deframer_next(&d, &frame, NULL, NULL), 0);
	assert_int_equal(mb_deframer_push(&d, noise, NULL, 1), 1);
	mb_deframer_reset(&d);
	assert_int_equal(mb_deframer_next(&d, &frame, NULL, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_pieces_do_not_matter_for_frames),
		cmocka_unit_test(test_random_splits),
		cmocka_unit_test(test_marked_byte_refuses_the_frame),
		cmocka_unit_test(test_marked_acknowledge),
		cmocka_unit_test(test_evidence_is_what_came),
		cmocka_unit_test(test_full_buffer_takes_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
