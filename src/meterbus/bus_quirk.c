/* SPDX-License-Identifier: MIT */
#include "meterbus/bus_quirk.h"

#include "base/nearest.h"
#include "meterbus/args.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <meterbus/address.h>
#include <meterbus/frame.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PART_MAX 128 /* longest row, name or address */
#define NAMES \
	"none nke-primary no-nke reset-first pre-read repeats-last strange-ci one-telegram " \
	"telegrams answer"

#define TELEGRAMS_MAX 100
#define ANSWER_MS_MAX 65535

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
	{"none",         0,                     VALUE_NO,     false, 0,             NULL},
	{"nke-primary",  MB_QUIRK_NKE_PRIMARY,  VALUE_NO,     false, 0,             NULL},
	{"no-nke",       MB_QUIRK_NO_NKE,       VALUE_NO,     false, 0,             NULL},
	{"reset-first",  MB_QUIRK_RESET_FIRST,  VALUE_BYTE,   false, 0xFE,          set_subcode},
	{"pre-read",     MB_QUIRK_PRE_READ,     VALUE_BYTE,   true,  0xFF,          set_pre_read},
	{"repeats-last", MB_QUIRK_REPEATS_LAST, VALUE_NO,     false, 0,             NULL},
	{"strange-ci",   MB_QUIRK_STRANGE_CI,   VALUE_BYTE,   true,  0xFF,          set_strange},
	{"one-telegram", MB_QUIRK_ONE_TELEGRAM, VALUE_NO,     false, 0,             NULL},
	{"telegrams",    0,                     VALUE_NUMBER, true,  TELEGRAMS_MAX, set_telegrams},
	{"answer",       0,                     VALUE_NUMBER, true,  ANSWER_MS_MAX, set_answer},
};
/* clang-format on */

static int bad(const char *what, const char *why)
{
	talk_error("--quirk: %s: %s", what, why);
	return EXIT_USAGE;
}

static const struct bend *find_bend(const char *name)
{
	for (size_t i = 0; i < sizeof(bends) / sizeof(bends[0]); i++)
		if (strcmp(bends[i].name, name) == 0)
			return &bends[i];
	return NULL;
}

static int unknown_bend(const char *name)
{
	char nearest[PART_MAX];
	char why[2 * PART_MAX];

	if (nearest_name(name, NAMES, nearest, sizeof(nearest)))
		snprintf(why, sizeof(why), "unknown; did you mean %s?", nearest);
	else
		snprintf(why, sizeof(why), "unknown; one of: %s", NAMES);
	return bad(name, why);
}

static int set_bend(struct mb_quirk *q, char *name)
{
	char *value = strchr(name, '=');
	const struct bend *bend;
	unsigned long number;
	char *end;

	if (value)
		*value++ = 0;
	bend = find_bend(name);
	if (!bend)
		return unknown_bend(name);
	q->bends |= bend->bend;
	if (!value)
		return bend->needed ? bad(name, "needs a value, NAME=VALUE") : EXIT_OK;
	if (bend->kind == VALUE_NO)
		return bad(name, "takes no value");
	number = strtoul(value, &end, bend->kind == VALUE_BYTE ? 16 : 10);
	if (!*value || *end || number > bend->max)
		return bad(value, bend->kind == VALUE_BYTE ? "must be a hex byte" : "out of range");
	bend->set(q, (unsigned)number);
	return EXIT_OK;
}

static int set_meter(struct mb_quirk *q, const char *text)
{
	char whole[PART_MAX + sizeof("FFFFFFFF")];
	struct mb_address address;

	if (strcmp(text, "*") == 0)
		return EXIT_OK;
	if (strncmp(text, "*.", 2) == 0)
		snprintf(whole, sizeof(whole), "FFFFFFFF%s", text + 1);
	else
		snprintf(whole, sizeof(whole), "%s", text);
	if (mb_address_parse(whole, &address) < 0)
		return bad(text, "no meter: *, 5, 12345678, 0803176865329906 or *.KAM.8.4");
	if (address.type == MB_ADDRESS_PRIMARY)
		q->primary = address.primary;
	else
		q->meter = address.secondary;
	return EXIT_OK;
}

static int parse_row(char *row, struct mb_quirk *ret_quirk)
{
	char *names = strchr(row, ':');
	char *rest = NULL;
	int rc;

	*ret_quirk = (struct mb_quirk){
		.meter = {MB_ID_ANY, MB_MANUFACTURER_ANY, MB_VERSION_ANY, MB_MEDIUM_ANY},
		.primary = MB_QUIRK_PRIMARY_ANY,
		.reset_subcode = MB_QUIRK_NO_SUBCODE,
		.why = "given with --quirk",
	};
	if (!names)
		return bad(row, "METER:NAME expected");
	*names++ = 0;
	rc = set_meter(ret_quirk, row);
	for (char *name = strtok_r(names, ", ", &rest); rc == EXIT_OK && name;
		name = strtok_r(NULL, ", ", &rest))
		rc = set_bend(ret_quirk, name);
	return rc;
}

int bus_quirk_parse(const char *text, struct mb_quirk *ret_rows, size_t max, uint16_t *ret_count)
{
	uint16_t count = 0;

	while (*text) {
		size_t len = strcspn(text, ";");
		char row[PART_MAX];
		int rc;

		if (len >= sizeof(row))
			return bad(text, "too long");
		if (count >= max)
			return bad(text, "too many meters");
		memcpy(row, text, len);
		row[len] = 0;
		rc = len ? parse_row(row, &ret_rows[count]) : EXIT_OK;
		if (rc != EXIT_OK)
			return rc;
		count = (uint16_t)(count + (len > 0));
		text += len;
		text += *text == ';';
	}
	*ret_count = count;
	return EXIT_OK;
}
