/* SPDX-License-Identifier: MIT */
#include "at_rig.h"

#include <stdlib.h>

#define WAIT_S (2 * 3600) /* longest answer: a search */
#define STEP_S 0.05

/* ---- the device ---- */

static int get_config(void *ctx, const char *key, char ret[AT_CONFIG_MAX + 1])
{
	const struct at_rig *r = ctx;

	snprintf(ret, AT_CONFIG_MAX + 1, "%s",
		strcmp(key, "auth_ip") == 0 ? r->auth_ip : r->listen_port);
	return 0;
}

static int set_config(void *ctx, const char *key, const char *value)
{
	struct at_rig *r = ctx;

	if (strcmp(value, AT_RIG_TAKEN) == 0)
		return MB_E_STREAM;
	snprintf(strcmp(key, "auth_ip") == 0 ? r->auth_ip : r->listen_port, sizeof(r->auth_ip),
		"%s", value);
	r->configured++;
	return 0;
}

static void name_bus(struct at_rig *r)
{
	struct stream_url url;
	struct port *port;
	char text[64], err[256];

	snprintf(text, sizeof(text), "tcp://127.0.0.1:%d", SITE_PORT);
	assert_int_equal(stream_url_parse(text, &url, err, sizeof(err)), 0);
	assert_int_equal(ports_add(r->site->ports, AT_RIG_BUS, &url, NULL, &port), 0);
	collector_buses_changed(r->site->collector);
}

void at_rig_open(struct at_rig *r)
{
	static const struct ams_port ports[] = {{2, AT_RIG_BUS}};
	struct ams_config config;
	char err[256] = "";

	site_open(r->site);
	name_bus(r);
	snprintf(r->listen_port, sizeof(r->listen_port), "10000");
	snprintf(r->auth_ip, sizeof(r->auth_ip), "1");
	config = (struct ams_config){
		.loop = r->site->loop,
		.store = r->site->store,
		.queue = r->site->queue,
		.ports = r->site->ports,
		.collector = r->site->collector,
		.data_dir = r->site->dir,
		.identity = {"Meterbus", "meterbusd", "0.1.0.0.0", "50-1945-0080"},
		.get_config = get_config,
		.set_config = set_config,
		.ctx = r,
	};
	if (ams_new(&config, &r->ams, err, sizeof(err)) < 0)
		fail_msg("%s", err);
	assert_int_equal(ams_set_ports(r->ams, ports, 1), 0);
	ams_apply_config(r->ams);
}

static void set_flag(void *ctx)
{
	*(bool *)ctx = true;
}

void at_rig_close(struct at_rig *r)
{
	bool stopped = false;

	ams_stop(r->ams, set_flag, &stopped);
	for (int i = 0; i < 10000 && !stopped; i++)
		site_run(r->site, STEP_S);
	assert_true(stopped);
	ams_free(r->ams);
	r->ams = NULL;
	site_stop(r->site);
}

/* ---- sessions ---- */

static void wake(void *ctx)
{
	((struct at_talk *)ctx)->woken = true;
}

struct at_talk *at_talk_new(struct at_rig *r, const char *listener)
{
	struct at_talk *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->rig = r;
	t->devices = ams_devices(r->ams);
	t->device = t->devices.open(t->devices.ctx, &t->at, listener, false, wake, t);
	assert_non_null(t->device);
	at_session_init(&t->at, t->devices.ops(t->device), t->device);
	t->at.line.echo = false;
	at_ok(t, "AT+CMEE=1");
	return t;
}

void at_talk_free(struct at_talk *t)
{
	at_session_done(&t->at);
	t->devices.close(t->device);
	free(t);
}

struct at_rig rig;
struct at_talk *talk;

void at_begin(const char *scenario)
{
	memset(&rig, 0, sizeof(rig));
	rig.site = site_new("2026-03-01T10:00:30");
	site_bus(rig.site, scenario);
	at_rig_open(&rig);
	talk = at_talk_new(&rig, "console");
}

int at_end(void **state)
{
	(void)state;
	at_talk_free(talk);
	at_rig_close(&rig);
	site_free(rig.site);
	return 0;
}

void at_restart(void)
{
	at_talk_free(talk);
	at_rig_close(&rig);
	at_rig_open(&rig);
	talk = at_talk_new(&rig, "console");
}

/* True: there was something, so there is room again. */
static bool flush(struct at_talk *t)
{
	size_t n;
	const char *out = at_line_tx(&t->at.line, &n);

	assert_true(t->len + n < sizeof(t->said));
	for (size_t i = 0; i < n; i++) {
		if (out[i] != '\r')
			t->said[t->len++] = out[i];
	}
	t->said[t->len] = '\0';
	at_line_sent(&t->at.line, n);
	return n > 0;
}

static void work(struct at_talk *t)
{
	bool more;

	t->woken = false;
	do {
		more = at_session_run(&t->at);
		more |= flush(t);
	} while (more);
}

void at_send(struct at_talk *t, const char *line)
{
	t->len = 0;
	assert_int_equal(at_session_rx(&t->at, line, strlen(line)), strlen(line));
	assert_int_equal(at_session_rx(&t->at, "\r", 1), 1);
	work(t);
}

bool at_waits(const struct at_talk *t)
{
	return t->at.waiting;
}

const char *at_answer(struct at_talk *t)
{
	for (double s = 0; (at_waits(t) || t->woken) && s < WAIT_S; s += STEP_S) {
		if (t->woken)
			work(t);
		else
			site_run(t->rig->site, STEP_S);
	}
	assert_false(at_waits(t));
	return t->said;
}

const char *at_ask(struct at_talk *t, const char *format, ...)
{
	char line[AT_LINE_MAX + 1];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	at_send(t, line);
	return at_answer(t);
}

void at_ok(struct at_talk *t, const char *format, ...)
{
	char line[AT_LINE_MAX + 1];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	assert_string_equal(at_ask(t, "%s", line), "\nOK\n");
}

void at_refused(struct at_talk *t, int error, const char *line)
{
	char text[64];

	snprintf(text, sizeof(text), "\n+CME ERROR: %d\n", error);
	assert_string_equal(at_ask(t, "%s", line), text);
}
