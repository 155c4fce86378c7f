/* SPDX-License-Identifier: MIT */
/* One round of a port: what came is given to who holds the bus, then the next one has it. */
#include "bus/port_impl.h"

#define MASTER_IDLE_US 60000000u /* a master that nobody wanted for so long goes to the pool */
#define BEGINS_A_TURN 16 /* jobs that send nothing; then the loop goes on */
#define NOT_BEGUN 1

bool port_held(const struct port *p)
{
	return p->job || p->scan_turn;
}

void port_hold(struct port *p, struct port_job *job, uint64_t until_us)
{
	p->kept_for = job;
	p->kept_until_us = until_us;
}

void port_hold_end(struct port *p, const struct port_job *job)
{
	if (p->kept_for != job)
		return;
	p->kept_for = NULL;
	port_wake(p);
}

/* ---- ending ---- */

/* The event is given with the job in the hands of its owner again. */
static void end(struct port *p, struct mb_master_event *event, const char *error)
{
	struct port_job *job = p->job;

	port_count_busy(p, event->time_us);
	p->used_us = event->time_us;
	p->counters.dialogues++;
	p->counters.failed += event->result < 0;
	p->job = NULL;
	p->cancelling = p->mid_frame = false;
	job->port = NULL;
	job->error = error ? error : "";
	job->event(job, event);
}

static void deliver(struct port *p, struct mb_master_event *event)
{
	port_count_event(p, event);
	if (event->type == MB_MASTER_WARNING && event->warning == MB_WARNING_ECHO)
		p->echo = MB_ECHO_YES;
	if (event->type == MB_MASTER_WARNING && event->warning == MB_WARNING_ECHO_GONE)
		p->echo = MB_ECHO_UNKNOWN;
	if (event->type != MB_MASTER_DONE) {
		p->job->event(p->job, event);
		return;
	}
	port_stream_deaf(p, event->time_us);
	end(p, event, NULL);
}

static void end_with(struct port *p, int result, const char *error, uint64_t now_us)
{
	struct mb_master_event event = {
		.type = MB_MASTER_DONE,
		.op = p->job->request.op,
		.tag = p->job->request.tag,
		.result = result,
		.time_us = now_us,
		.done = {.begin_us = p->job->begun_us, .end_us = now_us},
	};

	end(p, &event, error);
}

static void take_events(struct port *p)
{
	struct port_job *job = p->job;
	struct mb_master_event event;

	while (job && p->job == job && mb_master_event(p->master, &event))
		deliver(p, &event);
}

void port_cut(struct port *p, int result, const char *error, uint64_t now_us)
{
	struct port_job *job = p->job;
	struct mb_master_event event;

	if (!job)
		return;
	if (job->engine.ops) {
		end_with(p, result, error, now_us);
		return;
	}
	mb_master_cancel(p->master, now_us);
	while (p->job == job && mb_master_event(p->master, &event)) {
		if (event.type != MB_MASTER_DONE) {
			deliver(p, &event);
			continue;
		}
		event.result = result;
		end(p, &event, error);
	}
}

static void cut_holder(struct port *p, int result, const char *error, uint64_t now_us)
{
	if (p->scan_turn)
		port_scan_over(p, result, error, now_us);
	port_cut(p, result, error, now_us);
}

/* ---- beginning ---- */

struct mb_path port_job_path(const struct port *p, const struct port_job *job)
{
	struct mb_path path = p->path;

	if (job->line.baud)
		path.line = job->line;
	if (job->answer_us)
		path.answer_us = job->answer_us;
	if (job->gap_us)
		path.gap_us = job->gap_us;
	if (job->latency_us)
		path.latency_us = job->latency_us;
	return path;
}

/* What others say leaves no FCB as it was. */
static int begin_engine(struct port *p)
{
	if (p->master)
		mb_master_forget(p->master);
	return 0;
}

static int begin_request(struct port *p, struct port_job *job, uint64_t now_us)
{
	struct mb_path path = port_job_path(p, job);
	struct mb_request request = job->request;
	int rc = port_master(p, &path, now_us);

	if (rc < 0)
		return rc;
	if (!request.tries)
		request.tries = p->tries;
	return mb_master_submit(p->master, &request, now_us);
}

static void begin_job(struct port *p, struct port_job *job, uint64_t now_us)
{
	int rc;

	port_queue_take(p, job);
	if (job->may_begin && !job->may_begin(job)) {
		port_job_over(p, job, MB_E_CANCELLED, NULL);
		return;
	}
	/* a turn has the time of its beginning; jobs come meanwhile */
	job->begun_us = now_us > job->submitted_us ? now_us : job->submitted_us;
	port_waits_add(&p->waits, job->begun_us - job->submitted_us);
	p->heard = false;
	if (job->engine.ops)
		rc = begin_engine(p);
	else
		rc = job->connect_only ? NOT_BEGUN : begin_request(p, job, now_us);
	if (rc) {
		port_job_over(p, job, rc == NOT_BEGUN ? 0 : rc, NULL);
		return;
	}
	p->job = job;
	p->held_us = now_us;
}

