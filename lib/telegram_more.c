/* SPDX-License-Identifier: MIT */
/* Apart from telegram.c, which thus needs no records. */
#include <meterbus/record.h>

bool mb_telegram_more(const struct mb_telegram *telegram)
{
	struct mb_cursor cur;
	struct mb_record record;

	if (telegram->layout != MB_LAYOUT_RECORDS)
		return false;
	mb_cursor_init(&cur, telegram, NULL);
	while (mb_record_next(&cur, &record) > 0)
		if (record.kind == MB_RECORD_MORE)
			return true;
	return false;
}
