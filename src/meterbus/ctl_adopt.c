/* SPDX-License-Identifier: MIT */
/* ctl: what a search has found becomes accounts, all in one transaction. */
#include "meterbus/ctl_account_body.h"
#include "meterbus/ctl_file.h"
#include "meterbus/ctl_pick.h"
#include "meterbus/ctl_show.h"
#include "meterbus/ctl_verbs.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX 250
#define NAME_MAX_LEN 200
#define KNOWN_MAX (1u << 20)

/* A numbered list of meters; documents that hold them are of the caller. */
struct meters {
	struct json_in *list;
	size_t n, size;
	bool *known; /* there is an account already */
	bool *picked;
};

static bool add_meter(struct meters *m, struct json_in found)
{
	if (m->n == m->size) {
		size_t size = m->size ? 2 * m->size : 64;
		struct json_in *list = realloc(m->list, size * sizeof(*list));

		if (!list)
			return false;
		m->list = list;
		m->size = size;
	}
	m->list[m->n++] = found;
	return true;
}

/* Of the API, of meterbus scan --json. */
static const char *meter_id(struct json_in found)
{
	struct json_in meter = json_in_get(found, "meter");
	const char *id = json_in_text(json_in_get(meter, "identification"));

	return *id ? id : json_in_text(json_in_get(meter, "id"));
}

static const char *meter_field(struct json_in found, const char *name)
{
	return json_in_text(json_in_get(json_in_get(found, "meter"), name));
}

/* ---- who has an account already ---- */

static int no_memory(void)
{
	talk_error("adopt: no memory for so many meters or accounts");
	return EXIT_SOME;
}

/* "52401510ITW\n" */
static int note_account(void *ctx, struct json_in account)
{
	const char *id = json_in_text(json_in_get(account, "identification"));
	const char *maker = json_in_text(json_in_get(account, "manufacturer"));
	struct buf *known = ctx;

	if (!*id || (buf_add(known, id, strlen(id)) && buf_add(known, maker, strlen(maker)) &&
			    buf_add(known, "\n", 1)))
		return EXIT_OK;
	return no_memory();
}

static int find_known(struct ctl *c, const char *bus, struct meters *m)
{
	char place[200];
	struct buf known;
	struct ctl_path path;
	int rc;

	buf_init(&known, KNOWN_MAX);
	snprintf(place, sizeof(place), "bus:%s", bus);
	ctl_path(&path, "/accounts", NULL);
	ctl_query(&path, "place", place);
	rc = ctl_each(c, &path, 0, note_account, &known);
	if (rc == EXIT_OK && !buf_add(&known, "", 1))
		rc = no_memory();
	for (size_t i = 0; rc == EXIT_OK && i < m->n; i++) {
		char wanted[2][40];

		snprintf(wanted[0], sizeof(wanted[0]), "%s%s\n", meter_id(m->list[i]),
			meter_field(m->list[i], "manufacturer"));
		snprintf(wanted[1], sizeof(wanted[1]), "%s*\n", meter_id(m->list[i]));
		m->known[i] = *meter_id(m->list[i]) &&
			      (strstr((const char *)known.bytes, wanted[0]) ||
				      strstr((const char *)known.bytes, wanted[1]));
	}
	buf_done(&known);
	return rc;
}

/* ---- the list and the choice ---- */

static void print_meters(const struct meters *m)
{
	for (size_t i = 0; i < m->n; i++) {
		const char *medium = meter_field(m->list[i], "medium_text");

		fprintf(stderr, "%4zu  %-8s %-3s %3s  %-20s %3s%s\n", i + 1, meter_id(m->list[i]),
			meter_field(m->list[i], "manufacturer"), meter_field(m->list[i], "version"),
			*medium ? medium : meter_field(m->list[i], "medium"),
			json_in_text(json_in_get(m->list[i], "primary")),
			m->known[i] ? "  has an account" : "");
	}
}

