/* SPDX-License-Identifier: MIT */
/*
 * Real telegrams beside what libmbus says of them (normalised XML): every number, date and text
 * equal, but for the exceptions listed with their reasons. Skipped where the corpus is absent.
 */
#include <meterbus/error.h>
#include <meterbus/record.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "corpus.h"
#include "guard.h"

#define XML_MAX 65536
#define FIELD_MAX 512

/* Records where libmbus is wrong, or says something that is not comparable. */
static const struct exception {
	const char *file;
	int record;
	const char *reason;
} exceptions[] = {
	{"siemens_water.hex", 3, "0000 is no date yet, not 2000-00-00"},
	{"siemens_wfh21.hex", 3, "0000 is no date yet, not 2000-00-00"},
	{"REL-Relay-Padpuls2.hex", 1,
		"time with the invalid bit: shown with its flag, not 1900-01-00"},
	{"ELS_Elster-F96-Plus.hex", 4, "hex digits in BCD are an error, no number"},
	{"ELS_Elster-F96-Plus.hex", 5, "hex digits in BCD are an error, no number"},
	{"abb_f95.hex", 2, "hex digits in BCD are an error, no number"},
	{"abb_f95.hex", 3, "hex digits in BCD are an error, no number"},
	{"landis+gyr_ultraheat_t230.hex", 19, "date of a maximum (VIFE 6F), not a power; none yet"},
	{"landis+gyr_ultraheat_t230.hex", 20, "date of a maximum (VIFE 6F), not a flow; none yet"},
	{"landis+gyr_ultraheat_t230.hex", 21, "date of a maximum (VIFE 6F), not a temperature"},
	{"landis+gyr_ultraheat_t230.hex", 22, "date of a maximum (VIFE 6F), not a temperature"},
	{"landis+gyr_ultraheat_t230.hex", 32, "year 127 is every year, not 2027"},
};

/* Its units in ours: value * factor. */
static const struct unit_factor {
	const char *unit;
	double factor;
} unit_factors[] = {
	{"kWh", 1e3},
	{"l", 1e-3},
};

static unsigned numbers, dates, texts, others, excepted, failures;

static const struct exception *find_exception(const char *file, int record)
{
	for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++) {
		if (strcmp(exceptions[i].file, file) == 0 && exceptions[i].record == record)
			return &exceptions[i];
	}
	return NULL;
}

static char xml[XML_MAX];

static bool read_xml(const char *hex_name)
{
	const char *corpus = getenv("METERBUS_CORPUS");
	char path[1024];
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "%s/telegrams/%.*s.norm.xml",
		corpus ? corpus : METERBUS_SOURCE_ROOT "/../shared/corpus",
		(int)(strlen(hex_name) - 4), hex_name);
	file = fopen(path, "r");
	if (!file)
		return false;
	len = fread(xml, 1, sizeof(xml) - 1, file);
	xml[len] = '\0';
	fclose(file);
	return true;
}

/* Record `id` of the XML, as text up to its end tag; NULL behind the last one. */
static const char *xml_record(int id, const char **ret_end)
{
	char tag[40];
	const char *at;

	snprintf(tag, sizeof(tag), "<DataRecord id=\"%d\"", id);
	at = strstr(xml, tag);
	if (at)
		*ret_end = strstr(at, "</DataRecord>");
	return at;
}

static bool xml_field(const char *at, const char *end, const char *name, char field[FIELD_MAX])
{
	char open[40], close[40];
	const char *from, *to;

	snprintf(open, sizeof(open), "<%s>", name);
	snprintf(close, sizeof(close), "</%s>", name);
	from = strstr(at, open);
	field[0] = '\0';
	if (!from || from > end)
		return false;
	from += strlen(open);
	to = strstr(from, close);
	snprintf(field, FIELD_MAX, "%.*s", (int)(to - from), from);
	return true;
}

