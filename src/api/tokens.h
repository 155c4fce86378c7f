/* SPDX-License-Identifier: MIT */
/* Bearer tokens: 256 random bits that are shown once; what is kept is their SHA-256. */
#ifndef API_TOKENS_H
#define API_TOKENS_H

#include "api/role.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOKENS_MAX 1000
#define TOKEN_NAME_MAX 64 /* letters, without NUL: A-Z a-z 0-9 . _ - */
#define TOKEN_TEXT_LEN 46 /* "mb_" and 43 letters of base64url */
#define TOKEN_HASH_LEN 32
#define TOKENS_FAILURES_MAX 10 /* from one address in a minute; then it is told to wait */

struct tokens;

struct token {
	char name[TOKEN_NAME_MAX + 1];
	enum role role;
	uint8_t hash[TOKEN_HASH_LEN];
	int64_t created_ms, expires_ms; /* 0: never */
	int64_t used_ms; /* since the start; 0: not yet */
};

struct tokens *tokens_new(void); /* NULL: no memory */
void tokens_free(struct tokens *t); /* wipes; NULL is fine */

bool token_name_valid(const char *name);
/* A new text and its hash. False: no randomness to be had. */
bool token_make(char ret_text[TOKEN_TEXT_LEN + 1], uint8_t ret_hash[TOKEN_HASH_LEN]);
bool token_hash(const char *text, uint8_t ret_hash[TOKEN_HASH_LEN]);

bool token_valid(const struct token *token, int64_t now_ms); /* it has not expired */
/* Adds it, or replaces the one of its name. False: no memory, or TOKENS_MAX. */
bool tokens_put(struct tokens *t, const struct token *token);
bool tokens_remove(struct tokens *t, const char *name);
const struct token *tokens_find(const struct tokens *t, const char *name);
const struct token *tokens_at(const struct tokens *t, size_t n); /* by name; NULL: past the end */
size_t tokens_count(const struct tokens *t);
size_t tokens_managers(const struct tokens *t); /* of those that never expire */

/* The token of this text; its time of use is noted. NULL: none, or expired. Takes the same time for all. */
const struct token *tokens_check(struct tokens *t, const char *text, int64_t now_ms);
/*
 * Counts a wrong token from an address (without its port). True: there were too many, the answer is
 * to wait. A right token is never refused for the wrong ones of others.
 */
bool tokens_failed(struct tokens *t, const char *address, size_t len, uint64_t now_us);

#endif
