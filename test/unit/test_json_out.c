/* SPDX-License-Identifier: MIT */
#include "base/json_out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void write_sample(struct json_out *j)
{
	json_out_object(j);
	json_out_key(j, "a");
	json_out_u64(j, UINT64_MAX);
	json_out_key(j, "b");
	json_out_array(j);
	json_out_i64(j, INT64_MIN);
	json_out_object(j);
	json_out_end(j);
	json_out_array(j);
	json_out_end(j);
	json_out_bool(j, true);
	json_out_null(j);
	json_out_end(j);
	json_out_key(j, "c\"");
	json_out_text(j, "x\n\x01\"\\");
	json_out_key(j, "d");
	json_out_text(j, NULL);
	json_out_key(j, "e");
	json_out_raw(j, "1.50", 4);
	json_out_end(j);
}

static const char sample[] =
	"{\"a\":18446744073709551615,\"b\":[-9223372036854775808,{},[],true,null],"
	"\"c\\\"\":\"x\\n\\u0001\\\"\\\\\",\"d\":null,\"e\":1.50}";

static void test_members_and_commas(void **state)
{
	struct buf buf;
	struct json_out j = JSON_OUT(&buf);

	(void)state;
	buf_init(&buf, 1000);
	write_sample(&j);
	assert_true(json_out_ok(&j));
	assert_int_equal(buf.len, strlen(sample));
	assert_memory_equal(buf.bytes, sample, buf.len);
	buf_done(&buf);
}

/* At every size that is too small json_out_ok() tells it, and nothing is written past it. */
static void test_a_full_buffer_is_told(void **state)
{
	(void)state;
	for (size_t max = 1; max < strlen(sample); max++) {
		struct buf buf;
		struct json_out j = JSON_OUT(&buf);

		buf_init(&buf, max);
		write_sample(&j);
		assert_false(json_out_ok(&j));
		assert_true(buf.len <= max);
		assert_memory_equal(buf.bytes ? buf.bytes : (const uint8_t *)"", sample, buf.len);
		buf_done(&buf);
	}
}

/* Long texts are escaped in pieces; a character that would be cut stays whole (C2 85 is a control). */
static void test_long_texts(void **state)
{
	(void)state;
	for (size_t lead = 100; lead < 300; lead++) {
		struct buf buf;
		struct json_out j = JSON_OUT(&buf);
		char text[400];

		memset(text, 'x', sizeof(text));
		memcpy(text + lead, "\xC2\x85", 2);
		buf_init(&buf, 1000);
		json_out_text_n(&j, text, 320);
		assert_true(json_out_ok(&j));
		assert_int_equal(buf.len, 2 + 318 + 6);
		assert_memory_equal(buf.bytes + 1 + lead, "\\u0085", 6);
		buf_done(&buf);
	}
}

/* Bytes, too, come in pieces. */
static void test_bytes(void **state)
{
	static const uint8_t bytes[300] = {0x68, 0x0A, [299] = 0x16};
	struct buf buf;
	struct json_out j = JSON_OUT(&buf);

	(void)state;
	buf_init(&buf, 1000);
	json_out_array(&j);
	json_out_hex(&j, bytes, 0);
	json_out_hex(&j, bytes, sizeof(bytes));
	json_out_end(&j);
	assert_true(json_out_ok(&j));
	assert_int_equal(buf.len, 1 + 2 + 1 + 602 + 1);
	assert_memory_equal(buf.bytes, "[\"\",\"680A00", 11);
	assert_memory_equal(buf.bytes + buf.len - 6, "0016\"]", 6);
	buf_done(&buf);
}

static void test_misuse_is_told(void **state)
{
	struct buf buf;
	struct json_out j = JSON_OUT(&buf);

	(void)state;
	buf_init(&buf, 1000);
	json_out_object(&j);
	assert_false(json_out_ok(&j)); /* not ended */
	json_out_end(&j);
	assert_true(json_out_ok(&j));
	json_out_end(&j);
	assert_false(json_out_ok(&j));
	j = (struct json_out)JSON_OUT(&buf);
	for (unsigned i = 0; i <= JSON_DEPTH_MAX; i++)
		json_out_array(&j);
	assert_true(j.failed);
	buf_done(&buf);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members_and_commas),
		cmocka_unit_test(test_a_full_buffer_is_told),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_misuse_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
