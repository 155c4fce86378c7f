/* SPDX-License-Identifier: MIT */
/*
 * Telegrams on their way to a format: copies them, takes them apart, deciphers them, and puts those
 * of one chain together.
 *
 *	readout_begin(r, "5");
 *	for each telegram of the answer:
 *		readout_add(r, bytes, len, 0, time_us);
 *	format->answer(out, &r->answer, &options);
 */
#ifndef METERBUS_TOOL_READOUT_H
#define METERBUS_TOOL_READOUT_H

#include "export/answer.h"
#include "meterbus/keys.h"

#include <meterbus/chain.h>
#include <meterbus/security.h>

#define READOUT_RAW_MAX 1024 /* kept of bytes that are no telegram */
#define READOUT_SOURCE_MAX 300
#define READOUT_NOTE_MAX 300

/* Read `answer` and `more`; large: allocate it. */
struct readout {
	struct answer answer;
	bool more; /* the last telegram says that another follows */
	struct answer_part parts[ANSWER_PARTS_MAX];
	char source[READOUT_SOURCE_MAX], note[READOUT_NOTE_MAX];
	const struct keys *keys;
	struct mb_cipher cipher;
	bool has_cipher;
	size_t used; /* of bytes */
	uint8_t bytes[ANSWER_PARTS_MAX * (MB_FRAME_MAX + MB_FRAME_DATA_MAX) + READOUT_RAW_MAX];
};

/* keys and profile may be NULL. The chain may be shared; it is kept where it is. */
void readout_init(struct readout *r, const struct keys *keys, const struct profile *profile,
	struct mb_chain *chain);
/* A new answer. source may be NULL. */
void readout_begin(struct readout *r, const char *source);
/*
 * One telegram, or bytes that were refused with `error`. Returns the error of the part: of the frame,
 * the header or the security; MB_E_TOO_MANY_TELEGRAMS when there is no room for it.
 */
int readout_add(struct readout *r, const uint8_t *bytes, size_t len, int error, int64_t time_us);
/* Why the answer is missing or cut; note may be NULL. */
void readout_fail(struct readout *r, int error, const char *note);
/* Does this telegram go on where the answer has promised more? */
bool readout_follows(const struct readout *r, const uint8_t *bytes, size_t len);

#endif
