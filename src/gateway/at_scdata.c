/* SPDX-License-Identifier: MIT */
/* AT^SCDATA: the records, a record a step, up to the last one there was when the command came. */
#include "gateway/at_commands.h"

#include <inttypes.h>

int at_scdata_count_run(struct at_session *s, const struct at_request *r)
{
	struct at_data_stats stats;
	int error = at_error_of(s->ops->data_stats(s->ctx, &stats));

	(void)r;
	if (!error)
		at_line_put(&s->line, "^SCDATA: \"MESS_CNT\",%" PRIu64, stats.count);
	return error;
}

int at_scdata_space_run(struct at_session *s, const struct at_request *r)
{
	uint64_t bytes;
	int rc = s->ops->free_space(s->ctx, &bytes);

	(void)r;
	if (rc < 0 || rc == AT_LATER)
		return at_wait_again(rc);
	at_line_put(&s->line, "^SCDATA: \"GET_SPACE\",%" PRIu64, bytes);
	return AT_DONE;
}

/* The optional count; 1 without it. */
static uint64_t count_of(const struct at_session *s)
{
	return s->request.n_args > 1 ? at_arg(s, 0)->number : 1;
}

static int begin(struct at_session *s, uint64_t left)
{
	struct at_data_stats stats;
	int error = at_error_of(s->ops->data_stats(s->ctx, &stats));

	if (error)
		return error;
	s->at = 0;
	s->left = left;
	s->last = stats.last_seq;
	return AT_MORE;
}

static int next(struct at_session *s)
{
	struct scdata_record record;
	char text[SCDATA_LINE_MAX];
	int rc;

	if (!s->left)
		return AT_DONE;
	rc = s->ops->next_record(s->ctx, s->at, &s->filter, &record);
	if (rc != 1)
		return at_wait_again(rc);
	if (record.seq > s->last)
		return AT_DONE;
	s->at = record.seq;
	rc = scdata_format(&record, text, sizeof(text));
	if (rc < 0)
		return at_error_of(rc);
	at_line_put(&s->line, "%s", text);
	s->left--;
	return AT_MORE;
}

int at_scdata_oldest_run(struct at_session *s, const struct at_request *r)
{
	(void)r;
	if (s->begun)
		return next(s);
	s->filter.n = 0;
	return begin(s, count_of(s));
}

int at_scdata_filtered_run(struct at_session *s, const struct at_request *r)
{
	(void)r;
	if (s->begun)
		return next(s);
	if (scdata_filter_parse(at_arg(s, 0)->text, &s->filter) < 0)
		return AT_E_PARAMETER;
	return begin(s, UINT64_MAX);
}

int at_scdata_drop_run(struct at_session *s, const struct at_request *r)
{
	(void)r;
	return at_result_of(s->ops->drop_oldest(s->ctx, count_of(s)));
}

int at_scdata_drop_upto_run(struct at_session *s, const struct at_request *r)
{
	(void)r;
	return at_result_of(s->ops->drop_upto(s->ctx, at_arg(s, 0)->number));
}

int at_scdata_drop_all_run(struct at_session *s, const struct at_request *r)
{
	(void)r;
	return at_result_of(s->ops->drop_upto(s->ctx, UINT64_MAX));
}
