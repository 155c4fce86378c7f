/* SPDX-License-Identifier: MIT */
#include "sim/meter.h"

#include <meterbus/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define US_PER_S 1000000u
#define AES_BLOCK 16
#define CONFIG_MODE5 0x0500 /* N blocks in bits 7..4 */
#define FILLER 0x2F
#define ACTION_WRITE 0x00
#define ACTION_ADD 0x01
#define ACTION_SUBTRACT 0x02

static const struct shape_row {
	uint8_t ci;
	uint8_t header_len;
} shapes[] = {
	[SHAPE_LONG] = {0x72, 12},
	[SHAPE_SHORT] = {0x7A, 4},
	[SHAPE_NONE] = {0x78, 0},
	[SHAPE_FIXED] = {0x73, 0},
	[SHAPE_ENCRYPTED] = {0x72, 12},
};

/* ---- one record ---- */

struct context {
	const struct sim_meter *m;
	uint32_t id;
	int64_t wall_s; /* of the segment, now: registers follow it */
	int64_t clock_s; /* of the meter, which may have been set */
};

static const struct model_row *first_counter(const struct model *model)
{
	for (size_t i = 0; model && i < model->n_rows; i++)
		if (model->rows[i].rule == RULE_COUNTER)
			return &model->rows[i];
	return NULL;
}

static int64_t row_value(const struct context *c, const struct model_row *row)
{
	int64_t value = model_value(row, c->id, c->m->start_s, c->wall_s);

	return row == first_counter(c->m->model) ? value + c->m->credit : value;
}

static void write_number(
	struct mb_writer *w, const struct mb_record_head *head, uint8_t data_field, int64_t value)
{
	bool bcd = data_field == MB_DATA_BCD12 ||
		   (data_field >= MB_DATA_BCD2 && data_field <= MB_DATA_BCD8);

	if (bcd)
		mb_write_bcd(w, head, data_field, value);
	else
		mb_write_integer(w, head, data_field, value);
}

static void write_digits(struct mb_writer *w, const struct mb_record_head *head, uint32_t digits)
{
	uint8_t bytes[4];

	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(digits >> (8 * i));
	mb_write_data(w, head, MB_DATA_BCD8, bytes, sizeof(bytes));
}

static void write_time(
	struct mb_writer *w, const struct mb_record_head *head, uint8_t data_field, int64_t seconds)
{
	struct mb_datetime t;
	uint8_t type = data_field == MB_DATA_INT16 ? 'G' : data_field == MB_DATA_INT48 ? 'I' : 'F';

	model_datetime(seconds, &t);
	t.type = type;
	if (type != 'I') {
		t.weekday = 0;
		t.second = 0;
	}
	mb_write_time(w, head, &t, type);
}

static void write_block(struct mb_writer *w, const struct context *c, int64_t len)
{
	uint8_t block[MB_FRAME_DATA_MAX];
	size_t n = len < (int64_t)sizeof(block) ? (size_t)len : sizeof(block);

	for (size_t i = 0; i < n; i++)
		block[i] = (uint8_t)(c->id >> (8 * (i % 4)));
	mb_write_manufacturer(w, false, block, n);
}

static struct mb_record_head head_of(const struct model_row *row)
{
	return (struct mb_record_head){
		.storage = row->storage,
		.tariff = row->tariff,
		.subunit = row->subunit,
		.function = row->function,
		.vif_table = row->vif_table,
		.vif_code = row->vif_code,
		.vife = row->vife,
		.vife_len = row->vife_len,
		.text = row->unit,
		.text_len = row->unit ? (uint8_t)strlen(row->unit) : 0,
		.text_first = row->unit != NULL,
	};
}

static void write_row(struct mb_writer *w, const struct context *c, const struct model_row *row)
{
	struct mb_record_head head = head_of(row);

	switch ((enum model_rule)row->rule) {
	case RULE_STORED_DATE:
		write_time(w, &head, row->data_field, model_month_end(c->wall_s, row->back));
		break;
	case RULE_CLOCK:
		write_time(w, &head, row->data_field, c->clock_s);
		break;
	case RULE_ID:
		write_digits(w, &head, c->id);
		break;
	case RULE_FABRICATION:
		write_digits(w, &head, c->m->fabrication);
		break;
	case RULE_TEXT:
		mb_write_text(w, &head, row->text, strlen(row->text));
		break;
	case RULE_BYTES:
		mb_write_bytes(w, (const uint8_t *)row->text, (size_t)row->base);
		break;
	case RULE_BLOCK:
		write_block(w, c, row->base);
		break;
	default:
		write_number(w, &head, row->data_field, row_value(c, row));
		break;
	}
}

