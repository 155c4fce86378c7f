/* SPDX-License-Identifier: MIT */
/*
 * AT^SCPORT<n>: pending settings are edited, RESTART gives them to the port, SAVE to the store: a
 * setting "at.port.N", its value "BUS BAUD DATA_BITS STOP_BITS PARITY".
 */
#include "gateway/ams_impl.h"

#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARITY_LAST 2
#define VALUE_MAX (PORT_NAME_MAX + 64)

static const uint8_t parities[PARITY_LAST + 1] = {MB_PARITY_NONE, MB_PARITY_EVEN, MB_PARITY_ODD};

struct ams_bus *ams_bus_by_number(struct ams *ams, uint32_t number)
{
	for (size_t i = 0; i < ams->n_buses; i++) {
		if (ams->buses[i].number == number)
			return &ams->buses[i];
	}
	return NULL;
}

struct ams_bus *ams_bus_by_name(struct ams *ams, const char *name)
{
	for (size_t i = 0; i < ams->n_buses; i++) {
		if (strcmp(ams->buses[i].name, name) == 0)
			return &ams->buses[i];
	}
	return NULL;
}

int ams_bus_port(struct ams *ams, uint32_t number, uint32_t baud, struct port **ret_port,
	struct mb_path *ret_path)
{
	const struct ams_bus *bus = ams_bus_by_number(ams, number);
	struct port *port = bus ? ports_find(ams->config.ports, bus->name) : NULL;
	struct port_status status;

	if (!port)
		return MB_E_NO_DATA;
	port_status(port, &status);
	*ret_path = *port_path(port);
	ret_path->line = status.line; /* the one to come */
	if (baud)
		ret_path->line.baud = baud;
	*ret_port = port;
	return 0;
}

/* ---- settings of a line ---- */

static struct mb_line line_of(const struct at_port *p)
{
	return (struct mb_line){
		p->baud, (uint8_t)p->data_bits, parities[p->parity], (uint8_t)p->stop_bits};
}

static struct at_port settings_of(const struct mb_line *line)
{
	struct at_port p = {line->baud, line->data_bits, line->stop_bits, 0};

	while (p.parity < PARITY_LAST && parities[p.parity] != line->parity)
		p.parity++;
	return p;
}

static int in_force(struct ams *ams, const struct ams_bus *bus, struct at_port *ret)
{
	struct port_status status;
	struct port *port = ports_find(ams->config.ports, bus->name);

	if (!port)
		return MB_E_NO_DATA;
	port_status(port, &status);
	*ret = settings_of(&status.line);
	ports_put(port);
	return 0;
}

static int put_in_force(struct ams *ams, struct ams_bus *bus, const struct at_port *settings)
{
	const struct mb_line line = line_of(settings);
	struct port *port = ports_find(ams->config.ports, bus->name);
	int rc = MB_E_NO_DATA;

	if (!port)
		return rc;
	rc = port_set_line(port, &line);
	ports_put(port);
	if (rc == 0)
		bus->edited = false;
	return rc;
}

/* ---- what is kept ---- */

static struct ams_saved_port *find_saved(struct ams *ams, const struct ams_bus *bus)
{
	for (size_t i = 0; i < ams->n_saved; i++) {
		struct ams_saved_port *saved = &ams->saved[i];

		if (saved->number == bus->number && strcmp(saved->bus, bus->name) == 0)
			return saved;
	}
	return NULL;
}

static void keep_saved(struct ams *ams, const struct ams_saved_port *wanted)
{
	size_t i = 0;

	while (i < ams->n_saved && ams->saved[i].number != wanted->number)
		i++;
	if (i == AMS_PORTS_MAX)
		return;
	ams->saved[i] = *wanted;
	if (i == ams->n_saved)
		ams->n_saved++;
}

int ams_port_load(struct ams *ams, const char *key, const char *value)
{
	_Static_assert(PORT_NAME_MAX == 64, "the format says so");
	struct ams_saved_port saved = {.number = (uint32_t)strtoul(key, NULL, 10)};
	struct at_port *p = &saved.port;

	if (sscanf(value, "%63s %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32, saved.bus, &p->baud,
		    &p->data_bits, &p->stop_bits, &p->parity) != 5 ||
		p->parity > PARITY_LAST || p->data_bits > 8 || p->stop_bits > 2)
		return 0;
	keep_saved(ams, &saved);
	return 0;
}

struct saving {
	struct ams_op op;
	struct ams_saved_port saved;
	bool restart;
};

static struct store_batch *write_port(const struct ams_saved_port *saved)
{
	const struct at_port *p = &saved->port;
	struct store_batch *batch = store_batch_new();
	char key[STORE_NAME_MAX + 1], value[VALUE_MAX];

	if (!batch)
		return NULL;
	snprintf(key, sizeof(key), AMS_PORT_PREFIX "%" PRIu32, saved->number);
	snprintf(value, sizeof(value), "%s %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32,
		saved->bus, p->baud, p->data_bits, p->stop_bits, p->parity);
	store_batch_setting(batch, key, value);
	return batch;
}

