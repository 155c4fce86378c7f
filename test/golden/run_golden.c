/* SPDX-License-Identifier: MIT */
/*
 * Runs golden files: telegrams in hex with what must be read from them, see README. `run_golden
 * --print FILE` shows what is read instead of comparing.
 */
#include <meterbus/chain.h>
#include <meterbus/error.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_LEN 4096
#define BYTES_MAX 1024
#define EXPECTED_MAX 300
#define TEXT_LEN 1200

/* One case: bytes and the lines that are expected of them. */
static struct golden_case {
	uint8_t bytes[BYTES_MAX];
	size_t len;
	bool records_only, from_master, msb_first, telegram;
	char *lines[EXPECTED_MAX];
	unsigned count, next;
	unsigned line;
} current;

static struct mb_chain chain;
static const char *file_name;
static unsigned cases, failures;
static bool print_only;

/* ---- what is read ---- */

static void fail(const char *what, const char *expected)
{
	fprintf(stderr, "%s:%u: read:     %s\n%s:%u: expected: %s\n", file_name, current.line, what,
		file_name, current.line, expected);
	failures++;
}

/* The next line that was read. */
static void emit(const char *line)
{
	const char *expected;

	if (print_only) {
		printf("%s\n", line);
		return;
	}
	expected = current.next < current.count ? current.lines[current.next] : "nothing more";
	current.next++;
	if (strcmp(line, expected) != 0)
		fail(line, expected);
}

static void add_word(char *text, const char *word)
{
	if (*text)
		strcat(text, ", ");
	strcat(text, word);
}

static void flags_text(const struct mb_record *rec, char *text)
{
	static const struct {
		unsigned flag;
		const char *word;
	} words[] = {
		{MB_RECORD_FUTURE, "future"},
		{MB_RECORD_NON_METRIC, "non-metric"},
		{MB_RECORD_VIFE_MANUFACTURER, "maker's VIFE"},
		{MB_RECORD_UNKNOWN_VIF, "unknown VIF"},
		{MB_RECORD_PROFILE, "profile"},
		{MB_RECORD_UNROLLED, "unrolled"},
		{MB_RECORD_FIXED, "fixed"},
		{MB_RECORD_TEXT_FIRST, "text first"},
	};
	char number[32];

	*text = '\0';
	if (rec->value.reason)
		add_word(text, mb_reason_text(rec->value.reason));
	if (rec->error) {
		snprintf(number, sizeof(number), "%02X", rec->error);
		add_word(text, number);
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (rec->flags & words[i].flag)
			add_word(text, words[i].word);
	}
	if (rec->occurrence) {
		snprintf(number, sizeof(number), "occurrence %u", rec->occurrence);
		add_word(text, number);
	}
	if (rec->flags & MB_RECORD_TIMED) {
		mb_datetime_text(&rec->time, number, sizeof(number));
		add_word(text, "at ");
		strcat(text, number);
	}
	if (!*text)
		strcat(text, "ok");
}

static void emit_record(const struct mb_record *rec)
{
	static const char *const functions[] = {"inst", "max", "min", "err"};
	static const char *const kinds[] = {"", "manufacturer", "more", "readout"};
	char raw[TEXT_LEN], value[TEXT_LEN], unit[TEXT_LEN], flags[200], line[LINE_LEN];

	mb_record_raw_text(rec, raw, sizeof(raw));
	mb_value_text(&rec->value, value, sizeof(value));
	mb_record_unit(rec, unit, sizeof(unit));
	flags_text(rec, flags);
	if (rec->kind != MB_RECORD_DATA)
		snprintf(line, sizeof(line), "%s | %s", kinds[rec->kind],
			rec->vib_len ? mb_record_name(rec) : raw);
	else
		snprintf(line, sizeof(line), "%s %llu %lu %u | %s | %s | %s | %s | %s",
			functions[rec->function], (unsigned long long)rec->storage,
			(unsigned long)rec->tariff, rec->subunit, mb_record_name(rec), raw, value,
			unit, flags);
	emit(line);
}

static void emit_error(int rc)
{
	char line[100];

	snprintf(line, sizeof(line), "error %s", mb_error_name(rc));
	emit(line);
}

