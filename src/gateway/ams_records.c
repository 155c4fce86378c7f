/* SPDX-License-Identifier: MIT */
/*
 * The stored telegrams as records. A thread of the pool looks through the store and fills a page with
 * what passes the filter; the session prints it and asks for the next. MESS_CNT is arithmetic: sequences
 * have no gaps.
 */
#include "gateway/ams_impl.h"

#include "base/loop.h"
#include "store/reader.h"

#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#define TIME_MAX_S (UINT64_C(1) << 40) /* of a filter; beyond it there is nothing */

struct ams_page {
	struct scdata_record rows[AMS_PAGE_ROWS];
	size_t n, next; /* next: to be given */
	uint8_t bytes[AMS_PAGE_BYTES];
	size_t used;
	uint64_t upto; /* looked at up to this seq */
	bool full; /* by what comes after that */
	bool end; /* nothing comes after that */
};

/* ---- on the pool ---- */

struct fetching {
	struct ams_op op;
	struct ams_page *page;
	struct store_reader *reader; /* NULL: it waits for one */
	struct scdata_filter filter;
	struct store_telegram_filter range;
	int64_t rc;
};

static int look_at(void *ctx, const struct store_telegram *t)
{
	struct fetching *f = ctx;
	struct ams_page *page = f->page;
	struct scdata_record record = {
		.time_s = t->time_ms / 1000,
		.seq = t->seq,
		.index = t->index,
		.error = scdata_error(t->error, scdata_step_of(t->step)),
		.bytes = page->bytes + page->used,
		.len = t->len,
	};

	if (scdata_filter_match(&f->filter, &record)) {
		page->full = page->n == AMS_PAGE_ROWS || t->len > AMS_PAGE_BYTES - page->used;
		if (page->full)
			return 1;
		if (t->len)
			memcpy(page->bytes + page->used, t->bytes, t->len);
		page->used += t->len;
		page->rows[page->n++] = record;
	}
	page->upto = t->seq;
	return 0;
}

static void work(void *ctx)
{
	struct fetching *f = ctx;

	f->rc = store_telegrams(f->reader, &f->range, look_at, f);
	f->page->end = !f->page->full && f->rc < (int64_t)f->range.limit;
}

/* ---- pages in turn ---- */

static void run_next(struct ams *ams);

static void worked(void *ctx)
{
	struct fetching *f = ctx;
	struct ams *ams = f->op.ams;

	ams->readers[ams->n_idle++] = f->reader;
	run_next(ams);
	ams_op_end(&f->op, f->rc < 0 ? (int)f->rc : 0);
}

static struct store_reader *take_reader(struct ams *ams)
{
	struct store_reader *reader = NULL;

	if (ams->n_idle > 0)
		return ams->readers[--ams->n_idle];
	if (ams->n_readers < AMS_READERS && store_reader_open(ams->config.store, &reader) == 0)
		ams->n_readers++;
	return reader;
}

static struct fetching *take_first(struct ams *ams)
{
	struct ams_op *op = ams->pages;

	ams->pages = op->next;
	op->next = NULL;
	return (struct fetching *)op;
}

static void run_next(struct ams *ams)
{
	while (ams->pages) {
		struct store_reader *reader = take_reader(ams);
		struct fetching *f;

		if (!reader && ams->n_readers > 0)
			return; /* one of them comes back */
		f = take_first(ams);
		f->reader = reader;
		if (reader && loop_work_slow(ams->config.loop, work, worked, f) == 0)
			continue;
		if (reader)
			ams->readers[ams->n_idle++] = reader;
		ams_op_end(&f->op, STORE_E_MEMORY);
	}
}

static void fetched(struct ams_op *op, int rc)
{
	struct fetching *f = (struct fetching *)op;

	if (!op->session) {
		free(f->page);
		return;
	}
	op->session->page = f->page;
	op->session->page_is_ours = rc >= 0;
}

