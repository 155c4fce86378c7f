/* SPDX-License-Identifier: MIT */
#include "gateway/scdata.h"

#include "collect/period.h"

#include <meterbus/error.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PRIMARY_LAST 250
#define PRIMARY_BROADCAST 254 /* answered by all; for a bus of one meter */
#define ID_DIGITS 8
#define SECONDARY_DIGITS 16

static const uint32_t bauds[] = {
	300,
	600,
	1200,
	2400,
	4800,
	9600,
	19200,
	38400,
	57600,
	115200,
};

bool scdata_baud(uint32_t baud)
{
	for (size_t i = 0; i < sizeof(bauds) / sizeof(bauds[0]); i++) {
		if (bauds[i] == baud)
			return true;
	}
	return false;
}

const char *scdata_interval(const char *text)
{
	for (unsigned i = 0; i < PERIOD_STEPS; i++) {
		if (strcasecmp(text, period_step(i)) == 0)
			return period_step(i);
	}
	return NULL;
}

/* Only digits, and no more than max of them. */
static int parse_number(const char *text, size_t max, uint32_t *ret)
{
	size_t n = strspn(text, "0123456789");
	uint32_t number = 0;

	if (n == 0 || n > max || text[n])
		return MB_E_INVALID;
	for (; *text; text++)
		number = number * 10 + (uint32_t)(*text - '0');
	*ret = number;
	return 0;
}

static int parse_primary(const char *text, struct mb_address *ret)
{
	uint32_t number;

	if (parse_number(text, 3, &number) < 0)
		return MB_E_INVALID;
	if (number > PRIMARY_LAST && number != PRIMARY_BROADCAST)
		return MB_E_INVALID;
	*ret = (struct mb_address){.type = MB_ADDRESS_PRIMARY, .primary = (uint8_t)number};
	return 0;
}

/* After the star: identification with F or ? for any digit, and perhaps the other four bytes. */
static int parse_secondary(const char *text, struct mb_address *ret)
{
	char digits[SECONDARY_DIGITS + 1];
	size_t n = strlen(text);

	if (n != ID_DIGITS && n != SECONDARY_DIGITS)
		return MB_E_INVALID;
	if (strspn(text, "0123456789Ff?") < ID_DIGITS)
		return MB_E_INVALID;
	if (strspn(text + ID_DIGITS, "0123456789ABCDEFabcdef") != n - ID_DIGITS)
		return MB_E_INVALID;
	for (size_t i = 0; i <= n; i++)
		digits[i] = text[i] == '?' ? 'F' : text[i];
	return mb_address_parse(digits, ret);
}

int scdata_address_parse(const char *text, struct scdata_address *ret_address)
{
	struct scdata_address address = {.baud = 0};
	char body[SCDATA_ADDRESS_MAX + 1];
	char *at;
	int rc;

	if (strlen(text) > SCDATA_ADDRESS_MAX)
		return MB_E_INVALID;
	memcpy(body, text, strlen(text) + 1);
	at = strchr(body, '@');
	if (at) {
		*at++ = '\0';
		if (parse_number(at, 6, &address.baud) < 0 || !scdata_baud(address.baud))
			return MB_E_INVALID;
	}
	rc = body[0] == '*' ? parse_secondary(body + 1, &address.address)
			    : parse_primary(body, &address.address);
	if (rc < 0)
		return rc;
	*ret_address = address;
	return 0;
}

static bool only_id(const struct mb_secondary *s)
{
	return s->manufacturer == MB_MANUFACTURER_ANY && s->version == MB_VERSION_ANY &&
	       s->medium == MB_MEDIUM_ANY;
}

int scdata_address_format(const struct scdata_address *address, char *buf, size_t max)
{
	const struct mb_address *a = &address->address;
	char body[MB_ADDRESS_TEXT_MAX + 1], baud[12] = "";
	int n;

	if (a->type == MB_ADDRESS_PRIMARY) {
		snprintf(body, sizeof(body), "%u", (unsigned)a->primary);
	} else {
		if (a->has_fabrication)
			return MB_E_UNSUPPORTED;
		body[0] = '*';
		n = mb_secondary_format(&a->secondary, body + 1, sizeof(body) - 1);
		if (n < 0)
			return n;
		if (only_id(&a->secondary))
			body[1 + ID_DIGITS] = '\0';
	}
	if (address->baud)
		snprintf(baud, sizeof(baud), "@%" PRIu32, address->baud);
	n = snprintf(buf, max, "%s%s", body, baud);
	return n >= 0 && (size_t)n < max ? n : MB_E_NO_SPACE;
}
