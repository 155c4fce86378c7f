/* SPDX-License-Identifier: MIT */
/* The master against dialogues written by hand from the standard, in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "replay.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct replay replay;

static void play(void **state)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/test/unit/transcripts/%s.txt", METERBUS_SOURCE_ROOT,
		(const char *)*state);
	replay_file(&replay, path);
	if (replay.error[0])
		fail_msg("%s", replay.error);
}

/* ---- a bus of 250 meters: what it costs ---- */

struct meter_bus {
	uint64_t now_us, ideal_us;
	uint32_t random;
	bool silent; /* nobody is there */
	unsigned telegrams; /* of each answer */
	unsigned requests, nkes;
};

static size_t meter_answer(struct meter_bus *bus, const uint8_t *tx, uint8_t *rx)
{
	uint8_t data[15 + 7] = {0x78, 0x56, 0x34, 0x12, 0x24, 0x40, 1, 7, 0, 0, 0, 0, 0x04, 0x13};
	size_t len = 18;

	if (tx[1] == MB_C_SND_NKE) {
		bus->nkes++;
		bus->requests = 0;
		rx[0] = MB_ACK;
		return 1;
	}
	bus->requests++;
	data[14] = (uint8_t)bus->requests;
	if (bus->requests < bus->telegrams)
		data[len++] = 0x1F;
	return (size_t)mb_frame_write_long(rx, MB_FRAME_MAX, MB_C_RSP_UD, tx[2], 0x72, data, len);
}

/* One exchange with it: line time, its delay, line time, 33 bit times. */
static void meter_bus_turn(struct meter_bus *bus, struct mb_master *m, const uint8_t *tx, size_t n)
{
	const struct mb_line line = MB_LINE_2400_8E1;
	uint8_t rx[MB_FRAME_MAX];
	uint64_t delay_us, end_us = bus->now_us + mb_line_bytes_us(&line, n);
	size_t len = bus->silent ? 0 : meter_answer(bus, tx, rx);

	bus->random = bus->random * 1103515245u + 12345u;
	delay_us = 5000 + bus->random % 180000;
	mb_master_sent(m, n, end_us);
	for (size_t i = 0; i < len; i++)
		mb_master_rx(
			m, rx + i, NULL, 1, end_us + delay_us + mb_line_bytes_us(&line, i + 1));
	bus->ideal_us += mb_line_bytes_us(&line, n);
	if (bus->silent)
		bus->ideal_us += 187500; /* 330 bit times and 50 ms */
	else
		bus->ideal_us += delay_us + mb_line_bytes_us(&line, len) + 13750;
}

static void meter_bus_read(struct meter_bus *bus, struct mb_master *m, uint8_t a, int result)
{
	struct mb_request request = {.op = MB_OP_READ, .address.primary = a};
	struct mb_master_event event;
	const uint8_t *tx;
	size_t n;

	assert_int_equal(mb_master_submit(m, &request, bus->now_us), 0);
	for (;;) {
		while (mb_master_event(m, &event))
			if (event.type == MB_MASTER_DONE) {
				assert_int_equal(event.result, result);
				assert_int_equal(event.done.end_us, bus->now_us);
				return;
			}
		n = mb_master_tx(m, bus->now_us, &tx);
		if (n)
			meter_bus_turn(bus, m, tx, n);
		if (mb_master_deadline(m) > bus->now_us)
			bus->now_us = mb_master_deadline(m);
		mb_master_tick(m, bus->now_us);
	}
}

static void read_all(struct meter_bus *bus, int result)
{
	struct mb_master_config config = {.path.line = MB_LINE_2400_8E1};

	assert_int_equal(mb_master_init(&replay.m, &config, 0), 0);
	for (unsigned a = 1; a <= MB_A_MAX; a++)
		meter_bus_read(bus, &replay.m, (uint8_t)a, result);
}

/* Reading costs line time, answer delay and guard time, and nothing else. */
/* The first frame of a read by this request. */
static uint8_t first_c(const struct mb_quirk *quirk)
{
	const struct mb_master_config config = {.path.line = MB_LINE_2400_8E1};
	const struct mb_request request = {.op = MB_OP_READ, .address.primary = 5, .quirk = quirk};
	const uint8_t *bytes;
	struct mb_master *m = &replay.m;
	struct mb_master_event event;
	uint64_t now_us = 0;

	assert_int_equal(mb_master_init(m, &config, 0), 0);
	assert_int_equal(mb_master_submit(m, &request, 0), 0);
	while (mb_master_tx(m, now_us, &bytes) < 2) {
		while (mb_master_event(m, &event))
			assert_int_equal(event.type, MB_MASTER_WARNING);
		now_us = mb_master_deadline(m);
		assert_true(now_us < 1000000);
		mb_master_tick(m, now_us);
	}
	return bytes[1];
}

