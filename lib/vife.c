/* SPDX-License-Identifier: MIT */
/*
 * Combinable VIFEs, EN 13757-3 6.4.5. Rows are X(code, span, kind, exp10, key, text, label of the
 * driver when it differs from the text, unit text).
 */
#include "vife.h"

#include "quantity.h"
#include "vif_rows.h"

/* clang-format off */
#define VIFE_ROWS(X) \
	X(00, 1, ERROR, 0, "err_none", "no record error", "No error", "") \
	X(01, 1, ERROR, 0, "err_too_many_dife", "record error: too many DIFE", "Too many DIFE's", \
		"") \
	X(02, 1, ERROR, 0, "err_storage", "record error: storage number not implemented", \
		"Storage number not implemented", "") \
	X(03, 1, ERROR, 0, "err_unit", "record error: unit number not implemented", \
		"Unit number not implemented", "") \
	X(04, 1, ERROR, 0, "err_tariff", "record error: tariff number not implemented", \
		"Tariff number not implemented", "") \
	X(05, 1, ERROR, 0, "err_function", "record error: function not implemented", \
		"Function not implemented", "") \
	X(06, 1, ERROR, 0, "err_data_class", "record error: data class not implemented", \
		"Data class not implemented", "") \
	X(07, 1, ERROR, 0, "err_data_size", "record error: data size not implemented", \
		"Data size not implemented", "") \
	X(08, 3, ERROR, 0, "err_reserved", "record error: reserved", "Reserved error", "") \
	X(0B, 1, ERROR, 0, "err_too_many_vife", "record error: too many VIFE", "Too many VIFE's", \
		"") \
	X(0C, 1, ERROR, 0, "err_vif_group", "record error: illegal VIF group", \
		"Illegal VIF-Group", "") \
	X(0D, 1, ERROR, 0, "err_vif_exponent", "record error: illegal VIF exponent", \
		"Illegal VIF-Exponent", "") \
	X(0E, 1, ERROR, 0, "err_vif_dif", "record error: VIF/DIF mismatch", "VIF/DIF mismatch", \
		"") \
	X(0F, 1, ERROR, 0, "err_action", "record error: unimplemented action", \
		"Unimplemented action", "") \
	X(10, 2, RESERVED, 0, "reserved", "reserved", "", "") \
	X(12, 1, LABEL, 0, "average", "value is an average", "", "") \
	X(13, 1, PROFILE, 0, "inverse_compact_profile", "inverse compact profile", "", "") \
	X(14, 1, LABEL, 0, "relative_deviation", \
		"relative deviation (data = ratio to the value of the header)", "", "") \
	X(15, 1, ERROR, 0, "err_no_data", "record error: no data available (undefined value)", \
		"No data available (undefined value)", "") \
	X(16, 1, ERROR, 0, "err_overflow", "record error: data overflow", "Data overflow", "") \
	X(17, 1, ERROR, 0, "err_underflow", "record error: data underflow", "Data underflow", "") \
	X(18, 1, ERROR, 0, "err_data", "record error: data error", "Data error", "") \
	X(19, 3, ERROR, 0, "err_reserved", "record error: reserved", "Reserved error", "") \
	X(1C, 1, ERROR, 0, "err_premature_end", "record error: premature end of record", \
		"Premature end of record", "") \
	X(1D, 1, LABEL, 0, "standard_conform", "standard conform data content", "", "") \
	X(1E, 1, PROFILE, 0, "compact_profile_registers", \
		"compact profile with register numbers", "", "") \
	X(1F, 1, PROFILE, 0, "compact_profile", "compact profile without register numbers", "", \
		"") \
	X(20, 1, PER, 0, "per_s", "per s", "/s", "/s") \
	X(21, 1, PER, 0, "per_min", "per min", "/min", "/min") \
	X(22, 1, PER, 0, "per_h", "per h", "/h", "/h") \
	X(23, 1, PER, 0, "per_d", "per d", "/d", "/d") \
	X(24, 1, PER, 0, "per_week", "per week", "/week", "/week") \
	X(25, 1, PER, 0, "per_month", "per month", "/month", "/month") \
	X(26, 1, PER, 0, "per_year", "per year", "/year", "/year") \
	X(27, 1, PER, 0, "per_revolution", "per revolution/measurement", \
		"per revolution / measurement", "/revolution") \
	X(28, 1, LABEL, 0, "per_input_pulse_ch0", "increment per input pulse on input channel 0", \
		"increment per input pulse on input channel #0", "") \
	X(29, 1, LABEL, 0, "per_input_pulse_ch1", "increment per input pulse on input channel 1", \
		"increment per input pulse on input channel #1", "") \
	X(2A, 1, LABEL, 0, "per_output_pulse_ch0", \
		"increment per output pulse on output channel 0", \
		"increment per output pulse on output channel #0", "") \
	X(2B, 1, LABEL, 0, "per_output_pulse_ch1", \
		"increment per output pulse on output channel 1", \
		"increment per output pulse on output channel #1", "") \
	X(2C, 1, PER, 0, "per_l", "per l", "/l", "/l") \
	X(2D, 1, PER, 0, "per_m3", "per m³", "/m³", "/m³") \
	X(2E, 1, PER, 0, "per_kg", "per kg", "/kg", "/kg") \
	X(2F, 1, PER, 0, "per_k", "per K", "per K", "/K") \
	X(30, 1, PER, 0, "per_kwh", "per kWh", "/kWh", "/kWh") \
	X(31, 1, PER, 0, "per_gj", "per GJ", "/GJ", "/GJ") \
	X(32, 1, PER, 0, "per_kw", "per kW", "/kW", "/kW") \
	X(33, 1, PER, 0, "per_kl", "per (K*l)", "/(K*l)", "/(K*l)") \
	X(34, 1, PER, 0, "per_v", "per V", "/V", "/V") \
	X(35, 1, PER, 0, "per_a", "per A", "/A", "/A") \
	X(36, 1, TIMES, 0, "times_s", "multiplied by s", "* s", "*s") \
	X(37, 1, TIMES, 0, "times_s_per_v", "multiplied by s/V", "* s/V", "*s/V") \
	X(38, 1, TIMES, 0, "times_s_per_a", "multiplied by s/A", "* s/A", "*s/A") \
	X(39, 1, DATE, 0, "start_of", "start date(/time) of the quantity in the header", \
		"start date(/time) of", "") \
	X(3A, 1, LABEL, 0, "uncorrected", \
		"VIF holds the uncorrected unit / value at metering conditions", \
		"VIF contains uncorrected unit instead of corrected unit", "") \
	X(3B, 1, LABEL, 0, "accumulation_positive", \
		"accumulation only if positive contribution (forward flow)", \
		"Accumulation only if positive contributions", "") \
	X(3C, 1, LABEL, 0, "accumulation_negative", \
		"accumulation of absolute value only if negative contribution (backward flow)", \
		"Accumulation of abs value only if negative contributions", "") \
	X(3D, 1, NON_METRIC, 0, "non_metric", "alternate (non-metric) unit system", "", "") \
	X(3E, 1, LABEL, 0, "base_conditions", "value at base conditions", "", "") \
	X(3F, 1, OBIS, 0, "obis_declaration", "OBIS declaration", "", "") \
	X(40, 1, LABEL, 0, "limit_lower", "lower limit value", "", "") \
	X(41, 1, COUNT, 0, "exceeds_lower", "number of exceeds of the lower limit", \
		"# of exceeds of lower limit", "") \
	X(42, 1, DATE, 0, "date_begin_first_lower_exceed", \
		"date(/time) of begin of first lower limit exceed", \
		"Date(/time) begin of first lower limit exceed", "") \
	X(43, 1, DATE, 0, "date_end_first_lower_exceed", \
		"date(/time) of end of first lower limit exceed", \
		"Date(/time) end of first lower limit exceed", "") \
	X(44, 2, RESERVED, 0, "reserved", "reserved", "", "") \
	X(46, 1, DATE, 0, "date_begin_last_lower_exceed", \
		"date(/time) of begin of last lower limit exceed", \
		"Date(/time) begin of last lower limit exceed", "") \
	X(47, 1, DATE, 0, "date_end_last_lower_exceed", \
		"date(/time) of end of last lower limit exceed", \
		"Date(/time) end of last lower limit exceed", "") \
	X(48, 1, LABEL, 0, "limit_upper", "upper limit value", "", "") \
	X(49, 1, COUNT, 0, "exceeds_upper", "number of exceeds of the upper limit", \
		"# of exceeds of upper limit", "") \
	X(4A, 1, DATE, 0, "date_begin_first_upper_exceed", \
		"date(/time) of begin of first upper limit exceed", \
		"Date(/time) begin of first upper limit exceed", "") \
	X(4B, 1, DATE, 0, "date_end_first_upper_exceed", \
		"date(/time) of end of first upper limit exceed", \
		"Date(/time) end of first upper limit exceed", "") \
	X(4C, 2, RESERVED, 0, "reserved", "reserved", "", "") \
	X(4E, 1, DATE, 0, "date_begin_last_upper_exceed", \
		"date(/time) of begin of last upper limit exceed", \
		"Date(/time) begin of last upper limit exceed", "") \
	X(4F, 1, DATE, 0, "date_end_last_upper_exceed", \
		"date(/time) of end of last upper limit exceed", \
		"Date(/time) end of last upper limit exceed", "") \
	X(50, 4, DURATION, 0, "duration_first_lower_exceed", \
		"duration of first lower limit exceed", "Duration of first lower limit exceeds", \
		"") \
	X(54, 4, DURATION, 0, "duration_last_lower_exceed", \
		"duration of last lower limit exceed", "Duration of last lower limit exceeds", \
		"") \
	X(58, 4, DURATION, 0, "duration_first_upper_exceed", \
		"duration of first upper limit exceed", "Duration of first upper limit exceeds", \
		"") \
	X(5C, 4, DURATION, 0, "duration_last_upper_exceed", \
		"duration of last upper limit exceed", "Duration of last upper limit exceeds", \
		"") \
	X(60, 4, DURATION, 0, "duration_of_first", \
		"duration of the first occurrence of the quantity in the header", \
		"Duration of first", "") \
	X(64, 4, DURATION, 0, "duration_of_last", \
		"duration of the last occurrence of the quantity in the header", \
		"Duration of last", "") \
	X(68, 1, LABEL, 0, "value_during_lower_exceed", "value during lower limit exceed", "", "") \
	X(69, 1, LABEL, 0, "leakage_values", "leakage values", "", "") \
	X(6A, 1, DATE, 0, "date_begin_first", \
		"date(/time) of begin of first occurrence of the quantity", \
		"Date(/time) begin of first", "") \
	X(6B, 1, DATE, 0, "date_end_first", \
		"date(/time) of end of first occurrence of the quantity", \
		"Date(/time) end of first", "") \
	X(6C, 1, LABEL, 0, "value_during_upper_exceed", "value during upper limit exceed", "", "") \
	X(6D, 1, LABEL, 0, "overflow_values", "overflow values", "", "") \
	X(6E, 1, DATE, 0, "date_begin_last", \
		"date(/time) of begin of last occurrence of the quantity", \
		"Date(/time) begin of last", "") \
	X(6F, 1, DATE, 0, "date_end_last", \
		"date(/time) of end of last occurrence of the quantity", \
		"Date(/time) end of last", "") \
	X(70, 8, FACTOR, -6, "factor", "multiplicative correction factor", \
		"Multiplicative correction factor", "") \
	X(78, 4, OFFSET, -3, "offset", "additive correction constant", \
		"Additive correction constant", "") \
	X(7C, 1, ESCAPE_FC, 0, "ext_fc", "extension FC", "", "") \
	X(7D, 1, FACTOR, 3, "factor_1000", "multiplicative correction factor", \
		"Multiplicative correction factor", "") \
	X(7E, 1, FUTURE, 0, "future_value", "future value", "", "") \
	X(7F, 1, MANUFACTURER, 0, "manufacturer_vife", "manufacturer specific", \
		"next VIFE's and data of this block are manufacturer specific", "")

