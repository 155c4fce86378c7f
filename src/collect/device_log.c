/* SPDX-License-Identifier: MIT */
#include "collect/collector_impl.h"

#include <stdlib.h>
#include <string.h>

static void drop(struct sync_report *report)
{
	if (*report->text)
		free((char *)(uintptr_t)report->text);
}

void sync_log_done(struct sync_log *log)
{
	for (uint16_t i = 0; i < log->count; i++)
		drop(&log->reports[i]);
	free(log->reports);
	*log = (struct sync_log){0};
}

static const struct sync_report *at(const struct sync_log *log, uint16_t back)
{
	return &log->reports[(log->last + log->size - back) % log->size];
}

/* A ring of another size, with what fits of the old one. */
static bool resize(struct sync_log *log, uint16_t size)
{
	struct sync_report *reports = calloc(size, sizeof(*reports));
	uint16_t kept = log->count < size ? log->count : size;

	if (!reports)
		return false;
	for (uint16_t i = 0; i < log->count; i++) {
		if (i < kept)
			reports[kept - 1 - i] = *at(log, i);
		else
			drop((struct sync_report *)(uintptr_t)at(log, i));
	}
	free(log->reports);
	*log = (struct sync_log){reports, size, kept, (uint16_t)(kept ? kept - 1 : size - 1)};
	return true;
}

void sync_log_add(struct sync_log *log, uint16_t size, const struct sync_report *report)
{
	struct sync_report *slot;

	if (!size) {
		sync_log_done(log);
		return;
	}
	if (log->size != size && !resize(log, size))
		return;
	log->last = (uint16_t)((log->last + 1) % log->size);
	slot = &log->reports[log->last];
	if (log->count == log->size)
		drop(slot);
	else
		log->count++;
	*slot = *report;
	slot->text = *report->text ? strdup(report->text) : "";
	if (!slot->text)
		slot->text = "";
}

size_t collector_log(
	struct collector *c, uint32_t account, const struct sync_report **ret_reports, size_t max)
{
	const struct device *d = collector_device(c, account);
	size_t n = d && d->log.count < max ? d->log.count : max;

	if (!d)
		return 0;
	for (size_t i = 0; i < n; i++)
		ret_reports[i] = at(&d->log, (uint16_t)i);
	return n;
}