static void cancel(struct ams_op *op)
{
	struct fetching *f = (struct fetching *)op;
	struct ams_op **at = &op->ams->pages;

	if (f->reader) {
		store_reader_cancel(f->reader);
		return;
	}
	while (*at != op)
		at = &(*at)->next;
	*at = op->next;
	ams_op_end(op, STORE_E_INTERRUPTED);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* False: nothing can be there. */
static bool narrow(struct store_telegram_filter *range, const struct scdata_filter *filter)
{
	struct scdata_range r;

	scdata_filter_range(filter, &r);
	if (r.from_seq > range->from_seq)
		range->from_seq = r.from_seq;
	range->to_seq = least(range->to_seq, r.to_seq);
	range->from_ms = (int64_t)least(r.from_s, TIME_MAX_S) * 1000;
	if (r.to_s < TIME_MAX_S)
		range->to_ms = (int64_t)r.to_s * 1000 + 999;
	return range->from_seq <= range->to_seq && r.from_s <= r.to_s;
}

static struct fetching *fetching_new(struct ams_session *s)
{
	struct ams_page *page = s->page ? s->page : malloc(sizeof(*page));
	struct fetching *f;

	s->page = page;
	f = page ? ams_op_new(s, sizeof(*f)) : NULL;
	if (!f)
		return NULL;
	s->page = NULL;
	f->page = page;
	f->op.cancel = cancel;
	f->op.done = fetched;
	return f;
}

static int fetch(struct ams_session *s, uint64_t from, const struct scdata_filter *filter)
{
	struct store_telegram_filter range = {
		.from_seq = from, .to_seq = s->last_seq, .limit = AMS_PAGE_LOOK};
	struct ams_op **end = &s->ams->pages;
	struct fetching *f;

	if (!narrow(&range, filter))
		return 0;
	f = fetching_new(s);
	if (!f)
		return STORE_E_MEMORY;
	f->page->n = f->page->next = f->page->used = 0;
	f->page->upto = range.from_seq - 1;
	f->page->full = f->page->end = false;
	f->filter = *filter;
	f->range = range;
	while (*end)
		end = &(*end)->next;
	*end = &f->op;
	run_next(s->ams);
	return ams_op_begun(&f->op, 0);
}

/* ---- what is asked ---- */

/* All up to this seq is deleted for the reader, or gone from the store. */
static uint64_t floor_of(struct ams_session *s, struct store_stats *ret_stats)
{
	const struct ams_cursor *c = ams_cursor_find(s->ams, s->reader);
	uint64_t gone;

	store_stats(s->ams->config.store, ret_stats);
	gone = ret_stats->first_seq ? ret_stats->first_seq - 1 : 0;
	return c && c->at > gone ? c->at : gone;
}

int ams_data_stats(void *ctx, struct at_data_stats *ret)
{
	struct ams_session *s = ctx;
	struct store_stats stats;
	uint64_t floor = floor_of(s, &stats);

	s->page_is_ours = false;
	s->last_seq = stats.last_seq;
	if (!s->printed)
		s->view = (struct ams_view){true, floor, stats.last_seq};
	ret->last_seq = stats.last_seq;
	ret->count = stats.last_seq > floor ? stats.last_seq - floor : 0;
	return 0;
}

static int first_page(struct ams_session *s, const struct scdata_filter *filter)
{
	struct ams_cursor *c = ams_cursor_get(s->ams, s->reader);
	struct store_stats stats;
	uint64_t floor = floor_of(s, &stats);

	s->printed = true;
	s->view = (struct ams_view){true, floor, s->last_seq};
	if (c)
		c->view = s->view;
	return floor < s->last_seq ? fetch(s, floor + 1, filter) : 0;
}

int ams_next_record(void *ctx, uint64_t after_seq, const struct scdata_filter *filter,
	struct scdata_record *ret)
{
	struct ams_session *s = ctx;
	struct ams_page *page = s->page;

	if (!s->page_is_ours)
		return first_page(s, filter);
	while (page->next < page->n && page->rows[page->next].seq <= after_seq)
		page->next++;
	if (page->next < page->n) {
		*ret = page->rows[page->next];
		return 1;
	}
	if (page->end || page->upto >= s->last_seq)
		return 0;
	return fetch(s, page->upto + 1, filter);
}

/* Of the session; else of the reader, who may connect anew for each command; else what is there. */
static struct ams_view view_of(struct ams_session *s, const struct ams_cursor *c)
{
	struct store_stats stats;
	uint64_t floor;

	if (s->view.set)
		return s->view;
	if (c->view.set)
		return c->view;
	floor = floor_of(s, &stats);
	return (struct ams_view){true, floor, stats.last_seq};
}

/*
 * n of those that the reader has seen: neither what the ring has overtaken since then nor what was added
 * is counted.
 */
int ams_drop_oldest(void *ctx, uint64_t n)
{
	struct ams_session *s = ctx;
	struct ams_cursor *c = ams_cursor_get(s->ams, s->reader);
	struct ams_view view;

	if (!c)
		return MB_E_NO_SPACE;
	view = view_of(s, c);
	if (view.floor >= view.last)
		return 0;
	s->view = c->view = view;
	return ams_cursor_move(s, n < view.last - view.floor ? view.floor + n : view.last);
}

int ams_drop_upto(void *ctx, uint64_t seq)
{
	struct ams_session *s = ctx;
	struct store_stats stats;

	store_stats(s->ams->config.store, &stats);
	return ams_cursor_move(s, seq < stats.last_seq ? seq : stats.last_seq);
}

/* ---- room ---- */

struct measuring {
	struct ams_op op;
	const char *dir;
	uint64_t bytes;
	int rc;
};

static void measure(void *ctx)
{
	struct measuring *m = ctx;
	struct statvfs v;

	m->rc = statvfs(m->dir, &v) < 0 ? STORE_E_IO : 0;
	if (m->rc == 0)
		m->bytes = (uint64_t)v.f_bavail * v.f_frsize;
}

static void measured(void *ctx)
{
	struct measuring *m = ctx;

	ams_op_end(&m->op, m->rc);
}

/* On disk and inside the files of the store, but not beyond what it may take. */
static void keep_space(struct ams_op *op, int rc)
{
	const struct measuring *m = (struct measuring *)op;
	struct store_stats stats;

	if (!op->session || rc < 0)
		return;
	store_stats(op->ams->config.store, &stats);
	op->session->space = least(m->bytes + stats.free_bytes, stats.room_bytes);
	op->session->space_known = true;
}

int ams_free_space(void *ctx, uint64_t *ret_bytes)
{
	struct ams_session *s = ctx;
	struct measuring *m;

	if (s->space_known) {
		s->space_known = false;
		*ret_bytes = s->space;
		return 0;
	}
	m = ams_op_new(s, sizeof(*m));
	if (!m)
		return STORE_E_MEMORY;
	m->dir = s->ams->config.data_dir;
	m->op.done = keep_space;
	return ams_op_begun(&m->op,
		loop_work_slow(s->ams->config.loop, measure, measured, m) < 0 ? STORE_E_MEMORY : 0);
}
