/* SPDX-License-Identifier: MIT */
/*
 * The meters of the simulator against values computed here, from the rules of doc/scenario.md and
 * with the C library's calendar, and against a dialogue of D48.
 */
#include "bus.h"

#include <meterbus/error.h>
#include <meterbus/record.h>
#include <meterbus/security.h>

#include <stdlib.h>
#include <time.h>

#define SECOND 1000000u
#define HOUR (3600ull * SECOND)
#define DAY (24 * HOUR)
#define START_S 1736928000 /* 2025-01-15T08:00 */
#define KEY "000102030405060708090A0B0C0D0E0F"

/* ---- the truth ---- */

static time_t month_end(time_t now, int back)
{
	struct tm t;

	gmtime_r(&now, &t);
	t.tm_mon -= back - 1;
	t.tm_mday = 1;
	t.tm_hour = t.tm_min = t.tm_sec = 0;
	return timegm(&t) - 1;
}

/* base + rate an hour of age and of the time since the start */
static int64_t truth_counter(int64_t base, int64_t rate, int age_h, time_t at)
{
	double hours = age_h + difftime(at, START_S) / 3600;

	return base + (int64_t)((double)rate * hours + 1e6) -
	       1000000; /* rounded down, negative too */
}

static int64_t truth_wave(int64_t base, int64_t rate, time_t at)
{
	int64_t noon = at % 86400;

	if (noon > 43200)
		noon = 86400 - noon;
	return base + rate * noon / 43200;
}

static int64_t truth(const struct model_row *row, int age_h, time_t now)
{
	switch (row->rule) {
	case RULE_COUNTER:
		return truth_counter(row->base, row->rate, age_h, now);
	case RULE_STORED:
		return truth_counter(row->base, row->rate, age_h, month_end(now, row->back));
	case RULE_WAVE:
		return truth_wave(row->base, row->rate, now);
	default:
		return row->base;
	}
}

/* ---- what came ---- */

/* The digits or the two's complement as they stand in the telegram. */
static int64_t raw_number(const struct mb_record *r)
{
	bool bcd = r->data_field >= MB_DATA_BCD2 && r->data_field != MB_DATA_LVAR;
	int64_t value = 0;

	for (unsigned i = r->data_len; i--;)
		value = bcd ? value * 100 + (r->data[i] >> 4) * 10 + (r->data[i] & 0xF)
			    : value << 8 | r->data[i];
	if (!bcd && r->data_len < 8 && value >> (8 * r->data_len - 1))
		value -= (int64_t)1 << 8 * r->data_len;
	return value;
}

static void check_time(const struct mb_record *r, time_t at)
{
	const struct mb_datetime *d = &r->value.datetime;
	struct tm t;

	gmtime_r(&at, &t);
	assert_true(r->value.type == MB_VALUE_DATE || r->value.type == MB_VALUE_DATETIME);
	assert_int_equal(d->year, t.tm_year + 1900);
	assert_int_equal(d->month, t.tm_mon + 1);
	assert_int_equal(d->day, t.tm_mday);
	if (r->value.type == MB_VALUE_DATE)
		return;
	assert_int_equal(d->hour, t.tm_hour);
	assert_int_equal(d->minute, t.tm_min);
	if (d->type == 'I')
		assert_int_equal(d->weekday, t.tm_wday ? t.tm_wday : 7);
}

static void check_row(const struct model_row *row, const struct mb_record *r, int age_h, time_t now)
{
	if (row->rule == RULE_BYTES) {
		size_t len = (size_t)(r->data + r->data_len - r->dib);

		/* fillers in front belong to no record */
		assert_memory_equal(r->dib, row->text + row->base - (int64_t)len, len);
		return;
	}
	assert_int_equal(r->storage, row->storage);
	assert_int_equal(r->tariff, row->tariff);
	assert_int_equal(r->function, row->function);
	assert_int_equal(r->vif_table, row->vif_table);
	if (row->rule == RULE_CLOCK)
		check_time(r, now);
	else if (row->rule == RULE_STORED_DATE)
		check_time(r, month_end(now, row->back));
	else if (row->rule == RULE_FABRICATION)
		assert_int_equal(raw_number(r), 4711);
	else if (row->rule == RULE_TEXT)
		assert_int_equal(r->value.type, MB_VALUE_TEXT);
	else
		assert_int_equal(raw_number(r), truth(row, age_h, now));
}

/* ---- a readout by hand ---- */

