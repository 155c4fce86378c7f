/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <meterbus/error.h>

#include "mem.h"

#define NUMBER_DIGITS_MAX 20
/* n / 10 of 32 bits without a division, which small code is not spared otherwise. */
#define TENTH 0xCCCCCCCDu
#define TENTH_SHIFT 35

void mbi_put(struct mbi_text *t, char c)
{
	if (t->len < t->max)
		t->buf[t->len] = c;
	t->len++;
}

void mbi_put_hex(struct mbi_text *t, uint8_t byte)
{
	mbi_put(t, "0123456789ABCDEF"[byte >> 4]);
	mbi_put(t, "0123456789ABCDEF"[byte & 0xF]);
}

void mbi_puts(struct mbi_text *t, const char *text)
{
	size_t room = t->len < t->max ? t->max - t->len : 0, n = 0;

	while (text[n])
		n++;
	if (room)
		memcpy(t->buf + t->len, text, n < room ? n : room);
	t->len += n;
}

void mbi_put_zeros(struct mbi_text *t, unsigned n)
{
	while (n--)
		mbi_put(t, '0');
}

void mbi_put_number(struct mbi_text *t, uint64_t number, unsigned min)
{
	char digits[NUMBER_DIGITS_MAX];
	unsigned n = 0;

	if (number < 10 && min <= 1) { /* nearly all fields of a key */
		mbi_put(t, (char)('0' + number));
		return;
	}
	for (; number > UINT32_MAX; number /= 10)
		digits[n++] = (char)('0' + number % 10);
	do {
		uint64_t tenth = number * TENTH >> TENTH_SHIFT;

		digits[n++] = (char)('0' + number - 10 * tenth);
		number = tenth;
	} while (number);
	if (n < min)
		mbi_put_zeros(t, min - n);
	while (n)
		mbi_put(t, digits[--n]);
}

void mbi_put_latin1(struct mbi_text *t, uint8_t c)
{
	if (c < 0x80) {
		mbi_put(t, (char)c);
		return;
	}
	mbi_put(t, (char)(0xC0 | c >> 6));
	mbi_put(t, (char)(0x80 | (c & 0x3F)));
}

void mbi_put_bytes(struct mbi_text *t, const uint8_t *bytes, size_t len, bool last_first)
{
	for (size_t i = 0; i < len; i++)
		mbi_put_hex(t, bytes[last_first ? len - 1 - i : i]);
}

static bool padding(uint8_t c)
{
	return c == 0x00 || c == 0xFF;
}

void mbi_put_characters(struct mbi_text *t, const uint8_t *bytes, size_t len, bool last_first)
{
	size_t i = 0;

	while (i < len && padding(bytes[i]))
		i++;
	while (len > i && padding(bytes[len - 1]))
		len--;
	if (last_first) {
		while (len > i)
			mbi_put_latin1(t, bytes[--len]);
	} else {
		while (i < len)
			mbi_put_latin1(t, bytes[i++]);
	}
}

int mbi_text_end(struct mbi_text *t)
{
	if (t->len >= t->max)
		return MB_E_NO_SPACE;
	t->buf[t->len] = '\0';
	return (int)t->len;
}
