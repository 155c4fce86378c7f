/* SPDX-License-Identifier: MIT */
/* Life of the device and its sessions; what sessions wait for. */
#include "gateway/ams_impl.h"

#include "collect/collect_error.h"
#include "store/queue.h"
#include "store/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a session waits for ---- */

void *ams_op_new(struct ams_session *s, size_t size)
{
	struct ams_op *op = calloc(1, size);

	if (!op)
		return NULL;
	op->ams = s->ams;
	op->session = s;
	op->starting = true;
	s->op = op;
	s->ams->n_ops++;
	return op;
}

static void check_stopped(struct ams *ams)
{
	void (*stopped)(void *ctx) = ams->stopped;

	if (!stopped || ams->n_ops > 0)
		return;
	ams->stopped = NULL;
	stopped(ams->stopped_ctx);
}

static void release(struct ams_op *op)
{
	op->ams->n_ops--;
	if (op->session)
		op->session->op = NULL;
	free(op);
}

int ams_op_begun(struct ams_op *op, int rc)
{
	if (rc >= 0 && !op->ended) {
		op->starting = false;
		return AT_LATER;
	}
	if (!op->ended && op->done)
		op->done(op, rc);
	rc = op->ended ? op->rc : rc;
	release(op);
	return rc;
}

void ams_op_end(struct ams_op *op, int rc)
{
	struct ams_session *s = op->session;
	struct ams *ams = op->ams;

	op->ended = true;
	op->rc = rc;
	if (op->done)
		op->done(op, rc);
	if (op->starting)
		return; /* ams_op_begun() has it */
	rc = op->rc;
	if (s && op->tell)
		op->tell(op, rc);
	else if (s)
		at_session_op_done(s->at, rc);
	release(op);
	if (s)
		s->wake(s->wake_ctx);
	check_stopped(ams);
}

static void committed(void *ctx, int rc, const struct store_batch *batch)
{
	(void)batch;
	ams_op_end(ctx, rc);
}

int ams_op_commit(struct ams_op *op, struct store_batch *batch)
{
	int rc = STORE_E_MEMORY;

	if (batch)
		rc = store_queue_add(op->ams->config.queue, batch, STORE_NOW, committed, op);
	if (rc < 0)
		store_batch_free(batch);
	return rc;
}

/* ---- sessions ---- */

void ams_who(const struct ams_session *s, char ret_who[PORT_WHO_MAX])
{
	snprintf(ret_who, PORT_WHO_MAX, "at %.*s", (int)(PORT_WHO_MAX - sizeof("at ")), s->reader);
}

static void identity(void *ctx, struct at_identity *ret)
{
	const struct ams_session *s = ctx;

	*ret = s->ams->identity;
}

static enum at_rights login(void *ctx, const char *user, const char *password)
{
	struct ams_session *s = ctx;
	const struct ams_config *config = &s->ams->config;
	enum at_rights rights = AT_RIGHTS_NONE;

	if (config->login && user[0] && strlen(user) < AMS_NAME_MAX)
		rights = config->login(config->ctx, user, password);
	if (rights != AT_RIGHTS_NONE)
		snprintf(s->reader, sizeof(s->reader), "@%s", user);
	return rights;
}

static enum at_rights rights(void *ctx, const char *user)
{
	const struct ams_config *config = &((struct ams_session *)ctx)->ams->config;

	return config->rights(config->ctx, user);
}

static void cancel(void *ctx)
{
	struct ams_session *s = ctx;
	struct ams_op *op = s->op;

	if (!op)
		return;
	s->op = NULL;
	op->session = NULL;
	if (op->cancel)
		op->cancel(op);
}

