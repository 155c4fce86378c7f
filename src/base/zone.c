/* SPDX-License-Identifier: MIT */
#include "base/zone.h"

#include "base/zone_impl.h"

/* Between a moment and its local time are less than 26 hours: where to begin to look. */
#define REACH_S ((int64_t)ZONE_OFFSET_MAX_S + 1)

/* Index of the last change not after utc_s, -1 for none. */
static int find_change(const struct zone *zone, int64_t utc_s)
{
	int low = 0, high = zone->n_changes;

	while (low < high) {
		int middle = (low + high) / 2;

		if (zone->at_s[middle] <= utc_s)
			low = middle + 1;
		else
			high = middle;
	}
	return low - 1;
}

static struct zone_type type_at(const struct zone *zone, int64_t utc_s)
{
	int at = find_change(zone, utc_s);

	if (at == zone->n_changes - 1 && zone->tail.is_known)
		return zone_tail_type(&zone->tail, utc_s);
	return zone->types[at < 0 ? 0 : zone->type[at]];
}

/* The next change of anything, perhaps only of a name. */
static int64_t next_change(const struct zone *zone, int64_t utc_s)
{
	int next = find_change(zone, utc_s) + 1;

	if (next < zone->n_changes)
		return zone->at_s[next];
	return zone_tail_next_s(&zone->tail, utc_s);
}

void zone_local(const struct zone *zone, int64_t utc_s, struct zone_time *ret_local)
{
	struct zone_type type = type_at(zone, utc_s);

	ret_local->civil = civil_of_s(utc_s + type.offset_s);
	ret_local->offset_s = type.offset_s;
	ret_local->dst = type.dst;
}

int32_t zone_offset_s(const struct zone *zone, int64_t utc_s)
{
	return type_at(zone, utc_s).offset_s;
}

int64_t zone_next_change_s(const struct zone *zone, int64_t utc_s)
{
	int32_t offset_s = zone_offset_s(zone, utc_s);

	/* the tail: two changes are a year, and further years are the same */
	for (int left = zone->n_changes + 4; left > 0; left--) {
		utc_s = next_change(zone, utc_s);
		if (utc_s == ZONE_NEVER)
			break;
		if (zone_offset_s(zone, utc_s) != offset_s)
			return utc_s;
	}
	return ZONE_NEVER;
}

int64_t zone_first_utc_s(const struct zone *zone, int64_t local_s)
{
	int64_t begin = local_s - REACH_S;

	for (;;) {
		int64_t end = next_change(zone, begin);
		int64_t utc_s = local_s - zone_offset_s(zone, begin);

		if (utc_s < begin)
			return begin;
		if (utc_s < end)
			return utc_s;
		begin = end;
	}
}

/* The moment of a local time behind `after_s`, or ZONE_NEVER. */
static int64_t second_utc_s(const struct zone *zone, int64_t local_s, int64_t after_s)
{
	int64_t begin = next_change(zone, after_s);

	while (begin < local_s + REACH_S) {
		int64_t end = next_change(zone, begin);
		int64_t utc_s = local_s - zone_offset_s(zone, begin);

		if (utc_s >= begin && utc_s < end)
			return utc_s;
		begin = end;
	}
	return ZONE_NEVER;
}

enum zone_fit zone_utc(
	const struct zone *zone, const struct civil *civil, bool prefer_dst, int64_t *ret_utc_s)
{
	int64_t local_s = civil_s(civil);
	int64_t first = zone_first_utc_s(zone, local_s);
	int64_t second;

	*ret_utc_s = first;
	if (first + zone_offset_s(zone, first) != local_s)
		return ZONE_GAP;
	second = second_utc_s(zone, local_s, first);
	if (second == ZONE_NEVER)
		return ZONE_ONCE;
	if (type_at(zone, first).dst != type_at(zone, second).dst &&
		type_at(zone, second).dst == prefer_dst)
		*ret_utc_s = second;
	return ZONE_TWICE;
}
