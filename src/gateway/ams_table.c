/* SPDX-License-Identifier: MIT */
/* The table of devices is the accounts that have an index. */
#include "gateway/ams_change.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void ams_table_look(struct ams *ams)
{
	const struct accounts *accounts = collector_accounts(ams->config.collector);
	const struct account *a;

	memset(ams->by_index, 0, sizeof(ams->by_index));
	ams->n_devices = 0;
	for (uint32_t i = 0; (a = accounts_at(accounts, i)); i++) {
		if (a->index == 0 || a->index > AT_DEVICES_MAX)
			continue;
		ams->by_index[a->index] = a->id;
		ams->n_devices++;
	}
}

const struct account *ams_table_at(struct ams *ams, uint32_t index)
{
	const struct account *a =
		accounts_by_id(collector_accounts(ams->config.collector), ams->by_index[index]);

	return a && a->index == index ? a : NULL;
}

bool ams_table_is_on(const struct account *a, const char *bus)
{
	return a->connection == ACCOUNT_BUS && strcmp(a->bus, bus) == 0;
}

static bool same_address(const struct account *a, const struct mb_address *address)
{
	if (address->type == MB_ADDRESS_PRIMARY)
		return !a->secondary && a->address == address->primary;
	return a->secondary && mb_secondary_equal(&a->meter, &address->secondary);
}

static bool is_whole(uint32_t id)
{
	for (unsigned shift = 0; shift < 32; shift += 4) {
		if ((id >> shift & 15) == 15)
			return false;
	}
	return true;
}

bool ams_table_is_meter(const struct account *a, const struct mb_secondary *meter)
{
	return a->secondary && a->meter.id == meter->id && is_whole(meter->id) &&
	       (mb_secondary_match(&a->meter, meter) || mb_secondary_match(meter, &a->meter));
}

/* The account with this address on that bus, or the only one that is this meter; NULL: none. */
static const struct account *find_account(
	struct ams *ams, const char *bus, const struct mb_address *address)
{
	const struct accounts *accounts = collector_accounts(ams->config.collector);
	const struct account *a, *same = NULL;
	size_t n = 0;

	for (uint32_t i = 0; (a = accounts_at(accounts, i)); i++) {
		if (!ams_table_is_on(a, bus))
			continue;
		if (same_address(a, address))
			return a;
		if (address->type == MB_ADDRESS_SECONDARY &&
			ams_table_is_meter(a, &address->secondary)) {
			same = a;
			n++;
		}
	}
	return n == 1 ? same : NULL;
}

/* ---- looking ---- */

int ams_get(void *ctx, struct at_ams *ret)
{
	struct ams *ams = ((struct ams_session *)ctx)->ams;
	struct collector_ams rules = collector_ams(ams->config.collector);

	ams_table_look(ams);
	*ret = (struct at_ams){rules.enabled, rules.retry, ams->n_devices};
	return 0;
}

static void describe(struct ams *ams, const struct account *a, struct at_ams_device *ret)
{
	const struct ams_bus *bus =
		a->connection == ACCOUNT_BUS ? ams_bus_by_name(ams, a->bus) : NULL;

	*ret = (struct at_ams_device){.index = a->index, .port = bus ? bus->number : 0};
	ret->address.baud = account_has(a, "baud_rate") ? a->line.baud : 0;
	if (a->secondary) {
		ret->address.address.type = MB_ADDRESS_SECONDARY;
		ret->address.address.secondary = a->meter;
	} else {
		ret->address.address.primary = a->address;
	}
	period_format(a->period, ret->interval);
}

int ams_next_device(void *ctx, uint32_t index, struct at_ams_device *ret)
{
	struct ams *ams = ((struct ams_session *)ctx)->ams;

	for (; index <= AT_DEVICES_MAX; index++) {
		const struct account *a = ams_table_at(ams, index);

		if (!a)
			continue;
		describe(ams, a, ret);
		return 1;
	}
	return 0;
}

/* ---- changing ---- */

