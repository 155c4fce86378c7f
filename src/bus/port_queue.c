/* SPDX-License-Identifier: MIT */
/* Who waits, and who is next. A class is a priority of jobs, or, below them, the scan. */
#include "bus/port_impl.h"

#define CLASS_SCAN 0
#define CLASS_OF(priority) ((priority) + 1u)

void port_queue_add(struct port *p, struct port_job *job)
{
	struct port_queue *q = &p->queue[job->priority];

	if (!q->first)
		p->passed[CLASS_OF(job->priority)] = 0;
	job->port = p;
	job->next = NULL;
	job->before = q->last;
	if (q->last)
		q->last->next = job;
	else
		q->first = job;
	q->last = job;
	p->waiting++;
	if (job->not_after_us && job->not_after_us < p->late_us)
		p->late_us = job->not_after_us;
}

void port_queue_again(struct port *p, struct port_job *job)
{
	struct port_queue *q = &p->queue[job->priority];

	job->before = NULL;
	job->next = q->first;
	if (q->first)
		q->first->before = job;
	else
		q->last = job;
	q->first = job;
	p->waiting++;
}

void port_queue_take(struct port *p, struct port_job *job)
{
	struct port_queue *q = &p->queue[job->priority];

	if (job->before)
		job->before->next = job->next;
	else
		q->first = job->next;
	if (job->next)
		job->next->before = job->before;
	else
		q->last = job->before;
	job->before = job->next = NULL;
	p->waiting--;
}

static bool waits(const struct port *p, unsigned of)
{
	return of == CLASS_SCAN ? p->scan != NULL : p->queue[of - 1].first != NULL;
}

int port_queue_next(const struct port *p)
{
	int best = -1;

	for (unsigned i = 0; i < PORT_CLASSES; i++) {
		if (!waits(p, i))
			continue;
		if (p->passed[i] >= PORT_PATIENCE)
			return (int)i;
		best = (int)i;
	}
	return best;
}

/* Only those below have been passed over: among equals it is the order of their coming. */
void port_queue_passed(struct port *p, unsigned class_taken)
{
	for (unsigned i = 0; i < class_taken; i++)
		if (waits(p, i) && p->passed[i] < PORT_PATIENCE)
			p->passed[i]++;
	p->passed[class_taken] = 0;
}

void port_job_over(struct port *p, struct port_job *job, int result, const char *error)
{
	uint64_t now_us = port_now_us(p);
	struct mb_master_event event = {
		.type = MB_MASTER_DONE,
		.op = job->request.op,
		.tag = job->request.tag,
		.result = result,
		.time_us = now_us,
		.done = {.begin_us = job->submitted_us, .end_us = now_us},
	};

	if (result < 0)
		p->counters.dropped++;
	job->port = NULL;
	job->error = error ? error : "";
	job->event(job, &event);
}

/* Those who come while these are told are not among them. */
void port_queue_over(struct port *p, int result, const char *error)
{
	for (uint32_t n = p->waiting; n && p->waiting; n--) {
		unsigned priority = PORT_PRIORITIES - 1;
		struct port_job *job;

		while (!p->queue[priority].first)
			priority--;
		job = p->queue[priority].first;
		port_queue_take(p, job);
		port_job_over(p, job, result, error);
	}
}

static struct port_job *find_late(struct port *p, uint64_t now_us)
{
	p->late_us = MB_NEVER;
	for (unsigned i = 0; i < PORT_PRIORITIES; i++) {
		for (struct port_job *job = p->queue[i].first; job; job = job->next) {
			if (!job->not_after_us)
				continue;
			if (job->not_after_us < now_us)
				return job;
			if (job->not_after_us < p->late_us)
				p->late_us = job->not_after_us;
		}
	}
	return NULL;
}

void port_queue_late(struct port *p, uint64_t now_us)
{
	struct port_job *job;

	while (now_us > p->late_us && (job = find_late(p, now_us))) {
		p->late_us = 0; /* there may be more */
		port_queue_take(p, job);
		port_job_over(p, job, PORT_E_LATE, NULL);
	}
}
