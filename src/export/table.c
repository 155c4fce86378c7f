/* SPDX-License-Identifier: MIT */
#include "export/table.h"

#include "export/profile.h"
#include "export/put.h"
#include "export/said.h"
#include "export/style.h"
#include "export/values.h"

#include <meterbus/error.h>
#include <meterbus/names.h>
#include <meterbus/record.h>

#define LINE_ROOM 4096
#define VALUE_WIDTH_MAX 24 /* longer ones stand out of line */
#define UNIT_WIDTH_MAX 12

struct table {
	struct out *o;
	const struct answer *answer;
	bool color;
	size_t value_width, unit_width;
};

/* Units that people say with k, M, G. */
static bool takes_prefix(uint8_t unit)
{
	static const uint8_t units[] = {MB_UNIT_WH, MB_UNIT_J, MB_UNIT_W, MB_UNIT_J_H, MB_UNIT_VARH,
		MB_UNIT_VAH, MB_UNIT_VAR, MB_UNIT_VA, MB_UNIT_CAL};

	for (size_t i = 0; i < sizeof(units); i++)
		if (units[i] == unit)
			return true;
	return false;
}

/* A text that was written to buf, or a length < 0. */
static void show(char *buf, int len)
{
	*put_shown(buf, buf, len > 0 ? (size_t)len : 0) = 0;
}

void table_value(const struct mb_record *record, struct table_value *ret_value)
{
	struct mb_decimal number;
	char *value = ret_value->value, *unit = ret_value->unit;
	int steps = record->exp10 / 3;

	if (record->value.type == MB_VALUE_INVALID || record->kind != MB_RECORD_DATA)
		*value = 0;
	else
		show(value, mb_value_text(&record->value, value, sizeof(ret_value->value)));
	if (record->value.type == MB_VALUE_NUMBER && steps >= 1 && steps <= 3 &&
		takes_prefix(record->unit)) {
		number = record->value.number;
		number.exp10 = (int16_t)(number.exp10 - 3 * steps);
		*put_decimal(value, &number, 0) = 0;
		*unit++ = " kMG"[steps];
	}
	show(unit, mb_record_unit(record, unit, sizeof(ret_value->unit) - 1));
	if (!*value) { /* a unit of nothing would only puzzle */
		memcpy(value, "-", 2);
		*ret_value->unit = 0;
	}
}

static void measure(struct table *t)
{
	struct answer_walk w;
	struct mb_record r;
	struct table_value v;
	int rc;

	for (answer_walk(&w, t->answer); (rc = answer_next(&w, &r)) != 0;) {
		size_t width;

		if (rc < 0)
			continue;
		table_value(&r, &v);
		width = style_width(v.value, strlen(v.value));
		if (width > t->value_width && width <= VALUE_WIDTH_MAX)
			t->value_width = width;
		width = style_width(v.unit, strlen(v.unit));
		if (width > t->unit_width && width <= UNIT_WIDTH_MAX)
			t->unit_width = width;
	}
}

static char *put_blanks(char *p, size_t width, size_t used)
{
	if (used < width) {
		memset(p, ' ', width - used);
		p += width - used;
	}
	return p;
}

static char *put_meter(char *p, const struct mb_telegram *m)
{
	char letters[5];
	const char *maker = mb_manufacturer_name(m->address.manufacturer);

	p = put_id(p, m->address.id);
	if (m->layout == MB_LAYOUT_FIXED) {
		p = PUT(p, "  ");
		return put_text(p, mb_fixed_medium_text(mb_telegram_fixed_medium(m)));
	}
	mb_manufacturer_letters(m->address.manufacturer, letters);
	p = put_text(PUT(p, "  "), letters);
	if (maker)
		p = put_char(put_text(PUT(p, " ("), maker), ')');
	p = put_u64(PUT(p, "  version "), m->address.version);
	return put_text(PUT(p, "  "), mb_medium_text(m->address.medium));
}

static char *put_state(char *p, const struct table *t, const struct mb_telegram *m)
{
	char text[128];

	p = put_u64(PUT(p, "  access "), m->access);
	if (mb_status_text(m->status, text, sizeof(text)) <= 0)
		return p;
	p = put_style(PUT(p, "  "), t->color, STYLE_BAD);
	p = put_text(p, text);
	return put_style(p, t->color, STYLE_PLAIN);
}

static char *put_cut(char *p, const char *text)
{
	size_t len = strlen(text);

	return put_shown(p, text, len < 256 ? len : 256);
}

static char *put_error(char *p, const struct table *t, int error, const char *note)
{
	p = put_style(p, t->color, STYLE_BAD);
	p = put_text(p, mb_error_name(error));
	p = put_style(p, t->color, STYLE_PLAIN);
	return put_cut(PUT(p, ": "), note ? note : mb_error_text(error));
}

static void title(struct table *t)
{
	const struct answer *a = t->answer;
	const struct mb_telegram *m = answer_head(a);
	char *p = out_room(t->o, LINE_ROOM);

	p = put_style(p, t->color, STYLE_BOLD);
	if (a->source)
		p = PUT(put_cut(p, a->source), "  ");
	if (m && m->has_address)
		p = put_meter(p, m);
	else if (m && m->frame.type == MB_FRAME_LONG)
		p = put_text(p, mb_ci_text(m->ci));
	else if (m)
		p = put_frame(p, &m->frame);
	p = put_style(p, t->color, STYLE_PLAIN);
	if (m && m->has_status)
		p = put_state(p, t, m);
	if (a->part_count > 0 && a->parts[0].time_us)
		p = put_time(PUT(p, "  "), a->parts[0].time_us, false);
	if (a->error < 0)
		p = put_error(p, t, a->error, a->note);
	out_took(t->o, put_char(p, '\n'));
}

