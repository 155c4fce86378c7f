/* SPDX-License-Identifier: MIT */
#include "gateway/at_telnet.h"
#include "base/telnet_peer.h"

#include <stdlib.h>
#include <string.h>

#define PIECE 128 /* of what comes */
#define GREETING_MAX 6 /* WILL ECHO, WILL SGA */
#define ANSWERS_MAX \
	(PIECE + TELNET_GUARD_EXTRA + GREETING_MAX) /* three bytes for three, and once */

struct at_telnet {
	struct telnet_peer peer;
	bool failed;
	bool greeted; /* the client speaks telnet, and was told what we do */
	uint8_t in[AT_TELNET_IN_MAX], out[AT_TELNET_OUT_MAX];
	size_t in_len, out_len;
};

static const telnet_telopt_t options[] = {
	{TELNET_TELOPT_ECHO, TELNET_WILL, TELNET_DONT},
	{TELNET_TELOPT_SGA, TELNET_WILL, TELNET_DO},
	{-1, 0, 0},
};

/* Room was looked at before: more would be our mistake, or a loop of the client's. */
static void put(
	struct at_telnet *t, uint8_t *to, size_t *len, size_t max, const uint8_t *bytes, size_t n)
{
	if (n > max - *len) {
		t->failed = true;
		return;
	}
	memcpy(to + *len, bytes, n);
	*len += n;
}

void at_telnet_greet(struct at_telnet *t)
{
	if (t->greeted)
		return;
	t->greeted = true;
	telnet_peer_negotiate(&t->peer, TELNET_WILL, TELNET_TELOPT_ECHO);
	telnet_peer_negotiate(&t->peer, TELNET_WILL, TELNET_TELOPT_SGA);
}

static void on_data(void *ctx, const uint8_t *bytes, size_t n)
{
	struct at_telnet *t = ctx;

	put(t, t->in, &t->in_len, sizeof(t->in), bytes, n);
}

static void on_send(void *ctx, const uint8_t *bytes, size_t n)
{
	struct at_telnet *t = ctx;

	put(t, t->out, &t->out_len, sizeof(t->out), bytes, n);
}

static const struct telnet_peer_ops ops = {.data = on_data, .send = on_send};

struct at_telnet *at_telnet_new(void)
{
	struct at_telnet *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	if (telnet_peer_init(&t->peer, options, TELNET_GUARD_NONE, &ops, t))
		return t;
	free(t);
	return NULL;
}

void at_telnet_free(struct at_telnet *t)
{
	if (!t)
		return;
	telnet_peer_done(&t->peer);
	free(t);
}

/* Any command makes it a telnet client; libtelnet gives no event for what it refuses. */
static bool speaks_telnet(const uint8_t *bytes, size_t n)
{
	return memchr(bytes, TELNET_IAC, n);
}

size_t at_telnet_rx(struct at_telnet *t, const uint8_t *bytes, size_t n)
{
	size_t taken = 0;

	while (taken < n && !t->failed) {
		size_t piece = n - taken < PIECE ? n - taken : PIECE;

		if (sizeof(t->out) - t->out_len < ANSWERS_MAX)
			break;
		if (piece + TELNET_GUARD_EXTRA > sizeof(t->in) - t->in_len)
			break;
		if (speaks_telnet(bytes + taken, piece))
			at_telnet_greet(t);
		t->failed |= !telnet_peer_rx(&t->peer, bytes + taken, piece);
		taken += piece;
	}
	return taken;
}

const uint8_t *at_telnet_data(const struct at_telnet *t, size_t *ret_n)
{
	*ret_n = t->in_len;
	return t->in;
}

void at_telnet_taken(struct at_telnet *t, size_t n)
{
	t->in_len -= n;
	memmove(t->in, t->in + n, t->in_len);
}

/* As if all of it were FF; what is left of the buffer is for answers to options. */
size_t at_telnet_send(struct at_telnet *t, const void *bytes, size_t n)
{
	size_t room = sizeof(t->out) - t->out_len;

	room = room > ANSWERS_MAX ? (room - ANSWERS_MAX) / 2 : 0;
	if (n > room)
		n = room;
	if (n > 0)
		telnet_peer_tx(&t->peer, bytes, n);
	return n;
}

const uint8_t *at_telnet_tx(const struct at_telnet *t, size_t *ret_n)
{
	*ret_n = t->out_len;
	return t->out;
}

void at_telnet_sent(struct at_telnet *t, size_t n)
{
	t->out_len -= n;
	memmove(t->out, t->out + n, t->out_len);
}

bool at_telnet_failed(const struct at_telnet *t)
{
	return t->failed;
}
