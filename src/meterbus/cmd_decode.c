/* SPDX-License-Identifier: MIT */
#include "export/format.h"
#include "meterbus/args.h"
#include "meterbus/exit.h"
#include "base/hex.h"
#include "meterbus/input.h"
#include "meterbus/keys.h"
#include "meterbus/print.h"
#include "meterbus/readout.h"
#include "meterbus/talk.h"
#include "meterbus/verbs.h"

#include <meterbus/error.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE 16384

static const struct option_row options[] = {
	PRINT_OPTIONS,
	KEYS_OPTIONS,
	{0},
};

/* Everything that a run of decode holds. */
struct decode {
	struct print *print;
	struct input input;
	struct mb_chain chain;
	struct keys keys;
	/* XML must know whether a second answer comes: the first one waits for it */
	struct readout readouts[2];
	unsigned current; /* of readouts, being filled */
	bool waiting; /* the other one */
	bool begun; /* the current one has something */
	const char *name; /* of the file; NULL for an argument */
	bool everything; /* short frames of captures, too */
	unsigned long answers, failed;
	int first_error;
};

/* ---- answers ---- */

static void finish(struct decode *d)
{
	struct readout *r = &d->readouts[d->current];
	int error;

	if (!d->begun)
		return;
	d->begun = false;
	error = answer_error(&r->answer);
	d->answers++;
	if (error < 0) {
		d->failed++;
		d->first_error = d->first_error ? d->first_error : error;
	}
	if (d->answers == 1) {
		d->waiting = true;
		d->current = !d->current;
		return;
	}
	if (d->waiting) {
		print_many(d->print);
		print_answer(d->print, &d->readouts[!d->current].answer);
		d->waiting = false;
	}
	print_answer(d->print, &r->answer);
}

static void finish_all(struct decode *d)
{
	finish(d);
	if (d->waiting)
		print_answer(d->print, &d->readouts[!d->current].answer);
	d->waiting = false;
}

static void begin(struct decode *d, const struct input_item *item)
{
	char source[READOUT_SOURCE_MAX];

	if (!d->name)
		source[0] = 0;
	else if (item->line)
		snprintf(source, sizeof(source), "%.200s:%lu", d->name, item->line);
	else
		snprintf(source, sizeof(source), "%.200s@%lu", d->name, item->offset);
	readout_begin(&d->readouts[d->current], d->name ? source : NULL);
	d->begun = true;
}

static bool is_wanted(const struct decode *d, const struct input_item *item)
{
	return d->everything || !item->direction || item->error || item->len > 5;
}

static void take(struct decode *d, const struct input_item *item)
{
	struct readout *r = &d->readouts[d->current];

	if (!is_wanted(d, item))
		return;
	if (!d->begun || item->error || !readout_follows(r, item->bytes, item->len)) {
		finish(d);
		begin(d, item);
		r = &d->readouts[d->current];
	}
	if (item->bytes)
		readout_add(r, item->bytes, item->len, item->error, item->time_us);
	else
		readout_fail(r, item->error, item->note);
	if (!r->more)
		finish(d);
}

static void take_items(struct decode *d)
{
	struct input_item item;

	while (input_next(&d->input, &item) > 0)
		take(d, &item);
}

static void take_bytes(struct decode *d, const void *bytes, size_t n)
{
	for (size_t at = 0; at < n;) {
		at += input_push(&d->input, (const uint8_t *)bytes + at, n - at);
		take_items(d);
	}
}

static void end_input(struct decode *d)
{
	input_end(&d->input);
	take_items(d);
	if (d->input.skipped)
		talk_note("%s: %lu records of other kinds skipped", d->name ? d->name : "input",
			d->input.skipped);
}

/* ---- where the bytes come from ---- */

static bool is_hex(const char *text)
{
	static uint8_t bytes[INPUT_BYTES_MAX];

	return hex_bytes(text, strlen(text), bytes, sizeof(bytes)) > 0;
}

