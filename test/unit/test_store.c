/* SPDX-License-Identifier: MIT */
/* What is committed is read again, all of it, in order; what is wrong is refused. */
#include "store_help.h"

#include <sys/stat.h>

/* ---- telegrams ---- */

struct seen {
	uint64_t seq[20000];
	size_t n, stop_after;
	struct store_telegram last;
};

static int see(void *ctx, const struct store_telegram *t)
{
	struct seen *seen = ctx;

	assert_true(seen->n < sizeof(seen->seq) / sizeof(seen->seq[0]));
	seen->seq[seen->n++] = t->seq;
	seen->last = *t;
	seen->last.bytes = NULL;
	if (t->error == 0) {
		uint8_t bytes[160];
		uint16_t len = test_store_bytes(
			t->account, t->time_ms - 10 * t->ordinal, t->ordinal, bytes);

		assert_int_equal(t->len, len);
		assert_memory_equal(t->bytes, bytes, len);
	}
	return seen->n == seen->stop_after;
}

static void test_telegrams_are_numbered(void **state)
{
	struct test_store *t = *state;
	struct store_batch *b = store_batch_new();
	struct store_telegram_filter all = {0};
	static struct seen seen;
	int first, second, third;
	uint64_t last;

	first = test_store_chain(b, 7, STORE_T0, 3);
	second = test_store_chain(b, 9, STORE_T0, 1);
	third = test_store_chain(b, 7, STORE_T0 + 1000, 2);
	assert_int_equal(store_commit(t->store, &b, 1, STORE_T0), 0);
	assert_int_equal(store_batch_head(b, first), 1);
	assert_int_equal(store_batch_head(b, second), 4);
	assert_int_equal(store_batch_head(b, third), 5);
	store_batch_free(b);

	memset(&seen, 0, sizeof(seen));
	assert_int_equal(store_telegrams(t->reader, &all, see, &seen), 6);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(seen.seq[i], i + 1);
	assert_int_equal(seen.last.chain, 5);
	assert_int_equal(seen.last.ordinal, 1);
	assert_int_equal(seen.last.account, 7);
	assert_int_equal(seen.last.duration_ms, 250);
	assert_int_equal(seen.last.flags, STORE_SCHEDULED);
	assert_int_equal(seen.last.due_ms, STORE_T0 + 1000);
	assert_int_equal(seen.last.prev, 0);
	all.from_seq = all.to_seq = 5;
	assert_int_equal(store_telegrams(t->reader, &all, see, &seen), 1);
	assert_int_equal(seen.last.prev, 1);
	assert_int_equal(seen.last.count, 2);
	assert_int_equal(store_last(t->reader, 7, &last), 0);
	assert_int_equal(last, 5);
	assert_int_equal(store_last(t->reader, 8, &last), 0);
	assert_int_equal(last, 0);
}

/* Nothing came, and when it was due. */
static void test_missed(void **state)
{
	struct test_store *t = *state;
	struct store_batch *b = store_batch_new();
	struct store_telegram missed = {.account = 3,
		.time_ms = STORE_T0 + 5000,
		.due_ms = STORE_T0,
		.error = STORE_E_MISSED,
		.flags = STORE_SCHEDULED | STORE_MISSED,
		.step = STORE_STEP_SELECT,
		.index = 250};
	struct store_telegram_filter all = {0};
	static struct seen seen;

	memset(&seen, 0, sizeof(seen));
	store_batch_telegrams(b, &missed, 1);
	assert_int_equal(test_store_commit(t, b), 0);
	assert_int_equal(store_telegrams(t->reader, &all, see, &seen), 1);
	assert_int_equal(seen.last.error, STORE_E_MISSED);
	assert_int_equal(seen.last.flags, STORE_SCHEDULED | STORE_MISSED);
	assert_int_equal(seen.last.step, STORE_STEP_SELECT);
	assert_int_equal(seen.last.index, 250);
	assert_int_equal(seen.last.due_ms, STORE_T0);
	assert_int_equal(seen.last.time_ms, STORE_T0 + 5000);
	assert_int_equal(seen.last.len, 0);
}

/* 15,000 telegrams of 40 accounts, some chains, a clock that jumps back once. */
#define MANY 15000
static struct {
	uint32_t account;
	int64_t time_ms;
	uint16_t ordinal;
} model[MANY + 20];
static uint64_t model_count;

