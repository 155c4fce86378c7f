/* SPDX-License-Identifier: MIT */
#include "site.h"

#include "base/crypto_openssl.h"
#include "collect/collect_error.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define START_US UINT64_C(1000000000)
#define WAIT_S 3600.0 /* longest wait for a commit or a report */

int64_t site_ms(const char *utc)
{
	struct tm tm = {0};

	assert_non_null(strptime(utc, "%Y-%m-%dT%H:%M:%S", &tm));
	return (int64_t)timegm(&tm) * 1000;
}

int64_t site_wall_ms(const struct site *s)
{
	return loop_wall_ms(s->loop);
}

struct site *site_new(const char *utc)
{
	struct site *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	/* in memory where there is such a place: thousands of commits are waited for */
	snprintf(s->dir, sizeof(s->dir), "%s/meterbus-site-XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->path, sizeof(s->path), "%s/store.db", s->dir);
	s->loop = loop_virtual_new(START_US, site_ms(utc));
	assert_non_null(s->loop);
	s->options.path = s->path;
	return s;
}

static void shell(const char *format, const char *dir)
{
	char command[256];

	snprintf(command, sizeof(command), format, dir, dir);
	assert_int_equal(system(command), 0);
}

void site_free(struct site *s)
{
	if (s->store)
		site_stop(s);
	for (size_t i = 0; i < s->n_buses; i++)
		sim_free(s->sims[i]);
	loop_free(s->loop);
	shell("rm -rf '%s'", s->dir);
	free(s);
}

int site_begin(void **state, const char *utc, const char *scenario)
{
	struct site *s = site_new(utc);

	site_bus(s, scenario);
	site_open(s);
	*state = s;
	return 0;
}

int site_end(void **state)
{
	site_free(*state);
	return 0;
}

size_t site_bus(struct site *s, const char *text)
{
	char err[SCENARIO_ERROR_MAX];
	struct scenario scenario;
	size_t n = s->n_buses++;

	assert_true(n < SITE_BUSES);
	if (scenario_parse(text, "test", &scenario, err, sizeof(err)) < 0)
		fail_msg("%s", err);
	scenario.bus.start_s = site_wall_ms(s) / 1000;
	s->sims[n] = scenario_build(
		&scenario, crypto_openssl(&s->cipher) == 0 ? &s->cipher : NULL, err, sizeof(err));
	if (!s->sims[n])
		fail_msg("%s", err);
	scenario_done(&scenario);
	s->plugs[n] = (struct sim_plug){.sim = s->sims[n], .start_us = loop_now_us(s->loop)};
	return n;
}

/* ---- open and close ---------------------------------------------------------------------------- */

static struct stream *plug_in(void *ctx, const struct stream_url *url)
{
	struct site *s = ctx;
	size_t n = url->port - (size_t)SITE_PORT;

