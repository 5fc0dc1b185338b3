/* bench/serve.h: a contestant of a bench: a process that measures itself when it is asked to, so
 * that a driver can let contestants take turns in one run.
 *
 * Each line of stdin is "PRECISION BATCH MILLISECONDS"; each gets one line of stdout: "ok VALUE" or
 * "no REASON". What is measured lasts about MILLISECONDS; making ready, checking the answer and
 * warming up come before, at the first line of that precision and batch.
 */
#pragma once
#include "engine/plan.h"

/* Measure; *value is a rate (images/s or GFLOP/s), higher is better. */
typedef gboolean (*BenchMeasure)(gpointer state, LeukoPrecision precision, guint batch, guint ms,
                                 double *value, GError **error);

/* Serve until the end of stdin. Returns main's status. */
int bench_serve(BenchMeasure measure, gpointer state);

double bench_now(void); /* seconds, monotonic */
/* The median of n values, which get sorted. */
double bench_median(double *values, gsize n);
