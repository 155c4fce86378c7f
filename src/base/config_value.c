/* SPDX-License-Identifier: MIT */
#include "base/config.h"
#include "base/nearest.h"

#include <inttypes.h>
#include <string.h>

struct unit {
	const char *name;
	int64_t factor;
};

/* Descending, as values are printed with the largest that fits. */
static const struct unit durations[] = {
	{"d", 86400000},
	{"h", 3600000},
	{"min", 60000},
	{"s", 1000},
	{"ms", 1},
	{0},
};
static const struct unit sizes[] = {
	{"T", (int64_t)1 << 40},
	{"G", 1 << 30},
	{"M", 1 << 20},
	{"K", 1 << 10},
	{"", 1},
	{0},
};
static const struct unit numbers[] = {
	{"", 1},
	{0},
};

static const struct kind {
	const char *name, *how;
	const struct unit *units;
} kinds[] = {
	[CONFIG_BOOL] = {"yes or no", NULL, NULL},
	[CONFIG_NUMBER] = {"a number", "", numbers},
	[CONFIG_DURATION] = {"a duration", " (ms s min h d)", durations},
	[CONFIG_SIZE] = {"a size", " (K M G T)", sizes},
	[CONFIG_CHOICE] = {"one of", NULL, NULL},
	[CONFIG_TEXT] = {"a text", NULL, NULL},
	[CONFIG_PATH] = {"an absolute path", NULL, NULL},
};

static void print_amount(const struct unit *units, int64_t n, char *ret_text, size_t max)
{
	while (units[1].name && (n == 0 || n % units->factor != 0))
		units++;
	snprintf(ret_text, max, "%" PRId64 "%s", n / units->factor, n ? units->name : "");
}

void config_allowed(const struct config_key *key, char *ret_text, size_t max)
{
	const struct kind *k = &kinds[key->type];
	char low[32], high[32];

	if (key->type == CONFIG_CHOICE) {
		snprintf(ret_text, max, "one of: %s", key->choices);
	} else if (k->units && key->max) {
		print_amount(k->units, key->min, low, sizeof(low));
		print_amount(k->units, key->max, high, sizeof(high));
		snprintf(ret_text, max, "%s from %s to %s%s", k->name, low, high, k->how);
	} else {
		snprintf(ret_text, max, "%s%s", k->name, k->units ? k->how : "");
	}
}

static int must_be(const struct config_key *key, char *ret_why, size_t max)
{
	char allowed[CONFIG_SENTENCE_MAX];

	config_allowed(key, allowed, sizeof(allowed));
	snprintf(ret_why, max, "must be %s", allowed);
	return -1;
}

/* Digits and a unit; false when it is neither or too large. */
static bool parse_amount(const char *text, const struct unit *units, int64_t *ret_number)
{
	int64_t n = 0;

	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (n > (INT64_MAX - 9) / 10)
			return false;
		n = 10 * n + (*text - '0');
	}
	while (units->name && strcmp(units->name, text) != 0)
		units++;
	if (!units->name && (n != 0 || *text))
		return false;
	if (units->name && n > INT64_MAX / units->factor)
		return false;
	*ret_number = units->name ? n * units->factor : 0;
	return true;
}

static int amount(const struct config_key *key, const char *text, int64_t *ret_number,
	char *ret_why, size_t max)
{
	int64_t n;

	if (!parse_amount(text, kinds[key->type].units, &n))
		return must_be(key, ret_why, max);
	if (key->max && (n < key->min || n > key->max))
		return must_be(key, ret_why, max);
	*ret_number = n;
	return 0;
}

static int choice(const struct config_key *key, const char *text, int64_t *ret_number,
	char *ret_why, size_t max)
{
	const char *names = key->choices;
	size_t len = strlen(text), n;
	char nearest[NEAREST_MAX];

	for (int64_t i = 0; *names; i++, names += n + (names[n] != '\0')) {
		n = strcspn(names, " ");
		if (n == len && memcmp(names, text, n) == 0) {
			*ret_number = i;
			return 0;
		}
	}
	if (!nearest_name(text, key->choices, nearest, sizeof(nearest)))
		return must_be(key, ret_why, max);
	snprintf(ret_why, max, "must be one of: %s; did you mean %s?", key->choices, nearest);
	return -1;
}

static int boolean(const char *text, int64_t *ret_number)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(text, words[i]) == 0) {
			*ret_number = i & 1;
			return 0;
		}
	}
	return -1;
}

int config_value(const struct config_key *key, const char *text, int64_t *ret_number, char *ret_why,
	size_t max)
{
	if (kinds[key->type].units)
		return amount(key, text, ret_number, ret_why, max);
	if (key->type == CONFIG_CHOICE)
		return choice(key, text, ret_number, ret_why, max);
	if (key->type == CONFIG_BOOL && boolean(text, ret_number) < 0)
		return must_be(key, ret_why, max);
	if (key->type == CONFIG_PATH && text[0] != '/')
		return must_be(key, ret_why, max);
	if (key->check && !key->check(text, ret_why, max))
		return -1;
	return 0;
}
