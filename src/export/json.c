/* SPDX-License-Identifier: MIT */
#include "export/json.h"

#include "export/json_head.h"
#include "export/json_kept.h"
#include "export/json_put.h"
#include "export/profile.h"
#include "export/put.h"
#include "export/values.h"

#include <meterbus/encode.h>
#include <meterbus/error.h>
#include <meterbus/names.h>
#include <meterbus/record.h>
#include <meterbus/security.h>

#define HEAD_ROOM 4096
#define NOTE_MAX 256 /* characters of a source or a note */
/* what one record needs: its texts escaped, its bytes in hex, the names around them */
#define RECORD_ROOM (JSON_HEAD_TEXT_MAX + 8192)
#define NUMBER_DIGITS_MAX 15 /* that every reader of IEEE doubles gives back */
#define NUMBER_EXP_MAX 20

#define TYPE(name) FRAGMENT(",\"type\":\"" name "\"")
static const struct fragment types[] = {
	[MB_VALUE_NONE] = TYPE("none"),
	[MB_VALUE_NUMBER] = TYPE("number"),
	[MB_VALUE_REAL] = TYPE("real"),
	[MB_VALUE_TEXT] = TYPE("text"),
	[MB_VALUE_DATE] = TYPE("date"),
	[MB_VALUE_DATETIME] = TYPE("datetime"),
	[MB_VALUE_TIME] = TYPE("time"),
	[MB_VALUE_BITS] = TYPE("bits"),
	[MB_VALUE_BYTES] = TYPE("bytes"),
	[MB_VALUE_DIGITS] = TYPE("digits"),
	[MB_VALUE_MANUFACTURER] = TYPE("manufacturer"),
	[MB_VALUE_INVALID] = TYPE("invalid"),
};

/* ---- the meter and its telegrams ---- */

static char *put_meter(char *p, const struct mb_telegram *t)
{
	char text[MB_ADDRESS_TEXT_MAX];
	const char *maker = mb_manufacturer_name(t->address.manufacturer);
	bool fixed = t->layout == MB_LAYOUT_FIXED;

	p = PUT(p, ",\"meter\":{\"id\":\"");
	p = put_char(put_id(p, t->address.id), '"');
	if (!fixed) {
		mb_manufacturer_letters(t->address.manufacturer, text);
		p = PUT_NAMED(p, "manufacturer", text);
		if (maker) {
			p = PUT(p, ",\"maker\":");
			p = put_string(p, maker, strlen(maker));
		}
		p = PUT_NAMED_U64(p, "version", t->address.version);
	}
	p = PUT_NAMED_U64(p, "medium", fixed ? mb_telegram_fixed_medium(t) : t->address.medium);
	p = PUT_NAMED(p, "medium_name",
		fixed ? mb_fixed_medium_text(mb_telegram_fixed_medium(t))
		      : mb_medium_key(t->address.medium));
	if (mb_secondary_format(&t->address, text, sizeof(text)) > 0)
		p = PUT_NAMED(p, "address", text);
	return put_char(p, '}');
}

static char *put_state(char *p, const struct mb_telegram *t)
{
	char text[128];
	uint8_t config[2] = {(uint8_t)(t->config >> 8), (uint8_t)t->config};

	p = PUT_NAMED_U64(p, "access", t->access);
	p = PUT_NAMED_U64(p, "status", t->status);
	if (mb_status_text(t->status, text, sizeof(text)) > 0)
		p = PUT_NAMED(p, "status_text", text);
	if (t->layout == MB_LAYOUT_FIXED)
		return p;
	p = put_named_hex(PUT(p, ",\"config\":\""), config, 2);
	return t->security_mode ? PUT_NAMED_U64(p, "security_mode", t->security_mode) : p;
}

static char *put_error(char *p, int error, const char *note)
{
	const char *text = note ? note : mb_error_text(error);
	size_t len = strlen(text);

	p = put_i64(PUT(p, ",\"error\":{\"code\":"), error);
	p = PUT_NAMED(p, "name", mb_error_name(error));
	p = PUT(p, ",\"text\":");
	p = put_string(p, text, len < NOTE_MAX ? len : NOTE_MAX);
	return put_char(p, '}');
}

