/* SPDX-License-Identifier: MIT */
#include "base/log.h"
#include "base/loop.h"
#include "base/notify.h"
#include "meterbusd/daemon.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void ours(sigset_t *ret_set)
{
	sigemptyset(ret_set);
	sigaddset(ret_set, SIGTERM);
	sigaddset(ret_set, SIGINT);
	sigaddset(ret_set, SIGHUP);
}

void signals_block(void)
{
	sigset_t set;

	ours(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void reload(struct daemon *d)
{
	char text[DAEMON_ERROR_MAX];

	if (d->stopping)
		return;
	notify_reloading();
	daemon_reload(d, text, sizeof(text)); /* has logged all of it */
	notify_ready();
}

static void signalled(void *ctx, short revents)
{
	struct daemon *d = ctx;
	struct signalfd_siginfo info;

	(void)revents;
	while (read(d->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP) {
			reload(d);
			continue;
		}
		log_notice("stopping signal=%s", info.ssi_signo == SIGTERM ? "SIGTERM" : "SIGINT");
		daemon_stop(d);
	}
}

/* For `systemctl status`. */
static void tell_status(struct daemon *d)
{
	struct collector_totals totals;

	collector_totals(d->collector, &totals);
	notify_status("%zu buses, %zu accounts (%zu online, %zu failing), %llu telegrams",
		ports_count(d->ports), totals.accounts, totals.online, totals.failing,
		(unsigned long long)totals.telegrams);
}

static void feed_watchdog(void *ctx)
{
	struct daemon *d = ctx;

	notify_watchdog();
	if (d->collector)
		tell_status(d);
	loop_timer_set(d->watchdog, loop_now_us(d->loop) + notify_watchdog_us() / 2);
}

int signals_start(struct daemon *d, char *ret_err, size_t max)
{
	sigset_t set;

	ours(&set);
	d->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (d->signal_fd < 0) {
		snprintf(ret_err, max, "signalfd: %s", strerror(errno));
		return -1;
	}
	d->signals = loop_watch_new(d->loop, d->signal_fd, signalled, d);
	d->watchdog = loop_timer_new(d->loop, feed_watchdog, d);
	if (!d->signals || !d->watchdog) {
		snprintf(ret_err, max, "no memory to wait for signals");
		return -1;
	}
	loop_watch_set(d->signals, POLLIN);
	if (notify_watchdog_us())
		feed_watchdog(d);
	return 0;
}

void signals_end(struct daemon *d)
{
	loop_watch_free(d->signals);
	loop_timer_free(d->watchdog);
	if (d->signal_fd >= 0)
		close(d->signal_fd);
}
