/* SPDX-License-Identifier: MIT */
#include "base/loop.h"
#include "collect/collector_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the port --------------------------------------------------------------------------------- */

static struct device **bucket(struct collector *c, const struct port *port)
{
	return &c->here[((uintptr_t)port >> 6) % COLLECTOR_PORT_BUCKETS];
}

static void set_trouble(struct device *d, const char *format, const char *what)
{
	free(d->trouble);
	d->trouble = NULL;
	if (format && asprintf(&d->trouble, format, what) < 0)
		d->trouble = NULL;
}

static void attach(struct device *d)
{
	const struct account *a = d->account;
	struct stream_url url;
	int rc;

	set_trouble(d, NULL, NULL);
	if (a->connection == ACCOUNT_BUS) {
		d->port = ports_find(d->c->config.ports, a->bus);
		if (!d->port)
			set_trouble(d, "the configuration has no bus \"%s\"", a->bus);
	} else {
		rc = account_url(a, &url);
		if (rc == 0)
			rc = ports_get(d->c->config.ports, &url, &d->port);
		if (rc < 0)
			set_trouble(d, "%s", port_error_text(rc));
	}
	if (!d->port)
		return;
	d->next_here = *bucket(d->c, d->port);
	*bucket(d->c, d->port) = d;
}

static void detach(struct device *d)
{
	struct device **at;

	if (!d->port)
		return;
	for (at = bucket(d->c, d->port); *at != d; at = &(*at)->next_here)
		;
	*at = d->next_here;
	ports_put(d->port);
	d->port = NULL;
}

/* ---- life ----------------------------------------------------------------------------------------- */

static uint32_t next_series(void *collector)
{
	struct collector *c = collector;

	return store_next_series(c->config.store);
}

struct device *device_new(struct collector *c, const struct account *account)
{
	struct device *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->c = c;
	d->account = account_ref(account);
	d->state.connection = CONNECTION_UNKNOWN;
	d->state.connection_ms = loop_wall_ms(c->config.loop);
	d->state.sync = SYNC_STATUS_UNDEFINED;
	d->readings = readings_new(c->shared, account->id, next_series, c);
	if (!d->readings) {
		device_free(d);
		return NULL;
	}
	attach(d);
	c->n_dependent += account->dependency != ACCOUNT_DEPENDS_NOT;
	return d;
}

void device_free(struct device *d)
{
	if (!d)
		return;
	d->c->n_dependent -= d->account->dependency != ACCOUNT_DEPENDS_NOT;
	detach(d);
	sync_log_done(&d->log);
	readings_free(d->readings);
	account_put((struct account *)(uintptr_t)d->account);
	free(d->trouble);
	free(d);
}

void device_set_account(struct device *d, const struct account *account)
{
	const struct account *old = d->account;

	d->c->n_dependent -= old->dependency != ACCOUNT_DEPENDS_NOT;
	d->c->n_dependent += account->dependency != ACCOUNT_DEPENDS_NOT;
	d->account = account_ref(account);
	if (account_reconnects(old, account)) {
		detach(d);
		attach(d);
		d->state.connection = CONNECTION_UNKNOWN;
		d->state.sync = SYNC_STATUS_UNDEFINED;
	}
	account_put((struct account *)(uintptr_t)old);
}

/* ---- may it be read, and is it there ---------------------------------------------------------------- */

static const struct zone *zone_of(const struct device *d)
{
	return d->account->zone ? d->account->zone : d->c->zone;
}

static bool depends_on_is_up(const struct device *d)
{
	const char *name = strchr(d->account->depends_on, ':') + 1;
	const struct account *other;
	struct port_status status;
	struct device *device;
	struct port *port;

	if (d->account->dependency == ACCOUNT_DEPENDS_BUS) {
		port = ports_find(d->c->config.ports, name);
		if (!port)
			return false;
		port_status(port, &status);
		ports_put(port);
		return status.state == PORT_OPEN || status.state == PORT_CLOSED;
	}
	other = accounts_by_name(d->c->accounts, name);
	device = other ? collector_device(d->c, other->id) : NULL;
	return device && device->state.connection == CONNECTION_ONLINE;
}

enum sync_result device_may_sync(const struct device *d, const char **ret_text)
{
	const struct account *a = d->account;
	int64_t now_ms = loop_wall_ms(d->c->config.loop);

