/* SPDX-License-Identifier: MIT */
#include "meterbus/ctl.h"

#include "base/clock.h"
#include "export/put.h"
#include "meterbus/ctl_http.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the token ---- */

void ctl_token_path(char *ret_path, size_t max)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	ret_path[0] = '\0';
	if (config && *config == '/')
		snprintf(ret_path, max, "%s/meterbus/token", config);
	else if (home && *home == '/')
		snprintf(ret_path, max, "%s/.config/meterbus/token", home);
}

static bool token_good(const char *text)
{
	if (!*text || strlen(text) >= CTL_TOKEN_MAX)
		return false;
	for (; *text; text++) {
		if (*text <= ' ' || *text > '~')
			return false;
	}
	return true;
}

static int take_token(struct ctl *c, const char *text, const char *where)
{
	if (!token_good(text)) {
		talk_error("%s: must be a token: 1 to %d letters without blanks", where,
			CTL_TOKEN_MAX - 1);
		return EXIT_USAGE;
	}
	snprintf(c->token, sizeof(c->token), "%s", text);
	return EXIT_OK;
}

/* A secret that others may read is none. "-" is the standard input. */
static int read_token(struct ctl *c, const char *path, bool must)
{
	char text[CTL_TOKEN_MAX + 8] = "";
	bool in = strcmp(path, "-") == 0;
	int fd = in ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct stat info;
	ssize_t n;

	if (fd < 0 && (must || errno != ENOENT)) {
		talk_error("%s: %s", path, strerror(errno));
		return EXIT_USAGE;
	}
	if (fd < 0)
		return EXIT_OK;
	if (!in && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_mode & 077) {
		talk_error("%s: others may read it; chmod 600 it", path);
		close(fd);
		return EXIT_USAGE;
	}
	n = read(fd, text, sizeof(text) - 1);
	if (!in)
		close(fd);
	if (n < 0) {
		talk_error("%s: %s", path, strerror(errno));
		return EXIT_USAGE;
	}
	text[strcspn(text, "\r\n")] = '\0';
	n = take_token(c, text, path);
	explicit_bzero(text, sizeof(text));
	return (int)n;
}

static int find_token(struct ctl *c, const struct args *args)
{
	const char *token = args_value(args, "token"), *file = args_value(args, "token-file");
	char path[4096];
	int rc;

	if (token) {
		rc = take_token(c, token, "--token");
		args_wipe(args, "token");
		return rc;
	}
	if (file)
		return read_token(c, file, true);
	token = getenv("METERBUS_TOKEN");
	if (token && *token)
		return take_token(c, token, "METERBUS_TOKEN");
	file = getenv("METERBUS_TOKEN_FILE");
	if (file && *file)
		return read_token(c, file, true);
	ctl_token_path(path, sizeof(path));
	return *path ? read_token(c, path, false) : EXIT_OK;
}

/* ---- opening ---- */

static int take_url(struct ctl *c, const struct args *args)
{
	const char *url = args_value(args, "url"), *from = "--url";
	size_t len;

	if (!url) {
		url = getenv("METERBUS_URL");
		from = "METERBUS_URL";
	}
	if (!url || !*url)
		url = CTL_URL;
	len = strlen(url);
	while (len > 0 && url[len - 1] == '/')
		len--;
	if (len == 0 || len + 16 > sizeof(c->url) || strpbrk(url, "?# \t")) {
		talk_error("%s %s: must be http://HOST:PORT or https://HOST:PORT", from, url);
		return EXIT_USAGE;
	}
	snprintf(c->url, sizeof(c->url), "%s%.*s", strstr(url, "://") ? "" : "http://", (int)len,
		url);
	return EXIT_OK;
}

static int open_ctl(struct ctl *c, const struct args *args)
{
	uint64_t timeout_s = CTL_TIMEOUT_S;
	int rc = take_url(c, args);

	if (rc == EXIT_OK)
		rc = args_number(args, "timeout", 1, 86400, &timeout_s);
	if (rc == EXIT_OK)
		rc = find_token(c, args);
	if (rc != EXIT_OK)
		return rc;
	c->now_ms = clock_wall_us() / US_PER_MS;
	c->json = args_has(args, "json");
	c->color = talk_color(STDOUT_FILENO, args_value(args, "color"));
	c->http = ctl_http_open(&(struct ctl_http_config){
		.url = c->url,
		.token = c->token,
		.ca = args_value(args, "ca"),
		.timeout_s = (unsigned)timeout_s,
	});
	return c->http ? EXIT_OK : EXIT_PORT;
}

