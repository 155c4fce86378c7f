/* SPDX-License-Identifier: MIT */
#include "collect/collector_load.h"

#include "base/loop.h"
#include "base/log.h"
#include "collect/collect_error.h"
#include "collect/collector_impl.h"
#include "store/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BACK_MAX 2000 /* telegrams looked at to find the last slot: two weeks of 10 minutes */

struct loading {
	struct collector *c;
	struct store_reader *reader;
	uint32_t bad; /* accounts that are no longer understood */
};

/* ---- the last chain ------------------------------------------------------------------------------- */

struct looking {
	struct device *d;
	struct buf bytes;
	struct readings_bytes telegrams[MB_TELEGRAMS_MAX];
	size_t at[MB_TELEGRAMS_MAX];
	size_t n;
	int64_t time_ms;
	uint32_t duration_ms;
	uint64_t chain; /* the good one that was found; 0: none yet */
	uint64_t skip; /* chain that is no good */
	int64_t last_due_ms, midnight_ms;
	uint32_t spent, rows, heads;
	struct sync_report *log; /* newest first, `heads` of them */
};

static void keep(struct looking *p, const struct store_telegram *t)
{
	if (p->n == MB_TELEGRAMS_MAX || !buf_add(&p->bytes, t->bytes, t->len))
		return;
	p->at[p->n] = p->bytes.len - t->len;
	p->telegrams[p->n++].len = t->len;
}

static void look_at_chain(struct looking *p, const struct store_telegram *t)
{
	bool good = t->error == 0 && t->len && !(t->flags & STORE_PARTIAL);

	if (!p->chain && good && t->ordinal == 0) {
		p->chain = t->chain;
		p->time_ms = t->time_ms;
		p->duration_ms = t->duration_ms;
	}
	if (p->chain == t->chain && good)
		keep(p, t);
}

/* Newest first; the log of the account is filled from behind, see restore_log(). */
static void look_at_head(struct looking *p, const struct store_telegram *t)
{
	struct sync_report *r;

	if (t->ordinal || p->heads >= p->d->account->sync_log || t->error == STORE_E_MISSED)
		return;
	r = &p->log[p->heads++];
	*r = (struct sync_report){
		.account = t->account,
		.scheduled = (t->flags & STORE_SCHEDULED) != 0,
		.metadata = !t->error,
		.result = (int)sync_result_of(t->error, (t->flags & STORE_INTERRUPTED) != 0),
		.error = t->error,
		.text = t->error ? collect_error_text(t->error) : "",
		.due_ms = t->due_ms,
		.start_ms = t->time_ms - t->duration_ms,
		.duration_ms = t->duration_ms,
		.telegrams = t->error ? 0 : t->count,
		.seq = t->seq,
	};
}

static int look_back(void *ctx, const struct store_telegram *t)
{
	const struct account *a;
	struct looking *p = ctx;

	a = p->d->account;
	look_at_chain(p, t);
	look_at_head(p, t);
	if (t->due_ms >= SCHEDULE_CLOCK_MS && p->last_due_ms == SCHEDULE_NONE && t->ordinal == 0)
		p->last_due_ms = t->error == STORE_E_MISSED ? t->time_ms : t->due_ms;
	if (a->reads_per_day && t->ordinal == 0 && t->time_ms >= p->midnight_ms &&
		!(t->flags & STORE_MISSED))
		p->spent++;
	p->rows++;
	return p->rows >= BACK_MAX ||
	       (p->chain && p->chain != t->chain && p->heads >= a->sync_log &&
		       (p->last_due_ms != SCHEDULE_NONE || !a->period.s) &&
		       (!a->reads_per_day || t->time_ms < p->midnight_ms));
}

static void restore_values(struct looking *p)
{
	struct device *d = p->d;
	const struct account *a = d->account;
	struct readings_chain chain = {
		.telegrams = p->telegrams,
		.n = p->n,
		.time_ms = p->time_ms,
		.duration_ms = p->duration_ms,
		.zone = a->zone ? a->zone : d->c->zone,
		.cipher = d->c->config.cipher,
		.key = account_has(a, "key") ? a->key : NULL,
		.drift_s = d->c->config.drift_s,
		.keep_days = a->keep_vanished_days,
		.history = a->history,
	};

	if (!p->n)
		return;
	for (size_t i = 0; i < p->n; i++)
		p->telegrams[i].bytes = p->bytes.bytes + p->at[i];
	readings_apply(d->readings, &chain, NULL);
}

static void restore_log(struct looking *p)
{
	struct device *d = p->d;

	for (uint32_t i = p->heads; i-- > 0;)
		sync_log_add(&d->log, d->account->sync_log, &p->log[i]);
	if (!p->heads)
		return;
	d->state.has_last = true;
	d->state.last = p->log[0];
	d->failing = p->log[0].error != 0;
	d->state.sync = d->failing ? SYNC_STATUS_ERROR : SYNC_STATUS_OK;
}

