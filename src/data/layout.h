/* data/layout.h: what the folders of a data set mean: which images it has and the class of each.
 *
 * Two layouts are known:
 *   1. One folder of images per class. The folder's name is the class. Folders inside the class
 *      folders are not read; a folder without images is no class.
 *   2. Images in one folder. A CSV table gives the classes; without a table the names do, as in
 *      ALL-IDB: "Im001_1.jpg" has the class "1", "Im001_0.jpg" the class "0".
 */
#pragma once
#include "data/walk.h"

typedef struct {
    GStrv classes; /* in byte order */
    guint n_classes;
    GPtrArray *files; /* of gchar *: images by class, then by name; UTF-8, relative to the folder */
    GArray *labels;   /* of gint: index into `classes`, one per file */
    GPtrArray *notes; /* of gchar *: what a person should know of the names, one line each */
    LeukoWalk *walk;  /* what was skipped, with the images that the layout does not take */
} LeukoLayout;

/* Read a folder per class. Errors: LEUKO_ERROR_IO (the folder or a class folder cannot be read);
 * LEUKO_ERROR_DATA (no class folders, no images, an image name that is not UTF-8). */
LeukoLayout *leuko_layout_read_classes(const char *path, GError **error);

/* Read either layout: images in one folder if `path` itself holds images, else a folder per class.
 * labels  CSV table file,class for images in one folder, or NULL
 * Errors  as above; LEUKO_ERROR_DATA (an image without a class), LEUKO_ERROR_FORMAT (the table) */
LeukoLayout *leuko_layout_read(const char *path, const char *labels, GError **error);

void leuko_layout_free(LeukoLayout *layout); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoLayout, leuko_layout_free)
