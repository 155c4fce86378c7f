/* SPDX-License-Identifier: MIT */
#include "meterbus/bus_paper.h"

#include <meterbus/encode.h>
#include <meterbus/error.h>
#include <meterbus/telegram.h>

#include <string.h>

#define ANSWER_US 20000 /* of this meter */
#define TURNS_MAX 1000 /* of one request; a dialogue has a dozen frames */
#define ANY_DIGIT 0xF
#define CI_RESPONSE 0x72

/* --- the meter --------------------------------------------------------------------------------- */

/* A meter that a mask with wildcards finds. */
static uint32_t some_id(uint32_t mask)
{
	for (unsigned shift = 0; shift < 32; shift += 4)
		if ((mask >> shift & ANY_DIGIT) == ANY_DIGIT)
			mask &= ~((uint32_t)ANY_DIGIT << shift);
	return mask;
}

int bus_paper_init(struct bus_paper *p, const struct bus *b, const struct mb_address *address)
{
	const struct mb_secondary *mask = &address->secondary;
	struct mb_master_config config = {.path = b->path, .tries = 1};

	memset(p, 0, sizeof(*p));
	if (address->type == MB_ADDRESS_SECONDARY)
		p->identity = (struct mb_secondary){
			.id = some_id(mask->id),
			.manufacturer =
				mask->manufacturer == MB_MANUFACTURER_ANY ? 0 : mask->manufacturer,
			.version = mask->version == MB_VERSION_ANY ? 0 : mask->version,
			.medium = mask->medium == MB_MEDIUM_ANY ? 0 : mask->medium,
		};
	else if (address->primary <= MB_A_MAX)
		p->primary = address->primary;
	return mb_master_init(&p->master, &config, 0);
}

/* What changes its addresses counts; all else is only kept. */
static void take_write(
	struct bus_paper *p, const struct mb_request *request, const struct mb_frame *f)
{
	p->written = true;
	if (f->data_len <= sizeof(p->records) && f->ci == 0x51) {
		if (f->data_len)
			memcpy(p->records, f->data, f->data_len);
		p->records_len = f->data_len;
	}
	if (request->op == MB_OP_SET_PRIMARY)
		p->primary = request->primary;
	else if (request->op == MB_OP_SET_ID)
		p->identity.id = request->id;
	else if (request->op == MB_OP_SET_SECONDARY)
		p->identity = request->secondary;
}

static bool called(const struct bus_paper *p, uint8_t a)
{
	return a == p->primary || a == MB_A_TEST || (a == MB_A_NETWORK && p->selected);
}

static size_t acknowledge(uint8_t *ret_answer)
{
	ret_answer[0] = MB_ACK;
	return 1;
}

static size_t respond(const struct bus_paper *p, uint8_t *ret_answer, size_t max)
{
	struct mb_header header = {.address = p->identity};
	struct mb_writer w;
	int n;

	mb_writer_begin(&w, ret_answer, max, CI_RESPONSE);
	mb_write_long_header(&w, &header);
	if (p->written)
		mb_write_bytes(&w, p->records, p->records_len);
	n = mb_writer_end(&w, MB_C_RSP_UD, p->primary);
	return n > 0 ? (size_t)n : 0;
}

static size_t answer(struct bus_paper *p, const struct mb_request *request,
	const struct mb_frame *f, uint8_t *ret_answer, size_t max)
{
	struct mb_telegram t;
	uint8_t c = f->c & (uint8_t) ~(MB_C_FCB | MB_C_FCV);

	if (f->type == MB_FRAME_LONG && mb_telegram_parse(f, &t) == 0 &&
		t.layout == MB_LAYOUT_SELECTION) {
		p->selected = mb_secondary_match(&t.address, &p->identity);
		return p->selected ? acknowledge(ret_answer) : 0;
	}
	if (!called(p, f->a))
		return 0;
	if (f->type == MB_FRAME_SHORT && c != MB_C_SND_NKE)
		return respond(p, ret_answer, max);
	if (f->type == MB_FRAME_SHORT)
		return acknowledge(ret_answer);
	take_write(p, request, f);
	return f->c == MB_C_SND_UD2 ? respond(p, ret_answer, max) : acknowledge(ret_answer);
}

