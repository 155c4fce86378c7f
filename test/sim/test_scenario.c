/* SPDX-License-Identifier: MIT */
/* Scenario files: what is understood, and how mistakes are named. */
#include "bus.h"

#include <meterbus/error.h>

#include <stdlib.h>
#include <unistd.h>

/* ---- mistakes ---- */

static void test_mistakes_are_named(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{"[bus] baud=fast", "x.scn:1: baud=fast: 300 .. 38400"},
		{"[bus] baud=299", "x.scn:1: baud=299: 300 .. 38400"},
		{"\n\n[bus]\necho=maybe\n", "x.scn:4: echo=maybe: yes or no"},
		{"[bus] loss=2", "x.scn:1: loss=2: a chance, 0 .. 1 a byte"},
		{"[bus] loss=0.1x", "x.scn:1: loss=0.1x: a chance, 0 .. 1 a byte"},
		{"[bus] jitter=-1", "x.scn:1: jitter=-1: milliseconds, 0 .. 1000"},
		{"[bus] seed=x", "x.scn:1: seed=x: a number"},
		{"[bus] start=2025-13-01",
			"x.scn:1: start=2025-13-01: 2025-01-31 or 2025-01-31T08:30"},
		{"[bus] start=2025-01-01T9",
			"x.scn:1: start=2025-01-01T9: 2025-01-31 or 2025-01-31T08:30"},
		{"[bus] model=heat",
			"x.scn:1: model: no such key in [bus]; one of baud, echo, echo-delay, "
			"loss, noise, glitch, jitter, latency, chunk, overcurrent, seed, start"},
		{"baud 2400", "x.scn:1: 'baud': key=value is wanted"},
		{"[buses]", "x.scn:1: [buses]: one of [bus], [meter]"},
		{"[bus", "x.scn:1: '[' without ']'"},
		{"[meter] primary=5", "x.scn:1: [meter] above needs model= or telegram="},
		{"[meter] primary=5\n\n[meter] model=heat",
			"x.scn:3: [meter] above needs model= or telegram="},
		{"[meter] model=heat id=1234567", "x.scn:1: id=1234567: 8 digits"},
		{"[meter] model=heat id=1234567G", "x.scn:1: id=1234567G: 8 digits"},
		{"[meter] model=heat primary=251", "x.scn:1: primary=251: 0 .. 250 or none"},
		{"[meter] model=heat maker=KAMS", "x.scn:1: maker=KAMS: 3 letters or 4 hex digits"},
		{"[meter] model=heat count=0", "x.scn:1: count=0: 1 .. 10000"},
		{"[meter] model=heat ids=all",
			"x.scn:1: ids=all: consecutive[:FIRST] or random[:SEED]"},
		{"[meter] model=heat ids=randomly",
			"x.scn:1: ids=randomly: consecutive[:FIRST] or random[:SEED]"},
		{"[meter] model=heat bauds=300,1000",
			"x.scn:1: bauds=300,1000: speeds with commas between: 300,2400"},
		{"[meter] model=heat delay=60..15",
			"x.scn:1: delay=60..15: milliseconds: 25 or 15..60"},
		{"[meter] model=heat key=0011", "x.scn:1: key: 32 hex digits"},
		{"[meter] model=heat quirk=slow:99999",
			"x.scn:1: quirk=slow:99999: NAME or NAME:NUMBER, commas between"},
		{"[meter] model=heat id=1234567A count=2",
			"x.scn:1: count= needs an id= of decimal digits"},
		{"[meter] telegram=68 03 03 68 08 01 72 7A 16",
			"x.scn:1: telegram: the checksum does not match the bytes"},
		{"[meter] telegram=10 40 05 45 16",
			"x.scn:1: telegram: an RSP_UD frame in hex, 68 .. 16"},
		{"[meter] telegram=hello", "x.scn:1: telegram: an RSP_UD frame in hex, 68 .. 16"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char err[SCENARIO_ERROR_MAX] = "";
		struct scenario s;

		assert_int_equal(
			scenario_parse(cases[i].text, "x.scn", &s, err, sizeof(err)), MB_E_INVALID);
		assert_string_equal(err, cases[i].error);
		assert_null(s.meters);
	}
}

