/* SPDX-License-Identifier: MIT */
/* ctl: tokens, and keeping one. */
#include "base/json_out.h"
#include "meterbus/ctl_file.h"
#include "meterbus/ctl_show.h"
#include "meterbus/ctl_time.h"
#include "meterbus/ctl_verbs.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_FILE "first-token" /* of the daemon */
#define ROLES "viewer operator manager"

/* clang-format off */
static const struct ctl_column columns[] = {
	{"NAME",      "name",    ctl_show_text, false},
	{"ROLE",      "role",    ctl_show_text, false},
	{"CREATED",   "created", ctl_show_time, false},
	{"EXPIRES",   "expires", ctl_show_age, false},
	{"LAST USED", "used",    ctl_show_age, false},
};
/* clang-format on */

static int ctl_tokens(struct ctl *c, const struct args *args)
{
	struct ctl_path path;

	(void)args;
	ctl_path(&path, "/tokens", NULL);
	path.whole = true;
	return ctl_list(c, &path, 0, CTL_COLUMNS(columns), "no tokens");
}

static int make_token(struct ctl *c, const char *name, const char *role, int64_t expires_s,
	struct ctl_answer *ret_made)
{
	char text[512];
	struct buf body;
	struct json_out j = JSON_OUT(&body);
	struct ctl_path path;

	buf_init(&body, sizeof(text));
	json_out_object(&j);
	json_out_key(&j, "name"), json_out_text(&j, name);
	json_out_key(&j, "role"), json_out_text(&j, role);
	json_out_key(&j, "expires_s"), json_out_i64(&j, expires_s);
	json_out_end(&j);
	if (!json_out_ok(&j)) {
		talk_error("%s: this name is too long", name);
		buf_done(&body);
		return EXIT_USAGE;
	}
	snprintf(text, sizeof(text), "%.*s", (int)body.len, (const char *)body.bytes);
	buf_done(&body);
	ctl_path(&path, "/tokens", NULL);
	return ctl_call(c, "POST", &path, text, NULL, ret_made);
}

/* "30d" from now is as far as "30d" ago. */
static int read_expiry(struct ctl *c, const struct args *args, int64_t *ret_s)
{
	const char *text = args_value(args, "expires");
	int64_t ms = c->now_ms;

	if (text && (!ctl_time_parse(text, c->now_ms, &ms) || ms >= c->now_ms ||
			    !strpbrk(text, "smhdw"))) {
		talk_error("--expires %s: must be a span like 12h, 30d or 8w", text);
		return EXIT_USAGE;
	}
	*ret_s = (c->now_ms - ms) / 1000;
	return EXIT_OK;
}

static int ctl_token_create(struct ctl *c, const struct args *args)
{
	struct ctl_answer made;
	int64_t expires_s = 0;
	int rc = read_expiry(c, args, &expires_s);

	if (rc == EXIT_OK)
		rc = make_token(c, args->operands[0], args->operands[1], expires_s, &made);
	if (rc != EXIT_OK)
		return rc;
	if (c->json)
		ctl_print_raw(made.root);
	else
		printf("%s\n", json_in_text(json_in_get(made.root, "token")));
	talk_note("this secret is shown only now");
	ctl_answer_done(&made);
	return EXIT_OK;
}

static int ctl_token_revoke(struct ctl *c, const struct args *args)
{
	char question[200];
	struct ctl_path path;

	snprintf(question, sizeof(question), "revoke the token %s?", args->operands[0]);
	if (!args_has(args, "yes") && !talk_confirm(question)) {
		talk_error("token-revoke: nothing was revoked; --yes does it without a question");
		return EXIT_REFUSED;
	}
	ctl_path(&path, "/tokens/", args->operands[0], NULL);
	return ctl_do(c, "DELETE", &path, NULL);
}

/* ---- login ---- */

/* "anna@gateway", of what the API allows in names. */
static void default_name(char *ret_name, size_t max)
{
	const char *user = getenv("USER");
	char host[65] = "";

	gethostname(host, sizeof(host) - 1);
	host[strcspn(host, ".")] = '\0';
	snprintf(ret_name, max, "%.24s-%.32s", user && *user ? user : "user", host);
	for (char *p = ret_name; *p; p++) {
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-",
			    *p))
			*p = '_';
	}
}

/* The directories above a file, for us alone. */
static void make_parents(const char *path)
{
	char part[4096];

	for (const char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(p - path), path);
		mkdir(part, 0700); /* what goes wrong here, the file says */
	}
}

