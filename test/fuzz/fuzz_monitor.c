/* SPDX-License-Identifier: MIT */
/*
 * Anything on a bus, heard in bursts: frames that are told are frames, an event ends after it begins,
 * a deadline that has come is gone afterwards, something is told of all that is heard, and there are
 * words for it.
 *
 * Input: bursts of {flags, length, bytes}.
 */
#include "meterbus/capture.h"
#include "meterbus/keys.h"
#include "meterbus/monitor_stats.h"
#include "meterbus/monitor_text.h"
#include "meterbus/monitor_track.h"
#include "meterbus/readout.h"

#include <string.h>

#include "fuzz.h"

#define SENT 0x01
#define TICKS 0x02 /* time passes deadline by deadline, else in one leap */
#define MARKED 0x04 /* the last byte has a parity error */
#define BACKWARDS 0x08 /* the clock of the listener */
#define PAUSE(flags) ((flags) >> 4 & 3)

struct listener {
	struct monitor_track track;
	struct monitor_stats stats;
	struct readout readout;
	struct mb_chain chain;
	struct keys keys;
	bool ready;
	uint64_t now_us;
	size_t heard, told; /* bytes */
};

static void check_frame(struct listener *l, const struct monitor_event *e)
{
	struct mb_frame frame;

	CHECK(mb_frame_parse(e->bytes, e->len, &frame) == e->len);
	CHECK(frame.type == e->frame.type && !e->marks);
	readout_begin(&l->readout, NULL);
	(void)readout_add(&l->readout, e->bytes, e->len, 0, 0);
}

static void seen(void *ctx, const struct monitor_event *e)
{
	struct listener *l = ctx;
	bool good = e->kind <= MONITOR_ANSWER;
	char text[MONITOR_TEXT_MAX];

	l->told += e->len;
	CHECK(e->kind < MONITOR_KINDS);
	CHECK(e->begin_us <= e->end_us);
	CHECK((e->kind == MONITOR_SILENCE) == (e->len == 0));
	CHECK((e->kind == MONITOR_BROKEN) == (e->error < 0));
	CHECK(!e->timed || e->has_request);
	if (good)
		check_frame(l, e);
	monitor_stats_take(&l->stats, e);
	monitor_text(e, good ? &l->readout.answer : NULL, text);
	CHECK(memchr(text, '\0', sizeof(text)) != NULL);
	CHECK(monitor_text_name(e) != NULL);
}

static void wait_until(struct listener *l, uint64_t until_us, bool ticks)
{
	uint64_t deadline_us;

	while (ticks && (deadline_us = monitor_track_deadline(&l->track)) <= until_us) {
		monitor_track_tick(&l->track, deadline_us);
		CHECK(monitor_track_deadline(&l->track) > deadline_us);
	}
	l->now_us = until_us;
}

static void hear(struct listener *l, uint8_t flags, const uint8_t *bytes, size_t n)
{
	static const uint32_t pauses_us[] = {0, 5000, 200000, 3000000};
	static uint8_t marks[UINT8_MAX];
	uint64_t at_us = l->now_us + pauses_us[PAUSE(flags)];

	wait_until(l, at_us + mb_line_bytes_us(&l->track.line, n), flags & TICKS);
	if (flags & BACKWARDS)
		l->now_us /= 2;
	memset(marks, 0, n);
	if (n && flags & MARKED)
		marks[n - 1] = MB_MARK_PARITY;
	monitor_track_rx(&l->track, flags & SENT ? CAPTURE_SENT : CAPTURE_RECEIVED, bytes,
		flags & MARKED ? marks : NULL, n, l->now_us);
	l->heard += n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mb_line line = MB_LINE_2400_8E1;
	static struct listener l;

	if (!l.ready)
		readout_init(&l.readout, &l.keys, NULL, &l.chain);
	l.ready = true; /* that is dear */
	memset(&l.stats, 0, offsetof(struct monitor_stats, stations));
	l.now_us = l.heard = l.told = 0;
	monitor_track_init(&l.track, &line, size % 2 ? 0 : 50000, seen, &l);
	for (size_t at = 0; at + 2 <= size;) {
		uint8_t flags = data[at];
		size_t n = data[at + 1];

		at += 2;
		if (n > size - at)
			n = size - at;
		hear(&l, flags, data + at, n);
		at += n;
	}
	monitor_track_end(&l.track);
	CHECK(!l.heard || l.told);
	return 0;
}
