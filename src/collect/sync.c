/* SPDX-License-Identifier: MIT */
/*
 * One synchronisation of one account, from the request to the commit:
 *
 *	begin -> [port: waits, talks] -> on_event ... DONE -> conclude -> [store] -> committed -> end
 */
#include "collect/sync.h"

#include "base/loop.h"
#include "collect/collect_error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t now_us(const struct sync *s)
{
	return loop_now_us(s->d->c->config.loop);
}

static int64_t wall_ms(const struct sync *s)
{
	return loop_wall_ms(s->d->c->config.loop);
}

int sync_status_of(const struct device *d)
{
	struct port_status status;

	if (!d->sync)
		return d->state.sync;
	if (d->sync->committing || d->sync->count)
		return SYNC_STATUS_SYNCHRONIZING;
	if (d->sync->job.begun_us)
		return SYNC_STATUS_METADATA;
	port_status(d->port, &status);
	return status.state == PORT_OPEN ? SYNC_STATUS_WAITING : SYNC_STATUS_CONNECTING;
}

static void tell_status(struct sync *s)
{
	struct device *d = s->d;
	int status = sync_status_of(d);
	struct post *p;

	if (s->told == status)
		return;
	s->told = status;
	p = post_new(d->c);
	if (!p)
		return;
	post_event(
		p, EVENT_SYNC_STATUS, d->account->id, NULL, NULL, "%s", sync_status_name(status));
	post_tell(p);
}

/* ---- waiters ------------------------------------------------------------------------------------- */

static void waiter_free(struct waiter *w)
{
	free(w->key);
	free(w);
}

static void waiters_tell(struct waiter *first, const struct sync_report *report)
{
	struct waiter *next;

	for (struct waiter *w = first; w; w = next) {
		next = w->next;
		if (w->done)
			w->done(w->ctx, report);
		waiter_free(w);
	}
}

/* Of one reading, told what came of all: was it among them? */
static bool lacks(const struct sync *s, const struct waiter *w)
{
	const struct reading *r;

	if (s->report.result != SYNC_OK || s->kind != SYNC_FULL || w->kind != SYNC_PARTIAL)
		return false;
	r = readings_find(s->d->readings, w->key);
	return !r || r->flags & READING_GONE;
}

void sync_tell_waiters(struct sync *s)
{
	struct sync_report lacking = s->report;
	struct waiter *next;

	lacking.result = SYNC_ERROR;
	lacking.error = COLLECT_E_NO_KEY_HERE;
	lacking.text = collect_error_text(COLLECT_E_NO_KEY_HERE);
	for (struct waiter *w = s->waiters; w; w = next) {
		next = w->next;
		if (w->done)
			w->done(w->ctx, lacks(s, w) ? &lacking : &s->report);
		waiter_free(w);
	}
}

static void waiters_add(struct waiter **list, struct waiter *w)
{
	while (*list)
		list = &(*list)->next;
	*list = w;
}

static bool wants_the_same(const struct waiter *a, const struct waiter *b)
{
	return a->kind == b->kind && (a->kind != SYNC_PARTIAL || !strcmp(a->key, b->key));
}

/* What the first of them wants, made wide enough for all. */
static enum sync_kind waiters_kind(const struct waiter *first)
{
	for (const struct waiter *w = first; w; w = w->next) {
		if (!wants_the_same(first, w))
			return SYNC_FULL;
	}
	return (enum sync_kind)first->kind;
}

/* ---- begin ----------------------------------------------------------------------------------------- */

static void on_event(struct port_job *job, const struct mb_master_event *e);

static bool somebody_waits(const struct sync *s)
{
	for (const struct waiter *w = s->waiters; w; w = w->next) {
		if (!w->background)
			return true;
	}
	return false;
}

static void fill_job(struct sync *s)
{
	struct account_timing timing;

	account_request(s->account, port_path(s->d->port), &s->job.request, &timing);
	s->job.connect_only = s->kind == SYNC_CONNECT;
	s->job.priority = somebody_waits(s) ? PORT_INTERACTIVE : PORT_SCHEDULED;
	s->job.line = timing.line;
	s->job.answer_us = timing.answer_us;
	s->job.latency_us = timing.latency_us;
	s->job.event = on_event;
	s->job.ctx = s;
	snprintf(s->job.who, sizeof(s->job.who), "%s", s->who);
}

