/* SPDX-License-Identifier: MIT */
/*
 * Replays a transcript of a bus against a master in virtual time. A line each:
 *
 *	# comment
 *	config latency=20ms nke=never echo=yes tries=2 ...	a new master
 *	quirk maker=SEN medium=4 bends=nke-primary ...		a row of the caller
 *	! read 5 nke=never options=deselect,force		a request; tag counts up from 1
 *	> 10 7B 05 80 16 @+33bit	the master must send this next, so long after the line's last byte
 *	< 68 03 .. ?E5 ~30ms 16 @+25ms	then a device sends: start bit 25 ms behind the master's last stop
 *					bit (20 ms without @), ? parity mark, ~ pause
 *	<< ...				the same behind the last byte of the line, whoever sent it
 *	= 10 7B 05 80 16 @+2ms		what the converter returns instead of the true echo, so late
 *	* ack | telegram 0 | attempt 1/3 silence | warning echo | done ok telegrams=1 verified=yes
 *					the master must report this next
 *	echo on|off, pieces 4		true echo from now on; bytes arrive in pieces of 4
 *	line 9600			speed that the master must use from now on
 *	wait 10s, cancel, forget, busy read 5
 *
 * Every send and every event must be foretold. Times are sums of us, ms, s and bit: 330bit+50ms.
 */
#ifndef TEST_REPLAY_H
#define TEST_REPLAY_H

#include <meterbus/encode.h>
#include <meterbus/master.h>

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLAY_BYTES 4096
#define REPLAY_START_US 1000000u
#define REPLAY_DELAY_US 20000u
#define REPLAY_QUIRKS 4

struct replay_byte {
	uint64_t time_us;
	uint8_t byte, mark;
};

struct replay {
	struct mb_master m;
	struct mb_master_config config;
	struct mb_quirk quirks[REPLAY_QUIRKS];
	struct mb_line line; /* that the master must use */
	uint64_t now_us, tx_end_us, last_us;
	struct replay_byte wire[REPLAY_BYTES]; /* on its way to the master */
	size_t first, count;
	size_t pieces;
	bool echo;
	uint8_t sent[REPLAY_BYTES];
	size_t n_sent;
	uint64_t sent_at_us;
	uint32_t tag;
	const char *file;
	int line_no;
	char error[512]; /* empty: well so far */
};

/* ---- small things ---- */

static bool replay_fail(struct replay *r, const char *format, ...)
{
	va_list args;
	int n;

	if (r->error[0])
		return false;
	n = snprintf(r->error, sizeof(r->error), "%s:%d: ", r->file, r->line_no);
	va_start(args, format);
	vsnprintf(r->error + n, sizeof(r->error) - (size_t)n, format, args);
	va_end(args);
	return false;
}

/* "330bit+50ms" */
static uint64_t replay_time(const struct replay *r, const char *text)
{
	uint64_t us = 0;
	char *end;

	while (*text) {
		double n = strtod(text, &end);

		if (end == text)
			break;
		if (!strncmp(end, "bit", 3))
			us += mb_line_bit_us(&r->line, (size_t)n);
		else if (!strncmp(end, "ms", 2))
			us += (uint64_t)(n * 1000 + 0.5);
		else if (!strncmp(end, "us", 2))
			us += (uint64_t)n;
		else
			us += (uint64_t)(n * 1000000 + 0.5);
		text = end + strcspn(end, "+");
		text += *text == '+';
	}
	return us;
}

static const char *replay_value(const char *words, const char *key, char *buf, size_t max)
{
	size_t len = strlen(key);
	const char *p = words;

	while ((p = strstr(p, key))) {
		if ((p == words || p[-1] == ' ') && p[len] == '=') {
			snprintf(buf, max, "%.*s", (int)strcspn(p + len + 1, " "), p + len + 1);
			return buf;
		}
		p += len;
	}
	return NULL;
}

static uint32_t replay_number(const char *words, const char *key, int base)
{
	char buf[32];

	return replay_value(words, key, buf, sizeof(buf)) ? (uint32_t)strtoul(buf, NULL, base) : 0;
}

/* ---- the wire ---- */

static void replay_put(struct replay *r, uint64_t time_us, uint8_t byte, uint8_t mark)
{
	size_t at = r->first + r->count;

	if (at >= REPLAY_BYTES)
		return;
	while (at > r->first && r->wire[at - 1].time_us > time_us) {
		r->wire[at] = r->wire[at - 1];
		at--;
	}
	r->wire[at] = (struct replay_byte){time_us, byte, mark};
	r->count++;
}

