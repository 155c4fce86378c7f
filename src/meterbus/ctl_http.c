/* SPDX-License-Identifier: MIT */
#include "meterbus/ctl_http.h"

#include "meterbus/ctl.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CONNECT_TIMEOUT_S 10L
/* A stream says something every 15 s; a peer that is gone is noticed after this. */
#define SILENCE_S 60L

struct ctl_http {
	CURL *curl;
	char url[512];
	char bearer[CTL_TOKEN_MAX + 32]; /* "": none */
	char why[CURL_ERROR_SIZE];
	long timeout_s;
	/* of the request under way */
	const struct ctl_http_request *request;
	struct ctl_http_answer *answer;
	bool ended; /* by take or tick */
	bool too_long;
	bool other_type;
};

static bool is_loopback(const char *url)
{
	static const char *const hosts[] = {"127.", "localhost", "[::1]"};
	const char *host = strstr(url, "://");

	host = host ? host + 3 : url;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		if (strncasecmp(host, hosts[i], strlen(hosts[i])) == 0)
			return true;
	}
	return false;
}

struct ctl_http *ctl_http_open(const struct ctl_http_config *config)
{
	struct ctl_http *h = calloc(1, sizeof(*h));

	if (!h || curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		goto failed;
	h->curl = curl_easy_init();
	if (!h->curl)
		goto failed;
	snprintf(h->url, sizeof(h->url), "%s", config->url);
	ctl_http_token(h, config->token);
	h->timeout_s = (long)config->timeout_s;
	curl_easy_setopt(h->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(h->curl, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	curl_easy_setopt(h->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h->curl, CURLOPT_ERRORBUFFER, h->why);
	curl_easy_setopt(h->curl, CURLOPT_USERAGENT, "meterbus/" METERBUS_VERSION);
	if (is_loopback(h->url))
		curl_easy_setopt(h->curl, CURLOPT_NOPROXY, "*");
	if (config->ca)
		curl_easy_setopt(h->curl, CURLOPT_CAINFO, config->ca);
	return h;
failed:
	talk_error("no memory for HTTP");
	ctl_http_close(h);
	return NULL;
}

void ctl_http_token(struct ctl_http *h, const char *token)
{
	snprintf(h->bearer, sizeof(h->bearer), "%s%s", *token ? "Authorization: Bearer " : "",
		token);
}

void ctl_http_close(struct ctl_http *h)
{
	if (!h)
		return;
	curl_easy_cleanup(h->curl);
	explicit_bzero(h->bearer, sizeof(h->bearer));
	free(h);
}

/* ---- callbacks of libcurl ---- */

static bool is_type(const struct ctl_http *h, const char *wanted)
{
	const char *type = NULL;

	curl_easy_getinfo(h->curl, CURLINFO_CONTENT_TYPE, &type);
	return !wanted || (type && strncasecmp(type, wanted, strlen(wanted)) == 0);
}

static size_t on_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct ctl_http *h = ctx;
	long status = 0;

	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
	if (h->request->take && status < 300) {
		h->other_type = !is_type(h, h->request->type);
		if (h->other_type)
			return CURL_WRITEFUNC_ERROR;
		h->ended = !h->request->take(h->request->ctx, bytes, size * n);
		return h->ended ? CURL_WRITEFUNC_ERROR : size * n;
	}
	h->too_long = !buf_add(h->answer->body, bytes, size * n);
	return h->too_long ? CURL_WRITEFUNC_ERROR : size * n;
}

static size_t on_header(char *line, size_t size, size_t n, void *ctx)
{
	static const char name[] = "etag:";
	struct ctl_http *h = ctx;
	size_t len = size * n, skip = sizeof(name) - 1;

	if (len > skip && strncasecmp(line, name, skip) == 0) {
		while (skip < len && line[skip] == ' ')
			skip++;
		while (len > skip && strchr("\r\n ", line[len - 1]))
			len--;
		snprintf(h->answer->etag, sizeof(h->answer->etag), "%.*s", (int)(len - skip),
			line + skip);
	}
	return size * n;
}

static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t d, curl_off_t e)
{
	struct ctl_http *h = ctx;

	(void)a, (void)b, (void)d, (void)e;
	if (h->request->tick && !h->request->tick(h->request->ctx))
		h->ended = true;
	return h->ended;
}

/* ---- requests ---- */

static struct curl_slist *append(struct curl_slist *list, const char *name, const char *value)
{
	char line[CTL_TOKEN_MAX + 64];

	snprintf(line, sizeof(line), "%s%s", name, value);
	return curl_slist_append(list, line);
}

static struct curl_slist *headers(const struct ctl_http *h)
{
	const struct ctl_http_request *r = h->request;
	struct curl_slist *list = NULL;

