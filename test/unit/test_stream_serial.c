/* SPDX-License-Identifier: MIT */
/* Serial streams, with the listener's pty as the other end. */
#include "stream_help.h"

#include "base/stream_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

struct loop {
	struct listener *listener;
	struct stream *meter;
	struct stream *port;
};

static void loop_open(struct loop *loop, const char *options)
{
	char text[400];

	loop->listener = open_listener("pty:");
	loop->meter = listener_accept(loop->listener);
	assert_non_null(loop->meter);
	assert_null(listener_accept(loop->listener));
	snprintf(text, sizeof(text), "%s?%s", listener_name(loop->listener), options);
	loop->port = new_stream(text);
}

static void loop_close(struct loop *loop)
{
	stream_free(loop->port);
	stream_free(loop->meter);
	listener_free(loop->listener);
}

static void test_bytes_pass_both_ways(void **state)
{
	/* FF must survive PARMRK; 00, 0A, 0D, 11, 13, 7F the terminal's modes */
	static const uint8_t sent[] = {
		0x68, 0xFF, 0x00, 0x0A, 0x0D, 0x11, 0x13, 0x7F, 0xFF, 0xFF, 3};
	uint8_t got[sizeof(sent)];
	uint8_t marks[sizeof(sent)];
	struct loop loop;

	(void)state;
	loop_open(&loop, "mode=8N1");
	assert_int_equal(stream_open(loop.port, clock_mono_us()), 0);
	assert_int_equal(stream_state(loop.port), STREAM_OPEN);
	assert_string_equal(stream_warning(loop.port), "");
	assert_int_equal(stream_write(loop.port, sent, sizeof(sent), 0), sizeof(sent));
	wait_bytes(loop.meter, got, marks, sizeof(sent));
	assert_memory_equal(got, sent, sizeof(sent));
	assert_int_equal(stream_write(loop.meter, sent, sizeof(sent), 0), sizeof(sent));
	memset(marks, 0xEE, sizeof(marks));
	wait_bytes(loop.port, got, marks, sizeof(sent));
	assert_memory_equal(got, sent, sizeof(sent));
	for (size_t i = 0; i < sizeof(marks); i++)
		assert_int_equal(marks[i], 0);
	loop_close(&loop);
}

/* A program that sets nothing, as cat or a script. */
static void test_a_pty_as_it_is_opened(void **state)
{
	static const uint8_t sent[] = {0xFF, 0x00, 0x0A, 0x0D, 0x11, 0x13, 0x7F, 0xFF};
	uint8_t got[sizeof(sent) + 8];
	struct termios seen;
	struct listener *l = open_listener("pty:");
	struct stream *meter = listener_accept(l);
	int fd = open(listener_name(l) + strlen("serial:"), O_RDWR | O_NOCTTY);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(tcgetattr(fd, &seen), 0);
	assert_int_equal(cfgetospeed(&seen), B2400);
	assert_int_equal(cfgetispeed(&seen), B2400);
	assert_int_equal(stream_write(meter, sent, sizeof(sent), 0), sizeof(sent));
	assert_int_equal(read(fd, got, sizeof(got)), sizeof(sent));
	assert_memory_equal(got, sent, sizeof(sent));
	close(fd);
	stream_free(meter);
	listener_free(l);
}

static void test_pty_without_parity_is_a_warning(void **state)
{
	static const struct mb_line other = {4800, 8, MB_PARITY_EVEN, 1};
	struct loop loop;
	char expected[400];

	(void)state;
	loop_open(&loop, "mode=8E1");
	assert_int_equal(stream_open(loop.port, clock_mono_us()), 0);
	snprintf(expected, sizeof(expected),
		"%s: asked for 8 data bits and even parity, the port has 8 and no (a pty?); going "
		"on",
		listener_name(loop.listener));
	assert_string_equal(stream_warning(loop.port), expected);
	/* the same again, and another speed: both work */
	assert_int_equal(
		stream_set_line(loop.port, &loop.port->url.line, clock_mono_us()), STREAM_DONE);
	assert_int_equal(stream_set_line(loop.port, &other, clock_mono_us()), STREAM_DONE);
	assert_string_equal(stream_warning(loop.port), expected);
	assert_string_equal(stream_error(loop.port), "");
	loop_close(&loop);
}

