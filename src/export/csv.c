/* SPDX-License-Identifier: MIT */
#include "export/csv.h"

#include "export/profile.h"
#include "export/put.h"
#include "export/said.h"
#include "export/values.h"

#include <meterbus/error.h>
#include <meterbus/names.h>
#include <meterbus/record.h>

#define LINE_ROOM 8192
#define SOURCE_MAX 256

static const char *const columns[] = {"time", "source", "id", "manufacturer", "version", "medium",
	"access", "status", "telegram", "record", "key", "label", "function", "storage", "tariff",
	"subunit", "quantity", "description", "unit", "value", "reason", "raw", "error"};

/* A line being written. */
struct line {
	char *p;
	char separator;
	bool begun;
};

static void cell(struct line *l)
{
	if (l->begun)
		l->p = put_char(l->p, l->separator);
	l->begun = true;
}

static void empty_cells(struct line *l, unsigned n)
{
	while (n--)
		cell(l);
}

/* What a spreadsheet would take for a formula. */
static bool is_formula(char c)
{
	return c == '=' || c == '+' || c == '-' || c == '@' || c == '\t' || c == '\r';
}

/* RFC 4180 knows of line ends in quotes, and of no other control characters. */
static bool is_control(char c)
{
	return ((uint8_t)c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7F;
}

/* Text from a meter or a user: quoted where needed, never a formula. */
static void text_cell(struct line *l, const char *text, size_t n)
{
	const char special[] = {l->separator, '"', '\r', '\n', 0};
	bool formula = n > 0 && is_formula(*text);
	bool quotes = formula;

	cell(l);
	for (size_t i = 0; i < n && !quotes; i++)
		quotes = strchr(special, text[i]) != NULL; /* a NUL, too */
	if (quotes)
		l->p = put_char(l->p, '"');
	if (formula)
		l->p = put_char(l->p, '\'');
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '"')
			l->p = put_char(l->p, '"');
		l->p = put_char(l->p, is_control(text[i]) ? ' ' : text[i]);
	}
	if (quotes)
		l->p = put_char(l->p, '"');
}

static void word_cell(struct line *l, const char *text)
{
	text_cell(l, text, strlen(text));
}

static void number_cell(struct line *l, uint64_t n)
{
	cell(l);
	l->p = put_u64(l->p, n);
}

static char separator(const struct format_options *options)
{
	return options->separator ? options->separator : ',';
}

void csv_begin(struct out *o, const struct format_options *options)
{
	struct line l = {out_room(o, LINE_ROOM), separator(options), false};

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		word_cell(&l, columns[i]);
	out_took(o, PUT(l.p, "\r\n"));
}

static void time_and_source(struct line *l, const struct answer *answer, size_t part)
{
	const char *source = answer->source ? answer->source : "";
	size_t len = strlen(source);
	int64_t time_us = part < answer->part_count ? answer->parts[part].time_us : 0;

	cell(l);
	if (time_us)
		l->p = put_time(l->p, time_us, true);
	text_cell(l, source, len < SOURCE_MAX ? len : SOURCE_MAX);
}

static void meter_cells(struct line *l, const struct mb_telegram *t)
{
	char letters[5];
	bool fixed = t && t->layout == MB_LAYOUT_FIXED;

	cell(l);
	if (!t || !t->has_address) {
		empty_cells(l, 3);
		return;
	}
	l->p = put_id(l->p, t->address.id);
	if (fixed) {
		cell(l);
		cell(l);
		word_cell(l, mb_fixed_medium_text(mb_telegram_fixed_medium(t)));
		return;
	}
	mb_manufacturer_letters(t->address.manufacturer, letters);
	word_cell(l, letters);
	number_cell(l, t->address.version);
	word_cell(l, mb_medium_key(t->address.medium));
}

static void state_cells(struct line *l, const struct mb_telegram *t)
{
	cell(l);
	if (t && t->has_status)
		l->p = put_u64(l->p, t->access);
	cell(l);
	if (t && t->has_status)
		l->p = put_u64(l->p, t->status);
}

static void begin_line(struct line *l, const struct answer *answer, size_t part)
{
	const struct mb_telegram *head = answer_head(answer);
	bool here = part < answer->part_count && answer->parts[part].readable;

	time_and_source(l, answer, part);
	meter_cells(l, head);
	state_cells(l, here ? &answer->parts[part].telegram : NULL);
	number_cell(l, part);
}

static void value_cell(struct line *l, const struct mb_record *r)
{
	char text[VALUES_TEXT_MAX];
	struct mb_decimal number;
	int len;

	if (r->value.type != MB_VALUE_DIGITS && mb_value_decimal(&r->value, &number)) {
		cell(l);
		l->p = put_decimal(l->p, &number, 0);
		return;
	}
	len = mb_value_text(&r->value, text, sizeof(text));
	text_cell(l, text, len > 0 ? (size_t)len : 0);
}

static void text_of(struct line *l, const struct mb_record *r,
	int (*text)(const struct mb_record *record, char *buf, size_t max))
{
	char buf[VALUES_TEXT_MAX];
	int len = text(r, buf, sizeof(buf));

	text_cell(l, buf, len > 0 ? (size_t)len : 0);
}

