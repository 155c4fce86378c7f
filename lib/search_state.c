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

/* A field of a struct: where, bytes of one (0: a bool), how many. */
struct field {
	uint16_t offset;
	uint8_t size, count;
};

#define ROW(type, field, size, count) \
	{ \
		offsetof(struct type, field), size, count \
	}
#define ROW_SECONDARY(type, field) \
	ROW(type, field.id, 4, 1), ROW(type, field.manufacturer, 2, 1), \
		ROW(type, field.version, 1, 1), ROW(type, field.medium, 1, 1)

/* clang-format off */
/* What makes another search of it: not the path, memory, bounds. */
#define C(field, size) ROW(mb_search_config, field, size, 1)
static const struct field config_fields[] = {
	C(kind, 1), C(n_bauds, 1), ROW(mb_search_config, bauds, 4, MB_SEARCH_BAUDS_MAX),
	C(has_scope, 0), ROW_SECONDARY(mb_search_config, scope),
	C(n_makers, 1), ROW(mb_search_config, makers, 2, MB_SEARCH_MAKERS_MAX),
	C(hex, 0), C(most_significant, 0), C(verify, 0), C(depth_limited, 0), C(depth, 1),
	C(first, 1), C(last, 1), C(ask_silent, 0),
};

#define P(field, size) ROW(mb_search_plan, field, size, 1)
static const struct field plan_fields[] = {
	P(n_tree, 2), P(n_meters, 2), P(current, 2), P(sweep, 2), P(phase, 1), P(baud, 1),
	P(cover_depth, 1), P(reason, 1), P(tries_wanted, 1), P(streak, 1),
	P(looking_twice, 0), P(testing, 0), P(selections, 4), P(silent, 4),
	ROW(mb_search_plan, versions, 1, 32), ROW_SECONDARY(mb_search_plan, ask),
	P(ask_fabrication, 4), P(ask_value, 2), P(ask_tries, 1), P(asking, 0), P(ask_again, 0),
	P(report_type, 1), P(report_code, 1), ROW_SECONDARY(mb_search_plan, report),
};

#define E(field, size) ROW(mb_search, field, size, 1)
static const struct field engine_fields[] = {
	E(primary.address, 2), E(primary.found, 2), E(primary.round, 1),
	ROW(mb_search, primary.heard, 1, 32),
	E(loss.asked, 4), E(loss.lost, 4), E(loss.bytes, 4), E(loss.broken, 4),
	E(baud, 1), E(maker, 1), E(rooted, 0), E(longest, 2), E(dirty, 1), E(reason, 1),
	E(bauds_done, 1), E(tries_least, 1), E(told, 4), E(noisy, 0),
	E(repeats, 4), E(requests, 4), E(part_ppm, 4), E(spent_us, 8),
};

#define N(field, size) ROW(mb_search_node, field, size, 1)
static const struct field node_fields[] = {
	ROW_SECONDARY(mb_search_node, mask), ROW_SECONDARY(mb_search_node, identity),
	N(fabrication, 4), N(asked, 2), N(silent, 2), N(parent, 2), N(seen, 2), N(spent, 2),
	N(type, 1), N(split, 1), N(tries, 1), N(state, 1), N(flags, 1), N(primary, 1),
	N(bauds, 1), N(tried, 1), N(unknown, 1),
};
/* clang-format on */

#define COUNT(fields) (sizeof(fields) / sizeof((fields)[0]))

/* Numbers of any size, as they are in memory. */
static uint64_t get(const uint8_t *at, unsigned size)
{
	uint16_t n16;
	uint32_t n32;
	uint64_t n64;

	switch (size) {
	case 2:
		memcpy(&n16, at, sizeof(n16));
		return n16;
	case 4:
		memcpy(&n32, at, sizeof(n32));
		return n32;
	case 8:
		memcpy(&n64, at, sizeof(n64));
		return n64;
	default:
		return *at;
	}
}

static void put(uint8_t *at, unsigned size, uint64_t n)
{
	uint16_t n16 = (uint16_t)n;
	uint32_t n32 = (uint32_t)n;

	if (size == 2)
		memcpy(at, &n16, sizeof(n16));
	else if (size == 4)
		memcpy(at, &n32, sizeof(n32));
	else if (size == 8)
		memcpy(at, &n, sizeof(n));
	else
		*at = (uint8_t)(size ? n : n != 0);
}

static void walk_number(struct walk *w, uint8_t *at, unsigned size)
{
	unsigned bytes = size ? size : 1;
	uint64_t n = w->to ? get(at, size) : 0;

	if (w->max - w->at < bytes) {
		w->failed = true;
		return;
	}
	for (unsigned i = 0; i < bytes; i++, w->at++) {
		if (w->to)
			w->to[w->at] = (uint8_t)(n >> 8 * i);
		else
			n |= (uint64_t)w->from[w->at] << 8 * i;
	}
	if (!w->to)
		put(at, size, n);
}

static void walk_fields(struct walk *w, void *object, const struct field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t *at = (uint8_t *)object + fields[i].offset;

		for (unsigned k = 0; k < fields[i].count; k++, at += fields[i].size)
			walk_number(w, at, fields[i].size);
	}
}

static void walk_u32(struct walk *w, uint32_t *value)
{
	walk_number(w, (uint8_t *)value, 4);
}

static void walk_config(struct walk *w, struct mb_search_config *config)
{
	walk_fields(w, config, config_fields, COUNT(config_fields));
}

static void walk_plan(struct walk *w, struct mb_search_plan *plan)
{
	walk_fields(w, plan, plan_fields, COUNT(plan_fields));
}

static void walk_node(struct walk *w, struct mb_search_node *node)
{
	walk_fields(w, node, node_fields, COUNT(node_fields));
}

static uint32_t checksum(const uint8_t *bytes, size_t len)
{
	uint32_t sum = FNV_BASIS;

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ bytes[i]) * FNV_PRIME;
	return sum;
}

/* ---- saving ---- */

/* Why it ended early does not hold for the one who goes on. */
static uint8_t lasting(uint8_t reason)
{
	return reason == MB_SEARCH_REASON_CANCELLED || reason == MB_SEARCH_REASON_SELECTIONS ||
			       reason == MB_SEARCH_REASON_TIME
		       ? MB_SEARCH_REASON_NONE
		       : reason;
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

/* What is being asked will be asked again: by primary address it is the next one again. */
static void save_engine(struct walk *w, const struct mb_search *s)
{
	struct mb_search copy = *s;

	copy.reason = lasting(s->reason);
	copy.spent_us += s->now_us - s->begin_us;
	if (s->state == MBI_SEARCH_NKE || s->state == MBI_SEARCH_PRIMARY_REQUEST)
		copy.primary.address = s->primary.asked;
	walk_fields(w, &copy, engine_fields, COUNT(engine_fields));
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
	walk_fields(&w, s, engine_fields, COUNT(engine_fields));
	rc = w.failed || !engine_valid(s) ? MB_E_INVALID : load_nodes(&w, s, &plan);
	if (rc < 0 || w.at != len - 4) {
		mb_search_init(s, &config, now_us);
		return MB_E_INVALID;
	}
	s->part_ppm = s->part_ppm > 1000000 ? 0 : s->part_ppm;
	return 0;
}
