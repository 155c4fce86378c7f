/* SPDX-License-Identifier: MIT */
/* Periods and times of day of an account. */
#include "collect/account_impl.h"

#include <stdio.h>
#include <string.h>

#define DAY_MIN (24 * 60)

static int read_period(struct account *a, const struct account_row *row, const json_t *value,
	char ret_wrong[ACCOUNT_WRONG_MAX])
{
	json_int_t n = json_integer_value(value);

	(void)row;
	(void)ret_wrong;
	if (json_is_integer(value)) {
		if (n < 1 || n > PERIOD_SECONDS_MAX)
			return -1;
		a->period = (struct period){(uint32_t)n, false};
		return 0;
	}
	return json_is_string(value) ? period_parse(json_string_value(value), &a->period) : -1;
}

static void write_period(const struct account *a, const struct account_row *row, struct json_out *j)
{
	char text[PERIOD_TEXT_MAX];

	(void)row;
	json_out_text_n(j, text, period_format(a->period, text));
}

static void reset_period(struct account *a, const struct account_row *row)
{
	period_parse(row->shown.standard, &a->period);
}

static void describe_period(const struct account_row *row, struct json_out *j)
{
	(void)row;
	json_out_key(j, "examples");
	json_out_array(j);
	for (unsigned i = 0; i < PERIOD_STEPS; i++)
		json_out_text(j, period_step(i));
	json_out_text(j, "900S");
	json_out_text(j, "NONE");
	json_out_end(j);
}

const struct account_kind account_kind_period = {
	"period", "string integer", read_period, write_period, reset_period, describe_period};

/* "02:00-03:00" */
static bool parse_window(const char *text, unsigned *ret_from_min, unsigned *ret_to_min)
{
	static const char shape[] = "00:00-00:00";
	unsigned n[4] = {0};

	if (!text || strlen(text) != strlen(shape))
		return false;
	for (size_t i = 0; shape[i]; i++) {
		if (shape[i] != '0') {
			if (text[i] != shape[i])
				return false;
			continue;
		}
		if (text[i] < '0' || text[i] > '9')
			return false;
		n[i / 3] = n[i / 3] * 10 + (unsigned)(text[i] - '0');
	}
	*ret_from_min = n[0] * 60 + n[1];
	*ret_to_min = n[2] * 60 + n[3];
	return n[1] < 60 && n[3] < 60 && *ret_from_min < DAY_MIN && *ret_to_min < DAY_MIN &&
	       *ret_from_min != *ret_to_min;
}

static int read_maintenance(struct account *a, const struct account_row *row, const json_t *value,
	char ret_wrong[ACCOUNT_WRONG_MAX])
{
	unsigned from_min, to_min;

	(void)row;
	(void)ret_wrong;
	if (json_is_boolean(value)) {
		a->maintenance =
			json_is_true(value) ? ACCOUNT_MAINTENANCE_YES : ACCOUNT_MAINTENANCE_NO;
		return 0;
	}
	if (!parse_window(json_string_value(value), &from_min, &to_min))
		return -1;
	a->maintenance = ACCOUNT_MAINTENANCE_DAILY;
	a->maintenance_from_min = (uint16_t)from_min;
	a->maintenance_to_min = (uint16_t)to_min;
	return 0;
}

static void write_maintenance(
	const struct account *a, const struct account_row *row, struct json_out *j)
{
	char text[32];

	(void)row;
	if (a->maintenance != ACCOUNT_MAINTENANCE_DAILY) {
		json_out_bool(j, a->maintenance == ACCOUNT_MAINTENANCE_YES);
		return;
	}
	snprintf(text, sizeof(text), "%02u:%02u-%02u:%02u", a->maintenance_from_min / 60u,
		a->maintenance_from_min % 60u, a->maintenance_to_min / 60u,
		a->maintenance_to_min % 60u);
	json_out_text(j, text);
}

static void reset_maintenance(struct account *a, const struct account_row *row)
{
	(void)row;
	a->maintenance = ACCOUNT_MAINTENANCE_NO;
	a->maintenance_from_min = a->maintenance_to_min = 0;
}

const struct account_kind account_kind_maintenance = {"true, false or daily time", "boolean string",
	read_maintenance, write_maintenance, reset_maintenance, NULL};
