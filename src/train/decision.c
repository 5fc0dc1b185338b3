#include "train/decision.h"
#include "base/error.h"
#include "stats/calibration-fit.h"
#include "stats/patients.h"
#include "stats/statistic.h"
#include "stats/units.h"
#include <math.h>

/* A data set as the input of stats. */
typedef struct {
    LeukoEvalInput in;
    gint *labels;
    const char **groups;
    double *probabilities; /* (n, K) of the model */
    LeukoUnits *units;
} Records;

static void records_clear(Records *r)
{
    g_free(r->labels);
    g_free(r->groups);
    g_free(r->probabilities);
    leuko_units_free(r->units);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Records, records_clear)

/* labels: NULL: those of the records */
static void records_init(Records *r, const LeukoModel *m, const LeukoDataset *dataset,
                         const gint *labels)
{
    guint n = leuko_dataset_n_records(dataset);
    r->labels = g_new(gint, n);
    r->groups = g_new(const char *, n);
    r->probabilities = g_new0(double, (gsize)n * m->spec.n_classes);
    for (guint i = 0; i < n; i++) {
        r->labels[i] = labels ? labels[i] : leuko_dataset_record(dataset, i)->label;
        r->groups[i] = leuko_dataset_record(dataset, i)->group;
    }
    r->in = (LeukoEvalInput){.n = n,
                             .n_classes = m->spec.n_classes,
                             .classes = (const char *const *)m->classes,
                             .labels = r->labels,
                             .probabilities = r->probabilities,
                             .groups = leuko_dataset_has_groups(dataset) ? r->groups : NULL,
                             .positive = m->positive,
                             .threshold = m->threshold,
                             .prevalence = NAN};
    r->units = leuko_units_new(&r->in);
}

static void classify(Records *r, const LeukoModel *m, const float *logits)
{
    for (guint i = 0; i < r->in.n; i++)
        leuko_model_probabilities(m, logits + (gsize)i * m->spec.n_classes,
                                  r->probabilities + (gsize)i * m->spec.n_classes);
}

static gboolean check_logits(const LeukoDataset *dataset, const float *logits, guint n_classes,
                             GError **error)
{
    guint n = leuko_dataset_n_records(dataset);
    for (guint i = 0; i < n; i++)
        for (guint k = 0; k < n_classes; k++)
            if (!isfinite(logits[(gsize)i * n_classes + k]))
                return leuko_fail(
                    LEUKO_ERROR_DATA, error, "%s: %s: the network's outputs are not finite numbers",
                    leuko_dataset_path(dataset), leuko_dataset_record(dataset, i)->file);
    return TRUE;
}

static void calibrate(LeukoModel *m, const Records *r, const float *logits, const char *fitted_on)
{
    const LeukoCalibrationInput in = {.n = r->in.n,
                                      .n_classes = r->in.n_classes,
                                      .logits = logits,
                                      .labels = r->labels,
                                      .unit = r->units->n_groups > 0 ? r->units->unit : NULL,
                                      .n_units = r->units->n_units,
                                      .positive = m->positive,
                                      .fitted_on = fitted_on};
    m->calibration = leuko_calibration_fit(&in, &m->temperature);
}

gboolean leuko_decision_calibrate(LeukoModel *m, const LeukoDataset *dataset, const float *logits,
                                  const char *fitted_on, GError **error)
{
    g_auto(Records) r = {0};
    if (!check_logits(dataset, logits, m->spec.n_classes, error))
        return FALSE;
    records_init(&r, m, dataset, NULL);
    calibrate(m, &r, logits, fitted_on);
    return TRUE;
}

static gboolean choose_threshold(LeukoModel *m, Records *r, const LeukoThresholdRule *rule,
                                 GError **error)
{
    guint n = r->in.n;
    LeukoThresholdChoice choice = leuko_threshold_choice_none();
    choice.rule = *rule;
    g_autofree double *scores = g_new(double, n);
    g_autofree gboolean *positives = g_new(gboolean, n);
    for (guint i = 0; i < n; i++) {
        scores[i] = r->probabilities[2 * (gsize)i + (guint)m->positive];
        positives[i] = r->labels[i] == m->positive;
    }
    const LeukoThresholdInput in = {
        n, scores, positives, r->units->n_groups > 0 ? r->units->unit : NULL, r->units->n_units};
    if (!leuko_threshold_choose(&in, &choice, &m->threshold, error))
        return FALSE;
    m->threshold_choice = choice;
    r->in.threshold = m->threshold;
    return TRUE;
}

static double choose_share(const Records *r, gint positive)
{
    g_auto(LeukoPatients) patients = {0};
    leuko_patients_count(&r->in, r->units, 0.5, &patients);
    g_autofree gboolean *truths = g_new(gboolean, MAX(patients.n, 1));
    guint n_positive = 0;
    for (guint i = 0; i < patients.n; i++) {
        truths[i] = patients.labels[i] == positive;
        n_positive += patients.labels[i] == positive;
    }
    if (n_positive == 0 || n_positive == patients.n)
        return NAN;
    return leuko_best_threshold(patients.shares, truths, patients.n);
}

gboolean leuko_decision_fit_labels(LeukoModel *m, const LeukoDataset *dataset, const gint *labels,
                                   const float *logits, const LeukoThresholdRule *rule,
                                   const char *fitted_on, GError **error)
{
    g_auto(Records) r = {0};
    if (!check_logits(dataset, logits, m->spec.n_classes, error))
        return FALSE;
    records_init(&r, m, dataset, labels);
    calibrate(m, &r, logits, fitted_on);
    if (m->spec.n_classes != 2 || m->positive < 0)
        return TRUE;
    classify(&r, m, logits);
    if (!choose_threshold(m, &r, rule, error))
        return FALSE;
    m->patient_share = choose_share(&r, m->positive);
    return TRUE;
}

gboolean leuko_decision_fit(LeukoModel *m, const LeukoDataset *validation, const float *logits,
                            const LeukoThresholdRule *rule, GError **error)
{
    return leuko_decision_fit_labels(m, validation, NULL, logits, rule, LEUKO_FITTED_VALIDATION,
                                     error);
}

LeukoDecisionFigures leuko_decision_measure(const LeukoModel *m, const LeukoDataset *dataset,
                                            const float *logits)
{
    g_auto(Records) r = {0};
    records_init(&r, m, dataset, NULL);
    classify(&r, m, logits);
    guint n = r.in.n, n_classes = r.in.n_classes, right = 0;
    double loss = 0;
    g_autofree gint *decided = leuko_decide_all(&r.in);
    for (guint i = 0; i < n; i++) {
        right += decided[i] == r.labels[i];
        loss += leuko_log_loss(r.probabilities[(gsize)i * n_classes + (guint)r.labels[i]]);
    }
    return (LeukoDecisionFigures){(double)right / n, loss / n};
}
