/* SPDX-License-Identifier: MIT */
/*
 * Tells the service manager how we are: sd_notify(3) is one datagram to $NOTIFY_SOCKET. Without it
 * nothing happens.
 */
#ifndef BASE_NOTIFY_H
#define BASE_NOTIFY_H

#include <stdint.h>

void notify_ready(void);
void notify_reloading(void); /* then notify_ready() again */
void notify_stopping(void);
void notify_watchdog(void);
__attribute__((format(printf, 1, 2))) void notify_status(const char *format, ...);

/* How often notify_watchdog() is expected, or 0: not at all. Call it twice as often. */
uint64_t notify_watchdog_us(void);

#endif
