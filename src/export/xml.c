/* SPDX-License-Identifier: MIT */
#include "export/xml.h"

#include "export/libmbus_names.h"
#include "export/put.h"
#include "export/said.h"
#include "export/values.h"

#include <meterbus/error.h>
#include <meterbus/record.h>

#define HEADER_ROOM 8192
/* a record's fixed text, units and numbers */
#define RECORD_ROOM (2048 + PUT_ESCAPED_MAX * VALUES_TEXT_MAX)
#define VALUE_DECIMALS 6 /* libmbus prints %f */

/* Where a document stands. */
struct xml {
	struct out *o;
	const struct answer *answer;
	bool normalized;
	int frame; /* number of the telegram, -1 when there is only one */
	unsigned id;
};

static void head(struct out *o)
{
	out_text(o, "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n");
}

void xml_begin(struct out *o, const struct format_options *options)
{
	if (!options->many)
		return;
	head(o);
	out_text(o, "<MBusDataSet>\n");
}

void xml_end(struct out *o, const struct format_options *options)
{
	if (options->many)
		out_text(o, "</MBusDataSet>\n");
}

/* The text is ready for XML. */
static char *put_element(char *p, const char *name, const char *text)
{
	p = PUT(p, "        <");
	p = put_text(p, name);
	p = put_char(p, '>');
	p = put_text(p, text);
	p = PUT(p, "</");
	p = put_text(p, name);
	return PUT(p, ">\n");
}

/* The identification without leading zeros, as libmbus prints it. */
static char *put_short_id(char *p, uint32_t id)
{
	char digits[8];
	unsigned skip = 0;

	put_id(digits, id);
	while (skip < 7 && digits[skip] == '0')
		skip++;
	return put_bytes(p, digits + skip, 8 - skip);
}

static char *put_state(char *p, const struct mb_telegram *t)
{
	p = PUT(p, "        <AccessNumber>");
	p = put_u64(p, t->access);
	p = PUT(p, "</AccessNumber>\n        <Status>");
	p = put_hex_byte(p, t->status);
	return PUT(p, "</Status>\n");
}

static char *put_identity(char *p, const struct mb_telegram *t)
{
	char letters[5];

	p = PUT(p, "        <Id>");
	p = put_short_id(p, t->address.id);
	p = PUT(p, "</Id>\n");
	if (t->layout == MB_LAYOUT_FIXED)
		return put_element(p, "Medium", libmbus_fixed_medium(mb_telegram_fixed_medium(t)));
	mb_manufacturer_letters(t->address.manufacturer, letters);
	p = put_element(p, "Manufacturer", letters);
	p = PUT(p, "        <Version>");
	p = put_u64(p, t->address.version);
	p = PUT(p, "</Version>\n");
	p = put_element(p, "ProductName", libmbus_product(&t->address));
	return put_element(p, "Medium", libmbus_medium(t->address.medium));
}

static char *put_application_error(char *p, const struct mb_telegram *t)
{
	const char *text = libmbus_application_error(mb_telegram_error_code(t));

	/* our own texts about errors are plain ASCII */
	return put_element(p, "Error", text ? text : answer_application_error(t));
}

static char *put_error(char *p, int error, const char *note)
{
	p = put_text(PUT(p, "        <Error>"), mb_error_name(error));
	if (note)
		p = put_xml(PUT(p, ": "), note, strlen(note));
	return PUT(p, "</Error>\n");
}

/* What a telegram without records says; libmbus has words for application errors only. */
static char *put_said(char *p, const struct mb_telegram *t)
{
	struct said said;

	if (t->layout == MB_LAYOUT_APPLICATION_ERROR)
		return put_application_error(p, t);
	if (!said_read(t, &said))
		return p;
	if (t->frame.type != MB_FRAME_LONG)
		return put_element(p, "Frame", said.text);
	if (t->layout == MB_LAYOUT_ALARM)
		return put_element(p, "Alarm", said.value);
	p = put_text(PUT(p, "        <Application id=\""), said.value);
	p = put_text(PUT(p, "\">"), said.text);
	return PUT(p, "</Application>\n");
}

/* Why there is no, or no whole, answer. */
static char *put_reason(char *p, const struct answer *a, const struct mb_telegram *t)
{
	if (t && t->layout == MB_LAYOUT_APPLICATION_ERROR)
		return p;
	if (a->error < 0)
		return put_error(p, a->error, a->note);
	return !t && a->part_count > 0 ? put_error(p, a->parts[0].error, NULL) : p;
}