/* The value in the unit that libmbus normalises to. */
static double base_value(const struct mb_record *rec, const struct mb_decimal *number)
{
	static const double seconds[] = {
		[MB_UNIT_MIN] = 60, [MB_UNIT_H] = 3600, [MB_UNIT_D] = 86400, [MB_UNIT_T] = 1000};
	double value = (double)number->magnitude;

	for (int i = 0; i < number->exp10; i++)
		value *= 10;
	for (int i = 0; i > number->exp10; i--)
		value /= 10;
	if (rec->unit < sizeof(seconds) / sizeof(seconds[0]) && seconds[rec->unit] > 0)
		value *= seconds[rec->unit];
	return number->negative ? -value : value;
}

static bool number_equal(const struct mb_record *rec, const char *unit, const char *text)
{
	struct mb_decimal number;
	double ours, theirs = strtod(text, NULL);

	if (!mb_value_decimal(&rec->value, &number))
		return false;
	for (size_t i = 0; i < sizeof(unit_factors) / sizeof(unit_factors[0]); i++) {
		if (strcmp(unit, unit_factors[i].unit) == 0)
			theirs *= unit_factors[i].factor;
	}
	ours = base_value(rec, &number);
	/* Theirs has six decimal places; a single has 24 bits, of which ours has the fewest digits. */
	return (ours < theirs ? theirs - ours : ours - theirs) <=
	       6e-7 + (rec->value.type == MB_VALUE_REAL ? 6e-8 : 1e-12) *
			       (theirs < 0 ? -theirs : theirs);
}

/* Ours without seconds may miss ":00"; theirs ends with a Z that is wrong. */
static bool date_equal(const struct mb_record *rec, const char *text)
{
	char ours[MB_VALUE_TEXT_MAX];
	size_t len;

	if (mb_value_text(&rec->value, ours, sizeof(ours)) < 0)
		return false;
	len = strlen(ours);
	return len >= 10 && strncmp(ours, text, len) == 0 &&
	       (text[len] == '\0' || strcmp(text + len, "Z") == 0 ||
		       strcmp(text + len, ":00Z") == 0 || strcmp(text + len, ":00") == 0);
}

/* Blanks at the ends do not matter. */
static bool text_equal(const char *ours, const char *theirs)
{
	size_t len = strlen(ours), their_len = strlen(theirs);

	while (len && ours[len - 1] == ' ')
		len--;
	while (their_len && theirs[their_len - 1] == ' ')
		their_len--;
	return len == their_len && memcmp(ours, theirs, len) == 0;
}

/* Theirs has blanks between the bytes. */
static bool hex_equal(const struct mb_record *rec, const char *text)
{
	char ours[FIELD_MAX];

	texts++;
	mb_value_text(&rec->value, ours, sizeof(ours));
	for (const char *p = ours; *p; p++, text++) {
		if (*text == ' ')
			text++;
		if (*p != *text)
			return false;
	}
	return *text == '\0';
}

static bool value_equal(const struct mb_record *rec, const char *unit, const char *text)
{
	char ours[2 * FIELD_MAX];

	switch (rec->value.type) {
	case MB_VALUE_NUMBER:
	case MB_VALUE_REAL:
	case MB_VALUE_DIGITS:
		numbers++;
		return number_equal(rec, unit, text);
	case MB_VALUE_DATE:
	case MB_VALUE_DATETIME:
		dates++;
		return date_equal(rec, text);
	case MB_VALUE_TEXT:
		texts++;
		mb_value_text(&rec->value, ours, sizeof(ours));
		return text_equal(ours, text);
	case MB_VALUE_BITS:
		if (rec->data_len > 8)
			return hex_equal(rec, text);
		numbers++;
		mb_record_raw_text(rec, ours, sizeof(ours));
		return strtod(ours, NULL) == strtod(text, NULL);
	default:
		others++;
		return rec->kind != MB_RECORD_DATA || strcmp(text, "") == 0;
	}
}

static bool place_equal(const struct mb_record *rec, const char *at, const char *end)
{
	static const char *const functions[] = {"Instantaneous value", "Maximum value",
		"Minimum value", "Value during error state"};
	char field[FIELD_MAX];

	if (rec->kind != MB_RECORD_DATA || rec->flags & MB_RECORD_FIXED)
		return true;
	xml_field(at, end, "Function", field);
	if (strcmp(field, functions[rec->function]) != 0)
		return false;
	xml_field(at, end, "StorageNumber", field);
	if (strtoull(field, NULL, 10) != rec->storage)
		return false;
	if (xml_field(at, end, "Tariff", field) && strtoul(field, NULL, 10) != rec->tariff)
		return false;
	return !xml_field(at, end, "Device", field) || strtoul(field, NULL, 10) == rec->subunit;
}

