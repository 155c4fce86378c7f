/* SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "base/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- paths ---- */

/* One segment of a pattern against one of the target. */
static bool match_segment(
	const char *pattern, size_t len, const char *segment, const char **ret_value)
{
	if (*pattern == '{') {
		*ret_value = segment;
		return true;
	}
	return strlen(segment) == len && memcmp(pattern, segment, len) == 0;
}

static bool match(const char *pattern, const struct http_target *t, unsigned from,
	const char *ret_values[ROUTE_PARAMS_MAX])
{
	unsigned n = from, values = 0;

	while (*pattern) {
		size_t len = strcspn(++pattern, "/");
		const char *value = NULL;

		if (n == t->n_segments || !match_segment(pattern, len, t->segments[n], &value))
			return false;
		if (value && values < ROUTE_PARAMS_MAX)
			ret_values[values++] = value;
		pattern += len;
		n++;
	}
	return n == t->n_segments;
}

static bool has_prefix(const struct http_target *t)
{
	return t->n_segments >= 2 && strcmp(t->segments[0], "api") == 0 &&
	       strcmp(t->segments[1], "v1") == 0;
}

static void allow(char *allowed, const char *method)
{
	size_t len = strlen(allowed);

	snprintf(allowed + len, ROUTE_ALLOWED_MAX - len, "%s%s", len ? ", " : "", method);
}

const struct route *route_find(const char *method, const struct http_target *target,
	const char *ret_values[ROUTE_PARAMS_MAX], char ret_allowed[ROUTE_ALLOWED_MAX])
{
	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	*ret_allowed = '\0';
	if (!has_prefix(target) || target->slash)
		return NULL;
	for (const struct noun *const *noun = route_nouns; *noun; noun++) {
		for (const struct route *route = (*noun)->routes; route->method; route++) {
			if (!match(route->path, target, 2, ret_values))
				continue;
			if (strcmp(route->method, method) == 0)
				return route;
			allow(ret_allowed, route->method);
		}
	}
	return NULL;
}

/* ---- parameters ---- */

bool param_count(const char *value, uint64_t *ret_n)
{
	size_t len = strlen(value);

	if (len == 0 || len > 19 || strspn(value, "0123456789") != len)
		return false;
	*ret_n = strtoull(value, NULL, 10);
	return true;
}

bool param_flag(const char *value, bool *ret_flag)
{
	*ret_flag = !*value || strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
	return *ret_flag || strcmp(value, "false") == 0 || strcmp(value, "0") == 0;
}

/* Exactly n digits. */
static bool digits(const char **p, int n, int32_t *ret_value)
{
	int32_t value = 0;

	for (; n > 0; n--, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		value = value * 10 + (**p - '0');
	}
	*ret_value = value;
	return true;
}

static bool sign(const char **p, char c)
{
	return **p == c && (*p)++;
}

/* ".5", ".123456": what is less than a millisecond is dropped. */
static bool fraction(const char **p, int32_t *ret_ms)
{
	int32_t ms = 0, unit = 100;

	*ret_ms = 0;
	if (!sign(p, '.'))
		return true;
	if (**p < '0' || **p > '9')
		return false;
	for (; **p >= '0' && **p <= '9'; (*p)++, unit /= 10)
		ms += (**p - '0') * unit;
	*ret_ms = ms;
	return true;
}

/* "Z", "+02:00" */
static bool zone_offset(const char *p, int32_t *ret_s)
{
	int32_t hours, minutes, way = *p == '-' ? -1 : 1;

	*ret_s = 0;
	if (*p == 'Z' || *p == 'z')
		return !p[1];
	if (*p != '+' && *p != '-' && *p != ' ') /* a + that was not escaped */
		return false;
	p++;
	if (!digits(&p, 2, &hours) || !sign(&p, ':') || !digits(&p, 2, &minutes) || *p)
		return false;
	*ret_s = way * (hours * 3600 + minutes * 60);
	return hours <= 23 && minutes <= 59;
}

static bool rfc3339(const char *p, int64_t *ret_ms)
{
	int32_t year, month, day, hour, minute, second, ms, offset_s;
	struct civil civil;

	if (!digits(&p, 4, &year) || !sign(&p, '-') || !digits(&p, 2, &month) || !sign(&p, '-') ||
		!digits(&p, 2, &day))
		return false;
	if (*p != 'T' && *p != 't' && *p != ' ')
		return false;
	p++;
	if (!digits(&p, 2, &hour) || !sign(&p, ':') || !digits(&p, 2, &minute) || !sign(&p, ':') ||
		!digits(&p, 2, &second) || !fraction(&p, &ms) || !zone_offset(p, &offset_s))
		return false;
	civil = (struct civil){year, (uint8_t)month, (uint8_t)day, (uint8_t)hour, (uint8_t)minute,
		(uint8_t)second};
	*ret_ms = (civil_s(&civil) - offset_s) * 1000 + ms;
	return year >= 1970 && civil_valid(&civil);
}

bool param_time(const char *value, int64_t *ret_ms)
{
	uint64_t ms;

	if (param_count(value, &ms) && ms <= INT64_C(32503680000000)) {
		*ret_ms = (int64_t)ms;
		return true;
	}
	return rfc3339(value, ret_ms);
}

/* Is the value one of "a|b|c: ..."? */
static bool is_word(const char *value, const char *words)
{
	size_t len = strlen(value);

	while (len > 0) {
		size_t n = strcspn(words, "|:");

		if (n == len && memcmp(words, value, n) == 0)
			return true;
		if (words[n] != '|')
			return false;
		words += n + 1;
	}
	return false;
}

static bool param_valid(const struct route_param *p, const char *value, char *text, size_t max)
{
	uint64_t n = 0;
	int64_t ms;
	bool flag, ok = true;

	if (p->type == PARAM_COUNT) {
		ok = param_count(value, &n) && n >= p->min && n <= p->max;
		snprintf(text, max, "%s must be a number of %llu..%llu", p->name,
			(unsigned long long)p->min, (unsigned long long)p->max);
	} else if (p->type == PARAM_TIME) {
		ok = param_time(value, &ms);
		snprintf(text, max, "%s must be a time like 2026-11-21T09:30:00Z", p->name);
	} else if (p->type == PARAM_FLAG) {
		ok = param_flag(value, &flag);
		snprintf(text, max, "%s must be true or false", p->name);
	} else if (p->type == PARAM_WORD) {
		ok = is_word(value, p->help);
		snprintf(text, max, "%s must be one of %.*s", p->name, (int)strcspn(p->help, ":"),
			p->help);
	} else {
		ok = strlen(value) <= p->max;
		snprintf(text, max, "%s is longer than %llu bytes", p->name,
			(unsigned long long)p->max);
	}
	return ok;
}

const char *route_check_query(
	const struct route *route, const struct http_target *target, char *text, size_t max)
{
	for (unsigned i = 0; i < target->n_query; i++) {
		const struct http_pair *pair = &target->query[i];
		const struct route_param *p = route->params;

		while (p && p->name && strcmp(p->name, pair->name) != 0)
			p++;
		if (!p || !p->name) {
			snprintf(text, max, "there is no parameter '%.64s' here", pair->name);
			return text;
		}
		if (!param_valid(p, pair->value, text, max))
			return text;
	}
	return NULL;
}
