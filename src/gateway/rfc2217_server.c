/* SPDX-License-Identifier: MIT */
#include "gateway/rfc2217_server.h"

#include <meterbus/error.h>

#ifdef METERBUS_WITH_RFC2217

#include "base/telnet_peer.h"

#include <stdlib.h>
#include <string.h>

#define TELOPT_COM_PORT 44
#define SERVER 100 /* an answer is the command + this */
#define SIGNATURE "Meterbus"
#define MODEM_ON 0xB0 /* DCD, DSR, CTS; nothing has changed */

/* RFC 2217 section 3. */
enum {
	SET_BAUDRATE = 1,
	SET_DATASIZE = 2,
	SET_PARITY = 3,
	SET_STOPSIZE = 4,
	NOTIFY_MODEMSTATE = 7,
};

/* SET-CONTROL, in groups: what is asked, and what it may be. */
enum {
	FLOW_OUT_ASK = 0,
	FLOW_OUT_NONE = 1,
	BREAK_ASK = 4,
	BREAK_OFF = 6,
	DTR_ASK = 7,
	DTR_ON = 8,
	DTR_OFF = 9,
	RTS_ASK = 10,
	RTS_ON = 11,
	RTS_OFF = 12,
	FLOW_IN_ASK = 13,
	FLOW_IN_NONE = 14,
	FLOW_DTR = 18,
	CONTROLS = 20,
};

struct rfc2217_server {
	const struct rfc2217_server_ops *ops;
	void *ctx;
	struct telnet_peer peer;
	uint8_t dtr, rts; /* as SET-CONTROL says it */
};

/* ---- answers ---- */

static void answer(struct rfc2217_server *s, uint8_t code, const void *value, size_t n)
{
	char bytes[1 + sizeof(SIGNATURE)];

	bytes[0] = (char)(code + SERVER);
	memcpy(bytes + 1, value, n);
	telnet_peer_sub(&s->peer, bytes, 1 + n);
}

static void answer_byte(struct rfc2217_server *s, uint8_t code, uint8_t value)
{
	answer(s, code, &value, 1);
}

static void answer_baud(struct rfc2217_server *s, uint32_t baud)
{
	const uint8_t value[] = {
		(uint8_t)(baud >> 24), (uint8_t)(baud >> 16), (uint8_t)(baud >> 8), (uint8_t)baud};

	answer(s, SET_BAUDRATE, value, sizeof(value));
}

/* ---- the line ---- */

static const uint8_t parities[] = {[MB_PARITY_NONE] = 1, [MB_PARITY_EVEN] = 3, [MB_PARITY_ODD] = 2};

static uint8_t parity_of(uint8_t code, uint8_t present)
{
	for (uint8_t i = 0; i < sizeof(parities); i++)
		if (parities[i] == code)
			return i;
	return present;
}

/* 0 asks; what cannot be done leaves it as it is. The answer says how it is. */
static void set_line(struct rfc2217_server *s, uint8_t code, uint32_t value)
{
	struct mb_line present, want;

	s->ops->line(s->ctx, &present);
	want = present;
	if (code == SET_BAUDRATE && value)
		want.baud = value;
	if (code == SET_DATASIZE && (value == 7 || value == 8))
		want.data_bits = (uint8_t)value;
	if (code == SET_PARITY)
		want.parity = parity_of((uint8_t)value, present.parity);
	if (code == SET_STOPSIZE && (value == 1 || value == 2))
		want.stop_bits = (uint8_t)value;
	if (!mb_line_equal(&want, &present) && s->ops->set_line(s->ctx, &want))
		present = want;
	if (code == SET_BAUDRATE)
		answer_baud(s, present.baud);
	else if (code == SET_DATASIZE)
		answer_byte(s, code, present.data_bits);
	else if (code == SET_PARITY)
		answer_byte(s, code, parities[present.parity]);
	else
		answer_byte(s, code, present.stop_bits);
}

static void on_baud(struct rfc2217_server *s, uint8_t code, const uint8_t *value)
{
	set_line(s, code,
		(uint32_t)value[0] << 24 | (uint32_t)value[1] << 16 | (uint32_t)value[2] << 8 |
			value[3]);
}

static void on_format(struct rfc2217_server *s, uint8_t code, const uint8_t *value)
{
	set_line(s, code, value[0]);
}

/* ---- the rest of the port ---- */

static uint8_t control(struct rfc2217_server *s, uint8_t value)
{
	if (value == DTR_ON || value == DTR_OFF)
		s->dtr = value;
	if (value == RTS_ON || value == RTS_OFF)
		s->rts = value;
	if (value >= FLOW_IN_ASK)
		return value < FLOW_DTR - 1 || value == FLOW_DTR ? FLOW_IN_NONE : FLOW_OUT_NONE;
	if (value >= RTS_ASK)
		return s->rts;
	if (value >= DTR_ASK)
		return s->dtr;
	return value >= BREAK_ASK ? BREAK_OFF : FLOW_OUT_NONE;
}

static void on_control(struct rfc2217_server *s, uint8_t code, const uint8_t *value)
{
	if (value[0] < CONTROLS)
		answer_byte(s, code, control(s, value[0]));
}

static void on_mask(struct rfc2217_server *s, uint8_t code, const uint8_t *value)
{
	answer_byte(s, code, value[0]);
}

static void on_modem_mask(struct rfc2217_server *s, uint8_t code, const uint8_t *value)
{
	answer_byte(s, code, value[0]);
	if (value[0] & MODEM_ON)
		answer_byte(s, NOTIFY_MODEMSTATE, value[0] & MODEM_ON);
}

