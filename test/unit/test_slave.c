/* SPDX-License-Identifier: MIT */
/*
 * The slave alone against transcripts written by hand. A line is
 *
 *	> hex		bytes from the master, as they are
 *	+ hex		C A [CI data]: the test frames it
 *	< E5, A2, -	the whole answer, or silence
 *	< hex		the whole answer
 *	< T1 55		telegram 1 (2, 3) of the slave below, access number 55
 *	< CI hex	an RSP_UD of this CI and these data: "< CI 70 09"
 *	= name value	a state of the slave; or = power, = alarm bits, = wait ms, = deadline
 */
#include <meterbus/error.h>
#include <meterbus/record.h>
#include <meterbus/slave.h>

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SILENCE_US 3000000
#define LINE_MAX_LEN 1024

/* Header of 12345678 PAD version 1 water: the slave of the D48 examples. */
#define HEADER 0x78, 0x56, 0x34, 0x12, 0x24, 0x40, 0x01, 0x07, 0x00, 0x00, 0x00, 0x00

static const uint8_t t1[] = {HEADER, 0x03, 0x13, 0x15, 0x31, 0x00, 0xDA, 0x02, 0x3B, 0x13, 0x01,
	0x8B, 0x60, 0x04, 0x37, 0x18, 0x02};
static const uint8_t m1[] = {
	HEADER, 0x0C, 0x13, 0x01, 0x00, 0x00, 0x00, 0x02, 0x5A, 0x10, 0x02, 0x1F};
static const uint8_t m2[] = {HEADER, 0x4C, 0x13, 0x02, 0x00, 0x00, 0x00, 0x1F};
static const uint8_t m3[] = {HEADER, 0x8C, 0x01, 0x13, 0x03, 0x00, 0x00, 0x00};
static const uint8_t instant[] = {HEADER, 0x02, 0x2B, 0x34, 0x12};

static const struct mb_slave_telegram single[] = {
	{t1, sizeof(t1), 0x72, 0},
};
static const struct mb_slave_telegram multi[] = {
	{m1, sizeof(m1), 0x72, 0},
	{m2, sizeof(m2), 0x72, 0},
	{m3, sizeof(m3), 0x72, 0},
	{instant, sizeof(instant), 0x72, 0x50},
};

struct play {
	struct mb_slave slave;
	uint64_t now_us;
	uint8_t heard[2 * MB_FRAME_MAX];
	size_t n_heard;
	char where[160];
};

/* ---- the line ---- */

static void deliver(struct play *p, const uint8_t *bytes, size_t n)
{
	struct mb_line line;

	mb_slave_line(&p->slave, &line);
	p->now_us += mb_line_bytes_us(&line, n);
	mb_slave_rx(&p->slave, bytes, NULL, n, p->now_us);
}

/* Lets the slave answer until it has been silent for long. */
static void listen(struct play *p)
{
	uint64_t end_us = p->now_us + SILENCE_US;
	const uint8_t *bytes;
	struct mb_line line;
	size_t n;

	p->n_heard = 0;
	while (mb_slave_deadline(&p->slave) <= end_us) {
		p->now_us = mb_slave_deadline(&p->slave);
		mb_slave_tick(&p->slave, p->now_us);
		n = mb_slave_tx(&p->slave, p->now_us, &bytes);
		if (!n)
			continue;
		memcpy(p->heard + p->n_heard, bytes, n);
		p->n_heard += n;
		mb_slave_line(&p->slave, &line);
		p->now_us += mb_line_bytes_us(&line, n);
		mb_slave_sent(&p->slave, n, p->now_us);
	}
	p->now_us += 50000;
}

static size_t frame_of(const uint8_t *body, size_t n, uint8_t *ret_frame)
{
	uint8_t sum = 0;
	size_t at = 0;

	if (n == 2) {
		ret_frame[at++] = 0x10;
	} else {
		ret_frame[at++] = 0x68;
		ret_frame[at++] = (uint8_t)n;
		ret_frame[at++] = (uint8_t)n;
		ret_frame[at++] = 0x68;
	}
	for (size_t i = 0; i < n; i++) {
		ret_frame[at++] = body[i];
		sum = (uint8_t)(sum + body[i]);
	}
	ret_frame[at++] = sum;
	ret_frame[at++] = 0x16;
	return at;
}

/* ---- the transcript ---- */

static void expect_bytes(struct play *p, const uint8_t *bytes, size_t n)
{
	if (p->n_heard == n && !memcmp(p->heard, bytes, n))
		return;
	fprintf(stderr, "%s: heard %zu bytes:", p->where, p->n_heard);
	for (size_t i = 0; i < p->n_heard; i++)
		fprintf(stderr, " %02X", p->heard[i]);
	fprintf(stderr, "\n");
	fail();
}

static void expect_response(struct play *p, uint8_t ci, const uint8_t *data, size_t n)
{
	struct mb_frame frame;

	if (p->n_heard < 10 || mb_frame_parse(p->heard, p->n_heard, &frame) != (int)p->n_heard)
		expect_bytes(p, data, n);
	assert_int_equal(frame.c & ~MB_C_ACD, MB_C_RSP_UD);
	if (frame.ci != ci || frame.data_len != n || memcmp(frame.data, data, n) != 0)
		expect_bytes(p, data, n);
}

static void expect_telegram(struct play *p, const char *text)
{
	unsigned number, access;
	const struct mb_slave_telegram *t;
	uint8_t data[MB_FRAME_DATA_MAX];

	assert_int_equal(sscanf(text, "T%u %x", &number, &access), 2);
	t = &p->slave.telegrams[number - 1];
	memcpy(data, t->data, t->len);
	data[8] = (uint8_t)access;
	expect_response(p, t->ci, data, t->len);
}

static void expect(struct play *p, const char *text)
{
	uint8_t bytes[MB_FRAME_MAX + 1];
	size_t n;

	listen(p);
	if (!strcmp(text, "-")) {
		expect_bytes(p, bytes, 0);
	} else if (text[0] == 'T') {
		expect_telegram(p, text);
	} else if (!strncmp(text, "CI ", 3)) {
		n = hex_read(text + 3, bytes, sizeof(bytes));
		expect_response(p, bytes[0], bytes + 1, n - 1);
	} else {
		n = hex_read(text, bytes, sizeof(bytes));
		expect_bytes(p, bytes, n);
	}
}

