/* Layers randomized one after another from the head down, and how far a map follows (Adebayo et al.
 * 2018, arXiv 1810.03292). */
#pragma once
#include "net/params.h"

/* Spearman's rank correlation; equal values have ranks in order of position. */
double rank_correlation(const float *a, const float *b, guint n);
/* The tensors of `own`, but of the first n blocks those of `drawn`; borrows the data of both. */
LeukoParams *params_randomized(const LeukoParams *own, const LeukoParams *drawn,
                               const char *const *blocks, guint n);
