#include "study/adapt-fit.h"
#include "data/dataset-view.h"
#include "train/decision.h"
#include "train/head-choice.h"
#include "train/head-folds.h"
#include "train/head-map.h"
#include <math.h>
#include <string.h>

#define INNER_FOLDS 5
#define STRENGTHS   22   /* of the prior, two for each decade */
#define TOLERANCE   1e-4 /* of the fits that are compared */

void leuko_adapt_fit_free(LeukoAdaptFit *fit)
{
    if (!fit)
        return;
    g_free(fit->logits);
    g_free(fit->inner);
    leuko_model_free(fit->decision);
    leuko_head_free(fit->head);
    g_free(fit);
}

/* One way of preprocessing, and what it makes of the cells. */
typedef struct {
    gboolean is_changed; /* the color is not that of the model */
    LeukoColorTransfer color;
    LeukoFeatures *owned;   /* NULL: those of the laboratory */
    const LeukoFeatures *x; /* (n, C) */
    double *z;              /* (n, K) logits of the model's head */
    double *mean, *inv_sd;  /* (C) over the rows */
    float *coordinates;     /* (n, R) */
    double *zeros, *ones;   /* (R) for coordinates */
    LeukoHeadData data;     /* of the coordinates; labels among the present classes */
    double strongest;       /* l2 */
} View;

