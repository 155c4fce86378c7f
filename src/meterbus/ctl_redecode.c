/* SPDX-License-Identifier: MIT */
/* ctl: decoding stored telegrams again, with the tables of today. */
#include "meterbus/ctl_show.h"
#include "meterbus/ctl_verbs.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <stdio.h>

#define NAMES_MAX 1000

/* clang-format off */
static const struct ctl_column columns[] = {
	{"KEY",         "key",                  ctl_show_text, false},
	{"DESCRIPTION", "new_meta.description", ctl_show_text, false},
	{"NEW",         "new_series",           ctl_show_flag, false},
	{"SAME",        "same",                 ctl_show_text, true},
	{"ADDED",       "added",                ctl_show_count, true},
	{"CHANGED",     "changed",              ctl_show_count, true},
	{"REMOVED",     "removed",              ctl_show_bad_count, true},
};
/* clang-format on */

struct redecode {
	struct ctl *c;
	const struct args *args;
};

static void tell(struct ctl *c, const char *name, struct json_in preview, bool dry)
{
	struct json_in items = json_in_get(preview, "items");
	struct ctl_table t;

	ctl_table_init(&t, c, CTL_COLUMNS(columns));
	for (struct json_in v = json_in_first(items); json_in_there(v); v = json_in_next(v))
		ctl_table_row(&t, v, v);
	talk_note("%s: %s answers decoded, %zu series %s", name,
		json_in_text(json_in_get(preview, "chains")), json_in_count(items),
		dry ? "would differ" : "differed");
	ctl_table_done(&t);
}

static int redecode(const struct redecode *r, const char *name)
{
	bool dry = args_has(r->args, "dry-run");
	struct ctl_answer answer;
	struct ctl_path path;
	int rc;

	ctl_path(&path, "/accounts/", name, "/redecode", NULL);
	ctl_query_args(&path, r->args, "all");
	rc = ctl_call(r->c, dry ? "GET" : "POST", &path, NULL, NULL, &answer);
	if (rc != EXIT_OK)
		return rc;
	if (r->c->json)
		ctl_print_raw(answer.root);
	else
		tell(r->c, name, answer.root, dry);
	ctl_answer_done(&answer);
	return EXIT_OK;
}

static int redecode_item(void *ctx, struct json_in account)
{
	return redecode(ctx, json_in_text(json_in_get(account, "name")));
}

static int ctl_redecode(struct ctl *c, const struct args *args)
{
	struct redecode r = {c, args};
	struct ctl_path path;
	int rc = EXIT_OK;

	if (!args_has(args, "dry-run") && !args_has(args, "yes") &&
		!talk_confirm("replace stored values by what is decoded now?")) {
		talk_error("redecode: nothing was changed; --yes does it, --dry-run shows it");
		return EXIT_REFUSED;
	}
	for (unsigned i = 0; i < args->operand_count && rc == EXIT_OK; i++)
		rc = redecode(&r, args->operands[i]);
	if (args->operand_count)
		return rc;
	ctl_path(&path, "/accounts", NULL);
	return ctl_each(c, &path, 0, redecode_item, &r);
}

CTL_RUN(redecode)

static const struct option_row options[] = {
	{"dry-run", 0, ARG_TEXT, NULL, "only tell what would be different", NULL},
	{"all", 'a', ARG_TEXT, NULL, "list series that stay as they are, too", NULL},
	{"yes", 'y', ARG_TEXT, NULL, "do not ask", NULL},
	{0},
};

const struct verb ctl_verb_redecode = {
	.name = "ctl redecode",
	.operands = "[NAME...]",
	.help = "decode the stored telegrams of accounts (of all) again, and keep what differs",
	.examples = "meterbus ctl redecode heat-1 --dry-run\n"
		    "meterbus ctl redecode --yes\n",
	.options = options,
	.more = ctl_options,
	.operands_max = NAMES_MAX,
	.run = run_redecode,
};