static void check(struct play *p, const char *text)
{
	char name[32];
	long long value = 0;

	if (sscanf(text, "%31s %lli", name, &value) < 1)
		fail_msg("%s: '%s'", p->where, text);
	if (!strcmp(name, "power"))
		mb_slave_power_up(&p->slave);
	else if (!strcmp(name, "alarm"))
		mb_slave_alarm(&p->slave, (uint8_t)value);
	else if (!strcmp(name, "wait"))
		p->now_us += (uint64_t)value * 1000;
	else if (!strcmp(name, "selected"))
		assert_int_equal(mb_slave_selected(&p->slave), value);
	else if (!strcmp(name, "primary"))
		assert_int_equal(mb_slave_primary(&p->slave), value);
	else if (!strcmp(name, "id"))
		assert_int_equal(mb_slave_identity(&p->slave)->id, value);
	else if (!strcmp(name, "maker"))
		assert_int_equal(mb_slave_identity(&p->slave)->manufacturer, value);
	else if (!strcmp(name, "application"))
		assert_int_equal(mb_slave_application(&p->slave), value);
	else if (!strcmp(name, "baud"))
		assert_int_equal(p->slave.baud, value);
	else
		fail_msg("%s: no such state", text);
}

static void play_line(struct play *p, const char *text)
{
	uint8_t body[MB_FRAME_MAX], bytes[MB_FRAME_MAX + 8];
	size_t n;

	switch (text[0]) {
	case '>':
		n = hex_read(text + 1, bytes, sizeof(bytes));
		deliver(p, bytes, n);
		break;
	case '+':
		n = hex_read(text + 1, body, sizeof(body));
		deliver(p, bytes, frame_of(body, n, bytes));
		break;
	case '<':
		expect(p, text + 2);
		break;
	case '=':
		check(p, text + 2);
		break;
	default:
		fail_msg("%s: '%s'", p->where, text);
	}
}

static void play(struct play *p, const char *name, const char *script)
{
	while (*script) {
		char text[LINE_MAX_LEN];
		size_t n = strcspn(script, "\n");

		snprintf(text, sizeof(text), "%.*s", (int)n, script);
		snprintf(p->where, sizeof(p->where), "%s: %.80s", name, text);
		if (n)
			play_line(p, text);
		script += n + (script[n] == '\n');
	}
}

static void begin(struct play *p, bool is_multi, unsigned quirk, uint16_t value)
{
	struct mb_slave_config config = {
		.identity = {0x12345678, 0x4024, 0x01, 0x07},
		.primary = 5,
		.has_fabrication = true,
		.fabrication = 0x01020304,
		.access = 0x55,
	};

	if (quirk < MB_SLAVE_QUIRK_COUNT)
		config.quirks[quirk] = value;
	memset(p, 0, sizeof(*p));
	p->now_us = 1000000;
	assert_int_equal(mb_slave_init(&p->slave, &config), 0);
	if (is_multi)
		mb_slave_set_telegrams(&p->slave, multi, 4);
	else
		mb_slave_set_telegrams(&p->slave, single, 1);
}

#define NO MB_SLAVE_QUIRK_COUNT
#define SELECT "+ 53 FD 52 78 56 34 12 FF FF FF FF\n< E5\n"

