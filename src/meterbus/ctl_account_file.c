/* SPDX-License-Identifier: MIT */
/* ctl: accounts to and from files. */
#include "meterbus/ctl_file.h"
#include "meterbus/ctl_show.h"
#include "meterbus/ctl_verbs.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <stdio.h>

static int ctl_export(struct ctl *c, const struct args *args)
{
	struct ctl_answer answer;
	struct ctl_path path;
	const char *raw;
	size_t len;
	int rc;

	ctl_path(&path, "/export", NULL);
	ctl_query_args(&path, args, CTL_FILTERS);
	rc = ctl_call(c, "GET", &path, NULL, NULL, &answer);
	if (rc != EXIT_OK)
		return rc;
	raw = json_in_raw(answer.root, &len);
	if (args->operand_count)
		rc = ctl_file_write(args->operands[0], raw, len, false);
	else
		ctl_print_raw(answer.root);
	if (args->operand_count && rc == EXIT_OK)
		talk_note("%zu accounts; keys are never exported",
			json_in_count(json_in_get(answer.root, "accounts")));
	ctl_answer_done(&answer);
	return rc;
}

void ctl_show_imported(const struct ctl *c, struct json_in imported)
{
	bool dry = json_in_flag(json_in_get(imported, "dry_run"));

	if (c->json) {
		ctl_print_raw(imported);
		return;
	}
	for (struct json_in v = json_in_first(json_in_get(imported, "names")); json_in_there(v);
		v = json_in_next(v))
		printf("%s\n", json_in_text(v));
	talk_note("%s made, %s changed%s", json_in_text(json_in_get(imported, "created")),
		json_in_text(json_in_get(imported, "changed")),
		dry ? "; nothing was done: it was a dry run" : "");
}

static int ctl_import(struct ctl *c, const struct args *args)
{
	bool merge = args_has(args, "merge"), replace = args_has(args, "replace");
	bool dry = args_has(args, "dry-run");
	struct ctl_answer answer;
	struct ctl_path path;
	struct buf text;
	int rc;

	if (merge && replace) {
		talk_error("import: either --merge or --replace");
		return EXIT_USAGE;
	}
	if (replace && !dry && !args_has(args, "yes") &&
		!talk_confirm("replace the accounts that are in this file?")) {
		talk_error("import: nothing was changed; --yes does it without a question");
		return EXIT_REFUSED;
	}
	buf_init(&text, CTL_BODY_MAX);
	ctl_path(&path, "/import", NULL);
	ctl_query(&path, "mode", merge ? "merge" : replace ? "replace" : "new");
	if (dry)
		ctl_query(&path, "dry_run", "true");
	rc = ctl_file_read(args->operands[0], &text);
	if (rc == EXIT_OK)
		rc = ctl_call(c, "POST", &path, (const char *)text.bytes, NULL, &answer);
	if (rc == EXIT_OK) {
		ctl_show_imported(c, answer.root);
		ctl_answer_done(&answer);
	}
	buf_done(&text);
	return rc;
}

CTL_RUN(export)
CTL_RUN(import)

static const struct option_row export_options[] = {CTL_FILTER_OPTIONS, {0}};
static const struct option_row import_options[] = {
	{"dry-run", 0, ARG_TEXT, NULL, "only tell what would be done", NULL},
	{"merge", 0, ARG_TEXT, NULL, "known accounts are changed where the file says so", NULL},
	{"replace", 0, ARG_TEXT, NULL, "known accounts become those of the file", NULL},
	{"yes", 'y', ARG_TEXT, NULL, "do not ask", NULL},
	{0},
};

const struct verb ctl_verb_export = {
	.name = "ctl export",
	.operands = "[FILE]",
	.help = "write accounts as a JSON document, without keys",
	.examples = "meterbus ctl export accounts.json\n"
		    "meterbus ctl export --tag cellar > cellar.json\n",
	.options = export_options,
	.operands_max = 1,
	.more = ctl_options,
	.run = run_export,
};

const struct verb ctl_verb_import = {
	.name = "ctl import",
	.operands = "FILE",
	.help = "make accounts out of a document, all or none; - is stdin",
	.examples = "meterbus ctl import accounts.json --merge --dry-run\n",
	.options = import_options,
	.operands_min = 1,
	.operands_max = 1,
	.more = ctl_options,
	.run = run_import,
};
