/* SPDX-License-Identifier: MIT */
#include "export/annotate.h"

#include "export/annotate_impl.h"

#include <meterbus/encode.h>
#include <meterbus/error.h>
#include <meterbus/names.h>
#include <meterbus/security.h>

#include <stdio.h>

#define BYTES_A_LINE 8
#define LINE_ROOM 8192
#define TEXT_MAX_LEN 4096 /* bytes of a line's text shown */
#define LONG_START 4 /* bytes 68 L L 68 */

/* ---- lines ---- */

bool notes_has(const struct notes *n, const uint8_t *bytes, size_t len)
{
	uintptr_t at = (uintptr_t)bytes, from = (uintptr_t)n->base;

	return bytes && at >= from && at - from <= n->len && len <= n->len - (at - from);
}

static char *put_offset(char *p, unsigned offset)
{
	p = put_hex_byte(p, (uint8_t)(offset >> 8));
	p = put_hex_byte(p, (uint8_t)offset);
	return PUT(p, "  ");
}

static void bytes_line(struct notes *n, const uint8_t *bytes, size_t len, enum style style,
	const char *text, size_t text_len)
{
	char *p = out_room(n->o, LINE_ROOM);

	p = put_style(p, n->color, STYLE_DIM);
	p = len ? put_offset(p, n->base_offset + (unsigned)(bytes - n->base)) : PUT(p, "      ");
	p = put_style(p, n->color, STYLE_PLAIN);
	p = put_style(p, n->color && len ? style != STYLE_PLAIN : false, style);
	p = put_hex_blanks(p, bytes, len);
	p = put_style(p, n->color && len ? style != STYLE_PLAIN : false, STYLE_PLAIN);
	for (size_t used = len ? 3 * len - 1 : 0; text_len && used < 3 * BYTES_A_LINE; used++)
		p = put_char(p, ' ');
	if (text_len && len >= BYTES_A_LINE)
		p = put_char(p, ' ');
	p = put_shown(p, text, text_len);
	out_took(n->o, put_char(p, '\n'));
}

void notes_line(
	struct notes *n, const uint8_t *bytes, size_t len, enum style style, const char *text)
{
	size_t text_len = strlen(text);

	if (text_len > TEXT_MAX_LEN)
		text_len = TEXT_MAX_LEN;
	if (!len || !notes_has(n, bytes, len)) {
		bytes_line(n, n->base, 0, style, text, text_len);
		return;
	}
	for (size_t at = 0; at < len; at += BYTES_A_LINE) {
		size_t piece = len - at < BYTES_A_LINE ? len - at : BYTES_A_LINE;

		bytes_line(n, bytes + at, piece, style, text, at ? 0 : text_len);
	}
	n->next = bytes + len;
}

/* The next bytes in their order. */
static void take(struct notes *n, size_t len, enum style style, const char *text)
{
	size_t left = (size_t)(n->base + n->len - n->next);

	if (len > left)
		len = left;
	if (len > 0)
		notes_line(n, n->next, len, style, text);
}

/* ---- frames that are none ---- */

static uint8_t sum(const uint8_t *bytes, size_t len)
{
	uint8_t s = 0;

	while (len--)
		s = (uint8_t)(s + *bytes++);
	return s;
}

static void check_and_stop(struct notes *n, const uint8_t *covered, size_t len)
{
	char text[64];
	uint8_t expected = sum(covered, len);

	if (n->next == n->base + n->len)
		return;
	if (*n->next == expected)
		take(n, 1, STYLE_HEAD, "checksum");
	else {
		snprintf(text, sizeof(text), "checksum, but the bytes sum up to %02X", expected);
		take(n, 1, STYLE_BAD, text);
	}
	if (n->next == n->base + n->len)
		return;
	take(n, 1, *n->next == 0x16 ? STYLE_HEAD : STYLE_BAD,
		*n->next == 0x16 ? "stop" : "stop must be 16");
}

