#include "train/head-recipe.h"
#include "base/error.h"
#include "train/discriminant-choice.h"
#include "train/discriminant.h"
#include "train/head-choice.h"
#include "train/head-folds.h"
#include <math.h>
#include <string.h>

/* The smallest l2 is this many decades below leuko_head_strong_l2(). The path usually ends earlier,
 * because the loss rises. */
#define PATH_DECADES 5.5

void leuko_head_fit_free(LeukoHeadFit *fit)
{
    if (!fit)
        return;
    leuko_head_free(fit->head);
    g_free(fit->logits);
    g_free(fit);
}

/* The rows of a recipe, one behind the other. Without a choice of rows everything is borrowed. */
typedef struct {
    LeukoHeadData data; /* n rows, as the head is used */
    LeukoHeadData
        fit; /* rows to fit on: `data`, or all rows of the first view, of the second, ... */
    const char *const *groups, *const *sources;
    float *x;
    gint *labels;
    double *weights;
    const char **names[2]; /* groups, sources */
    float *views_x;        /* of `fit`, with views */
    gint *views_labels;
    double *views_weights;
} Rows;

static void rows_clear(Rows *r)
{
    g_free(r->x);
    g_free(r->labels);
    g_free(r->weights);
    g_free(r->views_x);
    g_free(r->views_labels);
    g_free(r->views_weights);
    g_free(r->names[0]);
    g_free(r->names[1]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Rows, rows_clear)

/* The names of the rows, g_free; NULL for NULL. */
static const char **take_names(const char *const *names, const guint *rows, gsize n)
{
    if (!names)
        return NULL;
    const char **taken = g_new(const char *, n);
    for (gsize i = 0; i < n; i++)
        taken[i] = names[rows[i]];
    return taken;
}

/* The features (n, C) of rows of x; NULL: no memory. g_free. */
static float *take_features(const LeukoHeadRecipe *recipe, const float *x, guint n_views,
                            GError **error)
{
    gsize n = recipe->n, C = recipe->data->n_features;
    float *taken = g_try_malloc_n(n_views * n, C * sizeof(float));
    if (!taken && n > 0) {
        leuko_fail(LEUKO_ERROR_MEMORY, error, "no memory for the features of %zu images (%zu each)",
                   n_views * n, C);
        return NULL;
    }
    for (gsize view = 0; view < n_views; view++)
        for (gsize i = 0; i < n; i++)
            memcpy(taken + (view * n + i) * C,
                   x + (view * recipe->data->n_rows + recipe->rows[i]) * C, C * sizeof(float));
    return taken;
}

/* Set r->fit from r->data. An image counts as much as it does with one view. */
static gboolean views_init(Rows *r, const LeukoHeadRecipe *recipe, GError **error)
{
    guint n_views = recipe->n_views;
    gsize n = r->data.n_rows;
    r->fit = r->data;
    if (!recipe->views)
        return TRUE;
    if (recipe->rows && !(r->views_x = take_features(recipe, recipe->views, n_views, error)))
        return FALSE;
    r->views_labels = g_new(gint, n_views * n);
    r->views_weights = g_new(double, n_views *n);
    for (gsize j = 0; j < n_views * n; j++) {
        r->views_labels[j] = r->data.labels[j % n];
        r->views_weights[j] = (r->data.weights ? r->data.weights[j % n] : 1.0) / n_views;
    }
    r->fit.x = r->views_x ? r->views_x : recipe->views;
    r->fit.labels = r->views_labels;
    r->fit.weights = r->views_weights;
    r->fit.n_rows = n_views * n;
    return TRUE;
}

static gboolean rows_init(Rows *r, const LeukoHeadRecipe *recipe, GError **error)
{
    const LeukoHeadData *d = recipe->data;
    gsize n = recipe->n;
    r->data = *d;
    r->groups = recipe->groups;
    r->sources = recipe->sources;
    if (!recipe->rows)
        return views_init(r, recipe, error);
    if (!(r->x = take_features(recipe, d->x, 1, error)))
        return FALSE;
    r->labels = g_new(gint, n);
    r->weights = d->weights ? g_new(double, n) : NULL;
    for (gsize i = 0; i < n; i++) {
        gsize row = recipe->rows[i];
        r->labels[i] = d->labels[row];
        if (r->weights)
            r->weights[i] = d->weights[row];
    }
    r->groups = r->names[0] = take_names(recipe->groups, recipe->rows, n);
    r->sources = r->names[1] = take_names(recipe->sources, recipe->rows, n);
    r->data = (LeukoHeadData){r->x, r->labels, r->weights, n, d->n_features, d->n_classes};
    return views_init(r, recipe, error);
}

/* Choose l2 by the inner folds; *start gets the head to start the final fit from, or NULL. */
static gboolean choose_l2(const Rows *r, const guint *fold, const LeukoHeadRecipe *recipe,
                          LeukoHeadFit *f, LeukoHead **start, LeukoReporter reporter,
                          GCancellable *cancellable, GError **error)
{
    const LeukoHeadData *d = &r->data;
    double strong = leuko_head_strong_l2(d);
    f->strong_l2 = f->folds == LEUKO_FOLDS_HALF;
    double weak = f->strong_l2 ? strong : strong * pow(10, -PATH_DECADES);
    g_autoptr(LeukoHeadChoice) c =
        leuko_head_choose(d, &r->fit, fold, f->n_folds, strong, weak, recipe->n_threads, reporter,
                          cancellable, error);
    if (!c)
        return FALSE;
    LeukoHeadTrial t = g_array_index(c->trials, LeukoHeadTrial, c->chosen);
    double slope = leuko_head_slope(d, c->logits);
    f->kind = LEUKO_HEAD_LOGISTIC;
    f->logistic_loss = leuko_head_held_out_loss(d, c->logits, slope);
    f->l2 = t.l2;
    f->held_out_accuracy = t.accuracy;
    f->held_out_loss = t.loss;
    if (f->strong_l2) {
        f->slope = slope;
        for (gsize i = 0; i < d->n_rows * d->n_classes; i++)
            c->logits[i] *= f->slope;
    }
    f->logits = g_steal_pointer(&c->logits);
    *start = g_steal_pointer(&c->start);
    return TRUE;
}

/* Choose the shrinkage by the inner folds, and the discriminant if nothing better is there. */
static gboolean choose_shrinkage(const Rows *r, const guint *fold, const LeukoHeadRecipe *recipe,
                                 LeukoHeadFit *f, LeukoReporter reporter, GCancellable *cancellable,
                                 GError **error)
{
    g_auto(LeukoDiscriminantChoice) c = {0};
    if (!leuko_discriminant_choose(&r->data, &r->fit, fold, f->n_folds, recipe->n_threads, &c,
                                   reporter, cancellable, error))
        return FALSE;
    if (isnan(c.shrinkage) && recipe->kind == LEUKO_HEAD_DISCRIMINANT)
        return leuko_fail(LEUKO_ERROR_DATA, error,
                          "a discriminant needs images of every class outside each fold, whose "
                          "features vary within the classes");
    f->discriminant_loss = c.loss;
    if (isnan(c.shrinkage) || c.loss >= f->logistic_loss)
        return TRUE;
    f->kind = LEUKO_HEAD_DISCRIMINANT;
    f->l2 = 0;
    f->shrinkage = c.shrinkage;
    f->slope = c.slope;
    f->held_out_loss = c.loss;
    f->held_out_accuracy = c.accuracy;
    g_free(f->logits);
    f->logits = g_steal_pointer(&c.logits);
    return TRUE;
}

/* Choose the kind and its strength. */
static gboolean choose(const Rows *r, const LeukoHeadRecipe *recipe, LeukoHeadFit *f,
                       LeukoHead **start, LeukoReporter reporter, GCancellable *cancellable,
                       GError **error)
{
    const LeukoHeadData *d = &r->data;
    g_autofree guint *fold = g_new(guint, d->n_rows);
    f->n_folds = recipe->n_folds;
    if (!leuko_head_folds_make(d->labels, r->groups, r->sources, d->n_rows, d->n_classes,
                               recipe->seed, fold, &f->n_folds, &f->folds, error))
        return FALSE;
    LeukoHeadKind kind = recipe->kind;
    if (kind == LEUKO_HEAD_CHOSEN && f->folds == LEUKO_FOLDS_HALF)
        kind = LEUKO_HEAD_LOGISTIC;
    return (kind == LEUKO_HEAD_DISCRIMINANT ||
            choose_l2(r, fold, recipe, f, start, reporter, cancellable, error)) &&
           (kind == LEUKO_HEAD_LOGISTIC ||
            choose_shrinkage(r, fold, recipe, f, reporter, cancellable, error));
}

static LeukoHead *fit_discriminant(const LeukoHeadData *data, double shrinkage,
                                   GCancellable *cancellable, GError **error)
{
    g_autoptr(LeukoDiscriminant) d = leuko_discriminant_new(data, NULL, 0, cancellable, error);
    return d ? leuko_discriminant_head(d, shrinkage, cancellable, error) : NULL;
}

static LeukoHead *fit_fixed(const LeukoHeadRecipe *r, GCancellable *cancellable, GError **error)
{
    if (r->views) {
        g_auto(Rows) rows = {.x = NULL};
        return rows_init(&rows, r, error)
                   ? leuko_head_fit(&rows.fit, NULL, 0, r->l2, NULL, LEUKO_HEAD_TOLERANCE,
                                    r->n_threads, cancellable, error)
                   : NULL;
    }
    if (r->near) /* nothing of a start that knows the held-out rows may remain */
        return leuko_head_fit_near(r->data, r->rows, r->n, r->near, 0.1 * LEUKO_HEAD_TOLERANCE,
                                   r->n_threads, cancellable, error);
    return leuko_head_fit(r->data, r->rows, r->n, r->l2, NULL, LEUKO_HEAD_TOLERANCE, r->n_threads,
                          cancellable, error);
}

LeukoHeadFit *leuko_head_recipe_fit(const LeukoHeadRecipe *recipe, LeukoReporter reporter,
                                    GCancellable *cancellable, GError **error)
{
    g_autoptr(LeukoHeadFit) f = g_new0(LeukoHeadFit, 1);
    f->kind = LEUKO_HEAD_LOGISTIC;
    f->l2 = recipe->l2;
    f->shrinkage = f->logistic_loss = f->discriminant_loss = NAN;
    f->slope = 1.0;
    f->folds = LEUKO_FOLDS_UNGROUPED;
    f->held_out_accuracy = f->held_out_loss = NAN;
    if (recipe->l2 > 0) {
        f->head = fit_fixed(recipe, cancellable, error);
        return f->head ? g_steal_pointer(&f) : NULL;
    }
    g_auto(Rows) rows = {.x = NULL};
    g_autoptr(LeukoHead) start = NULL;
    if (!rows_init(&rows, recipe, error) ||
        !choose(&rows, recipe, f, &start, reporter, cancellable, error))
        return NULL;
    f->head = f->kind == LEUKO_HEAD_DISCRIMINANT
                  ? fit_discriminant(&rows.fit, f->shrinkage, cancellable, error)
                  : leuko_head_fit(&rows.fit, NULL, 0, f->l2, start, LEUKO_HEAD_TOLERANCE,
                                   recipe->n_threads, cancellable, error);
    if (!f->head)
        return NULL;
    leuko_head_scale(f->head, f->slope);
    return g_steal_pointer(&f);
}
