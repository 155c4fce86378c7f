/* SPDX-License-Identifier: MIT */
/*
 * A client that was accepted (acceptor.h): TCP, TLS, a serial line or a pty, in the same manner. An
 * owner takes it with conn_use() and is called from the loop only:
 *
 *	rx()	bytes came; it takes as many as it likes. What it leaves stays, and nothing more is
 *		read, until conn_resume().
 *	room()	conn_send() took less than it was given, and would take something now.
 *	end()	the client will send no more, and all it sent was taken; it may still listen. The
 *		owner calls conn_close(), now or after its last answer.
 *	ended()	it is over; comes once and last, never from within a call of the owner's, but for
 *		acceptor_free(). The conn is gone when it returns.
 */
#ifndef GATEWAY_CONN_H
#define GATEWAY_CONN_H

#include "gateway/clients.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONN_IN_MAX 2048 /* received, and not yet taken */
#define CONN_OUT_MAX 4096 /* to be sent, and not yet taken by the system */
#define CONN_LINGER_MS 2000 /* after conn_close(), for what is to be sent yet */
#define CONN_UNANSWERED_MS 60000 /* TCP_USER_TIMEOUT: the client is gone, or takes nothing */

struct conn;

struct conn_ops {
	size_t (*rx)(void *ctx, const uint8_t *bytes, size_t n); /* how many were taken */
	void (*room)(void *ctx); /* NULL: not of interest */
	void (*end)(void *ctx); /* NULL: conn_close() at once */
	bool (*busy)(void *ctx); /* NULL: never. It waits for us: that is not idle */
	void (*ended)(void *ctx, const char *reason);
};

void conn_use(struct conn *c, const struct conn_ops *ops, void *ctx); /* ops live as long as it */

/* Returns how many bytes were taken: less than n when there is no room, 0 after conn_close(). */
size_t conn_send(struct conn *c, const void *bytes, size_t n);
size_t conn_room(const struct conn *c); /* what conn_send() would take: for all or nothing */
size_t conn_unsent(const struct conn *c);
void conn_resume(struct conn *c); /* rx() again, soon, with what it has left and what came since */

/*
 * No more rx(), room() or end(). What conn_send() took is sent, for CONN_LINGER_MS at most; then
 * ended(). The first reason is the one that is told: "logged out". Copied.
 */
void conn_close(struct conn *c, const char *reason);
void conn_cut(struct conn *c, const char *reason); /* the same, but nothing more is sent */

struct client *conn_client(struct conn *c); /* valid until ended() returns */
bool conn_is_line(const struct conn *c); /* serial or pty: nobody connects or hangs up */

#endif
