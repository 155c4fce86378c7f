/* SPDX-License-Identifier: MIT */
/* The command line: every spelling of an option, and what is said about the wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <meterbus/error.h>

#include "base/nearest.h"
#include "meterbus/args.h"
#include "meterbus/exit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WORDS_MAX 16

static const struct option_row options[] = {
	{"format", 'f', ARG_CHOICE, "FORMAT", "how", "table json xml"},
	{"retries", 'r', ARG_TEXT, "N", "how often", NULL},
	{"key", 'k', ARG_TEXT, "HEX", "secret", NULL},
	{"quiet", 'q', ARG_TEXT, NULL, "say nothing", NULL},
	{"verbose", 'v', ARG_TEXT, NULL, "say more", NULL},
	{0},
};

static const struct verb verb = {
	.name = "test",
	.operands = "A [B]",
	.help = "test",
	.options = options,
	.operands_min = 1,
	.operands_max = 2,
};

static char line[256];
static char *words[WORDS_MAX];
static struct args args;
static char said[1024];

/* Reads a command line given as words with blanks between; what it says goes to `said`. */
static int parse(const char *text)
{
	int argc = 0, old = dup(STDERR_FILENO), rc;
	FILE *file = tmpfile();

	assert_non_null(file);
	snprintf(line, sizeof(line), "%s", text);
	for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
		words[argc++] = word;
	fflush(stderr);
	dup2(fileno(file), STDERR_FILENO);
	rc = args_parse(&args, &verb, argc, words);
	fflush(stderr);
	dup2(old, STDERR_FILENO);
	close(old);
	rewind(file);
	said[fread(said, 1, sizeof(said) - 1, file)] = 0;
	fclose(file);
	return rc;
}

static void test_spellings(void **state)
{
	static const char *const lines[] = {"-f json -q a", "-fjson -q a",
		"--format json --quiet a", "--format=json --quiet a", "a -q -f json",
		"a --format=json -q", "-qf json a", "-qfjson a", "-q -f xml -f json a",
		"-q -f json -- a"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(parse(lines[i]), EXIT_OK);
		assert_string_equal(args_value(&args, "format"), "json");
		assert_true(args_has(&args, "quiet"));
		assert_false(args_has(&args, "verbose"));
		assert_null(args_value(&args, "retries"));
		assert_int_equal(args.operand_count, 1);
		assert_string_equal(args.operands[0], "a");
		assert_string_equal(said, "");
	}
}

static void test_operands(void **state)
{
	(void)state;
	assert_int_equal(parse("a -q b"), EXIT_OK);
	assert_int_equal(args.operand_count, 2);
	assert_string_equal(args.operands[1], "b");
	assert_int_equal(parse("-- -q -"), EXIT_OK);
	assert_string_equal(args.operands[0], "-q");
	assert_string_equal(args.operands[1], "-");
	assert_false(args_has(&args, "quiet"));
}

static void test_help_needs_nothing_else(void **state)
{
	(void)state;
	assert_int_equal(parse("--help"), EXIT_OK);
	assert_true(args.help);
	assert_int_equal(parse("-qh"), EXIT_OK);
	assert_true(args.help);
}

static void test_wrong_ones(void **state)
{
	static const struct {
		const char *line, *said;
	} rows[] = {
		{"", "meterbus: usage: meterbus test A [B] (see meterbus test --help)\n"},
		{"a b c", "meterbus: test: one argument too many: c\n"},
		{"a --fromat json",
			"meterbus: test: unknown option --fromat; did you mean --format?\n"},
		{"a --verb", "meterbus: test: unknown option --verb; did you mean --verbose?\n"},
		{"a --zzzzzz",
			"meterbus: test: unknown option --zzzzzz; see meterbus test --help\n"},
		{"a --hepl", "meterbus: test: unknown option --hepl; did you mean --help?\n"},
		{"a -z", "meterbus: test: unknown option -z; see meterbus test --help\n"},
		{"a --quiet=yes", "meterbus: --quiet takes no argument\n"},
		{"a --retries", "meterbus: --retries needs an argument: N\n"},
		{"a -f jsno",
			"meterbus: --format jsno: did you mean json? (one of: table json xml)\n"},
		{"a -f pdf0", "meterbus: --format pdf0: must be one of: table json xml\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(parse(rows[i].line), EXIT_USAGE);
		assert_string_equal(said, rows[i].said);
	}
}

static void test_numbers(void **state)
{
	static const struct {
		const char *line;
		int rc;
		uint64_t number;
	} rows[] = {
		{"a", EXIT_OK, 7},
		{"a -r 0", EXIT_OK, 0},
		{"a -r 100", EXIT_OK, 100},
		{"a -r 0x10", EXIT_OK, 16},
		{"a -r 101", EXIT_USAGE, 7},
		{"a -r=-1", EXIT_USAGE, 7},
		{"a -r x", EXIT_USAGE, 7},
		{"a -r 1x", EXIT_USAGE, 7},
		{"a -r 99999999999999999999", EXIT_USAGE, 7},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t number = 7;

		assert_int_equal(parse(rows[i].line), EXIT_OK);
		assert_int_equal(args_number(&args, "retries", 0, 100, &number), rows[i].rc);
		assert_int_equal(number, rows[i].number);
	}
}

static void test_secret_is_wiped(void **state)
{
	(void)state;
	assert_int_equal(parse("a --key=00112233"), EXIT_OK);
	args_wipe(&args, "key");
	assert_string_equal(words[1], "--key=********");
	assert_int_equal(parse("a"), EXIT_OK);
	args_wipe(&args, "key"); /* none is fine */
}

static void test_distance(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned distance;
	} rows[] = {{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"read", "read", 0},
		{"raed", "read", 1}, {"rad", "read", 1}, {"reads", "read", 1}, {"dear", "read", 2},
		{"scan", "send", 3}, {"kitten", "sitting", 3}};
	char name[16];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(nearest_distance(rows[i].a, rows[i].b), rows[i].distance);
		assert_int_equal(nearest_distance(rows[i].b, rows[i].a), rows[i].distance);
	}
	assert_true(nearest_name("dcode", "read decode scan", name, sizeof(name)));
	assert_string_equal(name, "decode");
	assert_false(nearest_name("xyz", "read decode scan", name, sizeof(name)));
}

static void test_exit_codes(void **state)
{
	static const int outcomes[][2] = {{0, EXIT_OK}, {5, EXIT_OK}, {MB_E_SILENCE, EXIT_SILENT},
		{MB_E_STREAM, EXIT_PORT}, {MB_E_BAD_CHECKSUM, EXIT_TELEGRAM},
		{MB_E_NOT_VERIFIED, EXIT_REFUSED}, {MB_E_WRONG_KEY, EXIT_KEY},
		{MB_E_CANCELLED, EXIT_INTERRUPTED}, {MB_E_RECORD_SHORT, EXIT_TELEGRAM}};

	(void)state;
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		assert_int_equal(exit_of_error(outcomes[i][0]), outcomes[i][1]);
	assert_int_equal(exit_merge(EXIT_OK, EXIT_OK), EXIT_OK);
	assert_int_equal(exit_merge(EXIT_SILENT, EXIT_SILENT), EXIT_SILENT);
	assert_int_equal(exit_merge(EXIT_OK, EXIT_SILENT), EXIT_SOME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_operands),
		cmocka_unit_test(test_help_needs_nothing_else),
		cmocka_unit_test(test_wrong_ones),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_secret_is_wiped),
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_exit_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
