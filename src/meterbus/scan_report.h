/* SPDX-License-Identifier: MIT */
/* What a scan tells: meters on stdout, a line each; talk on stderr; or all of it as JSON. */
#ifndef METERBUS_TOOL_SCAN_REPORT_H
#define METERBUS_TOOL_SCAN_REPORT_H

#include <meterbus/search.h>

#include <stdbool.h>
#include <stdint.h>

struct scan_report {
	bool json;
	bool primary; /* the search was by primary address */
	bool simulated; /* times are bus time */
	bool head; /* the head of the table is written */
	uint64_t bus_us; /* from the simulated segment; 0: what the search reckons */
};

void scan_report_found(struct scan_report *r, const struct mb_search_event *e);
void scan_report_trouble(struct scan_report *r, const struct mb_search_event *e);
void scan_report_note(struct scan_report *r, const struct mb_search_event *e);
void scan_report_progress(struct scan_report *r, const struct mb_search_event *e);
void scan_report_done(struct scan_report *r, const struct mb_search_event *e);

#endif
