/* data/stored-fingerprint.h: the fingerprint and the spectrum that a shard holds beside
 * an image. */
#pragma once
#include "image/fingerprint.h"
#include "image/spectrum.h"

typedef struct LeukoDataset LeukoDataset; /* leuko/dataset.h, whose .c file has this function */

/* FALSE: the record's shard holds none of this version, or the data set has no shards. */
gboolean leuko_dataset_stored_fingerprint(const LeukoDataset *dataset, guint index,
                                          LeukoFingerprint *out);
/* The same of the spectrum (image/spectrum.h). */
gboolean leuko_dataset_stored_spectrum(const LeukoDataset *dataset, guint index,
                                       LeukoSpectrum *out);
