/* SPDX-License-Identifier: MIT */
#include "export/libmbus_names.h"

#include "export/put.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define MIN 60u
#define HOUR 3600u
#define DAY 86400u
#define ROW(table, code) ((table) << 8 | (code))

/* clang-format off */
static const struct libmbus_vif rows[] = {
	/* table and code, span, label, plain unit, normalized unit, quantity, seconds */
	{ROW(MB_VIF_PRIMARY, 0x00), 8, "Energy", "Wh", "Wh", "Energy", 0},
	{ROW(MB_VIF_PRIMARY, 0x08), 8, "Energy", "J", "J", "Energy", 0},
	{ROW(MB_VIF_PRIMARY, 0x10), 8, "Volume", " m^3", "m^3", "Volume", 0},
	{ROW(MB_VIF_PRIMARY, 0x18), 8, "Mass", "kg", "kg", "Mass", 0},
	{ROW(MB_VIF_PRIMARY, 0x20), 1, "On time", "seconds", "s", "On time", 1},
	{ROW(MB_VIF_PRIMARY, 0x21), 1, "On time", "minutes", "s", "On time", MIN},
	{ROW(MB_VIF_PRIMARY, 0x22), 1, "On time", "hours", "s", "On time", HOUR},
	{ROW(MB_VIF_PRIMARY, 0x23), 1, "On time", "days", "s", "On time", DAY},
	{ROW(MB_VIF_PRIMARY, 0x24), 1, "Operating time", "seconds", "s", "Operating time", 1},
	{ROW(MB_VIF_PRIMARY, 0x25), 1, "Operating time", "minutes", "s", "Operating time", MIN},
	{ROW(MB_VIF_PRIMARY, 0x26), 1, "Operating time", "hours", "s", "Operating time", HOUR},
	{ROW(MB_VIF_PRIMARY, 0x27), 1, "Operating time", "days", "s", "Operating time", DAY},
	{ROW(MB_VIF_PRIMARY, 0x28), 8, "Power", "W", "W", "Power", 0},
	{ROW(MB_VIF_PRIMARY, 0x30), 8, "Power", "J/h", "J/h", "Power", 0},
	{ROW(MB_VIF_PRIMARY, 0x38), 8, "Volume flow", " m^3/h", "m^3/h", "Volume flow", 0},
	{ROW(MB_VIF_PRIMARY, 0x40), 8, "Volume flow", " m^3/min", "m^3/min", "Volume flow", 0},
	{ROW(MB_VIF_PRIMARY, 0x48), 8, "Volume flow", " m^3/s", "m^3/s", "Volume flow", 0},
	{ROW(MB_VIF_PRIMARY, 0x50), 8, "Mass flow", " kg/h", "kg/h", "Mass flow", 0},
	{ROW(MB_VIF_PRIMARY, 0x58), 4, "Flow temperature", "deg C", "\260C", "Flow temperature", 0},
	{ROW(MB_VIF_PRIMARY, 0x5C), 4, "Return temperature", "deg C", "\260C", "Return temperature", 0},
	{ROW(MB_VIF_PRIMARY, 0x60), 4, "Temperature Difference", " deg C", "K", "Temperature difference", 0},
	{ROW(MB_VIF_PRIMARY, 0x64), 4, "External temperature", " deg C", "\260C", "External temperature", 0},
	{ROW(MB_VIF_PRIMARY, 0x68), 4, "Pressure", " bar", "bar", "Pressure", 0},
	{ROW(MB_VIF_PRIMARY, 0x6C), 1, "Time Point", "date", "-", "Time point (date)", 0},
	{ROW(MB_VIF_PRIMARY, 0x6D), 1, "Time Point", "time &amp; date", "-", "Time point (date &amp; time)", 0},
	{ROW(MB_VIF_PRIMARY, 0x6E), 1, "Units for H.C.A.", NULL, "Units for H.C.A.", "H.C.A.", 0},
	{ROW(MB_VIF_PRIMARY, 0x6F), 1, "Reserved", NULL, "Reserved", "Reserved", 0},
	{ROW(MB_VIF_PRIMARY, 0x70), 1, "Averaging Duration", "seconds", "s", "Averaging Duration", 1},
	{ROW(MB_VIF_PRIMARY, 0x71), 1, "Averaging Duration", "minutes", "s", "Averaging Duration", MIN},
	{ROW(MB_VIF_PRIMARY, 0x72), 1, "Averaging Duration", "hours", "s", "Averaging Duration", HOUR},
	{ROW(MB_VIF_PRIMARY, 0x73), 1, "Averaging Duration", "days", "s", "Averaging Duration", DAY},
	{ROW(MB_VIF_PRIMARY, 0x74), 1, "Actuality Duration", "seconds", "s", "Actuality Duration", 1},
	{ROW(MB_VIF_PRIMARY, 0x75), 1, "Actuality Duration", "minutes", "s", "Actuality Duration", MIN},
	{ROW(MB_VIF_PRIMARY, 0x76), 1, "Actuality Duration", "hours", "s", "Actuality Duration", HOUR},
	{ROW(MB_VIF_PRIMARY, 0x77), 1, "Actuality Duration", "days", "s", "Actuality Duration", DAY},
	{ROW(MB_VIF_PRIMARY, 0x78), 1, "Fabrication number", NULL, "", "Fabrication No", 0},
	{ROW(MB_VIF_PRIMARY, 0x79), 1, "Unknown (VIF=0x79)", NULL, "", "(Enhanced) Identification", 0},
	{ROW(MB_VIF_PRIMARY, 0x7A), 1, "Bus Address", NULL, "", "Bus Address", 0},
	{ROW(MB_VIF_PRIMARY, 0x7E), 1, "Any VIF", NULL, "", "Any VIF", 0},
	{ROW(MB_VIF_FB, 0x00), 1, "Energy", "0.1 MWh", "Wh", "Energy", 0},
	{ROW(MB_VIF_FB, 0x01), 1, "Energy", "MWh", "Wh", "Energy", 0},
	{ROW(MB_VIF_FB, 0x08), 1, "Energy", "0.1 GJ", "J", "Energy", 0},
	{ROW(MB_VIF_FB, 0x09), 1, "Energy", "GJ", "J", "Energy", 0},
	{ROW(MB_VIF_FB, 0x10), 2, "Volume", "m3", "m^3", "Volume", 0},
	{ROW(MB_VIF_FB, 0x18), 1, "Mass", "100 t", "kg", "Mass", 0},
	{ROW(MB_VIF_FB, 0x19), 1, "Mass", "kt", "kg", "Mass", 0},
	{ROW(MB_VIF_FB, 0x21), 1, "Volume", "0.1 feet^3", "feet^3", "Volume", 0},
	{ROW(MB_VIF_FB, 0x22), 1, "Volume", "0.1 american gallon", "American gallon", "Volume", 0},
	{ROW(MB_VIF_FB, 0x23), 1, "Volume", "american gallon", "American gallon", "Volume", 0},
	{ROW(MB_VIF_FB, 0x24), 1, "Volume flow", "0.001 american gallon/min", "American gallon/min", "Volume flow", 0},
	{ROW(MB_VIF_FB, 0x25), 1, "Volume flow", "american gallon/min", "American gallon/min", "Volume flow", 0},
	{ROW(MB_VIF_FB, 0x26), 1, "Volume flow", "american gallon/h", "American gallon/h", "Volume flow", 0},
	{ROW(MB_VIF_FB, 0x28), 1, "Power", "0.1 MW", "W", "Power", 0},
	{ROW(MB_VIF_FB, 0x29), 1, "Power", "MW", "W", "Power", 0},
	{ROW(MB_VIF_FB, 0x30), 1, "Power", "0.1 GJ/h", "J/h", "Power", 0},
	{ROW(MB_VIF_FB, 0x31), 1, "Power", "GJ/h", "J/h", "Power", 0},
	{ROW(MB_VIF_FB, 0x58), 4, "Flow Temperature", " degree F", "\260F", "Flow temperature", 0},
	{ROW(MB_VIF_FB, 0x5C), 4, "Return Temperature", " degree F", "\260F", "Return temperature", 0},
	{ROW(MB_VIF_FB, 0x60), 4, "Temperature Difference", " degree F", "\260F", "Temperature difference", 0},
	{ROW(MB_VIF_FB, 0x64), 4, "External Temperature", " degree F", "\260F", "External temperature", 0},
	{ROW(MB_VIF_FB, 0x70), 4, "Cold / Warm Temperature Limit", " degree F", "\260F", "Cold / Warm Temperature Limit", 0},
	{ROW(MB_VIF_FB, 0x74), 4, "Cold / Warm Temperature Limit", " degree C", "\260C", "Cold / Warm Temperature Limit", 0},
	{ROW(MB_VIF_FB, 0x78), 8, "cumul. count max power", " W", "W", "Cumul count max power", 0},
	{ROW(MB_VIF_FD, 0x00), 4, NULL, " Currency units", "Currency units", "Credit", 0},
	{ROW(MB_VIF_FD, 0x04), 4, NULL, " Currency units", "Currency units", "Debit", 0},
	{ROW(MB_VIF_FD, 0x08), 1, "Access Number (transmission count)", NULL, "", "Access Number (transmission count)", 0},
	{ROW(MB_VIF_FD, 0x09), 1, "Medium (as in fixed header)", NULL, "", "Medium", 0},
	{ROW(MB_VIF_FD, 0x0A), 1, "Manufacturer (as in fixed header)", NULL, "", "Manufacturer", 0},
	{ROW(MB_VIF_FD, 0x0B), 1, "Parameter set identification", NULL, "", "Parameter set identification", 0},
	{ROW(MB_VIF_FD, 0x0C), 1, "Model / Version", NULL, "", "Model / Version", 0},
	{ROW(MB_VIF_FD, 0x0D), 1, "Hardware version", NULL, "", "Hardware version", 0},
	{ROW(MB_VIF_FD, 0x0E), 1, "Firmware version", NULL, "", "Firmware version", 0},
	{ROW(MB_VIF_FD, 0x0F), 1, "Software version", NULL, "", "Software version", 0},
	{ROW(MB_VIF_FD, 0x10), 1, "Customer location", NULL, "", "Customer location", 0},
	{ROW(MB_VIF_FD, 0x11), 1, "Customer", NULL, "", "Customer", 0},
	{ROW(MB_VIF_FD, 0x12), 1, "Access Code User", NULL, "", "Access Code User", 0},
	{ROW(MB_VIF_FD, 0x13), 1, "Access Code Operator", NULL, "", "Access Code Operator", 0},
	{ROW(MB_VIF_FD, 0x14), 1, "Access Code System Operator", NULL, "", "Access Code System Operator", 0},
	{ROW(MB_VIF_FD, 0x15), 1, "Access Code Developer", NULL, "", "Access Code Developer", 0},
	{ROW(MB_VIF_FD, 0x16), 1, "Password", NULL, "", "Password", 0},
	{ROW(MB_VIF_FD, 0x17), 1, "Error flags", NULL, "", "Error flags", 0},
	{ROW(MB_VIF_FD, 0x18), 1, "Error mask", NULL, "", "Error mask", 0},
	{ROW(MB_VIF_FD, 0x1A), 1, "Digital output (binary)", NULL, "", "Digital Output", 0},
	{ROW(MB_VIF_FD, 0x1B), 1, "Digital input (binary)", NULL, "", "Digital Input", 0},
	{ROW(MB_VIF_FD, 0x1C), 1, "Baudrate", NULL, "Baud", "Baudrate", 0},
	{ROW(MB_VIF_FD, 0x1D), 1, "response delay time", NULL, "Bittimes", "Response delay time", 0},
	{ROW(MB_VIF_FD, 0x1E), 1, "Retry", NULL, "", "Retry", 0},
	{ROW(MB_VIF_FD, 0x20), 1, "First storage # for cyclic storage", NULL, "", "First storage # for cyclic storage", 0},
	{ROW(MB_VIF_FD, 0x21), 1, "Last storage # for cyclic storage", NULL, "", "Last storage # for cyclic storage", 0},
	{ROW(MB_VIF_FD, 0x22), 1, "Size of storage block", NULL, "", "Size of storage block", 0},
	{ROW(MB_VIF_FD, 0x24), 1, "Storage interval second(s)", NULL, "s", "Storage interval", 1},
	{ROW(MB_VIF_FD, 0x25), 1, "Storage interval minute(s)", NULL, "s", "Storage interval", MIN},
	{ROW(MB_VIF_FD, 0x26), 1, "Storage interval hour(s)", NULL, "s", "Storage interval", HOUR},
	{ROW(MB_VIF_FD, 0x27), 1, "Storage interval day(s)", NULL, "s", "Storage interval", DAY},
	{ROW(MB_VIF_FD, 0x2C), 1, "Duration since last readout second(s)", NULL, "s", "Duration since last readout", 1},
	{ROW(MB_VIF_FD, 0x2D), 1, "Duration since last readout minute(s)", NULL, "s", "Duration since last readout", MIN},
	{ROW(MB_VIF_FD, 0x2E), 1, "Duration since last readout hour(s)", NULL, "s", "Duration since last readout", HOUR},
	{ROW(MB_VIF_FD, 0x2F), 1, "Duration since last readout day(s)", NULL, "s", "Duration since last readout", DAY},
	{ROW(MB_VIF_FD, 0x30), 1, "Start (date/time) of tariff", NULL, "", "Start (date/time) of tariff", 0},
	{ROW(MB_VIF_FD, 0x31), 1, "Duration of tariff minute(s)", NULL, "s", "Duration of tariff", MIN},
	{ROW(MB_VIF_FD, 0x32), 1, "Duration of tariff hour(s)", NULL, "s", "Duration of tariff", HOUR},
	{ROW(MB_VIF_FD, 0x33), 1, "Duration of tariff day(s)", NULL, "s", "Duration of tariff", DAY},
	{ROW(MB_VIF_FD, 0x34), 1, "Period of tariff second(s)", NULL, "s", "Period of tariff", 1},
	{ROW(MB_VIF_FD, 0x35), 1, "Period of tariff minute(s)", NULL, "s", "Period of tariff", MIN},
	{ROW(MB_VIF_FD, 0x36), 1, "Period of tariff hour(s)", NULL, "s", "Period of tariff", HOUR},
	{ROW(MB_VIF_FD, 0x37), 1, "Period of tariff day(s)", NULL, "s", "Period of tariff", DAY},
	{ROW(MB_VIF_FD, 0x3A), 1, "dimensionless / no VIF", NULL, "", "Dimensionless", 0},
	{ROW(MB_VIF_FD, 0x40), 16, NULL, " V", "V", "Voltage", 0},
	{ROW(MB_VIF_FD, 0x50), 16, NULL, " A", "A", "Current", 0},
	{ROW(MB_VIF_FD, 0x60), 1, "Reset counter", NULL, "", "Reset counter", 0},
	{ROW(MB_VIF_FD, 0x61), 1, "Cumulation counter", NULL, "", "Cumulation counter", 0},
	{ROW(MB_VIF_FD, 0x62), 1, "Control signal", NULL, "", "Control signal", 0},
	{ROW(MB_VIF_FD, 0x63), 1, "Day of week", NULL, "", "Day of week", 0},
	{ROW(MB_VIF_FD, 0x64), 1, "Week number", NULL, "", "Week number", 0},
	{ROW(MB_VIF_FD, 0x65), 1, "Time point of day change", NULL, "", "Time point of day change", 0},
	{ROW(MB_VIF_FD, 0x66), 1, "State of parameter activation", NULL, "", "State of parameter activation", 0},
	{ROW(MB_VIF_FD, 0x67), 1, "Special supplier information", NULL, "", "Special supplier information", 0},
	{ROW(MB_VIF_FD, 0x68), 1, "Duration since last cumulation hour(s)", NULL, "s", "Duration since last cumulation", HOUR},
	{ROW(MB_VIF_FD, 0x69), 1, "Duration since last cumulation day(s)", NULL, "s", "Duration since last cumulation", DAY},
	{ROW(MB_VIF_FD, 0x6C), 1, "Operating time battery hour(s)", NULL, "s", "Operating time battery", HOUR},
	{ROW(MB_VIF_FD, 0x6D), 1, "Operating time battery day(s)", NULL, "s", "Operating time battery", DAY},
	{ROW(MB_VIF_MANUFACTURER, 0x7F), 1, "Manufacturer specific", NULL, "", "Manufacturer specific", 0},
};

