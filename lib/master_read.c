/* SPDX-License-Identifier: MIT */
/* Steps that ask for data: REQ_UD2 with all telegrams, REQ_UD1, and what meters want before. */
#include <meterbus/encode.h>
#include <meterbus/error.h>

#include "master_impl.h"

#define PREPARE_TRIES 2 /* a meter that does not know CI 50 is read all the same */
#define CODE_BUSY 0x08 /* application error */
#define FNV_BASIS 0xCBF29CE484222325u
#define FNV_PRIME 0x100000001B3u

/* ---- quirks ---- */

bool mbi_bent(const struct mb_master *m, enum mb_quirk_bend bend)
{
	return m->quirk && (m->quirk->bends & bend);
}

static void adopt(struct mb_master *m, const struct mb_secondary *identity, uint8_t primary)
{
	uint32_t answer_us;

	m->quirk = m->request.quirk;
	if (!m->quirk)
		m->quirk = mb_quirk_find(m->config.quirks, m->config.n_quirks, identity, primary);
	if (!m->quirk)
		return;
	answer_us = m->quirk->answer_ms * 1000u;
	if (answer_us > m->path.answer_us) {
		m->path.answer_us = answer_us;
		mbi_exchange_set_path(&m->exchange, &m->path);
	}
	if (m->quirk->max_telegrams)
		m->max_telegrams = m->quirk->max_telegrams;
	if (m->quirk->bends || m->quirk->answer_ms || m->quirk->max_telegrams)
		mbi_warn(m, MB_WARNING_QUIRK, NULL);
}

void mbi_quirk_begin(struct mb_master *m)
{
	const struct mb_secondary *identity = NULL;

	if (m->request.has_identity)
		identity = &m->request.identity;
	else if (mbi_by_secondary(m))
		identity = &m->request.address.secondary;
	adopt(m, identity, mbi_by_secondary(m) ? MB_QUIRK_PRIMARY_ANY : m->a);
}

/* Does what we have learned ask for another beginning? */
static bool begin_again(struct mb_master *m, bool adopted, uint8_t primary)
{
	if (m->restarted)
		return false;
	if (mbi_bent(m, MB_QUIRK_NKE_PRIMARY) && mbi_by_secondary(m) && primary >= 1 &&
		primary <= MB_A_MAX)
		m->nke_primary = primary;
	else if (!adopted || !(mbi_bent(m, MB_QUIRK_RESET_FIRST) || mbi_bent(m, MB_QUIRK_PRE_READ)))
		return false;
	m->restarted = true;
	mbi_goto(m, STEP_NKE);
	return true;
}

static void learn_identity(struct mb_master *m, const struct mb_telegram *t)
{
	m->done.has_primary = true;
	m->done.primary = t->frame.a;
	if (!t->has_address)
		return;
	m->done.has_identity = true;
	m->done.identity = t->address;
}

int mbi_learn(struct mb_master *m, const struct mb_telegram *t)
{
	bool adopted = false;

	learn_identity(m, t);
	if (m->telegrams)
		return MBI_NEXT;
	if (t->has_address && mbi_by_secondary(m) &&
		!mb_secondary_match(&m->request.address.secondary, &t->address))
		mbi_warn(m, MB_WARNING_IDENTITY, NULL);
	if (t->has_address && !m->quirk) {
		adopt(m, &t->address, t->frame.a);
		adopted = m->quirk;
	}
	return begin_again(m, adopted, t->frame.a) ? MBI_STAY : MBI_NEXT;
}

/* ---- answers ---- */

/* Real meters answer with 0 after a change of address, or with 253. */
static int check_address(struct mb_master *m, const struct mbi_result *r)
{
	uint8_t a = r->frame.a;

	if (a == m->a || m->a > MB_A_MAX)
		return 0;
	if (a != 0 && a != MB_A_NETWORK)
		return MB_E_WRONG_ADDRESS;
	mbi_warn(m, MB_WARNING_ADDRESS, r);
	return 0;
}

