/* SPDX-License-Identifier: MIT */
/* The curated table of makers, as a list. */
#ifndef METERBUS_LIB_MANUFACTURER_H
#define METERBUS_LIB_MANUFACTURER_H

#include <stdint.h>

unsigned mbi_manufacturer_count(void);
uint16_t mbi_manufacturer_at(unsigned i); /* i < count; ascending */

#endif