/* Months 1 .. n back as storage numbers 1 .. n: the counter and its day. */
static void write_history(struct mb_writer *w, const struct context *c)
{
	const struct model *model = c->m->model;
	struct model_row value = model->rows[model->history_row];
	struct model_row date = {
		.rule = RULE_STORED_DATE, .data_field = MB_DATA_INT16, .vif_code = 0x6C};

	value.rule = RULE_STORED;
	for (uint8_t back = 1; back <= model->history; back++) {
		value.back = value.storage = date.back = date.storage = back;
		write_row(w, c, &value);
		write_row(w, c, &date);
	}
}

/* ---- one telegram ---- */

static void write_rows(struct mb_writer *w, const struct context *c, unsigned telegram)
{
	const struct model *model = c->m->model;
	unsigned n = model_telegrams(model);

	for (size_t i = 0; i < model->n_rows; i++)
		if (model->rows[i].telegram == telegram)
			write_row(w, c, &model->rows[i]);
	if (model->history && telegram == n - 1)
		write_history(w, c);
	if (telegram + 1 < n)
		mb_write_manufacturer(w, true, NULL, 0);
}

static void write_fixed(struct mb_writer *w, const struct context *c)
{
	const struct model_row *rows = c->m->model->rows;
	struct mb_fixed fixed = {
		.id = c->id,
		.medium = c->m->model->medium,
		.unit = {rows[0].vif_code, rows[1].vif_code},
		.counter = {(uint32_t)row_value(c, &rows[0]), (uint32_t)row_value(c, &rows[1])},
	};

	mb_write_fixed(w, &fixed);
}

/* Mode 5: fillers in front and behind, CBC from the address and the access number. */
static int encrypt(struct mb_writer *w, const struct sim_meter *m, uint8_t access)
{
	uint8_t iv[AES_BLOCK];
	size_t header = shapes[SHAPE_ENCRYPTED].header_len;
	size_t len = w->len - header;
	uint8_t address[8];

	mb_secondary_write(mb_slave_identity(&m->slave), address);
	memcpy(iv, address + 4, 2);
	memcpy(iv + 2, address, 4);
	memcpy(iv + 6, address + 6, 2);
	memset(iv + 8, access, 8);
	w->bytes[10] = (uint8_t)(len / AES_BLOCK << 4);
	w->bytes[11] = CONFIG_MODE5 >> 8;
	return m->cipher->cbc_encrypt(
		m->cipher->ctx, m->key, iv, w->bytes + header, len, w->bytes + header);
}

static void pad(struct mb_writer *w)
{
	size_t header = shapes[SHAPE_ENCRYPTED].header_len;

	while (!w->error && (w->len - header) % AES_BLOCK)
		mb_write_byte(w, FILLER);
}

static int build(struct sim_meter *m, const struct context *c, unsigned telegram, uint8_t access)
{
	const struct model *model = m->model;
	struct mb_slave_telegram *t = &m->telegrams[telegram];
	struct mb_header header = {.address = *mb_slave_identity(&m->slave), .access = access};
	struct mb_writer w;

	mb_writer_begin_bytes(&w, (uint8_t *)t->data, MB_FRAME_DATA_MAX);
	t->ci = shapes[model->shape].ci;
	if (shapes[model->shape].header_len == 12)
		mb_write_long_header(&w, &header);
	else if (shapes[model->shape].header_len == 4)
		mb_write_short_header(&w, &header);
	if (model->shape == SHAPE_FIXED) {
		write_fixed(&w, c);
	} else if (model->shape == SHAPE_ENCRYPTED) {
		mb_write_byte(&w, FILLER);
		mb_write_byte(&w, FILLER);
		write_rows(&w, c, telegram);
		pad(&w);
		if (!w.error && encrypt(&w, m, access) < 0)
			return MB_E_WRONG_KEY;
	} else {
		write_rows(&w, c, telegram);
	}
	if (w.error)
		return w.error;
	t->len = w.len;
	return 0;
}

static int build_all(struct sim_meter *m, uint64_t now_us, uint8_t access)
{
	struct context c = {
		.m = m,
		.id = mb_slave_identity(&m->slave)->id,
		.wall_s = m->start_s + (int64_t)(now_us / US_PER_S),
		.clock_s = m->clock_s + (int64_t)(now_us / US_PER_S),
	};

	for (unsigned i = 0; i < m->n_telegrams; i++) {
		int rc = build(m, &c, i, (uint8_t)(access + i));

		if (rc < 0)
			return rc;
	}
	return 0;
}

