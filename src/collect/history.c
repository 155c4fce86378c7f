/* SPDX-License-Identifier: MIT */
#include "collect/history.h"

#define VIF_FIRST 0x20 /* first storage number of a block */
#define VIF_LAST 0x21
#define VIF_INTERVAL 0x24 /* s, min, h, d, months, years */
#define VIF_INTERVAL_MONTHS 0x28
#define VIF_INTERVAL_YEARS 0x29
#define DAY_S 86400
#define STEPS_MAX 100000 /* no meter keeps more; no sum of them overflows */

/* What dates a value, the better the higher. */
enum rank {
	RANK_NONE,
	RANK_INSTANTANEOUS,
	RANK_FUNCTION, /* of the same function */
	RANK_OWN, /* "Power, Date(/time) end of last" */
};

/* ---- a meter's time as UTC ---- */

static const struct zone *zone_of(const struct history *h)
{
	return h->zone ? h->zone : zone_of_utc();
}

static bool set_utc_s(const struct zone *zone, int64_t utc_s, struct history_time *time)
{
	int64_t ms = utc_s * 1000 - (time->flags & STORE_DATE_ONLY ? 1 : 0);

	if (ms <= 0 || ms > STORE_TIME_MAX_MS)
		return false;
	time->time_ms = ms;
	/* of the last second of a day, which may be one before a change */
	time->offset_s = zone_offset_s(zone, ms / 1000);
	return true;
}

/* A day ends when the next one begins; a change of the clock may lie between. */
static bool set_day_end(const struct zone *zone, struct civil civil, struct history_time *time)
{
	int64_t next;

	civil.hour = civil.minute = civil.second = 0;
	civil = civil_of_s(civil_s(&civil) + DAY_S);
	zone_utc(zone, &civil, false, &next);
	time->flags |= STORE_DATE_ONLY;
	return set_utc_s(zone, next, time);
}

bool history_utc(
	const struct zone *zone, const struct mb_datetime *dt, struct history_time *ret_time)
{
	struct history_time time = {.flags = STORE_METER_CLOCK, .source = STORE_HISTORY};
	bool good;

	if (dt->periodic || dt->type == 'J' || dt->month < 1 || dt->day < 1 || dt->hour < 0)
		return false;
	struct civil civil = {
		.year = dt->year,
		.month = (uint8_t)dt->month,
		.day = (uint8_t)dt->day,
		.hour = (uint8_t)dt->hour,
		.minute = (uint8_t)dt->minute,
		.second = (uint8_t)dt->second,
	};

	if (!civil_valid(&civil))
		return false;
	zone = zone ? zone : zone_of_utc();
	if (dt->summer)
		time.flags |= STORE_SUMMER_TIME;
	if (dt->invalid)
		time.flags |= STORE_METER_CLOCK_DOUBT;
	if (dt->type == 'G') {
		good = set_day_end(zone, civil, &time);
	} else {
		int64_t utc_s;

		zone_utc(zone, &civil, dt->summer, &utc_s);
		good = set_utc_s(zone, utc_s, &time);
	}
	if (good)
		*ret_time = time;
	return good;
}

/* ---- dates of a chain ---- */

void history_begin(struct history *h, const struct zone *zone, int64_t now_ms)
{
	h->zone = zone;
	h->now_ms = now_ms;
	h->count = 0;
	h->block = (struct history_block){0};
}

static bool is_point_in_time(const struct mb_record *r)
{
	return (r->value.type == MB_VALUE_DATE || r->value.type == MB_VALUE_DATETIME) &&
	       r->value.reason == MB_REASON_NONE && !(r->flags & MB_RECORD_FUTURE);
}

static bool is_plain_date(const struct mb_record *r)
{
	return r->vife_len == 0 && r->vif && r->vif_table == MB_VIF_PRIMARY &&
	       (r->vif->type == MB_TYPE_DATE || r->vif->type == MB_TYPE_TIME);
}

/*
 * Begin or end of the first or last of what the VIF says: the own time of a maximum or minimum. Its
 * key without that VIFE is the key of the value.
 */
static bool dates_own(const struct mb_record *r, uint64_t *ret_of)
{
	struct mb_record value = *r;
	uint8_t code = r->vife_len ? r->vife[r->vife_len - 1] & 0x7F : 0;

	if (code != 0x6A && code != 0x6B && code != 0x6E && code != 0x6F)
		return false;
	if (r->function != MB_FUNCTION_MAXIMUM && r->function != MB_FUNCTION_MINIMUM)
		return false;
	value.vife_len--;
	value.flags &= (uint16_t)~MB_RECORD_DATE;
	*ret_of = mb_record_key_hash(&value);
	return true;
}

