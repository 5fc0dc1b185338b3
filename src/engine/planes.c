#include "engine/planes.h"
#include "engine/planes-simd.h"
#include <math.h>

/* Load the values of one block's channels; a block of 8 is repeated. */
INLINE Vec channels(const float *v, guint block)
{
    Vec r;
    memcpy(&r, v, MIN(block, LANES) * sizeof *v);
    if (block < LANES)
        memcpy((float *)&r + block, v, (LANES - block) * sizeof *v);
    return r;
}

/* Sums in double of partial sums in float. A partial sum has at most STRETCH values, which limits
 * rounding errors. */
typedef struct {
    double sum[2][LANES];
} Totals;

INLINE void flush(double *to, Vec *from)
{
    for (guint l = 0; l < LANES; l++)
        to[l] += (double)(*from)[l];
    *from = (Vec){0};
}

enum { STRETCH = 64 * LANES };

/* --- moments -------------------------------------------------------------------------------- */

/* Sum x - shift and its square. The shift keeps the precision if the mean is far from 0. */
INLINE void moments_body(const void *x, gsize n, guint block, const float *shift, Totals *t,
                         gboolean bf16)
{
    Vec s = channels(shift, block), sum = {0}, square = {0};
    gsize i = 0;
    while (i + LANES <= n) {
        for (gsize end = MIN(i + STRETCH, n); i + LANES <= end; i += LANES) {
            Vec v = load(x, i, LANES, bf16) - s;
            sum += v;
            square += v * v;
        }
        flush(t->sum[0], &sum);
        flush(t->sum[1], &square);
    }
    if (i < n) {
        Vec v = load(x, i, n - i, bf16) - s;
        for (guint l = 0; l < n - i; l++) {
            t->sum[0][l] += (double)v[l];
            t->sum[1][l] += (double)(v[l] * v[l]);
        }
    }
}

PLANES_SIMD static void moments_f32(const void *x, gsize n, guint block, const float *s, Totals *t)
{
    moments_body(x, n, block, s, t, FALSE);
}

PLANES_SIMD static void moments_bf16(const void *x, gsize n, guint block, const float *s, Totals *t)
{
    moments_body(x, n, block, s, t, TRUE);
}

/* Add up the SIMD lanes of each channel and store both sums in `partial` (2, block). */
static void store_totals(double *partial, const Totals *t, guint block)
{
    for (guint k = 0; k < 2; k++)
        for (guint c = 0; c < block; c++)
            partial[k * block + c] =
                block < LANES ? t->sum[k][c] + t->sum[k][c + block] : t->sum[k][c];
}

