/* SPDX-License-Identifier: MIT */
#include "collect/events.h"
#include "collect/reading_impl.h"

#include "corpus.h"
#include "reading_help.h"

#include <meterbus/error.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define ID 0x12345678
#define T0 INT64_C(1700000000000) /* 2023-11-14 22:13:20 */
#define DAY INT64_C(86400000)

static struct readings_shared *shared;
static struct readings *r;
static struct help_chain h;
static uint32_t series;

static int set_up(void **state)
{
	(void)state;
	shared = readings_shared_new();
	series = 100;
	r = readings_new(shared, 7, help_next_series, &series);
	help_init(&h, ID, T0);
	return shared && r ? 0 : -1;
}

static int tear_down(void **state)
{
	struct readings_shared_status status;

	(void)state;
	readings_free(r);
	readings_shared_status(shared, &status);
	assert_int_equal(status.shapes, 0); /* none is lost */
	assert_int_equal(status.bytes, 0);
	readings_shared_free(shared);
	return 0;
}

static struct readings_change *apply(const char *records)
{
	struct readings_change *change = NULL;

	help_set(&h, records);
	assert_int_equal(readings_apply(r, &h.chain, &change), 0);
	return change;
}

static void accept(const char *records)
{
	readings_accept(apply(records));
}

static const struct reading *find(const char *key)
{
	const struct reading *reading = readings_find(r, key);

	assert_non_null(reading);
	return reading;
}

static const struct readings_note *note_of(const struct readings_change *change, int kind)
{
	for (size_t i = 0; i < change->n_notes; i++)
		if (change->notes[i].kind == kind)
			return &change->notes[i];
	return NULL;
}

/* ---- values: the defects of an old driver, at the level of readings ---- */

/* clang-format off */
static const struct {
	const char *record, *key, *raw, *value;
	int quality;
	const char *error;
} values[] = {
	/* 1: no date */
	{"02 6C 00 00", "inst.0.0.0.6C", "", "", READING_BAD, "no date yet"},
	{"04 6D 00 00 00 00", "inst.0.0.0.6D", "", "", READING_BAD, "no date yet"},
	/* 2: every year, every month, every day */
	{"02 6C FF FF", "inst.0.0.0.6C", NULL, NULL, -1, NULL},
	/* 3: the clock is not valid */
	{"04 6D B5 10 42 34", "inst.0.0.0.6D", "2026-04-02T16:53:00 (time invalid)", "2026-04-02T16:53",
		READING_BAD, "time invalid"},
	/* 4: types I and J */
	{"06 6D 3B 3B 17 1F 33 00", "inst.0.0.0.6D", "2024-03-31T23:59:59", "2024-03-31T23:59:59",
		READING_GOOD, NULL},
	{"03 6D 07 35 10", "inst.0.0.0.6D", "16:53:07", "16:53:07", READING_GOOD, NULL},
	/* 5: VIFE 20 */
	{"04 93 20 05 00 00 00", "inst.0.0.0.10.20", "5", "0.005", READING_GOOD, NULL},
	/* 6: plain text with a VIFE */
	{"02 FC 03 48 52 25 74 D4 11", "inst.0.0.0.7C'%25RH", "4564", "45.64", READING_GOOD, NULL},
	/* 7: LVAR BCD, positive and negative */
	{"0D 13 C2 34 12", "inst.0.0.0.10", "1234", "1.234", READING_GOOD, NULL},
	{"0D 13 D2 34 12", "inst.0.0.0.10", "-1234", "-1.234", READING_GOOD, NULL},
	/* 8: LVAR binary */
	{"0D 13 E2 E8 03", "inst.0.0.0.10", "1000", "1.000", READING_GOOD, NULL},
	/* 9: enhanced identification */
	{"0C 79 78 56 34 12", "inst.0.0.0.79", "12345678", "12345678", READING_GOOD, NULL},
	/* 10: idle filler behind */
	{"0B 13 34 12 00 2F 2F", "inst.0.0.0.10", "001234", "1.234", READING_GOOD, NULL},
	/* 11: a digit F that is no sign */
	{"0A 13 F1 F5", "inst.0.0.0.10", NULL, "", READING_BAD, "BCD error"},
	/* 12: giga */
	{"04 FB 01 01 00 00 00", "inst.0.0.0.FB00", "1", "1000000", READING_GOOD, NULL},
	/* 13: 10^3 t */
	{"04 FB 19 02 00 00 00", "inst.0.0.0.FB18", "2", "2000", READING_GOOD, NULL},
	/* 14b: negative numbers of 24 and 48 bits */
	{"03 13 FE FF FF", "inst.0.0.0.10", "-2", "-0.002", READING_GOOD, NULL},
	{"06 13 FE FF FF FF FF FF", "inst.0.0.0.10", "-2", "-0.002", READING_GOOD, NULL},
	/* what a driver calls a value that is not numeric */
	{"0B 13 EF EE EE", "inst.0.0.0.10", NULL, "", READING_BAD, "BCD error"},
	/* an error of the record */
	{"04 93 15 00 00 00 00", "inst.0.0.0.10", NULL, "", READING_DEVICE_FAILURE,
		"record error: no data available (undefined value)"},
	/* as it should be */
	{"0C 13 91 18 00 00", "inst.0.0.0.10", "00001891", "1.891", READING_GOOD, NULL},
	{"0F 37 FD 17", "manufacturer", "37FD17", NULL, READING_GOOD, NULL},
};
/* clang-format on */

