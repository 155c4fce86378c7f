/* SPDX-License-Identifier: MIT */
#include <meterbus/error.h>
#include <meterbus/frame.h>

#include "mem.h"

#define START_SHORT 0x10
#define START_LONG 0x68
#define SHORT_SIZE 5
#define LONG_EXTRA 6

void mb_deframer_init(struct mb_deframer *d)
{
	d->dropped = 0;
	mb_deframer_reset(d);
}

void mb_deframer_reset(struct mb_deframer *d)
{
	d->len = 0;
	d->out = 0;
	d->hunt = 0;
	d->idle = 0;
}

size_t mb_deframer_push(
	struct mb_deframer *d, const uint8_t *bytes, const uint8_t *marks, size_t len)
{
	size_t room = sizeof(d->buf) - d->len;

	if (len > room)
		len = room;
	if (!len)
		return 0;
	memcpy(d->buf + d->len, bytes, len);
	if (marks)
		memcpy(d->marks + d->len, marks, len);
	else
		memset(d->marks + d->len, 0, len);
	d->len = (uint16_t)(d->len + len);
	return len;
}

void mb_deframer_idle(struct mb_deframer *d)
{
	d->idle = d->len;
	if (!d->len)
		d->hunt = 0;
}

static uint16_t less(uint16_t from, size_t n)
{
	return (uint16_t)(from > n ? from - n : 0);
}

static void consume(struct mb_deframer *d, size_t n)
{
	if (!n)
		return;
	d->len = less(d->len, n);
	memmove(d->buf, d->buf + n, d->len);
	memmove(d->marks, d->marks + n, d->len);
	d->hunt = less(d->hunt, n);
	if (d->idle) {
		d->idle = less(d->idle, n);
		if (!d->idle)
			d->hunt = 0; /* what comes after silence is no part of a broken frame */
	}
}

static void drop(struct mb_deframer *d, size_t n)
{
	d->dropped += (uint32_t)n;
	consume(d, n);
}

/* A marked byte starts nothing, an acknowledge does not stand inside a broken frame. */
static bool starts(const struct mb_deframer *d, size_t at)
{
	uint8_t byte = d->buf[at];

	if (d->marks[at])
		return false;
	if (byte == START_LONG || byte == START_SHORT)
		return true;
	return at >= d->hunt && (byte == MB_ACK || byte == MB_NACK);
}

static size_t count_garbage(const struct mb_deframer *d, size_t avail)
{
	size_t n = 0;

	if (d->hunt && d->hunt < avail)
		avail = d->hunt;
	while (n < avail && !starts(d, n))
		n++;
	return n;
}

static bool any_mark(const struct mb_deframer *d, size_t n)
{
	uint8_t marks = 0;

	for (size_t i = 0; i < n; i++)
		marks |= d->marks[i];
	return marks;
}

static bool holds_long_start(const struct mb_deframer *d, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (d->buf[i] == START_LONG)
			return true;
	return false;
}

/* Size of the frame at the head as it says of itself. */
static size_t claimed(const struct mb_deframer *d)
{
	return d->buf[0] == START_SHORT ? SHORT_SIZE : d->buf[1] + LONG_EXTRA;
}

/* Report n bytes and drop n_drop of them with the next call. */
static int refuse(struct mb_deframer *d, int error, size_t n, size_t n_drop,
	const uint8_t **ret_evidence, size_t *ret_evidence_len)
{
	d->out = (uint16_t)n_drop;
	d->dropped += (uint32_t)n_drop;
	if (ret_evidence)
		*ret_evidence = d->buf;
	if (ret_evidence_len)
		*ret_evidence_len = n;
	return any_mark(d, n) ? MB_E_PARITY : error;
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static int refuse_garbage(
	struct mb_deframer *d, size_t n, const uint8_t **ret_evidence, size_t *ret_evidence_len)
{
	if (holds_long_start(d, n)) /* marked, yet likely one */
		d->hunt = MB_FRAME_MAX;
	return refuse(d, MB_E_BAD_START, n, n, ret_evidence, ret_evidence_len);
}

/* The hunt goes on over the rest of the frame; over the longest one when its length is not to be
 * trusted. */
static int refuse_frame(struct mb_deframer *d, int error, size_t avail,
	const uint8_t **ret_evidence, size_t *ret_evidence_len)
{
	bool bad_head = error == MB_E_BAD_LENGTH || error == MB_E_BAD_START2;
	size_t n;

	if (bad_head)
		n = error == MB_E_BAD_LENGTH ? 3 : 4;
	else
		n = error == MB_E_INCOMPLETE ? avail : claimed(d);
	d->hunt = (uint16_t)(bad_head ? MB_FRAME_MAX : n);
	return refuse(d, error, min_size(n, avail), 1, ret_evidence, ret_evidence_len);
}

/* The head of what is held: 1 and a frame, 0 for more bytes, else an error of the frame. */
static int parse_head(struct mb_deframer *d, size_t avail, struct mb_frame *ret_frame)
{
	struct mb_frame frame;
	int rc = mb_frame_parse(d->buf, avail, &frame);

	if (rc == MB_E_BAD_CHECKSUM && avail < claimed(d))
		rc = MB_E_INCOMPLETE; /* its stop byte is evidence too */
	if (rc == MB_E_INCOMPLETE)
		return d->idle ? rc : 0;
	if (rc < 0)
		return rc;
	if (any_mark(d, frame.size))
		return MB_E_PARITY;
	d->hunt = 0;
	d->out = frame.size;
	*ret_frame = frame;
	return 1;
}

int mb_deframer_next(struct mb_deframer *d, struct mb_frame *ret_frame,
	const uint8_t **ret_evidence, size_t *ret_evidence_len)
{
	size_t avail;
	size_t garbage;
	int rc;

	consume(d, d->out);
	d->out = 0;
	while ((avail = d->idle ? d->idle : d->len) > 0) {
		garbage = count_garbage(d, avail);
		if (garbage && !d->hunt)
			return refuse_garbage(d, garbage, ret_evidence, ret_evidence_len);
		if (garbage) {
			drop(d, garbage);
			continue;
		}
		rc = parse_head(d, avail, ret_frame);
		if (rc >= 0)
			return rc;
		if (!d->hunt)
			return refuse_frame(d, rc, avail, ret_evidence, ret_evidence_len);
		drop(d, 1); /* that the frame is broken has been said */
	}
	return 0;
}