static void fill_many(struct test_store *t)
{
	int64_t time_ms = STORE_T0;
	unsigned x = 1;

	model_count = 0;
	while (model_count < MANY) {
		struct store_batch *b = store_batch_new();

		for (int i = 0; i < 100; i++) {
			uint32_t account;
			uint16_t n;

			x = x * 1103515245 + 12345;
			account = 1 + (x >> 16) % 40;
			n = (uint16_t)(x >> 28 ? 1 : 1 + (x >> 8) % 9);
			time_ms += 100 + (x >> 20);
			if (model_count > MANY / 2 && model_count < MANY / 2 + 10)
				time_ms -= 7000000; /* two hours and more in all */
			assert_true(test_store_chain(b, account, time_ms, n) >= 0);
			for (uint16_t k = 0; k < n && model_count < MANY + 20; k++) {
				model_count++;
				model[model_count - 1].account = account;
				model[model_count - 1].time_ms = time_ms + 10 * k;
				model[model_count - 1].ordinal = k;
			}
			if (model_count >= MANY)
				break;
		}
		assert_int_equal(test_store_commit(t, b), 0);
	}
}

static bool in_model(const struct store_telegram_filter *f, uint64_t seq)
{
	uint64_t to_seq = f->to_seq ? f->to_seq : UINT64_MAX;
	int64_t to_ms = f->to_ms ? f->to_ms : INT64_MAX;
	int64_t ms = model[seq - 1].time_ms;

	return seq >= f->from_seq && seq <= to_seq && ms >= f->from_ms && ms <= to_ms &&
	       (f->account == 0 || f->account == model[seq - 1].account) &&
	       (!f->heads || model[seq - 1].ordinal == 0);
}

static void compare(struct test_store *t, const struct store_telegram_filter *f)
{
	static struct seen seen;
	size_t n = 0;
	int64_t rc;

	memset(&seen, 0, sizeof(seen));
	rc = store_telegrams(t->reader, f, see, &seen);
	assert_int_equal(rc, seen.n);
	for (uint64_t i = 1; i <= model_count; i++) {
		uint64_t seq = f->newest_first ? model_count + 1 - i : i;

		if (!in_model(f, seq) || (f->limit && n == f->limit))
			continue;
		assert_true(n < seen.n);
		assert_int_equal(seen.seq[n], seq);
		n++;
	}
	assert_int_equal(n, seen.n);
}

static void test_filters(void **state)
{
	struct test_store *t = *state;
	int64_t span_ms;

	fill_many(t);
	span_ms = model[model_count - 1].time_ms - STORE_T0;
	for (unsigned i = 0; i < 256; i++) {
		struct store_telegram_filter f = {0};

		f.account = i & 1 ? 1 + i % 41 : 0;
		f.newest_first = i & 2;
		f.heads = i & 4;
		f.from_seq = i & 8 ? model_count * (i % 7) / 7 : 0;
		f.to_seq = i & 16 ? model_count * (i % 11) / 11 : 0;
		f.from_ms = i & 32 ? STORE_T0 + span_ms * (i % 13) / 13 : 0;
		f.to_ms = i & 64 ? STORE_T0 + span_ms * (i % 17 + 1) / 17 : 0;
		f.limit = i & 128 ? 1 + i % 50 : 0;
		if (f.to_seq && f.from_seq > f.to_seq)
			continue;
		compare(t, &f);
	}
	test_store_reopen(t);
	compare(t, &(struct store_telegram_filter){.account = 5, .newest_first = true});
}

static void test_back(void **state)
{
	struct test_store *t = *state;
	static struct seen seen;
	uint64_t head = 0, from, last;
	size_t n = 0;

	fill_many(t);
	for (uint64_t seq = 1; seq <= model_count; seq++)
		if (model[seq - 1].account == 11 && model[seq - 1].ordinal == 0)
			head = seq;
	assert_int_equal(store_last(t->reader, 11, &last), 0);
	assert_int_equal(last, head);
	for (int i = 0; i < 3; i++) {
		from = i == 0 ? 0 : model_count / (unsigned)i - 100;
		memset(&seen, 0, sizeof(seen));
		assert_true(store_back(t->reader, 11, from, see, &seen) > 100);
		/* chains go back, the telegrams in them go on */
		head = from ? from + 1 : model_count + 1;
		n = 0;
		while (n < seen.n) {
			uint64_t seq;

			do
				head--;
			while (head > 0 &&
				(model[head - 1].account != 11 || model[head - 1].ordinal != 0));
			seq = head;
			do
				assert_int_equal(seen.seq[n++], seq++);
			while (seq <= model_count && model[seq - 1].ordinal > 0);
		}
		while (--head > 0)
			assert_int_not_equal(model[head - 1].account, 11);
	}
	memset(&seen, 0, sizeof(seen));
	seen.stop_after = 5;
	assert_int_equal(store_back(t->reader, 11, 0, see, &seen), 5);
	assert_int_equal(store_back(t->reader, 4711, 0, see, &seen), 0);
}

