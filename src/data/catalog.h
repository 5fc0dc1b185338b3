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
#include "data/layout.h"
#include "image/phash.h"

typedef struct {
    gchar *file;   /* relative, "class/name.jpg" */
    gchar *source; /* relative name of the original image; an original's own name */
    gchar *group;  /* "" when not known */
    gint label;
    gboolean is_copy;
    /* set by leuko_catalog_inspect(): */
    gchar *problem;     /* why the image is unreadable, one line; NULL if it is readable */
    gchar *sha256;      /* 64 hex digits, of the file */
    const char *format; /* "jpeg", ...; static */
    guint width, height;
    gsize n_bytes;
    LeukoPhashes phashes;
} LeukoItem;

typedef struct {
    gchar *root;
    LeukoLayout *layout; /* owned; its walk holds the skipped files */
    GStrv classes;       /* of the layout */
    guint n_classes;
    GPtrArray *items; /* of LeukoItem, by class, then by name */
    gboolean has_groups, has_copies;
} LeukoCatalog;

typedef struct {
    const char *group_by; /* regular expression over the source's relative name, or NULL */
    const char *groups;   /* CSV table file,group, or NULL */
    const char *labels;   /* CSV table file,class for images in one folder, or NULL */
} LeukoCatalogOptions;

/* Errors: LEUKO_ERROR_IO; LEUKO_ERROR_DATA (no images; an image without a class or a group);
 * LEUKO_ERROR_ARGUMENT (the expression); LEUKO_ERROR_FORMAT (a CSV table). */
LeukoCatalog *leuko_catalog_new(const char *path, const LeukoCatalogOptions *options,
                                GError **error);
void leuko_catalog_free(LeukoCatalog *catalog); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoCatalog, leuko_catalog_free)
