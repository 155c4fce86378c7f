/* SPDX-License-Identifier: MIT */
/* The command line of meterbusd. */
#ifndef METERBUSD_OPTIONS_H
#define METERBUSD_OPTIONS_H

enum options_order {
	ORDER_RUN,
	ORDER_CHECK, /* read the configuration, say what is wrong with it */
	ORDER_HELP,
	ORDER_HELP_CONFIG,
	ORDER_HELP_MDOC, /* the same, for the man page */
	ORDER_VERSION,
};

struct options {
	enum options_order order;
	const char *file; /* of the configuration, NULL: the default */
};

/* 0, or -1 after saying why. ret_options stays untouched on failure. */
int options_parse(int argc, char **argv, struct options *ret_options);
void options_help(void);

#endif
