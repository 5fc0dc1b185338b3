/* train/provenance.h: records in a model how it was trained. */
#pragma once
#include "formats/model.h"
#include "leuko/dataset.h"
#include "train/start.h"

/* Record the digests of the data set, its groups and its images (base/digest.h), the digests in the
 * provenance of the initial weights, the initial weights and the seed.
 * sha256  (n, 32): of the images of `training` */
void leuko_provenance_add_training(LeukoModel *model, const LeukoDataset *training,
                                   const guint8 *sha256, const LeukoStart *start, guint64 seed);
/* Record the version of Leuko, the command line (NULL: none), and the options of the division into
 * splits (sort.json in `shards`, if it exists). */
void leuko_provenance_add_job(LeukoModel *model, const char *shards, const char *command_line);
