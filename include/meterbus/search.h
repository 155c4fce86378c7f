/* SPDX-License-Identifier: MIT */
/*
 * Who is on this bus? The search by secondary address (wildcards, EN 13757-7, D48 7.3) and by
 * primary address. Shape of meterbus/engine.h.
 *
 *	static struct mb_search_node nodes[MB_SEARCH_NODES(250)];
 *	static struct mb_search s;
 *	struct mb_search_config config = {.path.line = MB_LINE_2400_8E1, .nodes = nodes,
 *		.n_nodes = MB_SEARCH_NODES(250)};
 *
 *	mb_search_init(&s, &config, now);
 *	run mb_search_engine(&s); take mb_search_event(&s, &event) until MB_SEARCH_DONE
 *
 * The search by secondary address fixes one digit after the other, each time the one that divides
 * best what has been found so far, until every mask is closed: silent, or one meter alone.
 */
#ifndef METERBUS_SEARCH_H
#define METERBUS_SEARCH_H

#include <meterbus/address.h>
#include <meterbus/path.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MB_SEARCH_BAUDS_MAX 8
#define MB_SEARCH_MAKERS_MAX 16
#define MB_SEARCH_EVENTS 8
#define MB_SEARCH_TX_MAX 32 /* longest selection */
#define MB_SEARCH_NODES_MAX 65534
#define MB_SEARCH_NODES(meters) (3u * (meters) + 64u) /* enough in practice */
#define MB_SEARCH_TRIES_MAX 16 /* of one silent mask */
#define MB_SEARCH_MISS_PPM 100 /* default of miss_ppm */
#define MB_SEARCH_STATE_MAX(n_nodes) (640u + 40u * (n_nodes)) /* bytes of mb_search_save */

enum mb_search_kind {
	MB_SEARCH_SECONDARY,
	MB_SEARCH_PRIMARY,
};

/*
 * X(NAME, "name", "what of an identification is exhausted"). How far meters with equal
 * identifications are taken apart; each depth includes those before it.
 */
/* clang-format off */
#define MB_SEARCH_DEPTH_MAP(X) \
	X(IDENTIFICATION, "identification", "equal identifications are only reported") \
	X(MEDIUM, "medium", "every medium") \
	X(VERSION, "version", "every version") \
	X(MAKERS, "makers", "every maker seen or known") \
	X(WILDCARDS, "wildcards", "every maker, by wildcards for one byte") \
	X(FABRICATION, "fabrication", "fabrication numbers, by enhanced selection")
/* clang-format on */

enum mb_search_depth {
#define MB_X(name, text, meaning) MB_SEARCH_DEPTH_##name,
	MB_SEARCH_DEPTH_MAP(MB_X)
#undef MB_X
	MB_SEARCH_DEPTH_COUNT
};
const char *mb_search_depth_name(unsigned depth); /* NULL from _COUNT on */
const char *mb_search_depth_text(unsigned depth);

/* What selects meters. Private. */
struct mb_search_mask {
	struct mb_secondary address;
	uint32_t fabrication; /* MB_ID_ANY: none */
};

/* Memory of the search, from the caller: a node of the tree, or a meter. Private. */
struct mb_search_node {
	struct mb_search_mask mask; /* selected by this; a meter: when it was heard alone */
	struct mb_secondary identity; /* a meter: as its answer says */
	uint16_t asked; /* a bit a digit, or the position in the list of values */
	uint16_t silent; /* a bit a digit; makers: the value that was a test */
	uint16_t parent;
	uint16_t seen; /* meters known when it was opened */
	uint16_t spent; /* selections below */
	uint8_t type;
	uint8_t split; /* the field whose values are asked */
	uint8_t tries; /* of each silent value, at least */
	uint8_t state, flags;
	uint8_t primary;
	uint8_t bauds; /* a meter: a bit a speed of the configuration */
	uint8_t tried, unknown; /* a bit a digit of the identification */
};

struct mb_search_config {
	struct mb_path path; /* line.baud is the speed unless bauds are given */
	uint8_t kind; /* enum mb_search_kind */
	uint8_t n_bauds; /* 0: path.line.baud alone */
	uint32_t
		bauds[MB_SEARCH_BAUDS_MAX]; /* searched one after the other; a meter is told once */
	uint64_t max_us; /* of bus time; 0: no bound */
	uint32_t max_selections; /* distinct masks or addresses; 0: no bound */
	bool no_clean_up; /* do not begin with SND_NKE to 253 and 255 */

