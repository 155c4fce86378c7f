/* SPDX-License-Identifier: MIT */
/* The master against dialogues written by hand from the standard's documentation, in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "replay.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct replay replay;

static void play(void **state)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/test/unit/transcripts/%s.txt", METERBUS_SOURCE_ROOT,
		(const char *)*state);
	replay_file(&replay, path);
	if (replay.error[0])
		fail_msg("%s", replay.error);
}

/* clang-format off */
#define PLAY(name) {name, play, NULL, NULL, (void *)(name)}
/* clang-format on */

int main(void)
{
	static const struct CMUnitTest tests[] = {
		PLAY("address"),
		PLAY("baud"),
		PLAY("echo"),
		PLAY("identity"),
		PLAY("link"),
		PLAY("multi"),
		PLAY("outcomes"),
		PLAY("pieces"),
		PLAY("quirks"),
		PLAY("read"),
		PLAY("secondary"),
		PLAY("select"),
		PLAY("time"),
		PLAY("write"),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
