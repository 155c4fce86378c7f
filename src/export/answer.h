/* SPDX-License-Identifier: MIT */
/*
 * One answer of one meter: the telegrams of a chain, or one telegram of a file, or the reason why
 * there is none. It is what every format prints.
 */
#ifndef EXPORT_ANSWER_H
#define EXPORT_ANSWER_H

#include <meterbus/chain.h>
#include <meterbus/telegram.h>

#define ANSWER_PARTS_MAX 100 /* telegrams in a chain */

struct profile; /* export/profile.h */

struct answer_part {
	struct mb_telegram telegram; /* filled in when `readable` */
	const uint8_t *raw; /* as it came */
	size_t raw_len;
	int64_t time_us; /* when it came, since 1970 UTC; 0 not known */
	int error; /* of the frame, its header or its security, 0 none */
	bool readable; /* frame and header are good, `telegram` says all that is known */
};

struct answer {
	const struct answer_part *parts;
	size_t part_count;
	const char *source; /* where it is from: an address that was asked, "FILE:12"; or NULL */
	int error; /* why there is no (whole) answer, 0 none */
	const char *note; /* more about it, or NULL */
	const struct profile *profile; /* names for records and makers' data, or NULL */
	struct mb_chain *chain; /* the meter's; begun anew by every walk; may be NULL */
};

/*
 * All records of all parts:
 *
 *	for (answer_walk(&w, answer); (rc = answer_next(&w, &rec)) != 0;)
 *		rc > 0: a record of answer->parts[w.part]
 *		rc < 0: that part ends with this error; the walk goes on with the next part
 */
struct answer_walk {
	const struct answer *answer;
	size_t part;
	struct mb_cursor cursor;
	bool inside; /* of `part` */
	bool failed; /* `part` has ended with an error */
};

void answer_walk(struct answer_walk *w, const struct answer *answer);
int answer_next(struct answer_walk *w, struct mb_record *ret_record);
/* Where the bytes begin that the last error left undecoded. */
const uint8_t *answer_rest(const struct answer_walk *w, size_t *ret_len);

/* The first readable telegram with an address, else the first readable one, else NULL. */
const struct mb_telegram *answer_head(const struct answer *answer);
/* The first error of the answer, its parts or their records; 0 when all is well. */
int answer_error(const struct answer *answer);
/* What an application error (CI 70) says; NULL when the telegram is none. */
const char *answer_application_error(const struct mb_telegram *telegram);

#endif
