/* SPDX-License-Identifier: MIT */
/*
 * What readings alike share: all of a record but its data. 250 meters of five models have 150
 * shapes, not 7,500. A set of shapes belongs to one thread.
 */
#ifndef COLLECT_READING_SHAPE_H
#define COLLECT_READING_SHAPE_H

#include <meterbus/record.h>

#include <stddef.h>

struct reading_shape {
	struct mb_record record; /* without data and value; dib, vib ... point into this shape */
	const char *key; /* of the record */
	const char *series_key; /* of its twin of storage 0; == key when it is one itself */
	const char *unit;
	const char *description;
	uint64_t key_hash, series_hash; /* of the texts, for maps */
	/* private */
	uint64_t hash;
	struct reading_shape *next;
	size_t bytes;
	unsigned refs;
};

struct reading_shapes;
struct reading_shapes *reading_shapes_new(void); /* NULL: no memory */
void reading_shapes_free(struct reading_shapes *set); /* NULL is fine */
void reading_shapes_count(const struct reading_shapes *set, size_t *ret_count, size_t *ret_bytes);

/* The shape of a record, made if there is none; a reference for the caller. NULL: no memory. */
struct reading_shape *reading_shape_of(struct reading_shapes *set, const struct mb_record *record);
void reading_shape_ref(struct reading_shape *shape);
void reading_shape_put(struct reading_shapes *set, struct reading_shape *shape);

/* FNV-1a 64 of a text: the hash of keys. */
uint64_t reading_hash(const char *text);
/* Key of the record as it would be with storage 0, and its hash. */
uint64_t reading_series_key_of(const struct mb_record *record, char ret_key[MB_KEY_MAX]);

#endif
