/* SPDX-License-Identifier: MIT */
#include <meterbus/error.h>
#include <meterbus/frame.h>
#include <meterbus/names.h>
#include <meterbus/security.h>
#include <meterbus/telegram.h>

#include "quantity.h"
#include "text.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* One row a line of the standard: all codes from `code` on, `span` of them. */
struct name_row {
	uint8_t code;
	uint8_t span;
	const char *text;
};

/* clang-format off */
/* The text of a medium stands behind its key. */
static const struct name_row media[] = {
	{0x00, 1, "other\0" "other"},
	{0x01, 1, "oil\0" "oil"},
	{0x02, 1, "electricity\0" "electricity"},
	{0x03, 1, "gas\0" "gas"},
	{0x04, 1, "heat\0" "heat (thermal energy), volume measured in return (outlet)"},
	{0x05, 1, "steam\0" "steam"},
	{0x06, 1, "warm_water\0" "warm water (30..90 °C)"},
	{0x07, 1, "water\0" "water"},
	{0x08, 1, "hca\0" "heat cost allocator"},
	{0x09, 1, "compressed_air\0" "compressed air"},
	{0x0A, 1, "cooling\0" "cooling, volume measured in return (outlet)"},
	{0x0B, 1, "cooling_inlet\0" "cooling, volume measured in flow (inlet)"},
	{0x0C, 1, "heat_inlet\0" "heat, volume measured in flow (inlet)"},
	{0x0D, 1, "heat_cooling\0" "combined heat / cooling meter"},
	{0x0E, 1, "bus_system\0" "bus / system component"},
	{0x0F, 1, "unknown\0" "unknown device type"},
	{0x10, 1, "irrigation_water\0" "irrigation water"},
	{0x11, 1, "water_logger\0" "water data logger"},
	{0x12, 1, "gas_logger\0" "gas data logger"},
	{0x13, 1, "gas_converter\0" "gas converter"},
	{0x14, 1, "calorific_value\0" "calorific value"},
	{0x15, 1, "hot_water\0" "hot water (>= 90 °C)"},
	{0x16, 1, "cold_water\0" "cold water"},
	{0x17, 1, "dual_water\0" "dual register (hot/cold) water meter"},
	{0x18, 1, "pressure\0" "pressure"},
	{0x19, 1, "ad_converter\0" "A/D converter"},
	{0x1A, 1, "smoke_detector\0" "smoke detector"},
	{0x1B, 1, "room_sensor\0" "room sensor (e.g. temperature, humidity)"},
	{0x1C, 1, "gas_detector\0" "gas detector"},
	{0x1D, 1, "sensor\0" "reserved for sensors"},
	{0x1E, 1, "sensor\0" "reserved for sensors"},
	{0x1F, 1, "sensor_hub\0" "reserved for sensors"},
	{0x20, 1, "breaker\0" "breaker (electricity)"},
	{0x21, 1, "valve\0" "valve (gas or water)"},
	{0x22, 3, "reserved_switch\0" "reserved for switching devices"},
	{0x25, 1, "customer_unit\0" "customer unit (display device)"},
	{0x26, 2, "reserved_customer\0" "reserved for customer units"},
	{0x28, 1, "waste_water\0" "waste water"},
	{0x29, 1, "garbage\0" "garbage"},
	{0x2A, 1, "co2\0" "reserved for carbon dioxide"},
	{0x2B, 5, "reserved_environment\0" "reserved for environmental meters"},
	{0x30, 1, "service_tool\0" "service tool"},
	{0x31, 1, "gateway\0" "communication controller (gateway)"},
	{0x32, 1, "repeater_uni\0" "unidirectional repeater"},
	{0x33, 1, "repeater_bi\0" "bidirectional repeater"},
	{0x34, 2, "reserved_system\0" "reserved for system devices"},
	{0x36, 1, "radio_converter_system\0" "radio converter (system side)"},
	{0x37, 1, "radio_converter_meter\0" "radio converter (meter side)"},
	{0x38, 1, "bus_converter_meter\0" "bus converter (meter side) / wired adapter"},
	{0x39, 7, "reserved_system\0" "reserved for system devices"},
	{0x40, 191, "reserved\0" "reserved"},
	{0xFF, 1, "wildcard\0" "wildcard (no device type)"},
};

static const char *const fixed_media[16] = {
	"other", "oil", "electricity", "gas", "heat", "steam", "hot water", "water",
	"heat cost allocator", "reserved", "gas, mode 2", "heat, mode 2",
	"hot water, mode 2", "water, mode 2", "heat cost allocator, mode 2", "reserved",
};

