/* SPDX-License-Identifier: MIT */
/* Changes of the table: in turn, each as one transaction. */
#ifndef GATEWAY_AMS_CHANGE_H
#define GATEWAY_AMS_CHANGE_H

#include "collect/accounts.h"
#include "gateway/ams_impl.h"

struct ams_change {
	struct ams_op op;
	/* In its turn: 1: ams_change_done() comes, perhaps came; 0: there is nothing to do; an error. */
	int (*begin)(struct ams_change *g);
	struct at_ams_device device; /* what is wanted; index 0 of an interval: all */
	uint32_t number;
};

/* For ops that ams_op_new() made: what the session is to be told. */
int ams_change_begin(struct ams_change *g);
/* The same for one that has begun something else before. */
void ams_change_start(struct ams_change *g);
void ams_change_done(void *ctx, int rc, const char *text); /* a collector_done */

struct ams_changes {
	struct account_change *list;
	size_t n, max;
};

/* base NULL: a new account; else what the text names is changed. 0 or an error. */
int ams_changes_add(struct ams_changes *l, const struct account *base, uint32_t id,
	uint64_t revision, const char *json);
/* Sends them unless rc < 0; empties the list in either case. What begin() is to return. */
int ams_changes_send(struct ams_changes *l, struct ams_change *g, int rc);

/* ---- ams_table.c ---- */

#define AMS_JSON_MAX 512

/* Looks at the accounts: fills ams->by_index. */
void ams_table_look(struct ams *ams);
const struct account *ams_table_at(struct ams *ams, uint32_t index); /* NULL: none */
bool ams_table_is_on(const struct account *a, const char *bus);
/* Is it read by this identification, and nothing of the rest contradicts? */
bool ams_table_is_meter(const struct account *a, const struct mb_secondary *meter);
/* Takes index and schedule off an account. */
int ams_table_take_off(struct ams_changes *l, const struct account *account);
/* Gives an account index, interval and speed. base, revision: as earlier changes of l have left it. */
int ams_table_join(struct ams_changes *l, const struct account *base, uint32_t id,
	uint64_t revision, const struct at_ams_device *d);
/* A new account for it. */
int ams_table_create(
	struct ams *ams, struct ams_changes *l, const char *bus, const struct at_ams_device *d);

#endif
