/* SPDX-License-Identifier: MIT */
/* AT^SCAMS, AT^SCAMSADD: the table of devices, a reading at once, the search. */
#include "base/hex.h"
#include "gateway/at_commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FOUND_MAX 24 /* of one meter in the answer of a search: ,"250,12345678AABBCCDD" */

static void set_interval(char ret[AT_INTERVAL_MAX + 1], const char *text)
{
	const char *step = scdata_interval(text); /* not NULL: the argument was checked */

	memcpy(ret, step, strlen(step) + 1);
}

/* The head, then a device a step. */
static int query_head(struct at_session *s)
{
	struct at_ams ams;
	int error = at_error_of(s->ops->get_ams(s->ctx, &ams));

	if (error)
		return error;
	at_line_put(&s->line, "^SCAMS: \"ENABLE\",%d", ams.enabled);
	at_line_put(&s->line, "^SCAMS: \"RETRY\",%" PRIu32, ams.retry);
	if (!ams.devices) {
		at_line_put(&s->line, "^SCAMS: NO DEVICE");
		return AT_DONE;
	}
	at_line_put(&s->line, "^SCAMS: \"DEV_CNT\",%" PRIu32, ams.devices);
	s->at = 1;
	return AT_MORE;
}

int at_scams_query_run(struct at_session *s, const struct at_request *r)
{
	struct at_ams_device d;
	char address[SCDATA_ADDRESS_MAX + 1];
	int rc;

	(void)r;
	if (!s->begun)
		return query_head(s);
	rc = s->ops->next_device(s->ctx, (uint32_t)s->at, &d);
	if (rc <= 0)
		return at_error_of(rc);
	rc = scdata_address_format(&d.address, address, sizeof(address));
	if (rc < 0)
		return at_error_of(rc);
	at_line_put(&s->line, "^SCAMS: %" PRIu32 "> %" PRIu32 ",\"MBUS\",\"%s\",\"%s\"", d.index,
		d.port, address, d.interval);
	s->at = (uint64_t)d.index + 1;
	return AT_MORE;
}

int at_scams_enable_run(struct at_session *s, const struct at_request *r)
{
	(void)r;
	return at_result_of(s->ops->enable(s->ctx, at_arg(s, 0)->number == 1));
}

int at_scams_retry_run(struct at_session *s, const struct at_request *r)
{
	(void)r;
	return at_result_of(s->ops->set_retry(s->ctx, at_arg(s, 0)->number));
}

int at_scams_add_run(struct at_session *s, const struct at_request *r)
{
	struct at_ams_device d = {.port = at_arg(s, 0)->number};
	int rc = scdata_address_parse(at_arg(s, 2)->text, &d.address);

	(void)r;
	if (rc < 0)
		return at_error_of(rc);
	set_interval(d.interval, at_arg(s, 3)->text);
	return at_result_of(s->ops->add_device(s->ctx, &d));
}

int at_scams_remove_run(struct at_session *s, const struct at_request *r)
{
	(void)r;
	return at_result_of(s->ops->remove_device(s->ctx, at_arg(s, 0)->number));
}

int at_scams_clear_run(struct at_session *s, const struct at_request *r)
{
	(void)r;
	return at_result_of(s->ops->clear_devices(s->ctx));
}

/* The number of "ALL" is 0. */
int at_scams_interval_run(struct at_session *s, const struct at_request *r)
{
	char interval[AT_INTERVAL_MAX + 1];

	(void)r;
	set_interval(interval, at_arg(s, 1)->text);
	return at_result_of(s->ops->set_interval(s->ctx, at_arg(s, 0)->number, interval));
}

/* --- a reading at once ----------------------------------------------------------------------- */

static int read_begin(struct at_session *s)
{
	struct scdata_address address;
	int rc = scdata_address_parse(at_arg(s, 2)->text, &address);

	s->at = 0;
	if (rc < 0)
		return at_error_of(rc);
	return at_wait_again(s->ops->read(s->ctx, at_arg(s, 0)->number, &address));
}

/* A telegram a step. */
int at_scams_read_run(struct at_session *s, const struct at_request *r)
{
	char hex[2 * SCDATA_BYTES_MAX + 1] = "";
	struct at_answer answer;
	int rc;

	(void)r;
	if (!s->begun)
		return read_begin(s);
	rc = s->ops->next_answer(s->ctx, (uint32_t)s->at++, &answer);
	if (rc <= 0)
		return at_error_of(rc);
	if (!answer.error && answer.len <= SCDATA_BYTES_MAX && answer.len)
		hex_text(answer.bytes, answer.len, hex);
	at_line_put(&s->line, "^SCAMS: %" PRIu32 ",\"\",\"%s\"", answer.error, hex);
	return AT_MORE;
}

/* --- search ---------------------------------------------------------------------------------- */

int at_scams_scan_run(struct at_session *s, const struct at_request *r)
{
	struct at_scan scan = {.port = at_arg(s, 0)->number, .baud = at_arg(s, 1)->number};

	(void)r;
	return at_result_of(s->ops->scan(s->ctx, &scan));
}

int at_scamsadd_run(struct at_session *s, const struct at_request *r)
{
	struct at_scan scan = {
		.port = at_arg(s, 0)->number,
		.baud = at_arg(s, 2)->number,
		.expected = at_arg(s, 4)->number,
		.fill = true,
	};

	(void)r;
	set_interval(scan.interval, at_arg(s, 3)->text);
	return at_result_of(s->ops->scan(s->ctx, &scan));
}

/* ,"1,15020416" */
static size_t print_found(const struct at_found *found, char *buf, size_t max)
{
	const struct scdata_address address = {.address = found->address};
	char text[SCDATA_ADDRESS_MAX + 1];
	int n;

	if (scdata_address_format(&address, text, sizeof(text)) < 0)
		return 0;
	n = snprintf(buf, max, ",\"%" PRIu32 ",%s\"", found->index, text + (text[0] == '*'));
	return n > 0 && (size_t)n < max ? (size_t)n : 0;
}

void at_session_scan_done(
	struct at_session *s, uint32_t error, const struct at_found *found, size_t n)
{
	char text[AT_DEVICES_MAX * FOUND_MAX + 1];
	size_t len = 0;

	if (!s->waiting)
		return;
	if (n > AT_DEVICES_MAX)
		n = AT_DEVICES_MAX;
	for (size_t i = 0; i < n; i++)
		len += print_found(&found[i], text + len, sizeof(text) - len);
	text[len] = '\0';
	at_line_put(&s->line, "%s: %" PRIu32 ",%zu%s", s->request.name, error, n, text);
	at_session_op_done(s, 0);
}
