/* SPDX-License-Identifier: MIT */
#include <meterbus/search.h>

#define NAMES(function, map, count) \
	const char *function(unsigned i) \
	{ \
		static const char *const texts[] = {map}; \
\
		return i < (count) ? texts[i] : NULL; \
	}

#define X(id, name, text) name,
NAMES(mb_search_depth_name, MB_SEARCH_DEPTH_MAP(X), MB_SEARCH_DEPTH_COUNT)
NAMES(mb_search_trouble_name, MB_SEARCH_TROUBLE_MAP(X), MB_SEARCH_TROUBLE_COUNT)
NAMES(mb_search_note_name, MB_SEARCH_NOTE_MAP(X), MB_SEARCH_NOTE_COUNT)
NAMES(mb_search_reason_name, MB_SEARCH_REASON_MAP(X), MB_SEARCH_REASON_COUNT)
#undef X
#define X(id, name, text) text,
NAMES(mb_search_depth_text, MB_SEARCH_DEPTH_MAP(X), MB_SEARCH_DEPTH_COUNT)
NAMES(mb_search_trouble_text, MB_SEARCH_TROUBLE_MAP(X), MB_SEARCH_TROUBLE_COUNT)
NAMES(mb_search_note_text, MB_SEARCH_NOTE_MAP(X), MB_SEARCH_NOTE_COUNT)
NAMES(mb_search_reason_text, MB_SEARCH_REASON_MAP(X), MB_SEARCH_REASON_COUNT)
#undef X