static const struct name_row cis[] = {
	{0x00, 32, "reserved for DLMS"},
	{0x20, 48, "reserved"},
	{0x50, 1, "application reset or select"},
	{0x51, 1, "data send, mode 1"},
	{0x52, 1, "selection of slaves, mode 1"},
	{0x53, 1, "application reset or select, long header"},
	{0x54, 1, "synchronize action (2018: request of selected application)"},
	{0x55, 1, "data send, mode 2 (2018: request of selected application, long header)"},
	{0x56, 1, "selection of slaves, mode 2"},
	{0x57, 1, "application reset or select, short header"},
	{0x58, 2, "reserved"},
	{0x5A, 1, "command, short header"},
	{0x5B, 1, "command, long header"},
	{0x5C, 1, "synchronize action"},
	{0x5D, 2, "reserved"},
	{0x5F, 1, "specific usage, long header"},
	{0x60, 1, "COSEM data to device, long header"},
	{0x61, 1, "COSEM data to device, short header"},
	{0x62, 2, "reserved"},
	{0x64, 1, "reserved for OBIS data to device, long header"},
	{0x65, 1, "reserved for OBIS data to device, short header"},
	{0x66, 1, "selected application, no header"},
	{0x67, 1, "selected application, short header"},
	{0x68, 1, "selected application, long header"},
	{0x69, 1, "format frame, no header"},
	{0x6A, 1, "format frame, short header"},
	{0x6B, 1, "format frame, long header"},
	{0x6C, 1, "clock synchronisation, absolute"},
	{0x6D, 1, "clock synchronisation, relative"},
	{0x6E, 1, "application error, short header"},
	{0x6F, 1, "application error, long header"},
	{0x70, 1, "application error, no header"},
	{0x71, 1, "alarm, no header"},
	{0x72, 1, "variable data response, mode 1"},
	{0x73, 1, "fixed data response, mode 1 (2018: compact frame, long header)"},
	{0x74, 1, "alarm, short header"},
	{0x75, 1, "alarm, long header"},
	{0x76, 1, "variable data response, mode 2"},
	{0x77, 1, "fixed data response, mode 2"},
	{0x78, 1, "variable data response, no header"},
	{0x79, 1, "compact frame, no header"},
	{0x7A, 1, "variable data response, short header"},
	{0x7B, 1, "compact frame, short header"},
	{0x7C, 1, "COSEM data from device, long header"},
	{0x7D, 1, "COSEM data from device, short header"},
	{0x7E, 1, "reserved for OBIS data from device, long header"},
	{0x7F, 1, "reserved for OBIS data from device, short header"},
	{0x80, 1, "transport layer to device, long header"},
	{0x81, 1, "network layer data"},
	{0x82, 1, "network management to device, long header"},
	{0x83, 1, "network management to device, no header"},
	{0x84, 1, "transport layer to device, compact frame expected"},
	{0x85, 1, "transport layer to device, format frame expected"},
	{0x86, 1, "extended link layer V"},
	{0x87, 1, "network management from device, long header"},
	{0x88, 1, "network management from device, short header"},
	{0x89, 1, "network management from device, no header"},
	{0x8A, 1, "transport layer from device, short header"},
	{0x8B, 1, "transport layer from device, long header"},
	{0x8C, 1, "extended link layer I"},
	{0x8D, 1, "extended link layer II"},
	{0x8E, 1, "extended link layer III"},
	{0x8F, 1, "extended link layer IV"},
	{0x90, 1, "authentication and fragmentation layer"},
	{0x91, 7, "reserved"},
	{0x98, 6, "reserved"},
	{0x9E, 1, "specific usage, short header"},
	{0x9F, 1, "specific usage, long header"},
	{0xA0, 24, "manufacturer specific"},
	{0xB8, 1, "set baud rate 300"},
	{0xB9, 1, "set baud rate 600"},
	{0xBA, 1, "set baud rate 1200"},
	{0xBB, 1, "set baud rate 2400"},
	{0xBC, 1, "set baud rate 4800"},
	{0xBD, 1, "set baud rate 9600"},
	{0xBE, 1, "set baud rate 19200"},
	{0xBF, 1, "set baud rate 38400"},
	{0xC0, 1, "image transfer command, long header"},
	{0xC1, 1, "image transfer response, short header"},
	{0xC2, 1, "image transfer response, long header"},
	{0xC3, 1, "security information command, long header"},
	{0xC4, 1, "security information response, short header"},
	{0xC5, 1, "security information response, long header"},
	{0xC6, 58, "reserved"},
};

static const struct name_row application_errors[] = {
	{0x00, 1, "unspecified error"},
	{0x01, 1, "unimplemented CI field"},
	{0x02, 1, "buffer too long, truncated"},
	{0x03, 1, "too many records"},
	{0x04, 1, "premature end of record"},
	{0x05, 1, "more than 10 DIFE"},
	{0x06, 1, "more than 10 VIFE"},
	{0x07, 1, "reserved"},
	{0x08, 1, "application too busy for handling readout request"},
	{0x09, 1, "too many readouts"},
	{0x0A, 7, "reserved"},
	{0x11, 1, "no function"},
	{0x12, 1, "data error"},
	{0x13, 1, "routing or relaying error"},
	{0x14, 1, "access violation"},
	{0x15, 1, "parameter error"},
	{0x16, 1, "size error"},
	{0x17, 9, "reserved"},
	{0x20, 1, "security error"},
	{0x21, 1, "security mechanism not supported"},
	{0x22, 1, "inadequate security method"},
	{0x23, 205, "reserved"},
	{0xF0, 1, "dynamic error, a data record follows"},
	{0xF1, 15, "manufacturer specific"},
};