static int on_series(void *ctx, const struct store_series *series)
{
	struct device *d = ctx;

	return readings_restore(d->readings, series) == STORE_E_MEMORY;
}

static int64_t midnight_ms(const struct device *d)
{
	const struct zone *zone = d->account->zone ? d->account->zone : d->c->zone;
	int64_t now_ms = loop_wall_ms(d->c->config.loop);

	return period_last_ms((struct period){86400, true}, zone, now_ms);
}

static void looking_free(struct looking *p)
{
	buf_done(&p->bytes);
	free(p->log);
	free(p);
}

/* Series, last chain, log, slot: all that the store says of an account. */
static int look(struct store_reader *reader, struct device *d, struct looking **ret_past)
{
	struct looking *p = calloc(1, sizeof(*p));
	int64_t rc;

	if (!p)
		return STORE_E_MEMORY;
	p->log = calloc(d->account->sync_log + 1u, sizeof(*p->log));
	p->d = d;
	p->last_due_ms = SCHEDULE_NONE;
	p->midnight_ms = midnight_ms(d);
	buf_init(&p->bytes, MB_TELEGRAMS_MAX * MB_FRAME_MAX);
	rc = p->log ? store_series_of(reader, d->account->id, on_series, d) : STORE_E_MEMORY;
	if (rc >= 0)
		rc = store_back(reader, d->account->id, 0, look_back, p);
	if (rc < 0) {
		looking_free(p);
		return (int)rc;
	}
	*ret_past = p;
	return 0;
}

static int load_past(struct loading *l, struct device *d)
{
	struct looking *p;
	int rc = look(l->reader, d, &p);

	if (rc < 0)
		return rc;
	restore_values(p);
	restore_log(p);
	rc = due_set(d, ams_last_due(d, p->last_due_ms), p->spent) < 0 ? STORE_E_MEMORY : 0;
	looking_free(p);
	return rc;
}

int collector_load_readings(struct device *d)
{
	struct store_reader *reader;
	struct looking *p;
	int rc = store_reader_open(d->c->config.store, &reader);

	if (rc < 0)
		return rc;
	readings_reset(d->readings);
	rc = look(reader, d, &p);
	store_reader_close(reader);
	if (rc < 0)
		return rc;
	restore_values(p);
	looking_free(p);
	return 0;
}

/* ---- accounts ---------------------------------------------------------------------------------------- */

int collector_grow(struct collector *c, uint32_t id)
{
	uint32_t n = c->n_devices ? c->n_devices : 16;
	struct device **devices;

	if (id < c->n_devices)
		return 0;
	while (n <= id)
		n *= 2;
	devices = realloc(c->devices, n * sizeof(struct device *));
	if (!devices)
		return STORE_E_MEMORY;
	memset(devices + c->n_devices, 0, (n - c->n_devices) * sizeof(struct device *));
	c->devices = devices;
	c->n_devices = n;
	return 0;
}

/* One that a later version wrote, or nobody: told, left alone in the store. */
static void tell_bad(struct loading *l, uint32_t id, const struct account_errors *errors)
{
	l->bad++;
	log_error("account %u of the store is not understood: %s: %s", id, errors->list[0].property,
		errors->list[0].text);
}

static int on_account(void *ctx, const struct store_account *row)
{
	struct account_errors *errors = calloc(1, sizeof(*errors));
	struct account *read = NULL, *account = NULL;
	struct loading *l = ctx;
	int rc = 0;

	if (!errors)
		return 1;
	if (account_from_json(row->document, strlen(row->document), NULL, &read, errors) < 0) {
		tell_bad(l, row->id, errors);
	} else {
		account = account_stored(read, row->id, row->revision);
		rc = !account || accounts_put(l->c->accounts, account) < 0 ||
		     accounts_put(l->c->planned, account) < 0;
	}
	account_put(account);
	account_put(read);
	free(errors);
	return rc;
}

static int make_devices(struct loading *l)
{
	struct collector *c = l->c;
	int rc = 0;

	for (uint32_t i = 0; rc >= 0 && i < accounts_count(c->accounts); i++) {
		const struct account *a = accounts_at(c->accounts, i);

		rc = collector_grow(c, a->id);
		if (rc < 0)
			break;
		c->devices[a->id] = device_new(c, a);
		rc = c->devices[a->id] ? load_past(l, c->devices[a->id]) : STORE_E_MEMORY;
	}
	return rc;
}

int collector_load(struct collector *c, char *ret_err, size_t err_max)
{
	struct loading l = {.c = c};
	int64_t rc = store_reader_open(c->config.store, &l.reader);

	if (rc >= 0)
		rc = ams_load(c, l.reader);
	if (rc >= 0)
		rc = store_accounts(l.reader, on_account, &l);
	if (rc >= 0)
		rc = make_devices(&l);
	store_reader_close(l.reader);
	if (rc < 0)
		snprintf(ret_err, err_max, "reading the accounts: %s", collect_error_text((int)rc));
	return rc < 0 ? (int)rc : 0;
}
