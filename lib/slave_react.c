/* SPDX-License-Identifier: MIT */
/* What a valid frame leads to: EN 13757-2 clause 5.7, EN 13757-3 and -7. Two tables: C and CI. */
#include "slave_impl.h"

#define US_PER_DAY 86400000000u
#define HEADER_LONG_LEN 12
#define APPLICATION_INSTANTANEOUS 0x50

#define SILENT MB_SLAVE_REACTION_SILENT
#define ACK MB_SLAVE_REACTION_ACK

/* A frame that is addressed to this slave. */
struct call {
	const struct mb_frame *frame;
	struct mb_slave_fcb *fcb; /* of the address used; NULL for 255 */
	uint64_t now_us;
	bool network; /* by 253 */
};

typedef enum mb_slave_reaction react_fn(struct mb_slave *s, const struct call *call);

void mbi_slave_rewind(struct mb_slave *s)
{
	s->cursor = 0;
	s->acks_due = quirk(s, MB_SLAVE_ACK_FIRST);
}

static uint8_t fcb_of(const struct mb_frame *frame)
{
	return frame->c & MB_C_FCB ? 1 : 0;
}

static bool is_repeat(const struct mb_slave *s, const struct call *call, uint8_t last)
{
	return call->frame->c & MB_C_FCV && !quirk(s, MB_SLAVE_FCB_IGNORED) &&
	       last == fcb_of(call->frame);
}

static uint8_t fcb_next(const struct call *call)
{
	return call->frame->c & MB_C_FCV ? fcb_of(call->frame) : FCB_NONE;
}

static void deselect(struct mb_slave *s)
{
	if (s->selected)
		mbi_slave_event(s, MB_SLAVE_EVENT_DESELECTED);
	s->selected = false;
}

/* ---- SND_NKE ---- */

static enum mb_slave_reaction nke_network(struct mb_slave *s)
{
	bool was_selected = s->selected;

	if (was_selected) {
		if (!quirk(s, MB_SLAVE_FCB_SHARED)) {
			fcb_forget(&s->fcb[FCB_NETWORK]);
			mbi_slave_rewind(s);
		}
		deselect(s);
	}
	if (quirk(s, MB_SLAVE_NKE_NETWORK_NEVER) || quirk(s, MB_SLAVE_NKE_SILENT))
		return SILENT;
	return was_selected || quirk(s, MB_SLAVE_NKE_NETWORK_ALWAYS) ? ACK : SILENT;
}

static enum mb_slave_reaction nke(struct mb_slave *s, const struct call *call)
{
	if (call->network)
		return nke_network(s);
	fcb_forget(&s->fcb[FCB_OWN]);
	mbi_slave_rewind(s);
	s->seen_nke = true;
	if (!quirk(s, MB_SLAVE_KEEP_PICKS))
		s->n_picks = 0;
	return quirk(s, MB_SLAVE_NKE_SILENT) ? SILENT : ACK;
}

/* ---- REQ_UD1, REQ_UD2 ---- */

static enum mb_slave_reaction alarm_request(struct mb_slave *s, const struct call *call)
{
	uint8_t last = call->fcb ? call->fcb->alarm : FCB_NONE;
	bool repeat = is_repeat(s, call, last);

	if (!s->config.has_alarms)
		return quirk(s, MB_SLAVE_ALARM_ACK) ? ACK : SILENT;
	if (call->fcb)
		call->fcb->alarm = fcb_next(call);
	if (s->alarm_sent && !repeat)
		s->alarm_pending = s->alarm_sent = false;
	if (!s->alarm_pending)
		return ACK;
	s->alarm_sent = true;
	mbi_slave_build_short(s, 0x71, s->alarm);
	return MB_SLAVE_REACTION_RESPONSE;
}

/* Counts a readout against the day's quota. */
static bool quota_left(struct mb_slave *s, uint64_t now_us)
{
	uint16_t quota = quirk(s, MB_SLAVE_QUOTA);

	if (!quota || s->cursor)
		return true;
	if (now_us >= s->quota_day_us + US_PER_DAY) {
		s->quota_day_us = now_us - now_us % US_PER_DAY;
		s->quota_used = 0;
	}
	if (s->quota_used >= quota)
		return false;
	s->quota_used++;
	return true;
}

