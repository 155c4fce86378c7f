/* SPDX-License-Identifier: MIT */
/* A pty as the listener sees it; clients open its path as a serial port. Private to src/base. */
#ifndef BASE_PTY_H
#define BASE_PTY_H

#include "base/stream_impl.h"

/* An open stream, set to url->line. Returns 0 or an errno. */
int pty_new(const struct stream_url *url, struct stream **ret_stream);
/* "/dev/pts/3". Returns 0 or an errno. */
int pty_client_path(const struct stream *s, char *ret_path, size_t max);

#endif
