/* train/features-file.h: writes the features of a data set as a file that numpy.load() reads. */
#pragma once
#include "train/features.h"

typedef struct {
    guint n_images, n_features, n_cached;
    double seconds;           /* time for computing the rows that were not in the cache */
    LeukoPrecision precision; /* of the network */
    gchar *csv_path;          /* g_free */
} LeukoFeaturesFile;

void leuko_features_file_clear(LeukoFeaturesFile *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoFeaturesFile, leuko_features_file_clear)

/* Compute the features of a folder of images, or of all splits of a folder of shards, and write
 *   1. `npy_path`: format version 1.0 of numpy.save, float32 (n_images, n_features), one row per
 *      image in byte order of the file names
 *   2. a CSV of the same name ("f.npy" -> "f.csv"): file, class, in the same order
 * folder  how to read a folder of images; not for shards
 * Each file is complete or absent.
 * options   LEUKO_PRECISION_AUTO is chosen here
 * reporter  phase "features"; one line for the choice of the precision
 * Errors  as leuko_dataset_open_images(), leuko_dataset_open_shards(), leuko_features_compute();
 *         LEUKO_ERROR_IO */
gboolean leuko_features_write(const char *dataset, const LeukoFolderOptions *folder,
                              const char *npy_path, const LeukoStart *start,
                              const LeukoFeatureOptions *options, LeukoFeaturesFile *file,
                              LeukoReporter reporter, GCancellable *cancellable, GError **error);
