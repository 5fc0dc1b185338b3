/* study/crossval-folds.h: divides units of images into the folds of a cross-validation. */
#pragma once
#include "leuko/crossval-types.h"

G_BEGIN_DECLS

typedef struct {
    guint repeat, index; /* from 0 */
    guint n_units;
    guint *units; /* (n_units) that are held out, rising */
} LeukoFold;

/* What is divided; all borrowed. */
typedef struct {
    LeukoHoldOut hold_out;
    guint n_folds; /* as in LeukoCrossvalOptions */
    guint n_repeats;
    guint64 seed;
    guint n, n_units, n_classes;
    gint positive;
    const gchar *const *classes;    /* names, for messages */
    const gchar *const *unit_names; /* (n_units), for messages */
    gboolean has_groups;            /* units are groups, for messages */
    const guint *unit;              /* (n) */
    const gint *labels;             /* (n) */
    const gboolean *scored;         /* (n) */
} LeukoFoldPlan;

/* The folds of all repeats, in order; g_ptr_array_unref. Within a repeat every unit is held out
 * once; with LEUKO_HOLD_OUT_PAIR, every pair of a positive and a negative unit.
 * n_folds  out: the folds of a repeat
 * Errors: LEUKO_ERROR_DATA, LEUKO_ERROR_ARGUMENT, as leuko_crossval_run(). */
GPtrArray *leuko_crossval_folds_make(const LeukoFoldPlan *plan, guint *n_folds, GError **error);

/* The number of units with scored images of each class: (n_classes), g_free. */
guint *leuko_crossval_count_units(const LeukoFoldPlan *plan);

G_END_DECLS
