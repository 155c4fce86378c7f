/* SPDX-License-Identifier: MIT */
/*
 * What does not add up. A collision must be explained by two meters below it; else it was noise,
 * or one of them was not heard, or has digits that were not asked.
 */
#include "search_plan.h"

#include <meterbus/error.h>

#include "mem.h"

#define ID_DIGITS 8
#define OTHER_DIGITS_MAX 3 /* of a node, the first one included */
#define STREAK_MAX 6 /* unexplained collisions in a row: the line, not the meters */

static bool explained(const struct mb_search_plan *p, const struct mb_search_node *node)
{
	return mbi_known_count(p, &node->mask) >= (node->flags & MBI_NODE_MAYBE_ONE ? 1 : 2);
}

static bool ask_hex(struct mb_search_plan *p, struct mb_search_node *node)
{
	if (p->hex || (node->flags & MBI_NODE_HEX) || !mbi_field_is_id(node->split))
		return false;
	node->flags |= MBI_NODE_HEX;
	mbi_plan_report(p, MB_SEARCH_NOTE, MB_SEARCH_NOTE_HEX, node);
	return true;
}

/* Long lists only where something was lost before. */
static bool ask_silent_again(struct mb_search_plan *p, struct mb_search_node *node)
{
	if (mbi_field_is_digit(node->split)) {
		if (!node->silent)
			return false;
		node->asked = (uint16_t)(node->asked & ~node->silent);
		node->silent = 0;
		return true;
	}
	if (p->tries_wanted < 2)
		return false;
	node->asked = 0;
	return true;
}

static unsigned other_field(const struct mb_search_plan *p, const struct mb_search_node *node)
{
	unsigned tried = 0;

	if (node->split >= MBI_FIELD_FABRICATION)
		return MBI_FIELD_NONE;
	if (!mbi_field_is_id(node->split))
		return mbi_field_behind(p, node, node->split);
	for (unsigned i = 0; i < ID_DIGITS; i++)
		tried += node->tried >> i & 1;
	for (unsigned i = ID_DIGITS; i-- > 0 && tried < OTHER_DIGITS_MAX;)
		if (!(node->tried >> i & 1) && mbi_field_free(&node->mask, i))
			return i;
	return tried < OTHER_DIGITS_MAX ? mbi_field_behind(p, node, 0) : (unsigned)MBI_FIELD_NONE;
}

static bool ask_other(struct mb_search_plan *p, struct mb_search_node *node)
{
	unsigned field = other_field(p, node);

	if (field == MBI_FIELD_NONE)
		return false;
	mbi_plan_keep_old(p, node);
	mbi_plan_split(p, node, field);
	return true;
}

static void give_up(struct mb_search_plan *p, struct mb_search_node *node)
{
	if (mbi_id_fixed(node->mask.address.id)) {
		mbi_plan_identical(p, node);
		return;
	}
	node->flags |= MBI_NODE_REPORTED;
	mbi_plan_report(p, MB_SEARCH_TROUBLE, MB_SEARCH_TROUBLE_UNSTABLE, node);
	mbi_plan_give_up(p, MB_SEARCH_REASON_UNSTABLE);
	if (++p->streak < STREAK_MAX)
		return;
	mbi_plan_report(p, MB_SEARCH_TROUBLE, MB_SEARCH_TROUBLE_NOISE, node);
	p->reason = MB_SEARCH_REASON_NOISE;
	p->phase = MBI_PHASE_DONE;
}

static bool look_twice(struct mb_search_plan *p)
{
	p->looking_twice = true;
	return true;
}

/* One step further into doubt; true: there is something to ask. */
static bool look_closer(struct mb_search_plan *p, struct mb_search_node *node)
{
	switch (node->state) {
	case MBI_LOOK_TWICE:
	case MBI_LOOK_LAST:
		return look_twice(p);
	case MBI_LOOK_HEX:
		return ask_hex(p, node);
	case MBI_LOOK_AGAIN:
		return ask_silent_again(p, node);
	case MBI_LOOK_OTHER:
		return ask_other(p, node);
	default:
		give_up(p, node);
		return false;
	}
}

bool mbi_doubt(struct mb_search_plan *p, struct mb_search_node *node)
{
	/* what took the place of an old node is looked at there */
	if (node->flags & MBI_NODE_WAS_OLD)
		return false;
	while (node->state != MBI_LOOK_SETTLED && !explained(p, node)) {
		/* other fields until there is none left, the rest once */
		bool more = node->state == MBI_LOOK_OTHER && look_closer(p, node);

		if (more)
			return true;
		node->state++;
		if (look_closer(p, node))
			return true;
	}
	return false;
}

/* Nobody there, and nobody below: it was noise. The value is as good as silent. */
static void was_noise(struct mb_search_plan *p, struct mb_search_node *node)
{
	struct mb_search_node *parent;

	node->state = MBI_LOOK_SETTLED;
	mbi_plan_report(p, MB_SEARCH_NOTE, MB_SEARCH_NOTE_NOISE, node);
	if (node->parent == MBI_NO_NODE)
		return;
	parent = &p->nodes[node->parent];
	if (mbi_field_is_id(parent->split))
		parent->silent =
			(uint16_t)(parent->silent |
				   1u << mbi_id_digit(node->mask.address.id, parent->split));
}

int mbi_doubt_answer(
	struct mb_search_plan *p, enum mbi_answer answer, const struct mb_search_node *meter)
{
	struct mb_search_node *node = &p->nodes[p->current];

