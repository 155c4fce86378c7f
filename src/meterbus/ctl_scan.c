/* SPDX-License-Identifier: MIT */
/* ctl: searching a bus beside all that is read on it. */
#include "base/json_out.h"
#include "meterbus/ctl_show.h"
#include "meterbus/ctl_verbs.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TELL_MS 500 /* between two looks at how far it is */

static void show_twin(const struct ctl *c, struct json_in found, struct ctl_cell *cell)
{
	static const struct {
		const char *flag, *word;
	} marks[] = {
		{"twin", "equal identification, "},
		{"other_identity", "answers as another one, "},
		{"no_data", "no data, "},
		{"bad_data", "bad data, "},
	};

	(void)c;
	cell->style = STYLE_BAD;
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		if (json_in_flag(json_in_get(found, marks[i].flag)))
			strcat(cell->text, marks[i].word);
	}
	if (*cell->text)
		cell->text[strlen(cell->text) - 2] = '\0';
}

/* clang-format off */
static const struct ctl_column found_columns[] = {
	{"ADDRESS",        "address",              ctl_show_text, false},
	{"IDENTIFICATION", "meter.identification", ctl_show_text, false},
	{"MAKER",          "meter.manufacturer",   ctl_show_text, false},
	{"VERSION",        "meter.version",        ctl_show_text, true},
	{"MEDIUM",         "meter.medium_text",    ctl_show_text, false},
	{"PRIMARY",        "primary",              ctl_show_text, true},
	{"BAUD",           "baud_rate",            ctl_show_text, true},
	{"MARK",           "",                     show_twin, false},
};
/* clang-format on */

/* ---- the order ---- */

static void put_number(struct json_out *j, const char *key, uint64_t n)
{
	json_out_key(j, key);
	json_out_u64(j, n);
}

static int put_bauds(struct json_out *j, const char *text)
{
	json_out_key(j, "bauds");
	json_out_array(j);
	while (*text) {
		char *end;
		unsigned long baud = strtoul(text, &end, 10);

		if (*text < '0' || *text > '9' || (*end && *end != ',') || baud > 4000000) {
			talk_error("--baud %s: must be speeds with commas between", text);
			return EXIT_USAGE;
		}
		json_out_u64(j, baud);
		text = end + (*end == ',');
	}
	json_out_end(j);
	return EXIT_OK;
}

static int put_order(const struct args *args, struct json_out *j)
{
	uint64_t first = 0, last = 250, max_s = 0;
	const char *flags[] = {"verify", "hex"};
	int rc = args_number(args, "first", 0, 250, &first);

	if (rc == EXIT_OK)
		rc = args_number(args, "last", first, 250, &last);
	if (rc == EXIT_OK)
		rc = args_number(args, "max-time", 1, 86400, &max_s);
	if (rc != EXIT_OK)
		return rc;
	json_out_key(j, "kind");
	json_out_text(j, args_has(args, "primary") ? "primary" : "secondary");
	put_number(j, "first", first);
	put_number(j, "last", last);
	put_number(j, "max_s", max_s);
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		json_out_key(j, flags[i]);
		json_out_bool(j, args_has(args, flags[i]));
	}
	if (args_value(args, "scope"))
		json_out_key(j, "scope"), json_out_text(j, args_value(args, "scope"));
	return args_value(args, "baud") ? put_bauds(j, args_value(args, "baud")) : EXIT_OK;
}

static int start(struct ctl *c, const struct args *args, const struct ctl_path *path)
{
	struct buf body;
	struct json_out j = JSON_OUT(&body);
	int rc;

	buf_init(&body, CTL_BODY_MAX);
	json_out_object(&j);
	rc = put_order(args, &j);
	json_out_end(&j);
	if (rc == EXIT_OK)
		rc = ctl_body_end(&j);
	if (rc == EXIT_OK)
		rc = ctl_do(c, "POST", path, (const char *)body.bytes);
	buf_done(&body);
	return rc;
}

/* ---- its way and its end ---- */

static bool running(struct json_in scan)
{
	return strcmp(json_in_text(json_in_get(scan, "state")), "running") == 0;
}

static void tell_progress(struct json_in scan)
{
	int64_t ppm = 0, eta_ms = 0;
	char left[48] = "";

	json_in_i64(json_in_get(scan, "part_ppm"), &ppm);
	if (json_in_i64(json_in_get(scan, "eta_ms"), &eta_ms) && eta_ms > 0)
		talk_duration((uint64_t)eta_ms * 1000, left, sizeof(left));
	talk_progress("%lld %%, %zu found%s%s", (long long)(ppm / 10000),
		json_in_count(json_in_get(scan, "found")), *left ? ", about " : "", left);
}