	/* secondary */
	struct mb_search_node *nodes; /* kept by the caller while the search lives */
	size_t n_nodes; /* 0..MB_SEARCH_NODES_MAX; two a meter suffice mostly */
	bool has_scope; /* search only within scope, e.g. 1234FFFF or one medium */
	struct mb_secondary scope;
	uint8_t n_makers; /* search only meters of these makers */
	uint16_t makers[MB_SEARCH_MAKERS_MAX];
	bool hex; /* close A..E too under every collision */
	bool most_significant; /* from the left: meters that know wildcards only at the end */
	bool verify; /* read each meter again by its full address, and one level below its mask */
	bool depth_limited; /* take equal identifications apart only as far as depth */
	uint8_t depth; /* enum mb_search_depth */
	uint32_t miss_ppm; /* bound of the chance that a meter is missed; 0: MB_SEARCH_MISS_PPM */

	/* primary */
	uint8_t first, last; /* both 0: 0..250 */
	bool ask_silent; /* REQ_UD2 also where SND_NKE is not answered */
};

enum mb_search_event_type {
	MB_SEARCH_NONE,
	MB_SEARCH_FOUND, /* a meter: address, identity, primary, flags, telegram */
	MB_SEARCH_PROGRESS, /* after each mask or address */
	MB_SEARCH_TROUBLE, /* code is enum mb_search_trouble; address: where; bytes: evidence */
	MB_SEARCH_NOTE, /* code is enum mb_search_note; address, bytes where they help */
	MB_SEARCH_DONE, /* done */
};

/* Of a FOUND. */
#define MB_SEARCH_OTHER_IDENTITY 0x01 /* its answer carries another identity than selects it */
#define MB_SEARCH_NO_DATA 0x02 /* E5 instead of data: the identity is not known */
#define MB_SEARCH_NO_NKE 0x04 /* primary: answers REQ_UD2, but not SND_NKE */
#define MB_SEARCH_TWIN 0x08 /* told from its twin only by the fabrication number in address */
#define MB_SEARCH_BAD_DATA 0x10 /* primary: answers SND_NKE, but no good telegram */

/* X(NAME, "name", "what it means") */
/* clang-format off */
#define MB_SEARCH_TROUBLE_MAP(X) \
	X(NOISE, "noise", "nothing clean is heard: noise, a wrong speed or an echo") \
	X(UNSTABLE, "unstable", "several answer, but nothing below explains it: noise, or F in an identification") \
	X(IDENTICAL, "identical", "two or more meters cannot be told apart by their addresses") \
	X(COLLISION, "collision", "several meters have this primary address") \
	X(OTHER_IDENTITY, "other identity", "the answer carries another identity than was selected") \
	X(NO_DATA, "no data", "a meter acknowledges but sends no data") \
	X(DEAF, "no answer", "a meter acknowledges its selection but answers no request") \
	X(ECHO_DIFFERS, "echo differs", "our own bytes come back changed") \
	X(BABBLE, "babble", "the line is never idle") \
	X(FOREIGN_MASTER, "foreign master", "another master talks on this bus") \
	X(VERIFY, "not verified", "a meter that was found does not answer to its full address")
/* clang-format on */

enum mb_search_trouble {
#define MB_X(name, text, meaning) MB_SEARCH_TROUBLE_##name,
	MB_SEARCH_TROUBLE_MAP(MB_X)
#undef MB_X
	MB_SEARCH_TROUBLE_COUNT
};
const char *mb_search_trouble_name(unsigned trouble); /* NULL from _COUNT on */
const char *mb_search_trouble_text(unsigned trouble);

/* X(NAME, "name", "what it means") */
/* clang-format off */
#define MB_SEARCH_NOTE_MAP(X) \
	X(SPEED, "speed", "the search goes on at another speed") \
	X(AGAIN, "again", "a meter that is already known answers at this speed too") \
	X(REPLAN, "replan", "another order of digits is quicker for these numbers") \
	X(EQUAL, "equal", "equal identifications: taken apart by medium, version, maker ...") \
	X(HEX, "hex", "digits A..E are tried: 0..9 do not explain this collision") \
	X(LOSS, "loss", "telegrams are lost on this bus: silent masks are asked again") \
	X(NOISE, "noise", "a collision turned out to be noise") \
	X(ECHO, "echo", "the converter returns our own bytes; they are removed") \
	X(VERIFY, "verify", "the meters found are read again")
/* clang-format on */

enum mb_search_note {
#define MB_X(name, text, meaning) MB_SEARCH_NOTE_##name,
	MB_SEARCH_NOTE_MAP(MB_X)
#undef MB_X
	MB_SEARCH_NOTE_COUNT
};
const char *mb_search_note_name(unsigned note); /* NULL from _COUNT on */
const char *mb_search_note_text(unsigned note);

