/* SPDX-License-Identifier: MIT */
/*
 * Which digit divides the meters of a node best? Numbers of one batch differ in few digits; the
 * meters found so far tell in which. As long as nothing is known, the least significant digit is
 * the best guess: numbers are given out one after the other.
 */
#include "search_plan.h"

#define ID_DIGITS 8
#define VALUES 10 /* of a digit */
#define BATCH_NUMBERS 100000 /* nearer than this is no chance */
#define BATCH_PART 100 /* of the highest digit: numbers nearer than this are of one batch */
#define BATCH_STEPS 3 /* or so many times the lowest digit that is known */
#define GAIN_PERCENT 125 /* what a new plan must promise to be better than it looks */
#define GAIN_SELECTIONS 5
#define SAMPLE_MAX 32 /* meters; with more the plan is settled */

/* Values of each digit among some meters, a bit a value. */
struct digits {
	unsigned meters;
	unsigned batches; /* groups of numbers near each other */
	uint16_t values[ID_DIGITS];
};

static void digits_add(struct digits *d, uint32_t id)
{
	d->meters++;
	for (unsigned i = 0; i < ID_DIGITS; i++)
		d->values[i] = (uint16_t)(d->values[i] | 1u << mbi_id_digit(id, i));
}

/* The identification as a number. */
static uint32_t number_of(uint32_t id)
{
	uint32_t number = 0;

	for (unsigned i = ID_DIGITS; i-- > 0;)
		number = number * VALUES + mbi_id_digit(id, i);
	return number;
}

/* No other number is just below this one. */
static bool begins_batch(
	const struct mb_search_plan *p, const struct mb_search_mask *mask, unsigned meter)
{
	uint32_t mine = number_of(mbi_plan_meter(p, meter)->identity.id);

	for (unsigned i = 0; i < p->n_meters; i++) {
		uint32_t other = number_of(mbi_plan_meter(p, i)->identity.id);

		if (other < mine && mine - other <= BATCH_NUMBERS &&
			mbi_meter_here(p, mbi_plan_meter(p, i), mask))
			return false;
	}
	return true;
}

static void digits_of(const struct mb_search_plan *p, const struct mb_search_node *node,
	struct digits *ret_digits)
{
	*ret_digits = (struct digits){0};
	for (unsigned i = 0; i < p->n_meters; i++) {
		const struct mb_search_node *meter = mbi_plan_meter(p, i);

		if (!mbi_meter_here(p, meter, &node->mask))
			continue;
		digits_add(ret_digits, meter->identity.id);
		if (ret_digits->meters <= SAMPLE_MAX)
			ret_digits->batches += begins_batch(p, &node->mask, i);
	}
}

static unsigned distinct(const struct digits *d, unsigned digit)
{
	unsigned n = 0;

	for (unsigned v = 0; v < 16; v++)
		n += d->values[digit] >> v & 1;
	return n;
}

static bool is_free(const struct mb_search_node *node, unsigned digit)
{
	return mbi_field_free(&node->mask, digit);
}

static unsigned outermost(const struct mb_search_node *node, bool most)
{
	for (unsigned i = 0; i < ID_DIGITS; i++) {
		unsigned digit = most ? ID_DIGITS - 1 - i : i;

		if (is_free(node, digit))
			return digit;
	}
	return MBI_FIELD_NONE;
}

/* The nearest node upwards with two meters at least: true when it is this one. */
static bool learn(const struct mb_search_plan *p, const struct mb_search_node *node,
	struct digits *ret_digits)
{
	digits_of(p, node, ret_digits);
	if (ret_digits->meters >= 2)
		return true;
	while (ret_digits->meters < 2 && node->parent != MBI_NO_NODE) {
		node = &p->nodes[node->parent];
		digits_of(p, node, ret_digits);
	}
	return false;
}

/* Digits that are the same in what was found only because they were asked first. */
static uint8_t unknown_digits(const struct mb_search_plan *p, const struct mb_search_node *node)
{
	uint8_t unknown = node->unknown;

	for (; node->parent != MBI_NO_NODE; node = &p->nodes[node->parent])
		unknown |= p->nodes[node->parent].unknown;
	return unknown;
}

