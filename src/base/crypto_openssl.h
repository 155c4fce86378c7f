/* SPDX-License-Identifier: MIT */
/* The ciphers that libmeterbus wants, from OpenSSL's libcrypto. */
#ifndef BASE_CRYPTO_OPENSSL_H
#define BASE_CRYPTO_OPENSSL_H

#include <meterbus/security.h>

/* Fills in the ciphers; they have no state and may be used from any thread. 0, or
 * MB_E_UNSUPPORTED when built without OpenSSL. A cipher returns 0 or MB_E_SECURITY_MODE when
 * libcrypto refuses it. */
int crypto_openssl(struct mb_cipher *ret_cipher);

#endif
