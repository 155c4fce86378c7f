/* SPDX-License-Identifier: MIT */
/* The walk over data records, EN 13757-3 clause 6. */
#include "record.h"

#include <meterbus/chain.h>
#include <meterbus/error.h>

#include "mem.h"
#include "vif_rows.h"

#define EXTENSION 0x80
#define DIF_SPECIAL 0x0F
#define DIF_MANUFACTURER 0x0F
#define DIF_MORE 0x1F
#define DIF_FILLER 0x2F
#define DIF_GLOBAL_READOUT 0x7F
#define DATA_FIELD_LVAR 0xD
#define VIF_FB 0xFB
#define VIF_FD 0xFD
#define VIF_EF 0xEF
#define VIF_THIRD 0x6F /* EF without its extension bit */
#define VIF_PLAIN_TEXT 0x7C
#define VIF_MANUFACTURER 0x7F
#define ACTION_ADD_TO_READOUT 0x0C
#define ACTION_DELETE_FROM_READOUT 0x0D

/* clang-format off */
const uint8_t mbi_data_len[16] = {0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, 0, 6, 0};
/* clang-format on */

/* ---- DIB ---- */

static int read_dib(struct mb_record *rec, const uint8_t *p, const uint8_t *end)
{
	unsigned dif = *p;
	int difes;

	rec->kind = MB_RECORD_DATA;
	rec->data_field = dif & 0x0F;
	rec->function = dif >> 4 & 3;
	rec->dib_len = 1;
	rec->storage = dif >> 6 & 1;
	rec->tariff = 0;
	rec->subunit = 0;
	rec->dib = p;
	if (!(dif & EXTENSION))
		return 1;
	difes = mbi_record_difes(rec, p, end);
	if (difes < 0)
		return difes;
	rec->dib_len = (uint8_t)(1 + difes);
	return 1 + difes;
}

bool mbi_same_dib(const struct mb_record *a, const struct mb_record *b)
{
	return a->function == b->function && a->storage == b->storage && a->tariff == b->tariff &&
	       a->subunit == b->subunit;
}

/* ---- VIB ---- */

#define KEEP 0xFF

/* What a VIFE does beside its label. */
static const struct vife_effect {
	uint16_t flag;
	uint8_t type; /* enum mb_data_type or KEEP */
	bool own_unit; /* the unit and scale of the VIF do not hold */
} vife_effects[] = {
	[MB_VIFE_LABEL] = {0, KEEP, false},
	[MB_VIFE_ERROR] = {0, KEEP, false},
	[MB_VIFE_ACTION] = {0, KEEP, false},
	[MB_VIFE_PER] = {0, KEEP, false},
	[MB_VIFE_TIMES] = {0, KEEP, false},
	[MB_VIFE_FACTOR] = {0, KEEP, false},
	[MB_VIFE_OFFSET] = {0, KEEP, false},
	[MB_VIFE_DATE] = {MB_RECORD_DATE, MB_TYPE_TIME, true},
	[MB_VIFE_DURATION] = {0, MB_TYPE_B, true},
	[MB_VIFE_COUNT] = {0, MB_TYPE_C, true},
	[MB_VIFE_UNSIGNED] = {0, MB_TYPE_C, false},
	[MB_VIFE_BITS] = {0, MB_TYPE_D, false},
	[MB_VIFE_PROFILE] = {MB_RECORD_PROFILE, MB_TYPE_PROFILE, false},
	[MB_VIFE_FUTURE] = {MB_RECORD_FUTURE, KEEP, false},
	[MB_VIFE_NON_METRIC] = {MB_RECORD_NON_METRIC, KEEP, false},
	[MB_VIFE_OBIS] = {0, MB_TYPE_RAW, true},
	[MB_VIFE_MANUFACTURER] = {MB_RECORD_VIFE_MANUFACTURER, KEEP, false},
	[MB_VIFE_ESCAPE_FC] = {0, KEEP, false},
	[MB_VIFE_RESERVED] = {0, KEEP, false},
};