/* X(NAME, "name", "why a search is not complete") */
/* clang-format off */
#define MB_SEARCH_REASON_MAP(X) \
	X(NONE, "", "it is complete") \
	X(CANCELLED, "cancelled", "the search was cancelled") \
	X(SELECTIONS, "selections", "the bound on selections is reached") \
	X(TIME, "time", "the bound on time is reached") \
	X(MEMORY, "memory", "there are more meters than the memory given can hold") \
	X(NOISE, "noise", "nothing clean was heard") \
	X(UNSTABLE, "unstable", "a collision stayed unexplained") \
	X(IDENTICAL, "identical", "meters with one address could not be told apart") \
	X(MAKERS, "makers", "of equal identifications only the known makers were tried") \
	X(DEPTH, "depth", "equal identifications were not taken further apart, as configured") \
	X(LOSS, "loss", "so much is lost that a silent mask proves nothing") \
	X(VERIFY, "verify", "a meter that was found did not answer again")
/* clang-format on */

enum mb_search_reason {
#define MB_X(name, text, meaning) MB_SEARCH_REASON_##name,
	MB_SEARCH_REASON_MAP(MB_X)
#undef MB_X
	MB_SEARCH_REASON_COUNT
};
const char *mb_search_reason_name(unsigned reason); /* NULL from _COUNT on */
const char *mb_search_reason_text(unsigned reason);

struct mb_search_progress {
	uint32_t baud;
	uint32_t selections; /* distinct masks (primary: addresses) asked */
	uint32_t repeats; /* selections sent again */
	uint32_t requests; /* REQ_UD2 sent */
	uint32_t silent; /* masks that stayed silent */
	uint32_t found;
	uint32_t part_ppm; /* of the work, as far as is known; never goes back */
	uint64_t bus_us; /* since the start */
	uint64_t eta_us; /* still to go, a guess; MB_NEVER: no idea yet */
};

/* What `complete` says. */
struct mb_search_cover {
	bool hex; /* A..E were closed under every collision */
	bool verified;
	uint8_t tries; /* fewest selections that a silent mask has had */
	uint8_t depth; /* enum mb_search_depth: exhausted wherever identifications were equal */
	uint8_t n_bauds;
	uint32_t bauds[MB_SEARCH_BAUDS_MAX]; /* that were gone through to the end */
	uint32_t lost_ppm; /* share of selections lost, as seen on this bus */
	uint32_t miss_ppm; /* estimated chance that any meter was missed, by loss */
	bool scoped; /* only a part of the addresses was searched: scope, makers, first, last */
};

struct mb_search_done {
	bool complete; /* every mask was closed by silence or by one answer; of what: cover */
	uint8_t reason; /* enum mb_search_reason, the first one when several apply */
	struct mb_search_cover cover;
};

struct mb_search_event {
	uint8_t type; /* enum mb_search_event_type */
	uint8_t code; /* TROUBLE, NOTE */
	uint8_t flags; /* FOUND: MB_SEARCH_OTHER_IDENTITY ... */
	bool has_identity; /* FOUND: a header with an identification came */
	bool has_primary; /* FOUND: an RSP_UD came */
	uint8_t primary; /* FOUND: its A field */
	/* FOUND: selects this meter alone. TROUBLE, NOTE: the mask or primary address in question */
	struct mb_address address;
	struct mb_secondary identity; /* FOUND: as its header says */
	uint32_t baud;
	uint64_t time_us;
	const uint8_t *
		bytes; /* FOUND: its telegram. TROUBLE: evidence. Valid until the next verb but event */
	const uint8_t *marks; /* one MB_MARK_* a byte of bytes */
	uint16_t len;
	struct mb_search_progress progress; /* always */
	struct mb_search_done done; /* DONE */
};

/* What repeats have taught about loss. Private. */
struct mb_search_loss {
	uint32_t asked, lost; /* selections of masks known to have a meter; without an answer */
	uint32_t bytes, broken; /* of requests and answers; times that one was missing */
};

