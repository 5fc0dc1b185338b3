/* data/catalog.h: every image of a data set with its class, its group and the image it was made
 * from.
 *
 * A catalog is made in two steps: leuko_catalog_new() reads names and tables (fast);
 * leuko_catalog_inspect() (data/inspect.h) then decodes every image on several threads.
 *
 * Which image is a copy of which is told by augment.csv if the folder has one. Otherwise a name
 * with a prefix of augmentation (leuko_naming_copy_prefix()) is a copy if its class holds the
 * image named after the prefix. A copy has the group of its source.
 */
#pragma once
#include "data/catalog-types.h"
#include "leuko/folder.h"

/* The files that exist below the folder: images of the catalog, and skipped ones. */
guint leuko_catalog_n_files(const LeukoCatalog *catalog);

/* Errors: LEUKO_ERROR_IO; LEUKO_ERROR_DATA (no images; images without a class or a group; an
 * expression whose groups are the classes); LEUKO_ERROR_AMBIGUOUS (two readings of the folders);
 * LEUKO_ERROR_ARGUMENT (an expression, the layout); LEUKO_ERROR_FORMAT (a table). */
LeukoCatalog *leuko_catalog_new(const char *path, const LeukoFolderOptions *options,
                                GError **error);
void leuko_catalog_free(LeukoCatalog *catalog); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoCatalog, leuko_catalog_free)

/* The encoded bytes of an image. Errors: as leuko_dataset_read(). */
GBytes *leuko_catalog_read(const LeukoCatalog *catalog, const LeukoItem *item, GError **error);
/* An empty list of items that owns them. */
GPtrArray *leuko_catalog_items_new(void);
