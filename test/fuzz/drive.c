/* SPDX-License-Identifier: MIT */
#include "drive.h"

#include <string.h>

#define BYTE_US 4584 /* 11 bits at 2400 baud */
#define CODE_WAIT_MAX 0x3F
#define CODE_ECHO 0x40

static bool wait(struct drive *drive)
{
	uint64_t deadline_us = drive->engine.ops->deadline(drive->engine.self);

	if (deadline_us == MB_NEVER)
		return false;
	if (deadline_us > drive->now_us)
		drive->now_us = deadline_us;
	drive->engine.ops->tick(drive->engine.self, drive->now_us);
	return true;
}

static void send(struct drive *drive, const uint8_t *bytes, size_t n)
{
	struct mb_frame frame;

	CHECK(n <= sizeof(drive->sent));
	if (!drive->any_bytes)
		CHECK(mb_frame_parse(bytes, n, &frame) == (int)n && frame.c & MB_C_PRM);
	memcpy(drive->sent, bytes, n);
	drive->sent_len = n;
	drive->now_us += n * BYTE_US;
	drive->engine.ops->sent(drive->engine.self, n, drive->now_us);
}

static void rx(struct drive *drive, const uint8_t *bytes, const uint8_t *marks, size_t n)
{
	drive->now_us += n * BYTE_US;
	drive->engine.ops->rx(drive->engine.self, bytes, marks, n, drive->now_us);
}

static size_t hear(struct drive *drive)
{
	static const uint8_t broken = MB_MARK_PARITY;
	struct mb_frame frame;
	int n = mb_frame_parse(drive->data, drive->size, &frame);
	uint8_t code = drive->data[0];

	if (n > 0) {
		rx(drive, drive->data, NULL, (size_t)n);
		return (size_t)n;
	}
	if (code <= CODE_WAIT_MAX)
		(void)wait(drive);
	else if (code == CODE_ECHO)
		rx(drive, drive->sent, NULL, drive->sent_len);
	else
		rx(drive, drive->data, code % 4 ? NULL : &broken, 1);
	return 1;
}

bool drive_round(struct drive *drive)
{
	const uint8_t *bytes;
	size_t n = drive->engine.ops->tx(drive->engine.self, drive->now_us, &bytes);

	if (n > 0) {
		send(drive, bytes, n);
		return true;
	}
	if (drive->size == 0)
		return wait(drive);
	n = hear(drive);
	drive->data += n;
	drive->size -= n;
	return true;
}
