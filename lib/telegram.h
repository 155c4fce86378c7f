/* SPDX-License-Identifier: MIT */
/* Security fields of headers, shared by reader, opener and sealer. EN 13757-7 */
#ifndef METERBUS_LIB_TELEGRAM_H
#define METERBUS_LIB_TELEGRAM_H

#include <meterbus/telegram.h>

#define MBI_MODE_CBC_IV 5
#define MBI_MODE_CBC_KDF 7

/* configuration field */
#define MBI_CONFIG_BLOCKS 0x00F0 /* encrypted blocks of 16 bytes */
#define MBI_CONFIG_MODE 0x1F00
#define MBI_CONFIG_COUNTER 0x2000 /* mode 7: a message counter follows */
#define MBI_BLOCK 16
#define MBI_BLOCKS_MAX 15
/* its extension byte in mode 7 */
#define MBI_EXT_VERSION 0x40 /* a key version byte follows */
#define MBI_EXT_KDF 0x30
#define MBI_EXT_KDF_A 0x10
#define MBI_EXT_KEY_ID 0x0F

/* authentication and fragmentation layer: length byte, fragmentation control, fields */
#define MBI_AFL_LEN_MIN 2
#define MBI_AFL_FRAGMENT 0x00FF
#define MBI_AFL_KEY_INFO 0x0200
#define MBI_AFL_MAC 0x0400
#define MBI_AFL_COUNTER 0x0800
#define MBI_AFL_LENGTH 0x1000
#define MBI_AFL_CONTROL 0x2000
#define MBI_AFL_MORE 0x4000
/* its message control field */
#define MBI_MCL_LENGTH 0x40
#define MBI_MCL_COUNTER 0x20
#define MBI_MCL_MAC 0x0F

/* Layout and header type (enum mb_layout, enum mb_header_type) of a CI, security aside. */
uint8_t mbi_ci_layout(uint8_t ci);
uint8_t mbi_ci_header(uint8_t ci);

#endif
