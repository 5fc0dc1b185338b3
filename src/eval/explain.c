#include "eval/explain.h"
#include "answer/record.h"
#include "base/error.h"
#include "engine/state.h"
#include "eval/explain-gradient.h"
#include "eval/explain-map.h"
#include "image/views.h"
#include <math.h>
#include <string.h>

enum { MIN_POSITIONS = 5 }; /* of a map, along each side: measured, docs/measurements.md */

struct LeukoExplainer {
    LeukoExplainOptions options; /* endpoint: that of the maps, static */
    LeukoRunnable *run;          /* owned; NULL for a model in memory */
    LeukoNet *own_net;           /* owned; of a model in memory */
    const LeukoModel *model;
    const LeukoNet *net;
    LeukoState *state;
    LeukoChannelGradient *gradient; /* NULL: the maps are exact */
    const LeukoLayer *layer;        /* whose output the maps are made of */
    const float *head;              /* (C of the last endpoint, K) */
    const float *biases;            /* (K) */
    double first, step;             /* leuko_net_positions() of the layer */
    gchar *caution;                 /* NULL: none */
    float *x, *view;                /* (3, S, S) */
};

LeukoExplainOptions leuko_explain_options_default(void)
{
    return (LeukoExplainOptions){.threshold = NAN};
}

/* --- opening ---------------------------------------------------------------------------------- */

/* The endpoint's own, static name. */
static const char *find_endpoint(const LeukoNet *net, const char *name)
{
    for (const char *const *e = leuko_net_endpoints(); *e; e++)
        if (strcmp(*e, name) == 0 && leuko_net_find(net, *e) >= 0)
            return *e;
    return NULL;
}

static gboolean choose_endpoint(LeukoExplainer *e, GError **error)
{
    const char *last = leuko_net_spec(e->net)->endpoint, *asked = e->options.endpoint;
    e->options.endpoint = find_endpoint(e->net, asked ? asked : last);
    if (!e->options.endpoint)
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                          "the model has no endpoint %s: it ends at %s", asked, last);
    guint layer = (guint)leuko_net_find(e->net, e->options.endpoint);
    e->layer = leuko_net_layer(e->net, layer);
    leuko_net_positions(e->net, layer, &e->first, &e->step);
    if (MIN(e->layer->out_h, e->layer->out_w) < MIN_POSITIONS)
        e->caution = g_strdup_printf(
            "the map of %s has %u x %u positions, each of which sees most of the image: it does "
            "not show where the evidence lies; weights for larger images, cut at Mixed_7a, give a "
            "finer map",
            e->options.endpoint, e->layer->out_h, e->layer->out_w);
    if (strcmp(e->options.endpoint, last) == 0)
        return TRUE;
    if (e->run && e->run->graph && e->run->graph->precision == LEUKO_INT8)
        return leuko_fail(LEUKO_ERROR_UNSUPPORTED, error,
                          "an int8 graph has no gradients, which endpoint %s needs; explain the "
                          "model that it was compiled from, or endpoint %s",
                          e->options.endpoint, last);
    e->gradient = leuko_channel_gradient_new(e->net, e->model->params, e->options.endpoint,
                                             e->options.n_threads, error);
    return e->gradient != NULL;
}

static gboolean check_options(const LeukoExplainer *e, GError **error)
{
    const LeukoExplainOptions *o = &e->options;
    if (o->n_views && !leuko_views_possible(o->n_views))
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error, "%u views: must be 1, 2, 4 or 8",
                          o->n_views);
    if (isnan(o->threshold))
        return TRUE;
    if (!(o->threshold > 0 && o->threshold < 1))
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error, "threshold %g: must be between 0 and 1",
                          o->threshold);
    if (e->model->positive < 0 || e->model->spec.n_classes != 2)
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                          "a threshold needs a model with two classes, one of them positive");
    return TRUE;
}

/* Everything but model, net and state. Takes the program's reference. */
static gboolean prepare(LeukoExplainer *e, const LeukoExplainOptions *options,
                        LeukoProgram *program, GError **error)
{
    gsize floats = LEUKO_CHANNELS * (gsize)e->model->spec.side_px * e->model->spec.side_px;
    e->options = options ? *options : leuko_explain_options_default();
    if (!check_options(e, error) || !choose_endpoint(e, error)) {
        leuko_program_unref(program);
        return FALSE;
    }
    if (e->options.n_views == 0)
        e->options.n_views = e->model->n_views;
    if (isnan(e->options.threshold))
        e->options.threshold = e->model->threshold;
    const char *kept[] = {e->options.endpoint, NULL};
    e->state = leuko_state_take(program, kept, error);
    const LeukoTensor *weights = leuko_params_find(e->model->params, LEUKO_HEAD_WEIGHTS);
    const LeukoTensor *biases = leuko_params_find(e->model->params, LEUKO_HEAD_BIASES);
    g_assert(weights && biases); /* a model without a head does not load */
    e->head = weights->data;
    e->biases = biases->data;
    e->x = g_new(float, floats);
    e->view = g_new(float, floats);
    return e->state != NULL;
}