#define FC_ROWS(X) \
	X(00, 1, RESERVED, 0, "reserved", "reserved", "", "") \
	X(01, 1, LABEL, 0, "at_phase_l1", "at phase L1", "Phase L1", "") \
	X(02, 1, LABEL, 0, "at_phase_l2", "at phase L2", "Phase L2", "") \
	X(03, 1, LABEL, 0, "at_phase_l3", "at phase L3", "Phase L3", "") \
	X(04, 1, LABEL, 0, "at_neutral_n", "at neutral (N)", "", "") \
	X(05, 1, LABEL, 0, "between_phases_l1_and_l2", "between phases L1 and L2", \
		"Phase L1 - L2", "") \
	X(06, 1, LABEL, 0, "between_phases_l2_and_l3", "between phases L2 and L3", \
		"Phase L2 - L3", "") \
	X(07, 1, LABEL, 0, "between_phases_l3_and_l1", "between phases L3 and L1", \
		"Phase L3 - L1", "") \
	X(08, 1, LABEL, 0, "at_quadrant_q1", "at quadrant Q1", "", "") \
	X(09, 1, LABEL, 0, "at_quadrant_q2", "at quadrant Q2", "", "") \
	X(0A, 1, LABEL, 0, "at_quadrant_q3", "at quadrant Q3", "", "") \
	X(0B, 1, LABEL, 0, "at_quadrant_q4", "at quadrant Q4", "", "") \
	X(0C, 1, LABEL, 0, "delta_between_import_and_export", "delta between import and export", \
		"", "") \
	X(0D, 1, NON_METRIC, 0, "alt_non_metric", "alternative non-metric units", "", "") \
	X(0E, 1, LABEL, 0, "secondary_sensor", "secondary sensor measurement", "", "") \
	X(0F, 1, LABEL, 0, "high_resolution", "higher resolution register", "", "") \
	X(10, 1, LABEL, 0, "accumulation_absolute", \
		"accumulation of absolute value for both positive and negative contribution", "", \
		"") \
	X(11, 1, UNSIGNED, 0, "data_type_c", "data presented with type C (unsigned)", "", "") \
	X(12, 1, BITS, 0, "data_type_d", "data presented with type D (bit array)", "", "") \
	X(13, 1, DATE, 0, "end_date", "end date(/time) of", "", "") \
	X(14, 1, LABEL, 0, "direction_to_meter", \
		"direction: from communication partner to meter", "", "") \
	X(15, 1, LABEL, 0, "direction_from_meter", \
		"direction: from meter to communication partner", "", "") \
	X(16, 106, RESERVED, 0, "reserved", "reserved", "", "")

