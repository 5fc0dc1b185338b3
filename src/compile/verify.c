#include "compile/verify.h"
#include "base/json.h"
#include "compile/gate.h"
#include <math.h>

LeukoVerifyOptions leuko_verify_options_default(void)
{
    return (LeukoVerifyOptions){.precision = LEUKO_FP32,
                                .n_inputs = 16,
                                .seed = 50,
                                .max_dp = NAN,
                                .mean_dp = NAN,
                                .flips = NAN,
                                .auc = NAN};
}

void leuko_verify_report_free(LeukoVerifyReport *r)
{
    if (!r)
        return;
    g_free(r->split);
    g_strfreev(r->classes);
    g_free(r->worst_reference);
    g_free(r->worst_answers);
    g_free(r);
}

/* Update the figures of the NCSDK's check tool with one image (p: reference, q: answers); each
 * figure is the largest value over the images. */
static void add_checks(LeukoVerifyReport *r, const double *p, const double *q)
{
    double largest = 0, most = 0, sum = 0, square = 0;
    guint n_over = 0;
    for (guint k = 0; k < r->n_classes; k++)
        largest = fmax(largest, p[k]);
    for (guint k = 0; k < r->n_classes; k++) {
        double d = fabs(p[k] - q[k]);
        most = fmax(most, d);
        sum += d;
        square += d * d;
        n_over += d > 0.02 * largest ? 1 : 0;
    }
    const double found[LEUKO_N_VERIFY_CHECKS] = {
        100 * most / largest, 100 * sum / r->n_classes / largest, 100.0 * n_over / r->n_classes,
        100 * sqrt(square / r->n_classes) / largest, sum};
    for (guint i = 0; i < LEUKO_N_VERIFY_CHECKS; i++)
        r->checks[i].value = fmax(r->checks[i].value, found[i]);
}

static void compute_checks(LeukoVerifyReport *r, const LeukoVerifyInput *in)
{
    static const LeukoVerifyFigure checks[LEUKO_N_VERIFY_CHECKS] = {
        {"largest difference, % of the largest expected", 0, 2, FALSE},
        {"mean difference, %", 0, 1, FALSE},
        {"values off by more than 2 %, %", 0, 0, FALSE},
        {"root mean square difference, %", 0, 1, FALSE},
        {"sum of differences", 0, NAN, FALSE}};
    for (guint i = 0; i < LEUKO_N_VERIFY_CHECKS; i++)
        r->checks[i] = checks[i];
    for (guint i = 0; i < in->n; i++)
        add_checks(r, in->reference + (gsize)i * in->n_classes,
                   in->answers + (gsize)i * in->n_classes);
    for (guint i = 0; i < LEUKO_N_VERIFY_CHECKS; i++)
        r->checks[i].over = r->checks[i].value > r->checks[i].limit;
}

static void compute_differences(LeukoVerifyReport *r, const LeukoVerifyInput *in)
{
    double difference = 0, norm = 0;
    for (guint i = 0; i < in->n; i++)
        for (guint k = 0; k < in->n_classes; k++) {
            gsize at = (gsize)i * in->n_classes + k;
            double d = fabs(in->reference[at] - in->answers[at]);
            if (isnan(d)) /* exceeds every limit */
                d = INFINITY;
            difference += d * d;
            norm += in->reference[at] * in->reference[at];
            if (d > r->max_dp) {
                r->max_dp = d;
                r->worst = i;
            }
        }
    r->relative = sqrt(difference / fmax(norm, 1e-300));
    gsize row = sizeof(double) * in->n_classes;
    r->worst_reference = g_memdup2(in->reference + (gsize)r->worst * in->n_classes, row);
    r->worst_answers = g_memdup2(in->answers + (gsize)r->worst * in->n_classes, row);
}

/* Compute flips, mean |dp| and AUC as the gate defines them. */
static void compute_gate(LeukoVerifyReport *r, const LeukoVerifyInput *in)
{
    const LeukoGateLimits none = {1, 1, 1};
    g_autofree gint *unknown = in->labels ? NULL : g_new0(gint, MAX(in->n, 1));
    LeukoGateFigures f;
    leuko_gate_compare(in->n, in->n_classes, in->labels ? in->labels : unknown, in->positive,
                       in->threshold, in->reference, in->answers, &none, &f);
    r->n_flips = f.n_flips;
    r->flips = f.flips;
    r->mean_dp = f.mean_dp;
    r->auc_reference = in->labels ? f.auc_reference : (double)NAN;
    r->auc = in->labels ? f.auc : (double)NAN;
}

