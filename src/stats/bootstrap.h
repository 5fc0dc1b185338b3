/* stats/bootstrap.h: statistics of resampled units, and the acceleration from the jackknife. */
#pragma once
#include "stats/statistic.h"

/* With more units than this the acceleration is taken as 0 (it falls like 1/sqrt(units)). */
#define LEUKO_JACKKNIFE_MAX_UNITS 5000

/* Up to this share of the draws may leave a figure undefined (a class is never predicted); those
 * draws are ignored. */
#define LEUKO_MAX_UNDEFINED 0.05

typedef struct {
    guint n_stats, n_draws;
    double *draws; /* (n_stats, n_draws), NAN where the statistic is not defined for a draw */
    guint n_units;
    double *influence; /* (n_stats, n_units) of each unit by the jackknife, 0 where the statistic is
                          not defined without it; NULL: more than LEUKO_JACKKNIFE_MAX_UNITS */
    gboolean stratified;
} LeukoBootstrap;

/* stratum   (n_units) stratum of each unit, 0..n_strata-1; units are redrawn within their stratum
 * The same seed gives the same draws on every machine. */
LeukoBootstrap *leuko_bootstrap_new(const LeukoStatistics *s, guint n_units, const guint *stratum,
                                    guint n_strata, guint n_draws, guint64 seed);
void leuko_bootstrap_free(LeukoBootstrap *b);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoBootstrap, leuko_bootstrap_free)

/* Efron's acceleration of a statistic; for leuko_bca(). */
double leuko_bootstrap_acceleration(const LeukoBootstrap *b, guint stat);
/* sum u^3 / (6 (sum u^2)^1.5) of n influences; 0 if all are 0. */
double leuko_acceleration(const double *influence, guint n);

/* The draws for which the statistic is defined, in draw order; g_free. */
double *leuko_bootstrap_draws(const LeukoBootstrap *b, guint stat, guint *n_defined);