static void test_unknown_names_are_answered_with_the_known(void **state)
{
	char err[SCENARIO_ERROR_MAX];
	struct scenario s;

	(void)state;
	assert_true(scenario_parse("[meter] model=oil", "x", &s, err, sizeof(err)) < 0);
	for (size_t i = 0; i < n_models; i++)
		assert_non_null(strstr(err, models[i].name));
	assert_true(scenario_parse("[meter] quirk=odd", "x", &s, err, sizeof(err)) < 0);
	assert_non_null(strstr(err, "quirk=odd: one of deaf, needs-nke"));
	assert_true(scenario_parse("[meter] colour=red", "x", &s, err, sizeof(err)) < 0);
	assert_non_null(strstr(err, "colour: no such key in [meter]; one of model"));
}

/* Every key=value of a good file, cut off or with one byte changed: an error or a scenario. */
static void test_broken_files(void **state)
{
	static const char good[] =
		"[bus] baud=2400 echo=yes loss=0.5 seed=7 start=2025-01-31T08:30 # words\n"
		"[meter]\tmodel=heat id=12345678 maker=KAM quirk=slow:1500,deaf delay=1..2 "
		"count=3\n"
		"[meter] telegram=68 03 03 68 08 01 72 7B 16\n";
	char text[sizeof(good)];

	(void)state;
	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		static const char bytes[] = "[]=,:.\n \0";

		for (size_t k = 0; k < sizeof(bytes); k++) {
			char err[SCENARIO_ERROR_MAX] = "";
			struct scenario s;
			int rc;

			memcpy(text, good, sizeof(good));
			text[i] = bytes[k];
			rc = scenario_parse(text, "x", &s, err, sizeof(err));
			assert_true(rc == 0 || err[0]);
			scenario_done(&s);
		}
	}
}

/* ---- what is understood ---- */

static void parse(const char *text, struct scenario *s)
{
	char err[SCENARIO_ERROR_MAX];

	if (scenario_parse(text, "test", s, err, sizeof(err)) < 0)
		fail_msg("%s", err);
}

static void test_defaults(void **state)
{
	struct scenario s;

	(void)state;
	parse("[meter] model=heat\n[meter] model=water", &s);
	assert_int_equal(s.n_meters, 2);
	assert_int_equal(s.meters[0].slave.identity.id, 0x10000001);
	assert_int_equal(s.meters[1].slave.identity.id, 0x10000002);
	assert_int_equal(s.meters[0].slave.identity.manufacturer, mb_manufacturer_word("KAM"));
	assert_int_equal(s.meters[0].slave.identity.medium, 4);
	assert_int_equal(s.meters[0].slave.primary, 0);
	assert_int_equal(s.bus.start_s, 1736928000);
	scenario_done(&s);
}

