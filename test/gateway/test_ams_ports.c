/* SPDX-License-Identifier: MIT */
/* AT^SCPORT, AT^SCCFG and AT^SCPING: pending, in force, saved. */
#include "at_rig.h"

static const char meters[] = "[bus]\nseed=1\n"
			     "[meter]\nmodel=water\nid=12345678\nprimary=1\n"
			     "[meter]\nmodel=water\nid=12345679\nprimary=2\nbaud=300\n";

#define PORT(baud, bits, stop, parity) \
	"\n^SCPORT2: \"BAUDRATE\"," baud "\n^SCPORT2: \"DATA_BITS\"," bits \
	"\n^SCPORT2: \"STOP_BITS\"," stop "\n^SCPORT2: \"PARITY\"," parity "\n\nOK\n"

static int begin(void **state)
{
	(void)state;
	at_begin(meters);
	return 0;
}

static struct mb_line line(void)
{
	struct port *port = ports_find(rig.site->ports, AT_RIG_BUS);
	struct port_status status;

	assert_non_null(port);
	port_status(port, &status);
	ports_put(port);
	return status.line;
}

static const char *read_meter(unsigned address)
{
	return at_ask(talk, "AT^SCAMS=\"DIRECT_READ\",2,2,\"%u\"", address);
}

static void set_is_pending_until_the_restart(void **state)
{
	(void)state;
	assert_string_equal(at_ask(talk, "AT^SCPORT2?"), PORT("2400", "8", "1", "1"));
	assert_non_null(strstr(read_meter(1), "^SCAMS: 0,"));
	at_ok(talk, "AT^SCPORT2=\"BAUDRATE\",300");
	assert_string_equal(at_ask(talk, "AT^SCPORT2?"), PORT("300", "8", "1", "1"));
	assert_int_equal(line().baud, 2400);
	assert_non_null(strstr(read_meter(1), "^SCAMS: 0,"));
	at_ok(talk, "AT^SCPORT2=\"RESTART\"");
	assert_int_equal(line().baud, 300);
	assert_non_null(strstr(read_meter(2), "^SCAMS: 0,")); /* the slow one answers now */
	assert_null(strstr(read_meter(1), "^SCAMS: 0,"));
	at_restart(); /* and it was not saved */
	assert_string_equal(at_ask(talk, "AT^SCPORT2?"), PORT("2400", "8", "1", "1"));
	assert_int_equal(line().baud, 2400);
}

static void another_session_sees_what_is_pending(void **state)
{
	struct at_talk *other = at_talk_new(&rig, "other");

	(void)state;
	at_ok(talk, "AT^SCPORT2=\"STOP_BITS\",2");
	assert_string_equal(at_ask(other, "AT^SCPORT2?"), PORT("2400", "8", "2", "1"));
	at_talk_free(other);
}

static void saved_wins_over_the_configuration(void **state)
{
	(void)state;
	at_ok(talk, "AT^SCPORT2=\"BAUDRATE\",9600");
	at_ok(talk, "AT^SCPORT2=\"PARITY\",2");
	at_ok(talk, "AT^SCPORT2=\"SAVE\"");
	assert_int_equal(line().baud, 2400); /* not before a restart */
	assert_string_equal(at_ask(talk, "AT^SCPORT2?"), PORT("9600", "8", "1", "2"));
	at_restart();
	assert_int_equal(line().baud, 9600);
	assert_int_equal(line().parity, MB_PARITY_ODD);
	at_ok(talk, "AT^SCPORT2=\"PARITY\",0");
	at_ok(talk, "AT^SCPORT2=\"DATA_BITS\",7");
	at_ok(talk, "AT^SCPORT2=\"SRESTART\"");
	assert_int_equal(line().parity, MB_PARITY_NONE);
	assert_int_equal(line().data_bits, 7);
	at_restart();
	assert_string_equal(at_ask(talk, "AT^SCPORT2?"), PORT("9600", "7", "1", "0"));
	assert_int_equal(line().data_bits, 7);
}

