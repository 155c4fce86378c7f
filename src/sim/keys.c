/* SPDX-License-Identifier: MIT */
/* The keys of a scenario: a table, and a function for each kind of value. */
#include "sim/keys_read.h"
#include "sim/model.h"
#include "sim/scenario_impl.h"

#include <meterbus/error.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PPM 1000000.0
#define LIST_MAX 512

struct key;
typedef int set_fn(struct parser *p, const struct key *key, const char *value);

struct key {
	const char *name;
	set_fn *set;
	const char *allowed;
	size_t offset; /* of the number in its struct */
	uint32_t min, max;
};

static int refuse(const struct parser *p, const struct key *key, const char *value)
{
	return parser_fail(p, "%s=%s: %s", key->name, value, key->allowed);
}

static void *bus_field(struct parser *p, const struct key *key)
{
	return (char *)&p->out->bus + key->offset;
}

static void *meter_field(struct parser *p, const struct key *key)
{
	return (char *)&p->draft->meter + key->offset;
}

/* ---- [bus] ---- */

static int bus_u32(struct parser *p, const struct key *key, const char *value)
{
	uint64_t n;

	if (!keys_read_number(value, key->min, key->max, &n))
		return refuse(p, key, value);
	*(uint32_t *)bus_field(p, key) = (uint32_t)n;
	return 0;
}

static int bus_ms(struct parser *p, const struct key *key, const char *value)
{
	return keys_read_ms(value, key->max, bus_field(p, key)) ? 0 : refuse(p, key, value);
}

static int bus_chance(struct parser *p, const struct key *key, const char *value)
{
	char *end;
	double chance = strtod(value, &end);

	if (end == value || *end || !(chance >= 0 && chance <= 1))
		return refuse(p, key, value);
	*(uint32_t *)bus_field(p, key) = (uint32_t)(chance * PPM + 0.5);
	return 0;
}

static int bus_bool(struct parser *p, const struct key *key, const char *value)
{
	int yes = keys_read_bool(value);

	if (yes < 0)
		return refuse(p, key, value);
	*(bool *)bus_field(p, key) = yes;
	return 0;
}

static int bus_seed(struct parser *p, const struct key *key, const char *value)
{
	return keys_read_number(value, 0, UINT64_MAX, &p->out->bus.seed) ? 0
									 : refuse(p, key, value);
}

static int bus_start(struct parser *p, const struct key *key, const char *value)
{
	struct mb_datetime t = {0};
	int year, month, day, hour = 0, minute = 0, used = 0;
	int n = sscanf(value, "%4d-%2d-%2d%nT%2d:%2d%n", &year, &month, &day, &used, &hour, &minute,
		&used);

	if ((n != 3 && n != 5) || value[used] || year < 2000 || year > 2099 || month < 1 ||
		month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59)
		return refuse(p, key, value);
	t.year = (int16_t)year;
	t.month = (int8_t)month;
	t.day = (int8_t)day;
	t.hour = (int8_t)hour;
	t.minute = (int8_t)minute;
	p->out->bus.start_s = model_seconds(&t);
	return 0;
}

#define BUS(field) offsetof(struct sim_config, field)

static const struct key bus_keys[] = {
	/* clang-format off */
	{"baud",        bus_u32,    "300 .. 38400",               BUS(baud), 300, 38400},
	{"echo",        bus_bool,   "yes or no",                  BUS(echo), 0, 0},
	{"echo-delay",  bus_ms,     "milliseconds, 0 .. 1000",    BUS(echo_delay_us), 0, 1000},
	{"loss",        bus_chance, "a chance, 0 .. 1 a byte",    BUS(loss_ppm), 0, 0},
	{"noise",       bus_chance, "a chance, 0 .. 1 a bit",     BUS(noise_ppm), 0, 0},
	{"glitch",      bus_chance, "a chance, 0 .. 1 an answer", BUS(glitch_ppm), 0, 0},
	{"jitter",      bus_ms,     "milliseconds, 0 .. 1000",    BUS(jitter_us), 0, 1000},
	{"latency",     bus_ms,     "milliseconds, 0 .. 60000",   BUS(latency_us), 0, 60000},
	{"chunk",       bus_ms,     "milliseconds, 0 .. 1000",    BUS(chunk_us), 0, 1000},
	{"overcurrent", bus_u32,    "number of meters, 0: never", BUS(overcurrent), 0, 10000},
	{"seed",        bus_seed,   "a number",                   0, 0, 0},
	{"start",       bus_start,  "2025-01-31 or 2025-01-31T08:30", 0, 0, 0},
	/* clang-format on */
};

