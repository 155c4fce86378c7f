/* SPDX-License-Identifier: MIT */
/*
 * What to bend for meters that do not follow the standard. A row is off unless it matches the
 * meter; the caller's rows come before ours, and the first match wins whole, so a row without any
 * bend switches ours off.
 */
#ifndef METERBUS_QUIRK_H
#define METERBUS_QUIRK_H

#include <meterbus/address.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(NAME, bit, "name", "what is done") */
/* clang-format off */
#define MB_QUIRK_MAP(X) \
	X(NKE_PRIMARY, 0x01, "nke-primary", \
		"a read by secondary address begins with SND_NKE to the primary address too") \
	X(NO_NKE, 0x02, "no-nke", "no SND_NKE before a read") \
	X(RESET_FIRST, 0x04, "reset-first", "application reset (reset_subcode) before a read") \
	X(PRE_READ, 0x08, "pre-read", "control frame with pre_read_ci before a read") \
	X(REPEATS_LAST, 0x10, "repeats-last", "ends by repeating its last telegram: no warning") \
	X(STRANGE_CI, 0x20, "strange-ci", "an answer with strange_ci is asked for again") \
	X(ONE_TELEGRAM, 0x40, "one-telegram", "more telegrams than the first are not asked for")
/* clang-format on */

enum mb_quirk_bend {
#define MB_X(name, bit, text, meaning) MB_QUIRK_##name = (bit),
	MB_QUIRK_MAP(MB_X)
#undef MB_X
};

#define MB_QUIRK_PRIMARY_ANY 0xFF
#define MB_QUIRK_NO_SUBCODE 0xFF /* reset_subcode: CI 50 without one */

struct mb_quirk {
	struct mb_secondary meter; /* F and FF match anything */
	uint8_t primary; /* or MB_QUIRK_PRIMARY_ANY */
	uint8_t bends; /* MB_QUIRK_* */
	uint8_t reset_subcode;
	uint8_t pre_read_ci;
	uint8_t strange_ci;
	uint8_t max_telegrams; /* 0: the default */
	uint16_t answer_ms; /* slowest answer; 0: the default */
	const char *why; /* one line for people; may be NULL */
};

/*
 * The first row that matches, in the caller's rows (NULL for none), then in ours; NULL for none.
 * identity may be NULL (not known yet): then only rows without an identity match.
 */
const struct mb_quirk *mb_quirk_find(const struct mb_quirk *rows, size_t n_rows,
	const struct mb_secondary *identity, uint8_t primary);
/* Our rows, for lists; NULL from the end on. */
const struct mb_quirk *mb_quirk_row(size_t index);
/* Name and meaning of one bit of bends; NULL for none. */
const char *mb_quirk_name(unsigned bend);
const char *mb_quirk_text(unsigned bend);

#ifdef __cplusplus
}
#endif
#endif
