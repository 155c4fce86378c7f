/* SPDX-License-Identifier: MIT */
/*
 * Telnet with control of the far serial port. An error found inside telnet's callback is kept as
 * the verdict and acted upon outside of it.
 */
#include "base/stream_impl.h"

#ifdef METERBUS_WITH_RFC2217

#include "base/buf.h"
#include "base/sock.h"
#include "base/tcp.h"
#include "base/telnet_peer.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define TELOPT_COM_PORT 44
#define CONFIRM_US 5000000 /* for the peer to confirm settings */
#define IN_MAX 65536
#define OUT_MAX 16384
#define RECV_MAX 4096
#define RECV_TURNS 16 /* who sends more at once does not stop; others want their turn */
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
	struct telnet_peer peer; /* begun when connected */
	struct buf in, in_marks, out;
	struct peer_text text; /* what the peer says instead of opening */
	unsigned unconfirmed; /* BIT() of commands */
	struct mb_line asked;
	uint32_t confirmed[SET_STOPSIZE + 1]; /* by command, as the peer says it */
	bool agreed; /* to be controlled */
	int peer_end; /* errno of its hanging up, 0: it is there */
	uint8_t next_marks; /* of the next byte to come */
	const char *verdict; /* NULL: all is well */
};

static struct rfc2217 *self_of(struct stream *s)
{
	return (struct rfc2217 *)s;
}

static const uint8_t parity_codes[] = {
	[MB_PARITY_NONE] = 1, [MB_PARITY_EVEN] = 3, [MB_PARITY_ODD] = 2};

/* What makes the line, each confirmed by the peer with its value. */
static const struct setting {
	uint8_t code, len; /* bytes of the value */
	const char *name;
} settings[] = {
	{SET_BAUDRATE, 4, "baud rate"},
	{SET_DATASIZE, 1, "number of data bits"},
	{SET_PARITY, 1, "parity"},
	{SET_STOPSIZE, 1, "number of stop bits"},
};

#define N_SETTINGS (sizeof(settings) / sizeof(settings[0]))

/* --- to the peer -------------------------------------------------------------------------------- */

