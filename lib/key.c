/* SPDX-License-Identifier: MIT */
/* The stable key of a reading. */
#include <meterbus/record.h>

#include "text.h"
#include "vife.h"

#define FNV_OFFSET 0xCBF29CE484222325u
#define FNV_PRIME 0x100000001B3u
#define KEY_TEXT_MAX 32 /* a longer plain text stands as its hash */

static uint64_t fnv(uint64_t hash, uint8_t byte)
{
	return (hash ^ byte) * FNV_PRIME;
}

static void put_field(struct mbi_text *t, uint64_t number)
{
	mbi_put(t, '.');
	mbi_put_number(t, number, 1);
}

/* Exponents are masked by naming the first code of the span. */
static void put_vif(struct mbi_text *t, const struct mb_record *rec)
{
	static const char *const prefix[] = {
		[MB_VIF_PRIMARY] = "",
		[MB_VIF_FB] = "FB",
		[MB_VIF_FD] = "FD",
		[MB_VIF_FDFD] = "FDFD",
		[MB_VIF_PLAIN_TEXT] = "",
		[MB_VIF_MANUFACTURER] = "",
		[MB_VIF_RESERVED] = "EF",
	};
	bool scaled = rec->vif && rec->vif->scaled;

	mbi_put(t, '.');
	mbi_puts(t, rec->flags & MB_RECORD_FIXED ? "F" : prefix[rec->vif_table]);
	mbi_put_hex(t, scaled ? rec->vif->code : rec->vif_code);
}

/* Record errors, actions and factors come and go; the profile is not in its elements' keys. */
static bool in_key(const struct mb_record *rec, const struct mb_vife *vife)
{
	if (!vife)
		return true;
	switch (vife->kind) {
	case MB_VIFE_ERROR:
	case MB_VIFE_ACTION:
	case MB_VIFE_FACTOR:
	case MB_VIFE_OFFSET:
		return false;
	case MB_VIFE_PROFILE:
		return !(rec->flags & MB_RECORD_UNROLLED);
	default:
		return true;
	}
}

static void put_vifes(struct mbi_text *t, const struct mb_record *rec)
{
	struct mbi_vife_walk walk;
	struct mbi_vife_item item;

	mbi_vife_walk_init(&walk, rec);
	while (mbi_vife_next(&walk, &item)) {
		if (!in_key(rec, item.vife))
			continue;
		mbi_put(t, '.');
		if (item.behind_fc)
			mbi_puts(t, "FC");
		mbi_put_hex(t, item.code);
	}
}

static bool plain(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '/' || c == '-' || c == '_';
}

static void put_text(struct mbi_text *t, const struct mb_record *rec)
{
	uint64_t hash = FNV_OFFSET;

	mbi_put(t, '\'');
	for (unsigned i = 0; i < rec->text_len; i++) {
		uint8_t c = rec->text[rec->msb_first ? i : rec->text_len - 1u - i];

		hash = fnv(hash, c);
		if (rec->text_len * 3u > KEY_TEXT_MAX)
			continue;
		if (plain(c)) {
			mbi_put(t, (char)c);
		} else {
			mbi_put(t, '%');
			mbi_put_hex(t, c);
		}
	}
	if (rec->text_len * 3u > KEY_TEXT_MAX) {
		mbi_put(t, '=');
		for (int shift = 56; shift >= 0; shift -= 8)
			mbi_put_hex(t, (uint8_t)(hash >> shift));
	}
}

static void put_key(struct mbi_text *t, const struct mb_record *rec)
{
	static const char *const functions[] = {"inst", "max", "min", "err"};
	static const char *const specials[] = {
		[MB_RECORD_MANUFACTURER] = "manufacturer",
		[MB_RECORD_MORE] = "more",
		[MB_RECORD_GLOBAL_READOUT] = "readout",
	};

	if (rec->kind != MB_RECORD_DATA) {
		mbi_puts(t, specials[rec->kind]);
		return;
	}
	mbi_puts(t, functions[rec->function & 3]);
	if (rec->storage | rec->tariff | rec->subunit) {
		put_field(t, rec->storage);
		put_field(t, rec->tariff);
		put_field(t, rec->subunit);
	} else {
		mbi_puts(t, ".0.0.0"); /* the most */
	}
	put_vif(t, rec);
	put_vifes(t, rec);
	if (rec->vif_table == MB_VIF_PLAIN_TEXT)
		put_text(t, rec);
}

int mb_record_key(const struct mb_record *record, char *buf, size_t max)
{
	struct mbi_text t = {buf, max, 0};

	put_key(&t, record);
	if (record->occurrence) {
		mbi_put(&t, '~');
		mbi_put_number(&t, record->occurrence, 1);
	}
	return mbi_text_end(&t);
}

uint64_t mb_record_key_hash(const struct mb_record *record)
{
	char key[MB_KEY_MAX];
	struct mbi_text t = {key, sizeof(key), 0};
	uint64_t hash = FNV_OFFSET;

	put_key(&t, record);
	for (size_t i = 0; i < t.len && i < sizeof(key); i++)
		hash = fnv(hash, (uint8_t)key[i]);
	return hash;
}
