/* eval/model-facts.h: what a report tells of a model. */
#pragma once
#include "formats/model.h"

G_BEGIN_DECLS

/* The members of the model's description (formats/model-json.h) without its long numbers, and
 * "digest" (leuko_classifier_digest(); NULL: null). "training" of the provenance is a list of
 * {"part", "n_images", "n_groups"}. New reference. */
json_t *leuko_model_facts(const LeukoModel *model, const char *digest);

G_END_DECLS
