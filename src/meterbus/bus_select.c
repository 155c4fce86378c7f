/* SPDX-License-Identifier: MIT */
#include "meterbus/bus_select.h"

#include "meterbus/exit.h"
#include "base/hex.h"
#include "meterbus/talk.h"

#include <string.h>

#define DIF_SELECT 0x08
#define DIF_ALL 0x7F /* global readout request: everything */
#define ALL "all"

static int bad(const char *text)
{
	talk_error("--select %s: VIFs in hex with commas between (13,5A: volume and flow "
		   "temperature), or %s",
		text, ALL);
	return EXIT_USAGE;
}

int bus_select_parse(const char *text, uint8_t ret_records[BUS_SELECT_MAX], size_t *ret_len)
{
	size_t at = 0;

	if (strcmp(text, ALL) == 0) {
		ret_records[0] = DIF_ALL;
		*ret_len = 1;
		return EXIT_OK;
	}
	for (const char *part = text;; part++) {
		size_t len = strcspn(part, ",");
		int n = -1;

		if (at + 1 < BUS_SELECT_MAX)
			n = hex_bytes(part, len, ret_records + at + 1, BUS_SELECT_MAX - at - 1);
		if (n <= 0)
			return bad(text);
		ret_records[at] = DIF_SELECT;
		at += 1 + (size_t)n;
		part += len;
		if (!*part)
			break;
	}
	*ret_len = at;
	return EXIT_OK;
}
