/* leuko/dataset.h: labeled images on disk: a folder per class, or the shards that sort wrote.
 *
 * Opening reads names and an index only; images stay on disk, so memory does not grow with their
 * size. Threads: immutable after opening; leuko_dataset_read() may be called from many threads.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    const char *file;   /* path relative to the data set, "class/name.jpg" */
    const char *group;  /* patient, slide ...; "" when not known */
    const char *source; /* id of the original image, the same for all its augmented copies */
    gint label;         /* index into classes, -1 unknown */
    guint64 key;        /* stable key of the record for random draws: hash of `file` */
} LeukoRecord;

typedef struct LeukoDataset LeukoDataset;

/* A folder with one sub-folder of images per class; classes and files in byte order of names;
 * hidden files and folders and non-image names are passed over. Group: capture 1 of the regular
 * expression `group_by` in the file's relative path, "" where NULL or it does not match.
 * Errors: LEUKO_ERROR_IO; LEUKO_ERROR_DATA (no class folders, no images). */
LeukoDataset *leuko_dataset_open_folder(const char *path, const char *group_by, GError **error);
/* One split ("train", "validation", "test") of a folder that sort wrote.
 * Errors: LEUKO_ERROR_IO, LEUKO_ERROR_FORMAT (shard, record, offset), LEUKO_ERROR_DATA: no such
 * split; the message names those there are. */
LeukoDataset *leuko_dataset_open_shards(const char *path, const char *split, GError **error);
/* TRUE if the folder holds shards that sort wrote (PREFIX_SPLIT_00000-of-0000N.tfrecord). */
gboolean leuko_dataset_has_split(const char *path, const char *split);

LeukoDataset *leuko_dataset_ref(LeukoDataset *dataset);
void leuko_dataset_unref(LeukoDataset *dataset);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoDataset, leuko_dataset_unref)

const char *leuko_dataset_path(const LeukoDataset *dataset);
const gchar *const *leuko_dataset_classes(const LeukoDataset *dataset); /* NULL-terminated */
guint leuko_dataset_n_classes(const LeukoDataset *dataset);
guint leuko_dataset_n_records(const LeukoDataset *dataset);
const LeukoRecord *leuko_dataset_record(const LeukoDataset *dataset, guint index);
gboolean leuko_dataset_has_groups(const LeukoDataset *dataset); /* any record has one */
/* The encoded bytes of one image. Errors: LEUKO_ERROR_IO, LEUKO_ERROR_FORMAT (bad CRC). */
GBytes *leuko_dataset_read(const LeukoDataset *dataset, guint index, GError **error);
/* SHA-256 over classes and, per record, file, label, group and the image's digest. Reads every
 * image once for folders; shards have the digests in split.csv. g_free. */
gchar *leuko_dataset_digest(const LeukoDataset *dataset, GError **error);

G_END_DECLS
