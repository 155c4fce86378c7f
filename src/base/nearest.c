/* SPDX-License-Identifier: MIT */
#include "base/nearest.h"

#include <string.h>

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

unsigned nearest_distance(const char *a, const char *b)
{
	unsigned rows[3][NEAREST_MAX];
	size_t la = strlen(a), lb = strlen(b);

	if (la >= NEAREST_MAX || lb >= NEAREST_MAX)
		return NEAREST_MAX;
	for (unsigned j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= la; i++) {
		unsigned *row = rows[i % 3], *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];

		row[0] = i;
		for (unsigned j = 1; j <= lb; j++) {
			row[j] =
				min3(up[j] + 1, row[j - 1] + 1, up[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				up2[j - 2] + 1 < row[j])
				row[j] = up2[j - 2] + 1;
		}
	}
	return rows[la % 3][lb];
}

bool nearest_name(const char *text, const char *names, char *ret_name, size_t max)
{
	size_t text_len = strlen(text);
	unsigned best = (unsigned)(text_len / 3 + 1) + 1; /* a third may be wrong */
	bool found = false;

	while (*names) {
		char name[NEAREST_MAX];
		size_t len = strcspn(names, " ");
		unsigned distance;

		if (len > 0 && len < sizeof(name) && len < max) {
			memcpy(name, names, len);
			name[len] = 0;
			distance = nearest_distance(text, name);
			if (text_len >= 3 && strncmp(text, name, text_len) == 0)
				distance = 1; /* a beginning */
			if (distance < best) {
				best = distance;
				memcpy(ret_name, name, len + 1);
				found = true;
			}
		}
		names += len;
		names += strspn(names, " ");
	}
	return found;
}