static const char *const media[0x1A] = {
	"Other", "Oil", "Electricity", "Gas", "Heat: Outlet", "Steam", "Warm water (30-90\260C)", "Water",
	"Heat Cost Allocator", "Compressed Air", "Cooling load meter: Outlet", "Cooling load meter: Inlet",
	"Heat: Inlet", "Heat / Cooling load meter", "Bus/System", "Unknown Medium",
	"Irrigation Water", "Water Logger", "Gas Logger", "Gas Converter", "Calorific value",
	"Hot water (&gt;90\260C)", "Cold water", "Dual water", "Pressure", "A/D Converter",
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
	"1e-3 \260C", "units for HCA", "reserved", "reserved", "reserved", "reserved",
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
	{MAKER('A', 'B', 'B'), 0x02, 0x02, ANY, "ABB Delta-Meter"},
	{MAKER('A', 'B', 'B'), 0x20, 0x20, ANY, "ABB B21 113-100"},
	{MAKER('A', 'C', 'W'), 0x09, 0x09, ANY, "Itron CF Echo 2"},
	{MAKER('A', 'C', 'W'), 0x0A, 0x0A, ANY, "Itron CF 51"},
	{MAKER('A', 'C', 'W'), 0x0B, 0x0B, ANY, "Itron CF 55"},
	{MAKER('A', 'C', 'W'), 0x0E, 0x0E, ANY, "Itron BM +m"},
	{MAKER('A', 'C', 'W'), 0x0F, 0x0F, ANY, "Itron CF 800"},
	{MAKER('A', 'C', 'W'), 0x14, 0x14, ANY, "Itron CYBLE M-Bus 1.4"},
	{MAKER('A', 'M', 'T'), 0x00, 0x3F, ANY, "Aquametro AMTRON"},
	{MAKER('A', 'M', 'T'), 0x40, 0x7F, ANY, "Aquametro SAPHIR"},
	{MAKER('A', 'M', 'T'), 0x80, 0xBF, ANY, "Aquametro CALEC MB"},
	{MAKER('A', 'M', 'T'), 0xC0, 0xFF, ANY, "Aquametro CALEC ST"},
	{MAKER('B', 'E', 'C'), 0x00, 0x00, 0x02, "Berg DCMi"},
	{MAKER('B', 'E', 'C'), 0x07, 0x07, 0x02, "Berg BLMi"},
	{MAKER('B', 'E', 'C'), 0x71, 0x71, 0x0F, "Berg BMB-10S0"},
	{MAKER('E', 'F', 'E'), 0x00, 0x00, 0x06, "Engelmann WaterStar"},
	{MAKER('E', 'F', 'E'), 0x00, 0x00, ANY, "Engelmann / Elster SensoStar 2"},
	{MAKER('E', 'F', 'E'), 0x01, 0x01, ANY, "Engelmann SensoStar 2C"},
	{MAKER('E', 'L', 'S'), 0x02, 0x02, ANY, "Elster TMP-A"},
	{MAKER('E', 'L', 'S'), 0x0A, 0x0A, ANY, "Elster Falcon"},
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
	{MAKER('H', 'Y', 'D'), 0x2F, 0x2F, ANY, "Hydrometer Sharky 775"},
	{MAKER('J', 'A', 'N'), 0x09, 0x09, 0x02, "Janitza UMG 96S"},
	{MAKER('K', 'A', 'M'), 0x01, 0x01, ANY, "Kamstrup 382 (6850-005)"},
	{MAKER('K', 'A', 'M'), 0x08, 0x08, ANY, "Kamstrup Multical 601"},
	{MAKER('L', 'S', 'E'), 0x99, 0x99, ANY, "Siemens WFH21"},
	{MAKER('L', 'U', 'G'), 0x02, 0x02, ANY, "Landis &amp; Gyr Ultraheat 2WR5"},
	{MAKER('L', 'U', 'G'), 0x03, 0x03, ANY, "Landis &amp; Gyr Ultraheat 2WR6"},
	{MAKER('L', 'U', 'G'), 0x04, 0x04, ANY, "Landis &amp; Gyr Ultraheat UH50"},
	{MAKER('L', 'U', 'G'), 0x07, 0x07, ANY, "Landis &amp; Gyr Ultraheat T230"},
	{MAKER('N', 'Z', 'R'), 0x01, 0x01, ANY, "NZR DHZ 5/63"},
	{MAKER('N', 'Z', 'R'), 0x50, 0x50, ANY, "NZR IC-M2"},
	{MAKER('R', 'A', 'M'), 0x03, 0x03, ANY, "Rossweiner ETK/ETW Modularis"},
	{MAKER('R', 'E', 'L'), 0x08, 0x08, ANY, "Relay PadPuls M1"},
	{MAKER('R', 'E', 'L'), 0x12, 0x12, ANY, "Relay PadPuls M4"},
	{MAKER('R', 'E', 'L'), 0x20, 0x20, ANY, "Relay Padin 4"},
	{MAKER('R', 'E', 'L'), 0x30, 0x30, ANY, "Relay AnDi 4"},
	{MAKER('R', 'E', 'L'), 0x40, 0x40, ANY, "Relay PadPuls M2"},
	{MAKER('R', 'K', 'E'), 0x69, 0x69, ANY, "Ista sensonic II mbus"},
	{MAKER('S', 'E', 'N'), 0x08, 0x08, ANY, "Sensus PolluCom E"},
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
	{MAKER('T', 'C', 'H'), 0x40, 0x40, ANY, "Techem ultra S3"},
	{MAKER('W', 'Z', 'G'), 0x03, 0x03, ANY, "Modularis ETW-EAX"},
	{MAKER('Z', 'R', 'M'), 0x81, 0x81, ANY, "Minol Minocal C2"},
	{MAKER('Z', 'R', 'M'), 0x82, 0x82, ANY, "Minol Minocal WR3"},
};

