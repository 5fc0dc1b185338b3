/* formats/model.h: a trained classifier: network, parameters, classes, preprocessing, threshold and
 * where it comes from. On disk: safetensors with slim's names and a `leuko` metadata entry.
 */
#pragma once
#include "image/preprocess.h"
#include "leuko/model.h"
#include "net/net.h"
#include "net/params.h"
#include <jansson.h>

G_BEGIN_DECLS

struct LeukoModel {
    LeukoNetSpec spec; /* aux_head FALSE in a saved model */
    LeukoParams *params;
    LeukoPreprocess preprocess;
    GStrv classes;                /* K names, NULL-terminated; K = spec.n_classes */
    gint positive;                /* index of the positive class, or -1: none named */
    double threshold;             /* decision threshold for the positive class (K = 2), else NAN */
    double temperature;           /* logits are divided by it before softmax; 1.0 is uncalibrated */
    double refer_low, refer_high; /* probability band "refer to a human", NAN: none */
    json_t *provenance; /* object: dataset digest, group digests, seeds, weights, recipe, command
                           line, version, validation figures; never NULL */
    gboolean half;      /* loaded from a file that holds values of 16 bits */
};

LeukoModel *leuko_model_new(const LeukoNetSpec *spec);
/* Whole or absent. Errors: LEUKO_ERROR_IO. */
gboolean leuko_model_save(const LeukoModel *model, const char *path, GError **error);
/* The same with convolution weights as F16: half the size, about three digits. */
gboolean leuko_model_save_half(const LeukoModel *model, const char *path, GError **error);

/* Weights for transfer: any file Leuko can read, reduced to parameters under slim's names and what
 * the file says of the network (endpoint: the last block that is complete, or as given).
 * spec      in: endpoint ("" = all that the file holds), side; out: filled in
 * Errors    as above; LEUKO_ERROR_DATA naming tensors that a wanted endpoint lacks. */
LeukoParams *leuko_weights_load(const char *path, LeukoNetSpec *spec, GError **error);

/* A whole classifier from any file that Leuko can read, its head included: other people's (.pth,
 * safetensors under torchvision's names, ...) or ours. Of another's file: the classes are "0".."K-1"
 * (of slim's 1001: "background", "0".."999", as others number them), the preprocessing is that of its
 * makers as near as LeukoPreprocess has it, provenance says "source". No classifier in it:
 * LEUKO_ERROR_DATA; other errors as for the two above. */
LeukoModel *leuko_foreign_model_load(const char *path, GError **error);

G_END_DECLS
