/* SPDX-License-Identifier: MIT */
/* Quirks as the command line writes them. */
#ifndef METERBUS_TOOL_BUS_QUIRK_H
#define METERBUS_TOOL_BUS_QUIRK_H

#include <meterbus/quirk.h>

#include <stddef.h>
#include <stdint.h>

#define BUS_QUIRK_HELP \
	"Quirks: METER:NAME[,NAME...][;METER:...], METER is * or an address or *.KAM.8.4 " \
	"(maker,\n" \
	"version, medium). NAMEs: nke-primary, no-nke, reset-first[=SUBCODE], pre-read=CI,\n" \
	"repeats-last, strange-ci=CI, one-telegram, telegrams=N, answer=MS; none switches off " \
	"what\n" \
	"is known of that meter. SUBCODE and CI are hex.\n"

/* EXIT_OK, or EXIT_USAGE after saying which part is wrong. */
int bus_quirk_parse(const char *text, struct mb_quirk *ret_rows, size_t max, uint16_t *ret_count);

#endif