static const struct {
	const char *name;
	bool multi;
	unsigned quirk;
	uint16_t value;
	const char *script;
} scripts[] = {
	/* clang-format off */
	/* ---- link.md 10, network.md: whole telegrams ---- */
	{"D48 read", false, NO, 0,
		"> 68 06 06 68 53 FE 51 01 7A 08 25 16\n< E5\n= primary 8\n"
		"> 10 40 08 48 16\n< E5\n"
		"> 10 7B 08 83 16\n"
		"< 68 1F 1F 68 08 08 72 78 56 34 12 24 40 01 07 55 00 00 00 03 13 15 31 00 DA 02 3B 13 01 "
		"8B 60 04 37 18 02 1E 16\n"},
	{"D48 selection", false, NO, 0,
		"> 10 40 FD 3D 16\n< -\n"
		"> 68 0B 0B 68 53 FD 52 FF FF FF 0F FF FF FF FF AA 16\n< -\n= selected 0\n"
		"> 68 0B 0B 68 53 FD 52 78 56 34 12 FF FF FF FF B2 16\n< E5\n= selected 1\n"
		"> 10 7B FD 78 16\n"
		"< 68 1F 1F 68 08 05 72 78 56 34 12 24 40 01 07 55 00 00 00 03 13 15 31 00 DA 02 3B 13 01 "
		"8B 60 04 37 18 02 1B 16\n"
		"> 68 0B 0B 68 53 FD 52 78 56 34 12 24 40 01 07 22 16\n< E5\n"
		"> 68 06 06 68 53 FD 51 01 7A 05 21 16\n< E5\n"
		"> 10 40 FD 3D 16\n< E5\n= selected 0\n> 10 7B FD 78 16\n< -\n"},
	{"D48 enhanced selection", false, NO, 0,
		"> 68 11 11 68 53 FD 52 78 56 34 12 FF FF FF FF 0C 78 04 03 02 01 40 16\n< E5\n= selected 1\n"
		"+ 53 FD 52 78 56 34 12 FF FF FF FF 0C 78 04 03 02 02\n< -\n= selected 0\n"
		"+ 53 FD 52 FF FF FF FF FF FF FF FF 0C 78 F4 FF FF FF\n< E5\n= selected 1\n"
		"+ 53 FD 52 FF FF FF FF FF FF FF FF 01 7A 05\n< E5\n"
		"+ 53 FD 52 FF FF FF FF FF FF FF FF 01 7A 06\n< -\n"
		"+ 53 FD 52 FF FF FF FF FF FF FF FF 03 10 15 31 00\n< E5\n" /* exponent bits do not matter */
		"+ 53 FD 52 FF FF FF FF FF FF FF FF 03 13 15 32 00\n< -\n"
		"+ 53 FD 52 FF FF FF FF FF FF FF FF 03 13 FF 31 00\n< E5\n"
		"+ 53 FD 52 FF FF FF FF FF FF FF FF 0C 78 04 03\n< -\n"},
	{"D48 set speed", false, NO, 0,
		"> 68 03 03 68 53 FE BD 0E 16\n< E5\n= baud 9600\n"
		"> 10 40 05 45 16\n< E5\n= baud 9600\n"},
	{"D48 application reset", true, NO, 0,
		"> 68 04 04 68 53 FE 50 10 B1 16\n< E5\n= application 0x10\n"},
	{"D48 set addresses", false, NO, 0,
		"> 68 0D 0D 68 53 FE 51 07 79 04 03 02 01 24 40 01 04 95 16\n< E5\n= id 0x01020304\n"
		"+ 53 FE 51 0C 79 21 43 65 87\n< E5\n= id 0x87654321\n"
		"+ 53 FE 51 07 79 04 03 02 01 93 15 01 04\n< E5\n= maker 0x1593\n"
		"+ 53 FE 51 01 7A FB\n< E5\n= primary 5\n"
		"+ 53 FE 51 01 7A 00\n< E5\n= primary 0\n+ 40 00\n< E5\n+ 40 05\n< -\n"},

	/* ---- slaves.md 2: reception ---- */
	{"broken frames are met with silence", false, NO, 0,
		"> 10 40 05 46 16\n< -\n> 10 40 05 45 17\n< -\n> 68 03 04 68 53 05 50 A8 16\n< -\n"
		"> 68 03 03 67 53 05 50 A8 16\n< -\n> 10 40 05 45 16\n< E5\n"},
	{"bytes of others", false, NO, 0,
		"> E5\n< -\n> 10 08 05 0D 16\n< -\n+ 08 05 72 01\n< -\n> 10 41 05 46 16\n< -\n"
		"+ 40 06\n< -\n+ 40 FC\n< -\n+ 7B FC\n< -\n"},
	{"a frame cut off is given up", false, NO, 0,
		"> 68 03 03 68 53\n= wait 300\n> 10 40 05 45 16\n< E5\n"},
	{"a frame in pieces", false, NO, 0,
		"> 10 40\n= wait 50\n> 05 45 16\n< E5\n"},
	{"strict gap", false, MB_SLAVE_STRICT_GAP, 1,
		"> 10 40\n= wait 20\n> 05 45 16\n< -\n"},
	{"33 bits of idle after an error", false, NO, 0,
		"> 99\n= wait 5\n> 10 40 05 45 16\n< -\n> 99\n= wait 14\n> 10 40 05 45 16\n< E5\n"},

	/* ---- slaves.md 3 ---- */
	{"NKE own, 254, 255", false, NO, 0,
		"+ 40 05\n< E5\n+ 40 FE\n< E5\n+ 40 FF\n< -\n"},
	{"NKE 253", false, NO, 0, "+ 40 FD\n< -\n" SELECT "+ 40 FD\n< E5\n+ 40 FD\n< -\n"},
	{"NKE to 254 and own leave the selection", false, NO, 0,
		SELECT "+ 40 FE\n< E5\n= selected 1\n+ 40 05\n< E5\n= selected 1\n"},
	{"no alarms", false, NO, 0, "+ 7A 05\n< -\n"},
	{"no alarms, E5", false, MB_SLAVE_ALARM_ACK, 1, "+ 7A 05\n< E5\n"},
	{"selection ends by another", false, NO, 0,
		SELECT "+ 53 FD 52 79 56 34 12 FF FF FF FF\n< -\n= selected 0\n+ 7B FD\n< -\n"},
	{"mode 2 selection", false, NO, 0,
		SELECT "+ 53 FD 56 12 34 56 78 FF FF FF FF\n< -\n= selected 0\n"},
	{"selection by 73", false, NO, 0, "+ 73 FD 52 78 56 34 12 FF FF FF FF\n< E5\n= selected 1\n"},
	{"selection to another address than 253", false, NO, 0,
		"+ 53 05 52 78 56 34 12 FF FF FF FF\n< -\n= selected 0\n"},
	{"selection wildcards", false, NO, 0,
		"+ 53 FD 52 F8 FF FF FF FF FF FF FF\n< E5\n+ 53 FD 52 F9 FF FF FF FF FF FF FF\n< -\n"
		"+ 53 FD 52 FF FF FF FF 24 40 FF FF\n< E5\n+ 53 FD 52 FF FF FF FF 24 41 FF FF\n< -\n"
		"+ 53 FD 52 FF FF FF FF FF 40 FF FF\n< E5\n+ 53 FD 52 FF FF FF FF 24 FF FF FF\n< E5\n"
		"+ 53 FD 52 FF FF FF FF FF FF 01 FF\n< E5\n+ 53 FD 52 FF FF FF FF FF FF 02 FF\n< -\n"
		"+ 53 FD 52 FF FF FF FF FF FF FF 07\n< E5\n+ 53 FD 52 FF FF FF FF FF FF FF 06\n< -\n"
		"+ 53 FD 52 FF FF FF FF FF FF FF\n< -\n"},
	{"application select", true, NO, 0,
		"+ 53 05 50 50\n< E5\n+ 7B 05\n< T4 55\n+ 53 05 50\n< E5\n" /* same FCB: not executed */
		"= application 0x50\n+ 73 05 50\n< E5\n= application 0\n+ 5B 05\n< T1 56\n"},
	{"application select, long header", true, NO, 0,
		"+ 53 05 53 78 56 34 12 24 40 01 07 00 00 00 00 50\n< E5\n= application 0x50\n"
		"+ 73 05 53 78 56\n< -\n"},
	{"sync", false, NO, 0, "+ 53 05 54\n< E5\n+ 73 05 5C\n< E5\n+ 53 FF 5C\n< -\n"},
	{"unknown CI", false, NO, 0, "+ 53 05 A7\n< E5\n+ 7B 05\n< T1 55\n"},
	{"unknown CI is silent", false, MB_SLAVE_UNKNOWN_SILENT, 1, "+ 53 05 A7\n< -\n"},
	{"unknown CI is told", false, MB_SLAVE_TELL_ERROR, 1,
		"+ 53 05 A7\n< E5\n+ 7B 05\n< 68 04 04 68 08 05 70 01 7E 16\n+ 7B 05\n"
		"< 68 04 04 68 08 05 70 01 7E 16\n+ 5B 05\n< T1 55\n"},
	{"SND_UD2", false, NO, 0, "+ 43 05 50\n< -\n"},
	{"SND_UD2 refused", false, MB_SLAVE_NACK, 1, "+ 43 05 50\n< A2\n"},
	{"broadcast is obeyed in silence", false, NO, 0,
		"+ 53 FF 51 01 7A 09\n< -\n= primary 9\n+ 43 FF 51 01 7A 0A\n< -\n= primary 10\n"
		"+ 53 FF BD\n< -\n= baud 9600\n"},

	/* ---- slaves.md 4 ---- */
	{"multi-telegram", true, NO, 0,
		"+ 40 05\n< E5\n+ 7B 05\n< T1 55\n+ 5B 05\n< T2 56\n+ 7B 05\n< T3 57\n+ 5B 05\n< T1 58\n"},
	{"equal FCB repeats", true, NO, 0,
		"+ 7B 05\n< T1 55\n+ 7B 05\n< T1 55\n+ 5B 05\n< T2 56\n+ 5B 05\n< T2 56\n+ 7B 05\n< T3 57\n"},
	{"FCV 0 is always the next", true, NO, 0,
		"+ 4B 05\n< T1 55\n+ 4B 05\n< T2 56\n+ 6B 05\n< T3 57\n+ 7B 05\n< T1 58\n"},
	{"NKE begins again", true, NO, 0,
		"+ 7B 05\n< T1 55\n+ 5B 05\n< T2 56\n+ 40 05\n< E5\n+ 5B 05\n< T1 57\n"},
	{"NKE to 255 begins again", true, NO, 0,
		"+ 7B 05\n< T1 55\n+ 40 FF\n< -\n+ 7B 05\n< T1 56\n"},
	{"selection begins again", true, NO, 0,
		SELECT "+ 7B FD\n< T1 55\n+ 5B FD\n< T2 56\n" SELECT "+ 7B FD\n< T1 57\n"},
	{"own FCB and that of 253 are two", true, NO, 0,
		"+ 7B 05\n< T1 55\n" SELECT "+ 7B FD\n< T1 56\n+ 7B 05\n< T1 56\n+ 5B 05\n< T2 57\n"},
	{"254 shares the memory of its own address", true, NO, 0,
		"+ 7B FE\n< T1 55\n+ 7B 05\n< T1 55\n+ 5B FE\n< T2 56\n"},
	{"255 is not answered", true, NO, 0, "+ 7B FF\n< -\n+ 5B FF\n< -\n"},
	{"application reset begins again", true, NO, 0,
		"+ 7B 05\n< T1 55\n+ 5B 05\n< T2 56\n+ 53 05 50\n< E5\n+ 7B 05\n< T1 57\n"},
	{"power loss", true, NO, 0,
		SELECT "+ 7B FD\n< T1 55\n= power\n= selected 0\n+ 7B FD\n< -\n+ 7B 05\n< T1 56\n"},
	{"SND_UD with the same FCB is executed once", false, NO, 0,
		"+ 73 05 51 0C 79 11 11 11 11\n< E5\n= id 0x11111111\n+ 73 05 51 0C 79 22 22 22 22\n< E5\n"
		"= id 0x11111111\n+ 53 05 51 0C 79 22 22 22 22\n< E5\n= id 0x22222222\n"},
	{"254 has no FCB memory for SND_UD", false, NO, 0,
		"+ 53 FE 51 0C 79 11 11 11 11\n< E5\n+ 53 FE 51 0C 79 22 22 22 22\n< E5\n= id 0x22222222\n"},

	/* ---- slaves.md 5 ---- */
	{"readout selection", true, NO, 0,
		"+ 73 05 51 08 13\n< E5\n+ 7B 05\n"
		"< CI 72 78 56 34 12 24 40 01 07 55 00 00 00 0C 13 01 00 00 00\n"
		"+ 53 05 51 C8 3F 7E\n< E5\n+ 5B 05\n"
		"< CI 72 78 56 34 12 24 40 01 07 56 00 00 00 0C 13 01 00 00 00 02 5A 10 02 4C 13 02 00 00 00 "
		"8C 01 13 03 00 00 00\n"
		"+ 73 05 50\n< E5\n+ 7B 05\n< T1 57\n"},
	{"readout selection of the network example", true, NO, 0,
		"+ 73 05 51 08 13 08 5A\n< E5\n+ 7B 05\n"
		"< CI 72 78 56 34 12 24 40 01 07 55 00 00 00 0C 13 01 00 00 00 02 5A 10 02\n"
		"+ 40 05\n< E5\n+ 7B 05\n< T1 56\n"},
	{"complete readout", true, NO, 0,
		"+ 73 05 51 7F\n< E5\n+ 7B 05\n"
		"< CI 72 78 56 34 12 24 40 01 07 55 00 00 00 0C 13 01 00 00 00 02 5A 10 02 4C 13 02 00 00 00 "
		"8C 01 13 03 00 00 00\n"},
	{"one VIF in all its storages", true, NO, 0,
		"+ 73 05 51 7F 13\n< E5\n+ 7B 05\n"
		"< CI 72 78 56 34 12 24 40 01 07 55 00 00 00 0C 13 01 00 00 00 4C 13 02 00 00 00 "
		"8C 01 13 03 00 00 00\n"},
	{"readout list", true, NO, 0,
		"+ 73 05 51 0C 93 0C 02 DA 0C\n< E5\n+ 7B 05\n"
		"< CI 72 78 56 34 12 24 40 01 07 55 00 00 00 0C 13 01 00 00 00 02 5A 10 02\n"
		"+ 53 05 51 0C 93 0D\n< E5\n+ 5B 05\n"
		"< CI 72 78 56 34 12 24 40 01 07 56 00 00 00 02 5A 10 02\n"},
	{"kept readout selection", true, MB_SLAVE_KEEP_PICKS, 1,
		"+ 73 05 51 08 5A\n< E5\n+ 40 05\n< E5\n+ 7B 05\n"
		"< CI 72 78 56 34 12 24 40 01 07 55 00 00 00 02 5A 10 02\n"},
	{"no readout selection", true, MB_SLAVE_NO_PICKS, 1,
		"+ 73 05 51 08 5A\n< E5\n+ 7B 05\n< T1 55\n"},
	{"too many entries", true, MB_SLAVE_TELL_ERROR, 1,
		"+ 73 05 51 08 13 08 13 08 13 08 13 08 13 08 13 08 13 08 13 08 13 08 13 08 13 08 13 08 13 08 13 "
		"08 13 08 13 08 13\n< E5\n+ 7B 05\n< CI 70 12\n"},
	{"records cut off", false, MB_SLAVE_TELL_ERROR, 1, "+ 73 05 51 0C 79 11\n< E5\n= id 0x12345678\n"
		"+ 7B 05\n< CI 70 12\n"},
	{"fabrication number stays", false, NO, 0,
		"+ 73 05 51 0C 78 99 99 99 99\n< E5\n"
		"+ 53 FD 52 78 56 34 12 FF FF FF FF 0C 78 04 03 02 01\n< E5\n"},
	{"locked", false, MB_SLAVE_LOCKED, 1, "+ 73 05 51 01 7A 09\n< E5\n= primary 5\n"},
	{"addresses only by 254", false, MB_SLAVE_WRITE_TEST_ONLY, 1,
		"+ 73 05 51 01 7A 09\n< E5\n= primary 5\n+ 73 FE 51 01 7A 09\n< E5\n= primary 9\n"},

	/* ---- speeds ---- */
	{"speed falls back", false, MB_SLAVE_BAUD_FALLBACK, 2,
		"+ 53 05 BD\n< E5\n= baud 2400\n"}, /* the silence that follows is longer */
	{"speed not taken", false, MB_SLAVE_BAUD_DEAF, 1, "+ 53 05 BD\n< E5\n= baud 2400\n"},

	/* ---- slaves.md 8 ---- */
	{"deaf after power-up", false, MB_SLAVE_DEAF, 1,
		"+ 40 05\n< -\n+ 40 05\n< E5\n= power\n+ 40 05\n< -\n"},
	{"needs NKE", false, MB_SLAVE_NEEDS_NKE, 1, "+ 7B 05\n< -\n+ 40 05\n< E5\n+ 7B 05\n< T1 55\n"},
	{"needs application reset", false, MB_SLAVE_NEEDS_RESET, 1,
		"+ 7B 05\n< E5\n+ 53 05 50\n< E5\n+ 7B 05\n< T1 55\n"},
	{"NKE silent", true, MB_SLAVE_NKE_SILENT, 1,
		"+ 7B 05\n< T1 55\n+ 40 05\n< -\n+ 7B 05\n< T1 56\n"},
	{"NKE 253 always", false, MB_SLAVE_NKE_NETWORK_ALWAYS, 1, "+ 40 FD\n< E5\n"},
	{"NKE 253 never", false, MB_SLAVE_NKE_NETWORK_NEVER, 1, SELECT "+ 40 FD\n< -\n= selected 0\n"},
	{"no 254", false, MB_SLAVE_NO_TEST, 1, "+ 40 FE\n< -\n+ 7B FE\n< -\n"},
	{"no secondary addressing", false, MB_SLAVE_NO_SECONDARY, 1,
		"+ 53 FD 52 78 56 34 12 FF FF FF FF\n< -\n+ 7B FD\n< -\n"},
	{"no enhanced selection", false, MB_SLAVE_NO_ENHANCED, 1,
		SELECT "+ 53 FD 52 78 56 34 12 FF FF FF FF 0C 78 04 03 02 01\n< -\n= selected 0\n"},
	{"trailing wildcards only", false, MB_SLAVE_TRAILING_WILDCARDS, 1,
		"+ 53 FD 52 F8 FF FF FF FF FF FF FF\n< -\n+ 53 FD 52 FF FF FF 1F FF FF FF FF\n< E5\n"
		"+ 53 FD 52 FF FF FF FF FF FF FF FF\n< E5\n"},
	{"wild manufacturer only", false, MB_SLAVE_WILD_MANUFACTURER, 1,
		"+ 53 FD 52 78 56 34 12 24 40 FF FF\n< -\n" SELECT},
	{"strict wildcards", false, MB_SLAVE_STRICT_WILDCARDS, 1,
		"+ 53 FD 52 FF FF FF FF FF 40 FF FF\n< -\n+ 53 FD 52 FF FF FF FF 24 40 FF FF\n< E5\n"},
	{"shared FCB", true, MB_SLAVE_FCB_SHARED, 1,
		SELECT "+ 7B FD\n< T1 55\n" SELECT "+ 7B FD\n< T1 55\n+ 5B 05\n< T2 56\n" SELECT
		"+ 7B FD\n< T3 57\n+ 40 05\n< E5\n" SELECT "+ 7B FD\n< T1 58\n"},
	{"FCB ignored", true, MB_SLAVE_FCB_IGNORED, 1, "+ 7B 05\n< T1 55\n+ 7B 05\n< T2 56\n"},
	{"FCB is the index", true, MB_SLAVE_FCB_INDEX, 1,
		"+ 7B 05\n< T1 55\n+ 5B 05\n< T2 56\n+ 7B 05\n< T1 57\n"},
	{"SND_UD by 73 only", false, MB_SLAVE_FCB_73_ONLY, 1,
		"+ 53 05 51 01 7A 09\n< -\n+ 73 05 51 01 7A 09\n< E5\n= primary 9\n"},
	{"more for ever", false, MB_SLAVE_MORE_FOREVER, 1,
		"+ 7B 05\n< CI 72 78 56 34 12 24 40 01 07 55 00 00 00 03 13 15 31 00 DA 02 3B 13 01 8B 60 04 37 18 02 1F\n"
		"+ 5B 05\n< CI 72 78 56 34 12 24 40 01 07 56 00 00 00 03 13 15 31 00 DA 02 3B 13 01 8B 60 04 37 18 02 1F\n"},
	{"more, then E5", true, MB_SLAVE_MORE_THEN_ACK, 1,
		"+ 7B 05\n< T1 55\n+ 5B 05\n< T2 56\n+ 7B 05\n"
		"< CI 72 78 56 34 12 24 40 01 07 57 00 00 00 8C 01 13 03 00 00 00 1F\n+ 5B 05\n< E5\n"
		"+ 5B 05\n< T1 58\n"},
	{"E5 first", false, MB_SLAVE_ACK_FIRST, 2,
		"+ 7B 05\n< E5\n+ 7B 05\n< E5\n+ 7B 05\n< T1 55\n"},
	{"quota", false, MB_SLAVE_QUOTA, 1, "+ 7B 05\n< T1 55\n+ 5B 05\n< E5\n= wait 90000000\n+ 5B 05\n< T1 56\n"},
	{"A is 0", false, MB_SLAVE_A_ZERO, 1,
		"+ 7B 05\n< 68 1F 1F 68 08 00 72 78 56 34 12 24 40 01 07 55 00 00 00 03 13 15 31 00 DA 02 3B 13 01 "
		"8B 60 04 37 18 02 16 16\n"},
	{"length differs in every second one", false, MB_SLAVE_LENGTH_DIFFERS, 2,
		"+ 7B 05\n< T1 55\n+ 5B 05\n"
		"< 68 1F 1E 68 08 05 72 78 56 34 12 24 40 01 07 56 00 00 00 03 13 15 31 00 DA 02 3B 13 01 "
		"8B 60 04 37 18 02 1C 16\n+ 5B 05\n< T1 56\n"},
	{"checksum wrong in every second one", false, MB_SLAVE_BAD_CHECKSUM, 2,
		"+ 7B 05\n< T1 55\n+ 5B 05\n"
		"< 68 1F 1F 68 08 05 72 78 56 34 12 24 40 01 07 56 00 00 00 03 13 15 31 00 DA 02 3B 13 01 "
		"8B 60 04 37 18 02 1D 16\n+ 5B 05\n< T1 56\n"},
	{"trailing zero", false, MB_SLAVE_TRAILING_ZERO, 1,
		"+ 7B 05\n< 68 1F 1F 68 08 05 72 78 56 34 12 24 40 01 07 55 00 00 00 03 13 15 31 00 DA 02 3B 13 01 "
		"8B 60 04 37 18 02 1B 16 00\n"},
	{"pause", false, MB_SLAVE_PAUSE, 150, "+ 7B 05\n< T1 55\n"},
	{"other identification", false, MB_SLAVE_OTHER_ID, 1, SELECT "+ 7B FD\n"
		"< CI 72 79 56 34 12 24 40 01 07 55 00 00 00 03 13 15 31 00 DA 02 3B 13 01 8B 60 04 37 18 02\n"},
	{"CI B1", true, MB_SLAVE_B1_SWITCH, 1,
		"> 68 03 03 68 53 05 B1 09 16\n< E5\n= application 0x50\n+ 7B 05\n< T4 55\n"},
	/* clang-format on */
};

