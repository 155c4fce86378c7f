/* SPDX-License-Identifier: MIT */
/*
 * The state as bytes. One list of fields serves both ways: numbers low byte first, a magic in
 * front, a checksum behind.
 */
#include <meterbus/error.h>

#include "mem.h"
#include "number.h"
#include "search_impl.h"

#define MAGIC 0x3253424Du /* MBS2 */
#define MAGIC_BYTES 4
#define SUM_BYTES 4
#define CONFIG_BYTES_MAX 160
#define PPM 1000000u
#define FNV_BASIS 2166136261u
#define FNV_PRIME 16777619u

struct saver {
	uint8_t *to;
	size_t len, max;
	bool failed;
};

struct loader {
	const uint8_t *from;
	size_t left;
	bool failed;
};

/* A field of a struct: where, bytes of one (0: a bool), how many. */
struct field {
	uint16_t offset;
	uint8_t size, count;
};

struct fields {
	const struct field *rows;
	size_t n;
};

#define FIELDS(rows) \
	{ \
		rows, sizeof(rows) / sizeof((rows)[0]) \
	}
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
static const struct field config_rows[] = {
	C(kind, 1), C(n_bauds, 1), ROW(mb_search_config, bauds, 4, MB_SEARCH_BAUDS_MAX),
	C(has_scope, 0), ROW_SECONDARY(mb_search_config, scope),
	C(n_makers, 1), ROW(mb_search_config, makers, 2, MB_SEARCH_MAKERS_MAX),
	C(hex, 0), C(most_significant, 0), C(verify, 0), C(depth_limited, 0), C(depth, 1),
	C(first, 1), C(last, 1), C(ask_silent, 0),
};

#define P(field, size) ROW(mb_search_plan, field, size, 1)
static const struct field plan_rows[] = {
	P(n_tree, 2), P(n_meters, 2), P(current, 2), P(sweep, 2), P(phase, 1), P(baud, 1),
	P(cover_depth, 1), P(reason, 1), P(tries_wanted, 1), P(streak, 1),
	P(looking_twice, 0), P(testing, 0), P(selections, 4), P(silent, 4),
	ROW(mb_search_plan, versions, 1, 32), ROW_SECONDARY(mb_search_plan, ask.address),
	P(ask.fabrication, 4), P(ask_value, 2), P(ask_tries, 1), P(asking, 0), P(ask_again, 0),
	P(report_type, 1), P(report_code, 1), ROW_SECONDARY(mb_search_plan, report),
};

#define E(field, size) ROW(mb_search, field, size, 1)
static const struct field engine_rows[] = {
	E(primary.found, 2), E(primary.round, 1),
	ROW(mb_search, heard, 1, 32),
	E(loss.asked, 4), E(loss.lost, 4), E(loss.bytes, 4), E(loss.broken, 4),
	E(baud, 1), E(maker, 1), E(rooted, 0), E(longest, 2), E(dirty, 1),
	E(bauds_done, 1), E(tries_least, 1), E(told, 4), E(noisy, 0),
	E(repeats, 4), E(requests, 4), E(part_ppm, 4),
};

/* What is not saved as it is. */
struct rest {
	uint64_t spent_us;
	uint16_t address;
	uint8_t reason;
};

#define R(field, size) ROW(rest, field, size, 1)
static const struct field rest_rows[] = {
	R(spent_us, 8), R(address, 2), R(reason, 1),
};

#define N(field, size) ROW(mb_search_node, field, size, 1)
static const struct field node_rows[] = {
	ROW_SECONDARY(mb_search_node, mask.address), ROW_SECONDARY(mb_search_node, identity),
	N(mask.fabrication, 4), N(asked, 2), N(silent, 2), N(parent, 2), N(seen, 2), N(spent, 2),
	N(type, 1), N(split, 1), N(tries, 1), N(state, 1), N(flags, 1), N(primary, 1),
	N(bauds, 1), N(tried, 1), N(unknown, 1),
};
/* clang-format on */

static const struct fields config_fields = FIELDS(config_rows);
static const struct fields plan_fields = FIELDS(plan_rows);
static const struct fields engine_fields = FIELDS(engine_rows);
static const struct fields rest_fields = FIELDS(rest_rows);
static const struct fields node_fields = FIELDS(node_rows);

/* Where byte i of a number lies, 0 is the low one. */
static size_t place(unsigned size, unsigned i)
{
	static const uint16_t one = 1;

	return *(const uint8_t *)&one ? i : size - 1 - i;
}

static void save_byte(struct saver *to, uint8_t byte)
{
	if (to->len < to->max)
		to->to[to->len++] = byte;
	else
		to->failed = true;
}

static void save_u32(struct saver *to, uint32_t n)
{
	for (unsigned i = 0; i < 4; i++)
		save_byte(to, (uint8_t)(n >> 8 * i));
}

static void save(struct saver *to, const void *object, const struct fields *fields)
{
	for (size_t i = 0; i < fields->n; i++) {
		const struct field *field = &fields->rows[i];
		const uint8_t *at = (const uint8_t *)object + field->offset;

		if (!field->size)
			save_byte(to, *(const bool *)at);
		for (unsigned k = 0; k < field->count; k++, at += field->size)
			for (unsigned b = 0; b < field->size; b++)
				save_byte(to, at[place(field->size, b)]);
	}
}

