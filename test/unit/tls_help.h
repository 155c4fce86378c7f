/* SPDX-License-Identifier: MIT */
/* A certificate for 127.0.0.1 in two files, and a client that speaks TLS on the loop of the server. */
#ifndef TEST_TLS_HELP_H
#define TEST_TLS_HELP_H

#include "conn_help.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>

struct tls_files {
	char certificate[64], key[64];
};

static inline FILE *tls_file(char path[64])
{
	int fd;

	snprintf(path, 64, "/tmp/meterbus-test-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	return fdopen(fd, "w");
}

static inline void tls_files_make(struct tls_files *ret)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	FILE *file;

	assert_non_null(key);
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(
		name, "CN", MBSTRING_ASC, (const unsigned char *)"127.0.0.1", -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_set_pubkey(x, key);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	file = tls_file(ret->certificate);
	assert_int_equal(PEM_write_X509(file, x), 1);
	fclose(file);
	file = tls_file(ret->key);
	assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(file);
	X509_free(x);
	EVP_PKEY_free(key);
}

static inline void tls_files_remove(const struct tls_files *files)
{
	unlink(files->certificate);
	unlink(files->key);
}

struct tls_peer {
	SSL_CTX *ctx;
	SSL *ssl;
	int fd;
};

static inline void tls_peer_open(struct tls_peer *p, uint16_t port)
{
	p->fd = peer_open(port);
	fcntl(p->fd, F_SETFL, O_NONBLOCK);
	p->ctx = SSL_CTX_new(TLS_client_method());
	p->ssl = SSL_new(p->ctx);
	SSL_set_fd(p->ssl, p->fd);
	SSL_set_connect_state(p->ssl);
}

static inline void tls_peer_close(struct tls_peer *p)
{
	SSL_free(p->ssl);
	SSL_CTX_free(p->ctx);
	close(p->fd);
}

/* Reads (or writes), with the loop running while it has to wait. Its count; 0: the end. */
static inline int tls_peer_do(struct tls_peer *p, struct loop *loop, bool write, void *bytes, int n)
{
	uint64_t end_us = patience_us();

	do {
		int rc = write ? SSL_write(p->ssl, bytes, n) : SSL_read(p->ssl, bytes, n);

		if (rc > 0)
			return rc;
		if (SSL_get_error(p->ssl, rc) != SSL_ERROR_WANT_READ)
			return 0;
		run(loop);
	} while (event_comes(loop, p->fd, end_us));
	fail_msg("nothing comes");
	return 0;
}

static inline void tls_peer_say(struct tls_peer *p, struct loop *loop, const char *text)
{
	int n = (int)strlen(text);

	assert_int_equal(tls_peer_do(p, loop, true, (void *)text, n), n);
}

static inline void tls_peer_expect(struct tls_peer *p, struct loop *loop, const char *text)
{
	char got[1024];
	size_t len = 0;

	while (len < strlen(text)) {
		int n = tls_peer_do(p, loop, false, got + len, (int)(sizeof(got) - 1 - len));

		if (n == 0)
			break;
		len += (size_t)n;
	}
	got[len] = '\0';
	assert_string_equal(got, text);
}

#endif