static void note_date(struct history *h, const struct mb_record *r)
{
	struct history_date *date = &h->dates[h->count];
	struct history_time time;
	uint64_t of = 0;

	if (h->count == HISTORY_DATES_MAX || !is_point_in_time(r))
		return;
	if (!is_plain_date(r) && !dates_own(r, &of))
		return;
	if (!history_utc(zone_of(h), &r->value.datetime, &time) || time.time_ms > h->now_ms)
		return;
	*date = (struct history_date){
		.storage = r->storage,
		.of = of,
		.time_ms = time.time_ms,
		.offset_s = time.offset_s,
		.function = r->function,
		.flags = time.flags,
	};
	h->count++;
}

/* ---- blocks ---- */

static bool small_number(const struct mb_record *r, uint64_t max, uint64_t *ret_number)
{
	struct mb_decimal n;

	if (!mb_value_decimal(&r->value, &n) || n.negative || n.exp10 != 0 || n.magnitude > max)
		return false;
	*ret_number = n.magnitude;
	return true;
}

static void set_interval(struct history_block *block, uint8_t code, uint64_t n)
{
	static const int32_t seconds[] = {1, 60, 3600, DAY_S};

	block->months = 0;
	block->seconds = 0;
	if (code == VIF_INTERVAL_MONTHS)
		block->months = (int32_t)n;
	else if (code == VIF_INTERVAL_YEARS)
		block->months = (int32_t)n * 12;
	else
		block->seconds = (int64_t)n * seconds[code - VIF_INTERVAL];
}

static void note_block(struct history *h, const struct mb_record *r)
{
	struct history_block *block = &h->block;
	uint64_t n;

	if (r->vif_table != MB_VIF_FD || r->vife_len)
		return;
	if (r->vif_code == VIF_FIRST && small_number(r, UINT32_MAX, &n)) {
		block->first = n;
		block->has_first = true;
	} else if (r->vif_code == VIF_LAST && small_number(r, UINT32_MAX, &n)) {
		block->last = n;
		block->has_last = true;
	} else if (r->vif_code >= VIF_INTERVAL && r->vif_code <= VIF_INTERVAL_YEARS &&
		   small_number(r, STEPS_MAX, &n)) {
		set_interval(block, r->vif_code, n);
	}
}

void history_note(struct history *h, const struct mb_record *record)
{
	if (record->kind != MB_RECORD_DATA)
		return;
	note_block(h, record);
	if (record->storage != 0)
		note_date(h, record);
}

static struct civil add_months(struct civil civil, int64_t months)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t count = (int64_t)civil.year * 12 + civil.month - 1 + months;
	struct civil next_day = civil_of_s(civil_s(&civil) + DAY_S);
	bool last = next_day.month != civil.month;
	struct civil leap = {.month = 2, .day = 29};

	civil.year = (int32_t)(count / 12);
	civil.month = (uint8_t)(count % 12 + 1);
	leap.year = civil.year;
	uint8_t end =
		(uint8_t)(days[civil.month - 1] + (civil.month == 2 && civil_valid(&leap) ? 1 : 0));

	if (last || civil.day > end)
		civil.day = end;
	return civil;
}

/* The time n steps of the block from a date. */
static bool step(const struct history *h, const struct history_date *from, int64_t n,
	struct history_time *time)
{
	const struct history_block *block = &h->block;
	int64_t seconds = n * block->seconds;
	struct civil civil;
	int64_t utc_s;

	*time = (struct history_time){.flags = from->flags, .source = STORE_HISTORY};
	if (!block->months && block->seconds % DAY_S) {
		time->time_ms = from->time_ms + seconds * 1000;
		time->offset_s = zone_offset_s(zone_of(h), time->time_ms / 1000);
		return !(from->flags & STORE_DATE_ONLY) && time->time_ms > 0;
	}
	civil = civil_of_s(from->time_ms / 1000 + from->offset_s);
	civil = block->months ? add_months(civil, n * block->months)
			      : civil_of_s(civil_s(&civil) + seconds);
	if (civil.year < 1970 || civil.year > 2999)
		return false;
	if (from->flags & STORE_DATE_ONLY)
		return set_day_end(zone_of(h), civil, time);
	zone_utc(zone_of(h), &civil, from->flags & STORE_SUMMER_TIME, &utc_s);
	return set_utc_s(zone_of(h), utc_s, time);
}

