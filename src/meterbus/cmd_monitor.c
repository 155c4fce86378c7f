/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "meterbus/args.h"
#include "meterbus/bus.h"
#include "meterbus/exit.h"
#include "meterbus/monitor_show.h"
#include "meterbus/monitor_stats.h"
#include "meterbus/talk.h"
#include "meterbus/verbs.h"

#include <meterbus/error.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LATENCY_MAX_US \
	250000 /* of a path, for telling where frames end; a network's is mostly slack */
#define REPLAY_LATENCY_US 500000 /* doc/capture.md: a longer pause breaks a frame */
#define DONE 1 /* of step() */
#define SPEED_MAX 1000000
#define DURATION_MAX_S 31536000
#define NOISE_BROKEN 20 /* so much without one good frame is worth a word */
#define REOPENS 1000

/* clang-format off */
static const struct option_row options[] = {
	{"capture", 'c', ARG_FILE, "FILE", "keep all that is heard, with times, for --replay, decode and sim", NULL},
	{"replay", 0, ARG_FILE, "FILE", "show a capture instead of a bus; - is stdin", NULL},
	{"speed", 0, ARG_TEXT, "N", "replay so many times as fast; 1 is as it was (at once)", NULL},
	{"duration", 'd', ARG_TEXT, "S", "end after so many seconds", NULL},
	{"count", 'n', ARG_TEXT, "N", "end after so many frames", NULL},
	PRINT_OPTIONS,
	KEYS_OPTIONS,
	BUS_PLAIN_OPTIONS,
	{0},
};
/* clang-format on */

/* Everything that a run of monitor holds. */
struct monitor {
	struct bus bus;
	struct bus_trace capture;
	struct keys keys;
	struct monitor_track track;
	struct monitor_stats stats;
	struct monitor_show show;
	uint64_t speed, duration_us, count;
	uint64_t end_us; /* of the run, or MB_NEVER */
	uint64_t frames;
	bool said_noise;
};

/* ---- what is heard ---- */

static void say_noise(struct monitor *m)
{
	if (m->said_noise || m->frames || m->stats.broken < NOISE_BROKEN)
		return;
	m->said_noise = true;
	talk_note("no good frame so far: the wrong speed or parity, or no M-Bus");
}

static void seen(void *ctx, const struct monitor_event *e)
{
	struct monitor *m = ctx;

	if (m->frames >= m->count)
		return;
	m->frames += e->kind <= MONITOR_ANSWER;
	monitor_stats_take(&m->stats, e);
	monitor_show_event(&m->show, e);
	say_noise(m);
}

static bool is_over(const struct monitor *m, uint64_t now_us)
{
	return now_us >= m->end_us || m->frames >= m->count || ferror(stdout);
}

/* ---- an engine that only listens ---- */

static size_t listen_tx(void *self, uint64_t now_us, const uint8_t **ret_bytes)
{
	(void)self, (void)now_us, (void)ret_bytes;
	return 0;
}

static void listen_sent(void *self, size_t n, uint64_t end_us)
{
	(void)self, (void)n, (void)end_us;
}

static void listen_rx(
	void *self, const uint8_t *bytes, const uint8_t *marks, size_t n, uint64_t now_us)
{
	struct monitor *m = self;

	bus_trace_bytes(&m->capture, RUN_RX, bytes, marks, n, now_us, bus_wall_us(&m->bus, now_us));
	monitor_track_rx(&m->track, CAPTURE_RECEIVED, bytes, marks, n, now_us);
}

static uint64_t listen_deadline(const void *self)
{
	const struct monitor *m = self;
	uint64_t deadline_us = monitor_track_deadline(&m->track);

	return deadline_us < m->end_us ? deadline_us : m->end_us;
}

static void listen_tick(void *self, uint64_t now_us)
{
	struct monitor *m = self;

	monitor_track_tick(&m->track, now_us);
}

static void listen_line(const void *self, struct mb_line *ret_line)
{
	const struct monitor *m = self;

	*ret_line = m->bus.path.line;
}

static const struct mb_engine_ops listen_ops = {
	.tx = listen_tx,
	.sent = listen_sent,
	.rx = listen_rx,
	.deadline = listen_deadline,
	.tick = listen_tick,
	.line = listen_line,
};