/* What is known by heart is the same after an opening, and the opening looks at few rows. */
static void test_reopen(void **state)
{
	struct test_store *t = *state;
	struct store_stats before, after;
	struct store_batch *b;

	fill_many(t);
	store_stats(t->store, &before);
	test_store_reopen(t);
	store_stats(t->store, &after);
	assert_int_equal(after.epoch, before.epoch);
	assert_true(after.epoch != 0);
	assert_int_equal(after.first_seq, 1);
	assert_int_equal(after.last_seq, model_count);
	assert_memory_equal(after.rows, before.rows, sizeof(after.rows));
	assert_memory_equal(after.bytes, before.bytes, sizeof(after.bytes));
	assert_in_range(after.opened_rows, 1, 3 * 4096 + 100);
	b = store_batch_new();
	test_store_chain(b, 11, STORE_T0, 1);
	assert_int_equal(store_commit(t->store, &b, 1, STORE_T0), 0);
	assert_int_equal(store_batch_head(b, 0), model_count + 1);
	store_batch_free(b);
}

static void test_batch_limits(void **state)
{
	static uint8_t bytes[STORE_TELEGRAM_MAX + 1];
	static char text[STORE_DOCUMENT_MAX + 2];
	struct store_telegram good = {.account = 1, .time_ms = 1, .bytes = bytes, .len = 5};
	struct store_telegram bad[8];
	struct test_store *t = *state;
	struct store_series series = {.id = 1, .account = 1};
	struct store_event event = {.kind = "k", .text = text};
	struct store_point point = test_store_number(STORE_DAY_MS, 1, 0);
	struct store_batch *b;
	struct store_stats stats;

	for (int i = 0; i < 8; i++)
		bad[i] = good;
	bad[0].len = STORE_TELEGRAM_MAX + 1;
	bad[1].bytes = NULL;
	bad[2].time_ms = -1;
	bad[3].time_ms = STORE_TIME_MAX_MS + 1;
	bad[4].due_ms = -1;
	bad[5].account = STORE_ACCOUNT_MAX + 1;
	bad[6].due_ms = STORE_TIME_MAX_MS + 1;
	bad[7].step = STORE_STEPS;
	for (int i = 0; i < 8; i++) {
		b = store_batch_new();
		assert_int_equal(store_batch_telegrams(b, &good, 1), 0);
		assert_int_equal(store_batch_telegrams(b, &bad[i], 1), STORE_E_INVALID);
		/* the first failure stays, and nothing of the batch is stored */
		assert_int_equal(store_batch_setting(b, "a", "b"), STORE_E_INVALID);
		assert_int_equal(test_store_commit(t, b), STORE_E_INVALID);
	}
	b = store_batch_new();
	assert_int_equal(store_batch_telegrams(b, bad, STORE_CHAIN_MAX + 1), STORE_E_INVALID);
	store_batch_free(b);
	b = store_batch_new();
	bad[0] = good;
	bad[1] = good;
	bad[1].account = 2; /* a chain is of one account */
	assert_int_equal(store_batch_telegrams(b, bad, 2), STORE_E_INVALID);
	store_batch_free(b);
	memset(text, 'x', sizeof(text) - 1);
	b = store_batch_new();
	assert_int_equal(store_batch_event(b, &event), STORE_E_INVALID);
	store_batch_free(b);
	b = store_batch_new();
	assert_int_equal(store_batch_account(b, 1, 0, text), STORE_E_INVALID);
	store_batch_free(b);
	b = store_batch_new();
	text[STORE_KEY_MAX + 1] = '\0';
	series.key = text;
	assert_int_equal(store_batch_series(b, &series), STORE_E_INVALID);
	store_batch_free(b);
	b = store_batch_new();
	assert_int_equal(store_batch_chunk(b, 1, 0, &point, 1), STORE_E_INVALID); /* another day */
	store_batch_free(b);
	store_stats(t->store, &stats);
	assert_int_equal(stats.last_seq, 0);
}

