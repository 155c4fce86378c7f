/* SPDX-License-Identifier: MIT */
/*
 * The device behind the AT interface (at_device.h): its table is the accounts with an index, its
 * records are the stored telegrams, its ports are the named buses. One struct ams a daemon; a device
 * a session, made by ams_devices() for at_server.h.
 */
#ifndef GATEWAY_AMS_H
#define GATEWAY_AMS_H

#include "gateway/at_server.h"

#include <stddef.h>

#define AMS_PORTS_MAX 250 /* buses with a number */
#define AMS_READERS_MAX 1000 /* who has deleted records: cursors */

struct ams;
struct collector;
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
	/* Of who has logged in, now. NULL: for ever what login() said. */
	enum at_rights (*rights)(void *ctx, const char *user);
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
/* Its sessions are closed before. stopped() is called, perhaps at once, when nothing is under way. */
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
/* Saved values of get_config() keys are put in force; once the listeners are there, and after a reload. */
void ams_apply_config(struct ams *ams);

/*
 * What sessions act on. A session that waits for the bus, a commit or a page of records (waiting)
 * is not idle; closing it cancels what can be cancelled. Opening fails without memory only.
 */
struct at_devices ams_devices(struct ams *ams);

#endif
