/* data/dataset-private.h: how the two kinds of data set fill the one object (folder.c, shards.c). */
#pragma once
#include "data/tfrecord.h"
#include "leuko/dataset.h"

struct LeukoDataset {
    gatomicrefcount refs;
    gchar *path;
    GStrv classes;
    guint n_classes;
    GArray *records; /* of LeukoRecord; strings lie in `strings` */
    GStringChunk *strings;
    gboolean has_groups;
    /* shards only: */
    GPtrArray *shards; /* of LeukoTfrecord */
    GArray *places;    /* of LeukoShardPlace, one a record */
};

typedef struct {
    guint shard;
    LeukoTfrecordPlace place;
} LeukoShardPlace;

LeukoDataset *leuko_dataset_alloc(const char *path);
/* Strings are copied. */
void leuko_dataset_add(LeukoDataset *dataset, const char *file, const char *group,
                       const char *source, gint label);
