/* SPDX-License-Identifier: MIT */
#include "base/zone.h"

#include "base/zone_impl.h"

#include <meterbus/error.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATABASE "/usr/share/zoneinfo"
#define LOCALTIME "/etc/localtime"

struct error_out {
	char *text;
	size_t max;
};

/* Loaded zones. The lock is for threads that put a zone of theirs. */
static pthread_mutex_t zones_lock = PTHREAD_MUTEX_INITIALIZER;
static struct zone *zones;

static struct zone_type utc_type;
static const struct zone utc = {.name = "UTC", .n_types = 1, .types = &utc_type};

const struct zone *zone_of_utc(void)
{
	return &utc;
}

const char *zone_name(const struct zone *zone)
{
	return zone->name;
}

static int fail(const struct error_out *err, const char *what, const char *why)
{
	snprintf(err->text, err->max, "time zone %s: %s", what, why);
	return MB_E_INVALID;
}

/* --- files ----------------------------------------------------------------------------------- */

/* Bytes read, or -1 with errno. A file larger than max is cut, and found to be none. */
static ssize_t read_file(const char *path, uint8_t *ret_bytes, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	size_t len = 0;
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	while (len < max) {
		n = read(fd, ret_bytes + len, max - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	close(fd);
	return n < 0 ? -1 : (ssize_t)len;
}

static int load_file(
	const char *path, const char *name, struct zone *zone, const struct error_out *err)
{
	uint8_t *bytes = malloc(ZONE_FILE_MAX);
	const char *wrong;
	ssize_t n;

	if (!bytes)
		return fail(err, name, "no memory");
	n = read_file(path, bytes, ZONE_FILE_MAX);
	if (n < 0)
		wrong = errno == ENOENT ? "unknown: use a name like Europe/Prague"
					: strerror(errno);
	else
		wrong = zone_file_parse(bytes, (size_t)n, zone);
	free(bytes);
	return wrong ? fail(err, name, wrong) : 0;
}

/* Letters, digits, + - _ in parts between slashes: no way out of the directory. */
static bool is_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789+-_/";
	size_t len = strspn(name, allowed);

	return len > 0 && len < ZONE_NAME_MAX && name[len] == '\0' && name[0] != '/';
}

static int load_name(const char *name, struct zone *zone, const struct error_out *err)
{
	const char *directory = getenv("TZDIR");
	char path[PATH_MAX];
	int n;

	if (!is_name(name))
		return fail(err, name, "unknown: use a name like Europe/Prague");
	n = snprintf(
		path, sizeof(path), "%s/%s", directory && *directory ? directory : DATABASE, name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return fail(err, name, "the path of the file is too long");
	return load_file(path, name, zone, err);
}

/* --- the system's ---------------------------------------------------------------------------- */

/* /etc/localtime points to ".../zoneinfo/Europe/Prague". */
static bool name_of_link(char ret_name[ZONE_NAME_MAX])
{
	static const char mark[] = "/zoneinfo/";
	char target[PATH_MAX];
	ssize_t n = readlink(LOCALTIME, target, sizeof(target) - 1);
	const char *name;

	if (n <= 0)
		return false;
	target[n] = '\0';
	name = strstr(target, mark);
	if (!name || !is_name(name + strlen(mark)))
		return false;
	memcpy(ret_name, name + strlen(mark), strlen(name + strlen(mark)) + 1);
	return true;
}

/* TZ may be a name, a path, or the rules themselves; a colon in front means a file. */
static int load_system(struct zone *zone, const struct error_out *err)
{
	const char *tz = getenv("TZ");

	if (!tz || !*tz) {
		if (access(LOCALTIME, F_OK) < 0)
			return 0; /* POSIX: UTC */
		return load_file(LOCALTIME, LOCALTIME, zone, err);
	}
	tz += *tz == ':';
	if (*tz == '/')
		return load_file(tz, tz, zone, err);
	if (zone_tail_parse(tz, &zone->tail))
		return 0;
	return load_name(tz, zone, err);
}

static void name_of_system(char ret_name[ZONE_NAME_MAX])
{
	const char *tz = getenv("TZ");

	if (tz && *tz == ':')
		tz++;
	if (tz && is_name(tz))
		memcpy(ret_name, tz, strlen(tz) + 1);
	else if ((tz && *tz) || !name_of_link(ret_name))
		memcpy(ret_name, "localtime", sizeof("localtime"));
}

/* --- the set --------------------------------------------------------------------------------- */

/* A zone without a file: its tail, or UTC. */
static int fill_types(struct zone *zone)
{
	if (zone->types)
		return 0;
	zone->types = calloc(1, sizeof(*zone->types));
	zone->n_types = 1;
	return zone->types ? 0 : -1;
}

static int load(const char *name, bool system, struct zone *zone, const struct error_out *err)
{
	int rc = 0;

	if (system)
		rc = load_system(zone, err);
	else if (strcmp(name, "UTC") != 0)
		rc = load_name(name, zone, err);
	if (rc == 0 && fill_types(zone) < 0)
		rc = fail(err, name, "no memory");
	return rc;
}

static struct zone *find_loaded(const char *name)
{
	struct zone *zone = zones;

	while (zone && strcmp(zone->name, name) != 0)
		zone = zone->next;
	return zone;
}

static int load_new(
	const char *name, bool system, struct zone **ret_zone, const struct error_out *err)
{
	struct zone *zone = calloc(1, sizeof(*zone));
	int rc;

	if (!zone)
		return fail(err, name, "no memory");
	rc = load(name, system, zone, err);
	if (rc < 0) {
		free(zone);
		return rc;
	}
	memcpy(zone->name, name, strlen(name) + 1);
	zone->next = zones;
	zones = zone;
	*ret_zone = zone;
	return 0;
}

int zone_load(const char *name, struct zone **ret_zone, char *ret_err, size_t err_max)
{
	const struct error_out err = {ret_err, err_max};
	bool system = !name || !*name;
	char own[ZONE_NAME_MAX];
	struct zone *zone;
	int rc = 0;

	if (system) {
		name_of_system(own);
		name = own;
	}
	pthread_mutex_lock(&zones_lock);
	zone = find_loaded(name);
	if (!zone)
		rc = load_new(name, system, &zone, &err);
	if (rc == 0) {
		zone->refs++;
		*ret_zone = zone;
	}
	pthread_mutex_unlock(&zones_lock);
	return rc;
}

struct zone *zone_ref(struct zone *zone)
{
	pthread_mutex_lock(&zones_lock);
	zone->refs++;
	pthread_mutex_unlock(&zones_lock);
	return zone;
}

static void unlink_zone(const struct zone *zone)
{
	struct zone **at = &zones;

	while (*at != zone)
		at = &(*at)->next;
	*at = zone->next;
}

void zone_put(struct zone *zone)
{
	bool last;

	if (!zone)
		return;
	pthread_mutex_lock(&zones_lock);
	last = --zone->refs == 0;
	if (last)
		unlink_zone(zone);
	pthread_mutex_unlock(&zones_lock);
	if (last) {
		zone_file_done(zone);
		free(zone);
	}
}