static int decode_file(struct decode *d, const char *name)
{
	bool standard = strcmp(name, "-") == 0;
	FILE *file = standard ? stdin : fopen(name, "rb");
	char bytes[READ_SIZE];
	ssize_t n = 0;

	if (!file) {
		talk_error("%s: %s%s", name, strerror(errno),
			errno == ENOENT ? " (and it is no hexadecimal telegram)" : "");
		return EXIT_USAGE;
	}
	input_init(&d->input);
	d->name = standard ? "stdin" : name;
	while ((n = read(fileno(file), bytes, sizeof(bytes))) > 0) {
		take_bytes(d, bytes, (size_t)n);
		print_flush(d->print);
	}
	if (n < 0)
		talk_error("%s: %s", name, strerror(errno));
	end_input(d);
	if (!standard)
		fclose(file);
	return n < 0 ? EXIT_USAGE : EXIT_OK;
}

static void decode_hex(struct decode *d, char *const *words, unsigned n)
{
	input_init(&d->input);
	d->name = NULL;
	for (unsigned i = 0; i < n; i++) {
		take_bytes(d, words[i], strlen(words[i]));
		take_bytes(d, " ", 1);
	}
	end_input(d);
}

/* All operands are bytes of hex unless one is a file. */
static bool operands_are_hex(const struct args *args)
{
	for (unsigned i = 0; i < args->operand_count; i++)
		if (access(args->operands[i], F_OK) == 0 || !is_hex(args->operands[i]))
			return false;
	return args->operand_count > 0;
}

static int decode_operands(struct decode *d, const struct args *args)
{
	int rc = EXIT_OK;

	if (args->operand_count == 0 && isatty(STDIN_FILENO)) {
		talk_error("decode: give hex bytes, a file, or - for the standard input");
		return EXIT_USAGE;
	}
	if (args->operand_count == 0)
		return decode_file(d, "-");
	if (operands_are_hex(args)) {
		decode_hex(d, args->operands, args->operand_count);
		return EXIT_OK;
	}
	for (unsigned i = 0; i < args->operand_count && rc == EXIT_OK; i++)
		rc = decode_file(d, args->operands[i]);
	return rc;
}

static int result(const struct decode *d)
{
	if (d->answers == 0) {
		talk_error("decode: no telegram there");
		return EXIT_TELEGRAM;
	}
	if (d->failed == 0)
		return EXIT_OK;
	if (d->answers > 1)
		talk_note("%lu of %lu telegrams have errors", d->failed, d->answers);
	return d->failed < d->answers ? EXIT_SOME : exit_of_error(d->first_error);
}

static int run(const struct args *args)
{
	struct decode *d = calloc(1, sizeof(*d));
	int rc = d ? print_open(&d->print, args, "table") : EXIT_OUTPUT;

	if (rc == EXIT_OK)
		rc = keys_read(&d->keys, args);
	if (rc == EXIT_OK) {
		d->everything = strcmp(print_format(d->print)->name, "annotate") == 0;
		for (int i = 0; i < 2; i++)
			readout_init(&d->readouts[i], &d->keys, print_profile(d->print), &d->chain);
		rc = decode_operands(d, args);
		finish_all(d);
		if (rc == EXIT_OK)
			rc = result(d);
	}
	if (d) {
		if (print_close(d->print) < 0 && rc == EXIT_OK)
			rc = EXIT_OUTPUT;
		keys_wipe(&d->keys);
	}
	free(d);
	return rc;
}

const struct verb verb_decode = {
	.name = "decode",
	.operands = "[HEX... | FILE... | -]",
	.help = "explain telegrams",
	.details =
		"HEX may have blanks, commas or 0x. A FILE has telegrams in hex, one a line or one "
		"over\n"
		"several lines, or binary frames, or is a capture of meterbus monitor, or the log "
		"of a\n"
		"SmartCom terminal (^SCDATA: lines). Telegrams of one answer are put together.\n",
	.examples = "meterbus decode 68 04 04 68 08 01 70 08 81 16\n"
		    "meterbus decode -f annotate telegram.hex\n"
		    "meterbus decode -f json --key-file keys.txt log.txt | jq .records\n"
		    "echo 680404680801700881 16 | meterbus decode -f xml\n",
	.options = options,
	.operands_max = 1000,
	.run = run,
};
