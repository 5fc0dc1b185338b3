#include "engine/moments.h"
#include "base/rng.h"
#include "engine/dnnl.h"
#include "leuko/error.h"
#include <string.h>

enum {
    PATCHES = 64,  /* per image */
    PENDING = 512, /* patches collected for one matrix product */
};

/* Moments of one kind of patch. */
typedef struct {
    guint layer; /* the first convolution that reads such patches */
    gsize k;
    float *products; /* (k, k): sum of (x - offset)(x - offset)^T over the patches x */
    float *pending;  /* (PENDING, k) */
    float *offset;   /* (k): the mean of the first patches, to limit cancellation */
    double *sums;    /* (k): sum of x - offset */
    guint n_pending;
    guint64 n; /* patches in products and sums */
} Moment;

struct LeukoMoments {
    const LeukoNet *net;
    GPtrArray *all;    /* of Moment */
    Moment **of_layer; /* (n_layers); borrowed; NULL: no convolution of the trunk */
};

static void moment_free(gpointer data)
{
    Moment *m = data;
    g_free(m->products);
    g_free(m->pending);
    g_free(m->offset);
    g_free(m->sums);
    g_free(m);
}

static gboolean same_patches(const LeukoLayer *a, const LeukoLayer *b)
{
    return a->inputs[0] == b->inputs[0] && a->kernel_h == b->kernel_h &&
           a->kernel_w == b->kernel_w && a->stride == b->stride && a->pad_h == b->pad_h &&
           a->pad_w == b->pad_w;
}

static Moment *moment_new(const LeukoNet *net, guint layer, GError **error)
{
    const LeukoLayer *l = leuko_net_layer(net, layer);
    Moment *m = g_new0(Moment, 1);
    m->layer = layer;
    m->k = (gsize)l->in_channels * l->kernel_h * l->kernel_w;
    m->products = g_try_new0(float, m->k * m->k);
    m->pending = g_try_new(float, PENDING * m->k);
    m->offset = g_new0(float, m->k);
    m->sums = g_new0(double, m->k);
    if (m->products && m->pending)
        return m;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                "no memory for the covariance of %s's input", l->name);
    moment_free(m);
    return NULL;
}

LeukoMoments *leuko_moments_new(const LeukoNet *net, GError **error)
{
    g_autoptr(LeukoMoments) ms = g_new0(LeukoMoments, 1);
    ms->net = net;
    ms->all = g_ptr_array_new_with_free_func(moment_free);
    ms->of_layer = g_new0(Moment *, leuko_net_n_layers(net));
    for (guint i = 0; i <= leuko_net_endpoint_layer(net); i++) {
        const LeukoLayer *l = leuko_net_layer(net, i);
        if (l->kind != LEUKO_LAYER_CONV)
            continue;
        for (guint j = 0; j < ms->all->len && !ms->of_layer[i]; j++) {
            Moment *m = g_ptr_array_index(ms->all, j);
            if (same_patches(leuko_net_layer(net, m->layer), l))
                ms->of_layer[i] = m;
        }
        if (!ms->of_layer[i]) {
            Moment *m = moment_new(net, i, error);
            if (!m)
                return NULL;
            g_ptr_array_add(ms->all, m);
            ms->of_layer[i] = m;
        }
    }
    return g_steal_pointer(&ms);
}

void leuko_moments_free(LeukoMoments *ms)
{
    if (!ms)
        return;
    g_ptr_array_unref(ms->all);
    g_free(ms->of_layer);
    g_free(ms);
}

/* --- patches ---------------------------------------------------------------------------------- */

/* Set planes (out_channels): the kept plane of each channel of a layer's output. */
static void planes_of(const LeukoNet *net, const LeukoState *state, guint layer,
                      const float **planes)
{
    const LeukoLayer *l = leuko_net_layer(net, layer);
    gsize plane = (gsize)l->out_h * l->out_w;
    const float *kept = l->kind == LEUKO_LAYER_CONV || l->kind == LEUKO_LAYER_MAX_POOL
                            ? leuko_state_kept(state, l->name)
                            : NULL;
    for (guint c = 0; kept && c < l->out_channels; c++)
        planes[c] = kept + c * plane;
    for (guint j = 0, at = 0; !kept && j < l->n_inputs; j++) {
        planes_of(net, state, l->inputs[j], planes + at);
        at += leuko_net_layer(net, l->inputs[j])->out_channels;
    }
}

/* The value of an average pool at (y, x) of a plane (h, w). */
static float pooled(const LeukoLayer *pool, gboolean with_padding, const float *plane, gint y,
                    gint x)
{
    float sum = 0;
    guint n = 0;
    for (gint v = y * (gint)pool->stride - (gint)pool->pad_h, i = 0; i < (gint)pool->kernel_h;
         i++, v++)
        for (gint u = x * (gint)pool->stride - (gint)pool->pad_w, j = 0; j < (gint)pool->kernel_w;
             j++, u++)
            if (v >= 0 && u >= 0 && v < (gint)pool->in_h && u < (gint)pool->in_w) {
                sum += plane[v * (gint)pool->in_w + u];
                n++;
            }
    return sum / (float)(with_padding ? pool->kernel_h * pool->kernel_w : MAX(n, 1));
}

