/* SPDX-License-Identifier: MIT */
/* Talk goes to stderr, data to stdout. Progress is shown on a terminal only. */
#ifndef METERBUS_TOOL_TALK_H
#define METERBUS_TOOL_TALK_H

#include <stdbool.h>
#include <stdint.h>

/* "meterbus: text" and a newline; wipes a progress line first. */
void talk_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "text" and a newline; silent after talk_quiet(). */
void talk_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void talk_quiet(void);

/* A line that the next one overwrites; nothing when stderr is no terminal. Empty wipes it. */
void talk_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool talk_progress_shown(void); /* is it worth making the text? */
/* "3 min 20 s" */
const char *talk_duration(uint64_t us, char *buf, unsigned max);

/* Asks on the terminal; false for no, and when there is no terminal to ask. */
bool talk_confirm(const char *question);

/* Colour for stdout or stderr: `when` is "auto", "always" or "never", NULL auto. NO_COLOR counts. */
bool talk_color(int fd, const char *when);

#endif
