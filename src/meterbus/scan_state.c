/* SPDX-License-Identifier: MIT */
#include "meterbus/scan_state.h"

#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <meterbus/error.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD "meterbus scan 1\n" /* then the bytes of mb_search_save() */
#define HEAD_LEN (sizeof(HEAD) - 1)
#define FILE_MAX (HEAD_LEN + MB_SEARCH_STATE_MAX(MB_SEARCH_NODES_MAX))
#define PATH_ROOM 4096

int scan_write_file(const char *path, const void *bytes, size_t n)
{
	char temporary[PATH_ROOM];
	int why;
	bool ok;
	FILE *f;

	if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	f = fopen(temporary, "wb");
	if (!f)
		return -1;
	ok = fwrite(bytes, 1, n, f) == n && fflush(f) == 0 && fsync(fileno(f)) == 0;
	ok = fclose(f) == 0 && ok;
	if (ok && rename(temporary, path) == 0)
		return 0;
	why = errno;
	unlink(temporary);
	errno = why;
	return -1;
}

int scan_state_save(const char *path, const struct mb_search *search)
{
	uint8_t *bytes = malloc(FILE_MAX);
	int n, rc = -1;

	if (bytes) {
		memcpy(bytes, HEAD, HEAD_LEN);
		n = mb_search_save(search, bytes + HEAD_LEN, FILE_MAX - HEAD_LEN);
		errno = EOVERFLOW;
		if (n >= 0)
			rc = scan_write_file(path, bytes, HEAD_LEN + (size_t)n);
	}
	if (rc < 0)
		talk_error("%s: the state of the scan cannot be kept: %s", path, strerror(errno));
	free(bytes);
	return rc < 0 ? EXIT_OUTPUT : EXIT_OK;
}

/* Length, or -1 with errno. */
static long read_file(const char *path, uint8_t *bytes, size_t max)
{
	FILE *f = fopen(path, "rb");
	size_t n;
	bool bad;

	if (!f)
		return -1;
	n = fread(bytes, 1, max, f);
	bad = ferror(f);
	fclose(f);
	if (bad)
		return -1;
	return (long)n;
}

static int load_bytes(const char *path, struct mb_search *search, const uint8_t *bytes, size_t n)
{
	int rc = MB_E_INVALID;

	if (n < HEAD_LEN || memcmp(bytes, HEAD, HEAD_LEN) != 0) {
		talk_error("%s: this is no state of a scan; it is left as it is", path);
		return EXIT_USAGE;
	}
	rc = mb_search_load(search, bytes + HEAD_LEN, n - HEAD_LEN);
	if (rc >= 0)
		return EXIT_OK;
	talk_error("%s: the state is damaged or of a scan with other options; give the same "
		   "options, or "
		   "remove the file to begin anew",
		path);
	return EXIT_USAGE;
}

int scan_state_load(const char *path, struct mb_search *search, bool *ret_found)
{
	uint8_t *bytes = malloc(FILE_MAX);
	long n = bytes ? read_file(path, bytes, FILE_MAX) : -1;
	int rc = EXIT_OK;

	*ret_found = n >= 0;
	if (n >= 0) {
		rc = load_bytes(path, search, bytes, (size_t)n);
	} else if (!bytes || errno != ENOENT) {
		talk_error("%s: %s", path, strerror(errno));
		rc = EXIT_USAGE;
	}
	free(bytes);
	return rc;
}

void scan_state_remove(const char *path)
{
	if (unlink(path) < 0 && errno != ENOENT)
		talk_error("%s: %s", path, strerror(errno));
}
