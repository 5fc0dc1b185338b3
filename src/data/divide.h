/* data/divide.h: divide items into parts so that items that belong together stay together.
 *
 * Items of one unit (patient, source image, duplicates) go to the same part; apart from that, every
 * class is divided as asked. For training/validation/test splits and for cross-validation folds.
 *
 * Method: the units come in random order, larger units first; each goes to the part that lacks
 * most of what the unit holds, relative to that part's target. The same seed gives the same parts.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* units      (n) unit of each item, any numbers
 * labels     (n) class of each item, 0 to n_classes - 1
 * shares     (n_parts) wanted share of each part, at least 0; a share of 0 gets no items
 * part       (n) output: the part of each item */
void leuko_divide(const guint *units, const gint *labels, gsize n, guint n_classes,
                  const double *shares, guint n_parts, guint64 seed, guint *part);

/* The number of distinct units that hold a class. */
guint leuko_divide_count_units(const guint *units, const gint *labels, gsize n, gint label);

G_END_DECLS
