/* SPDX-License-Identifier: MIT */
#include "meterbus/at_wire.h"

#ifdef METERBUS_WITH_RFC2217

#include <libtelnet.h>

static void on_event(telnet_t *telnet, telnet_event_t *event, void *self)
{
	struct at_wire *t = self;
	bool good = true;

	(void)telnet;
	if (event->type == TELNET_EV_DATA)
		good = buf_add(t->in, event->data.buffer, event->data.size);
	else if (event->type == TELNET_EV_SEND)
		good = buf_add(t->out, event->data.buffer, event->data.size);
	else if (event->type == TELNET_EV_ERROR)
		good = false;
	t->broken |= !good;
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

	t->telnet = telnet_init(options, on_event, 0, t);
	return t->telnet;
}

static void end(struct at_wire *t)
{
	telnet_free(t->telnet);
}

static void receive(struct at_wire *t, const uint8_t *bytes, size_t n)
{
	telnet_recv(t->telnet, (const char *)bytes, n);
}

static void transmit(struct at_wire *t, const char *bytes, size_t n)
{
	telnet_send(t->telnet, bytes, n);
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
	if (t->telnet)
		end(t);
	t->telnet = NULL;
}

bool at_wire_rx(struct at_wire *t, const uint8_t *bytes, size_t n)
{
	if (t->telnet)
		receive(t, bytes, n);
	else
		t->broken |= !buf_add(t->in, bytes, n);
	return !t->broken;
}

bool at_wire_tx(struct at_wire *t, const char *bytes, size_t n)
{
	if (t->telnet)
		transmit(t, bytes, n);
	else
		t->broken |= !buf_add(t->out, bytes, n);
	return !t->broken;
}
