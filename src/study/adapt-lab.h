/* study/adapt-lab.h: a model, and the cells of the laboratory that it is adapted to.
 *
 * Shapes: n records, C features, K classes of the model, P of them with cells.
 */
#pragma once
#include "formats/model.h"
#include "leuko/adapt-types.h"
#include "study/crossval-data.h"
#include "train/features.h"
#include "train/start.h"

G_BEGIN_DECLS

typedef struct {
    const LeukoAdaptOptions *options;
    LeukoFeatureOptions features; /* precision chosen, the model's views */
    LeukoModel *model;
    LeukoStart *start; /* its network and preprocessing */
    LeukoCrossvalData *data;
    guint steps;                   /* that may be taken */
    gint *labels;                  /* (n) classes of the model */
    guint n_present, *present;     /* (P) classes of the model with cells, rising */
    gint *place;                   /* (n) index of the record's class in `present` */
    LeukoColorMoments *colors;     /* (n) */
    gboolean *has_colors;          /* (n) FALSE: masked out everywhere */
    LeukoColorReference reference; /* of the model */
    double *source;                /* (P, K) logits of the class means of the training images;
                                      NULL: unknown */
    LeukoFeatures *plain;          /* with the model's own preprocessing */
} LeukoAdaptLab;

/* Open everything. Errors: those of leuko_adapt_run(). */
LeukoAdaptLab *leuko_adapt_lab_open(const char *model, const char *data,
                                    const LeukoAdaptOptions *options, LeukoReporter reporter,
                                    GCancellable *cancellable, GError **error);
void leuko_adapt_lab_free(LeukoAdaptLab *lab); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoAdaptLab, leuko_adapt_lab_free)

/* Logits (K) of the model's head, divided by its temperature, for features (C). */
void leuko_adapt_logits(const LeukoModel *model, const float *x, double *z);

G_END_DECLS
