/* SPDX-License-Identifier: MIT */
/*
 * The FCB of one master among several. A meter takes a REQ_UD2 whose FCB is that of the one before for
 * a repetition, and says the same telegram again: right for a master that is alone, wrong when the one
 * before came from somebody else. Who is told of all that the others send knows when to turn the FCB of
 * its own requests. EN 13757-2 5.7.
 */
#ifndef BUS_PORT_FCB_H
#define BUS_PORT_FCB_H

#include <meterbus/frame.h>

#include <stdbool.h>
#include <stdint.h>

/* One bit for every A. Zero it. */
struct port_fcb {
	uint8_t others[32]; /* somebody else has spoken to it since */
	uint8_t last[32]; /* their last FCB */
	uint8_t turned[32]; /* what this master takes for 1 is 0 there */
};

/* Is it a REQ_UD2, whatever its FCB? */
bool port_fcb_requests(const struct mb_frame *frame);
/* Somebody else has sent this. */
void port_fcb_heard(struct port_fcb *f, const struct mb_frame *frame);
/* Has somebody else spoken to it since this master did? */
bool port_fcb_shared(const struct port_fcb *f, uint8_t a);
/* This master is about to send this; true: with the other FCB. */
bool port_fcb_turns(struct port_fcb *f, const struct mb_frame *frame);

#endif
