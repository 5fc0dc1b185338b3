/* Measures inference of the whole network in images/s. A contestant of bench/serve.h: it compares
 * its logits with PyTorch's float64 logits (tests/golden) before it measures. */
#include "engine/processor.h"
#include "engine/program-int8.h"
#include "formula.h"
#include "leuko/error.h"
#include "network-expected.h"
#include "serve.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { K = 3, MAX_BATCH = 32, MAX_RUNS = 1000 };

typedef struct {
    LeukoNet *net;
    LeukoParams *params;
    float *x_nchw;             /* (MAX_BATCH, 3, S, S): copies of the formula image */
    LeukoQuantized *quantized; /* created on first use */
    LeukoState *states[3][MAX_BATCH + 1];
} Bench;

static gboolean check(LeukoPrecision precision, const LeukoState *state, guint batch,
                      GError **error)
{
    const float *logits = leuko_state_logits(state);
    double difference = 0, norm = 0;
    for (guint i = 0; i < batch; i++)
        for (guint k = 0; k < K; k++) {
            double want = expected_logits_slim[k];
            difference += pow((double)logits[i * K + k] - want, 2);
            norm += want * want;
        }
    double distance = sqrt(difference / norm), tolerance = precision == LEUKO_FP32   ? 1e-5
                                                           : precision == LEUKO_BF16 ? 2e-2
                                                                                     : 1e-1;
    if (distance < tolerance)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "wrong answer: logits %.2e from PyTorch's",
                distance);
    return FALSE;
}

/* Calibrated on the formula image alone. */
static LeukoState *int8_state(Bench *bench, const LeukoProgramOptions *options, GError **error)
{
    LeukoQuantizeOptions how = leuko_quantize_options_default();
    how.vnni = leuko_processor_has_vnni();
    if (!bench->quantized) {
        g_autoptr(LeukoCalibration) seen =
            leuko_calibration_new(bench->net, bench->params, 0, error);
        if (!seen || !leuko_calibration_add(seen, 1, bench->x_nchw, error))
            return NULL;
        bench->quantized = leuko_quantize(bench->net, bench->params, seen, &how, error);
    }
    return bench->quantized
               ? leuko_state_take(leuko_program_new_quantized(bench->net, bench->quantized,
                                                              bench->params, options, error),
                                  NULL, error)
               : NULL;
}

static LeukoState *ready_state(Bench *bench, LeukoPrecision precision, guint batch, GError **error)
{
    LeukoState *state = bench->states[precision][batch];
    if (state)
        return state;
    LeukoProgramOptions options = {precision, batch, 0};
    state = precision == LEUKO_INT8
                ? int8_state(bench, &options, error)
                : leuko_state_take(leuko_program_new(bench->net, bench->params, &options, error),
                                   NULL, error);
    for (int warm = 0; state && warm < 3; warm++)
        if (!leuko_state_run(state, batch, bench->x_nchw, error) ||
            !check(precision, state, batch, error)) {
            leuko_state_free(state);
            return NULL;
        }
    return bench->states[precision][batch] = state;
}

static gboolean measure(gpointer data, LeukoPrecision precision, guint batch, guint ms,
                        double *images_per_s, GError **error)
{
    Bench *bench = data;
    double seconds[MAX_RUNS];
    guint n = 0;
    if (batch < 1 || batch > MAX_BATCH) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "batch %u: 1 to %u", batch,
                    MAX_BATCH);
        return FALSE;
    }
    LeukoState *state = ready_state(bench, precision, batch, error);
    double start = bench_now();
    while (state && n < MAX_RUNS && (n < 3 || bench_now() - start < ms * 1e-3)) {
        double t = bench_now();
        if (!leuko_state_run(state, batch, bench->x_nchw, error))
            return FALSE;
        seconds[n++] = bench_now() - t;
    }
    if (!state)
        return FALSE;
    *images_per_s = batch / bench_median(seconds, n);
    return TRUE;
}

int main(void)
{
    g_autoptr(GError) error = NULL;
    Bench *bench = g_new0(Bench, 1);
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.n_classes = K;
    bench->net = leuko_net_new(&spec, &error);
    bench->params = formula_params(bench->net);
    gsize image = (gsize)3 * spec.side_px * spec.side_px;
    g_autofree float *one = formula_input(spec.side_px);
    bench->x_nchw = g_new(float, MAX_BATCH *image);
    for (guint i = 0; i < MAX_BATCH; i++)
        memcpy(bench->x_nchw + i * image, one, image * sizeof(float));
    int status = bench_serve(measure, bench);
    for (guint p = 0; p < 3; p++)
        for (guint b = 0; b <= MAX_BATCH; b++)
            leuko_state_free(bench->states[p][b]);
    leuko_quantized_free(bench->quantized);
    leuko_params_unref(bench->params);
    leuko_net_free(bench->net);
    g_free(bench->x_nchw);
    g_free(bench);
    return status;
}
