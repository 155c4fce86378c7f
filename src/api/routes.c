/* SPDX-License-Identifier: MIT */
#include "api/routes.h"

const struct noun *const route_nouns[] = {
	&noun_system,
	&noun_tokens,
	&noun_accounts,
	&noun_accounts_file,
	&noun_sync,
	&noun_readings,
	&noun_series,
	&noun_telegrams,
	&noun_events,
	&noun_stream,
	&noun_buses,
	&noun_scans,
	&noun_plan,
	&noun_clients,
	&noun_redecode,
	&noun_backups,
	NULL,
};
