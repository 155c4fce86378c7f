/* SPDX-License-Identifier: MIT */
/*
 * The bus master: one request at a time, from a single ping to a verified change of address. Shape
 * of meterbus/engine.h. Timeouts, repeats, FCB, echo, selection, multi-telegram answers and the
 * names of all failures are in here; the port is the caller's.
 *
 *	static struct mb_master m;
 *	mb_master_init(&m, &(struct mb_master_config){.path.line = MB_LINE_2400_8E1}, now);
 *	mb_master_submit(&m, &(struct mb_request){.op = MB_OP_READ, .address.primary = 5}, now);
 *	run mb_master_engine(&m) until mb_master_event() gives MB_MASTER_DONE
 */
#ifndef METERBUS_MASTER_H
#define METERBUS_MASTER_H

#include <meterbus/address.h>
#include <meterbus/error.h>
#include <meterbus/path.h>
#include <meterbus/quirk.h>
#include <meterbus/value.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MB_TRIES 3 /* a telegram and its two repeats, D48 5.4 */
#define MB_TELEGRAMS 16 /* default limit of one answer */
#define MB_TELEGRAMS_MAX 100 /* hard limit */
#define MB_ANSWER_LIMIT_US 600000000 /* default limit of a whole answer */
#define MB_BAUD_RESCUE_US 600000000 /* how long a meter lost by a baud switch is called back */
#define MB_BUSY_WAIT_US 1000000 /* pause after application error 08, and DFC before SND_UD */
#define MB_MASTER_EVENTS 8
#define MB_SUBCODES_MAX 10

/*
 * X(NAME, "name", writes, "what is sent; result"). All ops take a primary or a secondary address;
 * a secondary one is selected first. writes: changes the meter.
 */
/* clang-format off */
#define MB_OP_MAP(X) \
	X(READ, "read", 0, "REQ_UD2 until no telegram follows") \
	X(ALARM, "alarm", 0, "REQ_UD1: RSP_UD, or MB_E_NO_DATA for E5, no alarm") \
	X(PING, "ping", 0, "SND_NKE; a secondary address is selected") \
	X(SELECT, "select", 0, "selection, stays selected") \
	X(DESELECT, "deselect", 0, "SND_NKE to 253; answered or not is a success") \
	X(SEND, "send", 1, "SND_UD with ci and payload") \
	X(COMMAND, "command", 1, "SND_UD2 with ci and payload, answered by RSP_UD or A2") \
	X(READ_SELECTED, "read-selected", 1, "SND_UD CI 51 with payload (readout selection), then read") \
	X(RESET, "reset", 1, "CI 50; payload: up to 10 subcode bytes") \
	X(SYNC, "sync", 1, "CI 5C, or ci when it is not 0 (54: D48)") \
	X(SET_BAUD, "set-baud", 1, "CI B8..BF, then SND_NKE at the new speed, and back when silent") \
	X(SET_PRIMARY, "set-address", 1, "01 7A; refused when another meter is there; read back") \
	X(SET_ID, "set-id", 1, "0C 79; read back") \
	X(SET_SECONDARY, "set-secondary", 1, "07 79; read back") \
	X(SET_TIME, "set-time", 1, "04 6D, 06 6D or 02 6C; read back") \
	X(RAW, "raw", 1, "payload as it is, frame and all; a TELEGRAM for each good frame that comes")
/* clang-format on */

enum mb_op {
#define MB_X(name, text, writes, meaning) MB_OP_##name,
	MB_OP_MAP(MB_X)
#undef MB_X
	MB_OP_COUNT
};

const char *mb_op_name(unsigned op); /* NULL from MB_OP_COUNT on */
bool mb_op_writes(unsigned op);

/* SND_NKE before a dialogue. */
enum mb_nke {
	MB_NKE_DEFAULT, /* request: as configured; configuration: BEFORE */
	MB_NKE_BEFORE, /* always; a missing E5 does not matter */
	MB_NKE_NEVER, /* go on with the FCB that we remember */
	MB_NKE_UNKNOWN, /* only while the FCB is not known: first contact, or after mb_master_forget */
};