static char *put_qualifiers(char *p, const struct mb_record *r)
{
	if (r->function != MB_FUNCTION_INSTANTANEOUS)
		p = put_text(PUT(p, ", "), mb_function_name(r->function));
	if (r->storage)
		p = put_u64(PUT(p, ", storage "), r->storage);
	if (r->tariff)
		p = put_u64(PUT(p, ", tariff "), r->tariff);
	if (r->subunit)
		p = put_u64(PUT(p, ", subunit "), r->subunit);
	return p;
}

static char *put_invalid(char *p, const struct table *t, const struct mb_record *r)
{
	char text[VALUES_TEXT_MAX];

	if (!r->value.reason)
		return p;
	p = put_style(PUT(p, "  "), t->color, STYLE_BAD);
	p = put_char(put_text(put_char(p, '('), mb_reason_text(r->value.reason)), ')');
	p = put_style(p, t->color, STYLE_PLAIN);
	if (r->value.type != MB_VALUE_INVALID || mb_record_display_text(r, text, sizeof(text)) <= 0)
		return p;
	return put_text(PUT(p, " display "), text);
}

static char *put_what(char *p, const struct table *t, const struct mb_record *r)
{
	char text[MB_DESCRIPTION_MAX];
	const char *label = NULL;
	int len;

	if (t->answer->profile && mb_record_key(r, text, sizeof(text)) > 0)
		label = profile_label(t->answer->profile, answer_head(t->answer), text);
	if (label)
		return put_text(p, label);
	len = values_description(r, text, sizeof(text));
	p = put_shown(p, text, len > 0 ? (size_t)len : 0);
	return put_qualifiers(p, r);
}

static void value_line(struct table *t, const struct mb_record *r)
{
	char *p = out_room(t->o, LINE_ROOM);
	struct table_value v;

	table_value(r, &v);
	p = PUT(p, "  ");
	p = put_blanks(p, t->value_width, style_width(v.value, strlen(v.value)));
	p = put_text(p, v.value);
	p = put_style(put_char(p, ' '), t->color, STYLE_DIM);
	p = put_text(p, v.unit);
	p = put_style(p, t->color, STYLE_PLAIN);
	p = put_blanks(p, t->unit_width, style_width(v.unit, strlen(v.unit)));
	p = put_what(PUT(p, "  "), t, r);
	p = put_invalid(p, t, r);
	out_took(t->o, put_char(p, '\n'));
}

static void bytes_line(struct table *t, const struct mb_record *r)
{
	char *p = out_room(t->o, LINE_ROOM);
	struct profile_field field;

	p = put_blanks(p, t->value_width + t->unit_width + 5, 0);
	p = put_text(p, r->kind == MB_RECORD_MORE ? "More records follow" : "Manufacturer data");
	if (r->data_len > 0)
		p = put_hex_blanks(PUT(p, ": "), r->data, r->data_len);
	out_took(t->o, put_char(p, '\n'));
	for (size_t i = 0;
		profile_next(t->answer->profile, answer_head(t->answer), r, &i, &field);) {
		p = out_room(t->o, LINE_ROOM);
		p = put_blanks(
			PUT(p, "  "), t->value_width, style_width(field.text, strlen(field.text)));
		p = put_char(put_shown(p, field.text, strlen(field.text)), ' ');
		p = put_text(p, field.unit);
		p = put_blanks(p, t->unit_width, style_width(field.unit, strlen(field.unit)));
		p = put_text(PUT(p, "  "), field.label);
		out_took(t->o, put_char(p, '\n'));
	}
}

static void error_line(struct table *t, int error)
{
	char *p = put_error(PUT(out_room(t->o, LINE_ROOM), "  "), t, error, NULL);

	out_took(t->o, put_char(p, '\n'));
}

static void records(struct table *t)
{
	struct answer_walk w;
	struct mb_record r;
	int rc;

	for (answer_walk(&w, t->answer); (rc = answer_next(&w, &r)) != 0;) {
		if (rc < 0)
			error_line(t, rc);
		else if (r.kind == MB_RECORD_MORE && r.data_len == 0)
			continue; /* the next telegram follows, or its lack is told elsewhere */
		else if (r.kind != MB_RECORD_DATA)
			bytes_line(t, &r);
		else
			value_line(t, &r);
	}
}

/* What a telegram without records says. */
static void said_line(struct table *t, const struct mb_telegram *m)
{
	char *p = PUT(out_room(t->o, LINE_ROOM), "  ");

	if (m->layout == MB_LAYOUT_APPLICATION_ERROR) {
		p = put_text(PUT(p, "application error: "), answer_application_error(m));
	} else if (m->layout == MB_LAYOUT_ALARM) {
		p = put_hex_blanks(PUT(p, "alarm bits: "), m->payload, m->payload_len);
	} else if (m->layout == MB_LAYOUT_APPLICATION && m->payload_len > 0) {
		p = put_hex_byte(PUT(p, "application "), m->payload[0]);
		p = put_text(PUT(p, ": "), mb_application_text(m->payload[0]));
	} else {
		return;
	}
	out_took(t->o, put_char(p, '\n'));
}

static void other_parts(struct table *t)
{
	for (size_t i = 0; i < t->answer->part_count; i++) {
		const struct answer_part *part = &t->answer->parts[i];

		if (part->error < 0)
			error_line(t, part->error);
		if (part->readable)
			said_line(t, &part->telegram);
	}
}

void table_answer(struct out *o, const struct answer *answer, const struct format_options *options)
{
	struct table t = {.o = o, .answer = answer, .color = options->color};

	measure(&t);
	title(&t);
	records(&t);
	other_parts(&t);
	out_text(o, "\n");
}
