/* SPDX-License-Identifier: MIT */
/* The verbs and the order of things: clean up, search at each speed, deselect. */
#include <meterbus/error.h>

#include "mem.h"
#include "search_impl.h"

#define PPM 1000000u

/* ---- beginning ---- */

static bool bauds_valid(const struct mb_search_config *config)
{
	if (config->n_bauds > MB_SEARCH_BAUDS_MAX)
		return false;
	for (unsigned i = 0; i < config->n_bauds; i++)
		if (!config->bauds[i] || config->bauds[i] > MBI_BAUD_MAX)
			return false;
	return true;
}

static bool config_valid(const struct mb_search_config *config)
{
	if (!mbi_path_valid(&config->path) || !bauds_valid(config))
		return false;
	if (config->n_nodes > MB_SEARCH_NODES_MAX || (config->n_nodes && !config->nodes))
		return false;
	if (config->kind == MB_SEARCH_PRIMARY)
		return config->first <= config->last && config->last <= MB_A_MAX;
	return config->kind == MB_SEARCH_SECONDARY && config->n_nodes &&
	       config->n_makers <= MB_SEARCH_MAKERS_MAX && config->depth < MB_SEARCH_DEPTH_COUNT;
}

int mb_search_init(struct mb_search *s, const struct mb_search_config *config, uint64_t now_us)
{
	if (!config_valid(config))
		return MB_E_INVALID;
	memset(s, 0, sizeof(*s));
	s->config = *config;
	if (!s->config.n_bauds) {
		s->config.n_bauds = 1;
		s->config.bauds[0] = config->path.line.baud;
	}
	if (!s->config.first && !s->config.last)
		s->config.last = MB_A_MAX;
	mbi_exchange_init(&s->exchange, &s->config.path, now_us);
	mbi_plan_init(&s->plan, &s->config);
	s->state = MBI_SEARCH_BEGIN;
	s->begin_us = s->now_us = now_us;
	return 0;
}

/* ---- sending ---- */

void mbi_search_send(
	struct mb_search *s, enum mbi_search_state state, enum mbi_expect expect, bool whole_window)
{
	s->state = (uint8_t)state;
	mbi_exchange_start(&s->exchange, s->tx, s->tx_len, expect, whole_window, s->now_us);
}

void mbi_search_send_short(struct mb_search *s, enum mbi_search_state state, uint8_t c, uint8_t a)
{
	enum mbi_expect expect = c == MB_C_SND_NKE ? MBI_EXPECT_ACK : MBI_EXPECT_RESPONSE;

	if (a == MB_A_BROADCAST)
		expect = MBI_EXPECT_NONE;
	s->tx_len = (uint8_t)mb_frame_write_short(s->tx, sizeof(s->tx), c, a);
	mbi_search_send(s, state, expect, true);
}

/* ---- the order of things ---- */

void mbi_search_reason(struct mb_search *s, uint8_t reason)
{
	if (!s->reason)
		s->reason = reason;
}

static struct mb_secondary root_mask(const struct mb_search *s)
{
	struct mb_secondary root = {MB_ID_ANY, MB_MANUFACTURER_ANY, MB_VERSION_ANY, MB_MEDIUM_ANY};

	if (s->config.has_scope)
		root = s->config.scope;
	if (s->config.n_makers)
		root.manufacturer = s->config.makers[s->maker];
	return root;
}

static void begin_root(struct mb_search *s)
{
	struct mb_secondary root = root_mask(s);

	s->rooted = true;
	s->dirty = 0;
	if (s->config.kind == MB_SEARCH_PRIMARY)
		mbi_primary_begin(s);
	else
		mbi_plan_root(&s->plan, &root, s->baud);
}

static void finish(struct mb_search *s)
{
	struct mb_search_event *event;
	struct mb_search_cover *cover;

	s->state = MBI_SEARCH_OVER;
	s->part_ppm = s->reason ? s->part_ppm : PPM;
	event = mbi_search_tell(s, MB_SEARCH_DONE, 0);
	event->done.reason = s->reason;
	event->done.complete = !s->reason;
	cover = &event->done.cover;
	cover->hex = s->config.hex;
	cover->verified = s->config.verify && !s->reason;
	cover->tries = s->tries_least;
	cover->depth = s->plan.cover_depth;
	cover->lost_ppm = mbi_loss_ppm(&s->loss);
	cover->miss_ppm = mbi_loss_miss_ppm(s, s->tries_least);
	cover->scoped = s->config.has_scope || s->config.n_makers ||
			(s->config.kind == MB_SEARCH_PRIMARY &&
				(s->config.first || s->config.last < MB_A_MAX));
	for (unsigned i = 0; i < s->config.n_bauds; i++)
		if (s->bauds_done >> i & 1)
			cover->bauds[cover->n_bauds++] = s->config.bauds[i];
}

