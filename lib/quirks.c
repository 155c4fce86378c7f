/* SPDX-License-Identifier: MIT */
/*
 * Only what is known of a maker's meters in the field, and only what does no harm to those that
 * behave. What changes a meter's state (reset-first, pre-read) is for rows of the caller.
 */
#include <meterbus/error.h>
#include <meterbus/quirk.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ANY_MEDIUM MB_MEDIUM_ANY
#define HEAT 0x04

#define ROW(word, med, bent, ci, slow_ms, reason) \
	{ \
		.meter = {MB_ID_ANY, (word), MB_VERSION_ANY, (med)}, \
		.primary = MB_QUIRK_PRIMARY_ANY, .bends = (bent), \
		.reset_subcode = MB_QUIRK_NO_SUBCODE, .strange_ci = (ci), .answer_ms = (slow_ms), \
		.why = (reason) \
	}

/* clang-format off */
static const struct mb_quirk rows[] = {
	/*  maker             medium      bends                                       CI    ms */
	ROW(0x1EE6 /* GWF */, ANY_MEDIUM, 0,                                          0,    1000,
		"GWF: answers later than the standard allows"),
	ROW(0x25A5 /* IME */, ANY_MEDIUM, MB_QUIRK_REPEATS_LAST,                      0,    0,
		"IME: every telegram says that more follow, the last one is repeated"),
	ROW(0x4CAE /* SEN */, HEAT,       MB_QUIRK_NKE_PRIMARY,                       0,    0,
		"Sensus PolluStat E: one telegram counter for both ways of addressing"),
	ROW(0x4DEE /* SON */, ANY_MEDIUM, MB_QUIRK_NKE_PRIMARY | MB_QUIRK_STRANGE_CI, 0xB7, 0,
		"Sontex: one telegram counter for both ways of addressing, answers with CI B7 at times"),
	ROW(0x6A49 /* ZRI */, HEAT,       MB_QUIRK_NKE_PRIMARY,                       0,    0,
		"Zenner C5: one telegram counter for both ways of addressing"),
};
/* clang-format on */

static const struct bend_row {
	const char *name, *text;
	uint8_t bend;
} bends[] = {
#define MB_X(name, bit, text, meaning) {text, meaning, bit},
	MB_QUIRK_MAP(MB_X)
#undef MB_X
};

static bool identity_any(const struct mb_secondary *meter)
{
	return meter->id == MB_ID_ANY && meter->manufacturer == MB_MANUFACTURER_ANY &&
	       meter->version == MB_VERSION_ANY && meter->medium == MB_MEDIUM_ANY;
}

static bool matches(
	const struct mb_quirk *row, const struct mb_secondary *identity, uint8_t primary)
{
	if (row->primary != MB_QUIRK_PRIMARY_ANY && row->primary != primary)
		return false;
	if (identity_any(&row->meter))
		return true;
	return identity && mb_secondary_match(&row->meter, identity);
}

static const struct mb_quirk *find(
	const struct mb_quirk *in, size_t n, const struct mb_secondary *identity, uint8_t primary)
{
	for (size_t i = 0; i < n; i++)
		if (matches(&in[i], identity, primary))
			return &in[i];
	return NULL;
}

const struct mb_quirk *mb_quirk_find(const struct mb_quirk *own, size_t n_own,
	const struct mb_secondary *identity, uint8_t primary)
{
	const struct mb_quirk *row = find(own, n_own, identity, primary);

	return row ? row : find(rows, COUNT(rows), identity, primary);
}

const struct mb_quirk *mb_quirk_row(size_t index)
{
	return index < COUNT(rows) ? &rows[index] : NULL;
}

static const struct bend_row *bend_find(unsigned bend)
{
	static const struct bend_row none = {NULL, NULL, 0};

	for (size_t i = 0; i < COUNT(bends); i++)
		if (bends[i].bend == bend)
			return &bends[i];
	return &none;
}

const char *mb_quirk_name(unsigned bend)
{
	return bend_find(bend)->name;
}

const char *mb_quirk_text(unsigned bend)
{
	return bend_find(bend)->text;
}
