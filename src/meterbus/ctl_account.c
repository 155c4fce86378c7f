/* SPDX-License-Identifier: MIT */
/* ctl: accounts. */
#include "meterbus/ctl_account_body.h"
#include "meterbus/ctl_show.h"
#include "meterbus/ctl_verbs.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <stdio.h>
#include <string.h>

#define WORDS_MAX 200

/* ---- a list, with the states beside it ---- */

static void show_place(const struct ctl *c, struct json_in account, struct ctl_cell *cell)
{
	const char *bus = json_in_text(json_in_get(account, "bus"));
	const char *device = json_in_text(json_in_get(account, "device"));

	(void)c;
	if (*bus || *device)
		snprintf(cell->text, sizeof(cell->text), "%s", *bus ? bus : device);
	else
		snprintf(cell->text, sizeof(cell->text), "%s:%s",
			json_in_text(json_in_get(account, "host")),
			json_in_text(json_in_get(account, "port")));
}

static void show_address(const struct ctl *c, struct json_in account, struct ctl_cell *cell)
{
	if (!json_in_flag(json_in_get(account, "secondary"))) {
		ctl_show_text(c, json_in_get(account, "address"), cell);
		return;
	}
	snprintf(cell->text, sizeof(cell->text), "%s.%s.%s.%s",
		json_in_text(json_in_get(account, "identification")),
		json_in_text(json_in_get(account, "manufacturer")),
		json_in_text(json_in_get(account, "version")),
		json_in_text(json_in_get(account, "medium")));
}

/* clang-format off */
static const struct ctl_column list[] = {
	{"NAME",       "name",             ctl_show_text, false},
	{"PLACE",      "",                 show_place, false},
	{"ADDRESS",    "",                 show_address, false},
	{"PERIOD",     "period",           ctl_show_text, false},
	{"CONNECTION", "@connection",      ctl_show_state, false},
	{"SYNC",       "@synchronisation", ctl_show_state, false},
	{"LAST",       "@last.start",      ctl_show_age, false},
	{"NEXT",       "@next_due",        ctl_show_age, false},
	{"TAGS",       "tags",             ctl_show_list, false},
	{"ERROR",      "@last.text",       ctl_show_bad, false},
};
/* clang-format on */

/* Both lists are in order of names; accounts may have come or gone between the two. */
static struct json_in find_state(struct json_in *state, struct json_in states, const char *name)
{
	struct json_in v = *state;

	while (json_in_there(v) && strcmp(json_in_text(json_in_get(v, "name")), name) != 0)
		v = json_in_next(v);
	if (!json_in_there(v)) {
		v = json_in_first(states);
		while (json_in_there(v) && strcmp(json_in_text(json_in_get(v, "name")), name) != 0)
			v = json_in_next(v);
	}
	if (json_in_there(v))
		*state = json_in_next(v);
	return v;
}

static void list_page(struct ctl_table *t, struct json_in accounts, struct json_in states)
{
	struct json_in state = json_in_first(states);

	for (struct json_in v = json_in_first(accounts); json_in_there(v); v = json_in_next(v)) {
		const char *name = json_in_text(json_in_get(v, "name"));

		ctl_table_row(t, v, find_state(&state, states, name));
	}
}

static int get_page(struct ctl *c, const char *noun, const struct args *args, const char *cursor,
	struct ctl_answer *ret_answer)
{
	struct ctl_path path;

	ctl_path(&path, noun, NULL);
	ctl_query_args(&path, args, CTL_FILTERS);
	ctl_query_u64(&path, "limit", CTL_PAGE);
	if (*cursor)
		ctl_query(&path, "cursor", cursor);
	return ctl_call(c, "GET", &path, NULL, NULL, ret_answer);
}

static int list_accounts(struct ctl *c, const struct args *args, struct ctl_table *t)
{
	char cursor[CTL_CURSOR_MAX] = "";
	int rc;

	do {
		struct ctl_answer accounts, states = {0};

		rc = get_page(c, "/accounts", args, cursor, &accounts);
		if (rc != EXIT_OK)
			return rc;
		if (!c->json)
			rc = get_page(c, "/states", args, cursor, &states);
		if (rc == EXIT_OK)
			list_page(t, json_in_get(accounts.root, "items"),
				json_in_get(states.root, "items"));
		if (rc == EXIT_OK)
			rc = ctl_next_page(c, accounts.root, cursor);
		ctl_answer_done(&accounts);
		ctl_answer_done(&states);
	} while (rc == EXIT_OK && *cursor);
	return rc;
}

static int ctl_accounts(struct ctl *c, const struct args *args)
{
	struct ctl_table t;
	int rc;

	ctl_table_init(&t, c, CTL_COLUMNS(list));
	rc = list_accounts(c, args, &t);
	if (rc == EXIT_OK && t.shown == 0 && !c->json)
		talk_note("no accounts");
	ctl_table_done(&t);
	return rc;
}

