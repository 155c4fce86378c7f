/* SPDX-License-Identifier: MIT */
/* The second half of a synchronisation: what was heard becomes rows, readings and events. */
#include "base/clock.h"
#include "base/loop.h"
#include "collect/collect_error.h"
#include "collect/collector_load.h"
#include "collect/sync.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t row_flags(const struct sync *s, const struct sync_report *r)
{
	unsigned flags = s->scheduled ? STORE_SCHEDULED : 0;

	if (r->result == SYNC_INTERRUPTED || r->result == SYNC_DISCONNECTED)
		flags |= STORE_INTERRUPTED;
	if (s->count && (r->result != SYNC_OK || s->lost))
		flags |= STORE_PARTIAL;
	if (s->scheduled && s->due.late)
		flags |= STORE_CATCH_UP;
	if (s->scheduled && !s->taken && r->result != SYNC_OK)
		flags |= STORE_MISSED;
	if (s->start_ms < SCHEDULE_CLOCK_MS ||
		loop_wall_ms(s->d->c->config.loop) < SCHEDULE_CLOCK_MS)
		flags |= STORE_CLOCK_DOUBT;
	return (uint8_t)flags;
}

/* A row a telegram, and one for the failure. Nothing for a connection that was only to be opened. */
static int add_rows(struct sync *s, struct store_batch *batch, bool failed)
{
	const struct sync_report *r = &s->report;
	size_t n = s->count + (failed ? 1u : 0u), at = 0;
	struct store_telegram *rows;
	int chain;

	if (!n || (s->kind == SYNC_CONNECT && !s->count))
		return -1;
	rows = calloc(n, sizeof(*rows));
	if (!rows)
		return -1;
	for (size_t i = 0; i < n; i++) {
		bool heard = i < s->count;

		rows[i] = (struct store_telegram){
			.account = s->account->id,
			.duration_ms = r->duration_ms,
			.time_ms =
				heard ? s->pieces[i].time_ms : loop_wall_ms(s->d->c->config.loop),
			.due_ms = r->due_ms,
			.error = (int16_t)(heard ? 0 : r->error),
			.flags = row_flags(s, r),
			.step = heard ? (uint8_t)STORE_STEP_NONE : s->failed.step,
			.index = s->account->index,
			.len = heard ? s->pieces[i].len : 0,
			.bytes = heard ? s->bytes.bytes + at : NULL,
		};
		at += rows[i].len;
	}
	chain = store_batch_telegrams(batch, rows, n);
	free(rows);
	return chain;
}

/* ---- readings -------------------------------------------------------------------------------------- */

static void readings_notes(struct sync *s, struct post *p, const struct readings_change *change)
{
	for (size_t i = 0; i < change->n_notes; i++) {
		const struct readings_note *note = &change->notes[i];

		post_event(p, (enum event_kind)note->kind, s->account->id, NULL, note->data,
			"%s: %s", s->account->name, note->text);
	}
}

static void fail(struct sync *s, int error)
{
	s->report.result = SYNC_ERROR;
	s->report.error = error;
	snprintf(s->text, sizeof(s->text), "%s", collect_error_text(error));
}

/* Metadata, history and values, all of one chain. */
static void apply(struct sync *s, struct post *p)
{
	struct readings_bytes telegrams[SYNC_TELEGRAMS_MAX];
	const struct account *a = s->account;
	struct collector *c = s->d->c;
	struct readings_chain chain = {
		.telegrams = telegrams,
		.n = s->count,
		.time_ms = s->pieces[0].time_ms,
		.duration_ms = s->report.duration_ms,
		.zone = a->zone ? a->zone : c->zone,
		.cipher = c->config.cipher,
		.key = account_has(a, "key") ? a->key : NULL,
		.only = s->kind == SYNC_PARTIAL && s->waiters ? s->waiters->key : NULL,
		.drift_s = c->config.drift_s,
		.keep_days = a->keep_vanished_days,
		.history = a->history,
		.partial = s->lost,
	};
	size_t at = 0;
	int rc;

	for (uint16_t i = 0; i < s->count; at += s->pieces[i++].len) {
		telegrams[i].bytes = s->bytes.bytes + at;
		telegrams[i].len = s->pieces[i].len;
	}
	rc = readings_apply(s->d->readings, &chain, &s->change);
	if (rc < 0) {
		fail(s, rc);
		return;
	}
	s->report.metadata = s->kind == SYNC_FULL;
	s->report.readings = (uint32_t)s->change->readings;
	s->report.history = (uint32_t)s->change->history;
	if (chain.only && !s->change->readings)
		fail(s, COLLECT_E_NO_KEY_HERE);
	readings_batch(s->change, post_batch(p));
	readings_notes(s, p, s->change);
}

/* ---- events ------------------------------------------------------------------------------------------ */

/* On demand of somebody, not of the schedule or because the connection is back. */
static bool was_asked(const struct sync *s)
{
	for (const struct waiter *w = s->waiters; w; w = w->next) {
		if (!w->background)
			return true;
	}
	return false;
}

static void tell_result(struct sync *s, struct post *p)
{
	const struct sync_report *r = &s->report;
	struct device *d = s->d;
	const char *bus = d->port ? port_name(d->port) : NULL;
	uint32_t id = s->account->id;

	if (r->result == SYNC_OK) {
		post_event(p, EVENT_SYNC_DONE, id, bus, NULL, "%s: %u readings, %u of history",
			s->account->name, r->readings, r->history);
		if (d->failing)
			post_event(p, EVENT_SYNC_RECOVERED, id, bus, NULL, "%s answers again",
				s->account->name);
	} else if (r->result == SYNC_ERROR || r->result == SYNC_NO_CONNECTION ||
		   r->result == SYNC_DISCONNECTED || r->result == SYNC_INTERRUPTED) {
		/* one event a failure, not one a reading */
		if (!d->failing || was_asked(s))
			post_event(p, EVENT_SYNC_FAILED, id, bus, NULL, "%s: %s: %s",
				s->account->name, sync_result_text(r->result), r->text);
	} else if (!d->failing || was_asked(s)) {
		post_event(p, EVENT_SYNC_DECLINED, id, bus, NULL, "%s: %s%s%s", s->account->name,
			sync_result_text(r->result), *r->text ? ": " : "", r->text);
	}
}

