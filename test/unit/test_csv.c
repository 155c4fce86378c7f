/* SPDX-License-Identifier: MIT */
/* CSV after RFC 4180, read back by a reader of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <meterbus/error.h>

#include "corpus.h"
#include "format_help.h"

#define COLUMNS 23
#define CELL_MAX 2048

enum column {
	ID = 2,
	STATUS = 7,
	RECORD = 9,
	KEY,
	LABEL,
	QUANTITY = 16,
	DESCRIPTION,
	UNIT,
	VALUE,
	REASON,
	RAW,
	ERROR
};

DEFINE_FORMAT_CASE(c)

/* One cell; behind it the separator or CR LF. Fails on anything that RFC 4180 has not. */
static const char *read_cell(const char *p, char separator, char *cell)
{
	size_t n = 0;

	if (*p == '"') {
		for (p++; *p != '"' || p[1] == '"'; p++) {
			assert_true(*p && n < CELL_MAX - 1);
			p += *p == '"';
			cell[n++] = *p;
		}
		p++;
	} else {
		while (*p != separator && *p != '\r') {
			assert_true(*p && *p != '"' && *p != '\n' && n < CELL_MAX - 1);
			cell[n++] = *p++;
		}
	}
	cell[n] = 0;
	assert_true(*p == separator || (p[0] == '\r' && p[1] == '\n'));
	return p;
}

/* Line number `line` (0 is the header); every line has all columns. Returns how many there are. */
static unsigned read_line(const char *text, char separator, unsigned line, char cells[][CELL_MAX])
{
	unsigned lines = 0;

	while (*text) {
		static char row[COLUMNS][CELL_MAX];

		for (unsigned i = 0; i < COLUMNS; i++) {
			text = read_cell(text, separator, row[i]);
			assert_int_equal(*text, i + 1 < COLUMNS ? separator : '\r');
			text += i + 1 < COLUMNS ? 1 : 2;
		}
		if (lines++ == line)
			memcpy(cells, row, sizeof(row));
	}
	return lines;
}

static char cells[COLUMNS][CELL_MAX];

static void test_lines(void **state)
{
	(void)state;
	format_frame(c, "csv",
		"68 1F 1F 68 08 02 72 78 56 34 12 24 40 01 07 55 00 00 00 03 13 15 31 00 DA 02 3B "
		"13 01 "
		"8B 60 04 37 18 02 18 16");
	assert_string_equal(c->text, "time,source,id,manufacturer,version,medium,access,status,"
				     "telegram,record,key,label,"
				     "function,storage,tariff,subunit,quantity,description,unit,"
				     "value,reason,raw,error\r\n"
				     ",,12345678,PAD,1,water,85,0,0,0,inst.0.0.0.10,,instantaneous,"
				     "0,0,0,volume,Volume,m³,"
				     "12.565,,12565,\r\n"
				     ",,12345678,PAD,1,water,85,0,0,1,max.5.0.0.38,,maximum,5,0,0,"
				     "volume_flow,Volume Flow,"
				     "m³/h,0.113,,0113,\r\n"
				     ",,12345678,PAD,1,water,85,0,0,2,inst.0.2.1.00,,instantaneous,"
				     "0,2,1,energy,Energy,Wh,"
				     "218370,,021837,\r\n");
}

/* Cells of records that would be formulas in a spreadsheet, or break the line. */
static void test_cells(void **state)
{
	static const struct {
		const char *records;
		enum column column;
		const char *cell, *written; /* what a reader sees; what stands in the file */
	} rows[] = {
		{"0D FD 11 04 32 2B 31 3D", VALUE, "'=1+2", ",\"'=1+2\","},
		{"0D FD 11 04 32 2B 31 40", VALUE, "'@1+2", ",\"'@1+2\","},
		{"0D FD 11 03 32 31 2B", VALUE, "'+12", ",\"'+12\","},
		{"0D FD 11 02 31 2D", VALUE, "'-1", ",\"'-1\","},
		{"0D FD 11 02 31 09", VALUE, "'\t1", ",\"'\t1\","},
		{"0D FD 11 03 62 22 61", VALUE, "a\"b", ",\"a\"\"b\","},
		{"0D FD 11 03 62 2C 61", VALUE, "a,b", ",\"a,b\","},
		{"0D FD 11 03 62 0A 61", VALUE, "a\nb", ",\"a\nb\","},
		{"0D FD 11 03 62 1B 61", VALUE, "a b", ",a b,"},
		{"02 5A FE FF", VALUE, "-0.2", ",-0.2,"},
		{"02 5A FE FF", RAW, "-2", ",-2,"},
		{"32 6C 00 00", REASON, "no date yet", ",no date yet,"},
		{"0F 37 FD", VALUE, "37FD", ",37FD,"},
		{"02 7C 03 31 2B 3D 64 00", UNIT, "'=+1", ",\"'=+1\","},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		format_records(c, "csv", rows[i].records);
		assert_int_equal(read_line(c->text, ',', 1, cells), 2);
		assert_string_equal(cells[rows[i].column], rows[i].cell);
		assert_non_null(strstr(c->text, rows[i].written));
	}
}

