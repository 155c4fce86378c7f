/* SPDX-License-Identifier: MIT */
#include "base/zone.h"

#define DAY_S 86400
#define ERA_DAYS 146097 /* 400 years */
#define EPOCH_DAYS 719468 /* from 0000-03-01 to 1970-01-01 */

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Years begin in March here, so that the leap day is their last. */
int64_t civil_day(int32_t year, unsigned month, unsigned day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = floor_div(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - EPOCH_DAYS;
}

static void date_of_day(int64_t days, struct civil *ret_civil)
{
	int64_t z = days + EPOCH_DAYS;
	int64_t era = floor_div(z, ERA_DAYS);
	int64_t day_of_era = z - era * ERA_DAYS;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
				      day_of_era / (ERA_DAYS - 1)) /
			      365;
	int64_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153; /* 0: March */

	ret_civil->day = (uint8_t)(day_of_year - (153 * month + 2) / 5 + 1);
	ret_civil->month = (uint8_t)(month < 10 ? month + 3 : month - 9);
	ret_civil->year = (int32_t)(year_of_era + era * 400 + (month >= 10));
}

int64_t civil_s(const struct civil *civil)
{
	return civil_day(civil->year, civil->month, civil->day) * DAY_S + civil->hour * 3600 +
	       civil->minute * 60 + civil->second;
}

struct civil civil_of_s(int64_t s)
{
	struct civil civil;
	int64_t days = floor_div(s, DAY_S);
	int64_t rest = s - days * DAY_S;

	date_of_day(days, &civil);
	civil.hour = (uint8_t)(rest / 3600);
	civil.minute = (uint8_t)(rest / 60 % 60);
	civil.second = (uint8_t)(rest % 60);
	return civil;
}

bool civil_valid(const struct civil *civil)
{
	struct civil same;

	if (civil->month < 1 || civil->month > 12 || civil->day < 1 || civil->day > 31 ||
		civil->hour > 23 || civil->minute > 59 || civil->second > 59)
		return false;
	date_of_day(civil_day(civil->year, civil->month, civil->day), &same);
	return same.day == civil->day;
}
