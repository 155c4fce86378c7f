/* SPDX-License-Identifier: MIT */
#include "meterbus/monitor_show.h"

#include "export/json.h"
#include "export/style.h"
#include "meterbus/bus_json.h"
#include "meterbus/exit.h"
#include "meterbus/monitor_text.h"
#include "meterbus/talk.h"

#include <meterbus/error.h>

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define READING_MAX 262144 /* characters of the JSON of one telegram */
#define US_PER_S 1000000

int monitor_show_open(struct monitor_show *s, const struct args *args, const struct keys *keys)
{
	int rc = print_open(&s->print, args, "lines");

	if (rc != EXIT_OK)
		return rc;
	s->json = args_has(args, "json");
	s->color = talk_color(STDOUT_FILENO, args_value(args, "color"));
	if (print_format(s->print)) {
		const char *name = print_format(s->print)->name;

		s->json |= strcmp(name, "json") == 0;
		s->lines = strcmp(name, "table") == 0 || strcmp(name, "annotate") == 0;
		print_many(s->print);
	} else {
		s->lines = true;
	}
	readout_init(&s->readout, keys, print_profile(s->print), &s->chain);
	return EXIT_OK;
}

int monitor_show_close(struct monitor_show *s)
{
	return print_close(s->print);
}

/* ---- lines ---- */

static void put_clock(const struct monitor_show *s, uint64_t us, char *buf, size_t max)
{
	int64_t wall_us = s->wall_offset_us + (int64_t)us;
	time_t seconds = (time_t)(wall_us / US_PER_S);
	struct tm tm;

	if (!s->has_wall) {
		snprintf(buf, max, "%8llu.%03u", (unsigned long long)(us / US_PER_S),
			(unsigned)(us % US_PER_S / 1000));
		return;
	}
	localtime_r(&seconds, &tm);
	snprintf(buf, max, "%02d:%02d:%02d.%03d", tm.tm_hour, tm.tm_min, tm.tm_sec,
		(int)(wall_us % US_PER_S / 1000));
}

static enum style style_of(const struct monitor_event *e)
{
	static const uint8_t styles[MONITOR_KINDS] = {
		[MONITOR_REQUEST] = STYLE_HEAD,
		[MONITOR_ANSWER] = STYLE_GOOD,
		[MONITOR_BROKEN] = STYLE_BAD,
		[MONITOR_SILENCE] = STYLE_DIM,
	};

	return e->flags & ~MONITOR_REPEAT ? STYLE_BAD : styles[e->kind];
}

static void put_address(const struct monitor_event *e, char *buf, size_t max)
{
	bool own = (e->kind == MONITOR_REQUEST || e->kind == MONITOR_ANSWER) &&
		   e->frame.type >= MB_FRAME_SHORT;

	*buf = 0;
	if (own)
		snprintf(buf, max, "%u", e->frame.a);
	else if (e->has_request && !(e->flags & MONITOR_UNASKED))
		snprintf(buf, max, "%u", e->asked_a);
}

static void show_line(
	struct monitor_show *s, const struct monitor_event *e, const struct answer *answer)
{
	static const char arrows[MONITOR_KINDS] = {
		[MONITOR_REQUEST] = '>',
		[MONITOR_ANSWER] = '<',
		[MONITOR_BROKEN] = '!',
		[MONITOR_SILENCE] = '!',
	};
	char on[STYLE_MAX + 1], off[STYLE_MAX + 1], clock[32], address[8], after[16] = "";
	char text[MONITOR_TEXT_MAX], size[8] = "";

	*put_style(on, s->color, style_of(e)) = 0;
	*put_style(off, s->color, STYLE_PLAIN) = 0;
	put_clock(s, e->begin_us, clock, sizeof(clock));
	put_address(e, address, sizeof(address));
	if (e->len)
		snprintf(size, sizeof(size), "%u", e->len);
	if (e->timed)
		snprintf(after, sizeof(after), "%.1f ms", (double)e->response_us / 1e3);
	if (!s->head)
		printf("%-12s   %-8s %4s %5s %10s\n", s->has_wall ? "time" : "       time", "frame",
			"addr", "bytes", "after");
	s->head = true;
	printf("%s %s%c %-8s%s %4s %5s %10s  %s\n", clock, on, arrows[e->kind],
		monitor_text_name(e), off, address, size, after, monitor_text(e, answer, text));
	fflush(stdout);
}

/* ---- JSON ---- */