static void add_offset(struct mbi_scale *scale, int16_t exp10)
{
	struct mb_decimal offset = {1, exp10, false};

	if (!scale->has_offset)
		scale->offset = offset;
	else
		mb_decimal_add(&scale->offset, &offset, &scale->offset);
	scale->has_offset = true;
}

static void apply_vife(
	struct mb_record *rec, struct mbi_scale *scale, const struct mb_vife *vife, uint8_t code)
{
	const struct vife_effect *effect = &vife_effects[vife->kind];
	int16_t step = (int16_t)(vife->exp10 + code - vife->code);

	rec->flags |= effect->flag;
	if (effect->type != KEEP)
		scale->type = effect->type;
	if (effect->own_unit) {
		rec->unit = MB_UNIT_NONE;
		rec->exp10 = 0;
		scale->exp10 = 0;
	}
	if (vife->kind == MB_VIFE_DURATION) {
		rec->unit = (uint8_t)(vife->unit + code - vife->code);
	} else if (vife->kind == MB_VIFE_ERROR) {
		rec->error = code;
	} else if (vife->kind == MB_VIFE_FACTOR) {
		scale->exp10 = (int16_t)(scale->exp10 + step);
		if (scale->has_offset)
			scale->offset.exp10 = (int16_t)(scale->offset.exp10 + step);
	} else if (vife->kind == MB_VIFE_OFFSET) {
		add_offset(scale, step);
	}
}

/* VIFEs from rec->vife on, which are known to be whole. */
static void apply_vifes(struct mb_record *rec, struct mbi_scale *scale)
{
	const uint8_t *p = rec->vife, *end = p + rec->vife_len;

	if (rec->vif_table == MB_VIF_MANUFACTURER) {
		rec->flags |= MB_RECORD_VIFE_MANUFACTURER;
		return;
	}
	while (p < end && !(rec->flags & MB_RECORD_VIFE_MANUFACTURER)) {
		uint8_t code = *p++ & 0x7F;
		const struct mb_vife *vife = mb_vife_find(code, rec->from_master);

		if (vife->kind == MB_VIFE_ESCAPE_FC && p < end) {
			code = *p++ & 0x7F;
			vife = mb_vife_fc_find(code);
		}
		apply_vife(rec, scale, vife, code);
	}
	if (rec->flags & MB_RECORD_NON_METRIC)
		rec->unit = MB_UNIT_NONE;
}

/* Length of a chain of VIFEs at p of which `used` were already counted, or an error. */
static int vife_chain(const uint8_t *p, const uint8_t *end, int used)
{
	for (int n = 1; n + used <= MB_VIFE_MAX; n++) {
		if (p == end)
			return MB_E_RECORD_SHORT;
		if (!(*p++ & EXTENSION))
			return n;
	}
	return p == end ? MB_E_RECORD_SHORT : MB_E_TOO_MANY_VIFE;
}

/* ISO 8859-1 as it stands in units: ASCII, degree, micro, powers, letters. */
static bool printable(uint8_t c)
{
	return (c >= 0x20 && c < 0x7F) || (c >= 0xB0 && c <= 0xB5) || c >= 0xC0;
}

/* In D48 order the string stands in front of the VIFEs. Does it look so? Returns the VIFEs' length. */
static int text_first(const uint8_t *p, const uint8_t *end)
{
	unsigned len;

	if (p == end || *p == 0 || *p >= end - p)
		return 0;
	len = *p++;
	for (unsigned i = 0; i < len; i++) {
		if (!printable(p[i]))
			return 0;
	}
	return vife_chain(p + len, end, 0);
}

/* Behind 7C or FC at p[-1]: string and VIFEs in either order. Their length or an error. */
static int read_plain_text(struct mb_record *rec, const uint8_t *p, const uint8_t *end)
{
	int vifes = 0;

	if (p[-1] & EXTENSION) {
		vifes = text_first(p, end);
		if (vifes > 0) {
			rec->flags |= MB_RECORD_TEXT_FIRST;
			rec->text_len = *p;
			rec->text = p + 1;
			rec->vife = rec->text + rec->text_len;
			rec->vife_len = (uint8_t)vifes;
			return 1 + rec->text_len + vifes;
		}
		vifes = vife_chain(p, end, 0);
		if (vifes < 0)
			return vifes;
	}
	rec->vife = p;
	rec->vife_len = (uint8_t)vifes;
	p += vifes;
	if (p == end)
		return MB_E_RECORD_SHORT;
	if (*p >= end - p)
		return MB_E_BAD_TEXT;
	rec->text_len = *p;
	rec->text = p + 1;
	return vifes + 1 + rec->text_len;
}

