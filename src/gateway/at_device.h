/* SPDX-License-Identifier: MIT */
/*
 * What the AT interface acts on. Functions return >= 0 or an error (MB_E_*, STORE_E_*, PORT_E_*); none
 * of them blocks, or calls the session back before it returned.
 *
 * Those that return AT_LATER call at_session_op_done() later, unless the session was done with first
 * (cancel). Then a change is made, or has failed; of what is asked for, the same call gives the answer.
 */
#ifndef GATEWAY_AT_DEVICE_H
#define GATEWAY_AT_DEVICE_H

#include "gateway/scdata.h"

#define AT_DEVICES_MAX 250
#define AT_PORT_MAX 1000
#define AT_CONFIG_MAX 64 /* characters of a value of the configuration */
#define AT_INTERVAL_MAX 15 /* characters: one of the 19 steps, but the API gives others too */
#define AT_LATER 2 /* instead of 0 or 1 */

struct at_session;

enum at_rights {
	AT_RIGHTS_NONE, /* wrong password */
	AT_RIGHTS_LOOK, /* commands that change nothing for others */
	AT_RIGHTS_READ, /* and those that use the bus */
	AT_RIGHTS_ALL,
};

struct at_identity {
	const char *maker, *model, *version, *serial;
};

struct at_port {
	uint32_t baud;
	uint32_t data_bits, stop_bits;
	uint32_t parity; /* 0 none, 1 even, 2 odd */
};

/* SRESTART is both. */
enum at_apply {
	AT_SAVE = 1,
	AT_RESTART = 2,
};

struct at_ams {
	bool enabled;
	uint32_t retry; /* 0..9: attempts after one that failed */
	uint32_t devices; /* in the table */
};

struct at_ams_device {
	uint32_t index; /* 1..AT_DEVICES_MAX; of add(): ignored, it takes the lowest free one */
	uint32_t port;
	struct scdata_address address;
	char interval[AT_INTERVAL_MAX + 1]; /* "15M" */
};

struct at_scan {
	uint32_t port, baud;
	uint32_t expected; /* stop after so many; 0: search everything */
	bool fill; /* clear the table and add what is found, at this interval */
	char interval[AT_INTERVAL_MAX + 1];
};

/* A telegram of a reading, or why there is no (further) one. */
struct at_answer {
	uint32_t error; /* as scdata_error() has it */
	const uint8_t *bytes;
	size_t len; /* up to SCDATA_BYTES_MAX */
};

struct at_found {
	uint32_t index; /* in the table; 0: not in it */
	struct mb_address address;
};

struct at_data_stats {
	uint64_t count; /* records not deleted by this reader */
	uint64_t last_seq; /* 0: none */
};

struct at_device_ops {
	void (*identity)(void *ctx, struct at_identity *ret);

	/* The pending settings; the port runs with them after AT_RESTART, for ever after AT_SAVE. */
	int (*get_port)(void *ctx, uint32_t port, struct at_port *ret);
	int (*set_port)(void *ctx, uint32_t port, const struct at_port *settings);
	int (*apply_port)(void *ctx, uint32_t port, unsigned apply);

	int (*get_ams)(void *ctx, struct at_ams *ret);
	int (*enable)(void *ctx, bool on);
	int (*set_retry)(void *ctx, uint32_t retry);
	/* The first with this index or a higher one: 1, or 0 when there is none. */
	int (*next_device)(void *ctx, uint32_t index, struct at_ams_device *ret);
	int (*add_device)(void *ctx, const struct at_ams_device *device);
	int (*remove_device)(void *ctx, uint32_t index);
	int (*clear_devices)(void *ctx);
	int (*set_interval)(void *ctx, uint32_t index, const char *interval); /* index 0: all */

	/* AT_LATER; then next_answer() has it, valid until the next call: 1, or 0 from the end on. */
	int (*read)(void *ctx, uint32_t port, const struct scdata_address *address);
	int (*next_answer)(void *ctx, uint32_t n, struct at_answer *ret);
	/* AT_LATER; at_session_scan_done() comes instead of at_session_op_done() when it was made. */
	int (*scan)(void *ctx, const struct at_scan *scan);
	void (*cancel)(void *ctx); /* what AT_LATER was said of */

	/* Deleting moves the cursor of this reader; telegrams stay stored. */
	int (*data_stats)(void *ctx, struct at_data_stats *ret);
	int (*free_space)(void *ctx, uint64_t *ret_bytes);
	/*
	 * The first record after this seq (0: the oldest not deleted) that passes: 1, or 0 when there
	 * is none. Its bytes are valid until the next call. A command begins with data_stats().
	 */
	int (*next_record)(void *ctx, uint64_t after_seq, const struct scdata_filter *filter,
		struct scdata_record *ret);
	int (*drop_oldest)(void *ctx, uint64_t n);
	int (*drop_upto)(void *ctx, uint64_t seq);

	/* command is "^SCCFG" or "^SCPING", key in lower case; numbers are decimal text. */
	int (*get_config)(
		void *ctx, const char *command, const char *key, char ret[AT_CONFIG_MAX + 1]);
	int (*set_config)(void *ctx, const char *command, const char *key, const char *value);
	int (*apply_config)(void *ctx, const char *command, unsigned apply);

	/* NULL: without login, AT_RIGHTS_ALL. */
	enum at_rights (*login)(void *ctx, const char *user, const char *password);
	/* What who has logged in may now, asked before each command. NULL: what login() said. */
	enum at_rights (*rights)(void *ctx, const char *user);
};

#endif
