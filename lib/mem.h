/* SPDX-License-Identifier: MIT */
/* The only functions that the library takes from outside, with or without a C library. */
#ifndef METERBUS_LIB_MEM_H
#define METERBUS_LIB_MEM_H

#include <stddef.h>

#if __STDC_HOSTED__
#include <string.h>
#else
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
#endif

#endif
