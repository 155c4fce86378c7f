/* SPDX-License-Identifier: MIT */
#include "api/route_accounts.h"
#include "api/routes.h"
#include "collect/readings.h"

#include <string.h>

/* Two variables a reading, as in the driver; here they stand together, or apart on demand. */

static void say_metadata(struct json_out *j, const struct mb_record *record)
{
	struct mb_metadata m;
	char description[MB_DESCRIPTION_MAX];

	mb_record_metadata(record, &m);
	if (mb_record_description(record, description, sizeof(description)) < 0)
		description[0] = '\0';
	json_out_object(j);
	say_text(j, "data_field", m.data_field_key);
	say_text(j, "data_field_label", m.data_field_label);
	say_text(j, "function", m.function_key);
	say_text(j, "function_label", m.function_label);
	say_u64(j, "storage", m.storage);
	say_u64(j, "tariff", m.tariff);
	say_u64(j, "subunit", m.subunit);
	say_text(j, "vif_type", m.vif_type_key);
	say_text(j, "vif_type_label", m.vif_type_label);
	say_text(j, "unit", m.unit_label);
	say_text(j, "si_prefix", m.si_prefix_key);
	say_text(j, "si_prefix_label", m.si_prefix_label);
	json_out_key(j, "exponent");
	if (m.has_exponent)
		json_out_i64(j, m.exponent);
	else
		json_out_null(j);
	say_text(j, "description", description);
	json_out_end(j);
}

static void say_bytes(struct json_out *j, const struct mb_record *record)
{
	json_out_key(j, "dib"), json_out_hex(j, record->dib, record->dib_len);
	json_out_key(j, "vib"), json_out_hex(j, record->vib, record->vib_len);
	json_out_key(j, "data"), json_out_hex(j, record->data, record->data_len);
}

/* An exact decimal is JSON as it stands, unless it says something else. */
static void say_number(struct json_out *j, const struct reading *reading, const char *text)
{
	struct mb_decimal number;

	json_out_key(j, "number");
	if (reading_number(reading, &number) && *text)
		json_out_raw(j, text, strlen(text));
	else
		json_out_null(j);
}

/* Values of those that are not connected any more are old ones, but good once. */
static unsigned quality_of(const struct reading *reading, bool connected)
{
	if (reading->quality == READING_GOOD && !connected)
		return READING_NOT_CONNECTED;
	return reading->quality;
}

static void say_values(struct json_out *j, const struct reading *reading)
{
	char text[READINGS_TEXT_MAX], raw[READINGS_TEXT_MAX];

	if (reading_value_text(reading, text, sizeof(text)) < 0)
		text[0] = '\0';
	if (reading_raw_text(reading, raw, sizeof(raw)) < 0)
		raw[0] = '\0';
	say_text(j, "value", text);
	say_text(j, "raw", raw);
	say_number(j, reading, text);
	say_text(j, "unit", reading_unit(reading));
}

static void say_flags(struct json_out *j, const struct reading *reading)
{
	say_bool(j, "new", reading->flags & READING_NEW);
	say_bool(j, "changed", reading->flags & READING_CHANGED);
	say_bool(j, "gone", reading->flags & READING_GONE);
	say_bool(j, "dated", reading->flags & READING_DATED);
}

struct context {
	const struct account *account;
	bool connected, metadata;
	int64_t now_ms;
};

static void say_reading(struct json_out *j, const struct reading *reading, const struct context *x)
{
	struct mb_record record;

	reading_record(reading, &record);
	json_out_object(j);
	say_text(j, "account", x->account->name);
	say_text(j, "key", reading_key(reading));
	say_text(j, "series_key", reading_series_key(reading));
	say_u64(j, "series", reading->series);
	say_text(j, "name", mb_record_name(&record));
	say_text(j, "description", reading_description(reading));
	say_values(j, reading);
	say_u64(j, "quality", quality_of(reading, x->connected));
	say_text(j, "error", reading_error(reading));
	say_time(j, "time", reading->time_ms);
	say_time(j, "meter_time", reading->flags & READING_DATED ? reading->at_ms : 0);
	say_time(j, "gone_since", reading->flags & READING_GONE ? reading->at_ms : 0);
	say_i64(j, "age_s", (x->now_ms - reading->time_ms) / 1000);
	say_u64(j, "duration_ms", reading->duration_ms);
	say_text(j, "direction", "device-to-server");
	say_flags(j, reading);
	say_bytes(j, &record);
	if (x->metadata)
		json_out_key(j, "metadata"), say_metadata(j, &record);
	json_out_end(j);
}

