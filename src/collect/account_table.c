/* SPDX-License-Identifier: MIT */
#include "collect/account_impl.h"

#include "base/nearest.h"
#include "base/quirk_text.h"

#include <string.h>

const char *const account_connections[] = {"bus", "serial", "tcp", NULL};
static const char *const parities[] = {"none", "even", "odd", NULL}; /* enum mb_parity */

#define AT(member) offsetof(struct account, member), sizeof(((struct account *)0)->member)
#define NAME_ALLOWED "1 to 64 letters of A-Z a-z 0-9 . _ -"

#define SECRET true, false
#define PLAIN false, false
#define LINK false, true /* of the connection or the meter: a change connects anew */

/*
 * The order is that of the bits of `given`, which are not kept: rows may come and go. A default of ""
 * is null in JSON: nothing, or what the help says.
 */
/* clang-format off */
const struct account_row account_rows[ACCOUNT_ROWS] = {
	{{"name", NAME_ALLOWED, "",
		"unique name of the account; required", PLAIN},
		&account_kind_name, AT(name), 1, ACCOUNT_NAME_MAX, NULL, 0},
	{{"description", "up to 1024 bytes of text", "",
		"where the meter is, what it is for", PLAIN},
		&account_kind_text, AT(description), 0, ACCOUNT_DESCRIPTION_MAX, NULL, 0},
	{{"tags", "up to 32 texts of 1 to 64 bytes, without commas", "[]",
		"words to find the account by", PLAIN},
		&account_kind_tags, AT(tags), 0, ACCOUNT_TAGS_MAX, NULL, 0},

	{{"connection", "bus, serial or tcp", "",
		"how the meter is reached: a bus of the configuration, a serial port, M-Bus over TCP; "
		"follows from bus, device or host", LINK},
		&account_kind_choice, AT(connection), 0, 2, account_connections, 0},
	{{"bus", NAME_ALLOWED, "",
		"connection bus: its name", LINK},
		&account_kind_name, AT(bus), 1, ACCOUNT_NAME_MAX, NULL, 1 + ACCOUNT_BUS},
	{{"host", "a host name or an address, up to 255 bytes", "",
		"connection tcp: host name, IPv4 or IPv6 address", LINK},
		&account_kind_text, AT(host), 1, STREAM_URL_PATH_MAX - 1, NULL, 1 + ACCOUNT_TCP},
	{{"port", "a number of 1..65535", "",
		"connection tcp: port", LINK},
		&account_kind_number, AT(port), 1, 65535, NULL, 1 + ACCOUNT_TCP},
	{{"device", "a path that begins with /, without ?, up to 255 bytes", "",
		"connection serial: the port, like /dev/ttyUSB0", LINK},
		&account_kind_text, AT(device), 2, STREAM_URL_PATH_MAX - 1, NULL, 1 + ACCOUNT_SERIAL},
	{{"baud_rate", "a number of 50..4000000", "",
		"speed of this meter; 2400, or that of the bus", LINK},
		&account_kind_number, AT(line.baud), STREAM_BAUD_MIN, STREAM_BAUD_MAX, NULL, 0},
	{{"data_bits", "7 or 8", "8",
		"data bits", LINK},
		&account_kind_number, AT(line.data_bits), 7, 8, NULL, 0},
	{{"stop_bits", "1 or 2", "1",
		"stop bits", LINK},
		&account_kind_number, AT(line.stop_bits), 1, 2, NULL, 0},
	{{"parity", "none, even or odd", "even",
		"parity; M-Bus has even", LINK},
		&account_kind_choice, AT(line.parity), 0, 2, parities, 0},

	{{"address", "a number of 0..250, or 254 for any meter", "",
		"primary address; required unless secondary", LINK},
		&account_kind_address, AT(address), 0, 254, NULL, 0},
	{{"secondary", "true or false", "false",
		"select the meter by identification, manufacturer, version and medium", LINK},
		&account_kind_bool, AT(secondary), 0, 1, NULL, 0},
	{{"identification", "eight digits; F or ? match any", "",
		"secondary: identification number; required then, FFFFFFFF is any", LINK},
		&account_kind_id, AT(meter.id), 0, 0, NULL, 0},
	{{"manufacturer", "three letters, 0x and four hex digits, or *", "*",
		"secondary: manufacturer", LINK},
		&account_kind_maker, AT(meter.manufacturer), 0, 0, NULL, 0},
	{{"version", "a number of 0..255, or *", "*",
		"secondary: version", LINK},
		&account_kind_wild, AT(meter.version), 0, 255, NULL, 0},
	{{"medium", "a number of 0..255, or *", "*",
		"secondary: medium (device type)", LINK},
		&account_kind_wild, AT(meter.medium), 0, 255, NULL, 0},

	{{"history", "true or false", "false",
		"process historical data: dated storages become points of the past", PLAIN},
		&account_kind_bool, AT(history), 0, 1, NULL, 0},
	{{"time_zone", "a name like Europe/Prague", "",
		"zone of the meter's clock and of the schedule; that of the daemon", PLAIN},
		&account_kind_zone, AT(time_zone), 1, ZONE_NAME_MAX - 1, NULL, 0},
	{{"period", PERIOD_HELP, "1H",
		"how often it is read; 1M..1D follow the wall clock", PLAIN},
		&account_kind_period, AT(period), 0, 0, NULL, 0},
	{{"suspended", "true or false", "false",
		"never read, until this is false again", PLAIN},
		&account_kind_bool, AT(suspended), 0, 1, NULL, 0},
	{{"interrupt_on_error", "true or false", "false",
		"stop at the first error and connect anew the next time", PLAIN},
		&account_kind_bool, AT(interrupt_on_error), 0, 1, NULL, 0},
	{{"depends_on", "account:NAME or bus:NAME", "",
		"read only while this account or bus is online", PLAIN},
		&account_kind_depends, AT(depends_on), 0, 0, NULL, 0},
	{{"maintenance", "true, false, or a daily time like 02:00-03:00", "false",
		"not read now, or in these hours of the local day", PLAIN},
		&account_kind_maintenance, AT(maintenance), 0, 0, NULL, 0},

	{{"tries", "a number of 1..10", "",
		"how often a request is sent before it fails; 3, or that of the bus", PLAIN},
		&account_kind_number, AT(tries), 1, 10, NULL, 0},
	{{"timeout_ms", "a number of 1..600000", "",
		"longest wait for the first byte of an answer; 330 bit times + 50 ms + latency_ms", PLAIN},
		&account_kind_number, AT(timeout_ms), 1, STREAM_MS_MAX, NULL, 0},
	{{"latency_ms", "a number of 0..600000", "",
		"what the way to the meter may add to each answer; 100 serial, 2000 tcp, or the bus's", PLAIN},
		&account_kind_number, AT(latency_ms), 0, STREAM_MS_MAX, NULL, 0},
	{{"max_telegrams", "a number of 1..100", "16",
		"most telegrams of one answer", PLAIN},
		&account_kind_number, AT(max_telegrams), 1, MB_TELEGRAMS_MAX, NULL, 0},
	{{"quirk", "a list of: " QUIRK_NAMES, "",
		"what to bend for this meter, instead of what is known of its kind", PLAIN},
		&account_kind_quirk, AT(quirk), 1, QUIRK_TEXT_MAX - 1, NULL, 0},
	{{"key", "32 hexadecimal digits", "",
		"AES-128 key of the meter; can be written, is never shown", SECRET},
		&account_kind_secret, AT(key), 0, 0, NULL, 0},
	{{"reads_per_day", "a number of 0..86400; 0 is no limit", "0",
		"most readings of a day, for meters with batteries; the schedule is thinned to it", PLAIN},
		&account_kind_number, AT(reads_per_day), 0, 86400, NULL, 0},

	{{"keep_vanished_days", "a number of 0..3650", "7",
		"how long a reading is kept that the meter no longer sends", PLAIN},
		&account_kind_number, AT(keep_vanished_days), 0, 3650, NULL, 0},
	{{"offline_alert_s", "a number of 0..2592000; 0 is none", "0",
		"seconds offline until there is an alert", PLAIN},
		&account_kind_number, AT(offline_alert_s), 0, 2592000, NULL, 0},
	{{"sync_log", "a number of 0..1000", "20",
		"synchronisations kept in the log of the account", PLAIN},
		&account_kind_number, AT(sync_log), 0, 1000, NULL, 0},
	{{"index", "a number of 0..250; 0 is none", "0",
		"place in the table of AMS, no two alike; who is read first on a bus", PLAIN},
		&account_kind_number, AT(index), 0, ACCOUNT_INDEX_MAX, NULL, 0},
};
/* clang-format on */
_Static_assert(ACCOUNT_ROWS <= 64, "one bit of `given` for each");

