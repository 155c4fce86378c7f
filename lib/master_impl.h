/* SPDX-License-Identifier: MIT */
/*
 * The inside of the master. An op is a script, a list of steps; a step is two functions: begin()
 * sends something, end() looks at what came. Both return one of these, or an error that ends the
 * request (its script goes on behind STEP_CLEAN).
 */
#ifndef METERBUS_LIB_MASTER_IMPL_H
#define METERBUS_LIB_MASTER_IMPL_H

#include <meterbus/master.h>
#include <meterbus/telegram.h>

#include "exchange.h"

enum mbi_go {
	MBI_NEXT, /* go on with the next step */
	MBI_STAY, /* begin() has started an exchange; end(): begin this step again */
	MBI_TAKE, /* mbi_request_answer() only: a telegram to look at */
};

enum mbi_step {
	STEP_NKE, /* SND_NKE by policy */
	STEP_NKE_PRIMARY, /* quirk */
	STEP_SELECT,
	STEP_RESET_FIRST, /* option or quirk */
	STEP_PRE_READ, /* quirk */
	STEP_REQUEST, /* all telegrams */
	STEP_ALARM,
	STEP_PING,
	STEP_SEND,
	STEP_COMMAND,
	STEP_RAW,
	STEP_IDENTIFY, /* who is it before the write? */
	STEP_FREE_PRIMARY, /* is the new primary address free? */
	STEP_FREE_SECONDARY,
	STEP_SELECT_AGAIN, /* behind STEP_FREE_SECONDARY */
	STEP_NKE_TARGET,
	STEP_SELECT_TARGET,
	STEP_PROVE, /* who is it after the write? */
	STEP_READ_BACK, /* are the values in what it sends? */
	STEP_BAUD_NEW,
	STEP_BAUD_OLD,
	STEP_CLEAN, /* marker: the rest is done after errors too */
	STEP_DESELECT,
	STEP_DESELECT_ALWAYS,
	STEP_END,
};

typedef int mbi_step_begin(struct mb_master *m);
typedef int mbi_step_end(struct mb_master *m, const struct mbi_result *r);

/* master_link.c */
mbi_step_begin mbi_nke_begin, mbi_nke_primary_begin, mbi_select_begin, mbi_ping_begin;
mbi_step_begin mbi_deselect_begin, mbi_deselect_always_begin, mbi_raw_begin;
mbi_step_end mbi_nke_end, mbi_select_end, mbi_ping_end, mbi_deselect_end, mbi_raw_end;
/* Sends the selection of an address; of a primary one: MBI_NEXT. */
int mbi_select(struct mb_master *m, const struct mb_address *address, enum mbi_expect expect);
bool mbi_wants_deselect(const struct mb_master *m);
/* What a selection was answered with: 0, or MB_E_*. */
int mbi_selected(struct mb_master *m, const struct mbi_result *r);
/* master_read.c */
mbi_step_begin mbi_request_begin, mbi_alarm_begin, mbi_reset_first_begin, mbi_pre_read_begin;
mbi_step_end mbi_request_end, mbi_alarm_end, mbi_prepare_end;
/* master_write.c */
mbi_step_begin mbi_send_begin, mbi_command_begin;
mbi_step_end mbi_send_end, mbi_command_end;
/* master_verify.c */
mbi_step_begin mbi_identify_begin, mbi_free_primary_begin, mbi_free_secondary_begin;
mbi_step_begin mbi_select_again_begin, mbi_nke_target_begin, mbi_select_target_begin;
mbi_step_begin mbi_prove_begin, mbi_read_back_begin;
mbi_step_end mbi_identify_end, mbi_free_primary_end, mbi_free_secondary_end;
mbi_step_end mbi_select_target_end, mbi_prove_end, mbi_read_back_end;
/* master_baud.c */
mbi_step_begin mbi_baud_begin;
mbi_step_end mbi_baud_new_end, mbi_baud_old_end;

/* ---- master_run.c ---- */

