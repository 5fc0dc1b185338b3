/* data/catalog-types.h: the data of a catalog (data/catalog.h). */
#pragma once
#include "data/layout.h"
#include "data/pixel-check.h"
#include "data/shards.h"
#include "leuko/split.h"

typedef struct {
    /* borrowed from the layout or from `strings` of the catalog: */
    gchar *file;   /* relative, "class/name.jpg" */
    gchar *source; /* relative name of the original image; an original's own name */
    gchar *group;  /* "" when not known */
    gint label;    /* -1: the images have no classes */
    gint split;    /* LeukoSplit that its folder gives, or -1 */
    gboolean is_copy;
    guint record; /* of its split's shards, if the catalog is of shards */
    gboolean
        is_described; /* sha256 (a digest of the pixels), phash and centered are from a shard */
    /* set by leuko_catalog_inspect(): */
    gchar *problem;     /* why the image is unreadable, one line; NULL if it is readable */
    gchar *sha256;      /* 64 hex digits, of the file */
    const char *format; /* "jpeg", ...; static */
    guint width, height;
    gsize n_bytes;
    LeukoPhash phash;
    LeukoCentered centered;
    LeukoFingerprint fingerprint; /* if the catalog wants them */
    LeukoPixelKind pixels;
    LeukoImageNotes *notes; /* NULL: the decoder noted nothing */
} LeukoItem;

typedef struct {
    gchar *root;
    LeukoLayout *layout; /* owned; its walk holds the skipped files */
    gchar *text;         /* the layout, and where classes and groups come from: one line */
    GPtrArray
        *notes; /* of gchar *: what a person should know of the names, one line each, then NULL */
    GStrv classes; /* in byte order */
    guint n_classes;
    GPtrArray *items;      /* of LeukoItem, by class, then by name */
    GStringChunk *strings; /* each once: groups, and sources that are no file of the layout */
    gboolean has_groups, has_copies, has_splits;
    gboolean classes_by_digits;  /* "0" and "1", from the names of the images */
    gboolean wants_fingerprints; /* of leuko_catalog_inspect(); FALSE at first */
    gboolean keeps_described;    /* it skips images that are described already; FALSE at first */
    LeukoShardSet *shards[LEUKO_N_SPLITS]; /* of a catalog of shards (data/shard-catalog.h) */
} LeukoCatalog;

static inline LeukoItem *leuko_catalog_item(const LeukoCatalog *catalog, guint i)
{
    return catalog->items->pdata[i];
}
