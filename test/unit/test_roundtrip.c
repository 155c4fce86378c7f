/* SPDX-License-Identifier: MIT */
/* What the writer writes, the reader reads; and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <meterbus/chain.h>
#include <meterbus/encode.h>
#include <meterbus/error.h>

#include "corpus.h"
#include "guard.h"
#include "hex.h"
#include "vectors.h"

#define ROUNDS 20000

static uint64_t seed = 42;

static uint32_t next_random(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33);
}

static uint64_t random_bits(unsigned bits)
{
	uint64_t all =
		(uint64_t)next_random() << 31 ^ next_random() ^ (uint64_t)next_random() << 60;

	/* short ones are as likely as long ones */
	return all & (((uint64_t)1 << next_random() % (bits + 1)) - 1);
}

/* A record to write, and room for what its head points to. */
struct sample {
	struct mb_record_head head;
	uint8_t vife[MB_VIFE_MAX];
	char text[64];
	uint8_t data_field;
	uint8_t lvar;
	uint8_t data[64];
	size_t data_len;
};

static void random_vif(struct sample *s)
{
	static const uint8_t tables[] = {MB_VIF_PRIMARY, MB_VIF_PRIMARY, MB_VIF_FB, MB_VIF_FD,
		MB_VIF_FDFD, MB_VIF_PLAIN_TEXT, MB_VIF_MANUFACTURER, MB_VIF_RESERVED};

	s->head.vif_table = tables[next_random() % sizeof(tables)];
	s->head.vif_code = next_random() & 0x7F;
	/* these codes of the primary table lead to another one; FD after FD likewise */
	if (s->head.vif_table == MB_VIF_PRIMARY && s->head.vif_code >= 0x6F)
		s->head.vif_code = 0x13;
	if (s->head.vif_table == MB_VIF_FD && s->head.vif_code == 0x7D)
		s->head.vif_code = 0x10;
	if (s->head.vif_table == MB_VIF_PLAIN_TEXT)
		s->head.vif_code = 0x7C;
	if (s->head.vif_table == MB_VIF_MANUFACTURER)
		s->head.vif_code = 0x7F;
	s->head.vife_len = (uint8_t)random_bits(3);
	for (unsigned i = 0; i < s->head.vife_len; i++)
		s->vife[i] = next_random() & 0x7F;
	s->head.vife = s->vife;
	if (s->head.vif_table == MB_VIF_PLAIN_TEXT) {
		/* with VIFEs the order of text and VIFEs could be ambiguous */
		s->head.vife_len = 0;
		s->head.text_len = (uint8_t)(1 + next_random() % 16);
		for (unsigned i = 0; i < s->head.text_len; i++)
			s->text[i] = (char)(' ' + next_random() % 95);
		s->head.text = s->text;
	}
}

static void random_sample(struct sample *s)
{
	static const uint8_t fields[] = {0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 13, 14};

	memset(s, 0, sizeof(*s));
	s->head.storage = random_bits(41);
	s->head.tariff = (uint32_t)random_bits(20);
	s->head.subunit = (uint16_t)random_bits(10);
	s->head.function = next_random() & 3;
	random_vif(s);
	s->data_field = fields[next_random() % sizeof(fields)];
	s->data_len = mb_data_field_len(s->data_field);
	if (s->data_field == MB_DATA_LVAR) {
		s->data_len = next_random() % 16;
		s->lvar = (uint8_t)((next_random() & 1 ? 0xE0 : 0x00) + s->data_len);
	}
	for (size_t i = 0; i < s->data_len; i++)
		s->data[i] = (uint8_t)next_random();
}

static int write_sample(struct mb_writer *w, const struct sample *s)
{
	if (s->data_field == MB_DATA_LVAR)
		return mb_write_lvar(w, &s->head, s->lvar, s->data, s->data_len);
	return mb_write_data(w, &s->head, s->data_field, s->data, s->data_len);
}