static void test_all_keys(void **state)
{
	struct scenario s;
	const struct sim_meter_config *m;

	(void)state;
	parse("; comment\n[bus] baud=9600 echo=yes echo-delay=1.5 loss=0.01 noise=0.0001 glitch=1 "
	      "jitter=2\n"
	      "latency=16 chunk=16 overcurrent=4 seed=0x10 start=2024-02-29\n"
	      "[meter] maker=LSE version=0x99 medium=6 model=heat id=0803176A primary=none "
	      "baud=300\n"
	      "bauds=300,9600 fabrication=01020304 delay=15..60.5 "
	      "key=000102030405060708090a0b0c0d0e0f\n"
	      "access=255 status=4 alarms=yes alarm=3 distance=350 unlocked=yes "
	      "quirk=slow:1500,fcb-shared quirk=deaf\n",
		&s);
	m = &s.meters[0];
	assert_int_equal(s.bus.baud, 9600);
	assert_true(s.bus.echo);
	assert_int_equal(s.bus.echo_delay_us, 1500);
	assert_int_equal(s.bus.loss_ppm, 10000);
	assert_int_equal(s.bus.noise_ppm, 100);
	assert_int_equal(s.bus.glitch_ppm, 1000000);
	assert_int_equal(s.bus.jitter_us, 2000);
	assert_int_equal(s.bus.latency_us, 16000);
	assert_int_equal(s.bus.chunk_us, 16000);
	assert_int_equal(s.bus.overcurrent, 4);
	assert_int_equal(s.bus.seed, 16);
	assert_int_equal(s.bus.start_s, 1709164800);
	assert_int_equal(m->slave.identity.manufacturer, mb_manufacturer_word("LSE"));
	assert_int_equal(m->slave.identity.version, 0x99);
	assert_int_equal(m->slave.identity.medium, 6);
	assert_int_equal(m->slave.identity.id, 0x0803176A);
	assert_int_equal(m->slave.primary, MB_A_NETWORK);
	assert_int_equal(m->slave.baud, 300);
	assert_int_equal(m->slave.bauds, 1 << 0 | 1 << 5);
	assert_true(m->slave.has_fabrication);
	assert_int_equal(m->slave.fabrication, 0x01020304);
	assert_int_equal(m->slave.delay_min_us, 15000);
	assert_int_equal(m->slave.delay_max_us, 60500);
	assert_true(m->has_key);
	assert_int_equal(m->key[15], 15);
	assert_int_equal(m->slave.access, 255);
	assert_int_equal(m->status, 4);
	assert_true(m->slave.has_alarms);
	assert_int_equal(m->alarm, 3);
	assert_int_equal(m->distance_m, 350);
	assert_true(m->unlocked);
	assert_int_equal(m->slave.quirks[MB_SLAVE_SLOW], 1500);
	assert_int_equal(m->slave.quirks[MB_SLAVE_FCB_SHARED], 1);
	assert_int_equal(m->slave.quirks[MB_SLAVE_DEAF], 1);
	scenario_done(&s);
}

static void test_series(void **state)
{
	struct scenario s;

	(void)state;
	parse("[meter] model=water id=10000098 count=300 primary=1", &s);
	assert_int_equal(s.n_meters, 300);
	assert_int_equal(s.meters[0].slave.identity.id, 0x10000098);
	assert_int_equal(s.meters[2].slave.identity.id, 0x10000100);
	assert_int_equal(s.meters[299].slave.identity.id, 0x10000397);
	assert_int_equal(s.meters[249].slave.primary, 250);
	assert_int_equal(s.meters[250].slave.primary, MB_A_NETWORK);
	scenario_done(&s);
	parse("[meter] model=water ids=consecutive:99999999 count=2", &s);
	assert_int_equal(s.meters[1].slave.identity.id, 0x00000000);
	scenario_done(&s);
}

static void test_random_series(void **state)
{
	struct scenario a, b, c;
	unsigned differ = 0;

	(void)state;
	parse("[meter] model=water ids=random:7 count=1000", &a);
	parse("[meter] model=water ids=random:7 count=1000", &b);
	parse("[meter] model=water ids=random:8 count=1000", &c);
	for (size_t i = 0; i < 1000; i++) {
		uint32_t id = a.meters[i].slave.identity.id;

		assert_int_equal(id, b.meters[i].slave.identity.id);
		differ += id != c.meters[i].slave.identity.id;
		for (unsigned digit = 0; digit < 32; digit += 4)
			assert_true((id >> digit & 0xF) <= 9);
		for (size_t k = 0; k < i; k++)
			assert_true(id != a.meters[k].slave.identity.id);
	}
	assert_true(differ > 990);
	scenario_done(&a);
	scenario_done(&b);
	scenario_done(&c);
}

#define D48 \
	"68 1F 1F 68 08 02 72 78 56 34 12 24 40 01 07 55 00 00 00 03 13 15 31 00 DA 02 3B 13 01 " \
	"8B 60 04 37 18 02 18 16"

static void test_telegram_as_it_is(void **state)
{
	static uint8_t frame[MB_FRAME_MAX];
	struct bus b;
	size_t n = hex_read(D48, frame, sizeof(frame));

	(void)state;
	bus_open(&b, "[meter] telegram=" D48);
	bus_ask(&b, "10 7B 02 7D 16", 1000000);
	assert_int_equal(b.n, n);
	assert_memory_equal(b.bytes, frame, n);
	bus_ask(&b, "68 0B 0B 68 53 FD 52 78 56 34 12 24 40 01 07 22 16", 1000000);
	assert_int_equal(b.n, 1);
	bus_close(&b);
}

