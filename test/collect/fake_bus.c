/* SPDX-License-Identifier: MIT */
#include "fake_bus.h"

#include "base/stream_impl.h"

#include <meterbus/frame.h>

#include <stdlib.h>
#include <string.h>

#define ANSWER_US 200000 /* from the call that sends to the whole answer */
#define BABBLE_US 5000

struct fake_bus bus;

static void answer(const char *text, const uint8_t *sent, size_t n)
{
	char *end;

	bus.n = 0;
	if (!text || (bus.answers && bus.answers == bus.answered))
		return;
	bus.answered++;
	if (!strcmp(text, CHANGED)) {
		memcpy(bus.bytes, sent, n);
		bus.bytes[n / 2] ^= 0x10;
		bus.n = (uint8_t)n;
	} else if (!strcmp(text, BABBLE)) {
		bus.bytes[bus.n++] = MB_ACK;
		bus.babbles = true;
	} else {
		for (; text[0] && text[1]; text = end)
			bus.bytes[bus.n++] = (uint8_t)strtoul(text, &end, 16);
	}
	bus.ready_us = loop_now_us(bus.loop) + ANSWER_US;
	bus.stream->deadline_us = bus.ready_us;
}

static int bus_open(struct stream *s, uint64_t now_us)
{
	(void)now_us;
	stream_opened(s);
	return 0;
}

static void bus_close(struct stream *s)
{
	(void)s;
	bus.n = 0;
}

static int bus_handle(struct stream *s, short revents, uint64_t now_us)
{
	(void)revents;
	if (now_us < bus.ready_us)
		return 0;
	if (bus.babbles && !bus.n) {
		bus.bytes[bus.n++] = 0x11;
		bus.ready_us = now_us;
	}
	s->deadline_us = bus.babbles ? now_us + BABBLE_US : MB_NEVER;
	return 0;
}

static short bus_events(const struct stream *s)
{
	(void)s;
	return 0;
}

static int bus_read(struct stream *s, uint8_t *ret_bytes, uint8_t *ret_marks, size_t max)
{
	size_t n = bus.n < max ? bus.n : max;

	(void)s;
	if (!n || loop_now_us(bus.loop) < bus.ready_us)
		return 0;
	memcpy(ret_bytes, bus.bytes, n);
	memset(ret_marks, 0, n);
	bus.n = 0;
	return (int)n;
}

static int bus_write(struct stream *s, const uint8_t *bytes, size_t n)
{
	(void)s;
	if (bytes[0] == 0x68)
		answer(bus.select, bytes, n);
	else
		answer(bytes[1] == MB_C_SND_NKE ? bus.nke : bus.request, bytes, n);
	return (int)n;
}

static int bus_set_line(struct stream *s, const struct mb_line *line, uint64_t now_us)
{
	(void)line;
	(void)now_us;
	return bus.bad_line ? stream_refused(s, "no such speed") : STREAM_DONE;
}

static const struct stream_ops bus_ops = {
	.size = sizeof(struct stream),
	.open = bus_open,
	.close = bus_close,
	.handle = bus_handle,
	.events = bus_events,
	.read = bus_read,
	.write = bus_write,
	.set_line = bus_set_line,
};

struct stream *fake_bus_stream(void *ctx, const struct stream_url *url)
{
	(void)ctx;
	bus.stream = stream_new_kind(&bus_ops, url);
	return bus.stream;
}

void fake_bus_babble(void)
{
	bus.babbles = true;
	bus.stream->deadline_us = loop_now_us(bus.loop) + BABBLE_US;
}
