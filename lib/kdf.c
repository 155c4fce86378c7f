/* SPDX-License-Identifier: MIT */
/* Keys, vectors and MACs of EN 13757-7 clause 9, on top of the caller's cipher. */
#include <meterbus/error.h>

#include "mem.h"
#include "security.h"

#define KDF_PAD 7 /* count and value of the padding bytes */

void mbi_wipe(void *bytes, size_t len)
{
	volatile uint8_t *p = bytes;

	while (len--)
		*p++ = 0;
}

void mbi_iv_mode5(const struct mb_secondary *address, uint8_t access, uint8_t ret_iv[16])
{
	uint8_t bytes[8];

	mb_secondary_write(address, bytes);
	memcpy(ret_iv, bytes + 4, 2); /* manufacturer */
	memcpy(ret_iv + 2, bytes, 4); /* identification */
	memcpy(ret_iv + 6, bytes + 6, 2); /* version, medium */
	memset(ret_iv + 8, access, 8);
}

static void put32(uint8_t *p, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

int mbi_kdf_a(const struct mb_cipher *cipher, const uint8_t key[MB_KEY_LEN], uint8_t constant,
	uint32_t counter, uint32_t id, uint8_t ret_key[MB_KEY_LEN])
{
	uint8_t block[16];

	if (!cipher->cmac)
		return MB_E_SECURITY_MODE;
	block[0] = constant;
	put32(block + 1, counter);
	put32(block + 5, id);
	memset(block + 9, KDF_PAD, KDF_PAD);
	return cipher->cmac(cipher->ctx, key, block, sizeof(block), ret_key);
}

unsigned mbi_mac_len(uint8_t mcl)
{
	static const uint8_t lens[] = {0, 0, 0, 2, 4, 8, 12, 16};

	mcl &= 0xF;
	return mcl < sizeof(lens) ? lens[mcl] : 0;
}

int mbi_mac(const struct mb_cipher *cipher, const uint8_t key[MB_KEY_LEN], const uint8_t *head,
	size_t head_len, const uint8_t *body, size_t body_len, uint8_t ret_mac[16])
{
	uint8_t message[MBI_MAC_HEAD_MAX + MB_FRAME_DATA_MAX];

	if (head_len > MBI_MAC_HEAD_MAX || body_len > MB_FRAME_DATA_MAX)
		return MB_E_INVALID;
	memcpy(message, head, head_len);
	memcpy(message + head_len, body, body_len);
	return cipher->cmac(cipher->ctx, key, message, head_len + body_len, ret_mac);
}
