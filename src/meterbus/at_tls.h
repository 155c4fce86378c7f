/* SPDX-License-Identifier: MIT */
/* TLS to an AT interface, by libcurl: a descriptor on which plain bytes come and go. */
#ifndef METERBUS_TOOL_AT_TLS_H
#define METERBUS_TOOL_AT_TLS_H

#include "base/url.h"

#define AT_TLS_SCHEME "tls://"

struct at_tls;

/*
 * Connects, checks the certificate, and gives the plain side, which the caller closes. ca: a file, NULL:
 * those of the system. An exit code, after saying what is wrong.
 */
int at_tls_open(const struct stream_url *url, const char *ca, struct at_tls **ret_tls, int *ret_fd);
void at_tls_close(struct at_tls *t); /* the plain side is closed; NULL is fine */

#endif
