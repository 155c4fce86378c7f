/* SPDX-License-Identifier: MIT */
/* The questions of the doctor, each asked, named, told and kept as facts. */
#ifndef METERBUS_TOOL_DOCTOR_ASK_H
#define METERBUS_TOOL_DOCTOR_ASK_H

#include "meterbus/bus.h"
#include "meterbus/doctor_hear.h"
#include "meterbus/doctor_judge.h"
#include "meterbus/doctor_vote.h"

#define DOCTOR_NOTE_MAX 128

struct doctor {
	struct bus bus;
	bool verbose, json, mute; /* mute: nothing is told */
	bool network; /* the far line is not ours to set or to reckon with exactly */
	bool fixed_line; /* tcp, udp: speed and parity cannot be set */
	uint64_t listen_us; /* before anything is sent */
	struct doctor_probe probe;
	struct doctor_heard heard; /* of the last question */
	struct doctor_vote vote; /* broken answers to one question */
	uint32_t facts; /* DOCTOR_*_FACT */
	/* found */
	bool has_meter;
	struct mb_secondary meter;
	uint8_t primary;
	bool has_line;
	struct mb_line line; /* at which somebody answers, other than the given one */
	unsigned asked; /* questions */
	uint64_t slowest_us; /* answer so far, from our last stop bit; 0: none */
};

/*
 * One question at this line; NULL bytes: only listen. 0, or MB_E_STREAM, MB_E_CANCELLED. The
 * result is in d->heard; nothing becomes a fact but echoes.
 */
int doctor_ask(struct doctor *d, const char *name, const struct mb_line *line, const uint8_t *bytes,
	size_t len);
/* Keeps who sends this, a telegram of a meter that is heard alone. */
void doctor_take_meter(struct doctor *d, const struct mb_frame *frame);

#endif
