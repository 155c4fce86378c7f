/* SPDX-License-Identifier: MIT */
/*
 * SCAN and AT^SCAMSADD: a search by secondary address, behind whatever else wants the bus. The old table
 * stays until the search has ended well; then it is cleared and filled in one transaction.
 */
#include "gateway/ams_change.h"

#include "base/loop.h"
#include "collect/collect_error.h"

#include <meterbus/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNHEARD_MAX 3
#define STUCK_US 600000000u /* the longest of one mask at 300 baud takes two minutes */

struct meter {
	struct mb_secondary identity;
	struct mb_address address; /* as it will be shown */
	uint32_t index;
	const struct account *account; /* of find_accounts(), until the loop goes on */
};

struct scanning {
	struct ams_change change; /* first: it becomes one when it fills */
	struct port *port; /* counted */
	struct port_scan scan;
	struct mb_search_node *nodes;
	struct loop_timer *stuck;
	struct at_scan wanted;
	char bus[PORT_NAME_MAX];
	struct meter meters[AT_DEVICES_MAX];
	size_t n;
	bool twins; /* meters that cannot be told apart, or only by what an address has not */
	bool collision; /* several answered, and it is not known who */
	bool enough; /* as many as expected */
	bool more; /* than there is room for */
	uint32_t requests; /* REQ_UD2 sent for the masks that are done with */
	int line_error; /* why the line was not ours, at this step for the first time; 0: it was */
	enum scdata_step line_step;
	unsigned unheard; /* masks that are acknowledged, but not answered, since */
	bool gave_up; /* for that */
	uint32_t error;
};

/* ---- what is found ---- */

static void give_up(struct scanning *s)
{
	s->gave_up = true;
	port_scan_cancel(&s->scan);
}

static void found(struct scanning *s, const struct mb_search_event *e)
{
	const struct mb_secondary *address = &e->address.secondary;

	if (e->address.has_fabrication) {
		s->twins = true;
		return;
	}
	/* it may be our telegram that was not heard */
	if (s->line_error && (e->flags & MB_SEARCH_NO_DATA)) {
		if (s->line_step == SCDATA_STEP_SEARCH_REQUEST && ++s->unheard == UNHEARD_MAX)
			give_up(s);
		return;
	}
	if (s->n == AT_DEVICES_MAX || s->enough) {
		s->more = !s->enough;
		return;
	}
	/* what selects it; its mask may be wide, where it was alone */
	s->meters[s->n++].identity =
		e->has_identity && !(e->flags & MB_SEARCH_OTHER_IDENTITY) ? e->identity : *address;
	s->enough = s->n == (s->wanted.expected ? s->wanted.expected : AT_DEVICES_MAX + 1u);
	if (s->enough)
		port_scan_cancel(&s->scan);
}

/* The identification alone, where no other has it. */
static void make_addresses(struct scanning *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct mb_secondary shown = s->meters[i].identity;
		size_t same = 0;

		for (size_t j = 0; j < s->n; j++)
			same += s->meters[j].identity.id == shown.id;
		if (same == 1) {
			shown.manufacturer = MB_MANUFACTURER_ANY;
			shown.version = MB_VERSION_ANY;
			shown.medium = MB_MEDIUM_ANY;
		}
		s->meters[i].address =
			(struct mb_address){.type = MB_ADDRESS_SECONDARY, .secondary = shown};
	}
}

/* ---- whose they are ---- */

/* Read by an address of this meter, or it was heard at the primary address. */
static bool is_meter(struct ams *ams, const struct account *a, const struct mb_secondary *meter)
{
	struct account_state state;

	if (a->secondary)
		return ams_table_is_meter(a, meter);
	return collector_state(ams->config.collector, a->id, &state) && state.has_identity &&
	       mb_secondary_equal(&state.identity, meter);
}

/* Its address may reach several of those that were found: then it is of none. */
static struct meter *meter_of(struct scanning *s, const struct account *a)
{
	struct meter *m = NULL;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (is_meter(s->change.op.ams, a, &s->meters[i].identity)) {
			m = &s->meters[i];
			n++;
		}
	}
	return n == 1 ? m : NULL;
}

