/* SPDX-License-Identifier: MIT */
#include "meterbus/at_wire.h"

#ifdef METERBUS_WITH_RFC2217

static void on_data(void *ctx, const uint8_t *bytes, size_t n)
{
	struct at_wire *t = ctx;

	t->broken |= !buf_add(t->in, bytes, n);
}

static void on_send(void *ctx, const uint8_t *bytes, size_t n)
{
	struct at_wire *t = ctx;

	t->broken |= !buf_add(t->out, bytes, n);
}

static bool begin(struct at_wire *t)
{
	/* It may echo, as it does anyway. All that is not here is refused. */
	static const telnet_telopt_t options[] = {
		{TELNET_TELOPT_ECHO, TELNET_WONT, TELNET_DO},
		{TELNET_TELOPT_SGA, TELNET_WILL, TELNET_DO},
		{TELNET_TELOPT_BINARY, TELNET_WILL, TELNET_DO},
		{-1, 0, 0},
	};
	static const struct telnet_peer_ops ops = {.data = on_data, .send = on_send};

	t->on = telnet_peer_init(&t->peer, options, TELNET_GUARD_NONE, &ops, t);
	return t->on;
}

static void receive(struct at_wire *t, const uint8_t *bytes, size_t n)
{
	t->broken |= !telnet_peer_rx(&t->peer, bytes, n);
}

static void transmit(struct at_wire *t, const char *bytes, size_t n)
{
	telnet_peer_tx(&t->peer, bytes, n);
}

static void end(struct at_wire *t)
{
	telnet_peer_done(&t->peer);
}

#else /* a telnet server's options are rubbish before the first line, which does no harm */

static bool begin(struct at_wire *t)
{
	(void)t;
	return true;
}

static void end(struct at_wire *t)
{
	(void)t;
}

static void receive(struct at_wire *t, const uint8_t *bytes, size_t n)
{
	(void)t, (void)bytes, (void)n;
}

static void transmit(struct at_wire *t, const char *bytes, size_t n)
{
	(void)t, (void)bytes, (void)n;
}

#endif

bool at_wire_init(struct at_wire *ret_wire, bool on, struct buf *in, struct buf *out)
{
	*ret_wire = (struct at_wire){.in = in, .out = out};
	return !on || begin(ret_wire);
}

void at_wire_done(struct at_wire *t)
{
	if (t->on)
		end(t);
	t->on = false;
}

bool at_wire_rx(struct at_wire *t, const uint8_t *bytes, size_t n)
{
	if (t->on)
		receive(t, bytes, n);
	else
		t->broken |= !buf_add(t->in, bytes, n);
	return !t->broken;
}

bool at_wire_tx(struct at_wire *t, const char *bytes, size_t n)
{
	if (t->on)
		transmit(t, bytes, n);
	else
		t->broken |= !buf_add(t->out, bytes, n);
	return !t->broken;
}
