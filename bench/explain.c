/* Do heat maps lie on the cell? On synthetic cells of a seed that no model has seen, whose outlines
 * are known: heat inside the cell against outside, and whether the peak is inside. Then the check
 * of Adebayo et al. 2018 (arXiv 1810.03292): layers are randomized one after another from the head
 * down; the map must change.
 *
 *     bench-explain MODEL [IMAGES] [VIEWS] [ENDPOINT]
 *
 * MODEL's classes are kinds of `leuko synth`. */
#include "leuko/explain.h"
#include "eval/explain-map.h"
#include "formats/model.h"
#include "image/cell-mask.h"
#include "randomized.h"
#include "smear/synth.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 299, GROUPS = 10, N_RANDOMIZED = 6 };
static const guint64 SEED = 4711;

typedef struct {
    GArray *ratio, *found_ratio, *overlap; /* of double */
    guint n, n_peaks, n_found_peaks, n_right, n_three;
} Figures;

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(GArray *values, double q)
{
    qsort(values->data, values->len, sizeof(double), compare_doubles);
    return values->len ? g_array_index(values, double, (guint)(q * (values->len - 1))) : NAN;
}

static double overlap_of(const guint8 *a, const guint8 *b)
{
    double both = 0, any = 0;
    for (guint i = 0; i < SIDE * SIDE; i++) {
        both += a[i] && b[i];
        any += a[i] || b[i];
    }
    return both / any;
}

static void fail(GError *error)
{
    if (!error)
        return;
    fprintf(stderr, "bench-explain: %s\n", error->message);
    exit(1);
}

static void measure(LeukoExplainer *e, guint image, Figures *f)
{
    GError *error = NULL;
    const LeukoModel *model = leuko_explainer_model(e);
    guint k = image % leuko_model_n_classes(model), group = 100 + image % GROUPS;
    gint kind = leuko_synth_kind_parse(leuko_model_class_name(model, k));
    g_assert(kind >= 0);
    LeukoImage *cell = leuko_synth_cell((LeukoSynthKind)kind, group, image, SIDE, SEED, &error);
    fail(error);
    g_autofree guint8 *truth =
        leuko_synth_cell_mask((LeukoSynthKind)kind, group, image, SIDE, SEED, &error);
    fail(error);
    LeukoExplanation *x = leuko_explainer_explain(e, cell, "cell", LEUKO_EXPLAIN_ANSWER, &error);
    fail(error);
    g_auto(LeukoCellMask) found = {0};
    g_autofree guint8 *mask = leuko_cell_mask_init(&found, cell, &error)
                                  ? leuko_cell_mask_scale(&found, SIDE, SIDE, &error)
                                  : NULL;
    g_autofree float *heat = leuko_explanation_heat(x, SIDE, SIDE, &error);
    fail(error);
    double overlap = overlap_of(truth, mask);
    g_array_append_val(f->overlap, overlap);
    g_array_append_val(f->found_ratio, x->ratio);
    f->n_found_peaks += x->peak_inside ? 1 : 0;
    f->n_right += x->answer->decision == (gint)k;
    explain_measure_mask(x, heat, truth);
    g_array_append_val(f->ratio, x->ratio);
    f->n_three += x->ratio >= 3;
    f->n_peaks += x->peak_inside ? 1 : 0;
    f->n++;
    leuko_explanation_free(x);
    leuko_image_free(cell);
}

/* --- layers randomized from the head down --------------------------------------------------- */

static LeukoExplanation *explain_first(const LeukoModel *model, guint image)
{
    GError *error = NULL;
    LeukoExplainOptions o = leuko_explain_options_default();
    o.n_threads = 1;
    gint kind = leuko_synth_kind_parse(leuko_model_class_name(model, 0));
    LeukoImage *cell = leuko_synth_cell((LeukoSynthKind)kind, 101, image, SIDE, SEED, &error);
    fail(error);
    LeukoExplainer *e = leuko_explainer_new(model, &o, &error);
    fail(error);
    LeukoExplanation *x = leuko_explainer_explain(e, cell, "cell", 0, &error);
    fail(error);
    leuko_explainer_free(e);
    leuko_image_free(cell);
    return x;
}

