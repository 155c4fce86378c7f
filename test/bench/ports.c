/* SPDX-License-Identifier: MIT */
/*
 * ports [--json] [N]: one process that polls N buses over TCP; their far ends answer at once, in
 * another process. What a bus costs in memory, idle and busy, how much is read, and how late the
 * loop is for whoever else lives on it.
 */
#include "bench.h"
#include "responder.h"

#include "bus/ports.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define BUSES 10000
#define SPARE_FDS 200
#define PACE_US 10000000u /* each bus is read once in so long */
#define PACED_US 20000000u
#define FLAT_OUT_US 10000000u
#define PROBE_US 5000 /* how often the loop's delay is looked at */
#define PROBES_MAX 10000

static const uint8_t telegram[] = {0x68, 0x13, 0x13, 0x68, 0x08, 0x05, 0x73, 0x78, 0x56, 0x34, 0x12,
	0x0A, 0x00, 0xE9, 0x7E, 0x01, 0x00, 0x00, 0x00, 0x35, 0x01, 0x00, 0x00, 0x3C, 0x16};

struct bench;

struct bus {
	struct bench *bench;
	struct port *port;
	struct port_job job;
	struct loop_timer *timer;
};

struct bench {
	struct loop *loop;
	struct ports *ports;
	struct bus *buses;
	unsigned n, left;
	uint64_t pace_us; /* 0: the next read follows at once */
	uint64_t good, bad;
	bool over;
	struct loop_timer *probe;
	uint64_t probe_us;
	uint32_t delays_us[PROBES_MAX];
	size_t n_delays;
};

static void print(const struct bench *b, const char *name, double value, const char *unit)
{
	char full[64];

	snprintf(full, sizeof(full), "ports.%u.%s", b->n, name);
	bench_print(full, value, unit);
}

static void die(const char *what)
{
	fprintf(stderr, "ports: %s\n", what);
	exit(1);
}

/* ---- the far ends: another process, all on one port of many addresses ---- */

static pid_t start_far_ends(unsigned *ret_port)
{
	struct responder r;
	int pipe_fds[2];
	pid_t pid;

	if (pipe(pipe_fds) < 0)
		die("no pipe");
	pid = fork();
	if (pid < 0)
		die("no process");
	if (pid == 0) {
		struct loop *l = loop_new();
		unsigned port;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		port = responder_open(&r, l, "0.0.0.0", 0, telegram, sizeof(telegram));
		if (write(pipe_fds[1], &port, sizeof(port)) != sizeof(port))
			_exit(1);
		loop_run(l);
		_exit(0);
	}
	if (read(pipe_fds[0], ret_port, sizeof(*ret_port)) != sizeof(*ret_port))
		die("the far ends did not start");
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	return pid;
}

/* ---- figures ---- */

