/* SPDX-License-Identifier: MIT */
/*
 * What the kinds of streams share. Private to src/base. Each kind is a struct that begins with
 * struct stream, and one row of operations.
 */
#ifndef BASE_STREAM_IMPL_H
#define BASE_STREAM_IMPL_H

#include "base/stream.h"

#include <meterbus/error.h>

#define STREAM_TEXT_MAX 512
#define STREAM_NAME_MAX (STREAM_URL_PATH_MAX + 32)

/*
 * open and handle set the state by stream_opened() or stream_failed(). NULL: not supported (line,
 * send_break, peer_line) or nothing to add to reading all away (purge).
 */
struct stream_ops {
	size_t size; /* of the whole struct */
	int (*open)(struct stream *s, uint64_t now_us);
	void (*close)(struct stream *s); /* releases all; may be called in any state */
	int (*handle)(struct stream *s, short revents, uint64_t now_us);
	short (*events)(const struct stream *s);
	int (*read)(struct stream *s, uint8_t *ret_bytes, uint8_t *ret_marks, size_t max);
	int (*write)(struct stream *s, const uint8_t *bytes, size_t n);
	int (*set_line)(struct stream *s, const struct mb_line *line, uint64_t now_us);
	int (*send_break)(struct stream *s, bool on);
	bool (*peer_line)(const struct stream *s, struct mb_line *ret_line);
	void (*purge)(struct stream *s);
};

struct stream {
	const struct stream_ops *ops;
	struct stream_url url;
	char name[STREAM_NAME_MAX];
	char error[STREAM_TEXT_MAX];
	char warning[STREAM_TEXT_MAX];
	enum stream_state state;
	int fd; /* -1: none */
	bool full; /* the last write did not take all */
	bool waiting; /* CONNECTING, but only for the time of a reopen */
	uint64_t deadline_us; /* of connecting or reopening */
	uint64_t tx_end_us;
	uint64_t break_end_us; /* MB_NEVER: no break */
	struct mb_line line; /* last asked for */
	struct stream_places *places; /* looked up for the next open; NULL: not */
};

extern const struct stream_ops serial_ops;
extern const struct stream_ops tcp_ops;
extern const struct stream_ops udp_ops;
extern const struct stream_ops rfc2217_ops;
extern const struct stream_ops pty_ops; /* a listener's end */

struct stream *stream_new_kind(const struct stream_ops *ops, const struct stream_url *url);

void stream_opened(struct stream *s);
/* Closes; the text becomes "<name>: <text>". Returns MB_E_STREAM. */
int stream_failed(struct stream *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* As stream_failed(), with the text of an errno and the advice that belongs to it. */
int stream_failed_errno(struct stream *s, int error);
/* Sets the error text only; the stream stays as it is. Returns MB_E_INVALID. */
int stream_refused(struct stream *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The first warning stays: it is said once. */
void stream_warn(struct stream *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "permission denied", and what to do about it ("" when nothing is known). */
void stream_errno_text(
	enum stream_kind kind, const char *path, int error, char *ret_text, size_t max);

#endif
