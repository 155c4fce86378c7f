/* SPDX-License-Identifier: MIT */
/* One step of a dialogue: every outcome, and when it is over to the microsecond. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exchange.h"
#include "replay.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SELECT "68 0B 0B 68 53 FD 52 FF FF FF 1F FF FF FF FF BA 16"
#define NKE "10 40 01 41 16"
#define REQ "10 7B 05 80 16"
#define RSP "68 05 05 68 08 05 72 01 02 82 16"
#define RSP2 "68 05 05 68 08 05 72 03 02 84 16"
#define WINDOW "330bit+50ms+11bit"

static const struct mb_path path_2400 = {.line = MB_LINE_2400_8E1};

struct bus {
	struct mb_exchange x;
	struct replay wire; /* only its bytes on their way */
	uint8_t tx[MB_FRAME_MAX];
	uint16_t tx_len;
	uint64_t now_us, end_us;
	struct mbi_result result;
};

static struct bus bus;

static void bus_init(struct bus *b, const struct mb_path *path)
{
	memset(b, 0, sizeof(*b));
	b->now_us = REPLAY_START_US;
	b->wire.line = path->line;
	b->wire.pieces = 1;
	mbi_exchange_init(&b->x, path, b->now_us);
}

static void bus_send(struct bus *b, const char *tx, enum mbi_expect expect, bool whole)
{
	const uint8_t *bytes;
	size_t n;

	replay_hex(tx, b->tx, &b->tx_len);
	mbi_exchange_start(&b->x, b->tx, b->tx_len, expect, whole, b->now_us);
	while (!(n = mbi_exchange_tx(&b->x, b->now_us, &bytes))) {
		b->now_us = mbi_exchange_deadline(&b->x);
		assert_true(b->now_us != MB_NEVER);
	}
	assert_int_equal(n, b->tx_len);
	b->end_us = b->now_us + mb_line_bytes_us(&b->x.path.line, n);
	mbi_exchange_sent(&b->x, n, b->end_us);
}

/* Bytes and ticks until it is over. */
static void bus_run(struct bus *b)
{
	while (!mbi_exchange_result(&b->x, &b->result)) {
		uint64_t next_us = replay_next_us(&b->wire);
		uint64_t deadline_us = mbi_exchange_deadline(&b->x);
		const struct replay_byte *byte = &b->wire.wire[b->wire.first];

		deadline_us = deadline_us > b->now_us ? deadline_us : b->now_us;
		b->now_us = next_us < deadline_us ? next_us : deadline_us;
		if (next_us <= deadline_us) {
			mbi_exchange_rx(&b->x, &byte->byte, &byte->mark, 1, b->now_us);
			b->wire.first++;
			b->wire.count--;
		} else {
			mbi_exchange_tick(&b->x, b->now_us);
		}
	}
}

/* answer: "echo | answer", both in the notation of replay.h; @ is its start. */
static void bus_answer(struct bus *b, const char *answer)
{
	const char *bar = strchr(answer, '|');
	const char *at = strchr(bar ? bar : answer, '@');
	char echo[1024];

	if (bar) {
		snprintf(echo, sizeof(echo), "%.*s", (int)(bar - answer), answer);
		replay_put_text(&b->wire, echo, b->now_us);
		answer = bar + 2;
	}
	replay_put_text(&b->wire, answer,
		b->end_us + (at ? replay_time(&b->wire, at + 2) : REPLAY_DELAY_US));
}

struct row {
	const char *tx;
	uint8_t expect;
	bool whole;
	const char *answer;
	int outcome, plain;
	int junk, trailing;
	const char *over; /* so long behind the end of our bytes */
};

#define BOTH(name) MB_E_##name, MB_E_##name
#define ACK MBI_EXPECT_ACK
#define RESPONSE MBI_EXPECT_RESPONSE
#define NONE MBI_EXPECT_NONE
#define ANY MBI_EXPECT_ANYTHING

