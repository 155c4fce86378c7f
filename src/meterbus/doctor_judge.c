/* SPDX-License-Identifier: MIT */
#include "meterbus/doctor_judge.h"

#include "meterbus/exit.h"

#include <stddef.h>

/* Short names for the columns of the table. */
/* clang-format off */
#define F(name) DOCTOR_##name##_FACT
#define ANSWERS (F(GOOD) | F(ACK) | F(BROKEN) | F(SEVERAL))
#define FINE (F(GOOD) | F(ACK))

/* The first row that fits is it. {all, none, name, what it is, what to do, exit code} */
static const struct doctor_verdict verdicts[] = {
	{F(FOREIGN), 0, "other-master",
		"another master is reading this bus already",
		"only one may: stop the other program or logger, or watch it with `meterbus monitor`", EXIT_SOME},
	{F(MODBUS), FINE, "modbus",
		"this is not an M-Bus level converter: devices here speak Modbus",
		"use a Modbus program; M-Bus meters need an M-Bus level converter, an RS-485 adapter cannot drive them", EXIT_TELEGRAM},
	{F(TEXT), FINE, "text",
		"this is not an M-Bus level converter: a console, modem or other device sends text",
		"is it the right port? by-id names tell: ls -l /dev/serial/by-id", EXIT_TELEGRAM},
	{F(METERS_TALK), 0, "other-master",
		"meters answer somebody else: another master, whom we cannot hear, is reading this bus",
		"only one may: stop the other program or logger, or watch it with `meterbus monitor`", EXIT_SOME},

	{F(OTHER_BAUD), F(GOOD) | F(SEVERAL), "wrong-baud",
		"meters answer, but at another speed",
		"give that speed in the URL", EXIT_SOME},
	{F(OTHER_MODE), F(GOOD) | F(SEVERAL), "wrong-parity",
		"meters answer, but with another parity",
		"M-Bus is 8 data bits, even parity, 1 stop bit: mode=8E1 in the URL", EXIT_SOME},

	{F(MOSTLY), F(SEVERAL), "noise",
		"a meter answers, but not all of its answers come through whole: the line is disturbed",
		"look for loose contacts, long stubs, cables beside mains, or too many meters for this converter; --retries helps a little", EXIT_SOME},
	{F(GOOD) | F(BABBLE), 0, "noise",
		"meters answer, but there are bytes on the line that nobody asked for",
		"look for loose contacts, a disturbed cable, or a second master", EXIT_SOME},
	{F(GOOD) | F(SEVERAL), 0, "collision",
		"the bus works; several meters answer at once when all are asked, as they must",
		"ask them one by one: find their addresses with `meterbus scan`", EXIT_OK},
	{F(GOOD), 0, "ok",
		"the bus works, and one meter answers",
		"read it with `meterbus read`", EXIT_OK},
	{F(SEVERAL), F(BABBLE), "collision",
		"several meters answer at once, and none could be heard alone",
		"two with equal identification? `meterbus scan` looks further", EXIT_SOME},

	{F(STUCK), FINE, "break",
		"the line is held at space: nothing but breaks and zeros",
		"a short circuit on the bus, an overloaded or unpowered converter, RS-485 wires A and B swapped, or a far too high baud=", EXIT_TELEGRAM},
	{F(BABBLE), FINE, "noise",
		"bytes come that nobody asked for, and they form no frames: noise, or not M-Bus at all",
		"is there a level converter, and is it powered? loose wires pick up noise; other buses (RS-485, wireless) look like this, too", EXIT_TELEGRAM},
	{F(ECHO) | F(ECHO_EARLY), ANSWERS, "loopback",
		"this is not an M-Bus level converter: all comes back at once, faster than a line can carry it",
		"a loopback, an echoing pty or terminal server is at the other end, not a bus: check port and address", EXIT_TELEGRAM},
	{F(ECHO), ANSWERS, "echo",
		"all that is sent comes back, and nobody answers",
		"a converter with echo and no meter alive behind it (bus power? wires? speed?); or not an M-Bus level converter: an RS-485 adapter, or RX and TX joined", EXIT_SILENT},
	{F(ECHO_BENT), ANSWERS, "echo-changed",
		"what is sent comes back changed",
		"somebody else sends at the same time, the converter is overloaded, or baud= is not what the line has", EXIT_TELEGRAM},
	{F(BROKEN) | F(ACK), 0, "collision",
		"acknowledges are heard, but the answers are broken: several meters at once, or a disturbed line",
		"`meterbus scan` asks them one by one", EXIT_SOME},
	{F(ACK), 0, "no-data",
		"a meter acknowledges, but sends no data",
		"some need an application reset first: `meterbus reset`; or a longer --timeout", EXIT_SOME},
	{F(BROKEN) | F(PARITY), 0, "parity",
		"answers come with parity errors: wrong speed or parity at one end, or several meters at once",
		"M-Bus is 8E1; try baud=300 and 9600, then `meterbus scan`", EXIT_TELEGRAM},
	{F(BROKEN), 0, "broken",
		"something answers, but not in whole frames: wrong speed, noise, or several meters at once",
		"check speed and parity of the line (behind a gateway: its own settings; M-Bus is 8E1), then try `meterbus scan`", EXIT_TELEGRAM},
	{F(CLOSED), 0, "closed",
		"the connection was lost in the middle",
		"behind a network: does another client hold the gateway, is this its transparent port? at a serial port: is the adapter loose?", EXIT_PORT},
	{F(FIXED_LINE), 0, "silence",
		"nobody answers",
		"the gateway's own serial settings must be those of the meters (2400 8E1, 300 or 9600): they cannot be set from here; else check bus power, wires, and a longer --latency", EXIT_SILENT},
	{0, 0, "silence",
		"nobody answers, at any speed",
		"is the converter powered, the bus at 24..42 V, are the meters wired? some converters need &rts=on or &dtr=off in the URL; an RS-232 or RS-485 adapter alone is no M-Bus level converter", EXIT_SILENT},
};
#undef F
/* clang-format on */

const struct doctor_verdict *doctor_judge(uint32_t facts)
{
	const struct doctor_verdict *v = verdicts;

	while ((facts & v->all) != v->all || facts & v->none)
		v++;
	return v;
}

const char *doctor_fact_name(unsigned bit)
{
	static const char *const names[] = {
#define DOCTOR_X(name, text) text,
		DOCTOR_FACT_MAP(DOCTOR_X)
#undef DOCTOR_X
	};

	return bit < DOCTOR_FACT_COUNT ? names[bit] : NULL;
}