static int keep(const char *file, struct json_in secret)
{
	char line[CTL_TOKEN_MAX + 2];
	int rc;

	snprintf(line, sizeof(line), "%s\n", json_in_text(secret));
	make_parents(file);
	rc = ctl_file_write(file, line, strlen(line), true);
	explicit_bzero(line, sizeof(line));
	return rc;
}

static bool said(const char *variable)
{
	const char *value = getenv(variable);

	return value && *value;
}

/* Where a daemon of this machine puts it, unless its configuration says otherwise. */
static int use_first(struct ctl *c, const struct args *args)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	char paths[3][4096] = {"/var/lib/meterbus/" FIRST_FILE};

	if (args_has(args, "token") || args_has(args, "token-file") || said("METERBUS_TOKEN") ||
		said("METERBUS_TOKEN_FILE"))
		return EXIT_OK;
	if (state && *state == '/')
		snprintf(paths[1], sizeof(paths[1]), "%s/meterbus/" FIRST_FILE, state);
	if (home && *home == '/')
		snprintf(paths[2], sizeof(paths[2]), "%s/.local/state/meterbus/" FIRST_FILE, home);
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		if (*paths[i] && access(paths[i], R_OK) == 0) {
			talk_note("with the token in %s", paths[i]);
			return ctl_use_token(c, paths[i]);
		}
	}
	return EXIT_OK;
}

static int ctl_login(struct ctl *c, const struct args *args)
{
	const char *role = args_value(args, "role"), *given = args_value(args, "name");
	char name[100], file[4096];
	struct ctl_answer made;
	struct ctl_path path;
	int rc;

	ctl_token_path(file, sizeof(file));
	rc = use_first(c, args);
	if (rc != EXIT_OK)
		return rc;
	if (!*c->token || !*file) {
		talk_error(*file ? "login: give the first token: --token-file DATA/first-token"
				 : "login: there is no HOME to keep a token in");
		return EXIT_USAGE;
	}
	default_name(name, sizeof(name));
	rc = make_token(c, given ? given : name, role ? role : "manager", 0, &made);
	if (rc != EXIT_OK)
		return rc;
	rc = keep(file, json_in_get(made.root, "token"));
	if (rc == EXIT_OK)
		talk_note("%s keeps a token named %s from now on", file, given ? given : name);
	else { /* nobody will ever have it */
		ctl_path(&path, "/tokens/", given ? given : name, NULL);
		ctl_do(c, "DELETE", &path, NULL);
	}
	ctl_answer_done(&made);
	return rc;
}

CTL_RUN(tokens)
CTL_RUN(token_create)
CTL_RUN(token_revoke)
CTL_RUN(login)

static const struct option_row create_options[] = {
	{"expires", 0, ARG_TEXT, "SPAN", "good for 12h, 30d ... (for ever)", NULL},
	{0},
};
static const struct option_row revoke_options[] = {
	{"yes", 'y', ARG_TEXT, NULL, "do not ask", NULL},
	{0},
};
static const struct option_row login_options[] = {
	{"name", 0, ARG_TEXT, "NAME", "of the new token (USER-HOST)", NULL},
	{"role", 0, ARG_CHOICE, "ROLE", "of the new token (manager)", ROLES},
	{0},
};

const struct verb ctl_verb_login = {
	.name = "ctl login",
	.operands = "",
	.help = "make a token of your own by another one, and keep it for all that follows",
	.details = "The daemon writes its first token to first-token in its data directory; it is "
		   "good for an\n"
		   "hour, and is found by itself in the usual places.\n",
	.examples = "meterbus ctl login\n"
		    "meterbus ctl login --token-file /srv/meterbus/first-token --name anna\n",
	.options = login_options,
	.more = ctl_options,
	.run = run_login,
};

const struct verb ctl_verb_tokens = {
	.name = "ctl tokens",
	.operands = "",
	.help = "list the tokens, without their secrets",
	.more = ctl_options,
	.run = run_tokens,
};

const struct verb ctl_verb_token_create = {
	.name = "ctl token-create",
	.operands = "NAME viewer|operator|manager",
	.help = "make a token and print its secret",
	.examples = "meterbus ctl token-create display viewer --expires 30d\n",
	.options = create_options,
	.operands_min = 2,
	.operands_max = 2,
	.more = ctl_options,
	.run = run_token_create,
};

const struct verb ctl_verb_token_revoke = {
	.name = "ctl token-revoke",
	.operands = "NAME",
	.help = "make a token worthless",
	.options = revoke_options,
	.operands_min = 1,
	.operands_max = 1,
	.more = ctl_options,
	.run = run_token_revoke,
};
