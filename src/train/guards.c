#include "train/guards.h"
#include "base/plural.h"
#include "base/progress.h"
#include "base/rng.h"
#include "data/dataset-view.h"
#include "stats/decide.h"
#include "stats/units.h"
#include "train/head-model.h"
#include <math.h>
#include <string.h>

enum { MAX_ROWS = 2000 }; /* of the covariance, which needs no more */

typedef struct {
    LeukoModel *model;
    const LeukoGuardOptions *options;
    const LeukoStart *start;
    LeukoReporter reporter;
    GCancellable *cancellable;
} Job;

/* The features of a split: `known`, or computed, and then in *own. */
static const LeukoFeatures *features_of(const Job *job, LeukoDataset *split,
                                        const LeukoFeatures *known, LeukoFeatures **own,
                                        GError **error)
{
    if (known)
        return known;
    return *own = leuko_features_compute(split, job->start, &job->options->features, job->reporter,
                                         job->cancellable, error);
}

/* --- units ------------------------------------------------------------------------------------ */

typedef struct {
    guint *unit; /* (n records) index of the image's group; NULL: groups are unknown */
    guint n_units;
} Units;

static void units_clear(Units *u) { g_free(u->unit); }
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Units, units_clear)

/* Number the groups; images without a group form one. */
static Units number_groups(const LeukoDataset *d)
{
    guint n = leuko_dataset_n_records(d);
    Units u = {NULL, 0};
    if (!leuko_dataset_has_groups(d))
        return u;
    g_autofree const char **groups = g_new(const char *, MAX(n, 1));
    for (guint i = 0; i < n; i++)
        groups[i] = leuko_dataset_record(d, i)->group;
    u.unit = g_new(guint, MAX(n, 1));
    g_free(leuko_groups_number(groups, n, u.unit, &u.n_units));
    return u;
}

static gint *labels_of(const LeukoDataset *d)
{
    guint n = leuko_dataset_n_records(d);
    gint *labels = g_new(gint, MAX(n, 1));
    for (guint i = 0; i < n; i++)
        labels[i] = leuko_dataset_record(d, i)->label;
    return labels;
}

/* --- referral --------------------------------------------------------------------------------- */

/* Probabilities (n, K) of the model's head; NULL: a logit is not finite. g_free. */
static double *classify(const LeukoModel *m, const LeukoFeatures *f)
{
    guint n_classes = m->spec.n_classes;
    g_autoptr(LeukoHead) head = leuko_head_model_head(m);
    g_autofree float *logits = leuko_head_logits_of_rows(head, f->x, f->n);
    g_autofree double *p = g_new(double, f->n *n_classes);
    for (gsize i = 0; i < f->n; i++)
        if (!leuko_model_probabilities(m, logits + i * n_classes, p + i * n_classes))
            return NULL;
    return g_steal_pointer(&p);
}

/* Say what is promised about a class. name: of the class, or "each class". */
static void report_class(const Job *job, const LeukoReferral *r, guint k, const char *name)
{
    const LeukoReferralClass *c = &r->classes[k];
    const char *unit = r->by_groups ? "group" : "image";
    guint confident =
              leuko_referral_units_needed(r->miss_bound, r->confidence, LEUKO_PROMISE_CONFIDENT),
          average =
              leuko_referral_units_needed(r->miss_bound, r->confidence, LEUKO_PROMISE_AVERAGE);
    g_autofree gchar *fitted =
        g_strdup_printf("%u validation %s", c->n_units,
                        leuko_plural(c->n_units, unit, r->by_groups ? "groups" : "images"));
    const char *images = r->of_all ? "images" : "answered images";
    if (c->promise == LEUKO_PROMISE_CONFIDENT)
        leuko_report_line(job->reporter, "training",
                          "%s: with confidence %g, at most %g %% of the %s%s are answered as "
                          "another class (%s)",
                          name, r->confidence, 100 * r->miss_bound, images,
                          r->by_groups ? " of new groups" : "", fitted);
    else if (c->promise == LEUKO_PROMISE_AVERAGE)
        leuko_report_line(job->reporter, "training",
                          "%s: on average, at most %g %% of the %s%s are answered as another "
                          "class (%s; a bound with confidence %g needs %u)",
                          name, 100 * r->miss_bound, images, r->by_groups ? " of new groups" : "",
                          fitted, r->confidence, confident);
    else
        leuko_report_line(job->reporter, "training",
                          "%s: cannot promise a bound of %g %% on missed images from %s: it needs "
                          "%u, or %u for confidence %g; no image is referred for this class",
                          name, 100 * r->miss_bound, fitted, average, confident, r->confidence);
}

