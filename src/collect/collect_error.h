/* SPDX-License-Identifier: MIT */
/* All error numbers that a record of the store can have: MB_E_*, STORE_E_*, PORT_E_*, and these. */
#ifndef COLLECT_COLLECT_ERROR_H
#define COLLECT_COLLECT_ERROR_H

#include "bus/port_error.h"
#include "store/store_error.h"

/* Why a reading was not tried: its enum sync_result, and back. */
#define COLLECT_E_OF_RESULT(result) (-400 - (int)(result))
#define COLLECT_RESULT_OF(error) (-400 - (error))

/* X(number, NAME, "name", "what it means"): down to MAINTENANCE COLLECT_E_OF_RESULT(). */
/* clang-format off */
#define COLLECT_ERROR_MAP(X) \
	X(-410, SUSPENDED,   "suspended",   "the account is suspended") \
	X(-420, DEPENDENCY,  "dependency",  "what the account depends on is not there") \
	X(-430, DECLINED,    "declined",    "the readings of this day are spent (reads_per_day)") \
	X(-440, NO_PORT,     "no port",     "the account has no bus it could be read on") \
	X(-480, MAINTENANCE, "maintenance", "the account is under maintenance") \
	X(-490, NO_KEY_HERE, "no reading",  "the answer has no reading of this key") \
	X(-491, NOT_SENT,    "not sent",    "the bus was never quiet: nothing could be sent")
/* clang-format on */

enum collect_error {
#define MB_X(number, name, text, meaning) COLLECT_E_##name = (number),
	COLLECT_ERROR_MAP(MB_X)
#undef MB_X
};

/* "bad checksum" and one sentence; never NULL, for any number. */
const char *collect_error_name(int error);
const char *collect_error_text(int error);

#endif
