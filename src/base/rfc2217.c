/* SPDX-License-Identifier: MIT */
/*
 * Telnet with control of the far serial port. An error found inside libtelnet's callback is kept
 * as the verdict and acted upon outside of it.
 */
#include "base/stream_impl.h"

#ifdef METERBUS_WITH_RFC2217

#include "base/buf.h"
#include "base/sock.h"
#include "base/tcp.h"

#include <errno.h>
#include <libtelnet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define TELOPT_COM_PORT 44
#define CONFIRM_US 5000000 /* for the peer to confirm settings */
#define IN_MAX 65536
#define OUT_MAX 16384
#define RECV_MAX 4096
#define SENT_BYTE_MAX 2 /* FF is doubled */

/* RFC 2217 section 3: the client's commands; the server answers with the same + 100. */
enum {
	SET_BAUDRATE = 1,
	SET_DATASIZE = 2,
	SET_PARITY = 3,
	SET_STOPSIZE = 4,
	SET_CONTROL = 5,
	NOTIFY_LINESTATE = 6,
	SET_LINESTATE_MASK = 10,
	SET_MODEMSTATE_MASK = 11,
	PURGE_DATA = 12,
	SERVER = 100,
};

enum {
	CONTROL_NO_FLOW = 1,
	CONTROL_BREAK_ON = 5,
	CONTROL_BREAK_OFF = 6,
	CONTROL_DTR_ON = 8,
	CONTROL_DTR_OFF = 9,
	CONTROL_RTS_ON = 11,
	CONTROL_RTS_OFF = 12,
	PURGE_RECEIVED = 1,
	LINESTATE_ERRORS = 0x1E,
};

#define BIT(command) (1u << (command))
#define LINE_BITS (BIT(SET_BAUDRATE) | BIT(SET_DATASIZE) | BIT(SET_PARITY) | BIT(SET_STOPSIZE))

struct rfc2217 {
	struct stream base;
	struct sock sock;
	telnet_t *telnet; /* NULL until connected */
	struct buf in, in_marks, out;
	struct peer_text text; /* what the peer says instead of opening */
	unsigned unconfirmed; /* BIT() of commands */
	struct mb_line asked, confirmed;
	int peer_end; /* errno of its hanging up, 0: it is there */
	uint8_t seen; /* the last byte of a telnet command, 0: none */
	uint8_t next_marks; /* of the next byte to come */
	const char *verdict; /* NULL: all is well */
};

static struct rfc2217 *self_of(struct stream *s)
{
	return (struct rfc2217 *)s;
}

static const uint8_t parity_codes[] = {
	[MB_PARITY_NONE] = 1, [MB_PARITY_EVEN] = 3, [MB_PARITY_ODD] = 2};

static uint8_t parity_of_code(uint8_t code)
{
	for (uint8_t i = 0; i < sizeof(parity_codes); i++) {
		if (parity_codes[i] == code)
			return i;
	}
	return MB_PARITY_NONE;
}

/* --- to the peer -------------------------------------------------------------------------------- */

static void command(struct rfc2217 *r, uint8_t code, const uint8_t *value, size_t n)
{
	char bytes[1 + 4];

	bytes[0] = (char)code;
	memcpy(bytes + 1, value, n);
	telnet_subnegotiation(r->telnet, TELOPT_COM_PORT, bytes, 1 + n);
}

static void command_byte(struct rfc2217 *r, uint8_t code, uint8_t value)
{
	command(r, code, &value, 1);
}

static void ask_line(struct rfc2217 *r, const struct mb_line *line)
{
	const uint8_t baud[] = {(uint8_t)(line->baud >> 24), (uint8_t)(line->baud >> 16),
		(uint8_t)(line->baud >> 8), (uint8_t)line->baud};

	r->asked = *line;
	r->unconfirmed = LINE_BITS;
	command(r, SET_BAUDRATE, baud, sizeof(baud));
	command_byte(r, SET_DATASIZE, line->data_bits);
	command_byte(r, SET_PARITY, parity_codes[line->parity]);
	command_byte(r, SET_STOPSIZE, line->stop_bits);
}

static void ask_pin(struct rfc2217 *r, enum stream_pin pin, uint8_t on, uint8_t off)
{
	if (pin != STREAM_PIN_AUTO)
		command_byte(r, SET_CONTROL, pin == STREAM_PIN_ON ? on : off);
}