static void submit(struct sync *s)
{
	int rc;

	fill_job(s);
	rc = port_submit(s->d->port, &s->job);
	if (rc < 0)
		sync_conclude(s, SYNC_ERROR, rc, collect_error_text(rc));
	else
		tell_status(s);
}

static struct sync *begin(struct device *d, enum sync_kind kind, const char *who)
{
	struct sync *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->d = d;
	s->account = account_ref(d->account);
	s->kind = kind;
	s->told = -1;
	snprintf(s->who, sizeof(s->who), "%s", who);
	buf_init(&s->bytes, SYNC_BYTES_MAX);
	s->start_ms = wall_ms(s);
	s->start_us = now_us(s);
	d->sync = s;
	d->c->syncs++;
	return s;
}

static void start(struct sync *s)
{
	const char *text;
	enum sync_result may = device_may_sync(s->d, &text);

	device_refresh(s->d);
	if (may == SYNC_OK)
		submit(s);
	else
		sync_conclude(s, may, COLLECT_E_OF_RESULT(may), text);
}

/* No memory to begin with: there is no slot to name, and nothing to write it with. */
static void tell_no_memory(struct device *d, struct waiter *waiters)
{
	struct sync_report report = {
		.account = d->account->id,
		.result = SYNC_ERROR,
		.error = STORE_E_MEMORY,
		.text = collect_error_text(STORE_E_MEMORY),
		.start_ms = loop_wall_ms(d->c->config.loop),
	};

	waiters_tell(waiters, &report);
}

static void begin_later(struct device *d)
{
	struct waiter *waiters = d->later;
	struct sync *s = begin(d, waiters_kind(waiters), d->later_who);

	d->later = NULL;
	if (!s) {
		tell_no_memory(d, waiters);
		return;
	}
	s->waiters = waiters;
	start(s);
}

static void begin_due(struct device *d)
{
	struct sync *s = begin(d, SYNC_FULL, "schedule");

	d->wanted = false;
	if (!s) {
		schedule_done(d->c->schedule, d->account->id);
		return;
	}
	s->scheduled = true;
	s->due = d->due;
	start(s);
}

void sync_next(struct device *d)
{
	if (d->sync || d->c->stopping)
		return;
	if (d->later)
		begin_later(d);
	else if (d->wanted)
		begin_due(d);
}

/* ---- asked for -------------------------------------------------------------------------------------- */

static bool covers(const struct sync *s, const struct waiter *w)
{
	return !s->committing &&
	       (s->kind == SYNC_FULL || (s->waiters && wants_the_same(s->waiters, w)));
}

static void withdraw(struct sync *s)
{
	s->requeued = true;
	port_cancel(&s->job, PORT_CANCEL_GENTLY);
	s->requeued = false;
}

/* Somebody waits for a reading that the schedule has queued: it goes before the others. */
static void hurry(struct sync *s)
{
	if (s->job.priority == PORT_INTERACTIVE || s->job.begun_us || !somebody_waits(s))
		return;
	withdraw(s);
	s->job.priority = PORT_INTERACTIVE;
	if (port_submit(s->d->port, &s->job) < 0)
		sync_conclude(s, SYNC_ERROR, PORT_E_FULL, collect_error_text(PORT_E_FULL));
}

void sync_ask(struct device *d, struct waiter *w, const char *who)
{
	if (d->sync && covers(d->sync, w)) {
		waiters_add(&d->sync->waiters, w);
		hurry(d->sync);
		return;
	}
	if (!d->later)
		snprintf(d->later_who, sizeof(d->later_who), "%s", who);
	waiters_add(&d->later, w);
	sync_next(d);
}

void sync_soon(struct device *d, const char *why)
{
	struct waiter *w;

	if (d->account->suspended || !d->c->started || d->c->stopping || d->sync || d->later)
		return;
	w = calloc(1, sizeof(*w));
	if (!w)
		return;
	*w = (struct waiter){.kind = SYNC_FULL, .background = true};
	sync_ask(d, w, why);
}

void sync_due(struct device *d, const struct schedule_due *due)
{
	d->due = *due;
	d->wanted = true;
	sync_next(d);
}

void sync_undo(struct device *d)
{
	struct sync *s = d->sync;

	if (d->wanted)
		schedule_done(d->c->schedule, d->account->id);
	d->wanted = false;
	if (!s || !s->scheduled || s->taken || s->job.begun_us || s->committing)
		return;
	s->scheduled = false;
	schedule_done(d->c->schedule, d->account->id);
	if (s->waiters)
		return;
	withdraw(s);
	d->sync = NULL;
	d->c->syncs--;
	tell_status(s);
	sync_free(s);
	sync_next(d);
}

