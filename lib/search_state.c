/* SPDX-License-Identifier: MIT */
/*
 * The state as bytes. One walk over all fields serves both ways: numbers low byte first, a magic in
 * front, a checksum behind.
 */
#include <meterbus/error.h>

#include "mem.h"
#include "search_impl.h"

#define MAGIC 0x3153424Du /* MBS1 */
#define FNV_BASIS 2166136261u
#define FNV_PRIME 16777619u

struct walk {
	uint8_t *to; /* NULL when reading */
	const uint8_t *from;
	size_t at, max;
	bool failed;
};

static void walk_number(struct walk *w, uint64_t *number, unsigned bytes)
{
	uint64_t n = 0;

	if (w->max - w->at < bytes) {
		w->failed = true;
		return;
	}
	for (unsigned i = 0; i < bytes; i++) {
		if (w->to)
			w->to[w->at + i] = (uint8_t)(*number >> 8 * i);
		else
			n |= (uint64_t)w->from[w->at + i] << 8 * i;
	}
	if (!w->to)
		*number = n;
	w->at += bytes;
}

static void walk_u8(struct walk *w, uint8_t *value)
{
	uint64_t n = *value;

	walk_number(w, &n, 1);
	*value = (uint8_t)n;
}

static void walk_bool(struct walk *w, bool *value)
{
	uint64_t n = *value;

	walk_number(w, &n, 1);
	*value = n != 0;
}

static void walk_u16(struct walk *w, uint16_t *value)
{
	uint64_t n = *value;

	walk_number(w, &n, 2);
	*value = (uint16_t)n;
}

static void walk_u32(struct walk *w, uint32_t *value)
{
	uint64_t n = *value;

	walk_number(w, &n, 4);
	*value = (uint32_t)n;
}

static void walk_bytes(struct walk *w, uint8_t *bytes, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		walk_u8(w, &bytes[i]);
}

static void walk_secondary(struct walk *w, struct mb_secondary *s)
{
	walk_u32(w, &s->id);
	walk_u16(w, &s->manufacturer);
	walk_u8(w, &s->version);
	walk_u8(w, &s->medium);
}

/* What makes another search of it: not the path, memory, bounds. */
static void walk_config(struct walk *w, struct mb_search_config *c)
{
	walk_u8(w, &c->kind);
	walk_u8(w, &c->n_bauds);
	for (unsigned i = 0; i < MB_SEARCH_BAUDS_MAX; i++)
		walk_u32(w, &c->bauds[i]);
	walk_bool(w, &c->has_scope);
	walk_secondary(w, &c->scope);
	walk_u8(w, &c->n_makers);
	for (unsigned i = 0; i < MB_SEARCH_MAKERS_MAX; i++)
		walk_u16(w, &c->makers[i]);
	walk_bool(w, &c->hex);
	walk_bool(w, &c->most_significant);
	walk_bool(w, &c->verify);
	walk_bool(w, &c->depth_limited);
	walk_u8(w, &c->depth);
	walk_u8(w, &c->first);
	walk_u8(w, &c->last);
	walk_bool(w, &c->ask_silent);
}

static void walk_plan(struct walk *w, struct mb_search_plan *p)
{
	walk_u16(w, &p->n_tree);
	walk_u16(w, &p->n_meters);
	walk_u16(w, &p->current);
	walk_u16(w, &p->sweep);
	walk_u8(w, &p->phase);
	walk_u8(w, &p->baud);
	walk_u8(w, &p->cover_depth);
	walk_u8(w, &p->reason);
	walk_u8(w, &p->tries_wanted);
	walk_u8(w, &p->streak);
	walk_bool(w, &p->looking_twice);
	walk_bool(w, &p->testing);
	walk_u32(w, &p->selections);
	walk_u32(w, &p->silent);
	walk_bytes(w, p->versions, sizeof(p->versions));
	walk_secondary(w, &p->ask);
	walk_u32(w, &p->ask_fabrication);
	walk_u16(w, &p->ask_value);
	walk_u8(w, &p->ask_tries);
	walk_bool(w, &p->asking);
	walk_bool(w, &p->ask_again);
	walk_u8(w, &p->report_type);
	walk_u8(w, &p->report_code);
	walk_secondary(w, &p->report);
}

