/* SPDX-License-Identifier: MIT */
/* Steps that write: SND_UD and SND_UD2. */
#include <meterbus/encode.h>
#include <meterbus/error.h>

#include "master_impl.h"

#define CI_SEND 0x51
#define CI_SYNC 0x5C

/* ---- the telegram of each op ---- */

typedef int write_op(struct mb_master *m, uint8_t c);

static int write_send(struct mb_master *m, uint8_t c)
{
	return mb_frame_write_long(
		m->tx, sizeof(m->tx), c, m->a, m->request.ci, m->payload, m->request.payload_len);
}

static int write_selection(struct mb_master *m, uint8_t c)
{
	return mb_encode_send(m->tx, sizeof(m->tx), c, m->a, m->payload, m->request.payload_len);
}

static int write_reset(struct mb_master *m, uint8_t c)
{
	return mb_encode_application_select(
		m->tx, sizeof(m->tx), c, m->a, m->payload, m->request.payload_len);
}

static int write_sync(struct mb_master *m, uint8_t c)
{
	uint8_t ci = m->request.ci ? m->request.ci : CI_SYNC;

	return mb_encode_sync(m->tx, sizeof(m->tx), c, m->a, ci);
}

static int write_baud(struct mb_master *m, uint8_t c)
{
	return mb_encode_set_baud(m->tx, sizeof(m->tx), c, m->a, m->request.new_baud);
}

static int write_primary(struct mb_master *m, uint8_t c)
{
	return mb_encode_set_primary(m->tx, sizeof(m->tx), c, m->a, m->request.primary);
}

static int write_id(struct mb_master *m, uint8_t c)
{
	return mb_encode_set_id(m->tx, sizeof(m->tx), c, m->a, m->request.id);
}

static int write_secondary(struct mb_master *m, uint8_t c)
{
	return mb_encode_set_secondary(m->tx, sizeof(m->tx), c, m->a, &m->request.secondary);
}

static int write_time(struct mb_master *m, uint8_t c)
{
	return mb_encode_set_clock(
		m->tx, sizeof(m->tx), c, m->a, &m->request.time, m->request.type);
}

static write_op *const writers[MB_OP_COUNT] = {
	[MB_OP_SEND] = write_send,
	[MB_OP_COMMAND] = write_send,
	[MB_OP_READ_SELECTED] = write_selection,
	[MB_OP_RESET] = write_reset,
	[MB_OP_SYNC] = write_sync,
	[MB_OP_SET_BAUD] = write_baud,
	[MB_OP_SET_PRIMARY] = write_primary,
	[MB_OP_SET_ID] = write_id,
	[MB_OP_SET_SECONDARY] = write_secondary,
	[MB_OP_SET_TIME] = write_time,
};

int mbi_write_op(struct mb_master *m, uint8_t c)
{
	return writers[m->request.op](m, c);
}

int mbi_write_check(struct mb_master *m)
{
	int rc = writers[m->request.op] ? mbi_write_op(m, MB_C_SND_UD) : 0;

	return rc < 0 ? MB_E_INVALID : 0;
}

/* ---- may it be done twice? ---- */

static bool once(struct mb_master *m)
{
	uint8_t op = m->request.op;

	if (m->request.options & MB_OPTION_ONCE)
		return true;
	return (op == MB_OP_SEND || op == MB_OP_COMMAND) && mbi_incremental(m);
}

/* Repeating with the other FCB does it again, if only the E5s were lost. */
static bool repeatable(const struct mb_master *m)
{
	if (m->request.op == MB_OP_SEND)
		return m->request.ci == CI_SEND;
	return m->request.op != MB_OP_SET_BAUD;
}

int mbi_second_round(struct mb_master *m, int error)
{
	if (m->round || m->a == MB_A_BROADCAST || !repeatable(m) || once(m))
		return error;
	m->round = 1;
	m->round_error = error;
	m->a = mb_address_a(&m->request.address);
	m->telegrams = 0;
	m->proof = (struct mb_master_proof){0};
	mbi_warn(m, MB_WARNING_SECOND_ROUND, NULL);
	mbi_goto(m, STEP_NKE);
	return MBI_STAY;
}

