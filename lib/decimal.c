/* SPDX-License-Identifier: MIT */
/* Exact decimals: compare, add, write. */
#include <meterbus/error.h>
#include <meterbus/value.h>

#include "number.h"
#include "text.h"

#define ZEROS_MAX 20 /* more are written as a power of ten */
#define UINT64_DIGITS_MAX 20

static unsigned count_digits(uint64_t n)
{
	unsigned digits = 1;

	while (n >= 10) {
		n /= 10;
		digits++;
	}
	return digits;
}

/* magnitude * 10^n; false when it does not fit. */
static bool scale_up(uint64_t *magnitude, unsigned n)
{
	if (*magnitude == 0)
		return true;
	if (n >= UINT64_DIGITS_MAX)
		return false;
	while (n--) {
		if (*magnitude > UINT64_MAX / 10)
			return false;
		*magnitude *= 10;
	}
	return true;
}

void mbi_decimal_strip(struct mb_decimal *number)
{
	while (number->magnitude && number->magnitude % 10 == 0) {
		number->magnitude /= 10;
		number->exp10++;
	}
	if (number->magnitude == 0)
		number->exp10 = 0;
}

/* Neither is zero. */
static int compare_magnitudes(const struct mb_decimal *a, const struct mb_decimal *b)
{
	int a_top = (int)count_digits(a->magnitude) + a->exp10;
	int b_top = (int)count_digits(b->magnitude) + b->exp10;
	uint64_t am = a->magnitude, bm = b->magnitude;

	if (a_top != b_top)
		return a_top < b_top ? -1 : 1;
	/* Of equal size: what does not fit 64 bits with the other's exponent is larger than it. */
	if (a->exp10 > b->exp10 && !scale_up(&am, (unsigned)(a->exp10 - b->exp10)))
		return 1;
	if (b->exp10 > a->exp10 && !scale_up(&bm, (unsigned)(b->exp10 - a->exp10)))
		return -1;
	return am < bm ? -1 : am > bm;
}

int mb_decimal_cmp(const struct mb_decimal *a, const struct mb_decimal *b)
{
	int a_sign = a->magnitude ? (a->negative ? -1 : 1) : 0;
	int b_sign = b->magnitude ? (b->negative ? -1 : 1) : 0;

	if (a_sign != b_sign)
		return a_sign < b_sign ? -1 : 1;
	return a_sign ? a_sign * compare_magnitudes(a, b) : 0;
}

/* Give both the lower of their exponents. */
static bool align(struct mb_decimal *a, struct mb_decimal *b)
{
	struct mb_decimal *high = a->exp10 > b->exp10 ? a : b;
	struct mb_decimal *low = high == a ? b : a;

	if (!scale_up(&high->magnitude, (unsigned)(high->exp10 - low->exp10)))
		return false;
	high->exp10 = low->exp10;
	return true;
}

static bool add_aligned(
	const struct mb_decimal *a, const struct mb_decimal *b, struct mb_decimal *ret_sum)
{
	bool a_larger = a->magnitude >= b->magnitude;
	struct mb_decimal sum = *a;

	if (a->negative == b->negative) {
		if (a->magnitude > UINT64_MAX - b->magnitude)
			return false;
		sum.magnitude += b->magnitude;
	} else {
		sum.magnitude =
			a_larger ? a->magnitude - b->magnitude : b->magnitude - a->magnitude;
		sum.negative = a_larger ? a->negative : b->negative;
	}
	sum.negative &= sum.magnitude != 0;
	*ret_sum = sum;
	return true;
}

bool mb_decimal_add(
	const struct mb_decimal *a, const struct mb_decimal *b, struct mb_decimal *ret_sum)
{
	struct mb_decimal x = *a, y = *b;

	if (align(&x, &y) && add_aligned(&x, &y, ret_sum))
		return true;
	/* Trailing zeros may be what does not fit. */
	x = *a;
	y = *b;
	mbi_decimal_strip(&x);
	mbi_decimal_strip(&y);
	return align(&x, &y) && add_aligned(&x, &y, ret_sum);
}

static void put_power(struct mbi_text *t, int exp10)
{
	mbi_put(t, 'e');
	if (exp10 < 0)
		mbi_put(t, '-');
	mbi_put_number(t, (uint64_t)(exp10 < 0 ? -exp10 : exp10), 1);
}

static void put_fraction(struct mbi_text *t, uint64_t magnitude, unsigned places)
{
	unsigned digits = count_digits(magnitude);
	uint64_t unit = 1;

	if (digits <= places) {
		mbi_puts(t, "0.");
		mbi_put_number(t, magnitude, places);
		return;
	}
	for (unsigned i = 0; i < places; i++)
		unit *= 10;
	mbi_put_number(t, magnitude / unit, 1);
	mbi_put(t, '.');
	mbi_put_number(t, magnitude % unit, places);
}

int mb_decimal_text(const struct mb_decimal *number, char *buf, size_t max)
{
	struct mbi_text t = {buf, max, 0};
	int exp10 = number->exp10;

	if (number->negative)
		mbi_put(&t, '-');
	if (exp10 < 0 && exp10 >= -ZEROS_MAX) {
		put_fraction(&t, number->magnitude, (unsigned)-exp10);
	} else {
		mbi_put_number(&t, number->magnitude, 1);
		if (number->magnitude && exp10 > 0 && exp10 <= ZEROS_MAX)
			mbi_put_zeros(&t, (unsigned)exp10);
		else if (number->magnitude && exp10)
			put_power(&t, exp10);
	}
	return mbi_text_end(&t);
}
