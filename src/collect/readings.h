/* SPDX-License-Identifier: MIT */
/*
 * The settings cache of an account: what its meter last said, reading by reading, and what follows
 * from it for the store. Telegrams are the truth; all here is decoded from them and can be again.
 *
 *	readings_restore(r, row);			at the start: each row of series of the account,
 *	readings_apply(r, last chain, NULL, ...);	then its last good chain, read without a change
 *
 *	readings_apply(r, chain, &change);		a chain was read: nothing is visible yet
 *	readings_batch(change, batch);			series and points of history, for the same commit
 *	readings_accept(change) or readings_discard(change)	after the commit, or its failure
 *
 * One change of an account at a time. Loop thread.
 */
#ifndef COLLECT_READINGS_H
#define COLLECT_READINGS_H

#include "base/zone.h"
#include "store/batch.h"

#include <meterbus/record.h>
#include <meterbus/security.h>

#define READINGS_MAX 2048 /* of one account; more are counted only */
#define READINGS_SEGMENTS_MAX 64 /* meters that followed each other; then the oldest is forgotten */
#define READINGS_NOTES_MAX 64 /* of one change; more are left out */
#define READINGS_TEXT_MAX 1024 /* of a value, with its NUL */
#define READINGS_DRIFT_S 300 /* default of readings_chain.drift_s */
#define READINGS_KEEP_DAYS 7 /* default of readings_chain.keep_days */

/* OPC. STALE is for the reader of the cache to add: what was good while the meter could be reached. */
enum reading_quality {
	READING_BAD = 0, /* not a value: broken digits, impossible date, not a number */
	READING_BAD_CONFIGURATION = 4, /* the base of a profile, the format of a frame is missing */
	READING_NOT_CONNECTED = 8,
	READING_DEVICE_FAILURE = 12, /* the meter says so: error of the record, not available */
	READING_GOOD = 192,
};

enum reading_flag {
	READING_NEW = 1, /* since the last chain; with GONE: gone since then */
	READING_CHANGED = 2, /* its value, since the last chain */
	READING_GONE = 4, /* the meter no longer sends it; value and time are the last ones */
	READING_DATED = 8, /* a storage with a date: points of the series of storage 0 come of it */
	READING_DATE_ONLY = 16, /* DATED: a day without a time */
	READING_NO_SERIES = 32, /* makes no spot points: DATED, or raw data of the maker */
};

struct reading_shape; /* all that is not its value, shared by readings alike */

/* As small as it can be: there are thousands. Ask by the functions below. */
struct reading {
	const struct reading_shape *shape;
	union {
		uint8_t near[8]; /* data_len <= 8 */
		uint8_t *far;
	} data;
	struct mb_value value; /* bytes of texts: see reading_record() */
	int64_t time_ms; /* when it was read: the bus's clock */
	int64_t at_ms; /* DATED: the meter's time of it, UTC; a day: its end. GONE: since when */
	uint32_t series; /* of its spot points; DATED: of its points of history. 0 none */
	uint32_t duration_ms; /* of the dialogue */
	uint16_t data_len;
	uint16_t index; /* in its chain */
	uint8_t quality; /* enum reading_quality */
	uint8_t flags; /* enum reading_flag */
};

/* Key as of mb_record_key(), of its real storage number, with its occurrence. Never NULL. */
const char *reading_key(const struct reading *reading);
/* Key of the series that `series` is: that of storage 0 when DATED. */
const char *reading_series_key(const struct reading *reading);
const char *reading_unit(const struct reading *reading); /* canonical, "" none */
const char *reading_description(const struct reading *reading);
/*
 * The record as it was sent, for all functions of meterbus/record.h and the writers of export/. It
 * points into the reading. No chain: `time` is not set.
 */
void reading_record(const struct reading *reading, struct mb_record *ret_record);
/* The driver's value string, "00001891"; upper-case hex for a maker's data. Length. */
int reading_raw_text(const struct reading *reading, char *buf, size_t max);
/* The exact scaled value, "1.891"; "" for what is no value. Length. */
int reading_value_text(const struct reading *reading, char *buf, size_t max);
/* As one decimal; false when it is no number. */
bool reading_number(const struct reading *reading, struct mb_decimal *ret_number);
const char *reading_error(const struct reading *reading); /* NULL: none. Static */

/* ---- what many accounts share ---- */

struct readings_shared;
struct readings_shared *readings_shared_new(void); /* NULL: no memory */
void readings_shared_free(struct readings_shared *shared); /* after all readings; NULL is fine */

