/* SPDX-License-Identifier: MIT */
#include "base/parmrk.h"

#include <meterbus/engine.h>

enum {
	PLAIN,
	SEEN_FF,
	SEEN_FF_00,
};

size_t parmrk_decode(struct parmrk *p, uint8_t *bytes, uint8_t *ret_marks, size_t n)
{
	size_t out = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t byte = bytes[i];
		uint8_t marks = 0;

		if (p->seen == PLAIN && byte == 0xFF) {
			p->seen = SEEN_FF;
			continue;
		}
		if (p->seen == SEEN_FF && byte == 0x00) {
			p->seen = SEEN_FF_00;
			continue;
		}
		if (p->seen == SEEN_FF_00)
			marks = byte ? MB_MARK_PARITY : MB_MARK_PARITY | MB_MARK_BREAK;
		p->seen = PLAIN;
		bytes[out] = byte;
		ret_marks[out] = marks;
		out++;
	}
	return out;
}
