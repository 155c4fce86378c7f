/* SPDX-License-Identifier: MIT */
/* What was written, and what is read back. */
#include <meterbus/encode.h>
#include <meterbus/record.h>

#include "date.h"
#include "master_impl.h"
#include "mem.h"
#include "record.h"

#define CI_SEND 0x51
#define PROOF_MAX 32 /* records, one bit each; more are not looked at */
#define VIF_DATE 0x6C
#define VIF_DATETIME 0x6D
#define VIFE_CODE 0x7F
#define S_PER_DAY 86400
#define US_PER_S 1000000u

static void walk_payload(const struct mb_master *m, struct mb_cursor *cur)
{
	uint16_t len = m->request.payload_len;

	if (m->request.op == MB_OP_SEND && m->request.ci != CI_SEND)
		len = 0;
	mb_cursor_init_bytes(cur, m->payload, len);
	cur->from_master = true;
}

/* ---- would doing it twice do something else? ---- */

static bool action_is_incremental(uint8_t vife)
{
	vife &= VIFE_CODE;
	return vife == MB_ACTION_ADD || vife == MB_ACTION_SUBTRACT || vife == MB_ACTION_XOR ||
	       vife == MB_ACTION_ADD_ENTRY || vife == MB_ACTION_DELETE_ENTRY;
}

bool mbi_incremental(const struct mb_master *m)
{
	struct mb_cursor cur;
	struct mb_record rec;

	walk_payload(m, &cur);
	while (mb_record_next(&cur, &rec) > 0)
		for (unsigned i = 0; i < rec.vife_len; i++)
			if (action_is_incremental(rec.vife[i]))
				return true;
	return false;
}

/* ---- records ---- */

static bool plain_write(const struct mb_record *rec)
{
	if (rec->kind != MB_RECORD_DATA || !rec->data_len)
		return false;
	return !rec->vife_len || (rec->vife_len == 1 && rec->vife[0] == MB_ACTION_WRITE);
}

static bool same_place(const struct mb_record *sent, const struct mb_record *read)
{
	return read->kind == MB_RECORD_DATA && mbi_same_dib(sent, read) &&
	       sent->vif_table == read->vif_table && sent->vif_code == read->vif_code &&
	       !read->vife_len;
}

static bool same_value(const struct mb_record *sent, const struct mb_record *read)
{
	struct mb_decimal a, b;

	if (sent->data_field == read->data_field && sent->data_len == read->data_len &&
		!memcmp(sent->data, read->data, sent->data_len))
		return true;
	return mb_value_decimal(&sent->value, &a) && mb_value_decimal(&read->value, &b) &&
	       !mb_decimal_cmp(&a, &b);
}

static void compare_record(struct mb_master_proof *proof, const struct mb_record *sent,
	uint32_t bit, const struct mb_telegram *t)
{
	struct mb_cursor cur;
	struct mb_record rec;

	mb_cursor_init(&cur, t, NULL);
	while (mb_record_next(&cur, &rec) > 0) {
		if (!same_place(sent, &rec))
			continue;
		if (same_value(sent, &rec))
			proof->equal |= bit;
		else
			proof->different |= bit;
	}
}

void mbi_compare_records(struct mb_master *m, const struct mb_telegram *t)
{
	struct mb_cursor cur;
	struct mb_record rec;
	unsigned n = 0;

	walk_payload(m, &cur);
	while (n < PROOF_MAX && mb_record_next(&cur, &rec) > 0) {
		if (!plain_write(&rec))
			continue;
		m->proof.wanted |= 1u << n;
		compare_record(&m->proof, &rec, 1u << n, t);
		n++;
	}
}

/* ---- time ---- */

static int32_t day_number(const struct mb_datetime *t)
{
	return mbi_day_number(t->year, t->month, t->day);
}

static int64_t seconds(const struct mb_datetime *t)
{
	return (int64_t)day_number(t) * S_PER_DAY + t->hour * 3600 + t->minute * 60 + t->second;
}

/* A date has no time of day: midnight may have passed. */
static bool date_close(const struct mb_datetime *set, const struct mb_datetime *now)
{
	int32_t days = day_number(now) - day_number(set);

	return days == 0 || days == 1;
}

static bool time_close(struct mb_master *m, const struct mb_datetime *read)
{
	int64_t passed_s = (int64_t)((m->now_us - m->written_us) / US_PER_S);
	int64_t late_s = seconds(read) - seconds(&m->request.time) - passed_s;
	int64_t tolerance_s = m->request.tolerance_s + (read->type == 'F' ? 59 : 0);

	if (m->request.type == 'G')
		return date_close(&m->request.time, read);
	return late_s <= tolerance_s && -late_s <= tolerance_s;
}

static bool is_clock(const struct mb_record *rec, uint8_t vif_code)
{
	return rec->kind == MB_RECORD_DATA && rec->vif_table == MB_VIF_PRIMARY &&
	       rec->vif_code == vif_code && rec->function == MB_FUNCTION_INSTANTANEOUS &&
	       !rec->storage && !rec->tariff && !rec->subunit && !rec->vife_len;
}

void mbi_compare_time(struct mb_master *m, const struct mb_telegram *t)
{
	uint8_t vif_code = m->request.type == 'G' ? VIF_DATE : VIF_DATETIME;
	struct mb_cursor cur;
	struct mb_record rec;

	m->proof.wanted = 1;
	mb_cursor_init(&cur, t, NULL);
	while (mb_record_next(&cur, &rec) > 0) {
		if (!is_clock(&rec, vif_code))
			continue;
		if ((rec.value.type == MB_VALUE_DATETIME || rec.value.type == MB_VALUE_DATE) &&
			!rec.value.datetime.periodic && time_close(m, &rec.value.datetime))
			m->proof.equal = 1;
		else
			m->proof.different = 1;
	}
}
