/* SPDX-License-Identifier: MIT */
#include "api/api.h"
#include "base/json_out.h"
#include "base/log.h"
#include "base/loop.h"
#include "meterbusd/daemon.h"

#include <stdio.h>
#include <string.h>

#define HOSTS_TEXT_MAX 4096

/* ---- the configuration as JSON ---- */

static void say_block(
	struct json_out *j, const struct config_section *section, const struct config_block *block)
{
	json_out_object(j);
	for (size_t i = 0; i < section->n_keys; i++) {
		json_out_key(j, section->keys[i].name);
		json_out_text(j, config_text(block, i));
	}
	json_out_end(j);
}

static void say_section(struct json_out *j, const struct config *c, size_t n)
{
	const struct config_section *section = &keys_schema.sections[n];
	const struct config_block *block;

	json_out_key(j, section->name);
	if (!section->label) {
		say_block(j, section, config_block(c, n, 0));
		return;
	}
	json_out_object(j);
	for (size_t i = 0; (block = config_block(c, n, i)) != NULL; i++) {
		json_out_key(j, config_label(block));
		say_block(j, section, block);
	}
	json_out_end(j);
}

static bool config_json(void *ctx, struct buf *buf)
{
	const struct daemon *d = ctx;
	struct json_out j = JSON_OUT(buf);

	json_out_object(&j);
	json_out_key(&j, "file");
	json_out_text(&j, d->file);
	for (size_t i = 0; i < keys_schema.n_sections; i++)
		say_section(&j, d->config, i);
	json_out_end(&j);
	return json_out_ok(&j);
}

static int reload(void *ctx, char *ret_text, size_t max)
{
	return daemon_reload(ctx, ret_text, max);
}

/* ---- listeners ---- */

/* Cuts a list of names, separated by blanks, into its words. */
static void split(char *text, const char *words[HTTP_HOSTS_MAX + 1])
{
	char *state, *word = strtok_r(text, " \t,", &state);
	size_t n = 0;

	for (; word && n < HTTP_HOSTS_MAX; word = strtok_r(NULL, " \t,", &state))
		words[n++] = word;
	words[n] = NULL;
}

static int listen_all(struct daemon *d, char *ret_err, size_t max)
{
	const char *at = keys_text(d->config, SECTION_API, API_LISTEN);
	const char *names = keys_text(d->config, SECTION_API, API_HOSTS);
	const char *hosts[HTTP_HOSTS_MAX + 1];
	char text[HOSTS_TEXT_MAX];
	struct keys_listen place;
	uint16_t port;

	snprintf(text, sizeof(text), "%s", names ? names : "");
	split(text, hosts);
	while (strcmp(at, "none") != 0 && keys_next_listen(&at, &place)) {
		struct api_listen listen = {
			.host = place.host,
			.port = place.port,
			.hosts = hosts,
			.certificate = keys_text(d->config, SECTION_API, API_CERTIFICATE),
			.key = keys_text(d->config, SECTION_API, API_KEY),
			.insecure = keys_number(d->config, SECTION_API, API_INSECURE),
		};
		bool colon = strchr(place.host, ':') != NULL;

		if (api_listen(d->api, &listen, &port, ret_err, max) < 0)
			return -1;
		log_notice("listening url=%s://%s%s%s:%u", listen.key ? "https" : "http",
			colon ? "[" : "", place.host, colon ? "]" : "", port);
	}
	return 0;
}

/* ---- the part ---- */

int start_api(struct daemon *d, char *ret_err, size_t max)
{
	struct api_config config = {
		.loop = d->loop,
		.store = d->store,
		.queue = d->queue,
		.ports = d->ports,
		.events = d->events,
		.collector = d->collector,
		.clients = gateway_clients(d->gateway),
		.cipher = d->cipher.cbc_decrypt ? &d->cipher : NULL,
		.data_dir = d->place.dir,
		.config_json = config_json,
		.reload = reload,
		.ctx = d,
	};

	keys_http_limits(d->config, &config.limits);
	if (api_new(&config, &d->api, ret_err, max) < 0)
		return -1;
	return listen_all(d, ret_err, max);
}

/* Queries are on other threads: whatever has stopped the loop, they end before their store. */
void end_api(struct daemon *d)
{
	if (d->api && !d->api_stopped) {
		api_stop(d->api, loop_now_us(d->loop), stop_loop, d->loop);
		loop_run(d->loop);
	}
	api_free(d->api);
}