static void test_quirk_of_a_request(void **state)
{
	const struct mb_quirk no_nke = {.bends = MB_QUIRK_NO_NKE}, nothing = {0};

	(void)state;
	assert_int_equal(first_c(NULL), 0x40);
	assert_int_equal(first_c(&nothing), 0x40);
	assert_int_equal(first_c(&no_nke), 0x7B);
}

static void test_cost_of_reading(void **state)
{
	struct meter_bus bus = {.random = 1, .telegrams = 1};

	(void)state;
	read_all(&bus, 0);
	assert_int_equal(bus.nkes, 250);
	assert_true(bus.now_us >= bus.ideal_us);
	assert_true((double)bus.now_us / (double)bus.ideal_us < 1.0001);
}

static void test_cost_of_many_telegrams(void **state)
{
	struct meter_bus bus = {.random = 2, .telegrams = 9};

	(void)state;
	read_all(&bus, 0);
	assert_int_equal(bus.requests, 9);
	assert_true((double)bus.now_us / (double)bus.ideal_us < 1.0001);
}

/* A silent address costs four attempts with their timeouts; the timeout ends with the first byte
 * that might have begun in time, hence not 1.0. */
static void test_cost_of_silence(void **state)
{
	struct meter_bus bus = {.random = 3, .silent = true};
	const struct mb_line line = MB_LINE_2400_8E1;

	(void)state;
	read_all(&bus, MB_E_SILENCE);
	assert_true(bus.now_us <= bus.ideal_us + 250 * 4 * mb_line_bytes_us(&line, 1));
}

/* ---- contracts ---- */

/* Nothing is sent over events that were not taken, and their bytes stay. */
static void test_events_hold_the_line(void **state)
{
	struct mb_master_config config = {.path.line = MB_LINE_2400_8E1, .nke = MB_NKE_NEVER};
	struct mb_request request = {.op = MB_OP_READ, .address.primary = 5, .tag = 7};
	struct mb_master *m = &replay.m;
	struct mb_master_event event;
	const uint8_t *tx;
	uint8_t rx[MB_FRAME_MAX];
	uint16_t len;

	(void)state;
	assert_int_equal(mb_master_init(m, &config, 0), 0);
	assert_int_equal(mb_master_submit(m, &request, 0), 0);
	assert_int_equal(mb_master_submit(m, &request, 0), MB_E_BUSY);
	assert_int_equal(mb_master_tx(m, 0, &tx), 5);
	mb_master_sent(m, 5, 22917);
	replay_hex("68 05 05 68 08 05 78 04 13 9D 16", rx, &len);
	mb_master_rx(m, rx, NULL, len, 100000);
	mb_master_tick(m, mb_master_deadline(m));
	assert_int_equal(mb_master_tx(m, 200000, &tx), 0);
	assert_int_equal(mb_master_event(m, &event), 1);
	assert_int_equal(event.type, MB_MASTER_ATTEMPT);
	assert_int_equal(event.result, MB_E_BAD_CHECKSUM);
	assert_int_equal(event.tag, 7);
	assert_int_equal(event.sent_us, 22917);
	assert_int_equal(event.time_us, 100000);
	assert_int_equal(event.len, len);
	assert_memory_equal(event.bytes, rx, len);
	assert_int_equal(event.sent_len, 5);
	assert_int_equal(event.sent[1], 0x7B);
	assert_int_equal(mb_master_event(m, &event), 0);
	assert_int_equal(mb_master_tx(m, 200000, &tx), 5);
	mb_master_cancel(m, 200000);
	mb_master_cancel(m, 200000);
	assert_int_equal(mb_master_event(m, &event), 1);
	assert_int_equal(event.result, MB_E_CANCELLED);
	assert_int_equal(mb_master_event(m, &event), 0);
	assert_false(mb_master_busy(m));
	assert_int_equal(mb_master_deadline(m), MB_NEVER);
}