static void walk_engine(struct walk *w, struct mb_search *s)
{
	uint64_t spent_us = s->spent_us + (s->now_us - s->begin_us);

	walk_u16(w, &s->primary.address);
	walk_u16(w, &s->primary.found);
	walk_u8(w, &s->primary.round);
	walk_bytes(w, s->primary.heard, sizeof(s->primary.heard));
	walk_u32(w, &s->loss.asked);
	walk_u32(w, &s->loss.lost);
	walk_u32(w, &s->loss.bytes);
	walk_u32(w, &s->loss.broken);
	walk_u8(w, &s->baud);
	walk_u8(w, &s->maker);
	walk_bool(w, &s->rooted);
	walk_u8(w, &s->dirty);
	walk_u8(w, &s->reason);
	walk_u8(w, &s->bauds_done);
	walk_u8(w, &s->tries_least);
	walk_u32(w, &s->told);
	walk_bool(w, &s->noisy);
	walk_u32(w, &s->repeats);
	walk_u32(w, &s->requests);
	walk_u32(w, &s->part_ppm);
	walk_number(w, &spent_us, 8);
	if (!w->to)
		s->spent_us = spent_us;
}

static void walk_node(struct walk *w, struct mb_search_node *node)
{
	walk_secondary(w, &node->mask);
	walk_secondary(w, &node->identity);
	walk_u32(w, &node->fabrication);
	walk_u16(w, &node->asked);
	walk_u16(w, &node->silent);
	walk_u16(w, &node->parent);
	walk_u16(w, &node->seen);
	walk_u16(w, &node->spent);
	walk_u8(w, &node->type);
	walk_u8(w, &node->split);
	walk_u8(w, &node->tries);
	walk_u8(w, &node->state);
	walk_u8(w, &node->flags);
	walk_u8(w, &node->primary);
	walk_u8(w, &node->bauds);
	walk_u8(w, &node->tried);
	walk_u8(w, &node->unknown);
}

static uint32_t checksum(const uint8_t *bytes, size_t len)
{
	uint32_t sum = FNV_BASIS;

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ bytes[i]) * FNV_PRIME;
	return sum;
}

/* ---- saving ---- */

/* What is being asked will be asked again: by primary address it is the next one again. */
static void as_if_not_asked(const struct mb_search *s, struct mb_search_primary *ret_primary)
{
	*ret_primary = s->primary;
	if (s->state == MBI_SEARCH_NKE || s->state == MBI_SEARCH_PRIMARY_REQUEST)
		ret_primary->address = s->primary.asked;
}

static void save_head(struct walk *w, const struct mb_search *s)
{
	uint32_t magic = MAGIC;
	struct mb_search_config config = s->config;
	struct mb_search_plan plan = s->plan;

	walk_u32(w, &magic);
	walk_config(w, &config);
	walk_plan(w, &plan);
}

/* Why it ended early does not hold for the one who goes on. */
static uint8_t lasting(uint8_t reason)
{
	return reason == MB_SEARCH_REASON_CANCELLED || reason == MB_SEARCH_REASON_SELECTIONS ||
			       reason == MB_SEARCH_REASON_TIME
		       ? MB_SEARCH_REASON_NONE
		       : reason;
}

static void save_engine(struct walk *w, const struct mb_search *s)
{
	struct mb_search copy;

	/* all but the large buffers */
	copy.loss = s->loss;
	copy.baud = s->baud;
	copy.maker = s->maker;
	copy.rooted = s->rooted;
	copy.dirty = s->dirty;
	copy.reason = lasting(s->reason);
	copy.bauds_done = s->bauds_done;
	copy.tries_least = s->tries_least;
	copy.told = s->told;
	copy.noisy = s->noisy;
	copy.repeats = s->repeats;
	copy.requests = s->requests;
	copy.part_ppm = s->part_ppm;
	copy.spent_us = s->spent_us;
	copy.now_us = s->now_us;
	copy.begin_us = s->begin_us;
	as_if_not_asked(s, &copy.primary);
	walk_engine(w, &copy);
}

int mb_search_save(const struct mb_search *s, uint8_t *buf, size_t max)
{
	struct walk w = {.to = buf, .max = max};
	uint32_t sum;

	save_head(&w, s);
	save_engine(&w, s);
	for (unsigned i = 0; i < s->plan.n_tree; i++) {
		struct mb_search_node node = s->plan.nodes[i];

		walk_node(&w, &node);
	}
	for (unsigned i = 0; i < s->plan.n_meters; i++) {
		struct mb_search_node node = *mbi_plan_meter(&s->plan, i);

		walk_node(&w, &node);
	}
	sum = checksum(buf, w.at);
	walk_u32(&w, &sum);
	return w.failed ? MB_E_NO_SPACE : (int)w.at;
}

