#include "answer/classifier.h"
#include "answer/runnable.h"
#include "answer/soften.h"
#include "answer/stick.h"
#include "data/loader.h"
#include "leuko/error.h"
#include "stats/metrics.h"
#include <math.h>
#include <string.h>

struct LeukoClassifier {
    LeukoRunnable *run; /* or */
    LeukoStick *stick;
    const LeukoModel *model; /* theirs */
    LeukoPlan *plan;         /* run's; NULL with a stick */
    LeukoClassifierOptions options;
    double threshold;
};

static gboolean choose_threshold(LeukoClassifier *c, const char *path, GError **error)
{
    c->threshold = c->model->threshold;
    if (isnan(c->options.threshold))
        return TRUE;
    if (c->model->positive < 0 || c->model->spec.n_classes != 2) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: a threshold needs two classes and a positive one", path);
        return FALSE;
    }
    if (!(c->options.threshold > 0 && c->options.threshold < 1)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "threshold %g: must be between 0 and 1", c->options.threshold);
        return FALSE;
    }
    c->threshold = c->options.threshold;
    return TRUE;
}

LeukoClassifier *leuko_classifier_open(const char *path, const LeukoClassifierOptions *options,
                                       GError **error)
{
    g_autoptr(LeukoClassifier) c = g_new0(LeukoClassifier, 1);
    c->options = *options;
    LeukoPlanOptions plan = {options->precision, options->batch, options->n_threads};
    c->run = leuko_runnable_open(path, &plan, error);
    if (!c->run)
        return NULL;
    c->model = c->run->model;
    c->plan = c->run->plan;
    return choose_threshold(c, path, error) ? g_steal_pointer(&c) : NULL;
}

LeukoClassifier *leuko_classifier_open_stick(const char *path,
                                             const LeukoClassifierOptions *options, GError **error)
{
    g_autoptr(LeukoClassifier) c = g_new0(LeukoClassifier, 1);
    c->options = *options;
    c->stick = leuko_stick_open(path, error);
    if (!c->stick)
        return NULL;
    c->model = leuko_stick_model(c->stick);
    return choose_threshold(c, path, error) ? g_steal_pointer(&c) : NULL;
}

void leuko_classifier_free(LeukoClassifier *c)
{
    if (!c)
        return;
    leuko_runnable_free(c->run);
    leuko_stick_free(c->stick);
    g_free(c);
}

const LeukoModel *leuko_classifier_model(const LeukoClassifier *c) { return c->model; }

LeukoPrecision leuko_classifier_precision(const LeukoClassifier *c)
{
    return c->run ? c->run->precision : LEUKO_FP32;
}

const char *leuko_classifier_note(const LeukoClassifier *c) { return c->run ? c->run->note : NULL; }

const char *leuko_classifier_digest(LeukoClassifier *c)
{
    return c->run ? leuko_runnable_digest(c->run) : NULL;
}

double leuko_classifier_threshold(const LeukoClassifier *c) { return c->threshold; }

/* One after the other: the stick takes single images. */
static gboolean run_stick(LeukoClassifier *c, guint n, const float *x_nchw, double *probabilities,
                          GError **error)
{
    guint n_classes = c->model->spec.n_classes;
    gsize image = (gsize)LEUKO_CHANNELS * c->model->spec.side_px * c->model->spec.side_px;
    g_autofree float *logits = g_new(float, n_classes);
    for (guint i = 0; i < n; i++) {
        if (!leuko_stick_run(c->stick, x_nchw + i * image, logits, error))
            return FALSE;
        leuko_soften(logits, n_classes, c->model->temperature,
                     probabilities + (gsize)i * n_classes);
    }
    return TRUE;
}

