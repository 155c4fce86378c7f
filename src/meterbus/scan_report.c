/* SPDX-License-Identifier: MIT */
#include "meterbus/scan_report.h"

#include "meterbus/bus_json.h"
#include "meterbus/talk.h"

#include <meterbus/names.h>

#include <stdio.h>
#include <string.h>

#define EVIDENCE_MAX 24 /* bytes shown in talk */

static const struct {
	uint8_t flag;
	const char *key, *text;
} found_flags[] = {
	{MB_SEARCH_OTHER_IDENTITY, "other_identity", "answers with another identity"},
	{MB_SEARCH_NO_DATA, "no_data", "acknowledges, but sends no data"},
	{MB_SEARCH_NO_NKE, "no_nke", "does not answer SND_NKE"},
	{MB_SEARCH_TWIN, "twin", "has a twin; told apart by the fabrication number"},
	{MB_SEARCH_BAD_DATA, "bad_data", "answers SND_NKE, but no good telegram"},
};

#define FOUND_FLAGS (sizeof(found_flags) / sizeof(*found_flags))

/* ---- meters ---- */

static void found_json(const struct mb_search_event *e)
{
	char address[MB_ADDRESS_TEXT_MAX];
	struct bus_json j;

	mb_address_format(&e->address, address, sizeof(address));
	bus_json_begin(&j, "meter");
	bus_json_text(&j, "address", address);
	if (e->has_identity)
		bus_json_meter(&j, "meter", &e->identity);
	if (e->has_primary)
		bus_json_number(&j, "primary", e->primary);
	bus_json_number(&j, "baud", e->baud);
	for (size_t i = 0; i < FOUND_FLAGS; i++)
		if (e->flags & found_flags[i].flag)
			bus_json_bool(&j, found_flags[i].key, true);
	bus_json_hex(&j, "telegram", e->bytes, e->len);
	bus_json_end(&j);
}

static void found_row(const struct mb_search_event *e)
{
	char address[MB_ADDRESS_TEXT_MAX], letters[5] = "", primary[8] = "";
	const char *name = NULL;

	mb_address_format(&e->address, address, sizeof(address));
	if (e->has_primary)
		snprintf(primary, sizeof(primary), "%u", e->primary);
	if (!e->has_identity) {
		printf("%-17s %7s %6u\n", address, primary, (unsigned)e->baud);
		return;
	}
	mb_manufacturer_letters(e->identity.manufacturer, letters);
	name = mb_manufacturer_name(e->identity.manufacturer);
	printf("%-17s %7s %6u  %08X  %-4s %3u  %s%s%s\n", address, primary, (unsigned)e->baud,
		(unsigned)e->identity.id, letters, e->identity.version,
		mb_medium_text(e->identity.medium), name ? ", " : "", name ? name : "");
}

void scan_report_found(struct scan_report *r, const struct mb_search_event *e)
{
	char address[MB_ADDRESS_TEXT_MAX];

	if (r->json) {
		found_json(e);
		return;
	}
	talk_progress("%s", "");
	if (!r->head)
		printf("%-17s %7s %6s  %-8s  %-4s %3s  %s\n", "address", "primary", "baud", "id",
			"by", "ver", "medium, maker");
	r->head = true;
	found_row(e);
	fflush(stdout);
	mb_address_format(&e->address, address, sizeof(address));
	for (size_t i = 0; i < FOUND_FLAGS; i++)
		if (e->flags & found_flags[i].flag)
			talk_note("%s: %s", address, found_flags[i].text);
}

/* ---- troubles and notes ---- */

static void say_json(
	const char *type, const char *name, const char *text, const struct mb_search_event *e)
{
	char address[MB_ADDRESS_TEXT_MAX];
	struct bus_json j;

	mb_address_format(&e->address, address, sizeof(address));
	bus_json_begin(&j, type);
	bus_json_text(&j, "name", name);
	bus_json_text(&j, "text", text);
	bus_json_text(&j, "address", address);
	bus_json_number(&j, "baud", e->baud);
	bus_json_hex(&j, "heard", e->bytes, e->len);
	bus_json_end(&j);
}

static const char *evidence(const struct mb_search_event *e, char *buf)
{
	size_t n = e->len < EVIDENCE_MAX ? e->len : EVIDENCE_MAX;
	char *p = buf;

	for (size_t i = 0; i < n; i++)
		p += sprintf(p, " %02X", e->bytes[i]);
	strcpy(p, n < e->len ? " ..." : "");
	return buf;
}

void scan_report_trouble(struct scan_report *r, const struct mb_search_event *e)
{
	const char *text = mb_search_trouble_text(e->code);
	char address[MB_ADDRESS_TEXT_MAX], heard[3 * EVIDENCE_MAX + 8];

	if (r->json) {
		say_json("trouble", mb_search_trouble_name(e->code), text, e);
		return;
	}
	mb_address_format(&e->address, address, sizeof(address));
	talk_note("%s: %s%s%s", address, text, e->len ? "; heard" : "", evidence(e, heard));
}

/* Where the search is does not help with these. */
static bool is_general(unsigned note)
{
	return note == MB_SEARCH_NOTE_REPLAN || note == MB_SEARCH_NOTE_LOSS ||
	       note == MB_SEARCH_NOTE_ECHO || note == MB_SEARCH_NOTE_VERIFY;
}

