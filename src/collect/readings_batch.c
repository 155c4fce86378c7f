/* SPDX-License-Identifier: MIT */
#include "collect/readings.h"

int readings_batch(const struct readings_change *change, struct store_batch *batch)
{
	const struct store_point *point;
	uint32_t series;
	int rc = 0;

	for (size_t i = 0; i < change->n_series && rc == 0; i++)
		rc = store_batch_series(batch, &change->series[i]);
	for (size_t i = 0; rc == 0 && (point = readings_history(change, i, &series)); i++)
		rc = store_batch_history(batch, series, point, 1);
	return rc;
}
