/* SPDX-License-Identifier: MIT */
/*
 * True VIF behind FB. Units are base units: 1 MWh is 10^6 Wh. Codes withdrawn in 2004 (gallons,
 * degrees Fahrenheit) are read as D48 has them: old meters send them. Columns: see vif_rows.h.
 */
#include "vif_rows.h"

/* clang-format off */
#define ROWS(X) \
	X(00, 2,  WH,         5,  B, ENERGY,                 UP) \
	X(02, 2,  VARH,       3,  B, REACTIVE_ENERGY,        UP) \
	X(04, 2,  VAH,        3,  B, APPARENT_ENERGY,        UP) \
	X(06, 1,  NONE,       -1, B, COP,                    ONE) \
	X(07, 1,  NONE,       0,  B, RESERVED,               RESERVED) \
	X(08, 2,  J,          8,  B, ENERGY,                 UP) \
	X(0A, 2,  NONE,       0,  B, RESERVED,               RESERVED) \
	X(0C, 4,  CAL,        5,  B, ENERGY,                 UP) \
	X(10, 2,  M3,         2,  B, VOLUME,                 UP) \
	X(12, 2,  NONE,       0,  B, RESERVED,               RESERVED) \
	X(14, 4,  VAR,        0,  B, REACTIVE_POWER,         UP) \
	X(18, 2,  T,          2,  B, MASS,                   UP) \
	X(1A, 2,  PERCENT,    -1, C, RELATIVE_HUMIDITY,      UP) \
	X(1C, 4,  NONE,       0,  B, RESERVED,               RESERVED) \
	X(20, 1,  FT3,        0,  B, VOLUME,                 ONE) \
	X(21, 1,  FT3,        -1, B, VOLUME,                 ONE) \
	X(22, 1,  USGAL,      -1, B, VOLUME,                 ONE) \
	X(23, 1,  USGAL,      0,  B, VOLUME,                 ONE) \
	X(24, 1,  USGAL_MIN,  -3, B, VOLUME_FLOW,            ONE) \
	X(25, 1,  USGAL_MIN,  0,  B, VOLUME_FLOW,            ONE) \
	X(26, 1,  USGAL_H,    0,  B, VOLUME_FLOW,            ONE) \
	X(27, 1,  NONE,       0,  B, RESERVED,               RESERVED) \
	X(28, 2,  W,          5,  B, POWER,                  UP) \
	X(2A, 1,  DEGREE,     -1, B, PHASE_U_U,              ONE) \
	X(2B, 1,  DEGREE,     -1, B, PHASE_U_I,              ONE) \
	X(2C, 4,  HZ,         -3, B, FREQUENCY,              UP) \
	X(30, 2,  J_H,        8,  B, POWER,                  UP) \
	X(32, 2,  NONE,       0,  B, RESERVED,               RESERVED) \
	X(34, 4,  VA,         0,  B, APPARENT_POWER,         UP) \
	X(38, 32, NONE,       0,  B, RESERVED,               RESERVED) \
	X(58, 4,  FAHRENHEIT, -3, B, FLOW_TEMPERATURE,       UP) \
	X(5C, 4,  FAHRENHEIT, -3, B, RETURN_TEMPERATURE,     UP) \
	X(60, 4,  FAHRENHEIT, -3, B, TEMPERATURE_DIFFERENCE, UP) \
	X(64, 4,  FAHRENHEIT, -3, B, EXTERNAL_TEMPERATURE,   UP) \
	X(68, 1,  NONE,       0,  C, HCA_RATING_FACTOR_K,    ONE) \
	X(69, 1,  NONE,       0,  C, HCA_RATING_FACTOR_KQ,   ONE) \
	X(6A, 1,  NONE,       0,  C, HCA_RATING_FACTOR_KC,   ONE) \
	X(6B, 1,  NONE,       0,  C, HCA_RATING_FACTOR_KCR,  ONE) \
	X(6C, 1,  NONE,       0,  C, HCA_RATING_FACTOR_KCH,  ONE) \
	X(6D, 1,  NONE,       0,  B, HCA_RATING_FACTOR_KT,   ONE) \
	X(6E, 1,  NONE,       0,  B, HCA_SCALING_FACTOR_KD,  ONE) \
	X(6F, 1,  NONE,       0,  B, RESERVED,               RESERVED) \
	X(70, 4,  FAHRENHEIT, -3, B, TEMPERATURE_LIMIT,      UP) \
	X(74, 4,  CELSIUS,    -3, B, TEMPERATURE_LIMIT,      UP) \
	X(78, 8,  W,          -3, B, CUMULATIVE_MAX_POWER,   UP)
/* clang-format on */

MBI_VIF_TABLE(mbi_vif_fb);