static int listen_step(void *ctx, uint64_t now_us)
{
	return is_over(ctx, now_us) ? DONE : 0;
}

/* ---- a bus ---- */

/* The head is written at once: a capture of a silent bus is a capture, too. */
static int open_capture(struct monitor *m, const char *path)
{
	uint64_t now_us = bus_now_us(&m->bus);
	struct bus_trace *t = &m->capture;
	int rc = bus_trace_open(t, path);

	if (rc != EXIT_OK || !t->writer.file)
		return rc;
	capture_begin(&t->writer, t->writer.file, bus_wall_us(&m->bus, now_us), now_us,
		&m->bus.path.line);
	t->begun = true;
	return EXIT_OK;
}

static uint64_t latency_us(const struct bus *b)
{
	return b->path.latency_us < LATENCY_MAX_US ? b->path.latency_us : LATENCY_MAX_US;
}

static void set_end(struct monitor *m, uint64_t now_us)
{
	m->end_us = m->duration_us ? now_us + m->duration_us : MB_NEVER;
}

static int listen_to(struct monitor *m)
{
	const struct mb_line *line = &m->bus.path.line;
	struct mb_engine engine = {&listen_ops, m};
	int rc;

	m->bus.reopens = REOPENS;
	m->show.has_wall = true;
	m->show.wall_offset_us = m->bus.wall_offset_us;
	monitor_track_init(&m->track, line, latency_us(&m->bus), seen, m);
	set_end(m, bus_now_us(&m->bus));
	talk_note("listening on %s at %u Bd %u%c%u; nothing is sent; ^C ends", bus_name(&m->bus),
		(unsigned)line->baud, line->data_bits, "NEO"[line->parity % 3], line -> stop_bits);
	rc = bus_run(&m->bus, engine, listen_step, m);
	monitor_track_end(&m->track);
	return rc == DONE || rc == MB_E_CANCELLED ? EXIT_OK : exit_of_error(rc);
}

static int watch(struct monitor *m, const struct args *args)
{
	int rc;

	if (args->operand_count != 1) {
		talk_error("monitor: give a URL, or --replay FILE");
		return EXIT_USAGE;
	}
	rc = bus_open(&m->bus, args, args->operands[0]);
	if (rc == EXIT_OK && args_has(args, "capture"))
		rc = open_capture(m, args_value(args, "capture"));
	if (rc == EXIT_OK)
		rc = listen_to(m);
	bus_trace_close(&m->capture);
	bus_close(&m->bus);
	return rc;
}

/* ---- a capture ---- */

/* False: a signal came. */
static bool wait_until(uint64_t due_us)
{
	struct pollfd fd = {.fd = run_stop_fd(), .events = POLLIN};
	uint64_t now_us;

	while ((now_us = clock_mono_us()) < due_us)
		if (poll(&fd, 1, clock_poll_ms(now_us, due_us)) > 0)
			return false;
	return !run_stop_signal();
}

static void replay_event(struct monitor *m, const struct capture_event *e)
{
	monitor_track_rx(&m->track, e->direction, e->bytes, e->marks, e->len, e->time_us);
}

static void replay_head(struct monitor *m, const struct capture_head *head)
{
	m->show.has_wall = head->started_us != 0;
	m->show.wall_offset_us = head->started_us;
	if (head->has_line)
		monitor_track_init(&m->track, &head->line, REPLAY_LATENCY_US, seen, m);
}

static int bad_capture(const char *path, unsigned long number, int version)
{
	if (number == 1 && version < 0)
		talk_error("%s: no capture; it must begin with \"%s%d\"", path, CAPTURE_MAGIC,
			CAPTURE_VERSION);
	else if (number == 1)
		talk_error("%s: " CAPTURE_UNKNOWN, path, version);
	else
		talk_error("%s:%lu: no line of a capture", path, number);
	return EXIT_USAGE;
}

