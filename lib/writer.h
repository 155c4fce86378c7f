/* SPDX-License-Identifier: MIT */
/* What the files of the writer share. */
#ifndef METERBUS_LIB_WRITER_H
#define METERBUS_LIB_WRITER_H

#include <meterbus/encode.h>

/* Note the first error; returns it. */
int mbi_write_fail(struct mb_writer *w, int error);
/* Bytes that stand low byte first, in the byte order of the telegram. */
int mbi_write_ordered(struct mb_writer *w, const uint8_t *bytes, size_t len);
/* The low len bytes of a number, in the byte order of the telegram. */
int mbi_write_number(struct mb_writer *w, uint64_t value, unsigned len);
/* Up to 16 digits as nibbles; false when the number has more. */
bool mbi_bcd_nibbles(uint64_t value, unsigned digits, uint64_t *ret_nibbles);

#endif
