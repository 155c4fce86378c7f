/* SPDX-License-Identifier: MIT */
/* Secondary addressing: does a selection, plain or enhanced, mean this slave? EN 13757-7. */
#include "number.h"
#include "record.h"
#include "slave_impl.h"

#define ADDRESS_LEN 8

/* F may stand only at the end: "1234FFFF", never "FFFF5678". */
static bool wildcards_trail(uint32_t id)
{
	while ((id & 0xF) == 0xF && id)
		id >>= 4;
	for (; id; id >>= 4)
		if ((id & 0xF) == 0xF)
			return false;
	return true;
}

/* Manufacturers of which half is wild. */
static bool half_wild(uint16_t manufacturer)
{
	return ((manufacturer & 0xFF) == 0xFF) != (manufacturer >> 8 == 0xFF);
}

static bool address_matches(const struct mb_slave *s, const struct mb_secondary *mask)
{
	if (quirk(s, MB_SLAVE_TRAILING_WILDCARDS) && !wildcards_trail(mask->id))
		return false;
	if (quirk(s, MB_SLAVE_WILD_MANUFACTURER) && mask->manufacturer != MB_MANUFACTURER_ANY)
		return false;
	if (quirk(s, MB_SLAVE_STRICT_WILDCARDS) && half_wild(mask->manufacturer) &&
		mask->manufacturer != s->config.identity.manufacturer)
		return false;
	return mb_secondary_match(mask, &s->config.identity);
}

static bool is_bcd(const struct mb_record *record)
{
	return (record->data_field >= 0x9 && record->data_field <= 0xC) ||
	       record->data_field == 0xE;
}

/* BCD: a nibble F is wild; else a byte FF. */
static bool data_match(const struct mb_record *mask, const struct mb_record *own)
{
	for (unsigned i = 0; i < mask->data_len; i++) {
		uint8_t m = mask->data[i];
		uint8_t differ = m ^ own->data[i];

		if (is_bcd(mask)) {
			differ = (m & 0xF0) == 0xF0 ? differ & 0x0F : differ;
			differ = (m & 0x0F) == 0x0F ? differ & 0xF0 : differ;
		} else if (m == 0xFF) {
			differ = 0;
		}
		if (differ)
			return false;
	}
	return true;
}

/* Equal but for the exponent bits of the VIF: both codes have the same row. */
static bool same_quantity(const struct mb_record *a, const struct mb_record *b)
{
	if (a->vif_table != b->vif_table || a->vif != b->vif || a->vife_len != b->vife_len)
		return false;
	if (!a->vif && a->vif_code != b->vif_code)
		return false;
	return !memcmp(a->vife, b->vife, a->vife_len);
}

static bool record_match(const struct mb_record *mask, const struct mb_record *own)
{
	return mask->data_field == own->data_field && mask->lvar == own->lvar &&
	       mask->data_len == own->data_len && mbi_same_dib(mask, own) &&
	       same_quantity(mask, own) && data_match(mask, own);
}

static bool among(const uint8_t *bytes, size_t len, const struct mb_record *mask)
{
	struct mb_cursor cur;
	struct mb_record own;

	mb_cursor_init_bytes(&cur, bytes, len);
	while (mb_record_next(&cur, &own) > 0)
		if (own.kind == MB_RECORD_DATA && record_match(mask, &own))
			return true;
	return false;
}

/* What a slave knows of itself without its registers. */
static size_t own_records(const struct mb_slave *s, uint8_t buf[28])
{
	size_t n = 0;

	buf[n++] = 0x0C;
	buf[n++] = 0x79;
	mbi_store(buf + n, s->config.identity.id, 4);
	n += 4;
	buf[n++] = 0x07;
	buf[n++] = 0x79;
	mb_secondary_write(&s->config.identity, buf + n);
	n += ADDRESS_LEN;
	buf[n++] = 0x01;
	buf[n++] = 0x7A;
	buf[n++] = s->config.primary;
	if (s->config.has_fabrication) {
		buf[n++] = 0x0C;
		buf[n++] = 0x78;
		mbi_store(buf + n, s->config.fabrication, 4);
		n += 4;
	}
	return n;
}

static bool has_record(const struct mb_slave *s, const struct mb_record *mask)
{
	uint8_t own[28];

	if (among(own, own_records(s, own), mask))
		return true;
	for (unsigned i = 0; i < s->n_telegrams; i++) {
		const struct mb_slave_telegram *t = &s->telegrams[i];

		if (t->ci == 0x72 && t->len > 12 && among(t->data + 12, t->len - 12u, mask))
			return true;
	}
	return false;
}

bool mbi_slave_matches(const struct mb_slave *s, const uint8_t *data, size_t len)
{
	struct mb_secondary mask;
	struct mb_cursor cur;
	struct mb_record record;
	int rc;

	if (len < ADDRESS_LEN || (len > ADDRESS_LEN && quirk(s, MB_SLAVE_NO_ENHANCED)))
		return false;
	mb_secondary_read(data, &mask);
	if (!address_matches(s, &mask))
		return false;
	mb_cursor_init_bytes(&cur, data + ADDRESS_LEN, len - ADDRESS_LEN);
	while ((rc = mb_record_next(&cur, &record)) > 0)
		if (!has_record(s, &record))
			return false;
	return rc == 0;
}