static void on_modem(struct rfc2217_server *s, uint8_t code, const uint8_t *value)
{
	(void)value;
	answer_byte(s, code, MODEM_ON);
}

static void on_line_state(struct rfc2217_server *s, uint8_t code, const uint8_t *value)
{
	(void)value;
	answer_byte(s, code, 0); /* errors show in the frames themselves */
}

enum {
	PURGE_TO_CLIENT = 1, /* nothing is kept there */
	PURGE_TO_PORT = 2,
	PURGE_BOTH = 3,
};

static void on_purge(struct rfc2217_server *s, uint8_t code, const uint8_t *value)
{
	if (value[0] < PURGE_TO_CLIENT || value[0] > PURGE_BOTH)
		return;
	if (value[0] != PURGE_TO_CLIENT)
		s->ops->purge(s->ctx);
	answer_byte(s, code, value[0]);
}

static void on_signature(struct rfc2217_server *s, uint8_t code, const uint8_t *value)
{
	(void)value;
	answer(s, code, SIGNATURE, strlen(SIGNATURE));
}

static void on_nothing(struct rfc2217_server *s, uint8_t code, const uint8_t *value)
{
	(void)s, (void)code, (void)value; /* suspend, resume: TCP does it */
}

/* clang-format off */
static const struct {
	uint8_t min, max; /* bytes of the value */
	void (*on)(struct rfc2217_server *s, uint8_t code, const uint8_t *value);
} commands[] = {
	/*  0 SIGNATURE           */ {0, 0,   on_signature}, /* with a text it is the client's own */
	/*  1 SET-BAUDRATE        */ {4, 255, on_baud},
	/*  2 SET-DATASIZE        */ {1, 255, on_format},
	/*  3 SET-PARITY          */ {1, 255, on_format},
	/*  4 SET-STOPSIZE        */ {1, 255, on_format},
	/*  5 SET-CONTROL         */ {1, 255, on_control},
	/*  6 NOTIFY-LINESTATE    */ {0, 255, on_line_state},
	/*  7 NOTIFY-MODEMSTATE   */ {0, 255, on_modem},
	/*  8 FLOWCONTROL-SUSPEND */ {0, 255, on_nothing},
	/*  9 FLOWCONTROL-RESUME  */ {0, 255, on_nothing},
	/* 10 SET-LINESTATE-MASK  */ {1, 255, on_mask},
	/* 11 SET-MODEMSTATE-MASK */ {1, 255, on_modem_mask},
	/* 12 PURGE-DATA          */ {1, 255, on_purge},
};
/* clang-format on */

static void on_command(void *ctx, const uint8_t *bytes, size_t n)
{
	struct rfc2217_server *s = ctx;

	if (n == 0 || bytes[0] >= sizeof(commands) / sizeof(commands[0]))
		return;
	if (n - 1 < commands[bytes[0]].min || n - 1 > commands[bytes[0]].max)
		return;
	commands[bytes[0]].on(s, bytes[0], bytes + 1);
}

/* ---- telnet ---- */

static void on_data(void *ctx, const uint8_t *bytes, size_t n)
{
	struct rfc2217_server *s = ctx;

	for (size_t i = 0; i < n; i++)
		s->ops->data(s->ctx, bytes[i]);
}

static void on_send(void *ctx, const uint8_t *bytes, size_t n)
{
	struct rfc2217_server *s = ctx;

	s->ops->send(s->ctx, bytes, n);
}

static const struct telnet_peer_ops peer_ops = {
	.data = on_data,
	.send = on_send,
	.sub = on_command,
};

bool rfc2217_server_built(void)
{
	return true;
}

struct rfc2217_server *rfc2217_server_new(const struct rfc2217_server_ops *ops, void *ctx)
{
	static const telnet_telopt_t options[] = {
		{TELOPT_COM_PORT, TELNET_WILL, TELNET_DO},
		{TELNET_TELOPT_BINARY, TELNET_WILL, TELNET_DO},
		{TELNET_TELOPT_SGA, TELNET_WILL, TELNET_DO},
		{-1, 0, 0},
	};
	struct rfc2217_server *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->ops = ops;
	s->ctx = ctx;
	s->dtr = DTR_ON;
	s->rts = RTS_ON;
	if (telnet_peer_init(&s->peer, options, TELOPT_COM_PORT, &peer_ops, s))
		return s;
	free(s);
	return NULL;
}

void rfc2217_server_free(struct rfc2217_server *s)
{
	if (!s)
		return;
	telnet_peer_done(&s->peer);
	free(s);
}

int rfc2217_server_rx(struct rfc2217_server *s, uint8_t byte)
{
	return telnet_peer_rx(&s->peer, &byte, 1) ? 0 : MB_E_INVALID;
}

void rfc2217_server_data(struct rfc2217_server *s, const uint8_t *bytes, size_t n)
{
	telnet_peer_tx(&s->peer, bytes, n);
}

#else

bool rfc2217_server_built(void)
{
	return false;
}

struct rfc2217_server *rfc2217_server_new(const struct rfc2217_server_ops *ops, void *ctx)
{
	(void)ops, (void)ctx;
	return NULL;
}

void rfc2217_server_free(struct rfc2217_server *s)
{
	(void)s;
}

int rfc2217_server_rx(struct rfc2217_server *s, uint8_t byte)
{
	(void)s, (void)byte;
	return MB_E_UNSUPPORTED;
}

void rfc2217_server_data(struct rfc2217_server *s, const uint8_t *bytes, size_t n)
{
	(void)s, (void)bytes, (void)n;
}

#endif
