/* data/shard-names.h: the file names of shards: PREFIX_SPLIT_00000-of-00010.tfrecord. */
#pragma once
#include <glib.h>

gchar *leuko_shard_name(const char *prefix, const char *split, guint index, guint n_shards);

/* TRUE if `folder` holds any shard of this split, even if others of the set are missing, or if it
 * cannot be listed: leuko_shard_names() then says what is wrong. */
gboolean leuko_shard_names_exist(const char *folder, const char *split);

/* The file names of one split in `folder`, in order; empty if there are none. Errors:
 * LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT: some of the numbered shards are missing, or the folder
 * holds shards of two prefixes or two counts. */
GPtrArray *leuko_shard_names(const char *folder, const char *split, GError **error);
