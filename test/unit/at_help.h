/* SPDX-License-Identifier: MIT */
/* A device in memory for the AT interface: one port, a table of devices, four records. */
#ifndef METERBUS_TEST_AT_HELP_H
#define METERBUS_TEST_AT_HELP_H

#include "gateway/at_commands.h"

#include <meterbus/error.h>

#include <stdio.h>
#include <string.h>

#define FAKE_PORT 2
#define FAKE_DEVICES 3

struct fake {
	struct at_port pending, active, saved;
	struct at_ams ams;
	struct at_ams_device devices[FAKE_DEVICES];
	uint64_t cursor; /* deleted up to this seq */
	char config[8][2][AT_CONFIG_MAX + 1];
	struct at_scan scan;
	struct scdata_address read;
	uint32_t read_error;
	bool space_asked;
	int pending_answer; /* 1 anything, 2 scan */
	int cancelled;
};

static const uint8_t fake_telegram[] = {0x68, 0x03, 0x03, 0x68, 0x08, 0x01, 0x72, 0x7B, 0x16};
static const struct scdata_record fake_records[] = {
	{1467365701, 10506, 1, 0, fake_telegram, sizeof(fake_telegram)},
	{1467365762, 10508, 1, 0, fake_telegram, sizeof(fake_telegram)},
	{1467365822, 10509, 2, 131082, NULL, 0},
	{1467365882, 10510, 1, 0, fake_telegram, sizeof(fake_telegram)},
};
#define FAKE_RECORDS (sizeof(fake_records) / sizeof(fake_records[0]))

static void fake_identity(void *ctx, struct at_identity *ret)
{
	(void)ctx;
	*ret = (struct at_identity){"Meterbus", "meterbusd", "0.1.0.0.0", "50-1945-0080"};
}

static int fake_get_port(void *ctx, uint32_t port, struct at_port *ret)
{
	const struct fake *f = ctx;

	if (port != FAKE_PORT)
		return MB_E_NO_DATA;
	*ret = f->pending;
	return 0;
}

static int fake_set_port(void *ctx, uint32_t port, const struct at_port *settings)
{
	struct fake *f = ctx;

	(void)port;
	f->pending = *settings;
	return 0;
}

static int fake_apply_port(void *ctx, uint32_t port, unsigned apply)
{
	struct fake *f = ctx;

	(void)port;
	if (apply & AT_SAVE)
		f->saved = f->pending;
	if (apply & AT_RESTART)
		f->active = f->pending;
	return 0;
}

static int fake_get_ams(void *ctx, struct at_ams *ret)
{
	const struct fake *f = ctx;

	*ret = f->ams;
	return 0;
}

static int fake_enable(void *ctx, bool on)
{
	((struct fake *)ctx)->ams.enabled = on;
	return 0;
}

static int fake_set_retry(void *ctx, uint32_t retry)
{
	((struct fake *)ctx)->ams.retry = retry;
	return 0;
}

static int fake_next_device(void *ctx, uint32_t index, struct at_ams_device *ret)
{
	const struct fake *f = ctx;

	for (; index <= FAKE_DEVICES; index++) {
		if (!f->devices[index - 1].index)
			continue;
		*ret = f->devices[index - 1];
		return 1;
	}
	return 0;
}

static int fake_add_device(void *ctx, const struct at_ams_device *device)
{
	struct fake *f = ctx;

	for (uint32_t i = 0; i < FAKE_DEVICES; i++) {
		if (f->devices[i].index)
			continue;
		f->devices[i] = *device;
		f->devices[i].index = i + 1;
		f->ams.devices++;
		return 0;
	}
	return MB_E_NO_SPACE;
}

static int fake_remove_device(void *ctx, uint32_t index)
{
	struct fake *f = ctx;

	if (index > FAKE_DEVICES || !f->devices[index - 1].index)
		return MB_E_NO_DATA;
	f->devices[index - 1].index = 0;
	f->ams.devices--;
	return 0;
}

static int fake_clear_devices(void *ctx)
{
	struct fake *f = ctx;

	memset(f->devices, 0, sizeof(f->devices));
	f->ams.devices = 0;
	return 0;
}

static int fake_set_interval(void *ctx, uint32_t index, const char *interval)
{
	struct fake *f = ctx;

	if (index > FAKE_DEVICES)
		return MB_E_NO_DATA;
	for (uint32_t i = 0; i < FAKE_DEVICES; i++) {
		if (index == 0 || index == i + 1)
			memcpy(f->devices[i].interval, interval, sizeof(f->devices[i].interval));
	}
	return 0;
}

static int fake_read(void *ctx, uint32_t port, const struct scdata_address *address)
{
	struct fake *f = ctx;

	if (port != FAKE_PORT)
		return MB_E_NO_DATA;
	f->read = *address;
	f->pending_answer = 1;
	return AT_LATER;
}

static int fake_next_answer(void *ctx, uint32_t n, struct at_answer *ret)
{
	const struct fake *f = ctx;

	if (n > 0)
		return 0;
	*ret = (struct at_answer){f->read_error, fake_telegram, sizeof(fake_telegram)};
	return 1;
}

