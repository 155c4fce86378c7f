/* SPDX-License-Identifier: MIT */
/* Many accounts: do they fit together, are they found, do they come back from a document? */
#include "collect/accounts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "account_help.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT_MAX 65536

static struct account *make(uint32_t id, const char *json)
{
	struct account *a = change(NULL, json), *stored = account_stored(a, id, 1);

	assert_non_null(stored);
	account_put(a);
	return stored;
}

/* name, then more members of JSON, or "" */
static struct account *named(uint32_t id, const char *name, const char *more)
{
	char json[512];

	snprintf(json, sizeof(json), "{\"name\":\"%s\",\"address\":1%s%s%s}", name,
		strstr(more, "host") || strstr(more, "bus\"") ? "" : ",\"bus\":\"roof\"",
		*more ? "," : "", more);
	return make(id, json);
}

static void put(struct accounts *set, struct account *a)
{
	assert_int_equal(accounts_put(set, a), 0);
	account_put(a);
}

static struct accounts *sample(void)
{
	struct accounts *set = accounts_new();

	assert_non_null(set);
	put(set, named(3, "cellar", "\"index\":1"));
	put(set, named(1, "attic", "\"index\":2,\"tags\":[\"heat\"],\"suspended\":true"));
	put(set, named(2, "Boiler",
			 "\"host\":\"10.0.0.9\",\"port\":502,\"index\":9,\"description\":\"Hot "
			 "Water\""));
	put(set, named(7, "depends", "\"depends_on\":\"account:attic\""));
	return set;
}

static void test_looking_up(void **state)
{
	struct accounts *set = sample();

	(void)state;
	assert_int_equal(accounts_count(set), 4);
	assert_string_equal(accounts_by_id(set, 3)->name, "cellar");
	assert_null(accounts_by_id(set, 4));
	assert_int_equal(accounts_by_name(set, "attic")->id, 1);
	assert_null(accounts_by_name(set, "boiler"));
	assert_string_equal(accounts_at(set, 0)->name, "Boiler");
	assert_string_equal(accounts_at(set, 3)->name, "depends");
	assert_null(accounts_at(set, 4));
	assert_int_equal(accounts_from_name(set, "b"), 2);
	assert_int_equal(accounts_from_name(set, "cellar"), 2);
	assert_int_equal(accounts_from_name(set, "x"), 4);
	assert_int_equal(accounts_next_id(set), 8);
	accounts_free(set);
	accounts_free(NULL);
}

static void test_changing(void **state)
{
	struct accounts *set = sample();
	struct account *other = named(9, "attic", "");
	const struct account *old = account_ref(accounts_by_id(set, 1));

	(void)state;
	/* a name that another one has, and one that is not stored, do not go in */
	assert_int_equal(accounts_put(set, other), -1);
	account_put(other);
	other = named(0, "new", "");
	assert_int_equal(accounts_put(set, other), -1);
	account_put(other);
	/* another name in the same place; who holds the old one keeps it whole */
	put(set, named(1, "zenith", ""));
	assert_int_equal(accounts_count(set), 4);
	assert_null(accounts_by_name(set, "attic"));
	assert_string_equal(accounts_at(set, 3)->name, "zenith");
	assert_string_equal(old->name, "attic");
	account_put((struct account *)(uintptr_t)old);
	/* a number is never given again */
	put(set, named(8, "last", ""));
	accounts_remove(set, 8);
	accounts_remove(set, 8);
	assert_int_equal(accounts_next_id(set), 9);
	assert_int_equal(accounts_count(set), 4);
	accounts_free(set);
}

static void test_thousands(void **state)
{
	struct accounts *set = accounts_new();
	uint32_t n = 3001; /* prime: i * 7 goes through all */
	char name[32];

	(void)state;
	for (uint32_t i = 1; i < n; i++) {
		snprintf(name, sizeof(name), "m%u", i * 1009 % n);
		put(set, named(i * 7 % n, name, ""));
	}
	for (uint32_t i = 1; i < n; i++) {
		snprintf(name, sizeof(name), "m%u", i * 1009 % n);
		assert_string_equal(accounts_by_id(set, i * 7 % n)->name, name);
		assert_int_equal(accounts_by_name(set, name)->id, i * 7 % n);
	}
	for (uint32_t i = 1; i < accounts_count(set); i++)
		assert_true(strcmp(accounts_at(set, i - 1)->name, accounts_at(set, i)->name) < 0);
	for (uint32_t i = 1; i < n; i += 2)
		accounts_remove(set, i);
	assert_int_equal(accounts_count(set), n / 2);
	for (uint32_t i = 1; i < n; i++)
		assert_int_equal(accounts_by_id(set, i) != NULL, i % 2 == 0);
	accounts_free(set);
}

