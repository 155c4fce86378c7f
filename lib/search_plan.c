/* SPDX-License-Identifier: MIT */
/* The tree of masks: asked, answered, closed. */
#include "search_plan.h"

#include <meterbus/error.h>

#include "mem.h"

#define ROOT_TRIES 3 /* the answer of one mask decides everything, D48 5.4 */
#define SECOND_TRIES 2
#define SPENT_MAX 0xFFFFu
#define PPM 1000000u

void mbi_plan_init(struct mb_search_plan *p, const struct mb_search_config *config)
{
	memset(p, 0, sizeof(*p));
	p->nodes = config->nodes;
	p->n_nodes = (uint16_t)config->n_nodes;
	p->hex = config->hex;
	p->most_significant = config->most_significant;
	p->verify = config->verify;
	p->depth = config->depth_limited ? config->depth : MB_SEARCH_DEPTH_FABRICATION;
	p->cover_depth = p->depth;
	p->tries_wanted = 1;
	p->phase = MBI_PHASE_DONE;
	p->current = MBI_NO_NODE;
}

void mbi_plan_root(struct mb_search_plan *p, const struct mb_secondary *root, uint8_t baud)
{
	p->phase = MBI_PHASE_ROOT;
	p->baud = baud;
	p->n_tree = 0;
	p->current = MBI_NO_NODE;
	p->sweep = 0;
	p->streak = 0;
	p->asking = p->looking_twice = p->testing = false;
	p->ask.address = *root;
	p->ask.fabrication = MB_ID_ANY;
}

void mbi_plan_report(
	struct mb_search_plan *p, uint8_t type, uint8_t code, const struct mb_search_node *node)
{
	p->report_type = type;
	p->report_code = code;
	if (node)
		p->report = node->mask.address;
	else
		memset(&p->report, 0xFF, sizeof(p->report));
}

void mbi_plan_give_up(struct mb_search_plan *p, uint8_t reason)
{
	if (!p->reason)
		p->reason = reason;
}

/* What stands in p->ask. */
static enum mbi_plan_step ask(struct mb_search_plan *p, unsigned tries, bool again)
{
	p->ask_tries = (uint8_t)tries;
	p->ask_again = again;
	p->asking = true;
	return MBI_PLAN_ASK;
}

/* ---- nodes ---- */

static void see_versions(struct mb_search_plan *p)
{
	memset(p->versions, 0, sizeof(p->versions));
	for (unsigned i = 0; i < p->n_meters; i++) {
		uint8_t version = mbi_plan_meter(p, i)->identity.version;

		p->versions[version / 8] |= (uint8_t)(1u << version % 8);
	}
}

/* Values of another field are asked from now on. */
void mbi_plan_split(struct mb_search_plan *p, struct mb_search_node *node, unsigned field)
{
	node->split = (uint8_t)field;
	node->asked = node->silent = 0;
	node->seen = p->n_meters;
	node->tries = p->tries_wanted;
	node->flags &= (uint8_t)~MBI_NODE_TESTED;
	if (mbi_field_is_id(field))
		node->tried |= (uint8_t)(1u << field);
	if (field == MBI_FIELD_VERSION)
		see_versions(p);
}

static unsigned choose(struct mb_search_plan *p, const struct mb_search_node *node)
{
	unsigned above = 0;
	unsigned digit = MBI_FIELD_NONE;

	if (node->parent != MBI_NO_NODE)
		above = p->nodes[node->parent].split;
	if (mbi_field_is_id(above))
		digit = mbi_digit_choose(p, node);
	return digit < MBI_FIELD_NONE ? digit : mbi_field_behind(p, node, above);
}

/* Nothing is left that could tell these meters apart. */
void mbi_plan_identical(struct mb_search_plan *p, struct mb_search_node *node)
{
	node->type = MBI_NODE_CLOSED;
	node->flags |= MBI_NODE_REPORTED;
	mbi_plan_report(p, MB_SEARCH_TROUBLE, MB_SEARCH_TROUBLE_IDENTICAL, node);
	mbi_plan_give_up(p, p->depth < MB_SEARCH_DEPTH_FABRICATION ? MB_SEARCH_REASON_DEPTH
								   : MB_SEARCH_REASON_IDENTICAL);
}

