/* SPDX-License-Identifier: MIT */
#include "base/quirk_text.h"

#include "base/nearest.h"

#include <meterbus/error.h>
#include <meterbus/master.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MS_MAX 65535

struct error_out {
	char *text;
	size_t max;
};

enum value_kind {
	VALUE_NO,
	VALUE_BYTE, /* hex */
	VALUE_NUMBER,
};

struct bend {
	const char *name;
	uint8_t bend;
	uint8_t kind; /* enum value_kind */
	bool needed;
	unsigned max;
	void (*set)(struct mb_quirk *q, unsigned value);
};

static void set_subcode(struct mb_quirk *q, unsigned value)
{
	q->reset_subcode = (uint8_t)value;
}

static void set_pre_read(struct mb_quirk *q, unsigned value)
{
	q->pre_read_ci = (uint8_t)value;
}

static void set_strange(struct mb_quirk *q, unsigned value)
{
	q->strange_ci = (uint8_t)value;
}

static void set_telegrams(struct mb_quirk *q, unsigned value)
{
	q->max_telegrams = (uint8_t)value;
}

static void set_answer(struct mb_quirk *q, unsigned value)
{
	q->answer_ms = (uint16_t)value;
}

/* clang-format off */
static const struct bend bends[] = {
	{"none",         0,                     VALUE_NO,     false, 0,                NULL},
	{"nke-primary",  MB_QUIRK_NKE_PRIMARY,  VALUE_NO,     false, 0,                NULL},
	{"no-nke",       MB_QUIRK_NO_NKE,       VALUE_NO,     false, 0,                NULL},
	{"reset-first",  MB_QUIRK_RESET_FIRST,  VALUE_BYTE,   false, 0xFE,             set_subcode},
	{"pre-read",     MB_QUIRK_PRE_READ,     VALUE_BYTE,   true,  0xFF,             set_pre_read},
	{"repeats-last", MB_QUIRK_REPEATS_LAST, VALUE_NO,     false, 0,                NULL},
	{"strange-ci",   MB_QUIRK_STRANGE_CI,   VALUE_BYTE,   true,  0xFF,             set_strange},
	{"one-telegram", MB_QUIRK_ONE_TELEGRAM, VALUE_NO,     false, 0,                NULL},
	{"telegrams",    0,                     VALUE_NUMBER, true,  MB_TELEGRAMS_MAX, set_telegrams},
	{"answer",       0,                     VALUE_NUMBER, true,  ANSWER_MS_MAX,    set_answer},
};
/* clang-format on */

static int bad(const struct error_out *err, const char *what, const char *why)
{
	snprintf(err->text, err->max, "%s: %s", what, why);
	return MB_E_INVALID;
}

static const struct bend *find_bend(const char *name)
{
	for (size_t i = 0; i < sizeof(bends) / sizeof(bends[0]); i++)
		if (strcmp(bends[i].name, name) == 0)
			return &bends[i];
	return NULL;
}

static int unknown_bend(const struct error_out *err, const char *name)
{
	char nearest[QUIRK_TEXT_MAX];
	char why[2 * QUIRK_TEXT_MAX];

	if (nearest_name(name, QUIRK_NAMES, nearest, sizeof(nearest)))
		snprintf(why, sizeof(why), "unknown; did you mean %s?", nearest);
	else
		snprintf(why, sizeof(why), "unknown; one of: %s", QUIRK_NAMES);
	return bad(err, name, why);
}

static int set_bend(const struct error_out *err, struct mb_quirk *q, char *name)
{
	char *value = strchr(name, '=');
	const struct bend *bend;
	unsigned long number;
	char *end;

	if (value)
		*value++ = 0;
	bend = find_bend(name);
	if (!bend)
		return unknown_bend(err, name);
	q->bends |= bend->bend;
	if (!value)
		return bend->needed ? bad(err, name, "needs a value, NAME=VALUE") : 0;
	if (bend->kind == VALUE_NO)
		return bad(err, name, "takes no value");
	number = strtoul(value, &end, bend->kind == VALUE_BYTE ? 16 : 10);
	if (!*value || *end || number > bend->max)
		return bad(err, value,
			bend->kind == VALUE_BYTE ? "must be a hex byte" : "out of range");
	bend->set(q, (unsigned)number);
	return 0;
}

int quirk_text_parse(const char *text, struct mb_quirk *quirk, char *ret_err, size_t err_max)
{
	const struct error_out err = {ret_err, err_max};
	struct mb_quirk made = *quirk;
	char copy[QUIRK_TEXT_MAX];
	char *rest = NULL;
	int rc = 0;

	if (strlen(text) >= sizeof(copy))
		return bad(&err, "quirk", "longer than 127 letters");
	memcpy(copy, text, strlen(text) + 1);
	for (char *name = strtok_r(copy, ", ", &rest); rc == 0 && name;
		name = strtok_r(NULL, ", ", &rest))
		rc = set_bend(&err, &made, name);
	if (rc == 0)
		*quirk = made;
	return rc;
}
