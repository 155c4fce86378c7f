/* SPDX-License-Identifier: MIT */
/* The state of a search in a file, so that hours of work survive: scan --resume FILE. */
#ifndef METERBUS_TOOL_SCAN_STATE_H
#define METERBUS_TOOL_SCAN_STATE_H

#include <meterbus/search.h>

#include <stdbool.h>

/* Replaces the file as a whole or not at all. EXIT_OK, or EXIT_OUTPUT after saying why. */
int scan_state_save(const char *path, const struct mb_search *search);
/*
 * Into a search just initialised. EXIT_OK; *ret_found false when there is no such file yet. EXIT_USAGE after
 * saying why it cannot go on from there.
 */
int scan_state_load(const char *path, struct mb_search *search, bool *ret_found);
/* The search is over: nothing to go on from. */
void scan_state_remove(const char *path);

/* Writes a whole file, replaced atomically. 0, or -1 with errno. */
int scan_write_file(const char *path, const void *bytes, size_t n);

#endif
