/* SPDX-License-Identifier: MIT */
/*
 * A slave hears the input, frame by frame where frames stand in it. The first two bytes turn a
 * quirk on. Without quirks all that it ever says is an E5 or a good RSP_UD.
 */
#include <meterbus/error.h>
#include <meterbus/slave.h>
#include <string.h>

#include "fuzz.h"

#define ROUNDS_MAX 64 /* deadlines served behind one piece */
#define BYTE_US 4584 /* 11 bits at 2400 baud */

static const uint8_t first[] = {0x78, 0x56, 0x34, 0x12, 0x2D, 0x2C, 0x08, 0x04, 0x00, 0x00, 0x00,
	0x00, 0x0C, 0x13, 0x27, 0x04, 0x85, 0x02, 0x02, 0x6C, 0x1F, 0x1C, 0x1F};
static const uint8_t second[] = {0x78, 0x56, 0x34, 0x12, 0x2D, 0x2C, 0x08, 0x04, 0x00, 0x00, 0x00,
	0x00, 0x42, 0x6C, 0x1F, 0x1C, 0x0F, 0x01, 0x02};
static const struct mb_slave_telegram telegrams[] = {
	{first, sizeof(first), 0x72, 0},
	{second, sizeof(second), 0x72, 0},
	{second, sizeof(second), 0x72, 5},
};

static void events(struct mb_slave *slave)
{
	struct mb_slave_event event;

	while (mb_slave_event(slave, &event))
		CHECK(event.len == 0 || event.bytes != NULL);
}

static void said_well(const uint8_t *said, size_t n)
{
	struct mb_frame frame;

	if (n == 0)
		return;
	CHECK(mb_frame_parse(said, n, &frame) == (int)n);
	CHECK(frame.type == MB_FRAME_ACK || frame.type == MB_FRAME_LONG);
	CHECK(!(frame.c & MB_C_PRM));
}

static uint64_t answer(struct mb_slave *slave, uint64_t now_us, bool plain)
{
	uint8_t said[MB_FRAME_MAX + 1];
	const uint8_t *bytes;
	size_t n, total = 0;

	for (int round = 0; round < ROUNDS_MAX && mb_slave_deadline(slave) != MB_NEVER; round++) {
		if (mb_slave_deadline(slave) > now_us)
			now_us = mb_slave_deadline(slave);
		mb_slave_tick(slave, now_us);
		events(slave);
		while ((n = mb_slave_tx(slave, now_us, &bytes)) > 0) {
			CHECK(total + n <= sizeof(said));
			memcpy(said + total, bytes, n);
			total += n;
			now_us += n * BYTE_US;
			mb_slave_sent(slave, n, now_us);
		}
	}
	if (plain)
		said_well(said, total);
	return now_us;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mb_slave_config config = {
		.identity = {0x12345678, 0x2C2D, 8, 4}, .primary = 5, .has_alarms = true};
	struct mb_slave slave;
	struct mb_frame frame;
	uint64_t now_us = 0;
	bool plain;
	int n;

	if (size < 2)
		return 0;
	config.quirks[data[0] % MB_SLAVE_QUIRK_COUNT] = data[1];
	plain = data[1] == 0;
	CHECK(mb_slave_init(&slave, &config) == 0);
	CHECK(mb_slave_set_telegrams(&slave, telegrams, 3) == 0);
	for (data += 2, size -= 2; size > 0; data += n, size -= (size_t)n) {
		n = mb_frame_parse(data, size, &frame);
		if (n <= 0)
			n = 1;
		now_us += (uint64_t)n * BYTE_US;
		mb_slave_rx(&slave, data, NULL, (size_t)n, now_us);
		events(&slave);
		now_us = answer(&slave, now_us, plain) + BYTE_US;
	}
	return 0;
}
