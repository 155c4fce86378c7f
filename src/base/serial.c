/* SPDX-License-Identifier: MIT */
#include "base/parmrk.h"
#include "base/stream_impl.h"
#include "base/termios2.h"
#include "base/tty_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BAUD_OFF_PER_MILLE 25 /* a byte of 11 bits is still read at this error */
#define STUCK_US 2000000 /* bytes in the driver this long after their time: the port is stuck */
#define READ_MAX 512

struct serial {
	struct stream base;
	struct parmrk parmrk;
};

static struct serial *self_of(struct stream *s)
{
	return (struct serial *)s;
}

static void serial_close(struct stream *s)
{
	if (s->fd < 0)
		return;
	if (s->url.lock)
		tty_unlock(s->fd);
	close(s->fd);
	s->fd = -1;
	self_of(s)->parmrk = (struct parmrk){0};
}

static const char *const parity_names[] = {"no", "even", "odd"};

static bool baud_fits(uint32_t wanted, uint32_t got)
{
	uint64_t off = wanted > got ? wanted - got : got - wanted;

	return off * 1000 <= (uint64_t)wanted * BAUD_OFF_PER_MILLE;
}

static int apply_line(struct stream *s, const struct mb_line *line)
{
	struct mb_line got;
	int error = termios2_set(s->fd, line, &got);

	if (error == EINVAL)
		return stream_refused(s, "the driver refuses %u Bd %u%c%u", line->baud,
			line->data_bits, "NEO"[line->parity], line -> stop_bits);
	if (error)
		return stream_failed_errno(s, error);
	if (!baud_fits(line->baud, got.baud))
		return stream_refused(
			s, "asked for %u Bd, the port runs at %u Bd", line->baud, got.baud);
	if (got.parity != line->parity || got.data_bits != line->data_bits)
		stream_warn(s,
			"asked for %u data bits and %s parity, the port has %u and %s (a pty?); "
			"going on",
			line->data_bits, parity_names[line->parity], got.data_bits,
			parity_names[got.parity]);
	return 0;
}

static int serial_set_line(struct stream *s, const struct mb_line *line, uint64_t now_us)
{
	int queued = 0;

	if (ioctl(s->fd, TIOCOUTQ, &queued) == 0 && queued > 0) {
		if (now_us > s->tx_end_us + STUCK_US)
			return stream_failed(
				s, "%d bytes do not leave the port; check the adapter", queued);
		return STREAM_LATER;
	}
	return apply_line(s, line);
}

static void set_pin(struct stream *s, const char *name, enum stream_pin pin, int bit)
{
	if (pin == STREAM_PIN_AUTO)
		return;
	if (ioctl(s->fd, pin == STREAM_PIN_ON ? TIOCMBIS : TIOCMBIC, &bit) < 0)
		stream_warn(s, "cannot set %s here: %s", name, strerror(errno));
}

/* FTDI adapters hold bytes back for 16 ms otherwise; others do not know it, or need root. */
static void ask_low_latency(int fd)
{
	struct serial_struct ss;

	if (ioctl(fd, TIOCGSERIAL, &ss) < 0)
		return;
	ss.flags |= (int)ASYNC_LOW_LATENCY;
	ioctl(fd, TIOCSSERIAL, &ss);
}

static int fail_busy(struct stream *s)
{
	char text[STREAM_TEXT_MAX];

	tty_holder_text(s->url.path, text, sizeof(text));
	return stream_failed(s, "%s", text);
}

static int open_device(struct stream *s)
{
	int error;

	s->fd = open(s->url.path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (s->fd < 0)
		return errno == EBUSY ? fail_busy(s) : stream_failed_errno(s, errno);
	if (!isatty(s->fd))
		return stream_failed_errno(s, ENOTTY);
	error = s->url.lock ? tty_lock(s->fd) : 0;
	if (error == EBUSY) {
		close(s->fd); /* the lock is another's: do not give it up */
		s->fd = -1;
		return fail_busy(s);
	}
	return error ? stream_failed_errno(s, error) : 0;
}

static void serial_purge(struct stream *s)
{
	ioctl(s->fd, TCFLSH, 0 /* TCIFLUSH */);
	self_of(s)->parmrk = (struct parmrk){0};
}

static int serial_open(struct stream *s, uint64_t now_us)
{
	int rc;

	(void)now_us;
	rc = open_device(s);
	if (rc < 0)
		return rc;
	rc = apply_line(s, &s->line);
	if (rc == MB_E_INVALID) {
		stream_close(s); /* the text is there already */
		return MB_E_STREAM;
	}
	if (rc < 0)
		return rc;
	set_pin(s, "RTS", s->url.rts, TIOCM_RTS);
	set_pin(s, "DTR", s->url.dtr, TIOCM_DTR);
	ask_low_latency(s->fd);
	serial_purge(s);
	stream_opened(s);
	return 0;
}

static short serial_events(const struct stream *s)
{
	(void)s;
	return POLLIN;
}

/* What a hang-up leaves to read is read first: read() then finds the end. */
static int serial_handle(struct stream *s, short revents, uint64_t now_us)
{
	(void)now_us;
	if ((revents & (POLLERR | POLLHUP | POLLNVAL)) && !(revents & POLLIN))
		return stream_failed_errno(s, EIO);
	return 0;
}

static int serial_read(struct stream *s, uint8_t *ret_bytes, uint8_t *ret_marks, size_t max)
{
	uint8_t own_marks[READ_MAX];
	uint8_t *marks = ret_marks ? ret_marks : own_marks;
	ssize_t n;
	size_t got;

	if (max > READ_MAX)
		max = READ_MAX;
	do {
		n = read(s->fd, ret_bytes, max);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n <= 0)
			return stream_failed_errno(s, n < 0 ? errno : EIO);
		got = parmrk_decode(&self_of(s)->parmrk, ret_bytes, marks, (size_t)n);
	} while (got == 0); /* the bytes were the start of an escape */
	return (int)got;
}

static int serial_write(struct stream *s, const uint8_t *bytes, size_t n)
{
	ssize_t written = write(s->fd, bytes, n);

	if (written < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return written < 0 ? stream_failed_errno(s, errno) : (int)written;
}

static int serial_break(struct stream *s, bool on)
{
	if (ioctl(s->fd, on ? TIOCSBRK : TIOCCBRK) == 0)
		return 0;
	return errno == ENOTTY || errno == EINVAL ? MB_E_UNSUPPORTED
						  : stream_failed_errno(s, errno);
}

const struct stream_ops serial_ops = {
	.size = sizeof(struct serial),
	.open = serial_open,
	.close = serial_close,
	.handle = serial_handle,
	.events = serial_events,
	.read = serial_read,
	.write = serial_write,
	.set_line = serial_set_line,
	.send_break = serial_break,
	.purge = serial_purge,
};