struct readings_shared_status {
	size_t shapes, bytes; /* kept */
};
void readings_shared_status(
	const struct readings_shared *shared, struct readings_shared_status *ret_status);

/* ---- one account ---- */

struct readings;

/* next_series() gives a new id each time, as store_next_series() does. NULL: no memory. */
struct readings *readings_new(struct readings_shared *shared, uint32_t account,
	uint32_t (*next_series)(void *ctx), void *ctx);
void readings_free(struct readings *r); /* discards a change under way; NULL is fine */
size_t readings_bytes(const struct readings *r); /* memory, shapes apart */

/* The readings in the order of the chain, those gone last. */
const struct reading *readings_list(const struct readings *r, size_t *ret_count);
const struct reading *readings_find(const struct readings *r, const char *key); /* or NULL */

/* What the last good chain says of the meter as a whole. */
struct readings_state {
	bool has_identity;
	struct mb_secondary identity;
	uint32_t segment; /* of the present meter, from 0 */
	bool has_status;
	uint8_t status; /* status byte; of several telegrams all bits */
	bool has_clock;
	int64_t clock_ms; /* the meter's, UTC by the zone of the account */
	int32_t drift_s; /* the meter's clock minus ours; 0 within its resolution */
	bool clock_invalid; /* the meter says so */
	int64_t time_ms; /* of the chain; 0: none yet */
	uint32_t duration_ms;
	int error; /* the first error of the chain's records, 0 none: what stood behind is missing */
	size_t left_out; /* readings beyond READINGS_MAX */
};
const struct readings_state *readings_state(const struct readings *r);

/* ---- a chain and what it changes ---- */

struct readings_bytes {
	const uint8_t *bytes;
	size_t len;
};

/* One answer: the telegrams of a chain in order. Borrowed while the call lasts. */
struct readings_chain {
	const struct readings_bytes *telegrams;
	size_t n;
	int64_t time_ms; /* end of the first telegram, as its row in the store says */
	uint32_t duration_ms;
	const struct zone *zone; /* of the meter; NULL: UTC */
	const struct mb_cipher *cipher; /* NULL: encrypted telegrams stay closed */
	const uint8_t *key; /* MB_KEY_LEN bytes, or NULL */
	const char
		*only; /* key of the one reading asked for; NULL: all. The others are left alone */
	uint32_t drift_s; /* more is told; 0: READINGS_DRIFT_S */
	uint16_t keep_days; /* readings gone; 0: READINGS_KEEP_DAYS */
	bool history; /* process historical data */
	bool partial; /* the chain has no end: what is missing is not gone */
};

/* Something to tell: an event of collect/events.h in the making. */
struct readings_note {
	uint16_t kind; /* enum event_kind: READING_NEW, _VANISHED, METER_* */
	const char *text; /* one sentence */
	const char *data; /* a JSON object */
};

struct readings_change {
	const struct readings_note *notes;
	size_t n_notes;
	const struct store_series *series; /* new or changed rows */
	size_t n_series;
	size_t readings; /* given by this chain */
	size_t changed; /* of them: new or of another value */
	size_t history; /* points of history to be stored; those known from the last chain are not */
	bool metadata; /* a reading is new, gone, back, or another in kind */
	bool swapped; /* another meter than before */
	struct readings_state state; /* as it will be */
};

/*
 * Decodes a chain. 0 and what it changes; or the error when it gives nothing: of its first telegram,
 * MB_E_APPLICATION, MB_E_ENCRYPTED, MB_E_WRONG_KEY ..., STORE_E_MEMORY. Broken records behind good
 * ones are no failure: see state.error. ret_change NULL: at once visible, nothing to store.
 */
int readings_apply(struct readings *r, const struct readings_chain *chain,
	struct readings_change **ret_change);
/* The i-th point of history and its series; NULL from the end on. */
const struct store_point *readings_history(
	const struct readings_change *change, size_t i, uint32_t *ret_series);
/* Adds series and history to a batch. 0, or the failure of the batch. */
int readings_batch(const struct readings_change *change, struct store_batch *batch);
/* Makes it visible and frees it. */
void readings_accept(struct readings_change *change);
void readings_discard(struct readings_change *change); /* NULL is fine */

/*
 * At the start: a row of series of this account. 0, STORE_E_MEMORY, or STORE_E_CORRUPT: its meta is
 * not ours; the row is left out.
 */
int readings_restore(struct readings *r, const struct store_series *series);
/* Forgets all that was learned but the numbers of the series. */
void readings_reset(struct readings *r);

#endif