static void command(struct rfc2217 *r, uint8_t code, const uint8_t *value, size_t n)
{
	char bytes[1 + 4];

	bytes[0] = (char)code;
	memcpy(bytes + 1, value, n);
	telnet_peer_sub(&r->peer, bytes, 1 + n);
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

static void on_data(void *self, const uint8_t *bytes, size_t n)
{
	struct rfc2217 *r = self;

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

static uint32_t value_of(const uint8_t *bytes, size_t n)
{
	uint32_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | bytes[i];
	return value;
}

/* Any other answer is to what may as well not be done, or of a length that says nothing. */
static void take_answer(struct rfc2217 *r, const uint8_t *bytes, size_t n)
{
	uint8_t code = (uint8_t)(bytes[0] - SERVER);

	if (code == NOTIFY_LINESTATE && n == 2)
		take_linestate(r, bytes[1]);
	for (size_t i = 0; i < N_SETTINGS; i++) {
		if (settings[i].code != code || settings[i].len != n - 1)
			continue;
		r->confirmed[code] = value_of(bytes + 1, n - 1);
		r->unconfirmed &= ~BIT(code);
	}
}

static void on_sub(void *self, const uint8_t *bytes, size_t n)
{
	if (n > 0)
		take_answer(self, bytes, n);
}

static void on_agreed(void *self, uint8_t option)
{
	struct rfc2217 *r = self;

	if (option != TELOPT_COM_PORT || r->agreed)
		return; /* one that changes its mind is not asked again */
	r->agreed = true;
	ask_all(r);
}

static void on_refused(void *self, uint8_t verb, uint8_t option)
{
	struct rfc2217 *r = self;

	if (option == TELOPT_COM_PORT && verb == TELNET_DONT)
		r->verdict = "the peer refuses to let its serial port be controlled (RFC 2217); "
			     "allow it there, or use tcp://";
	else if (option == TELNET_TELOPT_BINARY)
		stream_warn(&r->base, "the peer refuses binary mode; bytes may get changed");
}

static void on_send(void *self, const uint8_t *bytes, size_t n)
{
	struct rfc2217 *r = self;

	if (!buf_add(&r->out, bytes, n))
		r->verdict = "the peer does not take what is sent";
}

static const struct telnet_peer_ops peer_ops = {
	.data = on_data,
	.send = on_send,
	.agreed = on_agreed,
	.refused = on_refused,
	.sub = on_sub,
};

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
	telnet_peer_done(&r->peer);
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

	if (!telnet_peer_init(&r->peer, options, TELOPT_COM_PORT, &peer_ops, r))
		return stream_failed_errno(s, ENOMEM);
	telnet_peer_negotiate(&r->peer, TELNET_WILL, TELOPT_COM_PORT);
	telnet_peer_negotiate(&r->peer, TELNET_WILL, TELNET_TELOPT_BINARY);
	telnet_peer_negotiate(&r->peer, TELNET_DO, TELNET_TELOPT_BINARY);
	telnet_peer_negotiate(&r->peer, TELNET_WILL, TELNET_TELOPT_SGA);
	telnet_peer_negotiate(&r->peer, TELNET_DO, TELNET_TELOPT_SGA);
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

	if (!r->peer.telnet)
		return POLLOUT;
	return (short)((r->in.len < IN_MAX / 2 ? POLLIN : 0) | (r->out.len > 0 ? POLLOUT : 0));
}

static int receive(struct stream *s)
{
	struct rfc2217 *r = self_of(s);
	uint8_t bytes[RECV_MAX];
	ssize_t n;

	for (int i = 0; i < RECV_TURNS && r->in.len < IN_MAX / 2 && !r->verdict && !r->peer_end;
		i++) {
		n = recv(s->fd, bytes, sizeof(bytes), 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n < 0 && !tcp_is_peer_end(errno))
			return stream_failed_errno(s, errno);
		if (n <= 0) {
			r->peer_end = n < 0 ? errno : EPIPE;
			return 0;
		}
		if (!telnet_peer_rx(&r->peer, bytes, (size_t)n) && !r->verdict)
			r->verdict = "the peer does not keep to the telnet protocol; for a "
				     "transparent port use tcp://";
	}
	return 0;
}

static bool baud_fits(const struct rfc2217 *r)
{
	return r->confirmed[SET_BAUDRATE] == r->asked.baud;
}

static int refuse_baud(struct rfc2217 *r)
{
	return stream_refused(&r->base,
		"asked for %u Bd, the peer's port runs at %u Bd; set it so there, or choose a "
		"speed that it can",
		r->asked.baud, r->confirmed[SET_BAUDRATE]);
}

static void warn_of_format(struct rfc2217 *r)
{
	static const char *const parities[] = {"?", "N", "O", "E", "M", "S"};
	static const char *const stops[] = {"?", "1", "2", "1.5"};
	uint8_t parity = parity_codes[r->asked.parity];
	uint32_t got_parity = r->confirmed[SET_PARITY], got_stop = r->confirmed[SET_STOPSIZE];

	if (r->confirmed[SET_DATASIZE] == r->asked.data_bits && got_parity == parity &&
		got_stop == r->asked.stop_bits)
		return;
	stream_warn(&r->base, "asked for %u%s%u, the peer's port has %u%s%s; going on",
		r->asked.data_bits, parities[parity], r->asked.stop_bits,
		r->confirmed[SET_DATASIZE], parities[got_parity < 6 ? got_parity : 0],
		stops[got_stop < 4 ? got_stop : 0]);
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

static const char *first_unconfirmed(const struct rfc2217 *r)
{
	size_t i = 0;

	while (i < N_SETTINGS - 1 && !(r->unconfirmed & BIT(settings[i].code)))
		i++;
	return settings[i].name;
}

static int fail_late(struct stream *s)
{
	struct rfc2217 *r = self_of(s);
	uint32_t waited_ms =
		s->state == STREAM_OPEN ? CONFIRM_US / 1000 : s->url.connect_timeout_ms;

	if (r->agreed)
		return stream_failed(s,
			"the peer does not confirm the %s within %u ms (RFC 2217); "
			"check its serial port, or use tcp:// if it is set there",
			first_unconfirmed(r), waited_ms);
	return stream_failed(s,
		"the peer does not answer as a telnet server with RFC 2217 does, "
		"within %u ms; use tcp:// for a transparent port",
		waited_ms);
}

static int rfc2217_handle(struct stream *s, short revents, uint64_t now_us)
{
	struct rfc2217 *r = self_of(s);

	if (!r->peer.telnet)
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
	telnet_peer_tx(&r->peer, bytes, n);
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
