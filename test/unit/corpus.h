/* SPDX-License-Identifier: MIT */
/* Real telegrams, where they are at hand: METERBUS_CORPUS or ../shared/corpus beside the source. */
#ifndef TEST_CORPUS_H
#define TEST_CORPUS_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CORPUS_BYTES_MAX 4096

typedef void corpus_visitor(const char *name, const uint8_t *bytes, size_t len);

/* Bytes of a file of hex; aborts when it cannot be read. */
static inline size_t corpus_read(const char *path, uint8_t bytes[CORPUS_BYTES_MAX])
{
	FILE *file = fopen(path, "r");
	unsigned byte;
	size_t len = 0;

	if (!file)
		abort();
	while (len < CORPUS_BYTES_MAX && fscanf(file, " %2x", &byte) == 1)
		bytes[len++] = (uint8_t)byte;
	fclose(file);
	return len;
}

/* Shows every .hex of a folder of the corpus to the visitor; how many, 0 when it is not there. */
static inline unsigned corpus_visit(const char *folder, corpus_visitor *visit)
{
	const char *corpus = getenv("METERBUS_CORPUS");
	const char *root = METERBUS_SOURCE_ROOT "/../shared/corpus";
	uint8_t bytes[CORPUS_BYTES_MAX];
	struct dirent *entry;
	char path[1024];
	unsigned count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", corpus ? corpus : root, folder);
	dir = opendir(path);
	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');

		if (!dot || strcmp(dot, ".hex") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s/%s", corpus ? corpus : root, folder,
			entry->d_name);
		visit(entry->d_name, bytes, corpus_read(path, bytes));
		count++;
	}
	closedir(dir);
	return count;
}

#endif
