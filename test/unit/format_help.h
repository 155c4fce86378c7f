/* SPDX-License-Identifier: MIT */
/* Telegrams given as hex, printed by a format into memory. */
#ifndef TEST_FORMAT_HELP_H
#define TEST_FORMAT_HELP_H

#include "base/hex.h"
#include "export/format.h"
#include "export/profile.h"
#include "meterbus/input.h"
#include "meterbus/readout.h"

#include <meterbus/chain.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT_TEXT_MAX 262144

/* A header of PAD 12345678, version 1, water, access 85; records follow. */
#define FORMAT_HEADER "78 56 34 12 24 40 01 07 55 00 00 00 "

struct format_case {
	struct readout readout;
	struct mb_chain chain;
	struct format_options options;
	struct profile profile;
	struct keys keys;
	char text[FORMAT_TEXT_MAX];
};

static inline struct format_case *format_new(void)
{
	struct format_case *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	readout_init(&c->readout, &c->keys, &c->profile, &c->chain);
	return c;
}

/* The one case of a test program, and what its group of tests begins and ends with. */
#define DEFINE_FORMAT_CASE(name) \
	static struct format_case *name; \
\
	static int set_up(void **state) \
	{ \
		(void)state; \
		name = format_new(); \
		return 0; \
	} \
\
	static int tear_down(void **state) \
	{ \
		(void)state; \
		free(name); \
		return 0; \
	}

/* Prints what the readout holds. */
static inline const char *format_print(struct format_case *c, const char *format)
{
	const struct format *f = format_find(format);
	struct out o;

	if (!f)
		abort();
	out_init(&o, c->text, sizeof(c->text), NULL, NULL);
	if (f->begin)
		f->begin(&o, &c->options);
	f->answer(&o, &c->readout.answer, &c->options);
	if (f->end)
		f->end(&o, &c->options);
	if (out_flush(&o) < 0 || o.len == sizeof(c->text))
		abort();
	c->text[o.len] = 0;
	return c->text;
}

static inline void format_add(struct format_case *c, const uint8_t *bytes, size_t len)
{
	readout_add(&c->readout, bytes, len, 0, 0);
}

/* One whole frame as hex. */
static inline const char *format_frame(struct format_case *c, const char *format, const char *hex)
{
	uint8_t bytes[1024];
	int len = hex_bytes(hex, strlen(hex), bytes, sizeof(bytes));

	if (len < 0)
		abort();
	readout_begin(&c->readout, NULL);
	format_add(c, bytes, (size_t)len);
	return format_print(c, format);
}

/* A RSP_UD from address 1 with these bytes behind CI. */
static inline void format_add_data(struct format_case *c, uint8_t ci, const char *hex)
{
	uint8_t data[MB_FRAME_DATA_MAX], frame[MB_FRAME_MAX];
	int len = hex_bytes(hex, strlen(hex), data, sizeof(data));
	int size =
		len < 0 ? len
			: mb_frame_write_long(frame, sizeof(frame), 0x08, 1, ci, data, (size_t)len);

	if (size < 0)
		abort();
	format_add(c, frame, (size_t)size);
}

/* These records behind FORMAT_HEADER. */
static inline const char *format_records(
	struct format_case *c, const char *format, const char *records)
{
	char hex[2048];

	snprintf(hex, sizeof(hex), FORMAT_HEADER "%s", records);
	readout_begin(&c->readout, NULL);
	format_add_data(c, 0x72, hex);
	return format_print(c, format);
}

/* A frame with any data, of a kind of its own in each round; returns its size. */
static inline size_t format_anything(
	unsigned round, uint32_t *seed, uint8_t ret_frame[MB_FRAME_MAX])
{
	uint8_t data[MB_FRAME_DATA_MAX];

	for (size_t i = 0; i < sizeof(data); i++) {
		*seed = *seed * 1664525 + 1013904223;
		data[i] = (uint8_t)(*seed >> 24);
	}
	return (size_t)mb_frame_write_long(ret_frame, MB_FRAME_MAX, round % 3 ? 8 : 0x53, 1,
		round % 5 ? 0x72 : data[200], data, *seed % sizeof(data));
}

#endif
