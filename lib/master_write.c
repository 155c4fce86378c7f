/* SPDX-License-Identifier: MIT */
/* Steps that write: SND_UD and SND_UD2. */
#include <meterbus/encode.h>
#include <meterbus/error.h>

#include "master_impl.h"

#define CI_SEND 0x51
#define CI_SYNC 0x5C

int mbi_write_op(struct mb_master *m, uint8_t c)
{
	const struct mb_request *request = &m->request;
	uint16_t len = request->payload_len;
	const size_t max = sizeof(m->tx);
	uint8_t *tx = m->tx, a = m->a;

	switch (request->op) {
	case MB_OP_SEND:
	case MB_OP_COMMAND:
		return mb_frame_write_long(tx, max, c, a, request->ci, m->payload, len);
	case MB_OP_READ_SELECTED:
		return mb_encode_send(tx, max, c, a, m->payload, len);
	case MB_OP_RESET:
		return mb_encode_application_select(tx, max, c, a, m->payload, len);
	case MB_OP_SYNC:
		return mb_encode_sync(tx, max, c, a, request->ci ? request->ci : CI_SYNC);
	case MB_OP_SET_BAUD:
		return mb_encode_set_baud(tx, max, c, a, request->new_baud);
	case MB_OP_SET_PRIMARY:
		return mb_encode_set_primary(tx, max, c, a, request->primary);
	case MB_OP_SET_ID:
		return mb_encode_set_id(tx, max, c, a, request->id);
	case MB_OP_SET_SECONDARY:
		return mb_encode_set_secondary(tx, max, c, a, &request->secondary);
	case MB_OP_SET_TIME:
		return mb_encode_set_clock(tx, max, c, a, &request->time, request->type);
	default:
		return 0; /* writes nothing */
	}
}

int mbi_write_check(struct mb_master *m)
{
	return mbi_write_op(m, MB_C_SND_UD) < 0 ? MB_E_INVALID : 0;
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
