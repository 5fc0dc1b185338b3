/* data/shard-files.h: the files of a set of shards, of which few are open at a time.
 *
 * A file that changed after it was added is an error, not other images.
 * Threads: leuko_shard_files_read() many at once.
 */
#pragma once
#include "data/tfrecord.h"

G_BEGIN_DECLS

enum { LEUKO_SHARD_FILES_OPEN = 16 }; /* of a set, and one more for each thread beyond 16 */

typedef struct LeukoShardFiles LeukoShardFiles;

LeukoShardFiles *leuko_shard_files_new(void);
void leuko_shard_files_free(LeukoShardFiles *files); /* NULL does nothing */

/* Add a file that `reader` has read; the file's number is the number of those added before. */
void leuko_shard_files_add(LeukoShardFiles *files, const char *path, const LeukoTfrecord *reader);
guint leuko_shard_files_n(const LeukoShardFiles *files);

/* Read one record of a file. Errors: as leuko_tfrecord_read(); LEUKO_ERROR_DATA: the file changed.
 */
GBytes *leuko_shard_files_read(LeukoShardFiles *files, guint file,
                               const LeukoTfrecordPosition *position, GError **error);

G_END_DECLS