static void check_value(size_t i)
{
	char text[READINGS_TEXT_MAX];
	const struct reading *reading = find(values[i].key);

	if (values[i].raw) {
		assert_true(reading_raw_text(reading, text, sizeof(text)) >= 0);
		assert_string_equal(text, values[i].raw);
	}
	if (values[i].value) {
		assert_true(reading_value_text(reading, text, sizeof(text)) >= 0);
		assert_string_equal(text, values[i].value);
	}
	if (values[i].quality >= 0)
		assert_int_equal(reading->quality, values[i].quality);
	if (values[i].error)
		assert_string_equal(reading_error(reading), values[i].error);
	else if (values[i].quality == READING_GOOD)
		assert_null(reading_error(reading));
}

static void values_are_right_where_a_driver_fails(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		readings_reset(r);
		accept(values[i].record);
		print_message("# %s\n", values[i].record);
		check_value(i);
	}
}

static void the_fixed_structure_has_readings(void **state)
{
	uint8_t frame[] = {0x68, 0x13, 0x13, 0x68, 0x08, 0x05, 0x73, 0x78, 0x56, 0x34, 0x12, 0x0A,
		0x00, 0xE9, 0x7E, 0x01, 0x00, 0x00, 0x00, 0x35, 0x01, 0x00, 0x00, 0x3C, 0x16};
	char text[READINGS_TEXT_MAX];
	const struct reading *list;
	size_t count;

	(void)state;
	h.list[0] = (struct readings_bytes){frame, sizeof(frame)};
	h.chain.n = 1;
	h.chain.history = true;
	assert_int_equal(readings_apply(r, &h.chain, NULL), 0);
	list = readings_list(r, &count);
	assert_int_equal(count, 2);
	reading_raw_text(&list[0], text, sizeof(text));
	assert_string_equal(text, "00000001");
	reading_raw_text(&list[1], text, sizeof(text));
	assert_string_equal(text, "00000135");
	assert_int_equal(readings_state(r)->identity.id, 0x12345678);
}

/* ---- the cache ---- */

static void nothing_is_visible_before_it_is_accepted(void **state)
{
	struct readings_change *change = apply("04 13 01 00 00 00");
	size_t count;

	(void)state;
	assert_int_equal(change->readings, 1);
	assert_int_equal(change->n_series, 1);
	assert_string_equal(change->series[0].key, "inst.0.0.0.10");
	assert_int_equal(change->series[0].id, 101);
	assert_int_equal(change->series[0].account, 7);
	readings_list(r, &count);
	assert_int_equal(count, 0);
	assert_int_equal(readings_state(r)->time_ms, 0);
	readings_discard(change);
	change = apply("04 13 01 00 00 00");
	assert_int_equal(change->series[0].id, 102); /* the other one was never stored */
	readings_accept(change);
	assert_int_equal(find("inst.0.0.0.10")->series, 102);
	assert_int_equal(find("inst.0.0.0.10")->time_ms, T0);
	assert_int_equal(find("inst.0.0.0.10")->duration_ms, 150);
}