static gboolean classes_are_alike(const LeukoReferral *r)
{
    for (guint k = 1; k < r->n_classes; k++)
        if (r->classes[k].promise != r->classes[0].promise ||
            r->classes[k].n_units != r->classes[0].n_units)
            return FALSE;
    return TRUE;
}

static void report_promises(const Job *job, const LeukoReferral *r)
{
    gint positive = job->model->positive; /* first */
    if (classes_are_alike(r)) {
        report_class(job, r, 0, "each class");
        return;
    }
    if (positive >= 0)
        report_class(job, r, (guint)positive, job->model->classes[positive]);
    for (guint k = 0; k < r->n_classes; k++)
        if ((gint)k != positive)
            report_class(job, r, k, job->model->classes[k]);
}

static void report_referral(const Job *job, const LeukoReferral *r, const double *p,
                            const gint *decisions, guint n)
{
    guint n_referred = 0, n_classes = r->n_classes;
    for (guint i = 0; i < n; i++)
        n_referred += leuko_referral_rival(r, p + (gsize)i * n_classes, decisions[i]) >= 0;
    report_promises(job, r);
    for (guint k = 0; k < n_classes; k++)
        if (r->classes[k].promise != LEUKO_PROMISE_NONE) {
            if (r->of_all && !job->options->miss_of_all)
                leuko_report_line(
                    job->reporter, "training",
                    "with these images, a bound of %g %% on the answered images would "
                    "leave almost nothing answered: the bound is on the share of all "
                    "images, answered or referred",
                    100 * r->miss_bound);
            leuko_report_line(job->reporter, "training",
                              "of %u validation %s, %u %s referred to a person to keep this", n,
                              LEUKO_PLURAL(n, "image"), n_referred,
                              leuko_plural(n_referred, "is", "are"));
            break;
        }
}

static gboolean fit_referral(const Job *job, const LeukoDataset *validation, const LeukoFeatures *f)
{
    LeukoModel *m = job->model;
    guint n = (guint)f->n, n_classes = m->spec.n_classes;
    g_autofree double *p = classify(m, f);
    if (!p)
        return TRUE; /* the trainer reports it */
    g_auto(Units) units = number_groups(validation);
    g_autofree gint *labels = labels_of(validation), *decisions = g_new(gint, MAX(n, 1));
    for (guint i = 0; i < n; i++)
        decisions[i] = leuko_decide(p + (gsize)i * n_classes, n_classes, m->positive, m->threshold);
    leuko_referral_free(m->referral);
    m->referral = leuko_referral_fit(&(LeukoReferralInput){.n = n,
                                                           .n_classes = n_classes,
                                                           .labels = labels,
                                                           .probabilities = p,
                                                           .decisions = decisions,
                                                           .units = units.unit,
                                                           .n_units = units.n_units,
                                                           .miss_bound = job->options->miss_bound,
                                                           .confidence = job->options->confidence,
                                                           .of_all = job->options->miss_of_all});
    report_referral(job, m->referral, p, decisions, n);
    return TRUE;
}

/* --- typical ---------------------------------------------------------------------------------- */

/* Rows of the training split, or of a half of it. */
typedef struct {
    float *x;
    gint *labels;
    guint n;
} Rows;

static void rows_clear(Rows *r)
{
    g_free(r->x);
    g_free(r->labels);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Rows, rows_clear)

