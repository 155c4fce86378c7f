/* SPDX-License-Identifier: MIT */
/*
 * Streams in memory, for tests and for virtual time: what one end writes the other reads.
 * There is no descriptor to wait for (stream_fd() is -1).
 */
#ifndef BASE_MEM_STREAM_H
#define BASE_MEM_STREAM_H

#include "base/stream.h"

#define MEM_STREAM_MAX 65536 /* bytes under way in one direction */

/*
 * Two open streams joined back to back, each freed on its own (the other then reads "closed by
 * the peer"). 0 or MB_E_NO_SPACE.
 */
int mem_stream_pair(struct stream *ret_pair[2]);

/* How much stream_write() takes before it is full (default MEM_STREAM_MAX); 0 blocks the way. */
void mem_stream_set_room(struct stream *s, size_t room);
/* As if the wire brought these bytes with these marks (NULL: none). Returns the count taken. */
size_t mem_stream_feed(struct stream *s, const uint8_t *bytes, const uint8_t *marks, size_t n);
/* The stream fails with this text at the next call, as an unplugged adapter does. */
void mem_stream_fail(struct stream *s, const char *text);
/* What stream_set_line() answers: STREAM_DONE (default), MB_E_UNSUPPORTED, MB_E_INVALID. */
void mem_stream_set_line_result(struct stream *s, int result);
/* The line last set at this end. */
void mem_stream_line(const struct stream *s, struct mb_line *ret_line);

#endif
