#include "compile/elsewhere.h"
#include "engine/processor.h"
#include <string.h>

/* Rows of those images that a thinned gate keeps; (gate->n, K). */
static double *rows_of(const LeukoGate *gate, const double *all)
{
    gsize n_classes = gate->model->spec.n_classes;
    double *out = g_new(double, gate->n *n_classes);
    for (guint i = 0; i < gate->n; i++)
        memcpy(out + i * n_classes, all + gate->records[i] * n_classes, n_classes * sizeof(double));
    return out;
}

gboolean leuko_elsewhere_judge(const LeukoGraph *graph, LeukoGate *gate, const double *reference,
                               const LeukoCompileOptions *o, LeukoCompileReport *report,
                               GError **error)
{
    const LeukoModel *m = gate->model;
    const char *isa, *limit;
    leuko_gate_thin(gate, LEUKO_ELSEWHERE_IMAGES);
    g_autofree double *expected = rows_of(gate, reference);
    g_autofree double *answers = g_new(double, (gsize)gate->n * m->spec.n_classes);
    while (report->n_elsewhere < LEUKO_MAX_ELSEWHERE &&
           (isa = leuko_processor_older_isa(report->n_elsewhere, &limit))) {
        if (!o->elsewhere(graph, isa, limit, gate->n, answers, o->elsewhere_data, error))
            return FALSE;
        LeukoElsewhere *e = &report->elsewhere[report->n_elsewhere++];
        e->isa = isa;
        leuko_gate_compare(gate->n, m->spec.n_classes, gate->labels, m->positive, m->threshold,
                           expected, answers, &o->limits, &e->figures);
    }
    return TRUE;
}

gboolean leuko_elsewhere_holds(const LeukoCompileReport *report)
{
    for (guint i = 0; i < report->n_elsewhere; i++)
        if (!report->elsewhere[i].figures.holds)
            return FALSE;
    return TRUE;
}

double *leuko_compile_answers(LeukoRunnable *graph, const char *data, guint n_most, guint n_threads,
                              guint *out_n, GCancellable *cancellable, LeukoReporter reporter,
                              GError **error)
{
    g_autoptr(LeukoGate) gate = leuko_gate_open(data, graph->model, error);
    if (!gate)
        return NULL;
    leuko_gate_thin(gate, n_most);
    *out_n = gate->n;
    g_autoptr(LeukoState) state = leuko_state_new(graph->program, NULL, error);
    return state ? leuko_gate_run(gate, state, LEUKO_GATE_BATCH, n_threads, "gate", cancellable,
                                  reporter, error)
                 : NULL;
}