static void end(struct mb_search *s)
{
	if (s->config.no_clean_up)
		finish(s);
	else
		mbi_search_send_short(s, MBI_SEARCH_END, MB_C_SND_NKE, MB_A_NETWORK);
}

static void begin_baud(struct mb_search *s)
{
	s->config.path.line.baud = s->config.bauds[s->baud];
	mbi_exchange_set_path(&s->exchange, &s->config.path);
	if (s->config.n_bauds > 1)
		mbi_search_tell(s, MB_SEARCH_NOTE, MB_SEARCH_NOTE_SPEED);
	if (s->config.no_clean_up)
		s->state = MBI_SEARCH_NEXT;
	else
		mbi_search_send_short(s, MBI_SEARCH_CLEAN_NETWORK, MB_C_SND_NKE, MB_A_NETWORK);
}

/* This tree is closed: how well, and what is next? */
static void end_root(struct mb_search *s)
{
	uint32_t bound = s->config.miss_ppm ? s->config.miss_ppm : MB_SEARCH_MISS_PPM;
	uint8_t tries = s->plan.tries_wanted;

	if (!s->tries_least || tries < s->tries_least)
		s->tries_least = tries;
	if (mbi_loss_miss_ppm(s, tries) > bound)
		mbi_search_reason(s, MB_SEARCH_REASON_LOSS);
	mbi_search_reason(s, s->plan.reason);
	s->plan.reason = 0;
	s->rooted = false;
	if (++s->maker < mbi_search_roots(s))
		return;
	s->maker = 0;
	s->bauds_done |= (uint8_t)(1u << s->baud);
	if (++s->baud < s->config.n_bauds)
		s->state = MBI_SEARCH_BEGIN;
	else
		end(s);
}

static void tell_report(struct mb_search *s)
{
	struct mb_search_event *event =
		mbi_search_tell(s, s->plan.report_type, s->plan.report_code);

	event->address.secondary = s->plan.report;
	s->noisy |= s->plan.report_type == MB_SEARCH_NOTE &&
		    s->plan.report_code == MB_SEARCH_NOTE_NOISE;
	s->plan.report_type = 0;
}

static void next_mask(struct mb_search *s)
{
	switch (mbi_plan_next(&s->plan)) {
	case MBI_PLAN_REPORT:
		tell_report(s);
		break;
	case MBI_PLAN_ASK:
		mbi_probe_begin(s);
		break;
	default:
		end_root(s);
	}
}

/* Bounds of the caller: true when one of them ends the search. */
static bool bounded(struct mb_search *s)
{
	if (s->config.max_selections && s->plan.selections >= s->config.max_selections)
		mbi_search_reason(s, MB_SEARCH_REASON_SELECTIONS);
	else if (s->config.max_us && s->spent_us + (s->now_us - s->begin_us) >= s->config.max_us)
		mbi_search_reason(s, MB_SEARCH_REASON_TIME);
	else
		return false;
	end(s);
	return true;
}

/* Nothing is under way and all events are taken. One step. */
static void next(struct mb_search *s)
{
	if (s->baud >= s->config.n_bauds)
		end(s); /* a finished search was loaded */
	else if (s->state == MBI_SEARCH_BEGIN)
		begin_baud(s);
	else if (!s->rooted)
		begin_root(s);
	else if (bounded(s))
		return;
	else if (s->config.kind == MB_SEARCH_SECONDARY)
		next_mask(s);
	else if (!mbi_primary_next(s))
		end_root(s);
}

static bool idle(const struct mb_search *s)
{
	return s->state == MBI_SEARCH_BEGIN || s->state == MBI_SEARCH_NEXT;
}

static void advance(struct mb_search *s)
{
	while (idle(s) && !s->event_count)
		next(s);
}

/* ---- results ---- */

static void cleaned_network(struct mb_search *s, const struct mbi_result *r)
{
	(void)r; /* several may have answered at once */
	mbi_search_send_short(s, MBI_SEARCH_CLEAN_ALL, MB_C_SND_NKE, MB_A_BROADCAST);
}

static void cleaned_all(struct mb_search *s, const struct mbi_result *r)
{
	(void)r;
	s->state = MBI_SEARCH_NEXT;
}

static void deselected(struct mb_search *s, const struct mbi_result *r)
{
	(void)r;
	mbi_probe_select(s);
}

static void ended(struct mb_search *s, const struct mbi_result *r)
{
	(void)r;
	finish(s);
}

typedef void handler(struct mb_search *s, const struct mbi_result *r);

