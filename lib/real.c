/* SPDX-License-Identifier: MIT */
/*
 * The shortest decimal of an IEEE 754 single, in integers. A single is m * 2^e; every decimal
 * strictly between the middles to its neighbours (the middle itself too when m is even) reads back as
 * it. We want the one with the fewest digits, and of these the nearest.
 */
#include <meterbus/value.h>

#include "mem.h"
#include "number.h"

#define FRACTION_BITS 23
#define HIDDEN_BIT (1u << FRACTION_BITS)
#define EXPONENT_MASK 0xFFu
#define EXPONENT_BIAS 150 /* of m as an integer */
#define QUICK_SHIFT_MAX 34 /* m * 10^9 << 2 fits 64 bits, and the fraction has at most 10 digits */
#define QUICK_PLACES_MAX 9

/* Unsigned integers of 320 bits: 10^45 * 2^154 and 2^130 fit. Low word first. */
#define WORDS 10
struct big {
	uint32_t word[WORDS];
};

static void big_multiply(struct big *b, uint32_t by)
{
	uint64_t carry = 0;

	for (unsigned i = 0; i < WORDS; i++) {
		carry += (uint64_t)b->word[i] * by;
		b->word[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

/* n << bits */
static void big_set(struct big *b, uint32_t n, unsigned bits)
{
	memset(b, 0, sizeof(*b));
	b->word[0] = n;
	for (; bits >= 16; bits -= 16)
		big_multiply(b, 1u << 16);
	big_multiply(b, 1u << bits);
}

static int big_compare(const struct big *a, const struct big *b)
{
	for (unsigned i = WORDS; i-- > 0;) {
		if (a->word[i] != b->word[i])
			return a->word[i] < b->word[i] ? -1 : 1;
	}
	return 0;
}

/* a += times * b, which is not below 0; times is small. */
static void big_add(struct big *a, const struct big *b, int times)
{
	int64_t carry = 0;

	for (unsigned i = 0; i < WORDS; i++) {
		carry += a->word[i] + (int64_t)b->word[i] * times;
		a->word[i] = (uint32_t)carry;
		carry = carry < 0 ? -1 : carry >> 32;
	}
}

/* What is left of a number, its scale, and the distances to the middles, all times the same. */
struct digits {
	struct big rest, scale, low, high;
	bool even; /* the middles read back too */
};

/* Is rest + high over (or at, when that reads back) scale? */
static bool reaches_scale(const struct digits *d)
{
	struct big sum = d->rest;
	int cmp;

	big_add(&sum, &d->high, 1);
	cmp = big_compare(&sum, &d->scale);
	return d->even ? cmp >= 0 : cmp > 0;
}

static void times_ten(struct digits *d)
{
	big_multiply(&d->rest, 10);
	big_multiply(&d->low, 10);
	big_multiply(&d->high, 10);
}

static void digits_init(struct digits *d, uint32_t m, int e)
{
	unsigned narrow = m == HIDDEN_BIT; /* the neighbour below is only half as far */
	unsigned up = e > 0 ? (unsigned)e : 0;
	unsigned down = e < 0 ? (unsigned)-e : 0;

	d->even = !(m & 1);
	big_set(&d->rest, m, up + 1 + narrow);
	big_set(&d->scale, 1, down + 1 + narrow);
	big_set(&d->low, 1, up);
	big_set(&d->high, 1, up + narrow);
}

/* Scale so that the first digit is the units' digit of rest / scale. Returns its power of ten. */
static int digits_scale(struct digits *d)
{
	int power = 0;

	while (reaches_scale(d)) {
		big_multiply(&d->scale, 10);
		power++;
	}
	for (;;) {
		times_ten(d);
		if (reaches_scale(d))
			return power - 1;
		power--;
	}
}

/* The digit before the point, taken off. */
static unsigned take_digit(struct digits *d)
{
	unsigned digit = 0;

	while (big_compare(&d->rest, &d->scale) >= 0) {
		big_add(&d->rest, &d->scale, -1);
		digit++;
	}
	return digit;
}

static bool below_low(const struct digits *d)
{
	int cmp = big_compare(&d->rest, &d->low);

	return d->even ? cmp <= 0 : cmp < 0;
}

static void shortest(uint32_t m, int e, struct mb_decimal *number)
{
	struct digits d;
	bool low, high;

	digits_init(&d, m, e);
	number->exp10 = (int16_t)digits_scale(&d);
	number->magnitude = 0;
	for (;;) {
		number->magnitude = number->magnitude * 10 + take_digit(&d);
		low = below_low(&d);
		high = reaches_scale(&d);
		if (low || high)
			break;
		times_ten(&d);
		number->exp10--;
	}
	if (low && high) {
		big_multiply(&d.rest, 2);
		high = big_compare(&d.rest, &d.scale) >= 0;
	}
	number->magnitude += high;
}

/*
 * Most values of meters: 2^-11 and up, below 2^24. The first number of decimal places whose nearest
 * decimal reads back is the shortest.
 */
static bool quick(uint32_t m, unsigned shift, struct mb_decimal *number)
{
	uint64_t scaled = m, half = 1, ten = 1;
	uint64_t low_limit;

	if (shift)
		half = 1ull << (shift - 1);
	for (int places = 0; places <= QUICK_PLACES_MAX; places++, scaled *= 10, ten *= 10) {
		uint64_t nearest = (scaled + (shift ? half : 0)) >> shift;
		uint64_t back = nearest << shift;
		uint64_t away = back > scaled ? back - scaled : scaled - back;

		/* half of the distance to the neighbour, in units of 1/4 */
		low_limit = m == HIDDEN_BIT && back < scaled ? ten : 2 * ten;
		if (4 * away < low_limit || (4 * away == low_limit && !(m & 1))) {
			number->magnitude = nearest;
			number->exp10 = (int16_t)-places;
			return true;
		}
	}
	return false;
}

bool mb_real_decimal(uint32_t bits, struct mb_decimal *ret_number)
{
	unsigned exponent = bits >> FRACTION_BITS & EXPONENT_MASK;
	uint32_t m = bits & (HIDDEN_BIT - 1);
	struct mb_decimal number = {0, 0, false};
	int e;

	if (exponent == EXPONENT_MASK)
		return false;
	if (exponent)
		m |= HIDDEN_BIT;
	e = (exponent ? (int)exponent : 1) - EXPONENT_BIAS;
	if (m && !(e <= 0 && e >= -QUICK_SHIFT_MAX && exponent && quick(m, (unsigned)-e, &number)))
		shortest(m, e, &number);
	number.negative = m && bits >> 31;
	mbi_decimal_strip(&number);
	*ret_number = number;
	return true;
}