/* ---- one ---- */

/* As "set" takes them; what is not given is left out. */
static void print_properties(struct json_in account)
{
	char text[CTL_CELL_MAX];

	for (struct json_in v = json_in_first(account); v.doc; v = json_in_next(v)) {
		struct ctl_cell cell = {0};
		const char *value = json_in_text(v);

		if (json_in_type(v) == JSON_IN_ARRAY) {
			ctl_show_list(NULL, v, &cell);
			value = cell.text;
		}
		if (!*value)
			continue;
		snprintf(text, sizeof(text), "%s", value);
		*put_shown(text, text, strlen(text)) = '\0';
		printf("%-20s%s\n", json_in_name(v), text);
	}
}

static int answer_account(struct ctl *c, struct ctl_answer *answer)
{
	if (c->json)
		ctl_print_raw(answer->root);
	else
		print_properties(answer->root);
	ctl_answer_done(answer);
	return EXIT_OK;
}

static int ctl_show(struct ctl *c, const struct args *args)
{
	struct ctl_answer answer;
	struct ctl_path path;
	int rc;

	ctl_path(&path, "/accounts/", args->operands[0], NULL);
	rc = ctl_call(c, "GET", &path, NULL, NULL, &answer);
	return rc == EXIT_OK ? answer_account(c, &answer) : rc;
}

/* ---- changes ---- */

/* The words as an object, "name" first when there is one. */
static int make_body(
	struct ctl *c, const char *name, char *const *words, unsigned count, struct buf *body)
{
	struct json_out j = JSON_OUT(body);
	struct ctl_answer openapi;
	int rc = ctl_account_schema(c, &openapi);

	if (rc != EXIT_OK)
		return rc;
	json_out_object(&j);
	if (name)
		json_out_key(&j, "name"), json_out_text(&j, name);
	rc = ctl_account_body(ctl_account_properties(openapi.root), words, count, &j);
	json_out_end(&j);
	ctl_answer_done(&openapi);
	return rc == EXIT_OK ? ctl_body_end(&j) : rc;
}

static int change(struct ctl *c, const char *method, const struct ctl_path *path,
	const struct buf *body, const char *if_match)
{
	struct ctl_answer answer;
	int rc = ctl_call(c, method, path, (const char *)body->bytes, if_match, &answer);

	return rc == EXIT_OK ? answer_account(c, &answer) : rc;
}

static int ctl_add(struct ctl *c, const struct args *args)
{
	struct ctl_path path;
	struct buf body;
	int rc;

	buf_init(&body, CTL_BODY_MAX);
	ctl_path(&path, "/accounts", NULL);
	rc = make_body(c, args->operands[0], args->operands + 1, args->operand_count - 1, &body);
	if (rc == EXIT_OK)
		rc = change(c, "POST", &path, &body, NULL);
	buf_done(&body);
	return rc;
}

/* Another change meanwhile is not in the way of ours: each property is on its own. */
static int ctl_set(struct ctl *c, const struct args *args)
{
	const char *revision = args_value(args, "revision");
	char etag[64] = "";
	struct ctl_path path;
	struct buf body;
	int rc;

	if (revision)
		snprintf(etag, sizeof(etag), "\"%s\"", revision);
	buf_init(&body, CTL_BODY_MAX);
	ctl_path(&path, "/accounts/", args->operands[0], NULL);
	rc = make_body(c, NULL, args->operands + 1, args->operand_count - 1, &body);
	if (rc == EXIT_OK)
		rc = change(c, "PATCH", &path, &body, etag);
	buf_done(&body);
	return rc;
}

static int ctl_copy(struct ctl *c, const struct args *args)
{
	struct buf changes, body;
	struct json_out j = JSON_OUT(&body);
	struct ctl_path path;
	int rc;

	buf_init(&changes, CTL_BODY_MAX);
	buf_init(&body, CTL_BODY_MAX);
	ctl_path(&path, "/accounts/", args->operands[0], "/copy", NULL);
	rc = make_body(c, NULL, args->operands + 2, args->operand_count - 2, &changes);
	if (rc == EXIT_OK) {
		json_out_object(&j);
		json_out_key(&j, "name"), json_out_text(&j, args->operands[1]);
		json_out_key(&j, "changes");
		json_out_raw(&j, (const char *)changes.bytes, changes.len - 1);
		json_out_end(&j);
		rc = ctl_body_end(&j);
	}
	if (rc == EXIT_OK)
		rc = change(c, "POST", &path, &body, NULL);
	buf_done(&changes);
	buf_done(&body);
	return rc;
}

