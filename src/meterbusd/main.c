/* SPDX-License-Identifier: MIT */
#include "base/log.h"
#include "base/loop.h"
#include "base/notify.h"
#include "meterbusd/daemon.h"
#include "meterbusd/options.h"
#include "meterbusd/rights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_USAGE 2 /* nothing is to be gained by starting again: the unit file says so */
#define FILE_MAX 4096

/* ---- the parts, each with its way in and out ---- */

/* The directory is made while there are rights to, the lock and all else is the user's. */
static int start_place(struct daemon *d, char *ret_err, size_t max)
{
	struct rights rights;

	if (rights_find(keys_text(d->config, SECTION_DAEMON, DAEMON_USER),
		    keys_text(d->config, SECTION_DAEMON, DAEMON_GROUP), &rights, ret_err, max) < 0)
		return -1;
	umask((mode_t)strtoul(keys_text(d->config, SECTION_DAEMON, DAEMON_UMASK), NULL, 8));
	if (place_make(&d->place, keys_text(d->config, SECTION_DAEMON, DAEMON_DATA), rights.uid,
		    rights.gid, ret_err, max) < 0)
		return -1;
	if (rights_drop(&rights, ret_err, max) < 0)
		return -1;
	return place_lock(&d->place, ret_err, max);
}

static void end_place(struct daemon *d)
{
	place_unlock(&d->place);
}

/* Thousands of buses are thousands of descriptors. */
static int start_loop(struct daemon *d, char *ret_err, size_t max)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	d->loop = loop_new();
	if (d->loop)
		return 0;
	snprintf(ret_err, max, "no event loop: no memory or descriptors");
	return -1;
}

static void end_loop(struct daemon *d)
{
	loop_free(d->loop);
}

static const struct part {
	int (*start)(struct daemon *d, char *ret_err, size_t max);
	void (*end)(struct daemon *d); /* also of one that has failed to start */
} parts[] = {
	{start_place, end_place},
	{start_loop, end_loop},
	{stop_prepare, stop_end},
	{signals_start, signals_end},
	{start_store, end_store},
	{start_queue, end_queue},
	{start_ports, end_ports},
	{start_collector, end_collector},
	{start_gates, end_gates},
	{start_api, end_api},
};

#define N_PARTS (sizeof(parts) / sizeof(*parts))

/* ---- the whole ---- */

static void run(struct daemon *d)
{
	log_notice("started version=%s configuration=%s data=%s buses=%zu", METERBUS_VERSION,
		d->file ? d->file : "none", d->place.dir, ports_count(d->ports));
	collector_start(d->collector);
	notify_ready();
	notify_status("%zu buses", ports_count(d->ports));
	loop_run(d->loop);
	log_notice("stopped");
}

static int run_daemon(struct daemon *d)
{
	char err[DAEMON_ERROR_MAX] = "";
	size_t n = 0;
	int rc = 0;

	signals_block();
	while (n < N_PARTS && rc == 0)
		rc = parts[n++].start(d, err, sizeof(err));
	if (rc == 0)
		run(d);
	else
		log_error("%s", err);
	while (n > 0)
		parts[--n].end(d);
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- the configuration ---- */

static const char *if_there(const char *file)
{
	return access(file, F_OK) == 0 ? file : NULL;
}

/* The user's own file, then the system's; none is fine. */
static const char *default_file(void)
{
	static char file[FILE_MAX];
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (xdg && *xdg == '/')
		snprintf(file, sizeof(file), "%s/meterbus/meterbusd.conf", xdg);
	else if (home && *home == '/')
		snprintf(file, sizeof(file), "%s/.config/meterbus/meterbusd.conf", home);
	if (geteuid() != 0 && *file && if_there(file))
		return file;
	return if_there("/etc/meterbus/meterbusd.conf");
}

static void tell(void *ctx, const char *sentence)
{
	(void)ctx;
	fprintf(stderr, "%s\n", sentence);
}

static void tell_log(void *ctx, const char *sentence)
{
	(void)ctx;
	log_error("%s", sentence);
}

static int check(const char *file)
{
	struct config *config;
	unsigned mistakes = keys_load(file, tell, NULL, &config);
	size_t n;

	if (mistakes)
		return EXIT_FAILURE;
	mistakes = keys_check_files(config, tell, NULL);
	n = config_count(config, SECTION_BUS);
	if (!mistakes)
		printf("%s: good, %zu %s\n", file ? file : "no file", n, n == 1 ? "bus" : "buses");
	config_free(config);
	return mistakes ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run_with(const char *file)
{
	struct daemon d = {.file = file, .signal_fd = -1, .place.lock_fd = -1};
	int rc;

	log_find_journal();
	if (keys_load(file, tell_log, NULL, &d.config) > 0)
		return EXIT_USAGE;
	d.started = d.config;
	log_set_level((enum log_level)keys_number(d.config, SECTION_DAEMON, DAEMON_LOG_LEVEL));
	rc = run_daemon(&d);
	if (d.config != d.started)
		config_free(d.config);
	config_free(d.started);
	return rc;
}

int main(int argc, char **argv)
{
	struct options options;
	const char *file;

	if (options_parse(argc, argv, &options) < 0)
		return EXIT_USAGE;
	file = options.file ? options.file : default_file();
	switch (options.order) {
	case ORDER_RUN:
		return run_with(file);
	case ORDER_CHECK:
		return check(file);
	case ORDER_HELP:
		options_help();
		return EXIT_SUCCESS;
	case ORDER_HELP_CONFIG:
		config_print_sample(&keys_schema, stdout);
		return EXIT_SUCCESS;
	case ORDER_HELP_MDOC:
		config_print_mdoc(&keys_schema, stdout);
		return EXIT_SUCCESS;
	case ORDER_VERSION:
		puts("meterbusd " METERBUS_VERSION);
		return EXIT_SUCCESS;
	}
	return EXIT_USAGE;
}
