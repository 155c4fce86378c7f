/* SPDX-License-Identifier: MIT */
/* What somebody may have meant who misspelt a name. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

#define NEAREST_MAX 33 /* longest name that distances are taken of, with its NUL */

/* The nearest of the words in `names` (separated by spaces); false: none is near. */
bool nearest_name(const char *text, const char *names, char *ret_name, size_t max);
/* Letters to insert, delete, change or swap; NEAREST_MAX when one is longer than names are. */
unsigned nearest_distance(const char *a, const char *b);

#endif
