/* SPDX-License-Identifier: MIT */
#include "collect/counter.h"

#include <meterbus/encode.h>

#define DIGITS_MAX 19 /* of a uint64_t, whatever they are */
#define NEAR 10 /* the tenth of the range that old and new may be away from its end */

static bool counts(uint8_t unit)
{
	static const uint8_t units[] = {MB_UNIT_WH, MB_UNIT_J, MB_UNIT_M3, MB_UNIT_KG, MB_UNIT_HCA,
		MB_UNIT_VARH, MB_UNIT_VAH, MB_UNIT_CAL, MB_UNIT_T, MB_UNIT_FT3, MB_UNIT_USGAL};

	for (size_t i = 0; i < sizeof(units); i++)
		if (units[i] == unit)
			return true;
	return false;
}

/* Kinds of VIFE that leave a counter one: labels ("at phase L1"), factors, errors. */
static bool leaves_counter(const struct mb_record *r)
{
	for (unsigned i = 0; i < r->vife_len; i++) {
		const struct mb_vife *vife = mb_vife_find(r->vife[i] & 0x7F, false);

		if (vife->kind == MB_VIFE_ESCAPE_FC)
			i++;
		else if (vife->kind != MB_VIFE_LABEL && vife->kind != MB_VIFE_FACTOR &&
			 vife->kind != MB_VIFE_ERROR && vife->kind != MB_VIFE_UNSIGNED)
			return false;
	}
	return true;
}

/* Does this record count energy, volume, mass ... of storage 0? */
static bool is_counter(const struct mb_record *record)
{
	return record->kind == MB_RECORD_DATA && record->function == MB_FUNCTION_INSTANTANEOUS &&
	       record->storage == 0 && counts(record->unit) &&
	       (record->flags & MB_RECORD_FIXED || leaves_counter(record));
}

static uint64_t power_of_ten(unsigned n)
{
	uint64_t power = 1;

	while (n-- > 0)
		power *= 10;
	return power;
}

/* Old near the end, new near the beginning, of a range of that many numbers. */
static bool passes(uint64_t range, uint64_t old, uint64_t now)
{
	return old < range && old >= range - range / NEAR && now <= range / NEAR;
}

static bool rolled_over(const struct mb_record *r, uint64_t old, uint64_t now)
{
	bool bcd = r->data_field > MB_DATA_SELECT && r->data_field != MB_DATA_LVAR;
	unsigned bits = 8u * r->data_len;

	if (bcd)
		return 2u * r->data_len <= DIGITS_MAX &&
		       passes(power_of_ten(2u * r->data_len), old, now);
	/* binary numbers mostly end with the digits of the display */
	for (unsigned n = 4; n <= DIGITS_MAX; n++)
		if (passes(power_of_ten(n), old, now))
			return true;
	if (bits >= 16 && bits < 64)
		return passes(UINT64_C(1) << bits, old, now) ||
		       passes(UINT64_C(1) << (bits - 1), old, now);
	return false;
}

enum counter_step counter_step(
	const struct mb_record *record, const struct mb_decimal *old, const struct mb_decimal *now)
{
	if (!is_counter(record))
		return COUNTER_NONE;
	if (mb_decimal_cmp(now, old) >= 0)
		return COUNTER_UP;
	/* a range counts in steps of the last digit: not when that moved, nor below 0 */
	if (old->exp10 != now->exp10 || old->negative || now->negative)
		return COUNTER_FELL;
	return rolled_over(record, old->magnitude, now->magnitude) ? COUNTER_ROLLOVER
								   : COUNTER_FELL;
}
