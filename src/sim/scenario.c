/* SPDX-License-Identifier: MIT */
#include "sim/scenario.h"
#include "sim/random.h"
#include "sim/scenario_impl.h"

#include <meterbus/error.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MAX 32
#define FIRST_ID 10000001
#define ID_DIGITS 8
#define ID_COUNT 100000000u
#define DEFAULT_START_S 1736928000 /* 2025-01-15T08:00 */

int parser_fail(const struct parser *p, const char *format, ...)
{
	size_t n = 0;
	va_list args;

	if (p->line)
		n = (size_t)snprintf(p->err, p->err_max, "%s:%u: ", p->name, p->line);
	else if (*p->name)
		n = (size_t)snprintf(p->err, p->err_max, "%s: ", p->name);
	va_start(args, format);
	if (n < p->err_max)
		vsnprintf(p->err + n, p->err_max - n, format, args);
	va_end(args);
	return MB_E_INVALID;
}

uint8_t *scenario_blob(struct scenario *s, size_t n)
{
	uint8_t **blobs = realloc(s->blobs, (s->n_blobs + 1) * sizeof(*blobs));

	if (!blobs)
		return NULL;
	s->blobs = blobs;
	blobs[s->n_blobs] = malloc(n ? n : 1);
	return blobs[s->n_blobs] ? blobs[s->n_blobs++] : NULL;
}

void scenario_done(struct scenario *s)
{
	for (size_t i = 0; i < s->n_blobs; i++)
		free(s->blobs[i]);
	free(s->blobs);
	free(s->meters);
	*s = (struct scenario){0};
}

/* ---- series ---- */

static uint32_t bcd(uint32_t value)
{
	uint32_t digits = 0;

	for (unsigned i = 0; i < ID_DIGITS; i++, value /= 10)
		digits |= value % 10 << (4 * i);
	return digits;
}

static uint32_t decimal(uint32_t digits)
{
	uint32_t value = 0;

	for (unsigned i = ID_DIGITS; i--;)
		value = value * 10 + (digits >> (4 * i) & 0xF);
	return value;
}

static bool has_hex_digit(uint32_t digits)
{
	for (; digits; digits >>= 4)
		if ((digits & 0xF) > 9)
			return true;
	return false;
}

static bool id_taken(const struct scenario *s, size_t from, uint32_t id)
{
	for (size_t i = from; i < s->n_meters; i++)
		if (s->meters[i].slave.identity.id == id)
			return true;
	return false;
}

/* Identification of meter i of a series that began at meter `from` of the scenario. */
static uint32_t series_id(
	const struct scenario *s, const struct draft *d, size_t from, uint32_t i, struct random *r)
{
	uint32_t first = d->meter.slave.identity.id;
	uint32_t id;

	if (d->count == 1 && d->ids == IDS_CONSECUTIVE)
		return first;
	if (d->ids == IDS_CONSECUTIVE)
		return bcd((decimal(first) + i) % ID_COUNT);
	do
		id = bcd((uint32_t)random_below(r, ID_COUNT));
	while (id_taken(s, from, id));
	return id;
}

/* Primary addresses count up from that of the first and end with 250. */
static uint8_t series_primary(const struct draft *d, uint32_t i)
{
	uint8_t first = d->meter.slave.primary;

	if (first > MB_A_MAX || first + i > MB_A_MAX)
		return i ? MB_A_NETWORK : first;
	return (uint8_t)(first + i);
}

static int add_meters(struct parser *p, const struct draft *d)
{
	struct scenario *s = p->out;
	size_t from = s->n_meters;
	struct sim_meter_config *meters;
	struct random r;

	if (from + d->count > SIM_METERS_MAX)
		return parser_fail(p, "more than %d meters", SIM_METERS_MAX);
	meters = realloc(s->meters, (from + d->count) * sizeof(*meters));
	if (!meters)
		return parser_fail(p, "no memory");
	s->meters = meters;
	random_seed(&r, d->ids_seed);
	for (uint32_t i = 0; i < d->count; i++) {
		struct sim_meter_config *m = &meters[from + i];

		*m = d->meter;
		m->slave.identity.id = series_id(s, d, from, i, &r);
		m->slave.primary = series_primary(d, i);
		m->slave.seed = (uint32_t)(from + i + 1);
		s->n_meters++;
	}
	return 0;
}

/* ---- meters ---- */