static void the_same_chain_twice_changes_nothing(void **state)
{
	static const char records[] =
		"04 13 01 00 00 00 42 6C 01 31 44 13 05 00 00 00 54 3B 01 00 00 00"
		" 4D 93 1F 04 61 01 05 07 0D 78 03 41 42 43 0F 01 02";
	struct readings_change *change;

	(void)state;
	h.chain.history = true;
	h.chain.time_ms = T0 + 365 * DAY;
	change = apply(records);
	assert_int_equal(change->history, 2); /* of storage 1: a value and its maximum */
	assert_true(change->metadata);
	readings_accept(change);
	for (int i = 0; i < 3; i++) {
		h.chain.time_ms += DAY;
		change = apply(records);
		assert_int_equal(change->n_series, 0);
		assert_int_equal(change->n_notes, 0);
		assert_int_equal(change->history, 0);
		assert_int_equal(change->changed, 0);
		assert_false(change->metadata);
		readings_accept(change);
	}
	assert_int_equal(find("inst.0.0.0.10")->flags, 0);
}

static void new_and_changed_readings_are_marked(void **state)
{
	struct readings_change *change;

	(void)state;
	accept("04 13 01 00 00 00 02 5A 64 00");
	assert_int_equal(find("inst.0.0.0.10")->flags, READING_NEW | READING_CHANGED);
	change = apply("04 13 02 00 00 00 02 5A 64 00 02 5E 64 00");
	assert_int_equal(change->changed, 2);
	assert_non_null(note_of(change, EVENT_READING_NEW));
	assert_string_equal(note_of(change, EVENT_READING_NEW)->text, "1 new: inst.0.0.0.5C");
	assert_string_equal(
		note_of(change, EVENT_READING_NEW)->data, "{\"keys\":[\"inst.0.0.0.5C\"]}");
	readings_accept(change);
	assert_int_equal(find("inst.0.0.0.10")->flags, READING_CHANGED);
	assert_int_equal(find("inst.0.0.0.58")->flags, 0);
	assert_int_equal(find("inst.0.0.0.5C")->flags, READING_NEW | READING_CHANGED);
}

static void the_key_stays_when_the_exponent_moves(void **state)
{
	struct readings_change *change;
	uint32_t id;

	(void)state;
	accept("04 13 E8 03 00 00");
	id = find("inst.0.0.0.10")->series;
	change = apply("04 16 01 00 00 00"); /* 1 m³ as one, not as a thousand litres */
	assert_int_equal(change->changed, 0);
	assert_int_equal(change->n_series, 0);
	readings_accept(change);
	assert_int_equal(find("inst.0.0.0.10")->series, id);
}

static void duplicates_are_told_apart(void **state)
{
	(void)state;
	accept("04 13 01 00 00 00 04 13 02 00 00 00");
	assert_int_equal(find("inst.0.0.0.10")->value.number.magnitude, 1);
	assert_int_equal(find("inst.0.0.0.10~1")->value.number.magnitude, 2);
	assert_int_not_equal(find("inst.0.0.0.10")->series, find("inst.0.0.0.10~1")->series);
}

