/* SPDX-License-Identifier: MIT */
/*
 * Serial streams over drivers that a pty cannot play: with parity, with errors on the line, with
 * a speed they cannot do. The two functions that set the terminal are replaced here.
 */
#include "stream_help.h"

#include "base/termios2.h"

#include <errno.h>
#include <termios.h>

/* What the driver does with the next settings. */
static struct {
	int error;
	uint32_t baud; /* 0: as asked */
	uint8_t data_bits; /* 0: as asked */
} driver;
static struct mb_line line_now;

int termios2_set(int fd, const struct mb_line *line, struct mb_line *ret_line)
{
	struct termios t;

	if (driver.error)
		return driver.error;
	if (tcgetattr(fd, &t) < 0)
		return errno;
	cfmakeraw(&t); /* no PARMRK: the test writes its escapes itself */
	if (tcsetattr(fd, TCSANOW, &t) < 0)
		return errno;
	line_now = *line;
	if (driver.baud)
		line_now.baud = driver.baud;
	if (driver.data_bits)
		line_now.data_bits = driver.data_bits;
	*ret_line = line_now;
	return 0;
}

int termios2_set_plain(int fd, const struct mb_line *line, struct mb_line *ret_line)
{
	return termios2_set(fd, line, ret_line);
}

int termios2_get(int fd, struct mb_line *ret_line)
{
	(void)fd;
	*ret_line = line_now;
	return 0;
}

struct loop {
	struct listener *listener;
	struct stream *meter;
	struct stream *port;
};

static void loop_open(struct loop *loop)
{
	memset(&driver, 0, sizeof(driver));
	loop->listener = open_listener("pty:");
	loop->meter = listener_accept(loop->listener);
	loop->port = new_stream(listener_name(loop->listener));
}

static void loop_close(struct loop *loop)
{
	stream_free(loop->port);
	stream_free(loop->meter);
	listener_free(loop->listener);
}

static void test_parity_without_a_warning(void **state)
{
	static const struct mb_line wanted = MB_LINE_2400_8E1;
	struct loop loop;

	(void)state;
	loop_open(&loop);
	assert_int_equal(stream_open(loop.port, clock_mono_us()), 0);
	assert_true(mb_line_equal(&line_now, &wanted));
	assert_string_equal(stream_warning(loop.port), "");
	loop_close(&loop);
}

static void test_line_errors_are_marked(void **state)
{
	static const uint8_t raw[] = {0x68, 0xFF, 0x00, 0x41, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x16};
	static const uint8_t bytes[] = {0x68, 0x41, 0xFF, 0x00, 0x16};
	static const uint8_t marks[] = {0, MB_MARK_PARITY, 0, MB_MARK_PARITY | MB_MARK_BREAK, 0};
	uint8_t got[sizeof(bytes)];
	uint8_t got_marks[sizeof(bytes)];
	struct loop loop;

	(void)state;
	loop_open(&loop);
	assert_int_equal(stream_open(loop.port, clock_mono_us()), 0);
	for (size_t i = 0; i < sizeof(raw); i++) /* in the smallest pieces */
		assert_int_equal(stream_write(loop.meter, raw + i, 1, 0), 1);
	wait_bytes(loop.port, got, got_marks, sizeof(bytes));
	assert_memory_equal(got, bytes, sizeof(bytes));
	assert_memory_equal(got_marks, marks, sizeof(bytes));
	loop_close(&loop);
}

static void test_open_refused_by_the_driver(void **state)
{
	struct loop loop;

	(void)state;
	loop_open(&loop);
	driver.error = EINVAL;
	assert_int_equal(stream_open(loop.port, clock_mono_us()), MB_E_STREAM);
	assert_int_equal(stream_state(loop.port), STREAM_CLOSED);
	assert_contains(stream_error(loop.port), ": the driver refuses 2400 Bd 8E1");
	driver.error = 0;
	driver.baud = 9600;
	assert_int_equal(stream_open(loop.port, clock_mono_us()), MB_E_STREAM);
	assert_contains(stream_error(loop.port), ": asked for 2400 Bd, the port runs at 9600 Bd");
	driver.baud = 2404; /* as near as its divisor gets */
	assert_int_equal(stream_open(loop.port, clock_mono_us()), 0);
	loop_close(&loop);
}

static void test_speed_off_by_more_than_a_fortieth(void **state)
{
	static const struct {
		uint32_t wanted, got;
		int result;
	} cases[] = {
		{2400, 2460, STREAM_DONE},
		{2400, 2461, MB_E_INVALID},
		{2400, 2340, STREAM_DONE},
		{2400, 2339, MB_E_INVALID},
		{300, 2400, MB_E_INVALID},
	};
	struct loop loop;

	(void)state;
	loop_open(&loop);
	assert_int_equal(stream_open(loop.port, clock_mono_us()), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mb_line line = {cases[i].wanted, 8, MB_PARITY_EVEN, 1};

		driver.baud = cases[i].got;
		assert_int_equal(
			stream_set_line(loop.port, &line, clock_mono_us()), cases[i].result);
		assert_int_equal(stream_state(loop.port), STREAM_OPEN);
	}
	loop_close(&loop);
}

static void test_driver_fails_while_open(void **state)
{
	static const struct mb_line line = MB_LINE_2400_8E1;
	struct loop loop;

	(void)state;
	loop_open(&loop);
	assert_int_equal(stream_open(loop.port, clock_mono_us()), 0);
	driver.error = EIO;
	assert_int_equal(stream_set_line(loop.port, &line, clock_mono_us()), MB_E_STREAM);
	assert_int_equal(stream_state(loop.port), STREAM_CLOSED);
	assert_contains(stream_error(loop.port), ": unplugged; plug the adapter in again");
	loop_close(&loop);
}

static void test_other_data_bits_are_a_warning(void **state)
{
	static const struct mb_line line = {2400, 7, MB_PARITY_EVEN, 1};
	struct loop loop;

	(void)state;
	loop_open(&loop);
	assert_int_equal(stream_open(loop.port, clock_mono_us()), 0);
	driver.data_bits = 8;
	assert_int_equal(stream_set_line(loop.port, &line, clock_mono_us()), STREAM_DONE);
	assert_contains(stream_warning(loop.port),
		": asked for 7 data bits and even parity, the port has 8 and even");
	loop_close(&loop);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parity_without_a_warning),
		cmocka_unit_test(test_line_errors_are_marked),
		cmocka_unit_test(test_open_refused_by_the_driver),
		cmocka_unit_test(test_speed_off_by_more_than_a_fortieth),
		cmocka_unit_test(test_driver_fails_while_open),
		cmocka_unit_test(test_other_data_bits_are_a_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
