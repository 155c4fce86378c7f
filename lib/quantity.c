/* SPDX-License-Identifier: MIT */
#include "quantity.h"

#include <stddef.h>
#include <stdint.h>

#define STRINGS(key, text, label) key "\0" text "\0" label

/* One block of text and offsets into it: no relocations, two bytes a name. */
struct quantity_pool {
#define MBI_X(name, key, text, label) char name[sizeof(STRINGS(key, text, label))];
	MBI_QUANTITY_MAP(MBI_X)
#undef MBI_X
};

static const struct quantity_pool pool = {
#define MBI_X(name, key, text, label) STRINGS(key, text, label),
	MBI_QUANTITY_MAP(MBI_X)
#undef MBI_X
};

static const uint16_t offset[] = {
#define MBI_X(name, key, text, label) offsetof(struct quantity_pool, name),
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

static const char *string_of(unsigned quantity, unsigned n)
{
	if (quantity >= MBI_Q_COUNT)
		return "";
	return mbi_string_at((const char *)&pool + offset[quantity], n);
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
