/* data/dataset-view.h: chosen records of one or more data sets as a data set of its own; several
 * splits of a folder as one.
 *
 * Nothing is copied but the table of records; an image is read from where it lies.
 */
#pragma once
#include "leuko/folder.h"

typedef struct LeukoDataset LeukoDataset; /* leuko/dataset.h, whose .c file has these functions */

typedef struct {
    guint part, record; /* which data set, and the index of the record in it */
} LeukoRecordPlace;

/* parts   data sets with the same classes, at least one; the view holds references
 * places  (n) the records of the view, in its order
 * The path and the layout are those of the first part; no files are skipped. */
LeukoDataset *leuko_dataset_view(LeukoDataset *const *parts, guint n_parts,
                                 const LeukoRecordPlace *places, guint n);

/* leuko_dataset_open_images() with all the named splits that the folder has.
 * splits  NULL-terminated
 * opened  gets their names, g_strfreev; NULL: the folder has no splits, all images are opened */
LeukoDataset *leuko_dataset_open_image_splits(const char *path, const LeukoFolderOptions *options,
                                              const char *const *splits, GStrv *opened,
                                              GError **error);
