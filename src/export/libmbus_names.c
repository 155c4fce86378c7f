/* SPDX-License-Identifier: MIT */
#include "export/libmbus_names.h"

#include "export/put.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define MIN 60u
#define HOUR 3600u
#define DAY 86400u

/* clang-format off */
static const struct libmbus_vif rows[] = {
	/* table, code, span, label, plain unit, normalized unit, quantity, seconds */
	{MB_VIF_PRIMARY, 0x00, 8, "Energy", "Wh", "Wh", "Energy", 0},
	{MB_VIF_PRIMARY, 0x08, 8, "Energy", "J", "J", "Energy", 0},
	{MB_VIF_PRIMARY, 0x10, 8, "Volume", " m^3", "m^3", "Volume", 0},
	{MB_VIF_PRIMARY, 0x18, 8, "Mass", "kg", "kg", "Mass", 0},
	{MB_VIF_PRIMARY, 0x20, 1, "On time", "seconds", "s", "On time", 1},
	{MB_VIF_PRIMARY, 0x21, 1, "On time", "minutes", "s", "On time", MIN},
	{MB_VIF_PRIMARY, 0x22, 1, "On time", "hours", "s", "On time", HOUR},
	{MB_VIF_PRIMARY, 0x23, 1, "On time", "days", "s", "On time", DAY},
	{MB_VIF_PRIMARY, 0x24, 1, "Operating time", "seconds", "s", "Operating time", 1},
	{MB_VIF_PRIMARY, 0x25, 1, "Operating time", "minutes", "s", "Operating time", MIN},
	{MB_VIF_PRIMARY, 0x26, 1, "Operating time", "hours", "s", "Operating time", HOUR},
	{MB_VIF_PRIMARY, 0x27, 1, "Operating time", "days", "s", "Operating time", DAY},
	{MB_VIF_PRIMARY, 0x28, 8, "Power", "W", "W", "Power", 0},
	{MB_VIF_PRIMARY, 0x30, 8, "Power", "J/h", "J/h", "Power", 0},
	{MB_VIF_PRIMARY, 0x38, 8, "Volume flow", " m^3/h", "m^3/h", "Volume flow", 0},
	{MB_VIF_PRIMARY, 0x40, 8, "Volume flow", " m^3/min", "m^3/min", "Volume flow", 0},
	{MB_VIF_PRIMARY, 0x48, 8, "Volume flow", " m^3/s", "m^3/s", "Volume flow", 0},
	{MB_VIF_PRIMARY, 0x50, 8, "Mass flow", " kg/h", "kg/h", "Mass flow", 0},
	{MB_VIF_PRIMARY, 0x58, 4, "Flow temperature", "deg C", "°C", "Flow temperature", 0},
	{MB_VIF_PRIMARY, 0x5C, 4, "Return temperature", "deg C", "°C", "Return temperature", 0},
	{MB_VIF_PRIMARY, 0x60, 4, "Temperature Difference", " deg C", "K", "Temperature difference", 0},
	{MB_VIF_PRIMARY, 0x64, 4, "External temperature", " deg C", "°C", "External temperature", 0},
	{MB_VIF_PRIMARY, 0x68, 4, "Pressure", " bar", "bar", "Pressure", 0},
	{MB_VIF_PRIMARY, 0x6C, 1, "Time Point", "date", "-", "Time point (date)", 0},
	{MB_VIF_PRIMARY, 0x6D, 1, "Time Point", "time & date", "-", "Time point (date & time)", 0},
	{MB_VIF_PRIMARY, 0x6E, 1, "Units for H.C.A.", NULL, "Units for H.C.A.", "H.C.A.", 0},
	{MB_VIF_PRIMARY, 0x6F, 1, "Reserved", NULL, "Reserved", "Reserved", 0},
	{MB_VIF_PRIMARY, 0x70, 1, "Averaging Duration", "seconds", "s", "Averaging Duration", 1},
	{MB_VIF_PRIMARY, 0x71, 1, "Averaging Duration", "minutes", "s", "Averaging Duration", MIN},
	{MB_VIF_PRIMARY, 0x72, 1, "Averaging Duration", "hours", "s", "Averaging Duration", HOUR},
	{MB_VIF_PRIMARY, 0x73, 1, "Averaging Duration", "days", "s", "Averaging Duration", DAY},
	{MB_VIF_PRIMARY, 0x74, 1, "Actuality Duration", "seconds", "s", "Actuality Duration", 1},
	{MB_VIF_PRIMARY, 0x75, 1, "Actuality Duration", "minutes", "s", "Actuality Duration", MIN},
	{MB_VIF_PRIMARY, 0x76, 1, "Actuality Duration", "hours", "s", "Actuality Duration", HOUR},
	{MB_VIF_PRIMARY, 0x77, 1, "Actuality Duration", "days", "s", "Actuality Duration", DAY},
	{MB_VIF_PRIMARY, 0x78, 1, "Fabrication number", NULL, "", "Fabrication No", 0},
	{MB_VIF_PRIMARY, 0x79, 1, "Unknown (VIF=0x79)", NULL, "", "(Enhanced) Identification", 0},
	{MB_VIF_PRIMARY, 0x7A, 1, "Bus Address", NULL, "", "Bus Address", 0},
	{MB_VIF_PRIMARY, 0x7E, 1, "Any VIF", NULL, "", "Any VIF", 0},
	{MB_VIF_FB, 0x00, 1, "Energy", "0.1 MWh", "Wh", "Energy", 0},
	{MB_VIF_FB, 0x01, 1, "Energy", "MWh", "Wh", "Energy", 0},
	{MB_VIF_FB, 0x08, 1, "Energy", "0.1 GJ", "J", "Energy", 0},
	{MB_VIF_FB, 0x09, 1, "Energy", "GJ", "J", "Energy", 0},
	{MB_VIF_FD, 0x00, 4, NULL, " Currency units", "Currency units", "Credit", 0},
	{MB_VIF_FD, 0x04, 4, NULL, " Currency units", "Currency units", "Debit", 0},
	{MB_VIF_FD, 0x08, 1, "Access Number (transmission count)", NULL, "",
		"Access Number (transmission count)", 0},
	{MB_VIF_FD, 0x09, 1, "Medium (as in fixed header)", NULL, "", "Medium", 0},
	{MB_VIF_FD, 0x0A, 1, "Manufacturer (as in fixed header)", NULL, "", "Manufacturer", 0},
	{MB_VIF_FD, 0x0B, 1, "Parameter set identification", NULL, "", "Parameter set identification", 0},
	{MB_VIF_FD, 0x0C, 1, "Model / Version", NULL, "", "Model / Version", 0},
	{MB_VIF_FD, 0x0D, 1, "Hardware version", NULL, "", "Hardware version", 0},
	{MB_VIF_FD, 0x0E, 1, "Firmware version", NULL, "", "Firmware version", 0},
	{MB_VIF_FD, 0x0F, 1, "Software version", NULL, "", "Software version", 0},
	{MB_VIF_FD, 0x10, 1, "Customer location", NULL, "", "Customer location", 0},
	{MB_VIF_FD, 0x11, 1, "Customer", NULL, "", "Customer", 0},
	{MB_VIF_FD, 0x16, 1, "Password", NULL, "", "Password", 0},
	{MB_VIF_FD, 0x17, 1, "Error flags", NULL, "", "Error flags", 0},
	{MB_VIF_FD, 0x18, 1, "Error mask", NULL, "", "Error mask", 0},
	{MB_VIF_FD, 0x1A, 1, "Digital output (binary)", NULL, "", "Digital Output", 0},
	{MB_VIF_FD, 0x1B, 1, "Digital input (binary)", NULL, "", "Digital Input", 0},
	{MB_VIF_FD, 0x1C, 1, "Baudrate", NULL, "Baud", "Baudrate", 0},
	{MB_VIF_FD, 0x3A, 1, "Dimensionless", NULL, "", "Dimensionless", 0},
	{MB_VIF_FD, 0x40, 16, NULL, " V", "V", "Voltage", 0},
	{MB_VIF_FD, 0x50, 16, NULL, " A", "A", "Current", 0},
	{MB_VIF_FD, 0x60, 1, "Reset counter", NULL, "", "Reset counter", 0},
	{MB_VIF_FD, 0x61, 1, "Cumulation counter", NULL, "", "Cumulation counter", 0},
	{MB_VIF_MANUFACTURER, 0x7F, 1, "Manufacturer specific", NULL, "", "Manufacturer specific", 0},
};