static struct context context_of(const struct call *c, const struct account *account)
{
	struct context x = {
		.account = account,
		.metadata = call_flag(c, "metadata"),
		.now_ms = loop_wall_ms(c->api->config.loop),
	};
	struct account_state state;

	if (collector_state(c->api->config.collector, account->id, &state))
		x.connected = state.connection == CONNECTION_ONLINE && state.answering;
	return x;
}

static void say_all(struct call *c, const struct account *account)
{
	const struct readings *readings = collector_readings(c->api->config.collector, account->id);
	struct context x = context_of(c, account);
	const char *key = call_text(c, "key");
	const struct reading *list;
	size_t n = 0;

	list = readings ? readings_list(readings, &n) : NULL;
	for (size_t i = 0; i < n; i++) {
		if (!key || strcmp(reading_key(&list[i]), key) == 0)
			say_reading(&c->j, &list[i], &x);
	}
}

static void get_readings(struct call *c)
{
	const struct account *account = call_account(c);

	if (!account)
		return;
	say_items(&c->j);
	say_all(c, account);
	json_out_end(&c->j);
	json_out_end(&c->j);
	call_answer(c);
}

static void list_readings(struct call *c)
{
	account_page(c, say_all);
}

/* A reading of the stable key as it is in paths: keys hold no '/'. */
static void get_reading(struct call *c)
{
	const struct account *account = call_account(c);
	const struct readings *readings;
	const struct reading *reading;
	struct context x;

	if (!account)
		return;
	readings = collector_readings(c->api->config.collector, account->id);
	reading = readings ? readings_find(readings, c->values[1]) : NULL;
	if (!reading) {
		problem_respond(c->r, PROBLEM_NOT_FOUND, "there is no reading '%s'", c->values[1]);
		return;
	}
	x = context_of(c, account);
	x.metadata = true;
	say_reading(&c->j, reading, &x);
	call_answer(c);
}

static void get_metadata(struct call *c)
{
	const struct account *account = call_account(c);
	const struct readings *readings;
	const struct reading *list;
	size_t n = 0;

	if (!account)
		return;
	readings = collector_readings(c->api->config.collector, account->id);
	list = readings ? readings_list(readings, &n) : NULL;
	say_items(&c->j);
	for (size_t i = 0; i < n; i++) {
		struct mb_record record;

		reading_record(&list[i], &record);
		json_out_object(&c->j);
		say_text(&c->j, "key", reading_key(&list[i]));
		json_out_key(&c->j, "metadata"), say_metadata(&c->j, &record);
		json_out_end(&c->j);
	}
	json_out_end(&c->j);
	json_out_end(&c->j);
	call_answer(c);
}