/* ---- SND_UD ---- */

/* D48 5.5; a meter that takes only one of 53 and 73 behind SND_NKE gets the other in round two. */
static uint8_t next_c(const struct mb_master *m)
{
	if (m->a == MB_A_BROADCAST)
		return MB_C_SND_UD;
	if (m->attempt)
		return m->send_c;
	if (m->round && m->round_error != MB_E_NOT_VERIFIED)
		return m->send_c ^ MB_C_FCB;
	return MB_C_SND_UD | mbi_fcb(m, m->a, MBI_FCB_SEND);
}

int mbi_send_begin(struct mb_master *m)
{
	enum mbi_expect expect = m->a == MB_A_BROADCAST ? MBI_EXPECT_NONE : MBI_EXPECT_ACK;

	if (m->dfc) {
		m->dfc = false;
		m->wait_us = m->now_us + MB_BUSY_WAIT_US;
		mbi_warn(m, MB_WARNING_BUSY, NULL);
		return MBI_STAY;
	}
	m->send_c = next_c(m);
	return mbi_send(m, mbi_write_op(m, m->send_c), expect);
}

static void acknowledged(struct mb_master *m, const struct mbi_result *r)
{
	m->acked = true;
	m->written_us = r->end_us;
	if (!r->has_frame)
		return;
	if (mbi_fcb(m, m->a, MBI_FCB_SEND) == (m->send_c & MB_C_FCB))
		mbi_fcb_toggle(m, m->a, MBI_FCB_SEND);
	mbi_event_ack(m, r);
}

static int not_acknowledged(struct mb_master *m, const struct mbi_result *r, int outcome)
{
	int rc;

	m->written_us = r->end_us;
	if (outcome == MB_E_NACK) {
		mbi_event_attempt(m, r, outcome, m->tries);
		return outcome;
	}
	if (once(m)) {
		mbi_event_attempt(m, r, outcome, 1);
		mbi_warn(m, MB_WARNING_ONCE, NULL);
		m->result = outcome;
		return MBI_NEXT; /* what it has now is read back, for people to judge */
	}
	rc = mbi_retry(m, r, outcome);
	if (rc == MBI_STAY || m->request.op == MB_OP_SET_BAUD)
		return rc;
	return mbi_second_round(m, rc);
}

int mbi_send_end(struct mb_master *m, const struct mbi_result *r)
{
	int outcome = mbi_judge(m, r);
	int rc = MBI_NEXT;

	if (!outcome)
		acknowledged(m, r);
	else
		rc = not_acknowledged(m, r, outcome);
	if (m->request.op != MB_OP_SET_BAUD || rc == MBI_STAY || rc == MB_E_NACK)
		return rc;
	m->send_error = rc; /* perhaps only the E5 was lost */
	mbi_baud_switch(m);
	return MBI_NEXT;
}

/* ---- SND_UD2 ---- */

int mbi_command_begin(struct mb_master *m)
{
	return mbi_send(m, mbi_write_op(m, MB_C_SND_UD2), MBI_EXPECT_RESPONSE);
}

int mbi_command_end(struct mb_master *m, const struct mbi_result *r)
{
	struct mb_telegram t;
	int rc = mbi_response(m, r, &t);

	if (rc == MB_E_NACK || rc == MB_E_NO_DATA || (rc && once(m))) {
		mbi_event_attempt(m, r, rc, 1);
		return rc;
	}
	if (rc)
		return mbi_retry(m, r, rc);
	mbi_learn(m, &t);
	mbi_event_telegram(m, r);
	if (t.layout != MB_LAYOUT_APPLICATION_ERROR)
		return MBI_NEXT;
	m->done.application_error = mb_telegram_error_code(&t);
	return MB_E_APPLICATION;
}
