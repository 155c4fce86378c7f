/* SPDX-License-Identifier: MIT */
#include "meterbus/keys.h"

#include "meterbus/args.h"
#include "meterbus/exit.h"
#include "base/hex.h"
#include "meterbus/talk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_LEN 256

bool keys_add(struct keys *keys, const char *text)
{
	struct mb_address address;
	uint8_t key[MB_KEY_LEN];
	char word[32];
	size_t len;
	bool any = true;

	text += strspn(text, " \t");
	len = strcspn(text, " \t=");
	if (text[len] && len < sizeof(word)) { /* two words */
		memcpy(word, text, len);
		word[len] = 0;
		any = strcmp(word, "*") == 0;
		if (!any && (mb_address_parse(word, &address) < 0 ||
				    address.type != MB_ADDRESS_SECONDARY))
			return false;
		text += len;
		text += strspn(text, " \t=");
	}
	if (keys->count == KEYS_MAX ||
		hex_bytes(text, strlen(text), key, sizeof(key)) != MB_KEY_LEN)
		return false;
	keys->rows[keys->count].any = any;
	keys->rows[keys->count].id = any ? 0 : address.secondary.id;
	memcpy(keys->rows[keys->count++].key, key, sizeof(key));
	memset(key, 0, sizeof(key));
	return true;
}

static int read_file(struct keys *keys, const char *name)
{
	FILE *file = fopen(name, "r");
	char line[LINE_MAX_LEN];
	unsigned number = 0;
	int rc = EXIT_OK;

	if (!file) {
		talk_error("%s: %s", name, strerror(errno));
		return EXIT_USAGE;
	}
	while (rc == EXIT_OK && fgets(line, sizeof(line), file)) {
		number++;
		if (strlen(line) == sizeof(line) - 1) {
			talk_error(
				"%s:%u: longer than %d characters", name, number, LINE_MAX_LEN - 2);
			rc = EXIT_USAGE;
			break;
		}
		line[strcspn(line, "#\r\n")] = 0;
		if (line[strspn(line, " \t")] && !keys_add(keys, line)) {
			talk_error("%s:%u: a line is [IDENTIFICATION] KEY, the key 32 hex digits",
				name, number);
			rc = EXIT_USAGE;
		}
	}
	if (rc == EXIT_OK && ferror(file)) {
		talk_error("%s: %s", name, strerror(errno));
		rc = EXIT_USAGE;
	}
	fclose(file);
	memset(line, 0, sizeof(line));
	return rc;
}

int keys_read(struct keys *ret_keys, const struct args *args)
{
	const char *environment = getenv(KEYS_ENVIRONMENT);
	const char *key = args_value(args, "key"), *file = args_value(args, "key-file");
	bool good = !key || keys_add(ret_keys, key);

	args_wipe(args, "key");
	if (!good) {
		talk_error("--key: a key is 32 hexadecimal digits");
		return EXIT_USAGE;
	}
	if (file && read_file(ret_keys, file) != EXIT_OK)
		return EXIT_USAGE;
	if (environment && *environment && !keys_add(ret_keys, environment)) {
		talk_error(KEYS_ENVIRONMENT ": a key is 32 hexadecimal digits");
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

const uint8_t *keys_find(const struct keys *keys, const struct mb_secondary *meter)
{
	const uint8_t *any = NULL;

	for (size_t i = 0; keys && i < keys->count; i++) {
		if (keys->rows[i].any)
			any = any ? any : keys->rows[i].key;
		else if (meter && keys->rows[i].id == meter->id)
			return keys->rows[i].key;
	}
	return any;
}

void keys_wipe(struct keys *keys)
{
	volatile uint8_t *bytes = (volatile uint8_t *)keys;

	for (size_t i = 0; i < sizeof(*keys); i++)
		bytes[i] = 0;
}
