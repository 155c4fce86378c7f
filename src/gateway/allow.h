/* SPDX-License-Identifier: MIT */
/* Who may connect: addresses ("192.168.1.7", "2001:db8::7") and prefixes ("10.0.0.0/8"). */
#ifndef GATEWAY_ALLOW_H
#define GATEWAY_ALLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define ALLOW_MAX 64 /* rules of a listener */

/* IPv4 is ::ffff:a.b.c.d here: a client is the same however its listener was made. */
struct allow_rule {
	uint8_t address[16];
	uint8_t bits; /* of it that count, 0..128 */
};

/* 0, or MB_E_INVALID and a sentence: no address, too many bits, bits behind the prefix. */
int allow_parse(const char *text, struct allow_rule *ret_rule, char *ret_err, size_t err_max);
/* No rule: everybody may. Only addresses of IPv4 and IPv6 match a rule. */
bool allow_match(const struct allow_rule *rules, size_t n, const struct sockaddr *address);

#endif