/* ---- the end ------------------------------------------------------------------------------------------ */

/* What the meter did, whatever becomes of it in the store. */
static void note_answer(struct sync *s)
{
	struct account_state *state = &s->d->state;

	if (s->report.result == SYNC_OK && s->kind != SYNC_CONNECT)
		state->answering = true;
	else if (s->report.result == SYNC_ERROR)
		state->answering = false;
}

static void count(struct sync *s)
{
	struct collector_totals *t = &s->d->c->totals;
	struct account_state *state = &s->d->state;
	const struct sync_report *r = &s->report;

	state->syncs++;
	t->syncs++;
	state->telegrams += s->count;
	t->telegrams += s->count;
	if (r->result != SYNC_OK) {
		state->failures++;
		t->failures++;
	}
}

static int status_after(const struct sync *s, int before)
{
	if (s->report.result == SYNC_OK)
		return s->kind == SYNC_CONNECT ? before : SYNC_STATUS_OK;
	if (s->report.result == SYNC_SUSPENDED || s->report.result == SYNC_DEPENDENCY ||
		s->report.result == SYNC_MAINTENANCE || s->report.result == SYNC_DECLINED)
		return before;
	return SYNC_STATUS_ERROR;
}

void sync_free(struct sync *s)
{
	account_put((struct account *)(uintptr_t)s->account);
	buf_done(&s->bytes);
	free(s);
}

static void end(struct sync *s)
{
	struct device *d = s->d;

	d->state.sync = status_after(s, d->state.sync);
	d->state.last = s->report;
	d->state.has_last = true;
	d->failing = s->report.result != SYNC_OK;
	sync_log_add(&d->log, d->account->sync_log, &s->report);
	d->state.last.text = d->log.count ? d->log.reports[d->log.last].text : "";
	d->sync = NULL;
	d->c->syncs--;
	if (s->account->interrupt_on_error && s->report.result == SYNC_ERROR && d->port)
		port_hang_up(d->port);
	if (s->scheduled)
		schedule_done(d->c->schedule, s->account->id);
	sync_tell_waiters(s);
	sync_free(s);
	if (d->deleted) {
		device_free(d);
		return;
	}
	if (d->reset)
		readings_reset(d->readings);
	if (d->reload)
		collector_load_readings(d);
	d->reset = d->reload = false;
	device_find_bus(d);
	due_arm(d->c);
	sync_next(d);
}

/* The store has told nothing of it; what the bus said of a failure stays its cause. */
static void not_stored(struct sync *s, int error)
{
	struct post *p = post_new(s->d->c);

	s->d->c->totals.not_stored += s->count ? s->count : 1;
	if (s->report.result == SYNC_OK)
		fail(s, error);
	readings_discard(s->change);
	if (!p)
		return;
	tell_result(s, p);
	post_tell(p);
}

static void committed(void *ctx, int rc, const struct store_batch *batch)
{
	struct sync *s = ctx;

	note_answer(s);
	if (rc < 0) {
		not_stored(s, rc);
	} else if (s->change) {
		readings_accept(s->change);
		sync_tell_values(s);
	}
	s->change = NULL;
	if (rc == 0 && s->chain >= 0)
		s->report.seq = store_batch_head(batch, s->chain);
	count(s);
	end(s);
}

static void write_report(struct sync *s, enum sync_result result, int error, const char *text)
{
	uint64_t now_us = loop_now_us(s->d->c->config.loop);
	uint64_t busy_us = s->busy_us + (s->job.begun_us ? now_us - s->job.begun_us : 0);

	snprintf(s->text, sizeof(s->text), "%s", text);
	s->report = (struct sync_report){
		.account = s->account->id,
		.kind = (uint8_t)s->kind,
		.scheduled = s->scheduled,
		.result = (int)result,
		.error = error,
		.text = s->text,
		.due_ms = s->scheduled ? s->due.due_ms : 0,
		.start_ms = s->start_ms,
		.wait_ms = (uint32_t)((now_us - s->start_us - busy_us) / US_PER_MS),
		.duration_ms = (uint32_t)(busy_us / US_PER_MS),
		.telegrams = s->count,
		.attempts = s->attempts,
	};
}

void sync_conclude(struct sync *s, enum sync_result result, int error, const char *text)
{
	/* an answer that came whole is no failure of the bus, whatever it says */
	bool failed = result != SYNC_OK && !(error == MB_E_APPLICATION && s->count);
	struct post *p = post_new(s->d->c);

	write_report(s, result, error, text);
	s->committing = true;
	s->chain = -1;
	device_refresh(s->d);
	if (!p) {
		committed(s, STORE_E_MEMORY, NULL);
		return;
	}
	if (result == SYNC_OK && s->kind != SYNC_CONNECT)
		apply(s, p);
	s->chain = add_rows(s, post_batch(p), failed);
	if (s->missed.missed)
		due_missed(s->d, &s->missed, p);
	tell_result(s, p);
	post_if_committed(p);
	post_send(p, s->scheduled && !s->waiters ? STORE_WINDOW : STORE_NOW, committed, s);
}
