/* SPDX-License-Identifier: MIT */
/*
 * Errors and outcomes. Every function of the library that can fail returns an int: >= 0 is
 * success (often a count), < 0 is one of these. Outputs stay untouched on failure.
 */
#ifndef METERBUS_ERROR_H
#define METERBUS_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * X(number, NAME, "name", "what it means")
 * -1..-29: a telegram as bytes; -30..-59: what was heard on the bus; -60..-79: what a device
 * answered; -80..-99: security; -100..: the caller.
 */
/* clang-format off */
#define MB_ERROR_MAP(X) \
	X(-1,   INCOMPLETE,         "incomplete",              "more bytes are needed") \
	X(-2,   BAD_START,          "bad start",               "the first byte starts no frame (10, 68, E5, A2)") \
	X(-3,   BAD_LENGTH,         "bad length",              "the two length bytes differ or are below 3") \
	X(-4,   BAD_START2,         "bad second start",        "the fourth byte is not 68") \
	X(-5,   BAD_CHECKSUM,       "bad checksum",            "the checksum does not match the bytes") \
	X(-6,   BAD_STOP,           "bad stop",                "the last byte is not 16") \
	X(-7,   TRAILING,           "trailing bytes",          "bytes follow a complete frame") \
	X(-8,   BAD_DIRECTION,      "bad direction",           "the C field is of the other direction") \
	X(-9,   HEADER_SHORT,       "header too short",        "the user data end inside the header") \
	X(-10,  RECORD_SHORT,       "premature end of record", "a record runs past the end of the telegram") \
	X(-11,  TOO_MANY_DIFE,      "too many DIFE",           "more than 10 DIFE follow a DIF") \
	X(-12,  TOO_MANY_VIFE,      "too many VIFE",           "more than 10 VIFE follow a VIF") \
	X(-13,  BAD_DIF,            "reserved DIF",            "this special DIF is not defined; the rest stays raw") \
	X(-14,  BAD_LVAR,           "reserved LVAR",           "this LVAR code is not defined; the rest stays raw") \
	X(-15,  BAD_TEXT,           "bad plain text",          "the plain-text VIF does not fit the telegram") \
	X(-16,  UNKNOWN_CI,         "unknown CI",              "this CI is not decoded; the bytes stay raw") \
	X(-17,  NO_FORMAT,          "format unknown",          "no format frame fits this compact frame") \
	X(-18,  BAD_CRC,            "bad CRC",                 "the full-frame CRC does not match") \
	X(-30,  SILENCE,            "silence",                 "nothing was heard within the answer time") \
	X(-31,  NOISE,              "noise",                   "bytes were heard that form no frame") \
	X(-32,  PARITY,             "parity error",            "a byte came with a parity or framing error") \
	X(-33,  CUT,                "cut off",                 "the answer stopped in the middle") \
	X(-34,  ECHO_DIFFERS,       "echo differs",            "our own bytes came back changed: a collision on the bus") \
	X(-35,  WRONG_ADDRESS,      "wrong address",           "another address than the one asked answered") \
	X(-36,  WRONG_ANSWER,       "wrong answer",            "a valid frame, but not an answer to this request") \
	X(-37,  COLLISION,          "collision",               "more than one device answered") \
	X(-38,  FOREIGN_MASTER,     "foreign master",          "another master is talking on this bus") \
	X(-39,  NOT_READ,           "not read",                "the logger that was to read the device could not") \
	X(-60,  NO_DATA,            "no data",                 "the device is alive but has no data (E5)") \
	X(-61,  NACK,               "refused",                 "the device refused the command (A2)") \
	X(-62,  APPLICATION,        "application error",       "the device reports an application error") \
	X(-63,  NOT_SELECTED,       "not selected",            "no device acknowledged the selection") \
	X(-64,  NOT_VERIFIED,       "not verified",            "read back after writing: the device did not take it") \
	X(-65,  LOOP,               "endless answer",          "the device repeats itself without an end") \
	X(-66,  TOO_MANY_TELEGRAMS, "too many telegrams",      "the answer is longer than the limit") \
	X(-67,  IN_USE,             "address in use",          "another device answers at the wanted address") \
	X(-68,  BAUD_LOST,          "baud lost",               "the device answers neither at the new nor at the old speed") \
	X(-69,  BAUD_UNCHANGED,     "baud unchanged",          "the device stayed at the old speed") \
	X(-80,  ENCRYPTED,          "encrypted",               "the data are encrypted and no key was given") \
	X(-81,  WRONG_KEY,          "wrong key",               "decryption with this key yields no valid data") \
	X(-82,  BAD_MAC,            "bad MAC",                 "the message authentication code does not match") \
	X(-83,  SECURITY_MODE,      "security mode",           "this security mode is not supported") \
	X(-100, INVALID,            "invalid argument",        "an argument is out of its range") \
	X(-101, NO_SPACE,           "no space",                "the buffer of the caller is too small") \
	X(-102, BUSY,               "busy",                    "a request is under way") \
	X(-103, CANCELLED,          "cancelled",               "the request was cancelled") \
	X(-104, OVERFLOW,           "overflow",                "the number does not fit") \
	X(-105, UNSUPPORTED,        "unsupported",             "not supported here") \
	X(-106, STREAM,             "stream",                  "the port or connection failed")
/* clang-format on */

enum mb_error {
#define MB_X(number, name, text, meaning) MB_E_##name = (number),
	MB_ERROR_MAP(MB_X)
#undef MB_X
};

/* Short name ("bad checksum") of an error, "ok" for >= 0, "unknown error" else. Static, never NULL. */
const char *mb_error_name(int error);
/* One sentence about it. Static, never NULL. */
const char *mb_error_text(int error);

#ifdef __cplusplus
}
#endif
#endif
