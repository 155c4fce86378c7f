/* SPDX-License-Identifier: MIT */
/* What can go wrong in a store. One number space with meterbus/error.h. */
#ifndef STORE_STORE_ERROR_H
#define STORE_STORE_ERROR_H

#include <meterbus/error.h>

/* X(number, NAME, "name", "what it means") */
#define STORE_ERROR_MAP(X) \
	X(-201, FULL, "store full", "the disk or the limit of the store is reached") \
	X(-202, IO, "store I/O error", "the disk refused to read or write") \
	X(-203, CORRUPT, "corrupt", "what was stored is damaged") \
	X(-204, NOT_FOUND, "not found", "the store has no such row") \
	X(-205, CONFLICT, "conflict", "it was changed by someone else meanwhile") \
	X(-206, VERSION, "store too new", "a newer program made this store; use that one") \
	X(-207, MEMORY, "out of memory", "the program ran out of memory") \
	X(-208, LOCKED, "store in use", "another process has this store open") \
	X(-209, READ_ONLY, "read only", "the store was opened for reading only") \
	X(-210, NOT_STORE, "not a store", "the file is no Meterbus store") \
	X(-211, INTERRUPTED, "interrupted", "the query was cancelled") \
	X(-212, MISSED, "missed", "the reading was due while nobody could read") \
	X(-213, INVALID, "invalid row", "a value is out of the range that a store takes")

enum store_error {
#define STORE_X(number, name, text, meaning) STORE_E_##name = (number),
	STORE_ERROR_MAP(STORE_X)
#undef STORE_X
};

/* As mb_error_name() and mb_error_text(), for both kinds of numbers. Static, never NULL. */
const char *store_error_name(int error);
const char *store_error_text(int error);

#endif
