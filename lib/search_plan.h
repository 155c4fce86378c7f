/* SPDX-License-Identifier: MIT */
/*
 * The strategy of the search by secondary address: which mask next? Pure: it knows neither line nor
 * time, only what each mask was answered with.
 *
 *	mbi_plan_init(&p, ...); mbi_plan_root(&p, &scope, baud);
 *	while ((rc = mbi_plan_next(&p)) != MBI_PLAN_DONE)
 *		rc == MBI_PLAN_ASK: select p.ask, then mbi_plan_answer()
 *		rc == MBI_PLAN_REPORT: p.report_* has something to tell
 *
 * A mask that several answer becomes a node, and a field of it is split: all values asked. Each
 * node splits the field of its own choice, so meters of one batch are divided where they differ.
 */
#ifndef METERBUS_LIB_SEARCH_PLAN_H
#define METERBUS_LIB_SEARCH_PLAN_H

#include <meterbus/search.h>

#define MBI_NO_NODE 0xFFFF

/* The fields of a mask that can be fixed. Digit 0 is the least significant. */
enum mbi_field {
	MBI_FIELD_DIGIT,
	MBI_FIELD_MEDIUM = 8,
	MBI_FIELD_VERSION,
	MBI_FIELD_MAKER,
	MBI_FIELD_MAKER_HIGH, /* the low byte is fixed */
	MBI_FIELD_FABRICATION, /* digit 0 */
	MBI_FIELD_NONE = MBI_FIELD_FABRICATION + 8,
};

enum mbi_node_type {
	MBI_NODE_OPEN, /* values are still to be asked */
	MBI_NODE_CLOSED, /* whatever it matches is known */
	MBI_NODE_OLD, /* given up for a better split; what was silent counts */
	MBI_NODE_METER,
};

/* Flags of a node of the tree. Those of a meter are MB_SEARCH_TWIN ... */
#define MBI_NODE_MAYBE_ONE 0x01 /* one meter below explains it */
#define MBI_NODE_REPORTED 0x02 /* what stays unexplained here was told */
#define MBI_NODE_SWEEP 0x04 /* closed before; its silences are asked again */
#define MBI_NODE_HEX 0x08 /* A..E are asked too */
#define MBI_NODE_WAS_OLD 0x10 /* back to OLD after the sweep */
#define MBI_NODE_TESTED 0x20 /* known whether wildcards for one byte of the maker work */
#define MBI_NODE_REPLANNED 0x40

/* State of a meter: that it was alone under its mask is being checked. */
#define MBI_METER_DOUBTED 1

enum mbi_phase {
	MBI_PHASE_ROOT, /* the mask of the whole tree is asked */
	MBI_PHASE_WALK,
	MBI_PHASE_SWEEP, /* what was silent is asked again */
	MBI_PHASE_ADDRESSES, /* verify: each meter by its full address */
	MBI_PHASE_BELOW, /* verify: one level below the mask of each meter */
	MBI_PHASE_DONE,
};

enum mbi_plan_step {
	MBI_PLAN_DONE,
	MBI_PLAN_ASK,
	MBI_PLAN_REPORT,
};

enum mbi_answer {
	MBI_ANSWER_NONE,
	MBI_ANSWER_ONE, /* a clean answer of one meter */
	MBI_ANSWER_SEVERAL,
	MBI_ANSWER_UNKNOWN, /* somebody is there, but whether one or more cannot be told */
};

void mbi_plan_init(struct mb_search_plan *p, const struct mb_search_config *config);
/* Begin a tree: all masks within root, at this speed. Meters found before stay. */
void mbi_plan_root(struct mb_search_plan *p, const struct mb_secondary *root, uint8_t baud);
enum mbi_plan_step mbi_plan_next(struct mb_search_plan *p);
/*
 * What p->ask was answered with. ONE: meter has identity, primary and flags of the answer. Returns
 * the index of a new meter, MBI_NO_NODE when there is none, or MB_E_NO_SPACE: the end.
 */
int mbi_plan_answer(
	struct mb_search_plan *p, enum mbi_answer answer, const struct mb_search_node *meter);
/* Share of this tree that is done, 0..1000000. */
uint32_t mbi_plan_part_ppm(const struct mb_search_plan *p);
/* Meter i in the order of discovery. */
struct mb_search_node *mbi_plan_meter(const struct mb_search_plan *p, unsigned i);

/* ---- search_field.c: fields and their values ---- */