/* Where the tree of wildcards stands. Private. */
struct mb_search_plan {
	struct mb_search_node *nodes; /* the tree from the start, meters from the end */
	uint16_t n_nodes, n_tree, n_meters;
	uint16_t current; /* node whose values are asked */
	uint16_t sweep; /* node whose silences are asked again */
	uint8_t phase;
	uint8_t baud; /* index of the speed */
	uint8_t depth, cover_depth, reason;
	uint8_t tries_wanted;
	uint8_t streak; /* unexplained collisions in a row */
	bool hex, most_significant, verify;
	bool looking_twice, testing; /* the question is about a node itself; about wildcards */
	uint32_t selections, silent;
	/* the question, and what to tell */
	struct mb_search_mask ask;
	uint16_t ask_value;
	uint8_t ask_tries;
	bool asking; /* it waits for its answer */
	bool ask_again; /* it was asked before: a repeat */
	uint8_t report_type, report_code;
	struct mb_secondary report;
	uint8_t versions[32]; /* seen on this bus when the node of versions was opened */
};

/* The search by primary address. Private. */
struct mb_search_primary {
	uint16_t address; /* the next one */
	uint16_t asked; /* the one being asked */
	uint16_t found; /* remembered or not */
	uint8_t round; /* silent ones are asked again in the next */
};

/* Place it where you like; fields are private. Small fields first, see struct mb_master. */
struct mb_search {
	uint8_t state;
	uint8_t baud, maker; /* indices */
	bool rooted; /* their tree was begun */
	uint8_t attempt, request_attempt; /* of this mask */
	uint8_t request_lost; /* of them, by missing bytes */
	uint8_t response; /* the worst that came so far */
	uint8_t doubts; /* times that this mask was begun again */
	uint16_t longest; /* answer heard so far, bytes */
	uint8_t dirty; /* probes in a row without anything clean */
	uint8_t reason;
	uint8_t bauds_done; /* a bit a speed */
	uint8_t tries_least;
	bool noisy; /* errors of single bytes were seen */
	bool ack_garbled, nke_silent; /* of this mask */
	uint8_t spoiled; /* selections of it that say nothing */
	uint8_t event_first, event_count;
	uint8_t tx_len;
	uint32_t repeats, requests, part_ppm;
	struct mb_search_primary primary;
	uint64_t now_us;
	struct mb_search_plan plan;
	uint8_t heard[32]; /* at this speed, a bit a primary address */
	struct mb_secondary stray; /* another identity that answered to this mask */
	uint32_t told; /* a bit a note or trouble that is told once */
	uint64_t begin_us, spent_us;
	struct mb_search_loss loss;
	struct mb_search_config config; /* path.line.baud: the speed of now */
	struct mb_exchange exchange;
	uint8_t tx[MB_SEARCH_TX_MAX];
	struct mb_search_event events[MB_SEARCH_EVENTS];
};

/* 0 or MB_E_INVALID (line without speed, nodes missing, limits). */
int mb_search_init(struct mb_search *s, const struct mb_search_config *config, uint64_t now_us);
/* End it now: DONE with reason CANCELLED follows. It may be saved before or after. */
void mb_search_cancel(struct mb_search *s, uint64_t now_us);

/*
 * The state at any time, to go on later from there: length or MB_E_NO_SPACE;
 * MB_SEARCH_STATE_MAX(n_nodes) bytes always suffice. What is being asked is asked again.
 */
int mb_search_save(const struct mb_search *s, uint8_t *buf, size_t max);
/*
 * Into a search just initialised with the same configuration (memory, bounds, tries and path
 * may differ). 0; MB_E_INVALID: not such a state, or of another configuration; MB_E_NO_SPACE: too
 * few nodes. Meters found before are not told again: see mb_search_found.
 */
int mb_search_load(struct mb_search *s, const uint8_t *buf, size_t len);

/* Meters found so far, in the order of discovery, as FOUND events without bytes. 1, or 0 past the end. */
int mb_search_found(const struct mb_search *s, size_t i, struct mb_search_event *ret_event);

/* The verbs of meterbus/engine.h. Nothing is sent while events wait to be taken. */
size_t mb_search_tx(struct mb_search *s, uint64_t now_us, const uint8_t **ret_bytes);
void mb_search_sent(struct mb_search *s, size_t n, uint64_t end_us);
void mb_search_rx(
	struct mb_search *s, const uint8_t *bytes, const uint8_t *marks, size_t n, uint64_t now_us);
uint64_t mb_search_deadline(const struct mb_search *s);
void mb_search_tick(struct mb_search *s, uint64_t now_us);
void mb_search_line(const struct mb_search *s, struct mb_line *ret_line);
/* Takes the oldest event: 1, or 0 when there is none. */
int mb_search_event(struct mb_search *s, struct mb_search_event *ret_event);
struct mb_engine mb_search_engine(struct mb_search *s);

#ifdef __cplusplus
}
#endif
#endif