/* clang-format off */
static const struct row rows[] = {
	/* what was expected; over with the guard time */
	{NKE, ACK, false, "E5", 0, 0, 0, 0, "20ms+11bit+33bit"},
	{NKE, ACK, false, "10 00 01 01 16", 0, 0, 0, 0, "20ms+55bit+33bit"},
	{REQ, RESPONSE, false, RSP, 0, 0, 0, 0, "20ms+121bit+33bit"},
	{NKE, NONE, false, "", 0, 0, 0, 0, "33bit"},
	{NKE, NONE, true, "", 0, 0, 0, 0, WINDOW},
	{NKE, ANY, false, "", 0, 0, 0, 0, WINDOW},
	{NKE, ANY, false, "E5", 0, 0, 0, 0, "20ms+22bit+50ms"},
	{NKE, ANY, true, "E5", 0, 0, 0, 0, WINDOW},
	/* nothing, and the last moment */
	{NKE, ACK, false, "", BOTH(SILENCE), 0, 0, WINDOW},
	{NKE, ACK, false, "E5 @+330bit+50ms", 0, 0, 0, 0, WINDOW "+33bit"},
	{NKE, ACK, false, "E5 @+330bit+50001us", BOTH(SILENCE), 0, 0, WINDOW},
	/* another frame than expected */
	{REQ, RESPONSE, false, "E5", BOTH(NO_DATA), 0, 0, "20ms+11bit+33bit"},
	{REQ, RESPONSE, false, "A2", BOTH(NACK), 0, 0, "20ms+11bit+33bit"},
	{NKE, ACK, false, "10 01 01 02 16", BOTH(NACK), 0, 0, "20ms+55bit+33bit"},
	{NKE, ACK, false, RSP, BOTH(WRONG_ANSWER), 0, 0, "20ms+121bit+33bit"},
	{NKE, ACK, false, "10 40 09 49 16", BOTH(FOREIGN_MASTER), 0, 0, "20ms+55bit+33bit"},
	/* something behind it: in the guard time, or in the whole window */
	{SELECT, ACK, false, "E5 ~2ms E5", MB_E_COLLISION, 0, 0, 1, "22ms+22bit+33bit"},
	{SELECT, ACK, true, "E5", 0, 0, 0, 0, WINDOW},
	{SELECT, ACK, true, "E5 ~100ms E5", MB_E_COLLISION, 0, 0, 1, WINDOW},
	{SELECT, ACK, true, "E5 ~160ms E5", MB_E_COLLISION, 0, 0, 1, "180ms+22bit+33bit"},
	{SELECT, ACK, false, "E5 ~100ms E5", 0, 0, 0, 0, "20ms+11bit+33bit"},
	{SELECT, ACK, true, "E5 ~100ms ?E5", MB_E_TRAILING, 0, 0, 1, WINDOW},
	{REQ, RESPONSE, false, RSP " 00", MB_E_TRAILING, 0, 0, 1, "20ms+132bit+33bit"},
	{REQ, RESPONSE, false, RSP " " RSP2, MB_E_COLLISION, 0, 0, 11, "20ms+242bit+33bit"},
	{REQ, RESPONSE, false, "E5 00", MB_E_TRAILING, MB_E_NO_DATA, 0, 1, "20ms+22bit+33bit"},
	/* something before it */
	{NKE, ACK, false, "00 E5", 0, 0, 1, 0, "20ms+22bit+33bit"},
	{NKE, ACK, false, "FF ~30ms E5", 0, 0, 1, 0, "50ms+22bit+33bit"},
	{NKE, ACK, false, "33 E5", BOTH(BAD_START), 0, 0, WINDOW},
	{REQ, RESPONSE, false, "33 E5 " RSP, 0, 0, 2, 0, "20ms+143bit+33bit"},
	{REQ, RESPONSE, false, "68 " RSP, 0, 0, 1, 0, "20ms+132bit+33bit"},
	{REQ, RESPONSE, false, "10 " RSP, 0, 0, 1, 0, "20ms+132bit+33bit"},
	/* broken: over when the line is idle */
	{REQ, RESPONSE, false, "68 05 04 68 08", BOTH(BAD_LENGTH), 0, 0, "20ms+55bit+33bit"},
	{REQ, RESPONSE, false, "68 02 02 68 08 05", BOTH(BAD_LENGTH), 0, 0, "20ms+66bit+33bit"},
	{REQ, RESPONSE, false, "68 05 05 69 08 05", BOTH(BAD_START2), 0, 0, "20ms+66bit+33bit"},
	{REQ, RESPONSE, false, "68 05 05 68 08 05 72 01 02 81 16", BOTH(BAD_CHECKSUM), 0, 0, "20ms+121bit+33bit"},
	{REQ, RESPONSE, false, "68 05 05 68 08 05 72 01 02 82 15", BOTH(BAD_STOP), 0, 0, "20ms+121bit+33bit"},
	{REQ, RESPONSE, false, "68 05 05 68 ?08 05 72 01 02 82 16", BOTH(PARITY), 0, 0, "20ms+121bit+33bit"},
	{NKE, ACK, false, "?E5", BOTH(PARITY), 0, 0, "20ms+11bit+33bit"},
	{REQ, RESPONSE, true, "68 05 04 68 08", BOTH(BAD_LENGTH), 0, 0, WINDOW},
	/* the second one's E5 in the broken answer of the first is not an answer */
	{NKE, ACK, false, "68 05 05 68 08 05 72 01 E5 82 16", BOTH(BAD_CHECKSUM), 0, 0, "20ms+121bit+33bit"},
	/* stopped: over with the gap */
	{REQ, RESPONSE, false, "68 05 05 68 08 05", BOTH(CUT), 0, 0, "20ms+77bit+50ms"},
	{REQ, RESPONSE, false, "68", BOTH(CUT), 0, 0, "20ms+22bit+50ms"},
	{REQ, RESPONSE, false, "68 05 05 68 ~49ms 08 05 72 01 02 82 16", 0, 0, 0, 0, "69ms+121bit+33bit"},
	/* no frame at all: the answer may still come */
	{NKE, ACK, false, "31 32", BOTH(BAD_START), 0, 0, WINDOW},
	{NKE, ACK, false, "?31 32", BOTH(NOISE), 0, 0, WINDOW},
	{NKE, ACK, false, "00", BOTH(NOISE), 0, 0, WINDOW},
	{NKE, ACK, false, "31 @+330bit+50ms", BOTH(BAD_START), 0, 0, WINDOW "+33bit"},
	{NKE, ACK, false, "31 ~150ms E5", BOTH(BAD_START), 0, 0, "170ms+22bit+33bit"},
	/* echo: true, silent behind it, spoilt, spoilt without an answer, cut */
	{NKE, ACK, false, NKE " | E5", 0, 0, 0, 0, "20ms+11bit+33bit"},
	{NKE, ACK, false, NKE " | ", BOTH(SILENCE), 0, 0, WINDOW},
	{NKE, ACK, false, "10 40 ?21 41 16 | E5", 0, 0, 0, 0, "20ms+11bit+33bit"},
	{NKE, ACK, false, "10 40 ?21 41 16 | ", BOTH(ECHO_DIFFERS), 0, 0, WINDOW},
	{NKE, NONE, false, NKE " | ", 0, 0, 0, 0, "33bit"},
	{NKE, ACK, false, NKE " | 31", BOTH(BAD_START), 0, 0, WINDOW},
	{SELECT, ACK, false, SELECT " | E5", 0, 0, 0, 0, "20ms+11bit+33bit"},
	{SELECT, ACK, false, "68 0B 0B 68 53 FD 52 FF FF ?EF 1F FF FF FF FF BA 16 | E5", 0, 0, 0, 0,
		"20ms+11bit+33bit"},
	{SELECT, ACK, false, "68 0B 0B 68 53 FD 52 | ", BOTH(CUT), 0, 0, WINDOW},
	/* a whole frame of another master is no echo of ours, however alike */
	{REQ, RESPONSE, false, "10 7B 06 81 16", BOTH(FOREIGN_MASTER), 0, 0, "20ms+55bit+33bit"},
	{REQ, RESPONSE, false, "10 40 09 49 16", BOTH(FOREIGN_MASTER), 0, 0, "20ms+55bit+33bit"},
};
/* clang-format on */

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct mbi_result *r = &bus.result;

		bus_init(&bus, &path_2400);
		bus_send(&bus, row->tx, (enum mbi_expect)row->expect, row->whole);
		bus_answer(&bus, row->answer);
		bus_run(&bus);
		if (r->outcome != row->outcome || r->plain != row->plain)
			fail_msg("row %zu (%s): %s, %s", i, row->answer, mb_error_name(r->outcome),
				mb_error_name(r->plain));
		if (r->has_frame && (r->junk != row->junk || r->trailing != row->trailing))
			fail_msg("row %zu: %u junk, %u trailing", i, r->junk, r->trailing);
		/* sums of roundings up: one byte each */
		if (bus.now_us < bus.end_us + replay_time(&bus.wire, row->over) ||
			bus.now_us > bus.end_us + replay_time(&bus.wire, row->over) + 40)
			fail_msg("row %zu (%s): over after %llu us, not %llu", i, row->answer,
				(unsigned long long)(bus.now_us - bus.end_us),
				(unsigned long long)replay_time(&bus.wire, row->over));
	}
}

