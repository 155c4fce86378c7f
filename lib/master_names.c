/* SPDX-License-Identifier: MIT */
#include <meterbus/master.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	bool writes;
} ops[] = {
#define MB_X(name, text, writes, meaning) {text, writes},
	MB_OP_MAP(MB_X)
#undef MB_X
};

static const char *const warnings[][2] = {
#define MB_X(name, text, meaning) {text, meaning},
	MB_WARNING_MAP(MB_X)
#undef MB_X
};

const char *mb_op_name(unsigned op)
{
	return op < COUNT(ops) ? ops[op].name : NULL;
}

bool mb_op_writes(unsigned op)
{
	return op < COUNT(ops) && ops[op].writes;
}

const char *mb_warning_name(unsigned warning)
{
	return warning < COUNT(warnings) ? warnings[warning][0] : NULL;
}

const char *mb_warning_text(unsigned warning)
{
	return warning < COUNT(warnings) ? warnings[warning][1] : NULL;
}
