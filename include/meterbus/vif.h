/* SPDX-License-Identifier: MIT */
/*
 * Value information: the tables of EN 13757-3 clause 6.4 and Annex C. One row a line of the
 * standard. All texts are static.
 */
#ifndef METERBUS_VIF_H
#define METERBUS_VIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(NAME, "text in UTF-8"): units of the tables as the standard writes them. */
/* clang-format off */
#define MB_UNIT_MAP(X) \
	X(NONE, "") X(WH, "Wh") X(J, "J") X(M3, "m³") X(KG, "kg") X(S, "s") X(MIN, "min") X(H, "h") \
	X(D, "d") X(WEEK, "week") X(MONTH, "month") X(YEAR, "year") X(W, "W") X(J_H, "J/h") \
	X(M3_H, "m³/h") X(M3_MIN, "m³/min") X(M3_S, "m³/s") X(KG_H, "kg/h") X(CELSIUS, "°C") X(K, "K") \
	X(BAR, "bar") X(HCA, "HCA") X(VARH, "varh") X(VAH, "VAh") X(CAL, "cal") X(VAR, "var") X(T, "t") \
	X(PERCENT, "%") X(FT3, "ft³") X(USGAL, "USgal") X(USGAL_MIN, "USgal/min") X(USGAL_H, "USgal/h") \
	X(DEGREE, "°") X(HZ, "Hz") X(VA, "VA") X(FAHRENHEIT, "°F") X(CURRENCY, "currency") \
	X(BAUD, "Bd") X(BIT_TIMES, "bit times") X(V, "V") X(A, "A") X(DBM, "dBm")
/* clang-format on */

enum mb_unit {
#define MB_X(name, text) MB_UNIT_##name,
	MB_UNIT_MAP(MB_X)
#undef MB_X
	MB_UNIT_COUNT
};
const char *mb_unit_text(unsigned unit);

enum mb_vif_table {
	MB_VIF_PRIMARY, /* vif.tsv */
	MB_VIF_FB,
	MB_VIF_FD,
	MB_VIF_FDFD,
	MB_VIF_PLAIN_TEXT, /* 7C, FC */
	MB_VIF_MANUFACTURER, /* 7F, FF */
	MB_VIF_RESERVED, /* EF: third extension table */
};

/* How the data of an integer data field are read; BCD and real keep their own. */
enum mb_data_type {
	MB_TYPE_B, /* signed */
	MB_TYPE_C, /* unsigned */
	MB_TYPE_D, /* bit array */
	MB_TYPE_DATE, /* G; F seen */
	MB_TYPE_TIME, /* F, G, I, J, M by length */
	MB_TYPE_K, /* daylight-saving rule, raw */
	MB_TYPE_L, /* listening window, raw */
	MB_TYPE_ID, /* digits with leading zeros, never scaled */
	MB_TYPE_RAW, /* bytes */
	MB_TYPE_PROFILE, /* compact profile */
	MB_TYPE_MANUFACTURER, /* FD 0A: three letters */
};

struct mb_vif {
	uint8_t code; /* first of the span */
	uint8_t span; /* codes: exponent = exp10 + (code - first) when scaled */
	uint8_t unit; /* enum mb_unit */
	int8_t exp10; /* of the first code, in unit */
	uint8_t type; /* enum mb_data_type */
	uint8_t quantity; /* private: see mb_vif_name and mb_vif_quantity */
	bool scaled; /* exponent grows with the code; else all codes of the span are alike */
	bool reserved;
	uint8_t flags; /* MB_RECORD_* of its records */
};

/* Row of a code (0..7F) in PRIMARY, FB, FD, FDFD; never NULL for code < 0x80 in these, NULL in others. */
const struct mb_vif *mb_vif_find(enum mb_vif_table table, uint8_t code);
/* Stable key "flow_temperature" and text "flow (supply) temperature" of a row; "" for NULL. */
const char *mb_vif_name(const struct mb_vif *vif);
const char *mb_vif_quantity(const struct mb_vif *vif);

/* Combinable VIFE (vife.tsv) and those behind FC (fc.tsv). */
enum mb_vife_kind {
	MB_VIFE_LABEL, /* says something about the value, changes no number */
	MB_VIFE_ERROR, /* record error 00..1C, slave to master; 00 is none */
	MB_VIFE_ACTION, /* object action 00..1F, master to slave */
	MB_VIFE_PER, /* divides the unit: text is "/s" */
	MB_VIFE_TIMES, /* multiplies the unit: "*s" */
	MB_VIFE_FACTOR, /* multiplies the value by 10^exp10 */
	MB_VIFE_OFFSET, /* adds 10^exp10 units of the VIF */
	MB_VIFE_DATE, /* data are a point in time */
	MB_VIFE_DURATION, /* data are a duration in unit */
	MB_VIFE_COUNT, /* data are a count without unit */
	MB_VIFE_UNSIGNED, /* data are of type C */
	MB_VIFE_BITS, /* data are of type D */
	MB_VIFE_PROFILE, /* compact profile: 13, 1E, 1F */
	MB_VIFE_FUTURE, /* 7E */
	MB_VIFE_NON_METRIC, /* 3D */
	MB_VIFE_OBIS, /* 3F: data are an OBIS code */
	MB_VIFE_MANUFACTURER, /* 7F: what follows is the maker's */
	MB_VIFE_ESCAPE_FC, /* 7C */
	MB_VIFE_RESERVED,
};

struct mb_vife {
	uint8_t code;
	uint8_t span;
	uint8_t kind; /* enum mb_vife_kind */
	uint8_t unit; /* DURATION */
	int8_t exp10; /* FACTOR, OFFSET: of the first code of the span, + 1 a code */
	uint8_t label; /* private: see mb_vife_name ... */
};

/* Never NULL for code < 0x80. from_master selects the object actions for 00..1F. */
const struct mb_vife *mb_vife_find(uint8_t code, bool from_master);
const struct mb_vife *mb_vife_fc_find(uint8_t code);
const char *mb_vife_name(const struct mb_vife *vife); /* "at_phase_l1" */
const char *mb_vife_text(const struct mb_vife *vife); /* "at phase L1" */
const char *mb_vife_unit_text(const struct mb_vife *vife); /* PER, TIMES: "/h", "*s"; "" else */

#ifdef __cplusplus
}
#endif
#endif