static void begin_next(struct port *p, uint64_t now_us)
{
	struct port_job *job = p->kept_for;
	int class = job ? job->priority + 1 : port_queue_next(p);

	p->kept_for = NULL;
	if (class < 0)
		return;
	port_queue_passed(p, (unsigned)class);
	if (class == 0)
		port_scan_enter(p, now_us);
	else
		begin_job(p, job ? job : p->queue[class - 1].first, now_us);
}

/* Only behind what was cut can the line be set for the next. */
uint64_t port_free_us(const struct port *p)
{
	uint64_t sent_us = stream_tx_end_us(p->stream);

	return p->quiet_us > sent_us ? p->quiet_us : sent_us;
}

/* Is the bus kept for a job that has not come yet? */
static bool kept(struct port *p, uint64_t now_us)
{
	if (now_us >= p->kept_until_us)
		p->kept_for = NULL;
	return p->kept_for && !p->kept_for->port;
}

static bool may_begin(struct port *p, uint64_t now_us)
{
	if (kept(p, now_us))
		return false;
	return !port_held(p) && !p->draining && !p->dying && !p->relining &&
	       now_us >= port_free_us(p) && stream_state(p->stream) == STREAM_OPEN &&
	       (p->waiting || p->scan);
}

/* ---- the step of run.h: after every progress ---- */

static void hold(struct port *p, uint64_t now_us)
{
	if (p->scan_turn) {
		if (!port_scan_events(p) && port_scan_yields(p, now_us))
			port_scan_leave(p, now_us);
	} else if (p->job && p->job->engine.ops) {
		if (p->job->over)
			end_with(p, 0, NULL, now_us);
	} else {
		take_events(p);
	}
}

int port_step(void *ctx, uint64_t now_us)
{
	struct port *p = ctx;

	if (stream_state(p->stream) == STREAM_OPEN)
		port_stream_opened(p, now_us);
	hold(p, now_us);
	for (int i = 0; i < BEGINS_A_TURN && may_begin(p, now_us); i++) {
		begin_next(p, now_us);
		if (p->scan_turn) /* its search may have been over before it began */
			port_scan_events(p);
	}
	if (may_begin(p, now_us) || (p->relining && !port_held(p) && now_us >= port_free_us(p)))
		port_wake(p);
	return 0;
}

/* ---- the round ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t master_idle_us(const struct port *p)
{
	return p->master && !port_held(p) ? p->used_us + MASTER_IDLE_US : MB_NEVER;
}

static uint64_t deadline(const struct port *p, uint64_t now_us)
{
	uint64_t at_us = earlier(port_stream_deadline(p), master_idle_us(p));

	if (p->woken)
		return now_us;
	if (p->late_us != MB_NEVER)
		at_us = earlier(at_us, p->late_us + 1);
	if (!port_held(p) && (p->waiting || p->scan || p->relining) && port_free_us(p) > now_us)
		at_us = earlier(at_us, port_free_us(p));
	if (!port_held(p) && p->kept_for && (p->waiting || p->scan) && p->kept_until_us > now_us)
		at_us = earlier(at_us, p->kept_until_us);
	if (p->draining && p->job)
		at_us = earlier(at_us, p->cut_us);
	return at_us;
}

static void plan(struct port *p, uint64_t now_us)
{
	uint64_t at_us = deadline(p, now_us);

	port_stream_watch(p);
	if (loop_timer_at(p->timer) != at_us)
		loop_timer_set(p->timer, at_us);
}

static void drain(struct port *p, uint64_t now_us)
{
	if (p->job && now_us >= p->cut_us)
		port_cut(p, PORT_E_CLOSED, NULL, now_us);
	if (!p->job && (p->state != PORT_CLOSED || stream_state(p->stream) != STREAM_CLOSED))
		port_stream_close(p, PORT_CLOSED);
}

static void move(struct port *p, short revents, uint64_t now_us)
{
	int rc;

	port_queue_late(p, now_us);
	port_stream_turn(p, now_us);
	if (stream_state(p->stream) == STREAM_CLOSED)
		return;
	rc = run_turn(&p->run, revents, now_us);
	if (rc < 0) /* the port cannot do this line: the stream stays open */
		cut_holder(p, MB_E_UNSUPPORTED, stream_error(p->stream), now_us);
}

void port_turn(struct port *p, short revents)
{
	uint64_t now_us = port_now_us(p);

	port_enter(p);
	p->turning = true;
	p->woken = false;
	move(p, revents, now_us);
	if (p->draining)
		drain(p, now_us);
	if (now_us >= master_idle_us(p))
		port_master_back(p);
	p->turning = false;
	if (!p->dying)
		plan(p, now_us);
	port_leave(p);
}
