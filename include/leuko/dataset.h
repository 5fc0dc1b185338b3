/* leuko/dataset.h: labeled images on disk: a folder of images, or the shards that sort writes.
 *
 * A folder of images is read by its layout: a folder per class; class/group/images; fold_0/class;
 * train|validation|test/class; images in one folder with labels in a table or in the names. The
 * layout is found out from the folders; a tree that allows two readings is refused with both.
 *
 * Opening reads names and an index; images stay on disk, so memory does not grow with their size.
 * Threads: a data set is constant after opening; leuko_dataset_read() may be called from many
 * threads.
 */
#pragma once
#include "leuko/folder.h"

G_BEGIN_DECLS

typedef struct {
    const char *file;   /* path relative to the data set, "class/name.jpg" */
    const char *group;  /* patient, slide, ...; "" when not known */
    const char *source; /* id of the original image, the same for all its augmented copies */
    gint label;         /* index into the classes, -1 when not known */
    guint64 key;        /* stable key of the record for random draws: hash of `file` */
} LeukoRecord;

typedef struct LeukoDataset LeukoDataset;

/* Open a folder of images. Classes come in byte order of names, records by class, then by file;
 * links to folders are followed.
 * splits  for a layout with splits: their names in order of preference, NULL-terminated; the first
 *         that the folder has is opened. NULL: all images
 * chosen  gets the split that was opened (of `splits`), NULL if all images; may be NULL
 * Errors  LEUKO_ERROR_AMBIGUOUS (two readings); LEUKO_ERROR_ARGUMENT (an expression, the layout);
 *         LEUKO_ERROR_IO; LEUKO_ERROR_DATA (no images; images without a class or a group; none of
 *         the splits); LEUKO_ERROR_FORMAT (a table) */
LeukoDataset *leuko_dataset_open_images(const char *path, const LeukoFolderOptions *options,
                                        const char *const *splits, const char **chosen,
                                        GError **error);

/* leuko_dataset_open_images() with nothing but `group_by`, which need not match every image. */
LeukoDataset *leuko_dataset_open_folder(const char *path, const char *group_by, GError **error);

/* Open one split ("train", "validation", "test") of a folder that sort wrote.
 * Errors: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT (shard, record, offset); LEUKO_ERROR_DATA: no such
 * split; the message names those there are. */
LeukoDataset *leuko_dataset_open_shards(const char *path, const char *split, GError **error);

/* leuko_dataset_open_shards() with other names of classes (`classes` of the options); classes that
 * get one name become one.
 * Errors: also LEUKO_ERROR_ARGUMENT: another option, which shards do not need; a name that no class
 * gets. */
LeukoDataset *leuko_dataset_open_shards_as(const char *path, const char *split,
                                           const LeukoFolderOptions *options, GError **error);

/* TRUE if the folder holds shards of this split (PREFIX_SPLIT_00000-of-0000N.tfrecord), even if
 * some are missing: opening the split then says which. */
gboolean leuko_dataset_has_split(const char *path, const char *split);

LeukoDataset *leuko_dataset_ref(LeukoDataset *dataset);
void leuko_dataset_unref(LeukoDataset *dataset); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoDataset, leuko_dataset_unref)

const char *leuko_dataset_path(const LeukoDataset *dataset);
const gchar *const *leuko_dataset_classes(const LeukoDataset *dataset); /* NULL-terminated */
guint leuko_dataset_n_classes(const LeukoDataset *dataset);
guint leuko_dataset_n_records(const LeukoDataset *dataset);
const LeukoRecord *leuko_dataset_record(const LeukoDataset *dataset, guint index);
gboolean leuko_dataset_has_groups(const LeukoDataset *dataset); /* TRUE if any record has one */

/* The layout of a folder of images in one line, and what else a person should know of its names;
 * NULL and an empty list for shards. Borrowed. */
const char *leuko_dataset_layout(const LeukoDataset *dataset);
const gchar *const *leuko_dataset_notes(const LeukoDataset *dataset); /* NULL-terminated */

/* Files below the folder that are no records: hidden, companion files, ...; none for shards. Every
 * file is a record, of another split than the one that was opened, or skipped. *reason (may be
 * NULL) gets the reason in a few words. Both strings are borrowed. */
guint leuko_dataset_n_skipped(const LeukoDataset *dataset);
const char *leuko_dataset_skipped(const LeukoDataset *dataset, guint index, const char **reason);

/* The encoded bytes of one image, new. Errors: LEUKO_ERROR_IO, LEUKO_ERROR_FORMAT (a wrong
 * checksum). */
GBytes *leuko_dataset_read(const LeukoDataset *dataset, guint index, GError **error);

/* SHA-256 over the classes and, for each record, its file, label, group and image digest; hex,
 * free with g_free(). Reads every image once. Errors: as leuko_dataset_read(). */
gchar *leuko_dataset_digest(const LeukoDataset *dataset, GError **error);

G_END_DECLS
