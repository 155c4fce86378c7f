/* SPDX-License-Identifier: MIT */
/*
 * AT^SCCFG and AT^SCPING: what is set is pending; SAVE puts it into the store ("at.cfg.NAME"), RESTART into
 * force, where it is somebody else's. The way to a server, and who should be alive on it, is kept only:
 * nobody dials out yet.
 */
#include "gateway/ams_impl.h"

#include "base/log.h"

#include <meterbus/error.h>

#include <stdio.h>
#include <string.h>

/* clang-format off */
static const struct {
	const char *command, *key;
	const char *name; /* in the store, and to others */
	const char *standard; /* NULL: somebody else's, see struct ams_config */
} rows[AMS_CONFIG_KEYS] = {
	{"^SCCFG",  "mode",          "mode",          "2"},
	{"^SCCFG",  "server_ip",     "server_ip",     ""},
	{"^SCCFG",  "server_port",   "server_port",   "1560"},
	{"^SCCFG",  "auth_pass",     "auth_pass",     ""},
	{"^SCCFG",  "auth_ip",       "auth_ip",       NULL},
	{"^SCCFG",  "listenportcmd", "listenportcmd", NULL},
	{"^SCPING", "host",          "ping_host",     ""},
	{"^SCPING", "interval",      "ping_interval", "0"},
};
/* clang-format on */

static bool of_command(int i, const char *command)
{
	return strcmp(rows[i].command, command) == 0;
}

static int find(const char *command, const char *key)
{
	for (int i = 0; i < AMS_CONFIG_KEYS; i++) {
		if (of_command(i, command) && strcmp(rows[i].key, key) == 0)
			return i;
	}
	return MB_E_UNSUPPORTED;
}

static void copy(char to[AT_CONFIG_MAX + 1], const char *from)
{
	snprintf(to, AT_CONFIG_MAX + 1, "%s", from);
}

int ams_config_load(struct ams *ams, const char *key, const char *value)
{
	int i = 0;

	while (i < AMS_CONFIG_KEYS && strcmp(rows[i].name, key) != 0)
		i++;
	if (i == AMS_CONFIG_KEYS || strlen(value) > AT_CONFIG_MAX)
		return 0;
	copy(ams->values[i].saved, value);
	ams->values[i].is_saved = true;
	return 0;
}

void ams_config_done(struct ams *ams)
{
	explicit_bzero(ams->values, sizeof(ams->values));
}

/* ---- get and set ---- */

int ams_get_config(void *ctx, const char *command, const char *key, char ret[AT_CONFIG_MAX + 1])
{
	const struct ams *ams = ((struct ams_session *)ctx)->ams;
	const struct ams_config *config = &ams->config;
	int i = find(command, key);
	const struct ams_config_value *v;

	if (i < 0)
		return i;
	v = &ams->values[i];
	if (v->is_pending)
		copy(ret, v->pending);
	else if (!rows[i].standard)
		return config->get_config ? config->get_config(config->ctx, rows[i].name, ret)
					  : MB_E_UNSUPPORTED;
	else
		copy(ret, v->is_saved ? v->saved : rows[i].standard);
	return 0;
}

int ams_set_config(void *ctx, const char *command, const char *key, const char *value)
{
	struct ams *ams = ((struct ams_session *)ctx)->ams;
	int i = find(command, key);

	if (i < 0)
		return i;
	if (!rows[i].standard && !ams->config.set_config)
		return MB_E_UNSUPPORTED;
	copy(ams->values[i].pending, value);
	ams->values[i].is_pending = true;
	return 0;
}

/* ---- apply ---- */

/* What is somebody else's, of this command. */
static int restart(struct ams *ams, const char *command)
{
	const struct ams_config *config = &ams->config;
	int rc = 0;

	for (int i = 0; i < AMS_CONFIG_KEYS && rc >= 0; i++) {
		struct ams_config_value *v = &ams->values[i];

		if (rows[i].standard || !v->is_pending || !of_command(i, command))
			continue;
		rc = config->set_config(config->ctx, rows[i].name, v->pending);
		if (rc < 0)
			continue;
		v->is_pending = false;
		v->is_restarted = !v->is_saved || strcmp(v->saved, v->pending) != 0;
	}
	return rc;
}

