/* SPDX-License-Identifier: MIT */
/*
 * The power is cut at any write or sync: what was acknowledged is there, whole and in order.
 * METERBUS_POWER_CUTS: how many cuts (120).
 */
#include "vfs.h"
#include "workload.h"

#include "store_help.h"

#define COMMITS 400
#define CUTS 120

static struct test_store t;
static char disk_dir[600], disk_path[700];

/* Small limits: the log is led into the file many times. */
static void run(void)
{
	struct store *s;
	char err[512];

	t.options.vfs = VFS_NAME;
	t.options.max_bytes = STORE_BYTES_MIN;
	vfs_register();
	vfs_reset();
	vfs_record(true);
	for (uint64_t i = 0; i < COMMITS;) {
		int rc = store_open(&t.options, &s, err, sizeof(err));

		if (rc < 0)
			fail_msg("%s", err);
		do {
			assert_int_equal(workload_commit(s, i), 0);
			vfs_mark(++i);
		} while (i % 150 != 0 && i < COMMITS); /* closed and opened now and then */
		store_close(s);
	}
	vfs_record(false);
}

static int set_up(void **state)
{
	(void)state;
	test_store_dir(&t);
	snprintf(disk_dir, sizeof(disk_dir), "%s/disk", t.dir);
	snprintf(disk_path, sizeof(disk_path), "%s/store", disk_dir);
	mkdir(disk_dir, 0700);
	run();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	vfs_reset();
	test_store_done(&t);
	return 0;
}

/* The recording itself: without a cut, the disk is the store. */
static void test_no_cut(void **state)
{
	uint64_t commits = 0;
	const char *wrong;

	(void)state;
	assert_in_range(vfs_steps(), COMMITS * 3, 1000000);
	vfs_rebuild(vfs_steps(), disk_dir, 1, 1);
	wrong = workload_check(disk_path, COMMITS, &commits);
	if (wrong)
		fail_msg("%s", wrong);
	assert_int_equal(commits, COMMITS);
}

static void cut(size_t step, unsigned seed, int mode, uint64_t *ret_commits)
{
	uint64_t acknowledged = vfs_marked(step);
	const char *wrong;

	vfs_rebuild(step, disk_dir, seed, mode);
	wrong = workload_check(disk_path, acknowledged, ret_commits);
	if (wrong)
		fail_msg("cut after step %zu of %zu, mode %d, seed %u, %llu acknowledged, %llu "
			 "found: %s",
			step, vfs_steps(), mode, seed, (unsigned long long)acknowledged,
			(unsigned long long)*ret_commits, wrong);
}

static void test_cuts(void **state)
{
	const char *env = getenv("METERBUS_POWER_CUTS");
	unsigned cuts = env ? (unsigned)atoi(env) : CUTS, seed = 1, more = 0, exact = 0;
	uint64_t commits = 0;

	(void)state;
	for (unsigned i = 0; i < cuts; i++) {
		size_t step;

		seed = seed * 1103515245 + 12345;
		step = (size_t)(seed >> 4) % vfs_steps();
		cut(step, seed, (int)(i % 4), &commits);
		more += commits > vfs_marked(step);
		exact += commits == vfs_marked(step);
	}
	/* the cuts were where it matters: some in the middle of a commit */
	assert_int_equal(more + exact, cuts);
	assert_true(exact > 0);
	if (cuts >= CUTS)
		assert_true(more > 0);
}

/* The store goes on after a cut, and may be cut again. */
static void test_goes_on(void **state)
{
	struct store_options options = {.path = disk_path, .now_ms = STORE_T0};
	struct store *s;
	uint64_t commits = 0;
	char err[512];
	const char *wrong;

	(void)state;
	for (unsigned i = 1; i <= 5; i++) {
		cut(vfs_steps() * i / 6, i, 3, &commits);
		assert_int_equal(store_open(&options, &s, err, sizeof(err)), 0);
		for (int k = 0; k < 20; k++)
			assert_int_equal(workload_commit(s, commits + (unsigned)k), 0);
		store_close(s);
		wrong = workload_check(disk_path, commits + 20, &commits);
		if (wrong)
			fail_msg("%s", wrong);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_cut),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_goes_on),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
