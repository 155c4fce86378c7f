/* SPDX-License-Identifier: MIT */
#include "meterbus/bus_quirk.h"

#include "base/quirk_text.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <meterbus/address.h>

#include <stdio.h>
#include <string.h>

#define PART_MAX 128 /* longest row, name or address */
#define ERROR_MAX 256

static int bad(const char *what, const char *why)
{
	talk_error("--quirk: %s: %s", what, why);
	return EXIT_USAGE;
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
	char why[ERROR_MAX];
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
	if (rc == EXIT_OK && quirk_text_parse(names, ret_quirk, why, sizeof(why)) < 0) {
		talk_error("--quirk: %s", why);
		rc = EXIT_USAGE;
	}
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
