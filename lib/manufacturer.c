/* SPDX-License-Identifier: MIT */
#include <meterbus/address.h>
#include <meterbus/error.h>

#include <stddef.h>

#include "manufacturer.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define WORD(a, b, c) ((uint16_t)(((a)-64) << 10 | ((b)-64) << 5 | ((c)-64)))

/*
 * Makers of wired M-Bus and OMS meters and of what reads them, in the order of their words. Makers
 * merge and rename: a name is for people, never a key.
 */
/* clang-format off */
#define MAKER_MAP(X) \
	X('A', 'B', 'B', ABB, "ABB") \
	X('A', 'B', 'R', ABR, "ABB") \
	X('A', 'C', 'E', ACE, "Actaris Electricity") \
	X('A', 'C', 'G', ACG, "Actaris Gas") \
	X('A', 'C', 'W', ACW, "Actaris Water and Heat") \
	X('A', 'D', 'N', ADN, "Aidon") \
	X('A', 'E', 'G', AEG, "AEG") \
	X('A', 'E', 'M', AEM, "AEM") \
	X('A', 'L', 'C', ALC, "Zenner Gas") \
	X('A', 'L', 'G', ALG, "Algodue Elettronica") \
	X('A', 'M', 'T', AMT, "Integra Metering (Aquametro)") \
	X('A', 'M', 'X', AMX, "Apator Metrix") \
	X('A', 'O', 'M', AOM, "Aquametro Oil & Marine") \
	X('A', 'P', 'A', APA, "Apator") \
	X('A', 'P', 'T', APT, "Apator") \
	X('A', 'Q', 'M', AQM, "Integra Metering") \
	X('A', 'R', 'D', ARD, "Arad Group") \
	X('A', 'R', 'F', ARF, "Adeunis RF") \
	X('A', 'R', 'K', ARK, "Arkon Flow Systems") \
	X('A', 'X', 'I', AXI, "Axioma Metering") \
	X('B', 'A', 'R', BAR, "Bär Industrie-Elektronik") \
	X('B', 'E', 'C', BEC, "Berg Energiekontrollsysteme") \
	X('B', 'E', 'F', BEF, "Befega") \
	X('B', 'E', 'R', BER, "Bernina Electronic") \
	X('B', 'H', 'G', BHG, "Brunata") \
	X('B', 'M', 'I', BMI, "Badger Meter") \
	X('B', 'M', 'P', BMP, "Bmeters Polska") \
	X('B', 'M', 'T', BMT, "Bmeters") \
	X('B', 'Y', 'W', BYW, "Baylan") \
	X('C', 'A', 'L', CAL, "Caleffi") \
	X('C', 'G', 'C', CGC, "Contor Group") \
	X('C', 'I', 'R', CIR, "Circutor") \
	X('C', 'L', 'O', CLO, "Clorius Raab Karcher") \
	X('C', 'T', 'E', CTE, "Coster") \
	X('C', 'Z', 'A', CZA, "Contazara") \
	X('D', 'A', 'N', DAN, "Danubia") \
	X('D', 'E', 'L', DEL, "Deltamess") \
	X('D', 'E', 'V', DEV, "Develco Products") \
	X('D', 'F', 'S', DFS, "Danfoss") \
	X('D', 'G', 'M', DGM, "Diehl Metering") \
	X('D', 'M', 'E', DME, "Diehl Metering") \
	X('D', 'N', 'T', DNT, "Dr. Neuhaus") \
	X('D', 'O', 'M', DOM, "Domat Control System") \
	X('D', 'W', 'Z', DWZ, "Lorenz") \
	X('D', 'Z', 'G', DZG, "DZG Metering") \
	X('E', 'A', 'H', EAH, "Endress+Hauser") \
	X('E', 'B', 'Z', EBZ, "eBZ") \
	X('E', 'C', 'H', ECH, "Networked Energy Services") \
	X('E', 'C', 'S', ECS, "Herholdt Controls") \
	X('E', 'F', 'E', EFE, "Engelmann Sensor") \
	X('E', 'F', 'R', EFR, "EFR") \
	X('E', 'G', 'M', EGM, "Elgama Elektronika") \
	X('E', 'H', 'S', EHS, "Endress+Hauser SICK") \
	X('E', 'L', 'E', ELE, "Elster Electricity") \
	X('E', 'L', 'G', ELG, "Elgas") \
	X('E', 'L', 'R', ELR, "Elster Metering") \
	X('E', 'L', 'S', ELS, "Elster") \
	X('E', 'L', 'V', ELV, "Elvaco") \
	X('E', 'M', 'H', EMH, "EMH metering") \
	X('E', 'M', 'O', EMO, "Enermet") \
	X('E', 'M', 'T', EMT, "Elster Messtechnik") \
	X('E', 'M', 'U', EMU, "EMU Elektronik") \
	X('E', 'N', 'E', ENE, "Enerdis") \
	X('E', 'S', 'E', ESE, "ESE Nordic") \
	X('E', 'S', 'N', ESN, "Eastron") \
	X('E', 'S', 'Y', ESY, "EasyMeter") \
	X('E', 'U', 'R', EUR, "Eurometers") \
	X('E', 'W', 'A', EWA, "Ewattch") \
	X('E', 'W', 'S', EWS, "Enless Wireless") \
	X('E', 'W', 'T', EWT, "Diehl Metering") \
	X('F', 'A', 'N', FAN, "Fantini Cosmi") \
	X('F', 'I', 'N', FIN, "Finder") \
	X('F', 'I', 'O', FIO, "Pietro Fiorentini") \
	X('F', 'L', 'O', FLO, "Flonidan") \
	X('F', 'M', 'G', FMG, "Flow Meter Group") \
	X('F', 'M', 'L', FML, "Siemens Measurements (FML)") \
	X('F', 'R', 'E', FRE, "Frer") \
	X('G', 'A', 'V', GAV, "Carlo Gavazzi Controls") \
	X('G', 'E', 'C', GEC, "GEC Meters") \
	X('G', 'E', 'N', GEN, "Görlitz") \
	X('G', 'M', 'C', GMC, "GMC-I Messtechnik") \
	X('G', 'S', 'P', GSP, "Ingenieurbüro Gasperowicz") \
	X('G', 'T', 'E', GTE, "GREATech") \
	X('G', 'W', 'F', GWF, "GWF") \
	X('H', 'A', 'G', HAG, "Hager Electro") \
	X('H', 'E', 'L', HEL, "Heliowatt") \
	X('H', 'L', 'Y', HLY, "Holley Metering") \
	X('H', 'O', 'E', HOE, "Höntzsch") \
	X('H', 'O', 'N', HON, "Honeywell") \
	X('H', 'S', 'D', HSD, "Ningbo Histar") \
	X('H', 'Y', 'D', HYD, "Diehl Metering (Hydrometer)") \
	X('H', 'Y', 'G', HYG, "Diehl Metering") \
	X('I', 'M', 'S', IMS, "IMST") \
	X('I', 'M', 'T', IMT, "Integra Metering") \
	X('I', 'N', 'E', INE, "Innotas Elektronik") \
	X('I', 'N', 'M', INM, "Inepro Metering") \
	X('I', 'N', 'V', INV, "Sensus (Invensys)") \
	X('I', 'S', 'K', ISK, "Iskraemeco") \
	X('I', 'S', 'O', ISO, "Isoil Industria") \
	X('I', 'S', 'S', ISS, "Iskra") \
	X('I', 'S', 'T', IST, "ista") \
	X('I', 'T', 'E', ITE, "Itron Electricity") \
	X('I', 'T', 'G', ITG, "Itron Gas") \
	X('I', 'T', 'K', ITK, "Itron") \
	X('I', 'T', 'R', ITR, "Itron") \
	X('I', 'T', 'W', ITW, "Itron Water") \
	X('I', 'W', 'K', IWK, "IWK Regler und Kompensatoren") \
	X('J', 'A', 'N', JAN, "Janitza electronics") \
	X('J', 'C', 'E', JCE, "Janz") \
	X('J', 'G', 'F', JGF, "Janz") \
	X('K', 'A', 'A', KAA, "Kamstrup") \
	X('K', 'A', 'M', KAM, "Kamstrup") \
	X('K', 'A', 'S', KAS, "Kamstrup") \
	X('K', 'A', 'W', KAW, "Kamstrup") \
	X('K', 'F', 'M', KFM, "Kaifa Technology") \
	X('K', 'M', 'B', KMB, "Kamstrup") \
	X('K', 'M', 'T', KMT, "Krohne Messtechnik") \
	X('K', 'N', 'X', KNX, "KNX") \
	X('K', 'R', 'O', KRO, "Kromschröder") \
	X('L', 'A', 'N', LAN, "Langmatz") \
	X('L', 'A', 'S', LAS, "Lansen Systems") \
	X('L', 'G', 'A', LGA, "Landis+Gyr") \
	X('L', 'G', 'B', LGB, "Landis+Gyr") \
	X('L', 'G', 'D', LGD, "Landis+Gyr") \
	X('L', 'G', 'E', LGE, "Landis+Gyr") \
	X('L', 'G', 'F', LGF, "Landis+Gyr") \
	X('L', 'G', 'Z', LGZ, "Landis+Gyr") \
	X('L', 'O', 'B', LOB, "Lobaro") \
	X('L', 'O', 'G', LOG, "Logarex Smart Metering") \
	X('L', 'O', 'V', LOV, "Lovato Electric") \
	X('L', 'S', 'E', LSE, "Landis & Staefa") \
	X('L', 'S', 'P', LSP, "Landis+Gyr") \
	X('L', 'S', 'Z', LSZ, "Siemens Building Technologies") \
	X('L', 'U', 'G', LUG, "Landis+Gyr") \
	X('M', 'A', 'D', MAD, "Maddalena") \
	X('M', 'C', 'S', MCS, "MetCom Solutions") \
	X('M', 'D', 'E', MDE, "Diehl Metering") \
	X('M', 'D', 'L', MDL, "Maddalena") \
	X('M', 'E', 'H', MEH, "Müller-electronic") \
	X('M', 'E', 'I', MEI, "Sensus (Meinecke)") \
	X('M', 'E', 'T', MET, "Metra Energie-Messtechnik") \
	X('M', 'I', 'I', MII, "Apator Miitors") \
	X('M', 'I', 'S', MIS, "Iskra MIS") \
	X('M', 'I', 'T', MIT, "Sagemcom") \
	X('M', 'P', 'L', MPL, "Metrona Polska") \
	X('M', 'P', 'R', MPR, "Michael Rac") \
	X('M', 'W', 'U', MWU, "Metrona Union") \
	X('N', 'W', 'M', NWM, "Ningbo Water Meter") \
	X('N', 'Z', 'R', NZR, "NZR") \
	X('O', 'P', 'T', OPT, "Optec") \
	X('O', 'R', 'B', ORB, "Orbis") \
	X('P', 'A', 'D', PAD, "PadMess") \
	X('P', 'A', 'F', PAF, "Pafal") \
	X('P', 'I', 'I', PII, "PiiGAB") \
	X('P', 'I', 'K', PIK, "Pikkerton") \
	X('P', 'I', 'P', PIP, "Hermann Pipersberg jr.") \
	X('P', 'L', 'N', PLN, "Prolan") \
	X('P', 'M', 'G', PMG, "Sensus (PolluMess)") \
	X('P', 'P', 'C', PPC, "Power Plus Communications") \
	X('P', 'X', 'C', PXC, "Phoenix Contact") \
	X('Q', 'D', 'S', QDS, "Qundis") \
	X('R', 'A', 'C', RAC, "Michael Rac") \
	X('R', 'A', 'D', RAD, "Radiocrafts") \
	X('R', 'A', 'M', RAM, "Rossweiner") \
	X('R', 'B', 'M', RBM, "RBM") \
	X('R', 'E', 'L', REL, "Relay") \
	X('R', 'K', 'E', RKE, "Viterra (Raab Karcher)") \
	X('R', 'M', 'G', RMG, "RMG Messtechnik") \
	X('S', 'A', 'G', SAG, "Sagemcom") \
	X('S', 'A', 'M', SAM, "Siemens Österreich") \
	X('S', 'A', 'P', SAP, "Diehl Metering (Sappel)") \
	X('S', 'B', 'C', SBC, "Saia-Burgess Controls") \
	X('S', 'C', 'A', SCA, "Seneca") \
	X('S', 'E', 'C', SEC, "Schneider Electric") \
	X('S', 'E', 'N', SEN, "Sensus") \
	X('S', 'E', 'T', SET, "Sagemcom") \
	X('S', 'F', 'I', SFI, "Siemens") \
	X('S', 'G', 'M', SGM, "Swiss Gas Metering") \
	X('S', 'I', 'C', SIC, "Sick Engineering") \
	X('S', 'I', 'E', SIE, "Siemens") \
	X('S', 'L', 'B', SLB, "Schlumberger") \
	X('S', 'L', 'V', SLV, "Solvimus") \
	X('S', 'M', 'G', SMG, "Samgas") \
	X('S', 'M', 'L', SML, "Siemens Measurements") \
	X('S', 'O', 'C', SOC, "Socomec") \
	X('S', 'O', 'F', SOF, "Softflow") \
	X('S', 'O', 'N', SON, "Sontex") \
	X('S', 'P', 'L', SPL, "Diehl Metering (Sappel)") \
	X('S', 'P', 'X', SPX, "Sensus (Spanner-Pollux)") \
	X('S', 'T', 'O', STO, "ABB Stotz-Kontakt") \
	X('S', 'V', 'M', SVM, "Svensk Värmemätning") \
	X('S', 'W', 'I', SWI, "Swistec") \
	X('S', 'Y', 'S', SYS, "Systemdesign") \
	X('T', 'C', 'H', TCH, "Techem") \
	X('T', 'E', 'C', TEC, "Tecson Digital") \
	X('T', 'H', 'E', THE, "Theben") \
	X('T', 'I', 'P', TIP, "TIP") \
	X('T', 'N', 'T', TNT, "Deltamess") \
	X('T', 'R', 'I', TRI, "Tritech Technology") \
	X('T', 'W', 'O', TWO, "2Flow") \
	X('U', 'B', 'I', UBI, "Ubitronix") \
	X('U', 'G', 'I', UGI, "United Gas Industries") \
	X('V', 'E', 'S', VES, "Viterra") \
	X('V', 'T', 'G', VTG, "vemm tec") \
	X('W', 'E', 'H', WEH, "Wehrle") \
	X('W', 'E', 'P', WEP, "Weptech") \
	X('W', 'G', 'N', WGN, "Wasser-Geräte") \
	X('W', 'M', 'I', WMI, "Weidmüller") \
	X('W', 'N', 'C', WNC, "Wireless Netcontrol") \
	X('W', 'T', 'M', WTM, "Watertech") \
	X('W', 'T', 'T', WTT, "Watertech") \
	X('X', 'Y', 'L', XYL, "Sensus") \
	X('Z', 'I', 'V', ZIV, "ZIV") \
	X('Z', 'P', 'A', ZPA, "ZPA Smart Energy") \
	X('Z', 'R', 'I', ZRI, "Zenner") \
	X('Z', 'R', 'M', ZRM, "Zenner (Minol)")
