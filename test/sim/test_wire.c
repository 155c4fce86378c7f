/* SPDX-License-Identifier: MIT */
/* The physics of the line: what a master's UART makes of it. Times are those of 2400 8E1. */
#include "bus.h"
#include "sim/wave.h"

#define BIT_NS 416667
#define BYTE_US 4584
#define SECOND 1000000u

static const struct mb_line line_2400 = MB_LINE_2400_8E1;

/* ---- waves and the UART ---- */

static size_t decode(const struct wave *waves, size_t n, const struct mb_line *line,
	struct uart_byte *ret_bytes, size_t max)
{
	struct uart uart = {.line = *line};
	size_t count = 0;

	while (count < max && uart_next(&uart, waves, n, &ret_bytes[count]))
		count++;
	return count;
}

static void test_every_byte_comes_back(void **state)
{
	static const struct mb_line lines[] = {
		{300, 8, MB_PARITY_EVEN, 1},
		{2400, 8, MB_PARITY_EVEN, 1},
		{2400, 8, MB_PARITY_NONE, 1},
		{9600, 8, MB_PARITY_ODD, 1},
		{38400, 8, MB_PARITY_EVEN, 2},
		{1200, 7, MB_PARITY_EVEN, 1},
	};

	(void)state;
	for (size_t l = 0; l < sizeof(lines) / sizeof(lines[0]); l++) {
		uint8_t mask = lines[l].data_bits == 7 ? 0x7F : 0xFF;
		uint8_t bytes[256];
		struct wave wave;
		struct uart_byte got[256];

		for (unsigned i = 0; i < 256; i++)
			bytes[i] = (uint8_t)(i * 89) & mask;
		wave_init(&wave, &lines[l], bytes, 256, 12345);
		assert_int_equal(decode(&wave, 1, &lines[l], got, 256), 256);
		for (unsigned i = 0; i < 256; i++) {
			assert_int_equal(got[i].byte, bytes[i]);
			assert_int_equal(got[i].marks, 0);
		}
		assert_true(got[255].end_ns >= wave.end_ns - 1000 &&
			    got[255].end_ns <= wave.end_ns + 1000);
	}
}

/* The line is a space where anyone sends one: the AND, when the bits stand on each other. */
static void test_aligned_bytes_are_anded(void **state)
{
	(void)state;
	for (unsigned a = 0; a < 256; a += 7) {
		for (unsigned b = 0; b < 256; b += 5) {
			uint8_t both[] = {(uint8_t)a, (uint8_t)b};
			struct wave waves[2];
			struct uart_byte got[2];
			unsigned ones = 0, parity;

			wave_init(&waves[0], &line_2400, &both[0], 1, 0);
			wave_init(&waves[1], &line_2400, &both[1], 1, 0);
			assert_int_equal(decode(waves, 2, &line_2400, got, 2), 1);
			assert_int_equal(got[0].byte, a & b);
			for (unsigned bit = 0; bit < 8; bit++)
				ones += (a & b) >> bit & 1;
			parity = (unsigned)(__builtin_parity(a) & __builtin_parity(b));
			assert_int_equal(got[0].marks, ones % 2 != parity ? MB_MARK_PARITY : 0);
		}
	}
}

/* Two E5 stay one clean E5 while they are less than half a bit apart. */
static void test_offset_acknowledges(void **state)
{
	static const struct {
		uint32_t offset_ns;
		bool clean;
	} cases[] = {
		{0, true},
		{5000, true}, /* 1 km of cable */
		{BIT_NS / 4, true},
		{BIT_NS * 4 / 10, true},
		{BIT_NS * 6 / 10, false},
		{BIT_NS, false},
		{BIT_NS * 3, false},
		{BIT_NS * 6, false},
	};
	static const uint8_t ack = MB_ACK;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct wave waves[2];
		struct uart_byte got[4];
		size_t n;

		wave_init(&waves[0], &line_2400, &ack, 1, 0);
		wave_init(&waves[1], &line_2400, &ack, 1, cases[i].offset_ns);
		n = decode(waves, 2, &line_2400, got, 4);
		assert_int_equal(n == 1 && got[0].byte == MB_ACK && !got[0].marks, cases[i].clean);
	}
}