/* Makers that tell their models by the first two digits of the identification. */
static const struct {
	uint16_t maker;
	uint8_t digits;
	const char *product;
} products_by_id[] = {
	{MAKER('S', 'B', 'C'), 0x10, "Saia-Burgess ALE3"},
	{MAKER('S', 'B', 'C'), 0x11, "Saia-Burgess AWD3"},
	{MAKER('S', 'B', 'C'), 0x19, "Saia-Burgess ALE3"},
	{MAKER('S', 'E', 'O'), 0x30, "Sensoco PT100"},
	{MAKER('S', 'E', 'O'), 0x41, "Sensoco 2-NTC"},
	{MAKER('S', 'E', 'O'), 0x45, "Sensoco Laser Light"},
	{MAKER('S', 'E', 'O'), 0x48, "Sensoco ADIO"},
	{MAKER('S', 'E', 'O'), 0x51, "Sensoco THU"},
	{MAKER('S', 'E', 'O'), 0x61, "Sensoco THU"},
	{MAKER('S', 'E', 'O'), 0x80, "Sensoco PulseCounter for E-Meter"},
	{MAKER('G', 'T', 'E'), 0x30, "Sensoco PT100"},
	{MAKER('G', 'T', 'E'), 0x41, "Sensoco 2-NTC"},
	{MAKER('G', 'T', 'E'), 0x45, "Sensoco Laser Light"},
	{MAKER('G', 'T', 'E'), 0x48, "Sensoco ADIO"},
	{MAKER('G', 'T', 'E'), 0x51, "Sensoco THU"},
	{MAKER('G', 'T', 'E'), 0x61, "Sensoco THU"},
	{MAKER('G', 'T', 'E'), 0x80, "Sensoco PulseCounter for E-Meter"},
};
/* clang-format on */