void meter_refresh(struct sim_meter *m, uint64_t now_us, uint8_t access)
{
	if (m->model)
		(void)build_all(m, now_us, access); /* what fitted once, fits */
}

/* ---- the meter ---- */

static int refuse(char *ret_err, size_t err_max, const char *text)
{
	snprintf(ret_err, err_max, "%s", text);
	return MB_E_INVALID;
}

static int init_raw(struct sim_meter *m, const struct sim_meter_config *config)
{
	m->n_telegrams = config->n_raw;
	for (size_t i = 0; i < config->n_raw; i++) {
		uint8_t *bytes = m->bytes + i * MB_FRAME_DATA_MAX;

		memcpy(bytes, config->raw[i].data, config->raw[i].len);
		m->telegrams[i] = config->raw[i];
		m->telegrams[i].data = bytes;
	}
	return 0;
}

static int init_model(struct sim_meter *m)
{
	m->n_telegrams = model_telegrams(m->model);
	for (size_t i = 0; i < m->n_telegrams; i++)
		m->telegrams[i] =
			(struct mb_slave_telegram){m->bytes + i * MB_FRAME_DATA_MAX, 0, 0, 0};
	return build_all(m, 0, m->slave.access);
}

int meter_init(struct sim_meter *m, const struct sim_meter_config *config,
	const struct mb_cipher *cipher, int64_t start_s, char *ret_err, size_t err_max)
{
	size_t n = config->model ? model_telegrams(config->model) : config->n_raw;

	if (n > METER_TELEGRAMS_MAX)
		return refuse(ret_err, err_max, "too many telegrams");
	if (config->model && config->model->shape == SHAPE_ENCRYPTED) {
		if (!config->has_key)
			return refuse(ret_err, err_max, "an encrypted meter needs key=");
		if (!cipher || !cipher->cbc_encrypt)
			return refuse(ret_err, err_max, "no AES in this build (OpenSSL)");
	}
	if (mb_slave_init(&m->slave, &config->slave) < 0)
		return refuse(ret_err, err_max, "primary 0..250, baud 300..38400, delay low..high");
	m->bytes = calloc(n ? n : 1, MB_FRAME_DATA_MAX);
	if (!m->bytes)
		return refuse(ret_err, err_max, "no memory");
	m->model = config->model;
	m->has_key = config->has_key;
	memcpy(m->key, config->key, sizeof(m->key));
	m->cipher = cipher;
	m->unlocked = config->unlocked;
	m->distance_m = config->distance_m;
	m->fabrication = config->slave.fabrication;
	m->start_s = m->clock_s = start_s;
	if ((m->model ? init_model(m) : init_raw(m, config)) < 0)
		return refuse(ret_err, err_max, "a value does not fit its register");
	mb_slave_set_telegrams(&m->slave, m->telegrams, m->n_telegrams);
	mb_slave_set_status(&m->slave, config->status);
	if (config->alarm)
		mb_slave_alarm(&m->slave, config->alarm);
	return 0;
}

void meter_done(struct sim_meter *m)
{
	free(m->bytes);
	m->bytes = NULL;
}

/* ---- what the bus does to it ---- */

static void write_counter(struct sim_meter *m, const struct mb_record *record, uint64_t now_us)
{
	const struct model_row *row = first_counter(m->model);
	uint8_t action = record->vife_len ? record->vife[0] & 0x7F : ACTION_WRITE;
	struct mb_decimal number;
	int64_t value;

	if (!row || record->storage || record->tariff || record->vif_table != row->vif_table ||
		record->vif_code != row->vif_code || !mb_value_decimal(&record->value, &number))
		return;
	value = number.negative ? -(int64_t)number.magnitude : (int64_t)number.magnitude;
	if (action == ACTION_ADD)
		m->credit += value;
	else if (action == ACTION_SUBTRACT)
		m->credit -= value;
	else if (action == ACTION_WRITE)
		m->credit = value - model_value(row, mb_slave_identity(&m->slave)->id, m->start_s,
					    m->start_s + (int64_t)(now_us / US_PER_S));
}

void meter_take(struct sim_meter *m, const struct mb_slave_event *event, uint64_t now_us)
{
	struct mb_cursor cur;
	struct mb_record record;

	if (event->type == MB_SLAVE_EVENT_CLOCK) {
		m->clock_s = model_seconds(&event->datetime) - (int64_t)(now_us / US_PER_S);
		return;
	}
	if (event->type != MB_SLAVE_EVENT_WRITE || !m->unlocked)
		return;
	mb_cursor_init_bytes(&cur, event->bytes, event->len);
	cur.from_master = true;
	if (mb_record_next(&cur, &record) > 0)
		write_counter(m, &record, now_us);
}
