/* data/shards.h: the index of one split of a folder of shards that sort wrote. */
#pragma once
#include "data/example.h"
#include "data/shard-files.h"
#include <glib.h>

typedef struct {
    const char *file, *group, *source; /* borrowed from the set; group may be "" */
    gint label;
    guint shard; /* number of the file that holds the record */
    LeukoTfrecordPosition position;
} LeukoShardRecord;

/* The hashes that a record holds beside the image. */
typedef struct {
    gboolean present; /* both, of this version */
    LeukoFingerprint fingerprint;
    LeukoCentered centered;
} LeukoShardHashes;

typedef struct {
    GStrv classes; /* of Labels.txt */
    guint n_classes;
    GArray *records; /* of LeukoShardRecord, in the order of the shards */
    GArray *hashes;  /* of LeukoShardHashes, one for each record; NULL: not asked for */
    LeukoShardFiles *files;
    GStringChunk *strings;
} LeukoShardSet;

/* The classes of Labels.txt, which has one line "0:name" per class, numbered from 0 without gaps;
 * g_strfreev. Errors: LEUKO_ERROR_IO, LEUKO_ERROR_FORMAT. */
GStrv leuko_shard_labels(const char *folder, GError **error);

/* Unpack a record of a folder whose Labels.txt has n_classes classes. The caller clears *example,
 * also after an error. name: for messages. Errors: LEUKO_ERROR_FORMAT, also for a label that
 * Labels.txt does not have. */
gboolean leuko_shard_unpack(GBytes *data, guint n_classes, LeukoExample *example, const char *name,
                            GError **error);

/* Read the labels and the index of one split ("train", "validation", "test"); every record is
 * read once and checked.
 * with_hashes  keep the hashes, which take more memory than the rest of the index
 * Errors: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT (file, record, offset);
 * LEUKO_ERROR_DATA: no such split, the message names those there are. */
LeukoShardSet *leuko_shard_set_open(const char *path, const char *split, gboolean with_hashes,
                                    GError **error);
void leuko_shard_set_free(LeukoShardSet *set); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoShardSet, leuko_shard_set_free)

/* The encoded bytes of one image. Threads: many at once. Errors: LEUKO_ERROR_IO,
 * LEUKO_ERROR_FORMAT (a wrong checksum), LEUKO_ERROR_DATA (the file changed). */
GBytes *leuko_shard_set_read(const LeukoShardSet *set, guint index, GError **error);

/* Read the hashes of one image from its shard. FALSE: it holds none of this version, or it cannot
 * be read, which leuko_shard_set_read() reports. Threads: many at once. */
gboolean leuko_shard_set_read_hashes(const LeukoShardSet *set, guint index, LeukoShardHashes *out);
