/* SPDX-License-Identifier: MIT */
#include "meterbus/doctor_examine.h"

#include "base/stream.h"

#include <meterbus/encode.h>
#include <meterbus/error.h>

#include <stdio.h>

#define C_REQ_UD2_FCB (MB_C_REQ_UD2 | MB_C_FCB) /* the first after SND_NKE or a selection */
#define ALL_REPEATS (DOCTOR_VOTES_MAX - 1) /* of a question to all that was answered badly */
#define DIGITS 8
#define MASK_DIGIT(mask, pos, digit) \
	(((mask) & ~(0xFu << (4 * (7 - (pos))))) | (uint32_t)(digit) << (4 * (7 - (pos))))
#define SOMEBODY \
	(DOCTOR_GOOD_FACT | DOCTOR_ACK_FACT | DOCTOR_SEVERAL_FACT | DOCTOR_OTHER_BAUD_FACT | \
		DOCTOR_OTHER_MODE_FACT)
#define OTHERS \
	(DOCTOR_FOREIGN_FACT | DOCTOR_METERS_TALK_FACT | DOCTOR_MODBUS_FACT | DOCTOR_TEXT_FACT)

/* Where else meters, or other things, may be. */
static const struct mb_line meter_lines[] = {
	/* clang-format off */
	{ 2400, 8, MB_PARITY_EVEN, 1},
	{  300, 8, MB_PARITY_EVEN, 1},
	{ 9600, 8, MB_PARITY_EVEN, 1},
	{  600, 8, MB_PARITY_EVEN, 1},
	{ 1200, 8, MB_PARITY_EVEN, 1},
	{ 4800, 8, MB_PARITY_EVEN, 1},
	{19200, 8, MB_PARITY_EVEN, 1},
	{38400, 8, MB_PARITY_EVEN, 1},
	{ 2400, 8, MB_PARITY_NONE, 1},
	{ 2400, 8, MB_PARITY_ODD,  1},
	/* clang-format on */
};
static const struct mb_line foreign_lines[] = {
	/* clang-format off */
	{ 2400, 8, MB_PARITY_EVEN, 1},
	{  300, 8, MB_PARITY_EVEN, 1},
	{ 9600, 8, MB_PARITY_EVEN, 1},
	{ 9600, 8, MB_PARITY_NONE, 1},
	{19200, 8, MB_PARITY_EVEN, 1},
	{19200, 8, MB_PARITY_NONE, 1},
	/* clang-format on */
};
static const struct mb_line modbus_lines[] = {
	/* clang-format off */
	{ 9600, 8, MB_PARITY_NONE, 1},
	{ 9600, 8, MB_PARITY_EVEN, 1},
	{19200, 8, MB_PARITY_EVEN, 1},
	/* clang-format on */
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* ---- facts ---- */

static void take(struct doctor *d, uint32_t facts)
{
	d->facts |= facts;
}

static void take_strangers(struct doctor *d)
{
	if (d->heard.modbus)
		take(d, DOCTOR_MODBUS_FACT);
	if (d->heard.text)
		take(d, DOCTOR_TEXT_FACT);
	if (d->heard.stuck)
		take(d, DOCTOR_STUCK_FACT);
}

static void take_meter(struct doctor *d)
{
	if (d->heard.sound == DOCTOR_RESPONSE)
		doctor_take_meter(d, &d->heard.frame);
}

/* Of a question that a single meter would answer well. */
static void take_answer(struct doctor *d)
{
	static const uint32_t facts[] = {
		[DOCTOR_NOTHING] = 0,
		[DOCTOR_ACK] = DOCTOR_ACK_FACT,
		[DOCTOR_RESPONSE] = DOCTOR_GOOD_FACT,
		[DOCTOR_SEVERAL] = DOCTOR_SEVERAL_FACT,
		[DOCTOR_MASTER] = DOCTOR_FOREIGN_FACT,
		[DOCTOR_BROKEN] = DOCTOR_BROKEN_FACT,
	};

	take(d, facts[d->heard.sound]);
	if (d->heard.sound == DOCTOR_BROKEN)
		take_strangers(d);
	if (d->heard.sound == DOCTOR_BROKEN && d->heard.parity)
		take(d, DOCTOR_PARITY_FACT);
	take_meter(d);
}

/* ---- the telegrams ---- */

static const char *at_line(const struct doctor *d, const struct mb_line *line, const char *what,
	char buf[DOCTOR_NOTE_MAX])
{
	if (mb_line_equal(line, &d->bus.path.line))
		snprintf(buf, DOCTOR_NOTE_MAX, "%s", what);
	else
		snprintf(buf, DOCTOR_NOTE_MAX, "%u %u%c%u: %s", (unsigned)line->baud,
			line->data_bits, "NEO"[line->parity % 3], line -> stop_bits, what);
	return buf;
}

static int ask_short(
	struct doctor *d, const struct mb_line *line, const char *what, uint8_t c, uint8_t a)
{
	char name[DOCTOR_NOTE_MAX];
	uint8_t bytes[8];
	int len = mb_frame_write_short(bytes, sizeof(bytes), c, a);

	return doctor_ask(d, at_line(d, line, what, name), line, bytes, (size_t)len);
}

static int select_mask(struct doctor *d, const struct mb_line *line, uint32_t id)
{
	struct mb_address mask = {.type = MB_ADDRESS_SECONDARY,
		.secondary = {id, MB_MANUFACTURER_ANY, MB_VERSION_ANY, MB_MEDIUM_ANY}};
	char what[32], name[DOCTOR_NOTE_MAX];
	uint8_t bytes[32];
	int len = mb_encode_select(bytes, sizeof(bytes), MB_C_SND_UD, &mask);

	snprintf(what, sizeof(what), "select %08X", (unsigned)id);
	return doctor_ask(d, at_line(d, line, what, name), line, bytes, len > 0 ? (size_t)len : 0);
}

/* ---- listening ---- */

static int listen_at(struct doctor *d, const struct mb_line *line)
{
	char name[DOCTOR_NOTE_MAX];

	return doctor_ask(d, at_line(d, line, "listening", name), line, NULL, 0);
}

/* A single answer may be the end of somebody's interrupted read. */
static int take_listening(struct doctor *d)
{
	switch ((enum doctor_sound)d->heard.sound) {
	case DOCTOR_NOTHING:
		return 0;
	case DOCTOR_MASTER:
		take(d, DOCTOR_FOREIGN_FACT);
		return 0;
	case DOCTOR_BROKEN:
		take(d, DOCTOR_BABBLE_FACT);
		take_strangers(d);
		return 0;
	case DOCTOR_ACK:
	case DOCTOR_RESPONSE:
	case DOCTOR_SEVERAL:
		break;
	}
	if (listen_at(d, &d->bus.path.line) < 0)
		return MB_E_CANCELLED;
	if (d->heard.answers)
		take(d, DOCTOR_METERS_TALK_FACT);
	return 0;
}

/* Garbage may be good traffic at another speed. */
static int listen_elsewhere(struct doctor *d)
{
	int rc = 0;

	for (size_t i = 0; i < COUNT(foreign_lines) && rc == 0 && !(d->facts & OTHERS); i++) {
		const struct mb_line *line = &foreign_lines[i];

		if (mb_line_equal(line, &d->bus.path.line))
			continue;
		rc = listen_at(d, line);
		if (d->heard.sound == DOCTOR_MASTER || d->heard.modbus || d->heard.text) {
			take_strangers(d);
			if (d->heard.sound == DOCTOR_MASTER)
				take(d, DOCTOR_FOREIGN_FACT);
			d->has_line = true;
			d->line = *line;
		}
	}
	return rc;
}

static int listen(struct doctor *d)
{
	int rc = listen_at(d, &d->bus.path.line);

	if (rc == 0)
		rc = take_listening(d);
	if (rc == 0 && (d->facts & DOCTOR_BABBLE_FACT) && !(d->facts & OTHERS) && !d->fixed_line)
		rc = listen_elsewhere(d);
	return rc;
}

/* ---- all at once ---- */

/* What comes now, but for an echo, comes without any reason. */
static int ask_nobody(struct doctor *d)
{
	int rc = ask_short(d, &d->bus.path.line, "SND_NKE to 255 (none may answer)", MB_C_SND_NKE,
		MB_A_BROADCAST);

	if (rc == 0 && d->heard.sound == DOCTOR_MASTER)
		take(d, DOCTOR_FOREIGN_FACT);
	else if (rc == 0 && d->heard.sound != DOCTOR_NOTHING)
		take(d, DOCTOR_BABBLE_FACT);
	if (rc == 0)
		take_strangers(d);
	return rc;
}

struct tally {
	unsigned good, bad;
};

static void count(const struct doctor *d, struct tally *t)
{
	t->good += d->heard.sound == DOCTOR_RESPONSE;
	t->bad += d->heard.sound == DOCTOR_BROKEN || d->heard.sound == DOCTOR_SEVERAL;
}

/* Broken each time, but differently: there is one meter, and noise. */
static void take_vote(struct doctor *d)
{
	struct mb_frame frame;

	if (!doctor_vote_frame(&d->vote, &frame))
		return;
	take(d, DOCTOR_MOSTLY_FACT);
	doctor_take_meter(d, &frame);
}

/* 254: every meter answers. A bad answer is asked for again: collisions stay, noise changes. */
static int ask_all(struct doctor *d, struct tally *t)
{
	const struct mb_line *line = &d->bus.path.line;
	int rc = ask_short(d, line, "SND_NKE to 254 (all answer)", MB_C_SND_NKE, MB_A_TEST);

	if (rc == 0 && d->heard.sound == DOCTOR_ACK)
		take(d, DOCTOR_ACK_FACT);
	for (int i = 0; i <= ALL_REPEATS && rc == 0; i++) {
		rc = ask_short(d, line, "REQ_UD2 to 254 (all answer)", C_REQ_UD2_FCB, MB_A_TEST);
		if (rc < 0)
			break;
		take_answer(d);
		count(d, t);
		if (d->heard.sound == DOCTOR_BROKEN)
			doctor_vote_add(&d->vote, d->heard.bytes, d->heard.len);
		if (t->bad == 0 && (d->heard.sound != DOCTOR_NOTHING || i > 0))
			break;
	}
	take_vote(d);
	return rc;
}

/* Selects and asks who it is: *ret_sound of the answer; DOCTOR_NOTHING when nobody is selected. */
static int ask_mask(struct doctor *d, const struct mb_line *line, uint32_t id, uint8_t *ret_sound)
{
	int rc = select_mask(d, line, id);

	*ret_sound = DOCTOR_NOTHING;
	if (rc < 0 || d->heard.sound == DOCTOR_NOTHING)
		return rc;
	if (d->heard.sound == DOCTOR_ACK)
		take(d, DOCTOR_ACK_FACT);
	rc = ask_short(d, line, "REQ_UD2 to 253 (the selected)", C_REQ_UD2_FCB, MB_A_NETWORK);
	*ret_sound = d->heard.sound == DOCTOR_NOTHING ? DOCTOR_BROKEN : d->heard.sound;
	take_meter(d);
	return rc;
}

static int select_all(struct doctor *d, struct tally *t)
{
	const struct mb_line *line = &d->bus.path.line;
	uint8_t sound = DOCTOR_NOTHING;
	int rc = 0;

	for (int i = 0; i < 2 && rc == 0; i++) {
		rc = ask_mask(d, line, MB_ID_ANY, &sound);
		if (rc < 0 || sound == DOCTOR_NOTHING)
			break;
		take_answer(d);
		count(d, t);
		if (t->bad == 0)
			break;
	}
	return rc;
}

/* One digit: 0 and the digit to go down at, DIGIT_FOUND a meter alone, DIGIT_NONE nobody. */
#define DIGIT_FOUND 16
#define DIGIT_NONE 17

static int try_digits(struct doctor *d, const struct mb_line *line, uint32_t mask, unsigned pos,
	unsigned *ret_digit)
{
	uint8_t sound;

	*ret_digit = DIGIT_NONE;
	for (unsigned digit = 0; digit <= 9; digit++) {
		int rc = ask_mask(d, line, MASK_DIGIT(mask, pos, digit), &sound);

		if (rc < 0)
			return rc;
		if (sound == DOCTOR_NOTHING)
			continue;
		*ret_digit = sound == DOCTOR_RESPONSE ? DIGIT_FOUND : digit;
		return 0;
	}
	return 0;
}

/* Several answer: looks for one that can be heard alone. It is there: the bus is good. */
static int narrow(struct doctor *d, const struct mb_line *line, bool *ret_found)
{
	uint32_t mask = MB_ID_ANY;
	unsigned digit;

	*ret_found = false;
	for (unsigned pos = 0; pos < DIGITS; pos++) {
		int rc = try_digits(d, line, mask, pos, &digit);

		if (rc < 0 || digit == DIGIT_NONE)
			return rc;
		if (digit == DIGIT_FOUND) {
			*ret_found = true;
			return 0;
		}
		mask = MASK_DIGIT(mask, pos, digit);
	}
	return 0;
}

static int ask_here(struct doctor *d)
{
	struct tally all = {0}, selected = {0};
	bool found;
	int rc = ask_nobody(d);

	if (rc == 0)
		rc = ask_short(d, &d->bus.path.line, "SND_NKE to 253 (deselect)", MB_C_SND_NKE,
			MB_A_NETWORK);
	if (rc == 0)
		rc = ask_all(d, &all);
	if (rc == 0 && !(d->facts & OTHERS))
		rc = select_all(d, &selected);
	if ((all.good && all.bad) || (selected.good && selected.bad))
		take(d, DOCTOR_MOSTLY_FACT);
	else if (selected.good && all.bad)
		take(d, DOCTOR_SEVERAL_FACT);
	if (rc != 0 || d->facts & (DOCTOR_GOOD_FACT | DOCTOR_MOSTLY_FACT | OTHERS) ||
		!(all.bad || selected.bad))
		return rc;
	rc = narrow(d, &d->bus.path.line, &found);
	if (rc == 0 && found)
		take(d, DOCTOR_GOOD_FACT | DOCTOR_SEVERAL_FACT);
	return rc;
}

/* ---- elsewhere ---- */

/* The port cannot do this speed: the next one. */
static bool is_refused(const struct doctor *d, int rc)
{
	return rc == MB_E_STREAM && d->bus.stream && stream_state(d->bus.stream) == STREAM_OPEN;
}

static bool is_answer(const struct doctor_heard *h)
{
	return h->sound == DOCTOR_ACK || h->sound == DOCTOR_RESPONSE || h->sound == DOCTOR_SEVERAL;
}

static int ask_at(struct doctor *d, const struct mb_line *line, bool *ret_found)
{
	int rc = ask_short(d, line, "SND_NKE to 254", MB_C_SND_NKE, MB_A_TEST);
	bool heard = rc == 0 && d->heard.sound == DOCTOR_BROKEN;

	*ret_found = rc == 0 && is_answer(&d->heard);
	if (rc == 0)
		rc = ask_short(d, line, "REQ_UD2 to 254", C_REQ_UD2_FCB, MB_A_TEST);
	if (rc < 0)
		return rc;
	heard |= d->heard.sound == DOCTOR_BROKEN;
	*ret_found |= is_answer(&d->heard);
	take_meter(d);
	if (!*ret_found && heard && !(d->facts & DOCTOR_BABBLE_FACT))
		rc = narrow(d, line, ret_found);
	return rc;
}

static int ask_elsewhere(struct doctor *d)
{
	const struct mb_line *here = &d->bus.path.line;
	bool found = false;

	for (size_t i = 0; i < COUNT(meter_lines) && !found; i++) {
		const struct mb_line *line = &meter_lines[i];
		int rc;

		if (mb_line_equal(line, here))
			continue;
		rc = ask_at(d, line, &found);
		if (rc < 0 && !is_refused(d, rc))
			return rc;
		if (!found)
			continue;
		d->has_line = true;
		d->line = *line;
		take(d, line->baud == here->baud ? DOCTOR_OTHER_MODE_FACT : DOCTOR_OTHER_BAUD_FACT);
	}
	return 0;
}

/* Reads one register of device 1, which is harmless and no frame of the M-Bus. */
static int ask_modbus(struct doctor *d)
{
	static const uint8_t request[] = {0x01, 0x03, 0x00, 0x00, 0x00, 0x01, 0x84, 0x0A};
	size_t n = d->fixed_line ? 1 : COUNT(modbus_lines);
	char name[DOCTOR_NOTE_MAX];

	for (size_t i = 0; i < n && !(d->facts & DOCTOR_MODBUS_FACT); i++) {
		const struct mb_line *line = d->fixed_line ? &d->bus.path.line : &modbus_lines[i];
		int rc = doctor_ask(d, at_line(d, line, "Modbus, device 1", name), line, request,
			sizeof(request));

		if (rc < 0 && !is_refused(d, rc))
			return rc;
		if (rc == 0 && d->heard.modbus)
			take(d, DOCTOR_MODBUS_FACT);
	}
	return 0;
}

/* ---- the whole ---- */

static int examine(struct doctor *d)
{
	int rc = listen(d);

	if (rc < 0 || d->facts & OTHERS)
		return rc; /* not to disturb them */
	rc = ask_here(d);
	if (rc == 0 && !(d->facts & (SOMEBODY | OTHERS | DOCTOR_ECHO_EARLY_FACT)) && !d->fixed_line)
		rc = ask_elsewhere(d);
	if (rc == 0 &&
		!(d->facts & (SOMEBODY | OTHERS | DOCTOR_ECHO_EARLY_FACT | DOCTOR_BABBLE_FACT)))
		rc = ask_modbus(d);
	if (rc == 0 && d->facts & SOMEBODY)
		rc = ask_short(d, d->has_line ? &d->line : &d->bus.path.line,
			"SND_NKE to 253 (deselect)", MB_C_SND_NKE, MB_A_NETWORK);
	return rc;
}

int doctor_examine(struct doctor *d)
{
	int rc = examine(d);

	if (d->fixed_line)
		take(d, DOCTOR_FIXED_LINE_FACT);
	if (rc == MB_E_STREAM)
		take(d, DOCTOR_CLOSED_FACT);
	return rc;
}
