/* SPDX-License-Identifier: MIT */
#include "base/loop.h"
#include "collect/background.h"
#include "collect/collect_error.h"
#include "collect/collector_impl.h"
#include "collect/collector_load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_US UINT64_C(60000000)

/* ---- names --------------------------------------------------------------------------------------- */

struct named {
	int number;
	const char *name;
};

static const char *find(const struct named *rows, size_t n, int number, const char *other)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].number == number)
			return rows[i].name;
	}
	return other;
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *sync_result_text(int result)
{
	static const struct named rows[] = {
#define MB_X(name, number, text) {number, text},
		SYNC_RESULT_MAP(MB_X)
#undef MB_X
	};
	return find(rows, COUNT(rows), result, "unknown result");
}

enum sync_result sync_result_of(int error, bool interrupted)
{
	if (error == 0)
		return SYNC_OK;
	if (error == MB_E_CANCELLED || error == PORT_E_CLOSED)
		return SYNC_INTERRUPTED;
	if (error == MB_E_STREAM)
		return interrupted ? SYNC_DISCONNECTED : SYNC_NO_CONNECTION;
	if (error <= COLLECT_E_SUSPENDED && error >= COLLECT_E_MAINTENANCE)
		return (enum sync_result)COLLECT_RESULT_OF(error);
	return SYNC_ERROR;
}

const char *connection_status_name(int status)
{
	static const struct named rows[] = {
#define MB_X(name, number, text, label) {number, text},
		CONNECTION_MAP(MB_X)
#undef MB_X
	};
	return find(rows, COUNT(rows), status, "unknown");
}

const char *sync_status_name(int status)
{
	static const struct named rows[] = {
#define MB_X(name, number, text, label) {number, text},
		SYNC_STATUS_MAP(MB_X)
#undef MB_X
	};
	return find(rows, COUNT(rows), status, "undefined");
}

/* ---- what happens around it ------------------------------------------------------------------------ */

static void tell_bus(struct collector *c, struct port *port, const struct port_status *status)
{
	struct post *p = post_new(c);

	if (!p)
		return;
	post_event(p, EVENT_BUS_STATE, 0, port_name(port), NULL, "%s is %s%s%s", port_name(port),
		port_state_name(status->state), status->state == PORT_FAILED ? ": " : "",
		status->state == PORT_FAILED ? status->error : "");
	post_send(p, STORE_WINDOW, NULL, NULL);
}

static void on_port(void *ctx, struct port *port)
{
	struct collector *c = ctx;
	struct port_status status;

	port_status(port, &status);
	if (status.state != PORT_CONNECTING)
		tell_bus(c, port, &status);
	devices_refresh_port(c, port);
}

/* The alert cannot be stored itself: what is kept of it is here. */
static void tell_recovered(struct collector *c, struct post *p)
{
	uint64_t lost = c->totals.not_stored - c->not_stored;
	int64_t seconds = (loop_wall_ms(c->config.loop) - c->trouble_ms) / 1000;
	char data[96];

	snprintf(data, sizeof(data), "{\"since_ms\":%" PRId64 ",\"not_stored\":%" PRIu64 "}",
		c->trouble_ms, lost);
	post_event(p, EVENT_STORE_RECOVERED, 0, NULL, data,
		"%s: %" PRIu64 " telegram%s of the last %" PRId64 " s were not",
		event_kind_text(EVENT_STORE_RECOVERED), lost, lost == 1 ? "" : "s", seconds);
	c->trouble_ms = 0;
}

static void on_store(void *ctx)
{
	struct collector *c = ctx;
	struct store_queue_status status;
	struct post *p = post_new(c);
	enum event_kind kind;

	if (!p)
		return;
	store_queue_status(c->config.queue, &status);
	if (status.state == STORE_QUEUE_OK) {
		tell_recovered(c, p);
		post_send(p, STORE_WINDOW, NULL, NULL);
		return;
	}
	kind = status.state == STORE_QUEUE_FULL ? EVENT_STORE_FULL : EVENT_STORE_FAILED;
	if (!c->trouble_ms) {
		c->trouble_ms = loop_wall_ms(c->config.loop);
		c->not_stored = c->totals.not_stored;
	}
	post_event(p, kind, 0, NULL, NULL, "%s: %s", event_kind_text(kind),
		collect_error_text(status.error));
	post_tell(p);
}

static void on_clock(void *ctx)
{
	struct collector *c = ctx;
	struct post *p = post_new(c);

	if (p) {
		post_event(p, EVENT_CLOCK_JUMPED, 0, NULL, NULL, "the wall clock was set");
		post_send(p, STORE_WINDOW, NULL, NULL);
	}
	due_fire(c);
}