/* Bytes in the notation of '<'; the start bit of the first one at start_us. */
static void replay_put_text(struct replay *r, const char *text, uint64_t start_us)
{
	uint64_t byte_us = mb_line_bytes_us(&r->line, 1);
	uint64_t time_us = start_us;
	uint8_t mark;

	while (*text && *text != '@') {
		mark = *text == '?' ? MB_MARK_PARITY : 0;
		text += *text == '?';
		if (*text == '~') {
			time_us += replay_time(r, text + 1);
		} else if (isxdigit((unsigned char)*text)) {
			time_us += byte_us;
			replay_put(r, time_us, (uint8_t)strtoul(text, NULL, 16), mark);
		}
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
}

static void replay_deliver(struct replay *r)
{
	uint8_t bytes[REPLAY_BYTES], marks[REPLAY_BYTES];
	size_t n = r->count < r->pieces ? r->count : r->pieces;

	for (size_t i = 0; i < n; i++) {
		bytes[i] = r->wire[r->first + i].byte;
		marks[i] = r->wire[r->first + i].mark;
	}
	r->now_us = r->wire[r->first + n - 1].time_us;
	r->last_us = r->now_us;
	r->first += n;
	r->count -= n;
	if (!r->count)
		r->first = 0;
	mb_master_rx(&r->m, bytes, marks, n, r->now_us);
}

/* A piece comes when its last byte is there. */
static uint64_t replay_next_us(const struct replay *r)
{
	size_t n = r->count < r->pieces ? r->count : r->pieces;

	return n ? r->wire[r->first + n - 1].time_us : MB_NEVER;
}

static void replay_send(struct replay *r, const uint8_t *bytes, size_t n)
{
	struct mb_line line;

	mb_master_line(&r->m, &line);
	if (!mb_line_equal(&line, &r->line))
		replay_fail(r, "sends at %u baud", (unsigned)line.baud);
	memcpy(r->sent, bytes, n);
	r->n_sent = n;
	r->sent_at_us = r->now_us - (r->last_us > r->tx_end_us ? r->last_us : r->tx_end_us);
	if (r->last_us > r->now_us || r->tx_end_us > r->now_us)
		replay_fail(r, "sends while the line is busy");
	r->tx_end_us = r->now_us + mb_line_bytes_us(&line, n);
	for (size_t i = 0; i < n && r->echo; i++)
		replay_put(r, r->now_us + mb_line_bytes_us(&line, i + 1), bytes[i], 0);
	mb_master_sent(&r->m, n, r->tx_end_us);
}

/* One move of the world. False when nothing will ever happen, or nothing until until_us. */
static bool replay_move(struct replay *r, uint64_t until_us)
{
	uint64_t deadline_us = mb_master_deadline(&r->m);
	uint64_t next_us = replay_next_us(r);

	if (next_us > until_us && deadline_us > until_us) {
		r->now_us = until_us > r->now_us && until_us != MB_NEVER ? until_us : r->now_us;
		return false;
	}
	if (next_us <= deadline_us) {
		replay_deliver(r);
	} else {
		r->now_us = deadline_us > r->now_us ? deadline_us : r->now_us;
		mb_master_tick(&r->m, r->now_us);
	}
	if (r->m.event_count == MB_MASTER_EVENTS)
		replay_fail(r, "the queue of events is full");
	return true;
}

static bool replay_try_send(struct replay *r)
{
	const uint8_t *bytes;
	size_t n = mb_master_tx(&r->m, r->now_us, &bytes);

	if (n)
		replay_send(r, bytes, n);
	return n;
}

/* ---- lines ---- */

static const uint8_t *replay_hex(const char *text, uint8_t *buf, uint16_t *ret_len)
{
	unsigned byte;
	int used;

	*ret_len = 0;
	while (*ret_len < MB_FRAME_MAX && sscanf(text, " %2x%n", &byte, &used) == 1) {
		buf[(*ret_len)++] = (uint8_t)byte;
		text += used;
	}
	return buf;
}

static void replay_new(struct replay *r, const char *words)
{
	static const char *const nke[] = {"", "before", "never", "unknown"};
	struct mb_master_config *c = &r->config;
	char buf[64];

	c->path = (struct mb_path){.line = MB_LINE_2400_8E1};
	if (replay_number(words, "baud", 10))
		c->path.line.baud = replay_number(words, "baud", 10);
	r->line = c->path.line;
	if (replay_value(words, "latency", buf, sizeof(buf)))
		c->path.latency_us = (uint32_t)replay_time(r, buf);
	if (replay_value(words, "guard", buf, sizeof(buf)))
		c->path.guard_us = (uint32_t)replay_time(r, buf);
	if (replay_value(words, "answer", buf, sizeof(buf)))
		c->path.answer_us = (uint32_t)replay_time(r, buf);
	if (replay_value(words, "gap", buf, sizeof(buf)))
		c->path.gap_us = (uint32_t)replay_time(r, buf);
	if (replay_value(words, "echo", buf, sizeof(buf)))
		c->path.echo = buf[0] == 'y' ? MB_ECHO_YES : MB_ECHO_NO;
	if (replay_value(words, "rescue", buf, sizeof(buf)))
		c->baud_rescue_us = (uint32_t)replay_time(r, buf);
	c->answer_limit_us = 0;
	if (replay_value(words, "limit", buf, sizeof(buf)))
		c->answer_limit_us = (uint32_t)replay_time(r, buf);
	c->tries = (uint8_t)replay_number(words, "tries", 10);
	c->max_telegrams = (uint8_t)replay_number(words, "max", 10);
	c->nke = 0;
	if (replay_value(words, "nke", buf, sizeof(buf)))
		while (c->nke < 3 && strcmp(nke[c->nke], buf) != 0)
			c->nke++;
	if (mb_master_init(&r->m, c, r->now_us) < 0)
		replay_fail(r, "configuration refused");
}

static void replay_quirk(struct replay *r, const char *words)
{
	struct mb_quirk *q = &r->quirks[r->config.n_quirks];
	char buf[64];

	*q = (struct mb_quirk){
		.meter = {MB_ID_ANY, MB_MANUFACTURER_ANY, MB_VERSION_ANY, MB_MEDIUM_ANY},
		.primary = MB_QUIRK_PRIMARY_ANY,
		.reset_subcode = MB_QUIRK_NO_SUBCODE,
	};
	if (replay_value(words, "maker", buf, sizeof(buf)))
		q->meter.manufacturer = (uint16_t)mb_manufacturer_word(buf);
	if (replay_value(words, "primary", buf, sizeof(buf)))
		q->primary = (uint8_t)atoi(buf);
	q->answer_ms = (uint16_t)replay_number(words, "answer_ms", 10);
	q->pre_read_ci = (uint8_t)replay_number(words, "pre_read_ci", 16);
	q->strange_ci = (uint8_t)replay_number(words, "strange_ci", 16);
	if (replay_value(words, "reset_subcode", buf, sizeof(buf)))
		q->reset_subcode = (uint8_t)strtoul(buf, NULL, 16);
	replay_value(words, "bends", buf, sizeof(buf));
	for (unsigned bit = 1; bit < 0x100; bit <<= 1)
		if (mb_quirk_name(bit) && strstr(buf, mb_quirk_name(bit)))
			q->bends |= (uint8_t)bit;
	r->config.quirks = r->quirks;
	r->config.n_quirks++;
}

static uint8_t replay_options(const char *words)
{
	static const char *const names[] = {"deselect", "force", "reset-first", "read-back", "once",
		"second-round", "whole-window", "identified"};
	uint8_t options = 0;
	char buf[128];

	if (!replay_value(words, "options", buf, sizeof(buf)))
		return 0;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strstr(buf, names[i]))
			options |= (uint8_t)(1u << i);
	return options;
}