static LeukoProgramOptions program_options(const LeukoExplainOptions *options)
{
    return (LeukoProgramOptions){
        .precision = LEUKO_FP32, .batch = 1, .n_threads = options ? options->n_threads : 0};
}

LeukoExplainer *leuko_explainer_new(const LeukoModel *model, const LeukoExplainOptions *options,
                                    GError **error)
{
    g_autoptr(LeukoExplainer) e = g_new0(LeukoExplainer, 1);
    LeukoProgramOptions how = program_options(options);
    e->model = model;
    e->net = e->own_net = leuko_net_new(&model->spec, error);
    LeukoProgram *program = e->net ? leuko_program_new(e->net, model->params, &how, error) : NULL;
    return program && prepare(e, options, program, error) ? g_steal_pointer(&e) : NULL;
}

LeukoExplainer *leuko_explainer_open(const char *path, const LeukoExplainOptions *options,
                                     GError **error)
{
    g_autoptr(LeukoExplainer) e = g_new0(LeukoExplainer, 1);
    LeukoProgramOptions how = program_options(options);
    e->run = leuko_runnable_open(path, &how, error);
    if (!e->run)
        return NULL;
    e->model = e->run->model;
    e->net = e->run->net;
    if (prepare(e, options, leuko_program_ref(e->run->program), error))
        return g_steal_pointer(&e);
    g_prefix_error(error, "%s: ", path);
    return NULL;
}

void leuko_explainer_free(LeukoExplainer *e)
{
    if (!e)
        return;
    leuko_channel_gradient_free(e->gradient);
    leuko_state_free(e->state);
    leuko_net_free(e->own_net);
    leuko_runnable_free(e->run);
    g_free(e->x);
    g_free(e->view);
    g_free(e->caution);
    g_free(e);
}

const LeukoModel *leuko_explainer_model(const LeukoExplainer *e) { return e->model; }
const char *leuko_explainer_caution(const LeukoExplainer *e) { return e->caution; }

const char *leuko_explainer_endpoint(const LeukoExplainer *e) { return e->options.endpoint; }
gboolean leuko_explainer_is_exact(const LeukoExplainer *e) { return !e->gradient; }
const float *leuko_explainer_input(const LeukoExplainer *e) { return e->x; }
const char *leuko_explainer_digest(LeukoExplainer *e) { return leuko_runnable_digest(e->run); }

void leuko_explainer_place_on_input(const LeukoExplainer *e, LeukoExplanation *x)
{
    guint side = e->model->spec.side_px;
    const LeukoPreprocess whole = leuko_preprocess_default(side);
    const LeukoImage input = {.width = side, .height = side};
    explain_place(x, &input, &whole, e->first, e->step);
}

/* --- one image -------------------------------------------------------------------------------- */

/* What the runs of all views add up to. */
typedef struct {
    float *maps;        /* (n_views, rows, columns), turned back */
    float *activations; /* (n_views, C, rows, columns) */
    float *logits;      /* (K), mean */
    float *features;    /* (C of the last endpoint), mean */
} Runs;

static void runs_clear(Runs *r)
{
    g_free(r->maps);
    g_free(r->activations);
    g_free(r->logits);
    g_free(r->features);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Runs, runs_clear)

static gsize map_values(const LeukoExplainer *e)
{
    return (gsize)e->layer->out_h * e->layer->out_w;
}

static void add_mean(float *sum, const float *values, guint n, guint n_views)
{
    for (guint i = 0; i < n; i++)
        sum[i] += values[i] / (float)n_views;
}

/* Run every view and keep the endpoint's activations. */
static gboolean run_views(const LeukoExplainer *e, Runs *r, GError **error)
{
    guint n_classes = e->model->spec.n_classes, n_views = e->options.n_views;
    guint n_features = leuko_net_feature_channels(e->net);
    gsize n = e->layer->out_channels * map_values(e);
    r->activations = g_try_new(float, n_views *n);
    r->logits = g_new0(float, n_classes);
    r->features = g_new0(float, n_features);
    if (!r->activations)
        return leuko_fail(LEUKO_ERROR_MEMORY, error, "no memory for %u views", n_views);
    for (guint v = 0; v < n_views; v++) {
        leuko_view_make(e->x, e->model->spec.side_px, v, e->view);
        if (!leuko_state_run(e->state, 1, e->view, error))
            return FALSE;
        add_mean(r->logits, leuko_state_logits(e->state), n_classes, n_views);
        add_mean(r->features, leuko_state_features(e->state), n_features, n_views);
        memcpy(r->activations + v * n, leuko_state_kept(e->state, e->options.endpoint),
               n * sizeof(float));
    }
    return TRUE;
}