static unsigned most_significant_of(const struct mb_search_node *node, uint8_t digits)
{
	for (unsigned i = ID_DIGITS; i-- > 0;)
		if ((digits >> i & 1) && is_free(node, i))
			return i;
	return MBI_FIELD_NONE;
}

/*
 * Most values among what was found. Ties: numbers of one batch differ on the right, several batches
 * on the left.
 */
static unsigned most_values(const struct mb_search_node *node, const struct digits *d)
{
	unsigned best = MBI_FIELD_NONE;
	unsigned best_n = 1;

	for (unsigned i = 0; i < ID_DIGITS; i++) {
		if (!is_free(node, i) || distinct(d, i) < best_n + (d->batches < 2 || best_n < 2))
			continue;
		best = i;
		best_n = distinct(d, i);
	}
	return best;
}

/*
 * With two meters known here their digits decide. With fewer this is probably one batch, and the
 * digits that are not known yet are those in which its numbers differ.
 */
unsigned mbi_digit_choose(const struct mb_search_plan *p, const struct mb_search_node *node)
{
	uint8_t unknown = unknown_digits(p, node);
	struct digits d;
	unsigned digit;

	if (p->most_significant)
		return outermost(node, true);
	digit = learn(p, node, &d) ? most_values(node, &d) : MBI_FIELD_NONE;
	if (digit == MBI_FIELD_NONE)
		digit = most_significant_of(node, unknown);
	if (digit == MBI_FIELD_NONE)
		digit = most_values(node, &d);
	return digit < MBI_FIELD_NONE ? digit : outermost(node, false);
}

/* ---- is another order cheaper? ---- */

/* Digits that the tree below this node has split, and how many values of each it has asked. */
struct path {
	unsigned asked[ID_DIGITS]; /* 0: not split */
	uint64_t remaining; /* selections still to go, if it goes on as it went */
};

/* From the node that closed last up to `top`: cost of a value, times the values left. */
static void path_below(const struct mb_search_plan *p, uint16_t top, struct path *ret_path)
{
	uint64_t total = 0;
	uint64_t spent_below = 0;
	const struct mb_search_node *node;

	*ret_path = (struct path){0};
	for (uint16_t i = p->current;; i = node->parent) {
		unsigned done;

		node = &p->nodes[i];
		done = mbi_field_done(p, node);
		if (mbi_field_is_id(node->split))
			ret_path->asked[node->split] = done;
		total = (node->spent - spent_below + total) * mbi_field_count(p, node) /
			(done ? done : 1);
		spent_below = node->spent;
		if (i == top || node->parent == MBI_NO_NODE)
			break;
	}
	ret_path->remaining = total > node->spent ? total - node->spent : 0;
}

/*
 * The number that the free digits make, without those of which only one value was asked: meters
 * that differ only there are of one class.
 */
static uint32_t class_of(uint32_t id, const struct mb_search_node *top, const struct path *path)
{
	uint32_t number = 0;

	for (unsigned i = ID_DIGITS; i-- > 0;)
		number = number * VALUES +
			 (is_free(top, i) && path->asked[i] != 1 ? mbi_id_digit(id, i) : 0);
	return number;
}

/* Two classes as near as this are no chance: they are of one batch. */
static uint32_t batch_distance(const struct mb_search_node *top, const struct path *path)
{
	uint32_t place = 1, lowest = 0, highest = 0;

	for (unsigned i = 0; i < ID_DIGITS; i++, place *= VALUES) {
		if (!is_free(top, i) || path->asked[i] == 1)
			continue;
		lowest = lowest ? lowest : place;
		highest = place;
	}
	return highest / BATCH_PART > BATCH_STEPS * lowest ? highest / BATCH_PART
							   : BATCH_STEPS * lowest;
}

struct classes {
	unsigned meters, n;
	unsigned batched; /* of them in a batch */
	unsigned batches;
};