/* Every answer in every cutting into two and in one piece gives the same name. */
static void test_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct mb_path path = path_2400;
		uint8_t bytes[256], marks[256];
		size_t n;

		if (strchr(row->answer, '~') || strchr(row->answer, '@') ||
			strchr(row->answer, '|'))
			continue;
		bus_init(&bus, &path);
		bus_answer(&bus, row->answer);
		n = bus.wire.count;
		for (size_t k = 0; k < n; k++) {
			bytes[k] = bus.wire.wire[k].byte;
			marks[k] = bus.wire.wire[k].mark;
		}
		for (size_t cut = 0; cut <= n; cut++) {
			bus_init(&bus, &path);
			bus_send(&bus, row->tx, (enum mbi_expect)row->expect, row->whole);
			mbi_exchange_rx(&bus.x, bytes, marks, cut, bus.end_us + 50000);
			mbi_exchange_rx(
				&bus.x, bytes + cut, marks + cut, n - cut, bus.end_us + 52000);
			bus_run(&bus);
			if (bus.result.outcome != row->outcome)
				fail_msg("row %zu cut at %zu: %s", i, cut,
					mb_error_name(bus.result.outcome));
		}
	}
}

/* Times and bytes in a result. */
static void test_result(void **state)
{
	const struct mbi_result *r = &bus.result;

	(void)state;
	bus_init(&bus, &path_2400);
	bus_send(&bus, REQ, RESPONSE, false);
	bus_answer(&bus, REQ " | FF " RSP " 00");
	bus_run(&bus);
	assert_true(r->sent && r->echo && r->echo_changed && !r->echo_differs);
	assert_int_equal(r->len, 13);
	assert_int_equal(r->count, 13);
	assert_int_equal(r->bytes[0], 0xFF);
	assert_int_equal(r->bytes[12], 0x00);
	assert_ptr_equal(r->frame.data, r->bytes + 1 + 7);
	assert_int_equal(r->end_us, bus.end_us);
	assert_in_range(r->first_us, bus.end_us + 20000 + 4583, bus.end_us + 20000 + 4584);
	assert_in_range(r->frame_us - r->first_us, 11 * 4583, 11 * 4584);
	assert_in_range(r->last_us - r->frame_us, 4583, 4584);

	/* nothing of it the next time; the echo is known */
	bus_send(&bus, REQ, RESPONSE, false);
	bus_answer(&bus, REQ " | ");
	bus_run(&bus);
	assert_true(r->echo && !r->echo_changed && !r->has_frame);
	assert_int_equal(r->count, 0);
	assert_int_equal(r->first_us, 0);
}

