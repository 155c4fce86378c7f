/* SPDX-License-Identifier: MIT */
/*
 * True VIF behind FD FD, 2018. Columns: see vif_rows.h.
 */
#include "vif_rows.h"

/* clang-format off */
#define ROWS(X) \
	X(00, 1,  NONE,    0, C, SELECTED_APPLICATION, ONE) \
	X(01, 1,  NONE,    0, B, RESERVED,             RESERVED) \
	X(02, 1,  MONTH,   0, C, BATTERY_REMAINING,    ONE) \
	X(03, 1,  YEAR,    0, C, BATTERY_REMAINING,    ONE) \
	X(04, 58, NONE,    0, B, RESERVED,             RESERVED) \
	X(3E, 1,  PERCENT, 0, C, MOISTURE,             ONE) \
	X(3F, 65, NONE,    0, B, RESERVED,             RESERVED)
/* clang-format on */

MBI_VIF_TABLE(mbi_vif_fdfd);
