/* SPDX-License-Identifier: MIT */
/*
 * What is too old or too much goes, oldest first, a bounded number of rows a commit. Telegrams go
 * in whole chains; the newest telegram and the newest event stay, for they hold their sequences.
 */
#include "store/store_impl.h"

#define TRIM_ROWS 1024 /* telegrams or events a commit */
#define SWEEP_SERIES 64 /* a commit */
#define SWEEP_ROWS 2048 /* a commit; one series may pass it */
#define AGE_CHECK_MS INT64_C(3600000) /* at the longest */
#define SLACK 64 /* a limit is trimmed to 63/64 of it, so that not every commit trims */
#define RING_PAGES 64 /* kept free, or 1/SLACK of all */

/* What a window of the oldest rows shows: up to where they go. */
struct trim {
	int64_t cutoff_ms; /* older ones go; 0: age does not matter */
	uint64_t surplus; /* bytes that go */
	uint64_t through; /* seq; 0: none */
	uint64_t bytes; /* of the rows to and with through */
	bool more; /* perhaps: the window ended first */
};

static int64_t cutoff_of(const struct store_limit *limit, int64_t now_ms)
{
	return limit->age_ms > 0 && now_ms > limit->age_ms ? now_ms - limit->age_ms : 0;
}

static uint64_t surplus_of(const struct store_limit *limit, uint64_t bytes)
{
	return limit->bytes > 0 && bytes > limit->bytes
		       ? bytes - limit->bytes + limit->bytes / SLACK
		       : 0;
}

/* A row goes, and with it all before it: a wrong clock may have left later times among them. */
static void consider(struct trim *t, uint64_t seq, int64_t time_ms, uint64_t passed, uint64_t bytes)
{
	if (passed >= t->surplus && time_ms >= t->cutoff_ms)
		return;
	t->through = seq;
	t->bytes = passed + bytes;
}

/* ---- telegrams ---- */

/* A chain is considered when its end is seen, with the time of its last telegram. */
static int scan_telegrams(struct store *s, struct trim *t)
{
	const struct store_live *live = &s->live;
	uint64_t end = live->first_seq + TRIM_ROWS, passed = 0, bytes = 0, seq = 0;
	int64_t time_ms = 0;
	sqlite3_stmt *q;
	int rc = sql_bind(&s->sql, SQL_TELEGRAM_SCAN,
		SQL_ARGS(
			SQL_I(live->first_seq), SQL_I(end < live->last_seq ? end : live->last_seq)),
		&q);

	if (rc < 0)
		return rc;
	while ((rc = sql_step(&s->sql, q)) > 0) {
		if (bytes > 0 && sqlite3_column_int64(q, 3) == 0) {
			consider(t, seq, time_ms, passed, bytes);
			passed += bytes;
			bytes = 0;
		}
		seq = (uint64_t)sqlite3_column_int64(q, 0);
		time_ms = sqlite3_column_int64(q, 2);
		bytes += (uint64_t)sqlite3_column_int64(q, 4) + STORE_ROW_BYTES;
	}
	sql_done(q);
	if (rc == 0 && passed == 0 && seq == end) /* a chain longer than the window */
		consider(t, seq, time_ms, 0, bytes);
	t->more = t->through > 0 && seq == end;
	return rc;
}

static int trim_telegrams(struct store *s, struct trim *t)
{
	struct store_live *live = &s->live;
	int rc;

	if ((t->cutoff_ms == 0 && t->surplus == 0) || live->first_seq > live->last_seq)
		return 0;
	rc = scan_telegrams(s, t);
	if (rc < 0 || t->through == 0)
		return rc;
	rc = sql_run(&s->sql, SQL_TELEGRAM_TRIM, SQL_ARGS(SQL_I(t->through + 1)));
	if (rc == 0)
		rc = sql_run(&s->sql, SQL_BLOCK_TRIM,
			SQL_ARGS(SQL_I((t->through + 1) >> STORE_BLOCK_BITS)));
	live->trimmed[STORE_TELEGRAMS] += t->through + 1 - live->first_seq;
	live->first_seq = t->through + 1;
	live->rows[STORE_TELEGRAMS] = live->last_seq - t->through;
	live->bytes[STORE_TELEGRAMS] -=
		t->bytes < live->bytes[STORE_TELEGRAMS] ? t->bytes : live->bytes[STORE_TELEGRAMS];
	return rc;
}

