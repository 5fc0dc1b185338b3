#include "answer/classifier.h"
#include "answer/record.h"
#include "base/error.h"
#include "base/threads.h"
#include <string.h>

/* A batch of files. There are two: the network runs one while threads decode the other. */
typedef struct {
    guint n;
    const char *const *paths;
    const gint *truth; /* (n), or NULL */
    float *x_nchw;     /* (batch, 3, S, S) */
    GError **errors;   /* (batch), of unreadable files */
} Batch;

typedef struct {
    LeukoClassifier *classifier;
    const LeukoModel *model;
    guint size;         /* files of a batch */
    gsize image_floats; /* 3 x S x S */
    Batch batches[2];
    Batch *filling;        /* the batch that threads decode */
    double *probabilities; /* (batch, K) */
    double *scores;        /* (batch) */
    guint n_pending;       /* files of `filling` that are not decoded yet */
    GMutex lock;
    GCond filled;
    const char *const *paths; /* (n_paths) */
    const gint *truth;        /* (n_paths), or NULL */
    guint n_paths;
    LeukoAnswerFunc func;
    gpointer user_data;
} Job;

static void decode_one(gpointer data, gpointer user_data)
{
    Job *job = user_data;
    guint i = GPOINTER_TO_UINT(data) - 1;
    Batch *b = job->filling;
    g_autoptr(LeukoImage) image = leuko_image_load(b->paths[i], &b->errors[i]);
    if (image)
        leuko_preprocess_apply(&job->model->preprocess, image, b->x_nchw + i * job->image_floats,
                               &b->errors[i]);
    g_mutex_lock(&job->lock);
    if (--job->n_pending == 0)
        g_cond_signal(&job->filled);
    g_mutex_unlock(&job->lock);
}

/* Decode the n files of a batch from `start` on. */
static void start_filling(Job *job, GThreadPool *pool, Batch *b, guint start)
{
    guint n = MIN(job->size, job->n_paths - start);
    job->filling = b;
    job->n_pending = n;
    b->paths = job->paths + start;
    b->truth = job->truth ? job->truth + start : NULL;
    b->n = n;
    for (guint i = 0; i < n; i++)
        g_thread_pool_push(pool, GUINT_TO_POINTER(i + 1), NULL);
}

static void wait_filled(Job *job)
{
    g_mutex_lock(&job->lock);
    while (job->n_pending > 0)
        g_cond_wait(&job->filled, &job->lock);
    g_mutex_unlock(&job->lock);
}

/* Move the readable images to the front of the batch; returns their number. */
static guint pack(const Job *job, Batch *b)
{
    guint n_good = 0;
    for (guint i = 0; i < b->n; i++) {
        if (b->errors[i])
            continue;
        if (n_good != i)
            memcpy(b->x_nchw + n_good * job->image_floats, b->x_nchw + i * job->image_floats,
                   job->image_floats * sizeof(float));
        n_good++;
    }
    return n_good;
}

/* Run a decoded batch and pass its answers to the caller in order. */
static gboolean answer_batch(Job *job, Batch *b, GError **error)
{
    guint n_good = pack(job, b), n_classes = job->model->spec.n_classes;
    gint64 start_us = g_get_monotonic_time();
    if (n_good > 0 && !leuko_session_measure(leuko_classifier_session(job->classifier), b->x_nchw,
                                             n_good, job->probabilities, job->scores, error))
        return FALSE;
    double seconds = (double)(g_get_monotonic_time() - start_us) / 1e6 / MAX(n_good, 1);
    const double *next = job->probabilities, *score = job->scores;
    for (guint i = 0; i < b->n; i++) {
        g_autoptr(LeukoAnswer) a = leuko_answer_new(job->model, b->paths[i]);
        if (b->truth)
            a->truth = b->truth[i];
        if (b->errors[i]) {
            a->error = g_steal_pointer(&b->errors[i]);
        } else {
            leuko_answer_decide(a, job->model, next, *score++,
                                leuko_classifier_threshold(job->classifier),
                                leuko_classifier_options(job->classifier)->low_confidence);
            a->seconds = seconds;
            next += n_classes;
        }
        if (!job->func(a, job->user_data, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean answer_all(Job *job, GThreadPool *pool, GCancellable *cancellable, GError **error)
{
    guint which = 0;
    gboolean ok = TRUE;
    start_filling(job, pool, &job->batches[0], 0);
    for (guint start = 0; ok && start < job->n_paths; start += job->size, which ^= 1) {
        wait_filled(job);
        if (start + job->size < job->n_paths)
            start_filling(job, pool, &job->batches[which ^ 1], start + job->size);
        ok = !leuko_is_cancelled(cancellable, error) &&
             answer_batch(job, &job->batches[which], error);
    }
    wait_filled(job);
    return ok;
}

static gboolean job_init(Job *job, GError **error)
{
    job->image_floats = (gsize)LEUKO_CHANNELS * job->model->spec.side_px * job->model->spec.side_px;
    g_mutex_init(&job->lock);
    g_cond_init(&job->filled);
    job->probabilities = g_new(double, (gsize)job->size * job->model->spec.n_classes);
    job->scores = g_new(double, job->size);
    gboolean ok = TRUE;
    for (guint i = 0; i < 2; i++) {
        job->batches[i].errors = g_new0(GError *, job->size);
        job->batches[i].x_nchw = g_try_malloc_n(job->size, job->image_floats * sizeof(float));
        ok &= job->batches[i].x_nchw != NULL;
    }
    if (!ok)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                    "no memory for two batches of %u images", job->size);
    return ok;
}

static void job_clear(Job *job)
{
    for (guint i = 0; i < 2; i++) {
        for (guint k = 0; k < job->size; k++)
            g_clear_error(&job->batches[i].errors[k]);
        g_free(job->batches[i].errors);
        g_free(job->batches[i].x_nchw);
    }
    g_free(job->probabilities);
    g_free(job->scores);
    g_mutex_clear(&job->lock);
    g_cond_clear(&job->filled);
}

gboolean leuko_classifier_classify_known(LeukoClassifier *c, const char *const *paths,
                                         const gint *truth, guint n_paths, LeukoAnswerFunc func,
                                         gpointer user_data, GCancellable *cancellable,
                                         GError **error)
{
    const LeukoClassifierOptions *o = leuko_classifier_options(c);
    if (n_paths == 0) {
        g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "no images to classify");
        return FALSE;
    }
    Job job = {.classifier = c,
               .model = leuko_classifier_model(c),
               .size = MIN(o->batch, n_paths),
               .paths = paths,
               .truth = truth,
               .n_paths = n_paths,
               .func = func,
               .user_data = user_data};
    guint n_threads = o->n_threads ? o->n_threads : g_get_num_processors();
    GThreadPool *pool =
        job_init(&job, error) ? leuko_threads_pool(decode_one, &job, n_threads, error) : NULL;
    gboolean ok = pool && answer_all(&job, pool, cancellable, error);
    if (pool)
        g_thread_pool_free(pool, FALSE, TRUE);
    job_clear(&job);
    return ok;
}

gboolean leuko_classifier_classify_files(LeukoClassifier *c, const char *const *paths,
                                         guint n_paths, LeukoAnswerFunc func, gpointer user_data,
                                         GCancellable *cancellable, GError **error)
{
    return leuko_classifier_classify_known(c, paths, NULL, n_paths, func, user_data, cancellable,
                                           error);
}