static void slave_information(const struct xml *x)
{
	const struct mb_telegram *t = answer_head(x->answer);
	char *p = out_room(x->o, HEADER_ROOM);

	p = PUT(p, "    <SlaveInformation>\n");
	if (t && t->has_address)
		p = put_identity(p, t);
	if (t && t->has_status)
		p = put_state(p, t);
	if (t && t->has_status && t->layout != MB_LAYOUT_FIXED) {
		p = PUT(p, "        <Signature>");
		p = put_hex_byte(p, (uint8_t)(t->config >> 8));
		p = put_hex_byte(p, (uint8_t)t->config);
		p = PUT(p, "</Signature>\n");
	}
	if (t)
		p = put_said(p, t);
	p = put_reason(p, x->answer, t);
	p = PUT(p, "    </SlaveInformation>\n\n");
	out_took(x->o, p);
}

static char *put_function(char *p, const struct mb_record *r)
{
	static const char *const texts[4] = {"Instantaneous value", "Maximum value",
		"Minimum value", "Value during error state"};
	const char *text = texts[r->function & 3];

	if (r->kind != MB_RECORD_DATA)
		text = r->kind == MB_RECORD_MORE ? "More records follow" : "Manufacturer specific";
	p = PUT(p, "        <Function>");
	p = put_text(p, text);
	return PUT(p, "</Function>\n");
}

static char *put_place(char *p, const struct mb_record *r)
{
	p = PUT(p, "        <StorageNumber>");
	p = put_u64(p, r->storage);
	p = PUT(p, "</StorageNumber>\n");
	if (r->dib_len < 2)
		return p;
	p = PUT(p, "        <Tariff>");
	p = put_u64(p, r->tariff);
	p = PUT(p, "</Tariff>\n        <Device>");
	p = put_u64(p, r->subunit);
	return PUT(p, "</Device>\n");
}

/* "Volume (1e-2  m^3)" */
static char *put_plain_unit(char *p, const struct libmbus_vif *v, const struct mb_record *r)
{
	const char *plain = v->plain;

	if (!plain)
		return put_text(p, v->label);
	if (v->label) {
		p = put_text(p, v->label);
		p = PUT(p, " (");
	}
	if (v->span > 1) /* that of the VIF, though a VIFE makes the value something else */
		p = libmbus_prefix(p, r->vif->exp10 + r->vif_code - r->vif->code);
	p = put_text(p, plain);
	return v->label ? put_char(p, ')') : p;
}

/* "1e-2  %RH": a factor stands before a plain-text unit, and only there. */
static char *put_text_unit(char *p, const struct mb_record *r, bool normalized)
{
	char text[MB_UNIT_TEXT_MAX * 2];
	int len = values_plain_text(r, text, sizeof(text));

	if (!normalized && r->vife_len > 0 && (r->vife[0] & 0x78) == 0x70) {
		p = libmbus_prefix(p, (r->vife[0] & 7) - 6);
		p = put_char(p, ' ');
	}
	return put_xml(p, text, (size_t)len);
}

/* What libmbus has no words for. */
static char *put_own_unit(char *p, const struct mb_record *r)
{
	char text[MB_UNIT_TEXT_MAX];
	int len = mb_record_unit(r, text, sizeof(text));
	const char *quantity = mb_record_quantity(r);

	p = put_xml(p, quantity, strlen(quantity));
	if (len <= 0)
		return p;
	p = PUT(p, " (");
	p = put_xml(p, text, (size_t)len);
	return put_char(p, ')');
}

static char *put_unit(char *p, const struct mb_record *r)
{
	const struct libmbus_vif *v = libmbus_vif(r);

	p = PUT(p, "        <Unit>");
	if (r->vif_table == MB_VIF_PLAIN_TEXT)
		p = put_text_unit(p, r, false);
	else
		p = v ? put_plain_unit(p, v, r) : put_own_unit(p, r);
	return PUT(p, "</Unit>\n");
}

static char *put_base_unit(char *p, const struct mb_record *r)
{
	char text[MB_UNIT_TEXT_MAX];
	int len = mb_record_unit(r, text, sizeof(text));

	return len > 0 ? put_xml(p, text, (size_t)len) : p;
}

static char *put_normalized_unit(char *p, const struct mb_record *r)
{
	const struct libmbus_vif *v = libmbus_vif(r);

	p = PUT(p, "        <Unit>");
	if (r->kind == MB_RECORD_DATA && r->vif_table == MB_VIF_PLAIN_TEXT)
		p = put_char(p, '-');
	else if (r->kind == MB_RECORD_DATA)
		p = v ? put_text(p, v->unit) : put_base_unit(p, r);
	p = PUT(p, "</Unit>\n        <Quantity>");
	if (r->kind == MB_RECORD_DATA && r->vif_table == MB_VIF_PLAIN_TEXT)
		p = put_text_unit(p, r, true);
	else if (r->kind == MB_RECORD_DATA && v)
		p = put_text(p, v->quantity);
	else if (r->kind == MB_RECORD_DATA)
		p = put_xml(p, mb_record_quantity(r), strlen(mb_record_quantity(r)));
	return PUT(p, "</Quantity>\n");
}

