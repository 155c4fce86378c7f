/* SPDX-License-Identifier: MIT */
/* The texts of an autonomous reading: record line, error codes, addresses, intervals, filter. */
#ifndef GATEWAY_SCDATA_H
#define GATEWAY_SCDATA_H

#include <meterbus/address.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCDATA_BYTES_MAX 2048 /* of a telegram */
#define SCDATA_LINE_MAX (2 * SCDATA_BYTES_MAX + 128) /* of a record line, with its NUL */
#define SCDATA_ADDRESS_MAX 32 /* characters */
#define SCDATA_FILTER_MAX 150 /* characters */
#define SCDATA_CONDITIONS_MAX 10

struct scdata_record {
	int64_t time_s; /* Unix time */
	uint64_t seq;
	uint32_t index; /* in the table of devices; 0 of none */
	uint32_t error; /* scdata_error() */
	const uint8_t *bytes; /* the telegram, 68 to 16; not printed of a failure */
	size_t len;
};

/* ^SCDATA: "AMS",... without line ends. Its length, or MB_E_NO_SPACE. */
int scdata_format(const struct scdata_record *record, char *buf, size_t max);

/* ---- error codes ---- */

enum scdata_general {
	SCDATA_NONE = 0,
	SCDATA_BAD_INPUT = 1,
	SCDATA_NOT_STARTED = 4,
	SCDATA_MBUS = 131072, /* internal; the base of the others */
};

/* Where a reading or a search stood when it failed. */
enum scdata_step {
	SCDATA_STEP_NKE,
	SCDATA_STEP_SELECT,
	SCDATA_STEP_REQUEST,
	SCDATA_STEP_SEARCH, /* the selection of one */
	SCDATA_STEP_SEARCH_REQUEST,
	SCDATA_STEPS,
};

/* Of an enum store_step. STORE_STEP_NONE, and what this program does not know: the request. */
enum scdata_step scdata_step_of(unsigned store_step);
/* Of MB_E_*, PORT_E_*, COLLECT_E_* or STORE_E_*; 0 for >= 0 and for what was heard well. */
uint32_t scdata_error(int error, enum scdata_step step);

/* ---- addresses and intervals ---- */

struct scdata_address {
	struct mb_address address;
	uint32_t baud; /* 0: that of the port */
};

/* "1@2400", "*15020416@2400", "*15020416AABBCCDD". 0 or MB_E_INVALID. */
int scdata_address_parse(const char *text, struct scdata_address *ret_address);
/* The shortest of these texts. Its length, or MB_E_NO_SPACE, MB_E_UNSUPPORTED (fabrication). */
int scdata_address_format(const struct scdata_address *address, char *buf, size_t max);

bool scdata_baud(uint32_t baud); /* is it one of 300..115200? */
/* "1M" to "1D", any case: the step in upper case; NULL for anything else. */
const char *scdata_interval(const char *text);

/* ---- filter ---- */

enum scdata_param {
	SCDATA_RECORD_TYPE,
	SCDATA_TIME_STAMP,
	SCDATA_SEQ_NUM,
	SCDATA_PROTOCOL,
	SCDATA_INDEX,
	SCDATA_ERROR_CODE,
	SCDATA_DEVICE_ID,
};

struct scdata_condition {
	enum scdata_param param;
	uint8_t allowed; /* bits: less, equal, greater */
	uint64_t number;
	char text[SCDATA_FILTER_MAX + 1];
};

struct scdata_filter {
	struct scdata_condition conditions[SCDATA_CONDITIONS_MAX];
	size_t n; /* 0: all pass */
};

/* 0 or MB_E_INVALID. */
int scdata_filter_parse(const char *text, struct scdata_filter *ret_filter);
/* Bounds that no matching record is out of; to narrow a search. Both ends belong to it. */
struct scdata_range {
	uint64_t from_seq, to_seq; /* 0 and UINT64_MAX without a bound */
	uint64_t from_s, to_s;
};
void scdata_filter_range(const struct scdata_filter *filter, struct scdata_range *ret_range);
bool scdata_filter_match(const struct scdata_filter *filter, const struct scdata_record *record);

#endif
