#include "engine/calibrate.h"
#include "engine/state.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

struct LeukoCalibration {
    LeukoNet *net;
    LeukoState *state;        /* keeps the outputs of all convolutions and max pools */
    LeukoObserved **observed; /* (n_layers)(out_channels) */
    LeukoMoments *moments;
    guint n_images;
};

static gboolean is_kept(const LeukoNet *net, guint layer)
{
    const LeukoLayer *l = leuko_net_layer(net, layer);
    return layer <= leuko_net_endpoint_layer(net) &&
           (l->kind == LEUKO_LAYER_CONV || l->kind == LEUKO_LAYER_MAX_POOL);
}

static LeukoState *make_state(const LeukoNet *net, const LeukoParams *params, guint n_threads,
                              GError **error)
{
    const LeukoProgramOptions options = {LEUKO_FP32, 1, n_threads};
    g_autoptr(GPtrArray) kept = g_ptr_array_new();
    for (guint i = 0; i < leuko_net_n_layers(net); i++)
        if (is_kept(net, i))
            g_ptr_array_add(kept, (gpointer)leuko_net_layer(net, i)->name);
    g_ptr_array_add(kept, NULL);
    return leuko_state_take(leuko_program_new(net, params, &options, error),
                            (const char *const *)kept->pdata, error);
}

LeukoCalibration *leuko_calibration_new(const LeukoNet *net, const LeukoParams *params,
                                        guint n_threads, GError **error)
{
    g_autoptr(LeukoCalibration) c = g_new0(LeukoCalibration, 1);
    c->net = leuko_net_new(leuko_net_spec(net), error);
    c->state = c->net ? make_state(net, params, n_threads, error) : NULL;
    c->moments = c->state ? leuko_moments_new(c->net, error) : NULL;
    if (!c->moments)
        return NULL;
    guint n = leuko_net_n_layers(net);
    c->observed = g_new0(LeukoObserved *, n);
    for (guint i = 0; i < n; i++) {
        const LeukoLayer *l = leuko_net_layer(net, i);
        if (is_kept(net, i) && l->kind == LEUKO_LAYER_CONV)
            c->observed[i] = g_new0(LeukoObserved, l->out_channels);
    }
    return g_steal_pointer(&c);
}

/* Double the histogram's range until it contains `value`; pairs of bins are merged. */
static void widen(LeukoObserved *o, float value)
{
    if (o->limit <= 0)
        o->limit = value * 1.5f;
    while (value >= o->limit) {
        for (guint b = 0; b < LEUKO_CALIBRATION_BINS / 2; b++)
            o->bins[b] = o->bins[2 * b] + o->bins[2 * b + 1];
        memset(o->bins + LEUKO_CALIBRATION_BINS / 2, 0,
               LEUKO_CALIBRATION_BINS / 2 * sizeof *o->bins);
        o->limit *= 2;
    }
}

/* Add the values x (n) of one channel. FALSE: a value is not finite. */
static gboolean observe_channel(LeukoObserved *o, const float *x, gsize n)
{
    float largest = 0;
    for (gsize i = 0; i < n; i++) {
        if (!isfinite(x[i]))
            return FALSE;
        largest = MAX(largest, x[i]);
    }
    if (largest > 0)
        widen(o, largest);
    o->largest = MAX(o->largest, largest);
    float scale = o->limit > 0 ? LEUKO_CALIBRATION_BINS / o->limit : 0;
    for (gsize i = 0; i < n; i++) {
        guint bin = x[i] > 0 ? (guint)(x[i] * scale) : 0;
        o->bins[MIN(bin, LEUKO_CALIBRATION_BINS - 1)]++;
    }
    o->n_values += n;
    return TRUE;
}

/* Add x (channels, plane). FALSE: a value is not finite. */
static gboolean observe(LeukoObserved *o, const float *x, guint channels, gsize plane)
{
    gboolean finite = TRUE;
#pragma omp parallel for reduction(&& : finite)
    for (guint c = 0; c < channels; c++)
        finite = observe_channel(&o[c], x + c * plane, plane) && finite;
    return finite;
}

gboolean leuko_calibration_add(LeukoCalibration *c, guint n, const float *x_nchw, GError **error)
{
    gsize side = leuko_net_spec(c->net)->side_px;
    /* ReLU turns NaN into 0, so the outputs alone do not show a pixel that is not finite */
    for (gsize k = 0; k < n * 3 * side * side; k++)
        if (!isfinite(x_nchw[k])) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                        "calibration image %zu: a pixel is not finite",
                        c->n_images + k / (3 * side * side) + 1);
            return FALSE;
        }
    for (guint i = 0; i < n; i++) {
        if (!leuko_state_run(c->state, 1, x_nchw + i * 3 * side * side, error))
            return FALSE;
        for (guint k = 0; k < leuko_net_n_layers(c->net); k++) {
            const LeukoLayer *l = leuko_net_layer(c->net, k);
            if (c->observed[k] && !observe(c->observed[k], leuko_state_kept(c->state, l->name),
                                           l->out_channels, (gsize)l->out_h * l->out_w)) {
                g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                            "calibration image %u: an output of %s is not finite", c->n_images + 1,
                            l->name);
                return FALSE;
            }
        }
        if (!leuko_moments_add(c->moments, c->state, c->n_images, x_nchw + i * 3 * side * side,
                               error))
            return FALSE;
        c->n_images++;
    }
    return TRUE;
}

guint leuko_calibration_n_images(const LeukoCalibration *c) { return c->n_images; }

const LeukoObserved *leuko_calibration_observed(const LeukoCalibration *c, guint layer)
{
    return c->observed[layer];
}

LeukoMoments *leuko_calibration_moments(const LeukoCalibration *c) { return c->moments; }

void leuko_calibration_free(LeukoCalibration *c)
{
    if (!c)
        return;
    for (guint i = 0; c->observed && i < leuko_net_n_layers(c->net); i++)
        g_free(c->observed[i]);
    g_free(c->observed);
    leuko_moments_free(c->moments);
    leuko_state_free(c->state);
    leuko_net_free(c->net);
    g_free(c);
}