static void written(struct ams_op *op, int rc)
{
	struct saving *v = (struct saving *)op;
	struct ams_bus *bus = ams_bus_by_number(op->ams, v->saved.number);

	if (rc < 0)
		return;
	keep_saved(op->ams, &v->saved);
	if (v->restart && bus && strcmp(bus->name, v->saved.bus) == 0)
		op->rc = put_in_force(op->ams, bus, &v->saved.port);
}

static int save(struct ams_session *s, const struct ams_bus *bus, bool restart)
{
	struct saving *v = ams_op_new(s, sizeof(*v));

	if (!v)
		return STORE_E_MEMORY;
	v->op.done = written;
	v->restart = restart;
	v->saved.number = bus->number;
	v->saved.port = bus->pending;
	memcpy(v->saved.bus, bus->name, sizeof(v->saved.bus));
	return ams_op_begun(&v->op, ams_op_commit(&v->op, write_port(&v->saved)));
}

/* ---- the commands ---- */

/* Nobody has edited it: what is in force, which a reload may have changed. */
static int pending(struct ams *ams, uint32_t number, struct ams_bus **ret_bus)
{
	struct ams_bus *bus = ams_bus_by_number(ams, number);
	int rc;

	if (!bus)
		return MB_E_NO_DATA;
	rc = bus->edited ? 0 : in_force(ams, bus, &bus->pending);
	if (rc == 0)
		*ret_bus = bus;
	return rc;
}

int ams_get_port(void *ctx, uint32_t port, struct at_port *ret)
{
	const struct ams_session *s = ctx;
	struct ams_bus *bus;
	int rc = pending(s->ams, port, &bus);

	if (rc == 0)
		*ret = bus->pending;
	return rc;
}

int ams_set_port(void *ctx, uint32_t port, const struct at_port *settings)
{
	const struct ams_session *s = ctx;
	struct ams_bus *bus;
	int rc = pending(s->ams, port, &bus);

	if (rc < 0)
		return rc;
	if (settings->parity > PARITY_LAST)
		return MB_E_INVALID;
	bus->pending = *settings;
	bus->edited = true;
	return 0;
}

int ams_apply_port(void *ctx, uint32_t port, unsigned apply)
{
	struct ams_session *s = ctx;
	struct ams_bus *bus;
	int rc = pending(s->ams, port, &bus);

	if (rc < 0)
		return rc;
	if (apply & AT_SAVE)
		return save(s, bus, (apply & AT_RESTART) != 0);
	return put_in_force(s->ams, bus, &bus->pending);
}

/* ---- the start, and a reload ---- */

static bool acceptable(const struct ams_port *ports, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (ports[i].number < 1 || ports[i].number > AT_PORT_MAX ||
			strlen(ports[i].bus) >= PORT_NAME_MAX)
			return false;
		for (size_t j = 0; j < i; j++) {
			if (ports[j].number == ports[i].number ||
				strcmp(ports[j].bus, ports[i].bus) == 0)
				return false;
		}
	}
	return n <= AMS_PORTS_MAX;
}

static void restore(struct ams *ams, struct ams_bus *bus)
{
	const struct ams_saved_port *saved = find_saved(ams, bus);
	struct at_port now;

	if (!saved || in_force(ams, bus, &now) < 0 || memcmp(&now, &saved->port, sizeof(now)) == 0)
		return;
	if (put_in_force(ams, bus, &saved->port) < 0) {
		log_warning("bus %s cannot run as AT^SCPORT%" PRIu32 " saved it", bus->name,
			bus->number);
		return;
	}
	log_notice("bus %s runs at %" PRIu32 " baud, %" PRIu32 " data bits, %" PRIu32
		   " stop bits, parity %" PRIu32 ", as AT^SCPORT%" PRIu32
		   " saved it, not as the configuration says",
		bus->name, saved->port.baud, saved->port.data_bits, saved->port.stop_bits,
		saved->port.parity, bus->number);
}

int ams_set_ports(struct ams *ams, const struct ams_port *ports, size_t n)
{
	struct ams_bus *old;
	size_t n_old = ams->n_buses;

	if (!acceptable(ports, n))
		return MB_E_INVALID;
	old = malloc(sizeof(ams->buses));
	if (!old)
		return STORE_E_MEMORY;
	memcpy(old, ams->buses, sizeof(ams->buses));
	ams->n_buses = n;
	for (size_t i = 0; i < n; i++) {
		struct ams_bus *bus = &ams->buses[i];

		*bus = (struct ams_bus){.number = ports[i].number};
		snprintf(bus->name, sizeof(bus->name), "%s", ports[i].bus);
		for (size_t j = 0; j < n_old; j++) {
			if (old[j].number == bus->number && strcmp(old[j].name, bus->name) == 0)
				*bus = old[j];
		}
		restore(ams, bus);
	}
	free(old);
	return 0;
}
