/* SPDX-License-Identifier: MIT */
/* Sockets of servers: where they listen, and who comes. */
#ifndef BASE_TCP_LISTEN_H
#define BASE_TCP_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define TCP_PEER_MAX 64 /* "[2001:db8::1]:54321", with its NUL */

struct tcp_listen {
	const char *host; /* an address or a name; NULL: 127.0.0.1 */
	uint16_t port; /* 0: any free one */
	uint32_t unanswered_ms; /* a client that leaves data unanswered for so long is gone */
};

/*
 * A listening socket, non-blocking. Those that it accepts have no delay, keep-alive (a dead peer is
 * noticed in a minute) and unanswered_ms. -1: a sentence in ret_err.
 */
int tcp_listen(const struct tcp_listen *at, char *ret_err, size_t err_max);
bool tcp_is_loopback(const char *host); /* does it name only this machine? */
uint16_t tcp_bound(int fd, bool *ret_loopback); /* the real port */
void tcp_peer_name(const struct sockaddr *peer, char ret_name[TCP_PEER_MAX]);

#endif