static void test_another_speed_is_garbage(void **state)
{
	static const uint8_t nke[] = {0x10, 0x40, 0x05, 0x45, 0x16};
	static const uint32_t bauds[] = {300, 600, 1200, 4800, 9600, 19200};
	struct wave wave;

	(void)state;
	wave_init(&wave, &line_2400, nke, sizeof(nke), 0);
	for (size_t i = 0; i < sizeof(bauds) / sizeof(bauds[0]); i++) {
		struct mb_line line = {bauds[i], 8, MB_PARITY_EVEN, 1};
		struct uart_byte got[64];
		uint8_t bytes[64];
		size_t n = decode(&wave, 1, &line, got, 64);
		struct mb_frame frame;

		assert_in_range(n, 1, 63);
		for (size_t k = 0; k < n; k++)
			bytes[k] = got[k].byte;
		assert_true(mb_frame_parse(bytes, n, &frame) != sizeof(nke));
	}
}

static void test_wrong_parity_is_marked(void **state)
{
	static const uint8_t byte = 0x10;
	struct mb_line none = {2400, 8, MB_PARITY_NONE, 1};
	struct wave wave;
	struct uart_byte got[4];

	(void)state;
	wave_init(&wave, &none, &byte, 1, 0); /* its stop bit stands where the parity bit is: 1 */
	assert_int_equal(decode(&wave, 1, &line_2400, got, 4), 1);
	assert_int_equal(got[0].byte, 0x10);
	assert_int_equal(got[0].marks, 0); /* one bit set: even parity wants 1 */
	wave_init(&wave, &none, (const uint8_t[]){0x11}, 1, 0);
	assert_int_equal(decode(&wave, 1, &line_2400, got, 4), 1);
	assert_int_equal(got[0].marks, MB_MARK_PARITY);
}

static void test_break_is_marked(void **state)
{
	struct wave wave;
	struct uart_byte got[8];

	(void)state;
	wave_init_break(&wave, 1000, 50000000);
	assert_int_equal(decode(&wave, 1, &line_2400, got, 8), 1);
	assert_int_equal(got[0].byte, 0);
	assert_true(got[0].marks & MB_MARK_BREAK);
}

/* ---- meters on the line ---- */

#define TWO "[meter] model=water id=12345678 primary=5 [meter] model=heat id=12345679 primary=5\n"

static void test_one_answer(void **state)
{
	struct bus b;

	(void)state;
	bus_open(&b, "[meter] model=water primary=5 delay=30");
	bus_ask(&b, "10 40 05 45 16", SECOND);
	assert_int_equal(b.n, 1);
	assert_int_equal(b.bytes[0], MB_ACK);
	/* five bytes, the delay, one byte; each rounded up */
	assert_in_range(b.time_us[0], 22917 + 30000 + 4583, 22917 + 30000 + 4585);
	bus_ask(&b, "10 40 06 46 16", SECOND);
	assert_int_equal(b.n, 0);
	bus_close(&b);
}

static void test_equal_acknowledges_read_clean(void **state)
{
	struct bus b;

	(void)state;
	bus_open(&b, TWO);
	bus_ask(&b, "10 40 05 45 16", SECOND);
	assert_int_equal(b.n, 1);
	assert_int_equal(b.bytes[0], MB_ACK);
	assert_int_equal(b.marks[0], 0);
	assert_int_equal(sim_account(b.sim)->overlaps, 1);
	bus_close(&b);
}

static void test_different_telegrams_garble(void **state)
{
	struct bus b;
	struct mb_frame frame;

	(void)state;
	bus_open(&b, TWO);
	bus_ask(&b, "10 7B 05 80 16", SECOND);
	assert_true(b.n > 50);
	assert_true(bus_marked(&b));
	assert_true(mb_frame_parse(b.bytes, b.n, &frame) < 0);
	bus_close(&b);
}

