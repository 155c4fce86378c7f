/* SPDX-License-Identifier: MIT */
/* Configuration files: what is read, what is complained about and in which words. */
#include "base/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	SITE,
	BUS
};
enum {
	DEBUG,
	LEVEL,
	WAIT,
	ROOM,
	COUNT,
	PLACE,
	COLOUR
};
enum {
	URL,
	LATENCY
};

static bool colour_check(const char *value, char *ret_why, size_t max)
{
	if (strcmp(value, "red") == 0)
		return true;
	snprintf(ret_why, max, "must be red");
	return false;
}

static const struct config_key site_keys[] = {
	[DEBUG] = {.name = "debug", .type = CONFIG_BOOL, .fallback = "no", .help = "Talks more."},
	[LEVEL] = {.name = "level",
		.type = CONFIG_CHOICE,
		.choices = "low middle high",
		.fallback = "middle",
		.reload = true,
		.help = "How high."},
	[WAIT] = {.name = "wait",
		.type = CONFIG_DURATION,
		.min = 500,
		.max = 86400000,
		.fallback = "90s",
		.reload = true,
		.help = "How long."},
	[ROOM] = {.name = "room", .type = CONFIG_SIZE, .fallback = "0", .help = "How much."},
	[COUNT] =
		{.name = "count", .type = CONFIG_NUMBER, .min = 1, .max = 100, .help = "How many."},
	[PLACE] = {.name = "place", .type = CONFIG_PATH, .help = "Where."},
	[COLOUR] = {.name = "colour",
		.type = CONFIG_TEXT,
		.check = colour_check,
		.help = "It -- and only it. More."},
};
static const struct config_key bus_keys[] = {
	[URL] = {.name = "url", .type = CONFIG_TEXT, .required = true, .help = "Where it is."},
	[LATENCY] = {.name = "latency", .type = CONFIG_DURATION, .help = "How slow."},
};
static const struct config_section sections[] = {
	[SITE] = {"site", NULL, site_keys, 7, "The site."},
	[BUS] = {"bus", "NAME", bus_keys, 2, "A bus."},
};
static const struct config_schema schema = {sections, 2};

static char told[8192];

static void tell(void *ctx, const char *sentence)
{
	(void)ctx;
	strncat(told, sentence, sizeof(told) - strlen(told) - 2);
	strcat(told, "\n");
}

static unsigned read_text(const char *text, struct config **ret_config)
{
	told[0] = '\0';
	return config_read(&schema, "F", text, strlen(text), tell, NULL, ret_config);
}

static struct config *good(const char *text)
{
	struct config *c = NULL;

	if (read_text(text, &c) != 0)
		fail_msg("%s", told);
	assert_string_equal(told, "");
	return c;
}

static void test_nothing_gives_the_defaults(void **state)
{
	struct config *c = good("");
	const struct config_block *site = config_block(c, SITE, 0);

	(void)state;
	assert_non_null(site);
	assert_null(config_block(c, SITE, 1));
	assert_null(config_block(c, BUS, 0));
	assert_int_equal(config_count(c, SITE), 1);
	assert_int_equal(config_count(c, BUS), 0);
	assert_int_equal(config_number(site, DEBUG), 0);
	assert_int_equal(config_number(site, LEVEL), 1);
	assert_int_equal(config_number(site, WAIT), 90000);
	assert_int_equal(config_number(site, ROOM), 0);
	assert_int_equal(config_number(site, COUNT), 0);
	assert_null(config_text(site, PLACE));
	assert_string_equal(config_text(site, WAIT), "90s");
	assert_int_equal(config_line(site, WAIT), 0);
	config_free(c);
}

