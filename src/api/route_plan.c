/* SPDX-License-Identifier: MIT */
/* Does the schedule fit its bus? A day of it is played on the pool. */
#include "api/api_impl.h"
#include "api/routes.h"
#include "bus/ports.h"
#include "collect/bus_plan.h"
#include "collect/collector.h"
#include "store/store.h"

/* On its way through the pool; one piece of memory. */
static int work_plan(struct call *c, struct store_reader *reader)
{
	(void)reader;
	return bus_plan_play(c->ctx) < 0 ? STORE_E_MEMORY : 0;
}

static void say_sums(struct json_out *j, const struct bus_plan *plan)
{
	uint64_t slots = 0, read = 0, computed = 0;

	for (uint32_t i = 0; i < plan->n; i++) {
		slots += plan->rows[i].result.slots;
		read += plan->rows[i].result.read;
		computed += plan->rows[i].readings == 0;
	}
	say_u64(j, "scheduled", plan->n);
	say_u64(j, "computed", computed);
	say_u64(j, "slots", slots);
	say_u64(j, "read", read);
	say_u64(j, "missed", plan->bus.missed);
	say_u64(j, "latest_ms", plan->bus.late_ms);
	say_text(j, "worst", plan->bus.late_ms ? plan->rows[plan->bus.worst].name : NULL);
}

static void say_row(struct json_out *j, const struct bus_plan *plan, uint32_t i)
{
	const struct bus_plan_row *row = &plan->rows[i];
	char period[PERIOD_TEXT_MAX];

	period_format(plan->meters[i].period, period);
	json_out_object(j);
	say_text(j, "account", row->name);
	say_u64(j, "index", row->index);
	say_text(j, "period", period);
	say_u64(j, "duration_ms", plan->meters[i].duration_ms);
	say_text(j, "duration_source", row->readings ? "measured" : "computed");
	say_u64(j, "readings", row->readings);
	say_u64(j, "slots", row->result.slots);
	say_u64(j, "read", row->result.read);
	say_u64(j, "missed", row->result.missed);
	say_u64(j, "latest_ms", row->result.late_ms);
	json_out_end(j);
}

static void finish_plan(struct call *c, int rc)
{
	const struct bus_plan *plan = c->ctx;
	struct json_out *j = &c->j;

	if (call_over(c))
		return;
	if (rc < 0) {
		problem_respond_error(c->r, rc, NULL);
		return;
	}
	json_out_object(j);
	say_text(j, "bus", c->values[0]);
	say_time(j, "from", plan->bus.from_ms);
	say_time(j, "to", plan->bus.to_ms);
	say_bool(j, "fits", plan->bus.fits);
	say_u64(j, "busy_ppm", plan->bus.busy_permille * UINT64_C(1000));
	say_sums(j, plan);
	say_array(j, "accounts");
	for (uint32_t i = 0; i < plan->n; i++)
		say_row(j, plan, i);
	json_out_end(j);
	json_out_end(j);
	call_answer(c);
}

static void get_plan(struct call *c)
{
	struct port *port = call_port(c);
	struct bus_plan *plan;

	if (!port)
		return;
	plan = bus_plan_new(c->api->config.collector, port);
	ports_put(port);
	if (!plan) {
		problem_respond(c->r, PROBLEM_UNAVAILABLE, "no memory");
		return;
	}
	plan->from_ms = call_time(c, "from", plan->from_ms);
	c->ctx = plan;
	query_start_with(c, work_plan, finish_plan);
}

/* ---- the table ---- */

/* clang-format off */
static const struct schema_field plan_fields[] = {
	{"bus", "text", NULL},
	{"from", "time", "the local day that is played"},
	{"to", "time", NULL},
	{"fits", "flag", "nothing is missed"},
	{"busy_ppm", "integer", "share of the day that the schedule asks for; over 1000000: too much"},
	{"scheduled", "integer", "accounts that are read by schedule"},
	{"computed", "integer", "of them: never read, their duration is computed"},
	{"slots", "integer", "due readings of the day"},
	{"read", "integer", "of them"},
	{"missed", "integer", "the next one was due first"},
	{"latest_ms", "integer", "longest time from a slot to the end of its reading"},
	{"worst", "~text", "whose that is"},
	{"accounts", "[PlanAccount]", "in the order of the bus"},
	{NULL, NULL, NULL},
};
static const struct schema_field account_fields[] = {
	{"account", "text", NULL},
	{"index", "integer", "AMS, 0 none"},
	{"period", "text", NULL},
	{"duration_ms", "integer", "of one reading"},
	{"duration_source", "measured|computed", "computed: of a usual meter at this speed"},
	{"readings", "integer", "newest ones, which the duration is the mean of"},
	{"slots", "integer", NULL},
	{"read", "integer", NULL},
	{"missed", "integer", NULL},
	{"latest_ms", "integer", NULL},
	{NULL, NULL, NULL},
};
static const struct schema schemas[] = {
	{"Plan", "the timetable of a bus", plan_fields, NULL},
	{"PlanAccount", "what one account asks of it, and gets", account_fields, NULL},
	{NULL, NULL, NULL, NULL},
};
static const struct route_param params[] = {
	{"from", PARAM_TIME, "the first day that begins then or later; now", 0, 0},
	{NULL, 0, NULL, 0, 0},
};
static const struct route routes[] = {
	{"GET", "/buses/{name}/plan", ROLE_VIEWER, get_plan, "getPlan", "Does the schedule fit, and what will be late", params, NULL, 200, "Plan"},
	{NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL},
};
/* clang-format on */

const struct noun noun_plan = {routes, schemas};
