/* SPDX-License-Identifier: MIT */
/*
 * Link-layer frames: EN 13757-2, IEC 60870-5-1 FT1.2.
 *
 *	E5                                       acknowledge
 *	A2                                       negative acknowledge (2018)
 *	10 C A CS 16                             short frame
 *	68 L L 68 C A CI [data 0..252] CS 16     control (L = 3) and long frame
 */
#ifndef METERBUS_FRAME_H
#define METERBUS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MB_FRAME_MAX 261 /* 6 + 255 */
#define MB_FRAME_DATA_MAX 252 /* bytes behind CI */

#define MB_ACK 0xE5
#define MB_NACK 0xA2

/* C field (EN 13757-2 5.3). Bits 5 and 4 are FCB and FCV of a master, ACD and DFC of a slave. */
#define MB_C_SND_NKE 0x40
#define MB_C_SND_UD2 0x43
#define MB_C_SND_UD 0x53
#define MB_C_REQ_UD1 0x5A
#define MB_C_REQ_UD2 0x5B
#define MB_C_RSP_UD 0x08
#define MB_C_FUNCTION 0x0F /* which one it is, without these bits: */
#define MB_C_PRM 0x40 /* set: from the master */
#define MB_C_FCB 0x20
#define MB_C_FCV 0x10
#define MB_C_ACD 0x20
#define MB_C_DFC 0x10

/* A field (EN 13757-2 5.4). 0 is an unconfigured meter, 1..250 are meters. */
#define MB_A_MAX 250
#define MB_A_REPEATER 251 /* level converter or repeater (2018) */
#define MB_A_NETWORK 253 /* whoever is selected by a secondary address */
#define MB_A_TEST 254 /* everybody answers */
#define MB_A_BROADCAST 255 /* nobody answers */

enum mb_frame_type {
	MB_FRAME_ACK,
	MB_FRAME_NACK,
	MB_FRAME_SHORT,
	MB_FRAME_LONG, /* control frames too: data_len == 0 */
};

/* A frame found in the caller's bytes; data points into them. */
struct mb_frame {
	const uint8_t *data; /* behind CI */
	uint16_t data_len; /* 0..252 */
	uint16_t size; /* whole frame: 1, 5 or L + 6 */
	uint8_t type; /* enum mb_frame_type */
	uint8_t c, a, ci; /* 0 where the type has none */
};

/*
 * Parse the frame at the start of buf. Returns its size (> 0), MB_E_INCOMPLETE when buf ends inside
 * a frame that is good so far, or the first error: MB_E_BAD_START, _BAD_LENGTH, _BAD_START2,
 * _BAD_CHECKSUM, _BAD_STOP. Bytes behind the frame are the caller's.
 */
int mb_frame_parse(const uint8_t *buf, size_t len, struct mb_frame *ret_frame);

/*
 * Write a frame. Return its size or MB_E_NO_SPACE, MB_E_INVALID (more than 252 bytes of data).
 * `data` may already stand at buf + 7.
 */
int mb_frame_write_short(uint8_t *buf, size_t max, uint8_t c, uint8_t a);
int mb_frame_write_long(uint8_t *buf, size_t max, uint8_t c, uint8_t a, uint8_t ci,
	const uint8_t *data, size_t len);
/* The same for any struct mb_frame: the inverse of mb_frame_parse. */
int mb_frame_write(uint8_t *buf, size_t max, const struct mb_frame *frame);
/* Is it the selection of a meter by its secondary address: SND_UD with CI 52 or 56 to 253? */
bool mb_frame_selects(const struct mb_frame *frame);

/* "RSP_UD", "SND_NKE" ...; "?" for none. FCB/FCV/ACD/DFC do not matter. */
const char *mb_c_name(uint8_t c);

/*
 * Streaming deframer: bytes in any pieces in, frames and errors out. After an error it drops one
 * byte and hunts on in the bytes that it has, but an E5 or A2 inside a broken long frame is never
 * taken for an acknowledge. A frame with a marked byte (parity ...) is refused whole. Fields are
 * private but for `dropped`.
 */
struct mb_deframer {
	uint16_t len; /* bytes held */
	uint16_t out; /* of them, handed out last: dropped with the next call */
	uint16_t hunt; /* of them and to come, part of a frame reported as broken */
	uint16_t idle; /* of them, closed by silence: no byte to come completes them */
	uint32_t dropped; /* bytes dropped since init */
	uint8_t buf[2 * MB_FRAME_MAX];
	uint8_t marks[2 * MB_FRAME_MAX];
};

void mb_deframer_init(struct mb_deframer *d);
void mb_deframer_reset(struct mb_deframer *d);
/* Takes up to len bytes; returns how many. Fewer only when full: call _next first. */
size_t mb_deframer_push(
	struct mb_deframer *d, const uint8_t *bytes, const uint8_t *marks, size_t len);
/*
 * 1 and a frame (valid until the next call), 0 when more bytes are needed, or the error of a broken
 * frame; *ret_evidence/_len (may be NULL) are the bytes that were refused. Call until 0.
 * MB_E_PARITY when a marked byte broke the frame.
 */
int mb_deframer_next(struct mb_deframer *d, struct mb_frame *ret_frame,
	const uint8_t **ret_evidence, size_t *ret_evidence_len);
/* Silence of more than 33 bit times: what is held will not be completed. Next call of _next then
 * reports MB_E_INCOMPLETE with the bytes, or 0 when nothing was held. */
void mb_deframer_idle(struct mb_deframer *d);

#ifdef __cplusplus
}
#endif
#endif