struct readout {
	struct mb_telegram telegrams[METER_TELEGRAMS_MAX];
	uint8_t bytes[METER_TELEGRAMS_MAX][MB_FRAME_MAX];
	uint8_t plain[METER_TELEGRAMS_MAX][MB_FRAME_DATA_MAX];
	size_t n;
};

static void ask(struct bus *b, uint8_t c, uint8_t a)
{
	uint8_t frame[5];

	sim_send(b->sim, frame, (size_t)mb_frame_write_short(frame, sizeof(frame), c, a));
	bus_wait(b, 4 * SECOND);
}

static void decrypt(struct mb_telegram *t, uint8_t *buf)
{
	struct mb_cipher cipher;
	uint8_t key[16];

	hex_read(KEY, key, sizeof(key));
	if (crypto_openssl(&cipher) < 0)
		skip();
	assert_int_equal(mb_telegram_open(t, &cipher, key, NULL, buf, MB_FRAME_DATA_MAX), 0);
}

static void read_meter(struct bus *b, uint8_t a, struct readout *r)
{
	bool more = true;

	r->n = 0;
	ask(b, MB_C_SND_NKE, a);
	while (more && r->n < METER_TELEGRAMS_MAX) {
		struct mb_telegram *t = &r->telegrams[r->n];

		ask(b, r->n % 2 ? 0x5B : 0x7B, a);
		assert_true(b->n > 5 && b->n <= MB_FRAME_MAX);
		memcpy(r->bytes[r->n], b->bytes, b->n);
		assert_int_equal(mb_telegram_read(r->bytes[r->n], b->n, t), b->n);
		if (t->layout == MB_LAYOUT_ENCRYPTED)
			decrypt(t, r->plain[r->n]);
		more = mb_telegram_more(t);
		r->n++;
	}
}

static const struct model_row *row_at(const struct model *model, unsigned telegram, unsigned i)
{
	for (size_t k = 0; k < model->n_rows; k++)
		if (model->rows[k].telegram == telegram && !i--)
			return &model->rows[k];
	return NULL;
}

static void check_history(
	const struct model *model, const struct mb_record *r, unsigned i, int age_h, time_t now)
{
	struct model_row row = model->rows[model->history_row];
	unsigned back = i / 2 + 1;

	row.rule = i % 2 ? RULE_STORED_DATE : RULE_STORED;
	row.storage = row.back = (uint8_t)back;
	if (i % 2)
		row.vif_code = 0x6C;
	check_row(&row, r, age_h, now);
}

static void check_telegram(const struct model *model, const struct mb_telegram *t, unsigned number,
	int age_h, time_t now)
{
	struct mb_cursor cur;
	struct mb_record r;
	unsigned i = 0;
	int rc;

	mb_cursor_init(&cur, t, NULL);
	while ((rc = mb_record_next(&cur, &r)) > 0) {
		const struct model_row *row = row_at(model, number, i);

		if (r.kind != MB_RECORD_DATA)
			continue;
		if (model->history && number == model_telegrams(model) - 1)
			check_history(model, &r, i, age_h, now);
		else
			check_row(row, &r, age_h, now);
		i++;
	}
	assert_int_equal(rc, 0);
	assert_true(i > 0);
}

/* When the meter took its registers: at the end of the request. */
static time_t reading_time(const struct bus *b)
{
	const struct sim_entry *ledger;
	size_t n = sim_ledger(b->sim, &ledger);

	while (n && ledger[n - 1].reaction != MB_SLAVE_REACTION_RESPONSE)
		n--;
	assert_true(n > 0);
	return (time_t)(START_S + (int64_t)(ledger[n - 1].time_us / SECOND));
}

static bool have_aes(void)
{
	struct mb_cipher cipher;

	return crypto_openssl(&cipher) >= 0;
}

static void test_values_of_every_model(void **state)
{
	static const uint64_t times[] = {
		0, HOUR, 7 * HOUR, DAY + 61 * SECOND, 17 * DAY, 45 * DAY, 400 * DAY};
	static struct readout r;

	(void)state;
	for (size_t m = 0; m < n_models; m++) {
		const struct model *model = &models[m];
		char text[256];
		struct bus b;

		if (model->quirk == MB_SLAVE_MORE_FOREVER || model->quirk == MB_SLAVE_NEEDS_RESET ||
			model->shape == SHAPE_FIXED ||
			(model->shape == SHAPE_ENCRYPTED && !have_aes()))
			continue;
		snprintf(text, sizeof(text),
			"[meter] model=%s id=10000137 primary=5 fabrication=00004711 key=" KEY,
			model->name);
		bus_open(&b, text);
		for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
			time_t first = 0;

			if (times[i] > sim_now(b.sim))
				bus_wait(&b, times[i] - sim_now(b.sim));
			read_meter(&b, 5, &r);
			assert_int_equal(r.n, model_telegrams(model));
			for (unsigned k = 0; k < r.n; k++) {
				/* all telegrams of a chain show the moment of the first */
				first = first ? first : reading_time(&b) - (time_t)(4 * (r.n - 1));
				check_telegram(model, &r.telegrams[k], k, 137, first);
			}
		}
		bus_close(&b);
	}
}

