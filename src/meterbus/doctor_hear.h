/* SPDX-License-Identifier: MIT */
/* What was heard after a question, named. Pure. */
#ifndef METERBUS_TOOL_DOCTOR_HEAR_H
#define METERBUS_TOOL_DOCTOR_HEAR_H

#include "meterbus/doctor_probe.h"

enum doctor_sound {
	DOCTOR_NOTHING, /* behind the echo */
	DOCTOR_ACK, /* one E5 */
	DOCTOR_RESPONSE, /* one RSP_UD */
	DOCTOR_SEVERAL, /* more than one good frame of meters */
	DOCTOR_MASTER, /* a good frame of another master */
	DOCTOR_BROKEN, /* anything else */
};

struct doctor_heard {
	uint8_t sound; /* enum doctor_sound */
	bool echo; /* what was sent came back */
	bool echo_bent; /* with changed bytes */
	bool echo_early; /* sooner than any line can bring it */
	bool parity; /* bytes with parity or framing errors */
	bool stuck; /* breaks, or hardly anything but 00 */
	bool modbus; /* frames of Modbus RTU, their CRC right */
	bool text; /* readable ASCII */
	int error; /* BROKEN: of the first frame, MB_E_NOISE where there is none */
	const uint8_t *bytes; /* behind the echo, in the probe */
	size_t len;
	struct mb_frame frame; /* the first good one */
	uint16_t answers, masters; /* good frames */
};

/* network: the far line may be faster than the one that we reckon with. */
void doctor_hear(const struct doctor_probe *p, bool network, struct doctor_heard *ret_heard);

#endif
