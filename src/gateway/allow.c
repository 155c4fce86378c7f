/* SPDX-License-Identifier: MIT */
#include "gateway/allow.h"

#include <meterbus/error.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define V4_AT 12 /* of an IPv4 address in an IPv6 one */
#define V4_BITS (8 * V4_AT)

static const uint8_t v4_prefix[V4_AT] = {[10] = 0xFF, [11] = 0xFF};

/* How many bits stand before the address as written: 96 of IPv4; -1: none. */
static int read_address(const char *text, uint8_t ret[16])
{
	if (inet_pton(AF_INET6, text, ret) == 1)
		return 0;
	memcpy(ret, v4_prefix, V4_AT);
	return inet_pton(AF_INET, text, ret + V4_AT) == 1 ? V4_BITS : -1;
}

static bool read_bits(const char *text, unsigned max, unsigned *ret_bits)
{
	unsigned bits = 0;
	size_t n = strspn(text, "0123456789");

	if (n == 0 || n > 3 || text[n])
		return false;
	for (size_t i = 0; i < n; i++)
		bits = 10 * bits + (unsigned)(text[i] - '0');
	*ret_bits = bits;
	return bits <= max;
}

/* The first `bits` of both are the same. */
static bool same_prefix(const uint8_t a[16], const uint8_t b[16], unsigned bits)
{
	unsigned bytes = bits / 8, rest = bits % 8;

	return memcmp(a, b, bytes) == 0 && (rest == 0 || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0);
}

static bool is_clear_behind(const uint8_t address[16], unsigned bits)
{
	uint8_t cut[16] = {0};

	memcpy(cut, address, bits / 8);
	if (bits % 8)
		cut[bits / 8] = (uint8_t)(address[bits / 8] & 0xFF << (8 - bits % 8));
	return memcmp(cut, address, sizeof(cut)) == 0;
}

static int refuse(const char *text, const char *why, char *ret_err, size_t err_max)
{
	snprintf(ret_err, err_max, "\"%s\": %s", text, why);
	return MB_E_INVALID;
}

int allow_parse(const char *text, struct allow_rule *ret_rule, char *ret_err, size_t err_max)
{
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	char address[INET6_ADDRSTRLEN];
	struct allow_rule rule = {0};
	unsigned bits;
	int before;

	if (n >= sizeof(address))
		return refuse(text, "is no address", ret_err, err_max);
	memcpy(address, text, n);
	address[n] = '\0';
	before = read_address(address, rule.address);
	if (before < 0)
		return refuse(text, "is no address; write 192.168.1.7, 10.0.0.0/8, 2001:db8::/32",
			ret_err, err_max);
	bits = 128 - (unsigned)before;
	if (slash && !read_bits(slash + 1, bits, &bits))
		return refuse(
			text, before ? "has 0 to 32 bits" : "has 0 to 128 bits", ret_err, err_max);
	rule.bits = (uint8_t)(bits + (unsigned)before);
	if (!is_clear_behind(rule.address, rule.bits))
		return refuse(text, "has bits set behind its prefix", ret_err, err_max);
	*ret_rule = rule;
	return 0;
}

static bool bytes_of(const struct sockaddr *address, uint8_t ret[16])
{
	if (address->sa_family == AF_INET6) {
		memcpy(ret, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
		return true;
	}
	if (address->sa_family != AF_INET)
		return false;
	memcpy(ret, v4_prefix, V4_AT);
	memcpy(ret + V4_AT, &((const struct sockaddr_in *)address)->sin_addr, 4);
	return true;
}

bool allow_match(const struct allow_rule *rules, size_t n, const struct sockaddr *address)
{
	uint8_t bytes[16];

	if (n == 0)
		return true;
	if (!bytes_of(address, bytes))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (same_prefix(rules[i].address, bytes, rules[i].bits))
			return true;
	}
	return false;
}
