/* SPDX-License-Identifier: MIT */
#include <meterbus/master.h>

#include "quantity.h"

const char *mb_op_name(unsigned op)
{
#define MB_X(name, text, writes, meaning) text "\0"
	return mbi_string_of(op, MB_OP_MAP(MB_X) MBI_STRINGS_END);
#undef MB_X
}

bool mb_op_writes(unsigned op)
{
	static const bool writes[] = {
#define MB_X(name, text, writes, meaning) writes,
		MB_OP_MAP(MB_X)
#undef MB_X
	};

	return op < MB_OP_COUNT && writes[op];
}

const char *mb_warning_name(unsigned warning)
{
#define MB_X(name, text, meaning) text "\0"
	return mbi_string_of(warning, MB_WARNING_MAP(MB_X) MBI_STRINGS_END);
#undef MB_X
}

const char *mb_warning_text(unsigned warning)
{
#define MB_X(name, text, meaning) meaning "\0"
	return mbi_string_of(warning, MB_WARNING_MAP(MB_X) MBI_STRINGS_END);
#undef MB_X
}
