/* SPDX-License-Identifier: MIT */
/*
 * The slave engine: a meter on the bus, the mirror of the master. Shape of meterbus/engine.h; the
 * contents of its telegrams are the caller's.
 *
 *	mb_slave_init(&slave, &config);
 *	mb_slave_set_telegrams(&slave, telegrams, 3);
 *	loop:	rx(bytes) ; while (mb_slave_event(&slave, &event)) ... ; at deadline(): tick, tx, sent
 *
 * A frame with any error is answered by silence. What real meters do otherwise is a quirk.
 */
#ifndef METERBUS_SLAVE_H
#define METERBUS_SLAVE_H

#include <meterbus/address.h>
#include <meterbus/engine.h>
#include <meterbus/frame.h>
#include <meterbus/value.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MB_SLAVE_PICKS 16 /* entries of a readout selection; more are refused */
#define MB_SLAVE_EVENTS 8 /* events kept until they are taken; the oldest is dropped */
/* Default gap inside a telegram, or 33 bit times when that is more. */
#define MB_SLAVE_GAP_US 100000
#define MB_SLAVE_FALLBACK_US 600000000 /* default way back to the old speed: 10 minutes */

/*
 * X(NAME, "name", unit of its number, "what such a meter does"). A quirk is a number, 0 is off;
 * without a unit 1 is on.
 */
/* clang-format off */
#define MB_SLAVE_QUIRK_MAP(X) \
	X(DEAF, "deaf", "telegrams", "hears nothing of the first telegrams after power-up") \
	X(NEEDS_NKE, "needs-nke", "", "no data before a SND_NKE") \
	X(NEEDS_RESET, "needs-reset", "", "no data (E5) before an application reset, CI 50") \
	X(STALE, "stale", "", "values move only with an application reset, CI 50") \
	X(NKE_SILENT, "nke-silent", "", "obeys SND_NKE without an answer") \
	X(NKE_NETWORK_ALWAYS, "nke-fd-always", "", "answers SND_NKE to 253 although not selected") \
	X(NKE_NETWORK_NEVER, "nke-fd-never", "", "obeys SND_NKE to 253 without an answer") \
	X(NO_TEST, "no-fe", "", "does not answer to 254") \
	X(NO_SECONDARY, "no-secondary", "", "knows no secondary addressing") \
	X(NO_ENHANCED, "no-enhanced", "", "knows no records behind a selection") \
	X(TRAILING_WILDCARDS, "trailing-wildcards", "", "understands F only at the end of an identification") \
	X(WILD_MANUFACTURER, "wild-manufacturer", "", "ignores a selection with a manufacturer that is not FFFF") \
	X(STRICT_WILDCARDS, "strict-wildcards", "", "manufacturer is wild as a whole or not at all (D48)") \
	X(FCB_SHARED, "fcb-shared", "", "one FCB memory for own address and 253; a selection resets nothing") \
	X(FCB_IGNORED, "fcb-ignored", "", "every request gets the next telegram") \
	X(FCB_INDEX, "fcb-index", "", "FCB 1 is telegram 1, FCB 0 is telegram 2") \
	X(FCB_73_ONLY, "snd-ud-73", "", "takes SND_UD only with FCB 1, else silence") \
	X(MORE_FOREVER, "more-forever", "", "DIF 1F in every telegram, the last one is repeated") \
	X(MORE_THEN_ACK, "more-then-e5", "", "DIF 1F in every telegram, then E5") \
	X(ACK_FIRST, "e5-first", "requests", "answers the first requests after each reset with E5") \
	X(QUOTA, "quota", "a day", "full readouts a day, then E5") \
	X(QUOTA_ERROR, "quota-error", "", "a used-up quota is told by CI 70 code 09") \
	X(A_ZERO, "a-zero", "", "A = 0 in its answers") \
	X(A_NETWORK, "a-fd", "", "A = 253 in its answers") \
	X(LENGTH_DIFFERS, "length-differs", "telegrams", "the second L is wrong in every n-th telegram") \
	X(BAD_CHECKSUM, "bad-checksum", "telegrams", "the checksum is wrong in every n-th telegram") \
	X(TRAILING_ZERO, "trailing-zero", "", "a byte 00 follows each telegram") \
	X(PAUSE, "pause", "ms", "a pause in the middle of its telegrams") \
	X(SLOW, "slow", "ms", "answer delay of RSP_UD") \
	X(OTHER_ID, "other-id", "", "answers with an identification one higher than it is selected by") \
	X(UNKNOWN_SILENT, "unknown-silent", "", "silent on an unknown CI") \
	X(TELL_ERROR, "tell-error", "", "what was not understood is told by CI 70 at the next request") \
	X(NACK, "nack", "", "answers SND_UD2 with A2 (2018)") \
	X(LOCKED, "locked", "", "acknowledges writes and changes nothing") \
	X(WRITE_TEST_ONLY, "write-fe-only", "", "takes addresses only by 254") \
	X(KEEP_PICKS, "keep-picks", "", "a readout selection survives SND_NKE") \
	X(NO_PICKS, "no-picks", "", "knows no readout selection: sends its normal telegram") \
	X(B1_SWITCH, "b1-switch", "", "CI B1 switches to the telegrams of application 50") \
	X(BAUD_DEAF, "baud-deaf", "", "acknowledges a change of speed and stays at the old one") \
	X(BAUD_SILENT, "baud-silent", "", "silent on a speed that it cannot do") \
	X(BAUD_FALLBACK, "baud-fallback", "s", "way back to the old speed without a valid telegram") \
	X(BREAK_300, "break-300", "", "a break sets 300 baud (D48)") \
	X(STRICT_GAP, "strict-gap", "", "33 bit times of pause end a telegram") \
	X(ALARM_ACK, "alarm-e5", "", "answers REQ_UD1 with E5 although it has no alarms")
