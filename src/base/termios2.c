/* SPDX-License-Identifier: MIT */
#include "base/termios2.h"

#include <asm/termbits.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

/*
 * The speeds that have a name are set by it: BOTHER says the same to the driver, but is no speed for
 * programs that ask by tcgetattr().
 */
/* clang-format off */
static const struct {
	uint32_t baud;
	tcflag_t flag;
} speeds[] = {
	{300,    B300},
	{600,    B600},
	{1200,   B1200},
	{2400,   B2400},
	{4800,   B4800},
	{9600,   B9600},
	{19200,  B19200},
	{38400,  B38400},
	{57600,  B57600},
	{115200, B115200},
};
/* clang-format on */

static tcflag_t speed_flag(uint32_t baud)
{
	for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++) {
		if (speeds[i].baud == baud)
			return speeds[i].flag;
	}
	return BOTHER;
}

static tcflag_t line_flags(const struct mb_line *line)
{
	/* No HUPCL: DTR stays on after us, some converters power the bus from it. */
	tcflag_t flags = speed_flag(line->baud) | CREAD | CLOCAL;

	flags |= line->data_bits == 7 ? CS7 : CS8;
	if (line->parity != MB_PARITY_NONE)
		flags |= PARENB;
	if (line->parity == MB_PARITY_ODD)
		flags |= PARODD;
	if (line->stop_bits == 2)
		flags |= CSTOPB;
	return flags;
}

static void line_of(const struct termios2 *t, struct mb_line *ret_line)
{
	ret_line->baud = t->c_ospeed;
	ret_line->data_bits = (t->c_cflag & CSIZE) == CS7 ? 7 : 8;
	ret_line->stop_bits = t->c_cflag & CSTOPB ? 2 : 1;
	ret_line->parity = MB_PARITY_NONE;
	if (t->c_cflag & PARENB)
		ret_line->parity = t->c_cflag & PARODD ? MB_PARITY_ODD : MB_PARITY_EVEN;
}

int termios2_get(int fd, struct mb_line *ret_line)
{
	struct termios2 t;

	if (ioctl(fd, TCGETS2, &t) < 0)
		return errno;
	line_of(&t, ret_line);
	return 0;
}

static int set(int fd, const struct mb_line *line, tcflag_t input, struct mb_line *ret_line)
{
	struct termios2 t;

	if (ioctl(fd, TCGETS2, &t) < 0)
		return errno;
	t.c_iflag = input;
	t.c_oflag = 0;
	t.c_lflag = 0;
	t.c_cflag = line_flags(line);
	t.c_ispeed = line->baud;
	t.c_ospeed = line->baud;
	memset(t.c_cc, 0, sizeof(t.c_cc));
	t.c_cc[VMIN] = 1;
	if (ioctl(fd, TCSETS2, &t) < 0)
		return errno;
	return termios2_get(fd, ret_line);
}

int termios2_set(int fd, const struct mb_line *line, struct mb_line *ret_line)
{
	return set(fd, line, INPCK | PARMRK, ret_line);
}

int termios2_set_plain(int fd, const struct mb_line *line, struct mb_line *ret_line)
{
	return set(fd, line, 0, ret_line);
}
