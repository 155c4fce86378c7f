/* SPDX-License-Identifier: MIT */
/* A synchronisation under way: what sync.c gathers and sync_commit.c writes. */
#ifndef COLLECT_SYNC_H
#define COLLECT_SYNC_H

#include "base/buf.h"
#include "collect/collector_impl.h"
#include "collect/failed_step.h"

#define SYNC_TELEGRAMS_MAX MB_TELEGRAMS_MAX
#define SYNC_BYTES_MAX (SYNC_TELEGRAMS_MAX * MB_FRAME_MAX)

struct sync_piece {
	int64_t time_ms; /* end of its last byte */
	uint16_t len;
};

struct sync {
	struct device *d;
	const struct account *account; /* as it was at the start; our reference */
	struct port_job job;
	struct waiter *waiters;
	char who[PORT_WHO_MAX];
	enum sync_kind kind;
	bool scheduled;
	bool taken; /* the slot, when the dialogue began */
	bool requeued; /* the job is being moved, not cancelled */
	bool stopped; /* by us */
	bool again; /* what there is, is of the reading before this one */
	bool lost; /* more came than can be kept */
	bool committing;
	struct schedule_due due; /* scheduled */
	struct schedule_due missed; /* slots that passed while it waited; missed 0: none */
	int told; /* last status told, -1 none */
	int64_t start_ms;
	uint64_t start_us;
	struct buf bytes; /* of all telegrams, one after the other */
	struct sync_piece pieces[SYNC_TELEGRAMS_MAX];
	uint16_t count, attempts;
	struct failed_step failed; /* the first that failed as the dialogue did in the end */
	uint8_t retries; /* whole readings before this one: struct collector_ams */
	int failure; /* of the one before */
	uint64_t busy_us; /* on the bus before this one */
	struct mb_master_done done;
	struct sync_report report;
	char text[COLLECTOR_TEXT_MAX]; /* of the report */
	int chain; /* number in the batch, -1 none */
	struct readings_change *change; /* to be made visible by the commit, or NULL */
};

void sync_free(struct sync *s);
/* It has ended, well or not: writes what there is to write. */
void sync_conclude(struct sync *s, enum sync_result result, int error, const char *text);
/* Begins what waits for this account, if anything does. */
void sync_next(struct device *d);
/* VALUES, once they are committed; costs nothing while nobody watches. */
void sync_tell_values(const struct sync *s);
/* Tells the report to all who wait for it, frees them. */
void sync_tell_waiters(struct sync *s);

#endif
