/* SPDX-License-Identifier: MIT */
/* The doctor: what it makes of what it hears, its table, and whole examinations of simulated faults. */
#include "meterbus/bus_sim.h"
#include "meterbus/doctor_examine.h"
#include "meterbus/doctor_hear.h"
#include "meterbus/doctor_judge.h"
#include "meterbus/exit.h"
#include "base/hex.h"

#include <meterbus/error.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SENT "1040FE3E16"
#define SENT_END_US 22917
#define LISTEN_US 2000000
#define LATENCY_US 100000

/* ---- hearing ---- */

enum {
	ECHO = 1,
	BENT = 2,
	EARLY = 4,
	MODBUS = 8,
	TEXT = 16,
	STUCK = 32,
};

struct sound_row {
	const char *name, *heard;
	unsigned first_us; /* after we began to send */
	uint8_t sound;
	int error;
	unsigned flags;
};

/* clang-format off */
static const struct sound_row sounds[] = {
	{"nothing",                 "",                        0, DOCTOR_NOTHING, 0, 0},
	{"one acknowledge",         "E5",                  60000, DOCTOR_ACK, 0, 0},
	{"a glitch and one",        "00E5",                60000, DOCTOR_ACK, 0, 0},
	{"two acknowledges",        "E5E5",                60000, DOCTOR_SEVERAL, 0, 0},
	{"a response",              "680404680801700881 16", 60000, DOCTOR_RESPONSE, 0, 0},
	{"two responses",           "68040468080170088116 68040468080170088116", 60000, DOCTOR_SEVERAL, 0, 0},
	{"a broken response",       "68040468080170088016", 60000, DOCTOR_BROKEN, MB_E_BAD_CHECKSUM, 0},
	{"half a response",         "680404680801",        60000, DOCTOR_BROKEN, MB_E_CUT, 0},
	{"garbage",                 "91A2C4",              60000, DOCTOR_BROKEN, MB_E_NOISE, 0},
	{"an E5 in garbage",        "91E5C4",              60000, DOCTOR_BROKEN, MB_E_NOISE, 0},
	{"another master",          "105B056016",          60000, DOCTOR_MASTER, 0, 0},
	{"an echo",                 SENT,                  23000, DOCTOR_NOTHING, 0, ECHO},
	{"an echo and an answer",   SENT "E5",             23000, DOCTOR_ACK, 0, ECHO},
	{"an echo out of nowhere",  SENT,                    100, DOCTOR_NOTHING, 0, ECHO | EARLY},
	{"an echo, changed",        "1040FE3C16",          23000, DOCTOR_NOTHING, 0, BENT},
	{"Modbus, an exception",    "018302C0F1",          60000, DOCTOR_BROKEN, MB_E_NOISE, MODBUS},
	{"Modbus, two frames",      "01030000000A C5CD 018302C0F1", 60000, DOCTOR_BROKEN, MB_E_NOISE, MODBUS},
	{"Modbus, a bit wrong",     "018302C0F0",          60000, DOCTOR_BROKEN, MB_E_NOISE, 0},
	{"text",                    "6C6F67696E3A20",      60000, DOCTOR_BROKEN, MB_E_NOISE, TEXT},
	{"zeros",                   "000000000000",        60000, DOCTOR_BROKEN, MB_E_NOISE, STUCK},
};
/* clang-format on */

static void fill_probe(struct doctor_probe *p, const char *heard, unsigned first_us)
{
	static const struct mb_line line = MB_LINE_2400_8E1;
	static const struct doctor_times times = {LISTEN_US, LISTEN_US, LISTEN_US};
	uint8_t sent[16];
	int n = hex_bytes(SENT, strlen(SENT), sent, sizeof(sent));

	doctor_probe_init(p, &line, sent, (size_t)n, &times, 0);
	n = *heard ? hex_bytes(heard, strlen(heard), p->heard, sizeof(p->heard)) : 0;
	assert_true(n >= 0);
	p->len = p->count = (size_t)n;
	for (size_t i = 0; i < p->len; i++)
		p->at_us[i] = first_us;
}

static void test_sounds(void **state)
{
	static struct doctor_probe p;
	struct doctor_heard h;

	(void)state;
	for (size_t i = 0; i < sizeof(sounds) / sizeof(sounds[0]); i++) {
		const struct sound_row *row = &sounds[i];
		unsigned flags;

		fill_probe(&p, row->heard, row->first_us);
		doctor_hear(&p, false, &h);
		flags = (h.echo ? ECHO : 0) | (h.echo_bent ? BENT : 0) |
			(h.echo_early ? EARLY : 0) | (h.modbus ? MODBUS : 0) | (h.text ? TEXT : 0) |
			(h.stuck ? STUCK : 0);
		if (h.sound != row->sound || flags != row->flags)
			print_error("%s: sound %u flags %u\n", row->name, h.sound, flags);
		assert_int_equal(h.sound, row->sound);
		assert_int_equal(flags, row->flags);
		if (row->sound == DOCTOR_BROKEN)
			assert_int_equal(h.error, row->error);
	}
}