static void assert_same(const struct mb_record *record, const struct sample *s)
{
	assert_int_equal(record->kind, MB_RECORD_DATA);
	assert_int_equal(record->storage, s->head.storage);
	assert_int_equal(record->tariff, s->head.tariff);
	assert_int_equal(record->subunit, s->head.subunit);
	assert_int_equal(record->function, s->head.function);
	assert_int_equal(record->data_field, s->data_field);
	assert_int_equal(record->vif_table, s->head.vif_table);
	assert_int_equal(record->vif_code, s->head.vif_code);
	assert_int_equal(record->vife_len, s->head.vife_len);
	for (unsigned i = 0; i < s->head.vife_len; i++)
		assert_int_equal(record->vife[i] & 0x7F, s->vife[i]);
	assert_int_equal(record->text_len, s->head.text_len);
	for (unsigned i = 0; i < s->head.text_len; i++)
		assert_int_equal(record->text[i], s->text[s->head.text_len - 1 - i]);
	assert_int_equal(record->lvar, s->lvar);
	assert_int_equal(record->data_len, s->data_len);
	if (s->data_len)
		assert_memory_equal(record->data, s->data, s->data_len);
}

static void test_random_records(void **state)
{
	struct guard guard;

	(void)state;
	guard_init(&guard);
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint8_t buf[MB_FRAME_MAX], again[MB_FRAME_MAX];
		struct mb_record record;
		struct mb_cursor cur;
		struct mb_writer w;
		struct sample s;
		int len;

		random_sample(&s);
		mb_writer_begin_bytes(&w, buf, sizeof(buf));
		write_sample(&w, &s);
		len = mb_writer_len(&w);
		assert_true(len > 0);
		mb_cursor_init_bytes(&cur, guard_copy(&guard, buf, (size_t)len), (size_t)len);
		assert_int_equal(mb_record_next(&cur, &record), 1);
		assert_same(&record, &s);
		mb_writer_begin_bytes(&w, again, sizeof(again));
		mb_write_record(&w, &record);
		assert_int_equal(mb_writer_len(&w), len);
		assert_memory_equal(again, buf, (size_t)len);
		assert_int_equal(mb_record_next(&cur, &record), 0);
	}
	guard_done(&guard);
}

static void assert_number(const uint8_t *bytes, int len, int64_t value)
{
	struct mb_decimal number;
	struct mb_record record;
	struct mb_cursor cur;

	assert_true(len > 0);
	mb_cursor_init_bytes(&cur, bytes, (size_t)len);
	assert_int_equal(mb_record_next(&cur, &record), 1);
	assert_int_equal(record.value.type, MB_VALUE_NUMBER);
	assert_true(mb_value_decimal(&record.value, &number));
	assert_int_equal(number.magnitude, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
	assert_int_equal(number.negative, value < 0);
	assert_int_equal(number.exp10, -3); /* VIF 13 */
}

/* The least number of an integer data field says "not available". */
static bool means_unavailable(uint8_t data_field, int64_t value)
{
	unsigned len = mb_data_field_len(data_field);

	return len && value < 0 && 0 - (uint64_t)value == (uint64_t)1 << (8 * len - 1);
}

/* Every data field that holds a number gives it back. */
static void test_random_numbers(void **state)
{
	static const struct mb_record_head head = {.vif_code = 0x13};
	static const uint8_t integers[] = {1, 2, 3, 4, 6, 7, 0xD};
	static const uint8_t bcds[] = {9, 0xA, 0xB, 0xC, 0xE, 0xD};

	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		int64_t value = (int64_t)random_bits(62) * (next_random() & 1 ? 1 : -1);
		uint8_t buf[32];
		struct mb_writer w;

		for (size_t k = 0; k < sizeof(integers); k++) {
			mb_writer_begin_bytes(&w, buf, sizeof(buf));
			if (mb_write_integer(&w, &head, integers[k], value) == MB_E_OVERFLOW)
				continue;
			if (!means_unavailable(integers[k], value))
				assert_number(buf, mb_writer_len(&w), value);
		}
		value %= 10000000000000000;
		for (size_t k = 0; k < sizeof(bcds); k++) {
			mb_writer_begin_bytes(&w, buf, sizeof(buf));
			if (mb_write_bcd(&w, &head, bcds[k], value) != MB_E_OVERFLOW)
				assert_number(buf, mb_writer_len(&w), value);
		}
	}
}

