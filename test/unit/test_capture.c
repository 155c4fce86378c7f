/* SPDX-License-Identifier: MIT */
/* Captures: what is written is read back, what is no capture is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "meterbus/capture.h"

#include <stdlib.h>

static void test_round_trip(void **state)
{
	const struct mb_line line = {300, 8, MB_PARITY_EVEN, 1};
	struct capture_head head = {0};
	struct capture_event event;
	struct capture_writer w;
	uint8_t bytes[150], marks[150];
	char *text = NULL, *p;
	size_t size = 0, seen = 0;
	FILE *file = open_memstream(&text, &size);

	(void)state;
	assert_non_null(file);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (uint8_t)(i * 7);
		marks[i] = (uint8_t)(i % 16);
	}
	capture_begin(&w, file, 1467365701000000, 5000, &line);
	capture_write(&w, CAPTURE_SENT, bytes, NULL, 3, 6500);
	capture_write(&w, CAPTURE_RECEIVED, bytes, marks, sizeof(bytes), 2005000);
	fclose(file);
	assert_int_equal(capture_version(text, strcspn(text, "\n")), CAPTURE_VERSION);
	for (p = text; *p; p += strcspn(p, "\n") + 1) {
		enum capture_kind kind = capture_line(&head, p, strcspn(p, "\n"), &event);

		assert_int_not_equal(kind, CAPTURE_BAD);
		if (kind != CAPTURE_EVENT)
			continue;
		if (event.direction == CAPTURE_SENT) {
			assert_int_equal(event.time_us, 1500);
			assert_int_equal(event.len, 3);
			assert_memory_equal(event.bytes, bytes, 3);
			continue;
		}
		assert_int_equal(event.time_us, 2000000);
		assert_true(seen + event.len <= sizeof(bytes));
		assert_memory_equal(event.bytes, bytes + seen, event.len);
		assert_memory_equal(event.marks, marks + seen, event.len);
		seen += event.len;
	}
	assert_int_equal(seen, sizeof(bytes));
	assert_int_equal(head.started_us, 1467365701000000);
	assert_true(head.has_line);
	assert_true(mb_line_equal(&head.line, &line));
	free(text);
}

static void test_lines(void **state)
{
	static const struct {
		const char *text;
		int kind;
		uint64_t time_us;
	} rows[] = {
		{"0.000000 > 10 40 01 41 16", CAPTURE_EVENT, 0},
		{"12.5 < E5", CAPTURE_EVENT, 12500000},
		{"7 < E5\r", CAPTURE_EVENT, 7000000},
		{"0.000001 <", CAPTURE_EVENT, 1},
		{"0.1 < E5*P E5*PFBO", CAPTURE_EVENT, 100000},
		{"", CAPTURE_NOTHING, 0},
		{"# anything", CAPTURE_NOTHING, 0},
		{"# started 2026-11-21T09:28:00.5Z", CAPTURE_HEAD, 0},
		{"# line 2400 8E1", CAPTURE_HEAD, 0},
		{"# started yesterday", CAPTURE_BAD, 0},
		{"# started 2026-13-21T09:28:00Z", CAPTURE_BAD, 0},
		{"# line 2400 8X1", CAPTURE_BAD, 0},
		{"# line fast", CAPTURE_BAD, 0},
		{"x < E5", CAPTURE_BAD, 0},
		{"0.0 = E5", CAPTURE_BAD, 0},
		{"0.0", CAPTURE_BAD, 0},
		{"0.0 < E", CAPTURE_BAD, 0},
		{"0.0 < XY", CAPTURE_BAD, 0},
		{"0.0 < E5*", CAPTURE_BAD, 0},
		{"0.0 < E5*X", CAPTURE_BAD, 0},
	};
	struct capture_head head = {0};
	struct capture_event event;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* from a buffer of just this size, so that a byte too far is seen */
		size_t len = strlen(rows[i].text);
		char *copy = malloc(len ? len : 1);

		assert_non_null(copy);
		memcpy(copy, rows[i].text, len);
		if (capture_line(&head, copy, len, &event) != (enum capture_kind)rows[i].kind)
			fail_msg("%s", rows[i].text);
		if (rows[i].kind == CAPTURE_EVENT)
			assert_int_equal(event.time_us, rows[i].time_us);
		free(copy);
	}
	assert_int_equal(head.started_us, 1795253280500000);
}

static void test_limit_of_bytes(void **state)
{
	char line[16 + 3 * (CAPTURE_BYTES_MAX + 1)] = "0.0 <";
	struct capture_head head = {0};
	struct capture_event event;

	(void)state;
	for (int i = 0; i < CAPTURE_BYTES_MAX; i++)
		strcat(line, " E5");
	assert_int_equal(capture_line(&head, line, strlen(line), &event), CAPTURE_EVENT);
	assert_int_equal(event.len, CAPTURE_BYTES_MAX);
	strcat(line, " E5");
	assert_int_equal(capture_line(&head, line, strlen(line), &event), CAPTURE_BAD);
}

static void test_magic(void **state)
{
	static const struct {
		const char *line;
		int version;
	} rows[] = {
		{"# meterbus capture 1", 1},
		{"# meterbus capture 1\r", 1},
		{"# meterbus capture 1 of Monday", 1},
		{"# meterbus capture 2", 2},
		{"# meterbus capture 12", 12},
		{"# meterbus capture 12345", -1},
		{"# meterbus capture 1.5", -1},
		{"# meterbus capture ", -1},
		{"# meterbus capture", -1},
		{"", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
			capture_version(rows[i].line, strlen(rows[i].line)), rows[i].version);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_limit_of_bytes),
		cmocka_unit_test(test_magic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
