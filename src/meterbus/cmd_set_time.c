/* SPDX-License-Identifier: MIT */
#include "meterbus/args.h"
#include "meterbus/bus_write.h"
#include "meterbus/exit.h"
#include "meterbus/talk.h"
#include "meterbus/verbs.h"

#include <meterbus/error.h>
#include <meterbus/value.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#define NOW "now"
#define YEAR_MIN 1981 /* of the types: two digits, and a century in F */
#define YEAR_MAX 2099
#define TOLERANCE_S_MAX 86400

static const struct option_row options[] = {
	{"type", 0, ARG_CHOICE, "TYPE",
		"F date and time (04 6D), I with seconds (06 6D), G date (02 6C)", "F I G"},
	{"utc", 0, ARG_TEXT, NULL, "now in UTC instead of local time", NULL},
	{"winter", 0, ARG_TEXT, NULL, "now in standard time, also in summer", NULL},
	{"tolerance", 0, ARG_TEXT, "S", "seconds that the clock read back may differ (60)", NULL},
	BUS_WRITE_OPTIONS,
	BUS_FORCE_OPTION,
	BUS_OPTIONS,
	{0},
};

/* --- which time -------------------------------------------------------------------------------- */

struct wish {
	bool now, utc, winter;
};

static void set_from_tm(struct mb_datetime *t, const struct tm *tm)
{
	t->year = (int16_t)(tm->tm_year + 1900);
	t->month = (int8_t)(tm->tm_mon + 1);
	t->day = (int8_t)tm->tm_mday;
	t->hour = (int8_t)tm->tm_hour;
	t->minute = (int8_t)tm->tm_min;
	t->second = (int8_t)(tm->tm_sec < 60 ? tm->tm_sec : 59);
	t->summer = tm->tm_isdst > 0;
	t->weekday = (uint8_t)(tm->tm_wday ? tm->tm_wday : 7);
}

static void set_now(struct mb_datetime *t, const struct wish *wish)
{
	time_t now = time(NULL);
	struct tm tm;

	if (wish->utc) {
		gmtime_r(&now, &tm);
	} else {
		localtime_r(&now, &tm);
		if (wish->winter && tm.tm_isdst > 0) {
			now += tm.tm_gmtoff - 3600;
			gmtime_r(&now, &tm);
		}
	}
	set_from_tm(t, &tm);
}

/* "2026-11-21T10:30", with seconds or without time. */
static bool set_text(struct mb_datetime *t, const char *text)
{
	struct tm tm = {.tm_isdst = -1};
	static const char *const formats[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
		"%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"};
	struct tm same;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const char *end = strptime(text, formats[i], &tm);

		if (!end || *end) {
			tm = (struct tm){.tm_isdst = -1};
			continue;
		}
		same = tm;
		if (mktime(&same) == (time_t)-1 || same.tm_mday != tm.tm_mday ||
			same.tm_mon != tm.tm_mon)
			return false; /* 31 February */
		tm.tm_isdst = same.tm_isdst;
		tm.tm_wday = same.tm_wday;
		set_from_tm(t, &tm);
		return t->year >= YEAR_MIN && t->year <= YEAR_MAX;
	}
	return false;
}

static struct wish wish;

static void take_now(struct bus_order *order)
{
	if (wish.now)
		set_now(&order->request.time, &wish);
}

/* --- the verb ---------------------------------------------------------------------------------- */

static int parse(const struct args *args, struct bus_order *order)
{
	const char *text = args->operand_count > 2 ? args->operands[2] : NOW;
	const char *type = args_value(args, "type");
	struct mb_request *request = &order->request;
	uint64_t tolerance_s = 0;
	uint8_t bytes[8];

	if (args_number(args, "tolerance", 1, TOLERANCE_S_MAX, &tolerance_s) != EXIT_OK)
		return EXIT_USAGE;
	wish = (struct wish){
		.now = strcmp(text, NOW) == 0,
		.utc = args_has(args, "utc"),
		.winter = args_has(args, "winter"),
	};
	request->type = type ? (uint8_t)type[0] : 'F';
	request->tolerance_s = (uint32_t)tolerance_s;
	if (!wish.now && (wish.utc || wish.winter)) {
		talk_error("--utc and --winter say what now is; %s is taken as it stands", text);
		return EXIT_USAGE;
	}
	if (wish.now)
		set_now(&request->time, &wish);
	if ((!wish.now && !set_text(&request->time, text)) ||
		mb_datetime_write(&request->time, request->type, bytes) < 0) {
		talk_error("%s: a time is 2026-11-21T10:30, with :SS if you like, or now", text);
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

static int run(const struct args *args)
{
	struct bus_order order = {
		.verb = "set-time",
		.request = {.op = MB_OP_SET_TIME},
		.late = take_now,
	};
	char text[MB_VALUE_TEXT_MAX] = "";

	if (parse(args, &order) != EXIT_OK)
		return EXIT_USAGE;
	order.request.options = bus_write_options(args);
	order.request.time.type = order.request.type;
	mb_datetime_text(&order.request.time, text, sizeof(text));
	snprintf(order.what, sizeof(order.what), "set the clock to %s%s", text,
		order.request.time.summer ? " (summer time)" : "");
	snprintf(order.done, sizeof(order.done), "the clock is set to %s", wish.now ? NOW : text);
	return bus_write(&order, args, 1);
}

const struct verb verb_set_time = {
	.name = "set-time",
	.operands = "URL ADDRESS [TIME]",
	.help = "set the clock of a meter, to now by default",
	.details = "TIME is the meter's own, 2026-11-21T10:30 or now: the local time of this "
		   "computer (see TZ),\n"
		   "with the summer time bit when it is summer. The clock is read back. Not every "
		   "meter has\n"
		   "every type; most take F. What the clock was before is lost.\n",
	.examples = "meterbus set-time /dev/ttyUSB0 5\n"
		    "meterbus set-time --winter --type I /dev/ttyUSB0 12345678 now\n"
		    "meterbus set-time --dry-run /dev/ttyUSB0 5 2011-01-05T15:30\n",
	.options = options,
	.operands_min = 2,
	.operands_max = 3,
	.run = run,
};