static struct mb_datetime random_time(uint8_t type)
{
	return (struct mb_datetime){
		.type = type,
		.year = (int16_t)(2000 + next_random() % 80),
		.month = (int8_t)(1 + next_random() % 12),
		.day = (int8_t)(1 + next_random() % 28),
		.hour = (int8_t)(type == 'G' ? 0 : next_random() % 24),
		.minute = (int8_t)(type == 'G' ? 0 : next_random() % 60),
		.second = (int8_t)(type == 'I' ? next_random() % 60 : 0),
	};
}

static void test_random_times(void **state)
{
	static const char types[] = "FGI";

	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint8_t type = (uint8_t)types[i % 3];
		struct mb_record_head head = {.vif_code = type == 'G' ? 0x6C : 0x6D};
		struct mb_datetime time = random_time(type);
		const struct mb_datetime *back;
		struct mb_record record;
		struct mb_cursor cur;
		struct mb_writer w;
		uint8_t buf[16];

		mb_writer_begin_bytes(&w, buf, sizeof(buf));
		assert_int_equal(mb_write_time(&w, &head, &time, type), 0);
		mb_cursor_init_bytes(&cur, buf, (size_t)mb_writer_len(&w));
		assert_int_equal(mb_record_next(&cur, &record), 1);
		assert_int_equal(
			record.value.type, type == 'G' ? MB_VALUE_DATE : MB_VALUE_DATETIME);
		back = &record.value.datetime;
		assert_int_equal(back->type, type);
		assert_int_equal(back->year, time.year);
		assert_int_equal(back->month, time.month);
		assert_int_equal(back->day, time.day);
		assert_int_equal(back->hour, time.hour);
		assert_int_equal(back->minute, time.minute);
		assert_int_equal(back->second, time.second);
	}
}

/* Records of a telegram written anew equal what was read; idle fillers apart. */
static void assert_rewritten(const struct mb_telegram *t)
{
	uint8_t buf[MB_FRAME_DATA_MAX], want[MB_FRAME_DATA_MAX];
	struct mb_record record;
	struct mb_cursor cur;
	struct mb_writer w;
	size_t want_len = 0;
	int rc;

	mb_writer_begin_bytes(&w, buf, sizeof(buf));
	w.msb_first = t->msb_first;
	mb_cursor_init(&cur, t, NULL);
	while ((rc = mb_record_next(&cur, &record)) > 0) {
		if (record.flags & MB_RECORD_FIXED) {
			assert_int_equal(mb_write_record(&w, &record), MB_E_INVALID);
			return;
		}
		mb_write_record(&w, &record);
		memcpy(want + want_len, record.dib, (size_t)(cur.p - record.dib));
		want_len += (size_t)(cur.p - record.dib);
	}
	assert_int_equal(mb_writer_len(&w), want_len);
	assert_memory_equal(buf, want, want_len);
}

static void test_vectors_are_rewritten(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		uint8_t buf[MB_FRAME_MAX];
		size_t len = hex_read(vectors[i].hex, buf, sizeof(buf));
		struct mb_telegram t;

		if (mb_telegram_read(buf, len, &t) > 0)
			assert_rewritten(&t);
	}
}

static void test_random_headers(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint8_t ci = next_random() & 1 ? 0x72 : 0x76;
		struct mb_header header = {
			.address = {next_random() << 1, (uint16_t)next_random(),
				(uint8_t)next_random(), (uint8_t)next_random()},
			.access = (uint8_t)next_random(),
			.status = (uint8_t)next_random(),
			.config = (uint16_t)(next_random() & 0xE0FF),
		};
		uint8_t buf[MB_FRAME_MAX];
		struct mb_telegram t;
		struct mb_writer w;
		int size;

		mb_writer_begin(&w, buf, sizeof(buf), ci);
		mb_write_long_header(&w, &header);
		size = mb_writer_end(&w, 0x08, 3);
		assert_int_equal(mb_telegram_read(buf, (size_t)size, &t), size);
		assert_true(mb_secondary_equal(&t.address, &header.address));
		assert_int_equal(t.access, header.access);
		assert_int_equal(t.status, header.status);
		assert_int_equal(t.config, header.config);
		assert_int_equal(t.msb_first, ci == 0x76);
	}
}

