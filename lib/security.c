/* SPDX-License-Identifier: MIT */
/* Opening encrypted telegrams: modes 5 and 7, with or without an AFL. */
#include <meterbus/error.h>

#include "mem.h"
#include "number.h"
#include "security.h"
#include "telegram.h"

#define IDLE_FILLER 0x2F

/* Fields of an authentication and fragmentation layer. */
struct afl {
	uint8_t head[MBI_MAC_HEAD_MAX]; /* MCL, MCR, ML: the MAC is taken over them */
	uint8_t head_len;
	uint8_t mac_len;
	const uint8_t *mac; /* in the telegram */
};

/* What is needed to open one telegram. */
struct opening {
	const struct mb_telegram *telegram;
	const struct mb_secondary *address;
	struct mbi_keys keys;
	struct afl afl;
	bool has_counter;
	uint8_t extra; /* bytes of the header that belong to the mode */
};

static void take_counter(struct opening *o, const uint8_t *p)
{
	o->has_counter = true;
	o->keys.counter = (uint32_t)mbi_load(p, 4, false);
}

/* In the order in which they stand. Length and control are there: the telegram was parsed. */
static const struct {
	uint16_t control;
	uint8_t len;
	bool in_head;
} afl_fields[] = {
	/* clang-format off */
	{MBI_AFL_CONTROL,  1, true},
	{MBI_AFL_KEY_INFO, 2, false},
	{MBI_AFL_COUNTER,  4, true},
	{MBI_AFL_MAC,      0, false}, /* as MCL has it */
	{MBI_AFL_LENGTH,   2, true},
	/* clang-format on */
};

static int parse_afl(struct opening *o)
{
	struct afl *afl = &o->afl;
	const uint8_t *p = o->telegram->afl + 1;
	const uint8_t *end = o->telegram->afl + o->telegram->afl_len;
	unsigned control = (unsigned)mbi_load(p, 2, false);

	p += 2;
	for (unsigned i = 0; i < sizeof(afl_fields) / sizeof(afl_fields[0]); i++) {
		unsigned field = control & afl_fields[i].control;
		size_t len = afl_fields[i].len;

		if (!field)
			continue;
		if (field == MBI_AFL_MAC)
			len = afl->mac_len;
		if (!len)
			return MB_E_SECURITY_MODE;
		if ((size_t)(end - p) < len)
			return MB_E_HEADER_SHORT;
		if (field == MBI_AFL_CONTROL)
			afl->mac_len = (uint8_t)mbi_mac_len(*p);
		else if (field == MBI_AFL_COUNTER)
			take_counter(o, p);
		else if (field == MBI_AFL_MAC)
			afl->mac = p;
		if (afl_fields[i].in_head) {
			memcpy(afl->head + afl->head_len, p, len);
			afl->head_len = (uint8_t)(afl->head_len + len);
		}
		p += len;
	}
	return 0;
}

/* Mode 7: extension byte, counter, key version in front of the data. */
static int parse_mode7(struct opening *o)
{
	const struct mb_telegram *t = o->telegram;
	uint8_t extension = t->payload_len ? t->payload[0] : 0;

	o->extra = 1;
	if (t->config & MBI_CONFIG_COUNTER)
		o->extra += 4;
	if (extension & MBI_EXT_VERSION)
		o->extra++;
	if (t->payload_len < o->extra)
		return MB_E_HEADER_SHORT;
	if (t->config & MBI_CONFIG_COUNTER)
		take_counter(o, t->payload + 1);
	o->keys.derive = (extension & MBI_EXT_KDF) == MBI_EXT_KDF_A;
	return !o->keys.derive && extension & MBI_EXT_KDF ? MB_E_SECURITY_MODE : 0;
}

