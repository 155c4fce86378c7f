/* SPDX-License-Identifier: MIT */
#include "meterbus/bus_list.h"

#include "base/url.h"
#include "meterbus/exit.h"
#include "base/hex.h"
#include "meterbus/talk.h"

#include <meterbus/error.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_LEN_MAX 512
#define WHY_MAX 256
#define BLANKS " \t\r\n"

/* --- one address ------------------------------------------------------------------------------- */

static const char address_help[] = "an address is 0..250, 253, 254 or 255, an identification of 8 "
				   "digits (F for any digit), all 16 "
				   "digits of a secondary address, or like 12345678.KAM.8.4";

static int parse_address(const char *text, struct mb_address *ret_address)
{
	struct mb_address address;

	if (mb_address_parse(text, &address) < 0)
		return MB_E_INVALID;
	if (address.type == MB_ADDRESS_PRIMARY && address.primary > 250 && address.primary < 253)
		return MB_E_INVALID; /* nobody may be called so */
	*ret_address = address;
	return 0;
}

int bus_address(const char *text, struct mb_address *ret_address)
{
	if (parse_address(text, ret_address) == 0)
		return EXIT_OK;
	talk_error("%s: %s", text, address_help);
	return EXIT_USAGE;
}

/* --- the list ---------------------------------------------------------------------------------- */

static struct bus_meter *add(struct bus_list *list)
{
	struct bus_meter *meters;
	size_t size = list->size ? 2 * list->size : 64;

	if (list->count == BUS_LIST_MAX)
		return NULL;
	if (list->count == list->size) {
		meters = calloc(size, sizeof(*meters)); /* not realloc: keys leave no trace */
		if (!meters)
			return NULL;
		if (list->count)
			memcpy(meters, list->meters, list->count * sizeof(*meters));
		bus_list_done(&(struct bus_list){.meters = list->meters, .size = list->size});
		list->meters = meters;
		list->size = size;
	}
	list->meters[list->count] = (struct bus_meter){0};
	return &list->meters[list->count++];
}

void bus_list_done(struct bus_list *list)
{
	if (list->meters)
		explicit_bzero(list->meters, list->size * sizeof(*list->meters));
	free(list->meters);
	*list = (struct bus_list){0};
}

const char *bus_meter_name(const struct bus_meter *meter)
{
	return *meter->name ? meter->name : meter->text;
}

int bus_list_words(struct bus_list *list, char *const *words, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct bus_meter *meter = add(list);

		if (!meter) {
			talk_error("too many addresses");
			return EXIT_USAGE;
		}
		if (bus_address(words[i], &meter->address) != EXIT_OK)
			return EXIT_USAGE;
		snprintf(meter->text, sizeof(meter->text), "%s", words[i]);
	}
	return EXIT_OK;
}

/* --- a line of a file -------------------------------------------------------------------------- */

/* Where in the file, and why it is wrong. */
struct place {
	const char *path;
	unsigned line;
};

static int bad(const struct place *at, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int bad(const struct place *at, const char *format, ...)
{
	char why[WHY_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	talk_error("%s:%u: %s", at->path, at->line, why);
	return EXIT_USAGE;
}

static bool number(const char *text, unsigned long min, unsigned long max, uint32_t *ret_number)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value < min || value > max)
		return false;
	*ret_number = (uint32_t)value;
	return true;
}

static bool set_name(struct bus_meter *meter, const char *value)
{
	if (!*value || strlen(value) >= sizeof(meter->name))
		return false;
	snprintf(meter->name, sizeof(meter->name), "%s", value);
	return true;
}

static bool set_baud(struct bus_meter *meter, const char *value)
{
	return number(value, STREAM_BAUD_MIN, STREAM_BAUD_MAX, &meter->baud);
}

static bool set_timeout(struct bus_meter *meter, const char *value)
{
	return number(value, 1, STREAM_MS_MAX, &meter->answer_ms);
}

static bool set_key(struct bus_meter *meter, const char *value)
{
	meter->has_key = hex_bytes(value, strlen(value), meter->key, MB_KEY_LEN) == MB_KEY_LEN;
	return meter->has_key;
}

static const struct {
	const char *name;
	bool (*set)(struct bus_meter *meter, const char *value);
	const char *allowed;
} fields[] = {
	{"name", set_name, "a name of 1..63 characters; blanks need \"quotes\""},
	{"baud", set_baud, "a speed, 300..38400"},
	{"timeout", set_timeout, "milliseconds, 1..600000"},
	{"key", set_key, "32 hexadecimal digits"},
};

static int set_field(struct bus_meter *meter, const char *name, const char *value, struct place *at)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (strcmp(fields[i].name, name) != 0)
			continue;
		if (fields[i].set(meter, value))
			return EXIT_OK;
		return bad(at, "%s must be %s", name, fields[i].allowed);
	}
	return bad(at, "%s: unknown; a line is ADDRESS [name=..] [baud=..] [timeout=..] [key=..]",
		name);
}

/* Cuts the next word off, "..." kept together without the quotes; NULL at the end. */
static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, BLANKS);
	char *from = word, *to = word;
	bool quoted = false;

	if (!*word || *word == '#')
		return NULL;
	for (; *from && (quoted || !strchr(BLANKS, *from)); from++)
		if (*from == '"')
			quoted = !quoted;
		else
			*to++ = *from;
	*rest = *from ? from + 1 : from;
	*to = 0;
	return word;
}

static int read_line(struct bus_list *list, char *line, struct place *at)
{
	char *word = next_word(&line);
	struct bus_meter *meter;
	int rc = EXIT_OK;

	if (!word)
		return EXIT_OK;
	meter = add(list);
	if (!meter)
		return bad(at, "too many meters");
	if (parse_address(word, &meter->address) < 0)
		return bad(at, "%s: %s", word, address_help);
	snprintf(meter->text, sizeof(meter->text), "%s", word);
	while (rc == EXIT_OK && (word = next_word(&line))) {
		char *value = strchr(word, '=');

		if (!value)
			return bad(at, "%s: NAME=VALUE expected", word);
		*value++ = 0;
		rc = set_field(meter, word, value, at);
	}
	return rc;
}

int bus_list_file(struct bus_list *list, const char *path)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *file = standard ? stdin : fopen(path, "re");
	struct place at = {.path = standard ? "standard input" : path};
	char line[LINE_LEN_MAX];
	size_t before = list->count;
	int rc = EXIT_OK;

	if (!file) {
		talk_error("%s: %s", path, strerror(errno));
		return EXIT_USAGE;
	}
	while (rc == EXIT_OK && fgets(line, sizeof(line), file)) {
		at.line++;
		if (strlen(line) == sizeof(line) - 1)
			rc = bad(&at, "longer than %d characters", LINE_LEN_MAX - 2);
		else
			rc = read_line(list, line, &at);
	}
	if (rc == EXIT_OK && ferror(file)) {
		talk_error("%s: %s", at.path, strerror(errno));
		rc = EXIT_USAGE;
	}
	explicit_bzero(line, sizeof(line));
	if (!standard)
		fclose(file);
	if (rc == EXIT_OK && list->count == before) {
		talk_error("%s: no address there", at.path);
		rc = EXIT_USAGE;
	}
	return rc;
}
