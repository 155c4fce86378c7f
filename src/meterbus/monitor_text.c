/* SPDX-License-Identifier: MIT */
#include "meterbus/monitor_text.h"

#include "export/table.h"

#include <meterbus/encode.h>
#include <meterbus/error.h>
#include <meterbus/names.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define VALUES_SHOWN 2
#define VALUE_SHOWN_MAX 24 /* longer ones do not say much in a line */
#define EVIDENCE_SHOWN 16

const struct monitor_flag monitor_flags[] = {
	{MONITOR_ECHO, "echo", "echo"},
	{MONITOR_REPEAT, "repeat", "again"},
	{MONITOR_UNASKED, "unasked", "nobody has asked"},
	{MONITOR_SECOND, "second", "a second answer"},
	{MONITOR_OTHER_ADDRESS, "other_address", "another address was asked"},
	{MONITOR_LATE, "late", "late"},
	{0},
};

/* A line that grows; what does not fit is lost. */
struct line {
	char *buf;
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *l, const char *format, ...)
{
	size_t room = MONITOR_TEXT_MAX - l->len;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(l->buf + l->len, room, format, ap);
	va_end(ap);
	if (n > 0)
		l->len += (size_t)n < room ? (size_t)n : room - 1;
}

static void add_item(struct line *l, const char *text)
{
	add(l, "%s%s", l->len ? ", " : "", text);
}

/* ---- requests ---- */

static void add_address(struct line *l, const struct mb_secondary *secondary)
{
	struct mb_address address = {.type = MB_ADDRESS_SECONDARY, .secondary = *secondary};
	char text[MB_ADDRESS_TEXT_MAX];

	if (mb_address_format(&address, text, sizeof(text)) > 0)
		add(l, "%s", text);
}

static void add_records(struct line *l, const struct answer *answer);

static void request_short(struct line *l, const struct monitor_event *e)
{
	if (e->frame.c & MB_C_FCV)
		add(l, "FCB %d", (e->frame.c & MB_C_FCB) != 0);
	if (e->selected && e->frame.c != MB_C_SND_NKE) {
		add(l, l->len ? ", to " : "to ");
		add_address(l, e->selected);
	}
	if (e->frame.a == MB_A_NETWORK && (e->frame.c & ~MB_C_FCB) == MB_C_SND_NKE)
		add_item(l, "deselect");
}

static void request_long(struct line *l, const struct monitor_event *e, const struct answer *answer)
{
	const struct mb_telegram *t = answer_head(answer);

	if (!t)
		return;
	if (t->layout == MB_LAYOUT_SELECTION) {
		add(l, "select ");
		add_address(l, &t->address);
	} else if (t->layout == MB_LAYOUT_BAUD) {
		add(l, "switch to %u Bd", (unsigned)mb_ci_baud(e->frame.ci));
	} else {
		add(l, "%s", mb_ci_text(e->frame.ci));
		if (t->layout == MB_LAYOUT_APPLICATION && t->payload_len)
			add(l, " %02X, %s", t->payload[0], mb_application_text(t->payload[0]));
	}
	if (t->layout == MB_LAYOUT_RECORDS)
		add_records(l, answer);
}

/* ---- answers ---- */

static void acknowledge(struct line *l, const struct monitor_event *e)
{
	uint8_t asked = e->asked_c & (uint8_t)~MB_C_FCB;

	if (e->frame.type == MB_FRAME_NACK)
		add(l, "refused");
	else if (asked == MB_C_REQ_UD2)
		add(l, "no data");
	else if (asked == MB_C_REQ_UD1)
		add(l, "no alarm");
	else if (e->frame.type == MB_FRAME_ACK)
		add(l, "acknowledged");
	if (e->selected && (asked & (uint8_t)~MB_C_FCV) == (MB_C_SND_UD & ~MB_C_FCV)) {
		add(l, ", to ");
		add_address(l, e->selected);
	}
}

int monitor_medium_len(uint8_t medium)
{
	const char *text = mb_medium_text(medium);
	size_t len = strcspn(text, "(,");

	return (int)(len && text[len] == '(' ? len - 1 : len);
}

static void add_meter(struct line *l, const struct mb_telegram *t)
{
	char letters[5];

	if (!t->has_address)
		return;
	if (t->layout == MB_LAYOUT_FIXED) {
		add(l, "%08X %s", (unsigned)t->address.id,
			mb_fixed_medium_text(mb_telegram_fixed_medium(t)));
		return;
	}
	mb_manufacturer_letters(t->address.manufacturer, letters);
	add(l, "%08X %s %.*s", (unsigned)t->address.id, letters,
		monitor_medium_len(t->address.medium), mb_medium_text(t->address.medium));
}