static int replay_lines(struct monitor *m, FILE *f, const char *path)
{
	struct capture_head head = {0};
	uint64_t begin_us = clock_mono_us();
	static char line[CAPTURE_LINE_MAX];
	static struct capture_event e;
	unsigned long number = 1;
	int version = -1;

	for (; fgets(line, sizeof(line), f); number++) {
		size_t len = strcspn(line, "\n");
		enum capture_kind kind = capture_line(&head, line, len, &e);

		if (number == 1)
			version = capture_version(line, len);
		if (kind == CAPTURE_BAD || version != CAPTURE_VERSION)
			return bad_capture(path, number, version);
		if (kind == CAPTURE_HEAD)
			replay_head(m, &head);
		if (kind != CAPTURE_EVENT)
			continue;
		if (m->speed && !wait_until(begin_us + e.time_us / m->speed))
			return EXIT_OK;
		replay_event(m, &e);
		if (is_over(m, e.time_us) || run_stop_signal())
			return EXIT_OK;
	}
	if (ferror(f)) {
		talk_error("%s: %s", path, strerror(errno));
		return EXIT_USAGE;
	}
	return number == 1 ? bad_capture(path, number, version) : EXIT_OK;
}

static int replay(struct monitor *m, const struct args *args, const char *path)
{
	static const struct mb_line usual = MB_LINE_2400_8E1;
	bool standard = strcmp(path, "-") == 0;
	FILE *f = standard ? stdin : fopen(path, "re");
	int rc;

	if (args->operand_count || args_has(args, "capture")) {
		talk_error("monitor: --replay shows a file, it takes no URL and no --capture");
		rc = EXIT_USAGE;
	} else if (!f) {
		talk_error("%s: %s", path, strerror(errno));
		rc = EXIT_USAGE;
	} else {
		run_catch_signals();
		monitor_track_init(&m->track, &usual, REPLAY_LATENCY_US, seen, m);
		set_end(m, 0);
		rc = replay_lines(m, f, path);
		monitor_track_end(&m->track);
	}
	if (f && !standard)
		fclose(f);
	return rc;
}

/* ---- the run ---- */

static int read_words(struct monitor *m, const struct args *args)
{
	uint64_t duration_s = 0;

	m->count = UINT64_MAX;
	if (args_number(args, "duration", 1, DURATION_MAX_S, &duration_s) != EXIT_OK ||
		args_number(args, "count", 1, UINT64_MAX, &m->count) != EXIT_OK ||
		args_number(args, "speed", 1, SPEED_MAX, &m->speed) != EXIT_OK)
		return EXIT_USAGE;
	if (m->speed && !args_has(args, "replay")) {
		talk_error("monitor: --speed belongs to --replay");
		return EXIT_USAGE;
	}
	m->duration_us = duration_s * 1000000;
	if (args_has(args, "quiet"))
		talk_quiet();
	return keys_read(&m->keys, args);
}

static void tell_stats(const struct monitor *m)
{
	if (m->show.json)
		monitor_stats_json(&m->stats);
	else
		monitor_stats_tell(&m->stats);
}

static int run(const struct args *args)
{
	struct monitor *m = calloc(1, sizeof(*m));
	const char *path = args_value(args, "replay");
	int rc = m ? read_words(m, args) : EXIT_OUTPUT;

	if (rc == EXIT_OK)
		rc = monitor_show_open(&m->show, args, &m->keys);
	if (rc == EXIT_OK) {
		rc = path ? replay(m, args, path) : watch(m, args);
		if (rc != EXIT_USAGE && (rc == EXIT_OK || m->stats.any))
			tell_stats(m);
	}
	if (m) {
		if (monitor_show_close(&m->show) < 0 && rc == EXIT_OK)
			rc = EXIT_OUTPUT;
		keys_wipe(&m->keys);
	}
	free(m);
	return rc;
}

const struct verb verb_monitor = {
	.name = "monitor",
	.operands = "[URL]",
	.help = "show what others say on a bus, decoded",
	.details =
		"Only listens. Each frame is a line: when, whose (> master, < meter, ! trouble), "
		"what,\n"
		"the address, its size, how long the meter took, and what it says. -f table and\n"
		"-f annotate show each telegram in full below its line, -f json gives an object a\n"
		"line with the reading, -f csv the values only. Times of a network are those of\n"
		"arrival. At the end: who was asked how often, and how well that went.\n",
	.examples = "meterbus monitor /dev/ttyUSB0 --capture bus.txt\n"
		    "meterbus monitor tcp://192.168.1.20:10001 -f annotate\n"
		    "meterbus monitor --replay bus.txt --speed 10\n"
		    "meterbus monitor --replay bus.txt --json | jq 'select(.reading)'\n",
	.options = options,
	.operands_max = 1,
	.run = run,
};