static int fake_scan(void *ctx, const struct at_scan *scan)
{
	struct fake *f = ctx;

	if (scan->port != FAKE_PORT)
		return MB_E_NO_DATA;
	f->scan = *scan;
	f->pending_answer = 2;
	return AT_LATER;
}

static void fake_cancel(void *ctx)
{
	((struct fake *)ctx)->cancelled++;
}

static int fake_data_stats(void *ctx, struct at_data_stats *ret)
{
	const struct fake *f = ctx;

	*ret = (struct at_data_stats){0, 10510};
	for (size_t i = 0; i < FAKE_RECORDS; i++)
		ret->count += fake_records[i].seq > f->cursor;
	return 0;
}

/* Known only when it is asked for again. */
static int fake_free_space(void *ctx, uint64_t *ret_bytes)
{
	struct fake *f = ctx;

	f->space_asked = !f->space_asked;
	if (f->space_asked) {
		f->pending_answer = 1;
		return AT_LATER;
	}
	*ret_bytes = 1048576;
	return 0;
}

static int fake_next_record(void *ctx, uint64_t after_seq, const struct scdata_filter *filter,
	struct scdata_record *ret)
{
	const struct fake *f = ctx;

	for (size_t i = 0; i < FAKE_RECORDS; i++) {
		if (fake_records[i].seq <= after_seq || fake_records[i].seq <= f->cursor)
			continue;
		if (!scdata_filter_match(filter, &fake_records[i]))
			continue;
		*ret = fake_records[i];
		return 1;
	}
	return 0;
}

static int fake_drop_upto(void *ctx, uint64_t seq)
{
	struct fake *f = ctx;

	if (seq > f->cursor)
		f->cursor = seq;
	return 0;
}

static int fake_drop_oldest(void *ctx, uint64_t n)
{
	struct fake *f = ctx;
	const struct scdata_filter all = {.n = 0};
	struct scdata_record record;

	for (; n && fake_next_record(f, 0, &all, &record) > 0; n--)
		f->cursor = record.seq;
	return 0;
}

static int fake_get_config(
	void *ctx, const char *command, const char *key, char ret[AT_CONFIG_MAX + 1])
{
	const struct fake *f = ctx;

	(void)command;
	snprintf(ret, AT_CONFIG_MAX + 1, "0");
	for (size_t i = 0; i < 8; i++) {
		if (strcmp(f->config[i][0], key) == 0)
			memcpy(ret, f->config[i][1], AT_CONFIG_MAX + 1);
	}
	return 0;
}

static int fake_set_config(void *ctx, const char *command, const char *key, const char *value)
{
	struct fake *f = ctx;
	size_t i = 0;

	(void)command;
	while (f->config[i][0][0] && strcmp(f->config[i][0], key) != 0) {
		if (++i == 8)
			return MB_E_NO_SPACE;
	}
	snprintf(f->config[i][0], sizeof(f->config[i][0]), "%s", key);
	snprintf(f->config[i][1], sizeof(f->config[i][1]), "%s", value);
	return 0;
}

static int fake_apply_config(void *ctx, const char *command, unsigned apply)
{
	(void)ctx;
	(void)command;
	return apply ? 0 : MB_E_INVALID;
}

static const struct at_device_ops fake_ops = {
	.identity = fake_identity,
	.get_port = fake_get_port,
	.set_port = fake_set_port,
	.apply_port = fake_apply_port,
	.get_ams = fake_get_ams,
	.enable = fake_enable,
	.set_retry = fake_set_retry,
	.next_device = fake_next_device,
	.add_device = fake_add_device,
	.remove_device = fake_remove_device,
	.clear_devices = fake_clear_devices,
	.set_interval = fake_set_interval,
	.read = fake_read,
	.next_answer = fake_next_answer,
	.scan = fake_scan,
	.cancel = fake_cancel,
	.data_stats = fake_data_stats,
	.free_space = fake_free_space,
	.next_record = fake_next_record,
	.drop_oldest = fake_drop_oldest,
	.drop_upto = fake_drop_upto,
	.get_config = fake_get_config,
	.set_config = fake_set_config,
	.apply_config = fake_apply_config,
};

static void fake_init(struct fake *f)
{
	memset(f, 0, sizeof(*f));
	f->pending = f->active = f->saved = (struct at_port){2400, 8, 1, 1};
	f->ams.enabled = true;
}

/* What the bus has to say comes later. */
static void fake_answer(struct fake *f, struct at_session *s)
{
	static const struct at_found found = {
		1, {.type = MB_ADDRESS_SECONDARY,
			   .secondary = {0x15020416, MB_MANUFACTURER_ANY, MB_VERSION_ANY,
				   MB_MEDIUM_ANY}}};
	int answer = f->pending_answer;

	f->pending_answer = 0;
	if (answer == 1)
		at_session_op_done(s, 0);
	else if (answer == 2)
		at_session_scan_done(s, 0, &found, 1);
}

#endif
