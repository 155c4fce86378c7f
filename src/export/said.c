/* SPDX-License-Identifier: MIT */
#include "export/said.h"

#include "export/answer.h"
#include "export/put.h"

#include <meterbus/names.h>

#include <stdio.h>

static const char *frame_name(const struct mb_frame *f)
{
	if (f->type == MB_FRAME_SHORT)
		return mb_c_name(f->c);
	return f->type == MB_FRAME_NACK ? "NACK" : "ACK";
}

char *put_frame(char *p, const struct mb_frame *f)
{
	bool from_master = f->c & MB_C_PRM;

	if (f->type == MB_FRAME_LONG)
		return p;
	p = put_text(p, frame_name(f));
	if (f->type != MB_FRAME_SHORT)
		return p;
	p = put_u64(put_text(p, from_master ? " to " : " from "), f->a);
	if (from_master && (f->c & MB_C_FCV))
		p = put_u64(PUT(p, ", FCB "), (f->c & MB_C_FCB) != 0);
	return p;
}

static void set(struct said *s, const char *key, unsigned code, const char *text)
{
	s->key = key;
	*put_u64(s->value, code) = 0;
	snprintf(s->text, sizeof(s->text), "%s", text);
}

bool said_read(const struct mb_telegram *t, struct said *ret_said)
{
	struct said *s = ret_said;

	if (t->frame.type != MB_FRAME_LONG) {
		s->key = "frame";
		*put_text(s->value, frame_name(&t->frame)) = 0;
		*put_frame(s->text, &t->frame) = 0;
	} else if (t->layout == MB_LAYOUT_APPLICATION_ERROR) {
		set(s, "application_error", mb_telegram_error_code(t), answer_application_error(t));
	} else if (t->layout == MB_LAYOUT_APPLICATION && t->payload_len > 0) {
		set(s, "application", t->payload[0], mb_application_text(t->payload[0]));
	} else if (t->layout == MB_LAYOUT_ALARM) {
		s->key = "alarm";
		*put_hex_blanks(s->value, t->payload, t->payload_len) = 0;
		s->text[0] = 0;
	} else {
		return false;
	}
	return true;
}