int account_row_find(const char *key)
{
	for (int i = 0; i < ACCOUNT_ROWS; i++) {
		if (strcmp(account_rows[i].shown.key, key) == 0)
			return i;
	}
	return -1;
}

bool account_row_given(const struct account *a, const struct account_row *row)
{
	return a->given >> (row - account_rows) & 1;
}

bool account_has(const struct account *account, const char *key)
{
	int i = account_row_find(key);

	return i >= 0 && account_row_given(account, &account_rows[i]);
}

/* Equal when they are written in the same way. */
bool account_row_equal(
	const struct account *a, const struct account *b, const struct account_row *row)
{
	struct buf texts[2];
	const struct account *both[2] = {a, b};
	bool equal;

	for (size_t i = 0; i < 2; i++) {
		struct json_out j = JSON_OUT(&texts[i]);

		buf_init(&texts[i], ACCOUNT_JSON_MAX);
		row->kind->write(both[i], row, &j);
	}
	equal = texts[0].len == texts[1].len &&
		memcmp(texts[0].bytes, texts[1].bytes, texts[0].len) == 0;
	buf_done(&texts[0]);
	buf_done(&texts[1]);
	return equal;
}

const struct account_property *account_property(unsigned n)
{
	return n < ACCOUNT_ROWS ? &account_rows[n].shown : NULL;
}

