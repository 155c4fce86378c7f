/* SPDX-License-Identifier: MIT */
/* What a scan is asked to do: the options of the verb as a configuration of the search. */
#ifndef METERBUS_TOOL_SCAN_OPTIONS_H
#define METERBUS_TOOL_SCAN_OPTIONS_H

#include "meterbus/bus.h"

#include <meterbus/search.h>

#define SCAN_METERS_MAX 2000 /* beyond any bus: 250 meters a segment, many speeds */

struct scan_options {
	struct mb_search_config config; /* without path and nodes */
	const char *resume; /* FILE or NULL */
	const char *save; /* FILE or NULL */
};

/* clang-format off */
#define SCAN_OPTIONS \
	{"secondary", 0, ARG_TEXT, NULL, "search by secondary address, with wildcards (the default)", NULL}, \
	{"primary", 0, ARG_TEXT, NULL, "ask the primary addresses one after the other", NULL}, \
	{"baud", 'b', ARG_TEXT, "LIST", "speeds, one after the other: 300,2400,9600 (the URL's)", NULL}, \
	{"range", 0, ARG_TEXT, "A-B", "--primary: only these addresses (0-250)", NULL}, \
	{"ask-silent", 0, ARG_TEXT, NULL, "--primary: REQ_UD2 where SND_NKE is not answered", NULL}, \
	{"mask", 'm', ARG_TEXT, "ADDRESS", "only meters that match: 1234FFFF, or all 16 digits", NULL}, \
	{"makers", 0, ARG_TEXT, "LIST", "only meters of these makers: KAM,LUG", NULL}, \
	{"hex", 0, ARG_TEXT, NULL, "close the digits A..E too under every collision", NULL}, \
	{"order", 0, ARG_CHOICE, "ORDER", "digits: auto, or msd for meters that know only trailing F", "auto msd"}, \
	{"depth", 0, ARG_CHOICE, "PART", "take equal identifications apart only so far", \
		"identification medium version makers wildcards fabrication"}, \
	{"verify", 0, ARG_TEXT, NULL, "read each meter found again by its full address", NULL}, \
	{"miss", 0, ARG_TEXT, "PPM", "allowed chance to miss a meter by loss, in millionths (100)", NULL}, \
	{"max-selections", 0, ARG_TEXT, "N", "stop after so many masks or addresses", NULL}, \
	{"max-time", 0, ARG_TEXT, "S", "stop after so many seconds", NULL}, \
	{"resume", 0, ARG_FILE, "FILE", "keep the state in FILE, and go on from it", NULL}, \
	{"save", 's', ARG_FILE, "FILE", "write the addresses found, for read --all FILE", NULL}
/* clang-format on */

/* EXIT_OK, or EXIT_USAGE after saying what is wrong. */
int scan_options_read(struct scan_options *ret_options, const struct args *args);

#endif
