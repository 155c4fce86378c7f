/* SPDX-License-Identifier: MIT */
#ifndef METERBUS_LIB_FRAME_SUM_H
#define METERBUS_LIB_FRAME_SUM_H

#include <stddef.h>
#include <stdint.h>

/* Sum of bytes modulo 256: the checksum. */
uint8_t mbi_frame_sum(const uint8_t *p, size_t len);

#endif
