/* SPDX-License-Identifier: MIT */
#include "meterbusd/rights.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int find_group(const char *group, gid_t *ret_gid, char *ret_err, size_t max)
{
	const struct group *g;

	if (!group)
		return 0;
	g = getgrnam(group);
	if (!g) {
		snprintf(ret_err, max, "[daemon] group: there is no group %s", group);
		return -1;
	}
	*ret_gid = g->gr_gid;
	return 0;
}

int rights_find(
	const char *user, const char *group, struct rights *ret_rights, char *ret_err, size_t max)
{
	struct rights r = {.uid = geteuid(), .gid = getegid()};
	const struct passwd *p;

	if (!user && r.uid == 0) {
		snprintf(ret_err, max,
			"started as root: set [daemon] user to who it shall become, or to root");
		return -1;
	}
	p = user ? getpwnam(user) : NULL;
	if (user && !p) {
		snprintf(ret_err, max, "[daemon] user: there is no user %s", user);
		return -1;
	}
	if (p && r.uid != 0 && p->pw_uid != r.uid) {
		snprintf(ret_err, max, "[daemon] user: only root can become %s", user);
		return -1;
	}
	if (p) {
		r.change = r.uid == 0 && (p->pw_uid != 0 || group);
		r.uid = p->pw_uid;
		r.gid = p->pw_gid;
		snprintf(r.user, sizeof(r.user), "%s", user);
	}
	if (find_group(group, &r.gid, ret_err, max) < 0)
		return -1;
	*ret_rights = r;
	return 0;
}

static int become(const struct rights *r)
{
	if (initgroups(r->user, r->gid) < 0 || setresgid(r->gid, r->gid, r->gid) < 0)
		return -1;
	return setresuid(r->uid, r->uid, r->uid);
}

int rights_drop(const struct rights *rights, char *ret_err, size_t max)
{
	if (rights->change && become(rights) < 0) {
		snprintf(ret_err, max, "cannot become user %s: %s", rights->user, strerror(errno));
		return -1;
	}
	if (rights->change && rights->uid != 0 && setuid(0) == 0) {
		snprintf(ret_err, max, "could become root again after becoming %s", rights->user);
		return -1;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		snprintf(ret_err, max, "PR_SET_NO_NEW_PRIVS: %s", strerror(errno));
		return -1;
	}
	return 0;
}
