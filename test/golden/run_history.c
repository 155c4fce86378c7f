/* SPDX-License-Identifier: MIT */
/*
 * Runs golden files of history: which points of which series a meter's telegrams give, listed by
 * hand. README.history says what may stand in a file.
 */
#include "collect/reading_impl.h"

#include <meterbus/error.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_ 4096
#define TELEGRAMS_MAX 16
#define POINTS_MAX 1024
#define TEXT_MAX 320
#define EXIT_SKIPPED 77

struct telegram {
	uint8_t bytes[MB_FRAME_MAX];
	size_t len;
};

struct told {
	uint32_t series;
	int64_t local_ms;
	char value[64];
};

static struct {
	const char *path;
	unsigned line, failures, checks, skipped;
	struct readings_shared *shared;
	struct readings *readings;
	struct zone *zone;
	struct mb_secondary meter;
	bool history, missing; /* the telegram of this case is not at hand */
	bool fresh; /* the next telegram begins a new chain */
	struct telegram telegrams[TELEGRAMS_MAX];
	size_t n_telegrams;
	char points[POINTS_MAX][TEXT_MAX]; /* of the last reading, not expected yet */
	size_t n_points;
	struct told told[POINTS_MAX]; /* all points of this meter */
	size_t n_told;
	uint32_t next_series;
	char *keys[POINTS_MAX]; /* of the series, by id */
} run;

static void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "%s:%u: ", run.path, run.line);
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	run.failures++;
}

static uint32_t next_series(void *ctx)
{
	(void)ctx;
	return ++run.next_series;
}

/* ---- telegrams ---- */

static size_t read_hex(const char *text, uint8_t *bytes, size_t max)
{
	size_t n = 0;
	unsigned byte;
	int used;

	while (n < max && sscanf(text, " %2x%n", &byte, &used) == 1) {
		bytes[n++] = (uint8_t)byte;
		text += used;
	}
	return n;
}

static struct telegram *next_telegram(void)
{
	if (run.fresh)
		run.n_telegrams = 0;
	run.fresh = false;
	if (run.n_telegrams == TELEGRAMS_MAX)
		exit(2);
	return &run.telegrams[run.n_telegrams++];
}

/* Records become an answer of the meter: CI 72 with its address. */
static void wrap(const uint8_t *records, size_t n)
{
	struct telegram *t = next_telegram();
	uint8_t *p = t->bytes, sum = 0;
	size_t len = n + 15;

	memcpy(p, (uint8_t[]){0x68, (uint8_t)len, (uint8_t)len, 0x68, 0x08, 0x01, 0x72}, 7);
	mb_secondary_write(&run.meter, p + 7);
	memset(p + 15, 0, 4);
	memcpy(p + 19, records, n);
	for (size_t i = 4; i < 19 + n; i++)
		sum = (uint8_t)(sum + p[i]);
	p[19 + n] = sum;
	p[20 + n] = 0x16;
	t->len = n + 21;
}

static void do_records(const char *args)
{
	uint8_t bytes[MB_FRAME_DATA_MAX - 12];

	run.fresh = true;
	wrap(bytes, read_hex(args, bytes, sizeof(bytes)));
}

static void do_next(const char *args)
{
	uint8_t bytes[MB_FRAME_DATA_MAX - 12];

	wrap(bytes, read_hex(args, bytes, sizeof(bytes)));
}

/* More records of the last telegram. */
static void do_more(const char *args)
{
	struct telegram *t = &run.telegrams[--run.n_telegrams];
	uint8_t bytes[MB_FRAME_DATA_MAX - 12];
	size_t n = t->len - 21;

	memcpy(bytes, t->bytes + 19, n);
	n += read_hex(args, bytes + n, sizeof(bytes) - n);
	wrap(bytes, n);
}

