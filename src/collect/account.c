/* SPDX-License-Identifier: MIT */
#include "collect/account.h"

#include "base/nearest.h"
#include "collect/account_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 1024 /* all keys in a row */

/* --- errors -------------------------------------------------------------------------------------- */

void account_errors_add(
	struct account_errors *errors, const char *property, const char *format, ...)
{
	struct account_error *e;
	va_list args;

	if (errors->count++ >= ACCOUNT_ERRORS_MAX)
		return;
	e = &errors->list[errors->count - 1];
	snprintf(e->property, sizeof(e->property), "%s", property);
	va_start(args, format);
	vsnprintf(e->text, sizeof(e->text), format, args);
	va_end(args);
}

/* --- life ---------------------------------------------------------------------------------------- */

static void reset(struct account *a, const struct account_row *row)
{
	row->kind->reset(a, row);
	a->given &= ~(UINT64_C(1) << (row - account_rows));
}

static void set_given(struct account *a, const struct account_row *row)
{
	a->given |= UINT64_C(1) << (row - account_rows);
}

static struct account *account_new(void)
{
	struct account *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->refs = 1;
	for (size_t i = 0; i < ACCOUNT_ROWS; i++)
		reset(a, &account_rows[i]);
	return a;
}

struct account *account_ref(const struct account *account)
{
	struct account *a = (struct account *)(uintptr_t)account; /* the count is not its value */

	a->refs++;
	return a;
}

void account_put(struct account *account)
{
	if (!account || --account->refs > 0)
		return;
	for (size_t i = 0; i < ACCOUNT_ROWS; i++)
		reset(account, &account_rows[i]); /* frees texts, wipes the key */
	free(account);
}

/* --- reading ------------------------------------------------------------------------------------- */

static void add_unknown(struct account_errors *errors, const char *key)
{
	char names[NAMES_MAX] = "", nearest[NEAREST_MAX];
	size_t len = 0;

	for (size_t i = 0; i < ACCOUNT_ROWS; i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", i ? " " : "",
			account_rows[i].shown.key);
	if (nearest_name(key, names, nearest, sizeof(nearest)))
		account_errors_add(errors, key, "is unknown; did you mean %s?", nearest);
	else
		account_errors_add(errors, key, "is unknown");
}

/* A default that is written down is none that was given: what was read whole can be written whole. */
static bool is_default(const struct account *a, const struct account_row *row)
{
	struct account standard = {0};

	if (!*row->shown.standard)
		return false;
	row->kind->reset(&standard, row);
	return account_row_equal(a, &standard, row);
}

/* null is the default again. */
static void read_property(struct account *a, const struct account_row *row, const json_t *value,
	struct account_errors *errors)
{
	char wrong[ACCOUNT_WRONG_MAX] = "";

	reset(a, row);
	if (json_is_null(value))
		return;
	if (row->kind->read(a, row, value, wrong) == 0) {
		if (!is_default(a, row))
			set_given(a, row);
	} else if (*wrong)
		account_errors_add(errors, row->shown.key, "%s", wrong);
	else
		account_errors_add(errors, row->shown.key, "must be %s", row->shown.allowed);
}

/* What is written along with an account and cannot be changed. */
static bool is_read_only(const char *key)
{
	return strcmp(key, "id") == 0 || strcmp(key, "revision") == 0 ||
	       strcmp(key, "key_set") == 0;
}

/* Which were named goes to ret_named, one bit a row. */
static void read_properties(
	struct account *a, json_t *object, struct account_errors *errors, uint64_t *ret_named)
{
	const char *key;
	json_t *value;

	*ret_named = 0;
	json_object_foreach(object, key, value)
	{
		int i = account_row_find(key);

		if (i >= 0) {
			read_property(a, &account_rows[i], value, errors);
			*ret_named |= UINT64_C(1) << i;
		} else if (!is_read_only(key)) {
			add_unknown(errors, key);
		}
	}
}

/* --- all properties together ----------------------------------------------------------------------- */

static bool is_named(uint64_t named, const char *key)
{
	return named >> account_row_find(key) & 1;
}

