/* SPDX-License-Identifier: MIT */
#include "base/telnet_guard.h"

#define SE 240
#define SB 250
#define WILL 251
#define WONT 252
#define DONT 254 /* DO is between */
#define IAC 255

enum state {
	DATA,
	COMMAND, /* after IAC, held back */
	NAME, /* the next byte is an option, even if it is like IAC */
	OPTION, /* after IAC SB, held back */
	SUB, /* one that passes */
	SUB_COMMAND, /* after IAC in it, held back */
	DROP,
	DROP_COMMAND, /* after IAC in what is dropped */
};

struct out {
	uint8_t *bytes;
	size_t n;
};

static void put(struct out *out, uint8_t byte)
{
	out->bytes[out->n++] = byte;
}

static void put_command(struct out *out, uint8_t byte)
{
	put(out, IAC);
	put(out, byte);
}

static enum state data(struct telnet_guard *g, struct out *out, uint8_t byte)
{
	(void)g;
	if (byte == IAC)
		return COMMAND;
	put(out, byte);
	return DATA;
}

static enum state command(struct telnet_guard *g, struct out *out, uint8_t byte)
{
	if (byte == SB)
		return OPTION;
	g->open = false;
	g->verb = byte;
	put_command(out, byte);
	return byte >= WILL && byte <= DONT ? NAME : DATA;
}

static enum state name(struct telnet_guard *g, struct out *out, uint8_t byte)
{
	if (g->refused && (g->verb == WONT || g->verb == DONT))
		g->refused(g->ctx, g->verb, byte);
	put(out, byte);
	return DATA;
}

/* It ends one that has no end of its own. */
static enum state option(struct telnet_guard *g, struct out *out, uint8_t byte)
{
	bool passes = byte == g->option;

	g->sub_len = 0;
	if (passes) {
		put_command(out, SB);
		put(out, byte);
	} else if (g->open) {
		put_command(out, SE);
	}
	g->open = passes;
	return passes ? SUB : DROP;
}

static void count(struct telnet_guard *g)
{
	g->endless = ++g->sub_len > TELNET_SUB_MAX;
}

static enum state sub(struct telnet_guard *g, struct out *out, uint8_t byte)
{
	if (byte == IAC)
		return SUB_COMMAND;
	count(g);
	put(out, byte);
	return SUB;
}

/* Any other command than the end is a mistake of the peer's, which ends it, too. */
static enum state sub_command(struct telnet_guard *g, struct out *out, uint8_t byte)
{
	if (byte != IAC)
		return command(g, out, byte);
	count(g);
	put_command(out, byte);
	return SUB;
}

static enum state drop(struct telnet_guard *g, struct out *out, uint8_t byte)
{
	(void)out;
	if (byte == IAC)
		return DROP_COMMAND;
	count(g);
	return DROP;
}

static enum state drop_command(struct telnet_guard *g, struct out *out, uint8_t byte)
{
	if (byte != IAC)
		return byte == SE ? DATA : command(g, out, byte);
	count(g);
	return DROP;
}

static enum state (*const steps[])(struct telnet_guard *g, struct out *out, uint8_t byte) = {
	[DATA] = data,
	[COMMAND] = command,
	[NAME] = name,
	[OPTION] = option,
	[SUB] = sub,
	[SUB_COMMAND] = sub_command,
	[DROP] = drop,
	[DROP_COMMAND] = drop_command,
};

size_t telnet_guard(struct telnet_guard *g, const uint8_t *bytes, size_t n, uint8_t *ret)
{
	struct out out = {ret, 0};

	for (size_t i = 0; i < n && !g->endless; i++)
		g->state = (uint8_t)steps[g->state](g, &out, bytes[i]);
	return out.n;
}