/* ---- [meter] ---- */

/* "a, b, c" of what a table holds, into buf. */
static void list_models(char *buf, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < n_models && n < max; i++)
		n += (size_t)snprintf(buf + n, max - n, "%s%s", i ? ", " : "", models[i].name);
}

static void use_model(struct draft *d, const struct model *model)
{
	struct mb_secondary *identity = &d->meter.slave.identity;

	d->meter.model = model;
	if (!d->maker_given)
		identity->manufacturer = (uint16_t)mb_manufacturer_word(model->maker);
	if (!d->version_given)
		identity->version = model->version;
	if (!d->medium_given)
		identity->medium = model->medium;
	if (model->quirk < MB_SLAVE_QUIRK_COUNT)
		d->meter.slave.quirks[model->quirk] = model->quirk_value;
}

static int meter_model(struct parser *p, const struct key *key, const char *value)
{
	const struct model *model = model_find(value);
	char names[LIST_MAX];

	if (model) {
		use_model(p->draft, model);
		return 0;
	}
	list_models(names, sizeof(names));
	return parser_fail(p, "%s=%s: one of %s", key->name, value, names);
}

static int meter_id(struct parser *p, const struct key *key, const char *value)
{
	if (!keys_read_hex(value, 8, &p->draft->meter.slave.identity.id))
		return refuse(p, key, value);
	p->draft->has_id = true;
	return 0;
}

/* consecutive, consecutive:FIRST, random, random:SEED */
static int meter_ids(struct parser *p, const struct key *key, const char *value)
{
	struct draft *d = p->draft;
	const char *colon = strchr(value, ':');
	size_t n = colon ? (size_t)(colon - value) : strlen(value);

	if (n == strlen("random") && !strncmp(value, "random", n)) {
		d->ids = IDS_RANDOM;
		if (colon && !keys_read_number(colon + 1, 0, UINT64_MAX, &d->ids_seed))
			return refuse(p, key, value);
		return 0;
	}
	if (n != strlen("consecutive") || strncmp(value, "consecutive", n) != 0)
		return refuse(p, key, value);
	d->ids = IDS_CONSECUTIVE;
	if (!colon)
		return 0;
	if (strspn(colon + 1, "0123456789") != 8)
		return refuse(p, key, value);
	return meter_id(p, key, colon + 1);
}

static int meter_count(struct parser *p, const struct key *key, const char *value)
{
	uint64_t n;

	if (!keys_read_number(value, 1, SIM_METERS_MAX, &n))
		return refuse(p, key, value);
	p->draft->count = (uint32_t)n;
	return 0;
}

static int meter_maker(struct parser *p, const struct key *key, const char *value)
{
	uint32_t word;
	int letters = mb_manufacturer_word(value);

	if (letters >= 0)
		word = (uint32_t)letters;
	else if (!keys_read_hex(value, 4, &word))
		return refuse(p, key, value);
	p->draft->meter.slave.identity.manufacturer = (uint16_t)word;
	p->draft->maker_given = true;
	return 0;
}

static int meter_version(struct parser *p, const struct key *key, const char *value)
{
	uint64_t n;

	if (!keys_read_number(value, 0, 255, &n))
		return refuse(p, key, value);
	p->draft->meter.slave.identity.version = (uint8_t)n;
	p->draft->version_given = true;
	return 0;
}

static int meter_medium(struct parser *p, const struct key *key, const char *value)
{
	uint64_t n;

	if (!keys_read_number(value, 0, 255, &n))
		return refuse(p, key, value);
	p->draft->meter.slave.identity.medium = (uint8_t)n;
	p->draft->medium_given = true;
	return 0;
}

static int meter_primary(struct parser *p, const struct key *key, const char *value)
{
	uint64_t n = MB_A_NETWORK;

	if (strcmp(value, "none") != 0 && !keys_read_number(value, 0, MB_A_MAX, &n))
		return refuse(p, key, value);
	p->draft->meter.slave.primary = (uint8_t)n;
	p->draft->has_primary = true;
	return 0;
}

static int meter_u32(struct parser *p, const struct key *key, const char *value)
{
	uint64_t n;

	if (!keys_read_number(value, key->min, key->max, &n))
		return refuse(p, key, value);
	*(uint32_t *)meter_field(p, key) = (uint32_t)n;
	return 0;
}

