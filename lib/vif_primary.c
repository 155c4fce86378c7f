/* SPDX-License-Identifier: MIT */
/*
 * Primary VIF codes, EN 13757-3 6.4. Columns: see vif_rows.h.
 */
#include "vif_rows.h"

/* clang-format off */
#define ROWS(X) \
	X(00, 8, WH,      -3, B,    ENERGY,                  UP) \
	X(08, 8, J,       0,  B,    ENERGY,                  UP) \
	X(10, 8, M3,      -6, B,    VOLUME,                  UP) \
	X(18, 8, KG,      -3, B,    MASS,                    UP) \
	X(20, 1, S,       0,  B,    ON_TIME,                 ONE) \
	X(21, 1, MIN,     0,  B,    ON_TIME,                 ONE) \
	X(22, 1, H,       0,  B,    ON_TIME,                 ONE) \
	X(23, 1, D,       0,  B,    ON_TIME,                 ONE) \
	X(24, 1, S,       0,  B,    OPERATING_TIME,          ONE) \
	X(25, 1, MIN,     0,  B,    OPERATING_TIME,          ONE) \
	X(26, 1, H,       0,  B,    OPERATING_TIME,          ONE) \
	X(27, 1, D,       0,  B,    OPERATING_TIME,          ONE) \
	X(28, 8, W,       -3, B,    POWER,                   UP) \
	X(30, 8, J_H,     0,  B,    POWER,                   UP) \
	X(38, 8, M3_H,    -6, B,    VOLUME_FLOW,             UP) \
	X(40, 8, M3_MIN,  -7, B,    VOLUME_FLOW,             UP) \
	X(48, 8, M3_S,    -9, B,    VOLUME_FLOW,             UP) \
	X(50, 8, KG_H,    -3, B,    MASS_FLOW,               UP) \
	X(58, 4, CELSIUS, -3, B,    FLOW_TEMPERATURE,        UP) \
	X(5C, 4, CELSIUS, -3, B,    RETURN_TEMPERATURE,      UP) \
	X(60, 4, K,       -3, B,    TEMPERATURE_DIFFERENCE,  UP) \
	X(64, 4, CELSIUS, -3, B,    EXTERNAL_TEMPERATURE,    UP) \
	X(68, 4, BAR,     -3, B,    PRESSURE,                UP) \
	X(6C, 1, NONE,    0,  DATE, DATE,                    ONE) \
	X(6D, 1, NONE,    0,  TIME, DATETIME,                ONE) \
	X(6E, 1, HCA,     0,  B,    HCA_UNITS,               ONE) \
	X(6F, 1, NONE,    0,  B,    RESERVED,                RESERVED) \
	X(70, 1, S,       0,  B,    AVERAGING_DURATION,      ONE) \
	X(71, 1, MIN,     0,  B,    AVERAGING_DURATION,      ONE) \
	X(72, 1, H,       0,  B,    AVERAGING_DURATION,      ONE) \
	X(73, 1, D,       0,  B,    AVERAGING_DURATION,      ONE) \
	X(74, 1, S,       0,  B,    ACTUALITY_DURATION,      ONE) \
	X(75, 1, MIN,     0,  B,    ACTUALITY_DURATION,      ONE) \
	X(76, 1, H,       0,  B,    ACTUALITY_DURATION,      ONE) \
	X(77, 1, D,       0,  B,    ACTUALITY_DURATION,      ONE) \
	X(78, 1, NONE,    0,  ID,   FABRICATION_NO,          ONE) \
	X(79, 1, NONE,    0,  ID,   ENHANCED_IDENTIFICATION, ONE) \
	X(7A, 1, NONE,    0,  C,    ADDRESS,                 ONE) \
	X(7B, 1, NONE,    0,  B,    RESERVED,                RESERVED) \
	X(7C, 1, NONE,    0,  B,    PLAIN_TEXT,              ONE) \
	X(7D, 1, NONE,    0,  B,    RESERVED,                RESERVED) \
	X(7E, 1, NONE,    0,  B,    ANY_VIF,                 RESERVED) \
	X(7F, 1, NONE,    0,  B,    MANUFACTURER_SPECIFIC,   ONE)
/* clang-format on */

MBI_VIF_TABLE(mbi_vif_primary);