/* clang-format on */

enum mb_slave_quirk {
#define MB_X(name, text, unit, meaning) MB_SLAVE_##name,
	MB_SLAVE_QUIRK_MAP(MB_X)
#undef MB_X
	MB_SLAVE_QUIRK_COUNT
};

struct mb_slave_quirk_info {
	const char *name, *unit, *meaning;
};
/* NULL from MB_SLAVE_QUIRK_COUNT on. */
const struct mb_slave_quirk_info *mb_slave_quirk_info(unsigned quirk);

/*
 * One RSP_UD of the answer: what stands behind the CI, header included. The engine writes its own
 * identification, access number and status bits into the header (CI 72, 73, 7A ...); the
 * records, and a DIF 1F in all but the last telegram, are the caller's.
 */
struct mb_slave_telegram {
	const uint8_t *data; /* kept by the caller as long as it is set */
	uint16_t len; /* at most MB_FRAME_DATA_MAX */
	uint8_t ci;
	uint8_t application; /* high nibble of the CI 50 sub-code that selects it, in 7..4; 0: default */
};

struct mb_slave_config {
	struct mb_secondary identity;
	uint8_t primary; /* 0..250; MB_A_NETWORK: has none */
	bool has_fabrication;
	uint32_t fabrication; /* eight BCD nibbles, for enhanced selection */
	bool has_alarms; /* answers REQ_UD1 */
	uint8_t bauds; /* speeds it can be set to: bit 0 is CI B8 (300) .. bit 7 CI BF; 0: all */
	uint8_t access; /* access number of the next answer */
	uint32_t baud; /* 0: 2400 */
	uint32_t delay_min_us, delay_max_us; /* answer delay, evenly spread; both 0: 20 bit times */
	uint32_t seed; /* of the spread */
	uint16_t quirks[MB_SLAVE_QUIRK_COUNT];
};

/* X(NAME, "text") what a frame led to */
#define MB_SLAVE_REACTION_MAP(X) \
	X(SILENT, "silence") \
	X(ACK, "E5") \
	X(NACK, "A2") \
	X(RESPONSE, "RSP_UD") \
	X(REPEAT, "RSP_UD again")

enum mb_slave_reaction {
#define MB_X(name, text) MB_SLAVE_REACTION_##name,
	MB_SLAVE_REACTION_MAP(MB_X)
#undef MB_X
};
const char *mb_slave_reaction_text(unsigned reaction);

enum mb_slave_event_type {
	MB_SLAVE_EVENT_NONE,
	MB_SLAVE_EVENT_HEARD, /* a frame for this slave: c, a, ci, reaction */
	/*
	 * A new RSP_UD will be sent: refresh the telegrams now (mb_slave_set_telegrams, or the bytes
	 * in place). index counts telegrams of the readout from 0, access is the number it will carry.
	 */
	MB_SLAVE_EVENT_ANSWER,
	MB_SLAVE_EVENT_SELECTED,
	MB_SLAVE_EVENT_DESELECTED,
	MB_SLAVE_EVENT_PRIMARY, /* the primary address was changed */
	MB_SLAVE_EVENT_IDENTITY, /* identification or whole secondary address was changed */
	MB_SLAVE_EVENT_CLOCK, /* datetime was set */
	MB_SLAVE_EVENT_APPLICATION, /* CI 50: application reset or select, subcode */
	MB_SLAVE_EVENT_SYNC, /* CI 54, 5C */
	MB_SLAVE_EVENT_WRITE, /* CI 51 with a record that is the caller's: bytes, len (whole record) */
	MB_SLAVE_EVENT_BAUD, /* works at a new speed: see mb_slave_line */
};

