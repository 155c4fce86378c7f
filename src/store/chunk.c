/* SPDX-License-Identifier: MIT */
#include "store/chunk.h"

#include "store/crc.h"
#include "store/store_error.h"

#include <string.h>

#define VERSION 1
#define TYPE_MASK 0x3f
#define NEGATIVE 0x40
#define WIDE 0x80
#define CRC_LEN 4
#define VARINT_MAX 10

static uint64_t zigzag(uint64_t v)
{
	return v << 1 ^ (v >> 63 ? UINT64_MAX : 0);
}

static uint64_t unzigzag(uint64_t v)
{
	return v >> 1 ^ (v & 1 ? UINT64_MAX : 0);
}

static uint32_t crc_of(uint64_t key, int64_t base_ms, const uint8_t *bytes, size_t n)
{
	uint64_t words[2] = {key, (uint64_t)base_ms};
	uint8_t head[16];

	for (size_t i = 0; i < sizeof(head); i++)
		head[i] = (uint8_t)(words[i / 8] >> 8 * (i % 8));
	return crc32_add(crc32_add(0, head, sizeof(head)), bytes, n);
}

/* ---- writing ---- */

struct writer {
	struct store_point last;
	int64_t step_ms;
	uint64_t number;
	const char *text; /* the last one */
	uint16_t text_len;
	bool wide, begun;
	uint8_t *to;
};

static void put_byte(struct writer *w, unsigned byte)
{
	*w->to++ = (uint8_t)byte;
}

static void put(struct writer *w, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		put_byte(w, (unsigned)(v & 0x7f) | 0x80);
	put_byte(w, (unsigned)v);
}

static bool is_wide(const struct store_point *p)
{
	return p->type == STORE_NUMBER && p->number.magnitude > INT64_MAX;
}

static bool is_negative(const struct store_point *p)
{
	return p->number.negative && p->number.magnitude != 0;
}

static bool same_shape(const struct writer *w, const struct store_point *p)
{
	const struct store_point *l = &w->last;

	return w->begun && p->type == l->type && p->quality == l->quality &&
	       p->source == l->source && p->flags == l->flags && p->offset_s == l->offset_s &&
	       p->revision == l->revision && !w->wide && !is_wide(p) &&
	       (p->type != STORE_NUMBER || p->number.exp10 == l->number.exp10);
}

static void put_shape(struct writer *w, const struct store_point *p)
{
	int64_t exp10 = p->type == STORE_NUMBER ? p->number.exp10 : 0;

	put_byte(w, p->type | (is_wide(p) ? WIDE | (is_negative(p) ? NEGATIVE : 0u) : 0u));
	put_byte(w, p->quality);
	put_byte(w, p->source);
	put_byte(w, p->flags);
	put(w, zigzag((uint64_t)(int64_t)p->offset_s));
	put(w, zigzag((uint64_t)exp10));
	put(w, p->revision);
}

static void put_number(struct writer *w, const struct store_point *p)
{
	uint64_t number = is_negative(p) ? 0 - p->number.magnitude : p->number.magnitude;

	if (is_wide(p)) {
		put(w, p->number.magnitude);
		return;
	}
	put(w, zigzag(number - w->number));
	w->number = number;
}

static void put_text(struct writer *w, const struct store_point *p)
{
	if (p->text_len > 0 && p->text_len == w->text_len &&
		memcmp(p->text, w->text, p->text_len) == 0) {
		put(w, 0);
		return;
	}
	put(w, 1 + (uint64_t)p->text_len);
	if (p->text_len > 0)
		memcpy(w->to, p->text, p->text_len);
	w->to += p->text_len;
	w->text = p->text;
	w->text_len = p->text_len;
}

static void put_point(struct writer *w, const struct store_point *p)
{
	int64_t step_ms = p->time_ms - w->last.time_ms;
	bool same = same_shape(w, p);

	put(w, zigzag((uint64_t)(step_ms - w->step_ms)) << 1 | (same ? 0 : 1));
	if (!same)
		put_shape(w, p);
	if (p->type == STORE_NUMBER)
		put_number(w, p);
	else
		put_text(w, p);
	w->wide = is_wide(p);
	w->step_ms = step_ms;
	w->last = *p;
	w->begun = true;
}

int chunk_check_point(const struct store_point *p)
{
	if (p->time_ms < 0 || p->time_ms > STORE_TIME_MAX_MS || p->type > STORE_INVALID ||
		p->source > STORE_PROFILE || p->offset_s > STORE_OFFSET_MAX_S ||
		p->offset_s < -STORE_OFFSET_MAX_S)
		return STORE_E_INVALID;
	if (p->type != STORE_NUMBER && (p->text_len > STORE_TEXT_MAX || (p->text_len && !p->text)))
		return STORE_E_INVALID;
	return 0;
}

