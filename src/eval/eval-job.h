/* eval/eval-job.h: an evaluation in parts, for commands that evaluate a model on the same images
 * more than once.
 *
 * Threads: one at a time.
 */
#pragma once
#include "answer/classifier.h"
#include "data/loader.h"
#include "eval/eval.h"

G_BEGIN_DECLS

typedef struct LeukoEvalJob LeukoEvalJob;

/* Open the model and the data, and match their classes. The strings and `options` are borrowed
 * until the job is freed.
 * n_images  evaluate a sample of so many images, 0: all (eval/sample.h)
 * seed      of the sample
 * Errors: those of leuko_eval_run(). */
LeukoEvalJob *leuko_eval_job_open(const char *model_path, const char *data_path,
                                  const LeukoEvalOptions *options, guint n_images, guint64 seed,
                                  LeukoReporter reporter, GError **error);
void leuko_eval_job_free(LeukoEvalJob *job); /* NULL does nothing; results stay valid */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoEvalJob, leuko_eval_job_free)

/* Evaluate the images as leuko_eval_run() does: with warnings, and a record in the ledger. */
LeukoEvalResult *leuko_eval_job_run(LeukoEvalJob *job, GCancellable *cancellable,
                                    LeukoReporter reporter, GError **error);

typedef struct {
    LeukoTransformFunc transform;
    gpointer transform_data;
    const char *phase; /* of the progress */
} LeukoEvalChange;

/* Evaluate changed images: without warnings and without the ledger, as the images are the same. */
LeukoEvalResult *leuko_eval_job_run_changed(LeukoEvalJob *job, const LeukoEvalChange *change,
                                            GCancellable *cancellable, LeukoReporter reporter,
                                            GError **error);
/* The figures of answers that were computed before.
 * probabilities  (N, K); scores (N): copied */
LeukoEvalResult *leuko_eval_job_recall(LeukoEvalJob *job, const double *probabilities,
                                       const double *scores, GError **error);

/* What leuko_evaluate() takes for a result of this job; borrows from both. */
LeukoEvalInput leuko_eval_job_input(const LeukoEvalJob *job, const LeukoEvalResult *result);
/* Whether the model refers images to a person; and if so which of a result: (N), g_free. */
gboolean leuko_eval_job_refers(const LeukoEvalJob *job);
gboolean *leuko_eval_job_referred(const LeukoEvalJob *job, const LeukoEvalResult *result);

LeukoDataset *leuko_eval_job_dataset(const LeukoEvalJob *job);       /* borrowed; of the sample */
LeukoClassifier *leuko_eval_job_classifier(const LeukoEvalJob *job); /* borrowed */
const char *leuko_eval_job_split(const LeukoEvalJob *job); /* NULL: all images of a folder */
guint leuko_eval_job_n_all(const LeukoEvalJob *job);       /* images before the sample */

G_END_DECLS