static void test_transcripts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		static struct play p;

		begin(&p, scripts[i].multi, scripts[i].quirk, scripts[i].value);
		play(&p, scripts[i].name, scripts[i].script);
	}
}

/* ---- alarms ---- */

static void test_alarms(void **state)
{
	static struct play p;

	(void)state;
	begin(&p, false, NO, 0);
	p.slave.config.has_alarms = true;
	play(&p, "alarms",
		"+ 7A 05\n< E5\n= alarm 4\n+ 5A 05\n< 68 04 04 68 28 05 71 04 A2 16\n"
		"+ 5A 05\n< 68 04 04 68 28 05 71 04 A2 16\n" /* same FCB: again */
		"+ 7A 05\n< E5\n+ 7A 05\n< E5\n");
	mb_slave_alarm(&p.slave, 1);
	play(&p, "ACD",
		"+ 7B 05\n< 68 1F 1F 68 28 05 72 78 56 34 12 24 40 01 07 55 00 00 00 03 13 15 31 "
		"00 DA 02 3B 13 01 8B 60 04 37 18 02 3B 16\n");
}

/* ---- speeds ---- */

static void test_speed_is_left_without_a_telegram(void **state)
{
	static struct play p;

	(void)state;
	begin(&p, false, MB_SLAVE_BAUD_FALLBACK, 30);
	play(&p, "switch", "+ 53 05 BD\n< E5\n= baud 9600\n");
	assert_true(mb_slave_deadline(&p.slave) != MB_NEVER);
	p.now_us = mb_slave_deadline(&p.slave) - 1;
	mb_slave_tick(&p.slave, p.now_us);
	play(&p, "not yet", "= baud 9600\n");
	mb_slave_tick(&p.slave, p.now_us + 1);
	play(&p, "back", "= baud 2400\n+ 53 05 BD\n< E5\n= baud 2400\n"); /* FCB: a repeat */
	play(&p, "again", "+ 73 05 BD\n< E5\n= baud 9600\n+ 40 05\n< E5\n");
	assert_true(mb_slave_deadline(&p.slave) == MB_NEVER); /* heard at the new speed */
}

