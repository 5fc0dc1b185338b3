#include "engine/pooling.h"
#include "engine/planes-simd.h"
#include <math.h>

typedef guint8 Bytes __attribute__((vector_size(16), aligned(1)));

/* The rows or columns of a window that are inside the image. */
typedef struct {
    guint first, end; /* input pixels [first, end) */
} Span;

static inline Span window(guint out, guint stride, guint pad, guint kernel, guint size)
{
    guint low = out * stride, high = low + kernel;
    return (Span){low > pad ? low - pad : 0, MIN(high - pad, size)};
}

/* The windows [first, end) that contain input pixel `in`. */
static inline Span windows_of(guint in, guint stride, guint pad, guint kernel, guint n_out)
{
    guint at = in + pad; /* window o contains `at` if o stride <= at < o stride + kernel */
    guint first = at >= kernel ? (at - kernel) / stride + 1 : 0;
    return (Span){first, MIN(at / stride + 1, n_out)};
}

static inline float weight_of(const LeukoPooling *p, Span rows, Span columns)
{
    guint inside = (rows.end - rows.first) * (columns.end - columns.first);
    return 1.0f / (float)(p->include_padding ? p->kernel_h * p->kernel_w : inside);
}

/* --- maximum -------------------------------------------------------------------------------- */

INLINE void max_body(const LeukoPooling *p, const void *x, guint block, void *y, guint8 *which,
                     gboolean bf16)
{
    for (guint oy = 0; oy < p->out_h; oy++)
        for (guint ox = 0; ox < p->out_w; ox++) {
            Span rows = window(oy, p->stride, p->pad_h, p->kernel_h, p->in_h);
            Span columns = window(ox, p->stride, p->pad_w, p->kernel_w, p->in_w);
            Vec best = {0};
            Mask winner = {0};
            best -= INFINITY;
            for (guint iy = rows.first; iy < rows.end; iy++)
                for (guint ix = columns.first; ix < columns.end; ix++) {
                    Vec v = load(x, ((gsize)iy * p->in_w + ix) * block, block, bf16);
                    Mask wins = (Mask)(v > best) | (Mask)(v != v); /* NaN wins */
                    gint32 here = (gint32)((iy + p->pad_h - oy * p->stride) * p->kernel_w + ix +
                                           p->pad_w - ox * p->stride);
                    best = (Vec)(((Mask)best & ~wins) | ((Mask)v & wins));
                    winner = (winner & ~wins) | (here & wins);
                }
            gsize at = ((gsize)oy * p->out_w + ox) * block;
            Bytes b = __builtin_convertvector(winner, Bytes);
            store(y, at, block, bf16, best);
            memcpy(which + at, &b, block);
        }
}

PLANES_SIMD static void max_f32(const LeukoPooling *p, const void *x, guint block, void *y,
                                guint8 *which)
{
    max_body(p, x, block, y, which, FALSE);
}

PLANES_SIMD static void max_bf16(const LeukoPooling *p, const void *x, guint block, void *y,
                                 guint8 *which)
{
    max_body(p, x, block, y, which, TRUE);
}

void leuko_max_pool(const LeukoPooling *pool, const LeukoPlanes *x, const LeukoPlanes *y,
                    guint8 *which)
{
    g_assert(x->bf16 == y->bf16 && pool->kernel_h * pool->kernel_w <= 256);
#pragma omp parallel for collapse(2) schedule(static)
    for (guint i = 0; i < x->n_images; i++)
        for (guint b = 0; b < x->n_blocks; b++)
            (x->bf16 ? max_bf16 : max_f32)(pool, leuko_plane_at(x, i, b), x->block,
                                           leuko_plane_at(y, i, b),
                                           which + ((gsize)i * x->n_blocks + b) * y->plane);
}

/* --- backward: each input pixel gathers from the windows that contain it ---------------------- */

typedef struct {
    guint n, block;
    const void *from[LEUKO_MAX_GRADIENTS];
    const guint8 *which; /* NULL: averages */
} Upstream;

INLINE Vec upstream_at(const Upstream *u, gsize at, gboolean bf16)
{
    Vec d = load(u->from[0], at, u->block, bf16);
    for (guint k = 1; k < u->n; k++)
        d += load(u->from[k], at, u->block, bf16);
    return d;
}