/* Tables behind an extension: FB, FD, FD FD, EF. Sets table and code; bytes of the VIF proper. */
static int read_extension(struct mb_record *rec, const uint8_t *p, const uint8_t *end)
{
	int n = 1;

	if (p + 1 == end)
		return MB_E_RECORD_SHORT;
	rec->vif_table = *p == VIF_FB ? MB_VIF_FB : *p == VIF_FD ? MB_VIF_FD : MB_VIF_RESERVED;
	if (*p == VIF_FD && p[1] == VIF_FD) {
		rec->vif_table = MB_VIF_FDFD;
		n = 2;
		if (p + 2 == end)
			return MB_E_RECORD_SHORT;
	}
	rec->vif_code = p[n] & 0x7F;
	return n + 1;
}

/* Row, unit and scale of the VIF proper. */
static void set_vif(struct mb_record *rec, struct mbi_scale *scale, const struct mb_vif *vif)
{
	int exp10 = vif->exp10;

	if (vif->scaled)
		exp10 += rec->vif_code - vif->code;
	rec->vif = vif;
	rec->unit = vif->unit;
	rec->flags |= vif->flags;
	rec->exp10 = (int8_t)exp10;
	scale->exp10 = (int16_t)exp10;
	scale->type = vif->type;
}

static void set_no_vif(struct mb_record *rec, struct mbi_scale *scale)
{
	rec->vif = NULL;
	rec->unit = MB_UNIT_NONE;
	rec->exp10 = 0;
	scale->type = MB_TYPE_B;
	scale->exp10 = 0;
}

/* A VIF with an extension bit, plain text or manufacturer specific. Length of the VIB or an error. */
static int read_long_vib(
	struct mb_record *rec, struct mbi_scale *scale, const uint8_t *p, const uint8_t *end)
{
	const uint8_t *start = p;
	int n = 1;

	if (*p == VIF_FB || *p == VIF_FD || *p == VIF_EF) {
		n = read_extension(rec, p, end);
		if (n < 0)
			return n;
	}
	rec->vif_len = (uint8_t)n;
	p += n;
	if (rec->vif_code == VIF_PLAIN_TEXT && n == 1) {
		rec->vif_table = MB_VIF_PLAIN_TEXT;
		n = read_plain_text(rec, p, end);
		if (n < 0)
			return n;
		p += n;
	} else {
		rec->vife = p;
		if (rec->vif_code == VIF_MANUFACTURER && n == 1)
			rec->vif_table = MB_VIF_MANUFACTURER;
		if (p[-1] & EXTENSION) {
			n = vife_chain(p, end, n - 1);
			if (n < 0)
				return n;
			rec->vife_len = (uint8_t)n;
			p += n;
		}
	}
	if (rec->vif_table <= MB_VIF_FDFD)
		set_vif(rec, scale, mb_vif_find(rec->vif_table, rec->vif_code));
	else if (rec->vif_table == MB_VIF_RESERVED)
		set_vif(rec, scale, mb_vif_find(MB_VIF_PRIMARY, VIF_THIRD));
	else
		set_no_vif(rec, scale);
	if (rec->vife_len)
		apply_vifes(rec, scale);
	return (int)(p - start);
}

static int read_vib(
	struct mb_record *rec, struct mbi_scale *scale, const uint8_t *p, const uint8_t *end)
{
	unsigned vif = *p;

