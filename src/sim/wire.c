/* SPDX-License-Identifier: MIT */
/* The line between the master's converter and the meters, and what goes wrong on it. */
#include "sim/sim_impl.h"

#include <stdlib.h>
#include <string.h>

#define NS_PER_US 1000u
#define NS_PER_M 5 /* propagation in the cable */
#define BREAK_US 50000 /* of a converter that sees too much current */
#define WAVES_MIN 16

static uint64_t us_up(uint64_t ns)
{
	return (ns + NS_PER_US - 1) / NS_PER_US;
}

/* ---- waves towards the master ---- */

static struct wave *wave_add(struct sim *sim)
{
	sim->looked = false;
	if (sim->n_waves == sim->waves_size) {
		size_t size = sim->waves_size ? 2 * sim->waves_size : WAVES_MIN;
		struct wave *waves = realloc(sim->waves, size * sizeof(*waves));

		if (!waves)
			return NULL; /* that sender is not heard */
		sim->waves = waves;
		sim->waves_size = size;
	}
	return &sim->waves[sim->n_waves++];
}

static void waves_drop(struct sim *sim, uint64_t before_ns)
{
	size_t n = 0;

	for (size_t i = 0; i < sim->n_waves; i++) {
		if (sim->waves[i].end_ns <= before_ns)
			continue;
		if (n != i)
			sim->waves[n] = sim->waves[i];
		n++;
	}
	sim->n_waves = n;
}

static void account_busy(struct sim *sim, const struct wave *w)
{
	uint64_t start_us = w->start_ns / NS_PER_US;
	uint64_t end_us = us_up(w->end_ns);

	if (start_us < sim->account.end_us)
		start_us = sim->account.end_us;
	if (end_us <= start_us)
		return;
	sim->account.busy_us += end_us - start_us;
	sim->account.end_us = end_us;
}

/* ---- the master sends ---- */

static void account_frame(struct sim *sim, const uint8_t *bytes, size_t n)
{
	struct mb_frame frame;

	if (mb_frame_parse(bytes, n, &frame) < 0 || !(frame.c & MB_C_PRM))
		return;
	sim->account.frames++;
	if (frame.type == MB_FRAME_LONG)
		sim->account.selections += frame.a == MB_A_NETWORK && frame.ci == 0x52;
	else
		sim->account.requests += (frame.c & 0x0E) == 0x0A;
}

/* Bytes that the path to the converter loses. */
static size_t lose(struct sim *sim, const uint8_t *bytes, size_t n, uint8_t *ret_bytes)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (!random_chance(&sim->random, sim->config.loss_ppm))
			ret_bytes[k++] = bytes[i];
	return k;
}

static void transmit(struct sim *sim, const struct wave *wave)
{
	struct chunk c = {.end_us = us_up(wave->end_ns), .wave = *wave};
	struct wave *echo;

	buf_add(&sim->down, &c, sizeof(c));
	account_busy(sim, wave);
	echo = wave_add(sim);
	if (!echo)
		return;
	*echo = *wave;
	echo->silent = !sim->config.echo;
	echo->start_ns += sim->config.echo_delay_us * (uint64_t)NS_PER_US;
	echo->end_ns += sim->config.echo_delay_us * (uint64_t)NS_PER_US;
}

/* When the converter can begin with what is handed to it now. */
static uint64_t converter_free_us(const struct sim *sim)
{
	uint64_t start_us = sim->now_us + sim->config.latency_us;

	return start_us > sim->sending_until_us ? start_us : sim->sending_until_us;
}

uint64_t sim_send(struct sim *sim, const uint8_t *bytes, size_t n)
{
	sim->account.sent += n;
	while (n) {
		size_t k = n < WAVE_BYTES_MAX ? n : WAVE_BYTES_MAX;
		uint64_t start_us = converter_free_us(sim);
		uint8_t kept[WAVE_BYTES_MAX];
		struct wave wave;

		account_frame(sim, bytes, k);
		wave_init(&wave, &sim->line, kept, lose(sim, bytes, k, kept), start_us * NS_PER_US);
		if (wave.n)
			transmit(sim, &wave);
		sim->sending_until_us = start_us + mb_line_bytes_us(&sim->line, k);
		bytes += k;
		n -= k;
	}
	/* the master does not know of the path's latency */
	return sim->sending_until_us - sim->config.latency_us;
}

uint64_t sim_send_break(struct sim *sim, uint32_t break_us)
{
	uint64_t start_us = converter_free_us(sim);
	struct wave wave;

	wave_init_break(&wave, start_us * NS_PER_US, (uint64_t)break_us * NS_PER_US);
	transmit(sim, &wave);
	sim->sending_until_us = start_us + break_us;
	return sim->sending_until_us - sim->config.latency_us;
}

/* ---- the meters hear ---- */

static void hear_all(const struct wave *wave, struct heard *heard)
{
	memcpy(heard->bytes, wave->bytes, wave->n);
	memset(heard->marks, 0, wave->n);
	heard->n = wave->n;
}

