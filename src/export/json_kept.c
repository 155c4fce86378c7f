/* SPDX-License-Identifier: MIT */
#include "export/json_kept.h"

#include "export/json_head.h"

#include <meterbus/encode.h>

#include <string.h>

#define SET_BITS 6
#define GOLDEN_RATIO 0x9E3779B1u /* of 2^32: spreads what is alike */
#define WAYS 2 /* records whose bytes give the same set do not drive each other out */

/* A thread has its own. */
static _Thread_local struct json_kept kept[1 << SET_BITS][WAYS];

/*
 * All but DIB and VIB that the texts depend on is as usual, and both stand together. The unit of a
 * date depends on the length of its data, which DIF 0D leaves open.
 */
static bool is_usual(const struct mb_record *r)
{
	return r->kind == MB_RECORD_DATA && r->data_field != MB_DATA_LVAR && r->occurrence == 0 &&
	       !r->from_master && !r->msb_first &&
	       !(r->flags & (MB_RECORD_FIXED | MB_RECORD_UNROLLED)) &&
	       r->vib == r->dib + r->dib_len && r->dib_len + r->vib_len <= JSON_KEPT_BYTES_MAX;
}

/* DIF, first DIFE or VIF, and the last byte tell most records apart. */
static struct json_kept *set_of(const uint8_t *bytes, size_t len)
{
	uint32_t word = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[len - 1] << 16;

	return kept[word * GOLDEN_RATIO >> (32 - SET_BITS)];
}

/* Shorter than a call of memcmp() for these few bytes. */
static bool is_same(const struct json_kept *k, const struct mb_record *r, size_t len)
{
	size_t i = 0;

	if (k->len != len || k->dib_len != r->dib_len)
		return false;
	while (i < len && k->bytes[i] == r->dib[i])
		i++;
	return i == len;
}

static bool keep(struct json_kept *k, const struct mb_record *r, size_t len)
{
	char text[JSON_HEAD_TEXT_MAX];
	char *back = json_put_front(text, r), *end = json_put_back(back, r);

	if ((size_t)(end - text) > sizeof(k->text))
		return false;
	memcpy(k->text, text, (size_t)(end - text));
	memcpy(k->bytes, r->dib, len);
	k->len = (uint8_t)len;
	k->dib_len = r->dib_len;
	k->front_len = (uint16_t)(back - text);
	k->back_len = (uint16_t)(end - back);
	return true;
}

const struct json_kept *json_kept(const struct mb_record *record)
{
	size_t len = (size_t)record->dib_len + record->vib_len;
	struct json_kept *set;

	if (!is_usual(record))
		return NULL;
	set = set_of(record->dib, len);
	for (int way = 0; way < WAYS; way++)
		if (is_same(&set[way], record, len))
			return &set[way];
	memmove(&set[1], &set[0], (WAYS - 1) * sizeof(set[0]));
	return keep(&set[0], record, len) ? &set[0] : NULL;
}