static void test_what_is_given_is_taken(void **state)
{
	struct config *c = good("\xef\xbb\xbf# a comment\r\n"
				" [ bus\theat ] \r\n"
				"url=tcp://h:1?baud=300;x # y\r\n"
				"\r\n"
				"[site]\n"
				"debug = yes\n"
				"; another\n"
				"\tlevel =high\n"
				"wait = 2h\n"
				"room = 3G\n"
				"count = 7\n"
				"place = /dev/null\n"
				"colour = red\n"
				"[bus a.b-C_9]\n"
				"latency=0\n"
				"url = x");
	const struct config_block *site = config_block(c, SITE, 0), *bus;
	char where[CONFIG_SENTENCE_MAX];

	(void)state;
	assert_int_equal(config_number(site, DEBUG), 1);
	assert_int_equal(config_number(site, LEVEL), 2);
	assert_int_equal(config_number(site, WAIT), 7200000);
	assert_true(config_number(site, ROOM) == (int64_t)3 << 30);
	assert_int_equal(config_number(site, COUNT), 7);
	assert_string_equal(config_text(site, PLACE), "/dev/null");
	assert_string_equal(config_text(site, COLOUR), "red");
	assert_int_equal(config_count(c, BUS), 2);
	bus = config_block(c, BUS, 0);
	assert_string_equal(config_label(bus), "a.b-C_9");
	assert_int_equal(config_number(bus, LATENCY), 0);
	assert_int_equal(config_line(bus, LATENCY), 15);
	bus = config_block(c, BUS, 1);
	assert_string_equal(config_label(bus), "heat");
	assert_string_equal(config_text(bus, URL), "tcp://h:1?baud=300;x # y");
	assert_ptr_equal(config_find(c, BUS, "heat"), bus);
	assert_null(config_find(c, BUS, "hea"));
	config_where(bus, URL, where, sizeof(where));
	assert_string_equal(where, "F:3: [bus heat] url");
	config_where(bus, LATENCY, where, sizeof(where));
	assert_string_equal(where, "F:2: [bus heat] latency");
	config_where(site, WAIT, where, sizeof(where));
	assert_string_equal(where, "F:9: [site] wait");
	config_free(c);
}

static void test_each_mistake_is_told_with_what_is_allowed(void **state)
{
	static const struct {
		const char *text, *told;
	} rows[] = {
		{"x = 1", "F:1: a key must come after its [section]\n"},
		{"[site]\nnonsense", "F:2: expected [section], key = value or # comment\n"},
		{"[site]\n= 3", "F:2: expected [section], key = value or # comment\n"},
		{"[site", "F:1: [site has no ] at its end\n"},
		{"[sites]\ndebug = yes\nx=y",
			"F:1: section sites is unknown; did you mean site?\n"},
		{"[]", "F:1: section  is unknown; there are: site bus\n"},
		{"[site x]", "F:1: section [site] takes no name, such as x\n"},
		{"[bus]",
			"F:1: section [bus ]: the name must be up to 63 letters, digits, . _ -\n"},
		{"[bus a b]\nurl=x", "F:1: section [bus a b]: the name must be up to 63 letters, "
				     "digits, . _ -\n"},
		{"[site]\n\n[site]", "F:3: [site] is there already, in line 1\n"},
		{"[bus a]\nurl=x\n[bus b]\nurl=x\n[bus a]\nurl=y\n",
			"F:5: [bus a] is there already, in line 1\n"},
		{"[bus a]\nlatency = 1s\n", "F:1: [bus a] has no url\n"},
		{"[bus a]\nlatnecy = 1s\nurl=x",
			"F:2: [bus] key latnecy is unknown; did you mean latency?\n"},
		{"[bus a]\nwxyz = 1s\nurl=x",
			"F:2: [bus] key wxyz is unknown; there are: url latency\n"},
		{"[bus a]\nurl=x\nurl=y\n", "F:3: [bus] url is given already, in line 2\n"},
		{"[bus a]\nurl =\n",
			"F:2: [bus] url has no value; remove the line for the default\n"},
		{"[site]\ndebug = maybe", "F:2: [site] debug = maybe: must be yes or no\n"},
		{"[site]\nlevel = hihg",
			"F:2: [site] level = hihg: must be one of: low middle high; "
			"did you mean high?\n"},
		{"[site]\nlevel = 7", "F:2: [site] level = 7: must be one of: low middle high\n"},
		{"[site]\nwait = 499ms",
			"F:2: [site] wait = 499ms: must be a duration from 500ms to 1d "
			"(ms s min h d)\n"},
		{"[site]\nwait = 25h",
			"F:2: [site] wait = 25h: must be a duration from 500ms to 1d "
			"(ms s min h d)\n"},
		{"[site]\nwait = 30", "F:2: [site] wait = 30: must be a duration from 500ms to 1d "
				      "(ms s min h d)\n"},
		{"[site]\nwait = 9223372036854775807d",
			"F:2: [site] wait = 9223372036854775807d: must be a duration "
			"from 500ms to 1d (ms s min h d)\n"},
		{"[site]\nroom = -1", "F:2: [site] room = -1: must be a size (K M G T)\n"},
		{"[site]\nroom = 99999999999999999999",
			"F:2: [site] room = 99999999999999999999: must be a size (K M G T)\n"},
		{"[site]\ncount = 0", "F:2: [site] count = 0: must be a number from 1 to 100\n"},
		{"[site]\ncount = 101",
			"F:2: [site] count = 101: must be a number from 1 to 100\n"},
		{"[site]\ncount = 1x", "F:2: [site] count = 1x: must be a number from 1 to 100\n"},
		{"[site]\nplace = here", "F:2: [site] place = here: must be an absolute path\n"},
		{"[site]\ncolour = green", "F:2: [site] colour = green: must be red\n"},
		{"[site]\ndebug = maybe\ncount = 0\n[bus x]\n",
			"F:2: [site] debug = maybe: must be yes or no\n"
			"F:3: [site] count = 0: must be a number from 1 to 100\n"
			"F:4: [bus x] has no url\n"},
	};
	struct config *c;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		c = NULL;
		assert_int_not_equal(read_text(rows[i].text, &c), 0);
		assert_string_equal(told, rows[i].told);
		assert_null(c);
	}
}

