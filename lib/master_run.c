/* SPDX-License-Identifier: MIT */
/* Scripts and what walks through them. */
#include <meterbus/error.h>

#include "master_impl.h"

/* clang-format off */
static const struct {
	mbi_step_begin *begin;
	mbi_step_end *end;
} steps[] = {
	[STEP_NKE] = {mbi_nke_begin, mbi_nke_end},
	[STEP_NKE_PRIMARY] = {mbi_nke_primary_begin, mbi_nke_end},
	[STEP_SELECT] = {mbi_select_begin, mbi_select_end},
	[STEP_RESET_FIRST] = {mbi_reset_first_begin, mbi_prepare_end},
	[STEP_PRE_READ] = {mbi_pre_read_begin, mbi_prepare_end},
	[STEP_REQUEST] = {mbi_request_begin, mbi_request_end},
	[STEP_ALARM] = {mbi_alarm_begin, mbi_alarm_end},
	[STEP_PING] = {mbi_ping_begin, mbi_ping_end},
	[STEP_SEND] = {mbi_send_begin, mbi_send_end},
	[STEP_COMMAND] = {mbi_command_begin, mbi_command_end},
	[STEP_RAW] = {mbi_raw_begin, mbi_raw_end},
	[STEP_IDENTIFY] = {mbi_identify_begin, mbi_identify_end},
	[STEP_FREE_PRIMARY] = {mbi_free_primary_begin, mbi_free_primary_end},
	[STEP_FREE_SECONDARY] = {mbi_free_secondary_begin, mbi_free_secondary_end},
	[STEP_SELECT_AGAIN] = {mbi_select_again_begin, mbi_select_end},
	[STEP_NKE_TARGET] = {mbi_nke_target_begin, mbi_nke_end},
	[STEP_SELECT_TARGET] = {mbi_select_target_begin, mbi_select_target_end},
	[STEP_PROVE] = {mbi_prove_begin, mbi_prove_end},
	[STEP_READ_BACK] = {mbi_read_back_begin, mbi_read_back_end},
	[STEP_BAUD_NEW] = {mbi_baud_begin, mbi_baud_new_end},
	[STEP_BAUD_OLD] = {mbi_baud_begin, mbi_baud_old_end},
	[STEP_DESELECT] = {mbi_deselect_begin, mbi_deselect_end},
	[STEP_DESELECT_ALWAYS] = {mbi_deselect_always_begin, mbi_deselect_end},
};

#define SCRIPT_MAX 16
#define SET_ADDRESS_HEAD STEP_NKE, STEP_SELECT, STEP_IDENTIFY
#define TAIL STEP_CLEAN, STEP_DESELECT, STEP_END

static const uint8_t scripts[MB_OP_COUNT][SCRIPT_MAX] = {
	[MB_OP_READ] = {STEP_NKE, STEP_NKE_PRIMARY, STEP_SELECT, STEP_RESET_FIRST, STEP_PRE_READ,
		STEP_REQUEST, TAIL},
	[MB_OP_ALARM] = {STEP_NKE, STEP_SELECT, STEP_ALARM, TAIL},
	[MB_OP_PING] = {STEP_PING, STEP_SELECT, TAIL},
	[MB_OP_SELECT] = {STEP_SELECT, STEP_CLEAN, STEP_END},
	[MB_OP_DESELECT] = {STEP_CLEAN, STEP_DESELECT_ALWAYS, STEP_END},
	[MB_OP_SEND] = {STEP_NKE, STEP_SELECT, STEP_SEND, STEP_READ_BACK, TAIL},
	[MB_OP_COMMAND] = {STEP_NKE, STEP_SELECT, STEP_COMMAND, TAIL},
	[MB_OP_READ_SELECTED] = {STEP_NKE, STEP_SELECT, STEP_SEND, STEP_REQUEST, TAIL},
	[MB_OP_RESET] = {STEP_NKE, STEP_SELECT, STEP_SEND, TAIL},
	[MB_OP_SYNC] = {STEP_NKE, STEP_SELECT, STEP_SEND, TAIL},
	[MB_OP_SET_BAUD] = {STEP_NKE, STEP_SELECT, STEP_SEND, STEP_BAUD_NEW, STEP_BAUD_OLD, TAIL},
	[MB_OP_SET_PRIMARY] = {SET_ADDRESS_HEAD, STEP_FREE_PRIMARY, STEP_SEND, STEP_NKE_TARGET,
		STEP_SELECT_TARGET, STEP_PROVE, TAIL},
	[MB_OP_SET_ID] = {SET_ADDRESS_HEAD, STEP_FREE_SECONDARY, STEP_SELECT_AGAIN, STEP_SEND,
		STEP_NKE_TARGET, STEP_SELECT_TARGET, STEP_PROVE, TAIL},
	[MB_OP_SET_SECONDARY] = {SET_ADDRESS_HEAD, STEP_FREE_SECONDARY, STEP_SELECT_AGAIN, STEP_SEND,
		STEP_NKE_TARGET, STEP_SELECT_TARGET, STEP_PROVE, TAIL},
	[MB_OP_SET_TIME] = {STEP_NKE, STEP_SELECT, STEP_SEND, STEP_READ_BACK, TAIL},
	[MB_OP_RAW] = {STEP_RAW, STEP_CLEAN, STEP_END},
};
/* clang-format on */