const uint8_t *mbi_script(unsigned op);
/* Moves as far as it can without sending over events that were not taken. */
void mbi_advance(struct mb_master *m, uint64_t now_us);
void mbi_finish(struct mb_master *m, int result);
/* Go on with that step of the script. */
void mbi_goto(struct mb_master *m, enum mbi_step step);
/* Start an exchange with what stands in m->tx. MBI_STAY, or the error that tx_len is. */
int mbi_send(struct mb_master *m, int tx_len, enum mbi_expect expect);
int mbi_send_short(struct mb_master *m, uint8_t c, uint8_t a, enum mbi_expect expect);
/* A try failed: event, then MBI_STAY while tries are left, else the outcome. */
int mbi_retry(struct mb_master *m, const struct mbi_result *r, int outcome);
/* The outcome, with the warnings about a good frame in bad company: 0, or MB_E_*. */
int mbi_judge(struct mb_master *m, const struct mbi_result *r);
bool mbi_by_secondary(const struct mb_master *m);

/* ---- master_event.c ---- */

struct mb_master_event *mbi_event(struct mb_master *m, uint8_t type);
void mbi_event_heard(
	struct mb_master *m, struct mb_master_event *event, const struct mbi_result *r);
void mbi_warn(struct mb_master *m, enum mb_warning warning, const struct mbi_result *r);
void mbi_event_ack(struct mb_master *m, const struct mbi_result *r);
void mbi_event_telegram(struct mb_master *m, const struct mbi_result *r);
void mbi_event_attempt(struct mb_master *m, const struct mbi_result *r, int outcome, uint8_t tries);

/* ---- master_fcb.c: D48 5.5; for every A, 253 and 254 have their own ---- */

enum mbi_fcb {
	MBI_FCB_REQUEST = 1,
	MBI_FCB_SEND = 2,
	MBI_FCB_ALARM = 4,
	MBI_FCB_KNOWN = 8,
};

/* MB_C_FCB or 0: to be ORed into C. As long as it is not known 1 for requests, 0 for SND_UD. */
uint8_t mbi_fcb(const struct mb_master *m, uint8_t a, enum mbi_fcb which);
bool mbi_fcb_known(const struct mb_master *m, uint8_t a);
void mbi_fcb_toggle(struct mb_master *m, uint8_t a, enum mbi_fcb which);
/* After SND_NKE, after a selection: the next ones are 1. To 254 and 255: everybody's. */
void mbi_fcb_reset(struct mb_master *m, uint8_t a);

/* ---- master_read.c ---- */

bool mbi_bent(const struct mb_master *m, enum mb_quirk_bend bend);
/* The quirks of what is known before anybody answered. */
void mbi_quirk_begin(struct mb_master *m);
/* Who answered; quirks that this brings. MBI_STAY when the script begins again because of them. */
int mbi_learn(struct mb_master *m, const struct mb_telegram *t);
/* Good RSP_UD of the right address: 0 and the telegram; else MB_E_*. */
int mbi_response(struct mb_master *m, const struct mbi_result *r, struct mb_telegram *ret_telegram);
/* The same for REQ_UD2, with E5, repeats and application errors: MBI_TAKE and the telegram, or what
 * end() is to return. */
int mbi_request_answer(
	struct mb_master *m, const struct mbi_result *r, struct mb_telegram *ret_telegram);
/* One more telegram of this answer: MBI_STAY when more follow, MBI_NEXT, or an error. */
int mbi_take(struct mb_master *m, const struct mbi_result *r, const struct mb_telegram *t);

/* ---- master_write.c ---- */

/* 0, or MB_E_INVALID: can the op's telegram be built? */
int mbi_write_check(struct mb_master *m);
/* Writes the op's telegram with this C into m->tx: its size or MB_E_*. */
int mbi_write_op(struct mb_master *m, uint8_t c);
/* All tries failed, or the write did not stick: the other FCB after SND_NKE. MBI_STAY, or error. */
int mbi_second_round(struct mb_master *m, int error);

/* ---- master_baud.c ---- */

/* Speed of the rest of the dialogue: that of the request. */
void mbi_baud_switch(struct mb_master *m);

/* ---- master_compare.c: into m->proof ---- */

/* Look for what was written in a telegram read back. */
void mbi_compare_records(struct mb_master *m, const struct mb_telegram *t);
void mbi_compare_time(struct mb_master *m, const struct mb_telegram *t);
/* Does the payload add, toggle ...? Then it must not be done twice. */
bool mbi_incremental(const struct mb_master *m);

#endif
