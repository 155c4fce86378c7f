/* SPDX-License-Identifier: MIT */
/* Opening encrypted telegrams: modes 5 and 7, with or without an AFL. */
#include <meterbus/error.h>

#include "mem.h"
#include "security.h"
#include "telegram.h"

#define IDLE_FILLER 0x2F

/* Fields of an authentication and fragmentation layer; pointers into the telegram. */
struct afl {
	uint8_t head[MBI_MAC_HEAD_MAX]; /* MCL, MCR, ML: the MAC is taken over them */
	uint8_t head_len;
	const uint8_t *mac;
	uint8_t mac_len;
	bool has_counter;
	uint32_t counter;
};

/* What is needed to open one telegram. */
struct opening {
	const struct mb_telegram *telegram;
	const struct mb_cipher *cipher;
	const uint8_t *key;
	const struct mb_secondary *address;
	struct afl afl;
	bool has_counter;
	uint32_t counter;
	bool derive; /* KDF-A, else the key itself */
	uint8_t extra; /* bytes of the header that belong to the mode */
};

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The next n bytes of the AFL, NULL when they run past its end. */
static const uint8_t *take(const uint8_t **p, const uint8_t *end, size_t n)
{
	const uint8_t *at = *p;

	if ((size_t)(end - at) < n)
		return NULL;
	*p += n;
	return at;
}

static void add_head(struct afl *afl, const uint8_t *bytes, uint8_t n)
{
	memcpy(afl->head + afl->head_len, bytes, n);
	afl->head_len = (uint8_t)(afl->head_len + n);
}

/* Length and control are there: the telegram was parsed. */
static int parse_afl(const struct mb_telegram *telegram, struct afl *afl)
{
	const uint8_t *p = telegram->afl + 1;
	const uint8_t *end = telegram->afl + telegram->afl_len;
	unsigned control = p[0] | (unsigned)p[1] << 8;
	const uint8_t *field;

	p += 2;
	if (control & MBI_AFL_CONTROL) {
		if (!(field = take(&p, end, 1)))
			return MB_E_HEADER_SHORT;
		add_head(afl, field, 1);
		afl->mac_len = (uint8_t)mbi_mac_len(field[0]);
	}
	if (control & MBI_AFL_KEY_INFO && !take(&p, end, 2))
		return MB_E_HEADER_SHORT;
	if (control & MBI_AFL_COUNTER) {
		if (!(field = take(&p, end, 4)))
			return MB_E_HEADER_SHORT;
		add_head(afl, field, 4);
		afl->has_counter = true;
		afl->counter = get32(field);
	}
	if (control & MBI_AFL_MAC) {
		if (!afl->mac_len)
			return MB_E_SECURITY_MODE;
		if (!(afl->mac = take(&p, end, afl->mac_len)))
			return MB_E_HEADER_SHORT;
	}
	if (control & MBI_AFL_LENGTH) {
		if (!(field = take(&p, end, 2)))
			return MB_E_HEADER_SHORT;
		add_head(afl, field, 2);
	}
	return 0;
}

/* Mode 7: extension byte, counter, key version in front of the data. */
static int parse_mode7(struct opening *o)
{
	const struct mb_telegram *t = o->telegram;
	bool has_counter = t->config & MBI_CONFIG_COUNTER;
	size_t extra = 1 + (has_counter ? 4 : 0);

	if (t->payload_len < extra)
		return MB_E_HEADER_SHORT;
	if (t->payload[0] & MBI_EXT_VERSION)
		extra++;
	if (t->payload_len < extra)
		return MB_E_HEADER_SHORT;
	if (has_counter) {
		o->has_counter = true;
		o->counter = get32(t->payload + 1);
	}
	o->extra = (uint8_t)extra;
	o->derive = (t->payload[0] & MBI_EXT_KDF) == MBI_EXT_KDF_A;
	return !o->derive && t->payload[0] & MBI_EXT_KDF ? MB_E_SECURITY_MODE : 0;
}

static int prepare(struct opening *o)
{
	const struct mb_telegram *t = o->telegram;
	int rc;

	if (!o->address)
		return MB_E_INVALID;
	if (t->afl) {
		rc = parse_afl(t, &o->afl);
		if (rc < 0)
			return rc;
		o->has_counter = o->afl.has_counter;
		o->counter = o->afl.counter;
	}
	if (t->security_mode == MBI_MODE_CBC_KDF) {
		rc = parse_mode7(o);
		if (rc < 0)
			return rc;
	} else if (t->security_mode && t->security_mode != MBI_MODE_CBC_IV) {
		return MB_E_SECURITY_MODE;
	}
	return (o->derive || o->afl.mac) && !o->has_counter ? MB_E_SECURITY_MODE : 0;
}

static uint8_t constant(const struct opening *o)
{
	return o->telegram->from_master ? MBI_KDF_TO_METER : MBI_KDF_FROM_METER;
}

static int decrypt_with(const struct opening *o, const uint8_t key[MB_KEY_LEN], const uint8_t *in,
	size_t len, uint8_t *out)
{
	uint8_t iv[16] = {0};
	int rc;

	if (o->telegram->security_mode == MBI_MODE_CBC_IV)
		mbi_iv_mode5(o->address, o->telegram->access, iv);
	rc = o->cipher->cbc_decrypt(o->cipher->ctx, key, iv, in, len, out);
	if (rc < 0)
		return rc;
	return out[0] == IDLE_FILLER && out[1] == IDLE_FILLER ? 0 : MB_E_WRONG_KEY;
}

/* The encrypted blocks of the payload, len > 0, into out. */
static int decrypt(const struct opening *o, const uint8_t *in, size_t len, uint8_t *out)
{
	uint8_t key[MB_KEY_LEN];
	int rc;

	if (!o->derive)
		return decrypt_with(o, o->key, in, len, out);
	rc = mbi_kdf_a(o->cipher, o->key, constant(o), o->counter, o->address->id, key);
	if (rc >= 0)
		rc = decrypt_with(o, key, in, len, out);
	mbi_wipe(key, sizeof(key));
	return rc;
}

/* In constant time, as is the custom. */
static bool differ(const uint8_t *a, const uint8_t *b, size_t len)
{
	uint8_t difference = 0;

	for (size_t i = 0; i < len; i++)
		difference |= a[i] ^ b[i];
	return difference;
}

static int check_mac(const struct opening *o)
{
	const struct mb_telegram *t = o->telegram;
	const uint8_t *body = t->afl + t->afl_len; /* from the inner CI on */
	size_t body_len = (size_t)(t->payload + t->payload_len - body);
	uint8_t key[MB_KEY_LEN];
	uint8_t mac[16];
	int rc;

	rc = mbi_kdf_a(
		o->cipher, o->key, constant(o) | MBI_KDF_MAC, o->counter, o->address->id, key);
	if (rc >= 0)
		rc = mbi_mac(o->cipher, key, o->afl.head, o->afl.head_len, body, body_len, mac);
	mbi_wipe(key, sizeof(key));
	if (rc < 0)
		return rc;
	return differ(mac, o->afl.mac, o->afl.mac_len) ? MB_E_BAD_MAC : 0;
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
		.cipher = cipher,
		.key = key,
		.address = telegram->has_address ? &telegram->address : link_address,
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
