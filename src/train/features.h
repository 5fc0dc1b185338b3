/* train/features.h: where transfer learning starts (a network and its weights), and the features
 * that this network gives for the images of a data set, computed once and kept on disk.
 *
 * Shapes: features (n, C), float32: the spatial mean of the endpoint's output.
 */
#pragma once
#include "engine/plan.h"
#include "image/preprocess.h"
#include "leuko/dataset.h"
#include "leuko/progress.h"
#include <gio/gio.h>
#include <jansson.h>

G_BEGIN_DECLS

typedef struct {
    const char *weights;     /* a file, "backbone" (the weights in models/) or "random" */
    const char *endpoint;    /* NULL: all that the weights hold */
    double depth_multiplier; /* of random weights; 0: 1.0, or the file's */
    guint side_px;           /* of random weights; 0: 299, or the file's */
    guint64 seed;            /* of random weights */
} LeukoStartOptions;

typedef struct {
    LeukoNetSpec spec; /* without classes */
    LeukoNet *net;
    LeukoParams *params;
    LeukoPreprocess preprocess;
    gchar *weights; /* the file's path, or "random" */
    gchar *digest;  /* of the parameters, SHA-256 */
    json_t *
        provenance; /* of the weights, with digests of what they have seen (base/digest.h), or NULL */
} LeukoStart;

/* Where no backbone is installed, "backbone" becomes "random", which is reported as a line.
 * Errors  LEUKO_ERROR_ARGUMENT  depth multiplier or side that differ from the file's; no such
 *                               endpoint
 *         as leuko_weights_load() */
LeukoStart *leuko_start_new(const LeukoStartOptions *options, LeukoReporter reporter,
                            GError **error);
void leuko_start_free(LeukoStart *start); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoStart, leuko_start_free)

typedef struct {
    LeukoPrecision precision;
    guint batch;     /* images a thread runs at once, 1 to 256; 1 is as fast as any */
    guint n_threads; /* >= 1 */
    gboolean no_cache;
} LeukoFeatureOptions;

typedef struct {
    gsize n;
    guint n_features;
    float *x;       /* (n, C), in the data set's order */
    guint8 *sha256; /* (n, 32) of the encoded images */
    guint n_cached; /* rows that came from the cache */
    double seconds; /* spent on the others: decoding, preprocessing, network */
} LeukoFeatures;

/* The kind of numbers that is fastest here without loss of accuracy: bf16 where the processor
 * multiplies it in hardware, else fp32. */
LeukoPrecision leuko_features_precision(void);

/* Errors: as leuko_plan_new(), leuko_loader_next(); LEUKO_ERROR_IO of the cache;
 * LEUKO_ERROR_CANCELLED: what was computed is in the cache. Progress: phase "features". */
LeukoFeatures *leuko_features_compute(LeukoDataset *dataset, const LeukoStart *start,
                                      const LeukoFeatureOptions *options, LeukoReporter reporter,
                                      GCancellable *cancellable, GError **error);
void leuko_features_free(LeukoFeatures *features); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoFeatures, leuko_features_free)

G_END_DECLS
