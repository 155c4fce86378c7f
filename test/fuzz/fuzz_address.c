/* SPDX-License-Identifier: MIT */
/* An address that parses is printed so that it parses to the same. */
#include <meterbus/address.h>
#include <string.h>

#include "fuzz.h"

#define TEXT_MAX 64

static bool equal(const struct mb_address *a, const struct mb_address *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == MB_ADDRESS_PRIMARY)
		return a->primary == b->primary;
	return mb_secondary_equal(&a->secondary, &b->secondary) &&
	       a->has_fabrication == b->has_fabrication &&
	       (!a->has_fabrication || a->fabrication == b->fabrication);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TEXT_MAX + 1], again[MB_ADDRESS_TEXT_MAX + 9];
	struct mb_address address, parsed;
	size_t len = size < TEXT_MAX ? size : TEXT_MAX;

	memcpy(text, data, len);
	text[len] = '\0';
	if (mb_address_parse(text, &address) < 0)
		return 0;
	CHECK(mb_address_format(&address, again, sizeof(again)) == (int)strlen(again));
	CHECK(mb_address_parse(again, &parsed) >= 0);
	CHECK(equal(&address, &parsed));
	return 0;
}