static const struct name_row applications[] = {
	{0x00, 16, "all"},
	{0x10, 16, "user data"},
	{0x20, 16, "simple billing"},
	{0x30, 16, "enhanced billing"},
	{0x40, 16, "multi tariff billing"},
	{0x50, 16, "instantaneous values"},
	{0x60, 16, "load management values"},
	{0x70, 16, "reserved"},
	{0x80, 16, "installation and startup"},
	{0x90, 16, "testing"},
	{0xA0, 16, "calibration"},
	{0xB0, 16, "manufacturing"},
	{0xC0, 16, "development"},
	{0xD0, 16, "selftest"},
	{0xE0, 16, "reserved"},
	{0xF0, 16, "reserved"},
};

static const struct name_row security_modes[] = {
	{0, 1, "no encryption"},
	{1, 1, "manufacturer specific"},
	{2, 1, "DES-CBC, IV 0"},
	{3, 1, "DES-CBC, IV from the date"},
	{4, 1, "specific usage"},
	{5, 1, "AES-128-CBC, static key"},
	{6, 1, "reserved"},
	{7, 1, "AES-128-CBC, ephemeral key"},
	{8, 1, "AES-128-CTR with CMAC"},
	{9, 1, "AES-128-GCM"},
	{10, 1, "AES-128-CCM"},
	{11, 2, "reserved"},
	{13, 1, "TLS"},
	{14, 1, "reserved"},
	{15, 1, "specific usage"},
	{16, 240, "reserved"},
};

struct c_row {
	uint8_t mask;
	uint8_t value;
	const char *name;
};

static const struct c_row c_fields[] = {
	{0xCF, 0x40, "SND_NKE"},
	{0xDF, 0x43, "SND_UD2"},
	{0xDF, 0x53, "SND_UD"},
	{0xCF, 0x4A, "REQ_UD1"},
	{0xCF, 0x4B, "REQ_UD2"},
	{0xCF, 0x08, "RSP_UD"},
	{0xCF, 0x00, "ACK"}, /* IEC 60870-5-2, instead of E5 */
	{0xCF, 0x01, "NACK"},
};

struct status_row {
	uint8_t mask;
	uint8_t value;
	const char *text;
};

static const struct status_row status_words[] = {
	{MB_STATUS_APPLICATION, 1, "application busy"},
	{MB_STATUS_APPLICATION, 2, "application error"},
	{MB_STATUS_APPLICATION, 3, "abnormal condition"},
	{MB_STATUS_POWER_LOW, MB_STATUS_POWER_LOW, "power low"},
	{MB_STATUS_PERMANENT, MB_STATUS_PERMANENT, "permanent error"},
	{MB_STATUS_TEMPORARY, MB_STATUS_TEMPORARY, "temporary error"},
	{0x20, 0x20, "manufacturer 1"},
	{0x40, 0x40, "manufacturer 2"},
	{0x80, 0x80, "manufacturer 3"},
};
/* clang-format on */

/* Rows lie without a gap: the first that reaches the code holds it. */
static const char *name_find(unsigned code, const struct name_row *rows)
{
	while (code >= (unsigned)rows->code + rows->span)
		rows++;
	return rows->text;
}

const char *mb_medium_key(uint8_t medium)
{
	return name_find(medium, media);
}

const char *mb_medium_text(uint8_t medium)
{
	return mbi_string_at(mb_medium_key(medium), 1);
}

const char *mb_fixed_medium_text(uint8_t medium4)
{
	return fixed_media[medium4 & 0xF];
}

const char *mb_ci_text(uint8_t ci)
{
	return name_find(ci, cis);
}

const char *mb_application_error_text(uint8_t code)
{
	return name_find(code, application_errors);
}

const char *mb_application_text(uint8_t subcode)
{
	return name_find(subcode, applications);
}

const char *mb_security_mode_text(unsigned mode)
{
	return name_find(mode & 0x1F, security_modes);
}

const char *mb_c_name(uint8_t c)
{
	for (size_t i = 0; i < ARRAY_LEN(c_fields); i++)
		if ((c & c_fields[i].mask) == c_fields[i].value)
			return c_fields[i].name;
	return "?";
}

int mb_status_text(uint8_t status, char *buf, size_t max)
{
	struct mbi_text t = {buf, max, 0};

	for (size_t i = 0; i < ARRAY_LEN(status_words); i++) {
		if ((status & status_words[i].mask) != status_words[i].value)
			continue;
		if (t.len)
			mbi_puts(&t, ", ");
		mbi_puts(&t, status_words[i].text);
	}
	return mbi_text_end(&t);
}
