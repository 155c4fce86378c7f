/* SPDX-License-Identifier: MIT */
/* Telnet as texts (RFC 854), for tables of what comes and goes. */
#ifndef TEST_TELNET_BYTES_H
#define TEST_TELNET_BYTES_H

#include <stddef.h>

#define IAC "\xFF"
#define DONT "\xFE"
#define DO "\xFD"
#define WONT "\xFC"
#define WILL "\xFB"
#define SB "\xFA"
#define SE "\xF0"
#define BINARY "\x00"
#define ECHO "\x01"
#define SGA "\x03"
#define TTYPE "\x18"
#define NAWS "\x1F"
#define LINEMODE "\x22"
#define COMPRESS "\x56"
#define ZMP "\x5D"

struct bytes {
	const char *at;
	size_t n;
};
#define B(text) \
	{ \
		text, sizeof(text) - 1 \
	}

#endif
