#include "answer/session.h"
#include "answer/options.h"
#include "answer/stick.h"
#include "base/error.h"
#include "base/progress.h"
#include "data/loader.h"
#include "engine/state.h"
#include "image/views.h"
#include <math.h>
#include <pthread.h>
#include <string.h>

/* Runs one batch at a time: a state, or the stick. */
typedef struct {
    LeukoState *state;
    LeukoStick *stick;
    float *logits;   /* (K), of the stick */
    float *views;    /* (batch, 3, S, S): one view of each image; NULL with one view */
    float *mean;     /* (batch, K): logits, mean over the views; NULL with one view */
    float *features; /* (batch, C): the same of the features; NULL if they are not needed */
} Runner;

struct LeukoSession {
    LeukoRunnable *run; /* owned; NULL for a stick or a program of the caller */
    LeukoStick *stick;  /* owned; NULL without a stick */
    const LeukoModel *model;
    guint batch, n_views, n_runners;
    Runner *runners; /* (n_runners) */
    Runner **idle;   /* (n_idle), a stack */
    guint n_idle;
    pthread_mutex_t lock; /* not GMutex, which the thread sanitizer does not understand */
    pthread_cond_t returned;
};

/* n_runners idle runners, without a state or stick yet. */
static LeukoSession *new_session(guint n_runners, guint batch)
{
    LeukoSession *s = g_new0(LeukoSession, 1);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->returned, NULL);
    s->n_runners = n_runners;
    s->batch = batch;
    s->runners = g_new0(Runner, n_runners);
    s->idle = g_new0(Runner *, n_runners);
    for (guint i = 0; i < n_runners; i++)
        s->idle[s->n_idle++] = &s->runners[i];
    return s;
}

static gsize view_floats(const LeukoSession *s)
{
    gsize side = s->model->spec.side_px;
    return (gsize)s->batch * LEUKO_CHANNELS * side * side;
}

/* Set the number of views, 0: the model's, and allocate what they need. */
static gboolean make_views(LeukoSession *s, guint n_views, GError **error)
{
    s->n_views = n_views ? n_views : s->model->n_views;
    for (guint i = 0; s->n_views > 1 && i < s->n_runners; i++) {
        s->runners[i].mean = g_new(float, (gsize)s->batch * s->model->spec.n_classes);
        s->runners[i].views = g_try_new(float, view_floats(s));
        if (s->model->typical && !s->stick)
            s->runners[i].features = g_new(float, (gsize)s->batch * s->model->typical->n_features);
        if (!s->runners[i].views)
            return leuko_fail(LEUKO_ERROR_MEMORY, error, "no memory for %u views of %u images",
                              s->n_views, s->batch);
    }
    return TRUE;
}

static LeukoSession *open_stick(const char *path, guint n_views, GError **error)
{
    LeukoStick *stick = leuko_stick_open(path, error);
    if (!stick)
        return NULL;
    g_autoptr(LeukoSession) s = new_session(1, 1);
    s->stick = stick;
    s->model = leuko_stick_model(stick);
    s->runners[0] = (Runner){.stick = stick, .logits = g_new(float, s->model->spec.n_classes)};
    return make_views(s, n_views, error) ? g_steal_pointer(&s) : NULL;
}

static gboolean make_states(LeukoSession *s, LeukoProgram *program, GError **error)
{
    for (guint i = 0; i < s->n_runners; i++)
        if (!(s->runners[i].state = leuko_state_new(program, NULL, error)))
            return FALSE;
    return TRUE;
}

LeukoSession *leuko_session_open(const char *path, const LeukoClassifierOptions *options,
                                 GError **error)
{
    LeukoClassifierOptions o = options ? *options : leuko_classifier_options_default();
    if (!leuko_classifier_options_check(&o, error))
        return NULL;
    if (o.device == LEUKO_DEVICE_NCS)
        return open_stick(path, o.n_views, error);
    guint processors = g_get_num_processors();
    g_autoptr(LeukoSession) s = new_session(o.n_calls ? o.n_calls : MIN(processors, 256), o.batch);
    LeukoProgramOptions how = {o.precision, o.batch,
                               o.n_threads ? o.n_threads : MAX(processors / s->n_runners, 1)};
    s->run = leuko_runnable_open(path, &how, error);
    if (!s->run)
        return NULL;
    s->model = s->run->model;
    return make_views(s, o.n_views, error) && make_states(s, s->run->program, error)
               ? g_steal_pointer(&s)
               : NULL;
}