static void test_peer_sees_every_speed(void **state)
{
	static const uint32_t bauds[] = {300, 600, 2400, 9600, 38400, 12345, 250000};
	struct mb_line seen;
	struct loop loop;

	(void)state;
	loop_open(&loop, "baud=777&mode=8N2");
	assert_true(stream_peer_line(loop.meter, &seen));
	assert_int_equal(seen.baud, 2400); /* what the listener set */
	assert_int_equal(stream_open(loop.port, clock_mono_us()), 0);
	assert_true(stream_peer_line(loop.meter, &seen));
	assert_int_equal(seen.baud, 777);
	assert_int_equal(seen.stop_bits, 2);
	for (size_t i = 0; i < sizeof(bauds) / sizeof(bauds[0]); i++) {
		struct mb_line line = {bauds[i], 8, MB_PARITY_NONE, 1};

		assert_int_equal(stream_set_line(loop.port, &line, clock_mono_us()), STREAM_DONE);
		assert_true(stream_peer_line(loop.meter, &seen));
		assert_int_equal(seen.baud, bauds[i]);
		assert_int_equal(seen.stop_bits, 1);
	}
	assert_false(stream_peer_line(loop.port, &seen));
	loop_close(&loop);
}

static void test_line_waits_for_the_last_stop_bit(void **state)
{
	static const struct mb_line fast = {9600, 8, MB_PARITY_NONE, 1};
	static const uint8_t sent[5] = {0x10, 0x40, 0x01, 0x41, 0x16};
	const uint64_t start_us = 1000000;
	struct loop loop;
	uint64_t end_us;

	(void)state;
	loop_open(&loop, "baud=2400&mode=8N1");
	assert_int_equal(stream_open(loop.port, start_us), 0);
	assert_int_equal(stream_write(loop.port, sent, 5, start_us), 5);
	end_us = stream_tx_end_us(loop.port);
	assert_int_equal(end_us, start_us + 20834); /* 50 bits at 2400 Bd, rounded up */
	assert_int_equal(stream_write(loop.port, sent, 5, start_us + 1000), 5);
	assert_int_equal(stream_tx_end_us(loop.port), end_us + 20834); /* it queues behind */
	end_us = stream_tx_end_us(loop.port);
	assert_int_equal(stream_set_line(loop.port, &fast, end_us - 1), STREAM_LATER);
	assert_int_equal(stream_set_line(loop.port, &fast, end_us), STREAM_DONE);
	assert_int_equal(stream_write(loop.port, sent, 5, end_us), 5);
	assert_int_equal(stream_tx_end_us(loop.port), end_us + 5209);
	loop_close(&loop);
}

static void test_break_holds_the_line(void **state)
{
	const uint64_t start_us = 1000000;
	struct loop loop;

	(void)state;
	loop_open(&loop, "mode=8N1");
	assert_int_equal(stream_open(loop.port, start_us), 0);
	assert_int_equal(stream_break(loop.port, 50000, start_us), STREAM_DONE);
	assert_int_equal(stream_tx_end_us(loop.port), start_us + 50000);
	assert_int_equal(stream_deadline(loop.port), start_us + 50000);
	assert_int_equal(stream_write(loop.port, (const uint8_t *)"x", 1, start_us + 10), 0);
	assert_int_equal(stream_handle(loop.port, 0, start_us + 50000), 0);
	assert_true(stream_deadline(loop.port) == MB_NEVER);
	assert_int_equal(stream_write(loop.port, (const uint8_t *)"x", 1, start_us + 50000), 1);
	loop_close(&loop);
}

