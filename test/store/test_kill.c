/* SPDX-License-Identifier: MIT */
/*
 * A child commits and says so through a pipe; it is killed at any time (SIGKILL). What it said is
 * there. METERBUS_KILLS: how often (12).
 */
#include "workload.h"

#include "store_help.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define KILLS 12

static int child(const char *path, uint64_t i)
{
	const struct store_options options = {.path = path, .now_ms = STORE_T0};
	struct store *s;
	char err[512];

	if (store_open(&options, &s, err, sizeof(err)) < 0) {
		fprintf(stderr, "%s\n", err);
		return 1;
	}
	for (;;) {
		if (workload_commit(s, i++) < 0)
			return 1;
		if (write(STDOUT_FILENO, &i, sizeof(i)) != (ssize_t)sizeof(i))
			return 1;
	}
}

static pid_t start(const char *path, uint64_t from, int *ret_fd)
{
	char number[32];
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)from);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		execl("/proc/self/exe", "test_kill", "child", path, number, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	*ret_fd = fds[0];
	return pid;
}

/* Time goes by on the processor, for less than a commit takes. */
static void spin(unsigned us)
{
	struct timespec begin, now;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - begin.tv_sec) * 1000000 + (now.tv_nsec - begin.tv_nsec) / 1000 <
		(long)us);
}

/* Number of the commits that were acknowledged before the child was gone. */
static uint64_t run_and_kill(const char *path, uint64_t from, unsigned after, unsigned us)
{
	uint64_t acknowledged = from, i;
	int fd, status;
	pid_t pid = start(path, from, &fd);

	while (acknowledged < from + after && read(fd, &i, sizeof(i)) == (ssize_t)sizeof(i))
		acknowledged = i;
	spin(us);
	kill(pid, SIGKILL);
	while (read(fd, &i, sizeof(i)) == (ssize_t)sizeof(i))
		acknowledged = i;
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return acknowledged;
}

static void test_kill(void **state)
{
	const char *env = getenv("METERBUS_KILLS");
	unsigned kills = env ? (unsigned)atoi(env) : KILLS, x = 7;
	struct test_store t;
	uint64_t commits = 0;

	(void)state;
	test_store_dir(&t);
	for (unsigned k = 0; k < kills; k++) {
		uint64_t acknowledged;
		const char *wrong;

		x = x * 1103515245 + 12345;
		acknowledged = run_and_kill(t.path, commits, x >> 16 & 0x7f, x >> 8 & 0x7ff);
		wrong = workload_check(t.path, acknowledged, &commits);
		if (wrong)
			fail_msg("kill %u, %llu acknowledged, %llu found: %s", k,
				(unsigned long long)acknowledged, (unsigned long long)commits,
				wrong);
	}
	assert_true(commits > 0);
	test_store_done(&t);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_kill)};

	if (argc == 4 && strcmp(argv[1], "child") == 0)
		return child(argv[2], strtoull(argv[3], NULL, 10));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