	rec->vif_table = MB_VIF_PRIMARY;
	rec->vif_code = vif & 0x7F;
	rec->error = 0;
	rec->lvar = 0;
	rec->vife_len = 0;
	rec->text_len = 0;
	rec->index = 0;
	rec->occurrence = 0;
	rec->telegram = 0;
	rec->flags = 0;
	rec->vif_len = 1;
	rec->vib = p;
	rec->vife = p + 1;
	rec->text = NULL;
	scale->has_offset = false;
	if (vif & EXTENSION || vif == VIF_PLAIN_TEXT || vif == VIF_MANUFACTURER)
		return read_long_vib(rec, scale, p, end);
	set_vif(rec, scale, &mbi_vif_primary.rows[mbi_vif_primary.index[vif]]);
	return 1;
}

int mbi_record_head(
	struct mb_record *record, const uint8_t *p, const uint8_t *end, struct mbi_scale *ret_scale)
{
	int dib = read_dib(record, p, end), vib;

	if (dib < 0)
		return dib;
	if (p + dib == end)
		return MB_E_RECORD_SHORT;
	vib = read_vib(record, ret_scale, p + dib, end);
	if (vib < 0)
		return vib;
	record->vib_len = (uint16_t)vib;
	return dib + vib;
}

void mbi_record_scale(const struct mb_record *record, struct mbi_scale *ret_scale)
{
	struct mb_record copy = *record;

	read_vib(&copy, ret_scale, record->vib, record->vib + record->vib_len);
}

/* ---- data ---- */

/* EN 13757-3 table 5; CA..CF and DA..DF as D48 has them. */
int mbi_lvar_len(uint8_t lvar)
{
	if (lvar < 0xC0)
		return lvar;
	if (lvar < 0xF0)
		return lvar & 0x0F;
	if (lvar <= 0xF4)
		return 4 * (lvar - 0xEC);
	if (lvar <= 0xF6)
		return lvar == 0xF5 ? 48 : 64;
	return MB_E_BAD_LVAR;
}

static int read_lvar(struct mb_record *rec, const uint8_t *p, const uint8_t *end)
{
	int len;

	if (p == end)
		return MB_E_RECORD_SHORT;
	rec->lvar = *p++;
	len = mbi_lvar_len(rec->lvar);
	if (len < 0)
		return len;
	if (len > end - p)
		return MB_E_RECORD_SHORT;
	rec->data = p;
	rec->data_len = (uint16_t)len;
	return 1 + len;
}

/* An object action of the readout list only names a record: no data follow. */
static bool names_only(const struct mb_record *rec)
{
	for (unsigned i = 0; i < rec->vife_len; i++) {
		uint8_t code = rec->vife[i] & 0x7F;

		if (code == ACTION_ADD_TO_READOUT || code == ACTION_DELETE_FROM_READOUT)
			return true;
		if (rec->vife[i] == VIF_PLAIN_TEXT + EXTENSION) /* as a VIFE: FC and its code */
			i++;
	}
	return false;
}

int mbi_record_data(struct mb_record *record, const uint8_t *p, const uint8_t *end)
{
	unsigned len = mbi_data_len[record->data_field];

	record->data = p;
	record->data_len = 0;
	if (record->from_master && names_only(record))
		return 0;
	if (record->data_field == DATA_FIELD_LVAR)
		return read_lvar(record, p, end);
	if (len > (size_t)(end - p))
		return MB_E_RECORD_SHORT;
	record->data_len = (uint16_t)len;
	return (int)len;
}

/* ---- special DIFs ---- */

void mbi_record_clear(struct mb_record *record)
{
	memset(record, 0, sizeof(*record));
	record->value.type = MB_VALUE_NONE;
	record->vif_table = MB_VIF_PRIMARY;
}

/* The rest of the telegram, behind 0F or 1F. */
static void take_rest(struct mb_cursor *cur, struct mb_record *rec, const uint8_t *p)
{
	rec->data = p;
	rec->data_len = (uint16_t)(cur->end - p);
	rec->value.type = MB_VALUE_BYTES;
	rec->value.bytes.data = p;
	rec->value.bytes.len = rec->data_len;
	rec->value.bytes.msb_first = true;
	cur->p = cur->end;
}

