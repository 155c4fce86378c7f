/* SPDX-License-Identifier: MIT */
/* Shared by the files of the search engine; the strategy is search_plan.h. */
#ifndef METERBUS_LIB_SEARCH_IMPL_H
#define METERBUS_LIB_SEARCH_IMPL_H

#include <meterbus/search.h>

#include "exchange.h"
#include "search_plan.h"

enum mbi_search_state {
	MBI_SEARCH_BEGIN, /* at a speed */
	MBI_SEARCH_CLEAN_NETWORK, /* SND_NKE to 253 is under way */
	MBI_SEARCH_CLEAN_ALL, /* SND_NKE to 255 */
	MBI_SEARCH_NEXT, /* nothing under way: what is next? */
	MBI_SEARCH_SELECT,
	MBI_SEARCH_REQUEST,
	MBI_SEARCH_DESELECT, /* before a mask is asked once more */
	MBI_SEARCH_NKE, /* primary */
	MBI_SEARCH_PRIMARY_REQUEST,
	MBI_SEARCH_END, /* the last SND_NKE */
	MBI_SEARCH_OVER,
};

/* What REQ_UD2 brought, from good to bad. */
enum mbi_response {
	MBI_RESPONSE_CLEAN,
	MBI_RESPONSE_SILENT,
	MBI_RESPONSE_ACK, /* E5: no data */
	MBI_RESPONSE_SHORT, /* broken, as when bytes are lost */
	MBI_RESPONSE_NOISY, /* broken by a byte or two with an error of parity */
	MBI_RESPONSE_GARBLED, /* broken, with errors of parity, or several frames */
};

/* ---- search_event.c ---- */

uint32_t mbi_search_roots(const struct mb_search *s); /* trees a speed */

/* A new event with the time, speed and progress of now. Never NULL: a full queue reuses its last. */
struct mb_search_event *mbi_search_tell(struct mb_search *s, uint8_t type, uint8_t code);
/* The same, once in a search. */
struct mb_search_event *mbi_search_tell_once(struct mb_search *s, uint8_t type, uint8_t code);
void mbi_search_evidence(struct mb_search_event *event, const struct mbi_result *r);
/* FOUND, with its telegram. */
void mbi_search_tell_found(
	struct mb_search *s, const struct mb_search_node *meter, const struct mbi_result *r);
void mbi_search_progress(const struct mb_search *s, struct mb_search_progress *ret_progress);

/* ---- search.c ---- */

void mbi_search_send(struct mb_search *s, enum mbi_search_state state, enum mbi_expect expect,
	bool whole_window);
void mbi_search_send_short(struct mb_search *s, enum mbi_search_state state, uint8_t c, uint8_t a);
void mbi_search_reason(struct mb_search *s, uint8_t reason); /* the first one counts */

/* ---- search_probe.c: one mask on the wire ---- */

void mbi_probe_begin(struct mb_search *s);
void mbi_probe_selected(struct mb_search *s, const struct mbi_result *r);
void mbi_probe_requested(struct mb_search *s, const struct mbi_result *r);
void mbi_probe_select(struct mb_search *s);
/* Also keeps the line free after garbage. */
enum mbi_response mbi_probe_response(struct mb_search *s, const struct mbi_result *r);
/* Bytes of an answer, as long as is to be expected here. */
unsigned mbi_probe_longest(const struct mb_search *s);
/* No request was sent yet. */
void mbi_probe_fresh(struct mb_search *s);
/* Is the same request to be sent again? If not, *response becomes the worst that came. */
bool mbi_probe_again(struct mb_search *s, enum mbi_response *response);
/* A clean answer came in the end: what does that tell of the line? */
void mbi_probe_learn(struct mb_search *s, const struct mbi_result *r);
/* Identity, primary address, flags of a clean answer. */
void mbi_probe_meter(const struct mbi_result *r, struct mb_search_node *ret_meter);

/* ---- search_primary.c ---- */

/* Begins with the next address; false: this speed is done. */
bool mbi_primary_next(struct mb_search *s);
void mbi_primary_begin(struct mb_search *s);
void mbi_primary_nke(struct mb_search *s, const struct mbi_result *r);
void mbi_primary_requested(struct mb_search *s, const struct mbi_result *r);
uint32_t mbi_primary_part_ppm(const struct mb_search *s);

/* ---- search_loss.c ---- */

void mbi_loss_request(struct mb_search *s, const struct mbi_result *r); /* a good answer came */
void mbi_loss_selection(struct mb_search *s); /* it was answered at this attempt */
/* Requests until a good answer is as good as certain, if there is one. */
unsigned mbi_loss_requests(const struct mb_search *s);
uint32_t mbi_loss_ppm(const struct mb_search_loss *loss); /* of a selection and its E5 */
/* Chance that one of the meters stays silent in all tries. */
uint32_t mbi_loss_miss_ppm(const struct mb_search *s, unsigned tries);
void mbi_loss_adapt(struct mb_search *s); /* tries of a silence, from what is known now */

#endif
