/* SPDX-License-Identifier: MIT */
/* A file that is taken for a zone tells an offset of every moment, and slots that go on. */
#include "base/zone_impl.h"
#include "collect/period.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define MOMENTS 16

static void check_moment(const struct zone *zone, int64_t utc_s)
{
	static const struct period day = {86400, true};
	int64_t first_s = zone_first_utc_s(zone, utc_s);
	struct zone_time local;
	int64_t again_s;

	zone_local(zone, utc_s, &local);
	CHECK(abs(local.offset_s) < ZONE_OFFSET_MAX_S);
	CHECK(civil_s(&local.civil) == utc_s + local.offset_s);
	CHECK(zone_next_change_s(zone, utc_s) > utc_s);
	CHECK(first_s + zone_offset_s(zone, first_s) >= utc_s);
	(void)zone_utc(zone, &local.civil, true, &again_s);
	CHECK(llabs(again_s - utc_s) <= 4 * ZONE_OFFSET_MAX_S);
	CHECK(period_next_ms(day, zone, utc_s * 1000) > utc_s * 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zone zone = {0};
	char text[128] = "";

	memcpy(text, data, size < sizeof(text) ? size : sizeof(text) - 1);
	if (zone_tail_parse(text, &zone.tail)) {
		struct zone_type type = zone_tail_type(&zone.tail, 1700000000);

		CHECK(abs(type.offset_s) < ZONE_OFFSET_MAX_S);
		CHECK(zone_tail_next_s(&zone.tail, 1700000000) > 1700000000);
	}
	zone = (struct zone){0};
	if (zone_file_parse(data, size, &zone))
		return 0;
	for (int64_t i = -MOMENTS; i <= MOMENTS; i++)
		check_moment(&zone, i * (INT64_C(4294967296) / MOMENTS) + (int64_t)(size % 86400));
	for (uint16_t i = 0; i < zone.n_changes && i < MOMENTS; i++) {
		if (llabs(zone.at_s[i]) < INT64_C(1) << 40)
			check_moment(&zone, zone.at_s[i]);
	}
	zone_file_done(&zone);
	return 0;
}