static double resident_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long size, resident = 0;

	if (!f || fscanf(f, "%lu %lu", &size, &resident) != 2)
		die("no /proc/self/statm");
	fclose(f);
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void on_probe(void *ctx)
{
	struct bench *b = ctx;
	struct timespec t;
	uint64_t now_us;

	/* the clock itself: the loop's own time stands still within a round */
	clock_gettime(CLOCK_MONOTONIC, &t);
	now_us = (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
	if (b->n_delays < PROBES_MAX)
		b->delays_us[b->n_delays++] = (uint32_t)(now_us - b->probe_us);
	b->probe_us = now_us + PROBE_US;
	loop_timer_set(b->probe, b->probe_us);
}

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static double delay_ms(struct bench *b, unsigned percent)
{
	qsort(b->delays_us, b->n_delays, sizeof(b->delays_us[0]), ascending);
	return b->n_delays ? b->delays_us[(b->n_delays - 1) * percent / 100] / 1000.0 : 0;
}

/* ---- polling ---- */

static void submit(struct bus *bus)
{
	if (!bus->bench->over && port_submit(bus->port, &bus->job) < 0)
		die("a job was refused");
}

static void on_due(void *ctx)
{
	struct bus *bus = ctx;

	loop_timer_set(bus->timer, loop_now_us(bus->bench->loop) + bus->bench->pace_us);
	if (!bus->job.port)
		submit(bus);
}

static void on_event(struct port_job *job, const struct mb_master_event *event)
{
	struct bus *bus = job->ctx;
	struct bench *b = bus->bench;

	if (event->type != MB_MASTER_DONE)
		return;
	b->good += event->result == 0;
	b->bad += event->result < 0;
	if (job->connect_only && !--b->left)
		loop_stop(b->loop);
	if (!job->connect_only && !b->pace_us)
		submit(bus);
}

static void stop(void *ctx)
{
	struct bench *b = ctx;

	b->over = true;
	loop_stop(b->loop);
}

static void run_for(struct bench *b, uint64_t us)
{
	struct loop_timer *end = loop_timer_new(b->loop, stop, b);
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	b->good = b->bad = b->n_delays = 0;
	b->over = false;
	b->probe_us = (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000 + PROBE_US;
	loop_timer_set(b->probe, b->probe_us);
	loop_timer_set(end, loop_now_us(b->loop) + us);
	loop_run(b->loop);
	loop_timer_free(end);
}

/* ---- the stages ---- */

static void connect_all(struct bench *b, unsigned port)
{
	double before = resident_bytes(), begin_s = cpu_s();
	char text[64], err[256];
	struct stream_url url;

	for (unsigned i = 0; i < b->n; i++) {
		struct bus *bus = &b->buses[i];

		snprintf(
			text, sizeof(text), "tcp://127.0.%u.%u:%u", i / 250 + 1, i % 250 + 1, port);
		if (stream_url_parse(text, &url, err, sizeof(err)) < 0 ||
			ports_get(b->ports, &url, &bus->port) < 0)
			die("no port");
		bus->bench = b;
		bus->job = (struct port_job){
			.request = {.op = MB_OP_READ, .address.primary = 5},
			.connect_only = true,
			.priority = PORT_SCHEDULED,
			.event = on_event,
			.ctx = bus,
		};
		submit(bus);
	}
	b->left = b->n;
	loop_run(b->loop);
	if (b->bad)
		die("not all buses are connected");
	print(b, "connect", (cpu_s() - begin_s) * 1e6 / b->n, "us of cpu a bus");
	print(b, "idle", (resident_bytes() - before) / b->n, "bytes a bus");
}

static void poll_paced(struct bench *b)
{
	double begin_s;

	b->pace_us = PACE_US;
	for (unsigned i = 0; i < b->n; i++) {
		struct bus *bus = &b->buses[i];

		bus->job.connect_only = false;
		bus->timer = loop_timer_new(b->loop, on_due, bus);
		loop_timer_set(
			bus->timer, loop_now_us(b->loop) + (uint64_t)PACE_US * (i + 1) / b->n);
	}
	begin_s = cpu_s();
	run_for(b, PACED_US);
	if (b->bad)
		die("reads failed");
	print(b, "paced.reads", (double)b->good * 1e6 / PACED_US, "1/s");
	print(b, "paced.cpu", (cpu_s() - begin_s) * 1e6 / (double)b->good, "us of cpu a read");
	print(b, "paced.delay.p50", delay_ms(b, 50), "ms");
	print(b, "paced.delay.p99", delay_ms(b, 99), "ms");
	for (unsigned i = 0; i < b->n; i++)
		loop_timer_free(b->buses[i].timer);
}

static void poll_flat_out(struct bench *b, double before)
{
	b->pace_us = 0;
	b->over = false;
	for (unsigned i = 0; i < b->n; i++)
		if (!b->buses[i].job.port)
			submit(&b->buses[i]);
	run_for(b, FLAT_OUT_US);
	if (b->bad)
		die("reads failed");
	print(b, "busy.reads", (double)b->good * 1e6 / FLAT_OUT_US, "1/s");
	print(b, "busy.delay.p50", delay_ms(b, 50), "ms");
	print(b, "busy.delay.p99", delay_ms(b, 99), "ms");
	print(b, "busy", (resident_bytes() - before) / b->n, "bytes a bus");
}

/* As many as the limit on descriptors allows; says so when these are fewer. */
static unsigned affordable(unsigned wanted)
{
	struct rlimit limit;
	unsigned n;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		die("no limit");
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	n = limit.rlim_cur > wanted + SPARE_FDS ? wanted : (unsigned)limit.rlim_cur - SPARE_FDS;
	if (n < wanted)
		fprintf(stderr,
			"ports: only %u descriptors (ulimit -Hn), so %u buses instead of %u\n",
			(unsigned)limit.rlim_cur, n, wanted);
	return n;
}

int main(int argc, char **argv)
{
	static struct bench b;
	struct ports_config config = {0};
	unsigned port;
	double before;
	pid_t pid;

	bench_json = argc > 1 && strcmp(argv[1], "--json") == 0;
	b.n = argc > 1 + bench_json ? (unsigned)strtoul(argv[1 + bench_json], NULL, 10) : BUSES;
	b.n = affordable(b.n);
	pid = start_far_ends(&port);
	b.loop = config.loop = loop_new();
	b.ports = ports_new(&config);
	b.probe = loop_timer_new(b.loop, on_probe, &b);
	b.buses = calloc(b.n, sizeof(*b.buses));
	if (!b.buses)
		die("no memory");
	memset(b.buses, 0, b.n * sizeof(*b.buses));
	before = resident_bytes();
	connect_all(&b, port);
	poll_paced(&b);
	poll_flat_out(&b, before);
	kill(pid, SIGKILL);
	ports_free(b.ports);
	return 0;
}