/* The patch under the kernel at output (row, column), (k). */
static void take_patch(const LeukoNet *net, const LeukoLayer *l, const float *const *planes,
                       guint row, guint column, float *out)
{
    const LeukoLayer *in = leuko_net_layer(net, l->inputs[0]);
    gboolean with_padding = leuko_net_spec(net)->pool_includes_padding;
    gint y0 = (gint)(row * l->stride) - (gint)l->pad_h,
         x0 = (gint)(column * l->stride) - (gint)l->pad_w;
    for (guint c = 0; c < l->in_channels; c++) {
        g_assert(planes[c]);
        for (gint y = y0; y < y0 + (gint)l->kernel_h; y++)
            for (gint x = x0; x < x0 + (gint)l->kernel_w; x++, out++) {
                gboolean inside = y >= 0 && x >= 0 && y < (gint)l->in_h && x < (gint)l->in_w;
                *out = !inside ? 0
                       : in->kind == LEUKO_LAYER_AVG_POOL
                           ? pooled(in, with_padding, planes[c], y, x)
                           : planes[c][y * (gint)l->in_w + x];
            }
    }
}

static void set_offset(Moment *m)
{
    for (gsize i = 0; i < m->k; i++) {
        double sum = 0;
        for (guint p = 0; p < m->n_pending; p++)
            sum += (double)m->pending[p * m->k + i];
        m->offset[i] = (float)(sum / MAX(m->n_pending, 1));
    }
}

/* products += pending^T pending */
static gboolean flush(Moment *m, GError **error)
{
    if (m->n_pending == 0)
        return TRUE;
    if (m->n == 0)
        set_offset(m);
    for (guint p = 0; p < m->n_pending; p++)
        for (gsize i = 0; i < m->k; i++) {
            float *x = &m->pending[p * m->k + i];
            *x -= m->offset[i];
            m->sums[i] += (double)*x;
        }
    dnnl_dim_t k = (dnnl_dim_t)m->k;
    gboolean ok = leuko_dnnl_ok(dnnl_sgemm('T', 'N', k, k, m->n_pending, 1.0f, m->pending, k,
                                           m->pending, k, 1.0f, m->products, k),
                                error, "covariance");
    m->n += m->n_pending;
    m->n_pending = 0;
    return ok;
}

gboolean leuko_moments_add(LeukoMoments *ms, const LeukoState *state, guint image,
                           const float *x_nchw, GError **error)
{
    for (guint j = 0; j < ms->all->len; j++) {
        Moment *m = g_ptr_array_index(ms->all, j);
        const LeukoLayer *l = leuko_net_layer(ms->net, m->layer);
        g_autofree const float **planes = g_new0(const float *, l->in_channels);
        LeukoRng rng;
        if (leuko_net_layer(ms->net, l->inputs[0])->kind == LEUKO_LAYER_INPUT)
            for (guint c = 0; c < l->in_channels; c++)
                planes[c] = x_nchw + (gsize)c * l->in_h * l->in_w;
        else
            planes_of(ms->net, state, l->inputs[0], planes);
        leuko_rng_init(&rng, m->layer, "calibration patches", image);
        guint n_positions = l->out_h * l->out_w, n = MIN(n_positions, PATCHES);
        if (m->n_pending + n > PENDING && !flush(m, error))
            return FALSE;
        for (guint p = 0; p < n; p++) { /* one position in each n-th part of the output */
            guint from = (guint)((guint64)n_positions * p / n),
                  to = (guint)((guint64)n_positions * (p + 1) / n);
            guint at = from + (guint)leuko_rng_below(&rng, to - from);
            take_patch(ms->net, l, planes, at / l->out_w, at % l->out_w,
                       m->pending + m->n_pending++ * m->k);
        }
    }
    return TRUE;
}

/* --- results ---------------------------------------------------------------------------------- */

gboolean leuko_moments_of(LeukoMoments *ms, guint layer, const float *scale, float **covariance,
                          double **mean, GError **error)
{
    const LeukoLayer *l = leuko_net_layer(ms->net, layer);
    Moment *m = ms->of_layer[layer];
    gsize k = m->k, taps = (gsize)l->kernel_h * l->kernel_w;
    if (!flush(m, error))
        return FALSE;
    double n = (double)MAX(m->n, 1);
    *mean = g_new(double, k);
    for (gsize i = 0; i < k; i++)
        (*mean)[i] = (double)m->offset[i] + m->sums[i] / n;
    if (!covariance)
        return TRUE;
    g_autofree float *c = g_try_new(float, k *k);
    if (!c) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                    "no memory for the covariance of %s's input", l->name);
        return FALSE;
    }
#pragma omp parallel for
    for (gsize i = 0; i < k; i++)
        for (gsize j = 0; j < k; j++) {
            double both = (double)m->products[i * k + j] / n - m->sums[i] / n * (m->sums[j] / n);
            c[i * k + j] = (float)(both / ((double)scale[i / taps] * (double)scale[j / taps]));
        }
    for (gsize i = 0; i < k; i++)
        c[i * k + i] += 1.0f / 12;
    *covariance = g_steal_pointer(&c);
    return TRUE;
}
