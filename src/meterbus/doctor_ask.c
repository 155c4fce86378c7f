/* SPDX-License-Identifier: MIT */
#include "meterbus/doctor_ask.h"

#include "meterbus/bus_json.h"
#include "meterbus/talk.h"

#include <meterbus/error.h>
#include <meterbus/names.h>
#include <meterbus/telegram.h>

#include <stdio.h>

#define OVER 1 /* of step() */
#define GAP_LATENCY_MAX_US 250000 /* a network's latency is mostly slack */
#define EVIDENCE_MAX 20 /* bytes shown */

/* ---- asking ---- */

static int step(void *ctx, uint64_t now_us)
{
	struct doctor *d = ctx;

	return doctor_probe_over(&d->probe, now_us) ? OVER : 0;
}

static void make_times(const struct doctor *d, const struct mb_line *line, bool listen,
	struct doctor_times *ret_times)
{
	struct mb_path path = d->bus.path;
	uint64_t limit_us;

	path.line = *line;
	ret_times->silence_us = listen ? d->listen_us : mb_path_answer_us(&path);
	if (path.latency_us > GAP_LATENCY_MAX_US)
		path.latency_us = GAP_LATENCY_MAX_US;
	ret_times->window_us = mb_path_answer_us(&path);
	ret_times->gap_us = mb_path_gap_us(&path);
	limit_us = ret_times->window_us + 2 * d->slowest_us;
	if (!listen && d->slowest_us && ret_times->silence_us > limit_us)
		ret_times->silence_us = limit_us; /* the path is known by now */
}

static void learn_time(struct doctor *d)
{
	const struct doctor_probe *p = &d->probe;
	uint64_t us = p->first_us > p->sent_us ? p->first_us - p->sent_us : 1;

	if (p->tx_len && d->heard.len && us > d->slowest_us)
		d->slowest_us = us;
}

static void take_echo(struct doctor *d)
{
	if (d->heard.echo)
		d->facts |= DOCTOR_ECHO_FACT;
	if (d->heard.echo_bent)
		d->facts |= DOCTOR_ECHO_BENT_FACT;
	if (d->heard.echo_early)
		d->facts |= DOCTOR_ECHO_EARLY_FACT;
}

/* ---- words ---- */

static void meter_text(const struct mb_frame *f, char *buf, size_t max)
{
	struct mb_telegram t;
	char letters[5];

	*buf = 0;
	if (mb_telegram_parse(f, &t) < 0 || !t.has_address)
		return;
	mb_manufacturer_letters(t.address.manufacturer, letters);
	snprintf(buf, max, " of %08X %s", (unsigned)t.address.id,
		t.layout == MB_LAYOUT_FIXED ? "" : letters);
}

/* What came, in words: "RSP_UD of 12345678 KAM, 66 bytes". */
static const char *sound_text(const struct doctor *d, char buf[DOCTOR_NOTE_MAX])
{
	const struct doctor_heard *h = &d->heard;
	char meter[32];

	switch ((enum doctor_sound)h->sound) {
	case DOCTOR_NOTHING:
		return "nothing";
	case DOCTOR_ACK:
		return "E5, acknowledged";
	case DOCTOR_RESPONSE:
		meter_text(&h->frame, meter, sizeof(meter));
		snprintf(buf, DOCTOR_NOTE_MAX, "a good telegram%s, %u bytes", meter, h->frame.size);
		return buf;
	case DOCTOR_SEVERAL:
		snprintf(buf, DOCTOR_NOTE_MAX, "%u answers, one behind the other", h->answers);
		return buf;
	case DOCTOR_MASTER:
		snprintf(buf, DOCTOR_NOTE_MAX, "another master: %s to %u", mb_c_name(h->frame.c),
			h->frame.a);
		return buf;
	case DOCTOR_BROKEN:
		break;
	}
	snprintf(buf, DOCTOR_NOTE_MAX, "%zu bytes, %s%s%s", h->len, mb_error_name(h->error),
		h->modbus ? ", Modbus" : "", h->text ? ", readable text" : "");
	return buf;
}

