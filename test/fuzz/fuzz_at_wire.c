/* SPDX-License-Identifier: MIT */
/*
 * What `meterbus at` hears from a far side that says anything: through telnet to the answer. In pieces or at
 * once it is the same, no more is said than was heard, and what has no FF comes through as it is.
 */
#include "meterbus/at_answer.h"
#include "meterbus/at_wire.h"

#include <string.h>

#include "fuzz.h"

#define INPUT_MAX 4096 /* as the tool reads */
#define IN_MAX 16384
#define OUT_MAX 4096

struct heard {
	uint8_t said[OUT_MAX], data[INPUT_MAX], text[2 * INPUT_MAX];
	size_t n_said, n_data, n_text;
	bool broken;
};

static void put(void *ctx, const char *bytes, size_t n)
{
	struct heard *h = ctx;

	CHECK(h->n_text + n <= sizeof(h->text));
	memcpy(h->text + h->n_text, bytes, n);
	h->n_text += n;
}

static void answer(struct at_answer *a, struct heard *h, struct buf *in)
{
	CHECK(h->n_data + in->len <= sizeof(h->data));
	if (in->len)
		memcpy(h->data + h->n_data, in->bytes, in->len);
	h->n_data += in->len;
	while (in->len) {
		enum at_verdict verdict;

		buf_drop(in, at_answer_rx(a, in->bytes, in->len, &verdict));
	}
}

static void hear(const uint8_t *bytes, size_t n, size_t piece, struct heard *h)
{
	struct at_answer a;
	struct at_wire wire;
	struct buf in, out;

	memset(h, 0, sizeof(*h));
	buf_init(&in, IN_MAX);
	buf_init(&out, OUT_MAX);
	at_answer_init(&a, put, h, false);
	at_answer_begin(&a, "ATI");
	CHECK(at_wire_init(&wire, true, &in, &out));
	while (n > 0 && !h->broken) {
		size_t now = n < piece ? n : piece;

		h->broken = !at_wire_rx(&wire, bytes, now);
		answer(&a, h, &in);
		bytes += now;
		n -= now;
	}
	h->n_said = out.len;
	if (out.len)
		memcpy(h->said, out.bytes, out.len);
	at_wire_done(&wire);
	buf_done(&in);
	buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct heard whole, cut;

	if (size > INPUT_MAX)
		return 0;
	hear(data, size, SIZE_MAX, &whole);
	hear(data, size, size ? data[0] % 7 + 1u : 1, &cut);
	CHECK(whole.n_said == cut.n_said && memcmp(whole.said, cut.said, cut.n_said) == 0);
	CHECK(whole.n_data == cut.n_data && memcmp(whole.data, cut.data, cut.n_data) == 0);
	CHECK(whole.n_text == cut.n_text && memcmp(whole.text, cut.text, cut.n_text) == 0);
	CHECK(whole.broken == cut.broken && (!whole.broken || size > 1024));
	CHECK(whole.n_said <= size && whole.n_data <= size);
	if (!memchr(data, 0xFF, size))
		CHECK(whole.n_data == size && memcmp(whole.data, data, size) == 0);
	return 0;
}
