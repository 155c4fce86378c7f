/* SPDX-License-Identifier: MIT */
#include "bus/port_impl.h"

#include "base/stream.h"

#include <ctype.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPARE_MASTERS_MAX 64
#define KEY_MAX (PATH_MAX + 16)
#define SEED UINT64_C(0x9E3779B97F4A7C15) /* when none is given; anything but 0 */

struct spare { /* a master that nobody needs now */
	struct spare *next;
};

struct listener {
	ports_listener *fn;
	void *ctx;
};

struct ports {
	struct ports_config config;
	struct port *first, *last;
	size_t count;
	void *by_key, *by_name; /* tsearch(3) */
	struct spare *spares;
	unsigned n_spares;
	uint64_t chance;
	struct listener listeners[PORTS_LISTENERS_MAX];
	size_t n_listeners;
	struct loop_timer *drain_timer;
	bool draining;
	void (*drained)(void *ctx);
	void *drained_ctx;
};

/* ---- what ports need of it ---- */

struct loop *ports_loop(const struct ports *ports)
{
	return ports->config.loop;
}

const struct ports_config *ports_settings(const struct ports *ports)
{
	return &ports->config;
}

struct stream *ports_stream(struct ports *ports, const struct stream_url *url)
{
	return ports->config.stream ? ports->config.stream(ports->config.ctx, url)
				    : stream_new(url);
}

struct mb_master *ports_master_take(struct ports *ports)
{
	struct spare *spare = ports->spares;

	if (!spare)
		return malloc(sizeof(struct mb_master));
	ports->spares = spare->next;
	ports->n_spares--;
	return (struct mb_master *)(void *)spare;
}

void ports_master_give(struct ports *ports, struct mb_master *m)
{
	struct spare *spare = (struct spare *)(void *)m;

	if (ports->n_spares == SPARE_MASTERS_MAX) {
		free(m);
		return;
	}
	spare->next = ports->spares;
	ports->spares = spare;
	ports->n_spares++;
}

/* xorshift64 */
uint32_t ports_chance(struct ports *ports, uint32_t below)
{
	ports->chance ^= ports->chance << 13;
	ports->chance ^= ports->chance >> 7;
	ports->chance ^= ports->chance << 17;
	return below ? (uint32_t)((ports->chance >> 32) % below) : 0;
}

void ports_tell(struct port *p)
{
	struct ports *ports = p->ports;

	for (size_t i = 0; i < ports->n_listeners; i++)
		ports->listeners[i].fn(ports->listeners[i].ctx, p);
	if (ports->draining)
		loop_timer_set(ports->drain_timer, 0);
}

/* ---- the set ---- */

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct port *)a)->key, ((const struct port *)b)->key);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct port *)a)->name, ((const struct port *)b)->name);
}

/* The same for all URLs of one place. */
static void make_key(const struct stream_url *url, char *ret_key, size_t max)
{
	char path[PATH_MAX];

	if (url->kind == STREAM_TCP || url->kind == STREAM_RFC2217)
		snprintf(ret_key, max, "tcp:%s:%u", url->path, url->port);
	else if (url->kind == STREAM_UDP)
		snprintf(ret_key, max, "udp:%s:%u", url->path, url->port);
	else
		snprintf(ret_key, max, "%s", realpath(url->path, path) ? path : url->path);
	for (char *c = ret_key; *c && *ret_key != '/'; c++)
		*c = (char)tolower((unsigned char)*c);
}

static struct port *find(
	void *const *root, const struct port *probe, int (*compare)(const void *, const void *))
{
	struct port *const *found = tfind(probe, root, compare);

	return found ? *found : NULL;
}

static void link_port(struct ports *ports, struct port *p)
{
	p->before_port = ports->last;
	if (ports->last)
		ports->last->next_port = p;
	else
		ports->first = p;
	ports->last = p;
	ports->count++;
}

static void unlink_port(struct ports *ports, struct port *p)
{
	if (p->before_port)
		p->before_port->next_port = p->next_port;
	else
		ports->first = p->next_port;
	if (p->next_port)
		p->next_port->before_port = p->before_port;
	else
		ports->last = p->before_port;
	tdelete(p, &ports->by_key, by_key);
	ports->count--;
}

static struct port *make(struct ports *ports, const struct stream_url *url, const char *key,
	const struct port_limits *limits)
{
	struct port *p = ports->count < PORTS_MAX ? port_new(ports, url, limits) : NULL;

	if (!p)
		return NULL;
	p->key = strdup(key);
	if (!p->key || !tsearch(p, &ports->by_key, by_key)) {
		port_free(p);
		return NULL;
	}
	link_port(ports, p);
	return p;
}

int ports_get(struct ports *ports, const struct stream_url *url, struct port **ret_port)
{
	char key[KEY_MAX];
	struct port probe = {.key = key};
	struct port *p;

	make_key(url, key, sizeof(key));
	p = find(&ports->by_key, &probe, by_key);
	if (p && port_url(p)->kind != url->kind)
		return PORT_E_CLASH;
	if (!p)
		p = make(ports, url, key, &ports->config.limits);
	if (!p)
		return MB_E_NO_SPACE;
	p->refs++;
	*ret_port = p;
	return 0;
}

