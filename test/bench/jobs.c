/* SPDX-License-Identifier: MIT */
/* Bytes to values, to JSON, to XML: what is measured per telegram. */
#include "bench.h"

#include "export/format.h"

#include <meterbus/record.h>

/* Parse, and touch the value and the unit of every record. */
static size_t work_values(const struct bench_telegram *t)
{
	struct mb_telegram telegram;
	struct mb_cursor cur;
	struct mb_record rec;
	size_t sum = 0;

	if (mb_telegram_read(t->bytes, t->len, &telegram) < 0)
		return 1;
	mb_cursor_init(&cur, &telegram, NULL);
	while (mb_record_next(&cur, &rec) > 0)
		sum += rec.value.type + rec.value.number.magnitude + rec.unit;
	return sum + 1;
}

static size_t work_format(const struct bench_telegram *t, const char *name)
{
	static char buf[65536];
	struct answer_part part = {.raw = t->bytes, .raw_len = t->len};
	struct answer answer = {.parts = &part, .part_count = 1};
	struct out o;

	part.error = mb_telegram_read(t->bytes, t->len, &part.telegram);
	if (part.error > 0)
		part.error = 0;
	part.readable = part.error == 0;
	out_init(&o, buf, sizeof(buf), NULL, NULL);
	format_find(name)->answer(&o, &answer, &(struct format_options){0});
	return o.len;
}

static size_t work_json(const struct bench_telegram *t)
{
	return work_format(t, "json");
}

static size_t work_xml(const struct bench_telegram *t)
{
	return work_format(t, "xml");
}

const struct bench_job bench_jobs[] = {
	{"values", work_values},
	{"json", work_json},
	{"xml", work_xml},
	{0},
};