int mbi_plan_open(struct mb_search_plan *p, uint8_t flags)
{
	struct mb_search_node *node = &p->nodes[p->n_tree];
	unsigned field;

	if (p->n_tree + p->n_meters >= p->n_nodes)
		return MB_E_NO_SPACE;
	memset(node, 0, sizeof(*node));
	node->mask = p->ask;
	node->parent = p->current;
	node->flags = flags;
	field = choose(p, node);
	p->n_tree++;
	if (field == MBI_FIELD_NONE) {
		mbi_plan_identical(p, node);
		return 0;
	}
	mbi_plan_split(p, node, field);
	p->current = (uint16_t)(p->n_tree - 1);
	if (field == MBI_FIELD_MEDIUM)
		mbi_plan_report(p, MB_SEARCH_NOTE, MB_SEARCH_NOTE_EQUAL, node);
	return 0;
}

/* ---- meters ---- */

/* Part of one fabrication number, as far as both masks tell. */
static bool same_fabrication(uint32_t a, uint32_t b)
{
	return mbi_digits_cover(a, b) || mbi_digits_cover(b, a);
}

static uint16_t meter_find(const struct mb_search_plan *p, const struct mb_search_node *meter)
{
	for (uint16_t i = 0; i < p->n_meters; i++) {
		const struct mb_search_node *known = mbi_plan_meter(p, i);

		if (mb_secondary_equal(&known->identity, &meter->identity) &&
			same_fabrication(known->mask.fabrication, p->ask.fabrication))
			return i;
	}
	return MBI_NO_NODE;
}

/* Known before: from another speed, or under another mask. */
static void meter_again(struct mb_search_plan *p, struct mb_search_node *known)
{
	uint8_t bit = (uint8_t)(1u << p->baud);

	if (!(known->bauds & bit)) {
		known->bauds |= bit;
		mbi_plan_report(p, MB_SEARCH_NOTE, MB_SEARCH_NOTE_AGAIN, known);
		p->report = known->identity;
	} else if (!mbi_mask_covers(&p->ask, &known->mask) && known->state != MBI_METER_DOUBTED) {
		return;
	}
	known->mask = p->ask;
	known->flags &= (uint8_t)~MB_SEARCH_TWIN;
	if (p->ask.fabrication != MB_ID_ANY)
		known->flags |= MB_SEARCH_TWIN;
}

int mbi_plan_add_meter(struct mb_search_plan *p, const struct mb_search_node *meter)
{
	struct mb_search_node *known;
	uint16_t i = meter_find(p, meter);

	p->streak = 0;
	if (i != MBI_NO_NODE) {
		meter_again(p, mbi_plan_meter(p, i));
		return MBI_NO_NODE;
	}
	if (p->n_tree + p->n_meters >= p->n_nodes)
		return MB_E_NO_SPACE;
	p->n_meters++;
	known = mbi_plan_meter(p, p->n_meters - 1u);
	*known = *meter;
	known->type = MBI_NODE_METER;
	known->mask = p->ask;
	known->bauds = (uint8_t)(1u << p->baud);
	if (p->ask.fabrication != MB_ID_ANY)
		known->flags |= MB_SEARCH_TWIN;
	return p->n_meters - 1;
}

/* ---- answers ---- */

static void note_silent(struct mb_search_plan *p)
{
	struct mb_search_node *node;

	p->silent += !p->ask_again;
	if (p->current == MBI_NO_NODE)
		return;
	node = &p->nodes[p->current];
	if (mbi_field_is_digit(node->split))
		node->silent = (uint16_t)(node->silent | 1u << p->ask_value);
	if (p->testing)
		mbi_doubt_bytes_silent(p, node);
}

static int several(struct mb_search_plan *p, uint8_t flags)
{
	if (mbi_node_find(p, &p->ask, MBI_NODE_CLOSED) != MBI_NO_NODE)
		return MBI_NO_NODE; /* its meters are known; asked again by a sweep */
	return mbi_plan_open(p, flags) < 0 ? MB_E_NO_SPACE : MBI_NO_NODE;
}