/* ---- accounts, events, tokens, settings ---- */

struct text_seen {
	char text[4096];
	uint64_t number;
};

static int see_account(void *ctx, const struct store_account *account)
{
	struct text_seen *seen = ctx;
	size_t len = strlen(seen->text);

	snprintf(seen->text + len, sizeof(seen->text) - len, "%u:%llu:%s ", account->id,
		(unsigned long long)account->revision, account->document);
	return 0;
}

static int account(struct test_store *t, uint32_t id, uint64_t expected, const char *document)
{
	struct store_batch *b = store_batch_new();

	assert_int_equal(store_batch_account(b, id, expected, document), 0);
	return test_store_commit(t, b);
}

static void test_accounts(void **state)
{
	struct test_store *t = *state;
	struct text_seen seen = {"", 0};
	uint32_t one = store_next_account(t->store), two = store_next_account(t->store);

	assert_int_equal(one, 1);
	assert_int_equal(two, 2);
	assert_int_equal(account(t, one, 0, "{1}"), 0);
	assert_int_equal(account(t, one, 0, "{1b}"), STORE_E_CONFLICT);
	assert_int_equal(account(t, one, 2, "{1b}"), STORE_E_CONFLICT);
	assert_int_equal(account(t, one, 1, "{1b}"), 0);
	assert_int_equal(account(t, two, STORE_ANY, "{2}"), 0);
	assert_int_equal(account(t, two, STORE_ANY, "{2b}"), 0);
	assert_int_equal(store_accounts(t->reader, see_account, &seen), 2);
	assert_string_equal(seen.text, "1:2:{1b} 2:2:{2b} ");
	assert_int_equal(account(t, two, 1, NULL), STORE_E_CONFLICT);
	assert_int_equal(account(t, two, 2, NULL), 0);
	test_store_reopen(t);
	assert_int_equal(store_next_account(t->store), 3); /* never again */
	seen.text[0] = '\0';
	assert_int_equal(store_accounts(t->reader, see_account, &seen), 1);
}

/* One transaction, but a conflict is of the batch alone. */
static void test_conflict_is_alone(void **state)
{
	struct test_store *t = *state;
	struct store_batch *b[3];
	struct store_stats stats;

	for (int i = 0; i < 3; i++) {
		b[i] = store_batch_new();
		test_store_chain(b[i], 1, STORE_T0 + i, 1);
		store_batch_account(b[i], (uint32_t)i + 1, i == 1 ? 5 : 0, "{}");
	}
	assert_int_equal(store_commit(t->store, b, 3, STORE_T0), 0);
	assert_int_equal(store_batch_result(b[0]), 0);
	assert_int_equal(store_batch_result(b[1]), STORE_E_CONFLICT);
	assert_int_equal(store_batch_result(b[2]), 0);
	assert_int_equal(store_batch_head(b[0], 0), 1);
	assert_int_equal(store_batch_head(b[2], 0), 2);
	store_stats(t->store, &stats);
	assert_int_equal(stats.last_seq, 2);
	for (int i = 0; i < 3; i++)
		store_batch_free(b[i]);
}

static int see_event(void *ctx, const struct store_event *event)
{
	struct text_seen *seen = ctx;
	size_t len = strlen(seen->text);

	snprintf(seen->text + len, sizeof(seen->text) - len, "%llu ",
		(unsigned long long)event->seq);
	return 0;
}

