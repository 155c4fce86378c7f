/* SPDX-License-Identifier: MIT */
#include "export/json_head.h"

#include "export/json_put.h"

#define KEPT 128 /* heads; a power of two */
#define KEPT_BYTES_MAX 16 /* longer DIBs and VIBs are rare */
#define KEPT_TEXT_MAX 480
#define FNV_OFFSET 0x811C9DC5u
#define FNV_PRIME 0x01000193u

static const char *const kinds[] = {"data", "manufacturer", "more", "global_readout"};

/* ---- the texts ---- */

static char *put_kind(char *p, const struct mb_record *r)
{
	static const struct {
		uint16_t flag;
		const char *text;
	} flags[] = {
		{MB_RECORD_FUTURE, ",\"future\":true"},
		{MB_RECORD_NON_METRIC, ",\"non_metric\":true"},
		{MB_RECORD_UNKNOWN_VIF, ",\"unknown_vif\":true"},
		{MB_RECORD_PROFILE, ",\"profile\":true"},
		{MB_RECORD_UNROLLED, ",\"unrolled\":true"},
	};

	if (r->kind != MB_RECORD_DATA)
		p = PUT_NAMED(p, "kind", kinds[r->kind]);
	if (!r->flags)
		return p;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (r->flags & flags[i].flag)
			p = put_text(p, flags[i].text);
	return p;
}

static char *put_place(char *p, const struct mb_record *r)
{
	p = PUT_NAMED(p, "function", mb_function_name(r->function));
	p = PUT_NAMED_U64(p, "storage", r->storage);
	p = PUT_NAMED_U64(p, "tariff", r->tariff);
	return PUT_NAMED_U64(p, "subunit", r->subunit);
}

static char *put_names(char *p, const struct mb_record *r)
{
	char text[MB_DESCRIPTION_MAX];
	int len;

	p = PUT_NAMED(p, "quantity", mb_record_name(r));
	len = mb_record_description(r, text, sizeof(text));
	p = PUT(p, ",\"description\":");
	p = put_string(p, text, len > 0 ? (size_t)len : 0);
	if (r->vife_len == 0 && !r->text)
		return PUT_NAMED(p, "unit", mb_unit_text(r->unit));
	len = mb_record_unit(r, text, sizeof(text));
	p = PUT(p, ",\"unit\":");
	return put_string(p, text, len > 0 ? (size_t)len : 0);
}

/* From the key on. */
static char *put_front(char *p, const struct mb_record *r)
{
	char key[MB_KEY_MAX];

	if (mb_record_key(r, key, sizeof(key)) > 0)
		p = PUT_NAMED(p, "key", key);
	p = put_kind(p, r);
	p = put_place(p, r);
	return put_names(p, r);
}

/* What the ten metadata fields of a driver have beside the ones above. */
static char *put_metadata(char *p, const struct mb_record *r)
{
	struct mb_metadata m;

	mb_record_metadata(r, &m);
	p = PUT_NAMED(p, "data_field", m.data_field_key);
	if (m.vif_type_key)
		p = PUT_NAMED(p, "vif_type", m.vif_type_key);
	if (m.unit_label)
		p = PUT_NAMED(p, "driver_unit", m.unit_label);
	if (m.si_prefix_key)
		p = PUT_NAMED(p, "si_prefix", m.si_prefix_key);
	if (m.has_exponent)
		p = put_i64(PUT(p, ",\"exponent\":"), m.exponent);
	return p;
}

static char *put_back(char *p, const struct mb_record *r)
{
	p = put_named_hex(PUT(p, ",\"dib\":\""), r->dib, r->dib_len);
	p = put_named_hex(PUT(p, ",\"vib\":\""), r->vib, r->vib_len);
	return put_metadata(p, r);
}

/* ---- what is kept of them ---- */

struct kept {
	uint8_t bytes[KEPT_BYTES_MAX]; /* DIB and VIB */
	uint8_t len; /* 0: free */
	uint8_t dib_len;
	uint16_t front_len, back_len;
	char text[KEPT_TEXT_MAX];
};

/* A thread has its own. */
static _Thread_local struct kept kept[KEPT];

/* All but DIB and VIB that the texts depend on is as usual, and both stand together. */
static bool is_usual(const struct mb_record *r)
{
	return r->kind == MB_RECORD_DATA && r->occurrence == 0 && !r->from_master &&
	       !r->msb_first && !(r->flags & (MB_RECORD_FIXED | MB_RECORD_UNROLLED)) &&
	       r->vib == r->dib + r->dib_len && r->dib_len + r->vib_len <= KEPT_BYTES_MAX;
}

static struct kept *slot_of(const uint8_t *bytes, size_t len)
{
	uint32_t hash = FNV_OFFSET;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * FNV_PRIME;
	return &kept[(hash ^ hash >> 16) % KEPT];
}

static bool is_kept(const struct kept *k, const struct mb_record *r, size_t len)
{
	return k->len == len && k->dib_len == r->dib_len && memcmp(k->bytes, r->dib, len) == 0;
}

static void keep(struct kept *k, const struct mb_record *r, const struct json_head *head)
{
	if (head->front_len + head->back_len > sizeof(k->text))
		return;
	k->len = (uint8_t)(r->dib_len + r->vib_len);
	k->dib_len = r->dib_len;
	k->front_len = (uint16_t)head->front_len;
	k->back_len = (uint16_t)head->back_len;
	memcpy(k->bytes, r->dib, k->len);
	memcpy(k->text, head->front, head->front_len);
	memcpy(k->text + head->front_len, head->back, head->back_len);
}

void json_head(const struct mb_record *record, struct json_head *ret_head)
{
	static _Thread_local char text[JSON_HEAD_TEXT_MAX];
	bool usual = is_usual(record);
	size_t len = (size_t)record->dib_len + record->vib_len;
	struct kept *k = usual ? slot_of(record->dib, len) : NULL;

	if (usual && is_kept(k, record, len)) {
		*ret_head = (struct json_head){
			k->text, k->front_len, k->text + k->front_len, k->back_len};
		return;
	}
	ret_head->front = text;
	ret_head->back = put_front(text, record);
	ret_head->front_len = (size_t)(ret_head->back - text);
	ret_head->back_len =
		(size_t)(put_back(text + ret_head->front_len, record) - ret_head->back);
	if (usual)
		keep(k, record, ret_head);
}