struct mb_slave_event {
	uint8_t type; /* enum mb_slave_event_type */
	uint8_t c, a, ci;
	uint8_t reaction; /* enum mb_slave_reaction */
	uint8_t access;
	uint8_t subcode; /* 0 when there was none */
	uint16_t index;
	struct mb_datetime datetime;
	const uint8_t *bytes; /* valid until the next rx */
	uint16_t len;
};

/* An entry of the readout selection; private. */
struct mb_slave_pick {
	uint64_t storage;
	uint32_t tariff;
	uint16_t subunit;
	uint8_t function, vif_table, vif_code;
	bool any_vif, any_dib;
	bool any_storage, any_tariff; /* as the storage number and the tariff have it */
};

/* FCB memory of one address: 0, 1 or none. Private. */
struct mb_slave_fcb {
	uint8_t request, alarm, send;
};

/*
 * Place it where you like; fields are private, read them through the functions below. Small fields
 * first: what lies within 128 bytes is reached by shorter code.
 */
struct mb_slave {
	uint8_t event_first, event_count;
	uint8_t alarm;
	uint8_t status;
	uint8_t access;
	bool alarm_pending, alarm_sent;
	uint16_t n_telegrams;
	uint16_t quota_used;
	uint32_t baud, baud_old;
	uint32_t random;
	uint64_t rx_last_us;
	uint64_t fallback_us; /* MB_NEVER: none */
	const struct mb_slave_telegram *telegrams;

	/* link: from here up to `config` all is forgotten without power */
	bool rx_broken; /* wait for 33 bit times of idle */
	struct mb_slave_fcb fcb[2]; /* own address, 253 */
	uint16_t rx_len, rx_used; /* held, and already taken as frames */
	uint16_t deaf;
	uint32_t baud_next;

	/* network and application */
	bool selected, seen_nke, seen_reset, error_pending, fresh;
	uint8_t error_code;
	uint8_t application;
	uint8_t n_picks;
	uint16_t cursor; /* next telegram of the readout */
	uint16_t acks_due; /* requests still answered with E5 */

	/* answer */
	uint16_t index; /* telegram to build */
	uint8_t reaction; /* of the frame just heard */
	uint8_t single; /* E5 or A2 */
	bool answering; /* an answer is due or under way */
	bool build; /* it must be made from the telegrams first */
	bool lent; /* bytes are with the caller */
	uint16_t out_len, out_pos, out_split;
	uint16_t response_len;
	uint16_t flaw; /* offset of the byte that a quirk spoils, 0: none */
	uint32_t sent; /* RSP_UD since power-up */
	const uint8_t *out;
	uint64_t due_us;

	struct mb_slave_config config;
	uint64_t quota_day_us;
	struct mb_slave_pick picks[MB_SLAVE_PICKS];
	uint8_t rx[MB_FRAME_MAX];
	uint8_t response[MB_FRAME_MAX + 1]; /* the last RSP_UD, for repetition */
	struct mb_slave_event events[MB_SLAVE_EVENTS];
};

/* 0, or MB_E_INVALID (primary 251, 252, 254, 255, unknown baud, delays crossed). Powers up. */
int mb_slave_init(struct mb_slave *s, const struct mb_slave_config *config);
/* Bus power was lost and came back: selection, FCB, cursor, readout selection are forgotten. */
void mb_slave_power_up(struct mb_slave *s);
/* The telegrams in their order; kept by the caller. n = 0: it has no data (E5 to REQ_UD2). */
int mb_slave_set_telegrams(struct mb_slave *s, const struct mb_slave_telegram *telegrams, size_t n);
void mb_slave_set_status(struct mb_slave *s, uint8_t status); /* ORed into the header's status */
/* Something happened that the master should ask for: bits of CI 71, and ACD in every answer. */
void mb_slave_alarm(struct mb_slave *s, uint8_t bits);

/* The verbs of meterbus/engine.h. */
size_t mb_slave_tx(struct mb_slave *s, uint64_t now_us, const uint8_t **ret_bytes);
void mb_slave_sent(struct mb_slave *s, size_t n, uint64_t end_us);
void mb_slave_rx(
	struct mb_slave *s, const uint8_t *bytes, const uint8_t *marks, size_t n, uint64_t now_us);
uint64_t mb_slave_deadline(const struct mb_slave *s);
void mb_slave_tick(struct mb_slave *s, uint64_t now_us);
void mb_slave_line(const struct mb_slave *s, struct mb_line *ret_line);
/* Takes the oldest event: 1, or 0 when there is none. */
int mb_slave_event(struct mb_slave *s, struct mb_slave_event *ret_event);
struct mb_engine mb_slave_engine(struct mb_slave *s);

bool mb_slave_selected(const struct mb_slave *s);
uint8_t mb_slave_primary(const struct mb_slave *s);
uint8_t mb_slave_application(const struct mb_slave *s);
const struct mb_secondary *mb_slave_identity(const struct mb_slave *s);

#ifdef __cplusplus
}
#endif
#endif