static float value_at(const void *data, gsize at, gboolean bf16)
{
    if (!bf16)
        return ((const float *)data)[at];
    guint32 bits = (guint32)((const guint16 *)data)[at] << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* A value near the channel's mean: the mean of the first pixels of the first image. */
static void find_shift(const LeukoPlanes *x, guint b, float *shift)
{
    const void *data = leuko_plane_at(x, 0, b);
    gsize n = MIN(x->plane / x->block, 16);
    for (guint c = 0; c < x->block; c++) {
        float sum = 0;
        for (gsize p = 0; p < n; p++)
            sum += value_at(data, p * x->block + c, x->bf16);
        shift[c] = sum / (float)n;
    }
}

void leuko_planes_moments(const LeukoPlanes *x, float *mean, float *variance, double *partials)
{
    gsize width = 2 * (gsize)x->block;
#pragma omp parallel for collapse(2) schedule(static)
    for (guint b = 0; b < x->n_blocks; b++)
        for (guint i = 0; i < x->n_images; i++) {
            Totals t = {0};
            float shift[LANES];
            find_shift(x, b, shift);
            (x->bf16 ? moments_bf16 : moments_f32)(leuko_plane_at(x, i, b), x->plane, x->block,
                                                   shift, &t);
            store_totals(partials + (b * x->n_images + i) * width, &t, x->block);
        }
    gsize pixels = x->plane / x->block; /* without remainder */
    double count = (double)x->n_images * (double)pixels;
#pragma omp parallel for schedule(static)
    for (guint b = 0; b < x->n_blocks; b++) {
        float shift[LANES];
        find_shift(x, b, shift);
        for (guint c = 0; c < x->block; c++) {
            double sum = 0, square = 0;
            for (guint i = 0; i < x->n_images; i++) {
                sum += partials[(b * x->n_images + i) * width + c];
                square += partials[(b * x->n_images + i) * width + x->block + c];
            }
            double m = sum / count;
            mean[b * x->block + c] = (float)((double)shift[c] + m);
            variance[b * x->block + c] = (float)MAX(square / count - m * m, 0.0);
        }
    }
}

/* --- affine --------------------------------------------------------------------------------- */

INLINE void affine_body(const void *x, gsize n, guint block, const float *a, const float *b,
                        gboolean relu, void *y, gboolean bf16)
{
    Vec va = channels(a, block), vb = channels(b, block), zero = {0};
    for (gsize i = 0; i < n; i += LANES) {
        Vec v = load(x, i, n - i, bf16) * va + vb;
        if (relu)
            v = (Vec)((Mask)v & ~(Mask)(v <= zero)); /* keeps NaN */
        store(y, i, n - i, bf16, v);
    }
}

PLANES_SIMD static void affine_f32(const void *x, gsize n, guint block, const float *a,
                                   const float *b, gboolean relu, void *y)
{
    if (relu)
        affine_body(x, n, block, a, b, TRUE, y, FALSE);
    else
        affine_body(x, n, block, a, b, FALSE, y, FALSE);
}

PLANES_SIMD static void affine_bf16(const void *x, gsize n, guint block, const float *a,
                                    const float *b, gboolean relu, void *y)
{
    if (relu)
        affine_body(x, n, block, a, b, TRUE, y, TRUE);
    else
        affine_body(x, n, block, a, b, FALSE, y, TRUE);
}

void leuko_planes_affine(const LeukoPlanes *x, const float *a, const float *b, gboolean relu,
                         const LeukoPlanes *y)
{
    g_assert(x->bf16 == y->bf16);
#pragma omp parallel for collapse(2) schedule(static)
    for (guint i = 0; i < x->n_images; i++)
        for (guint k = 0; k < x->n_blocks; k++)
            (x->bf16 ? affine_bf16 : affine_f32)(leuko_plane_at(x, i, k), x->plane, x->block,
                                                 a + k * x->block, b + k * x->block, relu,
                                                 leuko_plane_at(y, i, k));
}

/* --- gradients ------------------------------------------------------------------------------ */

typedef struct {
    guint n_from, block;
    const void *from[LEUKO_MAX_GRADIENTS], *y, *x;
    const float *mean, *istd, *scale;
    void *dz;
    gsize n;
} GradientPlane;

INLINE Vec gradient_of(const GradientPlane *g, gsize i, gsize n, gboolean from_bf16, gboolean bf16)
{
    Vec zero = {0}, d = load(g->from[0], i, n, from_bf16);
    for (guint k = 1; k < g->n_from; k++)
        d += load(g->from[k], i, n, from_bf16);
    if (g->y)
        d = (Vec)((Mask)d & (Mask)(load(g->y, i, n, bf16) > zero));
    return d;
}

INLINE void gradient_body(const GradientPlane *g, Totals *t, gboolean from_bf16, gboolean bf16)
{
    static const float ones[LANES] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    static const float zeros[LANES];
    Vec scale = channels(g->scale ? g->scale : ones, g->block);
    Vec mean = channels(g->x ? g->mean : zeros, g->block);
    Vec istd = channels(g->x ? g->istd : zeros, g->block), sum = {0}, product = {0};
    for (gsize i = 0; i < g->n;) {
        for (gsize end = MIN(i + STRETCH, g->n); i < end; i += LANES) {
            gsize n = g->n - i;
            Vec d = gradient_of(g, i, n, from_bf16, bf16);
            sum += d; /* beyond the end, d is 0 */
            if (g->x)
                product += d * ((load(g->x, i, n, bf16) - mean) * istd);
            store(g->dz, i, n, bf16, d * scale);
        }
        flush(t->sum[0], &sum);
        flush(t->sum[1], &product);
    }
}

PLANES_SIMD static void gradient_f32(const GradientPlane *g, Totals *t)
{
    gradient_body(g, t, FALSE, FALSE);
}

PLANES_SIMD static void gradient_bf16(const GradientPlane *g, Totals *t)
{
    gradient_body(g, t, TRUE, TRUE);
}

PLANES_SIMD static void gradient_to_bf16(const GradientPlane *g, Totals *t)
{
    gradient_body(g, t, FALSE, TRUE);
}

static void gradient_plane(const LeukoPlaneSum *sum, const LeukoReluGradient *how,
                           const LeukoPlanes *dz, guint i, guint b, double *partial)
{
    GradientPlane g = {.n_from = sum->n,
                       .block = dz->block,
                       .y = how->y ? leuko_plane_at(how->y, i, b) : NULL,
                       .x = how->x ? leuko_plane_at(how->x, i, b) : NULL,
                       .mean = how->mean ? how->mean + b * dz->block : NULL,
                       .istd = how->istd ? how->istd + b * dz->block : NULL,
                       .scale = how->scale ? how->scale + b * dz->block : NULL,
                       .dz = leuko_plane_at(dz, i, b),
                       .n = dz->plane};
    Totals t = {0};
    for (guint k = 0; k < sum->n; k++)
        g.from[k] = leuko_plane_at(&sum->from[k], i, b);
    gboolean from_bf16 = sum->from[0].bf16;
    (!dz->bf16 ? gradient_f32 : from_bf16 ? gradient_bf16 : gradient_to_bf16)(&g, &t);
    store_totals(partial, &t, dz->block);
}

void leuko_planes_gradient(const LeukoPlaneSum *sum, const LeukoReluGradient *how,
                           const LeukoPlanes *dz, double *partials)
{
    gsize width = 2 * (gsize)dz->block;
    g_assert(sum->n >= 1 && (dz->bf16 || !sum->from[0].bf16));
#pragma omp parallel for collapse(2) schedule(static)
    for (guint b = 0; b < dz->n_blocks; b++)
        for (guint i = 0; i < dz->n_images; i++)
            gradient_plane(sum, how, dz, i, b, partials + (b * dz->n_images + i) * width);
    for (guint b = 0; b < dz->n_blocks; b++)
        for (guint c = 0; c < dz->block; c++) {
            double total = 0, product = 0;
            for (guint i = 0; i < dz->n_images; i++) {
                total += partials[(b * dz->n_images + i) * width + c];
                product += partials[(b * dz->n_images + i) * width + dz->block + c];
            }
            how->sum_d[b * dz->block + c] = (float)total;
            if (how->x)
                how->sum_dx[b * dz->block + c] = (float)product;
        }
}

INLINE void finish_body(void *dz, const void *x, gsize n, guint block, const float *a,
                        const float *c, const float *e, gboolean bf16)
{
    Vec va = channels(a, block), vc = channels(c, block), ve = channels(e, block);
    for (gsize i = 0; i < n; i += LANES)
        store(dz, i, n - i, bf16,
              load(dz, i, n - i, bf16) * va + (load(x, i, n - i, bf16) * vc + ve));
}

PLANES_SIMD static void finish_f32(void *dz, const void *x, gsize n, guint block, const float *a,
                                   const float *c, const float *e)
{
    finish_body(dz, x, n, block, a, c, e, FALSE);
}

PLANES_SIMD static void finish_bf16(void *dz, const void *x, gsize n, guint block, const float *a,
                                    const float *c, const float *e)
{
    finish_body(dz, x, n, block, a, c, e, TRUE);
}

void leuko_planes_finish_gradient(const LeukoPlanes *dz, const LeukoPlanes *x, const float *a,
                                  const float *c, const float *e)
{
    g_assert(dz->bf16 == x->bf16);
#pragma omp parallel for collapse(2) schedule(static)
    for (guint i = 0; i < dz->n_images; i++)
        for (guint b = 0; b < dz->n_blocks; b++)
            (dz->bf16 ? finish_bf16 : finish_f32)(leuko_plane_at(dz, i, b), leuko_plane_at(x, i, b),
                                                  dz->plane, dz->block, a + b * dz->block,
                                                  c + b * dz->block, e + b * dz->block);
}

/* --- packing -------------------------------------------------------------------------------- */

static void put(void *data, gsize at, gboolean bf16, float value)
{
    Vec v = {value};
    store(data, at, 1, bf16, v);
}

void leuko_planes_pack(const float *x_nchw, guint n_channels, const guint *channel,
                       const LeukoPlanes *to)
{
    gsize n_pixels = to->plane / to->block, element = to->bf16 ? sizeof(guint16) : sizeof(float);
#pragma omp parallel for schedule(static)
    for (guint i = 0; i < to->n_images; i++) {
        for (guint b = 0; b < to->n_blocks; b++)
            memset(leuko_plane_at(to, i, b), 0, to->plane * element);
        for (guint c = 0; c < n_channels; c++) {
            const float *from = x_nchw + ((gsize)i * n_channels + c) * n_pixels;
            void *plane = leuko_plane_at(to, i, channel[c] / to->block);
            for (gsize p = 0; p < n_pixels; p++)
                put(plane, p * to->block + channel[c] % to->block, to->bf16, from[p]);
        }
    }
}

void leuko_planes_unpack(const LeukoPlaneSum *sum, guint n_channels, const guint *channel,
                         float *x_nchw)
{
    const LeukoPlanes *shape = &sum->from[0];
    gsize n_pixels = shape->plane / shape->block;
    for (guint i = 0; i < shape->n_images; i++)
        for (guint c = 0; c < n_channels; c++)
            for (gsize p = 0; p < n_pixels; p++) {
                gsize at = p * shape->block + channel[c] % shape->block;
                float value = 0;
                for (guint k = 0; k < sum->n; k++)
                    value += value_at(leuko_plane_at(&sum->from[k], i, channel[c] / shape->block),
                                      at, sum->from[k].bf16);
                x_nchw[((gsize)i * n_channels + c) * n_pixels + p] = value;
            }
}

void leuko_planes_multiply(const LeukoPlanes *x, const float *mask, const LeukoPlanes *y)
{
    g_assert(x->plane == x->block && x->bf16 == y->bf16);
    for (guint i = 0; i < x->n_images; i++)
        for (guint b = 0; b < x->n_blocks; b++) {
            Vec v = load(leuko_plane_at(x, i, b), 0, x->block, x->bf16);
            Vec m = load(mask, ((gsize)i * x->n_blocks + b) * x->block, x->block, FALSE);
            store(leuko_plane_at(y, i, b), 0, x->block, x->bf16, v * m);
        }
}

gboolean leuko_planes_are_finite(const LeukoPlanes *x)
{
    for (guint i = 0; i < x->n_images; i++)
        for (guint b = 0; b < x->n_blocks; b++)
            for (gsize k = 0; k < x->plane; k++)
                if (!isfinite(value_at(leuko_plane_at(x, i, b), k, x->bf16)))
                    return FALSE;
    return TRUE;
}
