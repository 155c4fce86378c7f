/* SPDX-License-Identifier: MIT */
/*
 * True VIF behind FD. Columns: see vif_rows.h.
 */
#include "vif_rows.h"

/* clang-format off */
#define ROWS(X) \
	X(00, 4,  CURRENCY,  -3,  B,            CREDIT,                      UP) \
	X(04, 4,  CURRENCY,  -3,  B,            DEBIT,                       UP) \
	X(08, 1,  NONE,      0,   C,            UNIQUE_MESSAGE_ID,           ONE) \
	X(09, 1,  NONE,      0,   C,            DEVICE_TYPE,                 ONE) \
	X(0A, 1,  NONE,      0,   MANUFACTURER, MANUFACTURER,                ONE) \
	X(0B, 1,  NONE,      0,   C,            PARAMETER_SET_ID,            ONE) \
	X(0C, 1,  NONE,      0,   C,            MODEL_VERSION,               ONE) \
	X(0D, 1,  NONE,      0,   C,            HARDWARE_VERSION,            ONE) \
	X(0E, 1,  NONE,      0,   C,            FIRMWARE_VERSION,            ONE) \
	X(0F, 1,  NONE,      0,   C,            SOFTWARE_VERSION,            ONE) \
	X(10, 1,  NONE,      0,   C,            CUSTOMER_LOCATION,           ONE) \
	X(11, 1,  NONE,      0,   C,            CUSTOMER,                    ONE) \
	X(12, 1,  NONE,      0,   C,            ACCESS_CODE_USER,            ONE) \
	X(13, 1,  NONE,      0,   C,            ACCESS_CODE_OPERATOR,        ONE) \
	X(14, 1,  NONE,      0,   C,            ACCESS_CODE_SYSTEM_OPERATOR, ONE) \
	X(15, 1,  NONE,      0,   C,            ACCESS_CODE_DEVELOPER,       ONE) \
	X(16, 1,  NONE,      0,   C,            PASSWORD,                    ONE) \
	X(17, 1,  NONE,      0,   D,            ERROR_FLAGS,                 ONE) \
	X(18, 1,  NONE,      0,   C,            ERROR_MASK,                  ONE) \
	X(19, 1,  NONE,      0,   C,            SECURITY_KEY,                ONE) \
	X(1A, 1,  NONE,      0,   D,            DIGITAL_OUTPUT,              ONE) \
	X(1B, 1,  NONE,      0,   D,            DIGITAL_INPUT,               ONE) \
	X(1C, 1,  BAUD,      0,   C,            BAUD_RATE,                   ONE) \
	X(1D, 1,  BIT_TIMES, 0,   C,            RESPONSE_DELAY,              ONE) \
	X(1E, 1,  NONE,      0,   B,            RETRY,                       ONE) \
	X(1F, 1,  NONE,      0,   D,            REMOTE_CONTROL,              ONE) \
	X(20, 1,  NONE,      0,   C,            FIRST_STORAGE,               ONE) \
	X(21, 1,  NONE,      0,   C,            LAST_STORAGE,                ONE) \
	X(22, 1,  NONE,      0,   C,            STORAGE_BLOCK_SIZE,          ONE) \
	X(23, 1,  NONE,      0,   C,            TARIFF_SUBUNIT_DESCRIPTOR,   ONE) \
	X(24, 1,  S,         0,   B,            STORAGE_INTERVAL,            ONE) \
	X(25, 1,  MIN,       0,   B,            STORAGE_INTERVAL,            ONE) \
	X(26, 1,  H,         0,   B,            STORAGE_INTERVAL,            ONE) \
	X(27, 1,  D,         0,   B,            STORAGE_INTERVAL,            ONE) \
	X(28, 1,  MONTH,     0,   B,            STORAGE_INTERVAL,            ONE) \
	X(29, 1,  YEAR,      0,   B,            STORAGE_INTERVAL,            ONE) \
	X(2A, 1,  NONE,      0,   RAW,          OPERATOR_SPECIFIC,           ONE) \
	X(2B, 1,  S,         0,   C,            TIME_POINT_SECOND,           ONE) \
	X(2C, 1,  S,         0,   C,            DURATION_SINCE_READOUT,      ONE) \
	X(2D, 1,  MIN,       0,   C,            DURATION_SINCE_READOUT,      ONE) \
	X(2E, 1,  H,         0,   C,            DURATION_SINCE_READOUT,      ONE) \
	X(2F, 1,  D,         0,   C,            DURATION_SINCE_READOUT,      ONE) \
	X(30, 1,  NONE,      0,   TIME,         TARIFF_START,                ONE) \
	X(31, 1,  MIN,       0,   C,            TARIFF_DURATION,             ONE) \
	X(32, 1,  H,         0,   C,            TARIFF_DURATION,             ONE) \
	X(33, 1,  D,         0,   C,            TARIFF_DURATION,             ONE) \
	X(34, 1,  S,         0,   C,            TARIFF_PERIOD,               ONE) \
	X(35, 1,  MIN,       0,   C,            TARIFF_PERIOD,               ONE) \
	X(36, 1,  H,         0,   C,            TARIFF_PERIOD,               ONE) \
	X(37, 1,  D,         0,   C,            TARIFF_PERIOD,               ONE) \
	X(38, 1,  MONTH,     0,   C,            TARIFF_PERIOD,               ONE) \
	X(39, 1,  YEAR,      0,   C,            TARIFF_PERIOD,               ONE) \
	X(3A, 1,  NONE,      0,   B,            DIMENSIONLESS,               ONE) \
	X(3B, 1,  NONE,      0,   RAW,          CONTAINER_WMBUS,             ONE) \
	X(3C, 1,  S,         0,   C,            TRANSMISSION_PERIOD,         ONE) \
	X(3D, 1,  MIN,       0,   C,            TRANSMISSION_PERIOD,         ONE) \
	X(3E, 1,  H,         0,   C,            TRANSMISSION_PERIOD,         ONE) \
	X(3F, 1,  D,         0,   C,            TRANSMISSION_PERIOD,         ONE) \
	X(40, 16, V,         -9,  B,            VOLTAGE,                     UP) \
	X(50, 16, A,         -12, B,            CURRENT,                     UP) \
	X(60, 1,  NONE,      0,   B,            RESET_COUNTER,               ONE) \
	X(61, 1,  NONE,      0,   B,            CUMULATION_COUNTER,          ONE) \
	X(62, 1,  NONE,      0,   B,            CONTROL_SIGNAL,              ONE) \
	X(63, 1,  NONE,      0,   C,            DAY_OF_WEEK,                 ONE) \
	X(64, 1,  NONE,      0,   C,            WEEK_NUMBER,                 ONE) \
	X(65, 1,  NONE,      0,   TIME,         DAY_CHANGE_TIME,             ONE) \
	X(66, 1,  NONE,      0,   C,            PARAMETER_ACTIVATION,        ONE) \
	X(67, 1,  NONE,      0,   C,            SUPPLIER_INFO,               ONE) \
	X(68, 1,  H,         0,   C,            DURATION_SINCE_CUMULATION,   ONE) \
	X(69, 1,  D,         0,   C,            DURATION_SINCE_CUMULATION,   ONE) \
	X(6A, 1,  MONTH,     0,   C,            DURATION_SINCE_CUMULATION,   ONE) \
	X(6B, 1,  YEAR,      0,   C,            DURATION_SINCE_CUMULATION,   ONE) \
	X(6C, 1,  H,         0,   B,            BATTERY_OPERATING_TIME,      ONE) \
	X(6D, 1,  D,         0,   B,            BATTERY_OPERATING_TIME,      ONE) \
	X(6E, 1,  MONTH,     0,   B,            BATTERY_OPERATING_TIME,      ONE) \
	X(6F, 1,  YEAR,      0,   B,            BATTERY_OPERATING_TIME,      ONE) \
	X(70, 1,  NONE,      0,   TIME,         BATTERY_CHANGE_DATE,         ONE) \
	X(71, 1,  DBM,       0,   B,            RF_LEVEL,                    ONE) \
	X(72, 1,  NONE,      0,   K,            DST_TYPE_K,                  ONE) \
	X(73, 1,  NONE,      0,   L,            LISTENING_WINDOW,            ONE) \
	X(74, 1,  D,         0,   C,            BATTERY_REMAINING,           ONE) \
	X(75, 1,  NONE,      0,   C,            METER_STOPPED_COUNT,         ONE) \
	X(76, 1,  NONE,      0,   RAW,          CONTAINER_MANUFACTURER,      ONE) \
	X(77, 6,  NONE,      0,   B,            RESERVED,                    RESERVED) \
	X(7D, 1,  NONE,      0,   B,            RESERVED,                    RESERVED) \
	X(7E, 2,  NONE,      0,   B,            RESERVED,                    RESERVED)
/* clang-format on */

MBI_VIF_TABLE(mbi_vif_fd);