	p->looking_twice = false;
	if (answer == MBI_ANSWER_ONE) {
		node->state = MBI_LOOK_SETTLED;
		mbi_plan_report(p, MB_SEARCH_NOTE, MB_SEARCH_NOTE_NOISE, node);
		return mbi_plan_add_meter(p, meter);
	}
	if (answer == MBI_ANSWER_NONE && !mbi_known_count(p, &node->mask))
		was_noise(p, node);
	return MBI_NO_NODE;
}

/* ---- wildcards for one byte of the maker ---- */

bool mbi_doubt_bytes(struct mb_search_plan *p, struct mb_search_node *node)
{
	if ((node->flags & MBI_NODE_TESTED) || !mbi_field_at_bytes(p, node))
		return false;
	node->flags |= MBI_NODE_TESTED;
	for (unsigned i = 0; i < p->n_meters; i++) {
		const struct mb_search_node *meter = mbi_plan_meter(p, i);

		if (!mbi_meter_here(p, meter, &p->ask))
			continue;
		p->testing = true;
		p->ask_value = (uint16_t)(0xFF00 | meter->identity.manufacturer);
		node->silent = p->ask_value;
		mbi_field_fix(&p->ask, MBI_FIELD_MAKER, p->ask_value);
		return true;
	}
	return false;
}

void mbi_doubt_bytes_silent(struct mb_search_plan *p, struct mb_search_node *node)
{
	mbi_field_skip_bytes(p, node);
	if (p->cover_depth > MB_SEARCH_DEPTH_MAKERS)
		p->cover_depth = MB_SEARCH_DEPTH_MAKERS;
	mbi_plan_give_up(p, MB_SEARCH_REASON_MAKERS);
}

/* ---- sweep ---- */

static bool tries_missing(const struct mb_search_plan *p, const struct mb_search_node *node)
{
	return node->tries < p->tries_wanted && !(node->flags & MBI_NODE_REPORTED);
}

static bool sweep_from(struct mb_search_plan *p, uint16_t from, uint16_t to)
{
	for (uint16_t i = from; i < to; i++) {
		struct mb_search_node *node = &p->nodes[i];

		if (!tries_missing(p, node))
			continue;
		node->flags |= MBI_NODE_SWEEP;
		if (node->type == MBI_NODE_OLD)
			node->flags |= MBI_NODE_WAS_OLD;
		node->asked = mbi_field_is_digit(node->split)
				      ? (uint16_t)(node->asked & ~node->silent)
				      : 0;
		node->silent = 0;
		node->type = MBI_NODE_OPEN;
		p->current = p->sweep = i;
		return true;
	}
	return false;
}

bool mbi_doubt_sweep(struct mb_search_plan *p)
{
	/* more tries may have become necessary on the way */
	return sweep_from(p, p->sweep, p->n_tree) || sweep_from(p, 0, p->n_tree);
}

/* ---- verify ---- */

static bool below_meter(struct mb_search_plan *p, struct mb_search_node *meter)
{
	if (!(meter->bauds >> p->baud & 1) || meter->state == MBI_METER_DOUBTED ||
		mbi_id_fixed(meter->mask.address.id) || (meter->flags & MB_SEARCH_OTHER_IDENTITY))
		return false;
	meter->state = MBI_METER_DOUBTED;
	p->ask = meter->mask;
	return mbi_plan_open(p, MBI_NODE_MAYBE_ONE) >= 0;
}

bool mbi_doubt_below(struct mb_search_plan *p)
{
	for (unsigned i = 0; i < p->n_meters; i++)
		if (below_meter(p, mbi_plan_meter(p, i)))
			return true;
	p->sweep = 0;
	return false;
}

bool mbi_doubt_address(struct mb_search_plan *p)
{
	for (; p->sweep < p->n_meters; p->sweep++) {
		const struct mb_search_node *meter = mbi_plan_meter(p, p->sweep);

		if (!(meter->bauds >> p->baud & 1) ||
			(meter->flags & (MB_SEARCH_OTHER_IDENTITY | MB_SEARCH_NO_DATA)))
			continue;
		p->ask.address = meter->identity;
		p->ask.fabrication = meter->mask.fabrication;
		return true;
	}
	return false;
}

/* Two meters of one address looked like one: apart by the fabrication number, if at all. */
static int address_shared(struct mb_search_plan *p, struct mb_search_node *meter)
{
	meter->state = MBI_METER_DOUBTED;
	return mbi_plan_open(p, 0) < 0 ? MB_E_NO_SPACE : MBI_NO_NODE;
}

int mbi_doubt_address_answer(
	struct mb_search_plan *p, enum mbi_answer answer, const struct mb_search_node *meter)
{
	struct mb_search_node *known = mbi_plan_meter(p, p->sweep);

	p->sweep++;
	if (answer == MBI_ANSWER_ONE && mb_secondary_equal(&meter->identity, &known->identity))
		return MBI_NO_NODE;
	if (answer == MBI_ANSWER_SEVERAL)
		return address_shared(p, known);
	mbi_plan_report(p, MB_SEARCH_TROUBLE, MB_SEARCH_TROUBLE_VERIFY, known);
	p->report = known->identity;
	mbi_plan_give_up(p, MB_SEARCH_REASON_VERIFY);
	return MBI_NO_NODE;
}
