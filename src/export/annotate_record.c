/* SPDX-License-Identifier: MIT */
#include "export/annotate_impl.h"
#include "export/profile.h"
#include "export/put.h"
#include "export/values.h"

#include <meterbus/encode.h>
#include <meterbus/record.h>
#include <meterbus/vif.h>

#include <stdio.h>

#define TEXT_MAX_LEN 2048
#define EXTENDED 0x80
#define VIFE_ESCAPE_FC 0xFC

static void dib(struct notes *n, const struct mb_record *r)
{
	struct mb_metadata m;
	char text[160];

	mb_record_metadata(r, &m);
	snprintf(text, sizeof(text), "DIF: %s, %s%s", m.data_field_label,
		mb_function_name(r->function), r->dib[0] & 0x40 ? ", storage + 1" : "");
	notes_line(n, r->dib, 1, STYLE_DIB, text);
	for (unsigned i = 1; i < r->dib_len; i++) {
		uint8_t dife = r->dib[i];

		snprintf(text, sizeof(text), "DIFE: storage + %llu, tariff + %u, subunit + %u",
			(unsigned long long)(dife & 15) << (4 * i - 3),
			(dife >> 4 & 3u) << (2 * i - 2), (dife >> 6 & 1u) << (i - 1));
		notes_line(n, r->dib + i, 1, STYLE_DIB, text);
	}
}

static void vif(struct notes *n, const struct mb_record *r)
{
	char text[TEXT_MAX_LEN], unit[MB_UNIT_TEXT_MAX] = "";
	char scale[24] = "";

	int exp10 = r->vif ? r->vif->exp10 : 0;

	if (r->vif && r->vif->scaled)
		exp10 += r->vif_code - r->vif->code;
	if (exp10)
		snprintf(scale, sizeof(scale), ", 10^%d", exp10);
	if (r->vif)
		snprintf(unit, sizeof(unit), "%s%s", *mb_unit_text(r->vif->unit) ? " " : "",
			mb_unit_text(r->vif->unit));
	snprintf(text, sizeof(text), "VIF: %s%s%s", mb_record_quantity(r), scale, unit);
	notes_line(n, r->vib, r->vif_len, STYLE_VIB, text);
}

static void plain_text(struct notes *n, const struct mb_record *r)
{
	char text[TEXT_MAX_LEN], name[2 * 256 + 1];
	int len = values_plain_text(r, name, sizeof(name));

	snprintf(text, sizeof(text), "text \"%.*s\"", len, name);
	notes_line(n, r->text - 1, r->text_len + 1u, STYLE_VIB, text);
}

static void vife(struct notes *n, const struct mb_record *r, const uint8_t *code, bool maker)
{
	bool fc = *code == VIFE_ESCAPE_FC && code + 1 < r->vife + r->vife_len && !maker;
	const struct mb_vife *row =
		fc ? mb_vife_fc_find(code[1] & 0x7F) : mb_vife_find(*code & 0x7F, r->from_master);
	char text[160];

	snprintf(text, sizeof(text), "VIFE: %s", maker ? "the manufacturer's" : mb_vife_text(row));
	notes_line(n, code, fc ? 2 : 1, STYLE_VIB, text);
}

static void vifes(struct notes *n, const struct mb_record *r)
{
	bool maker = r->vif_table == MB_VIF_MANUFACTURER;

	for (const uint8_t *p = r->vife; p < r->vife + r->vife_len;) {
		vife(n, r, p, maker);
		maker = maker || (*p & 0x7F) == 0x7F;
		p = n->next > p ? n->next : p + 1;
	}
}

static void value_text(const struct mb_record *r, char *text, size_t max)
{
	char value[VALUES_TEXT_MAX], unit[MB_UNIT_TEXT_MAX], key[MB_KEY_MAX];

	int len = mb_value_text(&r->value, value, sizeof(value));

	*put_shown(value, value, len > 0 ? (size_t)len : 0) = 0; /* a NUL in it, too */
	if (mb_record_unit(r, unit, sizeof(unit)) < 0)
		unit[0] = 0;
	if (mb_record_key(r, key, sizeof(key)) < 0)
		key[0] = 0;
	snprintf(text, max, "%s%s%s%s%s%s  [%s]", value, *value && *unit ? " " : "",
		*value ? unit : "", r->value.reason ? " (" : "",
		r->value.reason ? mb_reason_text(r->value.reason) : "", r->value.reason ? ")" : "",
		key);
}

static void data(struct notes *n, const struct mb_record *r)
{
	char text[TEXT_MAX_LEN];

	if (r->data_field == MB_DATA_LVAR && r->data == r->vib + r->vib_len + 1)
		notes_line(n, r->data - 1, 1, STYLE_DIB, "LVAR: length and kind of the data");
	value_text(r, text, sizeof(text));
	notes_line(n, r->data, r->data_len, STYLE_DATA, text);
}

static void maker_data(struct notes *n, const struct mb_record *r)
{
	static const char *const names[] = {
		[MB_RECORD_MANUFACTURER] = "DIF: manufacturer data to the end",
		[MB_RECORD_MORE] = "DIF: more records follow in the next telegram",
		[MB_RECORD_GLOBAL_READOUT] = "DIF: global readout request",
	};
	struct profile_field field;
	char text[PROFILE_FIELD_TEXT_MAX + PROFILE_LABEL_MAX + PROFILE_UNIT_MAX + 16];

	notes_line(n, r->dib, r->dib_len, STYLE_DIB, names[r->kind]);
	for (size_t i = 0;
		profile_next(n->answer->profile, answer_head(n->answer), r, &i, &field);) {
		if (r->data + field.offset > n->next)
			notes_line(n, n->next, (size_t)(r->data + field.offset - n->next),
				STYLE_DATA, "not described");
		snprintf(text, sizeof(text), "%s: %s %s", field.label, field.text, field.unit);
		notes_line(n, r->data + field.offset, field.len, STYLE_DATA, text);
	}
	if (n->next < r->data + r->data_len)
		notes_line(n, n->next, (size_t)(r->data + r->data_len - n->next), STYLE_DATA,
			"known to the manufacturer");
}

/* A counter of the fixed structure, or an element of a profile whose bytes were shown with it. */
static void bare_value(struct notes *n, const struct mb_record *r)
{
	char text[TEXT_MAX_LEN];
	bool shown = r->flags & MB_RECORD_UNROLLED;

	value_text(r, text, sizeof(text));
	notes_line(n, shown ? NULL : r->data, shown ? 0 : r->data_len, STYLE_DATA, text);
}

void annotate_record(struct notes *n, const struct mb_record *r)
{
	if (r->flags & (MB_RECORD_FIXED | MB_RECORD_UNROLLED)) {
		bare_value(n, r);
		return;
	}
	if (notes_has(n, r->dib, 1) && r->dib > n->next && notes_has(n, n->next, 1))
		notes_line(n, n->next, (size_t)(r->dib - n->next), STYLE_DIM, "idle filler");
	if (r->kind != MB_RECORD_DATA) {
		maker_data(n, r);
		return;
	}
	if (notes_has(n, r->dib, 1)) { /* a compact frame has only the data */
		dib(n, r);
		vif(n, r);
		if (r->text && (r->flags & MB_RECORD_TEXT_FIRST))
			plain_text(n, r);
		vifes(n, r);
		if (r->text && !(r->flags & MB_RECORD_TEXT_FIRST))
			plain_text(n, r);
	}
	data(n, r);
}