static void test_jitter_garbles_acknowledges(void **state)
{
	unsigned clean = 0;
	struct bus b;

	(void)state;
	bus_open(&b, "[bus] jitter=3 seed=11\n" TWO);
	for (unsigned i = 0; i < 100; i++) {
		bus_ask(&b, "10 40 05 45 16", SECOND);
		assert_true(b.n >= 1);
		clean += b.n == 1 && b.bytes[0] == MB_ACK && !b.marks[0];
	}
	/* apart by less than half a bit of 417 us, out of 3 ms: 13 % */
	assert_in_range(clean, 4, 30);
	bus_close(&b);
}

static void test_one_after_the_other(void **state)
{
	struct bus b;

	(void)state;
	bus_open(
		&b, "[meter] model=water primary=5 delay=10 [meter] model=heat primary=5 delay=40");
	bus_ask(&b, "10 40 05 45 16", SECOND);
	assert_int_equal(b.n, 2);
	assert_int_equal(b.bytes[0], MB_ACK);
	assert_int_equal(b.bytes[1], MB_ACK);
	assert_in_range(b.time_us[1] - b.time_us[0], 29990, 30010);
	bus_close(&b);
}

static void test_meter_at_another_speed_is_silent(void **state)
{
	struct mb_line line = {9600, 8, MB_PARITY_EVEN, 1};
	struct bus b;

	(void)state;
	bus_open(&b, "[meter] model=water primary=5 baud=9600");
	bus_ask(&b, "10 40 05 45 16", SECOND);
	assert_int_equal(b.n, 0);
	sim_set_line(b.sim, &line);
	bus_ask(&b, "10 40 05 45 16", SECOND);
	assert_int_equal(b.n, 1);
	line.baud = 2400; /* asked at its speed, heard at another */
	bus_ask(&b, "10 7B 05 80 16", 0);
	sim_set_line(b.sim, &line);
	bus_wait(&b, SECOND);
	assert_true(b.n > 0);
	assert_true(bus_marked(&b));
	bus_close(&b);
}

static void test_echo(void **state)
{
	static const uint8_t nke[] = {0x10, 0x40, 0x05, 0x45, 0x16};
	struct bus b;

	(void)state;
	bus_open(&b, "[bus] echo=yes [meter] model=water primary=5");
	bus_ask(&b, "10 40 05 45 16", SECOND);
	assert_int_equal(b.n, 6);
	assert_memory_equal(b.bytes, nke, 5);
	assert_int_equal(b.bytes[5], MB_ACK);
	assert_in_range(b.time_us[0], BYTE_US - 1, BYTE_US);
	bus_close(&b);
}

static void test_late_echo(void **state)
{
	struct bus b;

	(void)state;
	bus_open(&b, "[bus] echo=yes echo-delay=3 [meter] model=water primary=5 delay=30");
	bus_ask(&b, "10 40 05 45 16", SECOND);
	assert_int_equal(b.n, 6);
	assert_in_range(b.time_us[0], BYTE_US + 2999, BYTE_US + 3001);
	bus_close(&b);
}

static void test_master_over_a_meter(void **state)
{
	struct bus b;
	struct mb_frame frame;

	(void)state;
	bus_open(&b, "[meter] model=water primary=5 delay=10");
	bus_ask(&b, "10 7B 05 80 16", 60000); /* the meter has begun */
	assert_true(b.n > 0 && b.n < 20);
	bus_ask(&b, "10 40 05 45 16", SECOND); /* into its telegram */
	assert_true(bus_marked(&b) || mb_frame_parse(b.bytes, b.n, &frame) < 0);
	assert_int_equal(sim_meter_at(b.sim, 0)->count[MB_SLAVE_REACTION_ACK], 0); /* deaf */
	bus_ask(&b, "10 40 05 45 16", SECOND);
	assert_int_equal(b.n, 1);
	bus_close(&b);
}

static void test_loss(void **state)
{
	struct bus b;
	unsigned answered = 0;

	(void)state;
	bus_open(&b, "[bus] loss=0.05 seed=3 [meter] model=water primary=5");
	for (unsigned i = 0; i < 1000; i++) {
		bus_ask(&b, "10 40 05 45 16", SECOND);
		answered += b.n == 1;
	}
	/* six bytes must pass: 0.95^6 = 73.5 % */
	assert_in_range(answered, 690, 780);
	bus_close(&b);
}

