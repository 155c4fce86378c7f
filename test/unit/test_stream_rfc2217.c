/* SPDX-License-Identifier: MIT */
/* RFC 2217 against a telnet server in this process, which can be told to misbehave. */
#include "stream_help.h"

#ifdef METERBUS_WITH_RFC2217

#include "base/telnet_guard.h"

#include <libtelnet.h>

#define COM_PORT 44
#define HEARD_MAX 4096

struct server {
	struct listener *listener;
	struct stream *client; /* under test */
	struct stream *peer; /* the server's end of the connection */
	telnet_t *telnet;
	char heard[HEARD_MAX]; /* commands as text, in order */
	uint8_t data[1024];
	size_t data_len;
	/* how it behaves */
	bool refuses; /* DONT COM-PORT-OPTION */
	bool mute; /* confirms nothing */
	uint32_t forced_baud; /* confirms this one whatever was asked */
	uint8_t forced_parity; /* confirms this code */
	uint8_t spoilt; /* the answer to this command has another length: */
	int more; /* bytes than it should have */
};

static void hear(struct server *v, const char *text)
{
	size_t at = strlen(v->heard);

	snprintf(v->heard + at, sizeof(v->heard) - at, "%s", text);
}

static void confirm(struct server *v, const uint8_t *bytes, size_t n)
{
	uint8_t answer[8] = {0};

	assert_in_range(n, 1, sizeof(answer));
	memcpy(answer, bytes, n);
	answer[0] = (uint8_t)(answer[0] + 100);
	if (bytes[0] == 1 && v->forced_baud) {
		answer[1] = (uint8_t)(v->forced_baud >> 24);
		answer[2] = (uint8_t)(v->forced_baud >> 16);
		answer[3] = (uint8_t)(v->forced_baud >> 8);
		answer[4] = (uint8_t)v->forced_baud;
	}
	if (bytes[0] == 3 && v->forced_parity)
		answer[1] = v->forced_parity;
	if (bytes[0] == v->spoilt)
		n = (size_t)((int)n + v->more);
	telnet_subnegotiation(v->telnet, COM_PORT, (const char *)answer, n);
}

static void on_command(struct server *v, const uint8_t *bytes, size_t n)
{
	char text[64];

	if (bytes[0] == 1)
		snprintf(text, sizeof(text), "baud %u; ",
			(unsigned)bytes[1] << 24 | (unsigned)bytes[2] << 16 |
				(unsigned)bytes[3] << 8 | bytes[4]);
	else
		snprintf(text, sizeof(text), "%u=%u; ", bytes[0], bytes[1]);
	hear(v, text);
	if (!v->mute)
		confirm(v, bytes, n);
}

static void on_event(telnet_t *telnet, telnet_event_t *event, void *self)
{
	struct server *v = self;

	(void)telnet;
	if (event->type == TELNET_EV_SEND) {
		assert_int_equal(stream_write(v->peer, (const uint8_t *)event->data.buffer,
					 event->data.size, 0),
			event->data.size);
	} else if (event->type == TELNET_EV_DATA) {
		assert_true(v->data_len + event->data.size <= sizeof(v->data));
		memcpy(v->data + v->data_len, event->data.buffer, event->data.size);
		v->data_len += event->data.size;
	} else if (event->type == TELNET_EV_SUBNEGOTIATION && event->sub.telopt == COM_PORT) {
		on_command(v, (const uint8_t *)event->sub.buffer, event->sub.size);
	}
}

static void server_start(struct server *v, const char *options)
{
	static const telnet_telopt_t agrees[] = {
		{COM_PORT, TELNET_WONT, TELNET_DO}, {0, TELNET_WILL, TELNET_DO}, {-1, 0, 0}};
	static const telnet_telopt_t refuses[] = {{0, TELNET_WILL, TELNET_DO}, {-1, 0, 0}};
	char text[128];

	v->listener = open_listener("tcp://127.0.0.1:0");
	snprintf(text, sizeof(text), "rfc2217%s%s", listener_name(v->listener) + 3, options);
	v->client = new_stream(text);
	v->telnet = telnet_init(v->refuses ? refuses : agrees, on_event, 0, v);
	stream_open(v->client, clock_mono_us());
	v->peer = wait_accept(v->listener);
}

static void server_stop(struct server *v)
{
	telnet_free(v->telnet);
	stream_free(v->client);
	stream_free(v->peer);
	listener_free(v->listener);
}

/* One round of both ends. */
static void turn(struct server *v)
{
	uint8_t bytes[512];
	int n;

	stream_turn(v->client);
	while ((n = stream_read(v->peer, bytes, NULL, sizeof(bytes))) > 0)
		telnet_recv(v->telnet, (const char *)bytes, (size_t)n);
}