/* Without "connection" it is what bus, device or host say, be they right or wrong. */
static void infer_connection(struct account *a, uint64_t named)
{
	const struct account_row *row = &account_rows[account_row_find("connection")];

	if (account_row_given(a, row))
		return;
	if (a->bus || (!a->device && !a->host && is_named(named, "bus")))
		a->connection = ACCOUNT_BUS;
	else if (a->device || (!a->host && is_named(named, "device")))
		a->connection = ACCOUNT_SERIAL;
	else if (a->host || is_named(named, "host"))
		a->connection = ACCOUNT_TCP;
	else
		return;
	set_given(a, row);
}

/* Those of another connection: wrong when they were named, else left from what it was before. */
static void check_connection(struct account *a, uint64_t named, struct account_errors *errors)
{
	if (!account_has(a, "connection")) {
		account_errors_add(errors, "connection", "is missing: bus, serial or tcp");
		return;
	}
	for (size_t i = 0; i < ACCOUNT_ROWS; i++) {
		const struct account_row *row = &account_rows[i];

		if (row->only == 0)
			continue;
		if (row->only != 1 + a->connection && account_row_given(a, row)) {
			if (named >> i & 1)
				account_errors_add(errors, row->shown.key,
					"belongs to connection %s, but the connection is %s",
					account_connections[row->only - 1],
					account_connections[a->connection]);
			else
				reset(a, row);
		}
		if (row->only == 1 + a->connection && !account_row_given(a, row))
			account_errors_add(errors, row->shown.key,
				"is missing: connection %s needs it",
				account_connections[a->connection]);
	}
}

static void check_place(const struct account *a, struct account_errors *errors)
{
	struct stream_url url;
	char text[ACCOUNT_PLACE_MAX], why[ACCOUNT_ERROR_TEXT_MAX];

	if (a->connection == ACCOUNT_TCP && a->host && a->port) {
		if (strpbrk(a->host, "[]"))
			account_errors_add(errors, "host", "must be without brackets");
		account_place(a, text);
		if (stream_url_parse(text, &url, why, sizeof(why)) < 0)
			account_errors_add(errors, "host", "%s", why);
	}
	if (a->connection == ACCOUNT_SERIAL && a->device &&
		(a->device[0] != '/' || strpbrk(a->device, "?\n\t")))
		account_errors_add(errors, "device",
			"must be a path that begins with /, without ?, up to 255 bytes");
}

static void check_meter(const struct account *a, struct account_errors *errors)
{
	static const char *const parts[] = {"identification", "manufacturer", "version", "medium"};

	if (a->secondary && !account_has(a, "identification"))
		account_errors_add(errors, "identification",
			"is missing: secondary needs it; FFFFFFFF is any");
	if (a->secondary)
		return;
	if (!account_has(a, "address"))
		account_errors_add(errors, "address",
			"is missing: a number of 0..250 or 254, or secondary with identification");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (account_has(a, parts[i]))
			account_errors_add(errors, parts[i], "needs secondary: true");
	}
}

static void check_rest(const struct account *a, struct account_errors *errors)
{
	if (!a->name)
		account_errors_add(errors, "name", "is missing");
	if (account_has(a, "latency_ms") && a->timeout_ms && a->latency_ms >= a->timeout_ms)
		account_errors_add(errors, "latency_ms",
			"must be less than timeout_ms, which is the whole time");
	if (a->dependency == ACCOUNT_DEPENDS_ACCOUNT && a->name &&
		strcmp(strchr(a->depends_on, ':') + 1, a->name) == 0)
		account_errors_add(errors, "depends_on", "must not be the account itself");
}

/* What is missing is told only where what was there could be read. */
static void check(struct account *a, uint64_t named, struct account_errors *errors)
{
	struct account_errors found = {0};

	infer_connection(a, named);
	check_connection(a, named, &found);
	check_place(a, &found);
	check_meter(a, &found);
	check_rest(a, &found);
	for (uint32_t i = 0; i < found.count && i < ACCOUNT_ERRORS_MAX; i++) {
		bool told = false;

		for (uint32_t k = 0; k < errors->count && k < ACCOUNT_ERRORS_MAX; k++)
			told |= strcmp(errors->list[k].property, found.list[i].property) == 0;
		if (!told)
			account_errors_add(
				errors, found.list[i].property, "%s", found.list[i].text);
	}
}