static void test_fixed_structure(void **state)
{
	struct bus b;
	static struct readout r;
	struct mb_cursor cur;
	struct mb_record record;
	struct mb_decimal number;

	(void)state;
	bus_open(&b, "[meter] model=fixed id=10000137 primary=5");
	bus_wait(&b, 5 * HOUR);
	read_meter(&b, 5, &r);
	assert_int_equal(r.telegrams[0].ci, 0x73);
	assert_int_equal(r.telegrams[0].address.id, 0x10000137);
	mb_cursor_init(&cur, &r.telegrams[0], NULL);
	assert_int_equal(mb_record_next(&cur, &record), 1);
	assert_true(mb_value_decimal(&record.value, &number));
	assert_int_equal(number.magnitude, 14711 + 9 * (137 + 5)); /* l */
	assert_int_equal(number.exp10, -3);
	bus_close(&b);
}

static void test_clock_is_set(void **state)
{
	struct bus b;
	static struct readout r;

	(void)state;
	bus_open(&b, "[meter] model=pulse id=10000000 primary=5");
	bus_ask(&b, "68 09 09 68 53 05 51 04 6D 1E 0F 65 11 BD 16", SECOND); /* 2011-01-05 15:30 */
	assert_int_equal(b.n, 1);
	bus_wait(&b, HOUR);
	read_meter(&b, 5, &r);
	{
		struct mb_cursor cur;
		struct mb_record record;

		mb_cursor_init(&cur, &r.telegrams[0], NULL);
		assert_int_equal(mb_record_next(&cur, &record), 1);
		assert_int_equal(raw_number(&record), 9020 + 7); /* the counter does not jump */
		assert_int_equal(mb_record_next(&cur, &record), 1);
		assert_int_equal(record.value.datetime.year, 2011);
		assert_int_equal(record.value.datetime.hour, 16);
		assert_int_equal(record.value.datetime.minute, 30);
	}
	bus_close(&b);
}

static int64_t first_counter_now(struct bus *b)
{
	static struct readout r;
	struct mb_cursor cur;
	struct mb_record record;

	read_meter(b, 5, &r);
	mb_cursor_init(&cur, &r.telegrams[0], NULL);
	assert_int_equal(mb_record_next(&cur, &record), 1);
	return raw_number(&record);
}

static void test_counter_is_written_when_unlocked(void **state)
{
	struct bus b;

	(void)state;
	bus_open(&b, "[meter] model=pulse id=10000000 primary=5 unlocked=yes");
	assert_int_equal(first_counter_now(&b), 9020);
	bus_ask(&b, "68 0A 0A 68 73 05 51 0C 93 01 10 00 00 00 79 16", SECOND); /* add 10 */
	assert_int_equal(b.n, 1);
	assert_int_equal(first_counter_now(&b), 9030);
	bus_ask(&b, "68 0A 0A 68 53 05 51 0C 93 00 07 01 00 00 50 16", SECOND); /* set 107 */
	assert_int_equal(b.n, 1);
	assert_int_equal(first_counter_now(&b), 107);
	bus_close(&b);
	bus_open(&b, "[meter] model=pulse id=10000000 primary=5");
	bus_ask(&b, "68 0A 0A 68 73 05 51 0C 93 01 10 00 00 00 79 16", SECOND);
	assert_int_equal(b.n, 1);
	assert_int_equal(first_counter_now(&b), 9020);
	bus_close(&b);
}

static void test_wrong_key_is_no_data(void **state)
{
	struct bus b;
	struct mb_cipher cipher;
	struct mb_telegram t;
	uint8_t key[16] = {1}, buf[MB_FRAME_DATA_MAX];

	(void)state;
	if (crypto_openssl(&cipher) < 0)
		skip();
	bus_open(&b, "[meter] model=encrypted id=12345678 primary=5 key=" KEY);
	ask(&b, 0x7B, 5);
	assert_int_equal(mb_telegram_read(b.bytes, b.n, &t), b.n);
	assert_int_equal(t.layout, MB_LAYOUT_ENCRYPTED);
	assert_int_equal(t.security_mode, 5);
	assert_int_equal(t.address.id, 0x12345678);
	assert_int_equal(
		mb_telegram_open(&t, &cipher, key, NULL, buf, sizeof(buf)), MB_E_WRONG_KEY);
	bus_close(&b);
}