static void test_noise_flips_bits(void **state)
{
	struct bus b;
	unsigned marked = 0, other = 0;

	(void)state;
	bus_open(&b, "[bus] noise=0.01 seed=3 [meter] model=water primary=5");
	for (unsigned i = 0; i < 2000; i++) {
		bus_ask(&b, "10 40 05 45 16", SECOND);
		assert_int_equal(b.n, 1);
		marked += b.marks[0] != 0;
		other += b.bytes[0] != MB_ACK;
	}
	assert_in_range(marked, 120, 220); /* 9 bits: 8.3 % have an odd number of flips */
	assert_in_range(other, 110, 210);
	bus_close(&b);
}

static void test_glitch_in_front_of_answers(void **state)
{
	struct bus b;

	(void)state;
	bus_open(&b, "[bus] glitch=1 seed=3 [meter] model=water primary=5 delay=30");
	bus_ask(&b, "10 40 05 45 16", SECOND);
	assert_int_equal(b.n, 2);
	assert_true(b.bytes[0] == 0x00 || b.bytes[0] == 0xFF);
	assert_int_equal(b.bytes[1], MB_ACK);
	bus_close(&b);
}

static void test_latency_and_chunks(void **state)
{
	struct bus b;

	(void)state;
	bus_open(&b, "[bus] latency=5 chunk=16 [meter] model=water primary=5 delay=30");
	bus_ask(&b, "10 7B 05 80 16", SECOND);
	assert_true(b.n > 50);
	for (size_t i = 0; i < b.n; i++)
		assert_int_equal(b.time_us[i] % 16000, 0);
	/* 5 ms, 22.9 ms of request, 30 ms, 4.6 ms of the first byte, 5 ms: 67.5 ms, in steps of 16 */
	assert_int_equal(b.time_us[0], 80000);
	bus_close(&b);
}

static void test_overcurrent_breaks_the_bus(void **state)
{
	struct bus b;

	(void)state;
	bus_open(&b,
		"[bus] overcurrent=4 [meter] model=water id=00000001 primary=5 "
		"[meter] model=pulse id=00001000 primary=5 count=1 [meter] model=pulse id=00002000 "
		"primary=5 [meter] model=pulse id=00003000 primary=5");
	bus_ask(&b, "68 0B 0B 68 53 FD 52 FF FF FF FF FF FF FF FF 9A 16", SECOND);
	assert_int_equal(b.n, 1); /* four are not too many */
	for (size_t i = 0; i < 4; i++)
		assert_true(mb_slave_selected(&sim_meter_at(b.sim, i)->slave));
	bus_close(&b);
	bus_open(&b, "[bus] overcurrent=4 [meter] model=water id=00000001 count=5");
	bus_ask(&b, "68 0B 0B 68 53 FD 52 FF FF FF FF FF FF FF FF 9A 16", SECOND);
	assert_int_equal(sim_account(b.sim)->power_losses, 1);
	assert_true(b.n >= 1 && b.marks[b.n - 1] & MB_MARK_BREAK);
	for (size_t i = 0; i < 5; i++)
		assert_false(mb_slave_selected(&sim_meter_at(b.sim, i)->slave));
	bus_close(&b);
}

static void test_break_of_the_master(void **state)
{
	static const uint8_t half[] = {0x68, 0x1F, 0x1F, 0x68, 0x53};
	struct bus b;

	(void)state;
	bus_open(&b, "[meter] model=water primary=5");
	sim_send(b.sim, half, sizeof(half));
	sim_send_break(b.sim, 50000);
	bus_ask(&b, "10 40 05 45 16", SECOND);
	assert_int_equal(b.n, 1); /* the break ended the half telegram */
	bus_close(&b);
}

static void test_distance_is_heard_late(void **state)
{
	struct bus near, far;

	(void)state;
	bus_open(&near, "[meter] model=water primary=5 delay=30");
	bus_open(&far, "[meter] model=water primary=5 delay=30 distance=1000");
	bus_ask(&near, "10 40 05 45 16", SECOND);
	bus_ask(&far, "10 40 05 45 16", SECOND);
	assert_in_range(far.time_us[0] - near.time_us[0], 5, 6); /* 5 ns a meter */
	bus_close(&near);
	bus_close(&far);
}