#define ACTION_ROWS(X) \
	X(00, 1, ACTION, 0, "write", "object action: write (replace) old data by new", "", "") \
	X(01, 1, ACTION, 0, "add", "object action: add data to old data", "", "") \
	X(02, 1, ACTION, 0, "subtract", "object action: subtract data from old data", "", "") \
	X(03, 1, ACTION, 0, "or", "object action: OR: set bits", "", "") \
	X(04, 1, ACTION, 0, "and", "object action: AND", "", "") \
	X(05, 1, ACTION, 0, "xor", "object action: XOR: toggle bits", "", "") \
	X(06, 1, ACTION, 0, "and_not", "object action: AND NOT: clear bits", "", "") \
	X(07, 1, ACTION, 0, "clear", "object action: set data to zero", "", "") \
	X(08, 1, ACTION, 0, "add_entry", "object action: create a new data record", "", "") \
	X(09, 1, ACTION, 0, "delete_entry", "object action: delete an existing data record", "", \
		"") \
	X(0A, 1, ACTION, 0, "delayed_action", "object action: delayed action", "", "") \
	X(0B, 1, ACTION, 0, "freeze", "object action: freeze data", "", "") \
	X(0C, 1, ACTION, 0, "add_to_readout", "object action: add record to readout list", "", "") \
	X(0D, 1, ACTION, 0, "delete_from_readout", \
		"object action: delete record from readout list", "", "") \
	X(0E, 2, RESERVED, 0, "reserved", "object action: reserved", "", "") \
	X(10, 16, RESERVED, 0, "reserved", "object action: reserved", "", "")