static void replay_to(struct replay *r, struct mb_request *q, const char *to, const char *words)
{
	struct mb_address address;
	char type[8] = "F";
	int v[5];

	switch (q->op) {
	case MB_OP_SET_BAUD:
		q->new_baud = (uint32_t)atol(to);
		break;
	case MB_OP_SET_TIME:
		if (sscanf(to, "%d-%d-%dT%d:%d", &v[0], &v[1], &v[2], &v[3], &v[4]) != 5)
			replay_fail(r, "time?");
		replay_value(words, "type", type, sizeof(type));
		q->type = (uint8_t)type[0];
		q->time = (struct mb_datetime){(int16_t)v[0], (int8_t)v[1], (int8_t)v[2],
			.hour = (int8_t)v[3], .minute = (int8_t)v[4], .type = (uint8_t)type[0]};
		break;
	default:
		if (mb_address_parse(to, &address) < 0)
			replay_fail(r, "to=%s?", to);
		if (q->op == MB_OP_SET_PRIMARY)
			q->primary = address.primary;
		else if (q->op == MB_OP_SET_ID)
			q->id = address.secondary.id;
		else
			q->secondary = address.secondary;
	}
}

static int replay_request(struct replay *r, const char *words)
{
	struct mb_request q = {.tag = ++r->tag, .options = replay_options(words)};
	char op[32], address[64] = "0", buf[1024];
	uint8_t payload[MB_FRAME_MAX];

	sscanf(words, "%31s %63s", op, address);
	while (q.op < MB_OP_COUNT && strcmp(mb_op_name(q.op), op) != 0)
		q.op++;
	if (q.op != MB_OP_RAW && mb_address_parse(address, &q.address) < 0)
		replay_fail(r, "address %s?", address);
	if (replay_value(words, "to", buf, sizeof(buf)))
		replay_to(r, &q, buf, words);
	if (replay_value(words, "identity", buf, sizeof(buf))) {
		struct mb_address identity;

		if (mb_address_parse(buf, &identity) < 0)
			replay_fail(r, "identity=%s?", buf);
		q.has_identity = true;
		q.identity = identity.secondary;
	}
	if (replay_value(words, "data", buf, sizeof(buf)))
		q.payload = replay_hex(buf, payload, &q.payload_len);
	if (replay_value(words, "nke", buf, sizeof(buf)))
		q.nke = !strcmp(buf, "never")     ? MB_NKE_NEVER
			: !strcmp(buf, "unknown") ? MB_NKE_UNKNOWN
						  : MB_NKE_BEFORE;
	if (replay_value(words, "answer", buf, sizeof(buf)))
		q.answer_us = (uint32_t)replay_time(r, buf);
	q.ci = (uint8_t)replay_number(words, "ci", 16);
	q.tries = (uint8_t)replay_number(words, "tries", 10);
	q.baud = replay_number(words, "baud", 10);
	return mb_master_submit(&r->m, &q, r->now_us);
}