static char *put_frame(char *p, const struct answer_part *part)
{
	const struct mb_telegram *t = &part->telegram;

	p = put_named_hex(PUT(p, ",\"c\":\""), &t->frame.c, 1);
	p = PUT_NAMED_U64(p, "a", t->frame.a);
	if (t->frame.type == MB_FRAME_LONG)
		p = put_named_hex(PUT(p, ",\"ci\":\""), &t->frame.ci, 1);
	if (t->has_status)
		p = put_state(p, t);
	if (t->layout == MB_LAYOUT_APPLICATION_ERROR) {
		p = PUT_NAMED_U64(p, "application_error", mb_telegram_error_code(t));
		p = PUT_NAMED(p, "application_error_text", answer_application_error(t));
	} else if (t->layout == MB_LAYOUT_APPLICATION && t->payload_len > 0) {
		p = PUT_NAMED_U64(p, "application", t->payload[0]);
		p = PUT_NAMED(p, "application_text", mb_application_text(t->payload[0]));
	} else if (t->layout == MB_LAYOUT_ALARM) {
		p = put_named_hex(PUT(p, ",\"alarm\":\""), t->payload, t->payload_len);
	}
	return p;
}

static void telegram(struct out *o, const struct answer_part *part, bool first)
{
	char *p = out_room(o, HEAD_ROOM);
	size_t shown = part->raw_len < MB_FRAME_MAX ? part->raw_len : MB_FRAME_MAX;

	if (!first)
		p = put_char(p, ',');
	p = PUT(p, "{\"raw\":\"");
	p = put_named_hex(p, part->raw, shown);
	if (part->time_us) {
		p = PUT(p, ",\"time\":\"");
		p = put_char(put_time(p, part->time_us, true), '"');
	}
	if (part->readable)
		p = put_frame(p, part);
	if (part->error < 0)
		p = put_error(p, part->error, NULL);
	out_took(o, put_char(p, '}'));
}

static void head(struct out *o, const struct answer *answer)
{
	const struct mb_telegram *t = answer_head(answer);
	char *p = out_room(o, HEAD_ROOM);

	p = PUT(p, "{\"version\":1");
	if (answer->source) {
		size_t len = strlen(answer->source);

		p = PUT(p, ",\"source\":");
		p = put_string(p, answer->source, len < NOTE_MAX ? len : NOTE_MAX);
	}
	if (answer->error < 0)
		p = put_error(p, answer->error, answer->note);
	if (t && t->has_address)
		p = put_meter(p, t);
	out_took(o, PUT(p, ",\"telegrams\":["));
	for (size_t i = 0; i < answer->part_count; i++)
		telegram(o, &answer->parts[i], i == 0);
}

/* ---- records ---- */

/* Can this decimal stand as a JSON number, so that every reader gets just it? */
static bool is_json_number(const struct mb_decimal *number)
{
	uint64_t limit = 1000000000000000; /* 10^NUMBER_DIGITS_MAX */

	return number->magnitude < limit && number->exp10 <= NUMBER_EXP_MAX &&
	       number->exp10 >= -NUMBER_EXP_MAX;
}

static char *put_number(char *p, const struct mb_decimal *number)
{
	char *text = PUT(p, ",\"value\":\"");
	size_t n;

	p = put_decimal(text, number, 0);
	n = (size_t)(p - text);
	p = put_char(p, '"');
	if (!is_json_number(number))
		return p;
	return put_bytes(PUT(p, ",\"number\":"), text, n);
}