struct saving {
	struct ams_op op;
	struct ams_config_value values[AMS_CONFIG_KEYS]; /* as they were then */
	const char *command; /* of rows */
	bool restart;
};

static void written(struct ams_op *op, int rc)
{
	struct saving *save = (struct saving *)op;

	for (int i = 0; i < AMS_CONFIG_KEYS && rc >= 0; i++) {
		struct ams_config_value *v = &op->ams->values[i];

		if (!save->values[i].is_pending)
			continue;
		copy(v->saved, save->values[i].pending);
		v->is_saved = true;
		v->is_restarted = false;
		if (rows[i].standard && strcmp(v->pending, v->saved) == 0)
			v->is_pending = false;
	}
	if (rc >= 0 && save->restart)
		op->rc = restart(op->ams, save->command);
	explicit_bzero(save->values, sizeof(save->values));
}

static struct store_batch *write_values(const struct ams_config_value values[AMS_CONFIG_KEYS])
{
	struct store_batch *batch = store_batch_new();
	char key[STORE_NAME_MAX + 1];

	for (int i = 0; i < AMS_CONFIG_KEYS && batch; i++) {
		if (!values[i].is_pending)
			continue;
		snprintf(key, sizeof(key), AMS_CONFIG_PREFIX "%s", rows[i].name);
		store_batch_setting(batch, key, values[i].pending);
	}
	return batch;
}

static bool anything_to_save(const struct ams *ams, const char *command)
{
	for (int i = 0; i < AMS_CONFIG_KEYS; i++) {
		const struct ams_config_value *v = &ams->values[i];

		if ((v->is_pending || v->is_restarted) && of_command(i, command))
			return true;
	}
	return false;
}

/* What is pending; and what RESTART has put in force before, as it is now. */
static void take_values(const struct ams *ams, const char *command, struct saving *save)
{
	const struct ams_config *config = &ams->config;

	memcpy(save->values, ams->values, sizeof(save->values));
	for (int i = 0; i < AMS_CONFIG_KEYS; i++) {
		struct ams_config_value *v = &save->values[i];

		if (v->is_restarted && !v->is_pending)
			v->is_pending =
				config->get_config(config->ctx, rows[i].name, v->pending) >= 0;
		v->is_pending &= of_command(i, command);
		if (of_command(i, command))
			save->command = rows[i].command;
	}
}

int ams_apply_pending(void *ctx, const char *command, unsigned apply)
{
	struct ams_session *s = ctx;
	struct saving *save;

	if (!(apply & AT_SAVE))
		return restart(s->ams, command);
	if (!anything_to_save(s->ams, command))
		return 0;
	save = ams_op_new(s, sizeof(*save));
	if (!save)
		return STORE_E_MEMORY;
	save->op.done = written;
	save->restart = (apply & AT_RESTART) != 0;
	take_values(s->ams, command, save);
	return ams_op_begun(&save->op, ams_op_commit(&save->op, write_values(save->values)));
}

static void put_in_force(struct ams *ams, int i)
{
	const struct ams_config *config = &ams->config;
	const char *key = rows[i].name, *saved = ams->values[i].saved;
	char now[AT_CONFIG_MAX + 1];

	if (config->get_config(config->ctx, key, now) >= 0 && strcmp(now, saved) == 0)
		return;
	if (config->set_config(config->ctx, key, saved) < 0)
		log_warning("AT^SCCFG: %s %s was saved, but cannot be put in force", key, saved);
	else
		log_notice("%s is %s, as AT^SCCFG saved it, not as the configuration says", key,
			saved);
}

void ams_apply_config(struct ams *ams)
{
	for (int i = 0; i < AMS_CONFIG_KEYS && ams->config.set_config; i++) {
		if (!rows[i].standard && ams->values[i].is_saved)
			put_in_force(ams, i);
	}
}
