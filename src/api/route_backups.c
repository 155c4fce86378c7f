/* SPDX-License-Identifier: MIT */
/* Consistent copies of the running store, as files beside it. */
#include "api/api_impl.h"
#include "api/routes.h"
#include "base/zone.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKUPS_MAX 100
#define NAME_FORM "backup-%04d%02u%02uT%02u%02u%02uZ.db"
#define NAME_LEN (sizeof("backup-20261121T093000Z.db") - 1)

struct backup {
	struct call *c;
	struct api *api;
	char path[4096];
	int rc;
};

/* Exactly our own names: no way out of the directory. */
static bool is_backup(const char *name)
{
	static const char form[] = "backup-00000000T000000Z.db";

	if (strlen(name) != NAME_LEN)
		return false;
	for (size_t i = 0; i < NAME_LEN; i++) {
		bool digit = name[i] >= '0' && name[i] <= '9';

		if (form[i] == '0' ? !digit : name[i] != form[i])
			return false;
	}
	return true;
}

static int open_backup(const struct api *api, const char *name, struct stat *ret_stat)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", api->data_dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && (fstat(fd, ret_stat) < 0 || !S_ISREG(ret_stat->st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool say_backup(struct json_out *j, const struct api *api, const char *name)
{
	struct stat info;
	char path[4096];
	int fd = open_backup(api, name, &info);

	if (fd < 0)
		return false;
	close(fd);
	snprintf(path, sizeof(path), "%s/%s", api->data_dir, name);
	json_out_object(j);
	say_text(j, "name", name);
	say_text(j, "file", path);
	say_u64(j, "bytes", (uint64_t)info.st_size);
	say_time(j, "time", (int64_t)info.st_mtime * 1000);
	json_out_end(j);
	return true;
}

static int only_backups(const struct dirent *entry)
{
	return is_backup(entry->d_name);
}

static void list_backups(struct call *c)
{
	struct dirent **names = NULL;
	int n = scandir(c->api->data_dir, &names, only_backups, alphasort);

	say_items(&c->j);
	for (int i = n - 1; i >= 0; i--) {
		say_backup(&c->j, c->api, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	json_out_end(&c->j);
	json_out_end(&c->j);
	call_answer(c);
}

static int count_backups(const struct api *api)
{
	struct dirent **names = NULL;
	int n = scandir(api->data_dir, &names, only_backups, NULL);

	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return n;
}

static int may_go_on(void *ctx, uint64_t done, uint64_t total)
{
	const struct backup *b = ctx;

	(void)done, (void)total;
	return b->api->stopping; /* a stop does not wait for a copy */
}

static void work(void *ctx)
{
	struct backup *b = ctx;

	b->rc = store_backup(b->api->config.store, b->path, may_go_on, b);
}

static void done(void *ctx)
{
	struct backup *b = ctx;
	struct call *c = b->c;
	struct api *api = b->api;

	api->backup_running = false;
	if (b->rc < 0)
		problem_respond_error(c->r, b->rc, NULL);
	else if (say_backup(&c->j, api, strrchr(b->path, '/') + 1))
		call_answer(c);
	else
		problem_respond(c->r, PROBLEM_INTERNAL, "the copy cannot be found");
	free(b);
	api_check_stopped(api);
}

static void name_backup(struct backup *b)
{
	struct civil t = civil_of_s(loop_wall_ms(b->api->config.loop) / 1000);

	snprintf(b->path, sizeof(b->path), "%s/" NAME_FORM, b->api->data_dir, (int)t.year, t.month,
		t.day, t.hour, t.minute, t.second);
}

static void post_backup(struct call *c)
{
	struct api *api = c->api;
	struct backup *b;

	if (api->backup_running || count_backups(api) >= BACKUPS_MAX) {
		problem_respond(c->r, PROBLEM_CONFLICT, "%s",
			api->backup_running ? "a copy is being made"
					    : "there are too many copies: delete some");
		return;
	}
	b = calloc(1, sizeof(*b));
	if (b) {
		b->c = c;
		b->api = api;
		name_backup(b);
	}
	if (!b || loop_work_slow(api->config.loop, work, done, b) < 0) {
		free(b);
		problem_respond(c->r, PROBLEM_UNAVAILABLE, "no memory");
		return;
	}
	api->backup_running = true;
}

static bool known(struct call *c)
{
	struct stat info;
	int fd = is_backup(c->values[0]) ? open_backup(c->api, c->values[0], &info) : -1;

	if (fd < 0) {
		problem_respond(c->r, PROBLEM_NOT_FOUND, "there is no copy '%s'", c->values[0]);
		return false;
	}
	close(fd);
	return true;
}

static void get_backup(struct call *c)
{
	struct stat info;
	char disposition[100];
	int fd;

	if (!known(c))
		return;
	fd = open_backup(c->api, c->values[0], &info);
	if (fd < 0) {
		problem_respond(c->r, PROBLEM_NOT_FOUND, NULL);
		return;
	}
	snprintf(disposition, sizeof(disposition), "attachment; filename=\"%s\"", c->values[0]);
	http_respond_file(c->r, fd, (uint64_t)info.st_size,
		&(struct http_response){
			.status = 200,
			.type = "application/vnd.sqlite3",
			.headers = {{"Content-Disposition", disposition},
				{"Cache-Control", "no-store"}},
		});
}

static void delete_backup(struct call *c)
{
	char path[4096];

	if (!known(c))
		return;
	snprintf(path, sizeof(path), "%s/%s", c->api->data_dir, c->values[0]);
	if (unlink(path) < 0)
		problem_respond(c->r, PROBLEM_CONFLICT, "%s: %s", path, strerror(errno));
	else
		call_done(c);
}

/* clang-format off */
static const struct schema_field backup_fields[] = {
	{"name", "text", NULL},
	{"file", "text", "path on the machine of the daemon"},
	{"bytes", "integer", NULL},
	{"time", "~time", NULL},
	{NULL, NULL, NULL},
};
static const struct schema_field backups_fields[] = {
	{"items", "[Backup]", "newest first"},
	{NULL, NULL, NULL},
};
static const struct schema schemas[] = {
	{"Backup", "a copy of the store", backup_fields, NULL},
	{"Backups", "all copies", backups_fields, NULL},
	{NULL, NULL, NULL, NULL},
};
static const struct route routes[] = {
	{"GET", "/backups", ROLE_MANAGER, list_backups, "listBackups", "Copies of the store", NULL, NULL, 200, "Backups"},
	{"POST", "/backups", ROLE_MANAGER, post_backup, "createBackup", "Make a consistent copy of the store", NULL, NULL, 201, "Backup"},
	{"GET", "/backups/{name}", ROLE_MANAGER, get_backup, "getBackup", "The copy itself", NULL, NULL, 200, "application/vnd.sqlite3"},
	{"DELETE", "/backups/{name}", ROLE_MANAGER, delete_backup, "deleteBackup", "Delete a copy", NULL, NULL, 204, NULL},
	{NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL},
};
/* clang-format on */

const struct noun noun_backups = {routes, schemas};
