/* data/sort-plan.h: which image goes to which split: what the parts of leuko_sort() share. */
#pragma once
#include "data/catalog.h"
#include "data/duplicates.h"
#include "leuko/sort.h"

enum { LEUKO_LEFT_OUT = -1 };

typedef struct {
    const LeukoCatalog *catalog; /* inspected */
    const LeukoSortOptions *options;
    guint *unit;      /* (items) images with the same number stay in one split */
    gint *split;      /* (items) LEUKO_TRAIN to LEUKO_TEST, or LEUKO_LEFT_OUT */
    const char **why; /* (items) why an image is left out, else NULL; borrowed */
    const LeukoDuplicates *duplicates;
    LeukoSortResult *result;
} LeukoSortPlan;

/* Give every original the split of its folder, after a check that no group, no source and no image
 * is in two of them. Errors: LEUKO_ERROR_GATE (their number and the first ten);
 * LEUKO_ERROR_ARGUMENT (the options divide anew; an allowed leak that is none). */
gboolean leuko_sort_keep_splits(LeukoSortPlan *plan, GError **error);

/* A line for each split that misses its wanted share of the originals by more than a fifth, with
 * the largest unit as the reason; g_strfreev. */
GStrv leuko_sort_describe_shares(const LeukoSortPlan *plan);

/* Write excluded.csv (file, reason): every file below the input folder that is in no split.
 * Errors: LEUKO_ERROR_IO. */
gboolean leuko_sort_write_excluded(const LeukoSortPlan *plan, const char *folder, GError **error);

/* Write sort.json. Errors: LEUKO_ERROR_IO. */
gboolean leuko_sort_save_options(const LeukoSortPlan *plan, const char *folder, GError **error);
