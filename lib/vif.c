/* SPDX-License-Identifier: MIT */
#include <meterbus/vif.h>

#include "vif_rows.h"

struct unit_pool {
#define MB_X(name, text) char name[sizeof(text)];
	MB_UNIT_MAP(MB_X)
#undef MB_X
};

static const struct unit_pool units = {
#define MB_X(name, text) text,
	MB_UNIT_MAP(MB_X)
#undef MB_X
};

static const uint8_t unit_offset[] = {
#define MB_X(name, text) offsetof(struct unit_pool, name),
	MB_UNIT_MAP(MB_X)
#undef MB_X
};

const char *mb_unit_text(unsigned unit)
{
	return unit < MB_UNIT_COUNT ? (const char *)&units + unit_offset[unit] : "";
}

const struct mb_vif *mb_vif_find(enum mb_vif_table table, uint8_t code)
{
	static const struct mbi_vif_table *const tables[] = {
		[MB_VIF_PRIMARY] = &mbi_vif_primary,
		[MB_VIF_FB] = &mbi_vif_fb,
		[MB_VIF_FD] = &mbi_vif_fd,
		[MB_VIF_FDFD] = &mbi_vif_fdfd,
	};

	if ((unsigned)table > MB_VIF_FDFD || code >= MBI_CODES)
		return NULL;
	return &tables[table]->rows[tables[table]->index[code]];
}

const char *mb_vif_name(const struct mb_vif *vif)
{
	return vif ? mbi_quantity_key(vif->quantity) : "";
}

const char *mb_vif_quantity(const struct mb_vif *vif)
{
	return vif ? mbi_quantity_text(vif->quantity) : "";
}