static void what_vanishes_stays_for_a_week(void **state)
{
	struct readings_change *change;
	uint32_t id;

	(void)state;
	accept("04 13 01 00 00 00 02 5A 64 00");
	id = find("inst.0.0.0.58")->series;
	h.chain.time_ms = T0 + DAY;
	change = apply("04 13 01 00 00 00");
	assert_non_null(note_of(change, EVENT_READING_VANISHED));
	assert_int_equal(change->n_series, 1); /* its row says so */
	assert_int_equal(change->series[0].gone_ms, T0 + DAY);
	assert_int_equal(change->series[0].first_ms, T0);
	readings_accept(change);
	assert_int_equal(find("inst.0.0.0.58")->flags, READING_GONE | READING_NEW);
	assert_int_equal(find("inst.0.0.0.58")->time_ms, T0);
	assert_int_equal(find("inst.0.0.0.58")->at_ms, T0 + DAY);
	h.chain.time_ms = T0 + 8 * DAY;
	change = apply("04 13 01 00 00 00");
	assert_int_equal(change->n_notes, 0); /* told once */
	readings_accept(change);
	find("inst.0.0.0.58");
	h.chain.time_ms = T0 + 8 * DAY + 1;
	accept("04 13 01 00 00 00");
	assert_null(readings_find(r, "inst.0.0.0.58"));
	/* back after all: new, in the series of old */
	change = apply("04 13 01 00 00 00 02 5A 65 00");
	assert_int_equal(change->n_series, 1);
	assert_int_equal(change->series[0].gone_ms, 0);
	readings_accept(change);
	assert_int_equal(find("inst.0.0.0.58")->series, id);
	assert_true(find("inst.0.0.0.58")->flags & READING_NEW);
}

static void a_chain_without_an_end_lets_nothing_vanish(void **state)
{
	(void)state;
	accept("04 13 01 00 00 00 02 5A 64 00");
	h.chain.partial = true;
	accept("04 13 02 00 00 00");
	assert_int_equal(find("inst.0.0.0.58")->flags, 0);
	h.chain.partial = false;
	accept("04 13 02 00 00 00 04"); /* nor does one whose end is broken */
	assert_int_equal(readings_state(r)->error, MB_E_RECORD_SHORT);
	assert_int_equal(find("inst.0.0.0.58")->flags, 0);
}

static void one_reading_leaves_the_others_alone(void **state)
{
	struct readings_change *change;

	(void)state;
	accept("04 13 01 00 00 00 02 5A 64 00");
	h.chain.only = "inst.0.0.0.58";
	h.chain.time_ms = T0 + 1000;
	change = apply("04 13 02 00 00 00 02 5A 65 00");
	assert_int_equal(change->readings, 1);
	readings_accept(change);
	assert_int_equal(find("inst.0.0.0.10")->value.number.magnitude, 1);
	assert_int_equal(find("inst.0.0.0.10")->time_ms, T0);
	assert_int_equal(find("inst.0.0.0.58")->value.number.magnitude, 0x65);
	assert_int_equal(find("inst.0.0.0.58")->time_ms, T0 + 1000);
	h.chain.only = "inst.9.9.9.99";
	change = apply("04 13 02 00 00 00 02 5A 65 00");
	assert_int_equal(change->readings, 0);
	readings_discard(change);
}

static void a_chain_that_gives_nothing_is_an_error(void **state)
{
	struct readings_change *change = NULL;
	uint8_t error[] = {0x68, 0x04, 0x04, 0x68, 0x08, 0x01, 0x70, 0x08, 0x81, 0x16};

	(void)state;
	h.list[0] = (struct readings_bytes){error, sizeof(error)};
	h.chain.n = 1;
	assert_int_equal(readings_apply(r, &h.chain, &change), MB_E_APPLICATION);
	h.list[0].len--;
	assert_int_equal(readings_apply(r, &h.chain, &change), MB_E_INCOMPLETE);
	h.chain.n = 0;
	assert_int_equal(readings_apply(r, &h.chain, &change), MB_E_NO_DATA);
	assert_null(change);
	assert_int_equal(readings_state(r)->time_ms, 0);
}

static void a_reset_forgets_but_the_series(void **state)
{
	uint32_t id;
	size_t count;

	(void)state;
	accept("04 13 01 00 00 00");
	id = find("inst.0.0.0.10")->series;
	readings_reset(r);
	readings_list(r, &count);
	assert_int_equal(count, 0);
	accept("04 13 01 00 00 00");
	assert_int_equal(find("inst.0.0.0.10")->series, id);
}

/* ---- the meter behind it ---- */