/* More than can be kept is counted, and what is kept is still looked at. */
static void test_overlong(void **state)
{
	(void)state;
	bus_init(&bus, &path_2400);
	bus_send(&bus, REQ, RESPONSE, false);
	for (unsigned i = 0; i < MB_HEARD_MAX + 50; i++)
		replay_put(&bus.wire, bus.end_us + 20000 + i * 4584u, 0x31, 0);
	bus_run(&bus);
	assert_int_equal(bus.result.outcome, MB_E_BAD_START);
	assert_int_equal(bus.result.len, MB_HEARD_MAX);
	assert_int_equal(bus.result.count, MB_HEARD_MAX + 50);
}

/* A line that never falls silent: the exchange ends all the same, as does the wait for the next. */
static void test_babble(void **state)
{
	uint64_t limit_us = 4 * mb_line_bytes_us(&path_2400.line, MB_FRAME_MAX) + 2000000;

	(void)state;
	bus_init(&bus, &path_2400);
	bus_send(&bus, REQ, RESPONSE, false);
	for (unsigned i = 0; i < 3900; i++)
		replay_put(&bus.wire, bus.end_us + 20000 + i * 4584u, 0x31, 0);
	bus_run(&bus);
	assert_int_equal(bus.result.outcome, MB_E_BAD_START);
	assert_in_range(bus.now_us - bus.end_us - limit_us, 187500, 187500 + 4584 + 4584);

	mbi_exchange_start(&bus.x, bus.tx, bus.tx_len, RESPONSE, false, bus.now_us);
	bus_run(&bus);
	assert_int_equal(bus.result.outcome, MB_E_NOISE);
	assert_false(bus.result.sent);
}

