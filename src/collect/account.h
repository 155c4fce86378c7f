/* SPDX-License-Identifier: MIT */
/*
 * A device account: one meter behind one connection, and how it is read. It never changes once it is
 * made: a change makes a new one, so whoever holds a reference keeps a whole. One table of properties
 * drives reading and writing of JSON, the schema of the API and the help of the tool.
 */
#ifndef COLLECT_ACCOUNT_H
#define COLLECT_ACCOUNT_H

#include "base/json_out.h"
#include "base/url.h"
#include "base/zone.h"
#include "collect/period.h"

#include <meterbus/address.h>
#include <meterbus/master.h>
#include <meterbus/quirk.h>

#define ACCOUNT_NAME_MAX 64 /* letters, without NUL */
#define ACCOUNT_DESCRIPTION_MAX 1024 /* bytes of UTF-8 */
#define ACCOUNT_TAGS_MAX 32
#define ACCOUNT_TAG_MAX 64
#define ACCOUNT_JSON_MAX 65536 /* longest document read */
#define ACCOUNT_PLACE_MAX (STREAM_URL_PATH_MAX + 32)
#define ACCOUNT_INDEX_MAX 250 /* AMS: places of its table */
#define ACCOUNT_KEY_LEN 16

enum account_connection {
	ACCOUNT_BUS, /* a bus that the configuration names */
	ACCOUNT_SERIAL,
	ACCOUNT_TCP,
};

enum account_maintenance {
	ACCOUNT_MAINTENANCE_NO,
	ACCOUNT_MAINTENANCE_YES,
	ACCOUNT_MAINTENANCE_DAILY, /* from_min..to_min of each local day, over midnight if to < from */
};

/* What depends_on names. */
enum account_dependency {
	ACCOUNT_DEPENDS_NOT,
	ACCOUNT_DEPENDS_ACCOUNT,
	ACCOUNT_DEPENDS_BUS,
};

struct account {
	uint32_t id; /* of the store; 0: not stored yet */
	uint64_t revision; /* of the store, for ETag */
	uint64_t given; /* one bit a property that was given, in the order of the table */

	char *name;
	char *description; /* NULL: none; so with every text below */
	char **tags; /* n_tags, sorted, each once */
	uint8_t n_tags;

	uint8_t connection; /* enum account_connection */
	char *bus; /* ACCOUNT_BUS */
	char *host; /* ACCOUNT_TCP */
	uint16_t port;
	char *device; /* ACCOUNT_SERIAL */
	struct mb_line line;

	uint8_t address; /* 0..250, 254 */
	bool secondary; /* read by the secondary address `meter` */
	struct mb_secondary meter; /* wild where not given */

	bool history; /* process historical data */
	bool suspended;
	bool interrupt_on_error;
	char *time_zone; /* as given */
	struct zone *zone; /* NULL: not given, the daemon's */
	struct period period;

	uint8_t tries; /* 0: the bus's */
	uint8_t max_telegrams; /* 0: the default */
	uint32_t timeout_ms; /* whole answer time; 0: the standard's */
	uint32_t latency_ms; /* valid when given, see account_has() */
	uint8_t key[ACCOUNT_KEY_LEN]; /* valid when given. Never leaves but to the store */
	char *quirk; /* as given */
	struct mb_quirk *bends; /* what it means, NULL: none */
	uint32_t reads_per_day; /* 0: no limit */

	char *depends_on; /* as given */
	uint8_t dependency; /* enum account_dependency */
	uint8_t maintenance; /* enum account_maintenance */
	uint16_t maintenance_from_min, maintenance_to_min;
	uint16_t keep_vanished_days;
	uint32_t offline_alert_s; /* 0: none */
	uint16_t sync_log; /* entries kept */
	uint8_t index; /* AMS: 1..250, each once; 0 none */

	unsigned refs;
};

/* --- errors ---------------------------------------------------------------------------------- */

