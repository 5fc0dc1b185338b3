/* eval/sample.h: a sample of the images of a data set. */
#pragma once
#include "leuko/dataset.h"

/* Choose n_wanted images at random, the classes in their shares (each keeps at least one image) and
 * the images of a class from as many groups as possible. The choice depends on the seed and the
 * names of the files alone.
 * n  out: how many were chosen
 * Returns the records in rising order, g_free. */
guint *leuko_eval_sample(const LeukoDataset *dataset, guint n_wanted, guint64 seed, guint *n);
