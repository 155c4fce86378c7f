/* SPDX-License-Identifier: MIT */
/* Errors of the system in words that help: what it is, and what to do about it. */
#include "base/stream_impl.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct advice {
	int error;
	bool device; /* of serial ports, or of the network */
	const char *text; /* NULL: strerror() */
	const char *advice;
};

/* clang-format off */
static const struct advice table[] = {
	{ENOENT,       true,  "no such device",     "is the adapter plugged in? ls -l /dev/serial/by-id shows what is there"},
	{ENXIO,        true,  "no such device",     "the driver knows no port behind this file; is the adapter plugged in?"},
	{ENODEV,       true,  "unplugged",          "plug the adapter in again"},
	{EIO,          true,  "unplugged",          "plug the adapter in again"},
	{ENOTTY,       true,  "not a serial port",  "check the path"},
	{EISDIR,       true,  "a directory",        "give the path of the serial port itself"},
	{ECONNREFUSED, false, "connection refused", "nothing listens on that port; check host and port, and that the gateway is on"},
	{ETIMEDOUT,    false, "the peer is silent", "it was switched off or cut off; check the cable and the gateway"},
	{EHOSTUNREACH, false, "host unreachable",   "check the address, the cable and the route"},
	{ENETUNREACH,  false, "network unreachable", "check the address and the route"},
	{ECONNRESET,   false, "connection reset by the peer", "it restarted, or it serves another client"},
	{EPIPE,        false, "closed by the peer", "it restarted, or it serves another client"},
};
/* clang-format on */

static const struct advice *find_advice(bool device, int error)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].error == error && table[i].device == device)
			return &table[i];
	}
	return NULL;
}

static void permission_text(const char *path, char *ret_text, size_t max)
{
	struct stat st;
	const struct group *group = stat(path, &st) == 0 ? getgrgid(st.st_gid) : NULL;

	if (!group || !(st.st_mode & S_IWGRP))
		snprintf(ret_text, max,
			"permission denied; no group may use this device, see ls -l");
	else
		snprintf(ret_text, max,
			"permission denied; add yourself to group %s (sudo usermod -aG %s "
			"\"$USER\"), "
			"then log in again",
			group->gr_name, group->gr_name);
}

void stream_errno_text(
	enum stream_kind kind, const char *path, int error, char *ret_text, size_t max)
{
	bool device = kind == STREAM_SERIAL || kind == STREAM_PTY;
	const struct advice *advice = find_advice(device, error);

	if (device && error == EACCES)
		permission_text(path, ret_text, max);
	else if (advice)
		snprintf(ret_text, max, "%s; %s", advice->text, advice->advice);
	else
		snprintf(ret_text, max, "%s", strerror(error));
}

int stream_failed_errno(struct stream *s, int error)
{
	char text[STREAM_TEXT_MAX];

	stream_errno_text(s->url.kind, s->url.path, error, text, sizeof(text));
	return stream_failed(s, "%s", text);
}
