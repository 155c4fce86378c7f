/* SPDX-License-Identifier: MIT */
/*
 * Security modes 5 and 7, EN 13757-7. Ciphers come from the caller, the library has none.
 */
#ifndef METERBUS_SECURITY_H
#define METERBUS_SECURITY_H

#include <meterbus/telegram.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MB_KEY_LEN 16

struct mb_cipher {
	/* AES-128-CBC without padding, len a multiple of 16; in and out may be the same. 0 or < 0. */
	int (*cbc_decrypt)(void *ctx, const uint8_t key[16], const uint8_t iv[16], const uint8_t *in,
		size_t len, uint8_t *out);
	/* the inverse, for the writer and the simulator; may be NULL for readers */
	int (*cbc_encrypt)(void *ctx, const uint8_t key[16], const uint8_t iv[16], const uint8_t *in,
		size_t len, uint8_t *out);
	/* AES-128-CMAC, RFC 4493 */
	int (*cmac)(void *ctx, const uint8_t key[16], const uint8_t *in, size_t len, uint8_t ret_mac[16]);
	void *ctx;
};

/*
 * Decrypt a telegram of layout ENCRYPTED or AFL into buf (>= its payload_len, 252 always suffices)
 * and make *telegram point at the plain records there (layout RECORDS, payload in buf).
 * link_address: for a short header, the identity of the meter (IV, KDF); may be NULL with a long header.
 * MB_E_WRONG_KEY, _BAD_MAC, _SECURITY_MODE, _HEADER_SHORT, _INVALID: telegram is unchanged, its header data stay usable.
 * The key is not kept; working copies are wiped.
 */
int mb_telegram_open(struct mb_telegram *telegram, const struct mb_cipher *cipher,
	const uint8_t key[MB_KEY_LEN], const struct mb_secondary *link_address, uint8_t *buf, size_t max);

/* "AES-128-CBC, static key" */
const char *mb_security_mode_text(unsigned mode);

#ifdef __cplusplus
}
#endif
#endif
