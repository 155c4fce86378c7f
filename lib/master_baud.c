/* SPDX-License-Identifier: MIT */
/*
 * Another speed: an E5 does not prove that the meter knows it. So it is called there,
 * then at the old one, and a meter that is at neither is called back until its own way back (30 s
 * to 10 minutes) has brought it to the old one.
 */
#include <meterbus/encode.h>
#include <meterbus/error.h>

#include "master_impl.h"

#define RESCUE_PAUSE_US 10000000

static void use_baud(struct mb_master *m, uint32_t baud)
{
	/* let the last byte of the old speed pass */
	mbi_exchange_hold(&m->exchange, m->now_us + mb_path_idle_us(&m->path));
	m->path.line.baud = baud;
	mbi_exchange_set_path(&m->exchange, &m->path);
}

void mbi_baud_switch(struct mb_master *m)
{
	m->old_baud = m->path.line.baud;
	use_baud(m, m->request.new_baud);
}

/* 253 would be deselected by SND_NKE. */
int mbi_baud_begin(struct mb_master *m)
{
	if (m->a == MB_A_BROADCAST)
		return MBI_NEXT;
	if (mbi_by_secondary(m))
		return mbi_select_begin(m);
	return mbi_send_short(m, MB_C_SND_NKE, m->a, MBI_EXPECT_ACK);
}

static int called(struct mb_master *m, const struct mbi_result *r)
{
	int outcome = mbi_judge(m, r);

	if (outcome)
		return outcome;
	mbi_fcb_reset(m, m->a);
	mbi_event_ack(m, r);
	return 0;
}

int mbi_baud_new_end(struct mb_master *m, const struct mbi_result *r)
{
	int outcome = called(m, r);

	if (outcome) {
		if (mbi_retry(m, r, outcome) == MBI_STAY)
			return MBI_STAY;
		use_baud(m, m->old_baud);
		return MBI_NEXT;
	}
	m->done.verified = MB_VERIFIED_YES;
	mbi_goto(m, STEP_CLEAN);
	return MBI_STAY;
}

int mbi_baud_old_end(struct mb_master *m, const struct mbi_result *r)
{
	int outcome = called(m, r);

	if (!outcome) {
		m->done.verified = MB_VERIFIED_DIFFERS;
		return MB_E_BAUD_UNCHANGED;
	}
	if (mbi_retry(m, r, outcome) == MBI_STAY)
		return MBI_STAY;
	if (!m->acked) /* was it ever there? */
		return m->send_error;
	mbi_warn(m, MB_WARNING_BAUD_RESCUE, NULL);
	if (!m->rescue_until_us)
		m->rescue_until_us = m->now_us + m->config.baud_rescue_us;
	if (m->now_us >= m->rescue_until_us)
		return MB_E_BAUD_LOST;
	m->wait_us = m->now_us + RESCUE_PAUSE_US;
	m->attempt = (uint8_t)(m->tries - 1); /* one call each time */
	return MBI_STAY;
}
