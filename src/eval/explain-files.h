/* eval/explain-files.h: explain image files and write a figure of each. */
#pragma once
#include "leuko/explain.h"
#include "leuko/progress.h"

/* Sees each explanation; it is borrowed for the call. figure: the file that was written. */
typedef void (*LeukoExplainedFunc)(const LeukoExplanation *explanation, const char *figure,
                                   gpointer user_data);

/* paths  image files, n of them, at least 1
 * out    a file ending in .png, for one image; else a new folder, which appears whole or not at
 *        all and gets NAME.png of NAME.jpg (NAME-2.png, ... of images with one name)
 * Errors: LEUKO_ERROR_ARGUMENT (a .png for several images; `out` exists); those of
 * leuko_image_load(), leuko_explainer_explain(), leuko_explanation_figure(); LEUKO_ERROR_IO;
 * LEUKO_ERROR_CANCELLED. */
gboolean leuko_explain_files(LeukoExplainer *explainer, const char *const *paths, guint n,
                             gint class_index, double alpha, const char *out,
                             LeukoExplainedFunc func, gpointer user_data, GCancellable *cancellable,
                             LeukoReporter reporter, GError **error);