/* 7F alone wants everything, with a VIF all that has this VIF. */
static int take_readout(struct mb_cursor *cur, struct mb_record *rec, const uint8_t *p)
{
	struct mbi_scale scale;
	int vib = 0;

	if (p < cur->end) {
		vib = read_vib(rec, &scale, p, cur->end);
		if (vib < 0)
			return vib;
	}
	rec->vib_len = (uint16_t)vib;
	rec->data = p + vib;
	cur->p = rec->data;
	return 1;
}

/* A DIF with low nibble F. */
static int read_special(struct mb_cursor *cur, struct mb_record *rec)
{
	const uint8_t *p = cur->p;
	uint8_t kind = MB_RECORD_GLOBAL_READOUT;

	if (*p == DIF_MANUFACTURER)
		kind = MB_RECORD_MANUFACTURER;
	else if (*p == DIF_MORE)
		kind = MB_RECORD_MORE;
	else if (*p != DIF_GLOBAL_READOUT || !cur->from_master)
		return MB_E_BAD_DIF;
	mbi_record_clear(rec);
	rec->kind = kind;
	rec->data_field = DIF_SPECIAL;
	rec->msb_first = cur->msb_first;
	rec->from_master = cur->from_master;
	rec->dib = p;
	rec->dib_len = 1;
	if (kind == MB_RECORD_GLOBAL_READOUT)
		return take_readout(cur, rec, p + 1);
	take_rest(cur, rec, p + 1);
	return 1;
}

/* ---- the walk ---- */

int mbi_record_any(struct mb_cursor *cur, struct mb_record *rec)
{
	const uint8_t *p = cur->p, *end = cur->end;
	struct mbi_scale scale;
	int head, data;

	while (p < end && *p == DIF_FILLER)
		p++;
	cur->p = p;
	if (p == end)
		return 0;
	if ((*p & 0x0F) == DIF_SPECIAL)
		return read_special(cur, rec);
	rec->msb_first = cur->msb_first;
	rec->from_master = cur->from_master;
	head = mbi_record_head(rec, p, end, &scale);
	if (head < 0)
		return head;
	p += head;
	data = mbi_record_data(rec, p, end);
	if (data < 0)
		return data;
	cur->p = p + data;
	mbi_record_value(rec, &scale);
	return 1;
}

static int refuse_format(struct mb_cursor *cur, struct mb_record *record)
{
	(void)record;
	return cur->state == MBI_CURSOR_NO_FORMAT ? MB_E_NO_FORMAT : MB_E_BAD_CRC;
}

static int next_of_state(struct mb_cursor *cur, struct mb_record *record)
{
	static int (*const next[])(struct mb_cursor * cur, struct mb_record * record) = {
		[MBI_CURSOR_RECORDS] = mbi_record_read,
		[MBI_CURSOR_FIXED] = mbi_fixed_next,
		[MBI_CURSOR_COMPACT] = mbi_compact_next,
		[MBI_CURSOR_PROFILE] = mbi_profile_next,
		[MBI_CURSOR_COMPACT_PROFILE] = mbi_profile_next,
		[MBI_CURSOR_NO_FORMAT] = refuse_format,
		[MBI_CURSOR_BAD_CRC] = refuse_format,
	};

	return next[cur->state](cur, record);
}

int mbi_record_next(struct mb_cursor *cur, struct mb_record *record)
{
	int rc = next_of_state(cur, record);

	if (rc > 0 && cur->chain)
		mbi_chain_note(cur, record);
	return rc;
}

void mb_cursor_init(
	struct mb_cursor *cur, const struct mb_telegram *telegram, struct mb_chain *chain)
{
	mb_cursor_init_bytes(cur, telegram->payload, telegram->payload_len);
	cur->chain = chain;
	cur->telegram = telegram;
	cur->msb_first = telegram->msb_first;
	cur->from_master = telegram->from_master;
	if (chain)
		chain->telegram++;
	if (telegram->layout == MB_LAYOUT_FIXED)
		cur->state = MBI_CURSOR_FIXED;
	else if (telegram->layout == MB_LAYOUT_COMPACT)
		mbi_compact_begin(cur);
	else if (telegram->layout != MB_LAYOUT_RECORDS && telegram->layout != MB_LAYOUT_SELECTION)
		cur->end = cur->p;
}