static void test_unplug_is_seen_and_healed(void **state)
{
	uint8_t byte;
	struct loop loop;
	struct loop again;
	char link[] = "/tmp/meterbus-test-XXXXXX";
	char text[400];

	(void)state;
	assert_non_null(mkdtemp(link));
	snprintf(text, sizeof(text), "pty:%s/port", link);
	loop.listener = open_listener(text);
	loop.meter = listener_accept(loop.listener);
	snprintf(text, sizeof(text), "serial:%s/port", link);
	assert_string_equal(listener_name(loop.listener), text);
	loop.port = new_stream(text);
	assert_int_equal(stream_open(loop.port, clock_mono_us()), 0);

	stream_write(loop.meter, (const uint8_t *)"\xE5", 1, 0);
	stream_free(loop.meter); /* the adapter is pulled out */
	listener_free(loop.listener);
	assert_int_equal(access(text + strlen("serial:"), F_OK), -1); /* the link is gone, too */
	wait_failure(loop.port);
	assert_contains(stream_error(loop.port), text);
	assert_contains(stream_error(loop.port), ": unplugged; plug the adapter in again");

	stream_reopen(loop.port, 1000, 5000);
	assert_int_equal(stream_state(loop.port), STREAM_CONNECTING);
	assert_int_equal(stream_deadline(loop.port), 6000);
	assert_contains(stream_error(loop.port), "unplugged");
	assert_int_equal(stream_handle(loop.port, 0, 5999), 0);
	assert_int_equal(stream_handle(loop.port, 0, 6000), MB_E_STREAM);
	assert_contains(stream_error(loop.port), "no such device; is the adapter plugged in?");

	snprintf(text, sizeof(text), "pty:%s/port", link);
	again.listener = open_listener(text);
	again.meter = listener_accept(again.listener);
	stream_reopen(loop.port, 7000, 0);
	assert_int_equal(stream_handle(loop.port, 0, 7000), 0);
	assert_int_equal(stream_state(loop.port), STREAM_OPEN);
	assert_string_equal(stream_error(loop.port), "");
	stream_write(again.meter, (const uint8_t *)"\xE5", 1, 0);
	wait_bytes(loop.port, &byte, NULL, 1);
	assert_int_equal(byte, 0xE5);
	again.port = loop.port;
	loop_close(&again);
	assert_int_equal(rmdir(link), 0);
}

static void test_second_user_is_told_who_has_it(void **state)
{
	struct loop loop;
	struct stream *second;
	char pid[32];

	(void)state;
	loop_open(&loop, "mode=8N1");
	assert_int_equal(stream_open(loop.port, clock_mono_us()), 0);
	second = new_stream(listener_name(loop.listener));
	assert_int_equal(stream_open(second, clock_mono_us()), MB_E_STREAM);
	snprintf(pid, sizeof(pid), "(pid %d); end it first", (int)getpid());
	assert_contains(stream_error(second), ": in use by test_stream_ser");
	assert_contains(stream_error(second), pid);
	/* the loser has not taken the lock away from the winner */
	assert_int_equal(stream_open(second, clock_mono_us()), MB_E_STREAM);
	stream_close(loop.port);
	assert_int_equal(stream_open(second, clock_mono_us()), 0);
	stream_free(second);
	loop_close(&loop);
}

static void test_lock_off_shares_the_port(void **state)
{
	struct loop loop;
	struct stream *second;

	(void)state;
	loop_open(&loop, "lock=off");
	second = new_stream(stream_name(loop.port));
	assert_int_equal(stream_open(second, clock_mono_us()), 0);
	assert_int_equal(stream_open(loop.port, clock_mono_us()), 0);
	stream_free(second);
	loop_close(&loop);
}

static void test_a_pty_has_no_pins(void **state)
{
	struct loop loop;

	(void)state;
	loop_open(&loop, "mode=8N1&rts=on");
	assert_int_equal(stream_open(loop.port, clock_mono_us()), 0);
	assert_contains(stream_warning(loop.port), ": cannot set RTS here: ");
	loop_close(&loop);
}