static void view_clear(View *v)
{
    leuko_features_free(v->owned);
    g_free(v->z);
    g_free(v->mean);
    g_free(v->inv_sd);
    g_free(v->coordinates);
    g_free(v->zeros);
    g_free(v->ones);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(View, view_clear)

/* What a search holds. */
typedef struct {
    const LeukoAdaptLab *lab;
    const guint *rows;
    guint n_rows, n_classes;
    guint *fold;  /* (n_rows) */
    gint *labels; /* (n_rows) classes of the model */
    LeukoAdaptFit *best;
    guint best_color; /* the view of the best */
    GCancellable *cancellable;
} Search;

/* --- a view ----------------------------------------------------------------------------------- */

static gboolean compute_features(const Search *s, View *v, LeukoReporter reporter, GError **error)
{
    const LeukoAdaptLab *lab = s->lab;
    if (!v->is_changed) {
        v->x = lab->plain;
        return TRUE;
    }
    LeukoStart start = *lab->start; /* borrows everything */
    start.preprocess.color = v->color;
    v->owned = leuko_features_compute(lab->data->dataset, &start, &lab->features, reporter,
                                      s->cancellable, error);
    v->x = v->owned;
    return v->x != NULL;
}

static gboolean view_init(const Search *s, View *v, LeukoReporter reporter, GError **error)
{
    const LeukoAdaptLab *lab = s->lab;
    if (!compute_features(s, v, reporter, error))
        return FALSE;
    guint n = lab->data->n, C = v->x->n_features;
    v->z = g_new(double, (gsize)n * s->n_classes);
    for (gsize i = 0; i < n; i++)
        leuko_adapt_logits(lab->model, v->x->x + i * C, v->z + i * s->n_classes);
    v->mean = g_new(double, C);
    v->inv_sd = g_new(double, C);
    v->data = (LeukoHeadData){v->x->x, lab->place, NULL, n, C, lab->n_present};
    leuko_head_map_standardize(&v->data, s->rows, s->n_rows, v->mean, v->inv_sd);
    const LeukoHeadPrior prior = {&v->data, NULL, v->mean, v->inv_sd};
    v->coordinates = leuko_head_map_coordinates(&prior, error);
    if (!v->coordinates)
        return FALSE;
    guint rank = leuko_head_map_rank(&v->data);
    v->zeros = g_new0(double, rank);
    v->ones = g_new(double, rank);
    for (guint r = 0; r < rank; r++)
        v->ones[r] = 1;
    v->data.x = v->coordinates;
    v->data.n_features = rank;
    for (guint i = 0; i < s->n_rows; i++) {
        const float *x = v->coordinates + (gsize)s->rows[i] * rank;
        for (guint r = 0; r < rank; r++)
            v->strongest += 0.25 * (double)x[r] * (double)x[r];
    }
    return TRUE;
}

/* The colors that the images get: those of the model, or so that the rows look like the model's
 * training images. */
static LeukoColorTransfer color_of(const Search *s, gboolean changed)
{
    const LeukoAdaptLab *lab = s->lab;
    if (!changed)
        return lab->model->preprocess.color;
    g_autofree LeukoColorMoments *moments = g_new(LeukoColorMoments, s->n_rows);
    for (guint i = 0; i < s->n_rows; i++)
        moments[i] = lab->colors[s->rows[i]];
    LeukoColorReference from = leuko_color_reference_of(moments, s->n_rows);
    return leuko_color_transfer_between(&from, &lab->reference);
}

/* --- centering and the head ------------------------------------------------------------------- */

/* shift (K): how far the mean logits of the classes lie from those of the training images, mean
 * over the classes with rows outside fold `out` (-1: no fold). */
static void find_shift(const Search *s, const View *v, gint out, double *shift)
{
    guint K = s->n_classes, P = s->lab->n_present, n_used = 0;
    g_autofree double *sums = g_new0(double, (gsize)P *K);
    g_autofree guint *count = g_new0(guint, P);
    for (guint i = 0; i < s->n_rows; i++) {
        guint p = (guint)s->lab->place[s->rows[i]];
        if (out >= 0 && s->fold[i] == (guint)out)
            continue;
        count[p]++;
        for (guint k = 0; k < K; k++)
            sums[(gsize)p * K + k] += v->z[(gsize)s->rows[i] * K + k];
    }
    memset(shift, 0, K * sizeof *shift);
    for (guint p = 0; p < P; p++) {
        n_used += count[p] > 0;
        for (guint k = 0; count[p] > 0 && k < K; k++)
            shift[k] += sums[(gsize)p * K + k] / count[p] - s->lab->source[(gsize)p * K + k];
    }
    for (guint k = 0; n_used > 0 && k < K; k++)
        shift[k] /= n_used;
}

/* One fit: outside fold `out`, or with all rows. */
typedef struct {
    gint out;
    guint *rows; /* (n) records */
    guint n;
    double *shift;   /* (K) */
    double *offsets; /* (n records, P) */
    double *theta;   /* (P, R + 1) */
} Part;

static void part_clear(Part *p)
{
    g_free(p->rows);
    g_free(p->shift);
    g_free(p->offsets);
    g_free(p->theta);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Part, part_clear)

static void part_init(Part *p, const Search *s, const View *v, gint out, gboolean center)
{
    guint K = s->n_classes, P = s->lab->n_present, n = s->lab->data->n;
    p->out = out;
    p->rows = g_new(guint, s->n_rows + 1);
    for (guint i = 0; i < s->n_rows; i++)
        if (out < 0 || s->fold[i] != (guint)out)
            p->rows[p->n++] = s->rows[i];
    p->shift = g_new0(double, K);
    if (center)
        find_shift(s, v, out, p->shift);
    p->offsets = g_new(double, (gsize)n *P);
    for (gsize i = 0; i < n; i++)
        for (guint j = 0; j < P; j++) {
            guint k = s->lab->present[j];
            p->offsets[i * P + j] = v->z[i * K + k] - p->shift[k];
        }
    p->theta = g_new0(double, (gsize)P *(v->data.n_features + 1));
}

/* Adapted logits (K) of a record. */
static void part_logits(const Part *p, const Search *s, const View *v, gsize record, double *out)
{
    guint K = s->n_classes, P = s->lab->n_present, R = v->data.n_features;
    for (guint k = 0; k < K; k++)
        out[k] = v->z[record * K + k] - p->shift[k];
    for (guint j = 0; j < P; j++) {
        double sum = p->theta[(gsize)P * R + j];
        for (guint r = 0; r < R; r++)
            sum += p->theta[(gsize)j * R + r] * (double)v->coordinates[record * R + r];
        out[s->lab->present[j]] += sum;
    }
}

static gboolean part_fit(Part *p, const Search *s, const View *v, double l2, double tolerance,
                         GError **error)
{
    const LeukoHeadPrior prior = {&v->data, p->offsets, v->zeros, v->ones};
    return leuko_head_map_fit(&prior, p->rows, p->n, l2, tolerance, s->lab->features.n_threads,
                              p->theta, s->cancellable, error);
}

/* --- the choice ------------------------------------------------------------------------------- */

/* The held-out log-loss of logits (n_rows, K), with the best temperature. */
static double judge(const Search *s, const double *logits)
{
    const LeukoHeadData d = {NULL, s->labels, NULL, s->n_rows, 1, s->n_classes};
    return leuko_head_held_out_loss(&d, logits, leuko_head_slope(&d, logits));
}

static void consider(Search *s, guint steps, double l2, guint color, const double *logits,
                     double loss)
{
    LeukoAdaptFit *best = s->best;
    if (steps == 0)
        best->loss_before = loss;
    if (best->inner && loss >= best->loss)
        return;
    gsize n = (gsize)s->n_rows * s->n_classes * sizeof(double);
    best->steps = steps;
    best->l2 = l2;
    best->loss = loss;
    s->best_color = color;
    g_free(best->inner);
    best->inner = g_memdup2(logits, n);
}

/* Try the head from the strongest prior on, until the loss rises twice. */
static gboolean try_strengths(Search *s, const View *v, Part *parts, guint steps, guint color,
                              double *logits, GError **error)
{
    double smallest = INFINITY;
    guint n_rises = 0, n_inner = s->best->n_inner;
    gboolean with_head = (s->lab->steps & LEUKO_ADAPT_HEAD) != 0;
    for (guint j = 0; j <= (with_head ? STRENGTHS : 0) && n_rises < 2; j++) {
        double l2 = j == 0 ? INFINITY : v->strongest * pow(10, -0.5 * (j - 1));
        for (guint f = 0; f < n_inner; f++) {
            if (j > 0 && !part_fit(&parts[f], s, v, l2, TOLERANCE, error))
                return FALSE;
            for (guint i = 0; i < s->n_rows; i++)
                if (s->fold[i] == f)
                    part_logits(&parts[f], s, v, s->rows[i], logits + (gsize)i * s->n_classes);
        }
        double loss = judge(s, logits);
        consider(s, steps | (j > 0 ? LEUKO_ADAPT_HEAD : 0), l2, color, logits, loss);
        n_rises = loss > smallest ? n_rises + 1 : 0;
        smallest = fmin(smallest, loss);
    }
    return TRUE;
}

static gboolean try_view(Search *s, const View *v, guint color, GError **error)
{
    guint n_inner = s->best->n_inner;
    gboolean may_center = (s->lab->steps & LEUKO_ADAPT_CENTER) != 0, ok = TRUE;
    g_autofree double *logits = g_new0(double, (gsize)s->n_rows * s->n_classes);
    g_autofree Part *parts = g_new(Part, n_inner);
    for (guint center = 0; ok && center <= (may_center ? 1 : 0); center++) {
        memset(parts, 0, n_inner * sizeof *parts);
        for (guint f = 0; f < n_inner; f++)
            part_init(&parts[f], s, v, (gint)f, center != 0);
        guint steps = (color ? LEUKO_ADAPT_COLOR : 0) | (center ? LEUKO_ADAPT_CENTER : 0);
        ok = try_strengths(s, v, parts, steps, color, logits, error);
        for (guint f = 0; f < n_inner; f++)
            part_clear(&parts[f]);
    }
    return ok;
}

/* --- the result ------------------------------------------------------------------------------- */

/* The head that the network computes: the model's, plus the change. theta (P, C + 1): for features
 * standardized as the view's. */
static LeukoHead *head_of(const Search *s, const View *v, const double *shift, const double *theta)
{
    const LeukoModel *m = s->lab->model;
    const LeukoTensor *w = leuko_params_find(m->params, LEUKO_HEAD_WEIGHTS);
    const LeukoTensor *b = leuko_params_find(m->params, LEUKO_HEAD_BIASES);
    guint C = v->x->n_features, K = s->n_classes, P = s->lab->n_present;
    LeukoHead *head = leuko_head_new(C, K);
    for (guint c = 0; c < C; c++)
        head->inv_sd[c] = 1;
    for (guint k = 0; k < K; k++) {
        head->b[k] = (double)b->data[k] / m->temperature - shift[k];
        for (guint c = 0; c < C; c++)
            head->w[(gsize)k * C + c] = (double)w->data[(gsize)c * K + k] / m->temperature;
    }
    for (guint j = 0; theta && j < P; j++) {
        guint k = s->lab->present[j];
        head->b[k] += theta[(gsize)P * C + j];
        for (guint c = 0; c < C; c++) {
            double change = theta[(gsize)j * C + c] * v->inv_sd[c];
            head->w[(gsize)k * C + c] += change;
            head->b[k] -= change * v->mean[c];
        }
    }
    return head;
}

/* The same fit with the features in place of the coordinates: the optimum is the same. */
static gboolean make_head(const Search *s, const View *v, const Part *part, GError **error)
{
    LeukoAdaptFit *best = s->best;
    guint C = v->x->n_features, P = s->lab->n_present;
    g_autofree double *theta = g_new0(double, (gsize)P *(C + 1));
    LeukoHeadData data = v->data;
    data.x = v->x->x;
    data.n_features = C;
    const LeukoHeadPrior prior = {&data, part->offsets, v->mean, v->inv_sd};
    if (isfinite(best->l2) &&
        !leuko_head_map_fit(&prior, part->rows, part->n, best->l2, LEUKO_HEAD_TOLERANCE,
                            s->lab->features.n_threads, theta, s->cancellable, error))
        return FALSE;
    best->head = head_of(s, v, part->shift, theta);
    return TRUE;
}

/* Adapt to all rows with the chosen steps. */
static gboolean finish(Search *s, const View *v, gboolean wants_head, GError **error)
{
    LeukoAdaptFit *best = s->best;
    guint n = s->lab->data->n;
    g_auto(Part) part = {0};
    part_init(&part, s, v, -1, (best->steps & LEUKO_ADAPT_CENTER) != 0);
    if (isfinite(best->l2) && !part_fit(&part, s, v, best->l2, LEUKO_HEAD_TOLERANCE, error))
        return FALSE;
    best->color = v->color;
    best->logits = g_new(double, (gsize)n * s->n_classes);
    for (gsize i = 0; i < n; i++)
        part_logits(&part, s, v, i, best->logits + i * s->n_classes);
    if (wants_head && !make_head(s, v, &part, error))
        return FALSE;
    return TRUE;
}

/* Fit on the inner held-out logits how the adapted model decides; an unchanged model decides as
 * before. */
static gboolean decide(Search *s, GError **error)
{
    const LeukoModel *m = s->lab->model;
    const LeukoThresholdRule rule = leuko_threshold_rule_balanced();
    gsize n = (gsize)s->n_rows * s->n_classes;
    LeukoModel *d = s->best->decision = leuko_model_new(&m->spec);
    d->classes = g_strdupv(m->classes);
    d->positive = m->positive;
    d->threshold = m->threshold;
    d->patient_share = m->patient_share;
    if (s->best->steps == 0) {
        d->calibration = m->calibration; /* its temperature is in the logits */
        d->threshold_choice = m->threshold_choice;
        return TRUE;
    }
    g_autofree float *logits = g_new(float, n);
    g_autofree LeukoRecordPlace *places = g_new(LeukoRecordPlace, s->n_rows);
    for (gsize i = 0; i < n; i++)
        logits[i] = (float)s->best->inner[i];
    for (guint i = 0; i < s->n_rows; i++)
        places[i] = (LeukoRecordPlace){0, s->rows[i]};
    g_autoptr(LeukoDataset) view = leuko_dataset_view(&s->lab->data->dataset, 1, places, s->n_rows);
    return leuko_decision_fit_labels(d, view, s->labels, logits, &rule, LEUKO_FITTED_FOLDS, error);
}

static gboolean make_inner_folds(Search *s, GError **error)
{
    const LeukoCrossvalData *d = s->lab->data;
    g_autofree gint *labels = g_new(gint, s->n_rows + 1);
    g_autofree const char **groups = g_new(const char *, s->n_rows + 1);
    g_autofree const char **sources = g_new(const char *, s->n_rows + 1);
    for (guint i = 0; i < s->n_rows; i++) {
        labels[i] = s->lab->place[s->rows[i]];
        s->labels[i] = s->lab->labels[s->rows[i]];
        groups[i] = d->inner_groups[s->rows[i]];
        sources[i] = d->inner_sources[s->rows[i]];
    }
    s->best->n_inner = INNER_FOLDS;
    return leuko_head_folds_make(labels, groups, sources, s->n_rows, s->lab->n_present,
                                 s->lab->options->seed, s->fold, &s->best->n_inner, &s->best->folds,
                                 error);
}

LeukoAdaptFit *leuko_adapt_fit(const LeukoAdaptLab *lab, const guint *rows, guint n_rows,
                               gboolean wants_head, LeukoReporter reporter,
                               GCancellable *cancellable, GError **error)
{
    g_autoptr(LeukoAdaptFit) fit = g_new0(LeukoAdaptFit, 1);
    g_autofree guint *fold = g_new(guint, n_rows + 1);
    g_autofree gint *labels = g_new(gint, n_rows + 1);
    g_auto(View) plain = {0}, changed = {0};
    View *const views[] = {&plain, &changed};
    Search s = {.lab = lab,
                .rows = rows,
                .n_rows = n_rows,
                .n_classes = lab->model->spec.n_classes,
                .fold = fold,
                .labels = labels,
                .best = fit,
                .cancellable = cancellable};
    guint n_views = lab->steps & LEUKO_ADAPT_COLOR ? 2 : 1;
    if (!make_inner_folds(&s, error))
        return NULL;
    for (guint color = 0; color < n_views; color++) {
        views[color]->is_changed = color == 1;
        views[color]->color = color_of(&s, color == 1);
        if (!view_init(&s, views[color], reporter, error) ||
            !try_view(&s, views[color], color, error))
            return NULL;
    }
    if (!finish(&s, views[s.best_color], wants_head, error) || !decide(&s, error))
        return NULL;
    return g_steal_pointer(&fit);
}