INLINE Vec gather(const LeukoPooling *p, const Upstream *u, guint iy, guint ix, gboolean bf16)
{
    Span rows = windows_of(iy, p->stride, p->pad_h, p->kernel_h, p->out_h);
    Span columns = windows_of(ix, p->stride, p->pad_w, p->kernel_w, p->out_w);
    Vec sum = {0};
    for (guint oy = rows.first; oy < rows.end; oy++)
        for (guint ox = columns.first; ox < columns.end; ox++) {
            gsize at = ((gsize)oy * p->out_w + ox) * u->block;
            Vec d = upstream_at(u, at, bf16);
            if (u->which) {
                Bytes b = {0};
                memcpy(&b, u->which + at, u->block);
                gint32 here = (gint32)((iy + p->pad_h - oy * p->stride) * p->kernel_w + ix +
                                       p->pad_w - ox * p->stride);
                sum += (Vec)((Mask)d & (Mask)(__builtin_convertvector(b, Mask) == here));
            } else {
                sum += d * weight_of(p, window(oy, p->stride, p->pad_h, p->kernel_h, p->in_h),
                                     window(ox, p->stride, p->pad_w, p->kernel_w, p->in_w));
            }
        }
    return sum;
}

INLINE void backward_body(const LeukoPooling *p, const Upstream *u, void *dx, gboolean bf16)
{
    for (guint iy = 0; iy < p->in_h; iy++)
        for (guint ix = 0; ix < p->in_w; ix++)
            store(dx, ((gsize)iy * p->in_w + ix) * u->block, u->block, bf16,
                  gather(p, u, iy, ix, bf16));
}

PLANES_SIMD static void backward_f32(const LeukoPooling *p, const Upstream *u, void *dx)
{
    backward_body(p, u, dx, FALSE);
}

PLANES_SIMD static void backward_bf16(const LeukoPooling *p, const Upstream *u, void *dx)
{
    backward_body(p, u, dx, TRUE);
}

static void backward(const LeukoPooling *pool, const LeukoPlaneSum *dy, const guint8 *which,
                     const LeukoPlanes *dx)
{
    g_assert(dy->n >= 1 && dy->from[0].bf16 == dx->bf16);
#pragma omp parallel for collapse(2) schedule(static)
    for (guint i = 0; i < dx->n_images; i++)
        for (guint b = 0; b < dx->n_blocks; b++) {
            Upstream u = {.n = dy->n, .block = dx->block};
            for (guint k = 0; k < dy->n; k++)
                u.from[k] = leuko_plane_at(&dy->from[k], i, b);
            if (which)
                u.which = which + ((gsize)i * dx->n_blocks + b) * dy->from[0].plane;
            (dx->bf16 ? backward_bf16 : backward_f32)(pool, &u, leuko_plane_at(dx, i, b));
        }
}

void leuko_max_pool_backward(const LeukoPooling *pool, const LeukoPlaneSum *dy, const guint8 *which,
                             const LeukoPlanes *dx)
{
    backward(pool, dy, which, dx);
}

void leuko_avg_pool_backward(const LeukoPooling *pool, const LeukoPlaneSum *dy,
                             const LeukoPlanes *dx)
{
    backward(pool, dy, NULL, dx);
}

/* --- average -------------------------------------------------------------------------------- */

INLINE void average_body(const LeukoPooling *p, const void *x, guint block, void *y, gboolean bf16)
{
    for (guint oy = 0; oy < p->out_h; oy++)
        for (guint ox = 0; ox < p->out_w; ox++) {
            Span rows = window(oy, p->stride, p->pad_h, p->kernel_h, p->in_h);
            Span columns = window(ox, p->stride, p->pad_w, p->kernel_w, p->in_w);
            Vec sum = {0};
            for (guint iy = rows.first; iy < rows.end; iy++)
                for (guint ix = columns.first; ix < columns.end; ix++)
                    sum += load(x, ((gsize)iy * p->in_w + ix) * block, block, bf16);
            store(y, ((gsize)oy * p->out_w + ox) * block, block, bf16,
                  sum * weight_of(p, rows, columns));
        }
}

PLANES_SIMD static void average_f32(const LeukoPooling *p, const void *x, guint block, void *y)
{
    average_body(p, x, block, y, FALSE);
}

PLANES_SIMD static void average_bf16(const LeukoPooling *p, const void *x, guint block, void *y)
{
    average_body(p, x, block, y, TRUE);
}

void leuko_avg_pool(const LeukoPooling *pool, const LeukoPlanes *x, const LeukoPlanes *y)
{
    g_assert(x->bf16 == y->bf16);
#pragma omp parallel for collapse(2) schedule(static)
    for (guint i = 0; i < x->n_images; i++)
        for (guint b = 0; b < x->n_blocks; b++)
            (x->bf16 ? average_bf16 : average_f32)(pool, leuko_plane_at(x, i, b), x->block,
                                                   leuko_plane_at(y, i, b));
}
