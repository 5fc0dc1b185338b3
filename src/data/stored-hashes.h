/* data/stored-hashes.h: the fingerprint and the hashes around the cell that a shard holds beside an
 * image. */
#pragma once
#include "image/centered.h"
#include "image/fingerprint.h"

typedef struct LeukoDataset LeukoDataset; /* leuko/dataset.h, whose .c file has this function */

/* Read them from the record's shard; centered may be NULL. FALSE: it holds none of this version, or
 * the data set has no shards. Threads: many at once. */
gboolean leuko_dataset_stored_hashes(const LeukoDataset *dataset, guint index,
                                     LeukoFingerprint *print, LeukoCentered *centered);