const uint8_t *mbi_script(unsigned op)
{
	return scripts[op];
}

static uint8_t here(const struct mb_master *m)
{
	return m->script[m->step];
}

bool mbi_by_secondary(const struct mb_master *m)
{
	return m->request.address.type == MB_ADDRESS_SECONDARY;
}

void mbi_goto(struct mb_master *m, enum mbi_step step)
{
	uint8_t i = 0;

	while (m->script[i] != step && m->script[i] != STEP_END)
		i++;
	m->step = i;
	m->attempt = 0;
}

void mbi_finish(struct mb_master *m, int result)
{
	struct mb_master_event *event = mbi_event(m, MB_MASTER_DONE);

	m->active = false;
	m->done.end_us = m->now_us;
	m->done.quirk = m->quirk;
	event->result = result;
	event->time_us = m->now_us;
	event->done = m->done;
}

/* An error ends the request, but not before the steps that leave the bus as it should be. */
static void fail(struct mb_master *m, int error)
{
	uint8_t before = m->step;

	/* a meter may have moved though it could not be shown: its old address says nothing */
	if (m->round && m->round_error == MB_E_NOT_VERIFIED)
		error = m->round_error;
	if (!m->result)
		m->result = error;
	mbi_goto(m, STEP_CLEAN);
	if (m->step < before)
		m->step = (uint8_t)(before + 1);
}

static void go(struct mb_master *m, int rc)
{
	if (rc < 0) {
		fail(m, rc);
	} else if (rc == MBI_NEXT) {
		m->step++;
		m->attempt = 0;
	}
}

/* ---- what every exchange tells ---- */

static void note_times(struct mb_master *m, const struct mbi_result *r)
{
	uint64_t us;

	if (!r->has_frame || r->first_us <= r->end_us)
		return;
	us = r->first_us - r->end_us;
	us = us < UINT32_MAX ? us : UINT32_MAX;
	if (!m->done.fastest_us || us < m->done.fastest_us)
		m->done.fastest_us = (uint32_t)us;
	if (us > m->done.slowest_us)
		m->done.slowest_us = (uint32_t)us;
}

static void note(struct mb_master *m, const struct mbi_result *r)
{
	m->done.requests = (uint16_t)(m->done.requests + r->sent);
	note_times(m, r);
	if (r->has_frame)
		m->done.baud = m->path.line.baud;
	if (r->echo_changed)
		mbi_warn(m, r->echo ? MB_WARNING_ECHO : MB_WARNING_ECHO_GONE, NULL);
	if (r->late)
		mbi_warn(m, MB_WARNING_LATE, NULL);
}

int mbi_judge(struct mb_master *m, const struct mbi_result *r)
{
	if (r->outcome == MB_E_FOREIGN_MASTER) {
		mb_master_forget(m);
		mbi_warn(m, MB_WARNING_FOREIGN_MASTER, r);
	}
	if (!r->has_frame || r->outcome == MB_E_COLLISION || r->plain == MB_E_FOREIGN_MASTER ||
		r->plain == MB_E_WRONG_ANSWER)
		return r->outcome;
	if (r->trailing)
		mbi_warn(m, MB_WARNING_TRAILING, r);
	if (r->junk)
		mbi_warn(m, MB_WARNING_JUNK, r);
	if (r->echo_differs)
		mbi_warn(m, MB_WARNING_ECHO_DIFFERS, r);
	return r->plain;
}

int mbi_retry(struct mb_master *m, const struct mbi_result *r, int outcome)
{
	mbi_event_attempt(m, r, outcome, m->tries);
	return ++m->attempt < m->tries ? (int)MBI_STAY : outcome;
}

/* ---- the walk ---- */

int mbi_send(struct mb_master *m, int tx_len, enum mbi_expect expect)
{
	bool whole = m->request.options & MB_OPTION_WHOLE_WINDOW;

	if (tx_len < 0)
		return tx_len;
	m->tx_len = (uint16_t)tx_len;
	mbi_exchange_start(&m->exchange, m->tx, m->tx_len, expect, whole, m->now_us);
	return MBI_STAY;
}

int mbi_send_short(struct mb_master *m, uint8_t c, uint8_t a, enum mbi_expect expect)
{
	return mbi_send(m, mb_frame_write_short(m->tx, sizeof(m->tx), c, a), expect);
}

static void end_step(struct mb_master *m)
{
	struct mbi_result r;

	if (!mbi_exchange_result(&m->exchange, &r) || !m->active)
		return;
	note(m, &r);
	go(m, steps[here(m)].end(m, &r));
}

static void begin_step(struct mb_master *m)
{
	if (here(m) == STEP_END)
		mbi_finish(m, m->result);
	else if (here(m) == STEP_CLEAN)
		m->step++;
	else
		go(m, steps[here(m)].begin(m));
}

/* Does this step send, and so overwrite what events that were not taken point at? */
static bool may_send(const struct mb_master *m)
{
	if (here(m) == STEP_DESELECT)
		return mbi_wants_deselect(m);
	return here(m) != STEP_CLEAN && here(m) != STEP_END;
}

void mbi_advance(struct mb_master *m, uint64_t now_us)
{
	m->now_us = now_us;
	end_step(m);
	while (m->active && now_us >= m->wait_us && !mbi_exchange_busy(&m->exchange)) {
		if (m->event_count && may_send(m))
			return;
		begin_step(m);
	}
}
