#include "session-calls.h"
#include "net/net.h"
#include <math.h>

enum { ROUNDS = 8, MOST = 3 };

typedef struct {
    LeukoSession *session;
    const float *x;
    const double *want;
    guint n_images, first, n_wrong;
    double tolerance;
} Caller;

static gpointer call(gpointer data)
{
    Caller *c = data;
    const LeukoModel *m = leuko_session_model(c->session);
    guint n_classes = m->spec.n_classes;
    gsize image_floats = (gsize)3 * m->spec.side_px * m->spec.side_px;
    g_autofree double *p = g_new(double, MOST *n_classes);
    for (guint r = 0; r < ROUNDS; r++) {
        guint n = 1 + r % MOST, i = (c->first + r) % (c->n_images - n + 1);
        const double *want = c->want + i * n_classes;
        c->n_wrong += !leuko_session_classify(c->session, c->x + i * image_floats, n, p, NULL);
        for (guint k = 0; k < n * n_classes; k++)
            c->n_wrong += !(fabs(p[k] - want[k]) <= c->tolerance);
    }
    return NULL;
}

guint session_wrong_answers(LeukoSession *session, const float *x_nchw, const double *want,
                            guint n_images, guint n_threads, double tolerance)
{
    g_autofree Caller *callers = g_new0(Caller, n_threads);
    g_autofree GThread **threads = g_new0(GThread *, n_threads);
    guint n_wrong = 0;
    for (guint t = 0; t < n_threads; t++) {
        callers[t] = (Caller){session, x_nchw, want, n_images, t, 0, tolerance};
        threads[t] = g_thread_new("caller", call, &callers[t]);
    }
    for (guint t = 0; t < n_threads; t++) {
        g_thread_join(threads[t]);
        n_wrong += callers[t].n_wrong;
    }
    return n_wrong;
}