static int change(struct ams_session *s, int (*begin)(struct ams_change *g),
	const struct at_ams_device *device, uint32_t number)
{
	struct ams_change *g = ams_op_new(s, sizeof(*g));

	if (!g)
		return STORE_E_MEMORY;
	g->begin = begin;
	g->number = number;
	if (device)
		g->device = *device;
	return ams_change_begin(g);
}

static int begin_rules(struct ams_change *g, const struct collector_ams *rules)
{
	int rc = collector_ams_set(g->op.ams->config.collector, rules, ams_change_done, g);

	return rc < 0 ? rc : 1;
}

static int begin_enable(struct ams_change *g)
{
	struct collector_ams rules = collector_ams(g->op.ams->config.collector);

	rules.enabled = g->number != 0;
	return begin_rules(g, &rules);
}

int ams_enable(void *ctx, bool on)
{
	return change(ctx, begin_enable, NULL, on);
}

static int begin_retry(struct ams_change *g)
{
	struct collector_ams rules = collector_ams(g->op.ams->config.collector);

	rules.retry = (uint8_t)g->number;
	return begin_rules(g, &rules);
}

int ams_set_retry(void *ctx, uint32_t retry)
{
	return change(ctx, begin_retry, NULL, retry);
}

int ams_table_take_off(struct ams_changes *l, const struct account *account)
{
	return ams_changes_add(
		l, account, account->id, account->revision, "{\"index\":null,\"period\":\"NONE\"}");
}

static int begin_remove(struct ams_change *g)
{
	struct ams_changes l = {0};
	const struct account *a;

	ams_table_look(g->op.ams);
	a = ams_table_at(g->op.ams, g->number);
	return a ? ams_changes_send(&l, g, ams_table_take_off(&l, a)) : MB_E_NO_DATA;
}

int ams_remove_device(void *ctx, uint32_t index)
{
	return change(ctx, begin_remove, NULL, index);
}

static int begin_clear(struct ams_change *g)
{
	struct ams_changes l = {0};
	const struct account *a;
	int rc = 0;

	ams_table_look(g->op.ams);
	for (uint32_t i = 1; i <= AT_DEVICES_MAX && rc == 0; i++) {
		a = ams_table_at(g->op.ams, i);
		if (a)
			rc = ams_table_take_off(&l, a);
	}
	return ams_changes_send(&l, g, rc);
}

int ams_clear_devices(void *ctx)
{
	return change(ctx, begin_clear, NULL, 0);
}

static int begin_interval(struct ams_change *g)
{
	uint32_t first = g->number ? g->number : 1, last = g->number ? g->number : AT_DEVICES_MAX;
	struct ams_changes l = {0};
	char json[AMS_JSON_MAX];
	const struct account *a;
	int rc = 0;

	ams_table_look(g->op.ams);
	if (g->number && !ams_table_at(g->op.ams, g->number))
		return MB_E_NO_DATA;
	snprintf(json, sizeof(json), "{\"period\":\"%s\"}", g->device.interval);
	for (uint32_t i = first; i <= last && rc == 0; i++) {
		a = ams_table_at(g->op.ams, i);
		if (a)
			rc = ams_changes_add(&l, a, a->id, a->revision, json);
	}
	return ams_changes_send(&l, g, rc);
}

int ams_set_interval(void *ctx, uint32_t index, const char *interval)
{
	struct at_ams_device device = {0};

	snprintf(device.interval, sizeof(device.interval), "%s", interval);
	return change(ctx, begin_interval, &device, index);
}

/* ---- adding ---- */

__attribute__((format(printf, 3, 4))) static size_t say(
	char *json, size_t n, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(json + n, AMS_JSON_MAX - n, format, args);
	va_end(args);
	return n + (size_t)len; /* all there is fits by far */
}

