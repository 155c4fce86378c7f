/* SPDX-License-Identifier: MIT */
/* When a port's stream is open: for the first who wants it, then always or until it is idle. */
#include "bus/port_impl.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REOPEN_MIN_MS 1000
#define REOPEN_MAX_MS 60000
#define REOPEN_DOUBLED_MAX 16
#define SILENCE_MS 300000
#define STABLE_US 10000000u /* open for so long: its loss says nothing about the next attempt */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint32_t given(uint32_t value, uint32_t preset)
{
	return value ? value : preset;
}

static bool is_network(const struct port *p)
{
	enum stream_kind kind = stream_url(p->stream)->kind;

	return kind == STREAM_TCP || kind == STREAM_RFC2217 || kind == STREAM_UDP;
}

static bool wanted(const struct port *p)
{
	return p->waiting || p->scan;
}

bool port_kept(const struct port *p)
{
	return p->kept || (p->used && !p->limits.idle_close_ms);
}

/* ---- watching ---- */

static void unwatch(struct port *p)
{
	loop_watch_free(p->watch);
	p->watch = NULL;
	p->watched = 0;
}

static void on_watch(void *ctx, short revents)
{
	struct port *p = ctx;

	if (revents & (POLLERR | POLLHUP | POLLNVAL))
		p->watched = 0; /* the loop has stopped watching */
	port_turn(p, revents);
}

void port_stream_watch(struct port *p)
{
	enum stream_state state = stream_state(p->stream);
	int fd = state == STREAM_CLOSED ? -1 : stream_fd(p->stream);
	short events = stream_events(p->stream);

	/* while it connects, one address after the other may come as the same number */
	if (p->watch && (fd != p->watched_fd || state == STREAM_CONNECTING))
		unwatch(p);
	if (fd != -1 && !p->watch) {
		p->watch = loop_watch_new(ports_loop(p->ports), fd, on_watch, p);
		p->watched_fd = fd;
	}
	if (p->watch && events != p->watched)
		loop_watch_set(p->watch, events);
	p->watched = events;
}

/* ---- failing ---- */

static void remember(struct port *p, const char *error)
{
	free(p->error);
	p->error = strdup(error);
}

/* From 3/4 to 5/4 of what is due, that a thousand ports do not come back at once. */
static uint64_t pause_us(struct port *p)
{
	uint64_t min_ms = given(p->limits.reopen_min_ms, REOPEN_MIN_MS);
	uint64_t max_ms = given(p->limits.reopen_max_ms, REOPEN_MAX_MS);
	uint64_t ms = earlier(min_ms << p->failures, max_ms);

	return (ms - ms / 4 + ports_chance(p->ports, (uint32_t)(ms / 2 + 1))) * US_PER_MS;
}

/* Nothing came of it, and the connection may have been dead before: once more on the next one. */
static bool put_back(struct port *p, uint64_t now_us)
{
	struct port_job *job = p->job;
	struct mb_master_event event;

	if (!job || p->heard || p->cancelling || job->again || mb_op_writes(job->request.op) ||
		job->engine.ops) /* its bytes are gone */
		return false;
	mb_master_cancel(p->master, now_us);
	while (mb_master_event(p->master, &event))
		;
	port_count_busy(p, now_us);
	p->job = NULL;
	p->cancelling = p->mid_frame = false;
	job->again = true;
	port_queue_again(p, job);
	return true;
}

static void fail_all(struct port *p, uint64_t now_us)
{
	char text[PORT_TEXT_MAX];

	snprintf(text, sizeof(text), "%s", p->error ? p->error : "");
	port_scan_over(p, MB_E_STREAM, text, now_us);
	port_queue_over(p, MB_E_STREAM, text);
}

static void take_next_line(struct port *p)
{
	if (p->relining)
		p->path.line = p->next_line;
	p->relining = false;
}

static void failed(struct port *p, uint64_t now_us)
{
	bool was_open = p->state == PORT_OPEN;
	bool was_stable = was_open && now_us - p->since_us >= STABLE_US;

	unwatch(p);
	take_next_line(p);
	remember(p, stream_error(p->stream));
	p->counters.lost++;
	p->failures = was_stable ? 0 : p->failures;
	p->failed_us = was_stable ? 0 : now_us;
	p->retry_us = now_us + pause_us(p);
	if (p->failures < REOPEN_DOUBLED_MAX)
		p->failures++;
	port_set_state(p, PORT_FAILED);
	if (!was_open) {
		fail_all(p, now_us);
	} else if (!put_back(p, now_us)) {
		port_cut(p, MB_E_STREAM, p->error ? p->error : "", now_us);
	}
	if (p->scan_turn)
		port_scan_over(p, MB_E_STREAM, p->error ? p->error : "", now_us);
	port_master_back(p);
	port_wake(p);
}

int port_stream_lost(void *ctx, uint64_t now_us)
{
	failed(ctx, now_us);
	return 0;
}

void port_stream_close(struct port *p, enum port_state state)
{
	p->hanging_up = false;
	unwatch(p);
	take_next_line(p);
	stream_close(p->stream);
	p->run.line_known = p->run.breaking = false;
	p->deaf_us = 0;
	port_master_back(p);
	port_set_state(p, state);
}

/* ---- looking up a name ---- */

struct port_look_up {
	struct port *port; /* NULL: gone in the meantime */
	struct stream_url url;
	struct stream_places *places;
};

static void look_up(void *ctx)
{
	struct port_look_up *l = ctx;

	l->places = stream_look_up(&l->url);
}

static void open_stream(struct port *p, uint64_t now_us)
{
	p->run.line_known = p->run.breaking = false;
	if (stream_open(p->stream, now_us) < 0)
		failed(p, now_us);
	else
		port_wake(p);
}

