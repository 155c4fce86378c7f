/* SPDX-License-Identifier: MIT */
#include "workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T0 INT64_C(1700000000000)
#define DAY_ZERO (INT64_C(1700006400000) / STORE_DAY_MS)
#define OPEN_ROWS_MAX (4 * 4096 + 200000 / 4096 + 1000)
#define CHAINS_MAX 5
#define TELEGRAMS_MAX 4
#define ACCOUNTS 20

static uint64_t chains_of(uint64_t i)
{
	return i % (CHAINS_MAX + 1);
}

static uint16_t telegrams_of(uint64_t i, uint64_t chain)
{
	return (uint16_t)(1 + (i + chain) % TELEGRAMS_MAX);
}

static uint32_t account_of(uint64_t i, uint64_t chain)
{
	return (uint32_t)((i * 7 + chain) % ACCOUNTS + 1);
}

static uint64_t events_of(uint64_t i)
{
	return i % 3;
}

static uint16_t telegram_bytes(uint64_t i, uint64_t chain, uint16_t n, uint8_t *to)
{
	uint16_t len = (uint16_t)(20 + (i * 31 + chain * 7 + n) % 200);

	for (uint16_t k = 0; k < len; k++)
		to[k] = (uint8_t)(i * 131 + chain * 17 + n * 5u + k);
	return len;
}

/* As when somebody numbers the meters anew, now and then. */
static uint16_t index_of(uint64_t i)
{
	return (uint16_t)(i / 10 % 251);
}

static void add_chain(struct store_batch *b, uint64_t i, uint64_t chain)
{
	static uint8_t bytes[TELEGRAMS_MAX][256];
	struct store_telegram rows[TELEGRAMS_MAX];
	uint16_t n = telegrams_of(i, chain);

	memset(rows, 0, sizeof(rows));
	for (uint16_t k = 0; k < n; k++) {
		rows[k].account = account_of(i, chain);
		rows[k].index = index_of(i);
		rows[k].time_ms = T0 + (int64_t)(i * 1000 + chain * 100 + k);
		rows[k].bytes = bytes[k];
		rows[k].len = telegram_bytes(i, chain, k, bytes[k]);
	}
	store_batch_telegrams(b, rows, n);
}

/* Series 1: a day of history a commit, told twice; series 2: a chunk now and then. */
static void add_points(struct store_batch *b, uint64_t i)
{
	struct store_point p = {.time_ms = (DAY_ZERO + (int64_t)i) * STORE_DAY_MS,
		.source = STORE_HISTORY,
		.type = STORE_NUMBER,
		.number = {i, 0, false}};

	store_batch_history(b, 1, &p, 1);
	if (i > 0) {
		p.time_ms -= STORE_DAY_MS;
		p.number.magnitude = i - 1;
		store_batch_history(b, 1, &p, 1);
	}
	p.time_ms = (int64_t)i * STORE_DAY_MS;
	if (i % 4 == 0)
		store_batch_chunk(b, 2, (uint32_t)i, &p, 1);
}

int workload_commit(struct store *s, uint64_t i)
{
	struct store_batch *b = store_batch_new();
	char text[32];
	int rc;

	if (!b)
		return STORE_E_MEMORY;
	for (uint64_t chain = 0; chain < chains_of(i); chain++)
		add_chain(b, i, chain);
	for (uint64_t k = 0; k < events_of(i); k++)
		store_batch_event(
			b, &(struct store_event){.kind = "k", .text = "t", .time_ms = T0});
	add_points(b, i);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)i + 1);
	store_batch_setting(b, "commits", text);
	store_batch_account(b, 1, i, text);
	rc = store_commit(s, &b, 1, T0);
	if (rc == 0)
		rc = store_batch_result(b);
	store_batch_free(b);
	return rc;
}

uint64_t workload_last_seq(uint64_t commits)
{
	uint64_t seq = 0;

	for (uint64_t i = 0; i < commits; i++)
		for (uint64_t chain = 0; chain < chains_of(i); chain++)
			seq += telegrams_of(i, chain);
	return seq;
}

/* ---- comparing ---- */

struct check {
	uint64_t commits;
	uint64_t i, chain; /* where the telegrams have come to */
	uint16_t n;
	uint64_t seq, prev[ACCOUNTS + 1];
	uint64_t events, history;
	const char *wrong;
};

/* To the next telegram that there has to be; false: there is none. */
static bool find_next(struct check *c)
{
	while (c->i < c->commits) {
		if (c->chain < chains_of(c->i)) {
			if (c->n < telegrams_of(c->i, c->chain))
				return true;
			c->n = 0;
			c->chain++;
		} else {
			c->chain = 0;
			c->i++;
		}
	}
	return false;
}