/* Late bytes push the next sending back until the line is idle; they are nobody's answer. */
static void test_drain(void **state)
{
	const uint8_t *bytes;
	uint64_t last_us;

	(void)state;
	bus_init(&bus, &path_2400);
	bus_send(&bus, REQ, RESPONSE, false);
	bus_run(&bus);
	assert_int_equal(bus.result.outcome, MB_E_SILENCE);
	mbi_exchange_rx(&bus.x, (const uint8_t *)"\x68\x05", NULL, 2, bus.now_us);
	last_us = bus.now_us;
	bus_send(&bus, REQ, RESPONSE, false);
	assert_int_equal(bus.now_us - last_us, mb_line_bit_us(&path_2400.line, 33));
	bus_run(&bus);
	assert_int_equal(bus.result.outcome, MB_E_SILENCE);
	assert_int_equal(bus.result.count, 0);

	/* while we send: counted, dropped */
	mbi_exchange_start(&bus.x, bus.tx, bus.tx_len, RESPONSE, false, bus.now_us);
	assert_int_equal(mbi_exchange_tx(&bus.x, bus.now_us, &bytes), 5);
	mbi_exchange_sent(&bus.x, 2, bus.now_us + 9168);
	mbi_exchange_rx(&bus.x, (const uint8_t *)"\xE5", NULL, 1, bus.now_us + 9168);
	assert_int_equal(mbi_exchange_tx(&bus.x, bus.now_us, &bytes), 3);
	assert_ptr_equal(bytes, bus.tx + 2);
	bus.end_us = bus.now_us + 22918;
	mbi_exchange_sent(&bus.x, 3, bus.end_us);
	bus_answer(&bus, RSP);
	bus_run(&bus);
	assert_int_equal(bus.result.outcome, 0);
	assert_int_equal(bus.result.late, 1);
}

/* A program that was not scheduled finds answer and deadline at once: the answer wins. */
static void test_late_reader(void **state)
{
	(void)state;
	bus_init(&bus, &path_2400);
	bus_send(&bus, NKE, ACK, false);
	mbi_exchange_rx(&bus.x, (const uint8_t *)"\xE5", NULL, 1, bus.end_us + 5000000);
	bus.now_us = bus.end_us + 5000000;
	bus_run(&bus);
	assert_int_equal(bus.result.outcome, 0);
	/* but not once the tick has said that it is over */
	bus_send(&bus, NKE, ACK, false);
	mbi_exchange_tick(&bus.x, bus.end_us + 5000000);
	mbi_exchange_rx(&bus.x, (const uint8_t *)"\xE5", NULL, 1, bus.end_us + 5000000);
	assert_true(mbi_exchange_result(&bus.x, &bus.result));
	assert_int_equal(bus.result.outcome, MB_E_SILENCE);
}

/* D48 5.4: 330 bit times and 50 ms, at every speed. */
static void test_times(void **state)
{
	/* clang-format off */
	static const struct {
		uint32_t baud, answer_us, gap_us, guard_us;
	} times[] = {
		/* baud  answer and a byte       gap     33 bit times */
		{300,    1150000 + 36667,        110000, 110000},
		{600,     600000 + 18334,         55000,  55000},
		{1200,    325000 +  9167,         50000,  27500},
		{2400,    187500 +  4584,         50000,  13750},
		{4800,    118750 +  2292,         50000,   6875},
		{9600,     84375 +  1146,         50000,   3438},
		{19200,    67188 +   573,         50000,   1719},
		{38400,    58594 +   287,         50000,    860},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < COUNT(times); i++) {
		struct mb_path path = path_2400;
		uint64_t byte_us;

		path.line.baud = times[i].baud;
		byte_us = mb_line_bytes_us(&path.line, 1);
		assert_int_equal(mb_path_answer_us(&path), times[i].answer_us);
		assert_int_equal(mb_path_gap_us(&path), times[i].gap_us + byte_us);
		assert_int_equal(mb_path_guard_us(&path), times[i].guard_us);
		assert_int_equal(mb_path_idle_us(&path), times[i].guard_us);
		path.latency_us = 16000;
		assert_int_equal(mb_path_answer_us(&path), times[i].answer_us + 16000);
		assert_int_equal(mb_path_gap_us(&path), times[i].gap_us + byte_us + 16000);
		assert_int_equal(mb_path_guard_us(&path), times[i].guard_us);
		path.answer_us = path.gap_us = path.guard_us = 1000;
		assert_int_equal(mb_path_answer_us(&path), 17000 + byte_us);
		assert_int_equal(mb_path_gap_us(&path), 17000 + byte_us);
		assert_int_equal(mb_path_guard_us(&path), 1000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_result),
		cmocka_unit_test(test_overlong),
		cmocka_unit_test(test_babble),
		cmocka_unit_test(test_drain),
		cmocka_unit_test(test_late_reader),
		cmocka_unit_test(test_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