static void do_corpus(const char *args)
{
	const char *corpus = getenv("METERBUS_CORPUS"), *root = getenv("METERBUS_SOURCE_ROOT");
	char path[1024], hex[LINE_MAX_] = "";
	struct telegram *t;
	FILE *file;

	if (corpus)
		snprintf(path, sizeof(path), "%s/telegrams/%s.hex", corpus, args);
	else
		snprintf(path, sizeof(path), "%s/../shared/corpus/telegrams/%s.hex",
			root ? root : ".", args);
	file = fopen(path, "r");
	run.missing = !file;
	if (!file) {
		printf("%s:%u: skipped: no %s\n", run.path, run.line, path);
		run.skipped++;
		return;
	}
	for (size_t n = 0; n + 1 < sizeof(hex) && fgets(hex + n, (int)(sizeof(hex) - n), file);)
		n = strlen(hex);
	fclose(file);
	run.fresh = true;
	t = next_telegram();
	t->len = read_hex(hex, t->bytes, sizeof(t->bytes));
}

/* ---- meters ---- */

static void forget(void)
{
	readings_free(run.readings);
	run.readings = readings_new(run.shared, 1, next_series, NULL);
	run.n_told = run.n_points = 0;
	run.missing = false;
	run.history = true;
	run.fresh = true;
}

static void do_meter(const char *args)
{
	struct mb_address address;

	if (mb_address_parse(args, &address) < 0)
		fail("no address: %s", args);
	else
		run.meter = address.secondary;
	forget();
}

static void do_zone(const char *args)
{
	char why[256];

	zone_put(run.zone);
	run.zone = NULL;
	if (zone_load(args, &run.zone, why, sizeof(why)) < 0)
		fail("%s", why);
}

static void do_history(const char *args)
{
	run.history = strcmp(args, "on") == 0;
}

/* ---- reading ---- */

static void name_series(const struct readings_change *change)
{
	for (size_t i = 0; i < change->n_series; i++) {
		const struct store_series *s = &change->series[i];

		if (s->id < POINTS_MAX && !run.keys[s->id])
			run.keys[s->id] = strdup(s->key);
	}
}

/* What a store would be told twice. */
static void check_new(uint32_t series, int64_t local_ms, const char *value)
{
	struct told *told = &run.told[run.n_told];

	for (size_t i = 0; i < run.n_told; i++)
		if (run.told[i].series == series && run.told[i].local_ms == local_ms &&
			strcmp(run.told[i].value, value) == 0)
			fail("told twice: %s %s", run.keys[series], value);
	if (run.n_told == POINTS_MAX)
		exit(2);
	run.n_told++;
	told->series = series;
	told->local_ms = local_ms;
	snprintf(told->value, sizeof(told->value), "%s", value);
}

static void show_point(const struct store_point *p, uint32_t series, int64_t now_ms)
{
	char value[64], time[64], *line = run.points[run.n_points++];
	int64_t local_ms = p->time_ms + p->offset_s * INT64_C(1000);
	struct civil c = civil_of_s(local_ms / 1000);

	if (p->type == STORE_NUMBER)
		mb_decimal_text(&p->number, value, sizeof(value));
	else
		snprintf(value, sizeof(value), "%.*s", (int)p->text_len, p->text);
	snprintf(time, sizeof(time), "%04d-%02u-%02u %02u:%02u:%02u", c.year, c.month, c.day,
		c.hour, c.minute, c.second);
	if (p->flags & STORE_DATE_ONLY)
		strcpy(time + 10, " day");
	snprintf(line, TEXT_MAX, "%s | %s | %s%s%s%s", run.keys[series], time, value,
		p->source == STORE_PROFILE ? " | profile" : "",
		p->flags & STORE_SUMMER_TIME ? " | summer" : "",
		p->offset_s % 3600 ? " | odd offset" : "");
	if (p->time_ms > now_ms)
		fail("in the future: %s", line);
	if (!(p->flags & STORE_METER_CLOCK) || p->source == STORE_SPOT)
		fail("not marked as the meter's: %s", line);
	check_new(series, local_ms, value);
}

static void leftovers(void)
{
	for (size_t i = 0; i < run.n_points; i++)
		fail("not expected: %s", run.points[i]);
	run.n_points = 0;
}

static bool read_time(const char *text, int64_t *ret_ms)
{
	struct civil c = {0};
	unsigned month, day, hour, minute;
	int64_t utc_s;

	if (sscanf(text, "%d-%u-%u %u:%u", &c.year, &month, &day, &hour, &minute) != 5)
		return false;
	c.month = (uint8_t)month;
	c.day = (uint8_t)day;
	c.hour = (uint8_t)hour;
	c.minute = (uint8_t)minute;
	zone_utc(run.zone ? run.zone : zone_of_utc(), &c, false, &utc_s);
	*ret_ms = utc_s * 1000;
	return true;
}

