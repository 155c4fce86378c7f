/* SPDX-License-Identifier: MIT */
/* Dialogues as they pass on a bus, told as events: "kind name address after flags". */
#include "meterbus/capture.h"
#include "meterbus/monitor_stats.h"
#include "meterbus/monitor_text.h"
#include "meterbus/monitor_track.h"

#include <meterbus/error.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TOLD_MAX 4096

struct story {
	const char *name;
	const char *capture; /* lines of a capture */
	const char *told;
};

struct told {
	char text[TOLD_MAX];
	size_t len;
	struct monitor_stats stats;
};

static void put(struct told *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct told *t, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	t->len += (size_t)vsnprintf(t->text + t->len, sizeof(t->text) - t->len, format, ap);
	va_end(ap);
	assert_true(t->len < sizeof(t->text));
}

static void seen(void *ctx, const struct monitor_event *e)
{
	struct told *t = ctx;

	put(t, "%c %s", "><!!"[e->kind], monitor_text_name(e));
	if (e->kind == MONITOR_BROKEN)
		put(t, " (%s, %u)", mb_error_name(e->error), e->len);
	else if (e->has_request)
		put(t, " %u", e->asked_a);
	if (e->selected)
		put(t, " sel %08X", (unsigned)e->selected->id);
	if (e->timed)
		put(t, " %lluus", (unsigned long long)e->response_us);
	for (const struct monitor_flag *f = monitor_flags; f->flag; f++)
		if (e->flags & f->flag)
			put(t, " %s", f->key);
	put(t, "\n");
	monitor_stats_take(&t->stats, e);
}

static void play(struct told *ret_told, const char *capture)
{
	static const struct mb_line line = MB_LINE_2400_8E1;
	static struct capture_event event;
	struct capture_head head = {0};
	struct monitor_track track;

	memset(ret_told, 0, sizeof(*ret_told));
	monitor_track_init(&track, &line, 0, seen, ret_told);
	for (const char *p = capture; *p;) {
		size_t len = strcspn(p, "\n");

		assert_int_equal(capture_line(&head, p, len, &event), CAPTURE_EVENT);
		monitor_track_rx(&track, event.direction, event.bytes, event.marks, event.len,
			event.time_us);
		p += len + (p[len] == '\n');
	}
	monitor_track_end(&track);
}

/* clang-format off */
static const struct story stories[] = {
	{"an answer has the time from stop bit to start bit",
		"0.022917 < 10 40 01 41 16\n0.060000 < E5\n",
		"> SND_NKE 1\n< E5 1 32499us\n"},
	{"a master and its meters may come in two directions",
		"0.022917 > 10 40 01 41 16\n0.060000 < E5\n",
		"> SND_NKE 1\n< E5 1 32499us\n"},
	{"a frame in pieces is one frame",
		"0.1 < 68 04 04\n0.12 < 68 08 01 70\n0.14 < 08 81 16\n",
		"< RSP_UD unasked\n"},
	{"nobody answers, told when the next request comes",
		"0.1 < 10 5B 05 60 16\n2.0 < 10 5B 06 61 16\n2.1 < E5\n",
		"> REQ_UD2 5\n! silence 5\n> REQ_UD2 6\n< E5 6 95416us\n"},
	{"nobody answers, told at the end",
		"0.1 < 10 5B 05 60 16\n",
		"> REQ_UD2 5\n! silence 5\n"},
	{"nobody answers a broadcast, and need not",
		"0.1 < 10 40 FF 3F 16\n2.0 < 10 40 01 41 16\n2.1 < E5\n",
		"> SND_NKE 255\n> SND_NKE 1\n< E5 1 95416us\n"},
	{"the same request again is a repeat when it was not answered",
		"0.1 < 10 5B 05 60 16\n0.4 < 10 5B 05 60 16\n0.5 < E5\n0.6 < 10 5B 05 60 16\n0.7 < E5\n",
		"> REQ_UD2 5\n! silence 5\n> REQ_UD2 5 repeat\n< E5 5 95416us\n> REQ_UD2 5\n< E5 5 95416us\n"},
	{"the converter's echo is no request",
		"0.1 > 10 40 01 41 16\n0.101 < 10 40 01 41 16\n0.15 < E5\n",
		"> SND_NKE 1\n> SND_NKE 1 echo\n< E5 1 45416us\n"},
	{"two answer",
		"0.1 < 10 40 FE 3E 16\n0.15 < E5\n0.18 < E5\n",
		"> SND_NKE 254\n< E5 254 45416us\n< E5 254 second\n"},
	{"another one answers",
		"0.1 < 10 7B 05 80 16\n0.2 < 68 04 04 68 08 01 70 08 81 16\n",
		"> REQ_UD2 5\n< RSP_UD 5 54166us other_address\n"},
	{"all may answer at 254",
		"0.1 < 10 7B FE 79 16\n0.2 < 68 04 04 68 08 01 70 08 81 16\n",
		"> REQ_UD2 254\n< RSP_UD 254 54166us\n"},
	{"late is not unasked",
		"0.1 < 10 40 01 41 16\n0.5 < E5\n",
		"> SND_NKE 1\n! silence 1\n< E5 1 395416us late\n"},
	{"nobody has asked",
		"0.1 < E5\n0.5 < 10 40 01 41 16\n0.55 < E5\n1.5 < E5\n",
		"< E5 unasked\n> SND_NKE 1\n< E5 1 45416us\n< E5 1 unasked\n"},
	{"a broken answer is not silence",
		"0.1 < 10 7B 01 7C 16\n0.2 < 68 04 04 68 08 01 70 08 80 16\n2.0 < 10 5B 01 5C 16\n",
		"> REQ_UD2 1\n! broken (bad checksum, 10)\n> REQ_UD2 1\n! silence 1\n"},
	{"noise is told as one",
		"0.1 < 11 22 33\n0.11 < 44\n0.5 < 55 77\n",
		"! broken (bad start, 4)\n! broken (bad start, 2)\n"},
	{"a cut answer ends with the pause",
		"0.1 < 10 7B 01 7C 16\n0.2 < 68 20 20 68 08\n1.0 < 10 5B 01 5C 16\n1.1 < E5\n",
		"> REQ_UD2 1\n! broken (cut off, 5)\n> REQ_UD2 1\n< E5 1 95416us\n"},
	{"a byte with a parity error spoils its frame",
		"0.1 < 10 40 01 41 16\n0.2 < E5*P\n",
		"> SND_NKE 1\n! broken (parity error, 1)\n"},
	{"who is selected is asked by 253",
		"0.1 < 68 0B 0B 68 53 FD 52 78 56 34 12 FF FF FF FF B2 16\n0.2 < E5\n"
		"0.3 < 10 7B FD 78 16\n0.4 < E5\n0.5 < 10 40 FD 3D 16\n0.6 < E5\n",
		"> SND_UD 253 sel 12345678\n< E5 253 sel 12345678 95416us\n"
		"> REQ_UD2 253 sel 12345678\n< E5 253 sel 12345678 95416us\n"
		"> SND_NKE 253\n< E5 253 95416us\n"},
	{"who did not answer is not selected",
		"0.1 < 68 0B 0B 68 53 FD 52 78 56 34 12 FF FF FF FF B2 16\n1.3 < 10 7B FD 78 16\n",
		"> SND_UD 253 sel 12345678\n! silence 253 sel 12345678\n> REQ_UD2 253\n! silence 253\n"},
};
/* clang-format on */

