/* SPDX-License-Identifier: MIT */
/* What is known of the meters on the bus, and what follows from it without asking. */
#include "search_plan.h"

struct mb_search_node *mbi_plan_meter(const struct mb_search_plan *p, unsigned i)
{
	return &p->nodes[p->n_nodes - 1u - i];
}

/* Only what was heard at this speed says anything about it. */
static bool at_this_speed(const struct mb_search_plan *p, const struct mb_search_node *meter)
{
	return meter->bauds >> p->baud & 1;
}

/*
 * A meter told from its twin by the fabrication number is known by some of its digits only: it
 * counts for masks that leave these open, or fix the same.
 */
bool mbi_meter_here(const struct mb_search_plan *p, const struct mb_search_node *meter,
	const struct mb_search_mask *mask)
{
	return at_this_speed(p, meter) &&
	       mbi_digits_cover(mask->fabrication, meter->mask.fabrication) &&
	       (mb_secondary_match(&mask->address, &meter->identity) ||
		       mb_secondary_match(&mask->address, &meter->mask.address));
}

unsigned mbi_meters_here(
	const struct mb_search_plan *p, const struct mb_search_mask *mask, unsigned enough)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->n_meters && n < enough; i++)
		n += mbi_meter_here(p, mbi_plan_meter(p, i), mask);
	return n;
}

unsigned mbi_known_count(const struct mb_search_plan *p, const struct mb_search_mask *mask)
{
	unsigned n = mbi_meters_here(p, mask, 2);

	for (unsigned i = 0; i < p->n_tree && n < 2; i++) {
		const struct mb_search_node *node = &p->nodes[i];

		if ((node->flags & MBI_NODE_REPORTED) && mbi_mask_covers(mask, &node->mask))
			n += 2;
	}
	return n;
}

uint16_t mbi_node_find(
	const struct mb_search_plan *p, const struct mb_search_mask *mask, enum mbi_node_type type)
{
	for (uint16_t i = 0; i < p->n_tree; i++) {
		const struct mb_search_node *node = &p->nodes[i];

		if (node->type == type && mbi_mask_equal(&node->mask, mask))
			return i;
	}
	return MBI_NO_NODE;
}

/* Is the mask within a value of this node that was silent often enough? */
static bool silent_in(const struct mb_search_plan *p, const struct mb_search_node *node,
	const struct mb_search_mask *mask)
{
	struct mb_search_mask value = node->mask;
	unsigned digit;

	if (!node->silent || !mbi_field_is_id(node->split) || node->tries < p->tries_wanted)
		return false;
	digit = mbi_id_digit(mask->address.id, node->split);
	if (digit == 0xF || !(node->silent >> digit & 1))
		return false;
	mbi_field_fix(&value, node->split, (uint16_t)digit);
	return mbi_mask_covers(&value, mask);
}

/* Whatever a closed node matches is known. */
static bool closed_in(const struct mb_search_node *node, const struct mb_search_mask *mask)
{
	return node->type == MBI_NODE_CLOSED && !(node->flags & MBI_NODE_REPORTED) &&
	       mbi_mask_covers(&node->mask, mask);
}

static bool known_from_tree(const struct mb_search_plan *p, const struct mb_search_mask *mask,
	enum mbi_answer *ret_answer)
{
	static const enum mbi_answer answers[] = {
		MBI_ANSWER_NONE, MBI_ANSWER_ONE, MBI_ANSWER_SEVERAL};

	for (unsigned i = 0; i < p->n_tree; i++) {
		const struct mb_search_node *node = &p->nodes[i];

		if (silent_in(p, node, mask)) {
			*ret_answer = MBI_ANSWER_NONE;
			return true;
		}
		if (p->phase == MBI_PHASE_WALK && closed_in(node, mask)) {
			*ret_answer = answers[mbi_meters_here(p, mask, 2)];
			return true;
		}
	}
	return false;
}

static bool known_from_meters(const struct mb_search_plan *p, const struct mb_search_mask *mask,
	enum mbi_answer *ret_answer)
{
	for (unsigned i = 0; i < p->n_meters; i++) {
		const struct mb_search_node *meter = mbi_plan_meter(p, i);

		if (!at_this_speed(p, meter) || meter->state == MBI_METER_DOUBTED ||
			!mbi_mask_covers(&meter->mask, mask))
			continue;
		/* it was alone under a wider mask */
		*ret_answer = mbi_meter_here(p, meter, mask) ? MBI_ANSWER_ONE : MBI_ANSWER_NONE;
		return true;
	}
	return false;
}

bool mbi_known(const struct mb_search_plan *p, const struct mb_search_mask *mask,
	enum mbi_answer *ret_answer)
{
	if (known_from_meters(p, mask, ret_answer) || known_from_tree(p, mask, ret_answer))
		return true;
	if (mbi_known_count(p, mask) < 2)
		return false;
	*ret_answer = MBI_ANSWER_SEVERAL;
	return true;
}