static char *put_flags(char *p, const struct mb_datetime *t, bool time_invalid)
{
	p = PUT(p, ",\"time_flags\":{\"type\":\"");
	p = put_char(put_char(p, (char)t->type), '"');
	if (t->summer)
		p = PUT(p, ",\"summer\":true");
	if (t->invalid || time_invalid)
		p = PUT(p, ",\"invalid\":true");
	if (t->periodic)
		p = PUT(p, ",\"periodic\":true");
	if (t->leap_year)
		p = PUT(p, ",\"leap_year\":true");
	if (t->weekday)
		p = PUT_NAMED_U64(p, "weekday", t->weekday);
	if (t->week)
		p = PUT_NAMED_U64(p, "week", t->week);
	if (t->dst_hours)
		p = put_i64(PUT(p, ",\"dst_hours\":"), t->dst_hours);
	return put_char(p, '}');
}

static char *put_real_number(char *p, const struct mb_value *v)
{
	struct mb_decimal number;

	if (!mb_value_decimal(v, &number))
		return PUT(p, ",\"value\":null");
	return put_number(p, &number);
}

/* Bytes as sent, or bits and digits with the most significant ones first. */
static char *put_value_hex(char *p, const struct mb_value *v)
{
	bool as_sent = v->bytes.msb_first || v->type == MB_VALUE_BYTES;

	p = put_char(p, '"');
	for (size_t i = 0; i < v->bytes.len; i++)
		p = put_hex_byte(p, v->bytes.data[as_sent ? i : v->bytes.len - 1u - i]);
	return put_char(p, '"');
}

static char *put_value_text(char *p, const struct mb_value *v)
{
	char text[VALUES_TEXT_MAX];
	int len = mb_value_text(v, text, sizeof(text));

	return put_string(p, text, len > 0 ? (size_t)len : 0);
}

static char *put_value(char *p, const struct mb_record *r)
{
	const struct mb_value *v = &r->value;

	p = put_fragment(p, &types[v->type]);
	if (v->type == MB_VALUE_NUMBER)
		p = put_number(p, &v->number);
	else if (v->type == MB_VALUE_REAL)
		p = put_real_number(p, v);
	else if (v->type == MB_VALUE_NONE || v->type == MB_VALUE_INVALID)
		p = PUT(p, ",\"value\":null");
	else if (v->type >= MB_VALUE_BITS && v->type <= MB_VALUE_DIGITS)
		p = put_value_hex(PUT(p, ",\"value\":"), v);
	else
		p = put_value_text(PUT(p, ",\"value\":"), v);
	if (v->type >= MB_VALUE_DATE && v->type <= MB_VALUE_TIME)
		p = put_flags(p, &v->datetime, v->reason == MB_REASON_TIME_INVALID);
	return v->reason ? PUT_NAMED(p, "reason", mb_reason_text(v->reason)) : p;
}

/* The usual case without a detour: digits that are only scaled. */
static bool is_plain_number(const struct mb_record *r)
{
	return r->value.type == MB_VALUE_NUMBER && r->vife_len == 0 && !r->value.reason &&
	       r->data_field != MB_DATA_LVAR &&
	       !(r->value.number.negative && r->data_field > MB_DATA_SELECT);
}

static bool is_bcd(const struct mb_record *r)
{
	return r->data_field > MB_DATA_SELECT && r->data_field != MB_DATA_LVAR;
}

/* BCD keeps its leading zeros; it has no hex digits here. */
static char *put_plain_number(char *p, const struct mb_record *r)
{
	if (is_bcd(r)) {
		for (size_t i = 0; i < r->data_len; i++)
			p = put_hex_byte(p, r->data[r->msb_first ? i : r->data_len - 1u - i]);
		return p;
	}
	if (r->value.number.negative)
		p = put_char(p, '-');
	return put_u64(p, r->value.number.magnitude);
}

static char *put_raw(char *p, const struct mb_record *r)
{
	char text[VALUES_TEXT_MAX];
	int len;

	if (r->kind != MB_RECORD_DATA)
		return p; /* `data` has it */
	p = PUT(p, ",\"raw\":");
	if (is_plain_number(r))
		return put_char(put_plain_number(put_char(p, '"'), r), '"');
	if (r->value.type == MB_VALUE_DIGITS && is_bcd(r))
		return put_value_hex(p, &r->value);
	len = mb_record_raw_text(r, text, sizeof(text));
	return put_string(p, text, len > 0 ? (size_t)len : 0);
}

