/* SPDX-License-Identifier: MIT */
/*
 * The driver side as a whole: accounts, the buses they are read on, their schedule, the readings
 * that come of it, and the store that keeps them. Lives on one loop; nothing here blocks. What
 * changes anything is first committed, then visible, then told.
 */
#ifndef COLLECT_COLLECTOR_H
#define COLLECT_COLLECTOR_H

#include "bus/ports.h"
#include "collect/account.h"
#include "collect/events.h"
#include "collect/readings.h"
#include "store/queue.h"
#include "store/store.h"

#include <meterbus/security.h>

#include <stddef.h>

#define COLLECTOR_WAITERS_MAX 64 /* requests that wait for one synchronisation */
#define COLLECTOR_TEXT_MAX 512 /* of a sentence about a failure, with its NUL */

struct collector;

struct collector_config {
	struct loop *loop; /* all of these are kept, and outlive the collector */
	struct store *store;
	struct store_queue *queue;
	struct ports *ports;
	struct events *events;
	const struct mb_cipher *cipher; /* NULL: encrypted meters stay closed */
	const char *default_zone; /* of accounts without their own; NULL: the system's */
	uint32_t drift_s; /* METER_CLOCK when a clock differs by more; 0: 300 */
	uint32_t compact_idle_ms; /* between two steps of the background work; 0: 100 */
};

/* X(NAME, number, "text"): how a synchronisation ended, device-driver 2.3 */
/* clang-format off */
#define SYNC_RESULT_MAP(X) \
	X(OK,           0,  "Synchronization succeeded") \
	X(SUSPENDED,    10, "Device suspended") \
	X(DEPENDENCY,   20, "Disabled by dependency") \
	X(DECLINED,     30, "Declined by device driver") \
	X(NO_CONNECTION, 40, "Connection failed") \
	X(INTERRUPTED,  50, "Interrupted") \
	X(DISCONNECTED, 60, "Unexpected disconnection") \
	X(ERROR,        70, "Error") \
	X(MAINTENANCE,  80, "Maintenance Mode")
/* clang-format on */

enum sync_result {
#define MB_X(name, number, text) SYNC_##name = (number),
	SYNC_RESULT_MAP(MB_X)
#undef MB_X
};
const char *sync_result_text(int result); /* "unknown result" for others */
/* What an error of a record (collect_error.h) means for its synchronisation. */
enum sync_result sync_result_of(int error, bool interrupted);

/* X(NAME, number, "name", "label"): device-driver 2.4 */
/* clang-format off */
#define CONNECTION_MAP(X) \
	X(OFFLINE,     0, "offline",     "Offline") \
	X(ONLINE,      1, "online",      "Online") \
	X(SUSPENDED,   2, "suspended",   "Suspended") \
	X(UNKNOWN,     3, "unknown",     "Unknown") \
	X(MAINTENANCE, 4, "maintenance", "Maintenance")

#define SYNC_STATUS_MAP(X) \
	X(OK,            20, "ok",               "Synchronized") \
	X(WAITING,       30, "waiting",          "Waiting for synchronization") \
	X(ERROR,         40, "error",            "Synchronization error") \
	X(UNDEFINED,     50, "undefined",        "Never synchronized") \
	X(CONNECTING,    70, "connecting",       "Connecting") \
	X(METADATA,      80, "reading-metadata", "Reading metadata") \
	X(SYNCHRONIZING, 90, "synchronizing",    "Synchronizing settings")
/* clang-format on */

enum connection_status {
#define MB_X(name, number, text, label) CONNECTION_##name = (number),
	CONNECTION_MAP(MB_X)
#undef MB_X
};
enum sync_status {
#define MB_X(name, number, text, label) SYNC_STATUS_##name = (number),
	SYNC_STATUS_MAP(MB_X)
#undef MB_X
};
const char *connection_status_name(int status); /* "online"; "unknown" for others */
const char *sync_status_name(int status); /* "ok"; "undefined" for others */

enum sync_kind {
	SYNC_FULL, /* metadata, history where asked for, values */
	SYNC_PARTIAL, /* one reading; the meter sends all, the others are left as they are */
	SYNC_CONNECT, /* open the port, read nothing */
};

struct sync_request {
	enum sync_kind kind;
	const char *key; /* PARTIAL: of the reading */
	const char *who; /* "schedule", "api 127.0.0.1": shown while it holds the bus */
};

/* One line of the log of an account; also what the caller of collector_sync() is told. Texts are lent. */
struct sync_report {
	uint32_t account;
	uint8_t kind; /* enum sync_kind */
	bool scheduled;
	bool metadata; /* it was read */
	int result; /* enum sync_result */
	int error; /* MB_E_*, STORE_E_*, PORT_E_* behind it, 0 none */
	const char *text; /* more about it; "" none */
	int64_t due_ms; /* of the slot, 0 on demand */
	int64_t start_ms;
	uint32_t wait_ms; /* for the bus */
	uint32_t duration_ms; /* on the bus */
	uint16_t telegrams, attempts;
	uint32_t readings, history; /* given; points that were new */
	uint64_t seq; /* first telegram in the store, 0 none */
};

