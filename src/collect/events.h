/* SPDX-License-Identifier: MIT */
/*
 * What happens, told to whoever asked: the log, the live stream of the API. An event that is kept
 * is published only after it is in the store, and has its number there.
 */
#ifndef COLLECT_EVENTS_H
#define COLLECT_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#define EVENT_TEXT_MAX 512 /* with its NUL */

/* Severities are those of syslog. */
enum event_severity {
	EVENT_ALERT = 1,
	EVENT_ERROR = 3,
	EVENT_WARNING = 4,
	EVENT_NOTICE = 5,
	EVENT_INFO = 6,
	EVENT_LIVE = 7, /* only for the live stream, never stored */
};

/* X(NAME, "name", severity, "what happened") */
/* clang-format off */
#define EVENT_MAP(X) \
	X(DAEMON_STARTED,    "daemon.started",    EVENT_NOTICE,  "the daemon has started") \
	X(DAEMON_STOPPING,   "daemon.stopping",   EVENT_NOTICE,  "the daemon is about to stop") \
	X(CLOCK_JUMPED,      "clock.jumped",      EVENT_WARNING, "the wall clock was set") \
	X(STORE_FULL,        "store.full",        EVENT_ALERT,   "readings are counted but not stored") \
	X(STORE_FAILED,      "store.failed",      EVENT_ALERT,   "the store does not take data") \
	X(STORE_RECOVERED,   "store.recovered",   EVENT_NOTICE,  "readings are stored again") \
	X(BUS_STATE,         "bus.state",         EVENT_NOTICE,  "a bus was opened, lost or closed") \
	X(ACCOUNT_CREATED,   "account.created",   EVENT_INFO,    "an account was created") \
	X(ACCOUNT_CHANGED,   "account.changed",   EVENT_INFO,    "properties of an account were changed") \
	X(ACCOUNT_DELETED,   "account.deleted",   EVENT_INFO,    "an account was deleted") \
	X(STATUS,            "account.status",    EVENT_NOTICE,  "the connection status has changed") \
	X(OFFLINE_ALERT,     "account.offline",   EVENT_ALERT,   "an account is offline for too long") \
	X(SYNC_STATUS,       "sync.status",       EVENT_LIVE,    "the synchronisation status has changed") \
	X(SYNC_DONE,         "sync.done",         EVENT_LIVE,    "a synchronisation has succeeded") \
	X(SYNC_FAILED,       "sync.failed",       EVENT_WARNING, "a synchronisation has failed") \
	X(SYNC_RECOVERED,    "sync.recovered",    EVENT_NOTICE,  "the first success after a failure") \
	X(SYNC_DECLINED,     "sync.declined",     EVENT_INFO,    "a synchronisation was declined") \
	X(READING_MISSED,    "reading.missed",    EVENT_WARNING, "due readings were not read") \
	X(READING_NEW,       "reading.new",       EVENT_INFO,    "a meter sends readings not seen before") \
	X(READING_VANISHED,  "reading.vanished",  EVENT_NOTICE,  "a meter no longer sends readings") \
	X(METER_SWAPPED,     "meter.swapped",     EVENT_WARNING, "another meter answers at this address") \
	X(METER_ROLLOVER,    "meter.rollover",    EVENT_NOTICE,  "a counter has rolled over") \
	X(METER_FELL_BACK,   "meter.fell-back",   EVENT_WARNING, "a counter has gone backwards") \
	X(METER_STATUS,      "meter.status",      EVENT_WARNING, "the status byte of a meter has changed") \
	X(METER_CLOCK,       "meter.clock",       EVENT_NOTICE,  "a meter's clock differs from ours") \
	X(CLIENT_CAME,       "client.connected",  EVENT_INFO,    "somebody uses the gateway; not stored") \
	X(CLIENT_LEFT,       "client.disconnected", EVENT_INFO,  "somebody has left it; not stored") \
	X(VALUES,            "values",            EVENT_LIVE,    "new values, after their commit")
/* clang-format on */

enum event_kind {
#define MB_X(name, text, severity, meaning) EVENT_##name,
	EVENT_MAP(MB_X)
#undef MB_X
	EVENT_KINDS
};

const char *event_kind_name(unsigned kind); /* NULL from EVENT_KINDS on */
const char *event_kind_text(unsigned kind);
enum event_severity event_kind_severity(unsigned kind);

struct event {
	uint64_t seq; /* in the store; 0: not kept */
	int64_t time_ms; /* since 1970 UTC */
	uint16_t kind; /* enum event_kind */
	uint8_t severity; /* enum event_severity */
	uint32_t account; /* 0: none */
	const char *account_name; /* NULL: none */
	const char *bus; /* NULL: none */
	const char *text; /* one sentence */
	const char *data; /* a JSON object, or NULL */
};

struct events;
struct event_listener;

typedef void event_heard(void *ctx, const struct event *event);

struct events *events_new(void); /* NULL: no memory */
void events_free(struct events *e);
/* heard() is called for every event from now on, in order; it may unlisten. NULL: no memory. */
struct event_listener *events_listen(struct events *e, event_heard *heard, void *ctx);
void events_unlisten(struct event_listener *l); /* NULL is fine */
/* Does anybody listen for more than what is stored? Those who do say so. */
void events_watch(struct events *e, int more); /* 1 or -1 */
bool events_watched(const struct events *e);
void events_publish(struct events *e, const struct event *event);

#endif