/* clang-format on */

/* Words, offsets and one blob of names: no pointer, nothing to relocate. */
struct maker_names {
#define X(a, b, c, id, name) char id[sizeof(name)];
	MAKER_MAP(X)
#undef X
};

static const struct maker_names maker_names = {
#define X(a, b, c, id, name) .id = name,
	MAKER_MAP(X)
#undef X
};

struct maker {
	uint16_t word;
	uint16_t name; /* offset in maker_names */
};

static const struct maker makers[] = {
#define X(a, b, c, id, name) {WORD(a, b, c), (uint16_t)offsetof(struct maker_names, id)},
	MAKER_MAP(X)
#undef X
};

unsigned mbi_manufacturer_count(void)
{
	return ARRAY_LEN(makers);
}

uint16_t mbi_manufacturer_at(unsigned i)
{
	return makers[i].word;
}

bool mb_manufacturer_letters(uint16_t manufacturer, char ret_text[5])
{
	char letters[3];

	for (unsigned i = 0; i < 3; i++) {
		unsigned letter = manufacturer >> (10 - 5 * i) & 0x1F;

		if (letter < 1 || letter > 26) {
			for (unsigned k = 0; k < 4; k++)
				ret_text[k] =
					"0123456789ABCDEF"[manufacturer >> (12 - 4 * k) & 0xF];
			ret_text[4] = '\0';
			return false;
		}
		letters[i] = (char)('A' + letter - 1);
	}
	for (unsigned i = 0; i < 3; i++)
		ret_text[i] = letters[i];
	ret_text[3] = '\0';
	return true;
}

int mb_manufacturer_word(const char *letters)
{
	int word = 0;

	for (unsigned i = 0; i < 3; i++) {
		int letter = letters[i] & ~0x20; /* upper case */

		if (letter < 'A' || letter > 'Z')
			return MB_E_INVALID;
		word = word << 5 | (letter - 64);
	}
	return letters[3] ? MB_E_INVALID : word;
}

const char *mb_manufacturer_name(uint16_t manufacturer)
{
	uint16_t word = manufacturer & 0x7FFF;
	size_t low = 0;
	size_t high = ARRAY_LEN(makers);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (makers[middle].word == word)
			return (const char *)&maker_names + makers[middle].name;
		if (makers[middle].word < word)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