void sync_stop(struct device *d, bool now)
{
	struct sync *s = d->sync;

	if (!s || s->committing)
		return;
	s->stopped = true;
	port_cancel(&s->job, now ? PORT_CANCEL_NOW : PORT_CANCEL_GENTLY);
}

void sync_drop(struct device *d, enum sync_result result, const char *text)
{
	struct sync_report report = {
		.account = d->account->id,
		.result = (int)result,
		.text = text,
		.start_ms = loop_wall_ms(d->c->config.loop),
	};
	struct waiter *waiters = d->later;

	d->later = NULL;
	d->wanted = false;
	waiters_tell(waiters, &report);
}

/* ---- on the bus --------------------------------------------------------------------------------------- */

static void keep_telegram(struct sync *s, const struct mb_master_event *e)
{
	struct sync_piece *p = &s->pieces[s->count];

	if (s->count == SYNC_TELEGRAMS_MAX || !buf_add(&s->bytes, e->bytes, e->len)) {
		s->lost = true;
		return;
	}
	p->len = e->len;
	p->time_ms = wall_ms(s) - (int64_t)(now_us(s) - e->time_us) / 1000;
	s->count++;
}

static void count_failure(struct sync *s, int error)
{
	struct account_state *state = &s->d->state;

	s->attempts++;
	if (error == MB_E_SILENCE || error == MB_E_NOT_SELECTED)
		state->timeouts++;
	else
		state->checksums++;
	state->repeats++;
}

/* The slot is taken now: a newer one may have come while this waited. */
static void take_slot(struct sync *s)
{
	struct schedule_due newer;

	if (!s->scheduled || s->taken)
		return;
	s->taken = true;
	if (schedule_begin(s->d->c->schedule, s->account->id, wall_ms(s), &newer)) {
		s->due = newer;
		s->missed = newer;
	}
	schedule_spend(s->d->c->schedule, s->account->id, wall_ms(s));
}

/* A reading that is repeated has its turn: what there was of the one before is gone. */
static void start_over(struct sync *s)
{
	if (!s->again)
		return;
	s->bytes.len = 0;
	s->count = 0;
	s->lost = s->again = false;
	s->failed = (struct failed_step){0};
}

/* AMS: once more from the beginning, behind the others, unless the next slot comes first. */
static bool try_again(struct sync *s, int failure)
{
	uint64_t busy_us = now_us(s) - s->job.begun_us;
	struct collector *c = s->d->c;
	struct schedule_state slots;

	if (failure >= 0 || !s->scheduled || !s->account->index || s->stopped ||
		s->retries >= c->ams.retry || !s->job.begun_us || ams_is_off(s->d))
		return false;
	if (!schedule_state(c->schedule, s->account->id, &slots) || slots.next_ms <= wall_ms(s))
		return false;
	s->job.not_after_us = loop_wall_due_us(c->config.loop, slots.next_ms);
	if (port_submit(s->d->port, &s->job) < 0)
		return false;
	s->retries++;
	s->failure = failure;
	s->busy_us += busy_us;
	s->again = true;
	tell_status(s);
	return true;
}

static void on_done(struct sync *s, const struct mb_master_event *e)
{
	/* a repetition that had no turn says nothing new */
	int error = s->again ? s->failure : failed_step_error(&s->failed, e->result);
	const char *text = error < 0 ? collect_error_text(error) : "";

	if (error < 0 && s->job.error && *s->job.error)
		text = s->job.error;
	s->done = e->done;
	if (s->job.begun_us)
		s->attempts++;
	if (!try_again(s, error))
		sync_conclude(s, sync_result_of(error, s->attempts > 0), error, text);
}

static void on_event(struct port_job *job, const struct mb_master_event *e)
{
	struct sync *s = job->ctx;

	if (s->requeued)
		return;
	if (job->begun_us) {
		take_slot(s);
		start_over(s);
	}
	switch (e->type) {
	case MB_MASTER_TELEGRAM:
		failed_step_note(&s->failed, e);
		keep_telegram(s, e);
		tell_status(s);
		break;
	case MB_MASTER_ACK:
		failed_step_note(&s->failed, e);
		break;
	case MB_MASTER_ATTEMPT:
		failed_step_note(&s->failed, e);
		count_failure(s, e->result);
		tell_status(s);
		break;
	case MB_MASTER_DONE:
		on_done(s, e);
		break;
	default:
		break;
	}
}