static void do_read(const char *args)
{
	struct readings_bytes bytes[TELEGRAMS_MAX];
	struct readings_chain chain = {
		.telegrams = bytes, .n = run.n_telegrams, .zone = run.zone, .history = run.history};
	struct readings_change *change;
	const struct store_point *point;
	uint32_t series;
	int rc;

	leftovers();
	if (run.missing)
		return;
	for (size_t i = 0; i < run.n_telegrams; i++)
		bytes[i] = (struct readings_bytes){run.telegrams[i].bytes, run.telegrams[i].len};
	if (!read_time(args, &chain.time_ms)) {
		fail("no time: %s", args);
		return;
	}
	rc = readings_apply(run.readings, &chain, &change);
	if (rc < 0) {
		fail("%s", mb_error_text(rc));
		return;
	}
	name_series(change);
	for (size_t i = 0; (point = readings_history(change, i, &series)); i++)
		show_point(point, series, chain.time_ms);
	readings_accept(change);
}

/* ---- what must be ---- */

static void do_point(const char *args)
{
	for (size_t i = 0; i < run.n_points; i++) {
		if (strcmp(run.points[i], args) == 0) {
			memmove(run.points[i], run.points[i + 1],
				(run.n_points - i - 1) * sizeof(run.points[0]));
			run.n_points--;
			return;
		}
	}
	fail("missing: %s", args);
}

static void do_none(const char *args)
{
	(void)args;
	leftovers();
}

/* An ordinary reading under its own storage number, and no point of it. */
static void do_undated(const char *args)
{
	const struct reading *reading = readings_find(run.readings, args);

	if (!reading)
		fail("no such reading: %s", args);
	else if (reading->flags & READING_DATED)
		fail("dated: %s", args);
}

static void do_dated(const char *args)
{
	const struct reading *reading = readings_find(run.readings, args);

	if (!reading || !(reading->flags & READING_DATED))
		fail("not there, or not dated: %s", args);
}

static void do_absent(const char *args)
{
	if (readings_find(run.readings, args))
		fail("there: %s", args);
}

static const struct {
	const char *word;
	void (*fn)(const char *args);
	bool check;
} words[] = {
	{"zone", do_zone, false},
	{"meter", do_meter, false},
	{"history", do_history, false},
	{"records", do_records, false},
	{"+", do_more, false},
	{"next", do_next, false},
	{"corpus", do_corpus, false},
	{"read", do_read, false},
	{"point", do_point, true},
	{"none", do_none, true},
	{"undated", do_undated, true},
	{"dated", do_dated, true},
	{"absent", do_absent, true},
};

static void do_line(char *line)
{
	char *end = line + strcspn(line, "#\n"), *args;

	while (end > line && end[-1] == ' ')
		end--;
	*end = '\0';
	args = line + strcspn(line, " ");
	if (*args)
		*args++ = '\0';
	if (!*line)
		return;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].word, line) != 0)
			continue;
		if (words[i].check && run.missing)
			return;
		run.checks += words[i].check;
		words[i].fn(args);
		return;
	}
	fail("no such word: %s", line);
}

static void run_file(const char *path)
{
	char line[LINE_MAX_];
	FILE *file = fopen(path, "r");

	run.path = path;
	run.line = 0;
	if (!file) {
		perror(path);
		exit(2);
	}
	forget();
	while (fgets(line, sizeof(line), file)) {
		run.line++;
		do_line(line);
	}
	leftovers();
	fclose(file);
}

int main(int argc, char **argv)
{
	run.shared = readings_shared_new();
	for (int i = 1; i < argc; i++)
		run_file(argv[i]);
	readings_free(run.readings);
	readings_shared_free(run.shared);
	zone_put(run.zone);
	for (size_t i = 0; i < POINTS_MAX; i++)
		free(run.keys[i]);
	printf("%u checks, %u failed, %u skipped\n", run.checks, run.failures, run.skipped);
	if (run.failures)
		return 1;
	return run.checks ? 0 : EXIT_SKIPPED;
}