static void test_open_drops_what_was_left(void **state)
{
	struct loop loop;
	uint8_t byte;

	(void)state;
	loop_open(&loop, "mode=8N1");
	stream_write(loop.meter, (const uint8_t *)"old", 3, 0);
	assert_int_equal(stream_open(loop.port, clock_mono_us()), 0);
	stream_write(loop.meter, (const uint8_t *)"n", 1, 0);
	wait_bytes(loop.port, &byte, NULL, 1);
	assert_int_equal(byte, 'n');
	loop_close(&loop);
}

static void test_what_is_no_port(void **state)
{
	static const struct {
		const char *url, *error;
	} cases[] = {
		{"/dev/does-not-exist", ": no such device; is the adapter plugged in?"},
		{"/dev/null", ": not a serial port; check the path"},
		{"/dev", ": a directory; give the path of the serial port itself"},
		{"pty:", ": is only for listening;"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stream *s = new_stream(cases[i].url);

		assert_int_equal(stream_open(s, clock_mono_us()), MB_E_STREAM);
		assert_int_equal(stream_state(s), STREAM_CLOSED);
		assert_contains(stream_error(s), cases[i].error);
		assert_int_equal(stream_handle(s, 0, 0), MB_E_STREAM);
		assert_int_equal(stream_write(s, (const uint8_t *)"x", 1, 0), MB_E_STREAM);
		stream_free(s);
	}
}

static void test_permission_names_the_group(void **state)
{
	char text[256];
	char path[] = "/tmp/meterbus-test-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0660), 0);
	stream_errno_text(STREAM_SERIAL, path, EACCES, text, sizeof(text));
	assert_contains(text, "permission denied; add yourself to group ");
	assert_contains(text, "usermod -aG ");
	assert_int_equal(fchmod(fd, 0600), 0);
	stream_errno_text(STREAM_SERIAL, path, EACCES, text, sizeof(text));
	assert_string_equal(text, "permission denied; no group may use this device, see ls -l");
	close(fd);
	unlink(path);
}

/* A link of a killed listener is replaced; a file of the user is not. */
static void test_link_of_a_pty(void **state)
{
	struct stream_url url;
	struct listener *l;
	char path[] = "/tmp/meterbus-test-XXXXXX";
	char text[64];
	int fd = mkstemp(path);

	(void)state;
	close(fd);
	snprintf(text, sizeof(text), "pty:%s", path);
	parse_url(text, &url);
	l = listener_new(&url);
	assert_int_equal(listener_open(l), MB_E_STREAM);
	assert_contains(listener_error(l), "the link cannot be made: File exists; remove it");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/pts/99999", path), 0);
	assert_int_equal(listener_open(l), 0);
	listener_free(l);
	assert_int_equal(access(path, F_OK), -1);
}

static void test_no_descriptor_is_left(void **state)
{
	struct loop loop;
	int before = open_descriptors();

	(void)state;
	loop_open(&loop, "mode=8N1");
	assert_int_equal(stream_open(loop.port, clock_mono_us()), 0);
	assert_int_equal(stream_open(loop.port, clock_mono_us()), 0); /* closes first */
	loop_close(&loop);
	assert_int_equal(open_descriptors(), before);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_pass_both_ways),
		cmocka_unit_test(test_a_pty_as_it_is_opened),
		cmocka_unit_test(test_pty_without_parity_is_a_warning),
		cmocka_unit_test(test_peer_sees_every_speed),
		cmocka_unit_test(test_line_waits_for_the_last_stop_bit),
		cmocka_unit_test(test_break_holds_the_line),
		cmocka_unit_test(test_unplug_is_seen_and_healed),
		cmocka_unit_test(test_second_user_is_told_who_has_it),
		cmocka_unit_test(test_lock_off_shares_the_port),
		cmocka_unit_test(test_a_pty_has_no_pins),
		cmocka_unit_test(test_open_drops_what_was_left),
		cmocka_unit_test(test_what_is_no_port),
		cmocka_unit_test(test_permission_names_the_group),
		cmocka_unit_test(test_link_of_a_pty),
		cmocka_unit_test(test_no_descriptor_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
