/* SPDX-License-Identifier: MIT */
/* Unit, description and names of a record. */
#include <meterbus/record.h>

#include "quantity.h"
#include "text.h"
#include "vife.h"

const char *mb_function_name(unsigned function)
{
	static const char *const names[] = {
		[MB_FUNCTION_INSTANTANEOUS] = "instantaneous",
		[MB_FUNCTION_MAXIMUM] = "maximum",
		[MB_FUNCTION_MINIMUM] = "minimum",
		[MB_FUNCTION_ERROR] = "error",
	};

	return function < sizeof(names) / sizeof(names[0]) ? names[function] : "";
}

/* Quantity of a record with or without a VIF row; MBI_Q_COUNT for none. */
static unsigned quantity_of(const struct mb_record *rec)
{
	if (rec->vif)
		return rec->vif->quantity;
	if (rec->kind != MB_RECORD_DATA)
		return rec->kind == MB_RECORD_GLOBAL_READOUT ? MBI_Q_COUNT
							     : MBI_Q_MANUFACTURER_SPECIFIC;
	return rec->vif_table == MB_VIF_PLAIN_TEXT ? MBI_Q_PLAIN_TEXT : MBI_Q_MANUFACTURER_SPECIFIC;
}

const char *mb_record_name(const struct mb_record *record)
{
	return mbi_quantity_key(quantity_of(record));
}

const char *mb_record_quantity(const struct mb_record *record)
{
	return mbi_quantity_text(quantity_of(record));
}

static void put_plain_text(struct mbi_text *t, const struct mb_record *rec)
{
	mbi_put_characters(t, rec->text, rec->text_len, !rec->msb_first);
}

/* ---- unit ---- */

static void put_modifier(struct mbi_text *t, const struct mb_vife *vife)
{
	const char *text = mb_vife_unit_text(vife);

	if (!*text)
		return;
	if (t->len == 0 && *text == '/')
		mbi_put(t, '1');
	else if (t->len == 0)
		text++; /* "*s" alone is "s" */
	mbi_puts(t, text);
}

int mb_record_unit(const struct mb_record *record, char *buf, size_t max)
{
	struct mbi_text t = {buf, max, 0};
	struct mbi_vife_walk walk;
	struct mbi_vife_item item;

	if (record->flags & MB_RECORD_NON_METRIC)
		mbi_puts(&t, "non-metric");
	else if (record->vif_table == MB_VIF_PLAIN_TEXT)
		put_plain_text(&t, record);
	else
		mbi_puts(&t, mb_unit_text(record->unit));
	mbi_vife_walk_init(&walk, record);
	while (!(record->flags & MB_RECORD_DATE) && mbi_vife_next(&walk, &item))
		put_modifier(&t, item.vife);
	return mbi_text_end(&t);
}

/* ---- description ---- */

static void put_reserved(struct mbi_text *t, const char *table, uint8_t code)
{
	mbi_puts(t, "Reserved ");
	mbi_puts(t, table);
	mbi_put_hex(t, code);
}

static void put_vif(struct mbi_text *t, const struct mb_record *rec)
{
	static const char *const tables[] = {
		[MB_VIF_PRIMARY] = "VIF ",
		[MB_VIF_FB] = "VIF FB ",
		[MB_VIF_FD] = "VIF FD ",
		[MB_VIF_FDFD] = "VIF FD FD ",
		[MB_VIF_PLAIN_TEXT] = "",
		[MB_VIF_MANUFACTURER] = "",
		[MB_VIF_RESERVED] = "VIF EF ",
	};

	if (rec->vif_table == MB_VIF_PLAIN_TEXT)
		put_plain_text(t, rec);
	else if (rec->vif && rec->vif->quantity == MBI_Q_RESERVED)
		put_reserved(t, rec->flags & MB_RECORD_FIXED ? "unit " : tables[rec->vif_table],
			rec->vif_code);
	else
		mbi_puts(t, mbi_quantity_label(quantity_of(rec)));
}

/* " 0.001", " 1000" */
static void put_power_of_ten(struct mbi_text *t, int exp10)
{
	mbi_put(t, ' ');
	if (exp10 >= 0) {
		mbi_put(t, '1');
		mbi_put_zeros(t, (unsigned)exp10);
	} else {
		mbi_puts(t, "0.");
		mbi_put_zeros(t, (unsigned)(-exp10 - 1));
		mbi_put(t, '1');
	}
}

static void put_vife(struct mbi_text *t, const struct mbi_vife_item *item)
{
	const struct mb_vife *vife = item->vife;

	mbi_puts(t, ", ");
	if (!vife) {
		mbi_put_hex(t, item->code);
		return;
	}
	if (vife->kind == MB_VIFE_RESERVED) {
		put_reserved(t, item->behind_fc ? "VIFE FC " : "VIFE ", item->code);
		return;
	}
	mbi_puts(t, mbi_vife_label(vife));
	if (vife->kind == MB_VIFE_FACTOR || vife->kind == MB_VIFE_OFFSET) {
		put_power_of_ten(t, vife->exp10 + item->code - vife->code);
	} else if (vife->kind == MB_VIFE_DURATION) {
		mbi_put(t, ' ');
		mbi_puts(t, mb_unit_text((unsigned)(vife->unit + item->code - vife->code)));
	}
}

int mb_record_description(const struct mb_record *record, char *buf, size_t max)
{
	struct mbi_text t = {buf, max, 0};
	struct mbi_vife_walk walk;
	struct mbi_vife_item item;

	if (record->kind == MB_RECORD_DATA || record->vib_len) {
		put_vif(&t, record);
		mbi_vife_walk_init(&walk, record);
		while (mbi_vife_next(&walk, &item)) {
			bool profile = item.vife && item.vife->kind == MB_VIFE_PROFILE;

			if (!profile || !(record->flags & MB_RECORD_UNROLLED))
				put_vife(&t, &item);
		}
	}
	return mbi_text_end(&t);
}