void scan_report_note(struct scan_report *r, const struct mb_search_event *e)
{
	const char *text = mb_search_note_text(e->code);
	char address[MB_ADDRESS_TEXT_MAX];

	mb_address_format(&e->address, address, sizeof(address));
	if (r->json)
		say_json("note", mb_search_note_name(e->code), text, e);
	else if (e->code == MB_SEARCH_NOTE_SPEED)
		talk_note("%u baud: %s", (unsigned)e->baud, text);
	else if (is_general(e->code))
		talk_note("%s", text);
	else
		talk_note("%s: %s", address, text);
}

void scan_report_progress(struct scan_report *r, const struct mb_search_event *e)
{
	const struct mb_search_progress *p = &e->progress;
	char address[MB_ADDRESS_TEXT_MAX], left[32] = "";
	const char *unit = r->primary ? "addresses" : "masks";

	if (!talk_progress_shown())
		return;
	mb_address_format(&e->address, address, sizeof(address));
	if (p->eta_us != MB_NEVER)
		talk_duration(p->eta_us, left, sizeof(left));
	talk_progress("%3u %%  %u found, %u %s asked%s%s%s", (unsigned)(p->part_ppm / 10000),
		(unsigned)p->found, (unsigned)p->selections, unit, *left ? ", about " : "", left,
		*left ? " left" : "");
}

/* ---- the end ---- */

static uint64_t bus_time_us(const struct scan_report *r, const struct mb_search_event *e)
{
	return r->bus_us ? r->bus_us : e->progress.bus_us;
}

static void cover_json(struct bus_json *j, const struct mb_search_cover *cover)
{
	int64_t bauds[MB_SEARCH_BAUDS_MAX];

	for (unsigned i = 0; i < cover->n_bauds; i++)
		bauds[i] = cover->bauds[i];
	bus_json_open(j, "cover");
	bus_json_text(j, "digits", cover->hex ? "hex" : "decimal");
	bus_json_number(j, "tries", cover->tries);
	bus_json_numbers(j, "bauds", bauds, cover->n_bauds);
	bus_json_text(j, "equal_identifications", mb_search_depth_name(cover->depth));
	bus_json_bool(j, "whole_range", !cover->scoped);
	bus_json_bool(j, "verified", cover->verified);
	bus_json_number(j, "lost_ppm", cover->lost_ppm);
	bus_json_number(j, "miss_ppm", cover->miss_ppm);
	bus_json_close(j);
}

static void done_json(const struct scan_report *r, const struct mb_search_event *e)
{
	const struct mb_search_progress *p = &e->progress;
	struct bus_json j;

	bus_json_begin(&j, "summary");
	bus_json_number(&j, "found", p->found);
	bus_json_number(&j, "selections", p->selections);
	bus_json_number(&j, "repeats", p->repeats);
	bus_json_number(&j, "requests", p->requests);
	bus_json_number(&j, "silent", p->silent);
	bus_json_number(&j, "bus_time_ms", (int64_t)(bus_time_us(r, e) / 1000));
	bus_json_bool(&j, "complete", e->done.complete);
	cover_json(&j, &e->done.cover);
	if (!e->done.complete) {
		bus_json_text(&j, "reason", mb_search_reason_name(e->done.reason));
		bus_json_text(&j, "reason_text", mb_search_reason_text(e->done.reason));
	}
	bus_json_end(&j);
}

static void say_cover(const struct scan_report *r, const struct mb_search_done *done)
{
	const struct mb_search_cover *cover = &done->cover;

	if (!done->complete) {
		talk_note("NOT complete: %s", mb_search_reason_text(done->reason));
		return;
	}
	if (r->primary) {
		talk_note("complete: every address%s was answered, or silent %u time%s",
			cover->scoped ? " of the range" : "", cover->tries,
			cover->tries == 1 ? "" : "s");
		return;
	}
	talk_note("complete%s: every mask (digits 0..9%s) is closed by one answer or by silence, "
		  "asked at "
		  "least %u time%s",
		cover->scoped ? " within what was asked for" : "", cover->hex ? " and A..E" : "",
		cover->tries, cover->tries == 1 ? "" : "s");
	if (cover->lost_ppm)
		talk_note("%.1f %% of the selections were lost; the chance that a meter was missed "
			  "is about "
			  "%.4f %%",
			cover->lost_ppm / 1e4, cover->miss_ppm / 1e4);
}

void scan_report_done(struct scan_report *r, const struct mb_search_event *e)
{
	const struct mb_search_progress *p = &e->progress;
	char duration[32];

	talk_progress("%s", "");
	if (r->json) {
		done_json(r, e);
		return;
	}
	talk_note("%u meter%s found in %s%s: %u %s asked, %u repeats, %u requests",
		(unsigned)p->found, p->found == 1 ? "" : "s",
		talk_duration(bus_time_us(r, e), duration, sizeof(duration)),
		r->simulated ? " of bus time" : "", (unsigned)p->selections,
		r->primary ? "addresses" : "masks", (unsigned)p->repeats, (unsigned)p->requests);
	say_cover(r, &e->done);
}
