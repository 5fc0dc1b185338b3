/* Measures inference of the whole network in images/s. A contestant of bench/serve.h: it compares
 * its logits with PyTorch's float64 logits (tests/golden) before it measures. */
#include "engine/processor.h"
#include "engine/quantize.h"
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
    LeukoPlan *plans[3][MAX_BATCH + 1];
} State;

static gboolean check(LeukoPrecision precision, const LeukoPlan *plan, guint batch, GError **error)
{
    const float *logits = leuko_plan_logits(plan);
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
static LeukoPlan *int8_plan(State *state, const LeukoPlanOptions *options, GError **error)
{
    LeukoQuantizeOptions how = leuko_quantize_options_default();
    how.vnni = leuko_processor_has_vnni();
    if (!state->quantized) {
        g_autoptr(LeukoCalibration) seen =
            leuko_calibration_new(state->net, state->params, 0, error);
        if (!seen || !leuko_calibration_add(seen, 1, state->x_nchw, error))
            return NULL;
        state->quantized = leuko_quantize(state->net, state->params, seen, &how, error);
    }
    return state->quantized ? leuko_plan_new_quantized(state->net, state->quantized, state->params,
                                                       options, error)
                            : NULL;
}

static LeukoPlan *ready_plan(State *state, LeukoPrecision precision, guint batch, GError **error)
{
    LeukoPlan *plan = state->plans[precision][batch];
    if (plan)
        return plan;
    LeukoPlanOptions options = {precision, batch, 0};
    plan = precision == LEUKO_INT8 ? int8_plan(state, &options, error)
                                   : leuko_plan_new(state->net, state->params, &options, error);
    for (int warm = 0; plan && warm < 3; warm++)
        if (!leuko_plan_run(plan, batch, state->x_nchw, error) ||
            !check(precision, plan, batch, error)) {
            leuko_plan_free(plan);
            return NULL;
        }
    return state->plans[precision][batch] = plan;
}

static gboolean measure(gpointer data, LeukoPrecision precision, guint batch, guint ms,
                        double *images_per_s, GError **error)
{
    State *state = data;
    double seconds[MAX_RUNS];
    guint n = 0;
    if (batch < 1 || batch > MAX_BATCH) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "batch %u: 1 to %u", batch,
                    MAX_BATCH);
        return FALSE;
    }
    LeukoPlan *plan = ready_plan(state, precision, batch, error);
    double start = bench_now();
    while (plan && n < MAX_RUNS && (n < 3 || bench_now() - start < ms * 1e-3)) {
        double t = bench_now();
        if (!leuko_plan_run(plan, batch, state->x_nchw, error))
            return FALSE;
        seconds[n++] = bench_now() - t;
    }
    if (!plan)
        return FALSE;
    *images_per_s = batch / bench_median(seconds, n);
    return TRUE;
}

int main(void)
{
    g_autoptr(GError) error = NULL;
    State *state = g_new0(State, 1);
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.n_classes = K;
    state->net = leuko_net_new(&spec, &error);
    state->params = formula_params(state->net);
    gsize image = (gsize)3 * spec.side_px * spec.side_px;
    g_autofree float *one = formula_input(spec.side_px);
    state->x_nchw = g_new(float, MAX_BATCH *image);
    for (guint i = 0; i < MAX_BATCH; i++)
        memcpy(state->x_nchw + i * image, one, image * sizeof(float));
    int status = bench_serve(measure, state);
    for (guint p = 0; p < 3; p++)
        for (guint b = 0; b <= MAX_BATCH; b++)
            leuko_plan_free(state->plans[p][b]);
    leuko_quantized_free(state->quantized);
    leuko_params_unref(state->params);
    leuko_net_free(state->net);
    g_free(state->x_nchw);
    g_free(state);
    return status;
}
