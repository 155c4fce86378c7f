/* SPDX-License-Identifier: MIT */
/*
 * The API of the daemon: HTTP with JSON below /api/v1, described by /api/v1/openapi.json. Composition:
 * listeners, tokens, the table of routes and what they act upon.
 */
#ifndef API_API_H
#define API_API_H

#include "api/http.h"
#include "collect/collector.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define API_ERROR_MAX 512

struct api;
struct clients;

struct api_listen {
	const char *host; /* "127.0.0.1", "::", a name */
	uint16_t port; /* 0: any free one */
	const char *const
		*hosts; /* names that clients may use on loopback; NULL ends; may be NULL */
	const char *certificate, *key; /* files, PEM; NULL: plain HTTP */
	bool insecure; /* plain HTTP beyond loopback is wanted */
};

struct api_config {
	struct loop *loop; /* these are kept and outlive the API */
	struct store *store;
	struct store_queue *queue;
	struct ports *ports;
	struct events *events;
	struct collector *collector;
	struct clients *clients; /* of the gateway; NULL: it has none */
	const struct mb_cipher *cipher; /* NULL: encrypted telegrams stay closed */
	const char *data_dir; /* first-token and backups are made here; copied */
	struct http_limits limits;
	/* GET /config: appends one JSON object, without secrets. NULL: there is none. */
	bool (*config_json)(void *ctx, struct buf *buf);
	/* POST /config/reload, as SIGHUP. NULL: not possible. A sentence about what could not be. */
	int (*reload)(void *ctx, char *ret_text, size_t max);
	void *ctx;
};

/* 0, or -1 with a sentence. Reads the tokens; the first start writes DATA_DIR/first-token and logs so. */
int api_new(const struct api_config *config, struct api **ret_api, char *ret_err, size_t err_max);
/* 0, or -1 with a sentence: plain HTTP beyond loopback without `insecure`, a bad certificate. */
int api_listen(struct api *api, const struct api_listen *listen, uint16_t *ret_port, char *ret_err,
	size_t err_max);
/*
 * For other ways in than HTTP: the role (api/role.h) of the token with this name and this text; -1: there
 * is none, or it has expired.
 */
int api_login(struct api *api, const char *name, const char *text);
/* The role of the token with this name now; -1: there is none any more, or it has expired. */
int api_role(struct api *api, const char *name);
/* Certificates are read again. 0, or -1 with a sentence; the old ones stay in use. */
int api_reload(struct api *api, char *ret_err, size_t err_max);
/* done() is called once all is answered, at the latest at the deadline. */
void api_stop(struct api *api, uint64_t deadline_us, void (*done)(void *ctx), void *ctx);
void api_free(struct api *api); /* NULL is fine */

#endif