static int check_telegram(void *ctx, const struct store_telegram *t)
{
	struct check *c = ctx;
	uint8_t bytes[256];
	uint16_t len;

	if (!find_next(c)) {
		c->wrong = "a telegram too many";
		return 1;
	}
	len = telegram_bytes(c->i, c->chain, c->n, bytes);
	if (t->error)
		c->wrong = "a damaged telegram";
	else if (t->seq != ++c->seq)
		c->wrong = "a gap in the sequence";
	else if (t->account != account_of(c->i, c->chain) || t->ordinal != c->n || t->len != len ||
		 t->index != index_of(c->i) || memcmp(t->bytes, bytes, len) != 0)
		c->wrong = "another telegram";
	else if (c->n == 0 && t->prev != c->prev[t->account])
		c->wrong = "another chain before";
	if (c->n == 0)
		c->prev[account_of(c->i, c->chain)] = c->seq;
	c->n++;
	return c->wrong != NULL;
}

static int check_event(void *ctx, const struct store_event *event)
{
	struct check *c = ctx;

	if (event->seq != ++c->events)
		c->wrong = "a gap in the events";
	return 0;
}

static int check_history(void *ctx, const struct store_point *p)
{
	struct check *c = ctx;

	if (p->number.magnitude != c->history || p->revision != 0)
		c->wrong = "another point of history";
	c->history++;
	return 0;
}

static int check_chunk(void *ctx, const struct store_point *p)
{
	struct check *c = ctx;

	if (p->number.magnitude != (c->i ? c->i - 1 : 0))
		c->wrong = "another chunk";
	c->i += 4;
	return 0;
}

static int check_account(void *ctx, const struct store_account *account)
{
	struct check *c = ctx;

	if (account->revision != c->commits || strtoull(account->document, NULL, 10) != c->commits)
		c->wrong = "another account";
	return 0;
}

static void compare(struct store_reader *r, struct check *c)
{
	struct store_telegram_filter telegrams = {0};
	struct store_event_filter all_events = {0};
	uint64_t events = 0, last;

	if (store_telegrams(r, &telegrams, check_telegram, c) < 0)
		c->wrong = "the telegrams cannot be read";
	if (!c->wrong && find_next(c))
		c->wrong = "a telegram is missing";
	for (uint32_t account = 1; account <= ACCOUNTS && !c->wrong; account++)
		if (store_last(r, account, &last) < 0 || last != c->prev[account])
			c->wrong = "another last chain";
	for (uint64_t i = 0; i < c->commits; i++)
		events += events_of(i);
	if (store_events(r, &all_events, check_event, c) < 0 || c->events != events)
		c->wrong = c->wrong ? c->wrong : "other events";
	if (store_points(r, 1, 0, STORE_TIME_MAX_MS, check_history, c) < 0 ||
		c->history != c->commits)
		c->wrong = c->wrong ? c->wrong : "other history";
	c->i = 0;
	if (store_points(r, 2, 0, STORE_TIME_MAX_MS, check_chunk, c) < 0 ||
		c->i != (c->commits + 3) / 4 * 4)
		c->wrong = c->wrong ? c->wrong : "other chunks";
	if (store_accounts(r, check_account, c) != (c->commits > 0))
		c->wrong = c->wrong ? c->wrong : "no account";
}

static const char *check_open(struct store *s, uint64_t acknowledged, uint64_t *ret_commits)
{
	struct check c = {0};
	struct store_stats stats;
	struct store_reader *r;
	char text[32] = "0";

	store_stats(s, &stats);
	if (stats.opened_rows > OPEN_ROWS_MAX)
		return "opening looked at too many rows";
	if (store_reader_open(s, &r) < 0)
		return "no reader";
	store_setting(r, "commits", text, sizeof(text));
	c.commits = strtoull(text, NULL, 10);
	*ret_commits = c.commits;
	if (c.commits < acknowledged)
		c.wrong = "an acknowledged commit is lost";
	else if (c.commits > acknowledged + 1)
		c.wrong = "a commit too many";
	else
		compare(r, &c);
	store_reader_close(r);
	return c.wrong;
}

const char *workload_check(const char *path, uint64_t acknowledged, uint64_t *ret_commits)
{
	const struct store_options options = {.path = path, .now_ms = T0};
	static char err[512];
	struct store *s;
	const char *wrong;

	if (store_open(&options, &s, err, sizeof(err)) < 0)
		return err;
	wrong = check_open(s, acknowledged, ret_commits);
	store_close(s);
	return wrong;
}