static void emit_head(const struct mb_telegram *t)
{
	static const char *const layouts[] = {"none", "records", "fixed", "application error",
		"alarm", "application", "format", "compact", "selection", "baud", "sync", "AFL",
		"encrypted", "raw"};
	static const char *const types[] = {"ACK", "NACK", "short", "long"};
	const struct mb_frame *f = &t->frame;
	char line[200], address[MB_ADDRESS_TEXT_MAX];
	int n = snprintf(line, sizeof(line), "%s", types[f->type]);

	if (f->type >= MB_FRAME_SHORT)
		n += snprintf(line + n, sizeof(line) - (size_t)n, " C %02X A %u", f->c, f->a);
	if (f->type == MB_FRAME_LONG)
		n += snprintf(line + n, sizeof(line) - (size_t)n, " CI %02X %s", t->ci,
			layouts[t->layout]);
	if (t->has_address) {
		mb_secondary_format(&t->address, address, sizeof(address));
		n += snprintf(line + n, sizeof(line) - (size_t)n, " of %s", address);
	}
	if (t->has_status)
		n += snprintf(line + n, sizeof(line) - (size_t)n, " access %u status %02X",
			t->access, t->status);
	if (t->layout != MB_LAYOUT_RECORDS && t->layout != MB_LAYOUT_FIXED && t->payload_len)
		n += snprintf(line + n, sizeof(line) - (size_t)n, " payload %u", t->payload_len);
	emit(line);
}

static void walk(struct mb_cursor *cur)
{
	struct mb_record rec;
	int rc;

	while ((rc = mb_record_next(cur, &rec)) > 0)
		emit_record(&rec);
	if (rc < 0)
		emit_error(rc);
}

static void read_telegram(void)
{
	struct mb_telegram telegram;
	struct mb_cursor cur;
	int rc = mb_telegram_read(current.bytes, current.len, &telegram);

	if (rc < 0 && rc != MB_E_UNKNOWN_CI) {
		emit_error(rc);
		return;
	}
	emit_head(&telegram);
	if (telegram.layout == MB_LAYOUT_FORMAT)
		mb_chain_learn(&chain, &telegram);
	mb_cursor_init(&cur, &telegram, &chain);
	walk(&cur);
}

static void read_records(void)
{
	struct mb_telegram telegram = {
		.layout = MB_LAYOUT_RECORDS,
		.from_master = current.from_master,
		.msb_first = current.msb_first,
		.payload = current.bytes,
		.payload_len = (uint16_t)current.len,
	};
	struct mb_cursor cur;

	mb_cursor_init(&cur, &telegram, &chain);
	walk(&cur);
}

/* ---- the file ---- */

static void finish_case(void)
{
	if (current.len) {
		cases++;
		if (current.telegram)
			read_telegram();
		else
			read_records();
		for (; !print_only && current.next < current.count; current.next++)
			fail("nothing more", current.lines[current.next]);
	}
	for (unsigned i = 0; i < current.count; i++)
		free(current.lines[i]);
	memset(&current, 0, sizeof(current));
}

static void bad_line(const char *line)
{
	fprintf(stderr, "%s:%u: cannot read: %s\n", file_name, current.line, line);
	failures++;
}

static void read_hex(const char *text)
{
	unsigned byte;
	int used;

	while (sscanf(text, " %2x%n", &byte, &used) == 1 && current.len < BYTES_MAX) {
		current.bytes[current.len++] = (uint8_t)byte;
		text += used;
	}
	if (*text)
		bad_line(text);
}

/*
 * "records", "master", "mode2" or "telegram" and hex, "next" for a further telegram of an answer, "+"
 * for more hex; all else is expected.
 */
static void take_line(char *line, unsigned number)
{
	static const char *const words[] = {"telegram ", "next ", "records ", "master ", "mode2 "};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strncmp(line, words[i], strlen(words[i])) != 0)
			continue;
		finish_case();
		current.line = number;
		current.telegram = i <= 1;
		current.from_master = i == 3;
		current.msb_first = i == 4;
		if (i != 1)
			mb_chain_begin(&chain);
		read_hex(line + strlen(words[i]));
		return;
	}
	if (strncmp(line, "+ ", 2) == 0) {
		read_hex(line + 2);
	} else if (current.len && current.count < EXPECTED_MAX) {
		current.lines[current.count++] = strdup(line);
	} else {
		current.line = number;
		bad_line(line);
	}
}

static bool run_file(const char *name)
{
	FILE *file = fopen(name, "r");
	char line[LINE_LEN];
	unsigned number = 0;

	file_name = name;
	if (!file) {
		perror(name);
		return false;
	}
	mb_chain_init(&chain);
	while (fgets(line, sizeof(line), file)) {
		number++;
		line[strcspn(line, "\r\n")] = '\0';
		if (*line && *line != '#')
			take_line(line, number);
	}
	finish_case();
	fclose(file);
	return true;
}

int main(int argc, char **argv)
{
	int first = 1;

	if (argc > 1 && strcmp(argv[1], "--print") == 0) {
		print_only = true;
		first = 2;
	}
	for (int i = first; i < argc; i++) {
		if (!run_file(argv[i]))
			return 1;
	}
	if (!print_only)
		printf("%u cases, %u failures\n", cases, failures);
	return failures || (!cases && !print_only);
}
