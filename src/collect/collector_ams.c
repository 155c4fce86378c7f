/* SPDX-License-Identifier: MIT */
/* Autonomous reading: the rules for accounts with an index. */
#include "base/loop.h"
#include "collect/collect_error.h"
#include "collect/collector_impl.h"
#include "store/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define KEY_ENABLED "ams.enabled"
#define KEY_RETRY "ams.retry"
#define KEY_SINCE "ams.since_ms"
#define NUMBER_MAX 24 /* as text, with its NUL */

struct rules_change {
	struct collector *c;
	struct collector_ams ams;
	int64_t since_ms;
	collector_done *done;
	void *ctx;
};

struct collector_ams collector_ams(const struct collector *c)
{
	return c->ams;
}

bool ams_is_off(const struct device *d)
{
	return d->account->index && !d->c->ams.enabled;
}

int64_t ams_last_due(const struct device *d, int64_t last_due_ms)
{
	int64_t now_ms = loop_wall_ms(d->c->config.loop), since_ms = d->c->ams_since_ms;

	if (!d->account->index || last_due_ms == SCHEDULE_NONE || since_ms <= last_due_ms)
		return last_due_ms;
	return since_ms < now_ms ? since_ms : now_ms; /* the clock may have been wrong then */
}

/* ---- settings ---------------------------------------------------------------------------------- */

static int get(struct store_reader *reader, const char *key, int64_t max, int64_t *number)
{
	char text[NUMBER_MAX];
	int rc = store_setting(reader, key, text, sizeof(text));
	int64_t got;

	if (rc == STORE_E_NOT_FOUND)
		return 0;
	if (rc < 0)
		return rc;
	got = strtoll(text, NULL, 10);
	if (got >= 0 && got <= max)
		*number = got;
	return 0;
}

int ams_load(struct collector *c, struct store_reader *reader)
{
	int64_t enabled = c->ams.enabled, retry = c->ams.retry;
	int rc = get(reader, KEY_ENABLED, 1, &enabled);

	if (rc == 0)
		rc = get(reader, KEY_RETRY, COLLECTOR_AMS_RETRY_MAX, &retry);
	if (rc == 0)
		rc = get(reader, KEY_SINCE, INT64_MAX, &c->ams_since_ms);
	c->ams = (struct collector_ams){.enabled = enabled != 0, .retry = (uint8_t)retry};
	return rc;
}

static void put(struct store_batch *batch, const char *key, int64_t number)
{
	char text[NUMBER_MAX];

	snprintf(text, sizeof(text), "%" PRId64, number);
	store_batch_setting(batch, key, text);
}

/* Slots begin anew when it is enabled: those of before never were. */
static void show(struct collector *c, const struct rules_change *change)
{
	bool switched = c->ams.enabled != change->ams.enabled;

	c->ams = change->ams;
	c->ams_since_ms = change->since_ms;
	for (uint32_t i = 0; switched && i < c->n_devices; i++) {
		struct device *d = c->devices[i];

		if (!d || !d->account->index)
			continue;
		if (!c->ams.enabled)
			sync_undo(d);
		due_set(d, SCHEDULE_NONE, 0);
	}
	due_arm(c);
}

static void committed(void *ctx, int rc, const struct store_batch *batch)
{
	struct rules_change *change = ctx;

	(void)batch;
	if (rc == 0)
		show(change->c, change);
	if (change->done)
		change->done(change->ctx, rc, rc < 0 ? collect_error_text(rc) : "");
	free(change);
}

int collector_ams_set(
	struct collector *c, const struct collector_ams *ams, collector_done *done, void *ctx)
{
	struct rules_change *change;
	struct post *p;

	if (ams->retry > COLLECTOR_AMS_RETRY_MAX)
		return STORE_E_INVALID;
	change = malloc(sizeof(*change));
	p = post_new(c);
	if (!change || !p) {
		free(change);
		post_drop(p);
		return STORE_E_MEMORY;
	}
	*change = (struct rules_change){c, *ams, c->ams_since_ms, done, ctx};
	if (ams->enabled && !c->ams.enabled)
		change->since_ms = loop_wall_ms(c->config.loop);
	put(post_batch(p), KEY_ENABLED, ams->enabled);
	put(post_batch(p), KEY_RETRY, ams->retry);
	put(post_batch(p), KEY_SINCE, change->since_ms);
	post_send(p, STORE_NOW, committed, change);
	return 0;
}