/* A number that is another bus's now: what was saved was not for that one. */
static void saved_is_for_one_bus(void **state)
{
	static const struct ams_port moved[] = {{3, AT_RIG_BUS}};
	static const struct ams_port back[] = {{2, AT_RIG_BUS}};
	static const struct ams_port wrong[] = {{2, AT_RIG_BUS}, {2, "cellar"}};
	static const struct mb_line standard = MB_LINE_2400_8E1;
	struct port *port = ports_find(rig.site->ports, AT_RIG_BUS);

	(void)state;
	at_ok(talk, "AT^SCPORT2=\"BAUDRATE\",9600");
	at_ok(talk, "AT^SCPORT2=\"SRESTART\"");
	assert_int_equal(port_set_line(port, &standard), 0);
	assert_int_equal(ams_set_ports(rig.ams, moved, 1), 0);
	at_refused(talk, AT_E_NOT_FOUND, "AT^SCPORT2?");
	assert_int_equal(line().baud, 2400);
	assert_int_equal(ams_set_ports(rig.ams, wrong, 2), MB_E_INVALID);
	assert_int_equal(ams_set_ports(rig.ams, back, 1), 0);
	assert_int_equal(line().baud, 9600);
	ports_put(port);
}

static void no_room_to_save(void **state)
{
	(void)state;
	rig.site->queue_options.max_bytes = 1;
	at_restart();
	at_ok(talk, "AT^SCPORT2=\"BAUDRATE\",9600");
	at_refused(talk, AT_E_FULL, "AT^SCPORT2=\"SAVE\"");
	at_refused(talk, AT_E_FULL, "AT^SCPORT2=\"SRESTART\"");
	assert_int_equal(line().baud, 2400);
	at_ok(talk, "AT^SCCFG=\"SERVER_PORT\",1");
	at_refused(talk, AT_E_FULL, "AT^SCCFG=\"SAVE\"");
	at_refused(talk, AT_E_FULL, "AT^SCCFG=\"SRESTART\"");
}

static void a_bus_that_has_gone(void **state)
{
	(void)state;
	assert_true(ports_remove(rig.site->ports, AT_RIG_BUS));
	at_refused(talk, AT_E_NOT_FOUND, "AT^SCPORT2?");
	at_refused(talk, AT_E_NOT_FOUND, "AT^SCPORT2=\"SRESTART\"");
	at_refused(talk, AT_E_NOT_FOUND, "AT^SCAMS=\"DIRECT_READ\",2,2,\"1\"");
	at_refused(talk, AT_E_NOT_FOUND, "AT^SCAMS=\"SCAN\",2,2400");
}

/* ---- AT^SCCFG ------------------------------------------------------------------------------------- */

#define CONFIG(mode, ip, port, auth, listen) \
	"\n^SCCFG: \"MODE\"," mode "\n^SCCFG: \"SERVER_IP\",\"" ip \
	"\"\n^SCCFG: \"SERVER_PORT\"," port \
	"\n^SCCFG: \"AUTH_PASS\",\"\"\n^SCCFG: \"AUTH_IP\"," auth \
	"\n^SCCFG: \"LISTENPORTCMD\"," listen "\n\nOK\n"

static void the_configuration(void **state)
{
	(void)state;
	assert_string_equal(at_ask(talk, "AT^SCCFG?"), CONFIG("2", "", "1560", "1", "10000"));
	at_ok(talk, "at^sccfg=\"mode\",1");
	at_ok(talk, "at^sccfg=\"server_ip\",\"192.0.2.1\"");
	at_ok(talk, "at^sccfg=\"auth_pass\",\"secret\"");
	at_ok(talk, "at^sccfg=\"auth_ip\",0");
	at_ok(talk, "at^sccfg=\"listenportcmd\",10007");
	assert_string_equal(
		at_ask(talk, "AT^SCCFG?"), CONFIG("1", "192.0.2.1", "1560", "0", "10007"));
	assert_int_equal(rig.configured, 0);
	at_ok(talk, "at^sccfg=\"restart\"");
	assert_int_equal(rig.configured, 2);
	assert_string_equal(rig.listen_port, "10007");
	assert_string_equal(rig.auth_ip, "0");
	at_restart();
	assert_string_equal(at_ask(talk, "AT^SCCFG?"), CONFIG("2", "", "1560", "1", "10000"));
}

static void the_configuration_is_saved(void **state)
{
	(void)state;
	at_ok(talk, "at^sccfg=\"server_port\",1564");
	at_ok(talk, "at^sccfg=\"auth_pass\",\"secret\"");
	at_ok(talk, "at^sccfg=\"auth_ip\",0");
	at_ok(talk, "at^sccfg=\"save\"");
	assert_int_equal(rig.configured, 0);
	at_ok(talk, "at^sccfg=\"server_ip\",\"192.0.2.1\"");
	at_ok(talk, "at^sccfg=\"srestart\"");
	assert_int_equal(rig.configured, 1);
	rig.configured = 0;
	at_restart();
	assert_int_equal(rig.configured, 1);
	assert_string_equal(
		at_ask(talk, "AT^SCCFG?"), CONFIG("2", "192.0.2.1", "1564", "0", "10000"));
}