static void broken_long(struct notes *n)
{
	size_t left = n->len, want;
	char text[64];

	take(n, 1, STYLE_HEAD, "start");
	if (left < 3) {
		take(n, 2, STYLE_BAD, "length");
		return;
	}
	want = n->base[1];
	if (n->base[1] != n->base[2] || want < 3)
		take(n, 2, STYLE_BAD, want < 3 ? "length is below 3" : "the two lengths differ");
	else
		take(n, 2, STYLE_HEAD, "length, twice");
	if (left > 3)
		take(n, 1, n->base[3] == 0x68 ? STYLE_HEAD : STYLE_BAD,
			n->base[3] == 0x68 ? "start" : "start must be 68");
	take(n, want, STYLE_DATA, "C, A, CI and data");
	if (left < want + 6) {
		snprintf(text, sizeof(text), "%u bytes are missing", (unsigned)(want + 6 - left));
		notes_line(n, NULL, 0, STYLE_BAD, text);
	}
	if (left > LONG_START + want)
		check_and_stop(n, n->base + LONG_START, want);
}

static void broken(struct notes *n)
{
	char text[128];

	snprintf(text, sizeof(text), "%s: %s", mb_error_name(n->part->error),
		mb_error_text(n->part->error));
	notes_line(n, NULL, 0, STYLE_BAD, text);
	if (n->len > 0 && n->base[0] == 0x68)
		broken_long(n);
	else if (n->len > 0 && n->base[0] == 0x10) {
		take(n, 1, STYLE_HEAD, "start of a short frame");
		take(n, 2, STYLE_HEAD, "C and A");
		if (n->len > 3)
			check_and_stop(n, n->base + 1, 2);
	}
	take(n, n->len, STYLE_BAD, "not understood");
}

/* ---- link layer ---- */

static void control(struct notes *n, const struct mb_frame *f)
{
	char text[96];

	snprintf(text, sizeof(text), "C: %s%s%s", mb_c_name(f->c),
		f->c & MB_C_PRM ? (f->c & MB_C_FCV ? (f->c & MB_C_FCB ? ", FCB 1" : ", FCB 0") : "")
				: (f->c & MB_C_ACD ? ", ACD: alarm data wait" : ""),
		!(f->c & MB_C_PRM) && f->c & MB_C_DFC ? ", DFC: the device is busy" : "");
	take(n, 1, STYLE_HEAD, text);
}

static void address(struct notes *n, uint8_t a)
{
	char text[64];
	const char *what = a == 0                ? ", not configured yet"
			   : a == MB_A_NETWORK   ? ", whoever is selected"
			   : a == MB_A_TEST      ? ", everybody, with answer"
			   : a == MB_A_BROADCAST ? ", everybody, without answer"
						 : "";

	snprintf(text, sizeof(text), "A: address %u%s", a, what);
	take(n, 1, STYLE_HEAD, text);
}

static void ci(struct notes *n, uint8_t code)
{
	char text[128];

	snprintf(text, sizeof(text), "CI: %s", mb_ci_text(code));
	take(n, 1, STYLE_HEAD, text);
}

static void short_frame(struct notes *n, const struct mb_frame *f)
{
	take(n, 1, STYLE_HEAD, "start of a short frame");
	control(n, f);
	address(n, f->a);
	check_and_stop(n, n->base + 1, 2);
}

/* ---- transport layer ---- */

static void identity(struct notes *n, const struct mb_telegram *t)
{
	char text[160], letters[5];
	const char *name = mb_manufacturer_name(t->address.manufacturer);

	snprintf(text, sizeof(text), "identification %08X", (unsigned)t->address.id);
	take(n, 4, STYLE_HEAD, text);
	if (t->layout == MB_LAYOUT_FIXED)
		return;
	mb_manufacturer_letters(t->address.manufacturer, letters);
	snprintf(text, sizeof(text), "manufacturer %s%s%s%s", letters, name ? " (" : "",
		name ? name : "", name ? ")" : "");
	take(n, 2, STYLE_HEAD, text);
	snprintf(text, sizeof(text), "version %u", t->address.version);
	take(n, 1, STYLE_HEAD, text);
	snprintf(text, sizeof(text), "medium: %s", mb_medium_text(t->address.medium));
	take(n, 1, STYLE_HEAD, text);
}