gboolean leuko_classifier_run(LeukoClassifier *c, guint n, const float *x_nchw,
                              double *probabilities, GError **error)
{
    guint n_classes = c->model->spec.n_classes, side = c->model->spec.side_px;
    gsize image_floats = (gsize)LEUKO_CHANNELS * side * side;
    if (c->stick)
        return run_stick(c, n, x_nchw, probabilities, error);
    for (guint start = 0; start < n; start += c->options.batch) {
        guint now = MIN(c->options.batch, n - start);
        if (!leuko_plan_run(c->plan, now, x_nchw + start * image_floats, error))
            return FALSE;
        const float *logits = leuko_plan_logits(c->plan); /* (now, K) */
        for (guint i = 0; i < now; i++)
            leuko_soften(logits + (gsize)i * n_classes, n_classes, c->model->temperature,
                         probabilities + (gsize)(start + i) * n_classes);
    }
    return TRUE;
}

gboolean leuko_classifier_run_dataset(LeukoClassifier *c, LeukoDataset *dataset,
                                      double *probabilities, GCancellable *cancellable,
                                      LeukoReporter reporter, GError **error)
{
    LeukoLoaderOptions options = {.batch = c->options.batch, .n_threads = c->options.n_threads};
    g_autoptr(LeukoLoader) loader =
        leuko_loader_new(dataset, NULL, 0, &c->model->preprocess, &options, cancellable, error);
    if (!loader)
        return FALSE;
    guint done = 0, n = leuko_dataset_n_records(dataset);
    g_autoptr(GError) failed = NULL;
    LeukoBatch batch;
    while (leuko_loader_next(loader, &batch, &failed)) {
        if (!leuko_classifier_run(c, batch.n, batch.x_nchw,
                                  probabilities + (gsize)done * c->model->spec.n_classes, error))
            return FALSE;
        done += batch.n;
        leuko_report(reporter, "classifying", done, n, "images", NULL);
    }
    if (failed)
        g_propagate_error(error, g_steal_pointer(&failed));
    return done == n;
}

/* Two sets of slots: one is decoded into while the engine runs the other. */
typedef struct {
    guint n;
    const char *const *paths;
    float *x_nchw;   /* (batch, 3, S, S) */
    GError **errors; /* (batch) */
} Slots;

typedef struct {
    LeukoClassifier *classifier;
    Slots *slots; /* being filled */
    guint pending;
    GMutex lock;
    GCond filled;
} Decoder;

static gsize image_floats(const LeukoClassifier *c)
{
    return (gsize)LEUKO_CHANNELS * c->model->spec.side_px * c->model->spec.side_px;
}

static void decode_slot(gpointer data, gpointer user_data)
{
    Decoder *d = user_data;
    guint i = GPOINTER_TO_UINT(data) - 1;
    Slots *s = d->slots;
    g_autoptr(LeukoImage) image = leuko_image_load(s->paths[i], &s->errors[i]);
    if (image)
        leuko_preprocess_apply(&d->classifier->model->preprocess, image,
                               s->x_nchw + i * image_floats(d->classifier), &s->errors[i]);
    g_mutex_lock(&d->lock);
    if (--d->pending == 0)
        g_cond_signal(&d->filled);
    g_mutex_unlock(&d->lock);
}

static void start_filling(Decoder *d, GThreadPool *pool, Slots *s, const char *const *paths,
                          guint n)
{
    d->slots = s;
    d->pending = n;
    s->paths = paths;
    s->n = n;
    for (guint i = 0; i < n; i++)
        g_thread_pool_push(pool, GUINT_TO_POINTER(i + 1), NULL);
}

static void wait_filled(Decoder *d)
{
    g_mutex_lock(&d->lock);
    while (d->pending > 0)
        g_cond_wait(&d->filled, &d->lock);
    g_mutex_unlock(&d->lock);
}

