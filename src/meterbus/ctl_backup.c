/* SPDX-License-Identifier: MIT */
/* ctl: consistent copies of the store. */
#include "meterbus/ctl_http.h"
#include "meterbus/ctl_show.h"
#include "meterbus/ctl_verbs.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* clang-format off */
static const struct ctl_column columns[] = {
	{"NAME", "name",  ctl_show_text, false},
	{"TIME", "time",  ctl_show_time, false},
	{"SIZE", "bytes", ctl_show_bytes, true},
	{"FILE", "file",  ctl_show_text, false},
};
/* clang-format on */

static int ctl_backups(struct ctl *c, const struct args *args)
{
	struct ctl_path path;

	(void)args;
	ctl_path(&path, "/backups", NULL);
	path.whole = true;
	return ctl_list(c, &path, 0, CTL_COLUMNS(columns), "no copies");
}

struct download {
	FILE *file;
	int64_t bytes, wanted; /* came, announced */
	bool failed;
};

static bool take(void *ctx, const char *bytes, size_t n)
{
	struct download *d = ctx;

	d->failed |= fwrite(bytes, 1, n, d->file) != n;
	d->bytes += (int64_t)n;
	return !d->failed && d->bytes <= d->wanted;
}

static int fetch(struct ctl *c, const char *name, struct download *d)
{
	struct buf problem;
	struct ctl_path path;
	struct ctl_http_answer answer = {.body = &problem};
	int rc;

	buf_init(&problem, CTL_BODY_MAX);
	ctl_path(&path, "/backups/", name, NULL);
	rc = ctl_http_ask(c->http,
		&(struct ctl_http_request){
			.method = "GET", .path = path.text, .take = take, .ctx = d},
		&answer);
	if (rc == EXIT_OK && answer.status >= 300)
		rc = ctl_complain(&problem, answer.status);
	buf_done(&problem);
	return rc;
}

/* Complete under its name or not at all. */
static int download(struct ctl *c, struct json_in backup, const char *to)
{
	char part[4096];
	struct download d = {0};
	mode_t old = umask(077);
	int rc;

	snprintf(part, sizeof(part), "%s.part", to);
	d.file = fopen(part, "wx");
	umask(old);
	if (!d.file) {
		talk_error("%s: %s", part, strerror(errno));
		return EXIT_OUTPUT;
	}
	d.wanted = -1;
	json_in_i64(json_in_get(backup, "bytes"), &d.wanted);
	rc = fetch(c, json_in_text(json_in_get(backup, "name")), &d);
	d.failed |= fflush(d.file) != 0 || fsync(fileno(d.file)) != 0;
	d.failed |= fclose(d.file) != 0;
	if (rc == EXIT_OK && !d.failed && d.bytes != d.wanted) {
		talk_error(
			"%s: %lld bytes came of %lld", to, (long long)d.bytes, (long long)d.wanted);
		rc = EXIT_PORT;
	}
	if (rc == EXIT_OK && (d.failed || rename(part, to) < 0)) {
		talk_error("%s: %s", to, strerror(errno));
		rc = EXIT_OUTPUT;
	}
	if (rc != EXIT_OK)
		unlink(part);
	return rc;
}

static int remove_backup(struct ctl *c, const char *name)
{
	struct ctl_path path;

	ctl_path(&path, "/backups/", name, NULL);
	return ctl_do(c, "DELETE", &path, NULL);
}

static int ctl_backup(struct ctl *c, const struct args *args)
{
	struct ctl_answer made;
	struct ctl_path path;
	int rc;

	if (args->operand_count && access(args->operands[0], F_OK) == 0) {
		talk_error("%s: is there already", args->operands[0]);
		return EXIT_USAGE;
	}
	ctl_path(&path, "/backups", NULL);
	rc = ctl_call(c, "POST", &path, NULL, NULL, &made);
	if (rc != EXIT_OK)
		return rc;
	if (args->operand_count) {
		const char *name = json_in_text(json_in_get(made.root, "name"));

		rc = download(c, made.root, args->operands[0]);
		if (!args_has(args, "keep"))
			remove_backup(c, name);
	} else {
		ctl_facts(c, made.root, CTL_COLUMNS(columns));
	}
	ctl_answer_done(&made);
	return rc;
}

static int ctl_backup_delete(struct ctl *c, const struct args *args)
{
	return remove_backup(c, args->operands[0]);
}

CTL_RUN(backup)
CTL_RUN(backups)
CTL_RUN(backup_delete)

static const struct option_row backup_options[] = {
	{"keep", 0, ARG_TEXT, NULL, "with FILE: leave the copy beside the store, too", NULL},
	{0},
};

const struct verb ctl_verb_backup = {
	.name = "ctl backup",
	.operands = "[FILE]",
	.help = "make a consistent copy of the running store: beside it, or as FILE here",
	.examples = "meterbus ctl backup\n"
		    "meterbus ctl backup meterbus-$(date +%F).db\n",
	.options = backup_options,
	.operands_max = 1,
	.more = ctl_options,
	.run = run_backup,
};

const struct verb ctl_verb_backups = {
	.name = "ctl backups",
	.operands = "",
	.help = "list the copies beside the store",
	.more = ctl_options,
	.run = run_backups,
};

const struct verb ctl_verb_backup_delete = {
	.name = "ctl backup-delete",
	.operands = "NAME",
	.help = "delete a copy beside the store",
	.operands_min = 1,
	.operands_max = 1,
	.more = ctl_options,
	.run = run_backup_delete,
};
