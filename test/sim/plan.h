/* SPDX-License-Identifier: MIT */
/* Readings that the schedule or a person wants of a port, and what became of them. */
#ifndef TEST_PLAN_H
#define TEST_PLAN_H

#include "port_rig.h"

struct plan {
	struct port_job job;
	unsigned telegrams, good, failed;
	uint64_t slowest_us; /* from its submission to its end */
	uint64_t end_us; /* of the last one */
};

static inline void plan_event(struct port_job *job, const struct mb_master_event *event)
{
	struct plan *p = job->ctx;

	p->telegrams += event->type == MB_MASTER_TELEGRAM;
	if (event->type != MB_MASTER_DONE)
		return;
	p->good += event->result == 0;
	p->failed += event->result != 0;
	p->end_us = event->time_us;
	if (event->time_us - job->submitted_us > p->slowest_us)
		p->slowest_us = event->time_us - job->submitted_us;
}

/* A reading of that meter of the segment, with the nke of the request. */
static inline void plan_read(
	struct rig *r, struct plan *p, enum port_priority priority, unsigned meter)
{
	p->job.request = (struct mb_request){.op = MB_OP_READ, .nke = p->job.request.nke};
	p->job.request.address.primary = (uint8_t)(meter + 1);
	p->job.priority = (uint8_t)priority;
	p->job.event = plan_event;
	p->job.ctx = p;
	assert_int_equal(port_submit(r->port, &p->job), 0);
}

/* All were read, none later than this. Returns how often. */
static inline unsigned plans_good(const struct plan *plans, unsigned n, uint64_t max_us)
{
	unsigned good = 0;

	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(plans[i].failed, 0);
		assert_int_equal(plans[i].telegrams, plans[i].good);
		assert_true(plans[i].slowest_us < max_us);
		good += plans[i].good;
	}
	return good;
}

#endif
