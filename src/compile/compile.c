#include "compile/compile.h"
#include "answer/runnable.h"
#include "base/json.h"
#include "compile/calibration-set.h"
#include "compile/elsewhere.h"
#include "compile/gate.h"
#include "config.h"
#include "engine/fold.h"
#include "engine/processor.h"
#include "engine/program-int8.h"
#include "engine/state.h"
#include "formats/model-json.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

enum { RANK_IMAGES = 8 }; /* of the calibration, that tell which convolution to raise */

typedef struct {
    const LeukoModel *model;
    const LeukoCompileOptions *options;
    LeukoNet *net;
    LeukoGate *gate;
    double *reference; /* (n, K): fp32 on the gate's images */
    LeukoCalibrationSet *set;
    LeukoQuantized *rounded, *real; /* every convolution in 8 bits; every one in float32 */
    float *wanted;                  /* (n_kept, K): fp32's logits of the kept calibration images */
    LeukoParams *head;              /* with the bias that undoes the mean shift of the logits */
    guint n_convs;
    gboolean *raised; /* (n_convs) */
    LeukoCompileReport *report;
    GCancellable *cancellable;
    LeukoReporter reporter;
} Job;

LeukoCompileOptions leuko_compile_options_default(void)
{
    return (LeukoCompileOptions){.precision = LEUKO_FP32,
                                 .n_calibration = 128,
                                 .range = LEUKO_RANGE_MSE,
                                 .percentile = 99.99,
                                 .max_raised = 48,
                                 .limits = {.flips = 0.01, .mean_dp = 0.01, .auc = 0.005}};
}

void leuko_compile_report_clear(LeukoCompileReport *r)
{
    g_clear_pointer(&r->raised, g_ptr_array_unref);
    g_clear_pointer(&r->note, g_free);
}

