/* SPDX-License-Identifier: MIT */
#include "collect/accounts.h"

#include "collect/account_impl.h"

#include <stdlib.h>
#include <string.h>

/* Two sorted arrays: looking up is half a dozen steps, and accounts change seldom. */
struct accounts {
	struct account **by_id;
	struct account **by_name;
	uint32_t n, size;
	uint32_t next_id;
};

struct accounts *accounts_new(void)
{
	struct accounts *set = calloc(1, sizeof(*set));

	if (set)
		set->next_id = 1;
	return set;
}

void accounts_free(struct accounts *set)
{
	if (!set)
		return;
	for (uint32_t i = 0; i < set->n; i++)
		account_put(set->by_id[i]);
	free(set->by_id);
	free(set->by_name);
	free(set);
}

/* --- looking up ------------------------------------------------------------------------------------ */

/* Position of the first that is not before. */
static uint32_t find_id(const struct accounts *set, uint32_t id)
{
	uint32_t low = 0, high = set->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (set->by_id[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t accounts_from_name(const struct accounts *set, const char *name)
{
	uint32_t low = 0, high = set->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (strcmp(set->by_name[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t accounts_count(const struct accounts *set)
{
	return set->n;
}

const struct account *accounts_by_id(const struct accounts *set, uint32_t id)
{
	uint32_t at = find_id(set, id);

	return at < set->n && set->by_id[at]->id == id ? set->by_id[at] : NULL;
}

const struct account *accounts_by_name(const struct accounts *set, const char *name)
{
	uint32_t at = accounts_from_name(set, name);

	return at < set->n && strcmp(set->by_name[at]->name, name) == 0 ? set->by_name[at] : NULL;
}

const struct account *accounts_at(const struct accounts *set, uint32_t n)
{
	return n < set->n ? set->by_name[n] : NULL;
}

uint32_t accounts_next_id(const struct accounts *set)
{
	return set->next_id;
}

/* --- changing -------------------------------------------------------------------------------------- */

static void insert(struct account **list, uint32_t n, uint32_t at, struct account *account)
{
	memmove(list + at + 1, list + at, (n - at) * sizeof(*list));
	list[at] = account;
}

static void cut(struct account **list, uint32_t n, uint32_t at)
{
	memmove(list + at, list + at + 1, (n - at - 1) * sizeof(*list));
}

static int grow(struct accounts *set)
{
	uint32_t size = set->size ? 2 * set->size : 16;
	struct account **list;

	if (set->n < set->size)
		return 0;
	if (set->n >= ACCOUNTS_MAX)
		return -1;
	list = realloc(set->by_id, size * sizeof(*list));
	if (!list)
		return -1;
	set->by_id = list;
	list = realloc(set->by_name, size * sizeof(*list));
	if (!list)
		return -1;
	set->by_name = list;
	set->size = size;
	return 0;
}

int accounts_put(struct accounts *set, const struct account *account)
{
	const struct account *same = accounts_by_name(set, account->name);
	struct account *held;

	if (account->id == 0 || (same && same->id != account->id) || grow(set) < 0)
		return -1;
	held = account_ref(account);
	accounts_remove(set, account->id);
	insert(set->by_id, set->n, find_id(set, held->id), held);
	insert(set->by_name, set->n, accounts_from_name(set, held->name), held);
	set->n++;
	if (held->id >= set->next_id)
		set->next_id = held->id + 1;
	return 0;
}

void accounts_remove(struct accounts *set, uint32_t id)
{
	uint32_t at = find_id(set, id);
	struct account *account;

	if (at >= set->n || set->by_id[at]->id != id)
		return;
	account = set->by_id[at];
	cut(set->by_name, set->n, accounts_from_name(set, account->name));
	cut(set->by_id, set->n, at);
	set->n--;
	account_put(account);
}

int account_order(const struct account *a, const struct account *b)
{
	unsigned index_a = a->index ? a->index : ACCOUNT_INDEX_MAX + 1u;
	unsigned index_b = b->index ? b->index : ACCOUNT_INDEX_MAX + 1u;

	if (index_a != index_b)
		return index_a < index_b ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* --- do they fit together? ------------------------------------------------------------------------- */

static const char *dependency_name(const struct account *account)
{
	return strchr(account->depends_on, ':') + 1;
}

/* The chain behind it comes back to it, whatever the set has under its name now. */
static bool closes_circle(const struct accounts *set, const struct account *account)
{
	const struct account *at = account;

	for (uint32_t steps = 0; at && steps <= set->n; steps++) {
		if (at->dependency != ACCOUNT_DEPENDS_ACCOUNT)
			return false;
		if (strcmp(dependency_name(at), account->name) == 0)
			return true;
		at = accounts_by_name(set, dependency_name(at));
		if (at && account->id && at->id == account->id)
			return true; /* under the name that it had */
	}
	return at != NULL;
}

static void check_dependency(
	const struct accounts *set, const struct account *account, struct account_errors *errors)
{
	const struct account *other;

	if (account->dependency != ACCOUNT_DEPENDS_ACCOUNT)
		return;
	other = accounts_by_name(set, dependency_name(account));
	if (!other || (account->id && other->id == account->id))
		account_errors_add(errors, "depends_on", "there is no account \"%s\"",
			dependency_name(account));
	else if (closes_circle(set, account))
		account_errors_add(errors, "depends_on",
			"closes a circle: \"%s\" depends on \"%s\"", other->name, account->name);
}

static void check_index(
	const struct accounts *set, const struct account *account, struct account_errors *errors)
{
	if (account->index == 0)
		return;
	for (uint32_t i = 0; i < set->n; i++) {
		const struct account *other = set->by_id[i];

		if (other->index != account->index || other->id == account->id)
			continue;
		account_errors_add(
			errors, "index", "%u is that of \"%s\"", account->index, other->name);
		return;
	}
}

int accounts_check(
	const struct accounts *set, const struct account *account, struct account_errors *errors)
{
	uint32_t before = errors->count;
	const struct account *same = accounts_by_name(set, account->name);

	if (same && same->id != account->id)
		account_errors_add(errors, "name", "there is an account \"%s\"", account->name);
	if (account->id == 0 && set->n >= ACCOUNTS_MAX)
		account_errors_add(errors, "", "there are %d accounts, no more fit", ACCOUNTS_MAX);
	check_index(set, account, errors);
	check_dependency(set, account, errors);
	return errors->count > before ? -1 : 0;
}

const struct account *accounts_dependent(const struct accounts *set, const struct account *account)
{
	for (uint32_t i = 0; i < set->n; i++) {
		const struct account *other = set->by_name[i];

		if (other->dependency == ACCOUNT_DEPENDS_ACCOUNT &&
			strcmp(dependency_name(other), account->name) == 0)
			return other;
	}
	return NULL;
}

/* --- lists ----------------------------------------------------------------------------------------- */

static bool has_tag(const struct account *account, const char *tag)
{
	for (size_t i = 0; i < account->n_tags; i++) {
		if (strcmp(account->tags[i], tag) == 0)
			return true;
	}
	return false;
}

/* As people see it: "5", or the secondary address. */
static bool address_contains(const struct account *account, const char *text)
{
	struct mb_address address = {.type = MB_ADDRESS_PRIMARY, .primary = account->address};
	char shown[MB_ADDRESS_TEXT_MAX];

	if (account->secondary) {
		address.type = MB_ADDRESS_SECONDARY;
		address.secondary = account->meter;
		return mb_address_format(&address, shown, sizeof(shown)) > 0 &&
		       strcasestr(shown, text);
	}
	return mb_address_format(&address, shown, sizeof(shown)) > 0 && strcmp(shown, text) == 0;
}

static bool contains(const struct account *account, const char *text, const char *place)
{
	return strcasestr(account->name, text) || strcasestr(place, text) ||
	       (account->description && strcasestr(account->description, text)) ||
	       address_contains(account, text);
}

bool account_matches(const struct account *account, const struct account_filter *filter)
{
	char place[ACCOUNT_PLACE_MAX];

	if (filter->suspended >= 0 && account->suspended != (filter->suspended > 0))
		return false;
	if (filter->connection &&
		strcmp(filter->connection, account_connections[account->connection]) != 0)
		return false;
	if (filter->tag && !has_tag(account, filter->tag))
		return false;
	if (!filter->place && !filter->text)
		return true;
	account_place(account, place);
	if (filter->place && strcmp(filter->place, place) != 0)
		return false;
	return !filter->text || contains(account, filter->text, place);
}
