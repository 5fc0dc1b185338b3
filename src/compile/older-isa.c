#include "compile/older-isa.h"
#include "engine/processor.h"
#include "leuko/compile.h"
#include <string.h>

/* The rows of `all` (n, K) for the images that the gate keeps after thinning: (gate->n, K),
 * g_free. */
static double *rows_of(const LeukoGate *gate, const double *all, guint n)
{
    gsize n_classes = gate->model->spec.n_classes;
    double *out = g_new(double, gate->n *n_classes);
    for (guint i = 0; i < gate->n; i++)
        memcpy(out + i * n_classes, all + leuko_gate_thinned(i, n, gate->n) * n_classes,
               n_classes * sizeof(double));
    return out;
}

gboolean leuko_older_isa_compare(const LeukoGraph *graph, LeukoGate *gate, const double *reference,
                                 const LeukoGateLimits *limits, LeukoOlderIsaFunc func,
                                 gpointer user_data, LeukoIsaFigures *out, guint *out_n,
                                 GError **error)
{
    const LeukoModel *m = gate->model;
    const char *isa, *limit;
    guint n_before = gate->n;
    *out_n = 0;
    leuko_gate_thin(gate, LEUKO_OLDER_ISA_IMAGES);
    g_autofree double *expected = rows_of(gate, reference, n_before);
    g_autofree double *p = g_new(double, (gsize)gate->n * m->spec.n_classes);
    while (*out_n < LEUKO_MAX_OLDER_ISAS && (isa = leuko_processor_older_isa(*out_n, &limit))) {
        if (!func(graph, isa, limit, gate->n, p, user_data, error))
            return FALSE;
        LeukoIsaFigures *f = &out[(*out_n)++];
        f->isa = isa;
        leuko_gate_compare(gate->n, m->spec.n_classes, gate->labels, m->positive, m->threshold,
                           expected, p, limits, &f->figures);
    }
    return TRUE;
}

gboolean leuko_older_isa_holds(const LeukoIsaFigures *figures, guint n)
{
    for (guint i = 0; i < n; i++)
        if (!figures[i].figures.holds)
            return FALSE;
    return TRUE;
}

double *leuko_older_isa_classify(const char *graph_path, const char *data, guint n_most,
                                 guint n_threads, guint *out_n, guint *out_n_classes,
                                 GCancellable *cancellable, LeukoReporter reporter, GError **error)
{
    LeukoClassifierOptions options = leuko_classifier_options_default();
    options.batch = LEUKO_GATE_BATCH;
    options.n_threads = n_threads;
    g_autoptr(LeukoSession) session = leuko_session_open(graph_path, &options, error);
    g_autoptr(LeukoGate) gate =
        session ? leuko_gate_open(data, leuko_session_model(session), error) : NULL;
    if (!gate)
        return NULL;
    leuko_gate_thin(gate, n_most);
    *out_n = gate->n;
    *out_n_classes = gate->model->spec.n_classes;
    return leuko_gate_run(gate, session, n_threads, "gate", cancellable, reporter, error);
}