static void test_speed_not_supported(void **state)
{
	static struct play p;

	(void)state;
	begin(&p, false, NO, 0);
	p.slave.config.bauds = 1 << 3;
	play(&p, "acknowledged", "+ 53 05 BD\n< E5\n= baud 2400\n");
	begin(&p, false, MB_SLAVE_BAUD_SILENT, 1);
	p.slave.config.bauds = 1 << 3;
	play(&p, "silent", "+ 53 05 BD\n< -\n= baud 2400\n");
}

static void test_break(void **state)
{
	static struct play p;
	static const uint8_t zero = 0, mark = MB_MARK_BREAK;

	(void)state;
	begin(&p, false, MB_SLAVE_BREAK_300, 1);
	play(&p, "half a frame", "> 10 40 05\n");
	mb_slave_rx(&p.slave, &zero, &mark, 1, p.now_us);
	play(&p, "300 baud", "= baud 300\n+ 40 05\n< E5\n");
}

static void test_marked_byte_spoils_the_frame(void **state)
{
	static const uint8_t frame[] = {0x10, 0x40, 0x05, 0x45, 0x16};
	static struct play p;

	(void)state;
	for (size_t i = 0; i < sizeof(frame); i++) {
		uint8_t marks[sizeof(frame)] = {0};

		begin(&p, false, NO, 0);
		marks[i] = i % 2 ? MB_MARK_PARITY : MB_MARK_FRAMING;
		p.now_us += 22917;
		mb_slave_rx(&p.slave, frame, marks, sizeof(frame), p.now_us);
		play(&p, "silence", "< -\n= wait 20\n> 10 40 05 45 16\n< E5\n");
	}
}