/* --- do they fit together? ------------------------------------------------------------------------- */

static void test_what_does_not_fit(void **state)
{
	/* clang-format off */
	static const struct {
		uint32_t id;
		const char *name, *more, *errors;
	} rows[] = {
		{0, "new",     "",                                "" },
		{0, "attic",   "",                                "name: there is an account \"attic\""},
		{1, "attic",   "",                                ""},
		{1, "cellar",  "",                                "name: there is an account \"cellar\""},
		{0, "new",     "\"index\":2",                     "index: 2 is that of \"attic\""},
		{0, "new",     "\"index\":3",                     ""},
		{1, "attic",   "\"index\":2",                     ""},
		{0, "new",     "\"bus\":\"other\",\"index\":2",   "index: 2 is that of \"attic\""},
		{0, "new",     "\"host\":\"10.0.0.9\",\"port\":503,\"index\":9", "index: 9 is that of \"Boiler\""},
		{0, "new",     "\"depends_on\":\"account:attic\"", ""},
		{0, "new",     "\"depends_on\":\"bus:nobody\"",   ""},
		{0, "new",     "\"depends_on\":\"account:none\"", "depends_on: there is no account \"none\""},
		{1, "attic",   "\"depends_on\":\"account:depends\"",
			"depends_on: closes a circle: \"depends\" depends on \"attic\""},
		/* a new name of it does not break the circle: the other would be left without */
		{1, "mansard", "\"depends_on\":\"account:depends\"",
			"depends_on: closes a circle: \"depends\" depends on \"mansard\""},
		{1, "mansard", "\"depends_on\":\"account:attic\"", "depends_on: there is no account \"attic\""},
	};
	/* clang-format on */
	struct accounts *set = sample();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct account *a = named(rows[i].id, rows[i].name, rows[i].more);
		struct account_errors errors = {0};

		assert_int_equal(accounts_check(set, a, &errors), *rows[i].errors ? -1 : 0);
		assert_string_equal(told(&errors), rows[i].errors);
		account_put(a);
	}
	assert_string_equal(accounts_dependent(set, accounts_by_id(set, 1))->name, "depends");
	assert_null(accounts_dependent(set, accounts_by_id(set, 7)));
	accounts_free(set);
}

static void test_circles_of_many(void **state)
{
	struct accounts *set = accounts_new();
	struct account *a = named(1, "m1", "\"depends_on\":\"account:m100\"");
	struct account_errors errors = {0};
	char name[32], more[64];

	(void)state;
	put(set, named(1, "m1", ""));
	for (uint32_t i = 2; i <= 100; i++) {
		snprintf(name, sizeof(name), "m%u", i);
		snprintf(more, sizeof(more), "\"depends_on\":\"account:m%u\"", i - 1);
		put(set, named(i, name, more));
	}
	assert_int_equal(accounts_check(set, a, &errors), -1);
	account_put(a);
	accounts_free(set);
}

static void test_order_on_a_bus(void **state)
{
	struct accounts *set = sample();
	const struct account *attic = accounts_by_id(set, 1), *cellar = accounts_by_id(set, 3);
	const struct account *depends = accounts_by_id(set, 7);
	struct account *zenith = named(9, "zenith", "");

	(void)state;
	assert_true(account_order(cellar, attic) < 0); /* 1 before 2 */
	assert_true(account_order(attic, depends) < 0); /* without an index: last */
	assert_true(account_order(depends, zenith) < 0);
	assert_int_equal(account_order(attic, attic), 0);
	account_put(zenith);
	accounts_free(set);
}

