/* SPDX-License-Identifier: MIT */
#include "meterbus/monitor_stats.h"

#include "meterbus/bus_json.h"
#include "meterbus/monitor_text.h"
#include "meterbus/talk.h"

#include <meterbus/names.h>
#include <meterbus/telegram.h>

#include <stdio.h>

#define ODD (MONITOR_UNASKED | MONITOR_SECOND | MONITOR_OTHER_ADDRESS | MONITOR_LATE)
#define PER_MILLE 1000u

/* ---- counting ---- */

static bool is_station(const struct monitor_station *s, const struct monitor_event *e)
{
	if (s->a != e->asked_a || s->by_selection != (e->selected != NULL))
		return false;
	return !e->selected || mb_secondary_equal(&s->selection, e->selected);
}

/* NULL: no request, or too many stations. */
static struct monitor_station *station_of(struct monitor_stats *s, const struct monitor_event *e)
{
	struct monitor_station *station = s->stations;

	if (!e->has_request)
		return NULL;
	for (; station < s->stations + s->count; station++)
		if (is_station(station, e))
			return station;
	if (s->count == MONITOR_STATIONS_MAX)
		return NULL;
	s->count++;
	*station = (struct monitor_station){.a = e->asked_a, .by_selection = e->selected != NULL};
	if (e->selected)
		station->selection = *e->selected;
	return station;
}

static void take_time(struct monitor_station *s, uint64_t us)
{
	if (!s->timed || us < s->fastest_us)
		s->fastest_us = us;
	if (us > s->slowest_us)
		s->slowest_us = us;
	s->sum_us += us;
	s->timed++;
}

static void take_identity(struct monitor_station *s, const struct monitor_event *e)
{
	struct mb_telegram t;

	if (e->frame.type != MB_FRAME_LONG || mb_telegram_parse(&e->frame, &t) < 0 ||
		!t.has_address || t.layout == MB_LAYOUT_FIXED) /* which has no maker */
		return;
	s->has_identity = true;
	s->identity = t.address;
}

static void take_answer(struct monitor_station *s, const struct monitor_event *e)
{
	s->answers++;
	if (e->timed)
		take_time(s, e->response_us);
	if (!(e->flags & ODD))
		take_identity(s, e);
}

static void take_sums(struct monitor_stats *s, const struct monitor_event *e)
{
	if (!s->any)
		s->first_us = e->begin_us;
	s->any = true;
	s->last_us = e->end_us;
	s->busy_us += e->end_us - e->begin_us;
	s->requests += e->kind == MONITOR_REQUEST;
	s->answers += e->kind == MONITOR_ANSWER;
	s->silences += e->kind == MONITOR_SILENCE;
	s->broken += e->kind == MONITOR_BROKEN;
	s->repeats += (e->flags & MONITOR_REPEAT) != 0;
	s->odd += (e->flags & ODD) != 0;
	if (e->kind == MONITOR_BROKEN)
		s->broken_bytes += e->len;
	else
		s->frame_bytes += e->len;
}

void monitor_stats_take(struct monitor_stats *s, const struct monitor_event *e)
{
	struct monitor_station *station;

	if (e->flags & MONITOR_ECHO)
		return;
	take_sums(s, e);
	station = station_of(s, e);
	if (!station)
		return;
	station->requests += e->kind == MONITOR_REQUEST;
	station->repeats += (e->flags & MONITOR_REPEAT) != 0;
	station->silences += e->kind == MONITOR_SILENCE;
	station->broken += e->kind == MONITOR_BROKEN;
	if (e->kind == MONITOR_ANSWER)
		take_answer(station, e);
}

/* ---- showing ---- */

/* "5", "12345678" */
static const char *station_name(const struct monitor_station *station, char *buf, size_t max)
{
	struct mb_address address = {.type = MB_ADDRESS_SECONDARY, .secondary = station->selection};

	if (!station->by_selection)
		snprintf(buf, max, "%u", station->a);
	else if (mb_address_format(&address, buf, max) < 0)
		*buf = 0;
	return buf;
}

