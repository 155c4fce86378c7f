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
/* KDF-A, EN 13757-7 9.6.3 */
int mbi_kdf_a(const struct mb_cipher *cipher, const uint8_t key[MB_KEY_LEN], uint8_t constant,
	uint32_t counter, uint32_t id, uint8_t ret_key[MB_KEY_LEN]);
/* Bytes of a MAC by the low nibble of MCL, 0 for none or reserved. */
unsigned mbi_mac_len(uint8_t mcl);
/* MAC over head and body, full length. */
int mbi_mac(const struct mb_cipher *cipher, const uint8_t key[MB_KEY_LEN], const uint8_t *head,
	size_t head_len, const uint8_t *body, size_t body_len, uint8_t ret_mac[16]);

#endif
