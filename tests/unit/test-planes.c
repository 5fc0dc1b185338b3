/* The arithmetic between the convolutions, against plain loops in double. */
#include "engine/planes.h"
#include "engine/pooling.h"
#include <math.h>
#include <string.h>

enum { IMAGES = 3 };

static float pseudo(guint64 *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (float)(*state >> 40) / 8388608.0f - 1.0f;
}

static float from_bf16(guint16 b)
{
    guint32 bits = (guint32)b << 16;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static guint16 to_bf16(float f)
{
    guint32 bits;
    memcpy(&bits, &f, sizeof bits);
    return (guint16)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

/* `blocks` blocks at block 1 of a tensor that is wider by two blocks. */
typedef struct {
    LeukoPlanes planes;
    void *all;
} Tensor;

static Tensor make(guint blocks, guint block, guint places, gboolean bf16, guint64 seed)
{
    gsize plane = (gsize)places * block, stride = plane * (blocks + 2), n = stride * IMAGES;
    Tensor t = {{NULL, stride, plane, IMAGES, blocks, block, bf16}, g_malloc0(n * sizeof(float))};
    for (gsize i = 0; i < n; i++) {
        float v = pseudo(&seed);
        if (bf16)
            ((guint16 *)t.all)[i] = to_bf16(v);
        else
            ((float *)t.all)[i] = v;
    }
    t.planes.data = bf16 ? (void *)((guint16 *)t.all + plane) : (void *)((float *)t.all + plane);
    return t;
}

static float at(const LeukoPlanes *p, guint image, guint channel, guint place)
{
    gsize i = image * p->image_stride + channel / p->block * p->plane + place * p->block +
              channel % p->block;
    return p->bf16 ? from_bf16(((const guint16 *)p->data)[i]) : ((const float *)p->data)[i];
}

static void assert_near(double found, double wanted, double relative, double absolute)
{
    if (fabs(found - wanted) > relative * fabs(wanted) + absolute)
        g_error("%.9g instead of %.9g", found, wanted);
}

typedef struct {
    guint block, h, w;
    gboolean bf16;
} Case;
static const Case cases[] = {{16, 7, 5, FALSE},  {16, 7, 5, TRUE},  {8, 7, 5, FALSE},
                             {8, 3, 3, TRUE},    {16, 1, 1, FALSE}, {8, 1, 1, FALSE},
                             {16, 35, 41, FALSE}};

/* Mean and variance, also where the mean is far from 0 against the deviation. */
static void test_moments(void)
{
    for (gsize k = 0; k < G_N_ELEMENTS(cases); k++) {
        const Case *c = &cases[k];
        guint places = c->h * c->w, n_channels = 2 * c->block;
        Tensor x = make(2, c->block, places, c->bf16, 11);
        float mean[32], variance[32];
        double *partials = g_new(double, 2 * IMAGES * n_channels);
        for (gsize i = 0; !c->bf16 && i < x.planes.image_stride * IMAGES; i++)
            ((float *)x.all)[i] = 50 + 0.1f * ((float *)x.all)[i];
        leuko_planes_moments(&x.planes, mean, variance, partials);
        for (guint ch = 0; ch < n_channels; ch++) {
            double sum = 0, square = 0, n = IMAGES * places;
            for (guint i = 0; i < IMAGES; i++)
                for (guint p = 0; p < places; p++)
                    sum += (double)at(&x.planes, i, ch, p) / n;
            for (guint i = 0; i < IMAGES; i++)
                for (guint p = 0; p < places; p++)
                    square += pow((double)at(&x.planes, i, ch, p) - sum, 2) / n;
            assert_near((double)mean[ch], sum, 1e-6, 1e-6);
            assert_near((double)variance[ch], square, 1e-4, 1e-7);
        }
        g_free(partials);
        g_free(x.all);
    }
}

/* relu(a x + b) into a slice, and its neighbors are left alone; a NaN is not hidden. */
static void test_affine(void)
{
    for (gsize k = 0; k < G_N_ELEMENTS(cases); k++) {
        const Case *c = &cases[k];
        guint places = c->h * c->w;
        Tensor x = make(2, c->block, places, c->bf16, 3), y = make(2, c->block, places, c->bf16, 4);
        Tensor before = make(2, c->block, places, c->bf16, 4);
        float a[32], b[32];
        for (guint ch = 0; ch < 32; ch++) {
            a[ch] = 0.5f + 0.1f * (float)ch;
            b[ch] = 0.3f - 0.02f * (float)ch;
        }
        leuko_planes_affine(&x.planes, a, b, TRUE, &y.planes);
        for (guint i = 0; i < IMAGES; i++)
            for (guint ch = 0; ch < 2 * c->block; ch++)
                for (guint p = 0; p < places; p++)
                    assert_near(
                        (double)at(&y.planes, i, ch, p),
                        fmax(0, (double)at(&x.planes, i, ch, p) * (double)a[ch] + (double)b[ch]),
                        c->bf16 ? 5e-3 : 1e-6, c->bf16 ? 1e-2 : 1e-6);
        gsize element = c->bf16 ? 2 : 4;
        g_assert_true(memcmp(y.all, before.all, x.planes.plane * element) == 0);
        if (!c->bf16) {
            ((float *)x.planes.data)[0] = NAN;
            leuko_planes_affine(&x.planes, a, b, TRUE, &y.planes);
            g_assert_true(isnan(at(&y.planes, 0, 0, 0)));
            g_assert_false(leuko_planes_are_finite(&y.planes));
        }
        g_free(x.all);
        g_free(y.all);
        g_free(before.all);
    }
}

/* The sum of two gradients behind a ReLU, its sums, and what batch statistics add: against the
 * derivative of the loss sum(upstream relu(gamma xhat + beta)) by differences in double. */
static double loss_of(const LeukoPlanes *x, const LeukoPlanes *up[2], guint ch, guint places,
                      double gamma, double beta, guint image, guint place, double delta)
{
    double n = IMAGES * places, mean = 0, variance = 0, loss = 0;
#define X(i, p) ((double)at(x, i, ch, p) + ((i) == image && (p) == place ? delta : 0))
    for (guint i = 0; i < IMAGES; i++)
        for (guint p = 0; p < places; p++)
            mean += X(i, p) / n;
    for (guint i = 0; i < IMAGES; i++)
        for (guint p = 0; p < places; p++)
            variance += pow(X(i, p) - mean, 2) / n;
    for (guint i = 0; i < IMAGES; i++)
        for (guint p = 0; p < places; p++) {
            double y = gamma * (X(i, p) - mean) / sqrt(variance + 1e-3) + beta;
            loss += fmax(y, 0) * ((double)at(up[0], i, ch, p) + (double)at(up[1], i, ch, p));
        }
    return loss;
}

static void test_gradient(void)
{
    for (gsize k = 0; k < 3; k++) {
        const Case *c = &cases[k];
        if (c->bf16)
            continue;
        guint places = c->h * c->w, n_channels = 2 * c->block;
        double count = IMAGES * places;
        Tensor x = make(2, c->block, places, FALSE, 5), y = make(2, c->block, places, FALSE, 6);
        Tensor u = make(2, c->block, places, FALSE, 7), v = make(2, c->block, places, FALSE, 8);
        Tensor dz = make(2, c->block, places, FALSE, 9);
        float mean[32], variance[32], istd[32], a[32], b[32], sum[32], product[32], cc[32], e[32];
        double *partials = g_new(double, 2 * IMAGES * n_channels);
        leuko_planes_moments(&x.planes, mean, variance, partials);
        for (guint ch = 0; ch < n_channels; ch++) {
            istd[ch] = 1 / sqrtf(variance[ch] + 1e-3f);
            a[ch] = 1.3f * istd[ch];
            b[ch] = 0.2f - mean[ch] * a[ch];
        }
        leuko_planes_affine(&x.planes, a, b, TRUE, &y.planes);
        LeukoPlaneSum both = {2, {u.planes, v.planes}};
        LeukoReluGradient how = {&y.planes, &x.planes, mean, istd, NULL, sum, product};
        leuko_planes_gradient(&both, &how, &dz.planes, partials);
        for (guint ch = 0; ch < n_channels; ch++) {
            double slope = (double)a[ch] * (double)istd[ch] * (double)product[ch] / count;
            cc[ch] = (float)-slope;
            e[ch] = (float)((double)mean[ch] * slope - (double)a[ch] * (double)sum[ch] / count);
        }
        leuko_planes_finish_gradient(&dz.planes, &x.planes, a, cc, e);
        const LeukoPlanes *up[2] = {&u.planes, &v.planes};
        for (guint ch = 0; ch < n_channels; ch += 5) {
            double h = 1e-5, s = 0;
            for (guint p = 0; p < places; p += 3) {
                double wanted = (loss_of(&x.planes, up, ch, places, 1.3, 0.2, 1, p, h) -
                                 loss_of(&x.planes, up, ch, places, 1.3, 0.2, 1, p, -h)) /
                                (2 * h);
                assert_near((double)at(&dz.planes, 1, ch, p), wanted, 1e-4, 2e-5);
            }
            s = (loss_of(&x.planes, up, ch, places, 1.3, 0.2 + h, 0, 0, 0) -
                 loss_of(&x.planes, up, ch, places, 1.3, 0.2 - h, 0, 0, 0)) /
                (2 * h);
            assert_near((double)sum[ch], s, 1e-4, 1e-5); /* beta */
            s = (loss_of(&x.planes, up, ch, places, 1.3 + h, 0.2, 0, 0, 0) -
                 loss_of(&x.planes, up, ch, places, 1.3 - h, 0.2, 0, 0, 0)) /
                (2 * h);
            assert_near((double)product[ch], s, 1e-4, 1e-5); /* gamma */
        }
        g_free(partials);
        Tensor *all[] = {&x, &y, &u, &v, &dz};
        for (guint i = 0; i < 5; i++)
            g_free(all[i]->all);
    }
}

/* --- pools ----------------------------------------------------------------------------------- */

/* y of one window in double, and which place won. */
static double window(const LeukoPooling *p, const LeukoPlanes *x, guint i, guint ch, guint oy,
                     guint ox, gboolean maximum, guint *which, guint *inside)
{
    double best = -INFINITY, sum = 0;
    *inside = 0;
    for (guint ky = 0; ky < p->kernel_h; ky++)
        for (guint kx = 0; kx < p->kernel_w; kx++) {
            gint iy = (gint)(oy * p->stride + ky) - (gint)p->pad_h;
            gint ix = (gint)(ox * p->stride + kx) - (gint)p->pad_w;
            if (iy < 0 || ix < 0 || iy >= (gint)p->in_h || ix >= (gint)p->in_w)
                continue;
            double v = (double)at(x, i, ch, (guint)iy * p->in_w + (guint)ix);
            (*inside)++;
            sum += v;
            if (v > best) {
                best = v;
                *which = ky * p->kernel_w + kx;
            }
        }
    return maximum ? best : sum / (p->include_padding ? p->kernel_h * p->kernel_w : *inside);
}

/* Forward is each window's maximum or mean; backward is the transpose of forward: for any x and dy,
 * <dy, pool(x)> of the linear map at x equals <pool_backward(dy), x>. Odd sizes, strides,
 * padding. */
static void test_pools(void)
{
    static const LeukoPooling pools[] = {{3, 3, 2, 0, 0, 17, 15, 8, 7, FALSE},
                                         {3, 3, 1, 1, 1, 9, 7, 9, 7, FALSE},
                                         {3, 3, 1, 1, 1, 9, 7, 9, 7, TRUE},
                                         {5, 5, 3, 0, 0, 17, 17, 5, 5, FALSE},
                                         {8, 8, 1, 0, 0, 8, 8, 1, 1, FALSE}};
    for (gsize k = 0; k < G_N_ELEMENTS(pools) * 8; k++) {
        const LeukoPooling *p = &pools[k / 8];
        guint block = k & 1 ? 8 : 16;
        if ((k & 4) != 0 && p->include_padding) /* means nothing to a maximum */
            continue;
        gboolean bf16 = (k & 2) != 0, maximum = (k & 4) != 0;
        Tensor x = make(2, block, p->in_h * p->in_w, bf16, 21),
               dx = make(2, block, p->in_h * p->in_w, bf16, 22);
        Tensor y = make(2, block, p->out_h * p->out_w, bf16, 23),
               dy = make(2, block, p->out_h * p->out_w, bf16, 24);
        guint8 *places = g_malloc0(IMAGES * 2 * y.planes.plane);
        LeukoPlaneSum one = {1, {dy.planes}};
        if (maximum) {
            leuko_max_pool(p, &x.planes, &y.planes, places);
            leuko_max_pool_backward(p, &one, places, &dx.planes);
        } else {
            leuko_avg_pool(p, &x.planes, &y.planes);
            leuko_avg_pool_backward(p, &one, &dx.planes);
        }
        double left = 0, right = 0;
        for (guint i = 0; i < IMAGES; i++)
            for (guint ch = 0; ch < 2 * block; ch++) {
                for (guint o = 0; o < p->out_h * p->out_w; o++) {
                    guint which = 0, inside;
                    double want = window(p, &x.planes, i, ch, o / p->out_w, o % p->out_w, maximum,
                                         &which, &inside);
                    assert_near((double)at(&y.planes, i, ch, o), want, bf16 ? 5e-3 : 1e-6,
                                bf16 ? 1e-2 : 1e-6);
                    left += want * (double)at(&dy.planes, i, ch, o);
                }
                for (guint q = 0; q < p->in_h * p->in_w; q++)
                    right += (double)at(&x.planes, i, ch, q) * (double)at(&dx.planes, i, ch, q);
            }
        assert_near(right, left, bf16 ? 2e-2 : 1e-5, bf16 ? 0.2 : 1e-3);
        g_free(places);
        Tensor *all[] = {&x, &dx, &y, &dy};
        for (guint i = 0; i < 4; i++)
            g_free(all[i]->all);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/planes/moments", test_moments);
    g_test_add_func("/planes/affine", test_affine);
    g_test_add_func("/planes/gradient", test_gradient);
    g_test_add_func("/planes/pools", test_pools);
    return g_test_run();
}