static void test_a_line_has_a_limit(void **state)
{
	static char text[CONFIG_LINE_MAX + 64];
	struct config *c = NULL;

	(void)state;
	strcpy(text, "[bus a]\nurl=");
	memset(text + 12, 'u', CONFIG_LINE_MAX - 4);
	strcpy(text + 12 + CONFIG_LINE_MAX - 4, "\n");
	config_free(good(text));
	strcpy(text + 12 + CONFIG_LINE_MAX - 4, "u\n");
	assert_int_equal(read_text(text, &c), 2); /* and so it has no url */
	assert_non_null(strstr(told, "F:2: a line longer than 4096 bytes\n"));
}

static void test_a_zero_byte_is_refused(void **state)
{
	struct config *c = NULL;

	(void)state;
	told[0] = '\0';
	assert_int_equal(
		config_read(&schema, "F", "[site]\ndeb\0ug = yes\n", 20, tell, NULL, &c), 1);
	assert_string_equal(told, "F:2: a byte that is 0: this is not a text\n");
}

static void test_sections_have_a_limit(void **state)
{
	size_t room = CONFIG_BLOCKS_MAX * 24 + 64, at = 0;
	char *text = malloc(room);
	struct config *c = NULL;

	(void)state;
	for (int i = 0; i < CONFIG_BLOCKS_MAX; i++)
		at += (size_t)snprintf(text + at, room - at, "[bus %d]\nurl=x\n", i);
	c = good(text);
	assert_int_equal(config_count(c, BUS), CONFIG_BLOCKS_MAX);
	assert_non_null(config_find(c, BUS, "77777"));
	config_free(c);
	snprintf(text + at, room - at, "[bus more]\nurl=x\n");
	assert_int_equal(read_text(text, &c), 1);
	assert_string_equal(told, "F:200001: more than 100000 sections\n");
	free(text);
}

