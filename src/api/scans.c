/* SPDX-License-Identifier: MIT */
#include "api/scans.h"
#include "bus/ports.h"

#include <stdio.h>
#include <stdlib.h>

/* A request that is answered when the search has ended, or its time is up. */
struct scan_wait {
	struct scan_wait *next;
	struct scan *scan;
	struct call *call; /* frees this when it is answered */
	struct loop_timer *timer;
	scan_answer *answer;
};

struct scan *scan_find(const struct scans *scans, const struct port *port)
{
	struct scan *s = scans->list;

	while (s && s->port != port)
		s = s->next;
	return s;
}

void scan_free(struct scan *s)
{
	struct scan **at = &s->scans->list;

	while (*at && *at != s)
		at = &(*at)->next;
	if (*at) {
		*at = s->next;
		s->scans->n--;
	}
	if (!s->ended_ms && s->job.event)
		port_scan_cancel(&s->job);
	ports_put(s->port);
	free(s->nodes);
	free(s->found);
	free(s);
}

struct scans *scans_new(struct api *api)
{
	struct scans *scans = calloc(1, sizeof(*scans));

	if (scans)
		scans->api = api;
	return scans;
}

void scans_free(struct scans *s)
{
	if (!s)
		return;
	while (s->list)
		scan_free(s->list);
	free(s);
}

/* ---- requests that wait for the end ---- */

static void wait_over(void *ctx)
{
	struct scan_wait *w = ctx, **at = &w->scan->waits;
	struct call *c = w->call;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	loop_timer_free(w->timer);
	if (call_over(c))
		return;
	w->answer(c, w->scan);
}

static void answer_waits(struct scan *s)
{
	while (s->waits)
		wait_over(s->waits);
}

bool scan_wait(struct call *c, struct scan *s, uint64_t wait_ms, scan_answer *answer)
{
	struct loop *loop = c->api->config.loop;
	struct scan_wait *w = c->ctx = calloc(1, sizeof(*w));

	if (!w)
		return false;
	w->timer = loop_timer_new(loop, wait_over, w);
	if (!w->timer)
		return false;
	w->call = c;
	w->scan = s;
	w->answer = answer;
	w->next = s->waits;
	s->waits = w;
	loop_timer_set(w->timer, loop_now_us(loop) + wait_ms * 1000);
	return true;
}

void scans_stop(struct scans *s)
{
	for (struct scan *scan = s->list; scan; scan = scan->next)
		answer_waits(scan);
}

/* ---- a search ---- */

static void add_found(struct scan *s, const struct mb_search_event *event)
{
	if (s->n_found == SCAN_METERS_MAX)
		return;
	s->found[s->n_found++] = (struct scan_found){
		.identity = event->identity,
		.address = event->address,
		.baud = event->baud,
		.primary = event->primary,
		.flags = event->flags,
		.has_identity = event->has_identity,
		.has_primary = event->has_primary,
	};
}

static void add_note(struct scan *s, const struct mb_search_event *event, bool trouble)
{
	struct scan_note *note = &s->notes[s->n_notes];

	if (s->n_notes == SCAN_NOTES_MAX)
		return;
	s->n_notes++;
	note->trouble = trouble;
	note->name =
		trouble ? mb_search_trouble_name(event->code) : mb_search_note_name(event->code);
	note->text =
		trouble ? mb_search_trouble_text(event->code) : mb_search_note_text(event->code);
	if (mb_address_format(&event->address, note->address, sizeof(note->address)) < 0)
		note->address[0] = '\0';
}

static void on_scan(struct port_scan *job, const struct mb_search_event *event)
{
	struct scan *s = job->ctx;

	s->progress = event->progress;
	if (event->type == MB_SEARCH_FOUND) {
		add_found(s, event);
	} else if (event->type == MB_SEARCH_TROUBLE || event->type == MB_SEARCH_NOTE) {
		add_note(s, event, event->type == MB_SEARCH_TROUBLE);
	} else if (event->type == MB_SEARCH_DONE) {
		s->result = event->done;
		s->ended_ms = loop_wall_ms(s->scans->api->config.loop);
		if (job->result < 0)
			snprintf(s->error, sizeof(s->error), "%s",
				job->error ? job->error : port_error_text(job->result));
		answer_waits(s);
	}
}

bool scans_have_room(struct scans *scans)
{
	struct scan *oldest = NULL;

	for (struct scan *s = scans->list; s; s = s->next) {
		if (s->ended_ms)
			oldest = s;
	}
	if (scans->n >= SCANS_MAX && oldest)
		scan_free(oldest);
	return scans->n < SCANS_MAX;
}

struct scan *scan_new(struct scans *scans, struct port *port)
{
	struct scan *s = calloc(1, sizeof(*s));

	if (!s) {
		ports_put(port);
		return NULL;
	}
	s->scans = scans;
	s->port = port;
	s->nodes = calloc(MB_SEARCH_NODES(SCAN_METERS_MAX), sizeof(*s->nodes));
	s->found = calloc(SCAN_METERS_MAX, sizeof(*s->found));
	s->started_ms = loop_wall_ms(scans->api->config.loop);
	if (s->nodes && s->found)
		return s;
	scan_free(s);
	return NULL;
}

int scan_start(struct scan *s, const char *who)
{
	struct scans *scans = s->scans;
	struct scan *old = scan_find(scans, s->port);
	int rc;

	s->job.config.nodes = s->nodes;
	s->job.config.n_nodes = MB_SEARCH_NODES(SCAN_METERS_MAX);
	s->job.event = on_scan;
	s->job.ctx = s;
	snprintf(s->job.who, sizeof(s->job.who), "%s", who);
	rc = port_scan_start(s->port, &s->job);
	if (rc < 0) {
		s->job.event = NULL; /* nothing to cancel */
		return rc;
	}
	if (old)
		scan_free(old);
	s->next = scans->list;
	scans->list = s;
	scans->n++;
	return 0;
}
