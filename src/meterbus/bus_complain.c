/* SPDX-License-Identifier: MIT */
#include "meterbus/bus_complain.h"

#include "meterbus/talk.h"

#include <meterbus/error.h>
#include <meterbus/names.h>

#include <stdio.h>

#define HEX_SHOWN 24 /* bytes of evidence when not verbose */
#define HEX_TEXT_MAX (MB_HEARD_MAX * 3 + 16)

/* --- words for bytes --------------------------------------------------------------------------- */

static const char *hex_text(const uint8_t *bytes, size_t n, size_t shown, char buf[HEX_TEXT_MAX])
{
	size_t at = 0;

	buf[0] = 0;
	for (size_t i = 0; i < n && i < shown; i++)
		at += (size_t)snprintf(buf + at, HEX_TEXT_MAX - at, i ? " %02X" : "%02X", bytes[i]);
	if (n > shown)
		snprintf(buf + at, HEX_TEXT_MAX - at, " ...");
	return buf;
}

/* How talk calls the meter of the last request. */
static const char *where_of(const struct bus_ask *ask, char buf[MB_ADDRESS_TEXT_MAX])
{
	if (ask->where)
		return ask->where;
	if (ask->op == MB_OP_RAW || mb_address_format(&ask->address, buf, MB_ADDRESS_TEXT_MAX) < 0)
		return bus_name(ask->bus);
	return buf;
}

/* --- advice ------------------------------------------------------------------------------------ */

#define TRY_DOCTOR 0x1
#define TRY_SCAN 0x2
#define SEVERAL 1 /* no MB_E_*: garbled answers to a call to many */

struct advice {
	int result;
	unsigned try;
	const char *text;
};

/* clang-format off */
static const struct advice advices[] = {
	{MB_E_SILENCE,       TRY_DOCTOR | TRY_SCAN, "is it powered, wired, and at this address and speed? a slow one needs a longer --timeout"},
	{MB_E_NOT_SELECTED,  TRY_DOCTOR | TRY_SCAN, "is the meter wired, and this its identification? F stands for any digit"},
	{MB_E_NOISE,         TRY_DOCTOR, "wrong speed or parity, a bad line, or no M-Bus level converter"},
	{MB_E_PARITY,        TRY_DOCTOR, "wrong speed or parity, a disturbed line, or several meters at once"},
	{MB_E_BAD_START,     TRY_DOCTOR, "a disturbed line, the wrong speed, or several meters at once"},
	{MB_E_BAD_LENGTH,    TRY_DOCTOR, "a disturbed line, or several meters at once"},
	{MB_E_BAD_START2,    TRY_DOCTOR, "a disturbed line, or several meters at once"},
	{MB_E_BAD_CHECKSUM,  TRY_DOCTOR, "a disturbed line, or several meters at once"},
	{MB_E_BAD_STOP,      TRY_DOCTOR, "a disturbed line, or several meters at once"},
	{MB_E_CUT,           TRY_DOCTOR, "a slow path needs a longer --latency; else a loose wire or too little bus power"},
	{MB_E_ECHO_DIFFERS,  TRY_DOCTOR, "somebody else sends at the same time, or the converter is not right"},
	{MB_E_WRONG_ADDRESS, TRY_SCAN,   "two meters at one address, or a late answer: try a longer --timeout"},
	{MB_E_WRONG_ANSWER,  TRY_DOCTOR, "a late answer to an earlier request? try a longer --timeout"},
	{SEVERAL, TRY_SCAN | TRY_DOCTOR, "254 and F call every meter that fits: ask each at its own address; if there is only one: wrong speed or parity, a bad line"},
	{MB_E_COLLISION,     TRY_SCAN,   "several meters answer at once? use their own addresses"},
	{MB_E_FOREIGN_MASTER,       0,   "another program or logger reads this bus; only one may at a time"},
	{MB_E_NO_DATA,              0,   "it is alive; some meters need an application reset first (meterbus reset)"},
	{MB_E_NACK,                 0,   "it does not know this command, or is locked"},
	{MB_E_NOT_VERIFIED,         0,   "many meters take this only from 254, in a service mode, or not at all"},
	{MB_E_LOOP,                 0,   "--max-telegrams 1 reads the first telegram only"},
	{MB_E_TOO_MANY_TELEGRAMS,   0,   "--max-telegrams raises the limit"},
	{MB_E_IN_USE,               0,   "choose a free address, or --force"},
	{MB_E_BAUD_UNCHANGED,       0,   "many meters acknowledge speeds that they do not know"},
	{MB_E_BAUD_LOST,            0,   "most meters go back to their old speed within ten minutes; then ping it"},
	{MB_E_ENCRYPTED,            0,   "give the meter's key with --key-file FILE or METERBUS_KEY"},
	{MB_E_WRONG_KEY,            0,   "each meter has its own key; ask who sold it"},
};
/* clang-format on */

static bool has_wildcard(uint32_t id)
{
	for (unsigned shift = 0; shift < 32; shift += 4)
		if ((id >> shift & 0xF) == 0xF)
			return true;
	return false;
}

bool bus_calls_many(const struct mb_address *a)
{
	if (a->type == MB_ADDRESS_PRIMARY)
		return a->primary == MB_A_TEST || a->primary == MB_A_NETWORK;
	return has_wildcard(a->secondary.id);
}

static bool is_garbled(int result)
{
	return (result <= MB_E_BAD_START && result >= MB_E_TRAILING) || result == MB_E_NOISE ||
	       result == MB_E_PARITY || result == MB_E_CUT;
}