#define ACCOUNT_ERRORS_MAX 32
#define ACCOUNT_ERROR_TEXT_MAX 200

struct account_error {
	char property[48]; /* "port", "tags[2]", "accounts[7].port"; "" for the whole */
	char text[ACCOUNT_ERROR_TEXT_MAX]; /* "must be a number of 1..65535" */
};

/* All that is wrong, not just the first; more than the maximum are counted only. */
struct account_errors {
	uint32_t count;
	struct account_error list[ACCOUNT_ERRORS_MAX];
};

__attribute__((format(printf, 3, 4))) void account_errors_add(
	struct account_errors *errors, const char *property, const char *format, ...);

/* --- life ------------------------------------------------------------------------------------ */

/*
 * Reads a document. Without base it is a new account; with one, what the text names is changed and
 * null sets a property back to its default (a merge patch, RFC 7396). "id", "revision", "key_set" are
 * ignored, so what was read can be written. All properties are checked, alone and together. 0, or -1
 * with the reasons added to errors. The caller holds the reference.
 */
int account_from_json(const char *text, size_t len, const struct account *base,
	struct account **ret_account, struct account_errors *errors);
struct account *account_ref(const struct account *account);
void account_put(struct account *account); /* wipes the key; NULL is fine */
/*
 * The same with the store's numbers. It is the account itself when the caller holds its only
 * reference, else a copy; a new reference in either case. NULL: no memory.
 */
struct account *account_stored(const struct account *account, uint32_t id, uint64_t revision);

enum account_form {
	ACCOUNT_FULL, /* all properties with their defaults, id and revision: for the API */
	ACCOUNT_GIVEN, /* what was given: for export. No key, but "key_set" */
	ACCOUNT_KEPT, /* what was given, key included: for the store only */
};

/* Appends the JSON of one account. False: the buffer is full. */
bool account_to_json(const struct account *account, enum account_form form, struct buf *buf);
void account_write(const struct account *account, enum account_form form, struct json_out *j);

/* --- what a reading needs ---------------------------------------------------------------------- */

/* Was the property given? Keys as in JSON. */
bool account_has(const struct account *account, const char *key);
/* Where it is: serial or TCP. MB_E_INVALID for ACCOUNT_BUS: the caller looks up account->bus. */
int account_url(const struct account *account, struct stream_url *ret_url);
/* "bus:roof", "serial:/dev/ttyUSB0", "tcp://host:port": equal for accounts that share a bus. */
size_t account_place(const struct account *account, char ret_place[ACCOUNT_PLACE_MAX]);

/* For struct port_job; what is 0 is the port's. */
struct account_timing {
	struct mb_line line;
	uint32_t answer_us, latency_us;
};

/*
 * A READ of this meter: address, identity, tries, limits, and the line and times that are its own.
 * Its quirk is the account's: hold a reference until the job is done. `port` is the path of the port it goes to.
 */
void account_request(const struct account *account, const struct mb_path *port,
	struct mb_request *ret_request, struct account_timing *ret_timing);
/* `zone` is the daemon's, for accounts without their own. */
bool account_in_maintenance(
	const struct account *account, const struct zone *zone, int64_t wall_ms);

/* --- the table ------------------------------------------------------------------------------------ */

/* One property, as help and schema show it. */
struct account_property {
	const char *key;
	const char *allowed; /* "1..65535", "serial, tcp or bus" */
	const char *standard; /* default as text; "" for none */
	const char *help; /* one line */
	bool secret; /* write-only */
	bool connection; /* a change needs another connection or another meter: full synchronisation */
};

/* NULL from the end on. Texts are static. */
const struct account_property *account_property(unsigned n);
const char *account_property_type(unsigned n); /* "text", "number", "choice" ... */
/* The JSON Schema (2020-12) of an account, as one object. False: the buffer is full. */
bool account_schema(struct buf *buf);
/* Does a change from a to b ask for another connection? */
bool account_reconnects(const struct account *a, const struct account *b);

#endif
