/* SPDX-License-Identifier: MIT */
/* What the files of the AT interface's device share. */
#ifndef GATEWAY_AMS_IMPL_H
#define GATEWAY_AMS_IMPL_H

#include "base/buf.h"
#include "collect/collector.h"
#include "gateway/ams.h"
#include "store/batch.h"

#include <meterbus/search.h>

#define AMS_NAME_MAX 64 /* of a reader: "@user", or a listener */
#define AMS_CURSOR_PREFIX "at.cursor." /* of settings in the store */
#define AMS_PORT_PREFIX "at.port."
#define AMS_CONFIG_PREFIX "at.cfg."
#define AMS_READERS 2 /* connections to the store, of all sessions together */
#define AMS_PAGE_ROWS 64
#define AMS_PAGE_BYTES 32768
#define AMS_PAGE_LOOK 20000 /* rows of the store that a page looks at */
#define AMS_READ_BYTES (MB_TELEGRAMS_MAX * MB_FRAME_MAX)
#define AMS_CONFIG_KEYS 8

struct ams_page;
struct ams_session;
struct store_reader;

/* ---- what a session waits for ---- */

/*
 * Work of the store, the pool or a bus. It outlives its session: what was begun ends by itself. The
 * first member of what a file needs more of; from calloc(), freed by ams_op_end().
 */
struct ams_op {
	struct ams *ams;
	struct ams_session *session; /* NULL: gone */
	/* The session is gone. May end the op. NULL: it goes on. */
	void (*cancel)(struct ams_op *op);
	/* It has ended: makes visible what it did, and frees its own; may fail by op->rc. Or NULL. */
	void (*done)(struct ams_op *op, int rc);
	/* Tells the session, instead of at_session_op_done(). Or NULL. */
	void (*tell)(struct ams_op *op, int rc);
	bool starting, ended;
	int rc;
	struct ams_op *next; /* of those that wait for their turn */
};

/* size >= sizeof(struct ams_op). NULL: no memory. */
void *ams_op_new(struct ams_session *s, size_t size);
/* After the call that began it, which returned rc: what the session is to be told, AT_LATER mostly. */
int ams_op_begun(struct ams_op *op, int rc);
void ams_op_end(struct ams_op *op, int rc);
/* Commits the batch and ends the op with it. Takes the batch; NULL is STORE_E_MEMORY. */
int ams_op_commit(struct ams_op *op, struct store_batch *batch);

/* ---- cursors ---- */

/* What a reader saw when it asked for records: those deleted next are counted from there. */
struct ams_view {
	bool set;
	uint64_t floor, last;
};

struct ams_cursor {
	char name[AMS_NAME_MAX + 1];
	uint64_t at; /* deleted up to this seq, committed */
	uint64_t planned; /* and on its way */
	struct ams_view view; /* of whichever session of this reader asked last */
};

struct ams_cursor *ams_cursor_find(struct ams *ams, const char *name); /* NULL: none */
struct ams_cursor *ams_cursor_get(
	struct ams *ams, const char *name); /* NULL: too many, or no memory */
/* Of the store, at the start. */
int ams_cursor_load(struct ams *ams, const char *key, const char *value);
/* Moves the cursor of the session's reader, never back. */
int ams_cursor_move(struct ams_session *s, uint64_t to);

/* ---- ports ---- */

struct ams_bus {
	uint32_t number;
	char name[PORT_NAME_MAX];
	struct at_port pending;
	bool edited; /* pending differs from what the port runs with */
};

struct ams_saved_port {
	uint32_t number;
	char bus[PORT_NAME_MAX];
	struct at_port port;
};

struct ams_bus *ams_bus_by_number(struct ams *ams, uint32_t number); /* NULL: none */
struct ams_bus *ams_bus_by_name(struct ams *ams, const char *name);
/* Its port, counted, and the path of it with this speed (0: its own). MB_E_NO_DATA: there is none. */
int ams_bus_port(struct ams *ams, uint32_t number, uint32_t baud, struct port **ret_port,
	struct mb_path *ret_path);
