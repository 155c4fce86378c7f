/* SPDX-License-Identifier: MIT */
#include "master_impl.h"
#include "mem.h"

#define NIBBLE 0x0Fu
#define BYTE_NEW ((MBI_FCB_REQUEST | MBI_FCB_ALARM) * 0x11) /* two addresses never spoken to */
#define FCB_ALL_ONE (MBI_FCB_REQUEST | MBI_FCB_SEND | MBI_FCB_ALARM | MBI_FCB_KNOWN)

static unsigned get(const struct mb_master *m, uint8_t a)
{
	return (unsigned)m->fcb[a / 2] >> (a % 2 * 4) & NIBBLE;
}

static void put(struct mb_master *m, unsigned a, unsigned nibble)
{
	unsigned shift = a % 2 * 4;

	m->fcb[a / 2] = (uint8_t)((m->fcb[a / 2] & ~(NIBBLE << shift)) | nibble << shift);
}

void mb_master_forget(struct mb_master *m)
{
	memset(m->fcb, BYTE_NEW, sizeof(m->fcb));
}

uint8_t mbi_fcb(const struct mb_master *m, uint8_t a, enum mbi_fcb which)
{
	return get(m, a) & which ? MB_C_FCB : 0;
}

bool mbi_fcb_known(const struct mb_master *m, uint8_t a)
{
	return get(m, a) & MBI_FCB_KNOWN;
}

/* A meter spoken to by 254 keeps that in the memory of its own address, which we do not know. */
void mbi_fcb_toggle(struct mb_master *m, uint8_t a, enum mbi_fcb which)
{
	unsigned nibble = get(m, a) ^ which;

	if (a == MB_A_TEST)
		mb_master_forget(m);
	else if (a <= MB_A_MAX)
		put(m, MB_A_TEST, get(m, MB_A_TEST) & ~(unsigned)MBI_FCB_KNOWN);
	put(m, a, nibble);
}

void mbi_fcb_reset(struct mb_master *m, uint8_t a)
{
	if (a != MB_A_TEST && a != MB_A_BROADCAST) {
		put(m, a, FCB_ALL_ONE);
		return;
	}
	for (unsigned i = 0; i <= MB_A_MAX; i++)
		put(m, i, FCB_ALL_ONE);
	put(m, a, FCB_ALL_ONE);
}
