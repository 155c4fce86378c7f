/* SPDX-License-Identifier: MIT */
/* TZif, RFC 8536. Only the data with 64-bit times are read: all files since 2005 have them. */
#include "base/zone_impl.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_SIZE 44
#define TAIL_TEXT_MAX 128

struct counts {
	uint32_t ut, standard, leap, changes, types, letters;
};

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const uint8_t *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static const char *read_header(const uint8_t *p, size_t n, struct counts *ret_counts)
{
	if (n < HEADER_SIZE || memcmp(p, "TZif", 4) != 0)
		return "is no time zone file";
	if (p[4] < '2')
		return "is of the old format, without 64-bit times";
	*ret_counts = (struct counts){
		be32(p + 20), be32(p + 24), be32(p + 28), be32(p + 32), be32(p + 36), be32(p + 40)};
	return NULL;
}

/* Cannot overflow: six products of 32 bits. */
static uint64_t data_size(const struct counts *c, unsigned time_size)
{
	return (uint64_t)c->changes * (time_size + 1) + (uint64_t)c->types * 6 + c->letters +
	       (uint64_t)c->leap * (time_size + 4) + c->standard + c->ut;
}

static const char *check_counts(const struct counts *c)
{
	if (c->leap > 0)
		return "counts leap seconds, which UTC here does not";
	if (c->types == 0 || c->types > ZONE_TYPES_MAX || c->changes > ZONE_CHANGES_MAX)
		return "has too many changes";
	return NULL;
}

static const char *read_types(const uint8_t *p, struct zone *zone)
{
	for (uint16_t i = 0; i < zone->n_types; i++, p += 6) {
		int32_t offset_s = (int32_t)be32(p);

		if (offset_s <= -ZONE_OFFSET_MAX_S || offset_s >= ZONE_OFFSET_MAX_S)
			return "has an offset of more than 26 hours";
		zone->types[i] = (struct zone_type){offset_s, p[4] != 0};
	}
	return NULL;
}

static const char *read_changes(const uint8_t *p, struct zone *zone)
{
	const uint8_t *type = p + 8 * (size_t)zone->n_changes;

	for (uint16_t i = 0; i < zone->n_changes; i++, p += 8) {
		zone->at_s[i] = be64(p);
		zone->type[i] = type[i];
		if (type[i] >= zone->n_types)
			return "names a type that it does not have";
		if (i > 0 && zone->at_s[i] <= zone->at_s[i - 1])
			return "has changes out of order";
	}
	return NULL;
}

/* An empty footer is allowed: then the last change holds. */
static const char *read_tail(const uint8_t *p, size_t n, struct zone *zone)
{
	char text[TAIL_TEXT_MAX];
	const uint8_t *end;

	if (n < 2 || p[0] != '\n')
		return "has no footer";
	end = memchr(p + 1, '\n', n - 1);
	if (!end || (size_t)(end - p) > sizeof(text))
		return "has no end of its footer";
	memcpy(text, p + 1, (size_t)(end - p - 1));
	text[end - p - 1] = '\0';
	if (*text && !zone_tail_parse(text, &zone->tail))
		return "has a footer that is no TZ string";
	return NULL;
}

static bool make_room(struct zone *zone, const struct counts *c)
{
	zone->n_types = (uint16_t)c->types;
	zone->n_changes = (uint16_t)c->changes;
	zone->types = calloc(c->types, sizeof(*zone->types));
	zone->at_s = calloc(c->changes + 1u, sizeof(*zone->at_s));
	zone->type = calloc(c->changes + 1u, sizeof(*zone->type));
	return zone->types && zone->at_s && zone->type;
}

static const char *read_data(const uint8_t *p, size_t n, const struct counts *c, struct zone *zone)
{
	size_t size = (size_t)data_size(c, 8);
	const char *wrong;

	if (!make_room(zone, c))
		return "needs more memory than there is";
	wrong = read_changes(p, zone);
	if (!wrong)
		wrong = read_types(p + 9 * (size_t)c->changes, zone);
	return wrong ? wrong : read_tail(p + size, n - size, zone);
}

const char *zone_file_parse(const uint8_t *bytes, size_t n, struct zone *ret_zone)
{
	struct counts c;
	const char *wrong = read_header(bytes, n, &c);
	uint64_t skip;

	if (wrong)
		return wrong;
	skip = HEADER_SIZE + data_size(&c, 4);
	if (skip > n)
		return "is cut off";
	bytes += skip;
	n -= (size_t)skip;
	wrong = read_header(bytes, n, &c);
	if (!wrong)
		wrong = check_counts(&c);
	if (wrong)
		return wrong;
	bytes += HEADER_SIZE;
	n -= HEADER_SIZE;
	if (data_size(&c, 8) > n)
		return "is cut off";
	wrong = read_data(bytes, n, &c, ret_zone);
	if (wrong)
		zone_file_done(ret_zone);
	return wrong;
}

void zone_file_done(struct zone *zone)
{
	free(zone->types);
	free(zone->at_s);
	free(zone->type);
	zone->types = NULL;
	zone->at_s = NULL;
	zone->type = NULL;
}
