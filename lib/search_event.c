/* SPDX-License-Identifier: MIT */
/* What the search tells, and how far it is. */
#include "mem.h"
#include "search_impl.h"

#define ETA_PART_PPM 10000 /* before that a guess of the rest is worth nothing */
#define PPM 1000000u

uint32_t mbi_search_roots(const struct mb_search *s)
{
	return s->config.kind == MB_SEARCH_SECONDARY && s->config.n_makers ? s->config.n_makers : 1;
}

static uint32_t part_ppm(const struct mb_search *s)
{
	uint32_t roots = mbi_search_roots(s);
	uint64_t done = (uint64_t)s->baud * roots + s->maker;
	uint32_t part = 0;

	if (s->state == MBI_SEARCH_OVER)
		return s->part_ppm;
	if (s->rooted)
		part = s->config.kind == MB_SEARCH_PRIMARY ? mbi_primary_part_ppm(s)
							   : mbi_plan_part_ppm(&s->plan);
	return (uint32_t)((done * PPM + part) / ((uint64_t)s->config.n_bauds * roots));
}

static uint64_t eta_us(const struct mb_search *s, uint64_t bus_us)
{
	if (s->state == MBI_SEARCH_OVER)
		return 0;
	if (s->part_ppm < ETA_PART_PPM)
		return MB_NEVER;
	return bus_us * (PPM - s->part_ppm) / s->part_ppm;
}

void mbi_search_progress(const struct mb_search *s, struct mb_search_progress *ret_progress)
{
	uint64_t bus_us = s->spent_us + (s->now_us - s->begin_us);

	ret_progress->baud = s->config.path.line.baud;
	ret_progress->selections = s->plan.selections;
	ret_progress->repeats = s->repeats;
	ret_progress->requests = s->requests;
	ret_progress->silent = s->plan.silent;
	ret_progress->found =
		s->config.kind == MB_SEARCH_PRIMARY ? s->primary.found : s->plan.n_meters;
	ret_progress->part_ppm = s->part_ppm;
	ret_progress->bus_us = bus_us;
	ret_progress->eta_us = eta_us(s, bus_us);
}

struct mb_search_event *mbi_search_tell(struct mb_search *s, uint8_t type, uint8_t code)
{
	struct mb_search_event *event;
	uint32_t part = part_ppm(s);

	if (s->event_count < MB_SEARCH_EVENTS)
		s->event_count++;
	event = &s->events[(s->event_first + s->event_count - 1) % MB_SEARCH_EVENTS];
	memset(event, 0, sizeof(*event));
	if (part > s->part_ppm)
		s->part_ppm = part < PPM ? part : PPM;
	event->type = type;
	event->code = code;
	event->address.type = MB_ADDRESS_SECONDARY;
	memset(&event->address.secondary, 0xFF, sizeof(event->address.secondary));
	event->baud = s->config.path.line.baud;
	event->time_us = s->now_us;
	mbi_search_progress(s, &event->progress);
	return event;
}

struct mb_search_event *mbi_search_tell_once(struct mb_search *s, uint8_t type, uint8_t code)
{
	uint32_t bit = 1u << (code + (type == MB_SEARCH_NOTE ? 16u : 0u));

	if (s->told & bit)
		return NULL;
	s->told |= bit;
	return mbi_search_tell(s, type, code);
}

void mbi_search_evidence(struct mb_search_event *event, const struct mbi_result *r)
{
	event->bytes = r->bytes;
	event->marks = r->marks;
	event->len = r->len;
}

/* What selects it: its whole address where that is known, else the mask that it answered to. */
static void found_event(const struct mb_search *s, const struct mb_search_node *meter,
	struct mb_search_event *event)
{
	bool by_mask = meter->flags & (MB_SEARCH_OTHER_IDENTITY | MB_SEARCH_NO_DATA);

	event->flags = meter->flags;
	event->has_identity = !(meter->flags & (MB_SEARCH_NO_DATA | MB_SEARCH_BAD_DATA)) &&
			      meter->identity.id != MB_ID_ANY;
	event->identity = meter->identity;
	event->has_primary = !(meter->flags & (MB_SEARCH_NO_DATA | MB_SEARCH_BAD_DATA));
	event->primary = meter->primary;
	if (s->config.kind == MB_SEARCH_PRIMARY) {
		event->address.type = MB_ADDRESS_PRIMARY;
		event->address.primary = (uint8_t)meter->mask.address.id;
		return;
	}
	event->address.type = MB_ADDRESS_SECONDARY;
	event->address.primary = MB_A_NETWORK;
	event->address.secondary = by_mask ? meter->mask.address : meter->identity;
	event->address.has_fabrication = meter->mask.fabrication != MB_ID_ANY;
	event->address.fabrication = meter->mask.fabrication;
}

void mbi_search_tell_found(
	struct mb_search *s, const struct mb_search_node *meter, const struct mbi_result *r)
{
	struct mb_search_event *event = mbi_search_tell(s, MB_SEARCH_FOUND, 0);

	found_event(s, meter, event);
	mbi_search_evidence(event, r);
	if (r->has_frame) {
		event->bytes += r->junk;
		event->marks += r->junk;
		event->len = r->frame.size;
	}
}

int mb_search_found(const struct mb_search *s, size_t i, struct mb_search_event *ret_event)
{
	const struct mb_search_node *meter;

	if (i >= s->plan.n_meters)
		return 0;
	meter = mbi_plan_meter(&s->plan, (unsigned)i);
	memset(ret_event, 0, sizeof(*ret_event));
	ret_event->type = MB_SEARCH_FOUND;
	ret_event->baud = s->config.bauds[0];
	for (unsigned b = s->config.n_bauds; b-- > 0;)
		if (meter->bauds >> b & 1)
			ret_event->baud = s->config.bauds[b];
	ret_event->time_us = s->now_us;
	found_event(s, meter, ret_event);
	mbi_search_progress(s, &ret_event->progress);
	return 1;
}

int mb_search_event(struct mb_search *s, struct mb_search_event *ret_event)
{
	if (!s->event_count)
		return 0;
	*ret_event = s->events[s->event_first];
	s->event_first = (uint8_t)((s->event_first + 1) % MB_SEARCH_EVENTS);
	s->event_count--;
	return 1;
}
