/* SPDX-License-Identifier: MIT */
/*
 * The durable store: telegrams as they came, series and their points, accounts, events, tokens,
 * settings. Nothing here knows which database holds them.
 *
 * Writing: a batch says what shall be true; store_commit() makes one durable transaction of it.
 * batch.h builds them, queue.h groups and commits them on a loop. Reading: reader.h.
 *
 * Functions return >= 0, or < 0 of store_error.h. Times are UTC ms. Ids are never 0, never reused.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "store/point.h"
#include "store/store_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- rows ---- */

#define STORE_TELEGRAM_MAX 2048 /* bytes; a frame of a wired M-Bus has 261 */
#define STORE_CHAIN_MAX 4096 /* telegrams of one answer */
#define STORE_ACCOUNT_MAX (1u << 24) /* highest id */
#define STORE_DOCUMENT_MAX 65536 /* bytes of a JSON document */
#define STORE_KEY_MAX 1024 /* bytes of the key of a series */
#define STORE_NAME_MAX 64 /* bytes of a name: token, setting, kind of event, bus */

enum store_telegram_flag {
	STORE_SCHEDULED = 1, /* due by the schedule; else asked for */
	STORE_INTERRUPTED = 2, /* the reading was cut: by a stop, a cancel, a failure */
	STORE_MISSED = 4, /* never read: due_ms .. time_ms passed without us */
	STORE_CLOCK_DOUBT = 8, /* our own clock was not to be trusted */
	STORE_PARTIAL = 16, /* the chain is not complete */
	STORE_CATCH_UP = 32, /* one reading for all that was missed */
};

/* The frame that a reading failed at: of all that it sent, the one that was not well answered. */
enum store_step {
	STORE_STEP_NONE, /* it did not fail, or nothing was sent */
	STORE_STEP_NKE,
	STORE_STEP_SELECT,
	STORE_STEP_REQUEST, /* REQ_UD2, and whatever else is sent before it */
	STORE_STEP_SEARCH,
	STORE_STEPS,
};

/* A telegram, or the record that there is none. A chain is the telegrams of one answer. */
struct store_telegram {
	uint64_t seq; /* gapless, 1 is the first; given at the commit */
	uint64_t chain; /* seq of the first of the chain; given */
	uint64_t prev; /* first of the account's chain before, 0: none; given, 0 but in the first */
	uint32_t account; /* 0: of no account */
	uint32_t duration_ms; /* of the dialogue */
	int64_t time_ms; /* end of the last byte, or of the failure */
	int64_t due_ms; /* the slot that it was due for; 0: on demand */
	uint16_t ordinal; /* in the chain, from 0; given */
	uint16_t count; /* of the chain; given, 0 but in the first */
	int16_t error; /* MB_E_*, STORE_E_*; 0 good. STORE_E_CORRUPT: the row is damaged, only
			  seq is sure */
	uint8_t flags; /* enum store_telegram_flag */
	uint8_t step; /* enum store_step, of an error */
	uint16_t index; /* AMS index of the account at that time; 0: none */
	uint16_t len; /* 0: nothing came */
	const uint8_t *bytes;
};

struct store_series {
	uint32_t id; /* of store_next_series() */
	uint32_t account;
	uint32_t segment; /* counts the meters behind an account */
	const char *key; /* identity of the reading; stable */
	const char *meta; /* JSON */
	int64_t first_ms, last_ms; /* of its points; 0: none yet */
	int64_t gone_ms; /* since when the meter does not send it; 0: it does */
};

struct store_account {
	uint32_t id; /* of store_next_account() */
	uint64_t revision; /* 1 the first */
	const char *document; /* JSON */
};

struct store_event {
	uint64_t seq; /* given at the commit; gapless while none are trimmed */
	int64_t time_ms;
	const char *kind; /* "account.offline" */
	uint8_t severity; /* 3 error, 4 warning, 6 information: as syslog */
	uint32_t account; /* 0: none */
	const char *bus; /* "": none */
	const char *text;
	const char *data; /* JSON, or "" */
};

