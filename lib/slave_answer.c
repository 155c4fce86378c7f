/* SPDX-License-Identifier: MIT */
/* RSP_UD: the caller's telegrams with our header, one after the other or picked by record. */
#include "slave_impl.h"

#define DIF_MORE 0x1F

/* Where the engine writes into the header of a telegram. */
struct header_row {
	uint8_t ci;
	uint8_t len;
	uint8_t id_len; /* bytes of the address at the start that are ours */
	uint8_t access; /* offset; the status follows it */
};

static const struct header_row header_rows[] = {
	/* clang-format off */
	{0x72, 12, 8, 8},
	{0x73, 16, 4, 4}, /* fixed structure; the long header of 2018 is told by the length */
	{0x76, 12, 0, 8}, /* mode 2: the caller's */
	{0x77, 16, 0, 4},
	{0x7A,  4, 0, 0},
	{0x74,  4, 0, 0},
	{0x75, 12, 8, 8},
	{0x67,  4, 0, 0},
	{0x68, 12, 8, 8},
	{0x6E,  4, 0, 0},
	{0x6F, 12, 8, 8},
	/* clang-format on */
};

static const struct header_row *header_find(const struct mb_slave_telegram *t)
{
	for (size_t i = 0; i < sizeof(header_rows) / sizeof(header_rows[0]); i++)
		if (header_rows[i].ci == t->ci && t->len >= header_rows[i].len)
			return &header_rows[i];
	return NULL;
}

/* Telegrams of the application in use; those of the default when it has none of its own. */
static bool in_use(const struct mb_slave *s, const struct mb_slave_telegram *t)
{
	bool own = false;

	for (unsigned i = 0; i < s->n_telegrams; i++)
		own |= s->telegrams[i].application == s->application;
	return t->application == (own ? s->application : 0);
}

unsigned mbi_slave_telegrams(const struct mb_slave *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->n_telegrams; i++)
		n += in_use(s, &s->telegrams[i]);
	return n;
}

static const struct mb_slave_telegram *telegram_at(const struct mb_slave *s, unsigned index)
{
	for (unsigned i = 0; i < s->n_telegrams; i++)
		if (in_use(s, &s->telegrams[i]) && !index--)
			return &s->telegrams[i];
	return NULL;
}

static uint8_t answer_a(const struct mb_slave *s)
{
	if (quirk(s, MB_SLAVE_A_ZERO))
		return 0;
	return quirk(s, MB_SLAVE_A_NETWORK) ? MB_A_NETWORK : s->config.primary;
}

static struct mb_secondary told_identity(const struct mb_slave *s)
{
	struct mb_secondary identity = s->config.identity;

	if (quirk(s, MB_SLAVE_OTHER_ID)) {
		uint32_t digit = (identity.id & 0xF) == 9 ? 0 : (identity.id & 0xF) + 1;

		identity.id = (identity.id & ~(uint32_t)0xF) | (digit & 0xF);
	}
	return identity;
}

static void patch_header(struct mb_slave *s, const struct mb_slave_telegram *t, uint8_t *data)
{
	const struct header_row *row = header_find(t);
	struct mb_secondary identity = told_identity(s);
	uint8_t address[8];

	if (!row)
		return;
	mb_secondary_write(&identity, address);
	memcpy(data, address, row->id_len);
	data[row->access] = s->access;
	data[row->access + 1] |= s->status;
}

static void finish(struct mb_slave *s, uint8_t ci, size_t len)
{
	uint8_t c = MB_C_RSP_UD | (s->alarm_pending ? MB_C_ACD : 0);
	int size = mb_frame_write_long(
		s->response, MB_FRAME_MAX, c, answer_a(s), ci, s->response + 7, len);

	s->response_len = size > 0 ? (uint16_t)size : 0;
	if (size > 0 && quirk(s, MB_SLAVE_TRAILING_ZERO))
		s->response[s->response_len++] = 0x00;
	s->access++;
	s->build = false;
}

