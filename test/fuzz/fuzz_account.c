/* SPDX-License-Identifier: MIT */
/* An account that can be read is kept, shown and read again as it is, and what it asks for is valid. */
#include "collect/accounts.h"

#include <string.h>

#include "fuzz.h"

static struct account *read_back(
	const struct account *a, const struct account *base, enum account_form form)
{
	struct account_errors errors = {0};
	struct account *again = NULL;
	struct buf buf;

	buf_init(&buf, 4 * ACCOUNT_JSON_MAX);
	CHECK(account_to_json(a, form, &buf));
	CHECK(account_from_json((const char *)buf.bytes, buf.len, base, &again, &errors) == 0);
	buf_done(&buf);
	return again;
}

static void check_same(const struct account *a, const struct account *b)
{
	struct buf texts[2];
	const struct account *both[2] = {a, b};

	for (size_t i = 0; i < 2; i++) {
		buf_init(&texts[i], 4 * ACCOUNT_JSON_MAX);
		CHECK(account_to_json(both[i], ACCOUNT_KEPT, &texts[i]));
	}
	CHECK(texts[0].len == texts[1].len &&
		memcmp(texts[0].bytes, texts[1].bytes, texts[0].len) == 0);
	buf_done(&texts[0]);
	buf_done(&texts[1]);
	CHECK(!account_reconnects(a, b));
}

static void check_use(const struct account *a)
{
	const struct mb_path port = {.line = MB_LINE_2400_8E1, .latency_us = 100000};
	struct account_timing timing;
	struct mb_request request;
	struct stream_url url;
	char place[ACCOUNT_PLACE_MAX];

	CHECK(account_place(a, place) == strlen(place) && place[0]);
	CHECK((account_url(a, &url) == 0) == (a->connection != ACCOUNT_BUS));
	account_request(a, &port, &request, &timing);
	CHECK(timing.line.baud == 0 ||
		(timing.line.baud >= STREAM_BAUD_MIN && timing.line.baud <= STREAM_BAUD_MAX));
	CHECK(request.address.primary <= 250 || request.address.primary == 254);
	(void)account_in_maintenance(a, zone_of_utc(), 0);
}

static void check_document(const char *text, size_t len)
{
	struct accounts *set = accounts_new();
	struct account_errors errors = {0};
	struct accounts_import import;

	CHECK(set);
	if (accounts_import(set, text, len, ACCOUNTS_IMPORT_MERGE, &import, &errors) == 0) {
		for (uint32_t i = 0; i < import.n; i++)
			CHECK(accounts_put(set, import.list[i]) == 0);
		accounts_import_done(&import);
	} else {
		CHECK(errors.count > 0 && errors.list[0].text[0]);
	}
	accounts_free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct account_errors errors = {0};
	const char *text = (const char *)data;
	struct account *a, *kept, *full;

	check_document(text, size);
	if (account_from_json(text, size, NULL, &a, &errors) < 0) {
		CHECK(errors.count > 0 && errors.list[0].text[0]);
		return 0;
	}
	CHECK(errors.count == 0);
	kept = read_back(a, NULL, ACCOUNT_KEPT);
	check_same(a, kept);
	full = read_back(a, a, ACCOUNT_FULL);
	check_same(a, full);
	check_use(a);
	account_put(a);
	account_put(kept);
	account_put(full);
	return 0;
}
