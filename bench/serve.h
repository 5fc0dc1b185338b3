/* bench/serve.h: the protocol between a bench driver and a contestant. A contestant is a process
 * that measures itself on request, so that the driver can alternate between contestants.
 *
 * Each line of stdin is "PRECISION BATCH MILLISECONDS". Each is answered by one line of stdout:
 * "ok VALUE" or "no REASON". A measurement lasts about MILLISECONDS. The first request of a
 * precision and batch also builds the plan, checks its answer and warms up; that time is not
 * measured. */
#pragma once
#include "engine/state.h"

/* Measures for about `ms` milliseconds. *value is a rate (images/s or GFLOP/s): higher is
 * better. */
typedef gboolean (*BenchMeasure)(gpointer state, LeukoPrecision precision, guint batch, guint ms,
                                 double *value, GError **error);

/* Answers requests until stdin ends. Returns the exit status for main(). */
int bench_serve(BenchMeasure measure, gpointer state);

double bench_now(void); /* seconds, monotonic */
/* The median of n values; sorts them in place. */
double bench_median(double *values, gsize n);
