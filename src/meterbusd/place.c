/* SPDX-License-Identifier: MIT */
#include "meterbusd/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIR_MODE 0750
#define FILE_MAX (PATH_MAX + 16)

/* systemd gives $STATE_DIRECTORY, the first of a list; then root's place, then the user's. */
static int find(char *ret_dir, size_t max)
{
	const char *state = getenv("STATE_DIRECTORY"), *xdg = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	int n;

	if (state && *state == '/')
		n = snprintf(ret_dir, max, "%.*s", (int)strcspn(state, ":"), state);
	else if (geteuid() == 0)
		n = snprintf(ret_dir, max, "/var/lib/meterbus");
	else if (xdg && *xdg == '/')
		n = snprintf(ret_dir, max, "%s/meterbus", xdg);
	else if (home && *home == '/')
		n = snprintf(ret_dir, max, "%s/.local/state/meterbus", home);
	else
		return -1;
	return n > 0 && (size_t)n < max ? 0 : -1;
}

/* Only what was made here gets the owner: the rest is the administrator's. */
static int make(const char *dir, uid_t uid, gid_t gid)
{
	if (mkdir(dir, DIR_MODE) < 0)
		return errno == EEXIST ? 0 : -1;
	return uid == geteuid() ? 0 : chown(dir, uid, gid);
}

static int make_all(char *dir, uid_t uid, gid_t gid)
{
	int rc = 0;

	for (char *slash = strchr(dir + 1, '/'); slash && rc == 0; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		rc = make(dir, uid, gid);
		*slash = '/';
	}
	return rc == 0 ? make(dir, uid, gid) : rc;
}

int place_make(struct place *place, const char *configured, uid_t uid, gid_t gid, char *ret_err,
	size_t max)
{
	struct stat st;

	place->lock_fd = -1;
	if (configured && strlen(configured) >= sizeof(place->dir)) {
		snprintf(ret_err, max, "[daemon] data is too long a path");
		return -1;
	}
	if (configured) {
		strcpy(place->dir, configured);
	} else if (find(place->dir, sizeof(place->dir)) < 0) {
		snprintf(ret_err, max, "no directory for data: set [daemon] data, or $HOME");
		return -1;
	}
	if (make_all(place->dir, uid, gid) < 0 || stat(place->dir, &st) < 0) {
		snprintf(ret_err, max, "%s: cannot be made: %s; set [daemon] data", place->dir,
			strerror(errno));
		return -1;
	}
	if (!S_ISDIR(st.st_mode)) {
		snprintf(ret_err, max, "%s: is no directory; set [daemon] data", place->dir);
		return -1;
	}
	return 0;
}

static void complain_held(const struct place *place, int fd, int error, char *ret_err, size_t max)
{
	char pid[16] = "";
	ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

	pid[n > 0 ? strspn(pid, "0123456789") : 0] = '\0';
	if (error == EWOULDBLOCK)
		snprintf(ret_err, max,
			"%s: is used by another meterbusd (pid %s); stop it, or set [daemon] data",
			place->dir, *pid ? pid : "unknown");
	else
		snprintf(ret_err, max, "%s: cannot be locked: %s", place->dir, strerror(error));
}

int place_lock(struct place *place, char *ret_err, size_t max)
{
	char file[FILE_MAX];
	int fd, error;

	snprintf(file, sizeof(file), "%s/lock", place->dir);
	fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0) {
		snprintf(ret_err, max, "%s: cannot be written by uid %u: %s", file,
			(unsigned)geteuid(), strerror(errno));
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		error = errno;
		complain_held(place, fd, error, ret_err, max);
		close(fd);
		return -1;
	}
	if (ftruncate(fd, 0) < 0 || dprintf(fd, "%d\n", (int)getpid()) < 0) {
		snprintf(ret_err, max, "%s: cannot be written: %s", file, strerror(errno));
		close(fd);
		return -1;
	}
	place->lock_fd = fd;
	return 0;
}

/* The file stays: removing it could take away the lock of one who has just opened it. */
void place_unlock(struct place *place)
{
	if (place->lock_fd >= 0)
		close(place->lock_fd);
	place->lock_fd = -1;
}
