/* SPDX-License-Identifier: MIT */
/* Keys, vectors and MACs of EN 13757-7 clause 9, on top of the caller's cipher. */
#include <meterbus/error.h>

#include "mem.h"
#include "number.h"
#include "security.h"
#include "telegram.h"

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

/* KDF-A, EN 13757-7 9.6.3 */
static int derive(const struct mbi_keys *keys, uint8_t constant, uint8_t ret_key[MB_KEY_LEN])
{
	uint8_t block[16];

	if (!keys->cipher->cmac)
		return MB_E_SECURITY_MODE;
	block[0] = constant;
	mbi_store(block + 1, keys->counter, 4);
	mbi_store(block + 5, keys->id, 4);
	memset(block + 9, KDF_PAD, KDF_PAD);
	return keys->cipher->cmac(keys->cipher->ctx, keys->key, block, sizeof(block), ret_key);
}

int mbi_cbc(const struct mbi_keys *keys, mbi_cbc_fn *fn, const struct mb_secondary *address,
	uint8_t access, const uint8_t *in, size_t len, uint8_t *out)
{
	uint8_t derived[MB_KEY_LEN];
	uint8_t iv[16] = {0};
	int rc = 0;

	if (address)
		mbi_iv_mode5(address, access, iv);
	if (keys->derive)
		rc = derive(keys, keys->use, derived);
	if (rc >= 0)
		rc = fn(keys->cipher->ctx, keys->derive ? derived : keys->key, iv, in, len, out);
	mbi_wipe(derived, sizeof(derived));
	return rc;
}

unsigned mbi_mac_len(uint8_t mcl)
{
	static const uint8_t lens[] = {0, 0, 0, 2, 4, 8, 12, 16};

	mcl &= MBI_MCL_MAC;
	return mcl < sizeof(lens) ? lens[mcl] : 0;
}

int mbi_mac(const struct mbi_keys *keys, const uint8_t *head, size_t head_len, const uint8_t *body,
	size_t body_len, uint8_t ret_mac[16])
{
	uint8_t message[MBI_MAC_HEAD_MAX + MB_FRAME_DATA_MAX];
	uint8_t derived[MB_KEY_LEN];
	int rc;

	if (head_len > MBI_MAC_HEAD_MAX || body_len > MB_FRAME_DATA_MAX)
		return MB_E_INVALID;
	memcpy(message, head, head_len);
	memcpy(message + head_len, body, body_len);
	rc = derive(keys, keys->use | MBI_KDF_MAC, derived);
	if (rc >= 0)
		rc = keys->cipher->cmac(
			keys->cipher->ctx, derived, message, head_len + body_len, ret_mac);
	mbi_wipe(derived, sizeof(derived));
	return rc;
}