/* ---- identification with hex digits ---- */

static void test_hex_identification(void **state)
{
	static struct play p;

	(void)state;
	begin(&p, false, NO, 0);
	p.slave.config.identity.id = 0x1234567A;
	play(&p, "A",
		"+ 53 FD 52 7A 56 34 12 FF FF FF FF\n< E5\n+ 53 FD 52 70 56 34 12 FF FF FF FF\n< "
		"-\n"
		"+ 53 FD 52 7F 56 34 12 FF FF FF FF\n< E5\n");
	p.slave.config.identity.id = 0x1234567F;
	play(&p, "F",
		"+ 53 FD 52 7A 56 34 12 FF FF FF FF\n< -\n+ 53 FD 52 7F 56 34 12 FF FF FF FF\n< "
		"E5\n");
}

/* ---- timing ---- */

static void test_answer_delay(void **state)
{
	static const uint8_t nke[] = {0x10, 0x40, 0x05, 0x45, 0x16};
	struct mb_slave_config config = {
		.primary = 5, .delay_min_us = 15000, .delay_max_us = 60000};
	static struct mb_slave s;
	uint64_t low = MB_NEVER, high = 0;

	(void)state;
	assert_int_equal(mb_slave_init(&s, &config), 0);
	for (uint64_t now = 1000000, i = 0; i < 500; i++, now += 1000000) {
		const uint8_t *bytes;
		uint64_t delay;

		mb_slave_rx(&s, nke, NULL, sizeof(nke), now);
		delay = mb_slave_deadline(&s) - now;
		low = delay < low ? delay : low;
		high = delay > high ? delay : high;
		assert_int_equal(mb_slave_tx(&s, now + delay - 1, &bytes), 0);
		assert_int_equal(mb_slave_tx(&s, now + delay, &bytes), 1);
		assert_int_equal(bytes[0], MB_ACK);
		mb_slave_sent(&s, 1, now + delay + 4584);
	}
	assert_in_range(low, 15000, 17000);
	assert_in_range(high, 58000, 60000);
}