	if (n < s->n_buses)
		return sim_plug_stream(&s->plugs[n], url);
	return s->stream ? s->stream(s->ctx, url) : stream_new(url);
}

static void hear(void *ctx, const struct event *event)
{
	struct site *s = ctx;
	struct site_event *h = &s->heard[s->n_heard % SITE_EVENTS];

	*h = (struct site_event){event->kind, event->seq, event->time_ms, event->account, ""};
	snprintf(h->text, sizeof(h->text), "%s", event->text);
	s->n_heard++;
}

void site_open(struct site *s)
{
	struct ports_config ports = {.loop = s->loop, .seed = 1, .stream = plug_in, .ctx = s};
	struct collector_config config;
	char err[512] = "";

	s->options.now_ms = site_wall_ms(s);
	if (store_open(&s->options, &s->store, err, sizeof(err)) < 0)
		fail_msg("%s", err);
	s->queue = store_queue_new(s->loop, s->store, &s->queue_options);
	s->ports = ports_new(&ports);
	s->events = events_new();
	assert_non_null(s->queue);
	assert_non_null(s->ports);
	assert_non_null(s->events);
	assert_non_null(events_listen(s->events, hear, s));
	config = (struct collector_config){
		.loop = s->loop,
		.store = s->store,
		.queue = s->queue,
		.ports = s->ports,
		.events = s->events,
		.cipher = &s->cipher,
		.default_zone = "UTC",
	};
	if (collector_new(&config, &s->collector, err, sizeof(err)) < 0)
		fail_msg("%s", err);
	collector_start(s->collector);
}

static void stop_now(void *ctx)
{
	*(bool *)ctx = true;
}

static bool wait_for(struct site *s, const bool *flag)
{
	uint64_t end_us = loop_now_us(s->loop) + (uint64_t)(WAIT_S * 1e6);

	while (!*flag && loop_now_us(s->loop) < end_us)
		site_run(s, 0.05);
	return *flag;
}

void site_stop(struct site *s)
{
	bool stopped = false, drained = false, idle = false;
	uint64_t deadline_us = loop_now_us(s->loop) + 1500000;

	collector_stop(s->collector, deadline_us, stop_now, &stopped);
	assert_true(wait_for(s, &stopped));
	ports_drain(s->ports, deadline_us, stop_now, &drained);
	assert_true(wait_for(s, &drained));
	store_queue_drain(s->queue, stop_now, &idle); /* buses have told that they are closed */
	assert_true(wait_for(s, &idle));
	collector_free(s->collector);
	ports_free(s->ports);
	store_queue_free(s->queue);
	events_free(s->events);
	store_close(s->store);
	s->store = NULL;
}

/* The files as they are now are what a process that dies now leaves: it may do no more to them. */
void site_kill(struct site *s)
{
	shell("cp -a '%s' '%s.dead'", s->dir);
	site_stop(s);
	shell("rm -rf '%s'", s->dir);
	shell("mv '%s.dead' '%s'", s->dir);
}

void site_run(struct site *s, double seconds)
{
	loop_virtual_run_until(s->loop, loop_now_us(s->loop) + (uint64_t)(seconds * 1e6));
}

/* ---- accounts ------------------------------------------------------------------------------------- */

struct answer {
	bool here;
	int rc;
	struct sync_report report;
	char text[COLLECTOR_TEXT_MAX];
};

static void on_change(void *ctx, int rc, const char *text)
{
	struct answer *a = ctx;

	(void)text;
	a->rc = rc;
	a->here = true;
}

static int change(struct site *s, struct account_change *one)
{
	struct answer answer = {0};
	char err[512] = "";
	size_t at;
	int rc = collector_change(s->collector, one, 1, on_change, &answer, &at, err, sizeof(err));

	if (rc < 0) {
		print_message("%s\n", err);
		account_put(one->account);
		return rc;
	}
	assert_true(wait_for(s, &answer.here));
	return answer.rc;
}

static struct account *parse(const char *json, const struct account *base)
{
	static struct account_errors errors;
	struct account *account;

	errors.count = 0;
	if (account_from_json(json, strlen(json), base, &account, &errors) < 0)
		fail_msg("%s: %s", errors.list[0].property, errors.list[0].text);
	return account;
}

uint32_t site_account(struct site *s, const char *json)
{
	struct account_change one = {.account = parse(json, NULL)};
	char name[ACCOUNT_NAME_MAX + 1];
	const struct account *a;

	snprintf(name, sizeof(name), "%s", one.account->name);
	assert_int_equal(change(s, &one), 0);
	a = accounts_by_name(collector_accounts(s->collector), name);
	assert_non_null(a);
	return a->id;
}

int site_change(struct site *s, uint32_t account, const char *json)
{
	const struct account *old = accounts_by_id(collector_accounts(s->collector), account);
	struct account_change one = {
		.account = parse(json, old),
		.id = account,
		.revision = old->revision,
	};

	return change(s, &one);
}

int site_delete(struct site *s, uint32_t account)
{
	return change(s, &(struct account_change){.id = account, .delete = true});
}

static void on_report(void *ctx, const struct sync_report *report)
{
	struct answer *a = ctx;

	a->report = *report;
	snprintf(a->text, sizeof(a->text), "%s", report->text);
	a->here = true;
}

struct sync_report site_sync(struct site *s, uint32_t account, enum sync_kind kind, const char *key)
{
	struct sync_request request = {.kind = kind, .key = key, .who = "test"};
	static struct answer answer;

	answer = (struct answer){0};
	assert_int_equal(collector_sync(s->collector, account, &request, on_report, &answer), 0);
	assert_true(wait_for(s, &answer.here));
	answer.report.text = answer.text;
	return answer.report;
}

struct account_state site_state(struct site *s, uint32_t account)
{
	struct account_state state;