int mbi_response(struct mb_master *m, const struct mbi_result *r, struct mb_telegram *ret_telegram)
{
	struct mb_telegram t = {.frame = r->frame, .layout = MB_LAYOUT_RAW, .ci = r->frame.ci};
	int rc = mbi_judge(m, r);

	if (!rc)
		rc = check_address(m, r);
	if (rc)
		return rc;
	if (m->nke_silent)
		mbi_warn(m, MB_WARNING_NKE_SILENT, NULL);
	m->dfc = r->frame.c & MB_C_DFC;
	/* what it cannot take apart stays raw: it is an answer all the same */
	mb_telegram_parse(&r->frame, &t);
	*ret_telegram = t;
	return 0;
}

static int application_error(
	struct mb_master *m, const struct mbi_result *r, const struct mb_telegram *t)
{
	m->done.application_error = mb_telegram_error_code(t);
	if (m->done.application_error == CODE_BUSY && m->attempt + 1 < m->tries) {
		mbi_warn(m, MB_WARNING_BUSY, NULL);
		m->wait_us = m->now_us + MB_BUSY_WAIT_US;
		return mbi_retry(m, r, MB_E_APPLICATION);
	}
	mbi_event_telegram(m, r);
	return MB_E_APPLICATION;
}

/* ---- REQ_UD2 ---- */

static struct mb_master_print print_of(const struct mb_telegram *t)
{
	struct mb_master_print print = {.hash = FNV_BASIS ^ t->ci, .len = t->payload_len};

	for (uint16_t i = 0; i < t->payload_len; i++)
		print.hash = (print.hash ^ t->payload[i]) * FNV_PRIME;
	return print;
}

static bool same_print(const struct mb_master_print *a, const struct mb_master_print *b)
{
	return a->hash == b->hash && a->len == b->len;
}

/* Is it a telegram of this answer that we have? The access number in the header does not count. */
static bool repeated(struct mb_master *m, const struct mb_telegram *t)
{
	struct mb_master_print print = print_of(t);

	if (!m->telegrams) {
		m->first = print;
		m->answer_begin_us = m->now_us;
	} else if (same_print(&print, &m->previous) || same_print(&print, &m->first)) {
		return true;
	}
	m->previous = print;
	return false;
}

static int want_more(struct mb_master *m, const struct mb_telegram *t)
{
	if (t->layout == MB_LAYOUT_ENCRYPTED) {
		mbi_warn(m, MB_WARNING_ENCRYPTED, NULL);
		return MBI_NEXT;
	}
	if (mbi_bent(m, MB_QUIRK_ONE_TELEGRAM) || !mb_telegram_more(t))
		return MBI_NEXT;
	if (m->telegrams >= m->max_telegrams ||
		m->now_us - m->answer_begin_us > m->config.answer_limit_us)
		return MB_E_TOO_MANY_TELEGRAMS;
	m->attempt = 0;
	return MBI_STAY;
}

int mbi_take(struct mb_master *m, const struct mbi_result *r, const struct mb_telegram *t)
{
	if (repeated(m, t)) {
		if (!mbi_bent(m, MB_QUIRK_REPEATS_LAST))
			mbi_warn(m, MB_WARNING_REPEATED, r);
		return MBI_NEXT;
	}
	m->telegrams++;
	mbi_event_telegram(m, r);
	return want_more(m, t);
}

int mbi_request_begin(struct mb_master *m)
{
	return mbi_send_short(
		m, MB_C_REQ_UD2 | mbi_fcb(m, m->a, MBI_FCB_REQUEST), m->a, MBI_EXPECT_RESPONSE);
}

static int request_failed(struct mb_master *m, const struct mbi_result *r, int outcome)
{
	int rc = mbi_retry(m, r, outcome);

	if (rc == MBI_STAY || m->telegrams || m->round ||
		!(m->request.options & MB_OPTION_SECOND_ROUND))
		return rc;
	m->round = 1;
	mbi_warn(m, MB_WARNING_SECOND_ROUND, NULL);
	mbi_goto(m, STEP_NKE);
	return MBI_STAY;
}

