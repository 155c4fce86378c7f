/* SPDX-License-Identifier: MIT */
/*
 * Security modes 5 and 7, EN 13757-7. Ciphers come from the caller, the library has none.
 */
#ifndef METERBUS_SECURITY_H
#define METERBUS_SECURITY_H

#include <meterbus/encode.h>
#include <meterbus/telegram.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MB_KEY_LEN 16

struct mb_cipher {
	/* AES-128-CBC without padding, len a multiple of 16; in and out may be the same. 0 or < 0. */
	int (*cbc_decrypt)(void *ctx, const uint8_t key[16], const uint8_t iv[16],
		const uint8_t *in, size_t len, uint8_t *out);
	/* the inverse, for the writer and the simulator; may be NULL for readers */
	int (*cbc_encrypt)(void *ctx, const uint8_t key[16], const uint8_t iv[16],
		const uint8_t *in, size_t len, uint8_t *out);
	/* AES-128-CMAC, RFC 4493 */
	int (*cmac)(void *ctx, const uint8_t key[16], const uint8_t *in, size_t len,
		uint8_t ret_mac[16]);
	void *ctx;
};

/*
 * Decrypt a telegram of layout ENCRYPTED or AFL into buf (>= its payload_len, 252 always suffices)
 * and make *telegram point at the plain payload there (its layout is then that of its CI). A
 * telegram of another layout is plain and left as it is: 0.
 * link_address: for a short header, the identity of the meter (IV, KDF); may be NULL with a long
 * header.
 * MB_E_WRONG_KEY, _BAD_MAC, _SECURITY_MODE, _HEADER_SHORT (the blocks run past the end), _NO_SPACE,
 * _INVALID (no address known), or what the cipher returned: telegram is unchanged, its header data
 * stay usable. The key is not kept; working copies are wiped.
 */
int mb_telegram_open(struct mb_telegram *telegram, const struct mb_cipher *cipher,
	const uint8_t key[MB_KEY_LEN], const struct mb_secondary *link_address, uint8_t *buf,
	size_t max);

/* How mb_encode_sealed is to protect a telegram. */
struct mb_seal {
	uint8_t mode; /* 5 or 7 */
	uint8_t ci; /* with a short or long header: 72, 7A, 5A, 5B, 6E ... */
	struct mb_header header; /* config: mode and block count are filled in */
	/* mode 7 only: key derivation KDF-A */
	uint32_t counter; /* message counter */
	bool counter_in_header; /* else in the AFL, which then must be there */
	uint8_t key_id; /* 0..15 */
	uint8_t mac_len; /* 0: no AFL; 2, 4, 8, 12, 16 */
	bool message_length; /* AFL with its length field */
};

/*
 * A whole telegram whose records are encrypted: 2F 2F, the records, 2F up to a multiple of 16; 15
 * blocks at most. Needs cbc_encrypt and, in mode 7, cmac. Size of the frame, MB_E_NO_SPACE,
 * _SECURITY_MODE, _INVALID, or what the cipher returned.
 */
int mb_encode_sealed(uint8_t *buf, size_t max, uint8_t c, uint8_t a, const struct mb_seal *seal,
	const struct mb_cipher *cipher, const uint8_t key[MB_KEY_LEN], const uint8_t *records,
	size_t len);

/* "AES-128-CBC, static key" */
const char *mb_security_mode_text(unsigned mode);

#ifdef __cplusplus
}
#endif
#endif
