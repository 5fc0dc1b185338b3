#include "compile/gate.h"
#include "base/json.h"
#include "compile/held-out.h"
#include "eval/labels.h"
#include "formats/model.h"
#include "leuko/error.h"
#include "stats/metrics.h"
#include "stats/statistic.h"
#include <math.h>
#include <string.h>

LeukoGateLimits leuko_gate_limits_default(void)
{
    return (LeukoGateLimits){.flips = 0.01, .mean_dp = 0.01, .auc = 0.005};
}

static double auc_of(guint n, guint n_classes, const gint *labels, const gint *decided,
                     const double *probabilities, gint positive)
{
    g_autofree guint *unit = g_new(guint, n);
    for (guint i = 0; i < n; i++)
        unit[i] = i;
    g_autoptr(LeukoStatistics) s =
        leuko_statistics_new(n, n_classes, labels, decided, probabilities, unit, n, positive);
    g_autofree double *values = leuko_statistics_of_sample(s);
    return values[LEUKO_STAT_AUC];
}

void leuko_gate_compare(guint n, guint n_classes, const gint *labels, gint positive,
                        double threshold, const double *reference, const double *probabilities,
                        const LeukoGateLimits *limits, LeukoGateFigures *out)
{
    g_autofree gint *before = g_new(gint, n), *after = g_new(gint, n);
    double sum = 0;
    *out = (LeukoGateFigures){.n = n};
    for (guint i = 0; i < n; i++) {
        const double *p = reference + (gsize)i * n_classes,
                     *q = probabilities + (gsize)i * n_classes;
        before[i] = leuko_decide(p, n_classes, positive, threshold);
        after[i] = leuko_decide(q, n_classes, positive, threshold);
        out->n_flips += before[i] != after[i] ? 1 : 0;
        sum += fabs(p[before[i]] - q[before[i]]);
    }
    out->flips = (double)out->n_flips / MAX(n, 1);
    out->mean_dp = sum / MAX(n, 1);
    out->auc_reference = auc_of(n, n_classes, labels, before, reference, positive);
    out->auc = auc_of(n, n_classes, labels, after, probabilities, positive);
    gboolean auc_holds =
        !isfinite(out->auc_reference) || out->auc >= out->auc_reference - limits->auc;
    out->holds = out->flips <= limits->flips && out->mean_dp <= limits->mean_dp && auc_holds;
}

/* --- images ------------------------------------------------------------------------------ */

LeukoGate *leuko_gate_open(const char *path, const LeukoModel *model, GError **error)
{
    gboolean training = leuko_held_out_applies(path);
    if (!training && !leuko_dataset_has_split(path, "validation")) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: has no validation split of shards to compare the answers on", path);
        return NULL;
    }
    g_autoptr(LeukoGate) gate = g_new0(LeukoGate, 1);
    gate->model = model;
    gate->training = training;
    gate->dataset = leuko_dataset_open_shards(path, training ? "train" : "validation", error);
    gate->labels = gate->dataset ? leuko_eval_match_labels(gate->dataset, model, error) : NULL;
    if (!gate->labels)
        return NULL;
    guint n_all = leuko_dataset_n_records(gate->dataset);
    gate->records = g_new(guint, MAX(n_all, 1));
    for (guint i = 0; i < n_all; i++) {
        if (training && !leuko_held_out_is(leuko_dataset_record(gate->dataset, i)))
            continue;
        gate->labels[gate->n] = gate->labels[i];
        gate->records[gate->n++] = i;
    }
    if (gate->n > 0)
        return g_steal_pointer(&gate);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                "%s: the %s split has no images to compare on", path,
                training ? "training" : "validation");
    return NULL;
}

gsize leuko_gate_thinned(guint i, guint n, guint n_kept)
{
    return (gsize)((guint64)i * n / n_kept);
}

void leuko_gate_thin(LeukoGate *gate, guint n_most)
{
    guint n = gate->n;
    gate->n = MIN(n, n_most);
    for (guint i = 0; i < gate->n; i++) {
        gsize from = leuko_gate_thinned(i, n, gate->n); /* at least i: not overwritten yet */
        gate->records[i] = gate->records[from];
        gate->labels[i] = gate->labels[from];
    }
}

void leuko_gate_free(LeukoGate *gate)
{
    if (!gate)
        return;
    leuko_dataset_unref(gate->dataset);
    g_free(gate->records);
    g_free(gate->labels);
    g_free(gate);
}

double *leuko_gate_run(const LeukoGate *gate, LeukoSession *session, guint n_threads,
                       const char *phase, GCancellable *cancellable, LeukoReporter reporter,
                       GError **error)
{
    const LeukoRecordsOptions options = {
        .records = gate->records, .n = gate->n, .n_threads = n_threads, .phase = phase};
    g_autofree double *out = g_new(double, (gsize)gate->n * gate->model->spec.n_classes);
    return leuko_session_classify_records(session, gate->dataset, &options, out, cancellable,
                                          reporter, error)
               ? g_steal_pointer(&out)
               : NULL;
}

json_t *leuko_gate_json(const char *isa, const LeukoGateFigures *f, const LeukoGateLimits *l)
{
    return json_pack("{s:s, s:i, s:f, s:f, s:o, s:o, s:b, s:{s:f, s:f, s:f}}", "isa", isa, "images",
                     (int)f->n, "flips", f->flips, "mean_dp", f->mean_dp, "auc_fp32",
                     leuko_json_real_or_null(f->auc_reference), "auc",
                     leuko_json_real_or_null(f->auc), "holds", f->holds, "limits", "flips",
                     l->flips, "mean_dp", l->mean_dp, "auc", l->auc);
}
