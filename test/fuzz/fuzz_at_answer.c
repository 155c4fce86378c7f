/* SPDX-License-Identifier: MIT */
/*
 * The first line of the input is a command, the rest what comes back for it. In pieces or at once it
 * is the same answer, which is never longer than what came.
 */
#include "meterbus/at_answer.h"

#include <string.h>

#include "fuzz.h"

#define INPUT_MAX 4096

struct seen {
	char text[2 * INPUT_MAX];
	size_t len;
};

static void put(void *ctx, const char *bytes, size_t n)
{
	struct seen *seen = ctx;

	CHECK(seen->len + n <= sizeof(seen->text));
	memcpy(seen->text + seen->len, bytes, n);
	seen->len += n;
}

/* All verdicts one after the other, and the text between them. */
static void answer(const char *command, const uint8_t *bytes, size_t n, size_t piece, bool raw,
	struct seen *seen)
{
	struct at_answer a;
	enum at_verdict verdict;

	seen->len = 0;
	at_answer_init(&a, put, seen, raw);
	a.prompts = true;
	at_answer_begin(&a, command);
	while (n > 0) {
		size_t used = at_answer_rx(&a, bytes, n < piece ? n : piece, &verdict);

		CHECK(used > 0 && used <= n);
		CHECK(verdict != AT_MORE || used == (n < piece ? n : piece));
		if (verdict != AT_MORE && !raw)
			put(seen, "", 1);
		if (verdict == AT_ERROR)
			CHECK(strlen(a.line) >= strlen("BUSY"));
		bytes += used;
		n -= used;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct seen whole, pieces;
	char command[AT_COMMAND_MAX + 1] = "";
	size_t n = 0;

	if (size > INPUT_MAX)
		return 0;
	while (n < size && n < AT_COMMAND_MAX && data[n] >= ' ')
		n++;
	memcpy(command, data, n);
	data += n;
	size -= n;
	for (int raw = 0; raw < 2; raw++) {
		answer(command, data, size, SIZE_MAX, raw, &whole);
		answer(command, data, size, 1, raw, &pieces);
		CHECK(whole.len == pieces.len && memcmp(whole.text, pieces.text, whole.len) == 0);
		CHECK(raw || whole.len <= size + 1);
	}
	return 0;
}