	if (*h->bearer)
		list = append(list, h->bearer, "");
	if (r->body)
		list = append(list, "Content-Type: application/json", "");
	if (r->if_match && *r->if_match)
		list = append(list, "If-Match: ", r->if_match);
	if (r->last_event && *r->last_event)
		list = append(list, "Last-Event-ID: ", r->last_event);
	return append(list, "Expect:", ""); /* none: bodies are small */
}

static void prepare(struct ctl_http *h, const char *url, struct curl_slist *list)
{
	const struct ctl_http_request *r = h->request;

	curl_easy_setopt(h->curl, CURLOPT_URL, url);
	curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, NULL);
	curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE, -1L);
	curl_easy_setopt(h->curl, CURLOPT_HTTPGET, 1L); /* behind POSTFIELDS, which makes a POST */
	if (r->body || strcmp(r->method, "GET") != 0) {
		curl_easy_setopt(h->curl, CURLOPT_POST, 1L);
		curl_easy_setopt(
			h->curl, CURLOPT_POSTFIELDSIZE, r->body ? (long)strlen(r->body) : 0L);
		curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, r->body ? r->body : "");
	}
	curl_easy_setopt(h->curl, CURLOPT_CUSTOMREQUEST, r->method);
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(h->curl, CURLOPT_TIMEOUT, r->take ? 0L : h->timeout_s);
	curl_easy_setopt(h->curl, CURLOPT_LOW_SPEED_LIMIT, r->take ? 1L : 0L);
	curl_easy_setopt(h->curl, CURLOPT_LOW_SPEED_TIME, r->take ? SILENCE_S : 0L);
	curl_easy_setopt(h->curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(h->curl, CURLOPT_WRITEDATA, h);
	curl_easy_setopt(h->curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(h->curl, CURLOPT_HEADERDATA, h);
	curl_easy_setopt(h->curl, CURLOPT_NOPROGRESS, r->tick ? 0L : 1L);
	curl_easy_setopt(h->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(h->curl, CURLOPT_XFERINFODATA, h);
}

/* libcurl calls an answer that is no HTTP a protocol that it does not know. */
static bool was_connected(const struct ctl_http *h)
{
	long port = 0;

	curl_easy_getinfo(h->curl, CURLINFO_PRIMARY_PORT, &port);
	return port > 0;
}

static int complain(const struct ctl_http *h, CURLcode code)
{
	const char *why = *h->why ? h->why : curl_easy_strerror(code);
	bool wrong_url = code == CURLE_URL_MALFORMAT ||
			 (code == CURLE_UNSUPPORTED_PROTOCOL && !was_connected(h));

	if (h->other_type)
		talk_error("%s: the answer is no %s; is this meterbusd?", h->url, h->request->type);
	else if (h->too_long)
		talk_error("%s: the answer is longer than %u MiB", h->url, CTL_ANSWER_MAX >> 20);
	else if (wrong_url)
		talk_error("--url %s: must be http://HOST:PORT or https://HOST:PORT (%s)", h->url,
			why);
	else if (code == CURLE_COULDNT_CONNECT)
		talk_error("%s: %s; is meterbusd running there? --url tells where", h->url, why);
	else if (code == CURLE_SSL_CACERT_BADFILE || code == CURLE_PEER_FAILED_VERIFICATION)
		talk_error("%s: %s; --ca names the certificates to trust", h->url, why);
	else if (code == CURLE_UNSUPPORTED_PROTOCOL)
		talk_error("%s: the answer is no HTTP (%s); is this meterbusd?", h->url, why);
	else
		talk_error("%s: %s", h->url, why);
	return wrong_url ? EXIT_USAGE : EXIT_PORT;
}

int ctl_http_ask(struct ctl_http *h, const struct ctl_http_request *request,
	struct ctl_http_answer *ret_answer)
{
	char url[CTL_PATH_MAX + sizeof(h->url) + sizeof(CTL_PREFIX)];
	struct curl_slist *list;
	CURLcode code;

	h->request = request;
	h->answer = ret_answer;
	h->ended = h->too_long = h->other_type = false;
	h->why[0] = '\0';
	ret_answer->status = 0;
	ret_answer->etag[0] = '\0';
	snprintf(url, sizeof(url), "%s" CTL_PREFIX "%s", h->url, request->path);
	list = headers(h);
	prepare(h, url, list);
	code = curl_easy_perform(h->curl);
	curl_slist_free_all(list);
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, NULL);
	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &ret_answer->status);
	if (code == CURLE_OK || h->ended)
		return EXIT_OK;
	return complain(h, code);
}
