/* SPDX-License-Identifier: MIT */
#ifndef STORE_CRC_H
#define STORE_CRC_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32 of IEEE 802.3 over more bytes; begins with 0. */
uint32_t crc32_add(uint32_t crc, const void *bytes, size_t n);

#endif