static void test_stories(void **state)
{
	static struct told told;

	(void)state;
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		play(&told, stories[i].capture);
		if (strcmp(told.text, stories[i].told) != 0)
			print_error("%s\n", stories[i].name);
		assert_string_equal(told.text, stories[i].told);
	}
}

static void test_stats_count_each_station(void **state)
{
	static struct told told;
	const struct monitor_station *one = &told.stats.stations[0];

	(void)state;
	play(&told, "0.1 < 10 40 01 41 16\n0.15 < E5\n1.1 < 10 40 01 41 16\n1.17 < E5\n"
		    "2.1 < 10 40 02 42 16\n3.1 < 10 40 02 42 16\n");
	assert_int_equal(told.stats.count, 2);
	assert_int_equal(told.stats.requests, 4);
	assert_int_equal(told.stats.answers, 2);
	assert_int_equal(told.stats.silences, 2);
	assert_int_equal(told.stats.repeats, 1);
	assert_int_equal(one->a, 1);
	assert_int_equal(one->requests, 2);
	assert_int_equal(one->fastest_us, 45416);
	assert_int_equal(one->slowest_us, 65416);
	assert_int_equal(one->sum_us, 45416 + 65416);
	assert_int_equal(told.stats.stations[1].silences, 2);
}

/* More stations than there is room for are counted in the sums. */
static void test_stations_have_a_limit(void **state)
{
	static struct monitor_stats stats;
	struct mb_secondary selected = {0};
	struct monitor_event e = {.kind = MONITOR_REQUEST,
		.has_request = true,
		.asked_a = MB_A_NETWORK,
		.selected = &selected};

	(void)state;
	for (; selected.id < MONITOR_STATIONS_MAX + 10; selected.id++)
		monitor_stats_take(&stats, &e);
	assert_int_equal(stats.count, MONITOR_STATIONS_MAX);
	assert_int_equal(stats.requests, MONITOR_STATIONS_MAX + 10);
}

/* An engine must be woken to tell silence and garbage in time. */
static void test_deadlines(void **state)
{
	static const struct mb_line line = MB_LINE_2400_8E1;
	static const uint8_t nke[] = {0x10, 0x40, 0x01, 0x41, 0x16};
	static struct told told;
	struct monitor_track track;

	(void)state;
	memset(&told, 0, sizeof(told));
	monitor_track_init(&track, &line, 0, seen, &told);
	assert_true(monitor_track_deadline(&track) == MB_NEVER);
	monitor_track_rx(&track, CAPTURE_RECEIVED, nke, NULL, sizeof(nke), 1000000);
	assert_int_equal(monitor_track_deadline(&track), 1000000 + 187500 + 4584);
	monitor_track_rx(&track, CAPTURE_RECEIVED, nke, NULL, 1, 1100000);
	assert_int_equal(monitor_track_deadline(&track), 1100000 + 13750);
	monitor_track_tick(&track, monitor_track_deadline(&track));
	assert_true(monitor_track_deadline(&track) > 1100000);
	monitor_track_tick(&track, monitor_track_deadline(&track));
	assert_true(monitor_track_deadline(&track) == MB_NEVER);
	assert_string_equal(told.text, "> SND_NKE 1\n! broken (cut off, 1)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stories),
		cmocka_unit_test(test_stats_count_each_station),
		cmocka_unit_test(test_stations_have_a_limit),
		cmocka_unit_test(test_deadlines),
	};

	return cmocka_run_group_tests_name("monitor", tests, NULL, NULL);
}