/* ---- D48 7.3: the search over four slaves, selection by selection ---- */

static void test_d48_search(void **state)
{
	static const struct {
		uint32_t mask;
		size_t slaves; /* that answer */
	} steps[] = {
		{0x0FFFFFFF, 0},
		{0x1FFFFFFF, 2},
		{0x10FFFFFF, 0},
		{0x11FFFFFF, 0},
		{0x12FFFFFF, 0},
		{0x13FFFFFF, 0},
		{0x14FFFFFF, 2},
		{0x144FFFFF, 2},
		{0x1449FFFF, 2},
		{0x14491FFF, 2},
		{0x144910FF, 2},
		{0x1449100F, 2},
		{0x14491000, 0},
		{0x14491001, 1},
		{0x14491008, 1},
		{0x14491009, 0},
		{0x2FFFFFFF, 0},
		{0x3FFFFFFF, 1},
		{0x7FFFFFFF, 1},
		{0x9FFFFFFF, 0},
	};
	char path[512];
	char err[SCENARIO_ERROR_MAX];
	struct scenario s;
	struct bus b = {0};

	(void)state;
	snprintf(path, sizeof(path), "%s/etc/scenarios/d48.scn",
		getenv("METERBUS_SOURCE_ROOT") ? getenv("METERBUS_SOURCE_ROOT")
					       : METERBUS_SOURCE_ROOT);
	assert_int_equal(scenario_read(path, &s, err, sizeof(err)), 0);
	b.sim = scenario_build(&s, NULL, err, sizeof(err));
	assert_non_null(b.sim);
	scenario_done(&s);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct mb_address mask = {.type = MB_ADDRESS_SECONDARY};
		uint8_t frame[MB_FRAME_MAX];
		size_t selected = 0;
		struct mb_telegram t;

		mask.secondary = (struct mb_secondary){steps[i].mask, 0xFFFF, 0xFF, 0xFF};
		sim_send(b.sim, frame, (size_t)mb_encode_select(frame, sizeof(frame), 0x53, &mask));
		bus_wait(&b, SECOND);
		assert_int_equal(b.n, steps[i].slaves ? 1 : 0); /* E5 over E5 is one clean E5 */
		for (size_t m = 0; m < sim_meters(b.sim); m++)
			selected += mb_slave_selected(&sim_meter_at(b.sim, m)->slave);
		assert_int_equal(selected, steps[i].slaves);
		ask(&b, 0x7B, MB_A_NETWORK);
		if (steps[i].slaves == 0)
			assert_int_equal(b.n, 0);
		else if (steps[i].slaves == 1)
			assert_int_equal(mb_telegram_read(b.bytes, b.n, &t), b.n);
		else /* only the data tell */
			assert_true(bus_marked(&b) || mb_telegram_read(b.bytes, b.n, &t) < 0);
	}
	bus_close(&b);
}

/* ---- a long time in a short one ---- */

static void test_a_day_of_reading(void **state)
{
	struct bus b;
	unsigned good = 0;
	struct timespec begin, end;

	(void)state;
	bus_open(&b, "[meter] model=water count=10 id=10000000 primary=1 delay=15..60");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	for (unsigned quarter = 0; quarter < 96; quarter++) {
		for (uint8_t a = 1; a <= 10; a++) {
			struct mb_telegram t;

			ask(&b, 0x4B, a);
			good += mb_telegram_read(b.bytes, b.n, &t) == (int)b.n;
		}
		bus_wait(&b, 15 * 60 * SECOND - 10 * 4 * SECOND);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	assert_int_equal(good, 960);
	assert_true(sim_now(b.sim) >= DAY);
	/* with sanitizers, on any machine; without it is some 20 ms */
	assert_true(difftime(end.tv_sec, begin.tv_sec) < 20);
	bus_close(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_of_every_model),
		cmocka_unit_test(test_fixed_structure),
		cmocka_unit_test(test_clock_is_set),
		cmocka_unit_test(test_counter_is_written_when_unlocked),
		cmocka_unit_test(test_wrong_key_is_no_data),
		cmocka_unit_test(test_d48_search),
		cmocka_unit_test(test_a_day_of_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
