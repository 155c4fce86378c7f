/* SPDX-License-Identifier: MIT */
#include "meterbus/ctl_pick.h"

#include <stdlib.h>
#include <string.h>

/* "3" or "3-5" of 1..n. */
static bool range(const char **p, size_t n, size_t *ret_first, size_t *ret_last)
{
	size_t ends[2];

	for (int i = 0; i < 2; i++) {
		char *end;

		if (**p < '0' || **p > '9')
			return false;
		ends[i] = strtoul(*p, &end, 10);
		*p = end;
		if (i == 0 && **p != '-') {
			ends[1] = ends[0];
			break;
		}
		*p += i == 0;
	}
	*ret_first = ends[0];
	*ret_last = ends[1];
	return ends[0] >= 1 && ends[0] <= ends[1] && ends[1] <= n;
}

static bool walk(const char *text, bool *picked, size_t n)
{
	size_t first, last;

	while (*text) {
		text += strspn(text, ", \t\n");
		if (!*text)
			break;
		if (!range(&text, n, &first, &last) || (*text && !strchr(", \t\n", *text)))
			return false;
		for (; picked && first <= last; first++)
			picked[first - 1] = true;
	}
	return true;
}

bool ctl_pick(const char *text, bool *picked, size_t n)
{
	size_t len = strcspn(text, "\n");

	if (len == 3 && strncmp(text, "all", 3) == 0) {
		memset(picked, true, n);
		return true;
	}
	return text[strspn(text, ", \t\n")] && walk(text, NULL, n) && walk(text, picked, n);
}