static void test_filters(void **state)
{
	/* clang-format off */
	static const struct {
		struct account_filter filter;
		const char *found; /* by name */
	} rows[] = {
		{{.suspended = -1},                                  "Boiler attic cellar depends "},
		{{.suspended = 1},                                   "attic "},
		{{.suspended = 0},                                   "Boiler cellar depends "},
		{{.suspended = -1, .tag = "heat"},                   "attic "},
		{{.suspended = -1, .tag = "hea"},                    ""},
		{{.suspended = -1, .connection = "tcp"},             "Boiler "},
		{{.suspended = -1, .connection = "bus"},             "attic cellar depends "},
		{{.suspended = -1, .place = "bus:roof"},             "attic cellar depends "},
		{{.suspended = -1, .text = "hot w"},                 "Boiler "},
		{{.suspended = -1, .text = "LLA"},                   "cellar "},
		{{.suspended = -1, .text = "10.0.0"},                "Boiler "},
		{{.suspended = -1, .text = "1"},                     "Boiler attic cellar depends "},
		{{.suspended = 0, .text = "roof", .connection = "bus"}, "cellar depends "},
	};
	/* clang-format on */
	struct accounts *set = sample();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char found[256] = "";

		for (uint32_t n = 0; n < accounts_count(set); n++) {
			if (account_matches(accounts_at(set, n), &rows[i].filter)) {
				strcat(found, accounts_at(set, n)->name);
				strcat(found, " ");
			}
		}
		assert_string_equal(found, rows[i].found);
	}
	accounts_free(set);
}

/* --- documents ------------------------------------------------------------------------------------- */

static const char *exported(const struct accounts *set)
{
	static char text[TEXT_MAX];
	const struct account_filter all = ACCOUNT_FILTER_ALL;
	struct buf buf;

	buf_init(&buf, sizeof(text) - 1);
	assert_true(accounts_export(set, &all, &buf));
	memcpy(text, buf.bytes, buf.len);
	text[buf.len] = '\0';
	buf_done(&buf);
	return text;
}

static void import_into(struct accounts *set, const char *text, enum accounts_import_mode mode)
{
	struct account_errors errors = {0};
	struct accounts_import import;

	if (accounts_import(set, text, strlen(text), mode, &import, &errors) < 0)
		fail_msg("%s", told(&errors));
	for (uint32_t i = 0; i < import.n; i++)
		assert_int_equal(accounts_put(set, import.list[i]), 0);
	accounts_import_done(&import);
}

static void test_export_and_import(void **state)
{
	struct accounts *set = sample(), *other = accounts_new();
	char text[TEXT_MAX];

	(void)state;
	strcpy(text, exported(set));
	import_into(other, text, ACCOUNTS_IMPORT_NEW);
	assert_string_equal(exported(other), text);
	/* again, as changes and in place: nothing changes */
	import_into(other, text, ACCOUNTS_IMPORT_MERGE);
	import_into(other, text, ACCOUNTS_IMPORT_REPLACE);
	assert_string_equal(exported(other), text);
	assert_int_equal(accounts_count(other), 4);
	accounts_free(set);
	accounts_free(other);
}

static void test_merge_and_replace(void **state)
{
	static const char text[] = "[{\"name\":\"attic\",\"bus\":\"roof\",\"address\":9},{\"name\":"
				   "\"new\",\"bus\":\"x\",\"address\":1}]";
	struct accounts *set = sample();
	struct account_errors errors = {0};
	struct accounts_import import;

	(void)state;
	put(set, named(1, "attic", "\"index\":2,\"key\":\"000102030405060708090a0b0c0d0e0f\""));
	assert_int_equal(
		accounts_import(set, text, strlen(text), ACCOUNTS_IMPORT_NEW, &import, &errors),
		-1);
	assert_string_equal(told(&errors), "accounts[0].name: there is an account \"attic\"");
	assert_int_equal(accounts_import(set, text, strlen(text), ACCOUNTS_IMPORT_MERGE, &import,
				 &(struct account_errors){0}),
		0);
	assert_int_equal(import.n, 2);
	assert_int_equal(import.n_new, 1);
	assert_int_equal(import.list[0]->id, 1);
	assert_int_equal(import.list[0]->revision, 1);
	assert_int_equal(import.list[0]->address, 9);
	assert_int_equal(import.list[0]->index, 2);
	assert_int_equal(import.list[1]->id, 8);
	accounts_import_done(&import);
	assert_int_equal(accounts_import(set, text, strlen(text), ACCOUNTS_IMPORT_REPLACE, &import,
				 &(struct account_errors){0}),
		0);
	assert_int_equal(import.list[0]->index, 0);
	assert_true(account_has(import.list[0], "key"));
	accounts_import_done(&import);
	/* the set itself is as it was */
	assert_int_equal(accounts_by_id(set, 1)->address, 1);
	accounts_free(set);
}

