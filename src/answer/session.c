#include "answer/session.h"
#include "answer/runnable.h"
#include "answer/soften.h"
#include "leuko/error.h"
#include "stats/metrics.h"
#include <pthread.h>

struct LeukoSession {
    LeukoRunnable *run;
    guint n_plans, batch;
    LeukoPlan **plans; /* (n_plans): the first is run's */
    LeukoPlan **idle;  /* (n_idle): a stack */
    guint n_idle;
    pthread_mutex_t lock; /* not GMutex: the thread sanitizer does not see inside GLib */
    pthread_cond_t returned;
};

LeukoSessionOptions leuko_session_options_default(void)
{
    return (LeukoSessionOptions){.precision = LEUKO_FP32, .batch = 1};
}

static gboolean check(const LeukoSessionOptions *o, GError **error)
{
    if (o->n_plans <= 256 && o->n_threads <= 1024 && o->batch >= 1 && o->batch <= 256)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                "a session of %u plans, %u threads, batch %u: at most 256, 1024, 256", o->n_plans,
                o->n_threads, o->batch);
    return FALSE;
}

LeukoSession *leuko_session_open(const char *path, const LeukoSessionOptions *options,
                                 GError **error)
{
    LeukoSessionOptions o = options ? *options : leuko_session_options_default();
    if (!check(&o, error))
        return NULL;
    guint processors = g_get_num_processors();
    g_autoptr(LeukoSession) s = g_new0(LeukoSession, 1);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->returned, NULL);
    s->n_plans = o.n_plans ? o.n_plans : MIN(processors, 256);
    s->batch = o.batch;
    s->plans = g_new0(LeukoPlan *, s->n_plans);
    s->idle = g_new0(LeukoPlan *, s->n_plans);
    LeukoPlanOptions plan = {o.precision, o.batch,
                             o.n_threads ? o.n_threads : MAX(processors / s->n_plans, 1)};
    s->run = leuko_runnable_open(path, &plan, error);
    if (!s->run)
        return NULL;
    for (guint i = 0; i < s->n_plans; i++) {
        s->plans[i] = i == 0 ? s->run->plan : leuko_plan_share(s->run->plan, error);
        if (!s->plans[i])
            return NULL;
        s->idle[s->n_idle++] = s->plans[i];
    }
    return g_steal_pointer(&s);
}

void leuko_session_free(LeukoSession *s)
{
    if (!s)
        return;
    for (guint i = 1; s->plans && i < s->n_plans; i++)
        leuko_plan_free(s->plans[i]);
    g_free(s->plans);
    g_free(s->idle);
    leuko_runnable_free(s->run);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->returned);
    g_free(s);
}

static LeukoPlan *borrow(LeukoSession *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->n_idle == 0)
        pthread_cond_wait(&s->returned, &s->lock);
    LeukoPlan *plan = s->idle[--s->n_idle];
    pthread_mutex_unlock(&s->lock);
    return plan;
}

static void give_back(LeukoSession *s, LeukoPlan *plan)
{
    pthread_mutex_lock(&s->lock);
    s->idle[s->n_idle++] = plan;
    pthread_cond_signal(&s->returned);
    pthread_mutex_unlock(&s->lock);
}

gboolean leuko_session_classify(LeukoSession *s, const float *x_nchw, guint n,
                                double *probabilities, GError **error)
{
    g_assert(s && x_nchw && probabilities);
    const LeukoModel *m = s->run->model;
    guint n_classes = m->spec.n_classes;
    gsize image_floats = (gsize)LEUKO_CHANNELS * m->spec.side_px * m->spec.side_px;
    if (n == 0) {
        g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "no images to classify");
        return FALSE;
    }
    LeukoPlan *plan = borrow(s);
    gboolean ok = TRUE;
    for (guint start = 0; ok && start < n; start += s->batch) {
        guint now = MIN(s->batch, n - start);
        ok = leuko_plan_run(plan, now, x_nchw + start * image_floats, error);
        for (guint i = 0; ok && i < now; i++)
            leuko_soften(leuko_plan_logits(plan) + (gsize)i * n_classes, n_classes, m->temperature,
                         probabilities + (gsize)(start + i) * n_classes);
    }
    give_back(s, plan);
    return ok;
}

gboolean leuko_session_classify_image(LeukoSession *s, const LeukoImage *image,
                                      double *probabilities, guint *decision, GError **error)
{
    const LeukoModel *m = s->run->model;
    gsize image_floats = (gsize)LEUKO_CHANNELS * m->spec.side_px * m->spec.side_px;
    g_autofree float *x = g_try_new(float, image_floats);
    if (!x) {
        g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "no memory for an image");
        return FALSE;
    }
    if (!leuko_preprocess_apply(&m->preprocess, image, x, error) ||
        !leuko_session_classify(s, x, 1, probabilities, error))
        return FALSE;
    *decision = (guint)leuko_decide(probabilities, m->spec.n_classes, m->positive, m->threshold);
    return TRUE;
}

const LeukoModel *leuko_session_model(const LeukoSession *s) { return s->run->model; }
LeukoPrecision leuko_session_precision(const LeukoSession *s) { return s->run->precision; }
const char *leuko_session_note(const LeukoSession *s) { return s->run->note; }
guint leuko_session_n_plans(const LeukoSession *s) { return s->n_plans; }

gsize leuko_session_memory_bytes(const LeukoSession *s)
{
    gsize bytes = leuko_plan_memory_bytes(s->run->plan);
    for (guint i = 1; i < s->n_plans; i++)
        bytes += leuko_plan_arena_bytes(s->plans[i]);
    return bytes;
}
