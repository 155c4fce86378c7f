/* SPDX-License-Identifier: MIT */
/* A disk that fails, is full, or has changed what was written; a file of an older program. */
#include "store/schema.h"
#include "vfs.h"
#include "workload.h"

#include "store_help.h"

#include <sqlite3.h>

static int set_up(void **state)
{
	struct test_store *t = malloc(sizeof(*t));

	assert_non_null(t);
	test_store_dir(t);
	vfs_register();
	vfs_reset();
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	vfs_reset();
	test_store_done(*state);
	free(*state);
	return 0;
}

/* ---- writes that fail ---- */

static void fail_writes(struct test_store *t, int error, int expected)
{
	uint64_t i = 0, commits = 0;
	unsigned failed = 0;
	const char *wrong;
	struct store_stats stats;

	t->options.vfs = VFS_NAME;
	t->options.max_bytes = STORE_BYTES_MIN;
	test_store_open(t);
	for (uint64_t n = 1; n <= 300; n++) {
		int rc;

		vfs_fail_after(1 + n % 60, error);
		while ((rc = workload_commit(t->store, i)) == 0)
			i++;
		assert_int_equal(rc, expected);
		failed++;
		vfs_fail_after(0, 0);
		assert_int_equal(workload_commit(t->store, i), 0); /* the same once more */
		i++;
	}
	store_stats(t->store, &stats);
	assert_int_equal(stats.failures, failed);
	assert_int_equal(stats.last_seq, workload_last_seq(i));
	test_store_close(t);
	wrong = workload_check(t->path, i, &commits);
	if (wrong)
		fail_msg("%s", wrong);
	assert_int_equal(commits, i);
}

static void test_full_disk(void **state)
{
	fail_writes(*state, SQLITE_FULL, STORE_E_FULL);
}

static void test_failing_disk(void **state)
{
	fail_writes(*state, SQLITE_IOERR_WRITE, STORE_E_IO);
}

/* ---- bytes that change ---- */

struct file {
	uint8_t *bytes;
	size_t len;
};

static struct file load(const char *path)
{
	struct file f;
	FILE *in = fopen(path, "r");

	assert_non_null(in);
	fseek(in, 0, SEEK_END);
	f.len = (size_t)ftell(in);
	rewind(in);
	f.bytes = malloc(f.len);
	assert_int_equal(fread(f.bytes, 1, f.len, in), f.len);
	fclose(in);
	return f;
}

static void save(const char *path, const struct file *f)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(f->bytes, 1, f->len, out), f->len);
	fclose(out);
}

static size_t find(const struct file *f, const void *what, size_t len)
{
	const uint8_t *at = memmem(f->bytes, f->len, what, len);

	assert_non_null(at);
	return (size_t)(at - f->bytes);
}

struct sum {
	uint64_t next, good, bad;
};

static int add_up(void *ctx, const struct store_telegram *t)
{
	struct sum *sum = ctx;

	assert_int_equal(t->seq, sum->next++);
	if (t->error == STORE_E_CORRUPT) {
		sum->bad++;
	} else {
		uint8_t bytes[160];
		uint16_t len = test_store_bytes(t->account, t->time_ms, 0, bytes);

		assert_int_equal(t->error, 0);
		assert_int_equal(t->len, len);
		assert_memory_equal(t->bytes, bytes, len);
		sum->good++;
	}
	return 0;
}

#define TELEGRAMS 6000

static void fill(struct test_store *t)
{
	struct store_batch *b = store_batch_new();

	test_store_open(t);
	for (uint32_t i = 0; i < TELEGRAMS; i++)
		test_store_chain(b, 1 + i % 7, STORE_T0 + 1000 * i, 1);
	assert_int_equal(test_store_commit(t, b), 0);
	test_store_close(t);
}

static struct sum read_all(struct test_store *t)
{
	struct store_telegram_filter all = {0};
	struct sum sum = {1, 0, 0};
	struct store_stats stats;
	int64_t n = store_telegrams(t->reader, &all, add_up, &sum);