static const char *const media[0x1A] = {
	"Other", "Oil", "Electricity", "Gas", "Heat: Outlet", "Steam", "Warm water (30-90°C)", "Water",
	"Heat Cost Allocator", "Compressed Air", "Cooling load meter: Outlet", "Cooling load meter: Inlet",
	"Heat: Inlet", "Heat / Cooling load meter", "Bus/System", "Unknown Medium",
	"Irrigation Water", "Water Logger", "Gas Logger", "Gas Converter", "Calorific value",
	"Hot water (>90°C)", "Cold water", "Dual water", "Pressure", "A/D Converter",
};

static const char *const fixed_media[16] = {
	"Other", "Oil", "Electricity", "Gas", "Heat", "Steam", "Hot Water", "Water", "H.C.A.", "Reserved",
	"Gas Mode 2", "Heat Mode 2", "Hot Water Mode 2", "Water Mode 2", "H.C.A. Mode 2", "Reserved",
};

static const char *const fixed_units[64] = {
	"h,m,s", "D,M,Y", "Wh", "10 Wh", "100 Wh", "kWh", "10 kWh", "100 kWh",
	"MWh", "10 MWh", "100 MWh", "kJ", "10 kJ", "100 kJ", "MJ", "10 MJ",
	"100 MJ", "GJ", "10 GJ", "100 GJ", "W", "10 W", "100 W", "kW",
	"10 kW", "100 kW", "MW", "10 MW", "100 MW", "kJ/h", "10 kJ/h", "100 kJ/h",
	"MJ/h", "10 MJ/h", "100 MJ/h", "GJ/h", "10 GJ/h", "100 GJ/h", "ml", "10 ml",
	"100 ml", "l", "10 l", "100 l", "m^3", "10 m^3", "100 m^3", "ml/h",
	"10 ml/h", "100 ml/h", "l/h", "10 l/h", "100 l/h", "m^3/h", "10 m^3/h", "100 m^3/h",
	"1e-3 °C", "units for HCA", "reserved", "reserved", "reserved", "reserved",
	"reserved but historic", "without units",
};

