/* SPDX-License-Identifier: MIT */
#ifndef METERBUS_LIB_VIFE_H
#define METERBUS_LIB_VIFE_H

#include <meterbus/vif.h>

/* What a driver shows of a VIFE. */
const char *mbi_vife_label(const struct mb_vife *vife);

#endif