/* E5 instead of data, and why. */
static bool has_no_data(struct mb_slave *s)
{
	if (quirk(s, MB_SLAVE_NEEDS_RESET) && !s->seen_reset)
		return true;
	if (s->acks_due) {
		s->acks_due--;
		return true;
	}
	if (s->cursor && s->cursor >= mbi_slave_telegrams(s) && !s->n_picks) {
		s->cursor = 0; /* MORE_THEN_ACK */
		return true;
	}
	return !mbi_slave_telegrams(s);
}

static enum mb_slave_reaction new_answer(struct mb_slave *s, const struct call *call)
{
	s->index = s->cursor;
	if (quirk(s, MB_SLAVE_FCB_INDEX) && call->frame->c & MB_C_FCV && mbi_slave_telegrams(s) > 1)
		s->index = fcb_of(call->frame) ? 0 : 1;
	s->build = true;
	if (s->fresh) {
		struct mb_slave_event *event = mbi_slave_event(s, MB_SLAVE_EVENT_ANSWER);

		event->index = s->index;
		event->access = s->access;
	}
	if (quirk(s, MB_SLAVE_STALE))
		s->fresh = false;
	return MB_SLAVE_REACTION_RESPONSE;
}

static enum mb_slave_reaction data_request(struct mb_slave *s, const struct call *call)
{
	bool repeat = is_repeat(s, call, call->fcb ? call->fcb->request : FCB_NONE);

	if (quirk(s, MB_SLAVE_NEEDS_NKE) && !s->seen_nke)
		return SILENT;
	if (repeat && s->build) /* it was cut off before it was made */
		return MB_SLAVE_REACTION_RESPONSE;
	if (repeat && s->response_len)
		return MB_SLAVE_REACTION_REPEAT;
	if (has_no_data(s))
		return ACK;
	if (!s->error_pending && !quota_left(s, call->now_us)) {
		if (!quirk(s, MB_SLAVE_QUOTA_ERROR))
			return ACK;
		s->error_pending = true;
		s->error_code = ERROR_CREDIT;
	}
	if (call->fcb)
		call->fcb->request = fcb_next(call);
	if (s->error_pending) {
		s->error_pending = false;
		mbi_slave_build_short(s, 0x70, s->error_code);
		return MB_SLAVE_REACTION_RESPONSE;
	}
	return new_answer(s, call);
}

/* ---- SND_UD by its CI ---- */

static void tell_error(struct mb_slave *s, uint8_t code)
{
	if (!quirk(s, MB_SLAVE_TELL_ERROR))
		return;
	s->error_pending = true;
	s->error_code = code;
}

static void use_application(struct mb_slave *s, const uint8_t *data, size_t len)
{
	uint8_t subcode = len ? data[0] : 0;

	s->application = subcode & 0xF0;
	s->seen_reset = true;
	s->fresh = true;
	s->n_picks = 0;
	s->cursor = 0;
	mbi_slave_event(s, MB_SLAVE_EVENT_APPLICATION)->subcode = subcode;
}

static enum mb_slave_reaction ci_application(struct mb_slave *s, const struct call *call)
{
	use_application(s, call->frame->data, call->frame->data_len);
	return ACK;
}

static enum mb_slave_reaction ci_application_long(struct mb_slave *s, const struct call *call)
{
	size_t len = call->frame->data_len;

	if (len < HEADER_LONG_LEN)
		return SILENT;
	use_application(s, call->frame->data + HEADER_LONG_LEN, len - HEADER_LONG_LEN);
	return ACK;
}

static enum mb_slave_reaction ci_b1(struct mb_slave *s, const struct call *call)
{
	static const uint8_t subcode = APPLICATION_INSTANTANEOUS;

	(void)call;
	use_application(s, &subcode, 1);
	return ACK;
}

static enum mb_slave_reaction ci_write(struct mb_slave *s, const struct call *call)
{
	if (!mbi_slave_write(s, call->frame))
		tell_error(s, ERROR_DATA);
	return ACK;
}