	assert_int_equal(n, sum.good + sum.bad);
	store_stats(t->store, &stats);
	assert_int_equal(stats.corrupt, sum.bad);
	return sum;
}

static int count(void *ctx, const struct store_telegram *t)
{
	*(uint64_t *)ctx += 1;
	assert_int_equal(t->error, 0);
	return 0;
}

static void test_flipped_telegram(void **state)
{
	struct test_store *t = *state;
	uint8_t bytes[160];
	uint16_t len;
	struct file f;
	struct sum sum;

	fill(t);
	f = load(t->path);
	len = test_store_bytes(1 + 3500 % 7, STORE_T0 + 3500000, 0, bytes);
	f.bytes[find(&f, bytes, len) + 7] ^= 0x10;
	save(t->path, &f);
	free(f.bytes);
	test_store_open(t);
	sum = read_all(t);
	assert_int_equal(sum.bad, 1);
	assert_int_equal(sum.good, TELEGRAMS - 1);
	for (uint32_t account = 1; account <= 7; account++) { /* the way back leads past it */
		uint64_t n = 0, wanted = TELEGRAMS / 7 + (account <= TELEGRAMS % 7);

		assert_true(store_back(t->reader, account, 0, count, &n) >= 0);
		assert_int_equal(n, wanted - (account == 1 + 3500 % 7));
	}
}

/* A page of the table is lost: its telegrams are told to be damaged, all others are given. */
static void test_lost_page(void **state)
{
	struct test_store *t = *state;
	static const int fillings[] = {0x00, 0xff};

	fill(t);
	for (size_t i = 0; i < 2; i++) {
		struct file f = load(t->path);
		uint8_t bytes[160];
		uint16_t len = test_store_bytes(1 + 3500 % 7, STORE_T0 + 3500000, 0, bytes);
		size_t at = find(&f, bytes, len) & ~(size_t)4095;
		uint8_t *kept = malloc(4096);
		struct sum sum;

		memcpy(kept, f.bytes + at, 4096);
		memset(f.bytes + at, fillings[i], 4096);
		save(t->path, &f);
		test_store_open(t);
		sum = read_all(t);
		assert_int_equal(sum.good + sum.bad, TELEGRAMS);
		assert_in_range(sum.bad, 10, 50);
		test_store_close(t);
		memcpy(f.bytes + at, kept, 4096);
		save(t->path, &f);
		free(kept);
		free(f.bytes);
	}
	test_store_open(t);
	assert_int_equal(read_all(t).bad, 0);
}

/* Any byte of the file: what is given is right, what is not is told, and nothing crashes. */
static void test_flips_anywhere(void **state)
{
	struct test_store *t = *state;
	unsigned x = 3, opened = 0, bad = 0;
	struct file f;

	fill(t);
	f = load(t->path);
	for (int i = 0; i < 150; i++) {
		struct store *s;
		struct store_reader *r;
		struct sum sum = {1, 0, 0};
		char err[512];
		size_t at;

		x = x * 1103515245 + 12345;
		at = ((size_t)x >> 2) % f.len;
		f.bytes[at] ^= (uint8_t)(1 << (x >> 29));
		save(t->path, &f);
		if (store_open(&t->options, &s, err, sizeof(err)) == 0) {
			opened++;
			if (store_reader_open(s, &r) == 0) {
				store_telegrams(
					r, &(struct store_telegram_filter){0}, add_up, &sum);
				bad += sum.bad > 0;
				store_reader_close(r);
			}
			store_close(s);
		}
		f.bytes[at] ^= (uint8_t)(1 << (x >> 29));
	}
	free(f.bytes);
	assert_in_range(opened, 100, 150);
	assert_in_range(bad, 50, 150);
}

static int count_points(void *ctx, const struct store_point *p)
{
	(void)p;
	*(uint64_t *)ctx += 1;
	return 0;
}

