/* SPDX-License-Identifier: MIT */
/*
 * The line engine of the AT interface: bytes in, commands out, answers framed. No I/O, and nothing
 * re-enters: a complete line is held, and no further byte is taken, until its owner has ended it.
 */
#ifndef GATEWAY_AT_LINE_H
#define GATEWAY_AT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AT_LINE_MAX 512 /* characters of a command; a longer line is answered with ERROR */
#define AT_ARGS_MAX 8
#define AT_NAME_MAX 15
#define AT_USER_MAX 63
#define AT_LOGINS_MAX 3 /* wrong passwords; then the session ends */
#define AT_OUT_MAX 16384
#define AT_ANSWER_MAX 6144 /* what an owner may put before it looks at the room again */

/* X(number, NAME, "meaning"): what +CME ERROR says. */
/* clang-format off */
#define AT_ERROR_MAP(X) \
	X(3,   NOT_ALLOWED,   "not allowed now") \
	X(4,   NOT_SUPPORTED, "not supported, or unknown") \
	X(20,  FULL,          "memory full") \
	X(22,  NOT_FOUND,     "not found") \
	X(50,  PARAMETER,     "wrong parameter, syntax or length") \
	X(100, UNKNOWN,       "something else")
/* clang-format on */

enum at_error {
#define AT_X(number, name, meaning) AT_E_##name = (number),
	AT_ERROR_MAP(AT_X)
#undef AT_X
};

enum at_form {
	AT_PLAIN, /* ATI3 */
	AT_QUERY, /* AT^SCAMS? */
	AT_TEST, /* AT^SCAMS=? */
	AT_SET, /* AT^SCAMS="RETRY",3 */
};

struct at_arg {
	const char *text; /* without its quotes; "" of an empty one */
	uint32_t number; /* 0 of a string */
	bool quoted;
};

struct at_request {
	enum at_form form;
	char name[AT_NAME_MAX + 1]; /* "", "I", "+GMI", "^SCPORT": upper case, without the number */
	int64_t number; /* 2 of AT^SCPORT2; -1 without */
	struct at_arg args[AT_ARGS_MAX];
	size_t n_args;
};

enum at_event {
	AT_EVENT_NONE,
	AT_EVENT_COMMAND, /* end with at_line_end() */
	AT_EVENT_LOGIN, /* check user and password, end with at_line_login() */
};

struct at_line {
	char line[AT_LINE_MAX + 1]; /* the command; the password in AT_EVENT_LOGIN */
	size_t len;
	char user[AT_USER_MAX + 1];
	char out[AT_OUT_MAX];
	size_t out_len;
	bool echo, cme;
	bool held, bad; /* a complete line waits for its end; it has a wrong byte or too many */
	bool informed; /* an information line went out */
	bool login_on, user_known, closing; /* closing: send what is left, then hang up */
	unsigned logins_failed;
};

/* With login it asks for one, and the banner is for it ("" for none). */
void at_line_init(struct at_line *l, bool login, const char *banner);

/* Takes bytes up to a complete line, or while there is room for an echo. Returns how many. */
size_t at_line_rx(struct at_line *l, const void *bytes, size_t n);
/* Lends what is to be sent; sent() spends it. */
const char *at_line_tx(const struct at_line *l, size_t *ret_n);
void at_line_sent(struct at_line *l, size_t n);
size_t at_line_room(const struct at_line *l);

/*
 * The next thing to do. Malformed lines are answered here. ret_request lives until the end of the
 * command; it is untouched in other events.
 */
enum at_event at_line_event(struct at_line *l, struct at_request *ret_request);
/* An information line, framed. False: no room for it, and nothing of it is sent. */
bool at_line_put(struct at_line *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* OK (0) or an error of enum at_error. */
void at_line_end(struct at_line *l, int error);
void at_line_login(struct at_line *l, bool granted);

/* Splits a command in place. 0 or an enum at_error; ret_request points into line. */
int at_parse(char *line, struct at_request *ret_request);

#endif