static const char *echo_text(const struct doctor_heard *h)
{
	if (h->echo_early)
		return "; echo, sooner than a line can bring it";
	if (h->echo_bent)
		return "; echo, changed";
	return h->echo ? "; echo" : "";
}

static void tell_bytes(const char *what, const uint8_t *bytes, const uint8_t *marks, size_t n)
{
	printf("    %-8s", what);
	for (size_t i = 0; i < n && i < EVIDENCE_MAX; i++)
		printf(" %02X%s", bytes[i], marks && marks[i] ? "*" : "");
	printf("%s\n", n > EVIDENCE_MAX ? " ..." : "");
}

static void tell(const struct doctor *d, const char *name)
{
	const struct doctor_heard *h = &d->heard;
	bool evidence = h->sound == DOCTOR_BROKEN || h->sound == DOCTOR_MASTER || h->echo_bent;
	char text[DOCTOR_NOTE_MAX];

	talk_progress("%s", "");
	printf("%-34s %s%s\n", name, sound_text(d, text), echo_text(h));
	if (d->probe.tx_len && (d->verbose || h->echo_bent))
		tell_bytes("sent", d->probe.tx, NULL, d->probe.tx_len);
	if (d->probe.len && (d->verbose || evidence))
		tell_bytes("heard", d->probe.heard, d->probe.marks, d->probe.len);
	fflush(stdout);
}

static void tell_json(const struct doctor *d, const char *name)
{
	static const char *const sounds[] = {
		[DOCTOR_NOTHING] = "nothing",
		[DOCTOR_ACK] = "ack",
		[DOCTOR_RESPONSE] = "response",
		[DOCTOR_SEVERAL] = "several",
		[DOCTOR_MASTER] = "master",
		[DOCTOR_BROKEN] = "broken",
	};
	const struct doctor_heard *h = &d->heard;
	char mode[4] = {(char)('0' + d->probe.line.data_bits), "NEO"[d->probe.line.parity % 3],
		(char)('0' + d->probe.line.stop_bits)};
	struct bus_json j;

	bus_json_begin(&j, "question");
	bus_json_text(&j, "name", name);
	bus_json_number(&j, "baud", d->probe.line.baud);
	bus_json_text(&j, "mode", mode);
	bus_json_hex(&j, "sent", d->probe.tx, d->probe.tx_len);
	bus_json_hex(&j, "heard", d->probe.heard, d->probe.len);
	bus_json_text(&j, "result", sounds[h->sound]);
	if (h->sound == DOCTOR_BROKEN)
		bus_json_text(&j, "error", mb_error_name(h->error));
	bus_json_bool(&j, "echo", h->echo);
	bus_json_end(&j);
}

int doctor_ask(struct doctor *d, const char *name, const struct mb_line *line, const uint8_t *bytes,
	size_t len)
{
	struct doctor_times times;
	int rc;

	make_times(d, line, len == 0, &times);
	doctor_probe_init(&d->probe, line, bytes, len, &times, bus_now_us(&d->bus));
	d->asked++;
	talk_progress("%s ...", name);
	rc = bus_run(&d->bus, doctor_probe_engine(&d->probe), step, d);
	doctor_hear(&d->probe, d->network, &d->heard);
	if (rc != OVER)
		return rc;
	take_echo(d);
	learn_time(d);
	if (d->json && !d->mute)
		tell_json(d, name);
	else if (!d->mute)
		tell(d, name);
	return 0;
}

void doctor_take_meter(struct doctor *d, const struct mb_frame *frame)
{
	struct mb_telegram t;

	if (d->has_meter || frame->type != MB_FRAME_LONG || mb_telegram_parse(frame, &t) < 0 ||
		!t.has_address)
		return;
	d->has_meter = true;
	d->primary = frame->a;
	d->meter = t.address;
}