static void randomize(const char *path)
{
    static const char *const order[] = {"Logits",        "Mixed_7c",      "Mixed_7b",
                                        "Mixed_7a",      "Mixed_6e",      "Mixed_6d",
                                        "Mixed_6c",      "Mixed_6b",      "Mixed_6a",
                                        "Mixed_5d",      "Mixed_5c",      "Mixed_5b",
                                        "Conv2d_4a_3x3", "Conv2d_3b_1x1", "Conv2d_2b_3x3",
                                        "Conv2d_2a_3x3", "Conv2d_1a_3x3", NULL};
    GError *error = NULL;
    LeukoModel *model = leuko_model_load(path, &error);
    fail(error);
    LeukoNet *net = leuko_net_new(&model->spec, &error);
    LeukoParams *drawn = leuko_params_new_random(net, 99, &error), *own = model->params;
    fail(error);
    LeukoExplanation *before[N_RANDOMIZED];
    for (guint i = 0; i < N_RANDOMIZED; i++)
        before[i] = explain_first(model, i);
    for (guint n = 1; order[n - 1]; n++) {
        model->params = own;
        if (n > 1 && leuko_net_find(net, order[n - 1]) < 0)
            continue;
        LeukoParams *changed = params_randomized(own, drawn, order, n);
        model->params = changed;
        double sum = 0;
        for (guint i = 0; i < N_RANDOMIZED; i++) {
            LeukoExplanation *x = explain_first(model, i);
            sum += fabs(rank_correlation(before[i]->map, x->map, x->rows * x->columns));
            leuko_explanation_free(x);
        }
        printf("randomized down to %-13s mean |rank correlation| of %d maps %.2f\n", order[n - 1],
               N_RANDOMIZED, sum / N_RANDOMIZED);
        leuko_params_unref(changed);
    }
    model->params = own;
    for (guint i = 0; i < N_RANDOMIZED; i++)
        leuko_explanation_free(before[i]);
    leuko_params_unref(drawn);
    leuko_net_free(net);
    leuko_model_free(model);
}

int main(int argc, char **argv)
{
    GError *error = NULL;
    LeukoExplainOptions o = leuko_explain_options_default();
    guint n = argc > 2 ? (guint)atoi(argv[2]) : 40;
    o.n_views = argc > 3 ? (guint)atoi(argv[3]) : 0;
    o.endpoint = argc > 4 ? argv[4] : NULL;
    o.n_threads = 1;
    LeukoExplainer *e = argc > 1 ? leuko_explainer_open(argv[1], &o, &error) : NULL;
    fail(error);
    if (!e)
        return 2;
    Figures f = {g_array_new(FALSE, FALSE, sizeof(double)),
                 g_array_new(FALSE, FALSE, sizeof(double)),
                 g_array_new(FALSE, FALSE, sizeof(double))};
    for (guint i = 0; i < n; i++)
        measure(e, i, &f);
    printf("%s endpoint %s %s: %u images, %u right\n", argv[1], leuko_explainer_endpoint(e),
           leuko_explainer_is_exact(e) ? "exact" : "gradient-weighted", f.n, f.n_right);
    printf("inside/outside of the true outline: median %.2f (10 %% below %.2f), at least 3 in %u; "
           "peak inside %u\n",
           quantile(f.ratio, 0.5), quantile(f.ratio, 0.1), f.n_three, f.n_peaks);
    printf("found outline: median ratio %.2f, peak inside %u, overlap (IoU) median %.2f, 10 %% "
           "below %.2f\n",
           quantile(f.found_ratio, 0.5), f.n_found_peaks, quantile(f.overlap, 0.5),
           quantile(f.overlap, 0.1));
    leuko_explainer_free(e);
    if (!o.endpoint)
        randomize(argv[1]);
    return 0;
}