static void draft_begin(const struct parser *p, struct draft *d)
{
	*d = (struct draft){.count = 1};
	d->meter.slave.identity.id = bcd(FIRST_ID + (uint32_t)p->out->n_meters);
}

static int draft_end(struct parser *p)
{
	struct draft *d = p->draft;

	if (!d)
		return 0;
	if (!d->meter.model && !d->meter.n_raw)
		return parser_fail(p, "[meter] above needs model= or telegram=");
	if (d->meter.model && d->meter.n_raw)
		return parser_fail(p, "[meter] above has both model= and telegram=");
	if (d->count > 1 && d->ids == IDS_CONSECUTIVE && has_hex_digit(d->meter.slave.identity.id))
		return parser_fail(p, "count= needs an id= of decimal digits");
	return add_meters(p, d);
}

/* ---- the text ---- */

static int section(struct parser *p, struct draft *d, const char *name, size_t n)
{
	int rc = draft_end(p);

	p->draft = NULL;
	if (rc < 0)
		return rc;
	if (n == 3 && !strncmp(name, "bus", n))
		return 0;
	if (n != 5 || strncmp(name, "meter", n) != 0)
		return parser_fail(p, "[%.*s]: one of [bus], [meter]", (int)n, name);
	draft_begin(p, d);
	p->draft = d;
	return 0;
}

/* "key=value" at *text, which moves behind it. */
static int pair(struct parser *p, const char **text)
{
	char key[KEY_MAX], value[SCENARIO_VALUE_MAX];
	size_t n = strcspn(*text, "= \t");
	size_t len;

	if ((*text)[n] != '=' || !n || n >= sizeof(key))
		return parser_fail(p, "'%.*s': key=value is wanted", (int)n, *text);
	snprintf(key, sizeof(key), "%.*s", (int)n, *text);
	*text += n + 1;
	len = keys_takes_line(key) ? strlen(*text) : strcspn(*text, " \t\r");
	if (len >= sizeof(value))
		return parser_fail(p, "%s: too long", key);
	snprintf(value, sizeof(value), "%.*s", (int)len, *text);
	*text += len;
	return keys_set(p, key, value);
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t\r");
}

/* [section] and key=value, with blanks between; # and ; begin a comment. */
static int line(struct parser *p, struct draft *d, const char *text)
{
	for (text = skip_blanks(text); *text && *text != '#' && *text != ';';
		text = skip_blanks(text)) {
		const char *end = *text == '[' ? strchr(text, ']') : NULL;
		int rc;

		if (*text == '[' && !end)
			return parser_fail(p, "'[' without ']'");
		if (end)
			rc = section(p, d, text + 1, (size_t)(end - text - 1));
		else
			rc = pair(p, &text);
		if (rc < 0)
			return rc;
		if (end)
			text = end + 1;
	}
	return 0;
}

static int lines(struct parser *p, const char *text)
{
	struct draft draft;
	char buf[SCENARIO_VALUE_MAX];
	int rc;

	while (*text) {
		size_t n = strcspn(text, "\n");

		p->line++;
		if (n >= sizeof(buf))
			return parser_fail(p, "line longer than %d bytes", SCENARIO_VALUE_MAX - 1);
		snprintf(buf, sizeof(buf), "%.*s", (int)n, text);
		rc = line(p, &draft, buf);
		if (rc < 0)
			return rc;
		text += n + (text[n] == '\n');
	}
	return draft_end(p);
}

int scenario_parse(
	const char *text, const char *name, struct scenario *ret, char *ret_err, size_t err_max)
{
	struct scenario s = {.bus.start_s = DEFAULT_START_S};
	struct parser p = {.out = &s, .name = name, .err = ret_err, .err_max = err_max};
	int rc = lines(&p, text);

	if (rc < 0)
		scenario_done(&s);
	*ret = s;
	return rc;
}

/* ---- files ---- */

static int read_file(const char *path, char *buf, size_t max)
{
	FILE *f = fopen(path, "rb");
	int error;
	size_t n;

	if (!f)
		return -1;
	n = fread(buf, 1, max - 1, f);
	buf[n] = '\0';
	error = ferror(f) ? errno : feof(f) ? 0 : EFBIG;
	fclose(f);
	errno = error;
	return error ? -1 : 0;
}

