/* SPDX-License-Identifier: MIT */
/* Long questions to the store: on threads of the pool, with a few readers, in turn, and not for ever. */
#include "api/api_impl.h"
#include "store/reader.h"

#include <stdlib.h>

struct query {
	struct query *next;
	struct api *api;
	struct call *call;
	struct store_reader *reader;
	query_work *work;
	query_finish *finish;
	struct loop_timer *timer;
	int rc;
	bool cancelled;
};

static void run_next(struct api *api);

static void unlink_running(struct query *q)
{
	struct query **at = &q->api->running;

	while (*at != q)
		at = &(*at)->next;
	*at = q->next;
}

static void answer(struct call *c, int rc)
{
	if (rc == STORE_E_LOCKED)
		problem_respond(c->r, PROBLEM_UNAVAILABLE, "too many queries wait");
	else if (rc < 0)
		problem_respond_error(c->r, rc, NULL);
	else
		call_answer(c);
}

static void work(void *ctx)
{
	struct query *q = ctx;

	q->rc = q->work(q->call, q->reader);
}

static void done(void *ctx)
{
	struct query *q = ctx;
	struct api *api = q->api;

	unlink_running(q);
	api->readers[api->n_idle++] = q->reader;
	loop_timer_free(q->timer);
	q->finish(q->call, q->cancelled ? STORE_E_INTERRUPTED : q->rc);
	free(q);
	run_next(api);
	api_check_stopped(api);
}

static void cancel(void *ctx)
{
	struct query *q = ctx;

	q->cancelled = true;
	store_reader_cancel(q->reader);
}

static struct store_reader *take_reader(struct api *api)
{
	struct store_reader *reader = NULL;

	if (api->n_idle > 0)
		return api->readers[--api->n_idle];
	if (api->n_readers < API_READERS && store_reader_open(api->config.store, &reader) == 0)
		api->n_readers++;
	return reader;
}

static void fail(struct query *q)
{
	q->finish(q->call, STORE_E_MEMORY);
	free(q);
}

static void start(struct query *q)
{
	struct api *api = q->api;

	q->timer = loop_timer_new(api->config.loop, cancel, q);
	if (!q->timer || loop_work_slow(api->config.loop, work, done, q) < 0) {
		loop_timer_free(q->timer);
		api->readers[api->n_idle++] = q->reader;
		fail(q);
		return;
	}
	loop_timer_set(q->timer, loop_now_us(api->config.loop) + API_QUERY_MS * UINT64_C(1000));
	q->next = api->running;
	api->running = q;
}

static void run_next(struct api *api)
{
	while (api->waiting) {
		struct query *q = api->waiting;

		q->reader = take_reader(api);
		if (!q->reader && api->running)
			return; /* one of them comes back */
		api->waiting = q->next;
		api->n_waiting--;
		if (q->reader)
			start(q);
		else
			fail(q);
	}
}

void query_start_with(struct call *c, query_work *work_fn, query_finish *finish)
{
	struct api *api = c->api;
	struct query *q, **end = &api->waiting;

	if (api->n_waiting == API_QUERIES_MAX || api->stopping) {
		finish(c, STORE_E_LOCKED);
		return;
	}
	q = calloc(1, sizeof(*q));
	if (!q) {
		finish(c, STORE_E_MEMORY);
		return;
	}
	q->api = api;
	q->call = c;
	q->work = work_fn;
	q->finish = finish;
	while (*end)
		end = &(*end)->next;
	*end = q;
	api->n_waiting++;
	run_next(api);
}

void query_start(struct call *c, query_work *work_fn)
{
	query_start_with(c, work_fn, answer);
}

bool queries_idle(const struct api *api)
{
	return !api->running && !api->waiting;
}

/* What runs is cancelled; what waits was answered by the server when it stopped. */
void queries_cancel(struct api *api)
{
	while (api->waiting) {
		struct query *q = api->waiting;

		api->waiting = q->next;
		api->n_waiting--;
		fail(q);
	}
	for (struct query *q = api->running; q; q = q->next)
		cancel(q);
}

void queries_free(struct api *api)
{
	while (api->n_idle > 0)
		store_reader_close(api->readers[--api->n_idle]);
}

bool seq_page_takes(struct seq_page *page, uint64_t seq)
{
	if (page->given == page->limit) {
		page->next = seq;
		return false;
	}
	page->given++;
	return true;
}
