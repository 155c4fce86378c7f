/* SPDX-License-Identifier: MIT */
/*
 * Recorded sessions of libmbus clients with real meters, as their users published them (threads of
 * rscada/libmbus and wmbusmeters): what the client sent, the simulated meter must answer byte for byte as
 * the real one did.
 */
#include "bus.h"

#define ANSWER_US 1500000 /* the longest of these answers at 2400 baud, and its delay */
#define STEPS_MAX 16

struct session {
	const char *name;
	const char *meter; /* of the scenario */
	struct {
		const char *sent, *heard; /* heard "": silence */
	} steps[STEPS_MAX];
};

/* clang-format off */
#define WATER_7F \
	"68 34 34 68 08 00 72 76 57 02 00 2D 48 03 07 7F 00 00 00 04 13 79 26 00 00 04 6D 39 0E AF 1A " \
	"42 6C BC 19 44 13 C9 20 00 00 42 EC 7E DC 19 0C 78 76 57 02 00 0F 01 00 00 45 16"
#define WATER_80 \
	"68 34 34 68 08 00 72 76 57 02 00 2D 48 03 07 80 00 00 00 04 13 79 26 00 00 04 6D 39 0E AF 1A " \
	"42 6C BC 19 44 13 C9 20 00 00 42 EC 7E DC 19 0C 78 76 57 02 00 0F 01 00 00 46 16"
#define HEAT \
	"68 71 71 68 08 00 72 29 76 85 10 49 6A 88 04 41 00 00 00 0C 78 29 76 85 10 04 06 93 00 00 00 " \
	"82 04 6C C1 21 C2 84 00 6C FF FF 84 04 06 00 00 00 00 C4 84 00 06 00 00 00 80 82 0A 6C C1 24 " \
	"84 0A 06 00 00 00 00 04 13 C3 42 01 00 02 59 DA 0B 02 5D F9 09 02 61 E1 01 04 2D 25 00 00 00 " \
	"04 3B A6 02 00 00 04 6D 08 07 DC 24 04 26 7D 01 00 00 02 FD 17 00 00 1F 71 16"
#define SHARKY \
	"68 68 68 68 08 3D 72 00 38 71 41 24 23 2F 04 C2 00 00 00 0C 06 43 50 00 00 8C 10 06 00 00 00 " \
	"00 8C 20 13 53 81 17 00 0C 13 54 06 65 01 0C 2B 67 00 00 00 0B 3B 13 06 00 0A 5A 14 02 0A 5E " \
	"13 02 0A 62 01 00 0A 27 75 26 04 6D 34 10 74 22 4C 06 00 00 00 00 4C 13 00 00 00 00 CC 10 06 " \
	"00 00 00 00 CC 20 13 00 00 00 00 42 6C 5F 25 E9 16"
#define MULTICAL \
	"68 C7 C7 68 08 B7 72 83 11 21 67 2D 2C 30 04 21 00 00 00 0C 78 83 11 21 67 04 06 40 0D 00 00 " \
	"04 86 FF 02 00 00 00 00 04 FF 07 9A 49 00 00 04 FF 08 10 3E 00 00 04 14 FC 87 00 00 04 22 89 " \
	"01 00 00 34 22 02 00 00 00 02 59 1A 15 02 5D 40 12 02 61 DA 02 04 2D B4 00 00 00 14 2D 1D 01 " \
	"00 00 04 3B 67 08 00 00 14 3B 23 09 00 00 02 FD 17 00 00 04 6D 30 37 E2 14 44 06 A9 09 00 00 " \
	"44 86 FF 02 00 00 00 00 44 FF 07 E7 33 00 00 44 FF 08 7E 2B 00 00 44 14 FE 5F 00 00 54 2D 26 " \
	"01 00 00 54 3B 17 09 00 00 42 6C FF 13 07 FF 0F AF 8F 01 04 00 00 00 00 04 FF 11 B2 AC 00 00 " \
	"04 FF 12 F0 F8 CA 00 02 FF 1A 01 18 02 FD 0E 01 07 F6 16"

static const struct session sessions[] = {
	{
		"scan below 0002577F, which finds the water meter 00025776", WATER_7F,
		{
			{"10 40 FD 3D 16", ""},
			{"10 40 FF 3F 16", ""},
			{"68 0B 0B 68 73 FD 52 0F 57 02 00 FF FF FF FF 26 16", ""},
			{"68 0B 0B 68 73 FD 52 6F 57 02 00 FF FF FF FF 86 16", ""},
			{"68 0B 0B 68 73 FD 52 7F 57 02 00 FF FF FF FF 96 16", "E5"},
			{"68 0B 0B 68 73 FD 52 70 57 02 00 FF FF FF FF 87 16", ""},
			{"68 0B 0B 68 73 FD 52 76 57 02 00 FF FF FF FF 8D 16", "E5"},
			{"10 5B FD 58 16", WATER_7F},
			{"68 0B 0B 68 73 FD 52 FF 67 02 00 FF FF FF FF 26 16", ""},
			{"68 0B 0B 68 73 FD 52 FF 57 01 00 FF FF FF FF 15 16", ""},
			{"68 0B 0B 68 73 FD 52 FF 57 02 00 FF FF FF FF 16 16", "E5"},
			{"10 5B FD 58 16", WATER_80},
		},
	},
	{
		"scan from the left, each silent mask twice, which finds the heat meter 10857629", HEAT,
		{
			{"10 40 FD 3D 16", ""},
			{"10 40 FF 3F 16", ""},
			{"68 0B 0B 68 73 FD 52 FF FF FF 0F FF FF FF FF CA 16", ""},
			{"68 0B 0B 68 73 FD 52 FF FF FF 0F FF FF FF FF CA 16", ""},
			{"68 0B 0B 68 73 FD 52 FF FF FF 1F FF FF FF FF DA 16", "E5"},
			{"10 5B FD 58 16", HEAT},
			{"68 0B 0B 68 73 FD 52 FF FF FF 2F FF FF FF FF EA 16", ""},
			{"68 0B 0B 68 73 FD 52 FF FF FF 3F FF FF FF FF FA 16", ""},
		},
	},
	{
		"read of address 61 with FCB 0, a Sharky 775", SHARKY,
		{
			{"10 40 FD 3D 16", ""},
			{"10 40 FD 3D 16", ""},
			{"10 5B 3D 98 16", SHARKY},
		},
	},
	{
		"read of address 183 with FCB 1, a Multical 302", MULTICAL,
		{
			{"10 40 FD 3D 16", ""},
			{"10 40 FD 3D 16", ""},
			{"10 7B B7 32 16", MULTICAL},
		},
	},
};
/* clang-format on */

static void check_step(struct bus *b, const struct session *s, size_t i)
{
	uint8_t expected[MB_FRAME_MAX];
	size_t n = hex_read(s->steps[i].heard, expected, sizeof(expected));

	bus_ask(b, s->steps[i].sent, ANSWER_US);
	if (b->n != n || memcmp(b->bytes, expected, n) != 0)
		fail_msg("%s, step %zu (%s): %zu bytes heard, not %zu, or others", s->name, i,
			s->steps[i].sent, b->n, n);
	assert_false(bus_marked(b));
}

static void test_sessions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sessions) / sizeof(*sessions); i++) {
		char text[2048];
		struct bus b;

		snprintf(text, sizeof(text), "[meter] telegram=%s", sessions[i].meter);
		bus_open(&b, text);
		for (size_t step = 0; sessions[i].steps[step].sent; step++)
			check_step(&b, &sessions[i], step);
		bus_close(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sessions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