/* Whether the next of n evenly spaced ones among n_all is number i; `taken` were before it. */
static gboolean is_next(guint i, guint n, guint n_all, guint taken)
{
    return (guint64)i * n / n_all >= taken;
}

/* Evenly spaced records of a split, at most MAX_ROWS, as a data set. */
static LeukoDataset *take_records(LeukoDataset *split)
{
    guint n_all = leuko_dataset_n_records(split), n = MIN(n_all, MAX_ROWS), taken = 0;
    LeukoRecordPlace places[MAX_ROWS];
    for (guint i = 0; taken < n; i++)
        if (is_next(i, n, n_all, taken))
            places[taken++] = (LeukoRecordPlace){0, i};
    return leuko_dataset_view(&split, 1, places, n);
}

/* Evenly spaced rows of those where part[i] is `wanted`; part NULL: of all. */
static Rows take_rows(const LeukoFeatures *f, const gint *labels, const guint8 *part, guint wanted)
{
    guint n_all = 0, seen = 0, n_features = f->n_features;
    for (guint i = 0; i < f->n; i++)
        n_all += !part || part[i] == wanted;
    guint n = MIN(n_all, MAX_ROWS);
    Rows rows = {g_new(float, MAX((gsize)n * n_features, 1)), g_new(gint, MAX(n, 1)), 0};
    for (guint i = 0; i < f->n; i++) {
        if (part && part[i] != wanted)
            continue;
        if (!is_next(seen++, n, n_all, rows.n))
            continue;
        memcpy(rows.x + (gsize)rows.n * n_features, f->x + (gsize)i * n_features,
               n_features * sizeof(float));
        rows.labels[rows.n++] = labels[i];
        if (rows.n == n)
            break;
    }
    return rows;
}

/* Halves of the training split that share no group and no original. */
static guint8 *halve(const Job *job, const LeukoDataset *d, gboolean groups)
{
    guint n = leuko_dataset_n_records(d);
    guint8 *part = g_new(guint8, MAX(n, 1));
    for (guint i = 0; i < n; i++) {
        const LeukoRecord *r = leuko_dataset_record(d, i);
        const char *key = groups && *r->group ? r->group : r->source;
        LeukoRng rng;
        leuko_rng_init(&rng, job->options->seed, "guards", leuko_hash64(key, strlen(key)));
        part[i] = (guint8)leuko_rng_below(&rng, 2);
    }
    return part;
}

/* Scores of the rows where part[i] is not `fitted`, by distances that were fitted on the others. */
static gboolean score_half(const LeukoFeatures *f, const gint *labels, const guint8 *part,
                           guint fitted, guint n_classes, double *scores)
{
    g_auto(Rows) rows = take_rows(f, labels, part, fitted);
    g_autoptr(LeukoTypical) t =
        leuko_typical_fit(rows.x, rows.labels, rows.n, f->n_features, n_classes);
    for (guint i = 0; t && i < f->n; i++)
        if (part[i] != fitted)
            scores[i] = leuko_typical_score(t, f->x + (gsize)i * f->n_features);
    return t != NULL;
}

/* Without enough validation images: held-out halves of the training split. */
static gboolean calibrate_on_halves(const Job *job, LeukoTypical *t, const LeukoDataset *training,
                                    const LeukoFeatures *f, const gint *labels)
{
    g_autofree double *scores = g_new(double, MAX(f->n, 1));
    g_auto(Units) units = number_groups(training);
    gboolean ok = FALSE;
    for (guint by_groups = units.n_units > 1; !ok; by_groups = 0) {
        g_autofree guint8 *part = halve(job, training, by_groups > 0);
        ok = score_half(f, labels, part, 0, t->n_classes, scores) &&
             score_half(f, labels, part, 1, t->n_classes, scores);
        if (!by_groups)
            break;
    }
    if (ok)
        leuko_typical_calibrate(t, scores, units.unit, (guint)f->n, units.n_units);
    return ok;
}

