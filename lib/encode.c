/* SPDX-License-Identifier: MIT */
/* Whole telegrams of a master, and the short ones of a slave. */
#include <meterbus/encode.h>
#include <meterbus/error.h>

#include "number.h"
#include "writer.h"

#define CI_APPLICATION 0x50
#define CI_SEND 0x51
#define CI_SELECT 0x52
#define CI_SYNC_D48 0x54
#define CI_SELECT_MODE2 0x56
#define CI_SYNC 0x5C
#define CI_APPLICATION_ERROR 0x70
#define CI_ALARM 0x71
#define CI_BAUD 0xB8 /* 300 baud, and doubling */
#define SUBCODES_MAX 10

/* Every VIF here is a primary one. */
#define VIF_DATE 0x6C
#define VIF_DATETIME 0x6D
#define VIF_FABRICATION 0x78
#define VIF_IDENTIFICATION 0x79
#define VIF_BUS_ADDRESS 0x7A

static const uint32_t bauds[] = {300, 600, 1200, 2400, 4800, 9600, 19200, 38400};

int mb_baud_ci(uint32_t baud)
{
	for (unsigned i = 0; i < sizeof(bauds) / sizeof(bauds[0]); i++)
		if (bauds[i] == baud)
			return (int)(CI_BAUD + i);
	return MB_E_INVALID;
}

uint32_t mb_ci_baud(uint8_t ci)
{
	return ci >= CI_BAUD && ci < CI_BAUD + sizeof(bauds) / sizeof(bauds[0])
		       ? bauds[ci - CI_BAUD]
		       : 0;
}

void mb_frame_set_c(uint8_t *frame, uint8_t c)
{
	uint8_t *checksum = frame + 4 + frame[1];

	*checksum = (uint8_t)(*checksum - frame[4] + c);
	frame[4] = c;
}

/* One whole telegram of bytes that stand ready. */
static int encode(
	uint8_t *buf, size_t max, uint8_t c, uint8_t a, uint8_t ci, const uint8_t *data, size_t len)
{
	return mb_frame_write_long(buf, max, c, a, ci, data, len);
}

/* A record of a primary VIF, its data field filled with the bytes of a number as they are. */
static void write_bytes(struct mb_writer *w, uint8_t vif, uint8_t data_field, uint64_t n)
{
	struct mb_record_head head = {.vif_code = vif};

	mb_write_head(w, &head, data_field);
	mbi_write_number(w, n, mb_data_field_len(data_field));
}

/* One such record as a whole telegram. */
static int encode_record(
	uint8_t *buf, size_t max, uint8_t c, uint8_t a, uint8_t vif, uint8_t data_field, uint64_t n)
{
	struct mb_writer w;

	mb_writer_begin(&w, buf, max, CI_SEND);
	write_bytes(&w, vif, data_field, n);
	return mb_writer_end(&w, c, a);
}

int mb_encode_select(uint8_t *buf, size_t max, uint8_t c, const struct mb_address *address)
{
	struct mb_writer w;

	if (address->type != MB_ADDRESS_SECONDARY)
		return MB_E_INVALID;
	mb_writer_begin(&w, buf, max, CI_SELECT);
	mb_write_address(&w, &address->secondary);
	if (address->has_fabrication)
		write_bytes(&w, VIF_FABRICATION, MB_DATA_BCD8, address->fabrication);
	return mb_writer_end(&w, c, MB_A_NETWORK);
}

int mb_encode_select_mode2(uint8_t *buf, size_t max, uint8_t c, const struct mb_secondary *mask)
{
	struct mb_writer w;

	mb_writer_begin(&w, buf, max, CI_SELECT_MODE2);
	mb_write_address(&w, mask);
	return mb_writer_end(&w, c, MB_A_NETWORK);
}

int mb_encode_application_select(
	uint8_t *buf, size_t max, uint8_t c, uint8_t a, const uint8_t *subcodes, size_t n)
{
	if (n > SUBCODES_MAX)
		return MB_E_INVALID;
	return encode(buf, max, c, a, CI_APPLICATION, subcodes, n);
}

int mb_encode_send(
	uint8_t *buf, size_t max, uint8_t c, uint8_t a, const uint8_t *records, size_t len)
{
	return encode(buf, max, c, a, CI_SEND, records, len);
}

int mb_encode_set_primary(uint8_t *buf, size_t max, uint8_t c, uint8_t a, uint8_t primary)
{
	if (primary > MB_A_MAX)
		return MB_E_INVALID;
	return encode_record(buf, max, c, a, VIF_BUS_ADDRESS, MB_DATA_INT8, primary);
}

/* Nibbles are not looked at otherwise. */
static bool has_wildcard(uint32_t id)
{
	return id & id >> 1 & id >> 2 & id >> 3 & 0x11111111u;
}

int mb_encode_set_id(uint8_t *buf, size_t max, uint8_t c, uint8_t a, uint32_t id)
{
	if (has_wildcard(id))
		return MB_E_INVALID;
	return encode_record(buf, max, c, a, VIF_IDENTIFICATION, MB_DATA_BCD8, id);
}

int mb_encode_set_secondary(
	uint8_t *buf, size_t max, uint8_t c, uint8_t a, const struct mb_secondary *secondary)
{
	uint8_t bytes[8];

	if (has_wildcard(secondary->id) || secondary->manufacturer == MB_MANUFACTURER_ANY ||
		secondary->version == MB_VERSION_ANY || secondary->medium == MB_MEDIUM_ANY)
		return MB_E_INVALID;
	mb_secondary_write(secondary, bytes);
	return encode_record(buf, max, c, a, VIF_IDENTIFICATION, MB_DATA_INT64,
		mbi_load(bytes, sizeof(bytes), false));
}

int mb_encode_set_clock(uint8_t *buf, size_t max, uint8_t c, uint8_t a,
	const struct mb_datetime *time, uint8_t type)
{
	struct mb_writer w;
	struct mb_record_head head = {.vif_code = type == 'G' ? VIF_DATE : VIF_DATETIME};

	if (type != 'F' && type != 'G' && type != 'I')
		return MB_E_INVALID;
	mb_writer_begin(&w, buf, max, CI_SEND);
	mb_write_time(&w, &head, time, type);
	return mb_writer_end(&w, c, a);
}

int mb_encode_set_baud(uint8_t *buf, size_t max, uint8_t c, uint8_t a, uint32_t baud)
{
	int ci = mb_baud_ci(baud);

	return ci < 0 ? ci : encode(buf, max, c, a, (uint8_t)ci, NULL, 0);
}

int mb_encode_sync(uint8_t *buf, size_t max, uint8_t c, uint8_t a, uint8_t ci)
{
	if (ci != CI_SYNC && ci != CI_SYNC_D48)
		return MB_E_INVALID;
	return encode(buf, max, c, a, ci, NULL, 0);
}

int mb_encode_application_error(uint8_t *buf, size_t max, uint8_t c, uint8_t a, uint8_t code)
{
	return encode(buf, max, c, a, CI_APPLICATION_ERROR, &code, 1);
}

int mb_encode_alarm(uint8_t *buf, size_t max, uint8_t c, uint8_t a, uint8_t bits)
{
	return encode(buf, max, c, a, CI_ALARM, &bits, 1);
}
