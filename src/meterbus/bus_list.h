/* SPDX-License-Identifier: MIT */
/*
 * The meters to talk to: the words of the command line, or a file with one a line:
 *
 *	# the cellar
 *	5
 *	11304522	name=Kitchen
 *	6522045F	name="Flat 3" baud=300 timeout=1500
 *	67380222	key=000102030405060708090A0B0C0D0E0F
 */
#ifndef METERBUS_TOOL_BUS_LIST_H
#define METERBUS_TOOL_BUS_LIST_H

#include <meterbus/address.h>
#include <meterbus/security.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUS_LIST_MAX 10000
#define BUS_NAME_MAX 64 /* with NUL */

struct bus_meter {
	struct mb_address address;
	char text[MB_ADDRESS_TEXT_MAX]; /* the address as it was written */
	char name[BUS_NAME_MAX]; /* or "" */
	uint32_t baud; /* 0: the bus's */
	uint32_t answer_ms; /* slowest answer; 0: the path's */
	bool has_key;
	uint8_t key[MB_KEY_LEN];
};

struct bus_list {
	struct bus_meter *meters;
	size_t count, size;
};

/* One address. EXIT_OK, or EXIT_USAGE after saying what an address is. */
int bus_address(const char *text, struct mb_address *ret_address);

/* Both add to *list, zeroed before; EXIT_OK, or EXIT_USAGE after saying why. */
int bus_list_words(struct bus_list *list, char *const *words, unsigned n);
int bus_list_file(struct bus_list *list, const char *path); /* "-": stdin */
/* Frees, and wipes the keys. */
void bus_list_done(struct bus_list *list);

/* The name, or the address when it has none. */
const char *bus_meter_name(const struct bus_meter *meter);

#endif
