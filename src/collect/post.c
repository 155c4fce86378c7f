/* SPDX-License-Identifier: MIT */
#include "collect/post.h"

#include "base/loop.h"
#include "collect/collector_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct told {
	struct told *next;
	struct event event;
	bool stored; /* in the batch */
	char text[]; /* of the event, each with its NUL */
};

struct post {
	struct collector *c;
	struct store_batch *batch;
	struct told *first, **end;
	post_done *done;
	void *ctx;
	bool if_committed; /* else none of it is true */
};

struct post *post_new(struct collector *c)
{
	struct post *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->c = c;
	p->end = &p->first;
	p->batch = store_batch_new();
	if (!p->batch) {
		free(p);
		return NULL;
	}
	return p;
}

struct store_batch *post_batch(struct post *p)
{
	return p->batch;
}

static void post_free(struct post *p)
{
	struct told *next;

	for (struct told *t = p->first; t; t = next) {
		next = t->next;
		free(t);
	}
	free(p);
}

void post_drop(struct post *p)
{
	if (!p)
		return;
	store_batch_free(p->batch);
	post_free(p);
}

static const char *copy(char **at, const char *text)
{
	char *here = *at;

	if (!text)
		return NULL;
	*at = stpcpy(here, text) + 1;
	return here;
}

static size_t room(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static bool keep(struct post *p, const struct event *e)
{
	struct store_event row = {
		.time_ms = e->time_ms,
		.kind = event_kind_name(e->kind),
		.severity = e->severity,
		.account = e->account,
		.bus = e->bus ? e->bus : "",
		.text = e->text,
		.data = e->data ? e->data : "",
	};

	return e->severity != EVENT_LIVE && store_batch_event(p->batch, &row) == 0;
}

void post_event(struct post *p, enum event_kind kind, uint32_t account, const char *bus,
	const char *data, const char *format, ...)
{
	const struct account *a = accounts_by_id(p->c->accounts, account);
	const char *name = a ? a->name : NULL;
	char text[EVENT_TEXT_MAX];
	struct told *t;
	va_list args;
	char *at;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	t = malloc(sizeof(*t) + room(text) + room(name) + room(bus) + room(data));
	if (!t)
		return;
	at = t->text;
	t->next = NULL;
	t->event = (struct event){
		.time_ms = loop_wall_ms(p->c->config.loop),
		.kind = (uint16_t)kind,
		.severity = (uint8_t)event_kind_severity(kind),
		.account = account,
		.account_name = copy(&at, name),
		.text = copy(&at, text),
		.bus = copy(&at, bus),
		.data = copy(&at, data),
	};
	t->stored = keep(p, &t->event);
	*p->end = t;
	p->end = &t->next;
}

/* An account that this very change has made has its name only now. */
static void tell(struct post *p, int rc, uint64_t first_seq)
{
	struct collector *c = p->c;

	for (struct told *t = p->first; t; t = t->next) {
		const struct account *a = accounts_by_id(c->accounts, t->event.account);

		if (t->stored && rc == 0)
			t->event.seq = first_seq++;
		if (!t->event.account_name && a)
			t->event.account_name = a->name;
		events_publish(c->config.events, &t->event);
	}
}

static void finish(void *ctx, int rc, const struct store_batch *batch)
{
	struct post *p = ctx;
	uint64_t first_seq = batch && rc == 0 ? store_batch_event_seq(batch) : 0;

	p->c->posts--;
	if (p->done)
		p->done(p->ctx, rc, batch);
	if (rc == 0 || !p->if_committed)
		tell(p, rc, first_seq);
	collector_settle(p->c);
	post_free(p);
}

void post_if_committed(struct post *p)
{
	p->if_committed = true;
}

void post_send(struct post *p, enum store_urgency urgency, post_done *done, void *ctx)
{
	struct store_batch *batch = p->batch;
	int rc;

	p->done = done;
	p->ctx = ctx;
	p->c->posts++;
	rc = store_queue_add(p->c->config.queue, batch, urgency, finish, p);
	if (rc == 0)
		return;
	finish(p, rc, NULL);
	store_batch_free(batch);
}

void post_tell(struct post *p)
{
	tell(p, 0, 0);
	post_drop(p);
}