LeukoSession *leuko_session_new_for_program(const LeukoModel *model, LeukoProgram *program,
                                            guint batch, GError **error)
{
    g_autoptr(LeukoSession) s = new_session(1, batch);
    s->model = model;
    return make_views(s, 0, error) && make_states(s, program, error) ? g_steal_pointer(&s) : NULL;
}

void leuko_session_free(LeukoSession *s)
{
    if (!s)
        return;
    for (guint i = 0; i < s->n_runners; i++) {
        leuko_state_free(s->runners[i].state);
        g_free(s->runners[i].views);
        g_free(s->runners[i].mean);
        g_free(s->runners[i].features);
    }
    g_free(s->runners[0].logits);
    g_free(s->runners);
    g_free(s->idle);
    leuko_runnable_free(s->run);
    leuko_stick_free(s->stick);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->returned);
    g_free(s);
}

static Runner *borrow(LeukoSession *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->n_idle == 0)
        pthread_cond_wait(&s->returned, &s->lock);
    Runner *runner = s->idle[--s->n_idle];
    pthread_mutex_unlock(&s->lock);
    return runner;
}

static void give_back(LeukoSession *s, Runner *runner)
{
    pthread_mutex_lock(&s->lock);
    s->idle[s->n_idle++] = runner;
    pthread_cond_signal(&s->returned);
    pthread_mutex_unlock(&s->lock);
}

/* Logits (n, K) of n <= batch images, borrowed until the runner's next run; NULL with an error. */
static const float *run_batch(const Runner *runner, guint n, const float *x_nchw, GError **error)
{
    if (runner->stick)
        return leuko_stick_run(runner->stick, x_nchw, runner->logits, error) ? runner->logits
                                                                             : NULL;
    return leuko_state_run(runner->state, n, x_nchw, error) ? leuko_state_logits(runner->state)
                                                            : NULL;
}

/* Add the features of the last view to their mean. */
static void add_features(const LeukoSession *s, const Runner *runner, guint n, guint view)
{
    if (!runner->features)
        return;
    gsize n_values = (gsize)n * s->model->typical->n_features;
    const float *features = leuko_state_features(runner->state);
    for (gsize j = 0; j < n_values; j++)
        runner->features[j] = (view ? runner->features[j] : 0) + features[j] / (float)s->n_views;
}

/* The same, averaged over the session's views. */
static const float *run_views(const LeukoSession *s, const Runner *runner, guint n,
                              const float *x_nchw, GError **error)
{
    if (s->n_views == 1)
        return run_batch(runner, n, x_nchw, error);
    guint side = s->model->spec.side_px;
    gsize n_logits = (gsize)n * s->model->spec.n_classes, image_floats = view_floats(s) / s->batch;
    memset(runner->mean, 0, n_logits * sizeof *runner->mean);
    for (guint view = 0; view < s->n_views; view++) {
        for (guint i = 0; i < n; i++)
            leuko_view_make(x_nchw + i * image_floats, side, view,
                            runner->views + i * image_floats);
        const float *logits = run_batch(runner, n, runner->views, error);
        if (!logits)
            return NULL;
        for (gsize j = 0; j < n_logits; j++)
            runner->mean[j] += logits[j] / (float)s->n_views;
        add_features(s, runner, n, view);
    }
    return runner->mean;
}

/* How far the n images of the runner's last run lie from the training classes. */
static void score_batch(const LeukoSession *s, const Runner *runner, guint n, double *scores)
{
    const LeukoTypical *t = runner->state ? s->model->typical : NULL;
    const float *features = !t                 ? NULL
                            : runner->features ? runner->features
                                               : leuko_state_features(runner->state);
    for (guint i = 0; i < n; i++)
        scores[i] = t ? leuko_typical_score(t, features + (gsize)i * t->n_features) : (double)NAN;
}