void ports_put(struct port *p)
{
	if (!p || p->dying || --p->refs)
		return;
	unlink_port(p->ports, p);
	port_free(p);
}

/* ---- names ---- */

static struct port *find_name(struct ports *ports, const char *name)
{
	char copy[PORT_NAME_MAX];
	struct port probe = {.name = copy};

	if (strlen(name) >= sizeof(copy))
		return NULL;
	snprintf(copy, sizeof(copy), "%s", name);
	return find(&ports->by_name, &probe, by_name);
}

static int set_name(struct ports *ports, struct port *p, const char *name)
{
	p->name = strdup(name);
	if (p->name && tsearch(p, &ports->by_name, by_name))
		return 0;
	free(p->name);
	p->name = NULL;
	return MB_E_NO_SPACE;
}

int ports_add(struct ports *ports, const char *name, const struct stream_url *url,
	const struct port_limits *limits, struct port **ret_port)
{
	struct port *p;
	int rc;

	if (!*name || strlen(name) >= PORT_NAME_MAX || find_name(ports, name))
		return MB_E_INVALID;
	rc = ports_get(ports, url, &p);
	if (rc < 0)
		return rc;
	rc = p->name ? PORT_E_CLASH : set_name(ports, p, name);
	if (rc < 0) {
		ports_put(p);
		return rc;
	}
	if (limits)
		p->limits = *limits;
	*ret_port = p;
	return 0;
}

static void drop_name(struct ports *ports, struct port *p)
{
	tdelete(p, &ports->by_name, by_name);
	free(p->name);
	p->name = NULL;
}

bool ports_remove(struct ports *ports, const char *name)
{
	struct port *p = find_name(ports, name);

	if (!p)
		return false;
	drop_name(ports, p);
	ports_put(p);
	return true;
}

struct port *ports_find(struct ports *ports, const char *name)
{
	struct port *p = find_name(ports, name);

	if (p)
		p->refs++;
	return p;
}

struct port *ports_next(const struct ports *ports, const struct port *p)
{
	return p ? p->next_port : ports->first;
}

size_t ports_count(const struct ports *ports)
{
	return ports->count;
}

/* ---- listeners ---- */

int ports_listen(struct ports *ports, ports_listener *fn, void *ctx)
{
	if (ports->n_listeners == PORTS_LISTENERS_MAX)
		return MB_E_NO_SPACE;
	ports->listeners[ports->n_listeners++] = (struct listener){fn, ctx};
	return 0;
}

void ports_unlisten(struct ports *ports, ports_listener *fn, void *ctx)
{
	for (size_t i = 0; i < ports->n_listeners; i++) {
		const struct listener *l = &ports->listeners[i];

		if (l->fn == fn && l->ctx == ctx)
			ports->listeners[i--] = ports->listeners[--ports->n_listeners];
	}
}

/* ---- the end ---- */

static void check_drained(void *ctx)
{
	struct ports *ports = ctx;

	for (const struct port *p = ports->first; p; p = p->next_port)
		if (p->state != PORT_CLOSED)
			return;
	if (!ports->draining)
		return;
	ports->draining = false;
	ports->drained(ports->drained_ctx);
}

/* Counted while it is in our hands: those who are told may give any port back. */
static struct port *hold(struct port *p)
{
	if (p)
		p->refs++;
	return p;
}

void ports_drain(struct ports *ports, uint64_t deadline_us, void (*drained)(void *ctx), void *ctx)
{
	struct port *p = hold(ports->first);

	ports->drained = drained;
	ports->drained_ctx = ctx;
	ports->draining = true;
	while (p) {
		struct port *next;

		port_drain(p, deadline_us);
		next = hold(p->next_port);
		ports_put(p);
		p = next;
	}
	loop_timer_set(ports->drain_timer, 0);
}

struct ports *ports_new(const struct ports_config *config)
{
	struct ports *ports = calloc(1, sizeof(*ports));

	if (!ports)
		return NULL;
	ports->config = *config;
	ports->chance = config->seed ? config->seed : SEED;
	ports->drain_timer = loop_timer_new(config->loop, check_drained, ports);
	if (ports->drain_timer)
		return ports;
	free(ports);
	return NULL;
}

void ports_free(struct ports *ports)
{
	if (!ports)
		return;
	ports->n_listeners = 0;
	ports->draining = false;
	while (ports->first) {
		struct port *p = ports->first;

		if (p->name)
			drop_name(ports, p);
		unlink_port(ports, p);
		port_free(p);
	}
	while (ports->spares) {
		struct spare *spare = ports->spares;

		ports->spares = spare->next;
		free(spare);
	}
	loop_timer_free(ports->drain_timer);
	free(ports);
}
