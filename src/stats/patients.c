#include "stats/patients.h"
#include "base/json.h"
#include <math.h>

void leuko_patients_clear(LeukoPatients *p)
{
    g_free(p->labels);
    g_free(p->shares);
    g_free(p->limits);
}

/* Images of each group: all, of the positive class, decided positive. */
typedef struct {
    guint n, n_positive, n_decided;
    double limit;
} Counts;

void leuko_patients_count(const LeukoEvalInput *in, const LeukoUnits *units, double share,
                          LeukoPatients *out)
{
    guint n_groups = MAX(units->n_groups, 1);
    g_autofree Counts *counts = g_new0(Counts, n_groups);
    g_autofree gint *decided = leuko_decide_all(in);
    for (guint i = 0; units->n_groups > 0 && i < in->n; i++) {
        Counts *c = &counts[units->unit[i]];
        c->n++;
        c->n_positive += in->labels[i] == in->positive;
        c->n_decided += decided[i] == in->positive;
        c->limit = in->patient_shares ? in->patient_shares[i] : share;
    }
    *out = (LeukoPatients){.labels = g_new(gint, n_groups),
                           .shares = g_new(double, n_groups),
                           .limits = g_new(double, n_groups)};
    for (guint g = 0; g < units->n_groups; g++) {
        const Counts *c = &counts[g];
        if (!*units->names[g]) {
            out->n_outside = c->n;
        } else if (c->n_positive > 0 && c->n_positive < c->n) {
            out->n_mixed++;
        } else {
            out->labels[out->n] = c->n_positive > 0 ? in->positive : 1 - in->positive;
            out->limits[out->n] = c->limit;
            out->shares[out->n++] = (double)c->n_decided / c->n;
        }
    }
}

static LeukoEvaluation *evaluate(const LeukoEvalInput *in, double share, guint n,
                                 const gint *labels, const double *shares, const gint *decisions)
{
    guint positive = (guint)in->positive;
    g_autofree double *probabilities = g_new(double, 2 * (gsize)n);
    for (guint i = 0; i < n; i++) {
        probabilities[2 * i + positive] = shares[i];
        probabilities[2 * i + 1 - positive] = 1 - shares[i];
    }
    const LeukoEvalInput patients = {.n = n,
                                     .n_classes = 2,
                                     .classes = in->classes,
                                     .labels = labels,
                                     .probabilities = probabilities,
                                     .positive = in->positive,
                                     .threshold = share,
                                     .prevalence = in->prevalence,
                                     .decisions = decisions};
    return leuko_evaluate(&patients, NULL);
}

LeukoPatientFigures *leuko_evaluate_patients(const LeukoEvalInput *in, double share)
{
    g_autoptr(LeukoUnits) units = leuko_units_new(in);
    if (in->n_classes != 2 || in->positive < 0 || units->n_groups == 0)
        return NULL;
    LeukoPatientFigures *f = g_new0(LeukoPatientFigures, 1);
    f->learned = !isnan(share);
    f->share = f->learned ? share : 0.5;
    g_auto(LeukoPatients) patients = {0};
    leuko_patients_count(in, units, f->share, &patients);
    f->n = patients.n;
    f->n_mixed = patients.n_mixed;
    f->n_outside = patients.n_outside;
    g_autofree gint *decisions = g_new(gint, MAX(f->n, 1));
    for (guint i = 0; i < f->n; i++)
        decisions[i] = patients.shares[i] >= patients.limits[i] ? in->positive : 1 - in->positive;
    if (f->n > 0)
        f->figures = evaluate(in, f->share, f->n, patients.labels, patients.shares, decisions);
    return f;
}

void leuko_patient_figures_free(LeukoPatientFigures *f)
{
    if (!f)
        return;
    leuko_evaluation_free(f->figures);
    g_free(f);
}

json_t *leuko_patient_figures_to_json(const LeukoPatientFigures *f)
{
    return json_pack("{s:f, s:b, s:i, s:i, s:i, s:o}", "share", f->share, "learned", f->learned,
                     "patients", (int)f->n, "mixed", (int)f->n_mixed, "images_outside",
                     (int)f->n_outside, "figures",
                     f->figures ? leuko_evaluation_to_json(f->figures) : json_null());
}