/* E5 and no data behind it: with all digits fixed we take it for one. */
static int somebody(struct mb_search_plan *p, const struct mb_search_node *meter)
{
	struct mb_search_node one = *meter;

	if (!mbi_id_fixed(p->ask.address.id))
		return several(p, MBI_NODE_MAYBE_ONE);
	one.identity = p->ask.address;
	return mbi_plan_add_meter(p, &one);
}

static void count_spent(struct mb_search_plan *p)
{
	p->selections += !p->ask_again;
	for (uint16_t i = p->current; i != MBI_NO_NODE; i = p->nodes[i].parent)
		p->nodes[i].spent = (uint16_t)(p->nodes[i].spent + (p->nodes[i].spent < SPENT_MAX));
}

static int take_answer(
	struct mb_search_plan *p, enum mbi_answer answer, const struct mb_search_node *meter)
{
	switch (answer) {
	case MBI_ANSWER_NONE:
		note_silent(p);
		return MBI_NO_NODE;
	case MBI_ANSWER_ONE:
		return mbi_plan_add_meter(p, meter);
	case MBI_ANSWER_SEVERAL:
		return several(p, 0);
	default:
		return somebody(p, meter);
	}
}

int mbi_plan_answer(
	struct mb_search_plan *p, enum mbi_answer answer, const struct mb_search_node *meter)
{
	int rc;

	p->asking = false;
	count_spent(p);
	if (p->phase == MBI_PHASE_ROOT)
		p->phase = MBI_PHASE_WALK;
	if (p->looking_twice)
		rc = mbi_doubt_answer(p, answer, meter);
	else if (p->phase == MBI_PHASE_ADDRESSES && p->current == MBI_NO_NODE)
		rc = mbi_doubt_address_answer(p, answer, meter);
	else
		rc = take_answer(p, answer, meter);
	p->testing = false;
	if (rc == MB_E_NO_SPACE) {
		mbi_plan_give_up(p, MB_SEARCH_REASON_MEMORY);
		p->phase = MBI_PHASE_DONE;
	}
	return rc;
}

/* The same without having asked. A silence stays that of the node that did ask. */
static void take_known(struct mb_search_plan *p, enum mbi_answer known)
{
	if (known != MBI_ANSWER_SEVERAL || several(p, 0) != MB_E_NO_SPACE)
		return;
	mbi_plan_give_up(p, MB_SEARCH_REASON_MEMORY);
	p->phase = MBI_PHASE_DONE;
}

/* ---- walking ---- */

/* Nodes below a node that is split anew: what was silent there still counts. */
static void forget_below(struct mb_search_plan *p, uint16_t top)
{
	for (uint16_t i = p->current; i != top && i != MBI_NO_NODE; i = p->nodes[i].parent) {
		p->nodes[i].type = MBI_NODE_OLD;
		p->nodes[i].asked = 0xFFFF;
	}
}

void mbi_plan_keep_old(struct mb_search_plan *p, const struct mb_search_node *node)
{
	if (!node->silent || p->n_tree + p->n_meters >= p->n_nodes)
		return;
	p->nodes[p->n_tree] = *node;
	p->nodes[p->n_tree].type = MBI_NODE_OLD;
	p->nodes[p->n_tree++].asked = 0xFFFF;
}

static void replan(struct mb_search_plan *p)
{
	struct mb_search_node *node;
	uint8_t unknown;
	uint16_t top;
	unsigned digit;

	if (p->most_significant || p->phase != MBI_PHASE_WALK || p->current == MBI_NO_NODE ||
		!mbi_field_is_id(p->nodes[p->current].split))
		return;
	top = mbi_digit_replan(p, &unknown);
	if (top == MBI_NO_NODE)
		return;
	node = &p->nodes[top];
	node->unknown |= unknown;
	digit = mbi_digit_choose(p, node);
	if (digit == node->split)
		return;
	forget_below(p, top);
	p->current = top;
	mbi_plan_keep_old(p, node);
	node->flags |= MBI_NODE_REPLANNED;
	mbi_plan_split(p, node, digit);
	mbi_plan_report(p, MB_SEARCH_NOTE, MB_SEARCH_NOTE_REPLAN, node);
}

