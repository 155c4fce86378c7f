/* SPDX-License-Identifier: MIT */
/* Steps of the link layer: SND_NKE, selection, ping, raw bytes. */
#include <meterbus/encode.h>
#include <meterbus/error.h>

#include "master_impl.h"
#include "mem.h"

/* ---- SND_NKE ---- */

static bool nke_wanted(const struct mb_master *m)
{
	if (m->round)
		return true;
	if (mbi_by_secondary(m)) /* the selection does it */
		return false;
	if (mbi_bent(m, MB_QUIRK_NO_NKE))
		return false;
	if (m->request.nke == MB_NKE_UNKNOWN)
		return !mbi_fcb_known(m, m->a);
	return m->request.nke == MB_NKE_BEFORE;
}

static int nke(struct mb_master *m, uint8_t a)
{
	enum mbi_expect expect = a == MB_A_BROADCAST ? MBI_EXPECT_NONE : MBI_EXPECT_ACK;

	m->nke_a = a;
	return mbi_send_short(m, MB_C_SND_NKE, a, expect);
}

int mbi_nke_begin(struct mb_master *m)
{
	return nke_wanted(m) ? nke(m, m->a) : (int)MBI_NEXT;
}

int mbi_nke_primary_begin(struct mb_master *m)
{
	return m->nke_primary <= MB_A_MAX ? nke(m, m->nke_primary) : (int)MBI_NEXT;
}

/* Some meters obey without a word: whatever came, the FCB begins anew. */
int mbi_nke_end(struct mb_master *m, const struct mbi_result *r)
{
	int outcome = mbi_judge(m, r);

	mbi_fcb_reset(m, m->nke_a);
	m->nke_silent = outcome == MB_E_SILENCE;
	if (!outcome && r->has_frame)
		mbi_event_ack(m, r);
	else if (outcome)
		mbi_event_attempt(m, r, outcome, 1);
	return MBI_NEXT;
}

/* ---- ping ---- */

int mbi_ping_begin(struct mb_master *m)
{
	return mbi_by_secondary(m) ? (int)MBI_NEXT : nke(m, m->a);
}

int mbi_ping_end(struct mb_master *m, const struct mbi_result *r)
{
	int outcome = mbi_judge(m, r);

	if (outcome)
		return mbi_retry(m, r, outcome);
	mbi_fcb_reset(m, m->a);
	if (r->has_frame)
		mbi_event_ack(m, r);
	return MBI_NEXT;
}

/* ---- selection ---- */

int mbi_select(struct mb_master *m, const struct mb_address *address, enum mbi_expect expect)
{
	if (address->type != MB_ADDRESS_SECONDARY)
		return MBI_NEXT;
	return mbi_send(m, mb_encode_select(m->tx, sizeof(m->tx), MB_C_SND_UD, address), expect);
}

int mbi_select_begin(struct mb_master *m)
{
	return mbi_select(m, &m->request.address, MBI_EXPECT_ACK);
}

int mbi_selected(struct mb_master *m, const struct mbi_result *r)
{
	int outcome = mbi_judge(m, r);

	if (outcome)
		return outcome;
	mbi_fcb_reset(m, MB_A_NETWORK);
	mbi_event_ack(m, r);
	return 0;
}

int mbi_select_end(struct mb_master *m, const struct mbi_result *r)
{
	int outcome = mbi_selected(m, r);
	int rc;

	if (!outcome)
		return MBI_NEXT;
	rc = mbi_retry(m, r, outcome);
	return rc == MB_E_SILENCE ? (int)MB_E_NOT_SELECTED : rc;
}

bool mbi_wants_deselect(const struct mb_master *m)
{
	return mbi_by_secondary(m) && (m->request.options & MB_OPTION_DESELECT);
}

int mbi_deselect_begin(struct mb_master *m)
{
	return mbi_wants_deselect(m) ? nke(m, MB_A_NETWORK) : (int)MBI_NEXT;
}

int mbi_deselect_always_begin(struct mb_master *m)
{
	return nke(m, MB_A_NETWORK);
}

/* Nobody need answer, and whoever does may do it together. */
int mbi_deselect_end(struct mb_master *m, const struct mbi_result *r)
{
	mbi_fcb_reset(m, MB_A_NETWORK);
	if (!mbi_judge(m, r))
		mbi_event_ack(m, r);
	return MBI_NEXT;
}

/* ---- raw bytes ---- */

int mbi_raw_begin(struct mb_master *m)
{
	memcpy(m->tx, m->payload, m->request.payload_len);
	mb_master_forget(m); /* whatever these bytes do */
	return mbi_send(m, m->request.payload_len,
		m->request.options & MB_OPTION_ONCE ? MBI_EXPECT_RESPONSE : MBI_EXPECT_ANYTHING);
}

/* Every good frame, one after the other; what stands between them is passed over. */
int mbi_raw_end(struct mb_master *m, const struct mbi_result *r)
{
	struct mbi_result one = *r;
	int outcome, size;

	if (!r->has_frame) {
		outcome = r->count ? r->outcome : (int)MB_E_SILENCE;
		mbi_event_attempt(m, r, outcome, 1);
		return outcome;
	}
	for (uint16_t at = r->junk; at < r->len && m->event_count < MB_MASTER_EVENTS - 1;) {
		size = mb_frame_parse(r->bytes + at, (size_t)r->len - at, &one.frame);
		one.junk = at;
		if (size > 0)
			mbi_event_telegram(m, &one);
		at = (uint16_t)(at + (size > 0 ? size : 1));
	}
	return MBI_NEXT;
}