/* clang-format on */

/* Labels are numbered through the three tables: VIFEs, those behind FC, object actions. */
#define LABEL_VIFE(code, ...) LABEL_##code,
#define LABEL_FC(code, ...) LABEL_FC_##code,
#define LABEL_ACTION(code, ...) LABEL_ACTION_##code,
enum {
	VIFE_ROWS(LABEL_VIFE) FC_ROWS(LABEL_FC) ACTION_ROWS(LABEL_ACTION)
};

#define STRINGS(key, text, label, unit) key "\0" text "\0" label "\0" unit
#define MEMBER(prefix, code, key, text, label, unit) \
	char prefix##code[sizeof(STRINGS(key, text, label, unit))];
#define MEMBER_VIFE(code, span, kind, exp10, ...) MEMBER(v, code, __VA_ARGS__)
#define MEMBER_FC(code, span, kind, exp10, ...) MEMBER(f, code, __VA_ARGS__)
#define MEMBER_ACTION(code, span, kind, exp10, ...) MEMBER(a, code, __VA_ARGS__)
struct label_pool {
	VIFE_ROWS(MEMBER_VIFE)
	FC_ROWS(MEMBER_FC)
	ACTION_ROWS(MEMBER_ACTION)
};

#define TEXTS(code, span, kind, exp10, ...) STRINGS(__VA_ARGS__),
static const struct label_pool pool = {VIFE_ROWS(TEXTS) FC_ROWS(TEXTS) ACTION_ROWS(TEXTS)};