/* --- making ---------------------------------------------------------------------------------------- */

static json_t *load_object(const char *text, size_t len, struct account_errors *errors)
{
	json_error_t why;
	json_t *object;

	if (len > ACCOUNT_JSON_MAX) {
		account_errors_add(errors, "", "is longer than %d bytes", ACCOUNT_JSON_MAX);
		return NULL;
	}
	object = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	if (!object) {
		account_errors_add(errors, "", "is no JSON: line %d, column %d: %s", why.line,
			why.column, why.text);
		return NULL;
	}
	if (!json_is_object(object)) {
		account_errors_add(errors, "", "must be a JSON object");
		json_decref(object);
		return NULL;
	}
	return object;
}

/* By way of its own JSON: the one code that knows all properties. */
static struct account *clone(const struct account *base, struct account_errors *errors)
{
	struct account *copy = NULL;
	struct buf buf;

	buf_init(&buf, ACCOUNT_JSON_MAX);
	if (account_to_json(base, ACCOUNT_KEPT, &buf))
		account_from_json((const char *)buf.bytes, buf.len, NULL, &copy, errors);
	if (buf.bytes)
		explicit_bzero(buf.bytes, buf.len);
	buf_done(&buf);
	if (copy) {
		copy->id = base->id;
		copy->revision = base->revision;
	}
	return copy;
}

int account_from_object(json_t *object, const struct account *base, struct account **ret_account,
	struct account_errors *errors)
{
	uint32_t before = errors->count;
	struct account *a = base ? clone(base, errors) : account_new();
	uint64_t named;

	if (!a) {
		if (errors->count == before)
			account_errors_add(errors, "", "there is no memory for it");
		return -1;
	}
	read_properties(a, object, errors, &named);
	check(a, named, errors);
	if (errors->count > before) {
		account_put(a);
		return -1;
	}
	*ret_account = a;
	return 0;
}

int account_from_json(const char *text, size_t len, const struct account *base,
	struct account **ret_account, struct account_errors *errors)
{
	json_t *object = load_object(text, len, errors);
	int rc;

	if (!object)
		return -1;
	rc = account_from_object(object, base, ret_account, errors);
	json_decref(object);
	return rc;
}

struct account *account_stored(const struct account *account, uint32_t id, uint64_t revision)
{
	struct account_errors errors = {0};
	struct account *stored;

	/* nobody else looks at it */
	stored = account->refs == 1 ? account_ref(account) : clone(account, &errors);
	if (stored) {
		stored->id = id;
		stored->revision = revision;
	}
	return stored;
}

/* --- writing --------------------------------------------------------------------------------------- */

static void write_row(const struct account *a, const struct account_row *row,
	enum account_form form, struct json_out *j)
{
	bool given = account_row_given(a, row);

	if (row->shown.secret && form != ACCOUNT_KEPT) {
		json_out_key(j, "key_set");
		json_out_bool(j, given);
		return;
	}
	if (!given && form != ACCOUNT_FULL)
		return;
	json_out_key(j, row->shown.key);
	if (given || *row->shown.standard)
		row->kind->write(a, row, j);
	else
		json_out_null(j);
}

void account_write(const struct account *account, enum account_form form, struct json_out *j)
{
	json_out_object(j);
	if (form == ACCOUNT_FULL) {
		json_out_key(j, "id");
		json_out_u64(j, account->id);
		json_out_key(j, "revision");
		json_out_u64(j, account->revision);
	}
	for (size_t i = 0; i < ACCOUNT_ROWS; i++)
		write_row(account, &account_rows[i], form, j);
	json_out_end(j);
}

bool account_to_json(const struct account *account, enum account_form form, struct buf *buf)
{
	struct json_out j = JSON_OUT(buf);

	account_write(account, form, &j);
	return json_out_ok(&j);
}
