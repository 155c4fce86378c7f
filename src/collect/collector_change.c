/* SPDX-License-Identifier: MIT */
/*
 * Accounts are made, changed and deleted: checked against what is planned, committed, then visible.
 * Planned is what the set will be once all changes on their way are committed.
 */
#include "base/loop.h"
#include "collect/collect_error.h"
#include "collect/collector_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct step {
	struct account *account; /* as it will be; our reference; NULL: it goes */
	uint32_t id;
	bool new;
};

struct changing {
	struct collector *c;
	struct post *post;
	collector_done *done;
	void *ctx;
	size_t n;
	struct step steps[];
};

static void changing_free(struct changing *g)
{
	for (size_t i = 0; i < g->n; i++)
		account_put(g->steps[i].account);
	free(g);
}

/* ---- checks ---------------------------------------------------------------------------------------- */

struct refusal {
	char *text;
	size_t max;
};

__attribute__((format(printf, 3, 4))) static int refuse(
	struct refusal *why, int rc, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why->text, why->max, format, args);
	va_end(args);
	return rc;
}

static int check_old(struct collector *c, const struct account_change *change,
	const struct account **ret_old, struct refusal *why)
{
	const struct account *old = accounts_by_id(c->planned, change->id);

	if (!old)
		return refuse(why, STORE_E_NOT_FOUND, "no account has the number %u", change->id);
	if (change->revision && change->revision != old->revision)
		return refuse(why, STORE_E_CONFLICT,
			"%s was changed meanwhile: it has revision %llu, not %llu; read it again",
			old->name, (unsigned long long)old->revision,
			(unsigned long long)change->revision);
	*ret_old = old;
	return 0;
}

static int check_fit(struct collector *c, const struct account *account, struct refusal *why)
{
	struct account_errors *errors = calloc(1, sizeof(*errors));
	int rc = 0;

	if (!errors)
		return refuse(why, STORE_E_MEMORY, "%s", collect_error_text(STORE_E_MEMORY));
	if (accounts_check(c->planned, account, errors) < 0)
		rc = refuse(why, STORE_E_INVALID, "%s: %s", errors->list[0].property,
			errors->list[0].text);
	free(errors);
	return rc;
}

/* Renamed or gone: nobody may depend on the old name. */
static int check_dependents(struct collector *c, const struct account *old,
	const struct account *new, struct refusal *why)
{
	const struct account *other;

	if (new && !strcmp(old->name, new->name))
		return 0;
	other = accounts_dependent(c->planned, old);
	if (!other || other->id == old->id)
		return 0;
	return refuse(why, STORE_E_CONFLICT, "%s depends on %s: change depends_on there first",
		other->name, old->name);
}

/* ---- planned, then committed --------------------------------------------------------------------------- */

static int plan_delete(struct changing *g, const struct account_change *change, struct step *step,
	struct refusal *why)
{
	struct store_batch *batch = post_batch(g->post);
	const struct account *old;
	int rc = check_old(g->c, change, &old, why);

	if (rc == 0)
		rc = check_dependents(g->c, old, NULL, why);
	if (rc < 0)
		return rc;
	step->id = change->id;
	post_event(
		g->post, EVENT_ACCOUNT_DELETED, step->id, NULL, NULL, "%s was deleted", old->name);
	store_batch_account(batch, step->id, old->revision, NULL);
	store_batch_forget(batch, step->id);
	accounts_remove(g->c->planned, step->id);
	return 0;
}

static int put_document(struct store_batch *batch, const struct account *a)
{
	struct buf document;
	int rc = STORE_E_MEMORY;

	buf_init(&document, ACCOUNT_JSON_MAX);
	if (account_to_json(a, ACCOUNT_KEPT, &document) && buf_add(&document, "", 1))
		rc = store_batch_account(batch, a->id, a->revision - 1, (char *)document.bytes);
	if (document.bytes)
		explicit_bzero(document.bytes, document.len); /* the key was in it */
	buf_done(&document);
	return rc;
}

static int plan_put(struct changing *g, const struct account_change *change, struct step *step,
	struct refusal *why)
{
	const struct account *old = NULL;
	int rc = change->id ? check_old(g->c, change, &old, why) : 0;

