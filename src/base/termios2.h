/* SPDX-License-Identifier: MIT */
/*
 * Line settings of a Linux terminal with any speed (BOTHER). Apart, because the kernel's
 * termios2 and the C library's <termios.h> cannot be included together.
 */
#ifndef BASE_TERMIOS2_H
#define BASE_TERMIOS2_H

#include <meterbus/engine.h>

/*
 * Raw mode, this line, errors marked (PARMRK), no flow control, modem lines ignored; at once.
 * *ret_line is what the driver made of it. Returns 0 or an errno.
 */
int termios2_set(int fd, const struct mb_line *line, struct mb_line *ret_line);
/* The same without marks, for a terminal that others read: its FF are one byte. */
int termios2_set_plain(int fd, const struct mb_line *line, struct mb_line *ret_line);
/* Returns 0 or an errno. */
int termios2_get(int fd, struct mb_line *ret_line);

#endif