int ams_port_load(struct ams *ams, const char *key, const char *value);

/* ---- configuration ---- */

struct ams_config_value {
	char pending[AT_CONFIG_MAX + 1];
	char saved[AT_CONFIG_MAX + 1];
	bool is_pending, is_saved;
	bool is_restarted; /* in force, but not saved */
};

int ams_config_load(struct ams *ams, const char *key, const char *value);
void ams_config_done(struct ams *ams); /* wipes */

/* ---- the whole ---- */

struct ams {
	struct ams_config config;
	struct at_identity identity;
	struct ams_cursor **cursors;
	size_t n_cursors;
	struct ams_bus buses[AMS_PORTS_MAX];
	size_t n_buses;
	struct ams_saved_port saved[AMS_PORTS_MAX];
	size_t n_saved;
	struct ams_config_value values[AMS_CONFIG_KEYS];
	uint32_t by_index[AT_DEVICES_MAX + 1]; /* accounts; as of the last look */
	uint32_t n_devices;
	struct ams_op *changing, *changes; /* the change of the table under way; those after it */
	struct store_reader *readers[AMS_READERS]; /* idle ones */
	unsigned n_idle, n_readers;
	struct ams_op *pages; /* that wait for a reader */
	size_t n_ops;
	void (*stopped)(void *ctx);
	void *stopped_ctx;
};

/* The telegrams of a DIRECT_READ. */
struct ams_reading {
	struct buf bytes;
	uint16_t lens[MB_TELEGRAMS_MAX];
	uint32_t n;
	size_t at; /* where the next one begins */
	uint32_t error;
};

struct ams_session {
	struct ams *ams;
	struct at_session *at;
	char reader[AMS_NAME_MAX + 1];
	struct at_device_ops ops;
	void (*wake)(void *ctx);
	void *wake_ctx;
	struct ams_op *op; /* that it waits for, NULL: none */
	struct ams_page *page; /* of records; NULL: none yet, or being filled */
	bool page_is_ours; /* of the command under way */
	uint64_t last_seq; /* when the command began */
	struct ams_view view;
	bool printed; /* the view is of printed records, not only of their count */
	bool space_known;
	uint64_t space;
	struct ams_reading reading;
};

/* Who it is for others that wait for a bus: "at NAME". */
void ams_who(const struct ams_session *s, char ret_who[PORT_WHO_MAX]);

/* Operations, a file a noun: see at_device.h. */
int ams_get_port(void *ctx, uint32_t port, struct at_port *ret);
int ams_set_port(void *ctx, uint32_t port, const struct at_port *settings);
int ams_apply_port(void *ctx, uint32_t port, unsigned apply);
int ams_get(void *ctx, struct at_ams *ret);
int ams_enable(void *ctx, bool on);
int ams_set_retry(void *ctx, uint32_t retry);
int ams_next_device(void *ctx, uint32_t index, struct at_ams_device *ret);
int ams_add_device(void *ctx, const struct at_ams_device *device);
int ams_remove_device(void *ctx, uint32_t index);
int ams_clear_devices(void *ctx);
int ams_set_interval(void *ctx, uint32_t index, const char *interval);
int ams_read(void *ctx, uint32_t port, const struct scdata_address *address);
int ams_next_answer(void *ctx, uint32_t n, struct at_answer *ret);
int ams_scan(void *ctx, const struct at_scan *scan);
int ams_data_stats(void *ctx, struct at_data_stats *ret);
int ams_free_space(void *ctx, uint64_t *ret_bytes);
int ams_next_record(void *ctx, uint64_t after_seq, const struct scdata_filter *filter,
	struct scdata_record *ret);
int ams_drop_oldest(void *ctx, uint64_t n);
int ams_drop_upto(void *ctx, uint64_t seq);
int ams_get_config(void *ctx, const char *command, const char *key, char ret[AT_CONFIG_MAX + 1]);
int ams_set_config(void *ctx, const char *command, const char *key, const char *value);
int ams_apply_pending(void *ctx, const char *command, unsigned apply);

#endif