/* The peer has agreed to COM-PORT-OPTION. */
static void ask_all(struct rfc2217 *r)
{
	command_byte(r, SET_CONTROL, CONTROL_NO_FLOW);
	ask_pin(r, r->base.url.rts, CONTROL_RTS_ON, CONTROL_RTS_OFF);
	ask_pin(r, r->base.url.dtr, CONTROL_DTR_ON, CONTROL_DTR_OFF);
	command_byte(r, SET_LINESTATE_MASK, LINESTATE_ERRORS);
	command_byte(r, SET_MODEMSTATE_MASK, 0);
	ask_line(r, &r->base.line);
	command_byte(r, PURGE_DATA, PURGE_RECEIVED);
}

/* --- from the peer ------------------------------------------------------------------------------ */

static void take_data(struct rfc2217 *r, const uint8_t *bytes, size_t n)
{
	if (r->base.state == STREAM_CONNECTING) {
		peer_text_add(&r->text, bytes, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (!buf_add(&r->in, bytes + i, 1)) {
			r->verdict = "more data than anyone takes";
			return;
		}
		if (!buf_add(&r->in_marks, &r->next_marks, 1)) {
			r->in.len--;
			r->verdict = "no memory";
			return;
		}
		r->next_marks = 0;
	}
}

/* The notice says that it happened about here: the byte before it bears the mark. */
static void take_linestate(struct rfc2217 *r, uint8_t state)
{
	uint8_t marks = 0;

	marks |= state & 0x02 ? MB_MARK_OVERRUN : 0;
	marks |= state & 0x04 ? MB_MARK_PARITY : 0;
	marks |= state & 0x08 ? MB_MARK_FRAMING : 0;
	marks |= state & 0x10 ? MB_MARK_BREAK : 0;
	if (r->in_marks.len > 0)
		r->in_marks.bytes[r->in_marks.len - 1] |= marks;
	else
		r->next_marks |= marks;
}

static void take_answer(struct rfc2217 *r, const uint8_t *bytes, size_t n)
{
	uint8_t code = (uint8_t)(bytes[0] - SERVER);

	if (code == SET_BAUDRATE && n >= 5)
		r->confirmed.baud = (uint32_t)bytes[1] << 24 | (uint32_t)bytes[2] << 16 |
				    (uint32_t)bytes[3] << 8 | bytes[4];
	else if (code == SET_DATASIZE && n >= 2)
		r->confirmed.data_bits = bytes[1];
	else if (code == SET_PARITY && n >= 2)
		r->confirmed.parity = parity_of_code(bytes[1]);
	else if (code == SET_STOPSIZE && n >= 2)
		r->confirmed.stop_bits = bytes[1];
	else if (code == NOTIFY_LINESTATE && n >= 2)
		take_linestate(r, bytes[1]);
	else
		return;
	r->unconfirmed &= ~BIT(code);
}

static void on_agreed(struct rfc2217 *r, uint8_t option)
{
	if (option == TELOPT_COM_PORT)
		ask_all(r);
}

static void on_refused(struct rfc2217 *r, uint8_t option)
{
	if (option == TELOPT_COM_PORT)
		r->verdict = "the peer refuses to let its serial port be controlled (RFC 2217); "
			     "allow it there, or use tcp://";
	else if (option == TELNET_TELOPT_BINARY)
		stream_warn(&r->base, "the peer refuses binary mode; bytes may get changed");
}

/* libtelnet gives no event for a refusal of what was just offered: it is seen on its way in. */
static void watch_refusals(struct rfc2217 *r, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t byte = (uint8_t)bytes[i];

		if (r->seen == TELNET_DONT || r->seen == TELNET_WONT) {
			on_refused(r, byte);
			r->seen = 0;
		} else if (r->seen == TELNET_IAC) {
			r->seen = byte == TELNET_IAC ? 0 : byte; /* doubled: a byte of data */
		} else {
			r->seen = byte == TELNET_IAC ? TELNET_IAC : 0;
		}
	}
}

static void on_event(telnet_t *telnet, telnet_event_t *event, void *self)
{
	struct rfc2217 *r = self;

	(void)telnet;
	switch (event->type) {
	case TELNET_EV_DATA:
		take_data(r, (const uint8_t *)event->data.buffer, event->data.size);
		break;
	case TELNET_EV_SEND:
		if (!buf_add(&r->out, event->data.buffer, event->data.size))
			r->verdict = "the peer does not take what is sent";
		break;
	case TELNET_EV_DO:
		on_agreed(r, event->neg.telopt);
		break;
	case TELNET_EV_SUBNEGOTIATION:
		if (event->sub.telopt == TELOPT_COM_PORT && event->sub.size > 0)
			take_answer(r, (const uint8_t *)event->sub.buffer, event->sub.size);
		break;
	case TELNET_EV_ERROR:
		r->verdict = "the peer does not keep to the telnet protocol";
		break;
	default:
		break;
	}
}

