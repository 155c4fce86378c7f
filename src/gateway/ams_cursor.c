/* SPDX-License-Identifier: MIT */
/*
 * How far each reader has deleted: a setting "at.cursor.NAME", its value "SEQ NAME". A name that does
 * not fit a key is cut there, and made different from others by its hash.
 */
#include "gateway/ams_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_ROOM (STORE_NAME_MAX - sizeof(AMS_CURSOR_PREFIX) + 1)
#define HASH_DIGITS 16

struct ams_cursor *ams_cursor_find(struct ams *ams, const char *name)
{
	for (size_t i = 0; i < ams->n_cursors; i++) {
		if (strcmp(ams->cursors[i]->name, name) == 0)
			return ams->cursors[i];
	}
	return NULL;
}

struct ams_cursor *ams_cursor_get(struct ams *ams, const char *name)
{
	struct ams_cursor *c = ams_cursor_find(ams, name), **more;

	if (c || ams->n_cursors == AMS_READERS_MAX)
		return c;
	more = realloc(ams->cursors, (ams->n_cursors + 1) * sizeof(struct ams_cursor *));
	if (!more)
		return NULL;
	ams->cursors = more;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	snprintf(c->name, sizeof(c->name), "%s", name);
	ams->cursors[ams->n_cursors++] = c;
	return c;
}

int ams_cursor_load(struct ams *ams, const char *key, const char *value)
{
	struct ams_cursor *c;
	char *name;
	uint64_t at = strtoull(value, &name, 10);

	(void)key;
	if (*name != ' ')
		return 0;
	c = ams_cursor_get(ams, name + 1);
	if (!c)
		return 0;
	c->at = c->planned = at;
	return 0;
}

static uint64_t hash(const char *name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
	return h;
}

static void key_of(const char *name, char ret_key[STORE_NAME_MAX + 1])
{
	int fit = (int)(KEY_ROOM - HASH_DIGITS - 1);

	if (strlen(name) <= KEY_ROOM)
		snprintf(ret_key, STORE_NAME_MAX + 1, AMS_CURSOR_PREFIX "%s", name);
	else
		snprintf(ret_key, STORE_NAME_MAX + 1, AMS_CURSOR_PREFIX "%.*s~%016" PRIx64, fit,
			name, hash(name));
}

/* ---- moving ---- */

struct moving {
	struct ams_op op;
	struct ams_cursor *cursor;
	uint64_t to;
};

static void see_behind(struct ams_view *view, uint64_t seq)
{
	if (view->floor < seq)
		view->floor = seq;
}

/* What is deleted next is counted from here. Not before the commit: who is refused tries again. */
static void look_behind(struct ams_session *s, struct ams_cursor *c, uint64_t seq)
{
	see_behind(&c->view, seq);
	if (s)
		see_behind(&s->view, seq);
}

static void moved(struct ams_op *op, int rc)
{
	const struct moving *m = (struct moving *)op;
	struct ams_cursor *c = m->cursor;

	if (rc < 0)
		c->planned = c->at;
	else if (m->to > c->at)
		c->at = m->to;
	if (c->planned < c->at)
		c->planned = c->at;
	if (rc >= 0)
		look_behind(op->session, c, m->to);
}

static struct store_batch *write_cursor(const struct ams_cursor *c)
{
	struct store_batch *batch = store_batch_new();
	char key[STORE_NAME_MAX + 1], value[AMS_NAME_MAX + 32];

	if (!batch)
		return NULL;
	key_of(c->name, key);
	snprintf(value, sizeof(value), "%" PRIu64 " %s", c->planned, c->name);
	store_batch_setting(batch, key, value);
	return batch;
}

int ams_cursor_move(struct ams_session *s, uint64_t to)
{
	struct ams_cursor *c = ams_cursor_get(s->ams, s->reader);
	struct moving *m;

	if (!c)
		return MB_E_NO_SPACE;
	if (to <= c->at) {
		look_behind(s, c, to);
		return 0;
	}
	m = ams_op_new(s, sizeof(*m));
	if (!m)
		return STORE_E_MEMORY;
	m->op.done = moved;
	m->cursor = c;
	m->to = to;
	if (to > c->planned)
		c->planned = to;
	return ams_op_begun(&m->op, ams_op_commit(&m->op, write_cursor(c)));
}