static int prepare(struct opening *o)
{
	const struct mb_telegram *t = o->telegram;
	int rc = 0;

	if (!o->address)
		return MB_E_INVALID;
	o->keys.id = o->address->id;
	o->keys.use = t->from_master ? MBI_KDF_TO_METER : MBI_KDF_FROM_METER;
	if (t->afl)
		rc = parse_afl(o);
	if (rc < 0)
		return rc;
	if (t->security_mode == MBI_MODE_CBC_KDF)
		rc = parse_mode7(o);
	else if (t->security_mode && t->security_mode != MBI_MODE_CBC_IV)
		rc = MB_E_SECURITY_MODE;
	if (!rc && (o->keys.derive || o->afl.mac) && !o->has_counter)
		rc = MB_E_SECURITY_MODE;
	return rc;
}

/* The encrypted blocks of the payload, len > 0, into out. */
static int decrypt(const struct opening *o, const uint8_t *in, size_t len, uint8_t *out)
{
	const struct mb_telegram *t = o->telegram;
	int rc = mbi_cbc(&o->keys, o->keys.cipher->cbc_decrypt,
		t->security_mode == MBI_MODE_CBC_IV ? o->address : NULL, t->access, in, len, out);

	if (rc < 0)
		return rc;
	return out[0] == IDLE_FILLER && out[1] == IDLE_FILLER ? 0 : MB_E_WRONG_KEY;
}

static int check_mac(const struct opening *o)
{
	const struct mb_telegram *t = o->telegram;
	const uint8_t *body = t->afl + t->afl_len; /* from the inner CI on */
	size_t body_len = (size_t)(t->payload + t->payload_len - body);
	uint8_t mac[16];
	uint8_t difference = 0;
	int rc = mbi_mac(&o->keys, o->afl.head, o->afl.head_len, body, body_len, mac);

	if (rc < 0)
		return rc;
	/* in constant time, as is the custom */
	for (size_t i = 0; i < o->afl.mac_len; i++)
		difference |= mac[i] ^ o->afl.mac[i];
	return difference ? MB_E_BAD_MAC : 0;
}

/* Plain payload into buf: its length or an error. A wrong key is told from a changed telegram by
 * decrypting first. */
static int open_payload(const struct opening *o, uint8_t *buf, size_t max)
{
	const struct mb_telegram *t = o->telegram;
	const uint8_t *in = t->payload + o->extra;
	size_t len = (size_t)t->payload_len - o->extra;
	size_t encrypted = t->security_mode ? (size_t)(t->config & MBI_CONFIG_BLOCKS) >> 4 : 0;
	int rc = 0;

	encrypted *= MBI_BLOCK;
	if (encrypted > len)
		return MB_E_HEADER_SHORT;
	if (len > max)
		return MB_E_NO_SPACE;
	if (encrypted)
		rc = decrypt(o, in, encrypted, buf);
	if (rc >= 0 && o->afl.mac)
		rc = check_mac(o);
	if (rc < 0) {
		mbi_wipe(buf, encrypted);
		return rc;
	}
	memcpy(buf + encrypted, in + encrypted, len - encrypted);
	return (int)len;
}

int mb_telegram_open(struct mb_telegram *telegram, const struct mb_cipher *cipher,
	const uint8_t key[MB_KEY_LEN], const struct mb_secondary *link_address, uint8_t *buf,
	size_t max)
{
	struct opening o = {
		.telegram = telegram,
		.address = telegram->has_address ? &telegram->address : link_address,
		.keys = {.cipher = cipher, .key = key},
	};
	int rc;

	if (telegram->layout != MB_LAYOUT_ENCRYPTED && telegram->layout != MB_LAYOUT_AFL)
		return 0;
	rc = prepare(&o);
	if (rc < 0)
		return rc;
	rc = open_payload(&o, buf, max);
	if (rc < 0)
		return rc;
	telegram->layout = telegram->header_type == MB_HEADER_FIXED ? MB_LAYOUT_FIXED
								    : mbi_ci_layout(telegram->ci);
	telegram->payload = buf;
	telegram->payload_len = (uint16_t)rc;
	return 0;
}