static void tell_station(const struct monitor_station *s)
{
	char name[MB_ADDRESS_TEXT_MAX], letters[5] = "", times[48] = "";
	char who[64] = "";

	if (s->timed)
		snprintf(times, sizeof(times), "%.1f / %.1f / %.1f", (double)s->fastest_us / 1e3,
			(double)s->sum_us / s->timed / 1e3, (double)s->slowest_us / 1e3);
	if (s->has_identity) {
		mb_manufacturer_letters(s->identity.manufacturer, letters);
		snprintf(who, sizeof(who), "  %08X %s %.*s", (unsigned)s->identity.id, letters,
			monitor_medium_len(s->identity.medium), mb_medium_text(s->identity.medium));
	}
	talk_note("%-17s %8u %8u %8u %8u %8u  %-22s%s", station_name(s, name, sizeof(name)),
		s->requests, s->answers, s->silences, s->broken, s->repeats, times, who);
}

static unsigned load_per_mille(const struct monitor_stats *s)
{
	uint64_t us = s->last_us - s->first_us;

	return us ? (unsigned)(s->busy_us * PER_MILLE / us) : 0;
}

void monitor_stats_tell(const struct monitor_stats *s)
{
	char duration[32];
	size_t hidden = 0;

	if (!s->any) {
		talk_note("nothing was heard");
		return;
	}
	talk_note("%-17s %8s %8s %8s %8s %8s  %s", "address", "requests", "answers", "silent",
		"broken", "repeats", "answer after, ms (least / mean / most)");
	for (size_t i = 0; i < s->count; i++) {
		bool show = s->stations[i].answers || !s->stations[i].by_selection;

		hidden += !show; /* a search has hundreds of them */
		if (show)
			tell_station(&s->stations[i]);
	}
	if (hidden)
		talk_note("and %zu selections that nobody answered", hidden);
	talk_note("%u requests, %u answers, %u unanswered, %u broken (%llu bytes), %u odd, in %s; "
		  "the "
		  "line was busy %u.%u %% of it",
		s->requests, s->answers, s->silences, s->broken,
		(unsigned long long)s->broken_bytes, s->odd,
		talk_duration(s->last_us - s->first_us, duration, sizeof(duration)),
		load_per_mille(s) / 10, load_per_mille(s) % 10);
}

static void station_json(const struct monitor_station *s)
{
	char name[MB_ADDRESS_TEXT_MAX];
	struct bus_json j;

	bus_json_begin(&j, "station");
	bus_json_text(&j, "address", station_name(s, name, sizeof(name)));
	if (s->has_identity)
		bus_json_meter(&j, "meter", &s->identity);
	bus_json_number(&j, "requests", s->requests);
	bus_json_number(&j, "answers", s->answers);
	bus_json_number(&j, "silent", s->silences);
	bus_json_number(&j, "broken", s->broken);
	bus_json_number(&j, "repeats", s->repeats);
	if (s->timed) {
		bus_json_number(&j, "fastest_us", (int64_t)s->fastest_us);
		bus_json_number(&j, "mean_us", (int64_t)(s->sum_us / s->timed));
		bus_json_number(&j, "slowest_us", (int64_t)s->slowest_us);
	}
	bus_json_end(&j);
}

void monitor_stats_json(const struct monitor_stats *s)
{
	struct bus_json j;

	for (size_t i = 0; i < s->count; i++)
		station_json(&s->stations[i]);
	bus_json_begin(&j, "summary");
	bus_json_number(&j, "requests", s->requests);
	bus_json_number(&j, "answers", s->answers);
	bus_json_number(&j, "silent", s->silences);
	bus_json_number(&j, "broken", s->broken);
	bus_json_number(&j, "repeats", s->repeats);
	bus_json_number(&j, "odd", s->odd);
	bus_json_number(&j, "frame_bytes", (int64_t)s->frame_bytes);
	bus_json_number(&j, "broken_bytes", (int64_t)s->broken_bytes);
	bus_json_number(&j, "busy_us", (int64_t)s->busy_us);
	bus_json_number(&j, "duration_us", (int64_t)(s->last_us - s->first_us));
	bus_json_end(&j);
}