static void job_clear(Job *j)
{
    leuko_net_free(j->net);
    leuko_gate_free(j->gate);
    leuko_calibration_set_free(j->set);
    leuko_quantized_free(j->rounded);
    leuko_quantized_free(j->real);
    leuko_params_unref(j->head);
    g_free(j->reference);
    g_free(j->wanted);
    g_free(j->raised);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

/* --- the gate ------------------------------------------------------------------------------------ */

static gboolean open_gate(Job *j, GError **error)
{
    const LeukoProgramOptions fp32 = {LEUKO_FP32, LEUKO_GATE_BATCH, j->options->n_threads};
    j->gate = leuko_gate_open(j->options->data, j->model, error);
    g_autoptr(LeukoState) state =
        j->gate ? leuko_state_take(leuko_program_new(j->net, j->model->params, &fp32, error), NULL,
                                   error)
                : NULL;
    j->reference = state ? leuko_gate_run(j->gate, state, LEUKO_GATE_BATCH, j->options->n_threads,
                                          "gate, fp32", j->cancellable, j->reporter, error)
                         : NULL;
    return j->reference != NULL;
}

static gboolean measure(Job *j, LeukoState *state, LeukoGateFigures *out, GError **error)
{
    g_autofree double *p = leuko_gate_run(j->gate, state, LEUKO_GATE_BATCH, j->options->n_threads,
                                          "gate", j->cancellable, j->reporter, error);
    if (!p)
        return FALSE;
    leuko_gate_compare(j->gate->n, j->model->spec.n_classes, j->gate->labels, j->model->positive,
                       j->model->threshold, j->reference, p, &j->options->limits, out);
    j->report->gated = TRUE;
    j->report->isa = leuko_processor_isa_name();
    return TRUE;
}

static gboolean not_met(GError **error)
{
    g_set_error_literal(
        error, LEUKO_ERROR, LEUKO_ERROR_GATE,
        "the compiled graph's answers differ from fp32 by more than the gate allows; "
        "nothing was written");
    return FALSE;
}

/* --- int8 ---------------------------------------------------------------------------------------- */

/* The convolutions as they stand: 8 bits, or float32 where raised. Borrowed from the job's two forms. */
static LeukoQuantizedConv *mixed(const Job *j)
{
    LeukoQuantizedConv *convs = g_new0(LeukoQuantizedConv, j->n_convs);
    for (guint i = 0; i < j->n_convs; i++)
        leuko_quantized_conv(j->raised[i] ? j->real : j->rounded, i, &convs[i]);
    return convs;
}

/* head: (C, K) logits and their bias */
static LeukoState *mixed_state(const Job *j, const LeukoParams *head, guint batch, GError **error)
{
    const LeukoProgramOptions int8 = {LEUKO_INT8, batch, j->options->n_threads};
    g_autofree LeukoQuantizedConv *convs = mixed(j);
    g_autoptr(LeukoQuantized) q =
        leuko_quantized_new(j->net, j->options->vnni, convs, j->n_convs, error);
    return q ? leuko_state_take(leuko_program_new_quantized(j->net, q, head, &int8, error), NULL,
                                error)
             : NULL;
}

static gboolean quantize(Job *j, GError **error)
{
    LeukoQuantizeOptions how = leuko_quantize_options_default();
    how.vnni = j->options->vnni;
    how.range = j->options->range;
    how.percentile = j->options->percentile;
    j->rounded = leuko_quantize(j->net, j->model->params, j->set->seen, &how, error);
    if (!j->rounded)
        return FALSE;
    j->n_convs = leuko_quantized_n_convs(j->rounded);
    j->raised = g_new0(gboolean, j->n_convs);
    g_autofree const char **all = g_new0(const char *, j->n_convs + 1);
    for (guint i = 0; i < j->n_convs; i++) {
        LeukoQuantizedConv c;
        leuko_quantized_conv(j->rounded, i, &c);
        all[i] = c.layer;
    }
    how.raise = all;
    j->real = leuko_quantize(j->net, j->model->params, j->set->seen, &how, error);
    return j->real != NULL;
}

static gsize image_size(const Job *j)
{
    return (gsize)LEUKO_CHANNELS * j->model->spec.side_px * j->model->spec.side_px;
}

/* Logits of the first n kept calibration images, (n, K). */
static float *logits_of(const Job *j, LeukoState *state, guint n, GError **error)
{
    guint n_classes = j->model->spec.n_classes;
    g_autofree float *out = g_new(float, (gsize)n *n_classes);
    for (guint i = 0; i < n; i++) {
        if (leuko_is_cancelled(j->cancellable, error) ||
            !leuko_state_run(state, 1, j->set->x_nchw + i * image_size(j), error))
            return NULL;
        memcpy(out + (gsize)i * n_classes, leuko_state_logits(state), n_classes * sizeof(float));
    }
    return g_steal_pointer(&out);
}

static gboolean want_logits(Job *j, GError **error)
{
    const LeukoProgramOptions fp32 = {LEUKO_FP32, 1, j->options->n_threads};
    g_autoptr(LeukoState) state =
        leuko_state_take(leuko_program_new(j->net, j->model->params, &fp32, error), NULL, error);
    j->wanted = state ? logits_of(j, state, j->set->n_kept, error) : NULL;
    return j->wanted != NULL;
}

/* How far the logits are from fp32's on some of the kept images, the mean shift left out: the head's
 * bias takes that. */
static gboolean distance(const Job *j, LeukoState *state, double *out, GError **error)
{
    guint n_classes = j->model->spec.n_classes, n = MIN(j->set->n_kept, RANK_IMAGES);
    g_autofree float *logits = logits_of(j, state, n, error);
    double sum = 0;
    for (guint k = 0; logits && k < n_classes; k++) {
        double shift = 0;
        for (guint i = 0; i < n; i++)
            shift += (double)(logits[i * n_classes + k] - j->wanted[i * n_classes + k]) / n;
        for (guint i = 0; i < n; i++)
            sum += fabs((double)(logits[i * n_classes + k] - j->wanted[i * n_classes + k]) - shift);
    }
    *out = sum;
    return logits != NULL;
}

/* j->head: the model's, its bias less the mean shift of the logits over the kept images (empirical bias
 * correction: Nagel et al. 2019, arXiv 1906.04721, section 4.2). */
static gboolean correct_head(Job *j, GError **error)
{
    guint n_classes = j->model->spec.n_classes, n = j->set->n_kept;
    g_autoptr(LeukoState) state = mixed_state(j, j->model->params, 1, error);
    g_autofree float *logits = state ? logits_of(j, state, n, error) : NULL;
    const LeukoTensor *bias = leuko_params_find(j->model->params, LEUKO_HEAD_BIASES);
    gsize dims[] = {n_classes};
    float *corrected;
    g_clear_pointer(&j->head, leuko_params_unref);
    j->head = leuko_params_new();
    if (!logits || !leuko_params_add_head(j->head, j->model->params, error) ||
        !leuko_params_add(j->head, LEUKO_HEAD_BIASES, 1, dims, &corrected, error))
        return FALSE;
    for (guint k = 0; k < n_classes; k++) {
        double shift = 0;
        for (guint i = 0; i < n; i++)
            shift += (double)(logits[i * n_classes + k] - j->wanted[i * n_classes + k]) / n;
        corrected[k] = bias->data[k] - (float)shift;
    }
    return TRUE;
}

/* A block (Mixed_5b, or one convolution of the stem): its convolutions first, ..., first + n - 1. Raised together
 * they hand real tensors to one another, where single ones would be rounded to 8 bits again behind each. */
typedef struct {
    guint first, n;
    double distance; /* that is left when it is raised */
} Block;

static gint by_distance(gconstpointer a, gconstpointer b)
{
    const Block *x = a, *y = b;
    return x->distance < y->distance ? -1 : x->distance > y->distance;
}

static void raise_block(Job *j, const Block *block, gboolean raised)
{
    for (guint i = 0; i < block->n; i++)
        j->raised[block->first + i] = raised;
}

static gboolean same_block(const Job *j, guint a, guint b)
{
    LeukoQuantizedConv x, y;
    leuko_quantized_conv(j->rounded, a, &x);
    leuko_quantized_conv(j->rounded, b, &y);
    gsize n = strcspn(x.layer, "/");
    return n == strcspn(y.layer, "/") && strncmp(x.layer, y.layer, n) == 0;
}

/* Of Block, most rewarding first. */
static GArray *rank(Job *j, GError **error)
{
    g_autoptr(GArray) blocks = g_array_new(FALSE, FALSE, sizeof(Block));
    for (guint i = 0; i < j->n_convs; i++) {
        Block *last = blocks->len > 0 ? &g_array_index(blocks, Block, blocks->len - 1) : NULL;
        Block one = {i, 1, 0};
        if (last && same_block(j, last->first, i))
            last->n++;
        else
            g_array_append_val(blocks, one);
    }
    for (guint b = 0; b < blocks->len; b++) {
        Block *block = &g_array_index(blocks, Block, b);
        raise_block(j, block, TRUE);
        g_autoptr(LeukoState) state = mixed_state(j, j->model->params, 1, error);
        raise_block(j, block, FALSE);
        if (!state || !distance(j, state, &block->distance, error))
            return NULL;
        leuko_report(j->reporter, "sensitivity", b + 1, blocks->len, "blocks", NULL);
    }
    g_array_sort(blocks, by_distance);
    return g_steal_pointer(&blocks);
}

static void note_raised(Job *j, const Block *block)
{
    for (guint i = 0; i < block->n; i++) {
        LeukoQuantizedConv c;
        leuko_quantized_conv(j->rounded, block->first + i, &c);
        g_ptr_array_add(j->report->raised, g_strdup(c.layer));
    }
    j->report->n_raised += block->n;
}

static gboolean measure_mixed(Job *j, LeukoGateFigures *out, GError **error)
{
    g_autoptr(LeukoState) state =
        correct_head(j, error) ? mixed_state(j, j->head, LEUKO_GATE_BATCH, error) : NULL;
    return state && measure(j, state, out, error);
}

/* Raise block after block until the gate holds. */
static gboolean pass_gate(Job *j, GError **error)
{
    LeukoCompileReport *r = j->report;
    if (!measure_mixed(j, &r->first, error))
        return FALSE;
    r->last = r->first;
    g_autoptr(GArray) order = r->last.holds ? NULL : rank(j, error);
    if (!r->last.holds && !order)
        return FALSE;
    for (guint b = 0; !r->last.holds; b++) {
        const Block *block = b < order->len ? &g_array_index(order, Block, b) : NULL;
        if (!block || r->n_raised + block->n > j->options->max_raised)
            return not_met(error);
        raise_block(j, block, TRUE);
        note_raised(j, block);
        if (!measure_mixed(j, &r->last, error))
            return FALSE;
    }
    return TRUE;
}

static gpointer keep(LeukoGraph *g, gconstpointer data, gsize bytes)
{
    gpointer copy = data ? g_memdup2(data, bytes) : NULL;
    if (copy)
        g_ptr_array_add(g->owned, copy);
    return copy;
}

/* The job's convolutions, copied. */
static void take_convs(const Job *j, LeukoGraph *g)
{
    g->vnni = j->options->vnni;
    g->n_convs = j->n_convs;
    g->convs = mixed(j);
    for (guint i = 0; i < g->n_convs; i++) {
        LeukoQuantizedConv *c = &g->convs[i];
        gsize n = (gsize)c->oc * c->ic * c->kh * c->kw;
        c->layer = g_intern_string(c->layer);
        c->weights = keep(g, c->weights, n);
        c->weight_scale = keep(g, c->weight_scale, c->oc * sizeof(float));
        c->real_weights = keep(g, c->real_weights, n * sizeof(float));
        c->output_scale = keep(g, c->output_scale, c->oc * sizeof(float));
        c->bias = keep(g, c->bias, c->oc * sizeof(float));
    }
}

/* --- all together -------------------------------------------------------------------------------- */

static void describe(const Job *j, LeukoGraph *g)
{
    const LeukoCompileReport *r = j->report;
    g_autofree gchar *digest = leuko_params_digest(j->model->params);
    json_t *raised = json_array();
    for (guint i = 0; i < r->raised->len; i++)
        json_array_append_new(raised, json_string(r->raised->pdata[i]));
    json_object_set_new(g->compiled, "leuko", json_string(LEUKO_VERSION));
    json_object_set_new(g->compiled, "from", json_string(digest));
    json_object_set_new(g->compiled, "calibration_pictures", json_integer(r->n_calibration));
    json_object_set_new(g->compiled, "raised", raised);
    json_object_set_new(g->compiled, "gate",
                        r->gated ? leuko_gate_json(r->isa, &r->last, &j->options->limits)
                                 : json_null());
    json_t *elsewhere = json_array();
    for (guint i = 0; i < r->n_elsewhere; i++)
        json_array_append_new(
            elsewhere,
            leuko_gate_json(r->elsewhere[i].isa, &r->elsewhere[i].figures, &j->options->limits));
    json_object_set_new(g->compiled, "gate_elsewhere", elsewhere);
}

/* A copy of what the model says of itself, with other parameters (taken over). */
static LeukoModel *model_with(const LeukoModel *m, LeukoParams *params, GError **error)
{
    g_autoptr(json_t) json = leuko_model_to_json(m);
    LeukoModel *copy = leuko_model_from_json(json, "model", error);
    if (copy)
        copy->params = params;
    else
        leuko_params_unref(params);
    return copy;
}

static gboolean compile_int8(Job *j, GError **error)
{
    const LeukoCompileOptions *o = j->options;
    if (!o->data) {
        g_set_error_literal(
            error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
            "int8 needs training images to calibrate with: --calibrate DIR, a folder that "
            "`leuko sort` wrote");
        return FALSE;
    }
    if (o->vnni && !leuko_processor_has_vnni()) {
        g_set_error(
            error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
            "a graph for VNNI cannot be tried on this processor (%s): compile it with --isa any",
            leuko_processor_isa_name());
        return FALSE;
    }
    if (!open_gate(j, error))
        return FALSE;
    j->set = leuko_calibration_set_new(o->data, j->model, j->net, o->n_calibration, o->n_threads,
                                       j->cancellable, j->reporter, error);
    if (!j->set || !want_logits(j, error) || !quantize(j, error))
        return FALSE;
    j->report->n_calibration = j->set->n;
    j->report->n_convs = j->n_convs;
    return pass_gate(j, error);
}

/* A graph for any processor: the finished one on older instruction sets too. */
static gboolean check_elsewhere(Job *j, const LeukoGraph *g, GError **error)
{
    if (g->vnni || !j->options->elsewhere)
        return TRUE;
    return leuko_elsewhere_judge(g, j->gate, j->reference, j->options, j->report, error) &&
           (leuko_elsewhere_holds(j->report) || not_met(error));
}

/* fp32 and bf16; bf16 passes the gate where there are images and a processor for it. */
static gboolean check_float(Job *j, const LeukoGraph *g, GError **error)
{
    const LeukoProgramOptions how = {j->options->precision, LEUKO_GATE_BATCH,
                                     j->options->n_threads};
    LeukoPrecision runs_in;
    if (j->options->precision == LEUKO_FP32)
        return TRUE;
    if (!leuko_processor_has_bf16())
        j->report->note =
            g_strdup_printf("this processor (%s) has no bf16: the graph is written, will run "
                            "in fp32 here, and was not compared",
                            leuko_processor_isa_name());
    else if (!j->options->data)
        j->report->note = g_strdup("not compared with fp32: --calibrate DIR names images for that");
    if (j->report->note)
        return TRUE;
    if (!open_gate(j, error))
        return FALSE;
    g_autoptr(LeukoState) state =
        leuko_state_take(leuko_graph_program(g, j->net, &how, &runs_in, NULL, error), NULL, error);
    if (!state || !measure(j, state, &j->report->first, error))
        return FALSE;
    j->report->last = j->report->first;
    return j->report->last.holds || not_met(error);
}

LeukoGraph *leuko_compile(const LeukoModel *model, const LeukoCompileOptions *options,
                          LeukoCompileReport *report, GCancellable *cancellable,
                          LeukoReporter reporter, GError **error)
{
    gboolean int8 = options->precision == LEUKO_INT8;
    *report = (LeukoCompileReport){.raised = g_ptr_array_new_with_free_func(g_free)};
    g_auto(Job) j = {.model = model,
                     .options = options,
                     .report = report,
                     .cancellable = cancellable,
                     .reporter = reporter,
                     .net = leuko_net_new(&model->spec, error)};
    if (!j.net || !leuko_params_check(model->params, j.net, "model", error) ||
        (int8 && !compile_int8(&j, error)))
        return NULL;
    LeukoParams *params =
        int8 ? g_steal_pointer(&j.head) : leuko_fold_params(j.net, model->params, error);
    LeukoModel *own = params ? model_with(model, params, error) : NULL;
    if (!own)
        return NULL;
    g_autoptr(LeukoGraph) g = leuko_graph_new(own, options->precision);
    if (int8)
        take_convs(&j, g);
    if (!(int8 ? check_elsewhere(&j, g, error) : check_float(&j, g, error)))
        return NULL;
    describe(&j, g);
    return g_steal_pointer(&g);
}