static void test_default_delay_is_20_bits(void **state)
{
	static const uint8_t nke[] = {0x10, 0x40, 0x05, 0x45, 0x16};
	struct mb_slave_config config = {.primary = 5, .baud = 9600};
	static struct mb_slave s;

	(void)state;
	assert_int_equal(mb_slave_init(&s, &config), 0);
	mb_slave_rx(&s, nke, NULL, sizeof(nke), 1000000);
	assert_int_equal(mb_slave_deadline(&s), 1000000 + 2084);
}

static void test_slow_answer(void **state)
{
	static struct play p;
	uint64_t begin_us;

	(void)state;
	begin(&p, false, MB_SLAVE_SLOW, 1500);
	play(&p, "request", "+ 7B 05\n");
	begin_us = p.now_us;
	assert_int_equal(mb_slave_deadline(&p.slave), begin_us + 1500000);
	play(&p, "answer", "< T1 55\n");
}

/* ---- limits ---- */

static void test_bad_configurations(void **state)
{
	static const struct mb_slave_config bad[] = {
		{.primary = 251},
		{.primary = 252},
		{.primary = 254},
		{.primary = 255},
		{.primary = 1, .baud = 1000},
		{.primary = 1, .delay_min_us = 2, .delay_max_us = 1},
	};
	static struct mb_slave s;
	struct mb_slave_telegram long_one = {t1, MB_FRAME_DATA_MAX + 1, 0x72, 0};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(mb_slave_init(&s, &bad[i]), MB_E_INVALID);
	assert_int_equal(mb_slave_set_telegrams(&s, &long_one, 1), MB_E_INVALID);
}

/* A readout selection that does not fit one telegram is sent in several. */
static void test_long_readout_selection(void **state)
{
	static uint8_t data[3][MB_FRAME_DATA_MAX];
	struct mb_slave_telegram telegrams[3];
	static struct play p;
	struct mb_telegram t;
	size_t records = 0, n = 0;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		memcpy(data[i], m1, 12);
		telegrams[i] = (struct mb_slave_telegram){data[i], 12, 0x72, 0};
		for (unsigned r = 0; r < 39;
			r++, telegrams[i].len = (uint16_t)(telegrams[i].len + 6))
			memcpy(data[i] + telegrams[i].len, "\x0C\x13\x11\x22\x33\x44", 6);
	}
	begin(&p, false, NO, 0);
	mb_slave_set_telegrams(&p.slave, telegrams, 3);
	play(&p, "select", "+ 73 05 51 08 13\n< E5\n");
	do {
		struct mb_cursor cur;
		struct mb_record record;

		play(&p, "request", n++ % 2 ? "+ 5B 05\n" : "+ 7B 05\n");
		listen(&p);
		assert_int_equal(mb_telegram_read(p.heard, p.n_heard, &t), p.n_heard);
		mb_cursor_init(&cur, &t, NULL);
		while (mb_record_next(&cur, &record) > 0)
			records += record.kind == MB_RECORD_DATA;
	} while (mb_telegram_more(&t) && n < 9);
	assert_int_equal(n, 3);
	assert_int_equal(records, 3 * 39);
}