static double limit(double given, gboolean judged, double standard)
{
    return !isnan(given) ? given : judged ? standard : (double)NAN;
}

/* Answers in fp32 differ by rounding only, so the largest |dp| has a limit. In a reduced precision,
 * flips, mean |dp| and AUC have limits. */
static void judge(LeukoVerifyReport *r, const LeukoVerifyInput *in, const LeukoVerifyOptions *o)
{
    const LeukoGateLimits standard = leuko_gate_limits_default();
    gboolean decisions = in->reduced || !isnan(o->flips) || !isnan(o->mean_dp) || !isnan(o->auc);
    const LeukoVerifyFigure all[LEUKO_MAX_VERIFY_FIGURES] = {
        {"largest |dp|", r->max_dp, limit(o->max_dp, !in->reduced, 1e-3), FALSE},
        {"mean |dp|", r->mean_dp, limit(o->mean_dp, decisions, standard.mean_dp), FALSE},
        {"relative difference", r->relative, NAN, FALSE},
        {"decisions that flip", r->flips, limit(o->flips, decisions, standard.flips), FALSE},
        {"AUC lost", in->labels ? r->auc_reference - r->auc : (double)NAN,
         limit(o->auc, decisions, standard.auc), FALSE}};
    for (guint i = 0; i < LEUKO_MAX_VERIFY_FIGURES; i++) {
        if (isnan(all[i].value) && i + 1 == LEUKO_MAX_VERIFY_FIGURES) /* no AUC */
            continue;
        LeukoVerifyFigure *f = &r->figures[r->n_figures++];
        *f = all[i];
        f->over = !isnan(f->limit) && !(f->value <= f->limit);
        r->n_over += f->over ? 1 : 0;
    }
    r->same = r->n_over == 0;
}

LeukoVerifyReport *leuko_verify_compare(const LeukoVerifyInput *in, const LeukoVerifyOptions *o)
{
    LeukoVerifyReport *r = g_new0(LeukoVerifyReport, 1);
    r->n = in->n;
    r->n_classes = in->n_classes;
    r->classes = g_strdupv((GStrv)in->classes);
    compute_checks(r, in);
    compute_differences(r, in);
    compute_gate(r, in);
    judge(r, in, o);
    return r;
}

json_t *leuko_verify_report_json(const LeukoVerifyReport *r)
{
    json_t *limits = json_object(), *checks = json_object();
    for (guint i = 0; i < r->n_figures; i++)
        json_object_set_new(limits, r->figures[i].name,
                            leuko_json_real_or_null(r->figures[i].limit));
    for (guint i = 0; i < LEUKO_N_VERIFY_CHECKS; i++)
        json_object_set_new(checks, r->checks[i].name, leuko_json_real_or_null(r->checks[i].value));
    json_t *json = json_pack(
        "{s:i, s:i, s:b, s:o, s:o, s:o, s:f, s:o, s:o, s:o, s:o}", "n", (int)r->n, "n_flips",
        (int)r->n_flips, "same", r->same, "max_dp", leuko_json_real_or_null(r->max_dp), "mean_dp",
        leuko_json_real_or_null(r->mean_dp), "relative", leuko_json_real_or_null(r->relative),
        "flips", r->flips, "auc_reference", leuko_json_real_or_null(r->auc_reference), "auc",
        leuko_json_real_or_null(r->auc), "limits", limits, "checks", checks);
    if (r->has_ledger)
        json_object_set_new(
            json, "test_opened_before",
            json_pack("{s:i, s:i}", "times", (int)r->n_openings, "models", (int)r->n_models));
    return json;
}

gchar *leuko_verify_report_to_json(const LeukoVerifyReport *r)
{
    g_autoptr(json_t) json = leuko_verify_report_json(r);
    return leuko_json_to_line(json);
}