static void turn_until(struct server *v, enum stream_state wanted)
{
	uint64_t end_us = clock_mono_us() + WAIT_MAX_US;

	while (stream_state(v->client) != wanted && clock_mono_us() < end_us)
		turn(v);
	assert_int_equal(stream_state(v->client), wanted);
}

static int turn_set_line(struct server *v, const struct mb_line *line)
{
	uint64_t end_us = clock_mono_us() + WAIT_MAX_US;
	int rc = STREAM_LATER;

	while (rc == STREAM_LATER && clock_mono_us() < end_us) {
		rc = stream_set_line(v->client, line, clock_mono_us());
		turn(v);
	}
	return rc;
}

static void test_opens_with_the_whole_line(void **state)
{
	struct server v = {0};

	(void)state;
	server_start(&v, "?baud=300&mode=7O2&rts=on&dtr=off");
	turn_until(&v, STREAM_OPEN);
	/* no flow control, RTS, DTR, error notices, no modem notices, the line, purge */
	assert_string_equal(
		v.heard, "5=1; 5=11; 5=9; 10=30; 11=0; baud 300; 2=7; 3=2; 4=2; 12=1; ");
	assert_string_equal(stream_warning(v.client), "");
	server_stop(&v);
}

static void test_is_not_open_before_the_confirmation(void **state)
{
	struct server v = {.mute = true};
	uint64_t deadline_us;

	(void)state;
	server_start(&v, "");
	while (!strstr(v.heard, "4=1; "))
		turn(&v);
	turn(&v);
	assert_int_equal(stream_state(v.client), STREAM_CONNECTING);
	assert_int_equal(stream_write(v.client, (const uint8_t *)"x", 1, 0), 0);
	deadline_us = stream_deadline(v.client);
	assert_int_equal(stream_handle(v.client, 0, deadline_us - 1), 0);
	assert_int_equal(stream_handle(v.client, 0, deadline_us), MB_E_STREAM);
	assert_contains(stream_error(v.client),
		": the peer does not confirm the baud rate within 10000 ms (RFC 2217); check its "
		"serial port, or use tcp://");
	server_stop(&v);
}

static void test_every_byte_passes(void **state)
{
	uint8_t sent[256];
	uint8_t got[256];
	struct server v = {0};

	(void)state;
	for (int i = 0; i < 256; i++)
		sent[i] = (uint8_t)(255 - i); /* FF FE 2C: the bytes of a telnet refusal */
	sent[2] = COM_PORT;
	server_start(&v, "");
	turn_until(&v, STREAM_OPEN);
	assert_int_equal(stream_write(v.client, sent, 256, 0), 256);
	while (v.data_len < 256)
		turn(&v);
	assert_memory_equal(v.data, sent, 256);
	telnet_send(v.telnet, (const char *)sent, 256);
	wait_bytes(v.client, got, NULL, 256);
	assert_memory_equal(got, sent, 256);
	server_stop(&v);
}

static void test_line_changes_when_confirmed(void **state)
{
	static const struct mb_line fast = {9600, 8, MB_PARITY_EVEN, 1};
	struct server v = {0};
	uint64_t now_us;

	(void)state;
	server_start(&v, "");
	turn_until(&v, STREAM_OPEN);
	now_us = clock_mono_us();
	assert_int_equal(stream_set_line(v.client, &fast, now_us), STREAM_LATER);
	assert_int_equal(stream_set_line(v.client, &fast, now_us), STREAM_LATER);
	assert_true(stream_deadline(v.client) != MB_NEVER);
	assert_int_equal(turn_set_line(&v, &fast), STREAM_DONE);
	assert_true(stream_deadline(v.client) == MB_NEVER);
	assert_contains(v.heard, "baud 9600; 2=8; 3=3; 4=1; ");
	server_stop(&v);
}

static void test_unconfirmed_change_fails(void **state)
{
	static const struct mb_line fast = {9600, 8, MB_PARITY_EVEN, 1};
	struct server v = {0};
	uint64_t deadline_us;

	(void)state;
	server_start(&v, "");
	turn_until(&v, STREAM_OPEN);
	v.mute = true;
	assert_int_equal(stream_set_line(v.client, &fast, clock_mono_us()), STREAM_LATER);
	deadline_us = stream_deadline(v.client);
	turn(&v);
	turn(&v);
	assert_int_equal(stream_handle(v.client, 0, deadline_us), MB_E_STREAM);
	assert_contains(
		stream_error(v.client), ": the peer does not confirm the baud rate within 5000 ms");
	server_stop(&v);
}