/* Run the readable images of a set, moved together, and tell the answers in order. */
static gboolean answer_slots(LeukoClassifier *c, Slots *s, double *probabilities,
                             LeukoAnswerFunc func, gpointer user_data, GError **error)
{
    guint n_good = 0, n_classes = c->model->spec.n_classes;
    for (guint i = 0; i < s->n; i++)
        if (!s->errors[i]) {
            if (n_good != i)
                memcpy(s->x_nchw + n_good * image_floats(c), s->x_nchw + i * image_floats(c),
                       image_floats(c) * sizeof(float));
            n_good++;
        }
    gint64 start_us = g_get_monotonic_time();
    if (!leuko_classifier_run(c, n_good, s->x_nchw, probabilities, error))
        return FALSE;
    double seconds = (double)(g_get_monotonic_time() - start_us) / 1e6 / MAX(n_good, 1);
    for (guint i = 0, good = 0; i < s->n; i++) {
        LeukoAnswer a = {.path = s->paths[i], .error = s->errors[i], .decided = -1};
        if (!a.error) {
            a.probabilities = probabilities + (gsize)good++ * n_classes;
            a.decided = leuko_decide(a.probabilities, n_classes, c->model->positive, c->threshold);
            a.seconds = seconds;
        }
        if (!func(&a, user_data, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean walk(Decoder *d, GThreadPool *pool, Slots slots[2], const char *const *paths,
                     guint n_paths, LeukoAnswerFunc func, gpointer user_data,
                     GCancellable *cancellable, GError **error)
{
    LeukoClassifier *c = d->classifier;
    guint batch = c->options.batch, which = 0;
    g_autofree double *probabilities = g_new(double, (gsize)batch * c->model->spec.n_classes);
    start_filling(d, pool, &slots[0], paths, MIN(batch, n_paths));
    for (guint start = 0; start < n_paths; start += batch, which ^= 1) {
        guint next = start + batch;
        Slots *ready = &slots[which];
        wait_filled(d);
        if (next < n_paths)
            start_filling(d, pool, &slots[which ^ 1], paths + next, MIN(batch, n_paths - next));
        gboolean ok = !leuko_is_cancelled(cancellable, error) &&
                      answer_slots(c, ready, probabilities, func, user_data, error);
        for (guint i = 0; i < ready->n; i++)
            g_clear_error(&ready->errors[i]);
        if (!ok) {
            wait_filled(d);
            return FALSE;
        }
    }
    return TRUE;
}

static void slots_clear(Slots *s)
{
    for (guint i = 0; s->errors && i < s->n; i++)
        g_clear_error(&s->errors[i]);
    g_free(s->errors);
    g_free(s->x_nchw);
}

gboolean leuko_classifier_walk(LeukoClassifier *c, const char *const *paths, guint n_paths,
                               LeukoAnswerFunc func, gpointer user_data, GCancellable *cancellable,
                               GError **error)
{
    if (n_paths == 0)
        return TRUE;
    Slots slots[2] = {{0}};
    Decoder decoder = {.classifier = c};
    g_mutex_init(&decoder.lock);
    g_cond_init(&decoder.filled);
    gboolean ok = TRUE;
    for (guint i = 0; i < 2; i++) {
        slots[i].errors = g_new0(GError *, c->options.batch);
        slots[i].x_nchw = g_try_malloc_n(c->options.batch, image_floats(c) * sizeof(float));
        ok &= slots[i].x_nchw != NULL;
    }
    if (!ok)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                    "no memory for two batches of %u images", c->options.batch);
    guint n_threads = c->options.n_threads ? c->options.n_threads : g_get_num_processors();
    GThreadPool *pool =
        ok ? g_thread_pool_new(decode_slot, &decoder, (gint)n_threads, FALSE, error) : NULL;
    ok = pool && walk(&decoder, pool, slots, paths, n_paths, func, user_data, cancellable, error);
    if (pool)
        g_thread_pool_free(pool, FALSE, TRUE);
    slots_clear(&slots[0]);
    slots_clear(&slots[1]);
    g_mutex_clear(&decoder.lock);
    g_cond_clear(&decoder.filled);
    return ok;
}