	*ret_text = "";
	if (a->suspended)
		return SYNC_SUSPENDED;
	if (account_in_maintenance(a, zone_of(d), now_ms))
		return SYNC_MAINTENANCE;
	if (a->dependency != ACCOUNT_DEPENDS_NOT && !depends_on_is_up(d)) {
		*ret_text = a->depends_on;
		return SYNC_DEPENDENCY;
	}
	if (!d->port) {
		*ret_text = d->trouble ? d->trouble : "no memory for the bus";
		return SYNC_NO_CONNECTION;
	}
	return SYNC_OK;
}

static enum connection_status of_port(const struct device *d, const char **ret_text, char *buf)
{
	struct port_status status;

	port_status(d->port, &status);
	switch (status.state) {
	case PORT_OPEN:
		return CONNECTION_ONLINE;
	case PORT_FAILED:
		snprintf(buf, COLLECTOR_TEXT_MAX, "%s", status.error);
		*ret_text = buf;
		return CONNECTION_OFFLINE;
	case PORT_CONNECTING:
		return d->state.connection == CONNECTION_UNKNOWN ? CONNECTION_UNKNOWN
								 : CONNECTION_OFFLINE;
	default:
		return status.counters.opened ? CONNECTION_OFFLINE : CONNECTION_UNKNOWN;
	}
}

static enum connection_status connection_of(
	const struct device *d, const char **ret_text, char buf[COLLECTOR_TEXT_MAX])
{
	switch (device_may_sync(d, ret_text)) {
	case SYNC_OK:
		return of_port(d, ret_text, buf);
	case SYNC_SUSPENDED:
	case SYNC_DEPENDENCY:
		return CONNECTION_SUSPENDED;
	case SYNC_MAINTENANCE:
		return CONNECTION_MAINTENANCE;
	default:
		return CONNECTION_OFFLINE;
	}
}

static void tell_status(struct device *d, int old, const char *why)
{
	struct post *p = post_new(d->c);

	if (!p)
		return;
	post_event(p, EVENT_STATUS, d->account->id, d->port ? port_name(d->port) : NULL, NULL,
		"%s: %s, was %s%s%s", d->account->name, connection_status_name(d->state.connection),
		connection_status_name(old), *why ? ": " : "", why);
	post_send(p, STORE_WINDOW, NULL, NULL);
}

static void refresh_dependents(struct collector *c)
{
	if (!c->n_dependent)
		return;
	for (uint32_t i = 0; i < c->n_devices; i++) {
		struct device *d = c->devices[i];

		if (d && d->account->dependency == ACCOUNT_DEPENDS_ACCOUNT)
			device_refresh(d);
	}
}

/* What it missed was for want of a connection: now is the time. */
static bool was_cut_off(const struct device *d)
{
	int last = d->state.last.result;

	return d->state.has_last && (last == SYNC_NO_CONNECTION || last == SYNC_DISCONNECTED);
}

void device_refresh(struct device *d)
{
	struct account_state *s = &d->state;
	char buf[COLLECTOR_TEXT_MAX];
	const char *why = "";
	int old = s->connection;

	s->connection = (int)connection_of(d, &why, buf);
	if (s->connection == old)
		return;
	s->connection_ms = loop_wall_ms(d->c->config.loop);
	if (s->connection == CONNECTION_ONLINE) {
		s->online_ms = s->connection_ms;
		d->alerted = false;
	} else if (s->connection == CONNECTION_OFFLINE) {
		s->offline_ms = s->connection_ms;
	}
	tell_status(d, old, why);
	if (s->connection == CONNECTION_ONLINE && was_cut_off(d))
		sync_soon(d, "reconnected");
	refresh_dependents(d->c); /* accounts_check() has refused circles */
}

void device_find_bus(struct device *d)
{
	struct port *port;
	bool same;

	if (d->account->connection != ACCOUNT_BUS || d->sync)
		return;
	port = ports_find(d->c->config.ports, d->account->bus);
	same = port == d->port;
	ports_put(port);
	if (same)
		return;
	detach(d);
	attach(d);
	if (d->port && d->c->started && !d->account->suspended)
		port_open(d->port);
	device_refresh(d);
}

void devices_refresh_port(struct collector *c, struct port *port)
{
	struct device *next;

	for (struct device *d = *bucket(c, port); d; d = next) {
		next = d->next_here;
		if (d->port == port)
			device_refresh(d);
	}
}