static void another_meter_is_another_segment(void **state)
{
	struct readings_change *change;
	uint32_t old;

	(void)state;
	accept("04 13 E8 03 00 00");
	old = find("inst.0.0.0.10")->series;
	h.meter.id = 0x87654321;
	h.chain.time_ms = T0 + DAY;
	change = apply("04 13 01 00 00 00");
	assert_true(change->swapped);
	assert_int_equal(change->state.segment, 1);
	assert_string_equal(note_of(change, EVENT_METER_SWAPPED)->text,
		"meter 8765432143040107 answers in place of 1234567843040107");
	assert_null(note_of(change, EVENT_METER_FELL_BACK)); /* it is not the same counter */
	assert_int_equal(change->n_series, 2);
	assert_int_equal(change->series[0].id, old); /* gone */
	assert_int_equal(change->series[0].gone_ms, T0 + DAY);
	assert_non_null(strstr(change->series[0].meta, "\"meter\":\"1234567843040107\""));
	assert_int_equal(change->series[1].segment, 1);
	assert_non_null(strstr(change->series[1].meta, "\"meter\":\"8765432143040107\""));
	readings_accept(change);
	assert_int_not_equal(find("inst.0.0.0.10")->series, old);
	/* the first one is back: its segment and its series are those of before */
	h.meter.id = ID;
	change = apply("04 13 E9 03 00 00");
	assert_int_equal(change->state.segment, 0);
	readings_accept(change);
	assert_int_equal(find("inst.0.0.0.10")->series, old);
	/* a new version or medium is the same meter */
	h.meter.version++;
	change = apply("04 13 E9 03 00 00");
	assert_false(change->swapped);
	readings_accept(change);
}

static void a_counter_that_is_full_begins_anew(void **state)
{
	static const struct {
		const char *before, *now;
		int kind; /* -1: nothing is told */
	} cases[] = {
		/* six, eight digits BCD */
		{"0B 13 90 99 99", "0B 13 05 00 00", EVENT_METER_ROLLOVER},
		{"0C 06 98 99 99 99", "0C 06 01 00 00 00", EVENT_METER_ROLLOVER},
		/* 99999998 and 1 as a binary number: eight digits of the display */
		{"04 13 FE E0 F5 05", "04 13 01 00 00 00", EVENT_METER_ROLLOVER},
		/* 32767 and 1: 15 bits */
		{"02 13 FF 7F", "02 13 01 00", EVENT_METER_ROLLOVER},
		{"0B 13 00 50 00", "0B 13 05 00 00", EVENT_METER_FELL_BACK},
		{"0B 13 90 99 99", "0B 13 00 00 50", EVENT_METER_FELL_BACK},
		{"04 13 64 00 00 00", "04 13 63 00 00 00", EVENT_METER_FELL_BACK},
		{"04 13 63 00 00 00", "04 13 64 00 00 00", -1},
		/* a temperature, a flow, a maximum may fall */
		{"02 5A 64 00", "02 5A 01 00", -1}, {"02 3B 64 00", "02 3B 01 00", -1},
		{"14 13 64 00 00 00", "14 13 63 00 00 00", -1},
		{"04 93 22 64 00 00 00", "04 93 22 63 00 00 00", -1}, /* per hour */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct readings_change *change;

		print_message("# %s\n", cases[i].before);
		readings_reset(r);
		accept(cases[i].before);
		change = apply(cases[i].now);
		if (cases[i].kind < 0)
			assert_int_equal(change->n_notes, 0);
		else
			assert_non_null(note_of(change, cases[i].kind));
		assert_int_equal(change->n_notes, cases[i].kind >= 0);
		readings_accept(change);
	}
}

