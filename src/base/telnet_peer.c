/* SPDX-License-Identifier: MIT */
#include "base/telnet_peer.h"

#define PIECE 256

static void on_event(telnet_t *telnet, telnet_event_t *event, void *self)
{
	struct telnet_peer *p = self;

	(void)telnet;
	switch (event->type) {
	case TELNET_EV_DATA:
		p->ops->data(p->ctx, (const uint8_t *)event->data.buffer, event->data.size);
		break;
	case TELNET_EV_SEND:
		p->ops->send(p->ctx, (const uint8_t *)event->data.buffer, event->data.size);
		break;
	case TELNET_EV_DO:
		if (p->ops->agreed)
			p->ops->agreed(p->ctx, event->neg.telopt);
		break;
	case TELNET_EV_SUBNEGOTIATION:
		if (p->ops->sub)
			p->ops->sub(p->ctx, (const uint8_t *)event->sub.buffer, event->sub.size);
		break;
	case TELNET_EV_ERROR:
		p->broken = true;
		break;
	default:
		break;
	}
}

bool telnet_peer_init(struct telnet_peer *ret_peer, const telnet_telopt_t *options,
	int16_t sub_option, const struct telnet_peer_ops *ops, void *ctx)
{
	telnet_t *telnet = telnet_init(options, on_event, 0, ret_peer);

	if (!telnet)
		return false;
	*ret_peer = (struct telnet_peer){
		.telnet = telnet,
		.guard = {.option = sub_option, .refused = ops->refused, .ctx = ctx},
		.ops = ops,
		.ctx = ctx,
	};
	return true;
}

void telnet_peer_done(struct telnet_peer *p)
{
	if (p->telnet)
		telnet_free(p->telnet);
	p->telnet = NULL;
}

bool telnet_peer_rx(struct telnet_peer *p, const uint8_t *bytes, size_t n)
{
	uint8_t passed[PIECE + TELNET_GUARD_EXTRA];

	while (n > 0 && !p->broken) {
		size_t piece = n < PIECE ? n : PIECE;
		size_t k = telnet_guard(&p->guard, bytes, piece, passed);

		telnet_recv(p->telnet, (const char *)passed, k);
		p->broken |= p->guard.endless;
		bytes += piece;
		n -= piece;
	}
	return !p->broken;
}

void telnet_peer_tx(struct telnet_peer *p, const void *bytes, size_t n)
{
	telnet_send(p->telnet, bytes, n);
}

void telnet_peer_negotiate(struct telnet_peer *p, uint8_t verb, uint8_t option)
{
	telnet_negotiate(p->telnet, verb, option);
}

void telnet_peer_sub(struct telnet_peer *p, const void *bytes, size_t n)
{
	telnet_subnegotiation(p->telnet, (unsigned char)p->guard.option, bytes, n);
}
