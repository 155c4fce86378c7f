/* SPDX-License-Identifier: MIT */
/* The search by primary address: SND_NKE finds out quickly who is there, REQ_UD2 what it is. */
#include <meterbus/error.h>

#include "mem.h"
#include "search_impl.h"

#define C_REQUEST (MB_C_REQ_UD2 | MB_C_FCB)
#define DOUBTS_MAX 2
#define PPM 1000000u

void mbi_primary_begin(struct mb_search *s)
{
	s->primary.address = s->config.first;
	s->primary.round = 0;
	memset(s->heard, 0, sizeof(s->heard));
}

uint32_t mbi_primary_part_ppm(const struct mb_search *s)
{
	uint32_t count = s->config.last - s->config.first + 1u;

	if (s->primary.round)
		return PPM;
	return (uint32_t)((uint64_t)(s->primary.address - s->config.first) * PPM / count);
}

static bool heard(const struct mb_search *s, unsigned address)
{
	return s->heard[address / 8] >> address % 8 & 1;
}

static void send_nke(struct mb_search *s)
{
	s->repeats += s->primary.round || s->attempt;
	s->attempt++;
	mbi_search_send_short(s, MBI_SEARCH_NKE, MB_C_SND_NKE, (uint8_t)s->primary.asked);
}

static void request(struct mb_search *s)
{
	s->requests++;
	s->request_attempt++;
	mbi_search_send_short(s, MBI_SEARCH_PRIMARY_REQUEST, C_REQUEST, (uint8_t)s->primary.asked);
}

/* The next one that was not heard yet, in this round or the next. */
static bool step(struct mb_search *s)
{
	struct mb_search_primary *p = &s->primary;

	for (;;) {
		while (p->round && p->address <= s->config.last && heard(s, p->address))
			p->address++;
		if (p->address <= s->config.last)
			return true;
		if (++p->round >= s->plan.tries_wanted)
			return false;
		p->address = s->config.first;
	}
}

bool mbi_primary_next(struct mb_search *s)
{
	if (!step(s))
		return false;
	s->primary.asked = s->primary.address++;
	s->plan.selections += !s->primary.round;
	s->attempt = s->doubts = 0;
	send_nke(s);
	return true;
}

/* ---- what was heard ---- */

static struct mb_search_event *tell(struct mb_search *s, uint8_t type, uint8_t code)
{
	struct mb_search_event *event = mbi_search_tell(s, type, code);

	event->address.type = MB_ADDRESS_PRIMARY;
	event->address.primary = (uint8_t)s->primary.asked;
	return event;
}

static void over(struct mb_search *s)
{
	s->state = MBI_SEARCH_NEXT;
	mbi_loss_adapt(s);
	tell(s, MB_SEARCH_PROGRESS, 0);
}

static void silent(struct mb_search *s)
{
	s->plan.silent += !s->primary.round;
	over(s);
}

static bool known(struct mb_search *s, const struct mb_search_node *meter)
{
	for (unsigned i = 0; i < s->plan.n_meters; i++) {
		struct mb_search_node *other = mbi_plan_meter(&s->plan, i);

		if (other->mask.address.id != meter->mask.address.id ||
			meter->identity.id == MB_ID_ANY ||
			!mb_secondary_equal(&other->identity, &meter->identity))
			continue;
		other->bauds |= (uint8_t)(1u << s->baud);
		return true;
	}
	return false;
}

static void remember(struct mb_search *s, const struct mb_search_node *meter)
{
	s->primary.found++;
	if (s->plan.n_meters >= s->plan.n_nodes)
		return; /* told all the same */
	s->plan.n_meters++;
	*mbi_plan_meter(&s->plan, s->plan.n_meters - 1u) = *meter;
}

static void found(struct mb_search *s, struct mb_search_node *meter, const struct mbi_result *r)
{
	s->heard[s->primary.asked / 8] |= (uint8_t)(1u << s->primary.asked % 8);
	meter->type = MBI_NODE_METER;
	meter->mask.address.id = s->primary.asked;
	meter->bauds = (uint8_t)(1u << s->baud);
	meter->flags |= s->nke_silent ? MB_SEARCH_NO_NKE : 0;
	if (known(s, meter)) {
		tell(s, MB_SEARCH_NOTE, MB_SEARCH_NOTE_AGAIN);
		over(s);
		return;
	}
	remember(s, meter);
	mbi_search_tell_found(s, meter, r);
	if (meter->flags & MB_SEARCH_OTHER_IDENTITY)
		mbi_search_evidence(
			tell(s, MB_SEARCH_TROUBLE, MB_SEARCH_TROUBLE_OTHER_IDENTITY), r);
	over(s);
}

static void collided(struct mb_search *s, const struct mbi_result *r)
{
	s->heard[s->primary.asked / 8] |= (uint8_t)(1u << s->primary.asked % 8);
	mbi_search_evidence(tell(s, MB_SEARCH_TROUBLE, MB_SEARCH_TROUBLE_COLLISION), r);
	over(s);
}

void mbi_primary_nke(struct mb_search *s, const struct mbi_result *r)
{
	s->nke_silent = r->outcome == MB_E_SILENCE;
	s->ack_garbled = r->outcome != 0;
	mbi_probe_fresh(s);
	if (s->nke_silent && !s->config.ask_silent) {
		silent(s);
		return;
	}
	if (!s->nke_silent)
		mbi_loss_selection(s);
	request(s);
}

/* Acknowledges, but does not tell who it is. */
static void found_mute(
	struct mb_search *s, uint8_t flag, uint8_t trouble, const struct mbi_result *r)
{
	struct mb_search_node meter = {.flags = flag, .mask.fabrication = MB_ID_ANY};

	memset(&meter.identity, 0xFF, sizeof(meter.identity));
	mbi_search_evidence(tell(s, MB_SEARCH_TROUBLE, trouble), r);
	found(s, &meter, r);
}

static void found_clean(struct mb_search *s, const struct mbi_result *r)
{
	struct mb_search_node meter;

	mbi_probe_learn(s, r);
	mbi_probe_meter(r, &meter);
	if (meter.primary != s->primary.asked)
		meter.flags = MB_SEARCH_OTHER_IDENTITY;
	found(s, &meter, r);
}

static void doubt(struct mb_search *s)
{
	s->doubts++;
	send_nke(s);
}

static void no_answer(struct mb_search *s, const struct mbi_result *r)
{
	if (s->nke_silent)
		silent(s);
	else if (s->ack_garbled && s->doubts >= DOUBTS_MAX)
		silent(s); /* garbage three times, and never an answer */
	else if (s->ack_garbled)
		doubt(s);
	else
		found_mute(s, MB_SEARCH_BAD_DATA, MB_SEARCH_TROUBLE_DEAF, r);
}

void mbi_primary_requested(struct mb_search *s, const struct mbi_result *r)
{
	enum mbi_response response = mbi_probe_response(s, r);

	if (response == MBI_RESPONSE_CLEAN)
		found_clean(s, r);
	else if (!(s->nke_silent && response == MBI_RESPONSE_SILENT) &&
		 mbi_probe_again(s, &response))
		request(s);
	else if (response == MBI_RESPONSE_SILENT)
		no_answer(s, r);
	else if (response == MBI_RESPONSE_SHORT && s->doubts < DOUBTS_MAX)
		doubt(s); /* bytes were lost rather */
	else if (response == MBI_RESPONSE_ACK)
		found_mute(s, MB_SEARCH_NO_DATA, MB_SEARCH_TROUBLE_NO_DATA, r);
	else
		collided(s, r);
}