/* Asked for it, got it: E5 behind at least one telegram is an end like any other. */
int mbi_request_answer(
	struct mb_master *m, const struct mbi_result *r, struct mb_telegram *ret_telegram)
{
	int rc = mbi_response(m, r, ret_telegram);

	if (rc == MB_E_NO_DATA)
		mbi_event_ack(m, r);
	if (rc == MB_E_NO_DATA)
		return m->telegrams ? (int)MBI_NEXT : rc;
	if (rc)
		return request_failed(m, r, rc);
	mbi_fcb_toggle(m, m->a, MBI_FCB_REQUEST);
	if (mbi_bent(m, MB_QUIRK_STRANGE_CI) && r->frame.ci == m->quirk->strange_ci)
		return mbi_retry(m, r, MB_E_WRONG_ANSWER);
	if (ret_telegram->layout == MB_LAYOUT_APPLICATION_ERROR)
		return application_error(m, r, ret_telegram);
	return MBI_TAKE;
}

int mbi_request_end(struct mb_master *m, const struct mbi_result *r)
{
	struct mb_telegram t;
	int rc = mbi_request_answer(m, r, &t);

	if (rc != MBI_TAKE)
		return rc;
	if (mbi_learn(m, &t) == MBI_STAY)
		return MBI_STAY;
	return mbi_take(m, r, &t);
}

/* ---- REQ_UD1 ---- */

int mbi_alarm_begin(struct mb_master *m)
{
	return mbi_send_short(
		m, MB_C_REQ_UD1 | mbi_fcb(m, m->a, MBI_FCB_ALARM), m->a, MBI_EXPECT_RESPONSE);
}

/* E5 is an answer too: a slave that repeats its last one must see the FCB change. */
int mbi_alarm_end(struct mb_master *m, const struct mbi_result *r)
{
	struct mb_telegram t;
	int rc = mbi_response(m, r, &t);

	if (rc && rc != MB_E_NO_DATA)
		return mbi_retry(m, r, rc);
	mbi_fcb_toggle(m, m->a, MBI_FCB_ALARM);
	if (rc) {
		mbi_event_ack(m, r);
		return rc;
	}
	if (t.layout == MB_LAYOUT_APPLICATION_ERROR)
		return application_error(m, r, &t);
	learn_identity(m, &t);
	mbi_event_telegram(m, r);
	return MBI_NEXT;
}

/* ---- before a read ---- */

static uint8_t send_c(const struct mb_master *m)
{
	return MB_C_SND_UD | mbi_fcb(m, m->a, MBI_FCB_SEND);
}

int mbi_reset_first_begin(struct mb_master *m)
{
	bool sub =
		mbi_bent(m, MB_QUIRK_RESET_FIRST) && m->quirk->reset_subcode != MB_QUIRK_NO_SUBCODE;

	if (!mbi_bent(m, MB_QUIRK_RESET_FIRST) && !(m->request.options & MB_OPTION_RESET_FIRST))
		return MBI_NEXT;
	return mbi_send(m,
		mb_encode_application_select(m->tx, sizeof(m->tx), send_c(m), m->a,
			sub ? &m->quirk->reset_subcode : NULL, sub),
		MBI_EXPECT_ACK);
}

int mbi_pre_read_begin(struct mb_master *m)
{
	if (!mbi_bent(m, MB_QUIRK_PRE_READ))
		return MBI_NEXT;
	return mbi_send(m,
		mb_frame_write_long(
			m->tx, sizeof(m->tx), send_c(m), m->a, m->quirk->pre_read_ci, NULL, 0),
		MBI_EXPECT_ACK);
}

int mbi_prepare_end(struct mb_master *m, const struct mbi_result *r)
{
	int outcome = mbi_judge(m, r);

	if (outcome) {
		mbi_event_attempt(m, r, outcome, PREPARE_TRIES);
		return ++m->attempt < PREPARE_TRIES ? MBI_STAY : MBI_NEXT;
	}
	mbi_fcb_toggle(m, m->a, MBI_FCB_SEND);
	mbi_event_ack(m, r);
	return MBI_NEXT;
}