static const char *const application_errors[] = {
	"Unspecified error", "Unimplemented CI-Field", "Buffer too long, truncated", "Too many records",
	"Premature end of record", "More than 10 DIFE's", "More than 10 VIFE's", "Reserved",
	"Application busy", "Too many readouts",
};

#define ANY (-1)
/* Word of three letters, as in the header. */
#define MAKER(a, b, c) (((a) - 64) << 10 | ((b) - 64) << 5 | ((c) - 64))

static const struct {
	uint16_t maker;
	uint8_t first, last; /* versions */
	int16_t medium; /* ANY */
	const char *product;
} products[] = {
	{MAKER('A', 'C', 'W'), 0x09, 0x09, ANY, "Itron CF Echo 2"},
	{MAKER('A', 'C', 'W'), 0x0A, 0x0A, ANY, "Itron CF 51"},
	{MAKER('A', 'C', 'W'), 0x0B, 0x0B, ANY, "Itron CF 55"},
	{MAKER('A', 'C', 'W'), 0x0E, 0x0E, ANY, "Itron BM +m"},
	{MAKER('A', 'C', 'W'), 0x0F, 0x0F, ANY, "Itron CF 800"},
	{MAKER('A', 'C', 'W'), 0x14, 0x14, ANY, "Itron CYBLE M-Bus 1.4"},
	{MAKER('A', 'M', 'T'), 0x80, 0x80, ANY, "Aquametro CALEC MB"},
	{MAKER('A', 'M', 'T'), 0xC0, 0xC0, ANY, "Aquametro CALEC ST"},
	{MAKER('B', 'E', 'C'), 0x00, 0x00, 0x02, "Berg DCMi"},
	{MAKER('B', 'E', 'C'), 0x07, 0x07, 0x02, "Berg BLMi"},
	{MAKER('B', 'E', 'C'), 0x71, 0x71, 0x0F, "Berg BMB-10S0"},
	{MAKER('E', 'F', 'E'), 0x00, 0x00, 0x06, "Engelmann WaterStar"},
	{MAKER('E', 'F', 'E'), 0x00, 0x00, ANY, "Engelmann / Elster SensoStar 2"},
	{MAKER('E', 'F', 'E'), 0x01, 0x01, ANY, "Engelmann SensoStar 2C"},
	{MAKER('E', 'L', 'S'), 0x02, 0x02, ANY, "Elster TMP-A"},
	{MAKER('E', 'L', 'S'), 0x2F, 0x2F, ANY, "Elster F96 Plus"},
	{MAKER('E', 'L', 'V'), 0x14, 0x1D, ANY, "Elvaco CMa10"},
	{MAKER('E', 'L', 'V'), 0x32, 0x3B, ANY, "Elvaco CMa11"},
	{MAKER('E', 'M', 'H'), 0x00, 0x00, ANY, "EMH DIZ"},
	{MAKER('E', 'M', 'U'), 0x10, 0x10, 0x02, "EMU Professional 3/75 M-Bus"},
	{MAKER('G', 'A', 'V'), 0x2D, 0x30, 0x02, "Carlo Gavazzi EM24"},
	{MAKER('G', 'A', 'V'), 0x39, 0x3A, 0x02, "Carlo Gavazzi EM21"},
	{MAKER('G', 'A', 'V'), 0x40, 0x40, 0x02, "Carlo Gavazzi EM33"},
	{MAKER('G', 'M', 'C'), 0xE6, 0xE6, ANY, "GMC-I A230 EMMOD 206"},
	{MAKER('H', 'Y', 'D'), 0x28, 0x28, ANY, "ABB F95 Typ US770"},
	{MAKER('K', 'A', 'M'), 0x01, 0x01, ANY, "Kamstrup 382 (6850-005)"},
	{MAKER('K', 'A', 'M'), 0x08, 0x08, ANY, "Kamstrup Multical 601"},
	{MAKER('L', 'S', 'E'), 0x99, 0x99, ANY, "Siemens WFH21"},
	{MAKER('L', 'U', 'G'), 0x02, 0x02, ANY, "Landis & Gyr Ultraheat 2WR5"},
	{MAKER('L', 'U', 'G'), 0x03, 0x03, ANY, "Landis & Gyr Ultraheat 2WR6"},
	{MAKER('L', 'U', 'G'), 0x04, 0x04, ANY, "Landis & Gyr Ultraheat UH50"},
	{MAKER('L', 'U', 'G'), 0x07, 0x07, ANY, "Landis & Gyr Ultraheat T230"},
	{MAKER('N', 'Z', 'R'), 0x01, 0x01, ANY, "NZR DHZ 5/63"},
	{MAKER('N', 'Z', 'R'), 0x50, 0x50, ANY, "NZR IC-M2"},
	{MAKER('R', 'A', 'M'), 0x03, 0x03, ANY, "Rossweiner ETK/ETW Modularis"},
	{MAKER('R', 'E', 'L'), 0x08, 0x08, ANY, "Relay PadPuls M2"},
	{MAKER('R', 'K', 'E'), 0x69, 0x69, ANY, "Ista sensonic II mbus"},
	{MAKER('S', 'E', 'N'), 0x0B, 0x0B, ANY, "Sensus PolluTherm"},
	{MAKER('S', 'E', 'N'), 0x0E, 0x0E, ANY, "Sensus PolluStat E"},
	{MAKER('S', 'E', 'N'), 0x19, 0x19, ANY, "Sensus PolluCom E"},
	{MAKER('S', 'L', 'B'), 0x02, 0x02, ANY, "Allmess Megacontrol CF-50"},
	{MAKER('S', 'L', 'B'), 0x06, 0x06, ANY, "CF Compact / Integral MK MaXX"},
	{MAKER('S', 'O', 'N'), 0x0D, 0x0D, ANY, "Sontex Supercal 531"},
	{MAKER('S', 'P', 'X'), 0x31, 0x31, ANY, "Sensus PolluTherm"},
	{MAKER('S', 'P', 'X'), 0x34, 0x34, ANY, "Sensus PolluTherm"},
	{MAKER('S', 'V', 'M'), 0x08, 0x08, ANY, "Elster F2 / Deltamess F2"},
	{MAKER('S', 'V', 'M'), 0x09, 0x09, ANY, "Elster F4 / Kamstrup SVM F22"},
	{MAKER('T', 'C', 'H'), 0x26, 0x26, ANY, "Techem m-bus S"},
	{MAKER('Z', 'R', 'M'), 0x81, 0x81, ANY, "Minol Minocal C2"},
	{MAKER('Z', 'R', 'M'), 0x82, 0x82, ANY, "Minol Minocal WR3"},
};
/* clang-format on */