static void compare_record(const char *file, int id, const struct mb_record *rec)
{
	const struct exception *exception = find_exception(file, id);
	char value[FIELD_MAX], unit[FIELD_MAX], ours[2 * FIELD_MAX];
	const char *end, *at = xml_record(id, &end);

	if (!at) {
		print_error("%s: libmbus has no record %d\n", file, id);
		failures++;
		return;
	}
	xml_field(at, end, "Value", value);
	xml_field(at, end, "Unit", unit);
	if (place_equal(rec, at, end) && value_equal(rec, unit, value)) {
		if (!exception)
			return;
		print_error("%s: record %d is an exception, but equal\n", file, id);
	} else if (exception) {
		excepted++;
		return;
	}
	mb_value_text(&rec->value, ours, sizeof(ours));
	print_error("%s: record %d is '%s' (%s), libmbus says '%s' %s\n", file, id, ours,
		mb_reason_text(rec->value.reason), value, unit);
	failures++;
}

static void compare_telegram(const char *name, const uint8_t *bytes, size_t len)
{
	struct mb_telegram telegram;
	struct mb_cursor cur;
	struct mb_record rec;
	const char *end;
	int id = 0, rc;

	if (!read_xml(name))
		return;
	assert_true(mb_telegram_read(bytes, len, &telegram) > 0);
	mb_cursor_init(&cur, &telegram, NULL);
	while ((rc = mb_record_next(&cur, &rec)) > 0)
		compare_record(name, id++, &rec);
	if (rc < 0 || xml_record(id, &end)) {
		print_error("%s: %d after %d records\n", name, rc, id);
		failures++;
	}
}

static void test_values_equal_libmbus(void **state)
{
	unsigned count = corpus_visit("telegrams", compare_telegram);

	(void)state;
	if (!count) {
		print_message("skipped: no corpus\n");
		skip();
	}
	print_message("%u telegrams: %u numbers, %u dates, %u texts, %u others, %u exceptions\n",
		count, numbers, dates, texts, others, excepted);
	assert_true(numbers > 300);
	assert_int_equal(failures, 0);
	assert_int_equal(excepted, sizeof(exceptions) / sizeof(exceptions[0]));
}

/* ---- cut and changed telegrams ---- */

static struct guard guard;

static void cut_telegram(const char *name, const uint8_t *bytes, size_t len)
{
	struct mb_telegram telegram;

	(void)name;
	for (size_t cut = 1; cut < len; cut++) {
		const uint8_t *at = guard_copy(&guard, bytes, cut);

		assert_int_equal(mb_telegram_read(at, cut, &telegram), MB_E_INCOMPLETE);
	}
	assert_int_equal(mb_telegram_read(guard_copy(&guard, bytes, len), len, &telegram), len);
}

static void test_prefixes_are_incomplete(void **state)
{
	(void)state;
	guard_init(&guard);
	if (!corpus_visit("telegrams", cut_telegram)) {
		print_message("skipped: no corpus\n");
		skip();
	}
	guard_done(&guard);
}

/* A change that is not refused is one that makes it a shorter, valid frame: flagged by its size. */
static void change_telegram(const char *name, const uint8_t *bytes, size_t len)
{
	uint8_t changed[CORPUS_BYTES_MAX];
	struct mb_telegram telegram;

	memcpy(changed, bytes, len);
	for (size_t i = 0; i < len; i++) {
		for (unsigned x = 1; x < 256; x++) {
			int rc;

			changed[i] = (uint8_t)(bytes[i] ^ x);
			rc = mb_telegram_read(guard_copy(&guard, changed, len), len, &telegram);
			if (rc > 0 && (size_t)rc == len) {
				print_error("%s: byte %zu ^ %02x is accepted\n", name, i, x);
				failures++;
			}
		}
		changed[i] = bytes[i];
	}
}

