/* train/features.h: computes the features of the images of a data set and caches them on disk.
 *
 * Shapes: n images, C features: the mean of the endpoint's output over its pixels, float32.
 * Numbers: the number of threads does not change the features.
 */
#pragma once
#include "leuko/dataset.h"
#include "train/start.h"
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
    gsize n;
    guint n_features;
    guint n_views; /* of each image: views in the mean x */
    guint n_train_views;
    float *x;       /* (n, C), in the order of the data set; NULL after leuko_features_stream() */
    float *views;   /* (n_train_views, n, C) each view by itself; NULL: n_train_views is 0 */
    guint8 *sha256; /* (n, 32) of the encoded images */
    guint n_cached, n_computed; /* views of images that came from the cache, and the others */
    double seconds;             /* time for the other views: decoding, preprocessing, network */
} LeukoFeatures;

/* Compute the features of all records: of each, the mean over the first options->n_views views
 * (image/views.h), and each of the first options->n_train_views by itself, which takes
 * 4 n_train_views n C bytes. Free the result with leuko_features_free().
 * options   precision: chosen, not LEUKO_PRECISION_AUTO; it is part of the key of the cache
 * reporter  phase "features"
 * Errors    as leuko_program_new(), leuko_dataset_read(), leuko_image_decode(); LEUKO_ERROR_IO of
 *           the cache; LEUKO_ERROR_CANCELLED: computed rows are in the cache */
LeukoFeatures *leuko_features_compute(LeukoDataset *dataset, const LeukoStart *start,
                                      const LeukoFeatureOptions *options, LeukoReporter reporter,
                                      GCancellable *cancellable, GError **error);

/* A change of every decoded image before preprocessing. */
typedef struct {
    /* Change an image in place, on several threads at once; the same for equal images. */
    gboolean (*apply)(LeukoImage *image, gpointer user_data, GError **error);
    gpointer user_data;
    const char *key; /* names the change in the cache, with all that it depends on */
} LeukoFeatureChange;

/* leuko_features_compute() of changed images; `change` NULL: of the images as they are. Errors:
 * also those of the change. */
LeukoFeatures *leuko_features_compute_changed(LeukoDataset *dataset, const LeukoStart *start,
                                              const LeukoFeatureOptions *options,
                                              const LeukoFeatureChange *change,
                                              LeukoReporter reporter, GCancellable *cancellable,
                                              GError **error);

/* Takes the features of one image. record: its index in the data set; x (C): borrowed. */
typedef gboolean (*LeukoFeatureSink)(guint record, const float *x, gpointer user_data,
                                     GError **error);

/* The same for one view, without keeping the features: `sink` gets each row once, in any order, one
 * at a time.
 * Errors: also those of the sink. */
LeukoFeatures *leuko_features_stream(LeukoDataset *dataset, const LeukoStart *start,
                                     const LeukoFeatureOptions *options, LeukoFeatureSink sink,
                                     gpointer user_data, LeukoReporter reporter,
                                     GCancellable *cancellable, GError **error);
void leuko_features_free(LeukoFeatures *features); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoFeatures, leuko_features_free)

/* The features of the splits that a model is trained on. */
typedef struct {
    LeukoFeatures *training, *validation; /* NULL: not computed, or no such split */
} LeukoSplitFeatures;

void leuko_split_features_clear(LeukoSplitFeatures *features);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoSplitFeatures, leuko_split_features_clear)

G_END_DECLS
