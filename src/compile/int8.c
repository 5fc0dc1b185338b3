#include "compile/int8.h"
#include "base/error.h"
#include "base/progress.h"
#include "compile/calibration-set.h"
#include "engine/fold.h"
#include "engine/processor.h"
#include "engine/program-int8.h"
#include "engine/state.h"
#include <math.h>
#include <string.h>

enum { RANK_IMAGES = 8 }; /* calibration images that rank the blocks */

typedef struct {
    LeukoCompileContext *c;
    LeukoCalibrationSet *set;
    LeukoQuantized *rounded, *real; /* all convolutions in 8 bits; all in float32 */
    float *reference_logits;        /* (n_kept, K): fp32 logits of the kept calibration images */
    LeukoParams *head;              /* its bias corrects the mean shift of the logits */
    guint n_convs;
    gboolean *raised; /* (n_convs) */
} Job;

static void job_clear(Job *j)
{
    leuko_calibration_set_free(j->set);
    leuko_quantized_free(j->rounded);
    leuko_quantized_free(j->real);
    leuko_params_unref(j->head);
    g_free(j->reference_logits);
    g_free(j->raised);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

/* The convolutions in 8 bits, or in float32 if raised; g_free. The job owns their arrays. */
static LeukoQuantizedConv *mixed(const Job *j)
{
    LeukoQuantizedConv *convs = g_new0(LeukoQuantizedConv, j->n_convs);
    for (guint i = 0; i < j->n_convs; i++)
        leuko_quantized_conv(j->raised[i] ? j->real : j->rounded, i, &convs[i]);
    return convs;
}

/* head  parameters of the classifier: weights (C, K) and biases (K) */
static LeukoProgram *mixed_program(const Job *j, const LeukoParams *head, guint batch,
                                   GError **error)
{
    const LeukoProgramOptions int8 = {LEUKO_INT8, batch, j->c->options->n_threads};
    g_autofree LeukoQuantizedConv *convs = mixed(j);
    g_autoptr(LeukoQuantized) q =
        leuko_quantized_new(j->c->net, j->c->options->vnni, convs, j->n_convs, error);
    return q ? leuko_program_new_quantized(j->c->net, q, head, &int8, error) : NULL;
}

/* A state that runs one image with the model's own head. */
static LeukoState *mixed_state(const Job *j, GError **error)
{
    return leuko_state_take(mixed_program(j, j->c->model->params, 1, error), NULL, error);
}

static gboolean quantize(Job *j, GError **error)
{
    LeukoQuantizeOptions how = leuko_quantize_options_default();
    if (!leuko_compile_read_range(j->c->options->range, &how, error))
        return FALSE;
    how.vnni = j->c->options->vnni;
    j->rounded = leuko_quantize(j->c->net, j->c->model->params, j->set->seen, &how, error);
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
    j->real = leuko_quantize(j->c->net, j->c->model->params, j->set->seen, &how, error);
    return j->real != NULL;
}

static gsize image_size(const Job *j)
{
    return (gsize)LEUKO_CHANNELS * j->c->model->spec.side_px * j->c->model->spec.side_px;
}

/* Logits (n, K) of the first n kept calibration images. */
static float *logits_of(const Job *j, LeukoState *state, guint n, GError **error)
{
    guint n_classes = j->c->model->spec.n_classes;
    g_autofree float *out = g_new(float, (gsize)n *n_classes);
    for (guint i = 0; i < n; i++) {
        if (leuko_is_cancelled(j->c->cancellable, error) ||
            !leuko_state_run(state, 1, j->set->x_nchw + i * image_size(j), error))
            return NULL;
        memcpy(out + (gsize)i * n_classes, leuko_state_logits(state), n_classes * sizeof(float));
    }
    return g_steal_pointer(&out);
}

static gboolean compute_reference_logits(Job *j, GError **error)
{
    const LeukoProgramOptions fp32 = {LEUKO_FP32, 1, j->c->options->n_threads};
    g_autoptr(LeukoState) state = leuko_state_take(
        leuko_program_new(j->c->net, j->c->model->params, &fp32, error), NULL, error);
    j->reference_logits = state ? logits_of(j, state, j->set->n_kept, error) : NULL;
    return j->reference_logits != NULL;
}

/* Set *out to the distance between the logits of `state` and of fp32 on some of the kept images.
 * The mean shift is subtracted, because the head's bias corrects it. */
static gboolean distance(const Job *j, LeukoState *state, double *out, GError **error)
{
    guint n_classes = j->c->model->spec.n_classes, n = MIN(j->set->n_kept, RANK_IMAGES);
    g_autofree float *logits = logits_of(j, state, n, error);
    double sum = 0;
    for (guint k = 0; logits && k < n_classes; k++) {
        double shift = 0;
        for (guint i = 0; i < n; i++)
            shift +=
                (double)(logits[i * n_classes + k] - j->reference_logits[i * n_classes + k]) / n;
        for (guint i = 0; i < n; i++)
            sum +=
                fabs((double)(logits[i * n_classes + k] - j->reference_logits[i * n_classes + k]) -
                     shift);
    }
    *out = sum;
    return logits != NULL;
}

/* Makes j->head: the model's head, with the mean shift of the logits over the kept images
 * subtracted from the bias (empirical bias correction: Nagel et al. 2019, arXiv 1906.04721, section
 * 4.2). */
static gboolean correct_head(Job *j, GError **error)
{
    guint n_classes = j->c->model->spec.n_classes, n = j->set->n_kept;
    g_autoptr(LeukoState) state = mixed_state(j, error);
    g_autofree float *logits = state ? logits_of(j, state, n, error) : NULL;
    const LeukoTensor *bias = leuko_params_find(j->c->model->params, LEUKO_HEAD_BIASES);
    gsize dims[] = {n_classes};
    float *corrected;
    g_clear_pointer(&j->head, leuko_params_unref);
    j->head = leuko_params_new();
    if (!logits || !leuko_params_add_head(j->head, j->c->model->params, error) ||
        !leuko_params_add(j->head, LEUKO_HEAD_BIASES, 1, dims, &corrected, error))
        return FALSE;
    for (guint k = 0; k < n_classes; k++) {
        double shift = 0;
        for (guint i = 0; i < n; i++)
            shift +=
                (double)(logits[i * n_classes + k] - j->reference_logits[i * n_classes + k]) / n;
        corrected[k] = bias->data[k] - (float)shift;
    }
    return TRUE;
}

/* A block (Mixed_5b, or one convolution of the stem): convolutions first, ..., first + n - 1.
 * The convolutions of a raised block pass real tensors to each other; the output of a single raised
 * convolution would be rounded to 8 bits again. */
typedef struct {
    guint first, n;
    double distance; /* of the logits if this block alone is raised */
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

/* Returns the blocks (of Block), smallest distance first. */
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
        g_autoptr(LeukoState) state = mixed_state(j, error);
        raise_block(j, block, FALSE);
        if (!state || !distance(j, state, &block->distance, error))
            return NULL;
        leuko_report(j->c->reporter, "sensitivity", b + 1, blocks->len, "blocks", NULL);
    }
    g_array_sort(blocks, by_distance);
    return g_steal_pointer(&blocks);
}