static void test_bad_documents(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text, *errors;
	} rows[] = {
		{"",                    ": is no JSON: line 1, column 0: '[' or '{' expected near end of file"},
		{"{}",                  "format: must be \"meterbus-accounts\""},
		{"{\"format\":\"meterbus-accounts\",\"version\":2}", "version: must be 1: this is another program's"},
		{"{\"format\":\"meterbus-accounts\",\"version\":1}", "accounts: must be an array"},
		{"[7]",                 "accounts[0]: must be an object"},
		{"[{\"name\":\"x\",\"bus\":\"b\",\"address\":1},{\"name\":\"y\",\"host\":\"h\",\"port\":0,\"address\":1}]",
		                        "accounts[1].port: must be a number of 1..65535"},
		{"[{\"name\":\"x\",\"bus\":\"b\",\"address\":1},{\"name\":\"x\",\"bus\":\"b\",\"address\":2}]",
		                        "accounts[1].name: is twice in the document"},
		{"[{\"name\":\"x\",\"bus\":\"b\",\"address\":1,\"depends_on\":\"account:z\"}]",
		                        "accounts[0].depends_on: there is no account \"z\""},
		{"[{\"name\":\"x\",\"bus\":\"b\",\"address\":1,\"index\":5},{\"name\":\"y\",\"bus\":\"b\",\"address\":1,\"index\":5}]",
		                        "accounts[0].index: 5 is that of \"y\"; accounts[1].index: 5 is that of \"x\""},
	};
	/* clang-format on */
	struct accounts *set = sample();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct account_errors errors = {0};
		struct accounts_import import = {0};

		assert_int_equal(accounts_import(set, rows[i].text, strlen(rows[i].text),
					 ACCOUNTS_IMPORT_MERGE, &import, &errors),
			-1);
		assert_string_equal(told(&errors), rows[i].errors);
		assert_null(import.list);
	}
	assert_int_equal(accounts_count(set), 4);
	accounts_free(set);
}

/* The second of a document may be what the first depends on. */
static void test_dependencies_within_a_document(void **state)
{
	struct accounts *set = accounts_new();

	(void)state;
	import_into(set,
		"[{\"name\":\"x\",\"bus\":\"b\",\"address\":1,\"depends_on\":\"account:y\"},"
		"{\"name\":\"y\",\"bus\":\"b\",\"address\":2}]",
		ACCOUNTS_IMPORT_NEW);
	assert_int_equal(accounts_count(set), 2);
	accounts_free(set);
}

static void test_copies(void **state)
{
	struct accounts *set = sample();
	struct account_errors errors = {0};
	struct account *copy = NULL;
	static const char changes[] = "{\"address\":77}";

	(void)state;
	assert_int_equal(
		account_copy(accounts_by_id(set, 1), "attic2", NULL, 0, &copy, &errors), 0);
	assert_string_equal(copy->name, "attic2");
	assert_int_equal(copy->id, 0);
	assert_int_equal(copy->revision, 0);
	assert_int_equal(copy->index, 0);
	assert_int_equal(copy->address, 1);
	assert_string_equal(copy->tags[0], "heat");
	account_put(copy);
	assert_int_equal(account_copy(accounts_by_id(set, 1), "attic3", changes, strlen(changes),
				 &copy, &errors),
		0);
	assert_int_equal(copy->address, 77);
	account_put(copy);
	assert_int_equal(account_copy(accounts_by_id(set, 1), "a b", NULL, 0, &copy, &errors), -1);
	assert_string_equal(told(&errors), "name: must be 1 to 64 letters of A-Z a-z 0-9 . _ -");
	errors.count = 0;
	assert_int_equal(account_copy(accounts_by_id(set, 1), "x", "[]", 2, &copy, &errors), -1);
	assert_string_equal(told(&errors), ": must be a JSON object");
	accounts_free(set);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_looking_up),
		cmocka_unit_test(test_changing),
		cmocka_unit_test(test_thousands),
		cmocka_unit_test(test_what_does_not_fit),
		cmocka_unit_test(test_circles_of_many),
		cmocka_unit_test(test_order_on_a_bus),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_export_and_import),
		cmocka_unit_test(test_merge_and_replace),
		cmocka_unit_test(test_bad_documents),
		cmocka_unit_test(test_dependencies_within_a_document),
		cmocka_unit_test(test_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
