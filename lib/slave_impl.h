/* SPDX-License-Identifier: MIT */
/*
 * What the files of the slave share: slave.c (verbs, reception), slave_react.c (what a frame leads
 * to), slave_answer.c (RSP_UD), slave_select.c (secondary addressing), slave_write.c (CI 51).
 */
#ifndef METERBUS_LIB_SLAVE_IMPL_H
#define METERBUS_LIB_SLAVE_IMPL_H

#include <meterbus/error.h>
#include <meterbus/record.h>
#include <meterbus/slave.h>

#include "mem.h"

#define FCB_NONE 2
#define FCB_OWN 0 /* index into fcb[] */
#define FCB_NETWORK 1

/* Application errors, EN 13757-3 Table 27. */
#define ERROR_UNKNOWN_CI 0x01
#define ERROR_CREDIT 0x09
#define ERROR_DATA 0x12

static inline uint16_t quirk(const struct mb_slave *s, enum mb_slave_quirk q)
{
	return s->config.quirks[q];
}

static inline void fcb_forget(struct mb_slave_fcb *fcb)
{
	*fcb = (struct mb_slave_fcb){FCB_NONE, FCB_NONE, FCB_NONE};
}

/* slave.c */
/* A new event, to be filled in. */
struct mb_slave_event *mbi_slave_event(struct mb_slave *s, enum mb_slave_event_type type);
uint64_t mbi_slave_bits_us(const struct mb_slave *s, unsigned n_bits);
void mbi_slave_set_baud(struct mb_slave *s, uint32_t baud);

/* slave_react.c: obeys a frame and says how to answer; the answer is prepared. */
enum mb_slave_reaction mbi_slave_react(
	struct mb_slave *s, const struct mb_frame *frame, uint64_t now_us);
/* A readout begins again with its first telegram. */
void mbi_slave_rewind(struct mb_slave *s);

/* slave_answer.c */
unsigned mbi_slave_telegrams(const struct mb_slave *s); /* of the application in use */
void mbi_slave_build_answer(struct mb_slave *s);
void mbi_slave_build_short(struct mb_slave *s, uint8_t ci, uint8_t byte); /* CI 70, 71 */

/* slave_select.c: CI 52 or 56 with what stands behind it. */
bool mbi_slave_matches(const struct mb_slave *s, const uint8_t *data, size_t len);

/* slave_write.c: the records of a CI 51. False: at least one was not understood. */
bool mbi_slave_write(struct mb_slave *s, const struct mb_frame *frame);
bool mbi_slave_picks(const struct mb_slave *s, const struct mb_record *record);

#endif
