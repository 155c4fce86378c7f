/* SPDX-License-Identifier: MIT */
/* The nouns of the API: each is in its route_*.c. */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include "api/route.h"

extern const struct noun noun_system, noun_tokens, noun_accounts, noun_accounts_file, noun_sync,
	noun_readings, noun_series, noun_telegrams, noun_events, noun_stream, noun_buses,
	noun_scans, noun_redecode, noun_backups, noun_plan, noun_clients;

#endif
