/* SPDX-License-Identifier: MIT */
/*
 * A silent mask proves nothing where telegrams are lost. How often that happens shows in answers
 * that were good only when asked again; from it follows how often a silence must be repeated.
 */
#include "search_impl.h"

#define PPM 1000000u
#define SELECTION_BYTES 18 /* the telegram and its E5 */
#define REQUEST_BYTES 5
#define REQUEST_FAILED_PPM 2000 /* chance that is left, of taking one meter for several */
#define REQUESTS_MAX 100

void mbi_loss_request(struct mb_search *s, const struct mbi_result *r)
{
	s->loss.bytes += (uint32_t)(s->request_lost + 1) * (REQUEST_BYTES + r->frame.size);
	s->loss.broken += s->request_lost;
}

void mbi_loss_selection(struct mb_search *s)
{
	s->loss.asked += s->attempt;
	s->loss.lost += s->attempt - 1u;
}

/* Each broken answer lacks a byte. One more than was seen: the next may come. */
static uint32_t byte_ppm(const struct mb_search_loss *loss)
{
	uint64_t ppm;

	if (!loss->broken || !loss->bytes)
		return 0;
	ppm = (loss->broken + 1ull) * PPM / loss->bytes;
	return ppm < PPM ? (uint32_t)ppm : PPM;
}

unsigned mbi_loss_requests(const struct mb_search *s)
{
	uint64_t good = PPM, failed = PPM;
	uint32_t kept = PPM - byte_ppm(&s->loss);
	unsigned len = REQUEST_BYTES + mbi_probe_longest(s);
	unsigned tries = 0;

	for (unsigned i = 0; i < len; i++)
		good = good * kept / PPM;
	while (failed > REQUEST_FAILED_PPM && tries < REQUESTS_MAX) {
		failed = failed * (PPM - good) / PPM;
		tries++;
	}
	return tries;
}

uint32_t mbi_loss_ppm(const struct mb_search_loss *loss)
{
	uint64_t by_bytes = (uint64_t)byte_ppm(loss) * SELECTION_BYTES;
	uint64_t seen = loss->lost ? (loss->lost + 1ull) * PPM / (loss->asked + 1ull) : 0;
	uint64_t ppm = by_bytes > seen ? by_bytes : seen;

	return ppm < PPM ? (uint32_t)ppm : PPM;
}

static uint32_t found(const struct mb_search *s)
{
	uint32_t n = s->config.kind == MB_SEARCH_PRIMARY ? s->primary.found : s->plan.n_meters;

	return n ? n : 1;
}

uint32_t mbi_loss_miss_ppm(const struct mb_search *s, unsigned tries)
{
	uint64_t miss = (uint64_t)found(s) * PPM;
	uint32_t lost = mbi_loss_ppm(&s->loss);

	for (unsigned i = 0; i < tries; i++)
		miss = (miss * lost + PPM - 1) / PPM;
	return miss < PPM ? (uint32_t)miss : PPM;
}

void mbi_loss_adapt(struct mb_search *s)
{
	uint32_t bound = s->config.miss_ppm ? s->config.miss_ppm : MB_SEARCH_MISS_PPM;
	unsigned tries = 1;

	if (!mbi_loss_ppm(&s->loss))
		return;
	while (tries < MB_SEARCH_TRIES_MAX && mbi_loss_miss_ppm(s, tries) > bound)
		tries++;
	s->plan.tries_wanted = (uint8_t)tries;
	if (tries > 1)
		mbi_search_tell_once(s, MB_SEARCH_NOTE, MB_SEARCH_NOTE_LOSS);
}
