/* SPDX-License-Identifier: MIT */
#include "meterbus/capture.h"

#include "export/put.h"
#include "base/hex.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct {
	uint8_t mark;
	char letter;
} marks_letters[] = {
	{MB_MARK_PARITY, 'P'}, {MB_MARK_FRAMING, 'F'}, {MB_MARK_BREAK, 'B'}, {MB_MARK_OVERRUN, 'O'},
};
/* clang-format on */

#define MARKS (sizeof(marks_letters) / sizeof(marks_letters[0]))
#define VERSION_DIGITS 4
#define PIECE 64 /* bytes on a line that we write */

/* ---- writing ---- */

void capture_begin(struct capture_writer *w, FILE *file, int64_t wall_us, uint64_t now_us,
	const struct mb_line *line)
{
	char time[PUT_TIME_MAX];

	*w = (struct capture_writer){file, now_us};
	*put_time(time, wall_us, true) = 0;
	fprintf(file, CAPTURE_MAGIC "%d\n# started %s\n", CAPTURE_VERSION, time);
	if (line)
		fprintf(file, "# line %u %u%c%u\n", (unsigned)line->baud, line->data_bits,
			"NEO"[line->parity % 3], line -> stop_bits);
	fflush(file);
}

static char *put_marked(char *p, uint8_t byte, uint8_t marks)
{
	p = put_hex_byte(put_char(p, ' '), byte);
	if (marks)
		p = put_char(p, '*');
	for (size_t i = 0; i < MARKS; i++)
		if (marks & marks_letters[i].mark)
			p = put_char(p, marks_letters[i].letter);
	return p;
}

void capture_write(struct capture_writer *w, char direction, const uint8_t *bytes,
	const uint8_t *marks, size_t n, uint64_t now_us)
{
	char line[64 + PIECE * (4 + MARKS)];
	uint64_t us = now_us - w->start_us;

	for (size_t at = 0; at < n; at += PIECE) {
		int len = snprintf(line, sizeof(line), "%llu.%06llu %c",
			(unsigned long long)(us / 1000000), (unsigned long long)(us % 1000000),
			direction);
		char *p = line + len;

		for (size_t i = at; i < n && i < at + PIECE; i++)
			p = put_marked(p, bytes[i], marks ? marks[i] : 0);
		*p++ = '\n';
		fwrite(line, 1, (size_t)(p - line), w->file);
	}
	fflush(w->file);
}

/* ---- reading ---- */

/* What is left of a line. */
struct text {
	const char *p, *end;
};

static void skip_blanks(struct text *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t' || *t->p == '\r'))
		t->p++;
}

/* Up to `digits` decimal digits; how many there were. */
static int read_digits(struct text *t, int digits, uint64_t *ret_n)
{
	int i = 0;

	*ret_n = 0;
	for (; i < digits && t->p < t->end && *t->p >= '0' && *t->p <= '9'; i++)
		*ret_n = *ret_n * 10 + (uint64_t)(*t->p++ - '0');
	return i;
}

static bool read_char(struct text *t, char c)
{
	if (t->p == t->end || *t->p != c)
		return false;
	t->p++;
	return true;
}

static bool read_word(struct text *t, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(t->end - t->p) < len || memcmp(t->p, word, len) != 0)
		return false;
	t->p += len;
	return true;
}

int capture_version(const char *line, size_t len)
{
	struct text t = {line, line + len};
	uint64_t version;

	if (!read_word(&t, CAPTURE_MAGIC) || read_digits(&t, VERSION_DIGITS, &version) == 0)
		return -1;
	return t.p == t.end || *t.p == ' ' || *t.p == '\r' ? (int)version : -1;
}

/* Seconds with up to six decimals. */
static bool read_seconds(struct text *t, uint64_t *ret_us)
{
	uint64_t seconds, fraction = 0;
	int places = 0;

	if (read_digits(t, 12, &seconds) == 0)
		return false;
	if (read_char(t, '.'))
		places = read_digits(t, 6, &fraction);
	for (; places < 6; places++)
		fraction *= 10;
	*ret_us = seconds * 1000000 + fraction;
	return true;
}