static char *put_normalized_value(char *p, const struct mb_record *r)
{
	const struct libmbus_vif *v = libmbus_vif(r);
	struct mb_decimal number;

	if (r->value.type == MB_VALUE_REAL && r->value.real.exp10 >= 0)
		return put_real(p, r, r->value.real.exp10, VALUE_DECIMALS);
	if (values_bits(r, &number.magnitude))
		number = (struct mb_decimal){.magnitude = number.magnitude};
	else if (!mb_value_decimal(&r->value, &number))
		return put_raw_value(p, r, VALUE_DECIMALS, put_xml);
	if (v && v->seconds > 1 && number.magnitude <= UINT64_MAX / v->seconds)
		number.magnitude *= v->seconds;
	return put_decimal(p, &number, VALUE_DECIMALS);
}

static char *put_timestamp(char *p, int64_t time_us)
{
	if (time_us == 0)
		return p;
	p = PUT(p, "        <Timestamp>");
	p = put_time(p, time_us, false) - 1; /* no Z in this shape */
	return PUT(p, "</Timestamp>\n");
}

static char *put_record_start(char *p, struct xml *x)
{
	p = PUT(p, "    <DataRecord id=\"");
	p = put_u64(p, x->id++);
	if (x->frame >= 0) {
		p = PUT(p, "\" frame=\"");
		p = put_u64(p, (unsigned)x->frame);
	}
	return PUT(p, "\">\n");
}

static void record(struct xml *x, const struct mb_record *r, int64_t time_us)
{
	char *p = put_record_start(out_room(x->o, RECORD_ROOM), x);
	bool data = r->kind == MB_RECORD_DATA;

	p = put_function(p, r);
	if (data || x->normalized)
		p = put_place(p, r);
	if (x->normalized)
		p = put_normalized_unit(p, r);
	else if (data)
		p = put_unit(p, r);
	p = PUT(p, "        <Value>");
	p = x->normalized && data ? put_normalized_value(p, r)
				  : put_raw_value(p, r, VALUE_DECIMALS, put_xml);
	p = PUT(p, "</Value>\n");
	p = put_timestamp(p, time_us);
	p = PUT(p, "    </DataRecord>\n\n");
	out_took(x->o, p);
}

/* A counter of the fixed structure: the unit as sent, no scale, in both shapes. */
static void counter(struct xml *x, const struct mb_record *r, const struct mb_telegram *t)
{
	char *p = put_record_start(out_room(x->o, RECORD_ROOM), x);
	bool stored = t->status & 2; /* both counters are those of a fixed date */

	p = put_element(p, "Function", stored ? "Stored value" : "Actual value");
	p = put_element(p, "Unit", libmbus_fixed_unit(values_fixed_unit(r)));
	p = PUT(p, "        <Value>");
	p = put_raw_value(p, r, VALUE_DECIMALS, put_xml);
	p = PUT(p, "</Value>\n    </DataRecord>\n\n");
	out_took(x->o, p);
}

static void rest_error(struct xml *x, int error)
{
	char *p = out_room(x->o, HEADER_ROOM);

	p = PUT(p, "    <Error>");
	p = put_text(p, mb_error_name(error));
	out_took(x->o, PUT(p, "</Error>\n\n"));
}

static void records(struct xml *x)
{
	const struct answer_part *parts = x->answer->parts;
	struct answer_walk w;
	struct mb_record r;
	int rc;

	for (answer_walk(&w, x->answer); (rc = answer_next(&w, &r)) != 0;) {
		const struct answer_part *part = &parts[w.part];

		if (x->frame >= 0)
			x->frame = (int)w.part;
		if (rc < 0)
			rest_error(x, rc);
		else if (r.flags & MB_RECORD_UNROLLED)
			continue; /* libmbus has the profile alone; its scripts count records */
		else if (r.flags & MB_RECORD_FIXED)
			counter(x, &r, &part->telegram);
		else
			record(x, &r, part->time_us);
	}
	for (size_t i = 0; i < x->answer->part_count; i++)
		if (parts[i].error < 0 && answer_head(x->answer))
			rest_error(x, parts[i].error);
}

static void document(struct xml *x, bool many)
{
	if (!many)
		head(x->o);
	out_text(x->o, "<MBusData>\n\n");
	slave_information(x);
	records(x);
	out_text(x->o, "</MBusData>\n");
}

void xml_answer(struct out *o, const struct answer *answer, const struct format_options *options)
{
	struct xml x = {.o = o, .answer = answer, .frame = answer->part_count > 1 ? 0 : -1};

	document(&x, options->many);
}

void xml_normalized_answer(
	struct out *o, const struct answer *answer, const struct format_options *options)
{
	struct xml x = {.o = o,
		.answer = answer,
		.normalized = true,
		.frame = answer->part_count > 1 ? 0 : -1};

	document(&x, options->many);
}