static handler *const handlers[] = {
	[MBI_SEARCH_CLEAN_NETWORK] = cleaned_network,
	[MBI_SEARCH_CLEAN_ALL] = cleaned_all,
	[MBI_SEARCH_SELECT] = mbi_probe_selected,
	[MBI_SEARCH_REQUEST] = mbi_probe_requested,
	[MBI_SEARCH_DESELECT] = deselected,
	[MBI_SEARCH_NKE] = mbi_primary_nke,
	[MBI_SEARCH_PRIMARY_REQUEST] = mbi_primary_requested,
	[MBI_SEARCH_END] = ended,
	[MBI_SEARCH_OVER] = NULL,
};

static void tell_line(struct mb_search *s, const struct mbi_result *r)
{
	struct mb_search_event *event = NULL;

	if (r->echo_changed && r->echo)
		mbi_search_tell_once(s, MB_SEARCH_NOTE, MB_SEARCH_NOTE_ECHO);
	if (!r->sent)
		event = mbi_search_tell_once(s, MB_SEARCH_TROUBLE, MB_SEARCH_TROUBLE_BABBLE);
	else if (r->outcome == MB_E_FOREIGN_MASTER)
		event = mbi_search_tell_once(
			s, MB_SEARCH_TROUBLE, MB_SEARCH_TROUBLE_FOREIGN_MASTER);
	else if (r->outcome == MB_E_ECHO_DIFFERS)
		event = mbi_search_tell_once(s, MB_SEARCH_TROUBLE, MB_SEARCH_TROUBLE_ECHO_DIFFERS);
	if (event)
		mbi_search_evidence(event, r);
}

static void look(struct mb_search *s)
{
	struct mbi_result r;

	while (mbi_exchange_result(&s->exchange, &r)) {
		tell_line(s, &r);
		if (handlers[s->state])
			handlers[s->state](s, &r);
	}
	advance(s);
}

void mb_search_cancel(struct mb_search *s, uint64_t now_us)
{
	if (s->state == MBI_SEARCH_OVER)
		return;
	s->now_us = now_us;
	mbi_exchange_abort(&s->exchange, now_us);
	mbi_search_reason(s, MB_SEARCH_REASON_CANCELLED);
	finish(s);
}

/* ---- verbs ---- */

size_t mb_search_tx(struct mb_search *s, uint64_t now_us, const uint8_t **ret_bytes)
{
	s->now_us = now_us;
	advance(s);
	if (s->event_count)
		return 0;
	return mbi_exchange_tx(&s->exchange, now_us, ret_bytes);
}

void mb_search_sent(struct mb_search *s, size_t n, uint64_t end_us)
{
	mbi_exchange_sent(&s->exchange, n, end_us);
}

void mb_search_rx(
	struct mb_search *s, const uint8_t *bytes, const uint8_t *marks, size_t n, uint64_t now_us)
{
	s->now_us = now_us;
	mbi_exchange_rx(&s->exchange, bytes, marks, n, now_us);
	look(s);
}

uint64_t mb_search_deadline(const struct mb_search *s)
{
	if (s->event_count || idle(s))
		return s->now_us; /* events first, then at once the next mask */
	return s->state == MBI_SEARCH_OVER ? MB_NEVER : mbi_exchange_deadline(&s->exchange);
}

void mb_search_tick(struct mb_search *s, uint64_t now_us)
{
	s->now_us = now_us;
	mbi_exchange_tick(&s->exchange, now_us);
	look(s);
}

void mb_search_line(const struct mb_search *s, struct mb_line *ret_line)
{
	*ret_line = s->config.path.line;
}

/* ---- as any engine ---- */

static size_t engine_tx(void *self, uint64_t now_us, const uint8_t **ret_bytes)
{
	return mb_search_tx(self, now_us, ret_bytes);
}

static void engine_sent(void *self, size_t n, uint64_t end_us)
{
	mb_search_sent(self, n, end_us);
}

static void engine_rx(
	void *self, const uint8_t *bytes, const uint8_t *marks, size_t n, uint64_t now_us)
{
	mb_search_rx(self, bytes, marks, n, now_us);
}

static uint64_t engine_deadline(const void *self)
{
	return mb_search_deadline(self);
}

static void engine_tick(void *self, uint64_t now_us)
{
	mb_search_tick(self, now_us);
}

static void engine_line(const void *self, struct mb_line *ret_line)
{
	mb_search_line(self, ret_line);
}

struct mb_engine mb_search_engine(struct mb_search *s)
{
	static const struct mb_engine_ops ops = {
		.tx = engine_tx,
		.sent = engine_sent,
		.rx = engine_rx,
		.deadline = engine_deadline,
		.tick = engine_tick,
		.line = engine_line,
	};

	return (struct mb_engine){&ops, s};
}
