/* study/crossval-data.h: the images of a cross-validation, and which of them belong together. */
#pragma once
#include "data/ledger.h"
#include "leuko/crossval-types.h"
#include "leuko/dataset.h"
#include "leuko/progress.h"
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
    LeukoDataset *dataset; /* n records: the splits, one behind the other */
    guint n, n_scored, n_units, n_classes;
    gint positive; /* class, or -1 */
    GStrv splits;  /* that were opened; NULL: all images of a folder without splits */
    gboolean has_groups, test_opened;
    gint *labels;                   /* (n) */
    const char **groups, **sources; /* (n), borrowed from the data set */
    /* (n) for inner folds: the unit's name where the group is known, else ""; the unit's number as
     * a text. Borrowed from `names` and `numbers` */
    const char **inner_groups, **inner_sources;
    guint *unit;        /* (n) 0..n_units-1: records of one unit are always on the same side */
    GPtrArray *names;   /* (n_units) of gchar *: the groups of a unit, or the first file */
    GPtrArray *numbers; /* (n_units) of gchar * */
    gboolean *scored;   /* (n) FALSE: an augmented copy, which is only trained on */
    GPtrArray *notes;   /* of gchar *: what a reader of the figures must know */
} LeukoCrossvalData;

/* Open the data and find the units: a unit holds whole groups, all augmented copies of a
 * source, and all copies of an image (image/copies.h).
 * options  positive "": none is looked for
 * Errors: as leuko_crossval_run(). */
LeukoCrossvalData *leuko_crossval_data_open(const char *path, const LeukoCrossvalOptions *options,
                                            LeukoReporter reporter, GCancellable *cancellable,
                                            GError **error);
void leuko_crossval_data_free(LeukoCrossvalData *data); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoCrossvalData, leuko_crossval_data_free)

/* Add a note, and report it as a line. */
void leuko_crossval_note(LeukoCrossvalData *data, LeukoReporter reporter, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

G_END_DECLS