bool mbi_field_is_id(unsigned field); /* a digit of the identification */
bool mbi_field_is_digit(unsigned field); /* or of the fabrication number */
bool mbi_field_free(const struct mb_search_mask *mask, unsigned field);
void mbi_field_fix(struct mb_search_mask *mask, unsigned field, uint16_t value);
unsigned mbi_id_digit(uint32_t id, unsigned digit);
bool mbi_id_fixed(uint32_t id); /* no wildcard is left */
/* Does a match everything that b matches? */
bool mbi_mask_covers(const struct mb_search_mask *a, const struct mb_search_mask *b);
bool mbi_digits_cover(uint32_t a, uint32_t b); /* the same of eight digits */
bool mbi_mask_equal(const struct mb_search_mask *a, const struct mb_search_mask *b);
/* The next value of the node's field and true, or false; steps behind it. */
bool mbi_field_next(struct mb_search_plan *p, struct mb_search_node *node, uint16_t *ret_value);
/* How many values of the field are asked so far, and in all. */
unsigned mbi_field_done(const struct mb_search_plan *p, const struct mb_search_node *node);
unsigned mbi_field_count(const struct mb_search_plan *p, const struct mb_search_node *node);
/* The words of the maker come before its single bytes: is the next value one of these? */
bool mbi_field_at_bytes(const struct mb_search_plan *p, const struct mb_search_node *node);
void mbi_field_skip_bytes(const struct mb_search_plan *p, struct mb_search_node *node);
/* The field that takes equal identifications apart behind this one; NONE: no more, or too deep. */
unsigned mbi_field_behind(
	const struct mb_search_plan *p, const struct mb_search_node *node, unsigned field);

/* ---- search_facts.c: what is known ---- */

bool mbi_meter_here(const struct mb_search_plan *p, const struct mb_search_node *meter,
	const struct mb_search_mask *mask);
/* How many of them, counted up to enough. */
unsigned mbi_meters_here(
	const struct mb_search_plan *p, const struct mb_search_mask *mask, unsigned enough);
/* Meters and reported rests that answer to this mask, at this speed; up to 2 and more. */
unsigned mbi_known_count(const struct mb_search_plan *p, const struct mb_search_mask *mask);
/* What asking this mask would say, if that follows from what is known. */
bool mbi_known(const struct mb_search_plan *p, const struct mb_search_mask *mask,
	enum mbi_answer *ret_answer);
uint16_t mbi_node_find(
	const struct mb_search_plan *p, const struct mb_search_mask *mask, enum mbi_node_type type);

/* ---- search_digit.c: which digit to split ---- */

unsigned mbi_digit_choose(const struct mb_search_plan *p, const struct mb_search_node *node);
/* A node just closed: would an open node above be cheaper with another digit? Or NO_NODE. */
uint16_t mbi_digit_replan(const struct mb_search_plan *p, uint8_t *ret_unknown);

/* ---- search_doubt.c: what does not add up, and looking again ---- */

/* How far a collision that is not explained was looked into. */
enum mbi_look {
	MBI_LOOK_FIRST,
	MBI_LOOK_TWICE, /* is it still there? */
	MBI_LOOK_HEX, /* A..E */
	MBI_LOOK_AGAIN, /* the silent values once more */
	MBI_LOOK_OTHER, /* another field: a digit may be F, which only wildcards match */
	MBI_LOOK_LAST, /* is it really still there? */
	MBI_LOOK_SETTLED,
};

/*
 * All values of the node were asked. True: that is not all yet, go on; p->looking_twice: ask the
 * mask of the node itself.
 */
bool mbi_doubt(struct mb_search_plan *p, struct mb_search_node *node);
int mbi_doubt_answer(
	struct mb_search_plan *p, enum mbi_answer answer, const struct mb_search_node *meter);
/* Before single bytes of makers: does a meter that is there obey such a wildcard? */
bool mbi_doubt_bytes(struct mb_search_plan *p, struct mb_search_node *node);
void mbi_doubt_bytes_silent(struct mb_search_plan *p, struct mb_search_node *node);
/* Begin with something that was silent fewer times than is wanted by now; false: nothing left. */
bool mbi_doubt_sweep(struct mb_search_plan *p);
/* Verify: one level below the mask of the next meter; false: nothing left, or no memory. */
bool mbi_doubt_below(struct mb_search_plan *p);
/* Verify: the full address of the next meter. */
bool mbi_doubt_address(struct mb_search_plan *p);
int mbi_doubt_address_answer(
	struct mb_search_plan *p, enum mbi_answer answer, const struct mb_search_node *meter);

/* ---- of search_plan.c, for search_doubt.c ---- */

void mbi_plan_report(
	struct mb_search_plan *p, uint8_t type, uint8_t code, const struct mb_search_node *node);
void mbi_plan_give_up(struct mb_search_plan *p, uint8_t reason); /* the first reason counts */
void mbi_plan_split(struct mb_search_plan *p, struct mb_search_node *node, unsigned field);
int mbi_plan_open(struct mb_search_plan *p, uint8_t flags); /* of p->ask */
void mbi_plan_keep_old(struct mb_search_plan *p, const struct mb_search_node *node);
int mbi_plan_add_meter(struct mb_search_plan *p, const struct mb_search_node *meter);
void mbi_plan_identical(struct mb_search_plan *p, struct mb_search_node *node);

#endif
