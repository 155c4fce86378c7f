/* SPDX-License-Identifier: MIT */
/* Steps around a change of address or value: who is it, is the place free, was it done? */
#include <meterbus/encode.h>
#include <meterbus/error.h>

#include "master_impl.h"

#define FREE_CALLS 3 /* SND_NKE twice, then REQ_UD2: some do not answer SND_NKE */
#define FREE_SELECTIONS 2

static bool forced(const struct mb_master *m)
{
	return m->request.options & MB_OPTION_FORCE;
}

static int request(struct mb_master *m, uint8_t a)
{
	return mbi_send_short(
		m, MB_C_REQ_UD2 | mbi_fcb(m, a, MBI_FCB_REQUEST), a, MBI_EXPECT_RESPONSE);
}

/* ---- who is it? ---- */

static void remember(struct mb_master *m, const struct mb_secondary *identity)
{
	m->has_before = true;
	m->before = *identity;
	m->done.has_identity = true;
	m->done.identity = *identity;
}

/* Behind 253 and 254 only an answer tells whose primary address it is, and whether one is alone. */
static bool is_identified(const struct mb_master *m)
{
	return m->request.options & MB_OPTION_IDENTIFIED && m->request.has_identity &&
	       m->a <= MB_A_MAX;
}

int mbi_identify_begin(struct mb_master *m)
{
	int rc;

	if (m->round || m->a == MB_A_BROADCAST)
		return MBI_NEXT;
	if (is_identified(m)) {
		remember(m, &m->request.identity);
		m->before_a = m->a;
		return MBI_NEXT;
	}
	rc = request(m, m->a);
	/* 254 and wildcards: one clean answer must not hide a second meter */
	m->exchange.whole_window = m->a > MB_A_MAX || m->exchange.whole_window;
	return rc;
}

static int identified(struct mb_master *m, const struct mbi_result *r, struct mb_telegram *ret_t)
{
	int rc = mbi_response(m, r, ret_t);

	/* bytes behind the answer may be what is left of another one */
	return !rc && r->trailing && m->a > MB_A_MAX ? MB_E_COLLISION : rc;
}

int mbi_identify_end(struct mb_master *m, const struct mbi_result *r)
{
	struct mb_telegram t;
	int rc = identified(m, r, &t);

	m->before_a = m->a;
	if (rc && rc != MB_E_NO_DATA) {
		rc = mbi_retry(m, r, rc);
		return rc < 0 && forced(m) ? (int)MBI_NEXT : rc;
	}
	if (rc)
		return MBI_NEXT; /* there, but it does not say who it is */
	mbi_fcb_toggle(m, m->a, MBI_FCB_REQUEST);
	m->before_a = t.frame.a;
	if (t.has_address)
		remember(m, &t.address);
	return MBI_NEXT;
}

/* ---- is the place free? ---- */

static int not_free(struct mb_master *m, const struct mbi_result *r, uint8_t calls)
{
	mbi_event_attempt(m, r, MB_E_IN_USE, calls);
	return MB_E_IN_USE;
}

int mbi_free_primary_begin(struct mb_master *m)
{
	uint8_t a = m->request.primary;

	/* 0 means none: any number of meters may have it */
	if (m->round || forced(m) || a == 0 || a == m->before_a || a == m->a)
		return MBI_NEXT;
	if (m->attempt + 1 == FREE_CALLS)
		return mbi_send_short(m, MB_C_REQ_UD2 | MB_C_FCB, a, MBI_EXPECT_ANYTHING);
	return mbi_send_short(m, MB_C_SND_NKE, a, MBI_EXPECT_ANYTHING);
}

int mbi_free_primary_end(struct mb_master *m, const struct mbi_result *r)
{
	if (r->count)
		return not_free(m, r, FREE_CALLS);
	return ++m->attempt < FREE_CALLS ? MBI_STAY : MBI_NEXT;
}

static void set_target(struct mb_master *m)
{
	struct mb_secondary any = {
		.manufacturer = MB_MANUFACTURER_ANY,
		.version = MB_VERSION_ANY,
		.medium = MB_MEDIUM_ANY,
	};

	m->target = (struct mb_address){.type = MB_ADDRESS_SECONDARY};
	m->target.secondary = m->has_before ? m->before : any;
	m->target.secondary.id = m->request.id;
	if (m->request.op == MB_OP_SET_SECONDARY)
		m->target.secondary = m->request.secondary;
}

int mbi_free_secondary_begin(struct mb_master *m)
{
	if (m->round)
		return MBI_NEXT;
	set_target(m);
	if (forced(m) || (m->has_before && mb_secondary_equal(&m->before, &m->target.secondary)))
		return MBI_NEXT;
	return mbi_select(m, &m->target, MBI_EXPECT_ANYTHING);
}

int mbi_free_secondary_end(struct mb_master *m, const struct mbi_result *r)
{
	if (r->count)
		return not_free(m, r, FREE_SELECTIONS);
	return ++m->attempt < FREE_SELECTIONS ? MBI_STAY : MBI_NEXT;
}