static int ctl_delete(struct ctl *c, const struct args *args)
{
	char question[200];
	int code = EXIT_OK;

	snprintf(question, sizeof(question), "delete %s%s? its telegrams stay", args->operands[0],
		args->operand_count > 1 ? " and others" : "");
	if (!args_has(args, "yes") && !talk_confirm(question)) {
		talk_error("delete: nothing was deleted; --yes does it without a question");
		return EXIT_REFUSED;
	}
	for (unsigned i = 0; i < args->operand_count; i++) {
		struct ctl_path path;
		int rc;

		ctl_path(&path, "/accounts/", args->operands[i], NULL);
		rc = ctl_do(c, "DELETE", &path, NULL);
		code = i ? exit_merge(code, rc) : rc;
	}
	return code;
}

static int ctl_properties(struct ctl *c, const struct args *args)
{
	struct ctl_answer openapi;
	int rc = ctl_account_schema(c, &openapi);

	(void)args;
	if (rc != EXIT_OK)
		return rc;
	for (struct json_in v = json_in_first(ctl_account_properties(openapi.root)); v.doc;
		v = json_in_next(v)) {
		struct json_in standard = json_in_get(v, "default");
		bool shown = *json_in_text(standard);

		if (json_in_flag(json_in_get(v, "readOnly")))
			continue;
		if (c->json)
			printf("{\"name\":\"%s\",\"schema\":", json_in_name(v));
		else
			printf("%-20s%s%s%s%s", json_in_name(v),
				json_in_text(json_in_get(v, "description")), shown ? " (" : "",
				json_in_text(standard), shown ? ")\n" : "\n");
		if (c->json) {
			size_t len;
			const char *raw = json_in_raw(v, &len);

			printf("%.*s}\n", (int)len, raw);
		}
	}
	ctl_answer_done(&openapi);
	return EXIT_OK;
}

CTL_RUN(accounts)
CTL_RUN(show)
CTL_RUN(add)
CTL_RUN(set)
CTL_RUN(copy)
CTL_RUN(delete)
CTL_RUN(properties)

static const struct option_row list_options[] = {CTL_FILTER_OPTIONS, {0}};
static const struct option_row set_options[] = {
	{"revision", 0, ARG_TEXT, "N", "only if it is still of this revision", NULL},
	{0},
};
static const struct option_row delete_options[] = {
	{"yes", 'y', ARG_TEXT, NULL, "do not ask", NULL},
	{0},
};

const struct verb ctl_verb_accounts = {
	.name = "ctl accounts",
	.operands = "",
	.help = "list the accounts and how they are",
	.examples = "meterbus ctl accounts\n"
		    "meterbus ctl accounts --tag cellar --connection tcp\n"
		    "meterbus ctl accounts --json | jq -r .name\n",
	.options = list_options,
	.more = ctl_options,
	.run = run_accounts,
};

const struct verb ctl_verb_show = {
	.name = "ctl show",
	.operands = "NAME",
	.help = "show the properties of an account",
	.examples = "meterbus ctl show heat-1\n",
	.operands_min = 1,
	.operands_max = 1,
	.more = ctl_options,
	.run = run_show,
};

const struct verb ctl_verb_add = {
	.name = "ctl add",
	.operands = "NAME PROPERTY=VALUE...",
	.help = "make an account; meterbus ctl properties lists what it can have",
	.examples = "meterbus ctl add heat-1 bus=roof address=5 period=15M tags=cellar,heat\n"
		    "meterbus ctl add water-2 host=192.168.1.20 port=10001 secondary=true "
		    "identification=08031768\n",
	.operands_min = 1,
	.operands_max = WORDS_MAX,
	.more = ctl_options,
	.run = run_add,
};

const struct verb ctl_verb_set = {
	.name = "ctl set",
	.operands = "NAME PROPERTY=VALUE...",
	.help = "change properties of an account; PROPERTY= gives the default back",
	.examples = "meterbus ctl set heat-1 period=1H history=true\n"
		    "meterbus ctl set heat-1 suspended=true\n"
		    "meterbus ctl set heat-1 key=000102030405060708090A0B0C0D0E0F\n",
	.options = set_options,
	.operands_min = 2,
	.operands_max = WORDS_MAX,
	.more = ctl_options,
	.run = run_set,
};

const struct verb ctl_verb_copy = {
	.name = "ctl copy",
	.operands = "NAME NEW-NAME [PROPERTY=VALUE...]",
	.help = "make an account like another one",
	.examples = "meterbus ctl copy heat-1 heat-2 address=6\n",
	.operands_min = 2,
	.operands_max = WORDS_MAX,
	.more = ctl_options,
	.run = run_copy,
};

const struct verb ctl_verb_delete = {
	.name = "ctl delete",
	.operands = "NAME...",
	.help = "delete accounts; their telegrams stay",
	.examples = "meterbus ctl delete heat-1 --yes\n",
	.options = delete_options,
	.operands_min = 1,
	.operands_max = WORDS_MAX,
	.more = ctl_options,
	.run = run_delete,
};

const struct verb ctl_verb_properties = {
	.name = "ctl properties",
	.operands = "",
	.help = "list the properties that an account can have, and their defaults",
	.more = ctl_options,
	.run = run_properties,
};
