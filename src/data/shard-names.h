/* data/shard-names.h: PREFIX_SPLIT_00000-of-00010.tfrecord. */
#pragma once
#include <glib.h>

extern const char *const leuko_split_names[]; /* "train", "validation", "test", NULL */

gchar *leuko_shard_name(const char *prefix, const char *split, guint index, guint n_shards);

/* The file names of one split in `folder`, in order; empty if there are none. Errors:
 * LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT: some of the numbered shards are missing, or shards of two
 * prefixes or counts lie together. */
GPtrArray *leuko_shard_names(const char *folder, const char *split, GError **error);