static int count_accounts(void *ctx, const struct store_account *account)
{
	(void)account;
	*(uint64_t *)ctx += 1;
	return 0;
}

static void test_flipped_points_and_accounts(void **state)
{
	static const char *const words[] = {"the text of day 3", "{name: second}"};
	struct test_store *t = *state;
	struct store_batch *b = store_batch_new();
	struct store_stats stats;
	uint64_t points = 0, accounts = 0;
	struct file f;

	test_store_open(t);
	for (uint32_t day = 0; day < 10; day++) {
		char text[32];
		struct store_point p = {.time_ms = day * STORE_DAY_MS, .type = STORE_TEXT};

		snprintf(text, sizeof(text), "the text of day %u", day);
		p.text = text;
		p.text_len = (uint16_t)strlen(text);
		store_batch_chunk(b, 1, day, &p, 1);
	}
	store_batch_account(b, 1, 0, "{name: first}");
	store_batch_account(b, 2, 0, "{name: second}");
	store_batch_account(b, 3, 0, "{name: third}");
	assert_int_equal(test_store_commit(t, b), 0);
	test_store_close(t);
	f = load(t->path);
	for (size_t i = 0; i < 2; i++)
		f.bytes[find(&f, words[i], strlen(words[i])) + 2] ^= 0x01;
	save(t->path, &f);
	free(f.bytes);
	test_store_open(t);
	assert_int_equal(
		store_points(t->reader, 1, 0, STORE_TIME_MAX_MS, count_points, &points), 9);
	assert_int_equal(store_accounts(t->reader, count_accounts, &accounts), 2);
	store_stats(t->store, &stats);
	assert_int_equal(stats.corrupt, 2);
}

/* ---- migration ---- */

static int64_t number(const char *path, const char *text)
{
	struct sql q;
	sqlite3_stmt *statement;
	int64_t n;

	assert_int_equal(sql_open(&q, path, SQLITE_OPEN_READWRITE, NULL), 0);
	assert_int_equal(sqlite3_prepare_v2(q.db, text, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	n = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sql_close(&q);
	return n;
}

static int migrate(const char *path, const char *last_step)
{
	const char *steps[8];
	struct sql q;
	int rc;

	assert_true(schema_step_count < 8);
	memcpy(steps, schema_steps, (size_t)schema_step_count * sizeof(steps[0]));
	steps[schema_step_count] = last_step;
	assert_int_equal(sql_open(&q, path, SQLITE_OPEN_READWRITE, NULL), 0);
	rc = schema_migrate(&q, path, NULL, steps, schema_step_count + 1);
	sql_close(&q);
	return rc;
}

static void test_migration(void **state)
{
	struct test_store *t = *state, old;
	char backup[400];

	fill(t);
	snprintf(backup, sizeof(backup), "%s.v%d.bak", t->path, schema_step_count);
	/* a step that fails leaves all as it was */
	assert_true(migrate(t->path, "DELETE FROM telegram; SELECT no_such_function()") < 0);
	assert_int_equal(number(t->path, "PRAGMA user_version"), schema_step_count);
	assert_int_equal(number(t->path, "SELECT count(*) FROM telegram"), TELEGRAMS);
	assert_int_equal(
		migrate(t->path, "ALTER TABLE telegram ADD COLUMN more INTEGER DEFAULT 5"), 0);
	assert_int_equal(number(t->path, "PRAGMA user_version"), schema_step_count + 1);
	assert_int_equal(number(t->path, "SELECT sum(more) FROM telegram"), 5 * TELEGRAMS);
	/* there is no way back but the copy, which is whole */
	t->options.path = backup;
	old = *t;
	test_store_open(&old);
	assert_int_equal(read_all(&old).good, TELEGRAMS);
	test_store_close(&old);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_full_disk),
		TEST(test_failing_disk),
		TEST(test_flipped_telegram),
		TEST(test_lost_page),
		TEST(test_flips_anywhere),
		TEST(test_flipped_points_and_accounts),
		TEST(test_migration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
