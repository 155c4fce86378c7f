/* SPDX-License-Identifier: MIT */
/*
 * What spans the telegrams of one answer: occurrences of equal keys, bases of compact profiles,
 * formats of compact frames. Lives in the caller's memory, of the size stated here. A chain is
 * begun once per readout; formats survive it.
 */
#ifndef METERBUS_CHAIN_H
#define METERBUS_CHAIN_H

#include <meterbus/record.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MB_CHAIN_KEYS 512 /* distinct keys counted; more: occurrence stays 0 and `overflow` is set */
#define MB_CHAIN_BASES 64 /* base records kept for compact profiles, the newest win */
#define MB_CHAIN_FORMATS 4 /* format frames kept, the oldest is dropped */

/* Fields are private but for `overflow` and the counters. See lib/chain.c. */
struct mb_chain;

#ifdef __cplusplus
}
#endif
#endif