void mbi_slave_build_short(struct mb_slave *s, uint8_t ci, uint8_t byte)
{
	s->response[7] = byte;
	finish(s, ci, 1);
	s->access--; /* no header carried it */
}

/* ---- the readout selection ---- */

struct packing {
	uint8_t *data;
	size_t len;
	uint16_t telegram; /* being filled */
	uint16_t wanted; /* the one that is built */
	bool more; /* another one follows it */
};

/* Adds a record to the telegram being filled, or opens the next one. Keeps a byte for DIF 1F. */
static bool pack(struct packing *p, size_t header_len, const struct mb_record *record)
{
	size_t n = (size_t)(record->data + record->data_len - record->dib);

	if (p->len + n > MB_FRAME_DATA_MAX - 1) {
		if (p->telegram == p->wanted) {
			p->more = true;
			return false;
		}
		p->telegram++;
		p->len = header_len;
	}
	if (p->telegram == p->wanted)
		memcpy(p->data + p->len, record->dib, n);
	p->len += n;
	return true;
}

static bool pack_telegram(
	struct mb_slave *s, const struct mb_slave_telegram *t, size_t header_len, struct packing *p)
{
	const struct header_row *row = header_find(t);
	struct mb_cursor cur;
	struct mb_record record;
	size_t skip = row ? row->len : 0;

	mb_cursor_init_bytes(&cur, t->data + skip, t->len - skip);
	while (mb_record_next(&cur, &record) > 0)
		if (record.kind == MB_RECORD_DATA && mbi_slave_picks(s, &record) &&
			!pack(p, header_len, &record))
			return false;
	return true;
}

/* Only the records picked, under the header of the first telegram. */
static void build_picked(struct mb_slave *s)
{
	const struct mb_slave_telegram *first = telegram_at(s, 0);
	const struct header_row *row = header_find(first);
	size_t header_len = row ? row->len : 0;
	struct packing p = {.data = s->response + 7, .len = header_len, .wanted = s->index};
	const struct mb_slave_telegram *t;

	memcpy(p.data, first->data, header_len);
	for (unsigned i = 0; (t = telegram_at(s, i)); i++)
		if (!pack_telegram(s, t, header_len, &p))
			break;
	if (p.telegram < p.wanted) /* the registers shrank meanwhile */
		p.len = header_len;
	patch_header(s, first, p.data);
	if (p.more)
		p.data[p.len++] = DIF_MORE;
	s->cursor = p.more ? (uint16_t)(s->index + 1) : 0;
	finish(s, first->ci, p.len);
}

/* ---- the whole telegrams ---- */

static uint16_t cursor_behind(const struct mb_slave *s, unsigned index, unsigned n)
{
	if (index + 1 < n)
		return (uint16_t)(index + 1);
	if (quirk(s, MB_SLAVE_MORE_FOREVER))
		return (uint16_t)index;
	return quirk(s, MB_SLAVE_MORE_THEN_ACK) ? (uint16_t)n : 0;
}

static void build_whole(struct mb_slave *s)
{
	unsigned n = mbi_slave_telegrams(s);
	unsigned index = s->index < n ? s->index : 0;
	const struct mb_slave_telegram *t = telegram_at(s, index);
	uint8_t *data = s->response + 7;
	size_t len = t->len;

	memcpy(data, t->data, len);
	patch_header(s, t, data);
	if ((quirk(s, MB_SLAVE_MORE_FOREVER) || quirk(s, MB_SLAVE_MORE_THEN_ACK)) &&
		index == n - 1 && len < MB_FRAME_DATA_MAX)
		data[len++] = DIF_MORE;
	s->cursor = cursor_behind(s, index, n);
	finish(s, t->ci, len);
}

void mbi_slave_build_answer(struct mb_slave *s)
{
	const struct mb_slave_telegram *first = telegram_at(s, 0);

	if (!first) { /* the caller took them away since the request */
		mbi_slave_build_short(s, 0x70, 0x08);
		return;
	}
	if (s->n_picks && (first->ci == 0x72 || first->ci == 0x7A || first->ci == 0x78))
		build_picked(s);
	else
		build_whole(s);
}