/* Have several meters answered at once, as far as one can tell? */
static bool seem_several(const struct bus_ask *ask, int result)
{
	return is_garbled(result) && ask->op != MB_OP_RAW && bus_calls_many(&ask->address);
}

const char *bus_suspicion(const struct bus_ask *ask, int result)
{
	return seem_several(ask, result) ? "several meters seem to answer at once" : NULL;
}

static const struct advice *find_advice(const struct bus_ask *ask, int result)
{
	if (seem_several(ask, result))
		result = SEVERAL;
	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
		if (advices[i].result == result)
			return &advices[i];
	return NULL;
}

const char *bus_advice(const struct bus_ask *ask, int result)
{
	const struct advice *advice = find_advice(ask, result);

	return advice ? advice->text : NULL;
}

static void advise(struct bus_ask *ask, int result)
{
	const struct advice *advice = find_advice(ask, result);
	struct bus *b = ask->bus;
	uint64_t bit = advice ? 1ull << (advice - advices) : 0;

	if (!advice || b->advised & bit)
		return;
	b->advised |= bit;
	talk_note("  %s", advice->text);
	if (advice->try & TRY_SCAN)
		talk_note("  try: meterbus scan '%s'", b->url_text);
	if (advice->try & TRY_DOCTOR)
		talk_note("  try: meterbus doctor '%s'", b->url_text);
}

/* --- complaints -------------------------------------------------------------------------------- */

static void show_evidence(const struct bus_ask *ask)
{
	char hex[HEX_TEXT_MAX];

	if (ask->heard_len && !ask->bus->verbose) /* else each try has shown it */
		talk_note("  heard: %s", hex_text(ask->heard, ask->heard_len, HEX_SHOWN, hex));
}

void bus_complain(struct bus_ask *ask, int result)
{
	const char *suspicion = bus_suspicion(ask, result);
	char where[MB_ADDRESS_TEXT_MAX];

	if (result >= 0 || result == MB_E_STREAM || result == MB_E_CANCELLED)
		return;
	if (result == MB_E_APPLICATION)
		talk_error("%s: %s: code %u, %s", where_of(ask, where), mb_error_name(result),
			ask->done.application_error,
			mb_application_error_text(ask->done.application_error));
	else
		talk_error("%s: %s: %s", where_of(ask, where), mb_error_name(result),
			suspicion ? suspicion : mb_error_text(result));
	show_evidence(ask);
	advise(ask, result);
}

static const char *sent_name(const struct mb_master_event *e)
{
	struct mb_frame frame;

	return mb_frame_parse(e->sent, e->sent_len, &frame) < 0 ? "bytes" : mb_c_name(frame.c);
}

void bus_tell_attempt(const struct bus_ask *ask, const struct mb_master_event *e)
{
	char where[MB_ADDRESS_TEXT_MAX];
	char hex[HEX_TEXT_MAX];

	if (!ask->bus->verbose)
		return;
	talk_note("%s: %s, try %u of %u: %s", where_of(ask, where), sent_name(e), e->attempt,
		e->tries, mb_error_name(e->result));
	talk_note("  sent:  %s", hex_text(e->sent, e->sent_len, MB_HEARD_MAX, hex));
	if (e->len)
		talk_note("  heard: %s", hex_text(e->bytes, e->len, MB_HEARD_MAX, hex));
}

/* --- warnings ---------------------------------------------------------------------------------- */

enum when {
	ALWAYS,
	SESSION, /* once a session */
	VERBOSE,
	NEVER, /* bus_tell_done() says more */
};

static const uint8_t warning_when[MB_WARNING_COUNT] = {
	[MB_WARNING_ECHO] = SESSION,
	[MB_WARNING_NKE_SILENT] = VERBOSE,
	[MB_WARNING_TRAILING] = VERBOSE,
	[MB_WARNING_JUNK] = VERBOSE,
	[MB_WARNING_LATE] = VERBOSE,
	[MB_WARNING_BUSY] = VERBOSE,
	[MB_WARNING_ENCRYPTED] = VERBOSE,
	[MB_WARNING_SECOND_ROUND] = VERBOSE,
	[MB_WARNING_FOREIGN_MASTER] = SESSION,
	[MB_WARNING_QUIRK] = NEVER,
};

void bus_tell_warning(const struct bus_ask *ask, const struct mb_master_event *e)
{
	struct bus *b = ask->bus;
	uint32_t bit = 1u << e->warning;
	char where[MB_ADDRESS_TEXT_MAX];
	char hex[HEX_TEXT_MAX];
	uint8_t when = warning_when[e->warning];

	if (when == NEVER || (when == VERBOSE && !b->verbose) ||
		(when == SESSION && (b->said & bit)))
		return;
	b->said |= bit;
	talk_note("%s: %s", when == SESSION ? bus_name(b) : where_of(ask, where),
		mb_warning_text(e->warning));
	if (b->verbose && e->len)
		talk_note("  heard: %s", hex_text(e->bytes, e->len, MB_HEARD_MAX, hex));
}

void bus_tell_done(const struct bus_ask *ask)
{
	const struct mb_quirk *quirk = ask->done.quirk;
	char where[MB_ADDRESS_TEXT_MAX];

	if (ask->bus->verbose && quirk)
		talk_note("%s: treated as a meter with its own rules: %s", where_of(ask, where),
			quirk->why ? quirk->why : "");
}