static void test_random_fixed(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct mb_fixed fixed = {
			.id = next_random(),
			.access = (uint8_t)next_random(),
			.status = (uint8_t)(next_random() | 1),
			.medium = next_random() & 0xF,
			.unit = {next_random() & 0x3F, next_random() & 0x3F},
			.counter = {next_random(), next_random()},
		};
		uint8_t ci = next_random() & 1 ? 0x73 : 0x77;
		uint8_t buf[MB_FRAME_MAX];
		struct mb_telegram t;
		struct mb_writer w;
		const uint8_t *p;
		int size;

		mb_writer_begin(&w, buf, sizeof(buf), ci);
		mb_write_fixed(&w, &fixed);
		size = mb_writer_end(&w, 0x08, 3);
		assert_int_equal(mb_telegram_read(buf, (size_t)size, &t), size);
		p = t.payload;
		assert_int_equal(t.layout, MB_LAYOUT_FIXED);
		assert_int_equal(t.address.id, fixed.id);
		assert_int_equal(t.access, fixed.access);
		assert_int_equal(t.status, fixed.status);
		assert_int_equal(mb_telegram_fixed_medium(&t), fixed.medium);
		assert_int_equal(p[0] & 0x3F, fixed.unit[0]);
		assert_int_equal(p[1] & 0x3F, fixed.unit[1]);
		assert_int_equal(t.msb_first ? p[5] : p[2], fixed.counter[0] & 0xFF);
		assert_int_equal(t.msb_first ? p[6] : p[9], fixed.counter[1] >> 24);
	}
}

/* A format frame and a compact frame together are the full telegram. */
static void test_compact_frames(void **state)
{
	static struct mb_chain chain;

	(void)state;
	mb_chain_init(&chain);
	for (unsigned i = 0; i < 500; i++) {
		uint8_t records[MB_FRAME_MAX], buf[MB_FRAME_MAX], again[MB_FRAME_MAX];
		struct mb_record record;
		struct mb_cursor cur;
		struct mb_telegram t;
		struct mb_writer w;
		int len, size, rc;

		mb_writer_begin_bytes(&w, records, 100);
		for (unsigned n = 1 + next_random() % 2; n; n--) {
			struct sample s;

			do
				random_sample(&s);
			while (s.head.vife_len || s.head.vif_table == MB_VIF_PLAIN_TEXT);
			write_sample(&w, &s);
		}
		len = mb_writer_len(&w);
		assert_true(len > 0);

		mb_writer_begin(&w, buf, sizeof(buf), 0x69);
		mb_write_format(&w, records, (size_t)len);
		size = mb_writer_end(&w, 0x08, 1);
		assert_int_equal(mb_telegram_read(buf, (size_t)size, &t), size);
		assert_true(mb_chain_learn(&chain, &t) >= 0);

		mb_writer_begin(&w, buf, sizeof(buf), 0x79);
		mb_write_compact(&w, records, (size_t)len);
		size = mb_writer_end(&w, 0x08, 1);
		assert_int_equal(mb_telegram_read(buf, (size_t)size, &t), size);
		mb_chain_begin(&chain);
		mb_cursor_init(&cur, &t, &chain);
		mb_writer_begin_bytes(&w, again, sizeof(again));
		while ((rc = mb_record_next(&cur, &record)) > 0)
			mb_write_record(&w, &record);
		assert_int_equal(rc, 0);
		assert_int_equal(mb_writer_len(&w), len);
		assert_memory_equal(again, records, (size_t)len);
	}
}

static void rewrite_telegram(const char *name, const uint8_t *bytes, size_t len)
{
	struct mb_telegram t;

	(void)name;
	assert_true(mb_telegram_read(bytes, len, &t) > 0);
	assert_rewritten(&t);
}

static void test_corpus_is_rewritten(void **state)
{
	(void)state;
	if (!corpus_visit("telegrams", rewrite_telegram)) {
		print_message("skipped: no corpus\n");
		skip();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_records),
		cmocka_unit_test(test_random_numbers),
		cmocka_unit_test(test_random_times),
		cmocka_unit_test(test_vectors_are_rewritten),
		cmocka_unit_test(test_random_headers),
		cmocka_unit_test(test_random_fixed),
		cmocka_unit_test(test_compact_frames),
		cmocka_unit_test(test_corpus_is_rewritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
