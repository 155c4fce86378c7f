/* SPDX-License-Identifier: MIT */
#include "gateway/scdata.h"

#include "base/hex.h"
#include "collect/collect_error.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>

/* --- the record line ------------------------------------------------------------------------- */

int scdata_format(const struct scdata_record *record, char *buf, size_t max)
{
	char hex[2 * SCDATA_BYTES_MAX + 1] = "";
	int n;

	if (record->len > SCDATA_BYTES_MAX)
		return MB_E_NO_SPACE;
	if (!record->error && record->len)
		hex_text(record->bytes, record->len, hex);
	n = snprintf(buf, max,
		"^SCDATA: \"AMS\",%" PRId64 ",%" PRIu64 ",\"MBUS\",%" PRIu32 ",%" PRIu32
		",\"\",\"%s\"",
		record->time_s, record->seq, record->index, record->error, hex);
	return n >= 0 && (size_t)n < max ? n : MB_E_NO_SPACE;
}

/* --- error codes ----------------------------------------------------------------------------- */

#define M(detail) (SCDATA_MBUS + (detail))
#define ALL(code) \
	{ \
		code, code, code, code, code \
	}

/* clang-format off */
static const struct {
	int error;
	uint32_t code[SCDATA_STEPS];
} error_rows[] = {
	/*                     SND_NKE   selection request   search: selection, request */
	{MB_E_SILENCE,        {M(6),     M(16),    M(10),    M(10),    M(10)}},
	{MB_E_NOT_SELECTED,   ALL(M(16))},
	{MB_E_NOISE,          {M(7),     M(17),    M(11),    M(22),    M(22)}},
	{MB_E_PARITY,         {M(7),     M(17),    M(11),    M(22),    M(22)}},
	{MB_E_CUT,            {M(7),     M(17),    M(262),   M(22),    M(22)}},
	{MB_E_COLLISION,      {M(7),     M(17),    M(11),    M(22),    M(22)}},
	{MB_E_WRONG_ANSWER,   {M(7),     M(17),    M(12),    M(12),    M(12)}},
	{MB_E_BAD_DIRECTION,  {M(7),     M(17),    M(12),    M(12),    M(12)}},
	{MB_E_NACK,           {M(7),     M(17),    M(12),    M(12),    M(12)}},
	{MB_E_NO_DATA,        ALL(M(12))},
	{MB_E_LOOP,           ALL(M(12))},
	{MB_E_TOO_MANY_TELEGRAMS, ALL(M(12))},
	{MB_E_WRONG_ADDRESS,  ALL(M(13))},
	{MB_E_FOREIGN_MASTER, {M(4),     M(14),    M(8),     M(18),    M(20)}},
	{COLLECT_E_NOT_SENT,  {M(4),     M(14),    M(8),     M(18),    M(20)}},
	{MB_E_ECHO_DIFFERS,   {M(5),     M(15),    M(9),     M(19),    M(21)}},
	{MB_E_BAD_START,      ALL(M(257))},
	{MB_E_BAD_START2,     ALL(M(258))},
	{MB_E_BAD_LENGTH,     ALL(M(259))},
	{MB_E_BAD_CHECKSUM,   ALL(M(260))},
	{MB_E_BAD_STOP,       ALL(M(261))},
	{MB_E_INCOMPLETE,     ALL(M(262))},
	{MB_E_TRAILING,       ALL(M(262))},
	{MB_E_CANCELLED,      ALL(M(1))},
	{MB_E_INVALID,        ALL(M(2))},
	{MB_E_UNSUPPORTED,    ALL(M(3))},
	{MB_E_STREAM,         ALL(SCDATA_NOT_STARTED)},
	{MB_E_BUSY,           ALL(SCDATA_NOT_STARTED)},
	{MB_E_NOT_READ,       ALL(SCDATA_NOT_STARTED)},
	{STORE_E_MISSED,      ALL(SCDATA_NOT_STARTED)},
	{PORT_E_FULL,         ALL(SCDATA_NOT_STARTED)},
	{PORT_E_LATE,         ALL(SCDATA_NOT_STARTED)},
	{PORT_E_CLOSED,       ALL(SCDATA_NOT_STARTED)},
	{PORT_E_CLASH,        ALL(SCDATA_NOT_STARTED)},
	{COLLECT_E_SUSPENDED, ALL(SCDATA_NOT_STARTED)},
	{COLLECT_E_DEPENDENCY, ALL(SCDATA_NOT_STARTED)},
	{COLLECT_E_DECLINED,  ALL(SCDATA_NOT_STARTED)},
	{COLLECT_E_NO_PORT,   ALL(SCDATA_NOT_STARTED)},
	{COLLECT_E_MAINTENANCE, ALL(SCDATA_NOT_STARTED)},
	/* The frame was good; what is in it is the reader's affair. */
	{MB_E_HEADER_SHORT,   ALL(SCDATA_NONE)},
	{MB_E_RECORD_SHORT,   ALL(SCDATA_NONE)},
	{MB_E_TOO_MANY_DIFE,  ALL(SCDATA_NONE)},
	{MB_E_TOO_MANY_VIFE,  ALL(SCDATA_NONE)},
	{MB_E_BAD_DIF,        ALL(SCDATA_NONE)},
	{MB_E_BAD_LVAR,       ALL(SCDATA_NONE)},
	{MB_E_BAD_TEXT,       ALL(SCDATA_NONE)},
	{MB_E_UNKNOWN_CI,     ALL(SCDATA_NONE)},
	{MB_E_NO_FORMAT,      ALL(SCDATA_NONE)},
	{MB_E_BAD_CRC,        ALL(SCDATA_NONE)},
	{MB_E_APPLICATION,    ALL(SCDATA_NONE)},
	{MB_E_ENCRYPTED,      ALL(SCDATA_NONE)},
	{MB_E_WRONG_KEY,      ALL(SCDATA_NONE)},
	{MB_E_BAD_MAC,        ALL(SCDATA_NONE)},
	{MB_E_SECURITY_MODE,  ALL(SCDATA_NONE)},
};
/* clang-format on */

enum scdata_step scdata_step_of(unsigned store_step)
{
	static const enum scdata_step steps[STORE_STEPS] = {
		[STORE_STEP_NONE] = SCDATA_STEP_REQUEST,
		[STORE_STEP_NKE] = SCDATA_STEP_NKE,
		[STORE_STEP_SELECT] = SCDATA_STEP_SELECT,
		[STORE_STEP_REQUEST] = SCDATA_STEP_REQUEST,
		[STORE_STEP_SEARCH] = SCDATA_STEP_SEARCH,
	};

	return store_step < STORE_STEPS ? steps[store_step] : SCDATA_STEP_REQUEST;
}

uint32_t scdata_error(int error, enum scdata_step step)
{
	if (error >= 0)
		return SCDATA_NONE;
	for (size_t i = 0; i < sizeof(error_rows) / sizeof(error_rows[0]); i++) {
		if (error_rows[i].error == error)
			return error_rows[i].code[step];
	}
	return SCDATA_MBUS;
}
