/* SPDX-License-Identifier: MIT */
#include "api/tokens.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_US UINT64_C(60000000)
#define SUSPECTS 256 /* addresses remembered; one that hashes alike takes the place */

struct suspect {
	uint64_t address; /* its hash */
	uint64_t since_us;
	unsigned failures;
};

struct tokens {
	struct token *list; /* by name */
	size_t n;
	struct suspect suspects[SUSPECTS];
};

static const char *const role_names[] = {
#define ROLE_X(name, number, text, meaning) [number] = text,
	ROLE_MAP(ROLE_X)
#undef ROLE_X
};

const char *role_name(unsigned role)
{
	return role < ROLES ? role_names[role] : NULL;
}

int role_find(const char *name)
{
	for (int role = ROLE_VIEWER; role < ROLES; role++) {
		if (strcmp(role_names[role], name) == 0)
			return role;
	}
	return -1;
}

struct tokens *tokens_new(void)
{
	return calloc(1, sizeof(struct tokens));
}

void tokens_free(struct tokens *t)
{
	if (!t)
		return;
	if (t->list)
		OPENSSL_cleanse(t->list, t->n * sizeof(*t->list));
	free(t->list);
	free(t);
}

bool token_name_valid(const char *name)
{
	size_t len =
		strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

	return len > 0 && len <= TOKEN_NAME_MAX && !name[len];
}

bool token_hash(const char *text, uint8_t ret_hash[TOKEN_HASH_LEN])
{
	return EVP_Digest(text, strlen(text), ret_hash, NULL, EVP_sha256(), NULL) == 1;
}

/* base64url without padding of 32 bytes: 43 letters. */
static void encode(const uint8_t bytes[32], char *p)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint32_t bits = 0;
	unsigned n = 0;

	for (int i = 0; i < 32; i++) {
		bits = bits << 8 | bytes[i];
		for (n += 8; n >= 6; n -= 6)
			*p++ = letters[bits >> (n - 6) & 63];
	}
	*p++ = letters[bits << (6 - n) & 63];
	*p = '\0';
}

bool token_make(char ret_text[TOKEN_TEXT_LEN + 1], uint8_t ret_hash[TOKEN_HASH_LEN])
{
	uint8_t random[32];

	if (RAND_bytes(random, sizeof(random)) != 1)
		return false;
	memcpy(ret_text, "mb_", 3);
	encode(random, ret_text + 3);
	OPENSSL_cleanse(random, sizeof(random));
	return token_hash(ret_text, ret_hash);
}

/* Where the name is, or would be. */
static size_t position(const struct tokens *t, const char *name)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(t->list[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct token *tokens_find(const struct tokens *t, const char *name)
{
	size_t at = position(t, name);

	return at < t->n && strcmp(t->list[at].name, name) == 0 ? &t->list[at] : NULL;
}

bool tokens_put(struct tokens *t, const struct token *token)
{
	size_t at = position(t, token->name);
	struct token *list;

	if (!tokens_find(t, token->name)) {
		if (t->n == TOKENS_MAX)
			return false;
		list = reallocarray(t->list, t->n + 1, sizeof(*list));
		if (!list)
			return false;
		t->list = list;
		memmove(list + at + 1, list + at, (t->n - at) * sizeof(*list));
		t->n++;
	}
	t->list[at] = *token;
	return true;
}

bool tokens_remove(struct tokens *t, const char *name)
{
	size_t at = position(t, name);

	if (!tokens_find(t, name))
		return false;
	t->n--;
	memmove(t->list + at, t->list + at + 1, (t->n - at) * sizeof(*t->list));
	return true;
}

const struct token *tokens_at(const struct tokens *t, size_t n)
{
	return n < t->n ? &t->list[n] : NULL;
}

size_t tokens_count(const struct tokens *t)
{
	return t->n;
}

bool token_valid(const struct token *token, int64_t now_ms)
{
	return token->expires_ms == 0 || now_ms < token->expires_ms;
}

size_t tokens_managers(const struct tokens *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += t->list[i].role == ROLE_MANAGER && t->list[i].expires_ms == 0;
	return n;
}

const struct token *tokens_check(struct tokens *t, const char *text, int64_t now_ms)
{
	uint8_t hash[TOKEN_HASH_LEN];
	struct token *found = NULL;

	if (!token_hash(text, hash))
		return NULL;
	for (size_t i = 0; i < t->n; i++) {
		if (CRYPTO_memcmp(hash, t->list[i].hash, sizeof(hash)) == 0)
			found = &t->list[i];
	}
	if (!found || !token_valid(found, now_ms))
		return NULL;
	found->used_ms = now_ms;
	return found;
}

bool tokens_failed(struct tokens *t, const char *address, size_t len, uint64_t now_us)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
	struct suspect *s;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)address[i]) * UINT64_C(0x100000001b3);
	/* neighbours differ only in some bits: the product spreads them */
	s = &t->suspects[hash * UINT64_C(0x9E3779B97F4A7C15) >> 32 & (SUSPECTS - 1)];
	if (s->address != hash || now_us - s->since_us >= WINDOW_US)
		*s = (struct suspect){.address = hash, .since_us = now_us};
	return ++s->failures > TOKENS_FAILURES_MAX;
}
