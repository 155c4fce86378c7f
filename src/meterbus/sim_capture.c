/* SPDX-License-Identifier: MIT */
#include "meterbus/sim_capture.h"
#include "meterbus/capture.h"

#include <meterbus/error.h>
#include <meterbus/telegram.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METERS_MAX 1000
#define PAUSE_US 1000000 /* bytes further apart belong to different telegrams */
#define TEXT_PER_TELEGRAM (3 * MB_FRAME_MAX + 16)

struct telegram {
	uint8_t bytes[MB_FRAME_MAX];
	uint16_t len;
};

/* The answer being collected, and the last whole one. */
struct answers {
	uint8_t a;
	struct mb_secondary address;
	struct telegram open[METER_TELEGRAMS_MAX], whole[METER_TELEGRAMS_MAX];
	unsigned n_open, n_whole;
};

struct collection {
	struct answers *meters;
	size_t n;
	struct mb_deframer deframer;
	uint64_t last_us;
	bool full; /* there are more meters, or no memory */
};

static struct answers *meter_of(struct collection *c, const struct mb_telegram *t)
{
	struct answers *meters;

	for (size_t i = 0; i < c->n; i++)
		if (c->meters[i].a == t->frame.a &&
			mb_secondary_equal(&c->meters[i].address, &t->address))
			return &c->meters[i];
	if (c->n == METERS_MAX)
		return NULL;
	meters = realloc(c->meters, (c->n + 1) * sizeof(*meters));
	if (!meters)
		return NULL;
	c->meters = meters;
	meters[c->n] = (struct answers){.a = t->frame.a, .address = t->address};
	return &meters[c->n++];
}

static bool is_repeat(const struct answers *m, const uint8_t *bytes, size_t len)
{
	const struct telegram *last = m->n_open ? &m->open[m->n_open - 1] : NULL;

	return last && last->len == len && !memcmp(last->bytes, bytes, len);
}

static void take_telegram(struct collection *c, const struct mb_frame *frame)
{
	uint8_t bytes[MB_FRAME_MAX];
	int len = mb_frame_write(bytes, sizeof(bytes), frame);
	struct mb_telegram t = {0};
	struct answers *m;

	if (len < 0 || frame->type != MB_FRAME_LONG || frame->c & MB_C_PRM)
		return;
	(void)mb_telegram_parse(frame, &t); /* an unknown CI is served all the same */
	m = meter_of(c, &t);
	c->full |= !m;
	if (!m || is_repeat(m, bytes, (size_t)len))
		return;
	if (m->n_open == METER_TELEGRAMS_MAX)
		m->n_open = 0;
	m->open[m->n_open].len = (uint16_t)len;
	memcpy(m->open[m->n_open++].bytes, bytes, (size_t)len);
	if (mb_telegram_more(&t))
		return;
	memcpy(m->whole, m->open, sizeof(m->whole));
	m->n_whole = m->n_open;
	m->n_open = 0;
}

static void take_frames(struct collection *c)
{
	struct mb_frame frame;
	int rc;

	while ((rc = mb_deframer_next(&c->deframer, &frame, NULL, NULL)))
		if (rc > 0)
			take_telegram(c, &frame);
}

static void take_event(struct collection *c, const struct capture_event *e)
{
	const uint8_t *bytes = e->bytes, *marks = e->marks;
	size_t left = e->len;

	if (e->time_us > c->last_us + PAUSE_US) {
		mb_deframer_idle(&c->deframer);
		take_frames(c);
	}
	c->last_us = e->time_us;
	while (left && e->direction == CAPTURE_RECEIVED) {
		size_t n = mb_deframer_push(&c->deframer, bytes, marks, left);

		take_frames(c);
		bytes += n;
		marks += n;
		left -= n;
	}
}

/* ---- files ---- */

static bool read_line(FILE *f, char *line, size_t *ret_len)
{
	if (!fgets(line, CAPTURE_LINE_MAX, f))
		return false;
	*ret_len = strcspn(line, "\r\n");
	return true;
}

static int collect(const char *path, FILE *f, struct collection *c, char *ret_err, size_t err_max)
{
	struct capture_head head = {0};
	char line[CAPTURE_LINE_MAX];
	struct capture_event event;
	unsigned number = 1;
	size_t len;

	mb_deframer_init(&c->deframer);
	for (; read_line(f, line, &len); number++) {
		enum capture_kind kind = capture_line(&head, line, len, &event);

		if (kind == CAPTURE_EVENT)
			take_event(c, &event);
		if (kind == CAPTURE_BAD) {
			snprintf(ret_err, err_max, "%s:%u: no line of a capture", path, number);
			return MB_E_INVALID;
		}
		if (c->full) {
			snprintf(ret_err, err_max, "%s:%u: more than %d meters, or no memory", path,
				number, METERS_MAX);
			return MB_E_NO_SPACE;
		}
	}
	return 0;
}

/* ---- the scenario ---- */

static size_t write_meter(char *text, const struct answers *m)
{
	size_t n = (size_t)sprintf(text, "[meter]\n");

	for (unsigned i = 0; i < m->n_whole; i++) {
		n += (size_t)sprintf(text + n, "telegram=");
		for (unsigned k = 0; k < m->whole[i].len; k++)
			n += (size_t)sprintf(text + n, "%02X ", m->whole[i].bytes[k]);
		n += (size_t)sprintf(text + n, "\n");
	}
	return n;
}

static int make_scenario(const char *path, const struct collection *c, struct scenario *ret,
	char *ret_err, size_t err_max)
{
	char *text = malloc((c->n + 1) * METER_TELEGRAMS_MAX * TEXT_PER_TELEGRAM);
	size_t n = 0;
	int rc;

	if (!text) {
		snprintf(ret_err, err_max, "no memory");
		return MB_E_NO_SPACE;
	}
	text[0] = '\0';
	for (size_t i = 0; i < c->n; i++)
		if (c->meters[i].n_whole)
			n += write_meter(text + n, &c->meters[i]);
	rc = scenario_parse(text, path, ret, ret_err, err_max);
	free(text);
	if (rc >= 0 && !ret->n_meters) {
		snprintf(ret_err, err_max, "%s: no meter gave a whole answer in it", path);
		scenario_done(ret);
		return MB_E_INVALID;
	}
	return rc;
}

/* As capture_version(). */
static int version_of(FILE *f)
{
	char line[CAPTURE_LINE_MAX];
	size_t len;
	int version = read_line(f, line, &len) ? capture_version(line, len) : -1;

	rewind(f);
	return version;
}

int sim_from_spec(const char *spec, struct scenario *ret, char *ret_err, size_t err_max)
{
	struct collection c = {0};
	FILE *f = fopen(spec, "r");
	int version = f ? version_of(f) : -1;
	int rc = MB_E_UNSUPPORTED;

	if (version == CAPTURE_VERSION)
		rc = collect(spec, f, &c, ret_err, err_max);
	else if (version >= 0)
		snprintf(ret_err, err_max, "%s: " CAPTURE_UNKNOWN, spec, version);
	if (f)
		fclose(f);
	if (version < 0)
		return scenario_from_spec(spec, ret, ret_err, err_max);
	if (rc >= 0)
		rc = make_scenario(spec, &c, ret, ret_err, err_max);
	free(c.meters);
	return rc;
}