/* Bytes of telegrams that must go for the file to stay below its limit. */
static int ring_surplus(struct store *s, uint64_t *ret_bytes)
{
	uint64_t reserve = s->max_pages / SLACK > RING_PAGES ? s->max_pages / SLACK : RING_PAGES;
	int64_t pages = 0, unused = 0;
	int rc;

	*ret_bytes = 0;
	if (s->max_pages == 0)
		return 0;
	if ((rc = sql_number(&s->sql, SQL_PAGES, SQL_NONE, &pages)) < 0 ||
		(rc = sql_number(&s->sql, SQL_PAGES_FREE, SQL_NONE, &unused)) < 0)
		return rc;
	if ((uint64_t)(pages - unused) + reserve > s->max_pages)
		*ret_bytes = ((uint64_t)(pages - unused) + 2 * reserve - s->max_pages) * STORE_PAGE;
	return 0;
}

/* ---- events ---- */

static int scan_events(struct store *s, struct trim *t)
{
	const struct store_live *live = &s->live;
	uint64_t end = live->first_event + TRIM_ROWS, passed = 0, seq = 0;
	sqlite3_stmt *q;
	int rc = sql_bind(&s->sql, SQL_EVENT_SIZES,
		SQL_ARGS(SQL_I(live->first_event),
			SQL_I(end < live->last_event ? end : live->last_event - 1)),
		&q);

	if (rc < 0)
		return rc;
	while ((rc = sql_step(&s->sql, q)) > 0) {
		uint64_t bytes = (uint64_t)sqlite3_column_int64(q, 2) + STORE_ROW_BYTES;

		seq = (uint64_t)sqlite3_column_int64(q, 0);
		consider(t, seq, sqlite3_column_int64(q, 1), passed, bytes);
		passed += bytes;
	}
	sql_done(q);
	t->more = t->through > 0 && seq == end;
	return rc;
}

static int trim_events(struct store *s, struct trim *t)
{
	struct store_live *live = &s->live;
	int rc;

	if ((t->cutoff_ms == 0 && t->surplus == 0) || live->first_event >= live->last_event)
		return 0;
	rc = scan_events(s, t);
	if (rc < 0 || t->through == 0)
		return rc;
	live->trimmed[STORE_EVENTS] += t->through + 1 - live->first_event;
	live->first_event = t->through + 1;
	live->rows[STORE_EVENTS] = live->last_event - t->through;
	live->bytes[STORE_EVENTS] -=
		t->bytes < live->bytes[STORE_EVENTS] ? t->bytes : live->bytes[STORE_EVENTS];
	live->usage_changed = true;
	return sql_run(&s->sql, SQL_EVENT_TRIM, SQL_ARGS(SQL_I(t->through + 1)));
}

/* ---- points ---- */

static int64_t day_floor(int64_t ms)
{
	return ms - ms % STORE_DAY_MS;
}

/* Where spot points are: the end of a row's days follows from its key. */
struct shelf {
	enum statement sizes, trim;
	unsigned bits; /* of days in a row */
};

/* The oldest rows, whatever the series. Returns how many went, or an error. */
static int64_t trim_shelf(
	struct store *s, const struct shelf *shelf, int64_t cutoff_ms, uint64_t surplus)
{
	uint64_t rows = 0, bytes = 0;
	int64_t id = 0;
	sqlite3_stmt *q;
	int rc = sql_bind(&s->sql, shelf->sizes, SQL_ARGS(SQL_I(TRIM_ROWS)), &q);

	if (rc < 0)
		return rc;
	while ((rc = sql_step(&s->sql, q)) > 0) {
		int64_t next = sqlite3_column_int64(q, 0);
		int64_t end = ((int64_t)chunk_day(next) + 1) << shelf->bits;

		if (end > cutoff_ms / STORE_DAY_MS && bytes >= surplus)
			break;
		id = next;
		rows++;
		bytes += (uint64_t)sqlite3_column_int64(q, 1);
	}
	sql_done(q);
	if (rc < 0 || rows == 0)
		return rc < 0 ? rc : 0;
	store_count_out(s, rows, bytes);
	s->live.trimmed[STORE_POINTS] += rows;
	rc = sql_run(&s->sql, shelf->trim, SQL_ARGS(SQL_I(id)));
	return rc < 0 ? rc : (int64_t)rows;
}

/* Months are older than days; of days only when there are no months to take. */
static int64_t trim_spot(struct store *s, int64_t cutoff_ms, uint64_t surplus)
{
	static const struct shelf months = {SQL_MONTH_SIZES, SQL_MONTH_TRIM, MONTH_BITS};
	static const struct shelf days = {SQL_CHUNK_SIZES, SQL_CHUNK_TRIM, 0};
	int64_t rows;

	if (cutoff_ms == 0 && surplus == 0)
		return 0;
	rows = trim_shelf(s, &months, cutoff_ms, surplus);
	return rows != 0 ? rows : trim_shelf(s, &days, cutoff_ms, surplus);
}