static void note_raised(Job *j, const Block *block)
{
    for (guint i = 0; i < block->n; i++) {
        LeukoQuantizedConv c;
        leuko_quantized_conv(j->rounded, block->first + i, &c);
        g_ptr_array_add(j->c->report->raised, g_strdup(c.layer));
    }
    j->c->report->n_raised += block->n;
}

static gboolean measure_mixed(Job *j, LeukoGateFigures *out, GError **error)
{
    g_autoptr(LeukoProgram) program =
        correct_head(j, error) ? mixed_program(j, j->head, LEUKO_GATE_BATCH, error) : NULL;
    return program && leuko_compile_measure(j->c, program, out, error);
}

/* Raises block after block until the gate holds. */
static gboolean pass_gate(Job *j, GError **error)
{
    LeukoCompileReport *r = j->c->report;
    if (!measure_mixed(j, &r->first, error))
        return FALSE;
    r->last = r->first;
    g_autoptr(GArray) order = r->last.holds ? NULL : rank(j, error);
    if (!r->last.holds && !order)
        return FALSE;
    for (guint b = 0; !r->last.holds; b++) {
        const Block *block = b < order->len ? &g_array_index(order, Block, b) : NULL;
        if (!block || r->n_raised + block->n > j->c->options->max_raised)
            return leuko_compile_gate_failed(error);
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

/* Copies the convolutions into the graph. */
static void take_convs(const Job *j, LeukoGraph *g)
{
    g->vnni = j->c->options->vnni;
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

static gboolean check_request(const LeukoCompileOptions *o, GError **error)
{
    LeukoQuantizeOptions unused;
    if (!o->data) {
        g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                            "int8 needs a data set with training images for calibration");
        return FALSE;
    }
    if (!leuko_compile_read_range(o->range, &unused, error))
        return FALSE;
    if (!o->vnni || leuko_processor_has_vnni())
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "a graph for VNNI cannot be compared with fp32 on this processor (%s): it has no "
                "VNNI",
                leuko_processor_isa_name());
    return FALSE;
}

LeukoGraph *leuko_int8_compile(LeukoCompileContext *c, GError **error)
{
    const LeukoCompileOptions *o = c->options;
    g_auto(Job) j = {.c = c};
    if (!check_request(o, error) || !leuko_compile_open_gate(c, error))
        return NULL;
    j.set = leuko_calibration_set_new(o->data, c->model, c->net, o->n_calibration, o->n_threads,
                                      c->cancellable, c->reporter, error);
    if (!j.set || !compute_reference_logits(&j, error) || !quantize(&j, error))
        return NULL;
    c->report->n_calibration = j.set->n;
    c->report->n_convs = j.n_convs;
    if (!pass_gate(&j, error))
        return NULL;
    LeukoGraph *g = leuko_compile_graph_new(c, g_steal_pointer(&j.head), error);
    if (g)
        take_convs(&j, g);
    return g;
}