/* The minus of a number is none of a formula. */
static void raw_cell(struct line *l, const struct mb_record *r)
{
	char buf[VALUES_TEXT_MAX];
	int len = mb_record_raw_text(r, buf, sizeof(buf));

	if (r->value.type != MB_VALUE_NUMBER && r->value.type != MB_VALUE_REAL) {
		text_cell(l, buf, len > 0 ? (size_t)len : 0);
		return;
	}
	cell(l);
	l->p = put_bytes(l->p, buf, len > 0 ? (size_t)len : 0);
}

static void place_cells(struct line *l, const struct mb_record *r)
{
	word_cell(l, mb_function_name(r->function));
	number_cell(l, r->storage);
	number_cell(l, r->tariff);
	number_cell(l, r->subunit);
}

static void record_line(struct out *o, char separator_char, const struct answer *answer,
	size_t part, unsigned index, const struct mb_record *r)
{
	struct line l = {out_room(o, LINE_ROOM), separator_char, false};
	char key[MB_KEY_MAX];
	const char *label;

	if (mb_record_key(r, key, sizeof(key)) < 0)
		key[0] = 0;
	label = profile_label(answer->profile, answer_head(answer), key);
	begin_line(&l, answer, part);
	number_cell(&l, index);
	word_cell(&l, key);
	word_cell(&l, label ? label : "");
	place_cells(&l, r);
	word_cell(&l, mb_record_name(r));
	text_of(&l, r, mb_record_description);
	text_of(&l, r, mb_record_unit);
	value_cell(&l, r);
	word_cell(&l, r->value.reason ? mb_reason_text(r->value.reason) : "");
	raw_cell(&l, r);
	word_cell(&l, "");
	out_took(o, PUT(l.p, "\r\n"));
}

/* A field that a profile finds in a maker's data. */
static void field_line(struct out *o, char separator_char, const struct answer *answer, size_t part,
	unsigned index, const struct profile_field *field)
{
	struct line l = {out_room(o, LINE_ROOM), separator_char, false};
	char key[32];

	*put_u64(put_text(key, "manufacturer@"), field->offset) = 0;
	begin_line(&l, answer, part);
	number_cell(&l, index);
	word_cell(&l, key);
	word_cell(&l, field->label);
	empty_cells(&l, 4);
	word_cell(&l, "manufacturer_specific");
	word_cell(&l, field->label);
	word_cell(&l, field->unit);
	word_cell(&l, field->text);
	empty_cells(&l, 3);
	out_took(o, PUT(l.p, "\r\n"));
}

static void error_line(struct out *o, char separator_char, const struct answer *answer, size_t part,
	int error, const char *note)
{
	struct line l = {out_room(o, LINE_ROOM), separator_char, false};

	begin_line(&l, answer, part);
	empty_cells(&l, 11);
	word_cell(&l, note ? note : "");
	cell(&l);
	word_cell(&l, mb_error_name(error));
	out_took(o, PUT(l.p, "\r\n"));
}

/* What a telegram without records says. */
static void said_line(struct out *o, char separator_char, const struct answer *answer, size_t part,
	const struct said *said)
{
	struct line l = {out_room(o, LINE_ROOM), separator_char, false};
	bool error = answer->parts[part].telegram.layout == MB_LAYOUT_APPLICATION_ERROR;

	begin_line(&l, answer, part);
	empty_cells(&l, 7);
	word_cell(&l, said->key);
	word_cell(&l, said->text);
	cell(&l);
	word_cell(&l, said->value);
	empty_cells(&l, 2);
	word_cell(&l, error ? mb_error_name(MB_E_APPLICATION) : "");
	out_took(o, PUT(l.p, "\r\n"));
}

static void other_parts(struct out *o, char separator_char, const struct answer *answer)
{
	struct said said;

	for (size_t i = 0; i < answer->part_count; i++) {
		const struct answer_part *part = &answer->parts[i];

		if (part->error < 0)
			error_line(o, separator_char, answer, i, part->error, NULL);
		else if (part->readable && said_read(&part->telegram, &said))
			said_line(o, separator_char, answer, i, &said);
	}
}

static void record_lines(struct out *o, char separator_char, const struct answer *answer,
	size_t part, unsigned index, const struct mb_record *r)
{
	struct profile_field field;

	record_line(o, separator_char, answer, part, index, r);
	if (!answer->profile || r->kind == MB_RECORD_DATA)
		return;
	for (size_t i = 0; profile_next(answer->profile, answer_head(answer), r, &i, &field);)
		field_line(o, separator_char, answer, part, index, &field);
}

void csv_answer(struct out *o, const struct answer *answer, const struct format_options *options)
{
	char c = separator(options);
	struct answer_walk w;
	struct mb_record r;
	unsigned index = 0;
	int rc;

	if (answer->error < 0)
		error_line(o, c, answer, 0, answer->error, answer->note);
	for (answer_walk(&w, answer); (rc = answer_next(&w, &r)) != 0;) {
		if (rc > 0)
			record_lines(o, c, answer, w.part, index++, &r);
		else
			error_line(o, c, answer, w.part, rc, NULL);
	}
	other_parts(o, c, answer);
}