/* Called once, on the loop, after what was read is committed. */
typedef void sync_done(void *ctx, const struct sync_report *report);
/* Called once a change is committed, or has failed: 0 or STORE_E_*. */
typedef void collector_done(void *ctx, int rc, const char *text);

struct account_state {
	int connection; /* enum connection_status */
	int64_t connection_ms; /* since when */
	int sync; /* enum sync_status */
	int64_t next_due_ms; /* 0: none */
	int64_t online_ms, offline_ms; /* last time that it became so, 0 never */
	bool answering; /* the last read got an answer: more than the driver's "online" */
	bool has_last;
	struct sync_report last; /* the last that ended */
	uint64_t syncs, failures, missed; /* since the daemon's start */
	uint64_t telegrams, timeouts, checksums, repeats;
	bool has_identity; /* as the last good answer says */
	struct mb_secondary identity;
	uint8_t status_byte;
	bool has_drift;
	int32_t drift_s; /* the meter's clock minus ours */
};

/* 0 or STORE_E_*, and a sentence. Reads the accounts and their last readings from the store. */
int collector_new(const struct collector_config *config, struct collector **ret_collector,
	char *ret_err, size_t err_max);
void collector_free(struct collector *c); /* NULL is fine */
/* From now on due readings are read. */
void collector_start(struct collector *c);
/*
 * Named buses have come or gone: accounts look for theirs again, those being read when they have
 * ended. Between a removal and an addition it lets go of the old one.
 */
void collector_buses_changed(struct collector *c);
/*
 * Stops: readings under way may finish until the deadline, what is cut then is recorded as
 * interrupted. stopped() is called once all of it is committed. May be called again, to stop sooner.
 */
void collector_stop(
	struct collector *c, uint64_t deadline_us, void (*stopped)(void *ctx), void *ctx);

/* ---- accounts ---- */

struct accounts *collector_accounts(struct collector *c); /* to look at, not to change */
/*
 * Creates (id 0), replaces (id) or deletes (delete) accounts in one transaction. revision 0: any;
 * else the change is refused with STORE_E_CONFLICT when it is not the present one. Returns 0 and
 * later calls done(), or the error at once: ret_at is the index of the account in question.
 */
struct account_change {
	struct account *account; /* taken over on success, NULL for delete */
	uint32_t id;
	uint64_t revision;
	bool delete;
};
int collector_change(struct collector *c, struct account_change *changes, size_t n,
	collector_done *done, void *ctx, size_t *ret_at, char *ret_err, size_t err_max);

/* ---- synchronisation ---- */

/*
 * Synchronises now, before what is scheduled. One under way is joined when it covers the request;
 * else this one follows it. Returns 0 and later calls done() (also when it is refused, as suspended),
 * STORE_E_NOT_FOUND, or STORE_E_FULL: too many wait.
 */
int collector_sync(struct collector *c, uint32_t account, const struct sync_request *request,
	sync_done *done, void *ctx);
/* Forgets the settings cache and all that was learned of the meter, then synchronises. */
int collector_reset(
	struct collector *c, uint32_t account, const char *who, sync_done *done, void *ctx);

/* ---- autonomous reading: what the accounts with an index have of their own ---- */

#define COLLECTOR_AMS_RETRY_MAX 9

struct collector_ams {
	bool enabled; /* else the schedule leaves them out, and nothing is missed */
	uint8_t retry; /* so often a scheduled reading that failed is done again before its record */
};

struct collector_ams collector_ams(const struct collector *c); /* as committed; else {true, 0} */
/*
 * Settings of the store: they outlive a restart. Returns 0 and calls done(), or STORE_E_INVALID,
 * STORE_E_MEMORY.
 */
int collector_ams_set(
	struct collector *c, const struct collector_ams *ams, collector_done *done, void *ctx);

/* ---- the past ---- */

struct redecode;
/* rc 0: all was decoded; redecode is lent, for redecode_report() and redecode_chains(). */
typedef void collector_redecoded(void *ctx, int rc, const struct redecode *redecode);
/*
 * Decodes the stored telegrams of an account again by the tables of this program, and counts what that
 * changes; without dry_run it is changed, too. Returns 0 and later calls done(); STORE_E_NOT_FOUND,
 * STORE_E_FULL (one at a time), STORE_E_MEMORY.
 */
int collector_redecode(
	struct collector *c, uint32_t account, bool dry_run, collector_redecoded *done, void *ctx);

/* ---- what is known ---- */

bool collector_state(struct collector *c, uint32_t account, struct account_state *ret_state);
/* The settings cache; NULL: no such account. Valid until the loop goes on. */
const struct readings *collector_readings(struct collector *c, uint32_t account);
/* The last reports, newest first, at most max. Returns the count. */
size_t collector_log(
	struct collector *c, uint32_t account, const struct sync_report **ret_reports, size_t max);

struct collector_totals {
	size_t accounts, online, offline, suspended, failing;
	uint64_t syncs, failures, missed, telegrams, not_stored;
};
void collector_totals(struct collector *c, struct collector_totals *ret_totals);

#endif
