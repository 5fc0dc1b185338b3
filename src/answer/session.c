#include "answer/session.h"
#include "answer/options.h"
#include "answer/stick.h"
#include "data/loader.h"
#include "leuko/error.h"
#include "stats/decide.h"
#include <pthread.h>

/* What runs one batch at a time: a plan, or the stick. */
typedef struct {
    LeukoPlan *plan;
    LeukoStick *stick;
    float *logits; /* (K), of the stick */
} State;

struct LeukoSession {
    LeukoRunnable *run; /* owns the plan of the first state; or */
    LeukoStick *stick;  /* owned; or neither: the plan is borrowed */
    const LeukoModel *model;
    guint batch, n_states, n_shared; /* n_shared states own their plan: all but the first */
    State *states;                   /* (n_states) */
    State **idle;                    /* (n_idle), a stack */
    guint n_idle;
    pthread_mutex_t lock; /* not GMutex: the thread sanitizer does not see inside GLib */
    pthread_cond_t returned;
};

/* n_states states, all idle, without anything to run yet. */
static LeukoSession *new_session(guint n_states, guint batch)
{
    LeukoSession *s = g_new0(LeukoSession, 1);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->returned, NULL);
    s->n_states = n_states;
    s->batch = batch;
    s->states = g_new0(State, n_states);
    s->idle = g_new0(State *, n_states);
    for (guint i = 0; i < n_states; i++)
        s->idle[s->n_idle++] = &s->states[i];
    return s;
}

static LeukoSession *open_stick(const char *path, GError **error)
{
    LeukoStick *stick = leuko_stick_open(path, error);
    if (!stick)
        return NULL;
    LeukoSession *s = new_session(1, 1);
    s->stick = stick;
    s->model = leuko_stick_model(stick);
    s->states[0] = (State){.stick = stick, .logits = g_new(float, s->model->spec.n_classes)};
    return s;
}

LeukoSession *leuko_session_open(const char *path, const LeukoClassifierOptions *options,
                                 GError **error)
{
    LeukoClassifierOptions o = options ? *options : leuko_classifier_options_default();
    if (!leuko_classifier_options_check(&o, error))
        return NULL;
    if (o.device == LEUKO_DEVICE_NCS)
        return open_stick(path, error);
    guint processors = g_get_num_processors();
    g_autoptr(LeukoSession) s = new_session(o.n_calls ? o.n_calls : MIN(processors, 256), o.batch);
    LeukoPlanOptions plan = {o.precision, o.batch,
                             o.n_threads ? o.n_threads : MAX(processors / s->n_states, 1)};
    s->run = leuko_runnable_open(path, &plan, error);
    if (!s->run)
        return NULL;
    s->model = s->run->model;
    s->states[0].plan = s->run->plan;
    for (guint i = 1; i < s->n_states; i++, s->n_shared++) {
        s->states[i].plan = leuko_plan_share(s->run->plan, error);
        if (!s->states[i].plan)
            return NULL;
    }
    return g_steal_pointer(&s);
}

LeukoSession *leuko_session_new_for_plan(const LeukoModel *model, LeukoPlan *plan, guint batch)
{
    LeukoSession *s = new_session(1, batch);
    s->model = model;
    s->states[0].plan = plan;
    return s;
}

void leuko_session_free(LeukoSession *s)
{
    if (!s)
        return;
    for (guint i = 1; i <= s->n_shared; i++)
        leuko_plan_free(s->states[i].plan);
    g_free(s->states[0].logits);
    g_free(s->states);
    g_free(s->idle);
    leuko_runnable_free(s->run);
    leuko_stick_free(s->stick);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->returned);
    g_free(s);
}

static State *borrow(LeukoSession *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->n_idle == 0)
        pthread_cond_wait(&s->returned, &s->lock);
    State *state = s->idle[--s->n_idle];
    pthread_mutex_unlock(&s->lock);
    return state;
}

static void give_back(LeukoSession *s, State *state)
{
    pthread_mutex_lock(&s->lock);
    s->idle[s->n_idle++] = state;
    pthread_cond_signal(&s->returned);
    pthread_mutex_unlock(&s->lock);
}

/* Logits (n, K) of n <= batch images, borrowed until the state's next run; NULL with an error. */
static const float *run_state(const State *state, guint n, const float *x_nchw, GError **error)
{
    if (state->stick)
        return leuko_stick_run(state->stick, x_nchw, state->logits, error) ? state->logits : NULL;
    return leuko_plan_run(state->plan, n, x_nchw, error) ? leuko_plan_logits(state->plan) : NULL;
}

gboolean leuko_session_classify(LeukoSession *s, const float *x_nchw, guint n,
                                double *probabilities, GError **error)
{
    guint n_classes = s->model->spec.n_classes;
    gsize side = s->model->spec.side_px, image_floats = LEUKO_CHANNELS * side * side;
    if (n == 0) {
        g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "no images to classify");
        return FALSE;
    }
    State *state = borrow(s);
    gboolean ok = TRUE;
    for (guint start = 0; ok && start < n; start += s->batch) {
        guint now = MIN(s->batch, n - start);
        const float *logits = run_state(state, now, x_nchw + start * image_floats, error);
        ok = logits != NULL;
        for (guint i = 0; ok && i < now; i++)
            leuko_soften(logits + (gsize)i * n_classes, n_classes, s->model->temperature,
                         probabilities + (gsize)(start + i) * n_classes);
    }
    give_back(s, state);
    return ok;
}

gboolean leuko_session_classify_records(LeukoSession *s, LeukoDataset *dataset,
                                        const LeukoRecordsOptions *o, double *probabilities,
                                        GCancellable *cancellable, LeukoReporter reporter,
                                        GError **error)
{
    LeukoLoaderOptions options = {.batch = s->batch,
                                  .n_threads = o->n_threads,
                                  .encoded = o->encoded,
                                  .encoded_data = o->encoded_data};
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
        if (!leuko_session_classify(s, batch.x_nchw, batch.n,
                                    probabilities + (gsize)done * s->model->spec.n_classes, error))
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
guint leuko_session_n_states(const LeukoSession *s) { return s->n_states; }

gsize leuko_session_memory_bytes(const LeukoSession *s)
{
    gsize bytes = s->states[0].plan ? leuko_plan_memory_bytes(s->states[0].plan) : 0;
    for (guint i = 1; i < s->n_states; i++)
        bytes += leuko_plan_arena_bytes(s->states[i].plan);
    return bytes;
}