static void the_clock_of_the_meter_is_compared(void **state)
{
	struct readings_change *change;
	/* 2023-11-14 22:13 UTC: 0D 16 EE 2B */
	static const struct {
		const char *clock;
		int64_t time_ms;
		int32_t drift_s;
		bool told;
	} cases[] = {
		{"04 6D 0D 16 EE 2B", T0, 0, false}, /* 22:13:20 is within the minute */
		{"04 6D 0D 16 EE 2B", T0 + 39000, 0, false},
		{"04 6D 0D 16 EE 2B", T0 + 100000, -60, false},
		{"04 6D 16 16 EE 2B", T0, 520, true}, /* 22:22:00 */
		{"04 6D 16 16 EE 2B", T0 + 1000, 519, false}, /* told already */
		{"04 6D 0D 16 EE 2B", T0, 0, false},
		{"04 6D 00 16 EE 2B", T0, -740, true},
		{"06 6D 14 0D 16 EE 2B 00", T0, 0, false}, /* 22:13:20 */
		{"06 6D 1E 0D 16 EE 2B 00", T0, 10, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		h.chain.time_ms = cases[i].time_ms;
		change = apply(cases[i].clock);
		assert_true(change->state.has_clock);
		assert_int_equal(change->state.drift_s, cases[i].drift_s);
		assert_int_equal(note_of(change, EVENT_METER_CLOCK) != NULL, cases[i].told);
		readings_accept(change);
	}
	change = apply("04 6D 8D 16 EE 2B");
	assert_true(change->state.clock_invalid);
	assert_false(change->state.has_clock);
	assert_non_null(note_of(change, EVENT_METER_CLOCK));
	readings_accept(change);
}

static void a_change_of_the_status_is_told(void **state)
{
	struct readings_change *change;

	(void)state;
	accept("04 13 01 00 00 00");
	h.status = 0x04;
	change = apply("04 13 01 00 00 00");
	assert_string_equal(
		note_of(change, EVENT_METER_STATUS)->text, "status 04 after 00: power low");
	assert_string_equal(note_of(change, EVENT_METER_STATUS)->data, "{\"before\":0,\"now\":4}");
	readings_accept(change);
	change = apply("04 13 01 00 00 00");
	assert_int_equal(change->n_notes, 0);
	readings_accept(change);
}

/* ---- restart ---- */

static void a_restart_finds_all_again(void **state)
{
	struct readings_change *change = apply("04 13 01 00 00 00 02 5A 64 00 0D 78 03 43 42 41");
	struct store_series rows[4];
	char text[READINGS_TEXT_MAX];
	struct readings *again;
	size_t n = change->n_series;

	(void)state;
	assert_int_equal(n, 3);
	for (size_t i = 0; i < n; i++) {
		rows[i] = change->series[i];
		rows[i].key = strdup(rows[i].key);
		rows[i].meta = strdup(rows[i].meta);
	}
	readings_accept(change);
	h.chain.time_ms = T0 + DAY;
	change = apply("04 13 02 00 00 00");
	assert_int_equal(change->n_series, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(change->series[i].id, rows[i + 1].id);
		free((char *)rows[i + 1].meta);
		rows[i + 1].meta = strdup(change->series[i].meta);
		rows[i + 1].gone_ms = change->series[i].gone_ms;
	}
	readings_accept(change);

	again = readings_new(shared, 7, help_next_series, &series);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(readings_restore(again, &rows[i]), 0);
	assert_int_equal(readings_apply(again, &h.chain, &change), 0);
	assert_int_equal(change->n_series, 0);
	assert_int_equal(change->n_notes, 0);
	assert_int_equal(series, 103); /* no new ones */
	readings_accept(change);
	assert_int_equal(readings_find(again, "inst.0.0.0.10")->series, rows[0].id);
	/* what is gone is shown as it was */
	assert_int_equal(readings_find(again, "inst.0.0.0.58")->flags, READING_GONE);
	assert_int_equal(readings_find(again, "inst.0.0.0.58")->at_ms, T0 + DAY);
	assert_int_equal(readings_find(again, "inst.0.0.0.58")->time_ms, T0);
	reading_value_text(readings_find(again, "inst.0.0.0.78"), text, sizeof(text));
	assert_string_equal(text, "ABC");
	free((char *)rows[0].meta);
	rows[0].meta = strdup("[]");
	assert_int_equal(readings_restore(again, &rows[0]), STORE_E_CORRUPT);
	readings_free(again);
	for (size_t i = 0; i < n; i++) {
		free((char *)rows[i].key);
		free((char *)rows[i].meta);
	}
}

static void the_meta_of_a_series_says_what_it_is(void **state)
{
	struct readings_change *change = apply("0C 13 91 18 00 00");

	(void)state;
	assert_string_equal(change->series[0].meta,
		"{\"meter\":\"1234567843040107\",\"quantity\":\"volume\","
		"\"description\":\"Volume\",\"unit\":\"m³\",\"data_field\":\"bcd8\","
		"\"function\":\"instantaneous\",\"storage\":0,\"tariff\":0,\"subunit\":0,"
		"\"vif_type\":\"primary\",\"driver_unit\":\"l\",\"si_prefix\":\"one\","
		"\"exponent\":0,\"dib\":\"0C\",\"vib\":\"13\"}");
	readings_discard(change);
}

/* ---- memory, and real telegrams ---- */

static void a_reading_is_small(void **state)
{
	static const char records[] = "04 13 01 00 00 00 04 06 01 00 00 00 02 5A 64 00 02 5E 64 00 "
				      "04 2D 01 00 00 00 04 3B 01 00 00 00 0C 78 78 56 34 12";
	struct readings *many[100];
	struct readings_shared_status status;

	(void)state;
	help_set(&h, records);
	for (size_t i = 0; i < 100; i++) {
		many[i] = readings_new(shared, (uint32_t)i, help_next_series, &series);
		assert_int_equal(readings_apply(many[i], &h.chain, NULL), 0);
	}
	readings_shared_status(shared, &status);
	assert_int_equal(status.shapes, 7); /* not 700 */
	print_message("# %zu bytes a reading, %zu a shape, %zu an account of 7\n",
		sizeof(struct reading), status.bytes / status.shapes, readings_bytes(many[0]));
	assert_true(sizeof(struct reading) <= 88);
	for (size_t i = 0; i < 100; i++)
		readings_free(many[i]);
}

static void real_telegram(const char *name, const uint8_t *bytes, size_t len)
{
	struct readings *mine = readings_new(shared, 9, help_next_series, &series);
	struct readings_change *change;
	int rc;

	h.list[0] = (struct readings_bytes){bytes, len};
	h.chain.n = 1;
	h.chain.history = true;
	h.chain.time_ms = INT64_C(1800000000000);
	rc = readings_apply(mine, &h.chain, &change);
	if (rc < 0) {
		print_message("# %s: %s\n", name, mb_error_text(rc));
	} else {
		readings_accept(change);
		assert_int_equal(readings_apply(mine, &h.chain, &change), 0);
		assert_int_equal(change->n_series + change->history + change->changed, 0);
		assert_int_equal(change->n_notes, 0);
		readings_accept(change);
	}
	readings_free(mine);
}

static void real_telegrams_change_nothing_the_second_time(void **state)
{
	(void)state;
	if (!corpus_visit("telegrams", real_telegram))
		skip();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(values_are_right_where_a_driver_fails),
		TEST(the_fixed_structure_has_readings),
		TEST(nothing_is_visible_before_it_is_accepted),
		TEST(the_same_chain_twice_changes_nothing),
		TEST(new_and_changed_readings_are_marked),
		TEST(the_key_stays_when_the_exponent_moves),
		TEST(duplicates_are_told_apart),
		TEST(what_vanishes_stays_for_a_week),
		TEST(a_chain_without_an_end_lets_nothing_vanish),
		TEST(one_reading_leaves_the_others_alone),
		TEST(a_chain_that_gives_nothing_is_an_error),
		TEST(a_reset_forgets_but_the_series),
		TEST(another_meter_is_another_segment),
		TEST(a_counter_that_is_full_begins_anew),
		TEST(the_clock_of_the_meter_is_compared),
		TEST(a_change_of_the_status_is_told),
		TEST(a_restart_finds_all_again),
		TEST(the_meta_of_a_series_says_what_it_is),
		TEST(a_reading_is_small),
		TEST(real_telegrams_change_nothing_the_second_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
