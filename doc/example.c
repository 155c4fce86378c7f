/* SPDX-License-Identifier: MIT */
/* The values of one telegram:  cc example.c $(pkg-config --cflags --libs libmeterbus) && ./a.out */
#include <meterbus/error.h>
#include <meterbus/record.h>

#include <stdio.h>

static const uint8_t bytes[] = {0x68, 0x1F, 0x1F, 0x68, 0x08, 0x02, 0x72, 0x78, 0x56, 0x34, 0x12,
	0x24, 0x40, 0x01, 0x07, 0x55, 0x00, 0x00, 0x00, 0x03, 0x13, 0x15, 0x31, 0x00, 0xDA, 0x02,
	0x3B, 0x13, 0x01, 0x8B, 0x60, 0x04, 0x37, 0x18, 0x02, 0x18, 0x16};

int main(void)
{
	char value[512], unit[MB_UNIT_TEXT_MAX], what[MB_DESCRIPTION_MAX];
	struct mb_telegram telegram;
	struct mb_cursor cursor;
	struct mb_record record;
	int rc = mb_telegram_read(bytes, sizeof(bytes), &telegram);

	if (rc < 0) {
		fprintf(stderr, "%s: %s\n", mb_error_name(rc), mb_error_text(rc));
		return 1;
	}
	printf("meter %08X\n", (unsigned)telegram.address.id);
	mb_cursor_init(&cursor, &telegram, NULL);
	while ((rc = mb_record_next(&cursor, &record)) > 0) {
		mb_record_description(&record, what, sizeof(what));
		mb_record_unit(&record, unit, sizeof(unit));
		mb_value_text(&record.value, value, sizeof(value));
		printf("%s: %s %s\n", what, value, unit);
	}
	return rc < 0;
}