int scenario_read(const char *path, struct scenario *ret, char *ret_err, size_t err_max)
{
	char *text = malloc(SCENARIO_FILE_MAX);
	int rc = MB_E_INVALID;

	*ret = (struct scenario){0};
	if (!text)
		snprintf(ret_err, err_max, "no memory");
	else if (read_file(path, text, SCENARIO_FILE_MAX) < 0)
		snprintf(ret_err, err_max, "%s: %s", path, strerror(errno));
	else
		rc = scenario_parse(text, path, ret, ret_err, err_max);
	free(text);
	return rc;
}

/* ---- one line ---- */

/* Keys of [bus] go to the bus, the others to the series. */
static int spec_pair(struct parser *p, struct draft *d, char *one)
{
	char *value = strchr(one, '=');

	if (!value)
		return parser_fail(p, "'%s': key=value is wanted", one);
	*value++ = '\0';
	p->draft = keys_is_bus(one) ? NULL : d;
	if (!strcmp(one, "meters"))
		return keys_set(p, "count", value);
	if (p->draft && !d)
		return parser_fail(p, "%s: no such key in [bus]", one);
	return keys_set(p, one, value);
}

static int spec_pairs(struct parser *p, struct draft *d, const char *text)
{
	char buf[SCENARIO_VALUE_MAX];
	char *rest = buf;
	char *one;

	if (snprintf(buf, sizeof(buf), "%s", text) >= (int)sizeof(buf))
		return parser_fail(p, "too long");
	while ((one = strsep(&rest, ",&"))) {
		int rc = *one ? spec_pair(p, d, one) : 0;

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int spec_series(struct parser *p, const char *text)
{
	struct draft d;
	int rc;

	draft_begin(p, &d);
	d.meter.slave.primary = 1;
	p->draft = &d;
	rc = keys_set(p, "model", "water");
	if (rc >= 0)
		rc = spec_pairs(p, &d, text);
	if (rc >= 0 && !d.meter.slave.baud)
		d.meter.slave.baud = p->out->bus.baud;
	return rc < 0 ? rc : add_meters(p, &d);
}

/* Only the bus of a scenario from a file can be changed. */
static int spec_bus(struct parser *p, const char *text)
{
	char buf[SCENARIO_VALUE_MAX];
	char *rest = buf;
	char *one;

	snprintf(buf, sizeof(buf), "%s", text);
	while ((one = strsep(&rest, ",&"))) {
		one[strcspn(one, "=")] = '\0';
		if (*one && !keys_is_bus(one))
			return parser_fail(p, "%s: only keys of [bus] may follow a file", one);
	}
	return spec_pairs(p, NULL, text);
}

static bool is_series(const char *spec)
{
	size_t n = strcspn(spec, "=,?/.");

	return spec[n] == '=';
}

int scenario_from_spec(const char *spec, struct scenario *ret, char *ret_err, size_t err_max)
{
	struct parser p = {.out = ret, .name = "", .err = ret_err, .err_max = err_max};
	char path[SCENARIO_VALUE_MAX];
	const char *query = strchr(spec, '?');
	int rc;

	if (is_series(spec)) {
		*ret = (struct scenario){.bus.start_s = DEFAULT_START_S};
		rc = spec_series(&p, spec);
	} else {
		size_t n = query ? (size_t)(query - spec) : strlen(spec);

		snprintf(path, sizeof(path), "%.*s", (int)(n < sizeof(path) ? n : 0), spec);
		rc = scenario_read(path, ret, ret_err, err_max);
		if (rc >= 0 && query)
			rc = spec_bus(&p, query + 1);
	}
	if (rc < 0)
		scenario_done(ret);
	return rc;
}

/* ---- the segment ---- */

struct sim *scenario_build(
	const struct scenario *s, const struct mb_cipher *cipher, char *ret_err, size_t err_max)
{
	struct sim_config bus = s->bus;
	struct sim *sim;
	char reason[SCENARIO_ERROR_MAX];

	bus.cipher = cipher;
	sim = sim_new(&bus);
	if (!sim)
		snprintf(ret_err, err_max, "no memory");
	for (size_t i = 0; sim && i < s->n_meters; i++) {
		if (sim_add(sim, &s->meters[i], reason, sizeof(reason)))
			continue;
		snprintf(ret_err, err_max, "meter %08X: %s",
			(unsigned)s->meters[i].slave.identity.id, reason);
		sim_free(sim);
		sim = NULL;
	}
	return sim;
}