static void close_node(struct mb_search_plan *p, struct mb_search_node *node)
{
	bool sweep = node->flags & MBI_NODE_SWEEP;

	if (sweep)
		node->tries = p->tries_wanted;
	node->type = node->flags & MBI_NODE_WAS_OLD ? MBI_NODE_OLD : MBI_NODE_CLOSED;
	node->flags &= (uint8_t) ~(MBI_NODE_SWEEP | MBI_NODE_WAS_OLD);
	p->current = sweep ? MBI_NO_NODE : node->parent;
	replan(p);
}

static unsigned at_least_two(const struct mb_search_plan *p)
{
	return p->tries_wanted < SECOND_TRIES ? SECOND_TRIES : p->tries_wanted;
}

static enum mbi_plan_step ask_value(
	struct mb_search_plan *p, struct mb_search_node *node, uint16_t value)
{
	enum mbi_answer known;
	bool sweep = node->flags & MBI_NODE_SWEEP;
	bool again = sweep || node->state == MBI_LOOK_AGAIN;
	unsigned tries = p->tries_wanted;

	mbi_field_fix(&p->ask, node->split, value);
	p->ask_value = value;
	if (mbi_known(p, &p->ask, &known)) {
		take_known(p, known);
		return MBI_PLAN_DONE;
	}
	if (sweep && tries > node->tries)
		tries = (unsigned)(tries - node->tries);
	else if (again)
		tries = at_least_two(p);
	return ask(p, tries, again);
}

/* Asks about a value, reports, or closes the node: then DONE. */
static enum mbi_plan_step walk(struct mb_search_plan *p)
{
	struct mb_search_node *node = &p->nodes[p->current];
	uint16_t value;

	p->ask = node->mask;
	if (mbi_doubt_bytes(p, node))
		return ask(p, at_least_two(p), false);
	if (mbi_field_next(p, node, &value))
		return ask_value(p, node, value);
	if (!mbi_doubt(p, node))
		close_node(p, node);
	return p->looking_twice ? ask(p, at_least_two(p), true) : MBI_PLAN_DONE;
}

/* ---- the whole ---- */

/* The tree is closed: what is left to do? */
static enum mbi_plan_step next_phase(struct mb_search_plan *p)
{
	if (p->phase <= MBI_PHASE_SWEEP) {
		p->phase = MBI_PHASE_SWEEP;
		if (mbi_doubt_sweep(p))
			return MBI_PLAN_DONE;
		p->phase = p->verify ? MBI_PHASE_BELOW : MBI_PHASE_DONE;
		if (p->verify)
			mbi_plan_report(p, MB_SEARCH_NOTE, MB_SEARCH_NOTE_VERIFY, NULL);
	}
	if (p->phase == MBI_PHASE_BELOW && !mbi_doubt_below(p))
		p->phase = MBI_PHASE_ADDRESSES;
	if (p->phase == MBI_PHASE_ADDRESSES) {
		if (mbi_doubt_address(p))
			return ask(p, ROOT_TRIES, true);
		p->phase = MBI_PHASE_DONE;
	}
	return MBI_PLAN_DONE;
}

enum mbi_plan_step mbi_plan_next(struct mb_search_plan *p)
{
	for (;;) {
		enum mbi_plan_step step;

		if (p->report_type)
			return MBI_PLAN_REPORT;
		if (p->asking)
			return MBI_PLAN_ASK;
		if (p->phase == MBI_PHASE_DONE)
			return MBI_PLAN_DONE;
		if (p->phase == MBI_PHASE_ROOT)
			return ask(p, p->tries_wanted < ROOT_TRIES ? ROOT_TRIES : p->tries_wanted,
				false);
		step = p->current == MBI_NO_NODE ? next_phase(p) : walk(p);
		if (step == MBI_PLAN_ASK)
			return step;
	}
}

uint32_t mbi_plan_part_ppm(const struct mb_search_plan *p)
{
	uint32_t part = 0;

	if (p->phase == MBI_PHASE_ROOT)
		return 0;
	if (p->phase != MBI_PHASE_WALK)
		return PPM;
	for (uint16_t i = p->current; i != MBI_NO_NODE; i = p->nodes[i].parent) {
		unsigned done = mbi_field_done(p, &p->nodes[i]);
		unsigned count = mbi_field_count(p, &p->nodes[i]);

		/* the value that is open now is done in part; the one below it all is being asked */
		part = ((done ? done - 1 : 0) * PPM + part) / count;
	}
	return part;
}
