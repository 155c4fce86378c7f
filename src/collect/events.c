/* SPDX-License-Identifier: MIT */
#include "collect/events.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const struct kind {
	const char *name, *text;
	enum event_severity severity;
} kinds[] = {
#define MB_X(name, text, severity, meaning) {text, meaning, severity},
	EVENT_MAP(MB_X)
#undef MB_X
};

const char *event_kind_name(unsigned kind)
{
	return kind < EVENT_KINDS ? kinds[kind].name : NULL;
}

const char *event_kind_text(unsigned kind)
{
	return kind < EVENT_KINDS ? kinds[kind].text : NULL;
}

enum event_severity event_kind_severity(unsigned kind)
{
	return kind < EVENT_KINDS ? kinds[kind].severity : EVENT_LIVE;
}

struct event_listener {
	struct events *events;
	struct event_listener *next;
	event_heard *heard; /* NULL: left while an event was being told */
	void *ctx;
};

struct events {
	struct event_listener *first;
	unsigned telling; /* depth: a listener may publish */
	bool left;
	int watchers;
};

struct events *events_new(void)
{
	return calloc(1, sizeof(struct events));
}

void events_free(struct events *e)
{
	struct event_listener *next;

	if (!e)
		return;
	for (struct event_listener *l = e->first; l; l = next) {
		next = l->next;
		free(l);
	}
	free(e);
}

struct event_listener *events_listen(struct events *e, event_heard *heard, void *ctx)
{
	struct event_listener *l = calloc(1, sizeof(*l));
	struct event_listener **end = &e->first;

	if (!l)
		return NULL;
	*l = (struct event_listener){.events = e, .heard = heard, .ctx = ctx};
	while (*end)
		end = &(*end)->next;
	*end = l;
	return l;
}

static void sweep(struct events *e)
{
	struct event_listener **at = &e->first;

	while (*at) {
		struct event_listener *l = *at;

		if (l->heard) {
			at = &l->next;
			continue;
		}
		*at = l->next;
		free(l);
	}
	e->left = false;
}

void events_unlisten(struct event_listener *l)
{
	if (!l)
		return;
	l->heard = NULL;
	l->events->left = true;
	if (!l->events->telling)
		sweep(l->events);
}

void events_publish(struct events *e, const struct event *event)
{
	e->telling++;
	for (struct event_listener *l = e->first; l; l = l->next) {
		if (l->heard)
			l->heard(l->ctx, event);
	}
	e->telling--;
	if (e->left && !e->telling)
		sweep(e);
}

void events_watch(struct events *e, int more)
{
	e->watchers += more;
}

bool events_watched(const struct events *e)
{
	return e->watchers > 0;
}