	if (rc < 0)
		return rc;
	step->new = !old;
	step->id = old ? old->id : store_next_account(g->c->config.store);
	step->account = account_stored(change->account, step->id, old ? old->revision + 1 : 1);
	if (!step->account)
		return refuse(why, STORE_E_MEMORY, "%s", collect_error_text(STORE_E_MEMORY));
	rc = check_fit(g->c, step->account, why);
	if (rc == 0 && old)
		rc = check_dependents(g->c, old, step->account, why);
	if (rc < 0)
		return rc;
	if (accounts_put(g->c->planned, step->account) < 0 || collector_grow(g->c, step->id) < 0 ||
		put_document(post_batch(g->post), step->account) < 0)
		return refuse(why, STORE_E_MEMORY, "%s", collect_error_text(STORE_E_MEMORY));
	post_event(g->post, step->new ? EVENT_ACCOUNT_CREATED : EVENT_ACCOUNT_CHANGED, step->id,
		NULL, NULL, "%s was %s", step->account->name, step->new ? "created" : "changed");
	return 0;
}

/* What was planned does not come: planned is again what is visible, for these. */
static void unplan(struct changing *g)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct account *old = accounts_by_id(g->c->accounts, g->steps[i].id);

		if (old)
			accounts_put(g->c->planned, old);
		else if (g->steps[i].id)
			accounts_remove(g->c->planned, g->steps[i].id);
	}
}

/* ---- visible ---------------------------------------------------------------------------------------------- */

static void show_new(struct collector *c, const struct account *account)
{
	struct device *d = device_new(c, account);

	if (!d || due_set(d, SCHEDULE_NONE, 0) < 0) {
		device_free(d);
		return; /* it is in the store: the next start finds it */
	}
	c->devices[account->id] = d;
	device_refresh(d);
	sync_soon(d, "new account");
}

static void show_changed(struct device *d, const struct account *account)
{
	bool reconnects = account_reconnects(d->account, account);

	if (reconnects || account->suspended)
		sync_stop(d, true);
	device_set_account(d, account);
	due_set(d, SCHEDULE_NONE, 0);
	device_refresh(d);
	if (reconnects)
		sync_soon(d, "changed account");
}

static void show_deleted(struct collector *c, uint32_t id)
{
	struct device *d = collector_device(c, id);

	accounts_remove(c->accounts, id);
	schedule_remove(c->schedule, id);
	if (!d)
		return;
	c->devices[id] = NULL;
	d->deleted = true;
	sync_drop(d, SYNC_INTERRUPTED, "the account was deleted");
	if (d->sync)
		sync_stop(d, true);
	else
		device_free(d);
}

static void show(struct collector *c, const struct step *step)
{
	struct device *d = collector_device(c, step->id);

	if (!step->account) {
		show_deleted(c, step->id);
		return;
	}
	if (accounts_put(c->accounts, step->account) < 0)
		return;
	if (d)
		show_changed(d, step->account);
	else
		show_new(c, step->account);
}

static void committed(void *ctx, int rc, const struct store_batch *batch)
{
	struct changing *g = ctx;

	(void)batch;
	if (rc < 0)
		unplan(g);
	for (size_t i = 0; rc == 0 && i < g->n; i++)
		show(g->c, &g->steps[i]);
	due_arm(g->c);
	if (g->done)
		g->done(g->ctx, rc, rc < 0 ? collect_error_text(rc) : "");
	changing_free(g);
}

int collector_change(struct collector *c, struct account_change *changes, size_t n,
	collector_done *done, void *ctx, size_t *ret_at, char *ret_err, size_t err_max)
{
	struct changing *g = calloc(1, sizeof(*g) + n * sizeof(g->steps[0]));
	struct refusal why = {ret_err, err_max};
	int rc = 0;

	if (!g)
		return refuse(&why, STORE_E_MEMORY, "%s", collect_error_text(STORE_E_MEMORY));
	*g = (struct changing){.c = c, .post = post_new(c), .done = done, .ctx = ctx};
	if (!g->post)
		rc = refuse(&why, STORE_E_MEMORY, "%s", collect_error_text(STORE_E_MEMORY));
	while (rc == 0 && g->n < n) {
		struct step *step = &g->steps[g->n];

		*ret_at = g->n++;
		rc = (changes[g->n - 1].delete ? plan_delete : plan_put)(
			g, &changes[g->n - 1], step, &why);
	}
	if (rc < 0) {
		unplan(g);
		post_drop(g->post);
		changing_free(g);
		return rc;
	}
	for (size_t i = 0; i < n; i++)
		account_put(changes[i].account);
	post_if_committed(g->post);
	post_send(g->post, STORE_NOW, committed, g);
	return 0;
}
