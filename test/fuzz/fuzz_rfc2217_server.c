/* SPDX-License-Identifier: MIT */
/*
 * A client of the RFC 2217 server says anything. No byte makes more than one of data, or more answer
 * than there is room for, and whatever line is set is one of a port.
 */
#include "gateway/rfc2217_server.h"

#include "fuzz.h"

struct port {
	struct mb_line line;
	size_t data, sent;
};

static void on_data(void *ctx, uint8_t byte)
{
	struct port *p = ctx;

	(void)byte;
	p->data++;
}

static void on_send(void *ctx, const uint8_t *bytes, size_t n)
{
	struct port *p = ctx;

	CHECK(n == 0 || bytes);
	p->sent += n;
}

static void on_line(void *ctx, struct mb_line *ret_line)
{
	const struct port *p = ctx;

	*ret_line = p->line;
}

static bool on_set_line(void *ctx, const struct mb_line *line)
{
	struct port *p = ctx;

	CHECK(line->baud && line->parity <= MB_PARITY_ODD);
	CHECK(line->data_bits == 7 || line->data_bits == 8);
	CHECK(line->stop_bits == 1 || line->stop_bits == 2);
	p->line = *line;
	return line->baud % 3;
}

static void on_purge(void *ctx)
{
	(void)ctx;
}

static const struct rfc2217_server_ops ops = {
	.data = on_data,
	.send = on_send,
	.line = on_line,
	.set_line = on_set_line,
	.purge = on_purge,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct port p = {.line = MB_LINE_2400_8E1};
	struct rfc2217_server *s = rfc2217_server_new(&ops, &p);

	CHECK(s);
	for (size_t i = 0; i < size; i++) {
		p.data = p.sent = 0;
		if (rfc2217_server_rx(s, data[i]) < 0)
			break;
		CHECK(p.data <= 1);
		CHECK(p.sent <= RFC2217_SENT_MAX(1));
	}
	p.sent = 0;
	rfc2217_server_data(s, data, size < 600 ? size : 600);
	CHECK(p.sent <= RFC2217_SENT_MAX(size));
	rfc2217_server_free(s);
	return 0;
}