/* A round begins when its end would be another than that of the last one. */
static void begin_sweep(struct store *s, int64_t cutoff_ms, bool too_much)
{
	struct store_sweep *sweep = &s->sweep;

	if (too_much && sweep->oldest_ms > 0 && sweep->oldest_ms + STORE_DAY_MS > cutoff_ms)
		cutoff_ms = day_floor(sweep->oldest_ms) + STORE_DAY_MS;
	if (cutoff_ms <= sweep->cutoff_ms && !too_much)
		return;
	sweep->under_way = true;
	sweep->series = 0;
	sweep->cutoff_ms = cutoff_ms;
	sweep->oldest_ms = 0;
}

static int note_oldest(struct store *s, uint32_t series)
{
	struct store_sweep *sweep = &s->sweep;
	int64_t time_ms = 0;
	int rc = sql_number(&s->sql, SQL_HISTORY_FIRST, SQL_ARGS(SQL_I(series)), &time_ms);

	if (rc > 0 && (sweep->oldest_ms == 0 || time_ms < sweep->oldest_ms))
		sweep->oldest_ms = time_ms > 0 ? time_ms : 1;
	return rc;
}

static int sweep_on(struct store *s)
{
	struct store_sweep *sweep = &s->sweep;
	int64_t rows = 0;

	for (int i = 0; i < SWEEP_SERIES && rows < SWEEP_ROWS && sweep->under_way; i++) {
		int64_t series = 0, gone;
		int rc = sql_number(
			&s->sql, SQL_SERIES_AFTER, SQL_ARGS(SQL_I(sweep->series)), &series);

		if (rc <= 0) {
			sweep->under_way = false;
			return rc;
		}
		sweep->series = (uint32_t)series;
		gone = store_delete_history(s, sweep->series, sweep->cutoff_ms);
		if (gone < 0 || (rc = note_oldest(s, sweep->series)) < 0)
			return gone < 0 ? (int)gone : rc;
		rows += gone;
		s->live.trimmed[STORE_POINTS] += (uint64_t)gone;
	}
	return 0;
}

/* Too much: spot points go first; history is little, and the meter may not tell it again. */
static int trim_points(struct store *s, const struct store_limit *limit, int64_t now_ms)
{
	int64_t cutoff_ms = day_floor(cutoff_of(limit, now_ms));
	uint64_t surplus = surplus_of(limit, s->live.bytes[STORE_POINTS]);
	int64_t chunks = trim_spot(s, cutoff_ms, surplus);

	if (chunks < 0)
		return (int)chunks;
	if (!s->sweep.under_way)
		begin_sweep(s, cutoff_ms, surplus > 0 && chunks == 0);
	return sweep_on(s);
}

/* ---- all ---- */

/* The age moves slowly: looked at now and then, but at once again while there is more. */
static bool age_is_due(const struct store *s, int64_t now_ms)
{
	return now_ms >= s->next_age_ms || now_ms < s->next_age_ms - AGE_CHECK_MS;
}

int store_trim(struct store *s, const struct store_retention *retention, int64_t now_ms)
{
	const struct store_limit *kind = retention->kind;
	bool age = age_is_due(s, now_ms);
	struct trim telegrams = {.cutoff_ms = age ? cutoff_of(&kind[STORE_TELEGRAMS], now_ms) : 0};
	struct trim events = {.cutoff_ms = age ? cutoff_of(&kind[STORE_EVENTS], now_ms) : 0};
	int rc = retention->ring ? ring_surplus(s, &telegrams.surplus) : 0;
	uint64_t surplus = surplus_of(&kind[STORE_TELEGRAMS], s->live.bytes[STORE_TELEGRAMS]);

	if (surplus > telegrams.surplus)
		telegrams.surplus = surplus;
	events.surplus = surplus_of(&kind[STORE_EVENTS], s->live.bytes[STORE_EVENTS]);
	if (rc == 0)
		rc = trim_telegrams(s, &telegrams);
	if (rc == 0)
		rc = trim_events(s, &events);
	if (rc == 0)
		rc = trim_points(s, &kind[STORE_POINTS], now_ms);
	if (age && rc == 0 && !telegrams.more && !events.more)
		s->next_age_ms = now_ms + AGE_CHECK_MS;
	return rc;
}

int store_make_room(struct store *s)
{
	struct store_live before = s->live;
	struct trim t = {.surplus = 0};
	int rc = sql_run(&s->sql, SQL_BEGIN, SQL_NONE);

	if (rc == 0)
		rc = ring_surplus(s, &t.surplus);
	if (t.surplus == 0)
		t.surplus = RING_PAGES * STORE_PAGE;
	if (rc == 0)
		rc = trim_telegrams(s, &t);
	if (rc == 0 && t.through == 0)
		rc = STORE_E_FULL;
	if (rc == 0)
		rc = sql_run(&s->sql, SQL_COMMIT, SQL_NONE);
	if (rc == 0)
		return 0;
	if (!sqlite3_get_autocommit(s->sql.db))
		sql_exec(&s->sql, "ROLLBACK");
	s->live = before;
	return rc;
}