const struct libmbus_vif *libmbus_vif(const struct mb_record *record)
{
	uint8_t code = record->vif_table == MB_VIF_MANUFACTURER ? 0x7F : record->vif_code;
	uint16_t key = (uint16_t)ROW(record->vif_table, code);
	const struct libmbus_vif *row = rows; /* the last one that does not lie behind the key */

	for (size_t n = ARRAY_LEN(rows), half = n / 2; n > 1; n -= half, half = n / 2)
		row = row[half].key <= key ? row + half : row;
	return (unsigned)(key - row->key) < row->span ? row : NULL;
}

char *libmbus_prefix(char *p, int exp10)
{
	static const char *const texts[] = {"my", "1e-5 ", "1e-4 ", "m", "1e-2 ", "1e-1 ", "",
		"10 ", "100 ", "k", "10 k", "100 k", "M"};

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

const char *libmbus_product(const struct mb_secondary *meter)
{
	for (size_t i = 0; i < ARRAY_LEN(products_by_id); i++) {
		if (products_by_id[i].maker == meter->manufacturer &&
			products_by_id[i].digits == meter->id >> 24)
			return products_by_id[i].product;
	}
	for (size_t i = 0; i < ARRAY_LEN(products); i++) {
		if (products[i].maker == meter->manufacturer &&
			meter->version >= products[i].first && meter->version <= products[i].last &&
			(products[i].medium == ANY || products[i].medium == meter->medium))
			return products[i].product;
	}
	return "";
}
