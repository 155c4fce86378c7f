/* SPDX-License-Identifier: MIT */
/* Exclusive use of a serial port: flock(2), and TIOCEXCL where the port is a real one. */
#ifndef BASE_TTY_LOCK_H
#define BASE_TTY_LOCK_H

#include <stddef.h>

/* Returns 0 or an errno; EBUSY: another holds it. */
int tty_lock(int fd);
void tty_unlock(int fd);

/* "in use by sh (pid 4711); ..." as far as /proc tells. */
void tty_holder_text(const char *path, char *ret_text, size_t max);

#endif
