/* SPDX-License-Identifier: MIT */
/* ctl: readings and their metadata. */
#include "meterbus/ctl_show.h"
#include "meterbus/ctl_verbs.h"
#include "meterbus/exit.h"

#include <stdio.h>
#include <string.h>

static void show_value(const struct ctl *c, struct json_in reading, struct ctl_cell *cell)
{
	int64_t quality = CTL_QUALITY_GOOD;

	json_in_i64(json_in_get(reading, "quality"), &quality);
	ctl_show_text(c, json_in_get(reading, "value"), cell);
	if (!*cell->text)
		snprintf(cell->text, sizeof(cell->text), "-");
	cell->style = quality == CTL_QUALITY_GOOD ? STYLE_PLAIN : STYLE_BAD;
}

/* What is to be known of it besides: error, gone, not good. */
static void show_mark(const struct ctl *c, struct json_in reading, struct ctl_cell *cell)
{
	int64_t quality = CTL_QUALITY_GOOD;

	cell->style = STYLE_BAD;
	json_in_i64(json_in_get(reading, "quality"), &quality);
	if (json_in_there(json_in_get(reading, "error")))
		ctl_show_text(c, json_in_get(reading, "error"), cell);
	else if (json_in_flag(json_in_get(reading, "gone")))
		snprintf(cell->text, sizeof(cell->text), "gone");
	else if (quality != CTL_QUALITY_GOOD)
		snprintf(cell->text, sizeof(cell->text), "quality %d", (int)quality);
}

/* clang-format off */
#define VALUE_COLUMNS \
	{"KEY",         "key",         ctl_show_text, false}, \
	{"VALUE",       "",            show_value, true}, \
	{"UNIT",        "unit",        ctl_show_text, false}, \
	{"TIME",        "time",        ctl_show_age, false}, \
	{"METER TIME",  "meter_time",  ctl_show_time, false}, \
	{"DESCRIPTION", "description", ctl_show_text, false}, \
	{"MARK",        "",            show_mark, false}
static const struct ctl_column of_account[] = {VALUE_COLUMNS};
static const struct ctl_column of_all[] = {
	{"ACCOUNT",     "account",     ctl_show_text, false},
	VALUE_COLUMNS,
};
static const struct ctl_column one[] = {
	{"account",           "account",                   ctl_show_text, false},
	{"key",               "key",                       ctl_show_text, false},
	{"value",             "",                          show_value, false},
	{"unit",              "unit",                      ctl_show_text, false},
	{"raw",               "raw",                       ctl_show_text, false},
	{"quality",           "quality",                   ctl_show_text, false},
	{"error",             "error",                     ctl_show_bad, false},
	{"time",              "time",                      ctl_show_time, false},
	{"meter time",        "meter_time",                ctl_show_time, false},
	{"gone since",        "gone_since",                ctl_show_time, false},
	{"age (s)",           "age_s",                     ctl_show_text, false},
	{"duration",          "duration_ms",               ctl_show_ms, false},
	{"direction",         "direction",                 ctl_show_text, false},
	{"series",            "series",                    ctl_show_count, false},
	{"Data Field Code",   "metadata.data_field_label", ctl_show_text, false},
	{"Function Field",    "metadata.function_label",   ctl_show_text, false},
	{"Storage Number",    "metadata.storage",          ctl_show_text, false},
	{"Tariff",            "metadata.tariff",           ctl_show_text, false},
	{"Subunit",           "metadata.subunit",          ctl_show_text, false},
	{"Type",              "metadata.vif_type_label",   ctl_show_text, false},
	{"Unit",              "metadata.unit",             ctl_show_text, false},
	{"SI Prefix",         "metadata.si_prefix_label",  ctl_show_text, false},
	{"Exponent",          "metadata.exponent",         ctl_show_text, false},
	{"Description",       "metadata.description",      ctl_show_text, false},
	{"DIB",               "dib",                       ctl_show_text, false},
	{"VIB",               "vib",                       ctl_show_text, false},
	{"data",              "data",                      ctl_show_text, false},
};
static const struct ctl_column metadata_columns[] = {
	{"KEY",         "key",                       ctl_show_text, false},
	{"DATA FIELD",  "metadata.data_field_label", ctl_show_text, false},
	{"FUNCTION",    "metadata.function_label",   ctl_show_text, false},
	{"STORAGE",     "metadata.storage",          ctl_show_text, true},
	{"TARIFF",      "metadata.tariff",           ctl_show_text, true},
	{"SUBUNIT",     "metadata.subunit",          ctl_show_text, true},
	{"TYPE",        "metadata.vif_type_label",   ctl_show_text, false},
	{"UNIT",        "metadata.unit",             ctl_show_text, false},
	{"PREFIX",      "metadata.si_prefix_label",  ctl_show_text, false},
	{"EXPONENT",    "metadata.exponent",         ctl_show_text, true},
	{"DESCRIPTION", "metadata.description",      ctl_show_text, false},
};
/* clang-format on */

static int ctl_readings(struct ctl *c, const struct args *args)
{
	struct ctl_path path;

	if (args->operand_count == 2) {
		ctl_path(&path, "/accounts/", args->operands[0], "/readings/", args->operands[1],
			NULL);
		return ctl_get_facts(c, &path, CTL_COLUMNS(one));
	}
	if (args->operand_count == 1) {
		ctl_path(&path, "/accounts/", args->operands[0], "/readings", NULL);
		ctl_query_args(&path, args, "key metadata");
		path.whole = true;
		return ctl_list(c, &path, 0, CTL_COLUMNS(of_account), "no readings yet");
	}
	ctl_path(&path, "/readings", NULL);
	ctl_query_args(&path, args, "key metadata " CTL_FILTERS);
	return ctl_list(c, &path, 0, CTL_COLUMNS(of_all), "no readings yet");
}

static int ctl_metadata(struct ctl *c, const struct args *args)
{
	struct ctl_path path;

	ctl_path(&path, "/accounts/", args->operands[0], "/metadata", NULL);
	path.whole = true;
	return ctl_list(c, &path, 0, CTL_COLUMNS(metadata_columns), "no readings yet");
}

CTL_RUN(readings)
CTL_RUN(metadata)

static const struct option_row readings_options[] = {
	{"key", 'k', ARG_TEXT, "KEY", "only readings of this key", NULL},
	{"metadata", 0, ARG_TEXT, NULL, "with metadata, in --json", NULL},
	CTL_FILTER_OPTIONS,
	{0},
};

const struct verb ctl_verb_readings = {
	.name = "ctl readings",
	.operands = "[NAME [KEY]]",
	.help = "show what meters last said: one account's, one reading, or all of them",
	.examples = "meterbus ctl readings heat-1\n"
		    "meterbus ctl readings --tag cellar --json\n",
	.options = readings_options,
	.operands_max = 2,
	.more = ctl_options,
	.run = run_readings,
};

const struct verb ctl_verb_metadata = {
	.name = "ctl metadata",
	.operands = "NAME",
	.help = "list the metadata of the readings of an account",
	.operands_min = 1,
	.operands_max = 1,
	.more = ctl_options,
	.run = run_metadata,
};