static void test_one_line(void **state)
{
	char err[SCENARIO_ERROR_MAX];
	struct scenario s;

	(void)state;
	assert_int_equal(scenario_from_spec("meters=250,ids=random:7,baud=9600,loss=0.01", &s, err,
				 sizeof(err)),
		0);
	assert_int_equal(s.n_meters, 250);
	assert_int_equal(s.bus.baud, 9600);
	assert_int_equal(s.meters[9].slave.baud, 9600);
	assert_int_equal(s.meters[9].slave.primary, 10);
	assert_int_equal(s.bus.loss_ppm, 10000);
	scenario_done(&s);
	assert_int_equal(scenario_from_spec("meters=2&model=heat", &s, err, sizeof(err)), 0);
	assert_string_equal(s.meters[0].model->name, "heat");
	scenario_done(&s);
	assert_true(scenario_from_spec("meters=0", &s, err, sizeof(err)) < 0);
	assert_string_equal(err, "count=0: 1 .. 10000");
	assert_true(scenario_from_spec("no/such.scn", &s, err, sizeof(err)) < 0);
	assert_string_equal(err, "no/such.scn: No such file or directory");
}

static const char *source_root(void)
{
	const char *root = getenv("METERBUS_SOURCE_ROOT");

	return root ? root : METERBUS_SOURCE_ROOT;
}

static void test_files_of_the_project(void **state)
{
	static const struct {
		const char *name;
		size_t meters;
	} files[] = {{"demo", 12}, {"difficult", 16}, {"noisy", 36}, {"d48", 4}};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[1024], err[SCENARIO_ERROR_MAX];
		struct mb_cipher cipher;
		bool aes = crypto_openssl(&cipher) >= 0;
		struct scenario s;
		struct sim *sim;

		snprintf(path, sizeof(path), "%s/etc/scenarios/%s.scn?seed=5,echo=no",
			source_root(), files[i].name);
		assert_int_equal(scenario_from_spec(path, &s, err, sizeof(err)), 0);
		assert_int_equal(s.n_meters, files[i].meters);
		assert_int_equal(s.bus.seed, 5);
		sim = scenario_build(&s, aes ? &cipher : NULL, err, sizeof(err));
		if (aes || i > 0)
			assert_non_null(sim);
		sim_free(sim);
		scenario_done(&s);
		snprintf(path, sizeof(path), "%s/etc/scenarios/%s.scn?model=heat", source_root(),
			files[i].name);
		assert_true(scenario_from_spec(path, &s, err, sizeof(err)) < 0);
		assert_string_equal(err, "model: only keys of [bus] may follow a file");
	}
}

static void test_encrypted_needs_its_key_and_aes(void **state)
{
	char err[SCENARIO_ERROR_MAX];
	struct scenario s;

	(void)state;
	parse("[meter] model=encrypted id=12345678", &s);
	assert_null(scenario_build(&s, NULL, err, sizeof(err)));
	assert_string_equal(err, "meter 12345678: an encrypted meter needs key=");
	scenario_done(&s);
	parse("[meter] model=encrypted id=12345678 key=000102030405060708090a0b0c0d0e0f", &s);
	assert_null(scenario_build(&s, NULL, err, sizeof(err)));
	assert_string_equal(err, "meter 12345678: no AES in this build (OpenSSL)");
	scenario_done(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes_are_named),
		cmocka_unit_test(test_unknown_names_are_answered_with_the_known),
		cmocka_unit_test(test_broken_files),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all_keys),
		cmocka_unit_test(test_series),
		cmocka_unit_test(test_random_series),
		cmocka_unit_test(test_telegram_as_it_is),
		cmocka_unit_test(test_one_line),
		cmocka_unit_test(test_files_of_the_project),
		cmocka_unit_test(test_encrypted_needs_its_key_and_aes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