static LeukoAnswer *answer_of(const LeukoExplainer *e, const Runs *r, const char *name,
                              GError **error)
{
    const LeukoTypical *typical = e->model->typical;
    g_autofree double *p = g_new(double, e->model->spec.n_classes);
    g_autoptr(LeukoAnswer) answer = leuko_answer_new(e->model, name);
    (void)leuko_model_probabilities(e->model, r->logits, p); /* NAN: no answer */
    leuko_answer_decide(answer, e->model, p,
                        typical ? leuko_typical_score(typical, r->features) : (double)NAN,
                        e->options.threshold, 0);
    if (!answer->error)
        return g_steal_pointer(&answer);
    g_propagate_error(error, g_error_copy(answer->error));
    return NULL;
}

/* The score of a class is the sum of signs (K) times the logits. */
static float *signs_of(guint n_classes, guint class_index)
{
    float *signs = g_new(float, n_classes);
    for (guint k = 0; k < n_classes; k++)
        signs[k] = k == class_index ? 1.0f : -1.0f / (float)(n_classes - 1);
    return signs;
}

/* The weights (C) of the last endpoint's channels in the score; returns the score's bias. */
static double head_weights(const LeukoExplainer *e, const float *signs, double *weights)
{
    guint n_classes = e->model->spec.n_classes;
    double bias = 0;
    for (guint k = 0; k < n_classes; k++)
        bias += (double)signs[k] * (double)e->biases[k];
    for (guint c = 0; c < e->layer->out_channels; c++) {
        weights[c] = 0;
        for (guint k = 0; k < n_classes; k++)
            weights[c] += (double)signs[k] * (double)e->head[(gsize)c * n_classes + k];
    }
    return bias;
}

/* The mean of the views' maps. */
static gboolean make_map(const LeukoExplainer *e, const Runs *r, const float *signs,
                         LeukoExplanation *x, GError **error)
{
    gsize n = map_values(e);
    guint n_channels = e->layer->out_channels;
    g_autofree double *weights = g_new(double, n_channels);
    g_autofree float *one = g_new(float, n), *back = g_new(float, n);
    double bias = e->gradient ? 0 : head_weights(e, signs, weights);
    x->rows = e->layer->out_h;
    x->columns = e->layer->out_w;
    x->map = g_new0(float, n);
    for (guint v = 0; v < e->options.n_views; v++) {
        const float *activations = r->activations + v * n * n_channels;
        if (e->gradient &&
            !leuko_channel_gradient_run(e->gradient, activations, signs, weights, error))
            return FALSE;
        explain_weighted_sum(activations, n_channels, n, weights, bias, one);
        leuko_view_undo(one, x->rows, v, back); /* the network's input is square */
        add_mean(x->map, back, (guint)n, e->options.n_views);
    }
    return TRUE;
}

static double score_of(const LeukoExplainer *e, const float *signs, const float *logits)
{
    double score = 0;
    for (guint k = 0; k < e->model->spec.n_classes; k++)
        score += (double)signs[k] * (double)logits[k];
    return score;
}

LeukoExplanation *leuko_explainer_explain(LeukoExplainer *e, const LeukoImage *image,
                                          const char *name, gint class_index, GError **error)
{
    g_auto(Runs) runs = {0};
    guint n_classes = e->model->spec.n_classes;
    if (class_index < LEUKO_EXPLAIN_ANSWER || class_index >= (gint)n_classes) {
        leuko_fail(LEUKO_ERROR_ARGUMENT, error, "class %d: must be 0 to %u", class_index,
                   n_classes - 1);
        return NULL;
    }
    g_autoptr(LeukoExplanation) x = g_new0(LeukoExplanation, 1);
    if (!leuko_preprocess_apply(&e->model->preprocess, image, e->x, error) ||
        !run_views(e, &runs, error) || !(x->answer = answer_of(e, &runs, name, error)))
        return NULL;
    x->explained = class_index == LEUKO_EXPLAIN_ANSWER ? x->answer->decision : class_index;
    x->is_exact = !e->gradient;
    g_autofree float *signs = signs_of(n_classes, (guint)x->explained);
    x->score = score_of(e, signs, runs.logits);
    if (!make_map(e, &runs, signs, x, error))
        return NULL;
    explain_place(x, image, &e->model->preprocess, e->first, e->step);
    return explain_measure(x, image, error) ? g_steal_pointer(&x) : NULL;
}

void leuko_explanation_free(LeukoExplanation *x)
{
    if (!x)
        return;
    leuko_answer_free(x->answer);
    g_free(x->map);
    g_free(x);
}
