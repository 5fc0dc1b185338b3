/* leuko/explain-set.h: heat maps of a whole data set: their mean by class, the worst mistakes and
 * the most doubtful answers.
 *
 * Threads: a result is constant; any thread may read it.
 */
#pragma once
#include "leuko/explain.h"
#include "leuko/folder.h"
#include "leuko/progress.h"

G_BEGIN_DECLS

#define LEUKO_EXPLAIN_MAX_SHEET 60

/* Start from leuko_explain_set_options_default(); later versions may add members. */
typedef struct {
    LeukoExplainOptions explain;
    const char *split; /* of shards, or of a folder with splits; NULL: validation, else test */
    LeukoFolderOptions folder; /* how to read a folder of images; not for shards */
    double alpha;              /* opacity of the strongest heat, 0 to 1 */
    guint n_sheet;             /* images on a sheet, 1 to LEUKO_EXPLAIN_MAX_SHEET */
    const char *command;       /* text for the ledger; NULL: "leuko_explain_set_run" */
} LeukoExplainSetOptions;
/* LEUKO_EXPLAIN_ALPHA, 12 images on a sheet. */
LeukoExplainSetOptions leuko_explain_set_options_default(void);

/* The images of one true class. Each map explains the true class. */
typedef struct {
    guint n, n_wrong;
    guint n_cells;    /* images in which a cell was found: those of the figures below */
    double ratio;     /* median of heat inside the cell / outside; NAN: no cell */
    guint n_peaks_in; /* images whose map has its peak inside the cell */
} LeukoExplainClass;

typedef struct LeukoExplainSet LeukoExplainSet;

/* Explain every image of a data set and write into the new folder `out`, which appears whole or not
 * at all:
 *   mean-CLASS.png  the mean image of the class under its mean map
 *   mistakes.png    the wrong answers of the largest probability
 *   doubtful.png    the answers that are nearest to another class: the smallest difference between
 *                   the two largest probabilities; with a threshold, the smallest distance from it
 *                   as a share of the way to 0 or 1
 *   explain.csv     one row per image: file, truth, answer, probability, ratio, peak_inside
 * The test split of shards is recorded in its ledger, as by leuko_eval_run().
 * Errors: those of leuko_explainer_open(); LEUKO_ERROR_DATA: the model lacks a class of the data;
 * LEUKO_ERROR_ARGUMENT: an option is out of its range, `out` exists; an unreadable image is an
 * error; LEUKO_ERROR_IO, LEUKO_ERROR_CANCELLED. */
LeukoExplainSet *leuko_explain_set_run(const char *model_path, const char *data_path,
                                       const char *out, const LeukoExplainSetOptions *options,
                                       GCancellable *cancellable, LeukoReporter reporter,
                                       GError **error);
void leuko_explain_set_free(LeukoExplainSet *set); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoExplainSet, leuko_explain_set_free)

guint leuko_explain_set_n_images(const LeukoExplainSet *set);
guint leuko_explain_set_n_classes(const LeukoExplainSet *set);
const char *leuko_explain_set_class_name(const LeukoExplainSet *set, guint index); /* borrowed */
/* Class 0..K-1, or -1: all images. */
void leuko_explain_set_class(const LeukoExplainSet *set, gint index, LeukoExplainClass *out);
/* TRUE: class activation maps; FALSE: gradient-weighted maps. */
gboolean leuko_explain_set_is_exact(const LeukoExplainSet *set);
const char *leuko_explain_set_endpoint(const LeukoExplainSet *set);
/* NULL: all images of a folder. */
const char *leuko_explain_set_split(const LeukoExplainSet *set);
/* A JSON object, g_free: "model", "data", "split", "endpoint", "method", "images", "classes": by
 * name {"images", "wrong", "cells", "ratio", "peak_inside"}, "all": the same; "doubt": why the maps
 * do not show where the evidence lies, or null; "notice". */
gchar *leuko_explain_set_to_json(const LeukoExplainSet *set);

G_END_DECLS
