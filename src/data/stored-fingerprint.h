/* data/stored-fingerprint.h: the fingerprint and the hashes around the cell that a shard
 * holds beside an image. */
#pragma once
#include "image/centered.h"
#include "image/fingerprint.h"

typedef struct LeukoDataset LeukoDataset; /* leuko/dataset.h, whose .c file has this function */

/* FALSE: the record's shard holds none of this version, or the data set has no shards. */
gboolean leuko_dataset_stored_fingerprint(const LeukoDataset *dataset, guint index,
                                          LeukoFingerprint *out);
/* The same of the hashes of image/centered.h. */
gboolean leuko_dataset_stored_centered(const LeukoDataset *dataset, guint index,
                                       LeukoCentered *out);
