/* SPDX-License-Identifier: MIT */
/* From what was found to what is wrong: a table. Pure. */
#ifndef METERBUS_TOOL_DOCTOR_JUDGE_H
#define METERBUS_TOOL_DOCTOR_JUDGE_H

#include <stdint.h>

/* What the questions have shown; X(NAME, "name") */
#define DOCTOR_FACT_MAP(X) \
	X(GOOD, "good_answer") /* a whole telegram of one meter */ \
	X(ACK, "acknowledge") /* a clean E5 */ \
	X(BROKEN, "broken_answer") /* an answer that is no frame */ \
	X(SEVERAL, "several_answers") /* more than one meter is there */ \
	X(MOSTLY, "sometimes_good") /* the same question is answered well and badly */ \
	X(PARITY, "parity_errors") /* in answers */ \
	X(ECHO, "echo") \
	X(ECHO_BENT, "echo_changed") \
	X(ECHO_EARLY, "echo_too_early") \
	X(FOREIGN, "other_master") /* heard before we said anything */ \
	X(METERS_TALK, "answers_unasked") /* of meters, before we said anything */ \
	X(BABBLE, "noise") /* bytes that nobody asked for */ \
	X(STUCK, "break") /* the line is held at space */ \
	X(MODBUS, "modbus") \
	X(TEXT, "text") \
	X(OTHER_BAUD, "answers_at_other_speed") \
	X(OTHER_MODE, "answers_at_other_parity") \
	X(FIXED_LINE, "speed_is_set_elsewhere") /* tcp, udp */ \
	X(CLOSED, "connection_lost")

enum doctor_fact_bit {
#define DOCTOR_X(name, text) DOCTOR_BIT_##name,
	DOCTOR_FACT_MAP(DOCTOR_X)
#undef DOCTOR_X
	DOCTOR_FACT_COUNT
};

enum doctor_fact {
#define DOCTOR_X(name, text) DOCTOR_##name##_FACT = 1 << DOCTOR_BIT_##name,
	DOCTOR_FACT_MAP(DOCTOR_X)
#undef DOCTOR_X
};

struct doctor_verdict {
	uint32_t all; /* facts that must be there */
	uint32_t none; /* that must not */
	const char *name; /* for programs */
	const char *text; /* what it is */
	const char *next; /* what to do */
	int code; /* of the program */
};

/* Never NULL: the last row fits everything. */
const struct doctor_verdict *doctor_judge(uint32_t facts);
const char *doctor_fact_name(unsigned bit);

#endif