/* Days since 1970 of a civil date. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* "2026-11-21T09:28:00.123456Z" */
static bool read_time(const char *text, size_t len, int64_t *ret_wall_us)
{
	struct text t = {text, text + len};
	uint64_t year, month, day, hour, minute, us;

	if (read_digits(&t, 4, &year) != 4 || !read_char(&t, '-') ||
		read_digits(&t, 2, &month) != 2 || !read_char(&t, '-') ||
		read_digits(&t, 2, &day) != 2 || !read_char(&t, 'T') ||
		read_digits(&t, 2, &hour) != 2 || !read_char(&t, ':') ||
		read_digits(&t, 2, &minute) != 2 || !read_char(&t, ':') || !read_seconds(&t, &us))
		return false;
	if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59)
		return false;
	*ret_wall_us = (days_of((int64_t)year, (int64_t)month, (int64_t)day) * 86400 +
			       (int64_t)(hour * 3600 + minute * 60)) *
			       1000000 +
		       (int64_t)us;
	return true;
}

static bool read_line_settings(struct text *t, struct mb_line *ret_line)
{
	static const char parities[] = "NEO";
	uint64_t baud, data_bits, stop_bits;
	const char *parity;

	if (read_digits(t, 7, &baud) == 0 || !read_char(t, ' ') ||
		read_digits(t, 1, &data_bits) == 0 || t->p == t->end)
		return false;
	parity = memchr(parities, *t->p++, 3);
	if (!parity || read_digits(t, 1, &stop_bits) == 0)
		return false;
	*ret_line = (struct mb_line){(uint32_t)baud, (uint8_t)data_bits,
		(uint8_t)(parity - parities), (uint8_t)stop_bits};
	return true;
}

static enum capture_kind read_head(struct capture_head *head, struct text *t)
{
	if (read_word(t, "# started "))
		return read_time(t->p, (size_t)(t->end - t->p), &head->started_us) ? CAPTURE_HEAD
										   : CAPTURE_BAD;
	if (read_word(t, "# line ")) {
		head->has_line = read_line_settings(t, &head->line);
		return head->has_line ? CAPTURE_HEAD : CAPTURE_BAD;
	}
	return CAPTURE_NOTHING;
}

static bool read_marks(struct text *t, uint8_t *ret_marks)
{
	bool any = false;

	*ret_marks = 0;
	if (!read_char(t, '*'))
		return true;
	for (size_t i = 0; i < MARKS; i++) {
		if (read_char(t, marks_letters[i].letter)) {
			*ret_marks |= marks_letters[i].mark;
			any = true;
		}
	}
	return any;
}

static bool read_bytes(struct text *t, struct capture_event *event)
{
	for (skip_blanks(t); t->p < t->end; skip_blanks(t)) {
		if (event->len == CAPTURE_BYTES_MAX || t->end - t->p < 2 ||
			!hex_byte(t->p, &event->bytes[event->len]))
			return false;
		t->p += 2;
		if (!read_marks(t, &event->marks[event->len]))
			return false;
		event->len++;
	}
	return true;
}

enum capture_kind capture_line(
	struct capture_head *head, const char *line, size_t len, struct capture_event *ret_event)
{
	struct text t = {line, line + len};

	skip_blanks(&t);
	if (t.p == t.end)
		return CAPTURE_NOTHING;
	if (*t.p == '#')
		return read_head(head, &t);
	ret_event->len = 0;
	if (!read_seconds(&t, &ret_event->time_us) || !read_char(&t, ' '))
		return CAPTURE_BAD;
	skip_blanks(&t);
	if (t.p == t.end || (*t.p != CAPTURE_SENT && *t.p != CAPTURE_RECEIVED))
		return CAPTURE_BAD;
	ret_event->direction = *t.p++;
	return read_bytes(&t, ret_event) ? CAPTURE_EVENT : CAPTURE_BAD;
}