/* Options of a request. */
#define MB_OPTION_DESELECT 0x01 /* SND_NKE to 253 at the end of a dialogue by secondary address */
/* Write to 255, set an address in use, set one by 254 or wildcards though several answer. */
#define MB_OPTION_FORCE 0x02
#define MB_OPTION_RESET_FIRST 0x04 /* application reset (CI 50) before a read */
#define MB_OPTION_READ_BACK 0x08 /* SEND, CI 51: read, and compare what was written */
/* SEND, COMMAND, RAW: never repeat, not even with the same FCB; RAW: one good frame is the answer. */
#define MB_OPTION_ONCE 0x10
#define MB_OPTION_SECOND_ROUND 0x20 /* READ: after the last try SND_NKE and all tries again */
#define MB_OPTION_WHOLE_WINDOW 0x40 /* listen for a second answer: COLLISION, at the cost of time */
/* SET_PRIMARY, _ID, _SECONDARY at 0..250: `identity` was read there just now and is not asked again. */
#define MB_OPTION_IDENTIFIED 0x80

struct mb_request {
	uint8_t op; /* enum mb_op */
	uint8_t nke; /* enum mb_nke */
	uint8_t ci; /* SEND, COMMAND, SYNC */
	uint8_t options; /* MB_OPTION_* */
	uint8_t tries; /* 0: as configured */
	uint8_t max_telegrams; /* 0: as configured */
	struct mb_address address;
	bool has_identity; /* the caller knows which meter this is: quirks apply from the start */
	struct mb_secondary identity;
	uint32_t answer_us; /* slowest first byte of this meter; 0: the path's */
	uint32_t baud; /* speed of this dialogue; 0: the path's */
	const uint8_t *payload; /* copied by submit */
	uint16_t payload_len; /* SEND ...: 0..252; RAW: 1..261 */
	uint32_t tag; /* the caller's; comes back in events */
	const struct mb_quirk *quirk; /* of this meter, kept until DONE; NULL: as the tables say */
	union {
		uint8_t primary; /* SET_PRIMARY: 0..250 */
		uint32_t id; /* SET_ID */
		struct mb_secondary secondary; /* SET_SECONDARY */
		uint32_t new_baud; /* SET_BAUD */
		struct { /* SET_TIME */
			struct mb_datetime time;
			uint8_t type; /* 'F', 'I', 'G' */
			uint32_t tolerance_s; /* of the clock read back; 0: 60 */
		};
	};
};

enum mb_master_event_type {
	MB_MASTER_NONE,
	MB_MASTER_TELEGRAM, /* a good RSP_UD (RAW: any frame): bytes, telegram, time_us */
	MB_MASTER_ATTEMPT, /* a try failed: result (MB_E_*), attempt, sent, bytes and marks heard */
	MB_MASTER_ACK, /* E5 to sent: time_us */
	MB_MASTER_WARNING, /* warning, bytes when there are any */
	MB_MASTER_DONE, /* the request is over: result and done */
};

/* X(NAME, "name", "what happened") */
/* clang-format off */
#define MB_WARNING_MAP(X) \
	X(ECHO, "echo", "the converter returns our own bytes; they are removed") \
	X(ECHO_GONE, "echo gone", "the converter does not return our own bytes any more") \
	X(ECHO_DIFFERS, "echo differs", "our own bytes came back changed, but the answer was good") \
	X(NKE_SILENT, "no answer to SND_NKE", "the meter does not acknowledge SND_NKE; it may be obeyed") \
	X(ADDRESS, "other address", "the answer carries another address than the one asked; taken") \
	X(IDENTITY, "other identity", "the answer carries another identification than the selection") \
	X(TRAILING, "trailing bytes", "bytes followed the answer; the answer was good") \
	X(JUNK, "leading bytes", "bytes came before the answer; the answer was good") \
	X(LATE, "late bytes", "bytes came while we were sending; dropped") \
	X(REPEATED, "repeated telegram", "the meter repeats a telegram and still says that more follow") \
	X(BUSY, "busy", "the meter is busy (DFC or application error 08); tried again after a pause") \
	X(ENCRYPTED, "encrypted", "the telegram is encrypted; whether more follow is not known") \
	X(SECOND_ROUND, "second round", "all tries failed; SND_NKE and once more") \
	X(FOREIGN_MASTER, "foreign master", "another master talks on this bus; the FCB are forgotten") \
	X(BAUD_RESCUE, "baud rescue", "the meter answers at neither speed; it is called at the old one") \
	X(ONCE, "not repeated", "no acknowledge, and repeating might do it twice; read back instead") \
	X(QUIRK, "quirk", "a row of the quirk table was applied")
