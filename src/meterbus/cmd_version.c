/* SPDX-License-Identifier: MIT */
#include "meterbus/args.h"
#include "meterbus/exit.h"
#include "meterbus/verbs.h"

#include <stdio.h>

#ifdef METERBUS_WITH_OPENSSL
#define WITH_OPENSSL "yes"
#else
#define WITH_OPENSSL "no"
#endif
#ifdef METERBUS_WITH_RFC2217
#define WITH_RFC2217 "yes"
#else
#define WITH_RFC2217 "no"
#endif

static const struct option_row options[] = {
	{"json", 0, ARG_TEXT, NULL, "as one line of JSON", NULL},
	{0},
};

static int run(const struct args *args)
{
	if (args_has(args, "json"))
		puts("{\"name\":\"meterbus\",\"version\":\"" METERBUS_VERSION
		     "\",\"keys\":\"" WITH_OPENSSL "\",\"rfc2217\":\"" WITH_RFC2217 "\"}");
	else
		puts("meterbus " METERBUS_VERSION "\nencrypted telegrams: " WITH_OPENSSL
		     "\nrfc2217://: " WITH_RFC2217);
	return EXIT_OK;
}

const struct verb verb_version = {
	.name = "version",
	.operands = "",
	.help = "show the version and what was built in",
	.examples = "meterbus version --json\n",
	.options = options,
	.run = run,
};