#define OFFSET_VIFE(code, ...) offsetof(struct label_pool, v##code),
#define OFFSET_FC(code, ...) offsetof(struct label_pool, f##code),
#define OFFSET_ACTION(code, ...) offsetof(struct label_pool, a##code),
static const uint16_t offset[] = {
	VIFE_ROWS(OFFSET_VIFE) FC_ROWS(OFFSET_FC) ACTION_ROWS(OFFSET_ACTION)};

#define UNIT_OF(kind) (MB_VIFE_##kind == MB_VIFE_DURATION ? MB_UNIT_S : MB_UNIT_NONE)
#define ROW(prefix, code, span, kind, exp10) \
	{0x##code, span, MB_VIFE_##kind, UNIT_OF(kind), exp10, prefix##code},
#define ROW_VIFE(code, span, kind, exp10, ...) ROW(LABEL_, code, span, kind, exp10)
#define ROW_FC(code, span, kind, exp10, ...) ROW(LABEL_FC_, code, span, kind, exp10)
#define ROW_ACTION(code, span, kind, exp10, ...) ROW(LABEL_ACTION_, code, span, kind, exp10)
static const struct mb_vife vifes[] = {VIFE_ROWS(ROW_VIFE)};
static const struct mb_vife fcs[] = {FC_ROWS(ROW_FC)};
static const struct mb_vife actions[] = {ACTION_ROWS(ROW_ACTION)};

#define INDEX_VIFE(code, span, ...) MBI_SPAN_##span(LABEL_##code)
#define INDEX_FC(code, span, ...) MBI_SPAN_##span(LABEL_FC_##code - LABEL_FC_00)
#define INDEX_ACTION(code, span, ...) MBI_SPAN_##span(LABEL_ACTION_##code - LABEL_ACTION_00)
static const uint8_t vife_index[] = {VIFE_ROWS(INDEX_VIFE)};
static const uint8_t fc_index[] = {FC_ROWS(INDEX_FC)};
static const uint8_t action_index[] = {ACTION_ROWS(INDEX_ACTION)};
_Static_assert(sizeof(vife_index) == MBI_CODES, "the spans cover 00..7F");
_Static_assert(sizeof(fc_index) == MBI_CODES, "the spans cover 00..7F");
_Static_assert(sizeof(action_index) == 0x20, "the spans cover 00..1F");

const struct mb_vife *mb_vife_find(uint8_t code, bool from_master)
{
	code &= MBI_CODES - 1;
	if (from_master && code < sizeof(action_index))
		return &actions[action_index[code]];
	return &vifes[vife_index[code]];
}

const struct mb_vife *mb_vife_fc_find(uint8_t code)
{
	return &fcs[fc_index[code & (MBI_CODES - 1)]];
}

static const char *string_of(const struct mb_vife *vife, unsigned n)
{
	if (!vife || vife->label >= sizeof(offset) / sizeof(offset[0]))
		return "";
	return mbi_string_at((const char *)&pool + offset[vife->label], n);
}

const char *mb_vife_name(const struct mb_vife *vife)
{
	return string_of(vife, 0);
}

const char *mb_vife_text(const struct mb_vife *vife)
{
	return string_of(vife, 1);
}

const char *mbi_vife_label(const struct mb_vife *vife)
{
	const char *label = string_of(vife, 2);

	return *label ? label : mb_vife_text(vife);
}

const char *mb_vife_unit_text(const struct mb_vife *vife)
{
	return string_of(vife, 3);
}

void mbi_vife_walk_init(struct mbi_vife_walk *walk, const struct mb_record *record)
{
	walk->p = record->vife;
	walk->end = record->vife_len ? record->vife + record->vife_len : record->vife;
	walk->from_master = record->from_master;
	walk->opaque = record->vif_table == MB_VIF_MANUFACTURER;
}

bool mbi_vife_next(struct mbi_vife_walk *walk, struct mbi_vife_item *ret_item)
{
	struct mbi_vife_item item = {NULL, 0, false};

	if (walk->p == walk->end)
		return false;
	item.code = *walk->p++ & (MBI_CODES - 1);
	if (!walk->opaque) {
		item.vife = mb_vife_find(item.code, walk->from_master);
		if (item.vife->kind == MB_VIFE_ESCAPE_FC && walk->p < walk->end) {
			item.code = *walk->p++ & (MBI_CODES - 1);
			item.vife = mb_vife_fc_find(item.code);
			item.behind_fc = true;
		}
		walk->opaque = item.vife->kind == MB_VIFE_MANUFACTURER;
	}
	*ret_item = item;
	return true;
}
