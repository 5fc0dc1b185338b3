/* formats/model.h: a trained classifier in memory: network, parameters, classes, preprocessing,
 * threshold and provenance. Files: formats/model-file.h.
 */
#pragma once
#include "image/preprocess.h"
#include "leuko/model.h"
#include "net/net.h"
#include "net/params.h"
#include <jansson.h>

struct LeukoModel {
    LeukoNetSpec spec; /* aux_head FALSE in a saved model */
    LeukoParams *params;
    LeukoPreprocess preprocess;
    GStrv classes;                /* K names, NULL-terminated; K = spec.n_classes */
    gint positive;                /* index of the positive class, or -1 */
    double threshold;             /* decision threshold for the positive class (K = 2), else NAN */
    double temperature;           /* logits are divided by it before softmax; 1.0 = uncalibrated */
    double refer_low, refer_high; /* band of probabilities that a person must review; NAN = none */
    json_t *provenance; /* object: data-set digest, group digests, seeds, weights, recipe, command
                           line, version, validation figures; never NULL */
    gboolean half;      /* the file holds 16-bit values */
};

/* A model without parameters: default preprocessing, no classes, no positive class. */
LeukoModel *leuko_model_new(const LeukoNetSpec *spec);

/* What a user must know about where the classes and the preprocessing come from, or NULL: the text
 * "note" of the provenance. Every command that opens the model shows it. Borrowed. */
const char *leuko_model_note(const LeukoModel *model);
void leuko_model_set_note(LeukoModel *model, const char *note);