/* What DONE knows of the meter and its answer times. */
static void test_done(void **state)
{
	struct mb_master_config config = {.path.line = MB_LINE_2400_8E1};
	struct mb_request request = {.op = MB_OP_READ, .address.primary = 254};
	struct mb_master *m = &replay.m;
	struct mb_master_event event = {0};
	const uint8_t *tx;
	uint8_t rx[MB_FRAME_MAX];
	uint16_t len;
	uint64_t now_us;

	(void)state;
	assert_int_equal(mb_master_init(m, &config, 0), 0);
	assert_int_equal(mb_master_submit(m, &request, 0), 0);
	assert_int_equal(mb_master_tx(m, 0, &tx), 5);
	mb_master_sent(m, 5, 22917);
	mb_master_rx(m, (const uint8_t *)"\xE5", NULL, 1, 22917 + 150000);
	now_us = mb_master_deadline(m);
	assert_int_equal(now_us, 22917 + 150000 + 13750);
	mb_master_tick(m, now_us);
	assert_int_equal(mb_master_event(m, &event), 1);
	assert_int_equal(event.type, MB_MASTER_ACK);
	assert_int_equal(mb_master_tx(m, now_us, &tx), 5);
	mb_master_sent(m, 5, now_us + 22917);
	replay_hex(
		"68 15 15 68 08 02 72 78 56 34 12 24 40 01 07 13 00 00 00 0C 78 04 03 02 01 9D 16",
		rx, &len);
	for (uint16_t i = 0; i < len; i++)
		mb_master_rx(m, rx + i, NULL, 1, now_us + 22917 + 50000 + i * 4584u);
	mb_master_tick(m, mb_master_deadline(m));
	while (event.type != MB_MASTER_DONE)
		assert_int_equal(mb_master_event(m, &event), 1);
	assert_int_equal(event.result, 0);
	assert_int_equal(event.done.fastest_us, 50000);
	assert_int_equal(event.done.slowest_us, 150000);
	assert_true(event.done.has_primary && event.done.has_identity);
	assert_int_equal(event.done.primary, 2);
	assert_int_equal(event.done.identity.id, 0x12345678);
	assert_int_equal(event.done.identity.medium, 7);
	assert_int_equal(event.done.begin_us, 0);
	assert_null(event.done.quirk);
}

static void test_configuration(void **state)
{
	static const struct mb_path bad[] = {
		{.line = {0, 8, MB_PARITY_EVEN, 1}},
		{.line = {2400, 6, MB_PARITY_EVEN, 1}},
		{.line = {2400, 8, 3, 1}},
		{.line = {2400, 8, MB_PARITY_EVEN, 0}},
		{.line = MB_LINE_2400_8E1, .echo = 3},
	};
	struct mb_master_config config = {.path.line = MB_LINE_2400_8E1};
	struct mb_request request = {.op = MB_OP_PING};
	struct mb_path path = {.line = MB_LINE_2400_8E1};
	struct mb_master *m = &replay.m;
	struct mb_line line;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		config.path = bad[i];
		assert_int_equal(mb_master_init(m, &config, 0), MB_E_INVALID);
	}
	config.path = path;
	config.max_telegrams = MB_TELEGRAMS_MAX + 1;
	assert_int_equal(mb_master_init(m, &config, 0), MB_E_INVALID);
	config.max_telegrams = MB_TELEGRAMS_MAX;
	assert_int_equal(mb_master_init(m, &config, 0), 0);
	path.line.baud = 9600;
	assert_int_equal(mb_master_set_path(m, &path), 0);
	mb_master_line(m, &line);
	assert_int_equal(line.baud, 9600);
	assert_int_equal(mb_master_submit(m, &request, 0), 0);
	assert_int_equal(mb_master_set_path(m, &path), MB_E_BUSY);
	request.op = MB_OP_COUNT;
	mb_master_cancel(m, 0);
	assert_int_equal(mb_master_submit(m, &request, 0), MB_E_INVALID);
}

static void test_names(void **state)
{
	(void)state;
	for (unsigned op = 0; op < MB_OP_COUNT; op++)
		assert_non_null(mb_op_name(op));
	assert_null(mb_op_name(MB_OP_COUNT));
	assert_true(mb_op_writes(MB_OP_SET_TIME));
	assert_false(mb_op_writes(MB_OP_READ));
	assert_false(mb_op_writes(MB_OP_COUNT));
	for (unsigned w = 0; w < MB_WARNING_COUNT; w++)
		assert_true(mb_warning_name(w) && mb_warning_text(w));
	assert_null(mb_warning_name(MB_WARNING_COUNT));
	assert_true(MB_WARNING_COUNT <= 32); /* bits of mb_master.warned */
}

/* clang-format off */
#define PLAY(name) {name, play, NULL, NULL, (void *)(name)}
/* clang-format on */

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quirk_of_a_request),
		cmocka_unit_test(test_cost_of_reading),
		cmocka_unit_test(test_cost_of_many_telegrams),
		cmocka_unit_test(test_cost_of_silence),
		cmocka_unit_test(test_events_hold_the_line),
		cmocka_unit_test(test_done),
		cmocka_unit_test(test_configuration),
		cmocka_unit_test(test_names),
		PLAY("address"),
		PLAY("baud"),
		PLAY("echo"),
		PLAY("identity"),
		PLAY("link"),
		PLAY("multi"),
		PLAY("outcomes"),
		PLAY("pieces"),
		PLAY("quirks"),
		PLAY("read"),
		PLAY("secondary"),
		PLAY("select"),
		PLAY("time"),
		PLAY("write"),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
