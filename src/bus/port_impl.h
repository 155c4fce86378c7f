/* SPDX-License-Identifier: MIT */
/* What the files of a port share. A turn is one round of its loop: everything happens in there. */
#ifndef BUS_PORT_IMPL_H
#define BUS_PORT_IMPL_H

#include "base/clock.h"
#include "base/loop.h"
#include "base/run.h"
#include "bus/port_guest.h"
#include "bus/port_waits.h"
#include "bus/ports.h"

#define PORT_CLASSES (PORT_PRIORITIES + 1) /* the scan, then the priorities of jobs */

struct port_queue {
	struct port_job *first, *last;
};

/* A look-up of a host name under way; outlives the port. */
struct port_look_up;

struct port {
	struct ports *ports;
	struct port *next_port, *before_port; /* in the registry, in the order of their making */
	uint32_t refs;
	char *key; /* of the place: what is the same for one device, one host and port */
	char *name; /* NULL: not named */
	struct port_limits limits;
	struct mb_path path;
	uint8_t tries;

	/* port_stream.c */
	struct stream *stream;
	struct loop_watch *watch;
	int watched_fd;
	short watched;
	struct port_look_up *looking;
	uint8_t state;
	bool used; /* somebody wanted it: without idle_close_ms it stays open */
	bool kept; /* by port_open() */
	bool hanging_up; /* closed when no dialogue is under way */
	bool relining; /* the same, and opened again with next_line */
	struct mb_line next_line;
	bool draining;
	uint8_t failures; /* to open, in a row */
	char *error; /* the last one; NULL: none */
	uint64_t since_us; /* of the state */
	uint64_t retry_us; /* when to open it again, or MB_NEVER */
	uint64_t failed_us; /* last time that it could not be opened */
	uint64_t used_us; /* end of the last dialogue */
	uint64_t deaf_us; /* since when dialogues found silence; 0: they did not */
	uint64_t cut_us; /* draining: end of patience */

	/* port_queue.c */
	struct port_queue queue[PORT_PRIORITIES];
	uint32_t waiting;
	uint8_t passed[PORT_CLASSES]; /* dialogues that went before the first of a class */
	uint64_t late_us; /* none is too late before */

	/* port_turn.c: who holds the bus */
	struct loop_timer *timer;
	struct run run;
	struct mb_master *master; /* NULL: none needed for a while */
	struct port_job *job;
	struct port_scan *scan; /* whether it is its turn or not */
	bool scan_turn;
	struct port_job *kept_for; /* nobody else goes before it, or before kept_until_us */
	uint64_t kept_until_us;
	size_t lent; /* rest of the frame that goes out next */
	struct mb_frame speaks; /* that frame, for the guests; without its data */
	struct port_guest *guests;
	bool mid_frame; /* a frame has been sent in part */
	bool cancelling; /* the job, as soon as its telegram is over */
	bool heard; /* something, in this dialogue */
	bool turning, woken, dying;
	unsigned entered; /* functions that use it still: it is not freed */
	uint8_t echo; /* enum mb_echo, as the last master has learned it */
	uint64_t held_us; /* since when */
	uint64_t quiet_us; /* nobody sends before: an answer that nobody waits for may come */

	/* port_status.c */
	struct port_counters counters; /* busy_us up to held_us */
	uint64_t born_us;
	uint64_t window_us, window_busy_us; /* begin of the present window; busy before it */
	uint32_t window_ppm; /* of the one before */
	struct port_waits waits;
};

/* ---- port.c ---- */

struct port *port_new(
	struct ports *ports, const struct stream_url *url, const struct port_limits *limits);
/* Tells PORT_E_CLOSED to all; freed now, or when the last who has entered leaves. */
void port_free(struct port *p);
void port_enter(struct port *p); /* around what calls callbacks */
void port_leave(struct port *p);
void port_wake(struct port *p); /* a turn soon */
uint64_t port_now_us(const struct port *p);
/* Somebody was cut: nobody speaks for as long as the answer may come. */
void port_hush(struct port *p, const struct mb_path *path, uint64_t now_us);
void port_set_state(struct port *p, enum port_state state);

