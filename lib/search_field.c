/* SPDX-License-Identifier: MIT */
/* The fields of a mask, and the order in which their values are asked. */
#include <meterbus/names.h>

#include "manufacturer.h"
#include "search_plan.h"

#define DECIMAL_DIGITS 10
#define HEX_DIGITS 15 /* F is the wildcard */
#define BYTE_VALUES 255 /* FF is the wildcard */
#define ID_DIGITS 8
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Media of wired meters, the usual ones first. */
static const uint8_t common_media[] = {
	0x07,
	0x06,
	0x04,
	0x02,
	0x03,
	0x08,
	0x0A,
	0x0B,
	0x0C,
	0x0D,
	0x15,
	0x16,
	0x17,
	0x18,
	0x19,
	0x1A,
	0x1B,
	0x25,
	0x31,
	0x37,
	0x38,
	0x00,
	0x0E,
	0x0F,
};

/* ---- masks ---- */

bool mbi_field_is_id(unsigned field)
{
	return field < MBI_FIELD_MEDIUM;
}

bool mbi_field_is_digit(unsigned field)
{
	return mbi_field_is_id(field) || field >= MBI_FIELD_FABRICATION;
}

unsigned mbi_id_digit(uint32_t id, unsigned digit)
{
	return id >> 4 * digit & 0xF;
}

/* Nibbles that are F, as their lowest bit. */
static uint32_t wild_nibbles(uint32_t id)
{
	return id & id >> 1 & id >> 2 & id >> 3 & 0x11111111u;
}

bool mbi_id_fixed(uint32_t id)
{
	return !wild_nibbles(id);
}

bool mbi_field_free(const struct mb_search_mask *mask, unsigned field)
{
	const struct mb_secondary *address = &mask->address;

	switch (field) {
	case MBI_FIELD_MEDIUM:
		return address->medium == MB_MEDIUM_ANY;
	case MBI_FIELD_VERSION:
		return address->version == MB_VERSION_ANY;
	case MBI_FIELD_MAKER:
		return address->manufacturer == MB_MANUFACTURER_ANY;
	case MBI_FIELD_MAKER_HIGH:
		return address->manufacturer >= 0xFF00 &&
		       address->manufacturer != MB_MANUFACTURER_ANY;
	default:
		break;
	}
	if (mbi_field_is_id(field))
		return mbi_id_digit(address->id, field) == 0xF;
	return field < MBI_FIELD_NONE &&
	       mbi_id_digit(mask->fabrication, field - MBI_FIELD_FABRICATION) == 0xF;
}

static uint32_t fix_digit(uint32_t id, unsigned digit, uint16_t value)
{
	return (id & ~(0xFu << 4 * digit)) | (uint32_t)value << 4 * digit;
}

void mbi_field_fix(struct mb_search_mask *mask, unsigned field, uint16_t value)
{
	if (mbi_field_is_id(field))
		mask->address.id = fix_digit(mask->address.id, field, value);
	else if (field == MBI_FIELD_MEDIUM)
		mask->address.medium = (uint8_t)value;
	else if (field == MBI_FIELD_VERSION)
		mask->address.version = (uint8_t)value;
	else if (field == MBI_FIELD_MAKER || field == MBI_FIELD_MAKER_HIGH)
		mask->address.manufacturer = value;
	else
		mask->fabrication =
			fix_digit(mask->fabrication, field - MBI_FIELD_FABRICATION, value);
}

bool mbi_digits_cover(uint32_t a, uint32_t b)
{
	return !((a ^ b) & ~(wild_nibbles(a) * 0xF));
}

bool mbi_mask_covers(const struct mb_search_mask *a, const struct mb_search_mask *b)
{
	/* a mask reads as the address of a meter with wildcards in it, which only wildcards match */
	return mb_secondary_match(&a->address, &b->address) &&
	       mbi_digits_cover(a->fabrication, b->fabrication);
}

bool mbi_mask_equal(const struct mb_search_mask *a, const struct mb_search_mask *b)
{
	return mb_secondary_equal(&a->address, &b->address) && a->fabrication == b->fabrication;
}

/* ---- lists of values: position to value, false where the list has a hole ---- */

static bool is_common(unsigned medium)
{
	for (unsigned i = 0; i < ARRAY_LEN(common_media); i++)
		if (common_media[i] == medium)
			return true;
	return false;
}

static bool medium_at(unsigned at, uint16_t *ret_value)
{
	if (at < ARRAY_LEN(common_media)) {
		*ret_value = common_media[at];
		return true;
	}
	*ret_value = (uint16_t)(at - ARRAY_LEN(common_media));
	return !is_common(*ret_value);
}

/* First the versions seen on this bus. */
static bool version_at(const struct mb_search_plan *p, unsigned at, uint16_t *ret_value)
{
	unsigned version = at % BYTE_VALUES;
	bool seen = p->versions[version / 8] >> version % 8 & 1;

	*ret_value = (uint16_t)version;
	return at < BYTE_VALUES ? seen : !seen;
}

/* Was this maker among the first n meters? */
static bool maker_seen(const struct mb_search_plan *p, unsigned n, uint16_t maker)
{
	for (unsigned i = 0; i < n; i++)
		if (mbi_plan_meter(p, i)->identity.manufacturer == maker)
			return true;
	return false;
}

static unsigned maker_words(const struct mb_search_node *node)
{
	return node->seen + mbi_manufacturer_count();
}

static bool wild_byte(uint16_t maker)
{
	return (maker & 0xFF) == 0xFF || maker >> 8 == 0xFF;
}

