/* SPDX-License-Identifier: MIT */
/*
 * The first bytes of the input make a request, the rest is what the master hears. Whatever that
 * is, the request comes to an end, once, and all that is sent are good frames.
 */
#include <meterbus/master.h>
#include <string.h>

#include "drive.h"

#define HEAD 8 /* bytes of the input that make the request */
#define ROUNDS_MAX 20000

static void make_request(const uint8_t *head, struct mb_request *ret_request)
{
	static const uint8_t payload[] = {0x08, 0x13, 0x08, 0x6C};
	static const char types[] = "FIG";

	*ret_request = (struct mb_request){.op = head[0] % MB_OP_COUNT,
		.nke = head[1] % (MB_NKE_UNKNOWN + 1),
		.ci = head[1],
		.options = head[2],
		.max_telegrams = head[3] % (MB_TELEGRAMS_MAX + 1),
		.payload = payload,
		.payload_len = head[4] % (sizeof(payload) + 1)};
	ret_request->address.primary = head[5];
	if (head[6] & 1) {
		ret_request->address.type = MB_ADDRESS_SECONDARY;
		ret_request->address.secondary = (struct mb_secondary){0x12345678, 0x2C2D, 8, 4};
		ret_request->address.has_fabrication = head[6] & 2;
	}
	if (ret_request->op == MB_OP_SET_BAUD) {
		ret_request->new_baud = 300u << head[7] % 8;
	} else if (ret_request->op == MB_OP_SET_TIME) {
		ret_request->type = (uint8_t)types[head[7] % 3];
		ret_request->time = (struct mb_datetime){.year = 2026,
			.month = 3,
			.day = 14,
			.hour = 15,
			.minute = 9,
			.type = ret_request->type};
	} else if (ret_request->op == MB_OP_SET_SECONDARY) {
		ret_request->secondary = (struct mb_secondary){0x87654321, 0x2C2D, 9, 7};
	} else {
		ret_request->id = head[7];
	}
}

/* True when DONE was among them. */
static bool events(struct mb_master *master)
{
	struct mb_master_event event;
	struct mb_frame frame;
	bool done = false;

	while (mb_master_event(master, &event)) {
		CHECK(!done);
		CHECK(event.len == 0 || event.bytes != NULL);
		CHECK(event.result <= 0);
		if (event.type == MB_MASTER_TELEGRAM)
			CHECK(mb_frame_parse(event.bytes, event.len, &frame) > 0);
		done = event.type == MB_MASTER_DONE;
	}
	return done;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mb_master_config config = {
		.path.line = MB_LINE_2400_8E1, .baud_rescue_us = 5 * 1000000};
	struct mb_request request;
	struct drive drive = {0};
	static struct mb_master master;
	int rounds = 0;

	if (size < HEAD)
		return 0;
	make_request(data, &request);
	CHECK(mb_master_init(&master, &config, 0) == 0);
	if (mb_master_submit(&master, &request, 0) < 0)
		return 0;
	drive.engine = mb_master_engine(&master);
	drive.data = data + HEAD;
	drive.size = size - HEAD;
	drive.any_bytes = request.op == MB_OP_RAW;
	while (!events(&master)) {
		CHECK(drive_round(&drive));
		CHECK(++rounds < ROUNDS_MAX);
	}
	CHECK(!mb_master_busy(&master));
	return 0;
}
