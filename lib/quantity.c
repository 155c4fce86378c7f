/* SPDX-License-Identifier: MIT */
#include "quantity.h"

#include <stddef.h>
#include <stdint.h>

/* One block of text and offsets into it: no relocations, two bytes a string. */
struct quantity_pool {
#define MBI_X(name, key, text, label) \
	char name##_key[sizeof(key)], name##_text[sizeof(text)], name##_label[sizeof(label)];
	MBI_QUANTITY_MAP(MBI_X)
#undef MBI_X
};

static const struct quantity_pool pool = {
#define MBI_X(name, key, text, label) key, text, label,
	MBI_QUANTITY_MAP(MBI_X)
#undef MBI_X
};

#define OFFSET(member) offsetof(struct quantity_pool, member)
static const uint16_t offset[][3] = {
#define MBI_X(name, key, text, label) \
	{OFFSET(name##_key), OFFSET(name##_text), OFFSET(name##_label)},
	MBI_QUANTITY_MAP(MBI_X)
#undef MBI_X
};

const char *mbi_string_at(const char *strings, unsigned n)
{
	while (n--) {
		while (*strings)
			strings++;
		strings++;
	}
	return strings;
}

const char *mbi_string_of(unsigned n, const char *strings)
{
	while (*strings != *MBI_STRINGS_END) {
		if (!n--)
			return strings;
		strings = mbi_string_at(strings, 1);
	}
	return NULL;
}

static const char *string_of(unsigned quantity, unsigned n)
{
	return quantity < MBI_Q_COUNT ? (const char *)&pool + offset[quantity][n] : "";
}

const char *mbi_quantity_key(unsigned quantity)
{
	return string_of(quantity, 0);
}

const char *mbi_quantity_text(unsigned quantity)
{
	return string_of(quantity, 1);
}

const char *mbi_quantity_label(unsigned quantity)
{
	return string_of(quantity, 2);
}
