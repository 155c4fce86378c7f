/* SPDX-License-Identifier: MIT */
/* The verbs. */
#include <meterbus/encode.h>
#include <meterbus/error.h>
#include <meterbus/master.h>

#include "master_impl.h"
#include "mem.h"

#define QUIRK_PRIMARY_UNKNOWN 0xFF
#define TOLERANCE_S 60

/* ---- beginning ---- */

int mb_master_init(struct mb_master *m, const struct mb_master_config *config, uint64_t now_us)
{
	if (!mbi_path_valid(&config->path) || config->max_telegrams > MB_TELEGRAMS_MAX ||
		config->nke > MB_NKE_UNKNOWN || (config->n_quirks && !config->quirks))
		return MB_E_INVALID;
	memset(m, 0, sizeof(*m));
	m->config = *config;
	m->path = config->path;
	if (!m->config.tries)
		m->config.tries = MB_TRIES;
	if (!m->config.max_telegrams)
		m->config.max_telegrams = MB_TELEGRAMS;
	if (!m->config.answer_limit_us)
		m->config.answer_limit_us = MB_ANSWER_LIMIT_US;
	if (!m->config.baud_rescue_us)
		m->config.baud_rescue_us = MB_BAUD_RESCUE_US;
	mbi_exchange_init(&m->exchange, &m->path, now_us);
	mb_master_forget(m);
	return 0;
}

int mb_master_set_path(struct mb_master *m, const struct mb_path *path)
{
	if (m->active)
		return MB_E_BUSY;
	if (!mbi_path_valid(path))
		return MB_E_INVALID;
	m->config.path = *path;
	m->path = *path;
	mbi_exchange_set_path(&m->exchange, path);
	return 0;
}

/* ---- is it a request? ---- */

static bool address_valid(const struct mb_request *request)
{
	const struct mb_address *address = &request->address;

	if (address->type == MB_ADDRESS_SECONDARY)
		return true;
	if (address->type != MB_ADDRESS_PRIMARY || request->op == MB_OP_SELECT)
		return false;
	return address->primary <= MB_A_MAX || address->primary >= MB_A_NETWORK;
}

static bool answered_by_nobody(const struct mb_request *request)
{
	return request->address.type == MB_ADDRESS_PRIMARY &&
	       request->address.primary == MB_A_BROADCAST;
}

static bool needs_answer(uint8_t op)
{
	return op == MB_OP_READ || op == MB_OP_ALARM || op == MB_OP_COMMAND ||
	       op == MB_OP_READ_SELECTED;
}

static bool payload_valid(const struct mb_request *request)
{
	uint16_t len = request->payload_len;

	if (len && !request->payload)
		return false;
	if (request->op == MB_OP_RAW)
		return len >= 1 && len <= MB_FRAME_MAX;
	if (request->op == MB_OP_RESET)
		return len <= MB_SUBCODES_MAX;
	return len <= MB_FRAME_DATA_MAX && (request->op != MB_OP_READ_SELECTED || len);
}

static int request_check(const struct mb_request *request)
{
	if (request->op >= MB_OP_COUNT || request->nke > MB_NKE_UNKNOWN ||
		request->max_telegrams > MB_TELEGRAMS_MAX || request->baud > MBI_BAUD_MAX)
		return MB_E_INVALID;
	if (request->op != MB_OP_RAW && request->op != MB_OP_DESELECT && !address_valid(request))
		return MB_E_INVALID;
	if (!payload_valid(request))
		return MB_E_INVALID;
	if (request->op == MB_OP_RAW || !answered_by_nobody(request))
		return 0;
	if (needs_answer(request->op))
		return MB_E_INVALID;
	if (mb_op_writes(request->op) && request->op != MB_OP_SYNC &&
		!(request->options & MB_OPTION_FORCE))
		return MB_E_UNSUPPORTED;
	return 0;
}

/* ---- requests ---- */

static void request_take(struct mb_master *m, const struct mb_request *request)
{
	m->request = *request;
	if (request->payload_len)
		memcpy(m->payload, request->payload, request->payload_len);
	m->request.payload = m->payload;
	if (request->nke == MB_NKE_DEFAULT)
		m->request.nke =
			request->op == MB_OP_ALARM ? (uint8_t)MB_NKE_UNKNOWN : m->config.nke;
	if (m->request.nke == MB_NKE_DEFAULT)
		m->request.nke = MB_NKE_BEFORE;
	if (request->op == MB_OP_SET_TIME && !request->tolerance_s)
		m->request.tolerance_s = TOLERANCE_S;
}

