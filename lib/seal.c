/* SPDX-License-Identifier: MIT */
/* Encrypted telegrams, the inverse of security.c. */
#include <meterbus/error.h>

#include "mem.h"
#include "number.h"
#include "security.h"
#include "telegram.h"
#include "writer.h"

#define IDLE_FILLER 0x2F
#define FILLERS 2 /* in front: the key was right */
#define CI_AFL 0x90

/* Where things stand in what is being written, as offsets behind the outer CI. */
struct marks {
	uint16_t mac;
	uint16_t inner; /* CI behind the AFL */
};

/* MCL code of a length of MAC; 0 when there is none of that length. */
static uint8_t mac_code(uint8_t mac_len)
{
	for (uint8_t code = 1; code <= MBI_MCL_MAC; code++)
		if (mac_len && mbi_mac_len(code) == mac_len)
			return code;
	return 0;
}

static bool seal_valid(const struct mb_seal *seal, const struct mb_cipher *cipher)
{
	uint8_t header = mbi_ci_header(seal->ci);

	if (header != MB_HEADER_SHORT && header != MB_HEADER_LONG)
		return false;
	if (!cipher->cbc_encrypt || seal->key_id > MBI_EXT_KEY_ID)
		return false;
	if (seal->mode == MBI_MODE_CBC_IV)
		return !seal->mac_len;
	return seal->mac_len ? mac_code(seal->mac_len) : seal->counter_in_header;
}

/* AFL without its MAC and length, which are not known yet, and the inner CI. */
static void write_afl(struct mb_writer *w, const struct mb_seal *seal, struct marks *marks)
{
	static const uint8_t unknown[16 + 2] = {0};
	uint8_t mcl = mac_code(seal->mac_len);
	unsigned control = MBI_AFL_CONTROL | MBI_AFL_MAC;

	if (!seal->counter_in_header) {
		control |= MBI_AFL_COUNTER;
		mcl |= MBI_MCL_COUNTER;
	}
	if (seal->message_length) {
		control |= MBI_AFL_LENGTH;
		mcl |= MBI_MCL_LENGTH;
	}
	mb_write_byte(w, 0);
	mbi_write_number(w, control, 2);
	mb_write_byte(w, mcl);
	if (!seal->counter_in_header)
		mbi_write_number(w, seal->counter, 4);
	marks->mac = w->len;
	mb_write_bytes(w, unknown, seal->mac_len + (seal->message_length ? 2u : 0u));
	marks->inner = w->len;
	mb_write_byte(w, seal->ci);
}

static void write_header(struct mb_writer *w, const struct mb_seal *seal, size_t blocks)
{
	struct mb_header header = seal->header;
	unsigned config = header.config &
			  ~(unsigned)(MBI_CONFIG_MODE | MBI_CONFIG_BLOCKS | MBI_CONFIG_COUNTER);

	config |= (unsigned)seal->mode << 8 | (unsigned)blocks << 4;
	if (seal->mode == MBI_MODE_CBC_KDF && seal->counter_in_header)
		config |= MBI_CONFIG_COUNTER;
	header.config = (uint16_t)config;
	if (mbi_ci_header(seal->ci) == MB_HEADER_LONG)
		mb_write_long_header(w, &header);
	else
		mb_write_short_header(w, &header);
	if (seal->mode != MBI_MODE_CBC_KDF)
		return;
	mb_write_byte(w, MBI_EXT_KDF_A | seal->key_id);
	if (seal->counter_in_header)
		mbi_write_number(w, seal->counter, 4);
}

/* Fill in the lengths and the MAC. */
static int authenticate(struct mb_writer *w, const struct marks *marks, const struct mb_seal *seal,
	const struct mbi_keys *keys)
{
	uint8_t *at = w->bytes + marks->mac;
	const uint8_t *body = w->bytes + marks->inner;
	size_t body_len = (size_t)w->len - marks->inner;
	uint8_t head[MBI_MAC_HEAD_MAX];
	size_t head_len = marks->mac - 3u; /* MCL and MCR */
	uint8_t mac[16];
	int rc;

	w->bytes[0] = (uint8_t)(marks->inner - 1);
	memcpy(head, w->bytes + 3, head_len);
	if (seal->message_length) {
		mbi_store(at + seal->mac_len, body_len, 2);
		mbi_store(head + head_len, body_len, 2);
		head_len += 2;
	}
	rc = mbi_mac(keys, head, head_len, body, body_len, mac);
	if (rc >= 0)
		memcpy(at, mac, seal->mac_len);
	return rc;
}

/* The telegram in plain; returns where its blocks begin. */
static uint16_t write_plain(struct mb_writer *w, const struct mb_seal *seal, size_t blocks,
	const uint8_t *records, size_t len, struct marks *marks)
{
	/* clang-format off */
	static const uint8_t filler[MBI_BLOCK] = {
		IDLE_FILLER, IDLE_FILLER, IDLE_FILLER, IDLE_FILLER,
		IDLE_FILLER, IDLE_FILLER, IDLE_FILLER, IDLE_FILLER,
		IDLE_FILLER, IDLE_FILLER, IDLE_FILLER, IDLE_FILLER,
		IDLE_FILLER, IDLE_FILLER, IDLE_FILLER, IDLE_FILLER,
	};
	/* clang-format on */
	uint16_t start;

	if (seal->mac_len)
		write_afl(w, seal, marks);
	write_header(w, seal, blocks);
	start = w->len;
	mb_write_bytes(w, filler, FILLERS);
	mb_write_bytes(w, records, len);
	mb_write_bytes(w, filler, blocks * MBI_BLOCK - FILLERS - len);
	return start;
}

int mb_encode_sealed(uint8_t *buf, size_t max, uint8_t c, uint8_t a, const struct mb_seal *seal,
	const struct mb_cipher *cipher, const uint8_t key[MB_KEY_LEN], const uint8_t *records,
	size_t len)
{
	size_t blocks = (FILLERS + len + MBI_BLOCK - 1) / MBI_BLOCK;
	const struct mb_secondary *address = &seal->header.address;
	struct mbi_keys keys = {
		.cipher = cipher,
		.key = key,
		.derive = seal->mode == MBI_MODE_CBC_KDF,
		.use = c & MB_C_PRM ? MBI_KDF_TO_METER : MBI_KDF_FROM_METER,
		.counter = seal->counter,
		.id = address->id,
	};
	struct marks marks = {0};
	struct mb_writer w;
	uint8_t *start;
	int rc;

	if (!keys.derive && seal->mode != MBI_MODE_CBC_IV)
		return MB_E_SECURITY_MODE;
	if (!seal_valid(seal, cipher))
		return MB_E_INVALID;
	if (len > MB_FRAME_DATA_MAX || blocks > MBI_BLOCKS_MAX)
		return MB_E_NO_SPACE;
	mb_writer_begin(&w, buf, max, seal->mac_len ? CI_AFL : seal->ci);
	start = w.bytes + write_plain(&w, seal, blocks, records, len, &marks);
	if (w.error)
		return w.error;
	rc = mbi_cbc(&keys, cipher->cbc_encrypt, keys.derive ? NULL : address, seal->header.access,
		start, blocks * MBI_BLOCK, start);
	if (rc >= 0 && seal->mac_len)
		rc = authenticate(&w, &marks, seal, &keys);
	return rc < 0 ? rc : mb_writer_end(&w, c, a);
}