static void test_no_telegrams(void **state)
{
	static struct play p;

	(void)state;
	begin(&p, false, NO, 0);
	mb_slave_set_telegrams(&p.slave, NULL, 0);
	play(&p, "no data", "+ 7B 05\n< E5\n+ 5B 05\n< E5\n");
}

static void test_quota_error(void **state)
{
	static struct play p;

	(void)state;
	begin(&p, false, MB_SLAVE_QUOTA, 1);
	p.slave.config.quirks[MB_SLAVE_QUOTA_ERROR] = 1;
	play(&p, "quota", "+ 7B 05\n< T1 55\n+ 5B 05\n< CI 70 09\n");
}

/* ---- events ---- */

static void test_events(void **state)
{
	static struct play p;
	struct mb_slave_event e;

	(void)state;
	begin(&p, true, NO, 0);
	play(&p, "clock", "> 68 09 09 68 53 05 51 04 6D 1E 0F 65 11 BD 16\n< E5\n");
	assert_int_equal(mb_slave_event(&p.slave, &e), 1);
	assert_int_equal(e.type, MB_SLAVE_EVENT_CLOCK);
	assert_int_equal(e.datetime.year, 2011);
	assert_int_equal(e.datetime.month, 1);
	assert_int_equal(e.datetime.day, 5);
	assert_int_equal(e.datetime.hour, 15);
	assert_int_equal(e.datetime.minute, 30);
	assert_int_equal(mb_slave_event(&p.slave, &e), 1);
	assert_int_equal(e.type, MB_SLAVE_EVENT_HEARD);
	assert_int_equal(e.c, 0x53);
	assert_int_equal(e.ci, 0x51);
	assert_int_equal(e.reaction, MB_SLAVE_REACTION_ACK);
	assert_int_equal(mb_slave_event(&p.slave, &e), 0);

	play(&p, "write", "+ 73 05 51 0C 86 01 10 00 00 00\n");
	assert_int_equal(mb_slave_event(&p.slave, &e), 1);
	assert_int_equal(e.type, MB_SLAVE_EVENT_WRITE);
	assert_int_equal(e.len, 7);
	assert_memory_equal(e.bytes, "\x0C\x86\x01\x10\x00\x00\x00", 7);
	play(&p, "acknowledge", "< E5\n");
	assert_int_equal(mb_slave_event(&p.slave, &e), 1);

	play(&p, "second telegram", "+ 7B 05\n< T1 55\n+ 5B 05\n< T2 56\n+ 5B 05\n< T2 56\n");
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(mb_slave_event(&p.slave, &e), 1);
		assert_int_equal(e.type, MB_SLAVE_EVENT_ANSWER);
		assert_int_equal(e.index, i);
		assert_int_equal(e.access, 0x55 + i);
		assert_int_equal(mb_slave_event(&p.slave, &e), 1);
		assert_int_equal(e.type, MB_SLAVE_EVENT_HEARD);
	}
	assert_int_equal(mb_slave_event(&p.slave, &e), 1);
	assert_int_equal(e.reaction, MB_SLAVE_REACTION_REPEAT);
}

static void test_stale_values_are_refreshed_by_a_reset(void **state)
{
	static struct play p;
	struct mb_slave_event e;
	unsigned answers = 0;

	(void)state;
	begin(&p, false, MB_SLAVE_STALE, 1);
	play(&p, "read", "+ 7B 05\n< T1 55\n+ 5B 05\n< T1 56\n+ 7B 05\n< T1 57\n");
	while (mb_slave_event(&p.slave, &e))
		answers += e.type == MB_SLAVE_EVENT_ANSWER;
	assert_int_equal(answers, 1);
	play(&p, "reset", "+ 73 05 50\n< E5\n+ 5B 05\n< T1 58\n");
	while (mb_slave_event(&p.slave, &e))
		answers += e.type == MB_SLAVE_EVENT_ANSWER;
	assert_int_equal(answers, 2);
}

static void test_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MB_SLAVE_QUIRK_COUNT; i++)
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(
				mb_slave_quirk_info(i)->name, mb_slave_quirk_info(k)->name);
	assert_null(mb_slave_quirk_info(MB_SLAVE_QUIRK_COUNT));
	assert_string_equal(mb_slave_reaction_text(MB_SLAVE_REACTION_REPEAT), "RSP_UD again");
	assert_string_equal(mb_slave_reaction_text(99), "?");
}

/* Any bytes at all: never an answer from what is no frame, never out of bounds (ASan). */
static void test_noise(void **state)
{
	static struct play p;
	uint32_t r = 1;

	(void)state;
	begin(&p, true, NO, 0);
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t bytes[64];
		size_t n;

		r = r * 1664525 + 1013904223;
		n = r >> 26;
		for (size_t k = 0; k < n; k++) {
			r = r * 1664525 + 1013904223;
			bytes[k] = (uint8_t)(r >> 24);
		}
		deliver(&p, bytes, n);
		p.now_us += r % 40000;
		assert_false(p.slave.answering);
	}
	p.now_us += 1000000;
	play(&p, "still alive", "+ 40 05\n< E5\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transcripts),
		cmocka_unit_test(test_alarms),
		cmocka_unit_test(test_speed_is_left_without_a_telegram),
		cmocka_unit_test(test_speed_not_supported),
		cmocka_unit_test(test_break),
		cmocka_unit_test(test_marked_byte_spoils_the_frame),
		cmocka_unit_test(test_hex_identification),
		cmocka_unit_test(test_answer_delay),
		cmocka_unit_test(test_default_delay_is_20_bits),
		cmocka_unit_test(test_slow_answer),
		cmocka_unit_test(test_bad_configurations),
		cmocka_unit_test(test_long_readout_selection),
		cmocka_unit_test(test_no_telegrams),
		cmocka_unit_test(test_quota_error),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_stale_values_are_refreshed_by_a_reset),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
