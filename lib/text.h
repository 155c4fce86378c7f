/* SPDX-License-Identifier: MIT */
/* Text into a caller's buffer, counted even where it does not fit. */
#ifndef METERBUS_LIB_TEXT_H
#define METERBUS_LIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mbi_text {
	char *buf;
	size_t max, len;
};

void mbi_put(struct mbi_text *t, char c);
void mbi_put_hex(struct mbi_text *t, uint8_t byte);
void mbi_puts(struct mbi_text *t, const char *text);
/* At least min digits, zeros in front. */
void mbi_put_number(struct mbi_text *t, uint64_t number, unsigned min);
void mbi_put_zeros(struct mbi_text *t, unsigned n);
/* A character of ISO 8859-1 as UTF-8. */
void mbi_put_latin1(struct mbi_text *t, uint8_t c);
/* Bytes as hex: the last first, or as they stand. */
void mbi_put_bytes(struct mbi_text *t, const uint8_t *bytes, size_t len, bool last_first);
/* Characters without padding (00, FF) at their end: the last first, or as they stand. */
void mbi_put_characters(struct mbi_text *t, const uint8_t *bytes, size_t len, bool last_first);
/* The NUL. Length or MB_E_NO_SPACE. */
int mbi_text_end(struct mbi_text *t);

#endif