static int add_point(struct buf *out, struct writer *w, const struct store_point *p)
{
	uint8_t bytes[CHUNK_POINT_MAX];

	if (chunk_check_point(p) < 0 || (w->begun && p->time_ms < w->last.time_ms))
		return STORE_E_INVALID;
	w->to = bytes;
	put_point(w, p);
	return buf_add(out, bytes, (size_t)(w->to - bytes)) ? 0 : STORE_E_MEMORY;
}

int chunk_encode(
	struct buf *out, uint64_t key, int64_t base_ms, const struct store_point *points, size_t n)
{
	struct writer w = {.last = {.time_ms = base_ms}};
	uint8_t bytes[1 + VARINT_MAX];
	size_t begin = out->len;
	uint32_t crc;
	int rc = 0;

	w.to = bytes;
	put_byte(&w, VERSION);
	put(&w, n);
	if (!buf_add(out, bytes, (size_t)(w.to - bytes)))
		return STORE_E_MEMORY;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = add_point(out, &w, &points[i]);
	if (rc < 0)
		return rc;
	crc = crc_of(key, base_ms, out->bytes + begin, out->len - begin);
	for (int i = 0; i < CRC_LEN; i++)
		bytes[i] = (uint8_t)(crc >> 8 * i);
	return buf_add(out, bytes, CRC_LEN) ? 0 : STORE_E_MEMORY;
}

/* ---- reading ---- */

static bool get_byte(struct chunk_cursor *c, uint8_t *ret)
{
	if (c->at == c->end)
		return false;
	*ret = *c->at++;
	return true;
}

static bool get(struct chunk_cursor *c, uint64_t *ret)
{
	uint64_t v = 0;
	uint8_t byte;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (!get_byte(c, &byte))
			return false;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = v;
			return true;
		}
	}
	return false;
}

int64_t chunk_open(
	struct chunk_cursor *c, const void *bytes, size_t len, uint64_t key, int64_t base_ms)
{
	const uint8_t *p = bytes;
	uint32_t crc = 0;

	memset(c, 0, sizeof(*c));
	if (len < 2 + CRC_LEN || p[0] != VERSION)
		return STORE_E_CORRUPT;
	c->at = p + 1;
	c->end = p + len - CRC_LEN;
	c->point.time_ms = base_ms;
	for (int i = 0; i < CRC_LEN; i++)
		crc |= (uint32_t)c->end[i] << 8 * i;
	/* a point has two bytes at least */
	if (crc != crc_of(key, base_ms, p, len - CRC_LEN) || !get(c, &c->left) || c->left > len / 2)
		return STORE_E_CORRUPT;
	return (int64_t)c->left;
}

static bool get_shape(struct chunk_cursor *c)
{
	struct store_point *p = &c->point;
	uint64_t offset, exp10, revision;
	uint8_t type;

	if (!get_byte(c, &type) || !get_byte(c, &p->quality) || !get_byte(c, &p->source) ||
		!get_byte(c, &p->flags) || !get(c, &offset) || !get(c, &exp10) ||
		!get(c, &revision))
		return false;
	c->wide = type & WIDE;
	c->negative = type & NEGATIVE;
	p->type = type & TYPE_MASK;
	p->offset_s = (int32_t)unzigzag(offset);
	c->exp10 = (int16_t)unzigzag(exp10);
	p->revision = (uint16_t)revision;
	return p->type <= STORE_INVALID;
}

static bool get_number(struct chunk_cursor *c)
{
	struct mb_decimal *number = &c->point.number;
	uint64_t v;

	if (!get(c, &v))
		return false;
	c->point.text = NULL;
	c->point.text_len = 0;
	number->exp10 = c->exp10;
	if (c->wide) {
		number->magnitude = v;
		number->negative = c->negative;
		return true;
	}
	c->number += unzigzag(v);
	number->negative = c->number >> 63;
	number->magnitude = number->negative ? 0 - c->number : c->number;
	return true;
}

static bool get_text(struct chunk_cursor *c)
{
	struct store_point *p = &c->point;
	uint64_t len;

	if (!get(c, &len))
		return false;
	if (len-- > 0) {
		if (len > STORE_TEXT_MAX || len > (size_t)(c->end - c->at))
			return false;
		c->text = len > 0 ? (const char *)c->at : NULL;
		c->text_len = (uint16_t)len;
		c->at += len;
	}
	p->text = c->text;
	p->text_len = c->text_len;
	memset(&p->number, 0, sizeof(p->number));
	return true;
}

int chunk_next(struct chunk_cursor *c)
{
	uint64_t head;

	if (c->left == 0)
		return c->at == c->end ? 0 : STORE_E_CORRUPT;
	c->left--;
	if (!get(c, &head))
		return STORE_E_CORRUPT;
	c->step_ms = (int64_t)((uint64_t)c->step_ms + unzigzag(head >> 1));
	c->point.time_ms = (int64_t)((uint64_t)c->point.time_ms + (uint64_t)c->step_ms);
	if ((head & 1) && !get_shape(c))
		return STORE_E_CORRUPT;
	if (!(c->point.type == STORE_NUMBER ? get_number(c) : get_text(c)))
		return STORE_E_CORRUPT;
	return 1;
}
