/* SPDX-License-Identifier: MIT */
#ifndef METERBUS_TEST_FUZZ_H
#define METERBUS_TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for every input. */
#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "ERROR: %s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

#endif
