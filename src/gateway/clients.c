/* SPDX-License-Identifier: MIT */
#include "gateway/clients.h"
#include "base/json_out.h"
#include "base/loop.h"

#include <stdio.h>
#include <stdlib.h>

#define EVENT_JSON_MAX 1024

struct clients {
	struct loop *loop;
	struct client *first, *last;
	size_t n;
	uint64_t last_id;
	clients_told *told;
	void *told_ctx;
};

const char *client_kind_name(unsigned kind)
{
	static const char *const names[] = {
#define MB_X(name, text) text,
		CLIENT_KIND_MAP(MB_X)
#undef MB_X
	};

	return kind < CLIENT_KINDS ? names[kind] : NULL;
}

struct clients *clients_new(struct loop *loop)
{
	struct clients *l = calloc(1, sizeof(*l));

	if (l)
		l->loop = loop;
	return l;
}

void clients_free(struct clients *l)
{
	free(l);
}

void clients_tell(struct clients *l, clients_told *told, void *ctx)
{
	l->told = told;
	l->told_ctx = ctx;
}

const struct client *clients_first(const struct clients *l)
{
	return l->first;
}

size_t clients_count(const struct clients *l)
{
	return l->n;
}

static struct client *find(const struct clients *l, uint64_t id)
{
	struct client *c = l->first;

	while (c && c->id != id)
		c = c->next;
	return c;
}

const struct client *clients_find(const struct clients *l, uint64_t id)
{
	return find(l, id);
}

bool clients_disconnect(struct clients *l, uint64_t id, const char *who)
{
	struct client *c = find(l, id);
	char reason[CLIENT_REASON_MAX];

	if (!c || c->leaving)
		return false;
	snprintf(reason, sizeof(reason), "disconnected by %s", who);
	c->disconnect(c, reason);
	return true;
}

void clients_enter(struct clients *l, struct client *c)
{
	c->id = ++l->last_id;
	c->since_ms = c->active_ms = clients_now_ms(l);
	c->before = l->last;
	c->next = NULL;
	if (l->last)
		l->last->next = c;
	else
		l->first = c;
	l->last = c;
	l->n++;
	if (l->told)
		l->told(l->told_ctx, c, NULL);
}

void clients_leave(struct clients *l, struct client *c, const char *reason)
{
	if (c->before)
		c->before->next = c->next;
	else
		l->first = c->next;
	if (c->next)
		c->next->before = c->before;
	else
		l->last = c->before;
	l->n--;
	c->leaving = true;
	c->left_ms = clients_now_ms(l);
	if (l->told)
		l->told(l->told_ctx, c, reason);
}

int64_t clients_now_ms(const struct clients *l)
{
	return loop_wall_ms(l->loop);
}

/* ---- events ---- */

static void put_client(struct json_out *j, const struct client *c, const char *reason)
{
	json_out_object(j);
	json_out_key(j, "client"), json_out_u64(j, c->id);
	json_out_key(j, "kind"), json_out_text(j, client_kind_name(c->kind));
	json_out_key(j, "listener"), json_out_text(j, c->listener);
	json_out_key(j, "peer"), json_out_text(j, c->peer);
	json_out_key(j, "user"), json_out_text(j, c->who[0] ? c->who : NULL);
	if (reason) {
		json_out_key(j, "reason"), json_out_text(j, reason);
		json_out_key(j, "bytes_in"), json_out_u64(j, c->bytes_in);
		json_out_key(j, "bytes_out"), json_out_u64(j, c->bytes_out);
	}
	json_out_end(j);
}

void clients_publish(void *events, const struct client *c, const char *reason)
{
	enum event_kind kind = reason ? EVENT_CLIENT_LEFT : EVENT_CLIENT_CAME;
	struct buf buf;
	struct json_out j = JSON_OUT(&buf);
	char text[EVENT_TEXT_MAX];

	buf_init(&buf, EVENT_JSON_MAX);
	put_client(&j, c, reason);
	if (!json_out_ok(&j) || !buf_add(&buf, "", 1))
		buf_clear(&buf);
	snprintf(text, sizeof(text), "%s of %s%s%s%s%s", c->peer, c->listener,
		c->who[0] ? " as " : "", c->who, reason ? " has gone: " : " has come",
		reason ? reason : "");
	events_publish(events, &(struct event){
				       .time_ms = reason ? c->left_ms : c->since_ms,
				       .kind = (uint16_t)kind,
				       .severity = (uint8_t)event_kind_severity(kind),
				       .text = text,
				       .data = buf.len ? (const char *)buf.bytes : NULL,
			       });
	buf_done(&buf);
}
