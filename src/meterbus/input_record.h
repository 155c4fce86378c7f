/* SPDX-License-Identifier: MIT */
/*
 * A record as SmartCom terminals print it:
 *
 *	^SCDATA: "AMS",1467365701,10506,"MBUS",1,0,"","684B4B68...16"
 *
 * type, Unix time, sequence, protocol, device, error code, identification, data. Line ends may stand
 * inside quotes.
 */
#ifndef METERBUS_TOOL_INPUT_RECORD_H
#define METERBUS_TOOL_INPUT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INPUT_RECORD_START "^SCDATA:"

struct input_record {
	bool is_mbus; /* else only the time is filled in */
	int64_t time_us; /* since 1970 UTC */
	unsigned long device;
	unsigned long error; /* 0 good */
	const char *data; /* hex, into the text */
	size_t data_len;
};

/* Are all quotes closed? */
bool input_record_whole(const char *text, size_t len);
bool input_record_read(const char *text, size_t len, struct input_record *ret_record);
/* What an error code of the terminal means. */
const char *input_record_error_text(unsigned long error);
/* The same as an MB_E_*. */
int input_record_error(unsigned long error);

#endif