static int meter_u8(struct parser *p, const struct key *key, const char *value)
{
	uint64_t n;

	if (!keys_read_number(value, key->min, key->max, &n))
		return refuse(p, key, value);
	*(uint8_t *)meter_field(p, key) = (uint8_t)n;
	return 0;
}

static int meter_bool(struct parser *p, const struct key *key, const char *value)
{
	int yes = keys_read_bool(value);

	if (yes < 0)
		return refuse(p, key, value);
	*(bool *)meter_field(p, key) = yes;
	return 0;
}

/* 300,2400: what CI B8..BF may set. */
static int meter_bauds(struct parser *p, const struct key *key, const char *value)
{
	const char *at = value;

	do {
		char *end;
		int ci = mb_baud_ci((uint32_t)strtoul(at, &end, 10));

		if (end == at || ci < 0 || (*end && *end != ','))
			return refuse(p, key, value);
		p->draft->meter.slave.bauds |= (uint8_t)(1u << (ci & 7));
		at = end + (*end == ',');
	} while (*at);
	return 0;
}

static int meter_fabrication(struct parser *p, const struct key *key, const char *value)
{
	if (!keys_read_hex(value, 8, &p->draft->meter.slave.fabrication))
		return refuse(p, key, value);
	p->draft->meter.slave.has_fabrication = true;
	return 0;
}

/* 25 or 15..60 */
static int meter_delay(struct parser *p, const struct key *key, const char *value)
{
	struct mb_slave_config *slave = &p->draft->meter.slave;
	const char *dots = strstr(value, "..");
	char low[16];

	snprintf(low, sizeof(low), "%.*s", dots ? (int)(dots - value) : 15, value);
	if (!keys_read_ms(low, key->max, &slave->delay_min_us) ||
		!keys_read_ms(dots ? dots + 2 : low, key->max, &slave->delay_max_us) ||
		slave->delay_min_us > slave->delay_max_us)
		return refuse(p, key, value);
	return 0;
}

static int meter_key(struct parser *p, const struct key *key, const char *value)
{
	if (keys_read_bytes(value, p->draft->meter.key, MB_KEY_LEN) != MB_KEY_LEN)
		return parser_fail(p, "%s: %s", key->name, key->allowed); /* it is a secret */
	p->draft->meter.has_key = true;
	return 0;
}

static int quirk_unknown(const struct parser *p, const char *value)
{
	char names[2 * LIST_MAX] = "";
	size_t n = 0;

	for (unsigned i = 0; i < MB_SLAVE_QUIRK_COUNT && n < sizeof(names); i++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s", i ? ", " : "",
			mb_slave_quirk_info(i)->name);
	return parser_fail(p, "quirk=%s: one of %s", value, names);
}

/* slow:1500,fcb-shared */
static int meter_quirk(struct parser *p, const struct key *key, const char *value)
{
	char list[SCENARIO_VALUE_MAX];
	char *rest = list;
	char *one;

	snprintf(list, sizeof(list), "%s", value);
	while ((one = strsep(&rest, ","))) {
		char *number = strchr(one, ':');
		uint64_t n = 1;
		unsigned q = 0;

		if (number)
			*number++ = '\0';
		while (q < MB_SLAVE_QUIRK_COUNT && strcmp(mb_slave_quirk_info(q)->name, one) != 0)
			q++;
		if (q == MB_SLAVE_QUIRK_COUNT)
			return quirk_unknown(p, one);
		if (number && !keys_read_number(number, 0, UINT16_MAX, &n))
			return refuse(p, key, value);
		p->draft->meter.slave.quirks[q] = (uint16_t)n;
	}
	return 0;
}

/* An RSP_UD; the first one also says who the meter is. */
static int take_telegram(struct parser *p, const struct mb_frame *frame)
{
	struct sim_meter_config *meter = &p->draft->meter;
	struct mb_slave_telegram *t = &meter->raw[meter->n_raw];
	struct mb_telegram telegram;
	uint8_t *blob = scenario_blob(p->out, frame->data_len);

	if (!blob)
		return parser_fail(p, "no memory");
	memcpy(blob, frame->data, frame->data_len);
	*t = (struct mb_slave_telegram){.data = blob, .len = frame->data_len, .ci = frame->ci};
	if (!meter->n_raw++ && mb_telegram_parse(frame, &telegram) >= 0) {
		if (telegram.has_address && !p->draft->has_id) {
			meter->slave.identity = telegram.address;
			p->draft->has_id = true;
		}
		if (!p->draft->has_primary && frame->a <= MB_A_MAX)
			meter->slave.primary = frame->a;
		meter->slave.access = telegram.access;
	}
	return 0;
}