/* clang-format on */

enum mb_warning {
#define MB_X(name, text, meaning) MB_WARNING_##name,
	MB_WARNING_MAP(MB_X)
#undef MB_X
	MB_WARNING_COUNT
};

const char *mb_warning_name(unsigned warning); /* NULL from MB_WARNING_COUNT on */
const char *mb_warning_text(unsigned warning);

/* Did the meter take what was written? */
enum mb_verified {
	MB_VERIFIED_NO_CHECK, /* it was not looked at */
	MB_VERIFIED_YES, /* read back and equal */
	MB_VERIFIED_DIFFERS, /* read back and different */
	MB_VERIFIED_UNKNOWN, /* read back, but it does not show what was written */
};

struct mb_master_done {
	uint8_t verified; /* enum mb_verified */
	uint8_t application_error; /* code of CI 70 with MB_E_APPLICATION */
	bool has_primary; /* an RSP_UD came: its A field */
	uint8_t primary;
	bool has_identity; /* one with a long header came */
	struct mb_secondary identity;
	uint16_t telegrams; /* given as events */
	uint16_t requests; /* frames sent */
	uint16_t failed; /* of them without a good answer */
	uint32_t baud; /* speed at which the meter answered last */
	uint32_t fastest_us,
		slowest_us; /* answers: our last stop bit to their first byte; 0: none */
	uint64_t begin_us, end_us; /* submit, and now */
	const struct mb_quirk *quirk; /* that was applied, or NULL */
};

struct mb_master_event {
	uint8_t type; /* enum mb_master_event_type */
	uint8_t op; /* of the request */
	uint8_t attempt; /* ATTEMPT: from 1 */
	uint8_t tries; /* ATTEMPT: how many there will be */
	uint8_t warning; /* WARNING: enum mb_warning */
	uint32_t tag; /* of the request */
	int result; /* ATTEMPT, DONE: 0 or MB_E_* */
	uint16_t telegram; /* TELEGRAM: ordinal in this answer, from 0 */
	const uint8_t *bytes; /* heard; valid until the next verb but event */
	const uint8_t *marks; /* one MB_MARK_* a byte of bytes */
	uint16_t len;
	const uint8_t *sent; /* ATTEMPT, ACK, TELEGRAM: what we had sent; valid like bytes */
	uint16_t sent_len;
	uint64_t sent_us; /* end of our last stop bit */
	uint64_t time_us; /* last byte of the frame, or when it happened */
	struct mb_master_done done; /* DONE */
};

struct mb_master_config {
	struct mb_path path;
	uint8_t nke; /* enum mb_nke */
	uint8_t tries; /* 0: MB_TRIES */
	uint8_t max_telegrams; /* 0: MB_TELEGRAMS */
	uint32_t answer_limit_us; /* of all telegrams of an answer; 0: MB_ANSWER_LIMIT_US */
	uint32_t baud_rescue_us; /* 0: MB_BAUD_RESCUE_US */
	const struct mb_quirk *quirks; /* the caller's rows, kept */
	uint16_t n_quirks;
};

/* What is remembered of a telegram, to find repetitions. Private. */
struct mb_master_print {
	uint64_t hash;
	uint16_t len;
};

/* Written records, to be found in what is read back: one bit a record. Private. */
struct mb_master_proof {
	uint32_t wanted, equal, different;
};

/*
 * Place it where you like; fields are private. Small fields first: what lies within 128 bytes is
 * reached by shorter code.
 */
struct mb_master {
	uint8_t event_first, event_count;
	uint16_t tx_len;
	uint64_t now_us; /* of the verb under way */

