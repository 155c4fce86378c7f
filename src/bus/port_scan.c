/* SPDX-License-Identifier: MIT */
/*
 * A search among dialogues. It leaves only where it would begin with another mask, holding the
 * frame of that mask in its hand; while away its time stands still.
 */
#include "bus/port_impl.h"

#include <meterbus/frame.h>

#include <string.h>

/* Selections and SND_NKE begin a question; requests for data belong to the one before. */
static bool begins(const uint8_t *bytes, size_t n)
{
	struct mb_frame frame;

	return mb_frame_parse(bytes, n, &frame) >= 0 && !port_fcb_requests(&frame);
}

bool port_scan_yields(struct port *p, uint64_t now_us)
{
	struct port_scan *scan = p->scan;
	const uint8_t *bytes;
	size_t n;

	if (p->mid_frame || !scan->probed || (port_queue_next(p) <= 0 && !p->relining))
		return false;
	n = mb_search_tx(&scan->search, now_us - scan->away_us, &bytes);
	return n && begins(bytes, n);
}

void port_scan_enter(struct port *p, uint64_t now_us)
{
	p->scan->away_us += now_us - p->scan->left_us;
	p->scan->probed = false;
	p->scan_turn = true;
	p->held_us = now_us;
}

void port_scan_leave(struct port *p, uint64_t now_us)
{
	port_count_busy(p, now_us);
	p->scan->left_us = now_us;
	p->scan_turn = false;
	p->used_us = now_us;
}

static void end(struct port *p, const struct mb_search_event *event)
{
	struct port_scan *scan = p->scan;

	if (p->scan_turn) {
		port_scan_leave(p, port_now_us(p));
		p->mid_frame = false;
	}
	p->scan = NULL;
	scan->port = NULL;
	scan->event(scan, event);
}

bool port_scan_events(struct port *p)
{
	struct port_scan *scan = p->scan;
	struct mb_search_event event;

	while (p->scan == scan && mb_search_event(&scan->search, &event)) {
		scan->probed = true;
		if (event.time_us)
			event.time_us += scan->away_us;
		if (event.type == MB_SEARCH_DONE)
			end(p, &event);
		else
			scan->event(scan, &event);
	}
	return p->scan != scan;
}

void port_scan_over(struct port *p, int result, const char *error, uint64_t now_us)
{
	struct port_scan *scan = p->scan;

	if (!scan)
		return;
	if (p->scan_turn) /* what was asked may still be answered */
		port_hush(p, &scan->config.path, now_us);
	else
		scan->away_us += now_us - scan->left_us;
	scan->result = result;
	scan->error = error ? error : "";
	mb_search_cancel(&scan->search, now_us - scan->away_us);
	port_scan_events(p);
}

void port_scan_cancel(struct port_scan *scan)
{
	struct port *p = scan->port;

	if (!p)
		return;
	port_enter(p);
	port_wake(p);
	port_scan_over(p, MB_E_CANCELLED, NULL, port_now_us(p));
	port_leave(p);
}

static int begin(struct port *p, struct port_scan *scan, uint64_t now_us)
{
	int rc;

	if (!scan->config.path.line.baud)
		scan->config.path = p->path;
	rc = mb_search_init(&scan->search, &scan->config, now_us);
	if (rc == 0 && scan->state)
		rc = mb_search_load(&scan->search, scan->state, scan->state_len);
	return rc;
}

int port_scan_start(struct port *p, struct port_scan *scan)
{
	uint64_t now_us = port_now_us(p);
	int rc;

	if (p->draining)
		return PORT_E_CLOSED;
	if (p->scan || scan->port)
		return MB_E_BUSY;
	rc = scan->event ? begin(p, scan, now_us) : MB_E_INVALID;
	if (rc < 0)
		return rc;
	scan->port = p;
	scan->result = 0;
	scan->error = "";
	scan->away_us = 0;
	scan->left_us = now_us;
	p->scan = scan;
	p->passed[0] = 0;
	p->used = true;
	port_wake(p);
	return 0;
}
