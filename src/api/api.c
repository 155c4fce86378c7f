/* SPDX-License-Identifier: MIT */
#include "api/api_impl.h"
#include "base/tls_front.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void told(void *ctx, const char *peer, const char *text)
{
	(void)ctx;
	log_warning("%s peer=%s", text, *peer ? peer : "-");
}

static int begin(struct api *api, char *ret_err, size_t err_max)
{
	struct http_config http = {
		.loop = api->config.loop,
		.limits = api->config.limits,
		.handle = api_handle,
		.told = told,
		.ctx = api,
	};

	api->data_dir = strdup(api->config.data_dir);
	api->tokens = tokens_new();
	api->http = http_new(&http);
	api->live = live_new(api);
	api->scans = scans_new(api);
	if (!api->data_dir || !api->tokens || !api->http || !api->live || !api->scans) {
		snprintf(ret_err, err_max, "no memory for the API");
		return -1;
	}
	if (tokens_load(api, ret_err, err_max) < 0)
		return -1;
	return first_token_begin(api, ret_err, err_max);
}

int api_new(const struct api_config *config, struct api **ret_api, char *ret_err, size_t err_max)
{
	struct api *api = calloc(1, sizeof(*api));

	if (!api) {
		snprintf(ret_err, err_max, "no memory for the API");
		return -1;
	}
	api->config = *config;
	api->started_ms = loop_wall_ms(config->loop);
	if (begin(api, ret_err, err_max) < 0) {
		api_free(api);
		return -1;
	}
	*ret_api = api;
	return 0;
}

static int with_tls(struct api *api, const struct api_listen *listen, struct tls_front **ret_tls,
	char *ret_err, size_t err_max)
{
	struct tls_front *tls;

	if (!listen->certificate || !listen->key) {
		snprintf(ret_err, err_max, "TLS needs a certificate and its key");
		return -1;
	}
	if (api->n_tls == HTTP_LISTENERS_MAX) {
		snprintf(ret_err, err_max, "too many listeners");
		return -1;
	}
	tls = tls_front_new(listen->certificate, listen->key, ret_err, err_max);
	if (!tls)
		return -1;
	api->tls[api->n_tls++] = *ret_tls = tls;
	return 0;
}

int api_listen(struct api *api, const struct api_listen *listen, uint16_t *ret_port, char *ret_err,
	size_t err_max)
{
	struct http_listen http = {
		.host = listen->host,
		.port = listen->port,
		.hosts = listen->hosts,
	};
	bool tls = listen->certificate || listen->key;

	if (!tls && !listen->insecure && !tcp_is_loopback(listen->host)) {
		snprintf(ret_err, err_max,
			"%s can be reached from outside: give a certificate and its key, or say "
			"that plain HTTP is wanted",
			listen->host);
		return -1;
	}
	if (tls && with_tls(api, listen, &http.tls, ret_err, err_max) < 0)
		return -1;
	return http_listen(api->http, &http, ret_port, ret_err, err_max);
}

int api_login(struct api *api, const char *name, const char *text)
{
	const struct token *token = tokens_check(api->tokens, text, loop_wall_ms(api->config.loop));

	return token && strcmp(token->name, name) == 0 ? (int)token->role : -1;
}

int api_role(struct api *api, const char *name)
{
	const struct token *token = tokens_find(api->tokens, name);

	return token && token_valid(token, loop_wall_ms(api->config.loop)) ? (int)token->role : -1;
}

int api_reload(struct api *api, char *ret_err, size_t err_max)
{
	for (unsigned i = 0; i < api->n_tls; i++) {
		if (tls_front_reload(api->tls[i], ret_err, err_max) < 0)
			return -1;
	}
	return 0;
}

void api_check_stopped(struct api *api)
{
	void (*stopped)(void *ctx) = api->stopped;

	if (!stopped || !api->http_stopped || !queries_idle(api) || api->backup_running ||
		api->pending > 0)
		return;
	api->stopped = NULL;
	stopped(api->stopped_ctx);
}

static void on_http_stopped(void *ctx)
{
	struct api *api = ctx;

	api->http_stopped = true;
	queries_cancel(api);
	api_check_stopped(api);
}

void api_stop(struct api *api, uint64_t deadline_us, void (*done)(void *ctx), void *ctx)
{
	api->stopping = true;
	api->stopped = done;
	api->stopped_ctx = ctx;
	live_end(api->live);
	scans_stop(api->scans);
	http_stop(api->http, deadline_us, on_http_stopped, api);
}

void api_free(struct api *api)
{
	if (!api)
		return;
	scans_free(api->scans);
	live_free(api->live);
	http_free(api->http);
	for (unsigned i = 0; i < api->n_tls; i++)
		tls_front_free(api->tls[i]);
	queries_free(api);
	loop_timer_free(api->first_timer);
	tokens_free(api->tokens);
	free(api->data_dir);
	free(api);
}
