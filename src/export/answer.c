/* SPDX-License-Identifier: MIT */
#include "export/answer.h"

#include <meterbus/error.h>
#include <meterbus/names.h>

void answer_walk(struct answer_walk *w, const struct answer *answer)
{
	*w = (struct answer_walk){.answer = answer};
	if (answer->chain)
		mb_chain_begin(answer->chain);
}

static void next_part(struct answer_walk *w)
{
	w->part++;
	w->inside = w->failed = false;
}

int answer_next(struct answer_walk *w, struct mb_record *ret_record)
{
	const struct answer *a = w->answer;

	if (w->failed)
		next_part(w);
	for (; w->part < a->part_count; next_part(w)) {
		int rc;

		if (!a->parts[w->part].readable || !a->parts[w->part].telegram.payload)
			continue;
		if (!w->inside)
			mb_cursor_init(&w->cursor, &a->parts[w->part].telegram, a->chain);
		w->inside = true;
		rc = mb_record_next(&w->cursor, ret_record);
		w->failed = rc < 0;
		if (rc != 0)
			return rc;
	}
	return 0;
}

const uint8_t *answer_rest(const struct answer_walk *w, size_t *ret_len)
{
	*ret_len = (size_t)(w->cursor.end - w->cursor.p);
	return w->cursor.p;
}

const struct mb_telegram *answer_head(const struct answer *answer)
{
	const struct mb_telegram *head = NULL;

	for (size_t i = 0; i < answer->part_count; i++) {
		const struct answer_part *part = &answer->parts[i];

		if (part->readable && part->telegram.has_address)
			return &part->telegram;
		if (part->readable && !head)
			head = &part->telegram;
	}
	return head;
}

int answer_error(const struct answer *answer)
{
	struct answer_walk w;
	struct mb_record rec;
	int rc;

	if (answer->error < 0)
		return answer->error;
	for (size_t i = 0; i < answer->part_count; i++) {
		if (answer->parts[i].error < 0)
			return answer->parts[i].error;
		if (answer->parts[i].telegram.layout == MB_LAYOUT_APPLICATION_ERROR)
			return MB_E_APPLICATION;
	}
	answer_walk(&w, answer);
	while ((rc = answer_next(&w, &rec)) > 0)
		;
	return rc;
}

const char *answer_application_error(const struct mb_telegram *telegram)
{
	if (telegram->layout != MB_LAYOUT_APPLICATION_ERROR)
		return NULL;
	return mb_application_error_text(mb_telegram_error_code(telegram));
}
