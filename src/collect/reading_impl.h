/* SPDX-License-Identifier: MIT */
/* Within readings: a reading as it is made and kept. */
#ifndef COLLECT_READING_IMPL_H
#define COLLECT_READING_IMPL_H

#include "base/buf.h"
#include "collect/chain_decoder.h"
#include "collect/history.h"
#include "collect/reading_shape.h"
#include "collect/readings.h"

#define READING_META_MAX 8192 /* bytes of the JSON about a series */

/* ---- reading.c ---- */

/* 0 or STORE_E_MEMORY; on success the reading holds its own copies. */
int reading_make(
	struct reading_shapes *shapes, const struct mb_record *record, struct reading *ret_reading);
void reading_done(struct reading_shapes *shapes, struct reading *reading);
/* A copy of its own. 0 or STORE_E_MEMORY. */
int reading_copy(const struct reading *from, struct reading *ret_reading);
bool reading_same_value(const struct reading *a, const struct reading *b);
uint8_t reading_quality_of(const struct mb_value *value);

/* ---- reading_point.c: a value as a point; text needs READINGS_TEXT_MAX and lives as long ---- */

void reading_point(const struct mb_record *record, char *text, struct store_point *ret_point);
/* Does a record make spot points: data that are not raw? */
bool reading_has_points(const struct mb_record *record);

/* ---- reading_meta.c ---- */

struct reading_meta {
	const struct mb_record *record;
	uint64_t storage; /* of the series: 0 for a history */
	const struct mb_secondary *identity; /* NULL: none */
	const struct reading *gone; /* its last value; NULL: the meter sends it */
};
/* JSON with its NUL into an empty buffer. False: it does not fit. */
bool reading_meta_write(struct buf *buf, const struct reading_meta *meta);

struct reading_meta_read {
	bool has_identity;
	struct mb_secondary identity;
	bool has_record; /* the last value of what is gone */
	uint8_t bytes[MB_FRAME_DATA_MAX];
	size_t len;
	int64_t time_ms;
};
/* False: it is none of ours. */
bool reading_meta_read(const char *json, struct reading_meta_read *ret);

/* ---- readings.c ---- */

struct known {
	uint64_t hash; /* of the key */
	int64_t first_ms;
	uint32_t series, segment;
};

struct segment {
	uint32_t number;
	bool has_identity;
	struct mb_secondary identity;
};

struct readings_shared {
	struct reading_shapes *shapes;
	struct chain_decoder *decoder;
	struct history *history;
};

struct readings {
	struct readings_shared *shared;
	uint32_t (*next_series)(void *ctx);
	void *ctx;
	uint32_t account;
	bool drift_told; /* it was too large already */
	struct reading *list;
	size_t count;
	struct known *known;
	size_t known_count;
	struct segment *segments;
	size_t segment_count;
	uint64_t *elements; /* hashes, sorted: of profiles that the last chain stored; or NULL */
	size_t element_count;
	struct readings_state state;
};

struct known *readings_known(const struct readings *r, uint64_t hash, uint32_t segment);
void readings_drop(struct readings_shared *shared, struct reading *list, size_t count);

/* ---- readings_change.c: a change in the making ---- */

struct history_row {
	uint32_t series;
	struct store_point point;
};

struct change {
	struct readings_change public; /* the first member; its arrays are the ones below */
	struct readings *r;
	struct reading *list;
	size_t count, list_size;
	struct known *known; /* new ones */
	size_t known_count, known_size;
	struct store_series *series;
	size_t series_size;
	struct readings_note *notes;
	size_t notes_size;
	struct history_row *rows;
	size_t row_count, rows_size;
	struct text *texts; /* all that is pointed to */
	struct segment segment; /* the present one */
	bool new_segment;
	bool drift_told;
	uint64_t *elements;
	size_t element_count, elements_size;
	bool failed; /* no memory: then all of it is */
};

/* A reading whose series is asked for, or told about. */
struct change_series {
	const struct mb_record *record;
	uint64_t storage; /* of the series: 0 for history */
	const char *key;
	uint64_t hash; /* of the key */
	int64_t time_ms;
	const struct reading *gone; /* its last value */
	int64_t gone_ms; /* 0: the meter sends it */
};

struct change *change_new(struct readings *r);
void change_free(struct change *c); /* with what was not taken over; NULL is fine */
__attribute__((format(printf, 4, 5))) void change_note(
	struct change *c, uint16_t kind, const char *data, const char *format, ...);
/* One more, zeroed; NULL: failed. Valid until the next one. */
struct reading *change_reading(struct change *c);
/* Id of a series: known, or of a new row. 0: failed. */
uint32_t change_series(struct change *c, const struct change_series *asked);
/* The row of a known series again. */
void change_series_again(struct change *c, uint32_t id, const struct change_series *told);
void change_history(struct change *c, uint32_t series, const struct store_point *point);
/* Drops the elements of profiles that were stored before; shows the arrays. */
void change_finish(struct change *c);

/* ---- readings_notes.c: what is worth to be told ---- */

void notes_of_readings(struct change *c, bool first);
void notes_of_counter(struct change *c, const struct mb_record *record,
	const struct reading *before, const struct reading *now);
void notes_of_meter(struct change *c, const struct readings_state *before, uint32_t drift_s);

#endif