static size_t say_address(char *json, size_t n, const struct mb_address *address)
{
	const struct mb_secondary *meter = &address->secondary;

	if (address->type == MB_ADDRESS_PRIMARY)
		return say(json, n, ",\"address\":%u", (unsigned)address->primary);
	n = say(json, n, ",\"secondary\":true,\"identification\":\"%08" PRIX32 "\"", meter->id);
	if (meter->manufacturer != MB_MANUFACTURER_ANY)
		n = say(json, n, ",\"manufacturer\":\"0x%04X\"", (unsigned)meter->manufacturer);
	if (meter->version != MB_VERSION_ANY)
		n = say(json, n, ",\"version\":%u", (unsigned)meter->version);
	if (meter->medium != MB_MEDIUM_ANY)
		n = say(json, n, ",\"medium\":%u", (unsigned)meter->medium);
	return n;
}

/* "ams-1-15020416", or "ams-1-15020416-2" when there is such an account. */
static void make_name(
	struct ams *ams, const struct at_ams_device *d, char ret_name[ACCOUNT_NAME_MAX + 1])
{
	const struct accounts *accounts = collector_accounts(ams->config.collector);
	struct scdata_address address = {.address = d->address.address};
	char text[SCDATA_ADDRESS_MAX + 1] = "";

	scdata_address_format(&address, text, sizeof(text));
	snprintf(ret_name, ACCOUNT_NAME_MAX + 1, "ams-%" PRIu32 "-%s", d->index,
		text + (text[0] == '*'));
	for (unsigned i = 2; accounts_by_name(accounts, ret_name); i++)
		snprintf(ret_name, ACCOUNT_NAME_MAX + 1, "ams-%" PRIu32 "-%s-%u", d->index,
			text + (text[0] == '*'), i);
}

int ams_table_create(
	struct ams *ams, struct ams_changes *l, const char *bus, const struct at_ams_device *d)
{
	char json[AMS_JSON_MAX], name[ACCOUNT_NAME_MAX + 1];
	size_t n;

	make_name(ams, d, name);
	n = say(json, 0, "{\"name\":\"%s\",\"connection\":\"bus\",\"bus\":\"%s\"", name, bus);
	n = say_address(json, n, &d->address.address);
	if (d->address.baud)
		n = say(json, n, ",\"baud_rate\":%" PRIu32, d->address.baud);
	say(json, n, ",\"index\":%" PRIu32 ",\"period\":\"%s\"}", d->index, d->interval);
	return ams_changes_add(l, NULL, 0, 0, json);
}

int ams_table_join(struct ams_changes *l, const struct account *base, uint32_t id,
	uint64_t revision, const struct at_ams_device *d)
{
	char json[AMS_JSON_MAX];
	size_t n = say(json, 0, "{\"index\":%" PRIu32 ",\"period\":\"%s\"", d->index, d->interval);

	if (d->address.baud)
		n = say(json, n, ",\"baud_rate\":%" PRIu32, d->address.baud);
	say(json, n, "}");
	return ams_changes_add(l, base, id, revision, json);
}

static uint32_t free_index(struct ams *ams)
{
	for (uint32_t i = 1; i <= AT_DEVICES_MAX; i++) {
		if (!ams->by_index[i])
			return i;
	}
	return 0;
}

/* A meter that is in the table already stays in its place. */
static int begin_add(struct ams_change *g)
{
	struct ams *ams = g->op.ams;
	const struct ams_bus *bus = ams_bus_by_number(ams, g->device.port);
	struct ams_changes l = {0};
	const struct account *a;

	if (!bus)
		return MB_E_NO_DATA;
	ams_table_look(ams);
	a = find_account(ams, bus->name, &g->device.address.address);
	g->device.index = a && a->index ? a->index : free_index(ams);
	if (!g->device.index)
		return MB_E_NO_SPACE;
	return ams_changes_send(&l, g,
		a ? ams_table_join(&l, a, a->id, a->revision, &g->device)
		  : ams_table_create(ams, &l, bus->name, &g->device));
}

int ams_add_device(void *ctx, const struct at_ams_device *device)
{
	return change(ctx, begin_add, device, 0);
}