/* That selection has deselected our meter. */
int mbi_select_again_begin(struct mb_master *m)
{
	return m->round ? (int)MBI_NEXT : mbi_select_begin(m);
}

/* ---- was it done? ---- */

static int not_verified(struct mb_master *m, enum mb_verified verified)
{
	m->done.verified = (uint8_t)verified;
	return mbi_second_round(m, MB_E_NOT_VERIFIED);
}

int mbi_nke_target_begin(struct mb_master *m)
{
	if (m->a == MB_A_BROADCAST)
		return MBI_NEXT;
	if (m->request.op == MB_OP_SET_PRIMARY)
		m->a = m->request.primary;
	else if (mbi_by_secondary(m))
		return MBI_NEXT;
	m->nke_a = m->a;
	return mbi_send_short(m, MB_C_SND_NKE, m->a, MBI_EXPECT_ACK);
}

int mbi_select_target_begin(struct mb_master *m)
{
	if (!mbi_by_secondary(m) || m->request.op == MB_OP_SET_PRIMARY)
		return MBI_NEXT;
	return mbi_select(m, &m->target, MBI_EXPECT_ACK);
}

int mbi_select_target_end(struct mb_master *m, const struct mbi_result *r)
{
	int outcome = mbi_selected(m, r);

	if (!outcome)
		return MBI_NEXT;
	if (mbi_retry(m, r, outcome) == MBI_STAY)
		return MBI_STAY;
	return not_verified(m, MB_VERIFIED_DIFFERS);
}

int mbi_prove_begin(struct mb_master *m)
{
	return m->a == MB_A_BROADCAST ? (int)MBI_NEXT : request(m, m->a);
}

/* Who should it be now, and is it? */
static enum mb_verified proved(const struct mb_master *m, const struct mb_telegram *t)
{
	bool same;

	if (m->request.op == MB_OP_SET_PRIMARY) {
		if (!m->has_before || !t->has_address)
			return MB_VERIFIED_YES; /* nobody was there, now somebody is */
		same = mb_secondary_equal(&m->before, &t->address);
	} else {
		if (!t->has_address)
			return MB_VERIFIED_UNKNOWN;
		same = mb_secondary_match(&m->target.secondary, &t->address);
	}
	return same ? MB_VERIFIED_YES : MB_VERIFIED_DIFFERS;
}

int mbi_prove_end(struct mb_master *m, const struct mbi_result *r)
{
	struct mb_telegram t;
	int rc = mbi_response(m, r, &t);

	if (rc == MB_E_NO_DATA && m->request.op == MB_OP_SET_PRIMARY) {
		mbi_event_ack(m, r);
		m->done.verified = MB_VERIFIED_YES;
		return MBI_NEXT;
	}
	if (rc) {
		if (mbi_retry(m, r, rc) == MBI_STAY)
			return MBI_STAY;
		return not_verified(m, MB_VERIFIED_UNKNOWN);
	}
	mbi_fcb_toggle(m, m->a, MBI_FCB_REQUEST);
	mbi_event_telegram(m, r);
	m->done.has_primary = true;
	m->done.primary = t.frame.a;
	if (t.has_address)
		m->done.identity = t.address;
	m->done.verified = (uint8_t)proved(m, &t);
	if (m->done.verified == MB_VERIFIED_YES)
		return MBI_NEXT;
	return not_verified(m, (enum mb_verified)m->done.verified);
}

/* ---- values ---- */

static bool read_back_wanted(const struct mb_master *m)
{
	if (m->a == MB_A_BROADCAST)
		return false;
	return m->request.op == MB_OP_SET_TIME || m->result ||
	       (m->request.options & MB_OPTION_READ_BACK);
}

int mbi_read_back_begin(struct mb_master *m)
{
	return read_back_wanted(m) ? request(m, m->a) : (int)MBI_NEXT;
}

static enum mb_verified verdict(const struct mb_master_proof *proof)
{
	if (proof->different & ~proof->equal)
		return MB_VERIFIED_DIFFERS;
	return proof->wanted && proof->equal == proof->wanted ? MB_VERIFIED_YES
							      : MB_VERIFIED_UNKNOWN;
}

/* A write that was not acknowledged keeps that as its result, whatever is read back. */
static int compared(struct mb_master *m)
{
	m->done.verified = (uint8_t)verdict(&m->proof);
	if (m->done.verified == MB_VERIFIED_YES || m->result)
		return MBI_NEXT;
	return not_verified(m, (enum mb_verified)m->done.verified);
}

int mbi_read_back_end(struct mb_master *m, const struct mbi_result *r)
{
	struct mb_telegram t;
	int rc = mbi_request_answer(m, r, &t);

	if (rc == MBI_TAKE) {
		if (m->request.op == MB_OP_SET_TIME)
			mbi_compare_time(m, &t);
		else
			mbi_compare_records(m, &t);
		rc = mbi_take(m, r, &t);
	}
	return rc == MBI_STAY ? rc : compared(m);
}
