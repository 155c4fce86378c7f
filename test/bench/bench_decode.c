/* SPDX-License-Identifier: MIT */
/*
 * Time of parsing a telegram of 100 bytes and walking its 12 records with values and units. Prints
 * ns a telegram, one figure a line; `bench_decode N` does N rounds and prints nothing (for callgrind).
 */
#include <meterbus/record.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 2000000u

/* clang-format off */
/* A heat meter: energy, volume, power, flow, temperatures, times, errors, history. */
static const uint8_t heat[] = {
	0x68, 0x5E, 0x5E, 0x68, 0x08, 0x05, 0x72,
	0x78, 0x56, 0x34, 0x12, 0x2D, 0x2C, 0x1C, 0x04, 0x2A, 0x00, 0x00, 0x00,
	0x04, 0x06, 0x12, 0x34, 0x00, 0x00,
	0x0C, 0x14, 0x78, 0x56, 0x34, 0x12,
	0x02, 0x2D, 0x20, 0x03,
	0x0C, 0x3B, 0x13, 0x01, 0x00, 0x00,
	0x0A, 0x5A, 0x45, 0x07,
	0x0A, 0x5E, 0x12, 0x04,
	0x0B, 0x61, 0x33, 0x03, 0x00,
	0x04, 0x6D, 0x10, 0x09, 0xE5, 0x16,
	0x0C, 0x78, 0x78, 0x56, 0x34, 0x12,
	0x42, 0x6C, 0xDF, 0x1C,
	0x44, 0x06, 0x00, 0x20, 0x00, 0x00,
	0x0D, 0xFD, 0x0C, 0x12, 'S', 'E', 'T', 'A', 'M', 'I', 'T', 'L', 'U', 'M', ' ', 'P', 'U', 'M', 'A', 'K', ' ', 'A',
	0x00, 0x16,
};
/* clang-format on */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Frame, header, all records; something of each value, or the compiler could leave it out. */
static uint64_t decode(const uint8_t *bytes, size_t len, unsigned *ret_records)
{
	struct mb_telegram telegram;
	struct mb_cursor cur;
	struct mb_record rec;
	uint64_t sum = 0;

	*ret_records = 0;
	if (mb_telegram_read(bytes, len, &telegram) < 0)
		return 0;
	mb_cursor_init(&cur, &telegram, NULL);
	while (mb_record_next(&cur, &rec) > 0) {
		++*ret_records;
		sum += rec.value.type + (uint64_t)*mb_unit_text(rec.unit);
		if (rec.value.type == MB_VALUE_NUMBER)
			sum += rec.value.number.magnitude;
	}
	return sum;
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : ROUNDS;
	unsigned records = 0;
	uint8_t bytes[sizeof(heat)];
	uint8_t checksum = 0;
	uint64_t start, sum = 0;

	for (size_t i = 0; i < sizeof(heat); i++) {
		bytes[i] = heat[i];
		if (i >= 4 && i < sizeof(heat) - 2)
			checksum = (uint8_t)(checksum + heat[i]);
	}
	bytes[sizeof(heat) - 2] = checksum;
	start = now_ns();
	for (unsigned i = 0; i < rounds; i++)
		sum += decode(bytes, sizeof(bytes), &records);
	if (records != 12) {
		fprintf(stderr, "bench_decode: %u records instead of 12\n", records);
		return 1;
	}
	if (argc == 1)
		printf("decode.values.ns %.1f\n", (double)(now_ns() - start) / rounds);
	return sum == 0;
}