/* ---- accounts ---- */

static void test_accounts(void **state)
{
	const struct sim_account *a;
	const struct sim_entry *ledger;
	struct bus b;

	(void)state;
	bus_open(&b, "[meter] model=water id=12345678 primary=5");
	bus_ask(&b, "68 0B 0B 68 53 FD 52 78 56 34 12 FF FF FF FF B2 16", SECOND);
	bus_ask(&b, "68 0B 0B 68 53 FD 52 FF FF FF 0F FF FF FF FF AA 16", SECOND);
	bus_ask(&b, "10 7B 05 80 16", SECOND);
	a = sim_account(b.sim);
	assert_int_equal(a->frames, 3);
	assert_int_equal(a->selections, 2);
	assert_int_equal(a->requests, 1);
	assert_int_equal(a->sent, 17 + 17 + 5);
	assert_int_equal(a->received, 1 + b.n);
	assert_in_range(a->busy_us, (39 + 1 + b.n) * 4583, (39 + 1 + b.n) * 4584);
	assert_int_equal(sim_ledger(b.sim, &ledger), 3);
	assert_int_equal(ledger[0].reaction, MB_SLAVE_REACTION_ACK);
	assert_int_equal(ledger[1].reaction, MB_SLAVE_REACTION_SILENT);
	assert_int_equal(ledger[2].c, 0x7B);
	assert_int_equal(ledger[2].reaction, MB_SLAVE_REACTION_RESPONSE);
	assert_int_equal(sim_meter_at(b.sim, 0)->selected, 1);
	bus_close(&b);
}

static void noisy_day(struct bus *b, uint64_t seed, uint8_t *ret_bytes, size_t max)
{
	char text[256];
	size_t at = 0;

	snprintf(text, sizeof(text),
		"[bus] loss=0.02 noise=0.002 jitter=2 glitch=0.1 chunk=16 seed=%llu\n" TWO,
		(unsigned long long)seed);
	bus_open(b, text);
	memset(ret_bytes, 0, max);
	for (unsigned i = 0; i < 50; i++) {
		bus_ask(b, i % 2 ? "10 7B 05 80 16" : "10 40 05 45 16", SECOND);
		for (size_t k = 0; k < b->n && at < max; k++)
			ret_bytes[at++] = b->bytes[k];
	}
	bus_close(b);
}

static void test_a_seed_repeats_exactly(void **state)
{
	static uint8_t first[8192], second[8192], other[8192];
	struct bus b;

	(void)state;
	noisy_day(&b, 7, first, sizeof(first));
	noisy_day(&b, 7, second, sizeof(second));
	noisy_day(&b, 8, other, sizeof(other));
	assert_memory_equal(first, second, sizeof(first));
	assert_memory_not_equal(first, other, sizeof(first));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte_comes_back),
		cmocka_unit_test(test_aligned_bytes_are_anded),
		cmocka_unit_test(test_offset_acknowledges),
		cmocka_unit_test(test_another_speed_is_garbage),
		cmocka_unit_test(test_wrong_parity_is_marked),
		cmocka_unit_test(test_break_is_marked),
		cmocka_unit_test(test_one_answer),
		cmocka_unit_test(test_equal_acknowledges_read_clean),
		cmocka_unit_test(test_different_telegrams_garble),
		cmocka_unit_test(test_jitter_garbles_acknowledges),
		cmocka_unit_test(test_one_after_the_other),
		cmocka_unit_test(test_meter_at_another_speed_is_silent),
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_late_echo),
		cmocka_unit_test(test_master_over_a_meter),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_noise_flips_bits),
		cmocka_unit_test(test_glitch_in_front_of_answers),
		cmocka_unit_test(test_latency_and_chunks),
		cmocka_unit_test(test_overcurrent_breaks_the_bus),
		cmocka_unit_test(test_break_of_the_master),
		cmocka_unit_test(test_distance_is_heard_late),
		cmocka_unit_test(test_accounts),
		cmocka_unit_test(test_a_seed_repeats_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
