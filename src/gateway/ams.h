/* SPDX-License-Identifier: MIT */
/*
 * The device behind the AT interface (at_device.h): its table is the accounts with an index, its
 * records are the stored telegrams, its ports are the named buses. One struct ams a daemon, one
 * struct ams_session a session:
 *
 *	s = ams_session_new(ams, &options)
 *	at = ams_session_at(s)
 *	at_session_rx(at, ...), at_session_run(at), at_line_tx(&at->line, ...)	as at_commands.h has it
 *	options.wake(ctx)	when at_session_run() has something to do again, never from within it
 *	ams_session_free(s)	cancels what the session waits for
 *
 * A session that waits for the bus (at->waiting) is not idle.
 */
#ifndef GATEWAY_AMS_H
#define GATEWAY_AMS_H

#include "gateway/at_commands.h"

#include <stddef.h>

#define AMS_PORTS_MAX 250 /* buses with a number */
#define AMS_READERS_MAX 256 /* cursors */

struct ams;
struct ams_session;
struct collector;
struct loop;
struct ports;
struct store;
struct store_queue;

struct ams_config {
	struct loop *loop; /* all of these are kept, and outlive it */
	struct store *store;
	struct store_queue *queue;
	struct ports *ports;
	struct collector *collector;
	const char *data_dir; /* the disk of the store, for GET_SPACE */
	struct at_identity identity;
	/* NULL: nobody can log in. */
	enum at_rights (*login)(void *ctx, const char *user, const char *password);
	/*
	 * AT^SCCFG keys that are somebody else's: "auth_ip" (0, 1), "listenportcmd". What is in force,
	 * and what is to be from now on: 0 or MB_E_*. NULL: there are none.
	 */
	int (*get_config)(void *ctx, const char *key, char ret[AT_CONFIG_MAX + 1]);
	int (*set_config)(void *ctx, const char *key, const char *value);
	void *ctx;
};

/* 0 or STORE_E_*, and a sentence. Reads cursors and saved settings from the store. */
int ams_new(const struct ams_config *config, struct ams **ret_ams, char *ret_err, size_t err_max);
/* Sessions are freed before. stopped() is called, perhaps at once, when nothing is under way. */
void ams_stop(struct ams *ams, void (*stopped)(void *ctx), void *ctx);
void ams_free(struct ams *ams); /* NULL is fine */

/*
 * Which bus is AT^SCPORT<number>. At the start, once the buses are there, and after each reload:
 * saved settings (SAVE, SRESTART) win over the configuration, and the log says so. 0 or
 * MB_E_INVALID: too many, a number or a bus twice.
 */
struct ams_port {
	uint32_t number; /* 1..AT_PORT_MAX */
	const char *bus; /* copied */
};
int ams_set_ports(struct ams *ams, const struct ams_port *ports, size_t n);
/* Saved values of get_config() keys are given to set_config(); once the listeners are there. */
void ams_apply_config(struct ams *ams);

struct ams_session_options {
	const char *listener; /* copied: the name of its reader, unless somebody logs in */
	const char *who; /* copied: "at 192.0.2.1:5000", shown while it holds a bus */
	bool login; /* asked for first */
	void (*wake)(void *ctx);
	void *ctx;
};

/* NULL: no memory. */
struct ams_session *ams_session_new(struct ams *ams, const struct ams_session_options *options);
struct at_session *ams_session_at(struct ams_session *s);
/* Who reads: whoever has logged in, else the listener. Valid until the session goes on. */
const char *ams_session_reader(const struct ams_session *s);
void ams_session_free(struct ams_session *s); /* NULL is fine */

#endif
