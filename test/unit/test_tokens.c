/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/tokens.h"

#include <stdio.h>
#include <string.h>

static struct token make(const char *name, enum role role, int64_t expires_ms, char *ret_text)
{
	struct token token = {.role = role, .created_ms = 1, .expires_ms = expires_ms};

	snprintf(token.name, sizeof(token.name), "%s", name);
	assert_true(token_make(ret_text, token.hash));
	return token;
}

static void test_text(void **state)
{
	char a[TOKEN_TEXT_LEN + 1], b[TOKEN_TEXT_LEN + 1];
	uint8_t hash_a[TOKEN_HASH_LEN], hash_b[TOKEN_HASH_LEN];

	(void)state;
	assert_true(token_make(a, hash_a));
	assert_true(token_make(b, hash_b));
	assert_int_equal(strlen(a), TOKEN_TEXT_LEN);
	assert_memory_equal(a, "mb_", 3);
	assert_int_equal(
		strspn(a + 3, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
		43);
	assert_string_not_equal(a, b);
	assert_memory_not_equal(hash_a, hash_b, TOKEN_HASH_LEN);
	assert_true(token_hash(a, hash_b));
	assert_memory_equal(hash_a, hash_b, TOKEN_HASH_LEN);
}

static void test_hash(void **state)
{
	/* SHA-256 of "abc", FIPS 180-4 */
	static const uint8_t known[] = {0xBA, 0x78, 0x16, 0xBF, 0x8F, 0x01, 0xCF, 0xEA, 0x41, 0x41,
		0x40, 0xDE, 0x5D, 0xAE, 0x22, 0x23, 0xB0, 0x03, 0x61, 0xA3, 0x96, 0x17, 0x7A, 0x9C,
		0xB4, 0x10, 0xFF, 0x61, 0xF2, 0x00, 0x15, 0xAD};
	uint8_t hash[TOKEN_HASH_LEN];

	(void)state;
	assert_true(token_hash("abc", hash));
	assert_memory_equal(hash, known, sizeof(known));
}

static void test_check(void **state)
{
	struct tokens *t = tokens_new();
	char texts[3][TOKEN_TEXT_LEN + 1];
	struct token list[3];

	(void)state;
	list[0] = make("m", ROLE_MANAGER, 0, texts[0]);
	list[1] = make("a", ROLE_VIEWER, 1000, texts[1]);
	list[2] = make("z", ROLE_OPERATOR, 0, texts[2]);
	for (int i = 0; i < 3; i++)
		assert_true(tokens_put(t, &list[i]));
	assert_string_equal(tokens_at(t, 0)->name, "a");
	assert_string_equal(tokens_at(t, 2)->name, "z");
	assert_null(tokens_at(t, 3));
	assert_string_equal(tokens_check(t, texts[0], 5)->name, "m");
	assert_int_equal(tokens_find(t, "m")->used_ms, 5);
	assert_int_equal(tokens_check(t, texts[1], 999)->role, ROLE_VIEWER);
	assert_null(tokens_check(t, texts[1], 1000)); /* it has expired */
	assert_null(tokens_check(t, "", 5));
	texts[2][TOKEN_TEXT_LEN - 1] ^= 1;
	assert_null(tokens_check(t, texts[2], 5));
	assert_int_equal(tokens_managers(t), 1);
	assert_true(tokens_remove(t, "m"));
	assert_false(tokens_remove(t, "m"));
	assert_null(tokens_check(t, texts[0], 5));
	assert_int_equal(tokens_count(t), 2);
	tokens_free(t);
}

static void test_limit(void **state)
{
	struct tokens *t = tokens_new();
	char text[TOKEN_TEXT_LEN + 1], name[16];
	struct token token = make("x", ROLE_VIEWER, 0, text);

	(void)state;
	for (int i = 0; i < TOKENS_MAX; i++) {
		snprintf(name, sizeof(name), "t%d", i * 7919 % TOKENS_MAX);
		memcpy(token.name, name, sizeof(name));
		assert_true(tokens_put(t, &token));
	}
	assert_true(tokens_put(t, &token)); /* replaces itself */
	memcpy(token.name, "more", 5);
	assert_false(tokens_put(t, &token));
	assert_int_equal(tokens_count(t), TOKENS_MAX);
	tokens_free(t);
}

static void test_names(void **state)
{
	char longest[TOKEN_NAME_MAX + 2] = "";

	(void)state;
	memset(longest, 'a', TOKEN_NAME_MAX);
	assert_true(token_name_valid(longest));
	longest[TOKEN_NAME_MAX] = 'a';
	assert_false(token_name_valid(longest));
	assert_true(token_name_valid("A-z_0.9"));
	assert_false(token_name_valid(""));
	assert_false(token_name_valid("a b"));
	assert_false(token_name_valid("a/b"));
	assert_int_equal(role_find("viewer"), ROLE_VIEWER);
	assert_int_equal(role_find("public"), -1);
	assert_null(role_name(ROLES));
}

/* Ten are forgiven, each minute and address anew. */
static void test_failures(void **state)
{
	struct tokens *t = tokens_new();

	(void)state;
	for (int i = 0; i < TOKENS_FAILURES_MAX; i++)
		assert_false(tokens_failed(t, "192.0.2.1", 9, 1000));
	assert_true(tokens_failed(t, "192.0.2.1", 9, 2000));
	assert_false(tokens_failed(t, "192.0.2.2", 9, 2000));
	assert_true(tokens_failed(t, "192.0.2.1", 9, 59000000));
	assert_false(tokens_failed(t, "192.0.2.1", 9, 61000000));
	tokens_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