/* clang-format off */
static const struct schema_field reading_fields[] = {
	{"account", "text", NULL},
	{"key", "text", "stable, of its real storage number"},
	{"series_key", "text", "of the series that its points belong to"},
	{"series", "integer", "see /series/{id}/points; 0: none"},
	{"name", "text", "stable key of the quantity: flow_temperature"},
	{"description", "text", NULL},
	{"value", "text", "exact and scaled; \"\": no value"},
	{"raw", "text", "as the meter sent it, unscaled"},
	{"number", "~number", "value, when it is a number; its digits are exact"},
	{"unit", "text", "canonical"},
	{"quality", "integer", "OPC: 192 good, 8 not connected (the last value), 12, 4, 0 bad"},
	{"error", "~text", NULL},
	{"time", "~time", "when it was read, by our clock"},
	{"meter_time", "~time", "of a dated storage, by the meter's clock"},
	{"gone_since", "~time", "the meter no longer sends it"},
	{"age_s", "integer", NULL},
	{"duration_ms", "integer", "of the dialogue"},
	{"direction", "text", "device-to-server: nothing is written to meters"},
	{"new", "flag", "not in the answer before"},
	{"changed", "flag", "another value than in the answer before"},
	{"gone", "flag", NULL},
	{"dated", "flag", "a storage with a date"},
	{"dib", "text", "bytes as sent, in hex"},
	{"vib", "text", NULL},
	{"data", "text", NULL},
	{"metadata", "?Metadata", "with metadata=true"},
	{NULL, NULL, NULL},
};
static const struct schema_field metadata_fields[] = {
	{"data_field", "~text", "Data Field Code: bcd8"},
	{"data_field_label", "~text", "8 digit BCD"},
	{"function", "~text", "Function Field Code"},
	{"function_label", "~text", NULL},
	{"storage", "integer", "Storage Number"},
	{"tariff", "integer", "Tariff"},
	{"subunit", "integer", "Subunit"},
	{"vif_type", "~text", "Type: primary, extension FB ..."},
	{"vif_type_label", "~text", NULL},
	{"unit", "~text", "Unit"},
	{"si_prefix", "~text", "SI Prefix"},
	{"si_prefix_label", "~text", NULL},
	{"exponent", "~integer", "Exponent, on top of the prefix"},
	{"description", "text", "Description"},
	{NULL, NULL, NULL},
};
static const struct schema_field reading_metadata_fields[] = {
	{"key", "text", "of the reading"},
	{"metadata", "Metadata", NULL},
	{NULL, NULL, NULL},
};
static const struct schema_field metadata_list_fields[] = {
	{"items", "[ReadingMetadata]", NULL},
	{NULL, NULL, NULL},
};
static const struct schema_field readings_fields[] = {
	{"items", "[Reading]", "in the order of the answer, those gone last"},
	{NULL, NULL, NULL},
};
static const struct schema_field readings_page_fields[] = {
	{"items", "[Reading]", NULL},
	{"next", "~text", "cursor of the next page"},
	{NULL, NULL, NULL},
};
static const struct schema schemas[] = {
	{"Reading", "what a meter last said", reading_fields, NULL},
	{"Metadata", "the ten fields of a driver", metadata_fields, NULL},
	{"ReadingMetadata", "the ten fields of a reading", reading_metadata_fields, NULL},
	{"MetadataList", "metadata of all readings of an account", metadata_list_fields, NULL},
	{"Readings", "all readings of an account", readings_fields, NULL},
	{"ReadingsPage", "readings of many accounts", readings_page_fields, NULL},
	{NULL, NULL, NULL, NULL},
};
#define READING_PARAMS \
	{"key", PARAM_TEXT, "only this reading", 0, 1024}, \
	{"metadata", PARAM_FLAG, "with the ten fields", 0, 0}
static const struct route_param readings_params[] = {
	READING_PARAMS,
	{NULL, 0, NULL, 0, 0},
};
static const struct route_param page_params[] = {
	READING_PARAMS,
	ACCOUNT_FILTER_PARAMS,
	{"cursor", PARAM_TEXT, "next of the page before", 0, ACCOUNT_NAME_MAX},
	{"limit", PARAM_COUNT, "accounts of a page", 1, API_PAGE_MAX},
	{NULL, 0, NULL, 0, 0},
};
static const struct route routes[] = {
	{"GET", "/readings", ROLE_VIEWER, list_readings, "listReadings", "Readings of many accounts", page_params, NULL, 200, "ReadingsPage"},
	{"GET", "/accounts/{name}/readings", ROLE_VIEWER, get_readings, "getReadings", "The settings cache of an account", readings_params, NULL, 200, "Readings"},
	{"GET", "/accounts/{name}/readings/{key}", ROLE_VIEWER, get_reading, "getReading", "One reading with its metadata", NULL, NULL, 200, "Reading"},
	{"GET", "/accounts/{name}/metadata", ROLE_VIEWER, get_metadata, "getMetadata", "Metadata of the readings of an account", NULL, NULL, 200, "MetadataList"},
	{NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL},
};
/* clang-format on */

const struct noun noun_readings = {routes, schemas};