int ctl_use_token(struct ctl *c, const char *path)
{
	int rc = read_token(c, path, false);

	if (rc == EXIT_OK)
		ctl_http_token(c->http, c->token);
	return rc;
}

int ctl_run(const struct args *args, ctl_fn *fn)
{
	struct ctl c = {0};
	int rc = open_ctl(&c, args);

	if (rc == EXIT_OK)
		rc = fn(&c, args);
	ctl_http_close(c.http);
	explicit_bzero(c.token, sizeof(c.token));
	return rc;
}

/* ---- errors ---- */

/* clang-format off */
static const struct {
	long status;
	int code;
	const char *hint;
} statuses[] = {
	{400, EXIT_USAGE,   NULL},
	{401, EXIT_REFUSED, "give --token or --token-file, or keep one by meterbus ctl login"},
	{403, EXIT_REFUSED, "a token of another role is needed: meterbus ctl token-create"},
	{404, EXIT_USAGE,   NULL},
	{408, EXIT_SILENT,  NULL},
	{409, EXIT_REFUSED, NULL},
	{410, EXIT_USAGE,   NULL},
	{412, EXIT_REFUSED, "look at it again, then change it again"},
	{413, EXIT_USAGE,   NULL},
	{421, EXIT_REFUSED, "the daemon's configuration lists its names: [api] hosts"},
	{422, EXIT_USAGE,   NULL},
	{429, EXIT_REFUSED, NULL},
};
/* clang-format on */

/* Of another program: nothing of it may move the cursor. */
static const char *shown(struct json_in v, char *buf, size_t max)
{
	snprintf(buf, max, "%s", json_in_text(v));
	*put_shown(buf, buf, strlen(buf)) = '\0';
	return buf;
}

static void complain_each(struct json_in errors)
{
	char property[256], detail[1024];

	for (struct json_in e = json_in_first(errors); json_in_there(e); e = json_in_next(e)) {
		shown(json_in_get(e, "property"), property, sizeof(property));
		shown(json_in_get(e, "detail"), detail, sizeof(detail));
		talk_error("%s%s%s", property, *property ? ": " : "", detail);
	}
}

static int complain(struct json_in problem, long status)
{
	char title[256], detail[1024];
	int code = EXIT_PORT;

	shown(json_in_get(problem, "title"), title, sizeof(title));
	shown(json_in_get(problem, "detail"), detail, sizeof(detail));
	if (json_in_there(json_in_get(problem, "errors")))
		complain_each(json_in_get(problem, "errors"));
	else if (*title)
		talk_error("%s%s%s", title, *detail ? ": " : "", detail);
	else
		talk_error("HTTP status %ld; is this meterbusd?", status);
	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
		if (statuses[i].status != status)
			continue;
		code = statuses[i].code;
		if (statuses[i].hint)
			talk_note("%s", statuses[i].hint);
	}
	return code;
}

int ctl_complain(const struct buf *problem, long status)
{
	struct json_doc doc;
	int code;

	json_in(&doc, (const char *)problem->bytes, problem->len);
	code = complain(json_in_root(&doc), status);
	json_doc_done(&doc);
	return code;
}

/* ---- requests ---- */

int ctl_body_end(const struct json_out *j)
{
	if (json_out_ok(j) && buf_add(j->buf, "", 1))
		return EXIT_OK;
	talk_error("the request is longer than %zu bytes", j->buf->max);
	return EXIT_USAGE;
}

static int read_answer(struct ctl *c, struct ctl_answer *answer)
{
	const char *text = (const char *)answer->body.bytes;
	bool json = json_in(&answer->doc, text, answer->body.len) == 0;

	answer->root = json_in_root(&answer->doc);
	if (answer->status >= 300)
		return complain(answer->root, answer->status);
	if (json || answer->body.len == 0)
		return EXIT_OK;
	talk_error("%s: byte %u of the answer is no JSON; is this meterbusd?", c->url,
		answer->doc.wrong_at);
	return EXIT_PORT;
}