/* Is this a number worth a place in a line? */
static bool is_telling(const struct mb_record *r, const struct table_value *v)
{
	bool number = r->value.type == MB_VALUE_NUMBER || r->value.type == MB_VALUE_REAL;

	return number && r->kind == MB_RECORD_DATA && r->function == MB_FUNCTION_INSTANTANEOUS &&
	       r->storage == 0 && r->vife_len == 0 && *v->value && *v->unit &&
	       strlen(v->value) <= VALUE_SHOWN_MAX;
}

static void add_records(struct line *l, const struct answer *answer)
{
	static struct table_value v;
	struct answer_walk w;
	struct mb_record r;
	unsigned count = 0, shown = 0;
	int rc;

	for (answer_walk(&w, answer); (rc = answer_next(&w, &r)) != 0;) {
		if (rc < 0) {
			add(l, ", %s", mb_error_name(rc));
			continue;
		}
		count++;
		table_value(&r, &v);
		if (shown == VALUES_SHOWN || !is_telling(&r, &v))
			continue;
		add(l, "%s%s %s %s", shown ? ", " : ": ", mb_record_quantity(&r), v.value, v.unit);
		shown++;
	}
	if (count > shown)
		add(l, shown ? ", %u more" : ": %u records", count - shown);
}

static void add_state(struct line *l, const struct mb_telegram *t)
{
	char text[MB_STATUS_TEXT_MAX];

	if (t->has_status && mb_status_text(t->status, text, sizeof(text)) > 0)
		add_item(l, text);
	if (mb_telegram_more(t))
		add_item(l, "more follow");
	if (t->frame.c & MB_C_DFC)
		add_item(l, "DFC: full");
	if (t->frame.c & MB_C_ACD)
		add_item(l, "ACD: has an alarm");
}

static void answer_long(struct line *l, const struct monitor_event *e, const struct answer *answer)
{
	const struct mb_telegram *t = answer_head(answer);

	if (!t)
		return;
	add_meter(l, t);
	if (t->layout == MB_LAYOUT_APPLICATION_ERROR)
		add_item(l, answer_application_error(t));
	else if (t->layout == MB_LAYOUT_ENCRYPTED)
		add(l, ": encrypted, mode %u", t->security_mode);
	else if (t->layout == MB_LAYOUT_RECORDS || t->layout == MB_LAYOUT_FIXED ||
		 t->layout == MB_LAYOUT_COMPACT)
		add_records(l, answer);
	else
		add_item(l, mb_ci_text(e->frame.ci));
	add_state(l, t);
}

/* ---- the rest ---- */

static void broken(struct line *l, const struct monitor_event *e)
{
	add(l, "%s:", mb_error_name(e->error));
	for (size_t i = 0; i < e->len && i < EVIDENCE_SHOWN; i++)
		add(l, " %02X%s", e->bytes[i], e->marks && e->marks[i] ? "*" : "");
	if (e->len > EVIDENCE_SHOWN)
		add(l, " ...");
}

const char *monitor_text_name(const struct monitor_event *e)
{
	if (e->kind == MONITOR_SILENCE)
		return "silence";
	if (e->kind == MONITOR_BROKEN)
		return "broken";
	if (e->frame.type == MB_FRAME_ACK)
		return "E5";
	if (e->frame.type == MB_FRAME_NACK)
		return "A2";
	return mb_c_name(e->frame.c);
}

const char *monitor_text(
	const struct monitor_event *e, const struct answer *answer, char buf[MONITOR_TEXT_MAX])
{
	struct line l = {buf, 0};
	bool is_long = e->frame.type == MB_FRAME_LONG && answer;

	*buf = 0;
	if (e->kind == MONITOR_BROKEN)
		broken(&l, e);
	else if (e->kind == MONITOR_SILENCE)
		add(&l, "nobody answers");
	else if (e->kind == MONITOR_REQUEST && is_long)
		request_long(&l, e, answer);
	else if (e->kind == MONITOR_REQUEST)
		request_short(&l, e);
	else if (is_long)
		answer_long(&l, e, answer);
	else
		acknowledge(&l, e);
	for (const struct monitor_flag *f = monitor_flags; f->flag; f++)
		if (e->flags & f->flag)
			add_item(&l, f->text);
	return buf;
}
