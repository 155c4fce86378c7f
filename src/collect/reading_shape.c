/* SPDX-License-Identifier: MIT */
#include "collect/reading_shape.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS 1024 /* power of two */
#define FNV_OFFSET 0xCBF29CE484222325u
#define FNV_PRIME 0x100000001B3u

struct reading_shapes {
	size_t count, bytes;
	struct reading_shape *slots[SLOTS];
};

static uint64_t fnv(uint64_t hash, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	while (n-- > 0)
		hash = (hash ^ *p++) * FNV_PRIME;
	return hash;
}

uint64_t reading_hash(const char *text)
{
	return fnv(FNV_OFFSET, text, strlen(text));
}

uint64_t reading_series_key_of(const struct mb_record *record, char ret_key[MB_KEY_MAX])
{
	struct mb_record twin = *record;

	twin.storage = 0;
	if (mb_record_key(&twin, ret_key, MB_KEY_MAX) < 0)
		ret_key[0] = '\0';
	return reading_hash(ret_key);
}

struct reading_shapes *reading_shapes_new(void)
{
	return calloc(1, sizeof(struct reading_shapes));
}

void reading_shapes_free(struct reading_shapes *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < SLOTS; i++) {
		while (set->slots[i]) {
			struct reading_shape *shape = set->slots[i];

			set->slots[i] = shape->next;
			free(shape);
		}
	}
	free(set);
}

void reading_shapes_count(const struct reading_shapes *set, size_t *ret_count, size_t *ret_bytes)
{
	*ret_count = set->count;
	*ret_bytes = set->bytes;
}

/* ---- what a shape is ---- */

/* All of a record that its texts and its decoding depend on, but for DIB and VIB. */
struct facts {
	uint64_t storage;
	uint32_t tariff;
	uint16_t subunit, occurrence, flags;
	uint8_t kind, data_field, lvar, error, function, bits;
};

static struct facts facts_of(const struct mb_record *record)
{
	struct facts facts;

	memset(&facts, 0, sizeof(facts)); /* holes too: it is hashed */
	facts.storage = record->storage;
	facts.tariff = record->tariff;
	facts.subunit = record->subunit;
	facts.occurrence = record->occurrence;
	facts.flags = record->flags;
	facts.kind = record->kind;
	facts.data_field = record->data_field;
	facts.lvar = record->lvar;
	facts.error = record->error;
	facts.function = record->function;
	facts.bits = (uint8_t)(record->msb_first << 1 | record->from_master);
	return facts;
}

static uint64_t hash_of(const struct mb_record *record)
{
	struct facts facts = facts_of(record);
	uint64_t hash = fnv(FNV_OFFSET, &facts, sizeof(facts));

	if (record->dib_len)
		hash = fnv(hash, record->dib, record->dib_len);
	return record->vib_len ? fnv(hash, record->vib, record->vib_len) : hash;
}

static bool same_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
	return n == 0 || memcmp(a, b, n) == 0;
}

static bool same(const struct mb_record *a, const struct mb_record *b)
{
	struct facts x = facts_of(a), y = facts_of(b);

	return memcmp(&x, &y, sizeof(x)) == 0 && a->dib_len == b->dib_len &&
	       a->vib_len == b->vib_len && same_bytes(a->dib, b->dib, a->dib_len) &&
	       same_bytes(a->vib, b->vib, a->vib_len);
}

/* ---- making one ---- */

struct texts {
	char key[MB_KEY_MAX], series_key[MB_KEY_MAX];
	char unit[MB_UNIT_TEXT_MAX], description[MB_DESCRIPTION_MAX];
};

static void describe(const struct mb_record *record, struct texts *texts)
{
	if (mb_record_key(record, texts->key, sizeof(texts->key)) < 0)
		texts->key[0] = '\0';
	reading_series_key_of(record, texts->series_key);
	if (mb_record_unit(record, texts->unit, sizeof(texts->unit)) < 0)
		texts->unit[0] = '\0';
	if (mb_record_description(record, texts->description, sizeof(texts->description)) < 0)
		texts->description[0] = '\0';
}

/* VIFEs and plain text lie in the VIB; a special function has none. */
static const uint8_t *moved(const uint8_t *p, const struct mb_record *record, const uint8_t *to)
{
	return record->kind == MB_RECORD_DATA && p ? to + (p - record->vib) : NULL;
}

static void own_bytes(struct mb_record *own, const struct mb_record *record, uint8_t *room)
{
	uint8_t *vib = room + record->dib_len;

	if (record->dib_len)
		memcpy(room, record->dib, record->dib_len);
	if (record->vib_len)
		memcpy(vib, record->vib, record->vib_len);
	own->dib = room;
	own->vib = vib;
	own->vife = moved(record->vife, record, vib);
	own->text = moved(record->text, record, vib);
	own->data = NULL;
	own->data_len = 0;
	own->index = 0;
	own->telegram = 0;
}

static const char *put(char **p, const char *text)
{
	size_t size = strlen(text) + 1;
	char *place = *p;

	memcpy(place, text, size);
	*p += size;
	return place;
}

static struct reading_shape *make(const struct mb_record *record)
{
	struct texts texts;
	struct reading_shape *shape;
	size_t bytes;
	char *p;

	describe(record, &texts);
	bytes = sizeof(*shape) + strlen(texts.key) + strlen(texts.series_key) + strlen(texts.unit) +
		strlen(texts.description) + 4 + record->dib_len + record->vib_len;
	shape = calloc(1, bytes);
	if (!shape)
		return NULL;
	p = (char *)(shape + 1);
	shape->bytes = bytes;
	shape->record = *record;
	memset(&shape->record.value, 0, sizeof(shape->record.value));
	memset(&shape->record.time, 0, sizeof(shape->record.time));
	shape->key = put(&p, texts.key);
	shape->series_key =
		strcmp(texts.key, texts.series_key) == 0 ? shape->key : put(&p, texts.series_key);
	shape->unit = put(&p, texts.unit);
	shape->description = put(&p, texts.description);
	shape->key_hash = reading_hash(shape->key);
	shape->series_hash = reading_hash(shape->series_key);
	own_bytes(&shape->record, record, (uint8_t *)p);
	return shape;
}

struct reading_shape *reading_shape_of(struct reading_shapes *set, const struct mb_record *record)
{
	uint64_t hash = hash_of(record);
	struct reading_shape **slot = &set->slots[hash & (SLOTS - 1)];
	struct reading_shape *shape;

	for (shape = *slot; shape; shape = shape->next) {
		if (shape->hash == hash && same(&shape->record, record)) {
			shape->refs++;
			return shape;
		}
	}
	shape = make(record);
	if (!shape)
		return NULL;
	shape->hash = hash;
	shape->refs = 1;
	shape->next = *slot;
	*slot = shape;
	set->count++;
	set->bytes += shape->bytes;
	return shape;
}

void reading_shape_ref(struct reading_shape *shape)
{
	shape->refs++;
}

void reading_shape_put(struct reading_shapes *set, struct reading_shape *shape)
{
	struct reading_shape **at = &set->slots[shape->hash & (SLOTS - 1)];

	if (--shape->refs > 0)
		return;
	while (*at != shape)
		at = &(*at)->next;
	*at = shape->next;
	set->count--;
	set->bytes -= shape->bytes;
	free(shape);
}
