/* SPDX-License-Identifier: MIT */
/* What a reading needs to know of its account. */
#include "collect/account.h"
#include "collect/account_impl.h"

#include <meterbus/error.h>

#include <stdio.h>
#include <string.h>

#define DAY_MIN (24 * 60)
#define URL_ERROR_MAX 256

/* --- the place ------------------------------------------------------------------------------------- */

size_t account_place(const struct account *account, char ret_place[ACCOUNT_PLACE_MAX])
{
	struct stream_url url = {.kind = STREAM_TCP, .port = account->port};
	const char *path = account->host;
	int n;

	if (account->connection == ACCOUNT_BUS) {
		n = snprintf(ret_place, ACCOUNT_PLACE_MAX, "bus:%s", account->bus);
		return (size_t)n;
	}
	if (account->connection == ACCOUNT_SERIAL) {
		url.kind = STREAM_SERIAL;
		path = account->device;
	}
	snprintf(url.path, sizeof(url.path), "%s", path);
	return stream_url_name(&url, ret_place, ACCOUNT_PLACE_MAX);
}

int account_url(const struct account *account, struct stream_url *ret_url)
{
	char place[ACCOUNT_PLACE_MAX], why[URL_ERROR_MAX];
	struct stream_url url;
	int rc;

	if (account->connection == ACCOUNT_BUS)
		return MB_E_INVALID;
	account_place(account, place);
	rc = stream_url_parse(place, &url, why, sizeof(why));
	if (rc < 0)
		return rc;
	if (account->line.baud)
		url.line.baud = account->line.baud;
	url.line.data_bits = account->line.data_bits;
	url.line.parity = account->line.parity;
	url.line.stop_bits = account->line.stop_bits;
	url.line_given = account_has(account, "baud_rate");
	if (account_has(account, "latency_ms"))
		url.latency_ms = account->latency_ms;
	*ret_url = url;
	return 0;
}

/* --- the request ----------------------------------------------------------------------------------- */

/* One of the four was given: the line of this meter, the others as M-Bus has them. */
static bool has_line(const struct account *a)
{
	return a->connection != ACCOUNT_BUS || account_has(a, "baud_rate") ||
	       account_has(a, "data_bits") || account_has(a, "stop_bits") ||
	       account_has(a, "parity");
}

static struct mb_line make_line(const struct account *a, const struct mb_line *port)
{
	static const struct mb_line standard = MB_LINE_2400_8E1;
	struct mb_line line = a->line;

	if (!has_line(a))
		return (struct mb_line){0};
	if (line.baud == 0)
		line.baud = a->connection == ACCOUNT_BUS ? port->baud : standard.baud;
	return line;
}

/* A limit on the whole time leaves to the meter what the way does not take. */
static void make_times(
	const struct account *a, const struct mb_path *port, struct account_timing *timing)
{
	uint32_t latency_us = port->latency_us;
	uint32_t timeout_us = a->timeout_ms * 1000;

	if (account_has(a, "latency_ms")) {
		latency_us = a->latency_ms * 1000;
		timing->latency_us = latency_us ? latency_us : 1; /* 0 is the port's */
	}
	if (timeout_us == 0)
		return;
	if (latency_us >= timeout_us)
		latency_us = timeout_us - 1;
	timing->latency_us = latency_us ? latency_us : 1;
	timing->answer_us = timeout_us - latency_us;
}

/* Complete: quirks may apply from the first byte. */
static bool is_one_meter(const struct mb_secondary *meter)
{
	for (unsigned shift = 0; shift < 32; shift += 4) {
		if ((meter->id >> shift & 15) == 15)
			return false;
	}
	return meter->manufacturer != MB_MANUFACTURER_ANY && meter->version != MB_VERSION_ANY &&
	       meter->medium != MB_MEDIUM_ANY;
}

void account_request(const struct account *account, const struct mb_path *port,
	struct mb_request *ret_request, struct account_timing *ret_timing)
{
	struct mb_request request = {
		.op = MB_OP_READ,
		.tries = account->tries,
		.max_telegrams = account->max_telegrams,
		.quirk = account->bends,
		.address = {.type = MB_ADDRESS_PRIMARY, .primary = account->address},
	};
	struct account_timing timing = {.line = make_line(account, &port->line)};

	if (account->secondary) {
		request.address.type = MB_ADDRESS_SECONDARY;
		request.address.secondary = account->meter;
		request.has_identity = is_one_meter(&account->meter);
		request.identity = account->meter;
	}
	make_times(account, port, &timing);
	*ret_request = request;
	*ret_timing = timing;
}

/* --- time ------------------------------------------------------------------------------------------ */

bool account_in_maintenance(const struct account *account, const struct zone *zone, int64_t wall_ms)
{
	unsigned from = account->maintenance_from_min, to = account->maintenance_to_min, now;
	struct zone_time local;

	if (account->maintenance != ACCOUNT_MAINTENANCE_DAILY)
		return account->maintenance == ACCOUNT_MAINTENANCE_YES;
	zone_local(account->zone ? account->zone : zone, wall_ms / 1000, &local);
	now = local.civil.hour * 60u + local.civil.minute;
	if (from < to)
		return now >= from && now < to;
	return now >= from || now < to;
}

/* --- changes --------------------------------------------------------------------------------------- */

bool account_reconnects(const struct account *a, const struct account *b)
{
	for (size_t i = 0; i < ACCOUNT_ROWS; i++) {
		if (account_rows[i].shown.connection && !account_row_equal(a, b, &account_rows[i]))
			return true;
	}
	return false;
}
