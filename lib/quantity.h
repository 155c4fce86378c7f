/* SPDX-License-Identifier: MIT */
/* What a VIF measures: key, text and the label that a driver shows. */
#ifndef METERBUS_LIB_QUANTITY_H
#define METERBUS_LIB_QUANTITY_H

/* clang-format off */
/* X(NAME, "key", "quantity", "label of the driver, spelt right") */
#define MBI_QUANTITY_MAP(X) \
	X(ENERGY, "energy", "energy", "Energy") \
	X(VOLUME, "volume", "volume", "Volume") \
	X(MASS, "mass", "mass", "Mass") \
	X(ON_TIME, "on_time", "on time (meter powered)", "On Time") \
	X(OPERATING_TIME, "operating_time", "operating time (meter accumulating)", \
		"Operating Time") \
	X(POWER, "power", "power", "Power") \
	X(VOLUME_FLOW, "volume_flow", "volume flow", "Volume Flow") \
	X(MASS_FLOW, "mass_flow", "mass flow", "Mass flow") \
	X(FLOW_TEMPERATURE, "flow_temperature", "flow (supply) temperature", "Flow Temperature") \
	X(RETURN_TEMPERATURE, "return_temperature", "return temperature", "Return Temperature") \
	X(TEMPERATURE_DIFFERENCE, "temperature_difference", "temperature difference", \
		"Temperature Difference") \
	X(EXTERNAL_TEMPERATURE, "external_temperature", "external temperature", \
		"External Temperature") \
	X(PRESSURE, "pressure", "pressure", "Pressure") \
	X(DATE, "date", "date (time point)", "Time Point") \
	X(DATETIME, "datetime", "date and time (time point)", "Time Point") \
	X(HCA_UNITS, "hca_units", "units for heat cost allocator", "Units for H.C.A.") \
	X(RESERVED, "reserved", "reserved", "Reserved") \
	X(AVERAGING_DURATION, "averaging_duration", "averaging duration", "Averaging Duration") \
	X(ACTUALITY_DURATION, "actuality_duration", "actuality duration (age of the value)", \
		"Actuality Duration") \
	X(FABRICATION_NO, "fabrication_no", "fabrication number", "Fabrication No") \
	X(ENHANCED_IDENTIFICATION, "enhanced_identification", "(enhanced) identification", \
		"Enhanced Identification Record") \
	X(ADDRESS, "address", "bus address", "Bus Address") \
	X(PLAIN_TEXT, "plain_text", "plain text VIF", "Plain text") \
	X(ANY_VIF, "any_vif", "any VIF", \
		"Readout selection of all storage numbers, all tariffs and all VIF") \
	X(MANUFACTURER_SPECIFIC, "manufacturer_specific", "manufacturer specific", \
		"Manufacturer specific coding (including VIFE's)") \
	X(REACTIVE_ENERGY, "reactive_energy", "reactive energy", "Reactive Energy") \
	X(APPARENT_ENERGY, "apparent_energy", "apparent energy", "Apparent Energy") \
	X(COP, "cop", "coefficient of performance (heat pump)", \
		"Coefficient of performance (heat pump)") \
	X(REACTIVE_POWER, "reactive_power", "reactive power", "Reactive Power") \
	X(RELATIVE_HUMIDITY, "relative_humidity", "relative humidity", "Relative humidity") \
	X(PHASE_U_U, "phase_u_u", "phase angle voltage to voltage", "Phase U/U") \
	X(PHASE_U_I, "phase_u_i", "phase angle voltage to current", "Phase U/I") \
	X(FREQUENCY, "frequency", "frequency", "Frequency") \
	X(APPARENT_POWER, "apparent_power", "apparent power", "Apparent Power") \
	X(HCA_RATING_FACTOR_K, "hca_rating_factor_k", "HCA resulting rating factor K", \
		"HCA resulting rating factor K") \
	X(HCA_RATING_FACTOR_KQ, "hca_rating_factor_kq", "HCA thermal output rating factor KQ", \
		"HCA thermal output rating factor KQ") \
	X(HCA_RATING_FACTOR_KC, "hca_rating_factor_kc", \
		"HCA thermal coupling rating factor overall KC", \
		"HCA thermal coupling rating factor overall KC") \
	X(HCA_RATING_FACTOR_KCR, "hca_rating_factor_kcr", \
		"HCA thermal coupling rating factor room side KCR", \
		"HCA thermal coupling rating factor room side KCR") \
	X(HCA_RATING_FACTOR_KCH, "hca_rating_factor_kch", \
		"HCA thermal coupling rating factor heater side KCH", \
		"HCA thermal coupling rating factor heater side KCH") \
	X(HCA_RATING_FACTOR_KT, "hca_rating_factor_kt", "HCA low temperature rating factor KT", \
		"HCA low temperature rating factor KT") \
	X(HCA_SCALING_FACTOR_KD, "hca_scaling_factor_kd", "HCA display output scaling factor KD", \
		"HCA display output scaling factor KD") \
	X(TEMPERATURE_LIMIT, "temperature_limit", "cold / warm temperature limit", \
		"Cold / Warm Temperature Limit") \
	X(CUMULATIVE_MAX_POWER, "cumulative_max_power", \
		"cumulation (count) of maximum active power", "Cumul. count max power") \
	X(CREDIT, "credit", "credit", "Credit of the nominal local legal currency units") \
	X(DEBIT, "debit", "debit", "Debit of the nominal local legal currency units") \
	X(UNIQUE_MESSAGE_ID, "unique_message_id", \
		"unique message identification (formerly: access number / transmission count)", \
		"Access Number (transmission count)") \
	X(DEVICE_TYPE, "device_type", "device type (medium), coding as in header", "Device type") \
	X(MANUFACTURER, "manufacturer", "manufacturer, coding as in header", "Manufacturer") \
	X(PARAMETER_SET_ID, "parameter_set_id", "parameter set identification", \
		"Parameter set identification") \
	X(MODEL_VERSION, "model_version", "model / version", "Model/Version") \
	X(HARDWARE_VERSION, "hardware_version", "hardware version number", "Hardware version #") \
	X(FIRMWARE_VERSION, "firmware_version", "metrology (firmware) version number", \
		"Metrology (firmware) version #") \
	X(SOFTWARE_VERSION, "software_version", "other software version number", \
		"Other software version #") \
	X(CUSTOMER_LOCATION, "customer_location", "customer location", "Customer location") \
	X(CUSTOMER, "customer", "customer", "Customer") \
	X(ACCESS_CODE_USER, "access_code_user", "access code user", "Access Code User") \
	X(ACCESS_CODE_OPERATOR, "access_code_operator", "access code operator", \
		"Access Code Operator") \
	X(ACCESS_CODE_SYSTEM_OPERATOR, "access_code_system_operator", \
		"access code system operator", "Access Code System Operator") \
	X(ACCESS_CODE_DEVELOPER, "access_code_developer", "access code developer", \
		"Access Code Developer") \
	X(PASSWORD, "password", "password", "Password") \
	X(ERROR_FLAGS, "error_flags", "error flags (device specific bits)", \
		"Error flags (binary)") \
	X(ERROR_MASK, "error_mask", "error mask", "Error mask") \
	X(SECURITY_KEY, "security_key", "security key", "Security key") \
	X(DIGITAL_OUTPUT, "digital_output", "digital output", "Digital Output (binary)") \
	X(DIGITAL_INPUT, "digital_input", "digital input", "Digital Input (binary)") \
	X(BAUD_RATE, "baud_rate", "baud rate", "Baudrate [Baud]") \
	X(RESPONSE_DELAY, "response_delay", "response delay time", \
		"Response delay time [bittimes]") \
	X(RETRY, "retry", "retry", "Retry") \
	X(REMOTE_CONTROL, "remote_control", "remote control (device specific)", \
		"Remote control (device specific)") \
	X(FIRST_STORAGE, "first_storage", "first storage number for cyclic storage", \
		"First storage # for cyclic storage") \
	X(LAST_STORAGE, "last_storage", "last storage number for cyclic storage", \
		"Last storage # for cyclic storage") \
	X(STORAGE_BLOCK_SIZE, "storage_block_size", "size of storage block", \
		"Size of storage block") \
	X(TARIFF_SUBUNIT_DESCRIPTOR, "tariff_subunit_descriptor", \
		"descriptor for tariff and subunit", "Descriptor for tariff and subunit") \
	X(STORAGE_INTERVAL, "storage_interval", "storage interval", "Storage interval") \
	X(OPERATOR_SPECIFIC, "operator_specific", "operator specific data", \
		"Operator specific data") \
	X(TIME_POINT_SECOND, "time_point_second", "time point second (0..59)", \
		"Time point second (0 to 59)") \
	X(DURATION_SINCE_READOUT, "duration_since_readout", "duration since last readout", \
		"Duration since last readout") \
	X(TARIFF_START, "tariff_start", "start (date/time) of tariff", "Start of tariff") \
	X(TARIFF_DURATION, "tariff_duration", "duration of tariff", "Duration of tariff") \
	X(TARIFF_PERIOD, "tariff_period", "period of tariff", "Period of tariff") \
	X(DIMENSIONLESS, "dimensionless", "dimensionless / no VIF", "dimensionless / no VIF") \
	X(CONTAINER_WMBUS, "container_wmbus", "data container for wireless M-Bus protocol", \
		"Data container for wireless M-Bus protocol") \
	X(TRANSMISSION_PERIOD, "transmission_period", "period of nominal data transmissions", \
		"Period of nominal data transmissions") \
	X(VOLTAGE, "voltage", "voltage", "Voltage") \
	X(CURRENT, "current", "current", "Current") \
	X(RESET_COUNTER, "reset_counter", "reset counter", "Reset counter") \
	X(CUMULATION_COUNTER, "cumulation_counter", "cumulation counter", "Cumulation counter") \
	X(CONTROL_SIGNAL, "control_signal", "control signal", "Control signal") \
	X(DAY_OF_WEEK, "day_of_week", "day of week", "Day of week") \
	X(WEEK_NUMBER, "week_number", "week number", "Week number") \
	X(DAY_CHANGE_TIME, "day_change_time", "time point of day change", \
		"Timepoint of day change") \
	X(PARAMETER_ACTIVATION, "parameter_activation", "state of parameter activation", \
		"State of parameter activation") \
	X(SUPPLIER_INFO, "supplier_info", "special supplier information", \
		"Special supplier information") \
	X(DURATION_SINCE_CUMULATION, "duration_since_cumulation", \
		"duration since last cumulation", "Duration since last cumulation") \
	X(BATTERY_OPERATING_TIME, "battery_operating_time", "operating time of battery", \
		"Operating time battery") \
	X(BATTERY_CHANGE_DATE, "battery_change_date", "date and time of battery change", \
		"Date and time of battery change") \
	X(RF_LEVEL, "rf_level", "RF receive level", "RF receive level") \
	X(DST_TYPE_K, "dst_type_k", "daylight saving (begin, end, deviation)", \
		"Daylight saving (beginning, ending, deviation)") \
	X(LISTENING_WINDOW, "listening_window", "listening window management", \
		"Listening window management") \
	X(BATTERY_REMAINING, "battery_remaining", "remaining battery life time", \
		"Remaining battery life time") \
	X(METER_STOPPED_COUNT, "meter_stopped_count", "number of times the meter was stopped", \
		"# times the meter was stopped") \
	X(CONTAINER_MANUFACTURER, "container_manufacturer", \
		"data container for manufacturer specific protocol", \
		"Data container for manufacturer specific protocol") \
	X(SELECTED_APPLICATION, "selected_application", "currently selected application", \
		"Currently selected application") \
	X(MOISTURE, "moisture", "moisture level", "Moisture level") \
	X(TEMPERATURE, "temperature", "temperature", "Temperature") \
	X(COUNTER, "counter", "counter", "Counter") \
	X(TIME, "time", "time", "Time")
/* clang-format on */

enum mbi_quantity {
#define MBI_X(name, key, text, label) MBI_Q_##name,
	MBI_QUANTITY_MAP(MBI_X)
#undef MBI_X
	MBI_Q_COUNT
};

const char *mbi_quantity_key(unsigned quantity);
const char *mbi_quantity_text(unsigned quantity);
const char *mbi_quantity_label(unsigned quantity);

/* The n-th string of a row of strings, each with its NUL. */
const char *mbi_string_at(const char *strings, unsigned n);

/* The same of a row that ends with this; NULL behind it. */
#define MBI_STRINGS_END "\xFF"
const char *mbi_string_of(unsigned n, const char *strings);

#endif