gboolean leuko_session_measure(LeukoSession *s, const float *x_nchw, guint n, double *probabilities,
                               double *scores, GError **error)
{
    guint n_classes = s->model->spec.n_classes;
    gsize side = s->model->spec.side_px, image_floats = LEUKO_CHANNELS * side * side;
    if (n == 0) {
        g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "no images to classify");
        return FALSE;
    }
    Runner *runner = borrow(s);
    gboolean ok = TRUE;
    for (guint start = 0; ok && start < n; start += s->batch) {
        guint now = MIN(s->batch, n - start);
        const float *logits = run_views(s, runner, now, x_nchw + start * image_floats, error);
        ok = logits != NULL;
        for (guint i = 0; ok && i < now; i++) /* a caller finds NAN */
            (void)leuko_model_probabilities(s->model, logits + (gsize)i * n_classes,
                                            probabilities + (gsize)(start + i) * n_classes);
        if (ok && scores)
            score_batch(s, runner, now, scores + start);
    }
    give_back(s, runner);
    return ok;
}

gboolean leuko_session_classify(LeukoSession *s, const float *x_nchw, guint n,
                                double *probabilities, GError **error)
{
    return leuko_session_measure(s, x_nchw, n, probabilities, NULL, error);
}

/* The outputs of all records from `first` on must be finite. */
static gboolean check_answers(const LeukoSession *s, LeukoDataset *dataset,
                              const LeukoRecordsOptions *o, const double *probabilities,
                              guint first, guint n, GError **error)
{
    for (guint i = 0; i < n; i++) {
        guint record = o->records ? o->records[first + i] : first + i;
        if (isfinite(probabilities[(gsize)i * s->model->spec.n_classes]))
            continue;
        return leuko_fail(LEUKO_ERROR_DATA, error,
                          "%s: %s: the network's outputs are not finite numbers",
                          leuko_dataset_path(dataset), leuko_dataset_record(dataset, record)->file);
    }
    return TRUE;
}

gboolean leuko_session_classify_records(LeukoSession *s, LeukoDataset *dataset,
                                        const LeukoRecordsOptions *o, double *probabilities,
                                        GCancellable *cancellable, LeukoReporter reporter,
                                        GError **error)
{
    LeukoLoaderOptions options = {.batch = s->batch,
                                  .n_threads = o->n_threads,
                                  .decoded = o->decoded,
                                  .decoded_data = o->decoded_data,
                                  .transform = o->transform,
                                  .transform_data = o->transform_data};
    g_autoptr(GError) failed = NULL;
    LeukoBatch batch;
    guint done = 0, n = o->records ? o->n : leuko_dataset_n_records(dataset);
    if (n == 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "%s: no images to classify",
                    leuko_dataset_path(dataset));
        return FALSE;
    }
    g_autoptr(LeukoLoader) loader =
        leuko_loader_new(dataset, o->records, o->records ? n : 0, &s->model->preprocess, &options,
                         cancellable, error);
    while (loader && leuko_loader_next(loader, &batch, &failed)) {
        double *row = probabilities + (gsize)done * s->model->spec.n_classes;
        double *scores = o->scores ? o->scores + done : NULL;
        if (!leuko_session_measure(s, batch.x_nchw, batch.n, row, scores, error) ||
            !check_answers(s, dataset, o, row, done, batch.n, error))
            return FALSE;
        done += batch.n;
        leuko_report(reporter, o->phase ? o->phase : "classifying", done, n, "images", NULL);
    }
    if (failed)
        g_propagate_error(error, g_steal_pointer(&failed));
    return done == n;
}

const LeukoModel *leuko_session_model(const LeukoSession *s) { return s->model; }
LeukoRunnable *leuko_session_runnable(const LeukoSession *s) { return s->run; }
guint leuko_session_n_states(const LeukoSession *s) { return s->n_runners; }

gsize leuko_session_memory_bytes(const LeukoSession *s)
{
    const LeukoState *first = s->runners[0].state;
    gsize bytes = first ? leuko_program_weights_bytes(leuko_state_program(first)) : 0;
    for (guint i = 0; first && i < s->n_runners; i++)
        bytes += leuko_state_memory_bytes(s->runners[i].state) +
                 (s->n_views > 1 ? view_floats(s) * sizeof(float) : 0);
    return bytes;
}
