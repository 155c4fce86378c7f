/* SPDX-License-Identifier: MIT */
#include <meterbus/encode.h>

#define POLYNOMIAL 0x3D65

uint16_t mb_crc16(const uint8_t *bytes, size_t len)
{
	unsigned crc = 0;

	while (len--) {
		crc ^= (unsigned)*bytes++ << 8;
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc & 0x8000 ? crc << 1 ^ POLYNOMIAL : crc << 1;
	}
	return (uint16_t)~crc;
}