/* ret_scan: the end of it. */
static int follow(struct ctl *c, const struct ctl_path *path, struct ctl_answer *ret_scan)
{
	struct ctl_path wait = *path;
	int rc;

	ctl_query_u64(&wait, "wait_ms", TELL_MS);
	for (;;) {
		rc = ctl_call(c, "GET", &wait, NULL, NULL, ret_scan);
		if (rc != EXIT_OK || !running(ret_scan->root))
			break;
		tell_progress(ret_scan->root);
		ctl_answer_done(ret_scan);
	}
	talk_progress("%s", "");
	return rc;
}

static int tell(struct ctl *c, struct json_in scan)
{
	struct json_in found = json_in_get(scan, "found");
	const char *error = json_in_text(json_in_get(scan, "error"));
	bool complete = json_in_flag(json_in_get(scan, "complete"));
	struct ctl_table t;

	if (c->json) {
		ctl_print_raw(scan);
	} else {
		ctl_table_init(&t, c, CTL_COLUMNS(found_columns));
		for (struct json_in v = json_in_first(found); json_in_there(v); v = json_in_next(v))
			ctl_table_row(&t, v, v);
		ctl_table_done(&t);
		talk_note("%zu meters%s%s", json_in_count(found),
			complete || running(scan) ? "" : "; not complete: ",
			complete ? "" : json_in_text(json_in_get(scan, "reason")));
		for (struct json_in v = json_in_first(json_in_get(scan, "notes")); json_in_there(v);
			v = json_in_next(v))
			talk_note("%s %s", json_in_text(json_in_get(v, "address")),
				json_in_text(json_in_get(v, "text")));
	}
	if (*error)
		talk_error("%s", error);
	return *error ? EXIT_PORT : complete || running(scan) ? EXIT_OK : EXIT_SOME;
}

static int ctl_scan(struct ctl *c, const struct args *args)
{
	struct ctl_answer scan;
	struct ctl_path path;
	int rc = EXIT_OK;

	ctl_path(&path, "/buses/", args->operands[0], "/scan", NULL);
	if (args_has(args, "stop"))
		return ctl_do(c, "DELETE", &path, NULL);
	if (!args_has(args, "last-result"))
		rc = start(c, args, &path);
	if (rc == EXIT_OK && args_has(args, "no-wait"))
		return rc;
	if (rc == EXIT_OK)
		rc = args_has(args, "last-result") ? ctl_call(c, "GET", &path, NULL, NULL, &scan)
						   : follow(c, &path, &scan);
	if (rc != EXIT_OK)
		return rc;
	rc = tell(c, scan.root);
	ctl_answer_done(&scan);
	return rc;
}

CTL_RUN(scan)

static const struct option_row options[] = {
	{"primary", 0, ARG_TEXT, NULL, "primary addresses instead of secondary ones", NULL},
	{"first", 0, ARG_TEXT, "N", "primary: from here (0)", NULL},
	{"last", 0, ARG_TEXT, "N", "primary: up to here (250)", NULL},
	{"scope", 0, ARG_TEXT, "ADDRESS", "secondary: only these, as 1234FFFF", NULL},
	{"hex", 0, ARG_TEXT, NULL, "secondary: digits A to F, too", NULL},
	{"verify", 0, ARG_TEXT, NULL, "read each meter again by its full address", NULL},
	{"baud", 0, ARG_TEXT, "BAUD,...", "speeds, one after the other", NULL},
	{"max-time", 0, ARG_TEXT, "S", "end after so long on the bus", NULL},
	{"no-wait", 0, ARG_TEXT, NULL, "do not wait for the end", NULL},
	{"last-result", 0, ARG_TEXT, NULL, "show what the last search has found so far", NULL},
	{"stop", 0, ARG_TEXT, NULL, "end the search; once it has ended, forget it", NULL},
	{0},
};

const struct verb ctl_verb_scan = {
	.name = "ctl scan",
	.operands = "BUS",
	.help = "search a bus for meters, beside all that is read on it",
	.details = "The search goes on in the daemon when this is interrupted. What it finds "
		   "becomes\naccounts by meterbus ctl adopt.\n",
	.examples = "meterbus ctl scan roof\n"
		    "meterbus ctl scan roof --primary --last 32\n"
		    "meterbus ctl scan roof --stop\n",
	.options = options,
	.operands_min = 1,
	.operands_max = 1,
	.more = ctl_options,
	.run = run_scan,
};
