/* leuko/run.h: from a folder of labeled images to a model with honest figures, in one call.
 *
 *     g_autoptr(GError) error = NULL;
 *     g_autoptr(LeukoRun) run =
 *         leuko_run("cells", "answer", NULL, NULL, (LeukoReporter){0}, &error);
 *     if (run)
 *         puts("see answer/report/report.html");
 *
 * The stages, each the same as one command of the program:
 *   check     reads every file: OUT/check.json
 *   sort      divides the images by group: OUT/shards
 *   train     fits a head on the features of the network: OUT/model.safetensors
 *   crossval  measures the recipe, with whole groups held out: OUT/crossval.json, OUT/crossval.csv,
 *             in OUT/crossval what finished folds gave, and OUT/report, a page for a reader that
 *             names all these commands
 *   compile   makes the model ready to run: OUT/AML.graph
 * OUT/run.json holds the commands, which of them are finished, and notes; OUT/commands.txt the
 * commands alone.
 * Unreadable files and duplicates with contradicting classes are left out, and OUT/check.json and
 * OUT/shards/excluded.csv name them. If the data cannot carry a model, the job stops with one
 * sentence that says why.
 * A run that was ended at any moment goes on: finished stages are kept, unfinished ones are done
 * again. The test split of folders that give splits is not opened.
 * Threads: a result is constant; any thread may read it.
 */
#pragma once
#include "leuko/progress.h"
#include "leuko/run-types.h"
#include <gio/gio.h>

G_BEGIN_DECLS

LeukoRunOptions leuko_run_options_default(void);

typedef struct LeukoRun LeukoRun;

/* Run all stages that are not finished.
 * data     a folder of images in any layout of leuko/dataset.h
 * out      a new or empty folder, or that of an earlier call with the same data and options
 * options  NULL: leuko_run_options_default()
 * Returns a new result, free with leuko_run_free(); NULL on an error.
 * Errors  LEUKO_ERROR_DATA      the data cannot carry a model: fewer than two classes, too few
 *                               images or groups of a class, no classes; or the data have changed
 *                               since `out` was begun
 *         LEUKO_ERROR_GATE      folders whose splits share groups or images
 *         LEUKO_ERROR_ARGUMENT  `out` holds other files, or finished stages with other options
 *         LEUKO_ERROR_CANCELLED the same call goes on
 *         LEUKO_ERROR_IO        also if another process works in `out`
 *         those of leuko_sort(), leuko_train_head(), leuko_crossval_run(), leuko_compile_run() */
LeukoRun *leuko_run(const char *data, const char *out, const LeukoRunOptions *options,
                    GCancellable *cancellable, LeukoReporter reporter, GError **error);
void leuko_run_free(LeukoRun *run); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoRun, leuko_run_free)

/* The commands of the program that give the same files, for a shell, in order; NULL-terminated.
 * Each writes into `out`, which must not hold its files yet. */
const gchar *const *leuko_run_commands(const LeukoRun *run);
/* What a reader of the figures must know, NULL-terminated. */
const gchar *const *leuko_run_notes(const LeukoRun *run);
/* How many of the stages an earlier call had finished. */
guint leuko_run_n_kept(const LeukoRun *run);

G_END_DECLS
