/* SPDX-License-Identifier: MIT */
#include "export/json_head.h"

#include "export/json_put.h"

static const char *const kinds[] = {"data", "manufacturer", "more", "global_readout"};

static const struct fragment functions[] = {
	[MB_FUNCTION_INSTANTANEOUS] = FRAGMENT(",\"function\":\"instantaneous\""),
	[MB_FUNCTION_MAXIMUM] = FRAGMENT(",\"function\":\"maximum\""),
	[MB_FUNCTION_MINIMUM] = FRAGMENT(",\"function\":\"minimum\""),
	[MB_FUNCTION_ERROR] = FRAGMENT(",\"function\":\"error\""),
};

static const struct fragment units[MB_UNIT_COUNT] = {
#define MB_X(name, text) [MB_UNIT_##name] = FRAGMENT(",\"unit\":\"" text "\""),
	MB_UNIT_MAP(MB_X)
#undef MB_X
};

#define DATA_FIELD(key) FRAGMENT(",\"data_field\":\"" key "\"")
static const struct fragment data_fields[16] = {
	DATA_FIELD("none"),
	DATA_FIELD("int8"),
	DATA_FIELD("int16"),
	DATA_FIELD("int24"),
	DATA_FIELD("int32"),
	DATA_FIELD("real32"),
	DATA_FIELD("int48"),
	DATA_FIELD("int64"),
	DATA_FIELD("selection"),
	DATA_FIELD("bcd2"),
	DATA_FIELD("bcd4"),
	DATA_FIELD("bcd6"),
	DATA_FIELD("bcd8"),
	DATA_FIELD("lvar"),
	DATA_FIELD("bcd12"),
	DATA_FIELD("special"),
};

#define VIF_TYPE(key) FRAGMENT(",\"vif_type\":\"" key "\"")
static const struct fragment vif_types[] = {
	[MB_VIF_PRIMARY] = VIF_TYPE("primary"),
	[MB_VIF_FB] = VIF_TYPE("extension_fb"),
	[MB_VIF_FD] = VIF_TYPE("extension_fd"),
	[MB_VIF_FDFD] = VIF_TYPE("extension_fdfd"),
	[MB_VIF_PLAIN_TEXT] = VIF_TYPE("ascii"),
	[MB_VIF_MANUFACTURER] = VIF_TYPE("manufacturer"),
	[MB_VIF_RESERVED] = VIF_TYPE("extension_ef"),
};

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
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (r->flags & flags[i].flag)
			p = put_text(p, flags[i].text);
	return p;
}

static char *put_place(char *p, const struct mb_record *r)
{
	p = put_fragment(p, &functions[r->function & 3]);
	if (!(r->storage | r->tariff | r->subunit))
		return PUT(p, ",\"storage\":0,\"tariff\":0,\"subunit\":0");
	p = PUT_NAMED_U64(p, "storage", r->storage);
	p = PUT_NAMED_U64(p, "tariff", r->tariff);
	return PUT_NAMED_U64(p, "subunit", r->subunit);
}

/* With the text that a meter sent, as it may need escapes. */
static char *put_own_names(char *p, const struct mb_record *r)
{
	char text[MB_DESCRIPTION_MAX];
	int len = mb_record_description(r, text, sizeof(text));

	p = PUT(p, ",\"description\":");
	p = put_string(p, text, len > 0 ? (size_t)len : 0);
	len = mb_record_unit(r, text, sizeof(text));
	p = PUT(p, ",\"unit\":");
	return put_string(p, text, len > 0 ? (size_t)len : 0);
}

/* Texts of our tables go where they belong at once. */
static char *put_names(char *p, const struct mb_record *r)
{
	int len;

	p = PUT_NAMED(p, "quantity", mb_record_name(r));
	if (r->text)
		return put_own_names(p, r);
	p = PUT(p, ",\"description\":\"");
	len = mb_record_description(r, p, MB_DESCRIPTION_MAX);
	p = put_char(p + (len > 0 ? len : 0), '"');
	if (r->vife_len == 0)
		return put_fragment(p, &units[r->unit]);
	p = PUT(p, ",\"unit\":\"");
	len = mb_record_unit(r, p, MB_UNIT_TEXT_MAX);
	return put_char(p + (len > 0 ? len : 0), '"');
}

static char *put_key(char *p, const struct mb_record *r)
{
	char *key = PUT(p, ",\"key\":\"");
	int len = mb_record_key(r, key, MB_KEY_MAX);

	return len > 0 ? put_char(key + len, '"') : p;
}

char *json_put_front(char *p, const struct mb_record *r)
{
	p = put_key(p, r);
	if (r->kind != MB_RECORD_DATA || r->flags)
		p = put_kind(p, r);
	p = put_place(p, r);
	return put_names(p, r);
}

/* What the ten metadata fields of a driver have beside the ones above. */
static char *put_metadata(char *p, const struct mb_record *r)
{
	struct mb_metadata m;

	mb_record_metadata(r, &m);
	if (r->kind != MB_RECORD_DATA)
		return PUT_NAMED(p, "data_field", m.data_field_key);
	p = put_fragment(p, &data_fields[r->data_field & 0x0F]);
	p = put_fragment(p, &vif_types[r->vif_table]);
	if (m.unit_label)
		p = PUT_NAMED(p, "driver_unit", m.unit_label);
	if (m.si_prefix_key)
		p = PUT_NAMED(p, "si_prefix", m.si_prefix_key);
	if (m.has_exponent)
		p = put_i64(PUT(p, ",\"exponent\":"), m.exponent);
	return p;
}

char *json_put_back(char *p, const struct mb_record *r)
{
	p = put_named_hex(PUT(p, ",\"dib\":\""), r->dib, r->dib_len);
	p = put_named_hex(PUT(p, ",\"vib\":\""), r->vib, r->vib_len);
	return put_metadata(p, r);
}