static enum mb_slave_reaction ci_select(struct mb_slave *s, const struct call *call)
{
	if (!mbi_slave_matches(s, call->frame->data, call->frame->data_len)) {
		deselect(s);
		return SILENT;
	}
	s->selected = true;
	if (!quirk(s, MB_SLAVE_FCB_SHARED)) {
		fcb_forget(&s->fcb[FCB_NETWORK]);
		mbi_slave_rewind(s);
	}
	mbi_slave_event(s, MB_SLAVE_EVENT_SELECTED);
	return ACK;
}

/* A mode 1 slave is deselected by any selection of mode 2. */
static enum mb_slave_reaction ci_select_mode2(struct mb_slave *s, const struct call *call)
{
	(void)call;
	deselect(s);
	return SILENT;
}

static enum mb_slave_reaction ci_sync(struct mb_slave *s, const struct call *call)
{
	(void)call;
	mbi_slave_event(s, MB_SLAVE_EVENT_SYNC);
	return ACK;
}

static enum mb_slave_reaction ci_baud(struct mb_slave *s, const struct call *call)
{
	unsigned step = call->frame->ci & 7u;

	if (s->config.bauds && !(s->config.bauds & 1u << step))
		return quirk(s, MB_SLAVE_BAUD_SILENT) ? SILENT : ACK;
	if (quirk(s, MB_SLAVE_BAUD_DEAF))
		return ACK;
	s->baud_next = 300u << step;
	if (call->frame->a != MB_A_BROADCAST)
		return ACK;
	s->baud_old = s->baud;
	s->fallback_us = call->now_us + MB_SLAVE_FALLBACK_US;
	mbi_slave_set_baud(s, s->baud_next);
	s->baud_next = 0;
	return SILENT;
}

static enum mb_slave_reaction ci_unknown(struct mb_slave *s, const struct call *call)
{
	(void)call;
	if (quirk(s, MB_SLAVE_UNKNOWN_SILENT))
		return SILENT;
	tell_error(s, ERROR_UNKNOWN_CI);
	return ACK;
}

static const struct ci_row {
	uint8_t ci, last;
	uint8_t quirk; /* needed for it; MB_SLAVE_QUIRK_COUNT: none */
	bool selection; /* evaluated by everybody, and outside the FCB rule */
	react_fn *fn;
} ci_rows[] = {
	/* clang-format off */
	{0x50, 0x50, MB_SLAVE_QUIRK_COUNT, false, ci_application},
	{0x51, 0x51, MB_SLAVE_QUIRK_COUNT, false, ci_write},
	{0x52, 0x52, MB_SLAVE_QUIRK_COUNT, true,  ci_select},
	{0x53, 0x53, MB_SLAVE_QUIRK_COUNT, false, ci_application_long},
	{0x54, 0x54, MB_SLAVE_QUIRK_COUNT, false, ci_sync},
	{0x56, 0x56, MB_SLAVE_QUIRK_COUNT, true,  ci_select_mode2},
	{0x5C, 0x5C, MB_SLAVE_QUIRK_COUNT, false, ci_sync},
	{0xB1, 0xB1, MB_SLAVE_B1_SWITCH,   false, ci_b1},
	{0xB8, 0xBF, MB_SLAVE_QUIRK_COUNT, false, ci_baud},
	/* clang-format on */
};

static const struct ci_row ci_row_unknown = {0, 0, MB_SLAVE_QUIRK_COUNT, false, ci_unknown};

static const struct ci_row *ci_find(const struct mb_slave *s, uint8_t ci)
{
	for (size_t i = 0; i < sizeof(ci_rows) / sizeof(ci_rows[0]); i++) {
		const struct ci_row *row = &ci_rows[i];

		if (ci < row->ci || ci > row->last)
			continue;
		if (row->quirk == MB_SLAVE_QUIRK_COUNT || s->config.quirks[row->quirk])
			return row;
	}
	return &ci_row_unknown;
}