static void test_a_file_is_read_or_complained_about(void **state)
{
	char name[] = "/tmp/meterbus-config-XXXXXX";
	int fd = mkstemp(name);
	struct config *c = NULL;

	(void)state;
	assert_int_equal(write(fd, "[site]\ncount=5\n", 15), 15);
	told[0] = '\0';
	assert_int_equal(config_load(&schema, name, tell, NULL, &c), 0);
	assert_int_equal(config_number(config_block(c, SITE, 0), COUNT), 5);
	config_free(c);
	assert_int_equal(ftruncate(fd, CONFIG_FILE_MAX + 1), 0);
	assert_int_equal(config_load(&schema, name, tell, NULL, &c), 1);
	assert_non_null(strstr(told, ": cannot be read: longer than 4 MiB\n"));
	close(fd);
	unlink(name);
	told[0] = '\0';
	assert_int_equal(config_load(&schema, name, tell, NULL, &c), 1);
	assert_non_null(strstr(told, ": cannot be read: No such file or directory\n"));
	told[0] = '\0';
	assert_int_equal(config_load(&schema, "/tmp", tell, NULL, &c), 1);
	assert_string_equal(told, "/tmp: cannot be read: Is a directory\n");
	assert_int_equal(config_load(&schema, NULL, tell, NULL, &c), 0);
	config_free(c);
}

static void note_change(void *ctx, const struct config_change *change)
{
	char text[128];

	(void)ctx;
	snprintf(text, sizeof(text), "%s %s %s %s", change->section->name, change->label,
		change->key       ? change->key->name
		: !change->before ? "added"
				  : "removed",
		change->key && change->key->reload ? "reload" : "");
	tell(NULL, text);
}

static void test_changes_are_told_in_order(void **state)
{
	struct config *a = good("[site]\nwait=60s\nlevel=low\n[bus a]\nurl=x\n[bus b]\nurl=x\n"
				"[bus c]\nurl=x\n");
	struct config *b = good("[bus c]\nurl=y\n[bus b]\nurl=x\n[bus d]\nurl=x\n[site]\n"
				"debug=on\nwait=1min\n");

	(void)state;
	config_compare(a, a, note_change, NULL);
	assert_string_equal(told, "");
	config_compare(a, b, note_change, NULL);
	assert_string_equal(told, "site  debug \n"
				  "site  level reload\n"
				  "bus a removed \n"
				  "bus c url \n"
				  "bus d added \n");
	config_free(a);
	config_free(b);
}

/* The sample without its comment signs is a configuration that reads, with the defaults. */
static void test_the_sample_can_be_read(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	struct config *c;

	(void)state;
	config_print_sample(&schema, f);
	fclose(f);
	c = good(text);
	assert_int_equal(config_number(config_block(c, SITE, 0), WAIT), 90000);
	assert_int_equal(config_count(c, BUS), 0);
	config_free(c);
	assert_non_null(strstr(text, "\n#[bus NAME]\n"));
	assert_non_null(
		strstr(text, "\n# How long.\n# A duration from 500ms to 1d (ms s min h d).\n"
			     "#wait = 90s\n"));
	assert_non_null(strstr(text, "\n#url =\n"));
	assert_non_null(strstr(text, "\n# A text. Required. Needs a restart.\n"));
	free(text);
}

static void test_the_man_page_is_quoted(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	config_print_mdoc(&schema, f);
	fclose(f);
	assert_non_null(strstr(text, "\n.It Ic colour\nIt \\-\\- and only it.\nMore.\n"));
	assert_non_null(strstr(text, "\n.It Ic wait No = 90s\n"));
	assert_non_null(strstr(text, ".Ss [bus NAME]\n"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_gives_the_defaults),
		cmocka_unit_test(test_what_is_given_is_taken),
		cmocka_unit_test(test_each_mistake_is_told_with_what_is_allowed),
		cmocka_unit_test(test_a_line_has_a_limit),
		cmocka_unit_test(test_a_zero_byte_is_refused),
		cmocka_unit_test(test_sections_have_a_limit),
		cmocka_unit_test(test_a_file_is_read_or_complained_about),
		cmocka_unit_test(test_changes_are_told_in_order),
		cmocka_unit_test(test_the_sample_can_be_read),
		cmocka_unit_test(test_the_man_page_is_quoted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
