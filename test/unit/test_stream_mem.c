/* SPDX-License-Identifier: MIT */
#include "stream_help.h"

#include "base/mem_stream.h"

static void test_what_one_end_writes_the_other_reads(void **state)
{
	struct stream *pair[2];
	uint8_t got[8];
	uint8_t marks[8];

	(void)state;
	assert_int_equal(mem_stream_pair(pair), 0);
	assert_int_equal(stream_fd(pair[0]), -1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(stream_read(pair[!i], got, marks, 8), 0);
		assert_int_equal(stream_write(pair[i], (const uint8_t *)"abcde", 5, 0), 5);
		assert_int_equal(stream_read(pair[!i], got, marks, 3), 3);
		assert_int_equal(stream_read(pair[!i], got + 3, NULL, 5), 2);
		assert_memory_equal(got, "abcde", 5);
		assert_int_equal(marks[0] | marks[1] | marks[2], 0);
	}
	stream_free(pair[0]);
	stream_free(pair[1]);
}

static void test_marks_come_with_their_bytes(void **state)
{
	uint8_t bytes[200];
	uint8_t marks[200];
	uint8_t got[200];
	uint8_t got_marks[200];
	struct stream *pair[2];

	(void)state;
	for (int i = 0; i < 200; i++) {
		bytes[i] = (uint8_t)i;
		marks[i] = (uint8_t)(i % 3);
	}
	assert_int_equal(mem_stream_pair(pair), 0);
	assert_int_equal(mem_stream_feed(pair[0], bytes, marks, 200), 200);
	assert_int_equal(stream_read(pair[0], got, got_marks, 200), 200);
	assert_memory_equal(got, bytes, 200);
	assert_memory_equal(got_marks, marks, 200);
	mem_stream_feed(pair[0], bytes, NULL, 1);
	stream_purge(pair[0]);
	assert_int_equal(stream_read(pair[0], got, NULL, 200), 0);
	stream_free(pair[0]);
	stream_free(pair[1]);
}

static void test_room_is_limited(void **state)
{
	static uint8_t block[MEM_STREAM_MAX + 1];
	struct stream *pair[2];

	(void)state;
	assert_int_equal(mem_stream_pair(pair), 0);
	assert_int_equal(stream_write(pair[0], block, sizeof(block), 0), MEM_STREAM_MAX);
	assert_int_equal(stream_write(pair[0], block, 1, 0), 0);
	assert_int_equal(mem_stream_feed(pair[1], block, NULL, 1), 0);
	stream_read(pair[1], block, NULL, 10);
	mem_stream_set_room(pair[0], MEM_STREAM_MAX - 3);
	assert_int_equal(stream_write(pair[0], block, 100, 0), 7);
	mem_stream_set_room(pair[0], 0);
	stream_read(pair[1], block, NULL, MEM_STREAM_MAX);
	assert_int_equal(stream_write(pair[0], block, 100, 0), 0);
	stream_free(pair[0]);
	stream_free(pair[1]);
}

static void test_close_is_seen_after_the_bytes(void **state)
{
	struct stream *pair[2];
	uint8_t byte;

	(void)state;
	assert_int_equal(mem_stream_pair(pair), 0);
	stream_write(pair[0], (const uint8_t *)"x", 1, 0);
	stream_free(pair[0]);
	assert_int_equal(stream_read(pair[1], &byte, NULL, 1), 1);
	assert_int_equal(stream_read(pair[1], &byte, NULL, 1), MB_E_STREAM);
	assert_string_equal(stream_error(pair[1]), "mem:b: closed by the peer");
	assert_int_equal(stream_open(pair[1], 0), MB_E_STREAM);
	assert_string_equal(
		stream_error(pair[1]), "mem:b: a stream in memory cannot be opened again");
	stream_free(pair[1]);
}

static void test_peer_line_is_the_other_ends(void **state)
{
	static const struct mb_line line = {300, 7, MB_PARITY_ODD, 2};
	struct mb_line seen;
	struct stream *pair[2];

	(void)state;
	assert_int_equal(mem_stream_pair(pair), 0);
	assert_int_equal(stream_set_line(pair[0], &line, 0), STREAM_DONE);
	assert_true(stream_peer_line(pair[1], &seen));
	assert_true(mb_line_equal(&seen, &line));
	stream_free(pair[0]);
	assert_false(stream_peer_line(pair[1], &seen));
	stream_free(pair[1]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_one_end_writes_the_other_reads),
		cmocka_unit_test(test_marks_come_with_their_bytes),
		cmocka_unit_test(test_room_is_limited),
		cmocka_unit_test(test_close_is_seen_after_the_bytes),
		cmocka_unit_test(test_peer_line_is_the_other_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
