/* data/dataset-image.h: one decoded image of a data set. */
#pragma once
#include "leuko/dataset.h"
#include "leuko/image.h"

/* Read and decode one image. New, free with leuko_image_free().
 * encoded  gets the bytes of the file, new; NULL: not wanted
 * Errors   as leuko_dataset_read() and leuko_image_decode() */
LeukoImage *leuko_dataset_decode(const LeukoDataset *dataset, guint index, GBytes **encoded,
                                 GError **error);
