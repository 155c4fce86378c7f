/* SPDX-License-Identifier: MIT */
/* Names of codes. All texts are static and never NULL unless said. */
#ifndef METERBUS_NAMES_H
#define METERBUS_NAMES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

const char *mb_medium_key(uint8_t medium); /* "warm_water" */
const char *mb_medium_text(uint8_t medium); /* "warm water (30..90 °C)" */
const char *mb_fixed_medium_text(uint8_t medium4); /* 4 bits of the fixed structure */
const char *mb_ci_text(uint8_t ci); /* "variable data response, mode 1" */
const char *mb_application_error_text(uint8_t code);
const char *mb_application_text(uint8_t subcode); /* CI 50: "user data" */
#define MB_STATUS_TEXT_MAX 128 /* longest text of a status byte and its NUL */
/* Bits of the status byte as words: "power low, temporary error"; "" for none. Length or
 * MB_E_NO_SPACE. */
int mb_status_text(uint8_t status, char *buf, size_t max);

#ifdef __cplusplus
}
#endif
#endif