static void put_reading(struct bus_json *j, const struct answer *answer)
{
	static char text[READING_MAX];
	struct out o;

	out_init(&o, text, sizeof(text), NULL, NULL);
	json_answer(&o, answer, &(struct format_options){0});
	if (o.failed || o.len == 0)
		return;
	out_text(&j->out, ",\"reading\":");
	out_bytes(&j->out, text, o.len - 1); /* without its newline */
}

static void put_flags(struct bus_json *j, const struct monitor_event *e)
{
	for (const struct monitor_flag *f = monitor_flags; f->flag; f++)
		if (e->flags & f->flag)
			bus_json_bool(j, f->key, true);
}

static void put_addresses(struct bus_json *j, const struct monitor_event *e)
{
	char text[MB_ADDRESS_TEXT_MAX];
	struct mb_address selected = {.type = MB_ADDRESS_SECONDARY};

	put_address(e, text, sizeof(text));
	if (e->frame.type >= MB_FRAME_SHORT && e->len && e->kind != MONITOR_BROKEN)
		bus_json_number(j, "a", e->frame.a);
	if (e->has_request && e->kind != MONITOR_REQUEST && !(e->flags & MONITOR_UNASKED))
		bus_json_number(j, "asked", e->asked_a);
	if (!e->selected)
		return;
	selected.secondary = *e->selected;
	if (mb_address_format(&selected, text, sizeof(text)) > 0)
		bus_json_text(j, "selected", text);
}

static void put_event_time(
	struct bus_json *j, const struct monitor_show *s, const struct monitor_event *e)
{
	char time[PUT_TIME_MAX];

	if (s->has_wall) {
		*put_time(time, s->wall_offset_us + (int64_t)e->begin_us, true) = 0;
		bus_json_text(j, "time", time);
	} else {
		bus_json_number(j, "time_us", (int64_t)e->begin_us);
	}
}

static void show_json(
	struct monitor_show *s, const struct monitor_event *e, const struct answer *answer)
{
	static const char *const types[MONITOR_KINDS] = {
		[MONITOR_REQUEST] = "request",
		[MONITOR_ANSWER] = "answer",
		[MONITOR_BROKEN] = "broken",
		[MONITOR_SILENCE] = "silence",
	};
	char text[MONITOR_TEXT_MAX];
	struct bus_json j;

	bus_json_begin(&j, types[e->kind]);
	put_event_time(&j, s, e);
	if (e->kind < MONITOR_BROKEN)
		bus_json_text(&j, "name", monitor_text_name(e));
	else if (e->kind == MONITOR_BROKEN)
		bus_json_text(&j, "error", mb_error_name(e->error));
	put_addresses(&j, e);
	if (e->timed)
		bus_json_number(&j, "response_us", (int64_t)e->response_us);
	put_flags(&j, e);
	bus_json_text(&j, "text", monitor_text(e, answer, text));
	bus_json_hex(&j, "bytes", e->bytes, e->len);
	if (answer && e->kind == MONITOR_ANSWER && e->frame.type == MB_FRAME_LONG)
		put_reading(&j, answer);
	bus_json_end(&j);
}

/* ---- both ---- */

/* The frame taken apart and deciphered; NULL for what is none. */
static const struct answer *take_apart(struct monitor_show *s, const struct monitor_event *e)
{
	int64_t wall_us = s->has_wall ? s->wall_offset_us + (int64_t)e->end_us : 0;

	if (e->kind > MONITOR_ANSWER)
		return NULL;
	readout_begin(&s->readout, NULL);
	(void)readout_add(&s->readout, e->bytes, e->len, 0, wall_us);
	return &s->readout.answer;
}

static bool wants_details(const struct monitor_show *s, const struct monitor_event *e)
{
	const struct format *format = print_format(s->print);

	if (!format || e->kind > MONITOR_ANSWER)
		return false;
	if (strcmp(format->name, "annotate") == 0)
		return true;
	return e->kind == MONITOR_ANSWER && e->frame.type == MB_FRAME_LONG;
}

void monitor_show_event(struct monitor_show *s, const struct monitor_event *e)
{
	const struct answer *answer = take_apart(s, e);

	talk_progress("%s", "");
	if (s->json) {
		show_json(s, e, answer);
		return;
	}
	if (s->lines)
		show_line(s, e, answer);
	if (!wants_details(s, e))
		return;
	print_answer(s->print, answer);
	print_flush(s->print);
}