static int ask(struct meters *m)
{
	char line[512];

	print_meters(m);
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
		talk_note("say which: numbers, 3-5 or all");
		return EXIT_USAGE;
	}
	fputs("which (1,3-5, all)? ", stderr);
	fflush(stderr);
	if (!fgets(line, sizeof(line), stdin) || !ctl_pick(line, m->picked, m->n)) {
		talk_error("adopt: nothing was chosen");
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

/* Words without '=' pick; those with one are properties, moved to the front. */
static int choose(const struct args *args, struct meters *m, unsigned *ret_words)
{
	bool any = args_has(args, "all");
	unsigned words = 0;

	memset(m->picked, any, m->n);
	for (unsigned i = 1; i < args->operand_count; i++) {
		char *word = args->operands[i];

		if (strchr(word, '=')) {
			args->operands[1 + words++] = word;
			continue;
		}
		any = true;
		if (!ctl_pick(word, m->picked, m->n)) {
			talk_error("%s: must be numbers of 1..%zu, as 1,3-5, or all", word, m->n);
			return EXIT_USAGE;
		}
	}
	*ret_words = words;
	return any ? EXIT_OK : ask(m);
}

/* ---- the order ---- */

/* "{manufacturer}-{identification}" */
static int make_name(const char *template, struct json_in found, char *ret_name, size_t max)
{
	size_t len = 0;

	while (*template && len + 1 < max) {
		size_t n = strcspn(template, "}");
		char field[32];
		const char *value;

		if (*template != '{') {
			ret_name[len++] = *template ++;
			continue;
		}
		snprintf(field, sizeof(field), "%.*s", (int)n - 1, template + 1);
		value = strcmp(field, "identification") == 0 ? meter_id(found)
			: strcmp(field, "primary") == 0
				? json_in_text(json_in_get(found, "primary"))
				: meter_field(found, field);
		if (!template[n] || !*value) {
			talk_error("--name: {%s} is not known of every meter; there are "
				   "identification manufacturer version medium primary",
				field);
			return EXIT_USAGE;
		}
		len += (size_t)snprintf(ret_name + len, max - len, "%s", value);
		len = len < max ? len : max - 1;
		template += n + 1;
	}
	ret_name[len] = '\0';
	return EXIT_OK;
}

static void put_member(struct json_out *j, const char *key, const char *value, bool number)
{
	if (!*value)
		return;
	json_out_key(j, key);
	if (number)
		json_out_raw(j, value, strlen(value));
	else
		json_out_text(j, value);
}

static int put_meter(struct json_out *j, const struct args *args, struct json_in found)
{
	const char *template = args_value(args, "name"), *id = meter_id(found);
	const char *primary = json_in_text(json_in_get(found, "primary"));
	char name[NAME_MAX_LEN];
	int rc = template ? make_name(template, found, name, sizeof(name)) : EXIT_OK;

	if (rc != EXIT_OK)
		return rc;
	json_out_object(j);
	if (template)
		put_member(j, "name", name, false);
	if (*id && !(args_has(args, "primary") && *primary)) {
		put_member(j, "identification", id, false);
		put_member(j, "manufacturer", meter_field(found, "manufacturer"), false);
		put_member(j, "version", meter_field(found, "version"), true);
		put_member(j, "medium", meter_field(found, "medium"), true);
	} else {
		put_member(j, "address", primary, true);
	}
	json_out_end(j);
	return EXIT_OK;
}

static int put_meters(struct json_out *j, const struct args *args, const struct meters *m)
{
	bool all = args_has(args, "all");
	size_t n = 0;
	int rc = EXIT_OK;

	json_out_key(j, "meters");
	json_out_array(j);
	for (size_t i = 0; rc == EXIT_OK && i < m->n; i++) {
		if (!m->picked[i] || (all && m->known[i]))
			continue;
		rc = put_meter(j, args, m->list[i]);
		n++;
	}
	json_out_end(j);
	if (rc == EXIT_OK && n == 0) {
		talk_note("adopt: all of them have accounts already");
		return EXIT_SOME;
	}
	return rc;
}

static int put_order(struct ctl *c, const struct args *args, const struct meters *m, unsigned words,
	struct json_out *j)
{
	struct ctl_answer openapi;
	int rc = ctl_account_schema(c, &openapi);

	if (rc != EXIT_OK)
		return rc;
	json_out_object(j);
	json_out_key(j, "dry_run"), json_out_bool(j, args_has(args, "dry-run"));
	json_out_key(j, "defaults");
	json_out_object(j);
	json_out_key(j, "bus"), json_out_text(j, args->operands[0]);
	rc = ctl_account_body(ctl_account_properties(openapi.root), args->operands + 1, words, j);
	json_out_end(j);
	if (rc == EXIT_OK)
		rc = put_meters(j, args, m);
	json_out_end(j);
	ctl_answer_done(&openapi);
	return rc;
}

static int submit(struct ctl *c, const struct args *args, const struct meters *m, unsigned words)
{
	struct ctl_answer answer;
	struct ctl_path path;
	struct buf body;
	struct json_out j = JSON_OUT(&body);
	int rc;

	buf_init(&body, CTL_BODY_MAX);
	ctl_path(&path, "/adopt", NULL);
	rc = put_order(c, args, m, words, &j);
	if (rc == EXIT_OK)
		rc = ctl_body_end(&j);
	if (rc == EXIT_OK)
		rc = ctl_call(c, "POST", &path, (const char *)body.bytes, NULL, &answer);
	buf_done(&body);
	if (rc != EXIT_OK)
		return rc;
	ctl_show_imported(c, answer.root);
	ctl_answer_done(&answer);
	return EXIT_OK;
}

static int adopt(struct ctl *c, const struct args *args, struct meters *m)
{
	unsigned words = 0;
	int rc;

	if (m->n == 0) {
		talk_error("adopt: no meters were found there");
		return EXIT_SILENT;
	}
	m->known = calloc(m->n, sizeof(*m->known));
	m->picked = calloc(m->n, sizeof(*m->picked));
	if (!m->known || !m->picked)
		return no_memory();
	rc = find_known(c, args->operands[0], m);
	if (rc == EXIT_OK)
		rc = choose(args, m, &words);
	return rc == EXIT_OK ? submit(c, args, m, words) : rc;
}

/* ---- where the meters are from ---- */

static int add_found(struct meters *m, struct json_in scan)
{
	for (struct json_in v = json_in_first(json_in_get(scan, "found")); json_in_there(v);
		v = json_in_next(v)) {
		if (!add_meter(m, v))
			return no_memory();
	}
	return EXIT_OK;
}

static int from_bus(struct ctl *c, const struct args *args, struct meters *m)
{
	struct ctl_answer scan;
	struct ctl_path path;
	int rc;

	ctl_path(&path, "/buses/", args->operands[0], "/scan", NULL);
	rc = ctl_call(c, "GET", &path, NULL, NULL, &scan);
	if (rc != EXIT_OK) {
		talk_note("meterbus ctl scan %s searches it", args->operands[0]);
		return rc;
	}
	if (strcmp(json_in_text(json_in_get(scan.root, "state")), "done") != 0)
		talk_note("the search goes on: these were found so far");
	rc = add_found(m, scan.root);
	if (rc == EXIT_OK)
		rc = adopt(c, args, m);
	ctl_answer_done(&scan);
	return rc;
}

/* A document of meterbus ctl scan --json, or a line of meterbus scan --json. */
static int add_document(struct meters *m, struct json_in root)
{
	if (json_in_there(json_in_get(root, "found")))
		return add_found(m, root);
	if (json_in_there(json_in_get(root, "address")) && !add_meter(m, root))
		return no_memory();
	return EXIT_OK;
}

static size_t count_lines(const char *text)
{
	size_t n = 1;

	while ((text = strchr(text, '\n')) != NULL) {
		text++;
		n++;
	}
	return n;
}

/* A document a line; docs has room for all of them, and is the caller's to end. */
static int read_documents(
	const char *name, const char *text, struct json_doc *docs, size_t *ret_n, struct meters *m)
{
	int rc = EXIT_OK;

	for (size_t n = 0; *text && rc == EXIT_OK; *ret_n = ++n) {
		size_t len = strcspn(text, "\n");

		if (len > 0 && json_in(&docs[n], text, len) < 0) {
			talk_error("%s:%zu: no JSON", name, n + 1);
			rc = EXIT_USAGE;
		} else {
			rc = add_document(m, json_in_root(&docs[n]));
		}
		text += len + (text[len] == '\n');
	}
	return rc;
}

static int from_file(struct ctl *c, const struct args *args, struct meters *m)
{
	const char *name = args_value(args, "from");
	struct json_doc *docs = NULL;
	struct buf text;
	size_t n = 0;
	int rc;

	buf_init(&text, CTL_BODY_MAX);
	rc = ctl_file_read(name, &text);
	if (rc == EXIT_OK)
		docs = calloc(count_lines((const char *)text.bytes), sizeof(*docs));
	if (rc == EXIT_OK)
		rc = docs ? read_documents(name, (const char *)text.bytes, docs, &n, m)
			  : no_memory();
	if (rc == EXIT_OK)
		rc = adopt(c, args, m);
	while (n > 0)
		json_doc_done(&docs[--n]);
	free(docs);
	buf_done(&text);
	return rc;
}

static int ctl_adopt(struct ctl *c, const struct args *args)
{
	struct meters m = {0};
	int rc = args_has(args, "from") ? from_file(c, args, &m) : from_bus(c, args, &m);

	free(m.list);
	free(m.known);
	free(m.picked);
	return rc;
}

CTL_RUN(adopt)

static const struct option_row options[] = {
	{"all", 'a', ARG_TEXT, NULL, "all that have no account yet", NULL},
	{"from", 0, ARG_FILE, "FILE", "what meterbus scan --json has found; - is stdin", NULL},
	{"name", 0, ARG_TEXT, "TEMPLATE", "as heat-{identification} (MAKER-IDENTIFICATION)", NULL},
	{"primary", 0, ARG_TEXT, NULL, "by primary addresses, where they are known", NULL},
	{"dry-run", 0, ARG_TEXT, NULL, "only tell what would be done", NULL},
	{0},
};

const struct verb ctl_verb_adopt = {
	.name = "ctl adopt",
	.operands = "BUS [PICK...] [PROPERTY=VALUE...]",
	.help = "make accounts out of what the last search of a bus has found, all or none",
	.details = "Without PICK the meters are listed with numbers, and asked for on a terminal. "
		   "PICK is a\nnumber, 3-5, 1,7 or all. The properties are those of all of them.\n",
	.examples = "meterbus ctl adopt roof\n"
		    "meterbus ctl adopt roof 1-12 period=15M tags=cellar --dry-run\n"
		    "meterbus ctl adopt roof --all --name 'heat-{identification}'\n"
		    "meterbus scan /dev/ttyUSB0 --json | meterbus ctl adopt roof --from - --all\n",
	.options = options,
	.operands_min = 1,
	.operands_max = WORDS_MAX,
	.more = ctl_options,
	.run = run_adopt,
};