static int meter_telegram(struct parser *p, const struct key *key, const char *value)
{
	uint8_t bytes[MB_FRAME_MAX];
	int n = keys_read_bytes(value, bytes, sizeof(bytes));
	struct mb_frame frame;
	int rc = n < 0 ? MB_E_INVALID : mb_frame_parse(bytes, (size_t)n, &frame);

	if (n < 0)
		return parser_fail(p, "%s: %s", key->name, key->allowed);
	if (rc < 0)
		return parser_fail(p, "%s: %s", key->name, mb_error_text(rc));
	if (frame.type != MB_FRAME_LONG || rc != n || frame.c & MB_C_PRM)
		return parser_fail(p, "%s: %s", key->name, key->allowed);
	if (p->draft->meter.n_raw == METER_TELEGRAMS_MAX)
		return parser_fail(p, "%s: %d at most", key->name, METER_TELEGRAMS_MAX);
	return take_telegram(p, &frame);
}

#define METER(field) offsetof(struct sim_meter_config, field)

static const struct key meter_keys[] = {
	/* clang-format off */
	{"model",       meter_model,       "",                           0, 0, 0},
	{"telegram",    meter_telegram,    "an RSP_UD frame in hex, 68 .. 16", 0, 0, 0},
	{"id",          meter_id,          "8 digits",                   0, 0, 0},
	{"ids",         meter_ids,         "consecutive[:FIRST] or random[:SEED]", 0, 0, 0},
	{"count",       meter_count,       "1 .. 10000",                 0, 0, 0},
	{"maker",       meter_maker,       "3 letters or 4 hex digits",  0, 0, 0},
	{"version",     meter_version,     "0 .. 255",                   0, 0, 0},
	{"medium",      meter_medium,      "0 .. 255",                   0, 0, 0},
	{"primary",     meter_primary,     "0 .. 250 or none",           0, 0, 0},
	{"fabrication", meter_fabrication, "8 digits",                   0, 0, 0},
	{"baud",        meter_u32,         "300 .. 38400",               METER(slave.baud), 300, 38400},
	{"bauds",       meter_bauds,       "speeds with commas between: 300,2400", 0, 0, 0},
	{"delay",       meter_delay,       "milliseconds: 25 or 15..60", 0, 0, 60000},
	{"key",         meter_key,         "32 hex digits",              0, 0, 0},
	{"access",      meter_u8,          "0 .. 255",                   METER(slave.access), 0, 255},
	{"status",      meter_u8,          "0 .. 255",                   METER(status), 0, 255},
	{"alarms",      meter_bool,        "yes or no",                  METER(slave.has_alarms), 0, 0},
	{"alarm",       meter_u8,          "1 .. 255",                   METER(alarm), 1, 255},
	{"distance",    meter_u32,         "meters of cable, 0 .. 100000", METER(distance_m), 0, 100000},
	{"unlocked",    meter_bool,        "yes or no",                  METER(unlocked), 0, 0},
	{"quirk",       meter_quirk,       "NAME or NAME:NUMBER, commas between", 0, 0, 0},
	/* clang-format on */
};

/* ---- look-up ---- */

static const struct key *key_find(const struct key *keys, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

bool keys_is_bus(const char *key)
{
	return key_find(bus_keys, COUNT(bus_keys), key) != NULL;
}

bool keys_takes_line(const char *key)
{
	return !strcmp(key, "telegram");
}

int keys_set(struct parser *p, const char *name, const char *value)
{
	const struct key *keys = p->draft ? meter_keys : bus_keys;
	size_t n = p->draft ? COUNT(meter_keys) : COUNT(bus_keys);
	const struct key *key = key_find(keys, n, name);
	char names[LIST_MAX];
	size_t len = 0;

	if (key)
		return key->set(p, key, value);
	for (size_t i = 0; i < n && len < sizeof(names); i++)
		len += (size_t)snprintf(
			names + len, sizeof(names) - len, "%s%s", i ? ", " : "", keys[i].name);
	return parser_fail(
		p, "%s: no such key in [%s]; one of %s", name, p->draft ? "meter" : "bus", names);
}