/* --- the stream --------------------------------------------------------------------------------- */

static int flush(struct stream *s)
{
	struct rfc2217 *r = self_of(s);
	ssize_t sent;

	if (r->out.len == 0)
		return 0;
	sent = send(s->fd, r->out.bytes, r->out.len, MSG_NOSIGNAL);
	if (sent < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (sent < 0 && tcp_is_peer_end(errno))
		return 0; /* receive() reads what is left and finds the end */
	if (sent < 0)
		return stream_failed_errno(s, errno);
	buf_drop(&r->out, (size_t)sent);
	return 0;
}

static void rfc2217_close(struct stream *s)
{
	struct rfc2217 *r = self_of(s);

	sock_done(s, &r->sock);
	if (r->telnet)
		telnet_free(r->telnet);
	buf_done(&r->in);
	buf_done(&r->in_marks);
	buf_done(&r->out);
	memset((char *)r + sizeof(r->base), 0, sizeof(*r) - sizeof(r->base));
}

static int begin_telnet(struct stream *s, uint64_t now_us)
{
	static const telnet_telopt_t options[] = {
		{TELOPT_COM_PORT, TELNET_WILL, TELNET_DONT},
		{TELNET_TELOPT_BINARY, TELNET_WILL, TELNET_DO},
		{TELNET_TELOPT_SGA, TELNET_WILL, TELNET_DO},
		{-1, 0, 0},
	};
	struct rfc2217 *r = self_of(s);

	r->telnet = telnet_init(options, on_event, 0, r);
	if (!r->telnet)
		return stream_failed_errno(s, ENOMEM);
	telnet_negotiate(r->telnet, TELNET_WILL, TELOPT_COM_PORT);
	telnet_negotiate(r->telnet, TELNET_WILL, TELNET_TELOPT_BINARY);
	telnet_negotiate(r->telnet, TELNET_DO, TELNET_TELOPT_BINARY);
	telnet_negotiate(r->telnet, TELNET_WILL, TELNET_TELOPT_SGA);
	telnet_negotiate(r->telnet, TELNET_DO, TELNET_TELOPT_SGA);
	r->unconfirmed = LINE_BITS;
	s->deadline_us = now_us + s->url.connect_timeout_ms * 1000ull;
	return flush(s);
}

static int after_connect(struct stream *s, int rc, uint64_t now_us)
{
	return rc == SOCK_CONNECTED ? begin_telnet(s, now_us) : rc;
}

static int rfc2217_open(struct stream *s, uint64_t now_us)
{
	struct rfc2217 *r = self_of(s);

	buf_init(&r->in, IN_MAX);
	buf_init(&r->in_marks, IN_MAX);
	buf_init(&r->out, OUT_MAX);
	return after_connect(s, sock_start(s, &r->sock, now_us), now_us);
}

static short rfc2217_events(const struct stream *s)
{
	const struct rfc2217 *r = (const struct rfc2217 *)s;

	if (!r->telnet)
		return POLLOUT;
	return (short)((r->in.len < IN_MAX / 2 ? POLLIN : 0) | (r->out.len > 0 ? POLLOUT : 0));
}

static int receive(struct stream *s)
{
	struct rfc2217 *r = self_of(s);
	char bytes[RECV_MAX];
	ssize_t n;

	while (r->in.len < IN_MAX / 2 && !r->verdict && !r->peer_end) {
		n = recv(s->fd, bytes, sizeof(bytes), 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n < 0 && !tcp_is_peer_end(errno))
			return stream_failed_errno(s, errno);
		if (n <= 0) {
			r->peer_end = n < 0 ? errno : EPIPE;
			return 0;
		}
		watch_refusals(r, bytes, (size_t)n);
		telnet_recv(r->telnet, bytes, (size_t)n);
	}
	return 0;
}

static bool baud_fits(const struct rfc2217 *r)
{
	return r->confirmed.baud == r->asked.baud;
}

static int refuse_baud(struct rfc2217 *r)
{
	return stream_refused(&r->base, "asked for %u Bd, the peer's port runs at %u Bd",
		r->asked.baud, r->confirmed.baud);
}

static void warn_of_format(struct rfc2217 *r)
{
	const struct mb_line *got = &r->confirmed;

	if (got->parity != r->asked.parity || got->data_bits != r->asked.data_bits ||
		got->stop_bits != r->asked.stop_bits)
		stream_warn(&r->base, "asked for %u%c%u, the peer's port has %u%c%u; going on",
			r->asked.data_bits, "NEO"[r->asked.parity], r -> asked.stop_bits,
			got->data_bits, "NEO"[got->parity], got -> stop_bits);
}

static int finish_open(struct stream *s)
{
	struct rfc2217 *r = self_of(s);

	if (!baud_fits(r)) {
		refuse_baud(r);
		stream_close(s);
		return MB_E_STREAM;
	}
	warn_of_format(r);
	stream_opened(s);
	return 0;
}

static int fail_late(struct stream *s)
{
	if (s->state == STREAM_OPEN)
		return stream_failed(s, "the peer does not confirm the line settings");
	return stream_failed(s,
		"the peer does not answer as a telnet server with RFC 2217 does, "
		"within %u ms; use tcp:// for a transparent port",
		s->url.connect_timeout_ms);
}

static int rfc2217_handle(struct stream *s, short revents, uint64_t now_us)
{
	struct rfc2217 *r = self_of(s);

	if (!r->telnet)
		return after_connect(s, sock_continue(s, &r->sock, revents, now_us), now_us);
	if (receive(s) < 0 || flush(s) < 0)
		return MB_E_STREAM;
	if (r->peer_end && s->state == STREAM_CONNECTING)
		return tcp_failed(s, &r->text, r->peer_end);
	if (r->verdict)
		return stream_failed(s, "%s", r->verdict);
	if (r->unconfirmed == 0 && s->state == STREAM_CONNECTING)
		return finish_open(s);
	if (r->unconfirmed == 0)
		s->deadline_us = MB_NEVER;
	if (now_us >= s->deadline_us)
		return fail_late(s);
	return 0;
}

static int rfc2217_read(struct stream *s, uint8_t *ret_bytes, uint8_t *ret_marks, size_t max)
{
	struct rfc2217 *r = self_of(s);
	size_t n = r->in.len < max ? r->in.len : max;

	if (n == 0)
		return r->peer_end ? tcp_failed(s, &r->text, r->peer_end) : 0;
	memcpy(ret_bytes, r->in.bytes, n);
	if (ret_marks)
		memcpy(ret_marks, r->in_marks.bytes, n);
	buf_drop(&r->in, n);
	buf_drop(&r->in_marks, n);
	return (int)n;
}

static int rfc2217_write(struct stream *s, const uint8_t *bytes, size_t n)
{
	struct rfc2217 *r = self_of(s);
	size_t room = buf_room(&r->out) / SENT_BYTE_MAX;

	if (n > room)
		n = room;
	telnet_send(r->telnet, (const char *)bytes, n);
	return flush(s) < 0 ? MB_E_STREAM : (int)n;
}

static int rfc2217_set_line(struct stream *s, const struct mb_line *line, uint64_t now_us)
{
	struct rfc2217 *r = self_of(s);

	if (r->unconfirmed != 0)
		return STREAM_LATER;
	if (mb_line_equal(line, &r->asked)) {
		warn_of_format(r);
		return baud_fits(r) ? STREAM_DONE : refuse_baud(r);
	}
	ask_line(r, line);
	s->deadline_us = now_us + CONFIRM_US;
	return flush(s) < 0 ? MB_E_STREAM : STREAM_LATER;
}

static int rfc2217_break(struct stream *s, bool on)
{
	command_byte(self_of(s), SET_CONTROL, on ? CONTROL_BREAK_ON : CONTROL_BREAK_OFF);
	return flush(s);
}

static void rfc2217_purge(struct stream *s)
{
	struct rfc2217 *r = self_of(s);

	buf_clear(&r->in);
	buf_clear(&r->in_marks);
	command_byte(r, PURGE_DATA, PURGE_RECEIVED);
}

const struct stream_ops rfc2217_ops = {
	.size = sizeof(struct rfc2217),
	.open = rfc2217_open,
	.close = rfc2217_close,
	.handle = rfc2217_handle,
	.events = rfc2217_events,
	.read = rfc2217_read,
	.write = rfc2217_write,
	.set_line = rfc2217_set_line,
	.send_break = rfc2217_break,
	.purge = rfc2217_purge,
};

#else

static int absent_open(struct stream *s, uint64_t now_us)
{
	(void)now_us;
	return stream_failed(s, "this build has no RFC 2217; build with -Drfc2217=enabled "
				"(libtelnet), or use tcp://");
}

static void absent_close(struct stream *s)
{
	(void)s;
}

/* It never gets past open(): nothing else is called. */
const struct stream_ops rfc2217_ops = {
	.size = sizeof(struct stream),
	.open = absent_open,
	.close = absent_close,
};

#endif
