/* formats/model.h: a trained classifier in memory: network, parameters, classes, preprocessing,
 * threshold and provenance. Files: formats/model-file.h.
 */
#pragma once
#include "formats/training-list.h"
#include "image/preprocess.h"
#include "leuko/model.h"
#include "net/net.h"
#include "net/params.h"
#include "stats/calibration.h"
#include "stats/referral.h"
#include "stats/threshold.h"
#include "stats/typical.h"
#include <jansson.h>

#define LEUKO_PROVENANCE_STRIPPED "stripped" /* a member of the provenance: true, or absent */

struct LeukoModel {
    LeukoNetSpec spec; /* aux_head FALSE in a saved model */
    LeukoParams *params;
    LeukoPreprocess preprocess;
    LeukoColorReference colors; /* of the training images, preprocessed; n_images 0: unknown */
    guint n_views;              /* views of an image whose logits are averaged (image/views.h) */
    GStrv classes;              /* K names, NULL-terminated; K = spec.n_classes */
    gint positive;              /* index of the positive class, or -1 */
    double threshold;           /* decision threshold for the positive class (K = 2), else NAN */
    double patient_share;       /* share of positive images from which a patient is positive, as
                                     learned on validation; NAN: not learned */
    double temperature;         /* logits are divided by it before softmax; 1.0 = uncalibrated */
    LeukoProbabilityMap calibration; /* its map follows the temperature */
    LeukoThresholdChoice threshold_choice;
    double refer_low, refer_high; /* band of probabilities that a person must review; NAN = none */
    LeukoReferral *referral;      /* classes that cannot be ruled out are referred; NULL: none */
    LeukoTypical *typical;        /* images unlike the training images are; NULL: none */
    json_t *provenance;  /* object: data-set digest, seeds, weights, recipe, command line, version,
                           validation figures; no name of a group, no path; never NULL */
    GPtrArray *training; /* of LeukoTrainingList, this training first; never NULL */
    gboolean half;       /* the file holds 16-bit values */
};

/* A model without parameters: default preprocessing, no classes, no positive class. */
LeukoModel *leuko_model_new(const LeukoNetSpec *spec);

/* The digest of the parameters that this model's were made from by folding in the temperature, or
 * NULL; borrowed. */
#define LEUKO_PROVENANCE_SOURCE "parameters" /* the member of the provenance */
const char *leuko_model_source_digest(const LeukoModel *model);

/* The calibrated probabilities (K) of one image's logits (K): leuko_probabilities(). */
gboolean leuko_model_probabilities(const LeukoModel *model, const float *logits,
                                   double *probabilities);

/* What a user must know about where the classes and the preprocessing come from, or NULL: the text
 * "note" of the provenance. Every command that opens the model shows it. Borrowed. */
const char *leuko_model_note(const LeukoModel *model);
void leuko_model_set_note(LeukoModel *model, const char *note);

/* What was allowed to be in two splits when the model was trained, counts by kind (data/leaks.h);
 * NULL: nothing. Borrowed. */
#define LEUKO_PROVENANCE_LEAKS "allowed_leaks" /* the member of the provenance */
json_t *leuko_model_allowed_leaks(const LeukoModel *model);

/* Remove what describes the training: the provenance and the lists of its images and groups. Only
 * "stripped": true, the version, a "note" and the counts of allowed leaks remain. Evaluation can
 * then not recognize training images. */
void leuko_model_strip_provenance(LeukoModel *model);
gboolean leuko_model_is_stripped(const LeukoModel *model);
