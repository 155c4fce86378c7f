/* SPDX-License-Identifier: MIT */
/* Conditions "PARAM relation value", joined with ";": a record passes when all hold. */
#include "gateway/scdata.h"

#include <meterbus/error.h>

#include <string.h>
#include <strings.h>

enum {
	LESS = 1,
	EQUAL = 2,
	GREATER = 4,
};

/* clang-format off */
static const struct param_row {
	const char *name;
	enum scdata_param param;
	bool text;
} params[] = {
	{"RECORD_TYPE",           SCDATA_RECORD_TYPE, true},
	{"TIME_STAMP",            SCDATA_TIME_STAMP,  false},
	{"SEQ_NUM",               SCDATA_SEQ_NUM,     false},
	{"SEQUENTIAL_NUMBER",     SCDATA_SEQ_NUM,     false},
	{"PROTOCOL",              SCDATA_PROTOCOL,    true},
	{"INDEX",                 SCDATA_INDEX,       false},
	{"ERROR_CODE",            SCDATA_ERROR_CODE,  false},
	{"DEVICE_ID",             SCDATA_DEVICE_ID,   true},
	{"DEVICE_IDENTIFICATION", SCDATA_DEVICE_ID,   true},
};

/* The longer first. */
static const struct relation_row {
	char sign[3];
	uint8_t allowed;
} relations[] = {
	{"==", EQUAL},
	{"!=", LESS | GREATER},
	{"<>", LESS | GREATER},
	{"<=", LESS | EQUAL},
	{">=", GREATER | EQUAL},
	{"=",  EQUAL},
	{"<",  LESS},
	{">",  GREATER},
};
/* clang-format on */

static const struct param_row *find_param(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
		if (strlen(params[i].name) == len && strncasecmp(params[i].name, name, len) == 0)
			return &params[i];
	}
	return NULL;
}

static const struct relation_row *find_relation(const char *at)
{
	for (size_t i = 0; i < sizeof(relations) / sizeof(relations[0]); i++) {
		if (strncmp(relations[i].sign, at, strlen(relations[i].sign)) == 0)
			return &relations[i];
	}
	return NULL;
}

static int parse_number(const char *text, uint64_t *ret)
{
	size_t n = strspn(text, "0123456789");
	uint64_t number = 0;

	if (n == 0 || n > 18 || text[n]) /* 18 digits cannot overflow */
		return MB_E_INVALID;
	for (; *text; text++)
		number = number * 10 + (uint64_t)(*text - '0');
	*ret = number;
	return 0;
}

static int parse_condition(char *text, struct scdata_condition *c)
{
	size_t len = strcspn(text, "=!<>");
	const struct param_row *param = find_param(text, len);
	const struct relation_row *relation = find_relation(text + len);
	const char *value;

	if (!param || !relation)
		return MB_E_INVALID;
	value = text + len + strlen(relation->sign);
	if (!*value || value[strcspn(value, "=!<>\"")])
		return MB_E_INVALID;
	c->param = param->param;
	c->allowed = relation->allowed;
	if (!param->text)
		return parse_number(value, &c->number);
	if (c->allowed != EQUAL && c->allowed != (LESS | GREATER))
		return MB_E_INVALID;
	memcpy(c->text, value, strlen(value) + 1);
	return 0;
}

static size_t squeeze(const char *text, char *ret)
{
	size_t n = 0;

	for (; *text; text++) {
		if (*text != ' ')
			ret[n++] = *text;
	}
	ret[n] = '\0';
	return n;
}

int scdata_filter_parse(const char *text, struct scdata_filter *ret_filter)
{
	struct scdata_filter filter = {.n = 0};
	char copy[SCDATA_FILTER_MAX + 1], *at = copy, *next;

	if (strlen(text) > SCDATA_FILTER_MAX)
		return MB_E_INVALID;
	if (squeeze(text, copy) == 0)
		at = NULL;
	for (; at; at = next) {
		next = strchr(at, ';');
		if (next)
			*next++ = '\0';
		if (filter.n == SCDATA_CONDITIONS_MAX)
			return MB_E_INVALID;
		if (parse_condition(at, &filter.conditions[filter.n++]) < 0)
			return MB_E_INVALID;
	}
	*ret_filter = filter;
	return 0;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? LESS : a > b ? GREATER : EQUAL;
}

static int compare_texts(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0 ? EQUAL : LESS;
}

static int compare(const struct scdata_record *r, const struct scdata_condition *c)
{
	switch (c->param) {
	case SCDATA_RECORD_TYPE:
		return compare_texts("AMS", c->text);
	case SCDATA_PROTOCOL:
		return compare_texts("MBUS", c->text);
	case SCDATA_DEVICE_ID:
		return compare_texts("", c->text);
	case SCDATA_TIME_STAMP:
		return r->time_s < 0 ? LESS : compare_numbers((uint64_t)r->time_s, c->number);
	case SCDATA_SEQ_NUM:
		return compare_numbers(r->seq, c->number);
	case SCDATA_INDEX:
		return compare_numbers(r->index, c->number);
	case SCDATA_ERROR_CODE:
		return compare_numbers(r->error, c->number);
	}
	return 0;
}

bool scdata_filter_match(const struct scdata_filter *filter, const struct scdata_record *record)
{
	for (size_t i = 0; i < filter->n; i++) {
		if (!(compare(record, &filter->conditions[i]) & filter->conditions[i].allowed))
			return false;
	}
	return true;
}

/* Bounds of 0 are left out: they gain nothing, and times may be negative. */
static void narrow(const struct scdata_condition *c, uint64_t *from, uint64_t *to)
{
	uint64_t n = c->number;

	if (!(c->allowed & LESS) && *from < n + !(c->allowed & EQUAL))
		*from = n + !(c->allowed & EQUAL);
	if (c->allowed & GREATER)
		return;
	if (n && *to > n - !(c->allowed & EQUAL))
		*to = n - !(c->allowed & EQUAL);
}

void scdata_filter_range(const struct scdata_filter *filter, struct scdata_range *ret_range)
{
	struct scdata_range range = {0, UINT64_MAX, 0, UINT64_MAX};

	for (size_t i = 0; i < filter->n; i++) {
		const struct scdata_condition *c = &filter->conditions[i];

		if (c->param == SCDATA_SEQ_NUM)
			narrow(c, &range.from_seq, &range.to_seq);
		else if (c->param == SCDATA_TIME_STAMP)
			narrow(c, &range.from_s, &range.to_s);
	}
	*ret_range = range;
}