const struct libmbus_vif *libmbus_vif(const struct mb_record *record)
{
	uint8_t code = record->vif_table == MB_VIF_MANUFACTURER ? 0x7F : record->vif_code;

	/* sorted by table and code: the last row that does not lie behind it */
	size_t low = 0, high = ARRAY_LEN(rows);

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (rows[middle].table < record->vif_table ||
			(rows[middle].table == record->vif_table && rows[middle].code <= code))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || rows[low - 1].table != record->vif_table ||
		code - rows[low - 1].code >= rows[low - 1].span)
		return NULL;
	return &rows[low - 1];
}

char *libmbus_prefix(char *p, int exp10)
{
	static const char *const texts[] = {
		"my", "1e-5 ", "1e-4 ", "m", "1e-2 ", "1e-1 ", "", "10 ", "100 ", "k", "10 k", "100 k", "M"};

	if (exp10 >= -6 && exp10 <= 6)
		return put_text(p, texts[exp10 + 6]);
	p = PUT(p, "1e");
	return put_char(put_i64(p, exp10), ' ');
}

const char *libmbus_medium(uint8_t medium)
{
	return medium < ARRAY_LEN(media) ? media[medium] : "Reserved";
}

const char *libmbus_fixed_medium(uint8_t medium4)
{
	return fixed_media[medium4 & 15];
}

const char *libmbus_fixed_unit(uint8_t unit6)
{
	return fixed_units[unit6 & 63];
}

const char *libmbus_application_error(uint8_t code)
{
	return code < ARRAY_LEN(application_errors) ? application_errors[code] : NULL;
}

/* Saia-Burgess tell their models by the first two digits of the identification. */
static const char *saia_product(const struct mb_secondary *meter)
{
	uint8_t digits = (uint8_t)(meter->id >> 24);

	if (digits == 0x10 || digits == 0x19)
		return "Saia-Burgess ALE3";
	return digits == 0x11 ? "Saia-Burgess AWD3" : "";
}

const char *libmbus_product(const struct mb_secondary *meter)
{
	if (meter->manufacturer == MAKER('S', 'B', 'C'))
		return saia_product(meter);
	for (size_t i = 0; i < ARRAY_LEN(products); i++) {
		if (products[i].maker == meter->manufacturer && meter->version >= products[i].first &&
			meter->version <= products[i].last &&
			(products[i].medium == ANY || products[i].medium == meter->medium))
			return products[i].product;
	}
	return "";
}
