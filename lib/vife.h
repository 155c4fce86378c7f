/* SPDX-License-Identifier: MIT */
#ifndef METERBUS_LIB_VIFE_H
#define METERBUS_LIB_VIFE_H

#include <meterbus/record.h>

/* A VIFE of a record. FC and its code are one. */
struct mbi_vife_item {
	const struct mb_vife *vife; /* NULL: the maker's own */
	uint8_t code;
	bool behind_fc;
};

struct mbi_vife_walk {
	const uint8_t *p, *end;
	bool from_master, opaque;
};

void mbi_vife_walk_init(struct mbi_vife_walk *walk, const struct mb_record *record);
bool mbi_vife_next(struct mbi_vife_walk *walk, struct mbi_vife_item *ret_item);

/* What a driver shows of a VIFE. */
const char *mbi_vife_label(const struct mb_vife *vife);

#endif
