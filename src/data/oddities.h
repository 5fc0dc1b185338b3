/* data/oddities.h: what a person should look at in the images of an inspected catalog: images that
 * cannot be a cell (data/pixel-check.h), and what the decoders noted (LeukoImageNotes). */
#pragma once
#include "data/catalog.h"
#include "leuko/progress.h"

typedef struct {
    gchar *what;      /* "nearly black", "pages not used: 2 of 3", ... */
    GPtrArray *files; /* of const gchar *: relative names, in the order of the items; borrowed */
} LeukoOddity;

/* Readable originals with the same finding, together; in the order of the first files. Colorless
 * images count only where at most half of the images are. Returns an array of LeukoOddity *, free
 * with g_ptr_array_unref(). */
GPtrArray *leuko_catalog_find_oddities(const LeukoCatalog *catalog);

/* Report each, phase "reading", as a warning with its number of images and one of them. */
void leuko_catalog_report_oddities(const LeukoCatalog *catalog, LeukoReporter reporter);