void wire_hear(const struct wave *wave, const struct mb_line *line, struct heard *ret_heard)
{
	struct uart uart = {.line = *line, .now_ns = wave->start_ns};
	struct uart_byte byte;

	ret_heard->line = *line;
	ret_heard->n = 0;
	if (!wave->space && mb_line_equal(line, &wave->line)) {
		hear_all(wave, ret_heard);
		return;
	}
	while (ret_heard->n < sizeof(ret_heard->bytes) && uart_next(&uart, wave, 1, &byte)) {
		ret_heard->bytes[ret_heard->n] = byte.byte;
		ret_heard->marks[ret_heard->n++] = byte.marks;
	}
}

/* ---- the meters send ---- */

static unsigned senders(const struct sim *sim, uint64_t now_ns)
{
	unsigned n = 0;

	for (size_t i = 0; i < sim->n_meters; i++)
		n += sim->meters[i]->tx_end_ns > now_ns;
	return n;
}

static void overcurrent(struct sim *sim)
{
	struct wave *w = wave_add(sim);

	sim_power_loss(sim);
	if (!w)
		return;
	wave_init_break(w, sim->now_us * NS_PER_US, (uint64_t)BREAK_US * NS_PER_US);
	account_busy(sim, w);
}

/* A converter that switches direction may show a byte of its own. */
static void glitch(struct sim *sim, uint64_t start_ns)
{
	static const uint8_t bytes[] = {0x00, 0xFF};
	struct wave *w;

	if (!random_chance(&sim->random, sim->config.glitch_ppm))
		return;
	w = wave_add(sim);
	if (w)
		wave_init(w, &sim->line, &bytes[random_below(&sim->random, 2)], 1,
			start_ns - mb_line_bytes_us(&sim->line, 1) * NS_PER_US);
}

uint64_t wire_answer(struct sim *sim, struct sim_meter *m, const uint8_t *bytes, size_t n)
{
	uint64_t start_ns = sim->now_us * NS_PER_US + (uint64_t)m->distance_m * NS_PER_M;
	struct mb_line line;
	struct wave *w;
	unsigned others;

	if (sim->config.jitter_us)
		start_ns += random_below(&sim->random, sim->config.jitter_us + 1) * NS_PER_US;
	others = senders(sim, start_ns);
	mb_slave_line(&m->slave, &line);
	if (sim->lose_answers) {
		sim->lose_answers--;
		return sim->now_us + mb_line_bytes_us(&line, n);
	}
	glitch(sim, start_ns);
	w = wave_add(sim);
	if (!w)
		return sim->now_us;
	wave_init(w, &line, bytes, n, start_ns);
	account_busy(sim, w);
	sim->account.overlaps += others > 0;
	m->tx_end_ns = w->end_ns;
	if (sim->config.overcurrent && others >= sim->config.overcurrent)
		overcurrent(sim);
	return us_up(m->tx_end_ns);
}

/* ---- the converter listens ---- */

/* What comes next changes only with a new wave or another line. */
static bool look(struct sim *sim)
{
	if (!sim->looked) {
		sim->ahead = sim->uart;
		sim->coming = uart_next(&sim->ahead, sim->waves, sim->n_waves, &sim->next);
		sim->looked = true;
	}
	return sim->coming;
}

uint64_t wire_due(struct sim *sim)
{
	return look(sim) ? us_up(sim->next.end_ns) : MB_NEVER;
}

static uint8_t flip_bits(struct sim *sim, const struct uart_byte *b, uint8_t *ret_marks)
{
	uint8_t byte = b->byte;
	unsigned flipped = 0;

	*ret_marks = b->marks;
	if (!sim->config.noise_ppm)
		return byte;
	for (unsigned i = 0; i < 9; i++) {
		if (!random_chance(&sim->random, sim->config.noise_ppm))
			continue;
		flipped++;
		if (i < 8)
			byte ^= (uint8_t)(1u << i);
	}
	if (flipped % 2 && sim->line.parity != MB_PARITY_NONE)
		*ret_marks ^= MB_MARK_PARITY;
	return byte;
}

/* When a byte that is complete now reaches the master: after the path, in its steps, in order. */
static uint64_t arrival_us(const struct sim *sim, uint64_t end_us)
{
	uint64_t time_us = end_us + sim->config.latency_us;
	uint32_t step = sim->config.chunk_us;

	return step ? (time_us + step - 1) / step * step : time_us;
}

static void receive(struct sim *sim, const struct uart_byte *b)
{
	struct arrival a = {.time_us = arrival_us(sim, us_up(b->end_ns))};

	sim->account.received++;
	if (random_chance(&sim->random, sim->config.loss_ppm))
		return;
	a.byte = flip_bits(sim, b, &a.marks);
	buf_add(&sim->up, &a, sizeof(a));
}

void wire_listen(struct sim *sim)
{
	while (wire_due(sim) <= sim->now_us) {
		struct uart_byte byte = sim->next;

		sim->uart = sim->ahead;
		sim->looked = false;
		waves_drop(sim, sim->uart.now_ns);
		receive(sim, &byte);
	}
	if (!look(sim))
		waves_drop(sim, sim->now_us * NS_PER_US);
}