static uint8_t load_byte(struct loader *from)
{
	if (!from->left) {
		from->failed = true;
		return 0;
	}
	from->left--;
	return *from->from++;
}

static void load(struct loader *from, void *object, const struct fields *fields)
{
	for (size_t i = 0; i < fields->n; i++) {
		const struct field *field = &fields->rows[i];
		uint8_t *at = (uint8_t *)object + field->offset;

		if (!field->size)
			*(bool *)at = load_byte(from) != 0;
		for (unsigned k = 0; k < field->count; k++, at += field->size)
			for (unsigned b = 0; b < field->size; b++)
				at[place(field->size, b)] = load_byte(from);
	}
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

/* What is being asked will be asked again: by primary address it is the next one again. */
static void save_rest(struct saver *to, const struct mb_search *s)
{
	bool asking = s->state == MBI_SEARCH_NKE || s->state == MBI_SEARCH_PRIMARY_REQUEST;
	struct rest rest = {
		.spent_us = s->spent_us + s->now_us - s->begin_us,
		.address = asking ? s->primary.asked : s->primary.address,
		.reason = lasting(s->reason),
	};

	save(to, &rest, &rest_fields);
}

int mb_search_save(const struct mb_search *s, uint8_t *buf, size_t max)
{
	struct saver to = {.to = buf, .max = max};

	save_u32(&to, MAGIC);
	save(&to, &s->config, &config_fields);
	save(&to, &s->plan, &plan_fields);
	save(&to, s, &engine_fields);
	save_rest(&to, s);
	for (unsigned i = 0; i < s->plan.n_tree; i++)
		save(&to, &s->plan.nodes[i], &node_fields);
	for (unsigned i = 0; i < s->plan.n_meters; i++)
		save(&to, mbi_plan_meter(&s->plan, i), &node_fields);
	save_u32(&to, checksum(buf, to.len));
	return to.failed ? MB_E_NO_SPACE : (int)to.len;
}

/* ---- loading ---- */

/* Of the same search? */
static bool load_config(struct loader *from, const struct mb_search_config *config)
{
	uint8_t mine[CONFIG_BYTES_MAX];
	struct saver to = {.to = mine, .max = sizeof(mine)};

	save(&to, config, &config_fields);
	if (to.failed || from->left < to.len || memcmp(from->from, mine, to.len) != 0)
		return false;
	from->from += to.len;
	from->left -= to.len;
	return true;
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

static int load_nodes(struct loader *from, struct mb_search_plan *p)
{
	if (p->n_tree + p->n_meters > p->n_nodes)
		return MB_E_NO_SPACE;
	for (unsigned i = 0; i < p->n_tree; i++) {
		load(from, &p->nodes[i], &node_fields);
		if (p->nodes[i].type == MBI_NODE_METER || !node_valid(p, &p->nodes[i], i))
			return MB_E_INVALID;
	}
	for (unsigned i = 0; i < p->n_meters; i++) {
		load(from, mbi_plan_meter(p, i), &node_fields);
		if (mbi_plan_meter(p, i)->type != MBI_NODE_METER)
			return MB_E_INVALID;
	}
	return from->failed || from->left ? MB_E_INVALID : 0;
}

static bool engine_valid(const struct mb_search *s)
{
	return s->baud <= s->config.n_bauds && s->maker < MB_SEARCH_MAKERS_MAX &&
	       s->reason < MB_SEARCH_REASON_COUNT && s->primary.address <= MB_A_MAX + 1 &&
	       (!s->rooted || s->baud < s->config.n_bauds);
}

static void load_rest(struct loader *from, struct mb_search *s)
{
	struct rest rest;

	load(from, &rest, &rest_fields);
	s->spent_us = rest.spent_us;
	s->primary.address = rest.address;
	s->reason = rest.reason;
}

/* Straight to where it belongs: a state that turns out bad leaves an empty search. */
static int load_state(struct loader *from, struct mb_search *s)
{
	load(from, &s->plan, &plan_fields);
	load(from, s, &engine_fields);
	load_rest(from, s);
	if (from->failed || !plan_valid(s, &s->plan) || !engine_valid(s))
		return MB_E_INVALID;
	s->part_ppm = s->part_ppm > PPM ? 0 : s->part_ppm;
	return load_nodes(from, &s->plan);
}

/* Magic and checksum. */
static bool intact(const uint8_t *buf, size_t len)
{
	return len >= MAGIC_BYTES + SUM_BYTES && mbi_load(buf, MAGIC_BYTES, false) == MAGIC &&
	       mbi_load(buf + len - SUM_BYTES, SUM_BYTES, false) == checksum(buf, len - SUM_BYTES);
}

int mb_search_load(struct mb_search *s, const uint8_t *buf, size_t len)
{
	struct mb_search_config config = s->config;
	struct loader from;
	int rc;

	if (!intact(buf, len))
		return MB_E_INVALID;
	from = (struct loader){.from = buf + MAGIC_BYTES, .left = len - MAGIC_BYTES - SUM_BYTES};
	if (!load_config(&from, &config))
		return MB_E_INVALID;
	rc = load_state(&from, s);
	if (rc < 0)
		mb_search_init(s, &config, s->now_us);
	return rc;
}
