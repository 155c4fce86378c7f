/* SPDX-License-Identifier: MIT */
/* What annotate.c and annotate_record.c share. */
#ifndef EXPORT_ANNOTATE_IMPL_H
#define EXPORT_ANNOTATE_IMPL_H

#include "export/answer.h"
#include "export/out.h"
#include "export/style.h"

struct notes {
	struct out *o;
	const struct answer *answer;
	const struct answer_part *part;
	const uint8_t *base; /* the bytes that offsets count in */
	size_t len;
	unsigned base_offset; /* of base[0]: deciphered bytes keep the place of the ciphered ones */
	const uint8_t *next; /* first byte that is not explained yet */
	bool color;
};

/*
 * A line for bytes that lie in base; more lines when they are many. NULL or bytes from elsewhere: a
 * line without them. `text` may be longer than a line, in UTF-8.
 */
void notes_line(
	struct notes *n, const uint8_t *bytes, size_t len, enum style style, const char *text);
bool notes_has(const struct notes *n, const uint8_t *bytes, size_t len);

void annotate_record(struct notes *n, const struct mb_record *record);

#endif
