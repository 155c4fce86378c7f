/* SPDX-License-Identifier: MIT */
/* The records of CI 51: addresses, clock, readout selection; all others are the caller's. */
#include "number.h"
#include "slave_impl.h"

#define DIF_FILLER 0x2F
#define DIF_GLOBAL 0x7F
#define DATA_FIELD_PICK 0x8
#define VIF_ANY 0x7E
#define VIFE_LIST_ADD 0x0C
#define VIFE_LIST_DELETE 0x0D

struct write {
	struct mb_slave *s;
	const struct mb_frame *frame;
	const struct mb_record *record;
};

static bool may_address(const struct write *w)
{
	return !quirk(w->s, MB_SLAVE_LOCKED) &&
	       (!quirk(w->s, MB_SLAVE_WRITE_TEST_ONLY) || w->frame->a == MB_A_TEST);
}

static void write_primary(const struct write *w)
{
	if (!may_address(w) || w->record->data[0] > MB_A_MAX)
		return;
	w->s->config.primary = w->record->data[0];
	mbi_slave_event(w->s, MB_SLAVE_EVENT_PRIMARY);
}

static void write_id(const struct write *w)
{
	if (!may_address(w))
		return;
	w->s->config.identity.id = (uint32_t)mbi_load(w->record->data, 4, false);
	mbi_slave_event(w->s, MB_SLAVE_EVENT_IDENTITY);
}

static void write_secondary(const struct write *w)
{
	if (!may_address(w))
		return;
	mb_secondary_read(w->record->data, &w->s->config.identity);
	mbi_slave_event(w->s, MB_SLAVE_EVENT_IDENTITY);
}

static void write_nothing(const struct write *w)
{
	(void)w;
}

static void write_clock(const struct write *w)
{
	struct mb_value value;

	if (quirk(w->s, MB_SLAVE_LOCKED))
		return;
	if (mb_datetime_read(w->record->data, w->record->data_len, &value) < 0)
		return;
	if (value.type != MB_VALUE_DATE && value.type != MB_VALUE_DATETIME)
		return;
	mbi_slave_event(w->s, MB_SLAVE_EVENT_CLOCK)->datetime = value.datetime;
}

static const struct write_row {
	uint8_t dif, vif;
	void (*fn)(const struct write *w);
} write_rows[] = {
	/* clang-format off */
	{0x01, 0x7A, write_primary},
	{0x0C, 0x79, write_id},
	{0x07, 0x79, write_secondary},
	{0x0C, 0x78, write_nothing}, /* the fabrication number is the maker's */
	{0x04, 0x6D, write_clock},
	{0x06, 0x6D, write_clock},
	{0x02, 0x6C, write_clock},
	/* clang-format on */
};

/* ---- the readout selection ---- */

/* All bits of the DIFEs set: any storage, any tariff. */
static void pick_set(struct mb_slave_pick *pick, const struct mb_record *record, bool any_dib)
{
	unsigned difes = record->dib_len - 1u;

	pick->storage = record->storage;
	pick->tariff = record->tariff;
	pick->subunit = record->subunit;
	pick->function = record->function;
	pick->vif_table = record->vif_table;
	pick->vif_code = record->vif_code;
	pick->any_dib = any_dib;
	pick->any_vif = record->vif_table == MB_VIF_PRIMARY && record->vif_code == VIF_ANY;
	pick->any_storage = difes && record->storage == ((uint64_t)1 << (1 + 4 * difes)) - 1;
	pick->any_tariff = difes && record->tariff == (1u << 2 * difes) - 1;
}

/* What a pick says of itself stands in front, without a gap. */
#define PICK_BYTES offsetof(struct mb_slave_pick, any_storage)
_Static_assert(PICK_BYTES == 8 + 4 + 2 + 3 + 2 * sizeof(bool), "a pick has gaps");

static bool pick_equal(const struct mb_slave_pick *a, const struct mb_slave_pick *b)
{
	return !memcmp(a, b, PICK_BYTES);
}

static bool pick_add(struct mb_slave *s, const struct mb_record *record, bool any_dib)
{
	if (quirk(s, MB_SLAVE_NO_PICKS))
		return true;
	if (s->n_picks == MB_SLAVE_PICKS)
		return false;
	pick_set(&s->picks[s->n_picks++], record, any_dib);
	s->cursor = 0;
	return true;
}

static void pick_delete(struct mb_slave *s, const struct mb_record *record)
{
	struct mb_slave_pick pick;
	uint8_t n = 0;

	pick_set(&pick, record, false);
	for (uint8_t i = 0; i < s->n_picks; i++)
		if (!pick_equal(&s->picks[i], &pick))
			s->picks[n++] = s->picks[i];
	s->n_picks = n;
	s->cursor = 0;
}

static bool pick_matches(const struct mb_slave_pick *pick, const struct mb_record *record)
{
	const struct mb_vif *row;

	if (!pick->any_dib &&
		(pick->function != record->function || pick->subunit != record->subunit ||
			(!pick->any_storage && pick->storage != record->storage) ||
			(!pick->any_tariff && pick->tariff != record->tariff)))
		return false;
	if (pick->any_vif)
		return true;
	if (pick->vif_table != record->vif_table)
		return false;
	if (pick->vif_table > MB_VIF_FDFD)
		return pick->vif_code == record->vif_code;
	row = mb_vif_find((enum mb_vif_table)pick->vif_table, pick->vif_code);
	return row == record->vif && (row->scaled || pick->vif_code == record->vif_code);
}