static void replay_expect_send(struct replay *r, const char *text)
{
	const char *at = strstr(text, "@+");
	uint8_t want[MB_FRAME_MAX];
	char hex[1024];
	uint16_t len;

	snprintf(hex, sizeof(hex), "%.*s", (int)strcspn(text, "@"), text);
	replay_hex(hex, want, &len);
	while (!replay_try_send(r))
		if (r->m.event_count || !replay_move(r, MB_NEVER)) {
			replay_fail(r,
				"does not send (%u events wait, first %d result %d warning %d)",
				r->m.event_count, r->m.events[r->m.event_first].type,
				r->m.events[r->m.event_first].result,
				r->m.events[r->m.event_first].warning);
			return;
		}
	if (len != r->n_sent || memcmp(want, r->sent, len) != 0) {
		char got[1024] = "";

		for (size_t i = 0; i < r->n_sent && i < 300; i++)
			snprintf(got + 3 * i, 4, "%02X ", r->sent[i]);
		replay_fail(r, "sends %s", got);
	}
	if (at && replay_time(r, at + 2) != r->sent_at_us)
		replay_fail(r, "sends after %llu us, not %llu", (unsigned long long)r->sent_at_us,
			(unsigned long long)replay_time(r, at + 2));
}

static void replay_describe(const struct mb_master_event *e, char *buf, size_t max)
{
	static const char *const verified[] = {"no", "yes", "differs", "unknown"};

	switch (e->type) {
	case MB_MASTER_TELEGRAM:
		snprintf(buf, max, "telegram %u", e->telegram);
		break;
	case MB_MASTER_ATTEMPT:
		snprintf(buf, max, "attempt %u/%u %s", e->attempt, e->tries,
			mb_error_name(e->result));
		break;
	case MB_MASTER_ACK:
		snprintf(buf, max, "ack");
		break;
	case MB_MASTER_WARNING:
		snprintf(buf, max, "warning %s", mb_warning_name(e->warning));
		break;
	default:
		snprintf(buf, max, "done %s telegrams=%u verified=%s requests=%u failed=%u baud=%u",
			mb_error_name(e->result), e->done.telegrams, verified[e->done.verified],
			e->done.requests, e->done.failed, (unsigned)e->done.baud);
	}
}

/* Each word of want must be in got, and the first ones in front. */
static bool replay_same(const char *want, const char *got)
{
	char key[64], value[64];

	if (strncmp(want, "done ", 5) != 0)
		return !strcmp(want, got);
	for (const char *p = want; *p; p += strcspn(p, " "), p += strspn(p, " ")) {
		snprintf(key, sizeof(key), "%.*s", (int)strcspn(p, "= "), p);
		if (p[strlen(key)] != '=') {
			if (!strstr(got, key))
				return false;
			continue;
		}
		if (!replay_value(got, key, value, sizeof(value)) ||
			strlen(value) != strcspn(p + strlen(key) + 1, " ") ||
			strncmp(value, p + strlen(key) + 1, strlen(value)) != 0)
			return false;
	}
	return true;
}

