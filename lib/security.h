/* SPDX-License-Identifier: MIT */
/* What opening and sealing share. */
#ifndef METERBUS_LIB_SECURITY_H
#define METERBUS_LIB_SECURITY_H

#include <meterbus/security.h>

/* Derivation constant of KDF-A: what a key is for. The low bit is set for the MAC. */
#define MBI_KDF_FROM_METER 0x00
#define MBI_KDF_TO_METER 0x10
#define MBI_KDF_MAC 0x01

/* What the MAC of an AFL is taken over: MCL, MCR and ML as sent, then CI to the last byte. */
#define MBI_MAC_HEAD_MAX 7

/* Overwrite, also where the compiler thinks that nobody looks any more. */
void mbi_wipe(void *bytes, size_t len);
/* Initial vector of mode 5. */
void mbi_iv_mode5(const struct mb_secondary *address, uint8_t access, uint8_t ret_iv[16]);
/* What keys are made from. */
struct mbi_keys {
	const struct mb_cipher *cipher;
	const uint8_t *key; /* MB_KEY_LEN */
	bool derive; /* KDF-A for the blocks, else the key itself; for the MAC always */
	uint8_t use; /* MBI_KDF_FROM_METER or _TO_METER */
	uint32_t counter;
	uint32_t id;
};

/* cbc_encrypt or cbc_decrypt of a cipher */
typedef int mbi_cbc_fn(void *ctx, const uint8_t key[16], const uint8_t iv[16], const uint8_t *in,
	size_t len, uint8_t *out);

/* Blocks, with the initial vector of mode 5 or, without address, that of mode 7. */
int mbi_cbc(const struct mbi_keys *keys, mbi_cbc_fn *fn, const struct mb_secondary *address,
	uint8_t access, const uint8_t *in, size_t len, uint8_t *out);
/* Bytes of a MAC by the low nibble of MCL, 0 for none or reserved. */
unsigned mbi_mac_len(uint8_t mcl);
/* MAC over head and body, full length. */
int mbi_mac(const struct mbi_keys *keys, const uint8_t *head, size_t head_len, const uint8_t *body,
	size_t body_len, uint8_t ret_mac[16]);

#endif
