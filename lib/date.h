/* SPDX-License-Identifier: MIT */
#ifndef METERBUS_LIB_DATE_H
#define METERBUS_LIB_DATE_H

#include <meterbus/value.h>

struct mbi_text;

bool mbi_leap_year(int year);
/* Year and month may be MB_EVERY: the longest then. */
int8_t mbi_month_days(int year, int month);
/* Days since 1 March of year 0 of a civil date. */
int32_t mbi_day_number(int year, int month, int day);
/* seconds: also of type F, which has none. */
void mbi_put_datetime(struct mbi_text *t, const struct mb_datetime *dt, bool seconds);

#endif
