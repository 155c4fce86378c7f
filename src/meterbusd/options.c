/* SPDX-License-Identifier: MIT */
#include "meterbusd/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum {
	OPTION_HELP_CONFIG = 256,
	OPTION_VERSION,
};

static const struct option table[] = {
	{"config", required_argument, NULL, 'c'},
	{"help", no_argument, NULL, 'h'},
	{"help-config", optional_argument, NULL, OPTION_HELP_CONFIG},
	{"version", no_argument, NULL, OPTION_VERSION},
	{0},
};

void options_help(void)
{
	fputs("meterbusd reads M-Bus meters on schedule, keeps what they say and serves it by "
	      "HTTP.\n\n"
	      "usage: meterbusd [-c FILE]         run, in the foreground\n"
	      "       meterbusd check [-c FILE]   say what is wrong with the configuration\n\n"
	      "  -c, --config FILE   read the configuration from FILE\n"
	      "  -h, --help          show this\n"
	      "      --help-config   show what can be configured\n"
	      "      --version       show the version\n",
		stdout);
}

static int take(struct options *o, int option)
{
	switch (option) {
	case 'c':
		o->file = optarg;
		return 0;
	case 'h':
		o->order = ORDER_HELP;
		return 0;
	case OPTION_HELP_CONFIG:
		if (optarg && strcmp(optarg, "mdoc") != 0)
			return -1;
		o->order = optarg ? ORDER_HELP_MDOC : ORDER_HELP_CONFIG;
		return 0;
	case OPTION_VERSION:
		o->order = ORDER_VERSION;
		return 0;
	default:
		fputs("meterbusd --help tells more\n", stderr); /* getopt has said what */
		return -1;
	}
}

int options_parse(int argc, char **argv, struct options *ret_options)
{
	struct options o = {ORDER_RUN, NULL};
	int option;

	while ((option = getopt_long(argc, argv, "c:h", table, NULL)) != -1) {
		if (take(&o, option) < 0)
			return -1;
	}
	if (optind < argc && o.order == ORDER_RUN && strcmp(argv[optind], "check") == 0) {
		o.order = ORDER_CHECK;
		optind++;
	}
	if (optind < argc) {
		fprintf(stderr, "meterbusd: unexpected %s; meterbusd --help tells more\n",
			argv[optind]);
		return -1;
	}
	*ret_options = o;
	return 0;
}