static void test_events(void **state)
{
	static const struct {
		struct store_event_filter filter;
		const char *seen;
	} cases[] = {
		{{0}, "1 2 3 4 5 6 "},
		{{.newest_first = true}, "6 5 4 3 2 1 "},
		{{.newest_first = true, .limit = 2}, "6 5 "},
		{{.after_seq = 4}, "5 6 "},
		{{.before_seq = 3}, "1 2 "},
		{{.account = 1}, "2 4 6 "},
		{{.kind = "meter.gone"}, "3 6 "},
		{{.kind = "meter."}, "2 3 5 6 "},
		{{.kind = "meter"}, ""},
		{{.severity_max = 4}, "1 2 4 5 "},
		{{.from_ms = STORE_T0 + 2, .to_ms = STORE_T0 + 4}, "2 3 4 "},
		{{.account = 1, .severity_max = 4, .limit = 1}, "2 "},
	};
	static const char *const kinds[] = {"bus.closed", "meter.new", "meter.gone"};
	struct test_store *t = *state;
	struct store_batch *b = store_batch_new();

	for (int i = 1; i <= 6; i++) {
		struct store_event event = {.time_ms = STORE_T0 + i,
			.kind = kinds[(i - 1) % 3],
			.severity = i % 3 ? 4 : 6,
			.account = i % 2 ? 0 : 1,
			.text = "text"};

		assert_int_equal(store_batch_event(b, &event), 0);
	}
	assert_int_equal(store_commit(t->store, &b, 1, STORE_T0), 0);
	assert_int_equal(store_batch_event_seq(b), 1);
	store_batch_free(b);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text_seen seen = {"", 0};

		assert_true(store_events(t->reader, &cases[i].filter, see_event, &seen) >= 0);
		assert_string_equal(seen.text, cases[i].seen);
	}
}

static int see_token(void *ctx, const struct store_token *token)
{
	struct text_seen *seen = ctx;
	size_t len = strlen(seen->text);

	snprintf(seen->text + len, sizeof(seen->text) - len, "%s:%u:%02x:%lld ", token->name,
		token->role, token->hash[31], (long long)token->expires_ms);
	return 0;
}

static int see_setting(void *ctx, const char *key, const char *value)
{
	struct text_seen *seen = ctx;
	size_t len = strlen(seen->text);

	snprintf(seen->text + len, sizeof(seen->text) - len, "%s=%s ", key, value);
	return 0;
}

static void test_tokens_and_settings(void **state)
{
	struct test_store *t = *state;
	struct store_token token = {.name = "b", .role = 1, .hash = {[31] = 0xab}, .expires_ms = 9};
	struct store_batch *b = store_batch_new();
	struct text_seen seen = {"", 0};
	char value[4];

	store_batch_token(b, &token);
	token.name = "a";
	store_batch_token(b, &token);
	token.role = 2;
	store_batch_token(b, &token);
	store_batch_setting(b, "x", "12345");
	store_batch_setting(b, "y", "1");
	assert_int_equal(test_store_commit(t, b), 0);
	assert_int_equal(store_tokens(t->reader, see_token, &seen), 2);
	assert_int_equal(store_settings(t->reader, see_setting, &seen), 2);
	assert_string_equal(seen.text, "a:2:ab:9 b:1:ab:9 x=12345 y=1 ");
	assert_int_equal(store_setting(t->reader, "x", value, sizeof(value)), 5);
	assert_string_equal(value, "123");
	assert_int_equal(store_setting(t->reader, "z", value, sizeof(value)), STORE_E_NOT_FOUND);
	b = store_batch_new();
	store_batch_token_delete(b, "a");
	store_batch_setting(b, "y", NULL);
	assert_int_equal(test_store_commit(t, b), 0);
	seen.text[0] = '\0';
	store_tokens(t->reader, see_token, &seen);
	store_settings(t->reader, see_setting, &seen);
	assert_string_equal(seen.text, "b:1:ab:9 x=12345 ");
}

/* ---- opening ---- */

static void assert_open_fails(const struct store_options *options, int rc, const char *word)
{
	struct store *s = NULL;
	char err[512] = "";

	assert_int_equal(store_open(options, &s, err, sizeof(err)), rc);
	assert_null(s);
	if (!strstr(err, word))
		fail_msg("\"%s\" lacks \"%s\"", err, word);
}

static void run_sql(const struct test_store *t, const char *text)
{
	char command[1024];

	snprintf(command, sizeof(command), "sqlite3 '%s' \"%s\" >/dev/null", t->path, text);
	assert_int_equal(system(command), 0);
}

