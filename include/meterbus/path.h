/* SPDX-License-Identifier: MIT */
/*
 * The way from a master to its bus: speed, delays of the converter, echo. The master and the
 * search take all their timeouts from here. t_bit is 1 / baud. EN 13757-2, D48 5.4.
 */
#ifndef METERBUS_PATH_H
#define METERBUS_PATH_H

#include <meterbus/engine.h>
#include <meterbus/frame.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MB_HEARD_MAX (2 * MB_FRAME_MAX) /* bytes of one answer kept as evidence; more are counted */

enum mb_echo {
	MB_ECHO_UNKNOWN, /* learned from the first answer */
	MB_ECHO_NO,
	MB_ECHO_YES,
};

/* Zero is the default of every field but line. */
struct mb_path {
	struct mb_line line;
	uint32_t latency_us; /* of the whole way and back: 16 ms USB, 50 ms and more TCP */
	uint32_t answer_us; /* wait for the first byte; 0: 330 t_bit + 50 ms. Latency is added */
	uint32_t gap_us; /* pause inside an answer; 0: 33 t_bit, at least 50 ms. Latency is added */
	uint32_t guard_us; /* idle line before we send again; 0: 33 t_bit */
	uint8_t echo; /* enum mb_echo: what is known before the start */
};

/* The values in force, defaults filled in, latency added where it is to be. */
uint64_t mb_path_answer_us(const struct mb_path *path); /* up to the end of the first byte */
uint64_t mb_path_gap_us(const struct mb_path *path); /* up to the end of the next byte */
uint64_t mb_path_guard_us(const struct mb_path *path);
uint64_t mb_path_idle_us(const struct mb_path *path); /* behind garbage: 33 t_bit and latency */

/* One dialogue step under way. Private; here only so that engines have a known size. */
struct mb_exchange {
	/* of this exchange: all up to `echo` is forgotten by the next one */
	const uint8_t *tx;
	uint16_t tx_len, tx_sent;
	uint8_t state, expect;
	uint8_t found; /* what heard holds */
	bool whole_window, echo_closed, echo_differs, echo_changed;
	int error; /* of the first broken frame, 0 none */
	uint16_t frame_at, frame_size; /* within heard */
	uint16_t echo_len; /* bytes of our echo at the start of heard */
	uint16_t junk_len; /* 00 and FF behind the echo */
	uint16_t len; /* bytes kept */
	uint32_t count; /* bytes that came, kept or not */
	uint32_t late; /* bytes dropped that came before we had sent all */
	uint64_t start_us, end_us, echo_us, begin_us, first_us, last_us, frame_us;
	uint8_t echo; /* enum mb_echo: what is known by now */
	uint64_t quiet_us; /* not to send before */
	struct mb_path path;
	uint8_t heard[MB_HEARD_MAX];
	uint8_t marks[MB_HEARD_MAX];
};

#ifdef __cplusplus
}
#endif
#endif
