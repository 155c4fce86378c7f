/* SPDX-License-Identifier: MIT */
/* What the files of the collector share. */
#ifndef COLLECT_COLLECTOR_IMPL_H
#define COLLECT_COLLECTOR_IMPL_H

#include "collect/accounts.h"
#include "collect/collector.h"
#include "collect/post.h"
#include "collect/schedule.h"

#include <stdbool.h>

#define COLLECTOR_PORT_BUCKETS 4096

struct loop_timer;
struct sync;

/* A request of collector_sync() that waits for a synchronisation to end. */
struct waiter {
	struct waiter *next;
	enum sync_kind kind;
	bool background; /* nobody sits and waits */
	char *key; /* of PARTIAL, or NULL */
	sync_done *done; /* NULL: forgotten */
	void *ctx;
};

/* Of past synchronisations, the newest at `last`. */
struct sync_log {
	struct sync_report *reports; /* `size` of them; texts are owned, or static when empty */
	uint16_t size, count, last;
};

/* An account at work. */
struct device {
	struct collector *c;
	const struct account *account; /* our reference */
	struct port *port; /* counted; NULL: it cannot be had, see `trouble` */
	struct device *next_here; /* in the bucket of the port */
	struct readings *readings;
	struct sync *sync; /* under way, NULL: none */
	struct waiter *later; /* for the synchronisation after that */
	char later_who[PORT_WHO_MAX];
	struct sync_log log;
	struct account_state state; /* but what is looked up when asked for */
	uint32_t compacted_day; /* up to and including; 0: none */
	bool failing; /* the last synchronisation has failed */
	bool alerted; /* OFFLINE_ALERT was told */
	bool wanted; /* in hand of the schedule, to be begun when the present one ends */
	struct schedule_due due;
	char *trouble; /* why there is no port; NULL: none */
	/* when its synchronisation has ended: forget all; take the readings anew from the store */
	bool reset, reload;
	bool deleted; /* freed when its synchronisation has ended */
};

struct collector {
	struct collector_config config;
	struct zone *zone; /* of accounts without their own */
	struct accounts *accounts; /* committed */
	struct accounts *planned; /* and what is on its way to the store */
	struct readings_shared *shared;
	struct background *background;
	struct redecoding *redecoding; /* under way, NULL: none */
	struct device **devices; /* by id */
	uint32_t n_devices; /* places */
	struct device *here[COLLECTOR_PORT_BUCKETS]; /* by port */
	struct schedule *schedule;
	struct loop_timer *due_timer, *minute_timer, *stop_timer;
	uint32_t posts; /* on their way to the store */
	uint32_t syncs; /* under way */
	uint32_t n_dependent; /* accounts that depend on something */
	bool started, stopping, draining;
	uint64_t stop_deadline_us;
	void (*stopped)(void *ctx);
	void *stopped_ctx;
	struct collector_ams ams;
	int64_t ams_since_ms; /* when it was enabled last; 0: always was */
	struct collector_totals totals; /* counters only */
	uint64_t not_stored; /* of them, before the store ceased to take data */
	int64_t trouble_ms; /* since when it does not; 0: it does */
};

/* ---- collector.c ---- */

struct device *collector_device(struct collector *c, uint32_t account); /* NULL: none */
/* Tells who waits for the stop when nothing is under way any more. */
void collector_settle(struct collector *c);
/* Makes a place for this id in `devices`. 0 or STORE_E_MEMORY. */
int collector_grow(struct collector *c, uint32_t id);

/* ---- device.c ---- */

struct device *device_new(struct collector *c, const struct account *account);
void device_free(struct device *d); /* its synchronisation has ended */
/* The account was changed: another reference, perhaps another port. */
void device_set_account(struct device *d, const struct account *account);
/* Looks for its named bus again, unless it is being read. */
void device_find_bus(struct device *d);
/* Looks at what it depends on, its port, the time of day; tells a change. */
void device_refresh(struct device *d);
void devices_refresh_port(struct collector *c, struct port *port);
/* May it be read now? SYNC_OK or the reason, and a sentence for it. */
enum sync_result device_may_sync(const struct device *d, const char **ret_text);

/* ---- collector_ams.c ---- */

struct store_reader;
int ams_load(struct collector *c, struct store_reader *reader); /* 0 or STORE_E_* */
/* Does the schedule leave this account out? */
bool ams_is_off(const struct device *d);
/* Slots before are not missed: AMS was off. The last slot of the store, or a later one. */
int64_t ams_last_due(const struct device *d, int64_t last_due_ms);

/* ---- device_log.c ---- */

void sync_log_add(struct sync_log *log, uint16_t size, const struct sync_report *report);
void sync_log_done(struct sync_log *log);

/* ---- sync.c ---- */

/* On demand; takes the waiter. */
void sync_ask(struct device *d, struct waiter *waiter, const char *who);
/* For its own sake: behind those who wait, in turn with the schedule. */
void sync_soon(struct device *d, const char *why);
/* A slot of the schedule. */
void sync_due(struct device *d, const struct schedule_due *due);
/* What the schedule has in hand of it and is not begun is forgotten, as if it had not been due. */
void sync_undo(struct device *d);
/* Ends what is under way: gently, or at once. */
void sync_stop(struct device *d, bool now);
int sync_status_of(const struct device *d); /* enum sync_status */
/* Whoever waits for the next one is told that it will not be. */
void sync_drop(struct device *d, enum sync_result result, const char *text);

/* ---- due.c ---- */

/* The account's rule, as it is now; what was done before is of the store. 0 or -1: no memory. */
int due_set(struct device *d, int64_t last_due_ms, uint32_t spent);
void due_arm(struct collector *c); /* the timer, for the next slot */
void due_fire(void *collector); /* a loop_fn: begins what is due */
/* Rows and an event for slots that nobody will read. */
void due_missed(struct device *d, const struct schedule_due *due, struct post *p);

#endif