static const struct at_device_ops ops = {
	.identity = identity,
	.get_port = ams_get_port,
	.set_port = ams_set_port,
	.apply_port = ams_apply_port,
	.get_ams = ams_get,
	.enable = ams_enable,
	.set_retry = ams_set_retry,
	.next_device = ams_next_device,
	.add_device = ams_add_device,
	.remove_device = ams_remove_device,
	.clear_devices = ams_clear_devices,
	.set_interval = ams_set_interval,
	.read = ams_read,
	.next_answer = ams_next_answer,
	.scan = ams_scan,
	.cancel = cancel,
	.data_stats = ams_data_stats,
	.free_space = ams_free_space,
	.next_record = ams_next_record,
	.drop_oldest = ams_drop_oldest,
	.drop_upto = ams_drop_upto,
	.get_config = ams_get_config,
	.set_config = ams_set_config,
	.apply_config = ams_apply_pending,
};

static void *open_session(void *ctx, struct at_session *at, const char *listener, bool with_login,
	void (*wake)(void *wake_ctx), void *wake_ctx)
{
	struct ams_session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->ams = ctx;
	s->at = at;
	s->ops = ops;
	s->wake = wake;
	s->wake_ctx = wake_ctx;
	if (with_login)
		s->ops.login = login;
	if (s->ams->config.rights)
		s->ops.rights = rights;
	snprintf(s->reader, sizeof(s->reader), "%s", listener);
	buf_init(&s->reading.bytes, AMS_READ_BYTES);
	return s;
}

static const struct at_device_ops *session_ops(void *device)
{
	const struct ams_session *s = device;

	return &s->ops;
}

static void close_session(void *device)
{
	struct ams_session *s = device;

	cancel(s);
	buf_done(&s->reading.bytes);
	free(s->page);
	free(s);
}

struct at_devices ams_devices(struct ams *ams)
{
	return (struct at_devices){open_session, session_ops, close_session, ams};
}

/* ---- settings ---- */

struct loading {
	struct ams *ams;
	int rc;
};

/* clang-format off */
static const struct {
	const char *prefix;
	int (*load)(struct ams *ams, const char *key, const char *value);
} settings[] = {
	{AMS_CURSOR_PREFIX, ams_cursor_load},
	{AMS_PORT_PREFIX,   ams_port_load},
	{AMS_CONFIG_PREFIX, ams_config_load},
};
/* clang-format on */

static int on_setting(void *ctx, const char *key, const char *value)
{
	struct loading *l = ctx;

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		size_t n = strlen(settings[i].prefix);

		if (strncmp(key, settings[i].prefix, n) == 0)
			l->rc = settings[i].load(l->ams, key + n, value);
	}
	return l->rc < 0;
}

static int load(struct ams *ams)
{
	struct loading l = {.ams = ams};
	struct store_reader *reader;
	int64_t n;
	int rc = store_reader_open(ams->config.store, &reader);

	if (rc < 0)
		return rc;
	n = store_settings(reader, on_setting, &l);
	store_reader_close(reader);
	return n < 0 ? (int)n : l.rc;
}

/* ---- life ---- */

int ams_new(const struct ams_config *config, struct ams **ret_ams, char *ret_err, size_t err_max)
{
	struct ams *ams = calloc(1, sizeof(*ams));
	int rc = STORE_E_MEMORY;

	if (ams) {
		ams->config = *config;
		ams->identity = config->identity;
		rc = load(ams);
	}
	if (rc < 0) {
		snprintf(ret_err, err_max, "settings of the AT interface: %s",
			collect_error_text(rc));
		ams_free(ams);
		return rc;
	}
	*ret_ams = ams;
	return 0;
}

void ams_stop(struct ams *ams, void (*stopped)(void *ctx), void *ctx)
{
	ams->stopped = stopped;
	ams->stopped_ctx = ctx;
	check_stopped(ams);
}

void ams_free(struct ams *ams)
{
	if (!ams)
		return;
	while (ams->n_idle > 0)
		store_reader_close(ams->readers[--ams->n_idle]);
	for (size_t i = 0; i < ams->n_cursors; i++)
		free(ams->cursors[i]);
	free(ams->cursors);
	ams_config_done(ams);
	free(ams);
}
