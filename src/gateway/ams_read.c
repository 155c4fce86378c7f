/* SPDX-License-Identifier: MIT */
/* DIRECT_READ: one dialogue before what is scheduled; nothing of it is stored. */
#include "gateway/ams_impl.h"

#include "base/loop.h"
#include "collect/failed_step.h"

#define WAIT_US 120000000u /* for the bus; then it could not be started */

struct reading_op {
	struct ams_op op;
	struct port *port; /* counted */
	struct port_job job;
	struct failed_step failed;
	struct ams_reading reading;
};

static void keep_telegram(struct ams_reading *r, const struct mb_master_event *e)
{
	if (r->n == MB_TELEGRAMS_MAX || !buf_add(&r->bytes, e->bytes, e->len))
		return;
	r->lens[r->n++] = e->len;
}

static void on_event(struct port_job *job, const struct mb_master_event *e)
{
	struct reading_op *r = job->ctx;

	if (e->type == MB_MASTER_TELEGRAM || e->type == MB_MASTER_ACK ||
		e->type == MB_MASTER_ATTEMPT)
		failed_step_note(&r->failed, e);
	if (e->type == MB_MASTER_TELEGRAM)
		keep_telegram(&r->reading, e);
	if (e->type != MB_MASTER_DONE)
		return;
	r->reading.error = scdata_error(
		failed_step_error(&r->failed, e->result), scdata_step_of(r->failed.step));
	ams_op_end(&r->op, 0);
}

static void read_done(struct ams_op *op, int rc)
{
	struct reading_op *r = (struct reading_op *)op;

	(void)rc;
	if (op->session) {
		buf_done(&op->session->reading.bytes);
		op->session->reading = r->reading;
	} else {
		buf_done(&r->reading.bytes);
	}
	ports_put(r->port);
}

static void cancel(struct ams_op *op)
{
	port_cancel(&((struct reading_op *)op)->job, PORT_CANCEL_NOW);
}

static int submit(struct reading_op *r, uint32_t port, const struct scdata_address *address)
{
	struct mb_path path;
	int rc = ams_bus_port(r->op.ams, port, address->baud, &r->port, &path);

	if (rc < 0)
		return rc;
	r->job.request.op = MB_OP_READ;
	r->job.request.address = address->address;
	r->job.priority = PORT_INTERACTIVE;
	r->job.line = path.line;
	r->job.not_after_us = loop_now_us(r->op.ams->config.loop) + WAIT_US;
	r->job.event = on_event;
	r->job.ctx = r;
	ams_who(r->op.session, r->job.who);
	return port_submit(r->port, &r->job);
}

int ams_read(void *ctx, uint32_t port, const struct scdata_address *address)
{
	struct reading_op *r = ams_op_new(ctx, sizeof(*r));

	if (!r)
		return STORE_E_MEMORY;
	buf_init(&r->reading.bytes, AMS_READ_BYTES);
	r->op.cancel = cancel;
	r->op.done = read_done;
	return ams_op_begun(&r->op, submit(r, port, address));
}

/* The telegrams, then the error, if there was one. */
int ams_next_answer(void *ctx, uint32_t n, struct at_answer *ret)
{
	struct ams_session *s = ctx;
	struct ams_reading *r = &s->reading;

	if (n > r->n || (n == r->n && !r->error))
		return 0;
	if (n == 0)
		r->at = 0;
	*ret = (struct at_answer){.error = r->error};
	if (n == r->n)
		return 1;
	*ret = (struct at_answer){0, r->bytes.bytes + r->at, r->lens[n]};
	r->at += r->lens[n];
	return 1;
}
