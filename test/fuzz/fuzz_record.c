/* SPDX-License-Identifier: MIT */
/*
 * The input is a chain of frames, as one answer of a meter. Records point into their telegram, stand
 * in its order, have their texts, and end.
 */
#include <meterbus/chain.h>
#include <meterbus/error.h>
#include <meterbus/record.h>
#include <meterbus/telegram.h>
#include <string.h>

#include "fuzz.h"

#define TEXT_MAX 2048

static void inside(const struct mb_telegram *telegram, const uint8_t *p, size_t len)
{
	CHECK(len == 0 ||
		(p >= telegram->payload && p + len <= telegram->payload + telegram->payload_len));
}

/* A text of the meter may have a NUL in it; only the length counts then. */
static void text_fits(int len, const char *text, size_t max)
{
	CHECK(len >= 0 && (size_t)len < max && text[len] == '\0');
}

static void key_prints(const struct mb_record *record)
{
	char key[MB_KEY_MAX];
	int len = mb_record_key(record, key, sizeof(key));

	text_fits(len, key, sizeof(key));
	for (int i = 0; i < len; i++)
		CHECK(key[i] > ' ' && key[i] <= '~');
}

static void texts(const struct mb_record *record)
{
	char text[TEXT_MAX];
	struct mb_metadata metadata;

	text_fits(mb_record_unit(record, text, MB_UNIT_TEXT_MAX), text, MB_UNIT_TEXT_MAX);
	text_fits(mb_record_raw_text(record, text, sizeof(text)), text, sizeof(text));
	text_fits(
		mb_record_description(record, text, MB_DESCRIPTION_MAX), text, MB_DESCRIPTION_MAX);
	key_prints(record);
	text_fits(mb_value_text(&record->value, text, sizeof(text)), text, sizeof(text));
	CHECK(mb_value_text(&record->value, text, 0) < 0);
	mb_record_metadata(record, &metadata);
	CHECK(metadata.storage == record->storage);
}

static void walk(const struct mb_telegram *telegram, struct mb_chain *chain)
{
	struct mb_cursor cur;
	struct mb_record record;
	const uint8_t *at = telegram->payload;
	int rc;

	mb_cursor_init(&cur, telegram, chain);
	while ((rc = mb_record_next(&cur, &record)) > 0) {
		if (telegram->layout == MB_LAYOUT_RECORDS && !(record.flags & MB_RECORD_UNROLLED)) {
			CHECK(cur.p > at);
			at = cur.p;
			inside(telegram, record.dib, record.dib_len);
			inside(telegram, record.vib, record.vib_len);
			inside(telegram, record.data, record.data_len);
		}
		texts(&record);
	}
	CHECK(rc == 0 || *mb_error_name(rc) != '\0');
	CHECK(cur.p <= cur.end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mb_chain *chain = malloc(sizeof(*chain));
	struct mb_telegram telegram;
	int n;

	CHECK(chain != NULL);
	mb_chain_init(chain);
	mb_chain_begin(chain);
	while ((n = mb_telegram_read(data, size, &telegram)) > 0) {
		(void)mb_chain_learn(chain, &telegram);
		(void)mb_telegram_more(&telegram);
		walk(&telegram, chain);
		walk(&telegram, NULL);
		data += n;
		size -= (size_t)n;
	}
	free(chain);
	return 0;
}