static char *put_label(char *p, const struct answer *answer, const char *key)
{
	const char *label = profile_label(answer->profile, answer_head(answer), key);

	if (!label)
		return p;
	p = PUT(p, ",\"label\":");
	return put_string(p, label, strlen(label));
}

static char *put_element_time(char *p, const struct mb_record *r)
{
	char text[MB_VALUE_TEXT_MAX];

	if (!(r->flags & MB_RECORD_TIMED) || mb_datetime_text(&r->time, text, sizeof(text)) < 0)
		return p;
	return PUT_NAMED(p, "at", text);
}

/* What a profile makes of a maker's data. */
static void fields(struct out *o, const struct answer *answer, const struct mb_record *r)
{
	struct profile_field field;
	bool first = true;

	for (size_t i = 0; profile_next(answer->profile, answer_head(answer), r, &i, &field);) {
		char *p = out_room(o, HEAD_ROOM);

		p = first ? PUT(p, ",\"fields\":[{\"label\":") : PUT(p, ",{\"label\":");
		p = put_string(p, field.label, strlen(field.label));
		p = PUT(p, ",\"value\":");
		p = put_string(p, field.text, strlen(field.text));
		p = PUT(p, ",\"unit\":");
		p = put_string(p, field.unit, strlen(field.unit));
		p = PUT_NAMED_U64(p, "offset", field.offset);
		out_took(o, put_char(p, '}'));
		first = false;
	}
	if (!first)
		out_text(o, "]");
}

static void record(struct out *o, const struct answer *answer, const struct mb_record *r,
	unsigned index, size_t part)
{
	const struct json_kept *kept = json_kept(r);
	char key[MB_KEY_MAX];
	char *p = out_room(o, RECORD_ROOM);

	p = put_u64(index ? PUT(p, ",{\"index\":") : PUT(p, "{\"index\":"), index);
	if (answer->part_count > 1)
		p = PUT_NAMED_U64(p, "telegram", part);
	p = kept ? put_bytes(p, kept->text, kept->front_len) : json_put_front(p, r);
	if (answer->profile && mb_record_key(r, key, sizeof(key)) > 0)
		p = put_label(p, answer, key);
	p = put_value(p, r);
	p = put_raw(p, r);
	p = put_element_time(p, r);
	p = put_named_hex(PUT(p, ",\"data\":\""), r->data, r->data_len);
	p = kept ? put_bytes(p, kept->text + kept->front_len, kept->back_len) : json_put_back(p, r);
	if (answer->profile && r->kind != MB_RECORD_DATA) {
		out_took(o, p);
		fields(o, answer, r);
		p = out_room(o, 1);
	}
	out_took(o, put_char(p, '}'));
}

/* The bytes behind the last good record. */
static char *put_rest(char *p, const struct answer_walk *w, int error)
{
	size_t len;
	const uint8_t *rest = answer_rest(w, &len);

	p = PUT(p, ",\"records_error\":{\"code\":");
	p = put_i64(p, error);
	p = PUT_NAMED(p, "name", mb_error_name(error));
	p = PUT_NAMED(p, "text", mb_error_text(error));
	p = put_named_hex(PUT(p, ",\"rest\":\""), rest, len);
	return put_char(p, '}');
}

void json_answer(struct out *o, const struct answer *answer, const struct format_options *options)
{
	struct answer_walk w;
	struct mb_record r;
	unsigned index = 0;
	int rc, error = 0;

	(void)options;
	head(o, answer);
	out_text(o, "],\"records\":[");
	for (answer_walk(&w, answer); (rc = answer_next(&w, &r)) != 0;) {
		if (rc > 0)
			record(o, answer, &r, index++, w.part);
		else
			error = rc;
	}
	out_text(o, "]");
	if (error < 0)
		out_took(o, put_rest(out_room(o, HEAD_ROOM), &w, error));
	out_text(o, "}\n");
}