static void test_open_errors(void **state)
{
	struct test_store *t = *state;
	struct store_options options = t->options;
	struct stat st;
	FILE *f;

	assert_open_fails(&options, STORE_E_LOCKED, "stop the other process");
	assert_int_equal(stat(t->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	options.max_bytes = STORE_BYTES_MIN - 1;
	assert_open_fails(&options, STORE_E_INVALID, "4194304");
	options.max_bytes = 0;
	options.path = "";
	assert_open_fails(&options, STORE_E_INVALID, "path");
	options.path = "/nonexistent/store";
	assert_open_fails(&options, STORE_E_IO, "/nonexistent/store");
	options.path = t->path;
	test_store_close(t);
	f = fopen(t->path, "r+");
	assert_non_null(f);
	fputs("this is not a database, but a text that is longer than its header is", f);
	fclose(f);
	assert_open_fails(&options, STORE_E_NOT_STORE, t->path);
	options.read_only = true;
	assert_open_fails(&options, STORE_E_NOT_STORE, t->path);
}

static void test_foreign_database(void **state)
{
	struct test_store *t = *state;

	test_store_close(t);
	unlink(t->path);
	if (system("sqlite3 --version >/dev/null 2>&1") != 0)
		skip();
	run_sql(t, "CREATE TABLE a (b); PRAGMA user_version = 1");
	assert_open_fails(&t->options, STORE_E_NOT_STORE, "no Meterbus store");
}

static void test_newer_version(void **state)
{
	struct test_store *t = *state;

	if (system("sqlite3 --version >/dev/null 2>&1") != 0)
		skip();
	test_store_close(t);
	run_sql(t, "PRAGMA user_version = 1000");
	assert_open_fails(&t->options, STORE_E_VERSION, "newer program");
}

static void test_read_only(void **state)
{
	struct test_store *t = *state;
	struct store_batch *b = store_batch_new();
	struct store_telegram_filter all = {0};
	static struct seen seen;

	test_store_chain(b, 1, STORE_T0, 2);
	assert_int_equal(test_store_commit(t, b), 0);
	test_store_close(t);
	t->options.read_only = true;
	test_store_open(t);
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(store_telegrams(t->reader, &all, see, &seen), 2);
	b = store_batch_new();
	assert_int_equal(test_store_commit(t, b), STORE_E_READ_ONLY);
}

/* ---- backup ---- */

static int count_progress(void *ctx, uint64_t done, uint64_t total)
{
	struct test_store *t = *(struct test_store **)ctx;
	struct store_batch *b = store_batch_new();

	assert_true(done <= total);
	/* the store goes on while it is copied */
	test_store_chain(b, 2, STORE_T0 + (int64_t)done, 1);
	assert_int_equal(test_store_commit(t, b), 0);
	return 0;
}

static int stop_progress(void *ctx, uint64_t done, uint64_t total)
{
	(void)ctx;
	(void)done;
	(void)total;
	return 1;
}

static void test_backup(void **state)
{
	struct test_store *t = *state, copy;
	struct store_stats before, of_copy, after;
	struct store_telegram_filter all = {0};
	static struct seen seen;
	char path[400];

	fill_many(t);
	store_stats(t->store, &before);
	snprintf(path, sizeof(path), "%s/copy", t->dir);
	assert_int_equal(store_backup(t->store, path, stop_progress, NULL), STORE_E_INTERRUPTED);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(store_backup(t->store, path, count_progress, &t), 0);
	store_stats(t->store, &after);
	assert_true(after.last_seq > before.last_seq);

	copy = *t;
	copy.options.path = path;
	test_store_open(&copy);
	store_stats(copy.store, &of_copy);
	assert_int_equal(of_copy.last_seq, before.last_seq);
	assert_true(of_copy.epoch != before.epoch);
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(store_telegrams(copy.reader, &all, see, &seen), before.last_seq);
	test_store_close(&copy);
	snprintf(path, sizeof(path), "%s/copy.part", t->dir);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(store_backup(t->store, "/nonexistent/dir/copy", NULL, NULL), STORE_E_IO);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, test_store_set_up, test_store_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_telegrams_are_numbered),
		TEST(test_missed),
		TEST(test_filters),
		TEST(test_back),
		TEST(test_reopen),
		TEST(test_batch_limits),
		TEST(test_accounts),
		TEST(test_conflict_is_alone),
		TEST(test_events),
		TEST(test_tokens_and_settings),
		TEST(test_open_errors),
		TEST(test_foreign_database),
		TEST(test_newer_version),
		TEST(test_read_only),
		TEST(test_backup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