static void test_other_speed_is_refused(void **state)
{
	static const struct mb_line slow = {300, 8, MB_PARITY_EVEN, 1};
	struct server v = {0};

	(void)state;
	server_start(&v, "");
	turn_until(&v, STREAM_OPEN);
	v.forced_baud = 2400;
	assert_int_equal(turn_set_line(&v, &slow), MB_E_INVALID);
	assert_int_equal(stream_state(v.client), STREAM_OPEN);
	assert_contains(
		stream_error(v.client), ": asked for 300 Bd, the peer's port runs at 2400 Bd");
	server_stop(&v);

	v = (struct server){.forced_baud = 115200};
	server_start(&v, "");
	turn_until(&v, STREAM_CLOSED);
	assert_contains(
		stream_error(v.client), ": asked for 2400 Bd, the peer's port runs at 115200 Bd");
	server_stop(&v);
}

static void test_lost_parity_is_a_warning(void **state)
{
	struct server v = {.forced_parity = 1};

	(void)state;
	server_start(&v, "");
	turn_until(&v, STREAM_OPEN);
	assert_contains(
		stream_warning(v.client), ": asked for 8E1, the peer's port has 8N1; going on");
	server_stop(&v);
}

static void test_unknown_parity_is_a_warning(void **state)
{
	static const struct {
		uint8_t code;
		const char *text;
	} cases[] = {{4, "8M1"}, {5, "8S1"}, {6, "8?1"}, {255, "8?1"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct server v = {.forced_parity = cases[i].code};
		char text[64];

		server_start(&v, "?mode=8N1");
		turn_until(&v, STREAM_OPEN);
		snprintf(text, sizeof(text), ": asked for 8N1, the peer's port has %s; going on",
			cases[i].text);
		assert_contains(stream_warning(v.client), text);
		server_stop(&v);
	}
}

/* --- what no server should do --------------------------------------------------------------- */

/* The deadline comes. */
static void late(struct server *v, const char *text)
{
	uint64_t deadline_us = stream_deadline(v->client);

	assert_int_equal(stream_handle(v->client, 0, deadline_us - 1), 0);
	assert_int_equal(stream_handle(v->client, 0, deadline_us), MB_E_STREAM);
	assert_contains(stream_error(v->client), text);
}

static void test_answer_of_a_wrong_length_confirms_nothing(void **state)
{
	static const struct {
		uint8_t command;
		const char *name;
	} cases[] = {{1, "baud rate"}, {2, "number of data bits"}, {3, "parity"},
		{4, "number of stop bits"}};

	(void)state;
	for (size_t i = 0; i < 3 * sizeof(cases) / sizeof(cases[0]); i++) {
		static const int more[] = {-1, 1, 2};
		struct server v = {.spoilt = cases[i / 3].command, .more = more[i % 3]};
		char text[64];

		server_start(&v, "");
		while (!strstr(v.heard, "12=1; "))
			turn(&v);
		for (int k = 0; k < 3; k++)
			turn(&v);
		snprintf(text, sizeof(text), ": the peer does not confirm the %s within 10000 ms",
			cases[i / 3].name);
		late(&v, text);
		server_stop(&v);
	}
}

static void say(struct server *v, const char *bytes, size_t n)
{
	assert_int_equal(stream_write(v->peer, (const uint8_t *)bytes, n, 0), n);
}

static void test_unknown_answers_are_nothing(void **state)
{
	static const char bytes[] = "\xFF\xFA\x2C\xFF\xF0" /* nothing at all */
				    "\xFF\xFA\x2C\xC8\x01\x02\xFF\xF0" /* 100 + 100 */
				    "\xFF\xFA\x2C\x01\x00\x00\x00\x01\xFF\xF0" /* a command */
				    "\xFF\xFA\x2C\x63\xFF\xFF\xFF\xF0" /* 99 */
				    "\xFF\xFA\x2C\x6A\xFF\xF0" /* a notice of nothing */
				    "\xFF\xFA\x2C\x64Some server\xFF\xF0"
				    "\xFF\xFA\x56\xFF\xF0" /* compresses from here */
				    "\xFF\xFA\x27\x00\x03\xFF\xF0\xE5";
	struct server v = {0};
	uint8_t byte;

	(void)state;
	server_start(&v, "");
	say(&v, bytes, sizeof(bytes) - 2);
	turn_until(&v, STREAM_OPEN);
	assert_string_equal(stream_warning(v.client), "");
	say(&v, bytes, sizeof(bytes) - 1);
	wait_bytes(v.client, &byte, NULL, 1);
	assert_int_equal(byte, 0xE5);
	server_stop(&v);
}

static void test_silence_is_told(void **state)
{
	struct server v = {0};

	(void)state;
	server_start(&v, "?connect_timeout=3000");
	stream_turn(v.client);
	stream_turn(v.client);
	late(&v,
		": the peer does not answer as a telnet server with RFC 2217 does, within 3000 ms; "
		"use tcp://");
	server_stop(&v);
}

static void test_command_without_end_is_told(void **state)
{
	static char bytes[2 * TELNET_SUB_MAX] = "\xFF\xFA\x2C";
	struct server v = {0};

	(void)state;
	server_start(&v, "");
	turn_until(&v, STREAM_OPEN);
	say(&v, bytes, sizeof(bytes));
	wait_failure(v.client);
	assert_contains(stream_error(v.client), ": the peer does not keep to the telnet protocol; "
						"for a transparent port use tcp://");
	server_stop(&v);
}

/* After each byte of an agreement. */
static void test_end_in_the_middle_is_told(void **state)
{
	static const char bytes[] = "\xFF\xFD\x2C\xFF\xFA\x2C\x65\x00\x00\x09\x60\xFF\xF0";

	(void)state;
	for (size_t n = 0; n < sizeof(bytes); n++) {
		struct server v = {0};

		server_start(&v, "");
		if (n)
			say(&v, bytes, n);
		stream_close(v.peer);
		wait_state(v.client, STREAM_CLOSED);
		assert_contains(stream_error(v.client), ": closed by the peer");
		server_stop(&v);
	}
}

/* Whatever is agreed to again and again: nothing more is said. */
static void test_agreeing_for_ever_makes_no_talk(void **state)
{
	static const char bytes[] = "\xFF\xFD\x2C\xFF\xFD\x00\xFF\xFB\x00\xFF\xFD\x03\xFF\xFB\x03";
	struct server v = {0};
	size_t heard;

	(void)state;
	server_start(&v, "");
	turn_until(&v, STREAM_OPEN);
	heard = strlen(v.heard);
	for (int i = 0; i < 1000; i++) {
		say(&v, bytes, sizeof(bytes) - 1);
		stream_handle(v.client, 0, clock_mono_us());
	}
	for (int i = 0; i < 3; i++)
		turn(&v);
	assert_int_equal(stream_state(v.client), STREAM_OPEN);
	assert_int_equal(strlen(v.heard), heard);
	assert_int_equal(stream_events(v.client) & POLLOUT, 0);
	server_stop(&v);
}

/* One that sends faster than anyone reads gets its turn, and no more. */
static void test_flood_of_nothing_leaves_turns_to_others(void **state)
{
	static uint8_t nops[1 << 20];
	struct server v = {0};
	struct pollfd fd;
	size_t at = 0;
	int n;

	(void)state;
	for (size_t i = 0; i < sizeof(nops); i += 2) {
		nops[i] = 0xFF;
		nops[i + 1] = 0xF1;
	}
	server_start(&v, "");
	turn_until(&v, STREAM_OPEN);
	while (at < sizeof(nops) && (n = stream_write(v.peer, nops, sizeof(nops) - at, 0)) > 0)
		at += (size_t)n;
	assert_in_range(at, 100000, sizeof(nops));
	assert_int_equal(stream_handle(v.client, POLLIN, clock_mono_us()), 0);
	fd = (struct pollfd){.fd = stream_fd(v.client), .events = POLLIN};
	assert_int_equal(poll(&fd, 1, 0), 1);
	server_stop(&v);
}

static void test_refusal_is_told(void **state)
{
	struct server v = {.refuses = true};

	(void)state;
	server_start(&v, "");
	turn_until(&v, STREAM_CLOSED);
	assert_contains(stream_error(v.client),
		": the peer refuses to let its serial port be controlled (RFC 2217); "
		"allow it there, or use tcp://");
	server_stop(&v);
}

static void test_busy_port_is_told(void **state)
{
	static const uint8_t text[] = "Port already in use\r\n";
	struct server v = {.mute = true};

	(void)state;
	server_start(&v, "");
	stream_write(v.peer, text, sizeof(text) - 1, 0);
	stream_close(v.peer);
	wait_state(v.client, STREAM_CLOSED);
	assert_contains(
		stream_error(v.client), ": closed by the peer, which says \"Port already in use\"");
	server_stop(&v);
}

static void test_break_begins_and_ends(void **state)
{
	struct server v = {0};
	uint64_t now_us;

	(void)state;
	server_start(&v, "");
	turn_until(&v, STREAM_OPEN);
	now_us = clock_mono_us();
	v.heard[0] = '\0';
	assert_int_equal(stream_break(v.client, 50000, now_us), STREAM_DONE);
	assert_int_equal(stream_handle(v.client, 0, now_us + 50000), 0);
	while (!strstr(v.heard, "5=6; "))
		turn(&v);
	assert_contains(v.heard, "5=5; 5=6; ");
	server_stop(&v);
}

static void test_line_errors_become_marks(void **state)
{
	static const char notice[] = {106, 0x04 | 0x08};
	struct server v = {0};
	uint8_t got[3];
	uint8_t marks[3];

	(void)state;
	server_start(&v, "");
	turn_until(&v, STREAM_OPEN);
	telnet_send(v.telnet, "ab", 2);
	telnet_subnegotiation(v.telnet, COM_PORT, notice, 2);
	telnet_send(v.telnet, "c", 1);
	wait_bytes(v.client, got, marks, 3);
	assert_memory_equal(got, "abc", 3);
	assert_int_equal(marks[0], 0);
	assert_int_equal(marks[1], MB_MARK_PARITY | MB_MARK_FRAMING);
	assert_int_equal(marks[2], 0);
	server_stop(&v);
}

static void test_last_bytes_before_the_end_are_given(void **state)
{
	struct server v = {0};
	uint8_t byte;

	(void)state;
	server_start(&v, "");
	turn_until(&v, STREAM_OPEN);
	telnet_send(v.telnet, "\xE5", 1);
	stream_close(v.peer);
	wait_bytes(v.client, &byte, NULL, 1);
	assert_int_equal(byte, 0xE5);
	wait_failure(v.client);
	assert_contains(stream_error(v.client), ": closed by the peer");
	server_stop(&v);
}

/* A peer that floods with questions and never reads gets cut off: no memory without end. */
static void test_flood_is_cut_off(void **state)
{
	static uint8_t flood[3 * 20000];
	struct server v = {0};
	size_t at = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(flood); i += 3) {
		flood[i] = 255;
		flood[i + 1] = i / 3 % 2 ? 254 : 253; /* DO, DONT: each wants an answer */
		flood[i + 2] = 0; /* binary */
	}
	server_start(&v, "");
	turn_until(&v, STREAM_OPEN);
	for (int round = 0; round < 100000 && stream_state(v.client) == STREAM_OPEN; round++) {
		int n = stream_write(v.peer, flood + at, sizeof(flood) - at, 0);

		assert_true(n >= 0 || stream_state(v.client) == STREAM_CLOSED);
		at = n < 0 ? 0 : (at + (size_t)n) % sizeof(flood);
		stream_turn(v.client);
	}
	assert_int_equal(stream_state(v.client), STREAM_CLOSED);
	assert_contains(stream_error(v.client), ": the peer does not take what is sent");
	server_stop(&v);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opens_with_the_whole_line),
		cmocka_unit_test(test_is_not_open_before_the_confirmation),
		cmocka_unit_test(test_every_byte_passes),
		cmocka_unit_test(test_line_changes_when_confirmed),
		cmocka_unit_test(test_unconfirmed_change_fails),
		cmocka_unit_test(test_other_speed_is_refused),
		cmocka_unit_test(test_lost_parity_is_a_warning),
		cmocka_unit_test(test_unknown_parity_is_a_warning),
		cmocka_unit_test(test_answer_of_a_wrong_length_confirms_nothing),
		cmocka_unit_test(test_unknown_answers_are_nothing),
		cmocka_unit_test(test_silence_is_told),
		cmocka_unit_test(test_command_without_end_is_told),
		cmocka_unit_test(test_end_in_the_middle_is_told),
		cmocka_unit_test(test_agreeing_for_ever_makes_no_talk),
		cmocka_unit_test(test_flood_of_nothing_leaves_turns_to_others),
		cmocka_unit_test(test_refusal_is_told),
		cmocka_unit_test(test_busy_port_is_told),
		cmocka_unit_test(test_break_begins_and_ends),
		cmocka_unit_test(test_line_errors_become_marks),
		cmocka_unit_test(test_last_bytes_before_the_end_are_given),
		cmocka_unit_test(test_flood_is_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void test_absence_is_told(void **state)
{
	struct stream *s = new_stream("rfc2217://127.0.0.1:1");

	(void)state;
	assert_int_equal(stream_open(s, clock_mono_us()), MB_E_STREAM);
	assert_contains(stream_error(s), ": this build has no RFC 2217");
	stream_free(s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(test_absence_is_told)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
