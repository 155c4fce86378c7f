/* SPDX-License-Identifier: MIT */
#include "base/telnet_guard.h"

#define SE 240
#define SB 250
#define WILL 251 /* and WONT, DO, DONT: of an option */
#define DONT 254
#define IAC 255

enum state {
	DATA, /* and whatever else passes */
	COMMAND, /* after IAC, held back */
	NAME, /* the next byte is an option, even if it is like IAC */
	OPTION, /* after IAC SB, held back */
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

static enum state command(struct out *out, uint8_t byte)
{
	if (byte == SB)
		return OPTION;
	put(out, IAC);
	put(out, byte);
	return byte >= WILL && byte <= DONT ? NAME : DATA;
}

/* The rest of one that passes is like data: doubled IAC, IAC SE. */
static enum state option(const struct telnet_guard *g, struct out *out, uint8_t byte)
{
	if (byte != g->option)
		return DROP;
	put(out, IAC);
	put(out, SB);
	put(out, byte);
	return DATA;
}

/* Any other command than the end is a mistake of the peer's, which ends it, too. */
static enum state end_of_drop(struct out *out, uint8_t byte)
{
	if (byte == IAC)
		return DROP;
	return byte == SE ? DATA : command(out, byte);
}

static enum state step(const struct telnet_guard *g, struct out *out, uint8_t byte)
{
	switch (g->state) {
	case COMMAND:
		return command(out, byte);
	case OPTION:
		return option(g, out, byte);
	case DROP:
		return byte == IAC ? DROP_COMMAND : DROP;
	case DROP_COMMAND:
		return end_of_drop(out, byte);
	default:
		if (byte == IAC && g->state != NAME)
			return COMMAND;
		put(out, byte);
		return DATA;
	}
}

size_t telnet_guard(struct telnet_guard *g, const uint8_t *bytes, size_t n, uint8_t *ret)
{
	struct out out = {ret, 0};

	for (size_t i = 0; i < n; i++)
		g->state = (uint8_t)step(g, &out, bytes[i]);
	return out.n;
}