/* A gateway's line may be faster than we reckon: only an echo at once is none of a line. */
static void test_echo_of_a_network_is_not_early(void **state)
{
	static struct doctor_probe p;
	struct doctor_heard h;

	(void)state;
	fill_probe(&p, SENT, SENT_END_US / 4);
	doctor_hear(&p, false, &h);
	assert_true(h.echo_early);
	doctor_hear(&p, true, &h);
	assert_true(h.echo && !h.echo_early);
}

static void test_marks_spoil_an_acknowledge(void **state)
{
	static struct doctor_probe p;
	struct doctor_heard h;

	(void)state;
	fill_probe(&p, "E5", 60000);
	p.marks[0] = MB_MARK_PARITY;
	doctor_hear(&p, false, &h);
	assert_int_equal(h.sound, DOCTOR_BROKEN);
	assert_true(h.parity);
	assert_int_equal(h.error, MB_E_PARITY);
}

/* More bytes than are kept are counted, and end the wait. */
static void test_a_babbler_does_not_hold_us(void **state)
{
	static const struct mb_line line = MB_LINE_2400_8E1;
	static const struct doctor_times times = {100000, 100000, 50000};
	static struct doctor_probe p;
	struct mb_engine e = doctor_probe_engine(&p);
	const uint8_t *tx;
	uint64_t now_us = 0;

	(void)state;
	doctor_probe_init(&p, &line, (const uint8_t *)"\x10", 1, &times, now_us);
	assert_int_equal(e.ops->tx(e.self, now_us, &tx), 1);
	e.ops->sent(e.self, 1, now_us);
	for (; !doctor_probe_over(&p, now_us); now_us += 4000)
		e.ops->rx(e.self, (const uint8_t *)"\xAA", NULL, 1, now_us);
	assert_int_equal(p.len, DOCTOR_HEARD_MAX);
	assert_true(p.count > DOCTOR_HEARD_MAX);
	assert_true(now_us < 4000 * (DOCTOR_HEARD_MAX + 20));
}

/* ---- voting ---- */

static bool vote(const char *const answers[], size_t n)
{
	static struct doctor_vote v;
	struct mb_frame frame;
	uint8_t bytes[32];

	memset(&v, 0, sizeof(v));
	for (size_t i = 0; i < n; i++)
		doctor_vote_add(&v, bytes,
			(size_t)hex_bytes(answers[i], strlen(answers[i]), bytes, sizeof(bytes)));
	return doctor_vote_frame(&v, &frame) && frame.a == 1;
}

static void test_votes(void **state)
{
	static const char *const noise[] = {
		"68040468090170088116", "68040468080170098116", "6804", "68040478080170088116"};
	static const char *const collision[] = {
		"68040468090170088116", "68040468090170088116", "68040468090170088116"};

	(void)state;
	assert_true(vote(noise, 4));
	assert_false(vote(noise, 3)); /* two of one length are no majority */
	assert_false(vote(noise, 0));
	assert_false(vote(collision, 3));
}

/* ---- the table ---- */

#define F(name) DOCTOR_##name##_FACT

/* clang-format off */
static const struct {
	uint32_t facts;
	const char *verdict;
	int code;
} judged[] = {
	{0,                                   "silence",      EXIT_SILENT},
	{F(FIXED_LINE),                       "silence",      EXIT_SILENT},
	{F(GOOD) | F(ACK),                    "ok",           EXIT_OK},
	{F(GOOD) | F(ACK) | F(ECHO),          "ok",           EXIT_OK},
	{F(GOOD) | F(BROKEN) | F(SEVERAL),    "collision",    EXIT_OK},
	{F(SEVERAL) | F(ACK),                 "collision",    EXIT_SOME},
	{F(BROKEN) | F(ACK),                  "collision",    EXIT_SOME},
	{F(GOOD) | F(BROKEN) | F(MOSTLY),     "noise",        EXIT_SOME},
	{F(BROKEN) | F(MOSTLY) | F(ACK),      "noise",        EXIT_SOME},
	{F(GOOD) | F(BABBLE),                 "noise",        EXIT_SOME},
	{F(BABBLE),                           "noise",        EXIT_TELEGRAM},
	{F(BABBLE) | F(STUCK),                "break",        EXIT_TELEGRAM},
	{F(BABBLE) | F(MODBUS),               "modbus",       EXIT_TELEGRAM},
	{F(BABBLE) | F(TEXT),                 "text",         EXIT_TELEGRAM},
	{F(FOREIGN) | F(BABBLE),              "other-master", EXIT_SOME},
	{F(METERS_TALK),                      "other-master", EXIT_SOME},
	{F(OTHER_BAUD) | F(ACK),              "wrong-baud",   EXIT_SOME},
	{F(OTHER_MODE) | F(ACK),              "wrong-parity", EXIT_SOME},
	{F(ECHO),                             "echo",         EXIT_SILENT},
	{F(ECHO) | F(ECHO_EARLY),             "loopback",     EXIT_TELEGRAM},
	{F(ECHO_BENT),                        "echo-changed", EXIT_TELEGRAM},
	{F(ACK),                              "no-data",      EXIT_SOME},
	{F(BROKEN) | F(PARITY),               "parity",       EXIT_TELEGRAM},
	{F(BROKEN),                           "broken",       EXIT_TELEGRAM},
	{F(CLOSED),                           "closed",       EXIT_PORT},
};
/* clang-format on */

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(judged) / sizeof(judged[0]); i++) {
		const struct doctor_verdict *v = doctor_judge(judged[i].facts);

		assert_string_equal(v->name, judged[i].verdict);
		assert_int_equal(v->code, judged[i].code);
	}
}

