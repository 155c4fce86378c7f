/* SPDX-License-Identifier: MIT */
#include "base/crypto_openssl.h"

#include <meterbus/error.h>

#ifdef METERBUS_WITH_OPENSSL

#include <limits.h>
#include <openssl/evp.h>

static int cbc(const uint8_t key[16], const uint8_t iv[16], const uint8_t *in, size_t len,
	uint8_t *out, int encrypt)
{
	EVP_CIPHER_CTX *ctx;
	int out_len = 0;
	bool ok;

	if (len > INT_MAX || len % 16)
		return MB_E_INVALID;
	ctx = EVP_CIPHER_CTX_new();
	if (!ctx)
		return MB_E_NO_SPACE;
	ok = EVP_CipherInit_ex(ctx, EVP_aes_128_cbc(), NULL, key, iv, encrypt) == 1 &&
	     EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	     EVP_CipherUpdate(ctx, out, &out_len, in, (int)len) == 1 && out_len == (int)len;
	EVP_CIPHER_CTX_free(ctx); /* wipes the key schedule */
	return ok ? 0 : MB_E_SECURITY_MODE;
}

static int cbc_decrypt(void *ctx, const uint8_t key[16], const uint8_t iv[16], const uint8_t *in,
	size_t len, uint8_t *out)
{
	(void)ctx;
	return cbc(key, iv, in, len, out, 0);
}

static int cbc_encrypt(void *ctx, const uint8_t key[16], const uint8_t iv[16], const uint8_t *in,
	size_t len, uint8_t *out)
{
	(void)ctx;
	return cbc(key, iv, in, len, out, 1);
}

static int cmac(
	void *ctx, const uint8_t key[16], const uint8_t *in, size_t len, uint8_t ret_mac[16])
{
	size_t mac_len = 0;

	(void)ctx;
	if (!EVP_Q_mac(NULL, "CMAC", NULL, "AES-128-CBC", NULL, key, 16, in, len, ret_mac, 16,
		    &mac_len) ||
		mac_len != 16)
		return MB_E_SECURITY_MODE;
	return 0;
}

int crypto_openssl(struct mb_cipher *ret_cipher)
{
	*ret_cipher = (struct mb_cipher){
		.cbc_decrypt = cbc_decrypt,
		.cbc_encrypt = cbc_encrypt,
		.cmac = cmac,
	};
	return 0;
}

#else

int crypto_openssl(struct mb_cipher *ret_cipher)
{
	(void)ret_cipher;
	return MB_E_UNSUPPORTED;
}

#endif
