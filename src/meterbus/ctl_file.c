/* SPDX-License-Identifier: MIT */
#include "meterbus/ctl_file.h"

#include "meterbus/exit.h"
#include "meterbus/talk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int ctl_file_read(const char *path, struct buf *ret_text)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	char piece[4096];
	size_t n = 0;
	int code = EXIT_OK;

	while (file && code == EXIT_OK && (n = fread(piece, 1, sizeof(piece), file)) > 0) {
		if (!buf_add(ret_text, piece, n)) {
			talk_error("%s: larger than %zu bytes", path, ret_text->max);
			code = EXIT_USAGE;
		}
	}
	if (!file || ferror(file)) {
		talk_error("%s: %s", path, strerror(errno));
		code = EXIT_USAGE;
	}
	if (file && file != stdin)
		fclose(file);
	if (code == EXIT_OK && !buf_add(ret_text, "", 1))
		return EXIT_USAGE;
	ret_text->len -= code == EXIT_OK;
	return code;
}

int ctl_file_write(const char *path, const void *bytes, size_t n, bool secret)
{
	char part[4096];
	FILE *file;
	mode_t old;
	bool good;

	if (strcmp(path, "-") == 0)
		return fwrite(bytes, 1, n, stdout) == n ? EXIT_OK : EXIT_OUTPUT;
	snprintf(part, sizeof(part), "%s.part", path);
	old = umask(secret ? 077 : 022);
	file = fopen(part, "wx");
	umask(old);
	good = file && fwrite(bytes, 1, n, file) == n && fflush(file) == 0 &&
	       fsync(fileno(file)) == 0;
	if (file && fclose(file) != 0)
		good = false;
	if (good && rename(part, path) == 0)
		return EXIT_OK;
	talk_error("%s: %s", file ? path : part, strerror(errno));
	if (file)
		unlink(part);
	return EXIT_OUTPUT;
}
