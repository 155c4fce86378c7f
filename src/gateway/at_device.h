/* SPDX-License-Identifier: MIT */
/*
 * What the AT interface acts on. Functions return >= 0 or an error (MB_E_*); none of them may call
 * the session back before it returned. Only next_record() has to be quick however much there is.
 */
#ifndef GATEWAY_AT_DEVICE_H
#define GATEWAY_AT_DEVICE_H

#include "gateway/scdata.h"

#define AT_DEVICES_MAX 250
#define AT_PORT_MAX 1000
#define AT_CONFIG_MAX 64 /* characters of a value of the configuration */

struct at_session;

struct at_identity {
	const char *maker, *model, *version, *serial;
};

struct at_port {
	uint32_t baud;
	uint32_t data_bits, stop_bits;
	uint32_t parity; /* 0 none, 1 even, 2 odd */
};

enum at_apply {
	AT_SAVE = 1,
	AT_RESTART = 2
}; /* SRESTART is both */

struct at_ams {
	bool enabled;
	uint32_t retry;
	uint32_t devices;
};

struct at_ams_device {
	uint32_t index; /* 1..AT_DEVICES_MAX; of add(): ignored, it takes the lowest free one */
	uint32_t port;
	struct scdata_address address;
	char interval[4]; /* "15M" */
};

struct at_scan {
	uint32_t port, baud;
	uint32_t expected; /* stop after so many; 0: search everything */
	bool fill; /* clear the table and add what is found, at this interval */
	char interval[4];
};

struct at_found {
	uint32_t index; /* in the table; 0: not in it */
	struct mb_address address;
};

struct at_data_stats {
	uint64_t count; /* records not deleted by this reader */
	uint64_t last_seq; /* 0: none */
	uint64_t free_bytes;
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

	/* Begun; at_session_read_done() or at_session_scan_done() comes later, unless cancelled. */
	int (*read)(void *ctx, struct at_session *s, uint32_t port,
		const struct scdata_address *address);
	int (*scan)(void *ctx, struct at_session *s, const struct at_scan *scan);
	void (*cancel)(void *ctx, struct at_session *s);

	/* Deleting moves the cursor of this reader; telegrams stay stored. */
	int (*data_stats)(void *ctx, struct at_data_stats *ret);
	/* The first record after this seq (0: the oldest not deleted): 1, or 0 when there is none. */
	int (*next_record)(void *ctx, uint64_t after_seq, struct scdata_record *ret);
	int (*drop_oldest)(void *ctx, uint64_t n);
	int (*drop_upto)(void *ctx, uint64_t seq);

	/* command is "^SCCFG" or "^SCPING", key in lower case; numbers are decimal text. */
	int (*get_config)(
		void *ctx, const char *command, const char *key, char ret[AT_CONFIG_MAX + 1]);
	int (*set_config)(void *ctx, const char *command, const char *key, const char *value);
	int (*apply_config)(void *ctx, const char *command, unsigned apply);

	/* NULL: without login. */
	bool (*login)(void *ctx, const char *user, const char *password);
};

#endif