static void state(struct notes *n, const struct mb_telegram *t)
{
	char text[160], bits[128];

	snprintf(text, sizeof(text), "access number %u", t->access);
	take(n, 1, STYLE_HEAD, text);
	if (mb_status_text(t->status, bits, sizeof(bits)) <= 0)
		snprintf(bits, sizeof(bits), "no error");
	snprintf(text, sizeof(text), "status: %s", bits);
	take(n, 1, t->status & 0x1F ? STYLE_BAD : STYLE_HEAD, text);
	if (t->layout == MB_LAYOUT_FIXED)
		return;
	if (t->security_mode)
		snprintf(text, sizeof(text), "configuration: security mode %u, %s",
			t->security_mode, mb_security_mode_text(t->security_mode));
	else
		snprintf(text, sizeof(text), "configuration%s", t->config ? "" : ": no encryption");
	take(n, 2, STYLE_HEAD, text);
}

static void header(struct notes *n, const struct mb_telegram *t)
{
	if (t->afl) {
		take(n, t->afl_len, STYLE_HEAD, "authentication and fragmentation layer");
		ci(n, t->ci);
	}
	if (t->has_address)
		identity(n, t);
	if (t->has_status)
		state(n, t);
}

/* ---- what follows the header ---- */

static void subcodes(struct notes *n, const struct mb_telegram *t)
{
	char text[96];

	for (size_t i = 0; i < t->payload_len; i++) {
		snprintf(text, sizeof(text), "application: %s",
			mb_application_text(t->payload[i] & 0xF0));
		notes_line(n, t->payload + i, 1, STYLE_DATA, text);
	}
}

static void fixed_units(struct notes *n, const struct mb_telegram *t)
{
	char text[96];

	snprintf(text, sizeof(text), "medium %s, and the units of the two counters",
		mb_fixed_medium_text(mb_telegram_fixed_medium(t)));
	take(n, 2, STYLE_VIB, text);
}

static void payload(struct notes *n, const struct mb_telegram *t)
{
	char text[128];

	switch (t->layout) {
	case MB_LAYOUT_APPLICATION_ERROR:
		snprintf(text, sizeof(text), "application error: %s", answer_application_error(t));
		notes_line(n, t->payload, t->payload_len, STYLE_BAD, text);
		break;
	case MB_LAYOUT_ALARM:
		notes_line(n, t->payload, t->payload_len, STYLE_BAD,
			"alarm bits, by the manufacturer");
		break;
	case MB_LAYOUT_APPLICATION:
		subcodes(n, t);
		break;
	case MB_LAYOUT_BAUD:
		snprintf(text, sizeof(text), "switch to %u baud", (unsigned)mb_ci_baud(t->ci));
		notes_line(n, NULL, 0, STYLE_DATA, text);
		break;
	case MB_LAYOUT_FORMAT:
		take(n, t->payload_len, STYLE_VIB, "format: length, signature, DIFs and VIFs");
		break;
	case MB_LAYOUT_COMPACT:
		take(n, 2, STYLE_VIB, "signature of the format");
		take(n, 2, STYLE_VIB, "CRC of the full telegram");
		break;
	case MB_LAYOUT_FIXED:
		fixed_units(n, t);
		break;
	default:
		break;
	}
}

static void fillers(struct notes *n, const uint8_t *until)
{
	if (n->next < until && notes_has(n, n->next, (size_t)(until - n->next)))
		take(n, (size_t)(until - n->next), STYLE_DIM, "idle filler");
}

/* Deciphered bytes lie elsewhere; they are shown at the place of the ciphered ones. */
static void enter_deciphered(struct notes *n, const struct mb_telegram *t)
{
	const struct mb_frame *f = &t->frame;
	size_t left = (size_t)(f->data + f->data_len - n->next);
	unsigned offset = (unsigned)(n->next - n->base);

	if (t->payload_len == 0 || notes_has(n, t->payload, t->payload_len))
		return;
	take(n, left, STYLE_DIM, "encrypted; in plain:");
	n->base_offset = offset;
	n->base = n->next = t->payload;
	n->len = t->payload_len;
	n->base_offset = offset;
}

