/* SPDX-License-Identifier: MIT */
/* What a token may do; each role may do what those before it may. */
#ifndef API_ROLE_H
#define API_ROLE_H

/* X(NAME, number as stored, "name", "what it may do") */
/* clang-format off */
#define ROLE_MAP(X) \
	X(PUBLIC,   0, "public",   "without a token") \
	X(VIEWER,   1, "viewer",   "look at everything but tokens and the configuration") \
	X(OPERATOR, 2, "operator", "read meters and search buses") \
	X(MANAGER,  3, "manager",  "change accounts, tokens and the store")
/* clang-format on */

enum role {
#define ROLE_X(name, number, text, meaning) ROLE_##name = (number),
	ROLE_MAP(ROLE_X)
#undef ROLE_X
	ROLES
};

const char *role_name(unsigned role); /* NULL from ROLES on */
int role_find(const char *name); /* of a token: never PUBLIC; -1: there is none */

#endif