const char *account_property_type(unsigned n)
{
	return n < ACCOUNT_ROWS ? account_rows[n].kind->type : NULL;
}

/* --- schema -------------------------------------------------------------------------------------- */

/* "string", or ["string","integer","null"] */
static void put_types(struct json_out *j, const char *types, bool nullable)
{
	bool several = nullable || strchr(types, ' ');

	json_out_key(j, "type");
	if (several)
		json_out_array(j);
	for (;; types++) {
		size_t len = strcspn(types, " ");

		json_out_text_n(j, types, len);
		types += len;
		if (!*types)
			break;
	}
	if (nullable)
		json_out_text(j, "null");
	if (several)
		json_out_end(j);
}

static void put_default(struct json_out *j, const struct account_row *row)
{
	struct account a = {0};

	row->kind->reset(&a, row);
	json_out_key(j, "default");
	row->kind->write(&a, row, j);
}

static void put_row(struct json_out *j, const struct account_row *row)
{
	bool standard = *row->shown.standard;

	json_out_key(j, row->shown.key);
	json_out_object(j);
	put_types(j, row->kind->schema, !standard);
	json_out_key(j, "description");
	json_out_text(j, row->shown.help);
	if (row->kind->describe)
		row->kind->describe(row, j);
	if (standard)
		put_default(j, row);
	if (row->shown.secret) {
		json_out_key(j, "writeOnly");
		json_out_bool(j, true);
	}
	json_out_end(j);
}

static void put_read_only(struct json_out *j, const char *key, const char *type, const char *help)
{
	json_out_key(j, key);
	json_out_object(j);
	json_out_key(j, "type");
	json_out_text(j, type);
	json_out_key(j, "description");
	json_out_text(j, help);
	json_out_key(j, "readOnly");
	json_out_bool(j, true);
	json_out_end(j);
}

bool account_schema(struct buf *buf)
{
	struct json_out j = JSON_OUT(buf);

	json_out_object(&j);
	json_out_key(&j, "type");
	json_out_text(&j, "object");
	json_out_key(&j, "required");
	json_out_array(&j);
	json_out_text(&j, "name");
	json_out_end(&j);
	json_out_key(&j, "additionalProperties");
	json_out_bool(&j, false);
	json_out_key(&j, "properties");
	json_out_object(&j);
	put_read_only(&j, "id", "integer", "number of the account, for ever");
	put_read_only(&j, "revision", "integer", "goes up with each change");
	put_read_only(&j, "key_set", "boolean", "is there a key?");
	for (size_t i = 0; i < ACCOUNT_ROWS; i++)
		put_row(&j, &account_rows[i]);
	json_out_end(&j);
	json_out_end(&j);
	return json_out_ok(&j);
}