/* ---- port_turn.c ---- */

void port_turn(struct port *p, short revents);
int port_step(void *ctx, uint64_t now_us); /* of run.h */
/* The job under way ends; error is the text of MB_E_STREAM. */
void port_cut(struct port *p, int result, const char *error, uint64_t now_us);
bool port_held(const struct port *p);
/* Since when, or from when on, nothing moves: what was cut may go out or be answered. */
uint64_t port_free_us(const struct port *p);
/* Until then the bus is idle for this job, which may be submitted meanwhile. */
void port_hold(struct port *p, struct port_job *job, uint64_t until_us);
void port_hold_end(struct port *p, const struct port_job *job);
struct mb_path port_job_path(const struct port *p, const struct port_job *job);

/* ---- port_guest.c ---- */

/* A frame has been sent, by one of them or by somebody else. */
void port_guests_hear(struct port *p, const struct mb_frame *frame);

/* ---- port_engine.c ---- */

struct mb_engine port_engine(struct port *p);
/* A master that knows this path. MB_E_NO_SPACE. */
int port_master(struct port *p, const struct mb_path *path, uint64_t now_us);
void port_master_back(struct port *p); /* to the pool; NULL is fine */

/* ---- port_queue.c ---- */

void port_queue_add(struct port *p, struct port_job *job);
void port_queue_again(struct port *p, struct port_job *job); /* in front of its class */
void port_queue_take(struct port *p, struct port_job *job);
/* Who has the next turn: a class with somebody in it, or -1. The scan is class 0. */
int port_queue_next(const struct port *p);
void port_queue_passed(struct port *p, unsigned class_taken);
/* Ends a job that is not under way: its last event. */
void port_job_over(struct port *p, struct port_job *job, int result, const char *error);
void port_queue_over(struct port *p, int result, const char *error); /* of all */
void port_queue_late(struct port *p, uint64_t now_us);

/* ---- port_scan.c ---- */

void port_scan_enter(struct port *p, uint64_t now_us);
void port_scan_leave(struct port *p, uint64_t now_us);
/* Gives its events; true: it is over. */
bool port_scan_events(struct port *p);
/* Would the search begin with another mask, and does it let others go first? */
bool port_scan_yields(struct port *p, uint64_t now_us);
void port_scan_over(struct port *p, int result, const char *error, uint64_t now_us);

/* ---- port_stream.c ---- */

/* Opens, closes, gives up, as it is wanted and the time has come. */
void port_stream_turn(struct port *p, uint64_t now_us);
/* The stream is open: is that news? */
void port_stream_opened(struct port *p, uint64_t now_us);
int port_stream_lost(void *ctx, uint64_t now_us); /* of run.h */
void port_stream_close(struct port *p, enum port_state state);
bool port_kept(const struct port *p); /* open though nobody waits */
uint64_t port_stream_deadline(const struct port *p);
void port_stream_watch(struct port *p); /* what the loop is to wait for */
void port_stream_deaf(struct port *p, uint64_t now_us); /* a dialogue ended, heard or not */
void port_stream_done(struct port *p);

/* ---- port_status.c ---- */

void port_count_event(struct port *p, const struct mb_master_event *event);
void port_count_busy(struct port *p, uint64_t now_us); /* it was held since held_us */

/* ---- ports.c ---- */

struct loop *ports_loop(const struct ports *ports);
const struct ports_config *ports_settings(const struct ports *ports);
struct stream *ports_stream(struct ports *ports, const struct stream_url *url);
struct mb_master *ports_master_take(struct ports *ports);
void ports_master_give(struct ports *ports, struct mb_master *m);
uint32_t ports_chance(struct ports *ports, uint32_t below);
void ports_tell(struct port *p);

#endif