struct store_token {
	const char *name; /* unique */
	uint8_t role; /* of the API */
	uint8_t hash[32];
	int64_t created_ms, expires_ms; /* 0: never */
};

/* ---- the store ---- */

enum store_kind {
	STORE_TELEGRAMS,
	STORE_POINTS,
	STORE_EVENTS,
	STORE_KINDS,
};

/* The newest telegram always stays: it holds the sequence. 0: no limit. */
struct store_limit {
	int64_t age_ms;
	uint64_t bytes; /* of content, without what the database adds */
};

struct store_retention {
	struct store_limit kind[STORE_KINDS];
	bool ring; /* near max_bytes the oldest telegrams make room; else STORE_E_FULL */
};

struct store_options {
	const char *path;
	uint64_t max_bytes; /* on disk, log included; 0: no limit. At least STORE_BYTES_MIN */
	uint32_t cache_bytes; /* a connection; 0: 2 MiB */
	bool read_only; /* no lock, no migration, no commit */
	int64_t now_ms;
	struct store_retention retention;
	const char *vfs; /* NULL; tests and SQLite only */
};
#define STORE_BYTES_MIN (4u << 20)

struct store;

/*
 * Opens, makes or migrates (after a copy to "PATH.vN.bak"). On failure ret_err (max > 0) says what,
 * where and what to do. One process at a time, readers apart.
 */
int store_open(const struct store_options *options, struct store **ret, char *ret_err, size_t max);
void store_close(struct store *s); /* NULL is fine; all readers are closed before */

/* For rows that the next batches make. Loop thread; each call gives another one. */
uint32_t store_next_account(struct store *s);
uint32_t store_next_series(struct store *s);

/* From the next commit on. */
void store_set_retention(struct store *s, const struct store_retention *retention);

struct store_batch;
/*
 * One durable transaction of all batches, in order; on a failure nothing of it is there. A batch
 * with a wrong revision fails alone: store_batch_result(). One thread at a time. Trims a bounded
 * number of rows beyond the retention; now_ms is for that, 0: the clock is not to be trusted, and
 * nothing is too old.
 */
int store_commit(struct store *s, struct store_batch *const *batches, size_t n, int64_t now_ms);
/* A small commit, and whether there is room for more: 0, or STORE_E_FULL and others. */
int store_probe(struct store *s, int64_t now_ms);

struct store_stats {
	uint64_t epoch; /* random per store; a backup has another one */
	uint64_t first_seq,
		last_seq; /* of telegrams; 0: none. first > last: all trimmed but none */
	uint64_t first_event, last_event;
	uint64_t rows[STORE_KINDS]; /* telegrams, chunks and history points, events */
	uint64_t bytes[STORE_KINDS]; /* of content */
	uint64_t disk_bytes, free_bytes; /* of the files; inside them. Files do not shrink */
	uint64_t max_bytes;
	uint64_t room_bytes; /* that still fit below it; UINT64_MAX without a limit */
	uint64_t commits, failures; /* since the start */
	uint64_t trimmed[STORE_KINDS]; /* rows, since the start */
	uint64_t corrupt; /* damaged rows met since the start */
	uint64_t opened_rows; /* how many rows store_open() had to look at */
	int64_t full_since_ms; /* 0: there is room */
};
void store_stats(struct store *s, struct store_stats *ret); /* any thread */

/* Called now and then; anything but 0 ends the copy with STORE_E_INTERRUPTED. */
typedef int store_progress_fn(void *ctx, uint64_t done, uint64_t total);
/*
 * A consistent copy of the running store in a new file, by way of "PATH.part". Pool thread. The copy
 * is a store of its own: it has another epoch.
 */
int store_backup(struct store *s, const char *path, store_progress_fn *progress, void *ctx);

#endif
