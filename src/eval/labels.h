/* eval/labels.h: the classes of a data set in the model's order. */
#pragma once
#include "formats/model.h"
#include "leuko/dataset.h"

G_BEGIN_DECLS

/* Match the classes of a data set with those of a model by name. The two may list them in different
 * orders; the model may have classes that the data set lacks.
 * Returns the model's label of each record, (N), g_free.
 * Errors: LEUKO_ERROR_DATA: the data set has a class that the model lacks (the message lists the
 * classes of both), or a record without a class. */
gint *leuko_eval_match_labels(const LeukoDataset *dataset, const LeukoModel *model, GError **error);

G_END_DECLS
