/* SPDX-License-Identifier: MIT */
/*
 * Any bytes in any pieces: bounded both ways, the same however it is cut; what has no FF comes
 * through as it is, and nothing is said.
 */
#include "base/telnet_guard.h"
#include "gateway/at_telnet.h"

#include "fuzz.h"

#include <string.h>

static size_t feed(
	const uint8_t *data, size_t size, size_t piece, uint8_t *ret_data, size_t *ret_said)
{
	struct at_telnet *t = at_telnet_new();
	size_t got = 0, all = size, n;

	*ret_said = 0;
	while (size > 0 && !at_telnet_failed(t)) {
		size_t taken = at_telnet_rx(t, data, size < piece ? size : piece);
		const uint8_t *bytes = at_telnet_data(t, &n);

		CHECK(taken > 0 && n <= AT_TELNET_IN_MAX);
		memcpy(ret_data + got, bytes, n);
		got += n;
		at_telnet_taken(t, n);
		at_telnet_tx(t, &n);
		CHECK(n <= AT_TELNET_OUT_MAX);
		*ret_said += n;
		at_telnet_sent(t, n);
		data += taken;
		size -= taken;
	}
	CHECK(!at_telnet_failed(t) || all > TELNET_SUB_MAX);
	at_telnet_free(t);
	return got;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *whole = malloc(size + 1), *cut = malloc(size + 1);
	size_t said, said_cut;
	size_t n = feed(data, size, SIZE_MAX, whole, &said);

	CHECK(feed(data, size, size ? data[0] % 7 + 1u : 1, cut, &said_cut) == n);
	CHECK(n <= size && memcmp(whole, cut, n) == 0 && said == said_cut);
	if (!memchr(data, 0xFF, size))
		CHECK(n == size && memcmp(whole, data, n) == 0 && said == 0);
	free(whole);
	free(cut);
	return 0;
}
