/* SPDX-License-Identifier: MIT */
#include "base/tty_lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PROCESS_NAME_MAX 64

/*
 * TIOCEXCL outlives a killed client while anyone keeps the terminal open, as the maker of a pty
 * does: there flock() alone has to do.
 */
static bool is_pty(int fd)
{
	char name[PATH_MAX];

	return ttyname_r(fd, name, sizeof(name)) == 0 && strncmp(name, "/dev/pts/", 9) == 0;
}

int tty_lock(int fd)
{
	int taken = 0;

	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? EBUSY : errno;
	if (is_pty(fd))
		return 0;
	if (ioctl(fd, TIOCGEXCL, &taken) == 0 && taken)
		return EBUSY; /* root is not kept out by it: ask */
	return ioctl(fd, TIOCEXCL) < 0 ? errno : 0;
}

void tty_unlock(int fd)
{
	if (!is_pty(fd))
		ioctl(fd, TIOCNXCL);
}

static bool process_has_open(const char *pid, const char *device)
{
	char dir_path[64 + NAME_MAX];
	char target[PATH_MAX];
	bool found = false;
	struct dirent *entry;
	DIR *dir;

	snprintf(dir_path, sizeof(dir_path), "/proc/%s/fd", pid);
	dir = opendir(dir_path);
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		if (n < 0)
			continue;
		target[n] = '\0';
		found = strcmp(target, device) == 0;
	}
	closedir(dir);
	return found;
}

static void process_name(const char *pid, char *ret_name, size_t max)
{
	char path[64 + NAME_MAX];
	FILE *file;

	snprintf(ret_name, max, "a program");
	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(ret_name, (int)max, file))
		ret_name[strcspn(ret_name, "\n")] = '\0';
	fclose(file);
}

/* The first process that has the device open: its pid as text, "" when /proc does not tell. */
static void find_holder(const char *device, char *ret_pid, size_t max)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;

	ret_pid[0] = '\0';
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		if (!process_has_open(entry->d_name, device))
			continue;
		snprintf(ret_pid, max, "%s", entry->d_name);
		break;
	}
	closedir(dir);
}

void tty_holder_text(const char *path, char *ret_text, size_t max)
{
	char name[PROCESS_NAME_MAX];
	char pid[NAME_MAX + 1];
	char *device = realpath(path, NULL);

	find_holder(device ? device : path, pid, sizeof(pid));
	free(device);
	if (pid[0] == '\0') {
		snprintf(ret_text, max, "in use by another program; \"sudo fuser -v %s\" names it",
			path);
		return;
	}
	process_name(pid, name, sizeof(name));
	snprintf(ret_text, max, "in use by %s (pid %s); end it first", name, pid);
}