/* The first and the last dated storage of the block. */
static const struct history_date *find_anchor(const struct history *h, bool last)
{
	const struct history_date *found = NULL;

	for (size_t i = 0; i < h->count; i++) {
		const struct history_date *d = &h->dates[i];

		if (d->of || d->function != MB_FUNCTION_INSTANTANEOUS ||
			d->storage < h->block.first || d->storage > h->block.last)
			continue;
		if (!found || (last ? d->storage > found->storage : d->storage < found->storage))
			found = d;
	}
	return found;
}

/*
 * With two dates the way that the storages count is known. With one they count on in time, unless
 * that ends in the future: then nothing is known.
 */
static int direction(
	const struct history *h, const struct history_date *a, const struct history_date *b)
{
	struct history_time end;

	if (a->storage == b->storage)
		return step(h, a, (int64_t)(h->block.last - a->storage), &end) &&
				       end.time_ms <= h->now_ms
			       ? 1
			       : 0;
	for (int way = 1; way >= -1; way -= 2)
		if (step(h, a, way * (int64_t)(b->storage - a->storage), &end) &&
			end.time_ms == b->time_ms)
			return way;
	return 0;
}

static bool block_time(const struct history *h, uint64_t storage, struct history_time *time)
{
	const struct history_block *block = &h->block;
	const struct history_date *a, *b;
	int way;

	if (!block->has_first || !block->has_last || (!block->months && !block->seconds) ||
		storage < block->first || storage > block->last ||
		block->last - block->first > STEPS_MAX)
		return false;
	a = find_anchor(h, false);
	b = find_anchor(h, true);
	way = a ? direction(h, a, b) : 0;
	return way && step(h, a, way * ((int64_t)storage - (int64_t)a->storage), time);
}

/* ---- values ---- */

static enum rank rank_of(const struct history_date *date, const struct mb_record *r, uint64_t hash)
{
	if (date->storage != r->storage)
		return RANK_NONE;
	if (date->of)
		return date->of == hash ? RANK_OWN : RANK_NONE;
	if (date->function == r->function)
		return RANK_FUNCTION;
	return date->function == MB_FUNCTION_INSTANTANEOUS ? RANK_INSTANTANEOUS : RANK_NONE;
}

/* Of equals the earliest: a later one is the next due date. */
static const struct history_date *find_date(const struct history *h, const struct mb_record *r)
{
	uint64_t hash = h->count ? mb_record_key_hash(r) : 0;
	const struct history_date *best = NULL;
	enum rank best_rank = RANK_NONE;

	for (size_t i = 0; i < h->count; i++) {
		enum rank rank = rank_of(&h->dates[i], r, hash);

		if (rank == RANK_NONE || rank < best_rank)
			continue;
		if (rank > best_rank || h->dates[i].time_ms < best->time_ms) {
			best = &h->dates[i];
			best_rank = rank;
		}
	}
	return best;
}

static bool element_time(
	const struct history *h, const struct mb_record *r, struct history_time *time)
{
	if (!(r->flags & MB_RECORD_TIMED) || !history_utc(zone_of(h), &r->time, time))
		return false;
	time->source = STORE_PROFILE;
	return true;
}

static bool is_block_record(const struct mb_record *r)
{
	return r->vif_table == MB_VIF_FD && r->vif_code >= VIF_FIRST &&
	       r->vif_code <= VIF_INTERVAL_YEARS;
}

static bool is_value(const struct mb_record *r)
{
	struct mb_decimal number;

	if (r->kind != MB_RECORD_DATA || r->storage == 0 || r->error || is_block_record(r) ||
		r->flags & (MB_RECORD_DATE | MB_RECORD_PROFILE | MB_RECORD_FUTURE))
		return false;
	if (r->value.type == MB_VALUE_TEXT || r->value.type == MB_VALUE_BITS)
		return true;
	return mb_value_decimal(&r->value, &number);
}

bool history_time(
	const struct history *h, const struct mb_record *record, struct history_time *ret_time)
{
	struct history_time time = {.source = STORE_HISTORY};
	const struct history_date *date;

	if (!is_value(record))
		return false;
	if (record->flags & MB_RECORD_UNROLLED) {
		if (!element_time(h, record, &time))
			return false;
	} else if ((date = find_date(h, record))) {
		time.time_ms = date->time_ms;
		time.offset_s = date->offset_s;
		time.flags = date->flags;
	} else if (!block_time(h, record->storage, &time)) {
		return false;
	}
	if (time.time_ms > h->now_ms)
		return false;
	*ret_time = time;
	return true;
}