static void request_path(struct mb_master *m)
{
	m->path = m->config.path;
	if (m->request.baud)
		m->path.line.baud = m->request.baud;
	if (m->request.answer_us)
		m->path.answer_us = m->request.answer_us;
	mbi_exchange_set_path(&m->exchange, &m->path);
}

static void request_begin(struct mb_master *m, uint64_t now_us)
{
	const struct mb_request *request = &m->request;

	memset(&m->script, 0,
		offsetof(struct mb_master, request) - offsetof(struct mb_master, script));
	m->now_us = now_us;
	m->script = mbi_script(request->op);
	m->active = true;
	m->a = mb_address_a(&request->address);
	m->tries = request->tries ? request->tries : m->config.tries;
	m->max_telegrams =
		request->max_telegrams ? request->max_telegrams : m->config.max_telegrams;
	m->nke_primary = QUIRK_PRIMARY_UNKNOWN;
	m->target = request->address;
	memset(&m->done, 0, sizeof(m->done));
	m->done.begin_us = now_us;
}

int mb_master_submit(struct mb_master *m, const struct mb_request *request, uint64_t now_us)
{
	int rc;

	if (m->active)
		return MB_E_BUSY;
	rc = request_check(request);
	if (rc < 0)
		return rc;
	request_take(m, request);
	request_path(m);
	request_begin(m, now_us);
	rc = mbi_write_check(m);
	if (rc < 0)
		m->active = false;
	else
		mbi_quirk_begin(m);
	return rc;
}

void mb_master_cancel(struct mb_master *m, uint64_t now_us)
{
	if (!m->active)
		return;
	mbi_exchange_abort(&m->exchange, now_us);
	m->now_us = now_us;
	mbi_finish(m, MB_E_CANCELLED);
}

bool mb_master_busy(const struct mb_master *m)
{
	return m->active;
}

/* ---- engine ---- */

size_t mb_master_tx(struct mb_master *m, uint64_t now_us, const uint8_t **ret_bytes)
{
	mbi_advance(m, now_us);
	return mbi_exchange_tx(&m->exchange, now_us, ret_bytes);
}

void mb_master_sent(struct mb_master *m, size_t n, uint64_t end_us)
{
	mbi_exchange_sent(&m->exchange, n, end_us);
}

void mb_master_rx(
	struct mb_master *m, const uint8_t *bytes, const uint8_t *marks, size_t n, uint64_t now_us)
{
	mbi_exchange_rx(&m->exchange, bytes, marks, n, now_us);
	mbi_advance(m, now_us);
}

uint64_t mb_master_deadline(const struct mb_master *m)
{
	if (m->event_count) /* tx may have ended the request: come back for the event at once */
		return 0;
	if (m->active && !mbi_exchange_busy(&m->exchange))
		return m->wait_us;
	return mbi_exchange_deadline(&m->exchange);
}

void mb_master_tick(struct mb_master *m, uint64_t now_us)
{
	mbi_exchange_tick(&m->exchange, now_us);
	mbi_advance(m, now_us);
}

void mb_master_line(const struct mb_master *m, struct mb_line *ret_line)
{
	*ret_line = m->path.line;
}

static size_t engine_tx(void *self, uint64_t now_us, const uint8_t **ret_bytes)
{
	return mb_master_tx(self, now_us, ret_bytes);
}

static void engine_sent(void *self, size_t n, uint64_t end_us)
{
	mb_master_sent(self, n, end_us);
}

static void engine_rx(
	void *self, const uint8_t *bytes, const uint8_t *marks, size_t n, uint64_t now_us)
{
	mb_master_rx(self, bytes, marks, n, now_us);
}

static uint64_t engine_deadline(const void *self)
{
	return mb_master_deadline(self);
}

static void engine_tick(void *self, uint64_t now_us)
{
	mb_master_tick(self, now_us);
}

static void engine_line(const void *self, struct mb_line *ret_line)
{
	mb_master_line(self, ret_line);
}
static const struct mb_engine_ops master_ops = {
	.tx = engine_tx,
	.sent = engine_sent,
	.rx = engine_rx,
	.deadline = engine_deadline,
	.tick = engine_tick,
	.line = engine_line,
};

struct mb_engine mb_master_engine(struct mb_master *m)
{
	return (struct mb_engine){.ops = &master_ops, .self = m};
}
