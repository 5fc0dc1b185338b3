/* train/provenance.h: what a trained model remembers of its training. */
#pragma once
#include "formats/model.h"
#include "leuko/dataset.h"
#include "train/start.h"

/* The digests of the data set and of its groups and images (base/digest.h), together with those of
 * the initial weights; the weights, and the seed.
 * sha256  (n, 32): of the images of `training` */
void leuko_provenance_add_training(LeukoModel *model, const LeukoDataset *training,
                                   const guint8 *sha256, const LeukoStart *start, guint64 seed);
/* The version of Leuko, the command line (NULL: none), and the options by which the shards were
 * divided (sort.json in `shards`, if it is there). */
void leuko_provenance_add_job(LeukoModel *model, const char *shards, const char *command_line);
