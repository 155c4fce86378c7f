/* SPDX-License-Identifier: MIT */
/*
 * What is kept about a series beside its points: who sends it and what it means, for people and for
 * programs, and enough to show it again after a restart when the meter does not send it any more.
 */
#include "base/hex.h"
#include "base/json_out.h"
#include "collect/reading_impl.h"

#include <meterbus/address.h>
#include <meterbus/encode.h>
#include <meterbus/error.h>

#include <jansson.h>
#include <string.h>

static void put_text(struct json_out *j, const char *key, const char *text)
{
	if (!text)
		return;
	json_out_key(j, key);
	json_out_text(j, text);
}

static void put_number(struct json_out *j, const char *key, uint64_t n)
{
	json_out_key(j, key);
	json_out_u64(j, n);
}

/* The driver's ten fields; the description is with the names. */
static void put_metadata(struct json_out *j, const struct mb_record *r, uint64_t storage)
{
	struct mb_metadata m;

	mb_record_metadata(r, &m);
	put_text(j, "data_field", m.data_field_key);
	put_text(j, "function", m.function_key);
	put_number(j, "storage", storage);
	put_number(j, "tariff", m.tariff);
	put_number(j, "subunit", m.subunit);
	put_text(j, "vif_type", m.vif_type_key);
	put_text(j, "driver_unit", m.unit_label);
	put_text(j, "si_prefix", m.si_prefix_key);
	if (m.has_exponent) {
		json_out_key(j, "exponent");
		json_out_i64(j, m.exponent);
	}
}

static void put_names(struct json_out *j, const struct mb_record *r)
{
	char text[MB_DESCRIPTION_MAX];

	put_text(j, "quantity", mb_record_name(r));
	if (mb_record_description(r, text, sizeof(text)) >= 0)
		put_text(j, "description", text);
	if (mb_record_unit(r, text, sizeof(text)) >= 0)
		put_text(j, "unit", text);
}

/* As a record that stands alone: what needs more than its own bytes is not kept. */
static void put_gone(struct json_out *j, const struct reading *gone)
{
	uint8_t bytes[MB_FRAME_DATA_MAX];
	struct mb_record r;
	size_t n = 0;

	reading_record(gone, &r);
	if (r.kind != MB_RECORD_DATA || r.msb_first || r.occurrence ||
		r.flags & (MB_RECORD_FIXED | MB_RECORD_UNROLLED | MB_RECORD_PROFILE) ||
		(size_t)r.dib_len + r.vib_len + r.data_len + 1 > sizeof(bytes))
		return;
	memcpy(bytes, r.dib, r.dib_len);
	n = r.dib_len;
	memcpy(bytes + n, r.vib, r.vib_len);
	n += r.vib_len;
	if (r.data_field == MB_DATA_LVAR)
		bytes[n++] = r.lvar;
	if (r.data_len)
		memcpy(bytes + n, r.data, r.data_len);
	json_out_key(j, "last"), json_out_hex(j, bytes, n + r.data_len);
	json_out_key(j, "last_ms");
	json_out_i64(j, gone->time_ms);
}

bool reading_meta_write(struct buf *buf, const struct reading_meta *meta)
{
	const struct mb_record *r = meta->record;
	struct json_out j = JSON_OUT(buf);
	char address[MB_ADDRESS_TEXT_MAX];

	json_out_object(&j);
	if (meta->identity && mb_secondary_format(meta->identity, address, sizeof(address)) >= 0)
		put_text(&j, "meter", address);
	put_names(&j, r);
	put_metadata(&j, r, meta->storage);
	json_out_key(&j, "dib"), json_out_hex(&j, r->dib, r->dib_len);
	json_out_key(&j, "vib"), json_out_hex(&j, r->vib, r->vib_len);
	if (meta->gone)
		put_gone(&j, meta->gone);
	json_out_end(&j);
	return json_out_ok(&j) && buf_add(buf, "", 1);
}

/* ---- reading it ---- */

static bool read_meter(const json_t *meter, struct reading_meta_read *ret)
{
	struct mb_address address;

	if (!meter)
		return true;
	if (!json_is_string(meter) || mb_address_parse(json_string_value(meter), &address) < 0 ||
		address.type != MB_ADDRESS_SECONDARY)
		return false;
	ret->has_identity = true;
	ret->identity = address.secondary;
	return true;
}

bool reading_meta_read(const char *json, struct reading_meta_read *ret)
{
	json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	const json_t *last = json_object_get(root, "last");
	bool good = root && json_is_object(root);

	memset(ret, 0, sizeof(*ret));
	good = good && read_meter(json_object_get(root, "meter"), ret);
	if (good && json_is_string(last)) {
		int n = hex_bytes(json_string_value(last), json_string_length(last), ret->bytes,
			sizeof(ret->bytes));

		good = n >= 0;
		ret->len = good ? (size_t)n : 0;
		ret->time_ms = json_integer_value(json_object_get(root, "last_ms"));
		ret->has_record = good;
	}
	json_decref(root);
	return good;
}