static void test_changes_are_refused(void **state)
{
	(void)state;
	failures = 0;
	guard_init(&guard);
	if (!corpus_visit("telegrams", change_telegram)) {
		print_message("skipped: no corpus\n");
		skip();
	}
	guard_done(&guard);
	assert_int_equal(failures, 0);
}

/* ---- record areas cut anywhere ---- */

/* Every prefix of the records, at the guard page: ends cleanly, the records before the cut stand. */
static void cut_records(const char *name, const uint8_t *bytes, size_t len)
{
	struct mb_telegram telegram;
	struct mb_cursor cur;
	struct mb_record rec;

	(void)name;
	mb_telegram_read(bytes, len, &telegram);
	if (telegram.layout != MB_LAYOUT_RECORDS)
		return;
	for (size_t cut = 0; cut <= telegram.payload_len; cut++) {
		char text[2048];
		int rc;

		mb_cursor_init_bytes(&cur, guard_copy(&guard, telegram.payload, cut), cut);
		while ((rc = mb_record_next(&cur, &rec)) > 0) {
			assert_true(mb_record_description(&rec, text, sizeof(text)) >= 0);
			assert_true(mb_record_raw_text(&rec, text, sizeof(text)) >= 0);
			assert_true(mb_record_unit(&rec, text, sizeof(text)) >= 0);
			assert_true(mb_value_text(&rec.value, text, sizeof(text)) >= 0);
			assert_true(mb_record_key(&rec, text, MB_KEY_MAX) > 0);
		}
		assert_true(rc <= 0);
		assert_true(cur.p <= cur.end);
	}
}

static void test_cut_records_end_cleanly(void **state)
{
	(void)state;
	guard_init(&guard);
	if (!corpus_visit("telegrams", cut_records)) {
		print_message("skipped: no corpus\n");
		skip();
	}
	guard_done(&guard);
}

/* ---- malformed ones ---- */

static const struct malformed {
	const char *file;
	int rc; /* of the frame or header, else of the records */
	int records; /* good ones before it */
} malformed[] = {
	{"application_busy.hex", 0, 0},
	{"error.hex", 0, 0},
	{"premature_end_of_data1.hex", MB_E_RECORD_SHORT, 2},
	{"premature_end_of_dif1.hex", MB_E_RECORD_SHORT, 2},
	{"premature_end_of_record.hex", 0, 0},
	{"too_long_var_vif.hex", MB_E_BAD_TEXT, 3},
	{"too_many_dife.hex", MB_E_TOO_MANY_DIFE, 2},
	{"too_many_readouts.hex", 0, 0},
	{"too_many_records.hex", 0, 0},
	{"too_many_vife.hex", MB_E_TOO_MANY_VIFE, 2},
	{"too_short_header.hex", MB_E_HEADER_SHORT, 0},
	{"unspecified_error.hex", 0, 0},
};

static void check_malformed(const char *name, const uint8_t *bytes, size_t len)
{
	const struct malformed *expected = NULL;
	struct mb_telegram telegram;
	struct mb_cursor cur;
	struct mb_record rec;
	int records = 0, rc;

	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		if (strcmp(malformed[i].file, name) == 0)
			expected = &malformed[i];
	}
	assert_non_null(expected);
	rc = mb_telegram_read(guard_copy(&guard, bytes, len), len, &telegram);
	if (rc > 0) {
		if (!expected->rc) {
			assert_int_equal(telegram.layout, MB_LAYOUT_APPLICATION_ERROR);
			return;
		}
		mb_cursor_init(&cur, &telegram, NULL);
		while ((rc = mb_record_next(&cur, &rec)) > 0)
			records++;
	}
	assert_int_equal(rc, expected->rc);
	assert_int_equal(records, expected->records);
}

static void test_malformed_have_their_errors(void **state)
{
	(void)state;
	guard_init(&guard);
	if (!corpus_visit("malformed", check_malformed)) {
		print_message("skipped: no corpus\n");
		skip();
	}
	guard_done(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_equal_libmbus),
		cmocka_unit_test(test_prefixes_are_incomplete),
		cmocka_unit_test(test_changes_are_refused),
		cmocka_unit_test(test_cut_records_end_cleanly),
		cmocka_unit_test(test_malformed_have_their_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
