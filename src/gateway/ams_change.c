/* SPDX-License-Identifier: MIT */
/*
 * Changes of the table, one after the other, so that each sees what the one before has made. Patches of
 * accounts are gathered and given to the collector as one transaction.
 */
#include "gateway/ams_change.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>

/* ---- one after the other ---- */

static void over(struct ams_change *g, int rc)
{
	struct ams *ams = g->op.ams;
	struct ams_op *next;

	ams->changing = NULL;
	ams_op_end(&g->op, rc);
	next = ams->changes;
	if (!next || ams->changing)
		return;
	ams->changes = next->next;
	next->next = NULL;
	ams_change_start((struct ams_change *)next);
}

void ams_change_start(struct ams_change *g)
{
	struct ams *ams = g->op.ams;
	struct ams_op **end = &ams->changes;
	int rc;

	if (ams->changing) {
		while (*end)
			end = &(*end)->next;
		*end = &g->op;
		return;
	}
	ams->changing = &g->op;
	rc = g->begin(g);
	if (rc <= 0)
		over(g, rc);
}

int ams_change_begin(struct ams_change *g)
{
	ams_change_start(g);
	return ams_op_begun(&g->op, 0);
}

void ams_change_done(void *ctx, int rc, const char *text)
{
	if (rc < 0)
		log_warning("the AT interface could not change the accounts: %s", text);
	over(ctx, rc);
}

/* ---- what is changed ---- */

static struct account_change *room(struct ams_changes *l)
{
	size_t max = l->max ? 2 * l->max : 8;
	struct account_change *list;

	if (l->n < l->max)
		return &l->list[l->n];
	list = realloc(l->list, max * sizeof(*list));
	if (!list)
		return NULL;
	l->list = list;
	l->max = max;
	return &l->list[l->n];
}

int ams_changes_add(struct ams_changes *l, const struct account *base, uint32_t id,
	uint64_t revision, const char *json)
{
	struct account_change *change = room(l);
	struct account_errors errors;
	struct account *account;

	if (!change)
		return STORE_E_MEMORY;
	errors.count = 0;
	if (account_from_json(json, strlen(json), base, &account, &errors) < 0) {
		log_warning("the AT interface could not change the accounts: %s: %s",
			errors.list[0].property, errors.list[0].text);
		return MB_E_INVALID;
	}
	*change = (struct account_change){.account = account, .id = id, .revision = revision};
	l->n++;
	return 0;
}

static void drop(struct ams_changes *l)
{
	for (size_t i = 0; i < l->n; i++)
		account_put(l->list[i].account);
}

int ams_changes_send(struct ams_changes *l, struct ams_change *g, int rc)
{
	char why[COLLECTOR_TEXT_MAX] = "";
	size_t at;

	if (rc >= 0 && l->n > 0) {
		rc = collector_change(g->op.ams->config.collector, l->list, l->n, ams_change_done,
			g, &at, why, sizeof(why));
		if (rc < 0)
			log_warning("the AT interface could not change the accounts: %s", why);
		else
			rc = 1;
	} else if (rc > 0) {
		rc = 0;
	}
	if (rc < 0)
		drop(l);
	free(l->list);
	return rc;
}