static void alert(struct device *d)
{
	struct account_state *s = &d->state;
	int64_t off_ms = loop_wall_ms(d->c->config.loop) - s->connection_ms;
	struct post *p;

	if (!d->account->offline_alert_s || d->alerted || s->connection != CONNECTION_OFFLINE)
		return;
	if (off_ms < (int64_t)d->account->offline_alert_s * 1000)
		return;
	d->alerted = true;
	p = post_new(d->c);
	if (!p)
		return;
	post_event(p, EVENT_OFFLINE_ALERT, d->account->id, NULL, NULL, "%s is offline for %lld s",
		d->account->name, (long long)(off_ms / 1000));
	post_send(p, STORE_NOW, NULL, NULL);
}

/* Maintenance windows open and close, outages grow old. */
static void on_minute(void *ctx)
{
	struct collector *c = ctx;

	for (uint32_t i = 0; i < c->n_devices; i++) {
		if (c->devices[i]) {
			device_refresh(c->devices[i]);
			alert(c->devices[i]);
		}
	}
	loop_timer_set(c->minute_timer, loop_now_us(c->config.loop) + MINUTE_US);
}

/* ---- life -------------------------------------------------------------------------------------------- */

/* Who goes first on a bus, when both are due. */
static int order(void *ctx, uint32_t a, uint32_t b)
{
	struct collector *c = ctx;
	const struct account *x = accounts_by_id(c->accounts, a);
	const struct account *y = accounts_by_id(c->accounts, b);

	return x && y ? account_order(x, y) : (a > b) - (a < b);
}

static void on_deadline(void *ctx)
{
	struct collector *c = ctx;

	for (uint32_t i = 0; i < c->n_devices; i++) {
		if (c->devices[i])
			sync_stop(c->devices[i], true);
	}
}

static int fill(struct collector *c, char *ret_err, size_t err_max)
{
	struct loop *loop = c->config.loop;

	if (zone_load(c->config.default_zone, &c->zone, ret_err, err_max) < 0)
		return STORE_E_INVALID;
	c->accounts = accounts_new();
	c->planned = accounts_new();
	c->shared = readings_shared_new();
	c->schedule = schedule_new(order, c);
	c->background = background_new(c);
	c->due_timer = loop_timer_new(loop, due_fire, c);
	c->minute_timer = loop_timer_new(loop, on_minute, c);
	c->stop_timer = loop_timer_new(loop, on_deadline, c);
	if (!c->accounts || !c->planned || !c->background || !c->shared || !c->schedule ||
		!c->due_timer || !c->minute_timer || !c->stop_timer ||
		ports_listen(c->config.ports, on_port, c) < 0) {
		snprintf(ret_err, err_max, "%s", collect_error_text(STORE_E_MEMORY));
		return STORE_E_MEMORY;
	}
	store_queue_listen(c->config.queue, on_store, c);
	loop_on_wall_set(loop, on_clock, c);
	return collector_load(c, ret_err, err_max);
}

int collector_new(const struct collector_config *config, struct collector **ret_collector,
	char *ret_err, size_t err_max)
{
	struct collector *c = calloc(1, sizeof(*c));
	int rc;

	if (!c) {
		snprintf(ret_err, err_max, "%s", collect_error_text(STORE_E_MEMORY));
		return STORE_E_MEMORY;
	}
	c->config = *config;
	c->ams.enabled = true;
	rc = fill(c, ret_err, err_max);
	if (rc < 0) {
		collector_free(c);
		return rc;
	}
	*ret_collector = c;
	return 0;
}

void collector_free(struct collector *c)
{
	if (!c)
		return;
	loop_on_wall_set(c->config.loop, NULL, NULL);
	store_queue_listen(c->config.queue, NULL, NULL);
	ports_unlisten(c->config.ports, on_port, c);
	for (uint32_t i = 0; i < c->n_devices; i++)
		device_free(c->devices[i]);
	free(c->devices);
	background_free(c->background);
	schedule_free(c->schedule);
	accounts_free(c->accounts);
	accounts_free(c->planned);
	readings_shared_free(c->shared);
	loop_timer_free(c->due_timer);
	loop_timer_free(c->minute_timer);
	loop_timer_free(c->stop_timer);
	zone_put(c->zone);
	free(c);
}

static void tell_daemon(struct collector *c, enum event_kind kind, enum store_urgency urgency)
{
	struct post *p = post_new(c);

	if (!p)
		return;
	post_event(p, kind, 0, NULL, NULL, "%s", event_kind_text(kind));
	post_send(p, urgency, NULL, NULL);
}

void collector_start(struct collector *c)
{
	c->started = true;
	tell_daemon(c, EVENT_DAEMON_STARTED, STORE_WINDOW);
	for (uint32_t i = 0; i < c->n_devices; i++) {
		struct device *d = c->devices[i];

		if (!d)
			continue;
		if (d->port && !d->account->suspended)
			port_open(d->port);
		device_refresh(d);
	}
	loop_timer_set(c->minute_timer, loop_now_us(c->config.loop) + MINUTE_US);
	background_start(c->background);
	due_fire(c);
}