static void calibrate_on_validation(LeukoTypical *t, const LeukoDataset *validation,
                                    const LeukoFeatures *f)
{
    g_autofree double *scores = g_new(double, MAX(f->n, 1));
    g_auto(Units) units = number_groups(validation);
    for (guint i = 0; i < f->n; i++)
        scores[i] = leuko_typical_score(t, f->x + (gsize)i * f->n_features);
    leuko_typical_calibrate(t, scores, units.unit, (guint)f->n, units.n_units);
}

enum { MIN_SCORES = 99 }; /* leuko_typical_calibrate() */

static gboolean fit_typical(const Job *job, const LeukoTrainSplits *splits,
                            const LeukoFeatures *validation, GError **error)
{
    LeukoModel *m = job->model;
    if (m->spec.n_classes > LEUKO_TYPICAL_MAX_CLASSES)
        return TRUE;
    gboolean by_validation = validation && validation->n >= MIN_SCORES;
    const LeukoSplitFeatures *known = job->options->known;
    const LeukoFeatures *have = known ? known->training : NULL;
    /* the other rows serve only to calibrate on halves */
    g_autoptr(LeukoDataset) training = by_validation && !have ? take_records(splits->training)
                                                              : leuko_dataset_ref(splits->training);
    g_autoptr(LeukoFeatures) own = NULL;
    const LeukoFeatures *f = features_of(job, training, have, &own, error);
    if (!f)
        return FALSE;
    g_autofree gint *labels = labels_of(training);
    g_auto(Rows) rows = take_rows(f, labels, NULL, 0);
    leuko_typical_free(m->typical);
    m->typical = leuko_typical_fit(rows.x, rows.labels, rows.n, f->n_features, m->spec.n_classes);
    if (!m->typical)
        return TRUE;
    if (by_validation)
        calibrate_on_validation(m->typical, splits->validation, validation);
    else if (!calibrate_on_halves(job, m->typical, training, f, labels))
        g_clear_pointer(&m->typical, leuko_typical_free);
    if (m->typical && isfinite(m->typical->limit))
        leuko_report_line(job->reporter, "training",
                          "images unlike the training images are referred: those farther from the "
                          "classes than 99 %% of %u %s images",
                          m->typical->reference.n_images,
                          by_validation ? "validation" : "held-out training");
    else
        leuko_report_line(job->reporter, "training",
                          "too few images (%d needed) to tell which ones are unlike the training "
                          "images; none is referred for that",
                          MIN_SCORES);
    return TRUE;
}

/* --- both ------------------------------------------------------------------------------------- */

static gboolean fit_all(const Job *job, const LeukoTrainSplits *splits, GError **error)
{
    g_autoptr(LeukoFeatures) own = NULL;
    const LeukoSplitFeatures *known = job->options->known;
    const LeukoFeatures *f = NULL;
    if (splits->validation) {
        f = features_of(job, splits->validation, known ? known->validation : NULL, &own, error);
        if (!f || (job->options->miss_bound > 0 && !fit_referral(job, splits->validation, f)))
            return FALSE;
    } else if (job->options->miss_bound > 0) {
        leuko_report_line(job->reporter, "training",
                          "without a validation split no bound on missed images can be promised; "
                          "no image is referred for its class");
    }
    return fit_typical(job, splits, f, error);
}

gboolean leuko_guards_fit(LeukoModel *m, const LeukoTrainSplits *splits, const LeukoGuardOptions *o,
                          LeukoReporter reporter, GCancellable *cancellable, GError **error)
{
    Job job = {m, o, o->start, reporter, cancellable};
    if (o->start)
        return fit_all(&job, splits, error);
    LeukoNetSpec spec = m->spec;
    spec.n_classes = 0;
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, error);
    if (!net)
        return FALSE;
    const LeukoStart own = {.spec = spec,
                            .net = net,
                            .params = m->params,
                            .preprocess = m->preprocess,
                            .weights = (gchar *)"",
                            .digest = (gchar *)""};
    job.start = &own;
    return fit_all(&job, splits, error);
}