	/* of this request: from here up to `request` all is forgotten by the next one */
	const uint8_t *script; /* steps of the op */
	uint8_t step; /* index into script */
	bool active;
	uint8_t a; /* A field of this dialogue */
	uint8_t attempt; /* of this step, from 0 */
	uint8_t tries;
	uint8_t round; /* 1: after the last try, SND_NKE and once more */
	bool restarted; /* a quirk was found in the first telegram: begun again */
	bool nke_silent;
	bool dfc; /* the meter takes no data for now */
	bool acked; /* SND_UD was acknowledged */
	uint8_t nke_primary; /* quirk: SND_NKE goes there too; 255 not known */
	uint8_t nke_a; /* where the last SND_NKE went */
	uint8_t send_c; /* C of the last SND_UD */
	uint8_t max_telegrams;
	bool has_before;
	uint8_t before_a; /* A field of the meter before the write */
	uint16_t telegrams; /* of this answer */
	int result; /* kept over the steps that clean up */
	int round_error; /* why there is a second round */
	int send_error; /* SET_BAUD: of the command */
	uint32_t warned; /* one bit a warning: each is told once a request */
	const struct mb_quirk *quirk;
	struct mb_master_proof proof;
	uint64_t wait_us; /* nothing is sent before */
	uint64_t rescue_until_us;
	struct mb_request request;

	struct mb_path path; /* of this request */
	struct mb_address target; /* where the meter answers after the write */
	struct mb_secondary before; /* identity of the meter before the write */
	uint32_t old_baud; /* SET_BAUD */
	uint64_t written_us; /* when the write was acknowledged */
	uint64_t answer_begin_us;
	struct mb_master_print first, previous;
	struct mb_master_done done;

	struct mb_master_config config;
	struct mb_exchange exchange;
	uint8_t fcb[128]; /* four bits an address: next REQ_UD2, SND_UD, REQ_UD1; known */
	uint8_t tx[MB_FRAME_MAX];
	uint8_t payload[MB_FRAME_MAX];
	struct mb_master_event events[MB_MASTER_EVENTS];
};

/* 0 or MB_E_INVALID (line without speed, limits). */
int mb_master_init(struct mb_master *m, const struct mb_master_config *config, uint64_t now_us);
/* The way to the bus from now on, e.g. another speed. MB_E_BUSY while a request is under way. */
int mb_master_set_path(struct mb_master *m, const struct mb_path *path);

/*
 * Begin a request. 0; MB_E_BUSY; MB_E_INVALID (address 251 and 252, wildcards where none may be,
 * payload, limits); MB_E_UNSUPPORTED: a write to 255 (all meters, no answer), without
 * MB_OPTION_FORCE; MB_OP_SYNC is free.
 */
int mb_master_submit(struct mb_master *m, const struct mb_request *request, uint64_t now_us);
/* End it now, between or inside exchanges: DONE with MB_E_CANCELLED follows, if there was one. */
void mb_master_cancel(struct mb_master *m, uint64_t now_us);
bool mb_master_busy(const struct mb_master *m);
/*
 * A foreign master spoke, power was lost ...: forget all FCB. The next dialogue with each address
 * begins with SND_NKE (unless MB_NKE_NEVER).
 */
void mb_master_forget(struct mb_master *m);

/* The verbs of meterbus/engine.h. Nothing is sent while events wait to be taken. */
size_t mb_master_tx(struct mb_master *m, uint64_t now_us, const uint8_t **ret_bytes);
void mb_master_sent(struct mb_master *m, size_t n, uint64_t end_us);
void mb_master_rx(
	struct mb_master *m, const uint8_t *bytes, const uint8_t *marks, size_t n, uint64_t now_us);
uint64_t mb_master_deadline(const struct mb_master *m);
void mb_master_tick(struct mb_master *m, uint64_t now_us);
void mb_master_line(const struct mb_master *m, struct mb_line *ret_line);
/* Takes the oldest event: 1, or 0 when there is none. */
int mb_master_event(struct mb_master *m, struct mb_master_event *ret_event);
struct mb_engine mb_master_engine(struct mb_master *m);

#ifdef __cplusplus
}
#endif
#endif