static void looked_up(void *ctx)
{
	struct port_look_up *l = ctx;
	struct port *p = l->port;

	if (p) {
		p->looking = NULL;
		stream_set_places(p->stream, l->places);
		l->places = NULL;
		port_enter(p);
		if (!p->draining && stream_state(p->stream) == STREAM_CLOSED)
			open_stream(p, port_now_us(p));
		port_leave(p);
	}
	stream_places_free(l->places);
	free(l);
}

/* False: there is no need, or no memory to do it aside. */
static bool begin_look_up(struct port *p)
{
	struct port_look_up *l;

	if (!stream_has_name(stream_url(p->stream)))
		return false;
	l = calloc(1, sizeof(*l));
	if (!l)
		return false;
	l->port = p;
	l->url = *stream_url(p->stream);
	if (loop_work_slow(ports_loop(p->ports), look_up, looked_up, l) < 0) {
		free(l);
		return false;
	}
	p->looking = l;
	return true;
}

/* ---- opening ---- */

/* Those who wait do not sit out a long pause, but they are not the reason for a storm either. */
static uint64_t open_at(const struct port *p)
{
	uint64_t soon_us = p->failed_us + given(p->limits.reopen_min_ms, REOPEN_MIN_MS) * US_PER_MS;

	if (p->looking || p->draining || stream_state(p->stream) != STREAM_CLOSED)
		return MB_NEVER;
	if (p->state == PORT_FAILED && wanted(p))
		return p->failed_us ? earlier(p->retry_us, soon_us) : 0;
	if (p->state == PORT_FAILED)
		return port_kept(p) ? p->retry_us : MB_NEVER;
	return wanted(p) || port_kept(p) ? 0 : MB_NEVER;
}

static void begin_open(struct port *p, uint64_t now_us)
{
	if (p->state != PORT_FAILED) /* one that fails is failed until it is open */
		port_set_state(p, PORT_CONNECTING);
	if (!begin_look_up(p))
		open_stream(p, now_us);
}

void port_stream_opened(struct port *p, uint64_t now_us)
{
	if (p->state == PORT_OPEN)
		return;
	p->counters.opened++;
	p->used_us = now_us;
	p->deaf_us = 0;
	p->quiet_us = 0;
	port_set_state(p, PORT_OPEN);
}

/* ---- closing ---- */

static uint64_t idle_close_us(const struct port *p)
{
	if (p->hanging_up && !port_held(p))
		return 0;
	if (!p->limits.idle_close_ms || p->kept || port_held(p) || wanted(p) ||
		p->state != PORT_OPEN)
		return MB_NEVER;
	return p->used_us + p->limits.idle_close_ms * (uint64_t)US_PER_MS;
}

void port_stream_deaf(struct port *p, uint64_t now_us)
{
	if (!p->heard && !p->deaf_us)
		p->deaf_us = p->held_us < now_us ? p->held_us : now_us;
}

/* A far side that is gone without a word: TCP alone may not tell for hours. */
static bool is_dead(const struct port *p, uint64_t now_us)
{
	uint64_t silence_us = given(p->limits.silence_ms, SILENCE_MS) * (uint64_t)US_PER_MS;

	return p->deaf_us && now_us - p->deaf_us >= silence_us && p->state == PORT_OPEN &&
	       !port_held(p) && wanted(p) && is_network(p);
}

static void replace(struct port *p)
{
	char text[PORT_TEXT_MAX];

	snprintf(text, sizeof(text), "%s: nothing was heard for %u s; it is connected again",
		stream_name(p->stream), given(p->limits.silence_ms, SILENCE_MS) / 1000);
	remember(p, text);
	p->counters.lost++;
	port_stream_close(p, PORT_CONNECTING);
}

/* ---- another line ---- */

static bool knows(const struct mb_line *line)
{
	return line->baud && (line->data_bits == 7 || line->data_bits == 8) &&
	       line->parity <= MB_PARITY_ODD && (line->stop_bits == 1 || line->stop_bits == 2);
}

int port_set_line(struct port *p, const struct mb_line *line)
{
	if (!knows(line))
		return MB_E_INVALID;
	if (stream_state(p->stream) == STREAM_OPEN) {
		p->next_line = *line;
		p->relining = true;
		port_wake(p);
	} else {
		p->path.line = *line;
	}
	return 0;
}

static bool relines_now(const struct port *p, uint64_t now_us)
{
	return p->relining && !port_held(p) && stream_state(p->stream) == STREAM_OPEN &&
	       now_us >= port_free_us(p);
}

/* ---- the turn ---- */

void port_stream_turn(struct port *p, uint64_t now_us)
{
	if (relines_now(p, now_us))
		port_stream_close(p, wanted(p) || port_kept(p) ? PORT_CONNECTING : PORT_CLOSED);
	if (is_dead(p, now_us))
		replace(p);
	if (now_us >= idle_close_us(p))
		port_stream_close(p, PORT_CLOSED);
	if (now_us >= open_at(p))
		begin_open(p, now_us);
}

uint64_t port_stream_deadline(const struct port *p)
{
	uint64_t at_us = open_at(p);

	if (stream_state(p->stream) != STREAM_CLOSED)
		at_us = earlier(at_us, run_deadline(&p->run));
	return earlier(at_us, idle_close_us(p));
}

void port_stream_done(struct port *p)
{
	if (p->looking)
		p->looking->port = NULL;
	p->looking = NULL;
	unwatch(p);
	stream_free(p->stream);
	p->stream = NULL;
	free(p->error);
	p->error = NULL;
}