/* First tried, then kept; a value that is pending beside it is kept, too. */
static void what_a_restart_put_in_force_can_be_saved(void **state)
{
	(void)state;
	at_ok(talk, "at^sccfg=\"listenportcmd\",10007");
	at_ok(talk, "at^sccfg=\"restart\"");
	at_ok(talk, "at^sccfg=\"server_port\",1564");
	at_ok(talk, "at^sccfg=\"save\"");
	rig.configured = 0;
	at_ok(talk, "at^sccfg=\"srestart\"");
	assert_int_equal(rig.configured, 0);
	at_restart();
	assert_string_equal(rig.listen_port, "10007");
	assert_string_equal(rig.auth_ip, "1");
	assert_string_equal(at_ask(talk, "AT^SCCFG?"), CONFIG("2", "", "1564", "1", "10007"));
}

#define PING(host, interval) \
	"\n^SCPING: \"HOST\",\"" host "\"\n^SCPING: \"INTERVAL\"," interval "\n\nOK\n"

/* Kept for scripts that set it; its SAVE is of nothing else, and no other SAVE of it. */
static void who_to_ping_is_kept(void **state)
{
	(void)state;
	assert_string_equal(at_ask(talk, "AT^SCPING?"), PING("", "0"));
	at_ok(talk, "at^scping=\"host\",\"192.0.2.2\"");
	at_ok(talk, "at^scping=\"interval\",60");
	at_ok(talk, "at^sccfg=\"server_port\",1564");
	at_ok(talk, "at^scping=\"srestart\"");
	at_ok(talk, "at^scping=\"interval\",90");
	at_ok(talk, "at^scping=\"restart\"");
	at_ok(talk, "at^sccfg=\"save\"");
	assert_string_equal(at_ask(talk, "AT^SCPING?"), PING("192.0.2.2", "90"));
	assert_int_equal(rig.configured, 0);
	at_ok(talk, "at^sccfg=\"server_port\",1565");
	at_ok(talk, "at^scping=\"save\"");
	at_ok(talk, "at^scping=\"interval\",120");
	at_restart();
	assert_string_equal(at_ask(talk, "AT^SCPING?"), PING("192.0.2.2", "90"));
	assert_string_equal(at_ask(talk, "AT^SCCFG?"), CONFIG("2", "", "1564", "1", "10000"));
	at_refused(talk, AT_E_PARAMETER, "AT^SCPING=\"INTERVAL\",65536");
	at_refused(talk, AT_E_PARAMETER, "AT^SCPING=\"MODE\",1");
}

/* OK is for what was done: saved, but not in force, is an error, and stays pending. */
static void a_restart_that_fails_is_no_ok(void **state)
{
	(void)state;
	at_ok(talk, "AT^SCCFG=\"LISTENPORTCMD\"," AT_RIG_TAKEN);
	at_refused(talk, AT_E_UNKNOWN, "AT^SCCFG=\"RESTART\"");
	at_refused(talk, AT_E_UNKNOWN, "AT^SCCFG=\"SRESTART\"");
	assert_string_equal(rig.listen_port, "10000");
	at_ok(talk, "AT^SCPORT2=\"BAUDRATE\",9600");
	at_send(talk, "AT^SCPORT2=\"SRESTART\"");
	assert_true(at_waits(talk));
	assert_true(ports_remove(rig.site->ports, AT_RIG_BUS));
	assert_string_equal(at_answer(talk), "\n+CME ERROR: 22\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, at_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(set_is_pending_until_the_restart),
		TEST(another_session_sees_what_is_pending),
		TEST(saved_wins_over_the_configuration),
		TEST(saved_is_for_one_bus),
		TEST(no_room_to_save),
		TEST(a_bus_that_has_gone),
		TEST(a_restart_that_fails_is_no_ok),
		TEST(the_configuration),
		TEST(the_configuration_is_saved),
		TEST(what_a_restart_put_in_force_can_be_saved),
		TEST(who_to_ping_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