/* Whatever was found, there is a verdict with words. */
static void test_every_set_of_facts_is_judged(void **state)
{
	(void)state;
	for (uint32_t facts = 0; facts < 1u << DOCTOR_FACT_COUNT; facts++) {
		const struct doctor_verdict *v = doctor_judge(facts);

		if (!*v->name || !*v->text || !*v->next || (facts & v->all) != v->all)
			fail_msg("facts %05X", (unsigned)facts);
	}
	assert_null(doctor_fact_name(DOCTOR_FACT_COUNT));
}

/* ---- whole examinations, in virtual time ---- */

struct patient {
	const char *name, *url, *verdict;
	struct mb_line line; /* of the port, instead of the segment's; baud 0: right */
	struct mb_line found; /* the doctor's cure */
};

/* clang-format off */
static const struct patient patients[] = {
	{"one meter",        "sim:meters=1,model=water", "ok", {0}, {0}},
	{"a converter with echo", "sim:meters=1,echo=yes", "ok", {0}, {0}},
	{"many meters",      "sim:meters=40,ids=consecutive:40000000", "collision", {0}, {0}},
	{"random meters",    "sim:meters=25,ids=random:3", "collision", {0}, {0}},
	{"meters at 300",    "sim:meters=1", "wrong-baud", {9600, 8, MB_PARITY_EVEN, 1}, {2400, 8, MB_PARITY_EVEN, 1}},
	{"many at 300",      "sim:meters=7,baud=300", "wrong-baud", {2400, 8, MB_PARITY_EVEN, 1}, {300, 8, MB_PARITY_EVEN, 1}},
	{"no parity",        "sim:meters=1", "wrong-parity", {2400, 8, MB_PARITY_NONE, 1}, {2400, 8, MB_PARITY_EVEN, 1}},
	{"odd parity",       "sim:meters=3", "wrong-parity", {2400, 8, MB_PARITY_ODD, 1}, {2400, 8, MB_PARITY_EVEN, 1}},
	{"noise",            "sim:meters=1,noise=0.0008,seed=3", "noise", {0}, {0}},
	{"heavy noise",      "sim:meters=1,noise=0.004,seed=1", "noise", {0}, {0}},
	{"nobody, with echo", "sim:meters=1,quirk=deaf:60000,echo=yes", "echo", {0}, {0}},
	{"nobody",           "sim:meters=1,quirk=deaf:60000", "silence", {0}, {0}},
	{"no address 254",   "sim:meters=1,quirk=no-fe", "ok", {0}, {0}},
	{"primary only",     "sim:meters=1,quirk=no-secondary", "ok", {0}, {0}},
	{"always E5",        "sim:meters=1,model=needs-reset", "no-data", {0}, {0}},
	{"bytes get lost",   "sim:meters=1,loss=0.01,seed=2", "noise", {0}, {0}},
	{"glitches",         "sim:meters=1,glitch=1", "ok", {0}, {0}},
	{"late",             "sim:meters=1,delay=80,latency=50", "ok", {0}, {0}},
};
/* clang-format on */

static void test_patients(void **state)
{
	struct doctor *d = calloc(1, sizeof(*d));

	(void)state;
	assert_non_null(d);
	for (size_t i = 0; i < sizeof(patients) / sizeof(patients[0]); i++) {
		const struct patient *p = &patients[i];
		const char *verdict;

		*d = (struct doctor){.mute = true, .listen_us = LISTEN_US};
		d->bus.tries = 1;
		d->bus.path.latency_us = LATENCY_US;
		d->bus.url_text = p->url;
		assert_int_equal(bus_sim_open(&d->bus, p->url), EXIT_OK);
		if (p->line.baud)
			d->bus.path.line = p->line;
		assert_int_equal(doctor_examine(d), 0);
		verdict = doctor_judge(d->facts)->name;
		if (strcmp(verdict, p->verdict) != 0)
			print_error("%s: facts %05X\n", p->name, (unsigned)d->facts);
		assert_string_equal(verdict, p->verdict);
		if (p->found.baud)
			assert_true(mb_line_equal(&d->line, &p->found));
		bus_sim_close(&d->bus);
	}
	free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sounds),
		cmocka_unit_test(test_echo_of_a_network_is_not_early),
		cmocka_unit_test(test_marks_spoil_an_acknowledge),
		cmocka_unit_test(test_a_babbler_does_not_hold_us),
		cmocka_unit_test(test_votes),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_every_set_of_facts_is_judged),
		cmocka_unit_test(test_patients),
	};

	return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}
