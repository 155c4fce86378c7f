/* SPDX-License-Identifier: MIT */
#include "meterbus/args.h"
#include "meterbus/bus_write.h"
#include "meterbus/exit.h"
#include "base/hex.h"
#include "meterbus/talk.h"
#include "meterbus/verbs.h"

#include <meterbus/error.h>
#include <meterbus/frame.h>
#include <meterbus/names.h>

#include <stdio.h>
#include <string.h>

#define CI_SEND 0x51

static const struct option_row options[] = {
	{"ud2", 0, ARG_TEXT, NULL, "SND_UD2: the meter answers with data, which are printed", NULL},
	{"read-back", 0, ARG_TEXT, NULL, "CI 51: read the meter and compare", NULL},
	{"once", 0, ARG_TEXT, NULL, "never repeat, not even when nobody answers", NULL},
	{"raw", 0, ARG_TEXT, NULL, "no ADDRESS and CI: the bytes as they are", NULL},
	BUS_WRITE_OPTIONS,
	BUS_FORCE_OPTION,
	BUS_OPTIONS,
	{0},
};

/* Everything that is sent, and what comes. */
struct sender {
	uint8_t bytes[MB_FRAME_MAX];
	size_t len;
	bool json;
};

/* Frames that come are data: a line of hex each, as meterbus decode takes it. */
static void take_event(void *ctx, const struct mb_master_event *e)
{
	static struct bus_json j;
	const struct sender *s = ctx;

	if (e->type != MB_MASTER_TELEGRAM || e->op == MB_OP_SEND)
		return; /* what is read back says the verdict */
	if (s->json) {
		bus_json_begin(&j, "telegram");
		bus_json_text(&j, "verb", "send");
		bus_json_hex(&j, "telegram", e->bytes, e->len);
		bus_json_end(&j);
		return;
	}
	for (uint16_t i = 0; i < e->len; i++)
		printf(i ? " %02X" : "%02X", e->bytes[i]);
	putchar('\n');
}

static int parse_bytes(struct sender *s, char *const *words, unsigned n, size_t max)
{
	for (unsigned i = 0; i < n; i++) {
		int k = hex_bytes(words[i], strlen(words[i]), s->bytes + s->len, max - s->len);

		if (k < 0) {
			talk_error("%s: hexadecimal bytes expected, at most %zu in all", words[i],
				max);
			return EXIT_USAGE;
		}
		s->len += (size_t)k;
	}
	return EXIT_OK;
}

static int check_options(const struct args *args, bool raw)
{
	if (raw && (args_has(args, "ud2") || args_has(args, "read-back"))) {
		talk_error("send: --raw is neither --ud2 nor --read-back");
		return EXIT_USAGE;
	}
	if (!raw && args->operand_count < 3) {
		talk_error("send: URL ADDRESS CI [HEX...], or --raw URL HEX...");
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

static int parse_command(struct sender *s, const struct args *args, struct bus_order *order)
{
	uint8_t ci;

	if (hex_bytes(args->operands[2], strlen(args->operands[2]), &ci, 1) != 1) {
		talk_error("%s: a CI is one byte in hex", args->operands[2]);
		return EXIT_USAGE;
	}
	if (args_has(args, "read-back") && ci != CI_SEND) {
		talk_error("send: --read-back compares the records of CI 51");
		return EXIT_USAGE;
	}
	order->request.op = args_has(args, "ud2") ? MB_OP_COMMAND : MB_OP_SEND;
	order->request.ci = ci;
	if (args_has(args, "read-back"))
		order->request.options |= MB_OPTION_READ_BACK;
	snprintf(order->what, sizeof(order->what), "send CI %02X (%.80s)", ci, mb_ci_text(ci));
	snprintf(order->done, sizeof(order->done), "CI %02X sent", ci);
	return parse_bytes(s, args->operands + 3, args->operand_count - 3, MB_FRAME_DATA_MAX);
}

static int parse_raw(struct sender *s, const struct args *args, struct bus_order *order)
{
	int rc = parse_bytes(s, args->operands + 1, args->operand_count - 1, MB_FRAME_MAX);

	order->request.op = MB_OP_RAW;
	snprintf(order->what, sizeof(order->what), "send %zu bytes", s->len);
	snprintf(order->done, sizeof(order->done), "%zu bytes sent", s->len);
	return rc;
}

static int run(const struct args *args)
{
	static struct sender s;
	struct bus_order order = {.verb = "send", .event = take_event, .ctx = &s};
	bool raw = args_has(args, "raw");
	int rc = check_options(args, raw);

	order.request.options = bus_write_options(args);
	if (args_has(args, "once"))
		order.request.options |= MB_OPTION_ONCE;
	if (rc == EXIT_OK)
		rc = raw ? parse_raw(&s, args, &order) : parse_command(&s, args, &order);
	if (rc != EXIT_OK)
		return rc;
	s.json = args_has(args, "json");
	order.request.payload = s.bytes;
	order.request.payload_len = (uint16_t)s.len;
	return bus_write(&order, args, raw ? 0 : 1);
}

const struct verb verb_send = {
	.name = "send",
	.operands = "URL ADDRESS CI [HEX...]",
	.help = "send any command",
	.details = "SND_UD with this CI and these bytes; the meter acknowledges. With --raw URL "
		   "HEX... the bytes\n"
		   "go out as they are, frame and all. Frames that come back are printed in hex, "
		   "as meterbus\n"
		   "decode takes them. Commands that add or subtract are never repeated.\n",
	.examples = "meterbus send /dev/ttyUSB0 5 51 0C 13 00 00 00 00 --read-back\n"
		    "meterbus send --dry-run /dev/ttyUSB0 5 B1\n"
		    "meterbus send --yes --raw /dev/ttyUSB0 10 5B 05 60 16 | meterbus decode\n",
	.options = options,
	.operands_min = 2,
	.operands_max = 3 + MB_FRAME_DATA_MAX,
	.run = run,
};