static enum mb_slave_reaction send(struct mb_slave *s, const struct call *call)
{
	const struct ci_row *row = ci_find(s, call->frame->ci);
	/* 254 and 255 have no FCB memory */
	struct mb_slave_fcb *fcb = call->frame->a < MB_A_TEST ? call->fcb : NULL;

	if (row->selection)
		return row->fn(s, call);
	if (quirk(s, MB_SLAVE_FCB_73_ONLY) && !fcb_of(call->frame))
		return SILENT;
	if (fcb && is_repeat(s, call, fcb->send))
		return ACK;
	if (fcb)
		fcb->send = fcb_next(call);
	return row->fn(s, call);
}

static enum mb_slave_reaction send_no_fcb(struct mb_slave *s, const struct call *call)
{
	if (call->frame->a == MB_A_BROADCAST)
		return send(s, call);
	return quirk(s, MB_SLAVE_NACK) ? MB_SLAVE_REACTION_NACK : SILENT;
}

/* ---- C and A ---- */

static const struct c_row {
	uint8_t mask, c;
	uint8_t type; /* enum mb_frame_type */
	react_fn *fn;
} c_rows[] = {
	/* clang-format off */
	{0xFF, MB_C_SND_NKE,                      MB_FRAME_SHORT, nke},
	{0xDF, MB_C_SND_UD,                       MB_FRAME_LONG,  send},
	{0xFF, MB_C_SND_UD2,                      MB_FRAME_LONG,  send_no_fcb},
	{0xDF, MB_C_REQ_UD1,                      MB_FRAME_SHORT, alarm_request},
	{0xDF, MB_C_REQ_UD1 & (uint8_t)~MB_C_FCV, MB_FRAME_SHORT, alarm_request},
	{0xDF, MB_C_REQ_UD2,                      MB_FRAME_SHORT, data_request},
	{0xDF, MB_C_REQ_UD2 & (uint8_t)~MB_C_FCV, MB_FRAME_SHORT, data_request},
	/* clang-format on */
};

static react_fn *c_find(const struct mb_frame *frame)
{
	for (size_t i = 0; i < sizeof(c_rows) / sizeof(c_rows[0]); i++)
		if (c_rows[i].type == frame->type && (frame->c & c_rows[i].mask) == c_rows[i].c)
			return c_rows[i].fn;
	return NULL;
}

static bool is_selection(const struct mb_slave *s, const struct mb_frame *frame)
{
	return frame->type == MB_FRAME_LONG && ci_find(s, frame->ci)->selection;
}

/* Is it for us? Fills in the FCB memory that belongs to the address. */
static bool addressed(struct mb_slave *s, struct call *call)
{
	const struct mb_frame *frame = call->frame;

	call->network = frame->a == MB_A_NETWORK;
	call->fcb =
		&s->fcb[call->network && !quirk(s, MB_SLAVE_FCB_SHARED) ? FCB_NETWORK : FCB_OWN];
	if (call->network)
		return !quirk(s, MB_SLAVE_NO_SECONDARY) &&
		       (s->selected || is_selection(s, frame) || frame->c == MB_C_SND_NKE);
	if (is_selection(s, frame))
		return false;
	if (frame->a == MB_A_BROADCAST) {
		call->fcb = NULL;
		return true;
	}
	if (frame->a == MB_A_TEST)
		return !quirk(s, MB_SLAVE_NO_TEST);
	return frame->a == s->config.primary;
}

enum mb_slave_reaction mbi_slave_react(
	struct mb_slave *s, const struct mb_frame *frame, uint64_t now_us)
{
	struct call call = {.frame = frame, .now_us = now_us};
	struct mb_slave_event *event;
	react_fn *fn = c_find(frame);
	enum mb_slave_reaction reaction;

	if (!fn || !addressed(s, &call))
		return SILENT;
	s->baud_next = 0;
	reaction = fn(s, &call);
	if (frame->a == MB_A_BROADCAST)
		reaction = SILENT;
	event = mbi_slave_event(s, MB_SLAVE_EVENT_HEARD);
	event->c = frame->c;
	event->a = frame->a;
	event->ci = frame->ci;
	event->reaction = (uint8_t)reaction;
	return reaction;
}
