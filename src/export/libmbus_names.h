/* SPDX-License-Identifier: MIT */
/*
 * The words that libmbus prints, ready for XML: in ISO 8859-1 and escaped. Scripts depend on them;
 * nothing else here does.
 */
#ifndef EXPORT_LIBMBUS_NAMES_H
#define EXPORT_LIBMBUS_NAMES_H

#include <meterbus/record.h>

#include <stdint.h>

/* How libmbus names a span of VIF codes; exponents come from the record. */
struct libmbus_vif {
	uint16_t key; /* enum mb_vif_table << 8 | first code */
	uint8_t span;
	const char *label; /* "Volume", or NULL: the plain text is only prefix and unit */
	const char *plain; /* behind the prefix: " m^3"; NULL: the label stands alone */
	const char *unit; /* normalized: "m^3" */
	const char *quantity; /* normalized: "Volume" */
	uint32_t seconds; /* normalized value in seconds: so many a unit; 0 no time */
};

/* NULL: libmbus has no name for it. */
const struct libmbus_vif *libmbus_vif(const struct mb_record *record);
/* "m", "10 k", "1e-2 " */
char *libmbus_prefix(char *p, int exp10);
const char *libmbus_medium(uint8_t medium);
const char *libmbus_fixed_medium(uint8_t medium4);
/* Plain unit of the fixed structure. */
const char *libmbus_fixed_unit(uint8_t unit6);
/* NULL for the codes that it does not know. */
const char *libmbus_application_error(uint8_t code);
/* "" when not known. */
const char *libmbus_product(const struct mb_secondary *meter);

#endif