static void replay_expect_event(struct replay *r, const char *want, struct mb_master_event *ret)
{
	char got[256];

	while (!mb_master_event(&r->m, ret)) {
		if (replay_try_send(r)) {
			replay_fail(r, "sends %02X %02X %02X.. instead", r->sent[0], r->sent[1],
				r->sent[2]);
			return;
		}
		if (!r->m.event_count && !replay_move(r, MB_NEVER)) {
			replay_fail(r, "nothing happens");
			return;
		}
	}
	replay_describe(ret, got, sizeof(got));
	if (!replay_same(want, got))
		replay_fail(r, "reports \"%s\"", got);
	if (ret->tag != r->tag)
		replay_fail(r, "tag %u", (unsigned)ret->tag);
}

static void replay_echo_text(struct replay *r, const char *text)
{
	const char *at = strstr(text, "@+");
	uint64_t start_us = r->tx_end_us - mb_line_bytes_us(&r->line, r->n_sent);

	replay_put_text(r, text, start_us + (at ? replay_time(r, at + 2) : 0));
}

static void replay_answer_text(struct replay *r, const char *text, bool behind_last)
{
	const char *at = strstr(text, "@+");
	uint64_t from_us = r->tx_end_us;

	if (behind_last && r->count)
		from_us = r->wire[r->first + r->count - 1].time_us;
	replay_put_text(r, text, from_us + (at ? replay_time(r, at + 2) : REPLAY_DELAY_US));
}

static void replay_wait(struct replay *r, const char *text)
{
	uint64_t until_us = r->now_us + replay_time(r, text);

	while (!r->m.event_count) {
		if (replay_try_send(r)) {
			replay_fail(r, "sends");
			return;
		}
		if (!replay_move(r, until_us))
			return;
	}
	replay_fail(r, "reports something");
}

static void replay_line(struct replay *r, char *text)
{
	struct mb_master_event event;

	text[strcspn(text, "\r\n")] = '\0';
	text += strspn(text, " \t");
	for (size_t n = strlen(text); n && text[n - 1] == ' ';)
		text[--n] = '\0';
	if (!*text || *text == '#')
		return;
	if (!strncmp(text, "! ", 2)) {
		if (replay_request(r, text + 2) < 0)
			replay_fail(r, "request refused");
	} else if (!strncmp(text, "> ", 2)) {
		replay_expect_send(r, text + 2);
	} else if (!strncmp(text, "<< ", 3)) {
		replay_answer_text(r, text + 3, true);
	} else if (!strncmp(text, "< ", 2)) {
		replay_answer_text(r, text + 2, false);
	} else if (!strncmp(text, "= ", 2)) {
		replay_echo_text(r, text + 2);
	} else if (!strncmp(text, "* ", 2)) {
		replay_expect_event(r, text + 2, &event);
	} else if (!strncmp(text, "config", 6)) {
		replay_new(r, text + 6);
	} else if (!strncmp(text, "quirk ", 6)) {
		replay_quirk(r, text + 6);
	} else if (!strncmp(text, "refused ", 8)) {
		if (replay_request(r, text + 8) >= 0)
			replay_fail(r, "request taken");
		r->tag--;
	} else if (!strncmp(text, "echo ", 5)) {
		r->echo = !strcmp(text + 5, "on");
	} else if (!strncmp(text, "pieces ", 7)) {
		r->pieces = (size_t)atoi(text + 7);
	} else if (!strncmp(text, "line ", 5)) {
		r->line.baud = (uint32_t)atol(text + 5);
	} else if (!strncmp(text, "wait ", 5)) {
		replay_wait(r, text + 5);
	} else if (!strcmp(text, "cancel")) {
		mb_master_cancel(&r->m, r->now_us);
	} else if (!strcmp(text, "forget")) {
		mb_master_forget(&r->m);
	} else {
		replay_fail(r, "what is \"%s\"?", text);
	}
}

/* Plays a file; r->error is empty when it went as written. */
static inline void replay_file(struct replay *r, const char *path)
{
	char text[4096];
	FILE *file = fopen(path, "r");

	memset(r, 0, sizeof(*r));
	r->now_us = REPLAY_START_US;
	r->pieces = 1;
	r->file = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	if (!file) {
		replay_fail(r, "cannot be read");
		return;
	}
	replay_new(r, "");
	while (!r->error[0] && fgets(text, sizeof(text), file)) {
		r->line_no++;
		replay_line(r, text);
	}
	fclose(file);
	if (mb_master_busy(&r->m) || r->m.event_count)
		replay_fail(r, "not over at the end of the file");
}

#endif
