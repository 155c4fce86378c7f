/* SPDX-License-Identifier: MIT */
#include <meterbus/search.h>

#include "quantity.h"

#define NAMES(function, map) \
	const char *function(unsigned i) \
	{ \
		return mbi_string_of(i, map MBI_STRINGS_END); \
	}

#define X(id, name, text) name "\0"
NAMES(mb_search_depth_name, MB_SEARCH_DEPTH_MAP(X))
NAMES(mb_search_trouble_name, MB_SEARCH_TROUBLE_MAP(X))
NAMES(mb_search_note_name, MB_SEARCH_NOTE_MAP(X))
NAMES(mb_search_reason_name, MB_SEARCH_REASON_MAP(X))
#undef X
#define X(id, name, text) text "\0"
NAMES(mb_search_depth_text, MB_SEARCH_DEPTH_MAP(X))
NAMES(mb_search_trouble_text, MB_SEARCH_TROUBLE_MAP(X))
NAMES(mb_search_note_text, MB_SEARCH_NOTE_MAP(X))
NAMES(mb_search_reason_text, MB_SEARCH_REASON_MAP(X))
#undef X