/* The accounts on this bus; of the meters, each has none or one of them. */
static void find_accounts(struct scanning *s)
{
	const struct accounts *accounts = collector_accounts(s->change.op.ams->config.collector);
	const struct account *a;

	for (uint32_t i = 0; (a = accounts_at(accounts, i)); i++) {
		struct meter *m = ams_table_is_on(a, s->bus) ? meter_of(s, a) : NULL;

		if (m && !m->account)
			m->account = a;
	}
}

/* ---- filling ---- */

static int take_all_off(struct ams *ams, struct ams_changes *l)
{
	int rc = 0;

	ams_table_look(ams);
	for (uint32_t i = 1; i <= AT_DEVICES_MAX && rc == 0; i++) {
		const struct account *a = ams_table_at(ams, i);

		if (a)
			rc = ams_table_take_off(l, a);
	}
	return rc;
}

/* As it is after take_all_off(). */
static const struct account_change *taken_off(const struct ams_changes *l, uint32_t id)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->list[i].id == id)
			return &l->list[i];
	}
	return NULL;
}

static int put_in(struct scanning *s, struct ams_changes *l, const struct meter *m)
{
	const struct account *a = m->account;
	const struct account_change *before = a ? taken_off(l, a->id) : NULL;
	struct at_ams_device d = {
		.index = m->index,
		.port = s->wanted.port,
		.address = {.address = m->address, .baud = s->wanted.baud},
	};

	snprintf(d.interval, sizeof(d.interval), "%s", s->wanted.interval);
	if (!a)
		return ams_table_create(s->change.op.ams, l, s->bus, &d);
	return ams_table_join(
		l, before ? before->account : a, a->id, a->revision + (before != NULL), &d);
}

static int begin_fill(struct ams_change *g)
{
	struct scanning *s = (struct scanning *)g;
	struct ams_changes l = {0};
	int rc = take_all_off(g->op.ams, &l);

	find_accounts(s);
	for (size_t i = 0; i < s->n && rc == 0; i++) {
		s->meters[i].index = (uint32_t)i + 1;
		rc = put_in(s, &l, &s->meters[i]);
	}
	return ams_changes_send(&l, g, rc);
}

static void look_up(struct scanning *s)
{
	find_accounts(s);
	for (size_t i = 0; i < s->n; i++)
		s->meters[i].index = s->meters[i].account ? s->meters[i].account->index : 0;
}

/* ---- what goes wrong ---- */

/* What was to be sent, or was; SND_NKE is a part of the selection that it prepares. */
static enum scdata_step step_of(const struct scanning *s, const struct mb_search_progress *now)
{
	return now->requests > s->requests ? SCDATA_STEP_SEARCH_REQUEST : SCDATA_STEP_SEARCH;
}

/* clang-format off */
static const int line_errors[MB_SEARCH_TROUBLE_COUNT] = {
	[MB_SEARCH_TROUBLE_BABBLE]         = COLLECT_E_NOT_SENT,
	[MB_SEARCH_TROUBLE_FOREIGN_MASTER] = MB_E_FOREIGN_MASTER,
	[MB_SEARCH_TROUBLE_ECHO_DIFFERS]   = MB_E_ECHO_DIFFERS,
};
/* clang-format on */

static void note_line(struct scanning *s, int error, enum scdata_step step)
{
	if (s->line_error)
		return;
	s->line_error = error;
	s->line_step = step;
}

static void trouble(struct scanning *s, const struct mb_search_event *e)
{
	s->twins |= e->code == MB_SEARCH_TROUBLE_IDENTICAL;
	s->collision |=
		e->code == MB_SEARCH_TROUBLE_COLLISION || e->code == MB_SEARCH_TROUBLE_UNSTABLE;
	if (line_errors[e->code])
		note_line(s, line_errors[e->code], step_of(s, &e->progress));
	if (e->code == MB_SEARCH_TROUBLE_BABBLE) /* what cannot be asked is not silent */
		give_up(s);
}

/* The bus is never free. */
static void on_stuck(void *ctx)
{
	struct scanning *s = ctx;

	note_line(s, COLLECT_E_NOT_SENT, SCDATA_STEP_SEARCH);
	give_up(s);
}

/* Not found, or not all, for that; where meters are alike, they are why. */
static bool line_lost(const struct scanning *s, const struct mb_search_done *done)
{
	if (!s->line_error || s->twins || (done->complete && s->n > 0))
		return false;
	return s->scan.result == 0 || s->gave_up;
}