/* --- why --------------------------------------------------------------------------------------- */

static const char *purpose_short(const struct bus_paper *p, const struct mb_frame *f)
{
	bool nke = (f->c & (uint8_t) ~(MB_C_FCB | MB_C_FCV)) == MB_C_SND_NKE;

	if (p->op == MB_OP_PING)
		return "SND_NKE: are you there?";
	if (p->op == MB_OP_DESELECT || (nke && f->a == MB_A_NETWORK && p->written))
		return "SND_NKE: deselect";
	if (!p->written && f->a <= MB_A_MAX && f->a != p->primary)
		return nke ? "SND_NKE: is that address free? nobody may answer"
			   : "REQ_UD2: really free? nobody may answer";
	if (nke)
		return p->written ? "SND_NKE: is it there now?" : "SND_NKE: begin";
	return p->written ? "REQ_UD2: read back and compare" : "REQ_UD2: who is it?";
}

/* Before answer(): selected is still the state before this frame. */
static const char *purpose_of(
	const struct bus_paper *p, const struct mb_request *request, const uint8_t *bytes, size_t n)
{
	struct mb_telegram t;
	struct mb_frame f;

	if (request->op == MB_OP_RAW)
		return "as given";
	if (mb_frame_parse(bytes, n, &f) < 0)
		return "";
	if (f.type != MB_FRAME_LONG)
		return purpose_short(p, &f);
	if (mb_telegram_parse(&f, &t) == 0 && t.layout == MB_LAYOUT_SELECTION) {
		if (mb_secondary_match(&t.address, &p->identity))
			return p->written ? "select: is it there now?" : "select the meter";
		return "select: is that identification free? nobody may answer";
	}
	if (request->op == MB_OP_READ)
		return "prepare";
	return NULL; /* what it is all about */
}

/* --- the dialogue ------------------------------------------------------------------------------ */

/* True when the request is over. */
static bool take_events(struct mb_master *m)
{
	struct mb_master_event event;
	bool done = false;

	while (mb_master_event(m, &event))
		done = done || event.type == MB_MASTER_DONE;
	return done;
}

static void exchange(struct bus_paper *p, const struct mb_request *request, const uint8_t *bytes,
	size_t n, const struct mb_line *line)
{
	uint8_t reply[MB_FRAME_MAX];
	struct mb_frame f;
	size_t len = 0;

	if (mb_frame_parse(bytes, n, &f) > 0)
		len = answer(p, request, &f, reply, sizeof(reply));
	p->now_us += mb_line_bytes_us(line, n);
	mb_master_sent(&p->master, n, p->now_us);
	p->now_us += ANSWER_US;
	if (len)
		mb_master_rx(&p->master, reply, NULL, len, p->now_us);
}

static void pass_time(struct bus_paper *p)
{
	uint64_t deadline_us = mb_master_deadline(&p->master);

	if (deadline_us != MB_NEVER && deadline_us > p->now_us)
		p->now_us = deadline_us;
	mb_master_tick(&p->master, p->now_us);
}

int bus_paper_ask(
	struct bus_paper *p, const struct mb_request *request, bus_paper_frame *frame, void *ctx)
{
	struct mb_master *m = &p->master;
	struct mb_line line;
	const uint8_t *bytes;
	unsigned turns = 0;
	int rc = mb_master_submit(m, request, p->now_us);

	p->op = request->op;
	while (rc == 0 && !take_events(m) && turns++ < TURNS_MAX) {
		size_t n = mb_master_tx(m, p->now_us, &bytes);

		mb_master_line(m, &line);
		if (n) {
			frame(ctx, bytes, n, line.baud, purpose_of(p, request, bytes, n));
			exchange(p, request, bytes, n, &line);
		} else {
			pass_time(p);
		}
	}
	return rc;
}

int bus_paper_check(const struct mb_request *request)
{
	static struct mb_master m;
	struct mb_master_config config = {.path.line = MB_LINE_2400_8E1};
	int rc = mb_master_init(&m, &config, 0);

	return rc < 0 ? rc : mb_master_submit(&m, request, 0);
}
