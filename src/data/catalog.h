/* data/catalog.h: every image below a folder, with what check and sort must know of it.
 *
 * A catalog is made in two steps: names (fast), then, if asked, a look at every file (decoding,
 * digests), on several threads.
 *
 * Which image is a copy of which: told by augment.csv if the folder has one; else by the
 * original's file names (Gray-, Hist-, Hor-, Ver-, Gaus-, Trans-, Shear-, DEGREES-I-) where another
 * image of the class has the name behind the prefix. A copy has its source's group.
 */
#pragma once
#include "image/phash.h"
#include "leuko/progress.h"
#include <gio/gio.h>

typedef struct {
    gchar *file;   /* relative, "class/name.jpg" */
    gchar *source; /* relative name of the original; a file's own name if it is one */
    gchar *group;  /* "" not known */
    gint label;
    gboolean is_copy;
    /* after leuko_catalog_inspect(): */
    gchar *problem;     /* why it cannot be read, one line, or NULL */
    gchar *sha256;      /* 64 hex digits, of the file */
    const char *format; /* "jpeg", ...; static */
    guint width, height;
    gsize n_bytes;
    LeukoPhashes phashes;
} LeukoItem;

typedef struct {
    gchar *root;
    GStrv classes;
    guint n_classes;
    GPtrArray *items; /* of LeukoItem, by class, then by name */
    gboolean has_groups, has_copies;
    guint n_not_utf8; /* images of a flat folder that are passed over for their names */
} LeukoCatalog;

typedef struct {
    const char *group_by; /* regular expression over the source's relative name, or NULL */
    const char *groups;   /* CSV file,group, or NULL; `file` relative or the bare file name */
    const char *labels;   /* CSV file,class for a folder without class folders, or NULL */
} LeukoCatalogOptions;

/* A folder per class; or images in one folder, labeled by `labels` or, as ALL-IDB does, by the
 * digit before the extension (Im001_1.jpg); those whose names are not UTF-8 are counted only. Errors: LEUKO_ERROR_IO, LEUKO_ERROR_DATA,
 * LEUKO_ERROR_ARGUMENT, LEUKO_ERROR_FORMAT (CSV files). */
LeukoCatalog *leuko_catalog_new(const char *path, const LeukoCatalogOptions *options,
                                GError **error);
void leuko_catalog_free(LeukoCatalog *catalog);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoCatalog, leuko_catalog_free)

/* Read and decode every image, and report those that were passed over. One that cannot be read gets its `problem` and is no error here.
 * Errors: LEUKO_ERROR_CANCELLED. */
gboolean leuko_catalog_inspect(LeukoCatalog *catalog, guint n_threads, GCancellable *cancellable,
                               LeukoReporter reporter, GError **error);
guint leuko_catalog_n_problems(const LeukoCatalog *catalog);

typedef struct {
    guint a, b;     /* indices of items, a < b */
    gboolean exact; /* the same bytes; else the same image to the eye */
    guint distance; /* bits of the perceptual hash */
} LeukoTwin;

/* Pairs of originals (copies are passed over) that are the same image: same bytes, or hashes at
 * most LEUKO_PHASH_NEAR apart in any orientation. In order of a, then b; array of LeukoTwin.
 * Cost: n^2 / 2 comparisons of 8 words, about 2 ns each. */
GArray *leuko_catalog_twins(const LeukoCatalog *catalog);
