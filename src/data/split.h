/* data/split.h: divide items into parts so that what belongs together stays together.
 *
 * Items of one unit (patient, source image, near-duplicates) go to the same part; within that,
 * every class is divided as asked. Used for train/validation/test and for cross-validation folds.
 * Method: units in random order, larger ones first, each to the part that lacks most of what the
 * unit holds, in shares of that part's target. Deterministic by seed.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* units      (n) unit of each item, any non-negative numbers
 * labels     (n) class of each item, 0 to n_classes - 1
 * shares     (n_parts) wanted share of each part, >= 0; a share of 0 gets nothing
 * part       (n) out: part of each item */
void leuko_split(const guint *units, const gint *labels, gsize n, guint n_classes,
                 const double *shares, guint n_parts, guint64 seed, guint *part);

/* Distinct units that hold the class. */
guint leuko_split_units_of_class(const guint *units, const gint *labels, gsize n, gint label);

G_END_DECLS