static uint32_t error_of(const struct scanning *s, const struct mb_search_done *done)
{
	if (s->enough)
		return 0;
	if (line_lost(s, done))
		return scdata_error(s->line_error, s->line_step);
	if (s->scan.result < 0)
		return scdata_error(s->scan.result, SCDATA_STEP_SEARCH);
	if (s->twins || s->collision)
		return scdata_error(MB_E_COLLISION, SCDATA_STEP_SEARCH);
	return done->complete && !s->more ? 0 : SCDATA_MBUS;
}

/* ---- the end of the search ---- */

/* Nothing was heard clearly, or the search was cut: the table is not lost for that. */
static bool may_fill(const struct scanning *s, const struct mb_search_done *done)
{
	if (!s->wanted.fill || !s->change.op.session)
		return false;
	if (s->enough)
		return true;
	return s->scan.result == 0 && !line_lost(s, done) && (s->n > 0 || done->complete);
}

static void on_done(struct scanning *s, const struct mb_search_event *e)
{
	s->error = error_of(s, &e->done);
	make_addresses(s);
	if (may_fill(s, &e->done)) {
		ams_change_start(&s->change);
		return;
	}
	look_up(s);
	ams_op_end(&s->change.op, 0);
}

static void on_event(struct port_scan *scan, const struct mb_search_event *e)
{
	struct scanning *s = scan->ctx;

	loop_timer_set(s->stuck, loop_now_us(s->change.op.ams->config.loop) + STUCK_US);
	if (e->type == MB_SEARCH_FOUND)
		found(s, e);
	else if (e->type == MB_SEARCH_PROGRESS)
		s->requests = e->progress.requests;
	else if (e->type == MB_SEARCH_TROUBLE)
		trouble(s, e);
	else if (e->type == MB_SEARCH_DONE)
		on_done(s, e);
}

static void tell(struct ams_op *op, int rc)
{
	struct at_found shown[AT_DEVICES_MAX];
	const struct scanning *s = (struct scanning *)op;

	if (rc < 0) {
		at_session_op_done(op->session->at, rc);
		return;
	}
	for (size_t i = 0; i < s->n; i++)
		shown[i] = (struct at_found){s->meters[i].index, s->meters[i].address};
	at_session_scan_done(op->session->at, s->error, shown, s->n);
}

static void scan_done(struct ams_op *op, int rc)
{
	struct scanning *s = (struct scanning *)op;

	(void)rc;
	ports_put(s->port);
	loop_timer_free(s->stuck);
	free(s->nodes);
}

static void cancel(struct ams_op *op)
{
	struct scanning *s = (struct scanning *)op;

	if (s->scan.port)
		port_scan_cancel(&s->scan);
}

/* ---- begin ---- */

static int begin_scan(struct scanning *s)
{
	struct mb_search_config *config = &s->scan.config;
	int rc = ams_bus_port(
		s->change.op.ams, s->wanted.port, s->wanted.baud, &s->port, &config->path);

	if (rc < 0)
		return rc;
	snprintf(s->bus, sizeof(s->bus), "%s", port_name(s->port));
	s->nodes = calloc(MB_SEARCH_NODES(AT_DEVICES_MAX), sizeof(*s->nodes));
	s->stuck = loop_timer_new(s->change.op.ams->config.loop, on_stuck, s);
	if (!s->nodes || !s->stuck)
		return STORE_E_MEMORY;
	loop_timer_set(s->stuck, loop_now_us(s->change.op.ams->config.loop) + STUCK_US);
	config->kind = MB_SEARCH_SECONDARY;
	config->nodes = s->nodes;
	config->n_nodes = MB_SEARCH_NODES(AT_DEVICES_MAX);
	s->scan.event = on_event;
	s->scan.ctx = s;
	ams_who(s->change.op.session, s->scan.who);
	return port_scan_start(s->port, &s->scan);
}

int ams_scan(void *ctx, const struct at_scan *scan)
{
	struct scanning *s = ams_op_new(ctx, sizeof(*s));

	if (!s)
		return STORE_E_MEMORY;
	s->wanted = *scan;
	s->change.begin = begin_fill;
	s->change.op.cancel = cancel;
	s->change.op.done = scan_done;
	s->change.op.tell = tell;
	return ams_op_begun(&s->change.op, begin_scan(s));
}