void collector_buses_changed(struct collector *c)
{
	for (uint32_t i = 0; i < c->n_devices; i++) {
		if (c->devices[i])
			device_find_bus(c->devices[i]);
	}
}

/* ---- the stop ------------------------------------------------------------------------------------------ */

static void on_drained(void *ctx)
{
	struct collector *c = ctx;
	void (*stopped)(void *) = c->stopped;

	c->stopped = NULL;
	if (stopped)
		stopped(c->stopped_ctx);
}

void collector_settle(struct collector *c)
{
	if (!c->stopping || c->syncs || c->draining || !c->stopped || c->redecoding ||
		background_busy(c->background))
		return;
	c->draining = true;
	loop_timer_set(c->stop_timer, MB_NEVER);
	store_queue_drain(c->config.queue, on_drained, c);
}

void collector_stop(
	struct collector *c, uint64_t deadline_us, void (*stopped)(void *ctx), void *ctx)
{
	if (!c->stopping)
		tell_daemon(c, EVENT_DAEMON_STOPPING, STORE_NOW);
	c->stopping = true;
	c->stopped = stopped;
	c->stopped_ctx = ctx;
	loop_timer_set(c->due_timer, MB_NEVER);
	loop_timer_set(c->minute_timer, MB_NEVER);
	loop_timer_set(c->stop_timer, deadline_us);
	background_stop(c->background);
	for (uint32_t i = 0; i < c->n_devices; i++) {
		if (!c->devices[i])
			continue;
		sync_drop(c->devices[i], SYNC_INTERRUPTED, "the daemon stops");
		sync_stop(c->devices[i], false);
	}
	collector_settle(c);
}

/* ---- looking at it ---------------------------------------------------------------------------------------- */

struct device *collector_device(struct collector *c, uint32_t account)
{
	return account < c->n_devices ? c->devices[account] : NULL;
}

struct accounts *collector_accounts(struct collector *c)
{
	return c->accounts;
}

const struct readings *collector_readings(struct collector *c, uint32_t account)
{
	struct device *d = collector_device(c, account);

	return d ? d->readings : NULL;
}

bool collector_state(struct collector *c, uint32_t account, struct account_state *ret_state)
{
	struct device *d = collector_device(c, account);
	struct schedule_state schedule;
	const struct readings_state *r;

	if (!d)
		return false;
	*ret_state = d->state;
	ret_state->sync = sync_status_of(d);
	if (schedule_state(c->schedule, account, &schedule) && schedule.next_ms != PERIOD_NEVER)
		ret_state->next_due_ms = schedule.next_ms;
	r = readings_state(d->readings);
	ret_state->has_identity = r->has_identity;
	ret_state->identity = r->identity;
	ret_state->status_byte = r->status;
	ret_state->has_drift = r->has_clock;
	ret_state->drift_s = r->drift_s;
	return true;
}

void collector_totals(struct collector *c, struct collector_totals *ret_totals)
{
	struct collector_totals t = c->totals;

	for (uint32_t i = 0; i < c->n_devices; i++) {
		const struct device *d = c->devices[i];

		if (!d || d->deleted)
			continue;
		t.accounts++;
		t.online += d->state.connection == CONNECTION_ONLINE;
		t.offline += d->state.connection == CONNECTION_OFFLINE;
		t.suspended += d->state.connection == CONNECTION_SUSPENDED;
		t.failing += d->failing;
	}
	*ret_totals = t;
}

/* ---- asking it ------------------------------------------------------------------------------------------------ */

static size_t waiting(const struct device *d)
{
	size_t n = 0;

	for (const struct waiter *w = d->later; w; w = w->next)
		n++;
	return n;
}

int collector_sync(struct collector *c, uint32_t account, const struct sync_request *request,
	sync_done *done, void *ctx)
{
	struct device *d = collector_device(c, account);
	struct waiter *w;

	if (!d || d->deleted)
		return STORE_E_NOT_FOUND;
	if (c->stopping || waiting(d) >= COLLECTOR_WAITERS_MAX)
		return STORE_E_FULL;
	w = calloc(1, sizeof(*w));
	if (!w)
		return STORE_E_MEMORY;
	*w = (struct waiter){.kind = request->kind, .done = done, .ctx = ctx};
	if (request->kind == SYNC_PARTIAL) {
		w->key = strdup(request->key ? request->key : "");
		if (!w->key) {
			free(w);
			return STORE_E_MEMORY;
		}
	}
	sync_ask(d, w, request->who);
	return 0;
}

int collector_reset(
	struct collector *c, uint32_t account, const char *who, sync_done *done, void *ctx)
{
	struct sync_request request = {.kind = SYNC_FULL, .who = who};
	struct device *d = collector_device(c, account);

	if (!d || d->deleted)
		return STORE_E_NOT_FOUND;
	sync_stop(d, true);
	if (!d->sync)
		readings_reset(d->readings);
	else
		d->reset = true; /* a change is on its way to the store */
	return collector_sync(c, account, &request, done, ctx);
}
