/* SPDX-License-Identifier: MIT */
/*
 * Keys of encrypted meters. They come from a file, the environment or (wiped at once) the command
 * line, and are never printed. A file has a line a key: "12345678 00112233445566778899AABBCCDDEEFF"
 * for the meter with this identification, or "* KEY" or just "KEY" for all others.
 */
#ifndef METERBUS_TOOL_KEYS_H
#define METERBUS_TOOL_KEYS_H

#include <meterbus/address.h>
#include <meterbus/security.h>

#include <stddef.h>

#define KEYS_MAX 1024
#define KEYS_ENVIRONMENT "METERBUS_KEY"

struct args; /* meterbus/args.h */

struct keys {
	size_t count;
	struct {
		bool any;
		uint32_t id;
		uint8_t key[MB_KEY_LEN];
	} rows[KEYS_MAX];
};

/* Rows that a verb has for keys. */
#define KEYS_OPTIONS \
	{"key", 'k', ARG_TEXT, "HEX", \
		"key of encrypted meters; better: --key-file or METERBUS_KEY", NULL}, \
	{ \
		"key-file", 0, ARG_FILE, "FILE", \
			"keys, a line each: IDENTIFICATION KEY, or KEY for all", NULL \
	}

/* Reads --key, --key-file and the environment. EXIT_OK or EXIT_USAGE after saying why. */
int keys_read(struct keys *ret_keys, const struct args *args);
/* One line of a key file. */
bool keys_add(struct keys *keys, const char *text);
/* NULL: none for this meter. */
const uint8_t *keys_find(const struct keys *keys, const struct mb_secondary *meter);
void keys_wipe(struct keys *keys);

#endif
