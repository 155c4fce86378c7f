/* SPDX-License-Identifier: MIT */
/* Headers, security and the writer: what a telegram says is inside it, an opened payload is inside
 * the buffer, and records that were read are written again byte for byte. */
#include <meterbus/encode.h>
#include <meterbus/error.h>
#include <meterbus/names.h>
#include <meterbus/security.h>
#include <string.h>

#include "fuzz.h"

static int copy_blocks(void *ctx, const uint8_t key[16], const uint8_t iv[16], const uint8_t *in,
	size_t len, uint8_t *out)
{
	(void)ctx;
	CHECK(len > 0 && len % 16 == 0);
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(in[i] ^ key[i % 16] ^ iv[i % 16]);
	out[0] = out[1] = 0x2F; /* any key is right */
	return 0;
}

static int sum_mac(void *ctx, const uint8_t key[16], const uint8_t *in, size_t len, uint8_t mac[16])
{
	(void)ctx;
	memcpy(mac, key, 16);
	for (size_t i = 0; i < len; i++)
		mac[i % 16] = (uint8_t)(mac[i % 16] + in[i]);
	mac[0] = mac[1] = 0;
	return 0;
}

static void check_inside(const struct mb_telegram *t)
{
	const uint8_t *end = t->frame.data + t->frame.data_len;

	CHECK(t->payload >= t->frame.data && t->payload + t->payload_len == end);
	CHECK(!t->afl || (t->afl == t->frame.data && t->afl + t->afl_len <= end));
}

static void name_it(const struct mb_telegram *t)
{
	char text[MB_STATUS_TEXT_MAX];

	CHECK(mb_status_text(t->status, text, sizeof(text)) >= 0);
	CHECK(*mb_ci_text(t->ci) && *mb_medium_text(t->address.medium));
	CHECK(*mb_application_error_text(mb_telegram_error_code(t)));
	CHECK(*mb_security_mode_text(t->security_mode));
	mb_telegram_more(t);
}

static void open_it(struct mb_telegram *t)
{
	static const struct mb_cipher cipher = {.cbc_decrypt = copy_blocks, .cmac = sum_mac};
	static const uint8_t key[16] = {1, 2, 3};
	static const struct mb_secondary address = {0x12345678, 0x4024, 1, 7};
	static uint8_t buf[MB_FRAME_DATA_MAX];

	if (mb_telegram_open(t, &cipher, key, &address, buf, sizeof(buf)) < 0)
		return;
	CHECK(t->layout != MB_LAYOUT_ENCRYPTED && t->layout != MB_LAYOUT_AFL);
}

static void write_again(const struct mb_telegram *t)
{
	uint8_t buf[MB_FRAME_DATA_MAX], want[MB_FRAME_DATA_MAX];
	struct mb_record record;
	struct mb_cursor cur;
	struct mb_writer w;
	size_t want_len = 0;

	if (t->layout != MB_LAYOUT_RECORDS)
		return;
	mb_writer_begin_bytes(&w, buf, sizeof(buf));
	w.msb_first = t->msb_first;
	mb_cursor_init(&cur, t, NULL);
	while (mb_record_next(&cur, &record) > 0) {
		size_t n = (size_t)(cur.p - record.dib);

		mb_write_record(&w, &record);
		memcpy(want + want_len, record.dib, n);
		want_len += n;
	}
	CHECK(mb_writer_len(&w) == (int)want_len);
	CHECK(memcmp(buf, want, want_len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mb_telegram t;
	struct mb_frame frame;
	int rc;

	if (mb_frame_parse(data, size, &frame) <= 0)
		return 0;
	rc = mb_telegram_parse(&frame, &t);
	CHECK(rc == 0 || rc == MB_E_HEADER_SHORT || rc == MB_E_UNKNOWN_CI);
	if (rc == MB_E_HEADER_SHORT || frame.type != MB_FRAME_LONG)
		return 0;
	check_inside(&t);
	name_it(&t);
	open_it(&t);
	write_again(&t);
	return 0;
}