bool mbi_slave_picks(const struct mb_slave *s, const struct mb_record *record)
{
	for (unsigned i = 0; i < s->n_picks; i++)
		if (pick_matches(&s->picks[i], record))
			return true;
	return false;
}

/* The record of a DIB and VIB without data. */
static bool read_head(const uint8_t *bytes, size_t len, struct mb_record *record)
{
	struct mb_cursor cur;

	mb_cursor_init_bytes(&cur, bytes, len);
	return mb_record_next(&cur, record) > 0;
}

/* DIF 7F with nothing, any VIF, or one VIF in all its storages, tariffs and functions. */
static bool write_global(struct mb_slave *s, const uint8_t *vib, size_t len)
{
	uint8_t bytes[2] = {DATA_FIELD_PICK, len ? vib[0] : VIF_ANY};
	struct mb_record record;

	if (len > 1 && vib[0] != VIF_ANY)
		return false;
	return read_head(bytes, sizeof(bytes), &record) && pick_add(s, &record, true);
}

/* Length of DIF .. VIFE at p, 0 when they do not end; *ret_last is the last VIFE. */
static size_t block_len(const uint8_t *p, size_t len, uint8_t *ret_last)
{
	size_t n = 0;

	for (unsigned part = 0; part < 2; part++) {
		while (n < len && p[n] & 0x80)
			n++;
		if (n == len)
			return 0;
		*ret_last = p[n++];
	}
	return n;
}

/* VIFE 0C and 0D have a data field that says how to send, and no data behind it. */
static bool write_list(struct mb_slave *s, const uint8_t *p, size_t n, bool add)
{
	uint8_t bytes[2 + MB_DIFE_MAX + MB_VIFE_MAX];
	struct mb_record record;

	if (n > sizeof(bytes))
		return false;
	memcpy(bytes, p, n - 1);
	bytes[0] = (uint8_t)((bytes[0] & 0xF0) | DATA_FIELD_PICK);
	bytes[n - 2] &= 0x7F; /* the VIF without the action */
	if (!read_head(bytes, n - 1, &record))
		return false;
	if (add)
		return pick_add(s, &record, false);
	pick_delete(s, &record);
	return true;
}

/* ---- the walk ---- */

static bool hand_to_caller(struct mb_slave *s, const struct mb_record *record)
{
	struct mb_slave_event *event;

	if (quirk(s, MB_SLAVE_LOCKED))
		return true;
	event = mbi_slave_event(s, MB_SLAVE_EVENT_WRITE);
	event->bytes = record->dib;
	event->len = (uint16_t)(record->data + record->data_len - record->dib);
	return !(record->flags & MB_RECORD_UNKNOWN_VIF);
}

static bool write_record(
	struct mb_slave *s, const struct mb_frame *frame, const struct mb_record *r)
{
	struct write w = {s, frame, r};

	if (r->kind != MB_RECORD_DATA)
		return false;
	if (r->data_field == DATA_FIELD_PICK)
		return pick_add(s, r, false);
	for (size_t i = 0; i < sizeof(write_rows) / sizeof(write_rows[0]); i++) {
		const struct write_row *row = &write_rows[i];

		if (r->dib_len == 1 && r->vib_len == 1 && r->dib[0] == row->dif &&
			r->vib[0] == row->vif) {
			row->fn(&w);
			return true;
		}
	}
	return hand_to_caller(s, r);
}

/* One record at p; returns its length, or 0 when it cannot be told. */
static size_t write_next(struct mb_slave *s, const struct mb_frame *frame, const uint8_t *p,
	size_t len, bool *understood)
{
	uint8_t last = 0;
	size_t n = block_len(p, len, &last);
	struct mb_cursor cur;
	struct mb_record record;

	if (p[0] == DIF_FILLER)
		return 1;
	if (p[0] == DIF_GLOBAL) {
		*understood &= write_global(s, p + 1, len - 1);
		return len;
	}
	if (n > 2 && (last == VIFE_LIST_ADD || last == VIFE_LIST_DELETE) && p[n - 2] & 0x80) {
		*understood &= write_list(s, p, n, last == VIFE_LIST_ADD);
		return n;
	}
	mb_cursor_init_bytes(&cur, p, len);
	cur.from_master = true;
	if (mb_record_next(&cur, &record) <= 0)
		return 0;
	*understood &= write_record(s, frame, &record);
	return (size_t)(cur.p - p);
}

bool mbi_slave_write(struct mb_slave *s, const struct mb_frame *frame)
{
	const uint8_t *p = frame->data;
	size_t len = frame->data_len;
	bool understood = true;

	while (len) {
		size_t n = write_next(s, frame, p, len, &understood);

		if (!n || n > len)
			return false;
		p += n;
		len -= n;
	}
	return understood;
}