/* Is this meter the first of its class; has it neighbours, and is one of them below it? */
static void classify(const struct mb_search_plan *p, const struct mb_search_node *top,
	const struct path *path, unsigned meter, struct classes *c)
{
	uint32_t distance = batch_distance(top, path);
	uint32_t mine = class_of(mbi_plan_meter(p, meter)->identity.id, top, path);
	bool near = false, below = false;

	for (unsigned i = 0; i < p->n_meters; i++) {
		uint32_t other;

		if (i == meter || !mbi_meter_here(p, mbi_plan_meter(p, i), &top->mask))
			continue;
		other = class_of(mbi_plan_meter(p, i)->identity.id, top, path);
		if (other == mine && i < meter)
			return;
		near |= (other > mine ? other - mine : mine - other) <= distance;
		below |= other < mine && mine - other <= distance;
	}
	c->n++;
	c->batched += near;
	c->batches += near && !below;
}

static void classes_of(const struct mb_search_plan *p, const struct mb_search_node *top,
	const struct path *path, struct classes *ret_classes)
{
	*ret_classes = (struct classes){0};
	for (unsigned i = 0; i < p->n_meters; i++) {
		if (!mbi_meter_here(p, mbi_plan_meter(p, i), &top->mask))
			continue;
		ret_classes->meters++;
		classify(p, top, path, i, ret_classes);
	}
}

/* How many meters the batches may have: as many as the digits that the sample fixed allow. */
static uint64_t batch_meters(const struct path *path, unsigned batched)
{
	uint64_t n = batched;

	for (unsigned i = 0; i < ID_DIGITS; i++) {
		if (path->asked[i] == 1)
			n *= VALUES;
		else if (path->asked[i] && path->asked[i] < VALUES)
			n = n * VALUES / path->asked[i];
	}
	return n;
}

/*
 * First what tells the batches apart, then each of them digit by digit. A number that is like no
 * other stands for as many as the present plan would still have to ask for it.
 */
static uint64_t cost_anew(
	const struct mb_search_plan *p, const struct mb_search_node *top, const struct path *path)
{
	struct classes c;
	uint64_t splits, n;
	unsigned parts;

	if (mbi_meters_here(p, &top->mask, SAMPLE_MAX + 1) > SAMPLE_MAX)
		return UINT64_MAX;
	classes_of(p, top, path, &c);
	if (c.meters < 2 || !c.batched)
		return UINT64_MAX;
	n = batch_meters(path, c.batched);
	parts = c.batches + c.n - c.batched;
	splits = n / VALUES + n / VALUES / VALUES + n / VALUES / VALUES / VALUES + c.batches;
	splits += parts > 1 ? 1 + parts / 4 : 0;
	return splits * VALUES + path->remaining * (c.n - c.batched) / c.n;
}

static uint8_t sampled(const struct path *path)
{
	unsigned digits = 0;

	for (unsigned i = 0; i < ID_DIGITS; i++)
		if (path->asked[i] == 1)
			digits |= 1u << i;
	return (uint8_t)digits;
}

uint16_t mbi_digit_replan(const struct mb_search_plan *p, uint8_t *ret_unknown)
{
	uint16_t best = MBI_NO_NODE;
	uint64_t best_gain = 0;

	for (uint16_t i = p->current; i != MBI_NO_NODE; i = p->nodes[i].parent) {
		const struct mb_search_node *top = &p->nodes[i];
		struct path path;
		uint64_t cost;

		if (!mbi_field_is_id(top->split) || (top->flags & MBI_NODE_REPLANNED))
			continue;
		path_below(p, i, &path);
		cost = cost_anew(p, top, &path);
		if (cost == UINT64_MAX ||
			cost * GAIN_PERCENT / 100 + GAIN_SELECTIONS >= path.remaining ||
			path.remaining - cost <= best_gain)
			continue;
		best = i;
		best_gain = path.remaining - cost;
		*ret_unknown = sampled(&path);
	}
	return best;
}