/* ---- loading ---- */

static bool same_config(const struct mb_search_config *a, const struct mb_search_config *b)
{
	uint8_t bytes[2][160];
	struct mb_search_config copies[2] = {*a, *b};
	size_t len[2];

	for (unsigned i = 0; i < 2; i++) {
		struct walk w = {.to = bytes[i], .max = sizeof(bytes[i])};

		walk_config(&w, &copies[i]);
		len[i] = w.failed ? 0 : w.at;
	}
	return len[0] && len[0] == len[1] && !memcmp(bytes[0], bytes[1], len[0]);
}

static bool sum_right(const uint8_t *buf, size_t len)
{
	struct walk w = {.from = buf, .max = len, .at = len - 4};
	uint32_t sum = 0;

	walk_u32(&w, &sum);
	return sum == checksum(buf, len - 4);
}

static bool plan_valid(const struct mb_search *s, const struct mb_search_plan *p)
{
	return (p->current == MBI_NO_NODE || p->current < p->n_tree) &&
	       p->sweep <= p->n_tree + p->n_meters && p->phase <= MBI_PHASE_DONE &&
	       p->baud < s->config.n_bauds && p->tries_wanted >= 1 &&
	       p->tries_wanted <= MB_SEARCH_TRIES_MAX &&
	       (p->asking || p->phase != MBI_PHASE_ROOT || !p->looking_twice);
}

static bool node_valid(
	const struct mb_search_plan *p, const struct mb_search_node *node, unsigned i)
{
	return node->type <= MBI_NODE_METER && node->split < MBI_FIELD_NONE &&
	       (node->parent == MBI_NO_NODE || node->parent < i) && node->seen <= p->n_meters;
}

/* Nodes go straight to where they belong: a state that turns out bad leaves an empty search. */
static int load_nodes(struct walk *w, struct mb_search *s, struct mb_search_plan *plan)
{
	for (unsigned i = 0; i < plan->n_tree; i++) {
		walk_node(w, &plan->nodes[i]);
		if (w->failed || plan->nodes[i].type == MBI_NODE_METER ||
			!node_valid(plan, &plan->nodes[i], i))
			return MB_E_INVALID;
	}
	for (unsigned i = 0; i < plan->n_meters; i++) {
		walk_node(w, mbi_plan_meter(plan, i));
		if (w->failed || mbi_plan_meter(plan, i)->type != MBI_NODE_METER)
			return MB_E_INVALID;
	}
	s->plan = *plan;
	return 0;
}

static int load_head(struct walk *w, const struct mb_search *s, struct mb_search_plan *plan)
{
	uint32_t magic = 0;
	struct mb_search_config config = s->config;

	walk_u32(w, &magic);
	walk_config(w, &config);
	if (w->failed || magic != MAGIC || !same_config(&config, &s->config))
		return MB_E_INVALID;
	walk_plan(w, plan);
	if (w->failed || !plan_valid(s, plan))
		return MB_E_INVALID;
	return plan->n_tree + plan->n_meters > plan->n_nodes ? MB_E_NO_SPACE : 0;
}

static bool engine_valid(const struct mb_search *s)
{
	return s->baud <= s->config.n_bauds && s->maker < MB_SEARCH_MAKERS_MAX &&
	       s->reason < MB_SEARCH_REASON_COUNT && s->primary.address <= MB_A_MAX + 1 &&
	       (!s->rooted || s->baud < s->config.n_bauds);
}

int mb_search_load(struct mb_search *s, const uint8_t *buf, size_t len)
{
	struct walk w = {.from = buf, .max = len};
	struct mb_search_plan plan = s->plan;
	struct mb_search_config config = s->config;
	uint64_t now_us = s->now_us;
	int rc;

	if (len < 8 || !sum_right(buf, len))
		return MB_E_INVALID;
	rc = load_head(&w, s, &plan);
	if (rc < 0)
		return rc;
	walk_engine(&w, s);
	rc = w.failed || !engine_valid(s) ? MB_E_INVALID : load_nodes(&w, s, &plan);
	if (rc < 0 || w.at != len - 4) {
		mb_search_init(s, &config, now_us);
		return MB_E_INVALID;
	}
	s->part_ppm = s->part_ppm > 1000000 ? 0 : s->part_ppm;
	return 0;
}