static void leave_deciphered(struct notes *n)
{
	const struct mb_frame *f = &n->part->telegram.frame;

	if (n->base == n->part->raw)
		return;
	n->base = n->part->raw;
	n->len = n->part->raw_len;
	n->base_offset = 0;
	n->next = f->data + f->data_len;
}

/* ---- answers ---- */

static void begin_part(struct notes *n, const struct answer_part *part)
{
	const struct mb_telegram *t = &part->telegram;
	const struct mb_frame *f = &t->frame;

	*n = (struct notes){.o = n->o,
		.answer = n->answer,
		.part = part,
		.base = part->raw,
		.len = part->raw_len,
		.next = part->raw,
		.color = n->color};
	if (!part->readable) {
		broken(n);
		return;
	}
	if (f->type == MB_FRAME_ACK || f->type == MB_FRAME_NACK)
		take(n, 1, STYLE_HEAD, f->type == MB_FRAME_ACK ? "acknowledge" : "refused");
	if (f->type == MB_FRAME_SHORT)
		short_frame(n, f);
	if (f->type != MB_FRAME_LONG)
		return;
	take(n, LONG_START, STYLE_HEAD, "start, length twice, start");
	control(n, f);
	address(n, f->a);
	ci(n, f->ci);
	header(n, t);
	enter_deciphered(n, t);
	payload(n, t);
}

static void end_part(struct notes *n)
{
	const struct mb_frame *f = &n->part->telegram.frame;
	char text[128];

	if (!n->part->readable || f->type != MB_FRAME_LONG)
		return;
	if (n->base != n->part->raw)
		fillers(n, n->base + n->len);
	leave_deciphered(n);
	if (n->part->error < 0) {
		snprintf(text, sizeof(text), "%s: %s", mb_error_name(n->part->error),
			mb_error_text(n->part->error));
		take(n, (size_t)(f->data + f->data_len - n->next), STYLE_BAD, text);
	}
	fillers(n, f->data + f->data_len);
	check_and_stop(n, n->base + LONG_START, f->data_len + 3u);
}

/* What was not decoded, apart from what is explained already. */
static void rest_line(struct notes *n, const uint8_t *rest, size_t len, const char *text)
{
	size_t known = 0;

	if (notes_has(n, rest, len))
		fillers(n, rest);
	if (len > 0 && notes_has(n, rest, len) && n->next > rest)
		known = (size_t)(n->next - rest);
	notes_line(n, rest + known, len > known ? len - known : 0, STYLE_BAD, text);
}

static void title(struct notes *n)
{
	const struct answer *a = n->answer;

	if (a->source) {
		out_text(n->o, a->source);
		out_text(n->o, "\n");
	}
	if (a->error < 0) {
		out_text(n->o, mb_error_name(a->error));
		out_text(n->o, ": ");
		out_text(n->o, a->note ? a->note : mb_error_text(a->error));
		out_text(n->o, "\n");
	}
}

/* The walk goes over all parts; each is begun when its first record comes, or in passing. */
void annotate_answer(
	struct out *o, const struct answer *answer, const struct format_options *options)
{
	struct notes n = {.o = o, .answer = answer, .color = options->color};
	size_t begun = 0; /* parts */
	struct answer_walk w;
	struct mb_record r;
	int rc;

	title(&n);
	answer_walk(&w, answer);
	do {
		size_t upto;

		rc = answer_next(&w, &r);
		upto = rc ? w.part + 1 : answer->part_count;
		while (begun < upto) {
			if (begun > 0) {
				end_part(&n);
				out_text(o, "\n");
			}
			begin_part(&n, &answer->parts[begun++]);
		}
		if (rc > 0)
			annotate_record(&n, &r);
		if (rc < 0) {
			size_t len;
			const uint8_t *rest = answer_rest(&w, &len);

			rest_line(&n, rest, len, mb_error_text(rc));
		}
	} while (rc != 0);
	if (begun > 0)
		end_part(&n);
	out_text(o, "\n");
}