int ctl_call(struct ctl *c, const char *method, const struct ctl_path *path, const char *body,
	const char *if_match, struct ctl_answer *ret_answer)
{
	struct ctl_answer answer = {0};
	struct ctl_http_answer http = {.body = &answer.body};
	struct ctl_http_request request = {
		.method = method,
		.path = path->text,
		.body = body,
		.if_match = if_match,
	};
	int rc;

	if (path->too_long) {
		talk_error("the question is longer than %d bytes", CTL_PATH_MAX);
		return EXIT_USAGE;
	}
	buf_init(&answer.body, CTL_ANSWER_MAX);
	rc = ctl_http_ask(c->http, &request, &http);
	answer.status = http.status;
	memcpy(answer.etag, http.etag, sizeof(answer.etag));
	if (rc == EXIT_OK)
		rc = read_answer(c, &answer);
	if (rc == EXIT_OK) {
		*ret_answer = answer;
		ret_answer->root.doc = &ret_answer->doc;
	} else {
		ctl_answer_done(&answer);
	}
	return rc;
}

void ctl_answer_done(struct ctl_answer *answer)
{
	json_doc_done(&answer->doc);
	buf_done(&answer->body);
	answer->root = (struct json_in){0};
}

int ctl_do(struct ctl *c, const char *method, const struct ctl_path *path, const char *body)
{
	struct ctl_answer answer;
	int rc = ctl_call(c, method, path, body, NULL, &answer);

	if (rc == EXIT_OK)
		ctl_answer_done(&answer);
	return rc;
}

/* ---- lists ---- */

static int each_of_page(struct json_in items, uint64_t *left, ctl_each_fn *fn, void *ctx)
{
	int rc = EXIT_OK;

	for (struct json_in item = json_in_first(items);
		rc == EXIT_OK && *left > 0 && json_in_there(item); item = json_in_next(item)) {
		rc = fn(ctx, item);
		--*left;
	}
	return rc;
}

static int no_list(const struct ctl *c, const char *why)
{
	talk_error("%s: %s; is this meterbusd?", c->url, why);
	return EXIT_PORT;
}

int ctl_next_page(const struct ctl *c, struct json_in page, char cursor[CTL_CURSOR_MAX])
{
	const char *next = json_in_text(json_in_get(page, "next"));

	if (json_in_type(json_in_get(page, "items")) != JSON_IN_ARRAY &&
		json_in_type(json_in_get(page, "buckets")) != JSON_IN_ARRAY)
		return no_list(c, "the answer is no list");
	if (*next && strcmp(next, cursor) == 0)
		return no_list(c, "the list goes round in circles");
	if (strlen(next) >= CTL_CURSOR_MAX)
		return no_list(c, "the name of the next page is too long");
	snprintf(cursor, CTL_CURSOR_MAX, "%s", next);
	return EXIT_OK;
}

int ctl_each(struct ctl *c, const struct ctl_path *path, uint64_t limit, ctl_each_fn *fn, void *ctx)
{
	uint64_t left = limit ? limit : UINT64_MAX;
	char cursor[CTL_CURSOR_MAX] = "";
	int rc;

	do {
		struct ctl_path page = *path;
		struct ctl_answer answer;

		if (!path->whole)
			ctl_query_u64(&page, "limit", left < CTL_PAGE ? left : CTL_PAGE);
		if (*cursor)
			ctl_query(&page, "cursor", cursor);
		rc = ctl_call(c, "GET", &page, NULL, NULL, &answer);
		if (rc != EXIT_OK)
			return rc;
		rc = each_of_page(json_in_get(answer.root, "items"), &left, fn, ctx);
		if (rc == EXIT_OK)
			rc = ctl_next_page(c, answer.root, cursor);
		ctl_answer_done(&answer);
	} while (rc == EXIT_OK && left > 0 && *cursor);
	return rc;
}

void ctl_print_raw(struct json_in v)
{
	size_t len;
	const char *raw = json_in_raw(v, &len);

	fwrite(raw, 1, len, stdout);
	putchar('\n');
}