static void test_semicolon(void **state)
{
	(void)state;
	c->options.separator = ';';
	format_records(c, "csv", "0D FD 11 03 62 3B 61");
	assert_int_equal(read_line(c->text, ';', 1, cells), 2);
	assert_string_equal(cells[VALUE], "a;b");
	c->options.separator = 0;
}

static void test_errors(void **state)
{
	(void)state;
	format_records(c, "csv", "01 13 05 04 13 01");
	assert_int_equal(read_line(c->text, ',', 2, cells), 3);
	assert_string_equal(cells[ID], "12345678");
	assert_string_equal(cells[ERROR], "premature end of record");
	format_frame(c, "csv", "68 04 04 68 08 01 70 08 82 16");
	assert_int_equal(read_line(c->text, ',', 1, cells), 2);
	assert_string_equal(cells[ERROR], "bad checksum");
	format_frame(c, "csv", "68 04 04 68 08 01 70 08 81 16");
	assert_int_equal(read_line(c->text, ',', 1, cells), 2);
	assert_string_equal(cells[ERROR], "application error");
	readout_begin(&c->readout, "=cmd");
	readout_fail(&c->readout, MB_E_SILENCE, NULL);
	format_print(c, "csv");
	assert_int_equal(read_line(c->text, ',', 1, cells), 2);
	assert_string_equal(cells[1], "'=cmd");
	assert_string_equal(cells[ERROR], "silence");
	readout_fail(&c->readout, MB_E_NOT_READ, "device 7: read error");
	format_print(c, "csv");
	assert_int_equal(read_line(c->text, ',', 1, cells), 2);
	assert_string_equal(cells[REASON], "device 7: read error");
	assert_string_equal(cells[ERROR], "not read");
}

static void test_without_records(void **state)
{
	static const struct {
		const char *frame, *quantity, *value, *description, *error;
	} rows[] = {
		{"68 05 05 68 08 05 71 04 80 02 16", "alarm", "04 80", "", ""},
		{"68 04 04 68 08 05 66 10 83 16", "application", "16", "user data", ""},
		{"68 04 04 68 08 01 70 08 81 16", "application_error", "8",
			"application too busy for handling readout request", "application error"},
		{"10 7B 05 80 16", "frame", "REQ_UD2", "REQ_UD2 to 5, FCB 1", ""},
		{"E5", "frame", "ACK", "ACK", ""},
		{"A2", "frame", "NACK", "NACK", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		format_frame(c, "csv", rows[i].frame);
		assert_int_equal(read_line(c->text, ',', 1, cells), 2);
		assert_string_equal(cells[RECORD], "");
		assert_string_equal(cells[QUANTITY], rows[i].quantity);
		assert_string_equal(cells[VALUE], rows[i].value);
		assert_string_equal(cells[DESCRIPTION], rows[i].description);
		assert_string_equal(cells[ERROR], rows[i].error);
	}
}

static void test_profile(void **state)
{
	static const char text[] = "inst.0.0.0.10 = Cold\n@0 = u8 0 - Code\n";
	char why[100];

	(void)state;
	assert_int_equal(profile_parse(&c->profile, text, strlen(text), why, sizeof(why)), 0);
	format_records(c, "csv", "01 13 05 0F 2A");
	assert_int_equal(read_line(c->text, ',', 1, cells), 4);
	assert_string_equal(cells[LABEL], "Cold");
	read_line(c->text, ',', 3, cells);
	assert_string_equal(cells[KEY], "manufacturer@0");
	assert_string_equal(cells[LABEL], "Code");
	assert_string_equal(cells[VALUE], "42");
	c->profile.count = 0;
}

static void visit(const char *name, const uint8_t *bytes, size_t len)
{
	(void)name;
	readout_begin(&c->readout, name);
	format_add(c, bytes, len);
	format_print(c, "csv");
	assert_true(read_line(c->text, ',', 0, cells) >= 2);
}

static void test_corpus(void **state)
{
	(void)state;
	if (corpus_visit("telegrams", visit) + corpus_visit("malformed", visit) == 0)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_semicolon),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_without_records),
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_corpus),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
