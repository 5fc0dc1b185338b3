#include "train/optimizer.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-math-errno") /* lets the compiler vectorize sqrtf() */
#endif

enum { M, V, EMA, N_KINDS };
/* Values per piece. A thread works on whole pieces, and sums run over the pieces in order. */
#define PIECE 16384

typedef struct {
    LeukoTrainedTensor tensor;
    float *state[N_KINDS]; /* (n) or NULL: momentum or first moment, second moment, average */
} TensorState;

typedef struct {
    guint tensor;
    gsize begin, end;
    double square; /* of the gradient in this piece */
} Piece;

struct LeukoOptimizer {
    LeukoOptimizerOptions options;
    TensorState *states;
    guint n_tensors;
    guint64 n_steps;
    GArray *pieces;   /* of Piece */
    GPtrArray *names; /* of the arrays, "m/TENSOR" */
    GArray *indices;  /* of guint: tensor * N_KINDS + kind, one per array */
    float *memory;    /* the memory of all arrays */
};

LeukoOptimizerOptions leuko_optimizer_options_default(void)
{
    return (LeukoOptimizerOptions){.kind = LEUKO_ADAMW,
                                   .momentum = 0.9,
                                   .beta1 = 0.9,
                                   .beta2 = 0.999,
                                   .epsilon = 1e-8,
                                   .n_threads = 1};
}

static gboolean check(const LeukoOptimizerOptions *o, GError **error)
{
    const struct {
        const char *name;
        double value, high; /* 0 to below high */
    } ranges[] = {{"momentum", o->momentum, 1},
                  {"beta1", o->beta1, 1},
                  {"beta2", o->beta2, 1},
                  {"epsilon", o->epsilon, 1},
                  {"weight decay", o->weight_decay, 10},
                  {"clip norm", o->clip_norm, 1e12},
                  {"ema", o->ema, 1}};
    for (gsize i = 0; i < G_N_ELEMENTS(ranges); i++)
        if (!(ranges[i].value >= 0 && ranges[i].value < ranges[i].high)) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "%s %g: must be 0 to below %g",
                        ranges[i].name, ranges[i].value, ranges[i].high);
            return FALSE;
        }
    return TRUE;
}

static gboolean has_state(const LeukoOptimizerOptions *o, guint kind)
{
    return kind == M || (kind == V && o->kind != LEUKO_SGD) || (kind == EMA && o->ema > 0);
}

static void make_pieces(LeukoOptimizer *o)
{
    for (guint s = 0; s < o->n_tensors; s++)
        for (gsize at = 0; at < o->states[s].tensor.n; at += PIECE) {
            Piece p = {s, at, MIN(at + PIECE, o->states[s].tensor.n), 0};
            g_array_append_val(o->pieces, p);
        }
}

static void assign_state(LeukoOptimizer *o)
{
    static const char *const prefix[N_KINDS] = {"m", "v", "ema"};
    float *next = o->memory;
    for (guint s = 0; s < o->n_tensors; s++)
        for (guint kind = 0; kind < N_KINDS; kind++) {
            if (!has_state(&o->options, kind))
                continue;
            TensorState *h = &o->states[s];
            guint index = s * N_KINDS + kind;
            h->state[kind] = next;
            next += h->tensor.n;
            g_ptr_array_add(o->names, g_strdup_printf("%s/%s", prefix[kind], h->tensor.name));
            g_array_append_val(o->indices, index);
            if (kind == EMA)
                memcpy(h->state[EMA], h->tensor.values, h->tensor.n * sizeof(float));
        }
}

LeukoOptimizer *leuko_optimizer_new(const LeukoTrainedTensor *tensors, guint n_tensors,
                                    const LeukoOptimizerOptions *options, GError **error)
{
    if (!check(options, error))
        return NULL;
    g_autoptr(LeukoOptimizer) o = g_new0(LeukoOptimizer, 1);
    o->options = *options;
    o->n_tensors = n_tensors;
    o->states = g_new0(TensorState, n_tensors);
    o->pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
    o->names = g_ptr_array_new_with_free_func(g_free);
    o->indices = g_array_new(FALSE, FALSE, sizeof(guint));
    gsize total = 0;
    for (guint s = 0; s < n_tensors; s++) {
        o->states[s].tensor = tensors[s];
        for (guint kind = 0; kind < N_KINDS; kind++)
            total += has_state(options, kind) ? tensors[s].n : 0;
    }
    o->memory = g_try_new0(float, MAX(total, 1));
    if (!o->memory) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                    "no memory for the optimizer state of %zu values", total);
        return NULL;
    }
    make_pieces(o);
    assign_state(o);
    return g_steal_pointer(&o);
}

void leuko_optimizer_free(LeukoOptimizer *o)
{
    if (!o)
        return;
    g_free(o->states);
    g_free(o->memory);
    g_array_unref(o->pieces);
    g_array_unref(o->indices);
    g_ptr_array_unref(o->names);
    g_free(o);
}

/* Squared norm of the gradient of all tensors; not finite if any entry is not. */
static double square_norm(LeukoOptimizer *o, const float *const *gradients)
{
    Piece *pieces = (Piece *)(void *)o->pieces->data;
#pragma omp parallel for schedule(static) num_threads(MAX(o->options.n_threads, 1))
    for (guint i = 0; i < o->pieces->len; i++) {
        const float *g = gradients[pieces[i].tensor];
        double sum = 0;
#pragma omp simd reduction(+ : sum)
        for (gsize j = pieces[i].begin; j < pieces[i].end; j++)
            sum += (double)g[j] * (double)g[j];
        pieces[i].square = sum;
    }
    double sum = 0;
    for (guint i = 0; i < o->pieces->len; i++)
        sum += pieces[i].square;
    return sum;
}