	assert_true(collector_state(s->collector, account, &state));
	return state;
}

const char *site_value(struct site *s, uint32_t account, const char *key)
{
	static char text[READINGS_TEXT_MAX];
	const struct reading *r = readings_find(collector_readings(s->collector, account), key);

	*text = '\0';
	if (r)
		reading_value_text(r, text, sizeof(text));
	return text;
}

/* ---- what was told and kept --------------------------------------------------------------------------- */

const struct site_event *site_last_event(const struct site *s, enum event_kind kind)
{
	size_t oldest = s->n_heard > SITE_EVENTS ? s->n_heard - SITE_EVENTS : 0;

	for (size_t i = s->n_heard; i-- > oldest;) {
		if (s->heard[i % SITE_EVENTS].kind == kind)
			return &s->heard[i % SITE_EVENTS];
	}
	return NULL;
}

size_t site_events(const struct site *s, enum event_kind kind)
{
	size_t n = 0;

	assert_true(s->n_heard <= SITE_EVENTS);
	for (size_t i = 0; i < s->n_heard; i++)
		n += s->heard[i].kind == kind;
	return n;
}

struct rows {
	struct store_telegram *rows;
	size_t n, max;
};

static int on_row(void *ctx, const struct store_telegram *t)
{
	struct rows *r = ctx;

	assert_true(r->n < r->max);
	r->rows[r->n] = *t;
	r->rows[r->n++].bytes = NULL;
	return 0;
}

size_t site_rows(struct site *s, uint32_t account, struct store_telegram *ret_rows, size_t max)
{
	struct store_telegram_filter filter = {.account = account, .heads = true};
	struct rows rows = {ret_rows, 0, max};
	struct store_reader *reader;

	assert_int_equal(store_reader_open(s->store, &reader), 0);
	assert_true(store_telegrams(reader, &filter, on_row, &rows) >= 0);
	store_reader_close(reader);
	return rows.n;
}

struct slot {
	int64_t due_ms;
	uint8_t read, good;
	bool missed;
};

struct slots {
	const struct account *account;
	const struct zone *zone;
	struct slot *slots;
	size_t n;
};

static struct slot *slot_at(struct slots *c, int64_t due_ms)
{
	size_t low = 0, high = c->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (c->slots[middle].due_ms < due_ms)
			low = middle + 1;
		else
			high = middle;
	}
	return low < c->n && c->slots[low].due_ms == due_ms ? &c->slots[low] : NULL;
}

static void slots_list(struct slots *c, int64_t from_ms, int64_t to_ms)
{
	struct period period = c->account->period;
	int64_t due_ms = period_next_ms(period, c->zone, from_ms);

	c->slots = calloc(period_count(period, c->zone, from_ms, to_ms) + 1, sizeof(*c->slots));
	assert_non_null(c->slots);
	for (; due_ms <= to_ms; due_ms = period_next_ms(period, c->zone, due_ms))
		c->slots[c->n++].due_ms = due_ms;
}

static void miss(struct slots *c, int64_t from_ms, int64_t to_ms)
{
	struct slot *slot;

	for (; from_ms <= to_ms; from_ms = period_next_ms(c->account->period, c->zone, from_ms)) {
		slot = slot_at(c, from_ms);
		if (slot)
			slot->missed = true;
	}
}

static int on_slot(void *ctx, const struct store_telegram *t)
{
	struct slots *c = ctx;
	struct slot *slot;

	if (!t->due_ms || t->ordinal)
		return 0;
	if (t->error == STORE_E_MISSED) {
		miss(c, t->due_ms, t->time_ms);
		return 0;
	}
	slot = slot_at(c, t->due_ms);
	if (slot) {
		slot->read++;
		slot->good |= t->error == 0;
	}
	return 0;
}

size_t site_check_slots(struct site *s, uint32_t account, int64_t from_ms, int64_t to_ms)
{
	const struct account *a = accounts_by_id(collector_accounts(s->collector), account);
	struct store_telegram_filter filter = {.account = account};
	const struct zone *zone = a->zone ? a->zone : zone_of_utc();
	struct slots c = {.account = a, .zone = zone};
	struct store_reader *reader;
	size_t good = 0;

	slots_list(&c, from_ms, to_ms);
	assert_int_equal(store_reader_open(s->store, &reader), 0);
	assert_true(store_telegrams(reader, &filter, on_slot, &c) >= 0);
	store_reader_close(reader);
	for (size_t i = 0; i < c.n; i++) {
		const struct slot *slot = &c.slots[i];

		if (slot->read > 1 || (!slot->read && !slot->missed))
			fail_msg(
				"slot %lld was read %u times", (long long)slot->due_ms, slot->read);
		good += slot->good;
	}
	free(c.slots);
	return good;
}