/* Makers seen on this bus, makers known, then the low byte alone. */
static bool maker_at(const struct mb_search_plan *p, const struct mb_search_node *node, unsigned at,
	uint16_t *ret_value)
{
	if (at < node->seen) {
		*ret_value = mbi_plan_meter(p, at)->identity.manufacturer;
		return !wild_byte(*ret_value) && !maker_seen(p, at, *ret_value);
	}
	if (at < maker_words(node)) {
		*ret_value = mbi_manufacturer_at(at - node->seen);
		return !maker_seen(p, node->seen, *ret_value);
	}
	*ret_value = (uint16_t)(0xFF00 | (at - maker_words(node)));
	return *ret_value != node->silent; /* asked before, as the test */
}

/* The high byte behind a fixed low one: what was asked as a word is known. */
static bool maker_high_at(const struct mb_search_plan *p, const struct mb_search_node *node,
	unsigned at, uint16_t *ret_value)
{
	bool letters;

	*ret_value = (uint16_t)(at << 8 | (node->mask.address.manufacturer & 0xFF));
	if (node->parent == MBI_NO_NODE || p->nodes[node->parent].split != MBI_FIELD_MAKER)
		return true;
	letters = *ret_value < 0x8000 && mb_manufacturer_name(*ret_value);
	return !letters && !maker_seen(p, p->nodes[node->parent].seen, *ret_value);
}

static unsigned positions(const struct mb_search_plan *p, const struct mb_search_node *node)
{
	switch (node->split) {
	case MBI_FIELD_MEDIUM:
		return ARRAY_LEN(common_media) + BYTE_VALUES;
	case MBI_FIELD_VERSION:
		return 2 * BYTE_VALUES;
	case MBI_FIELD_MAKER:
		return maker_words(node) +
		       (p->depth >= MB_SEARCH_DEPTH_WILDCARDS ? BYTE_VALUES : 0);
	case MBI_FIELD_MAKER_HIGH:
		return BYTE_VALUES;
	default:
		return p->hex || (node->flags & MBI_NODE_HEX) ? HEX_DIGITS : DECIMAL_DIGITS;
	}
}

static bool value_at(const struct mb_search_plan *p, const struct mb_search_node *node, unsigned at,
	uint16_t *ret_value)
{
	switch (node->split) {
	case MBI_FIELD_MEDIUM:
		return medium_at(at, ret_value);
	case MBI_FIELD_VERSION:
		return version_at(p, at, ret_value);
	case MBI_FIELD_MAKER:
		return maker_at(p, node, at, ret_value);
	case MBI_FIELD_MAKER_HIGH:
		return maker_high_at(p, node, at, ret_value);
	default:
		*ret_value = (uint16_t)at;
		return !(node->asked >> at & 1);
	}
}

bool mbi_field_next(struct mb_search_plan *p, struct mb_search_node *node, uint16_t *ret_value)
{
	bool digit = mbi_field_is_digit(node->split);
	unsigned end = positions(p, node);

	for (unsigned at = digit ? 0 : node->asked; at < end; at++) {
		if (!value_at(p, node, at, ret_value))
			continue;
		node->asked = (uint16_t)(digit ? node->asked | 1u << at : at + 1);
		return true;
	}
	if (!digit)
		node->asked = (uint16_t)end;
	return false;
}

unsigned mbi_field_count(const struct mb_search_plan *p, const struct mb_search_node *node)
{
	return positions(p, node);
}

unsigned mbi_field_done(const struct mb_search_plan *p, const struct mb_search_node *node)
{
	unsigned n = 0;

	if (!mbi_field_is_digit(node->split))
		return node->asked;
	for (unsigned i = 0; i < positions(p, node); i++)
		n += node->asked >> i & 1;
	return n;
}

bool mbi_field_at_bytes(const struct mb_search_plan *p, const struct mb_search_node *node)
{
	return node->split == MBI_FIELD_MAKER && p->depth >= MB_SEARCH_DEPTH_WILDCARDS &&
	       node->asked >= maker_words(node) && node->asked < positions(p, node);
}

void mbi_field_skip_bytes(const struct mb_search_plan *p, struct mb_search_node *node)
{
	node->asked = (uint16_t)positions(p, node);
}

/* ---- equal identifications ---- */

/* Fields behind the identification, in the order of their use, and how deep that is. */
static const struct {
	uint8_t field, depth;
} behind[] = {
	{MBI_FIELD_MEDIUM, MB_SEARCH_DEPTH_MEDIUM},
	{MBI_FIELD_VERSION, MB_SEARCH_DEPTH_VERSION},
	{MBI_FIELD_MAKER, MB_SEARCH_DEPTH_MAKERS},
	{MBI_FIELD_MAKER_HIGH, MB_SEARCH_DEPTH_WILDCARDS},
};

static unsigned fabrication_behind(const struct mb_search_node *node, unsigned field)
{
	unsigned first = field < MBI_FIELD_FABRICATION ? MBI_FIELD_FABRICATION : field + 1;

	for (unsigned i = first; i < MBI_FIELD_NONE; i++)
		if (mbi_field_free(&node->mask, i))
			return i;
	return MBI_FIELD_NONE;
}

unsigned mbi_field_behind(
	const struct mb_search_plan *p, const struct mb_search_node *node, unsigned field)
{
	for (unsigned i = 0; i < ARRAY_LEN(behind); i++)
		if (behind[i].field > field && p->depth >= behind[i].depth &&
			mbi_field_free(&node->mask, behind[i].field))
			return behind[i].field;
	if (p->depth < MB_SEARCH_DEPTH_FABRICATION)
		return MBI_FIELD_NONE;
	return fabrication_behind(node, field);
}