/* The constants of one step. */
typedef struct {
    float rate, clip, decay, beta1, beta2, epsilon, momentum, ema, unbias1, unbias2;
    gboolean first, decoupled;
} Factors;

static void step_adam(const Factors *f, gsize n, float *p, const float *g, float *m, float *v)
{
    float shrink = f->decoupled ? 1.0f - f->rate * f->decay : 1.0f;
    float coupled = f->decoupled ? 0.0f : f->decay, step = f->rate / f->unbias1;
#pragma omp simd
    for (gsize j = 0; j < n; j++) {
        float gradient = f->clip * g[j] + coupled * p[j];
        m[j] = f->beta1 * m[j] + (1.0f - f->beta1) * gradient;
        v[j] = f->beta2 * v[j] + (1.0f - f->beta2) * gradient * gradient;
        p[j] = shrink * p[j] - step * m[j] / (sqrtf(v[j] / f->unbias2) + f->epsilon);
    }
}

static void step_sgd(const Factors *f, gsize n, float *p, const float *g, float *m)
{
    float keep = f->first ? 0.0f : f->momentum;
#pragma omp simd
    for (gsize j = 0; j < n; j++) {
        m[j] = keep * m[j] + f->clip * g[j] + f->decay * p[j];
        p[j] -= f->rate * m[j];
    }
}

static void step_piece(LeukoOptimizer *o, const Piece *piece, Factors f, const float *gradient)
{
    const TensorState *h = &o->states[piece->tensor];
    gsize at = piece->begin, n = piece->end - at;
    float *p = h->tensor.values + at;
    f.rate *= (float)h->tensor.rate_scale;
    f.decay = h->tensor.decays ? f.decay : 0.0f;
    if (o->options.kind == LEUKO_SGD)
        step_sgd(&f, n, p, gradient + at, h->state[M] + at);
    else
        step_adam(&f, n, p, gradient + at, h->state[M] + at, h->state[V] + at);
    if (h->state[EMA]) {
        float *e = h->state[EMA] + at;
#pragma omp simd
        for (gsize j = 0; j < n; j++)
            e[j] += (1.0f - f.ema) * (p[j] - e[j]);
    }
}

static gboolean refuse(LeukoOptimizer *o, const float *const *gradients, GError **error)
{
    for (guint s = 0; s < o->n_tensors; s++)
        for (gsize j = 0; j < o->states[s].tensor.n; j++)
            if (!isfinite(gradients[s][j])) {
                g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                            "step %" G_GUINT64_FORMAT ": the gradient of %s is not finite",
                            o->n_steps + 1, o->states[s].tensor.name);
                return FALSE;
            }
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                "step %" G_GUINT64_FORMAT ": the gradient is too large", o->n_steps + 1);
    return FALSE;
}

gboolean leuko_optimizer_step(LeukoOptimizer *o, double rate, const float *const *gradients,
                              double *norm, GError **error)
{
    const LeukoOptimizerOptions *opt = &o->options;
    double length = sqrt(square_norm(o, gradients)), t = (double)(o->n_steps + 1);
    if (!isfinite(length))
        return refuse(o, gradients, error);
    double clip = opt->clip_norm > 0 && length > opt->clip_norm ? opt->clip_norm / length : 1.0;
    Factors f = {.rate = (float)rate,
                 .clip = (float)clip,
                 .decay = (float)opt->weight_decay,
                 .beta1 = (float)opt->beta1,
                 .beta2 = (float)opt->beta2,
                 .epsilon = (float)opt->epsilon,
                 .momentum = (float)opt->momentum,
                 .ema = (float)fmin(opt->ema, (1 + t) / (10 + t)),
                 .unbias1 = (float)(1 - pow(opt->beta1, t)),
                 .unbias2 = (float)(1 - pow(opt->beta2, t)),
                 .first = o->n_steps == 0,
                 .decoupled = opt->kind == LEUKO_ADAMW};
    const Piece *pieces = (const Piece *)(void *)o->pieces->data;
#pragma omp parallel for schedule(static) num_threads(MAX(opt->n_threads, 1))
    for (guint i = 0; i < o->pieces->len; i++)
        step_piece(o, &pieces[i], f, gradients[pieces[i].tensor]);
    o->n_steps++;
    if (norm)
        *norm = length;
    return TRUE;
}

void leuko_optimizer_set_n_steps(LeukoOptimizer *o, guint64 n_steps) { o->n_steps = n_steps; }

const float *leuko_optimizer_average(const LeukoOptimizer *o, guint index)
{
    const TensorState *h = &o->states[index];
    return h->state[EMA] ? h->state[EMA] : h->tensor.values;
}

guint leuko_optimizer_n_arrays(const LeukoOptimizer *o) { return o->names->len; }

void leuko_optimizer_array(LeukoOptimizer *o, guint index, const char **name, gsize *n,
                           float **data)
{
    guint which = g_array_index(o->indices, guint, index);
    const TensorState *h = &o->states[which / N_KINDS];
    *name = o->names->pdata[index];
    *n = h->tensor.n;
    *data = h->state[which % N_KINDS];
}
