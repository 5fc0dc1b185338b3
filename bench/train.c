/* Measures the time of one training step of all layers with Adam:
 *   bench-train [fp32|bf16] [trained|frozen] [batch] [steps] [threads]
 * Weights and images are random. As in the PyTorch peer, the auxiliary head is trained too; its
 * batch norm uses batch statistics. */
#include "engine/backprop.h"
#include "train/optimizer.h"
#include "train/schedule.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static LeukoOptimizer *make_optimizer(const LeukoBackprop *t, guint n_threads, GError **error)
{
    guint n = leuko_backprop_n_parameters(t);
    g_autofree LeukoTrainedTensor *slots = g_new0(LeukoTrainedTensor, n);
    for (guint i = 0; i < n; i++) {
        const LeukoBackpropParameter *s = leuko_backprop_parameter(t, i);
        slots[i] = (LeukoTrainedTensor){s->name, s->n, s->values, s->is_weights, 1.0};
    }
    LeukoOptimizerOptions o = leuko_optimizer_options_default();
    o.kind = LEUKO_ADAM;
    o.n_threads = n_threads;
    return leuko_optimizer_new(slots, n, &o, error);
}

static void fill(float *x, gsize n)
{
    guint64 state = 1;
    for (gsize i = 0; i < n; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        x[i] = (float)(state >> 40) / 8388608.0f - 1.0f;
    }
}

static gboolean run(const LeukoBackpropOptions *o, guint n_steps, GError **error)
{
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.n_classes = 2;
    spec.aux_head = TRUE;
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, error);
    g_autoptr(LeukoParams) params = net ? leuko_params_new_random(net, 1, error) : NULL;
    g_autoptr(LeukoBackprop) t = params ? leuko_backprop_new(net, params, o, error) : NULL;
    g_autoptr(LeukoOptimizer) optimizer = t ? make_optimizer(t, o->n_threads, error) : NULL;
    if (!optimizer)
        return FALSE;
    g_clear_pointer(&params, leuko_params_unref);
    gsize n = (gsize)o->batch * 3 * 299 * 299;
    g_autofree float *x = g_new(float, n), *targets = g_new0(float, o->batch * 2);
    g_autofree double *seconds = g_new(double, n_steps);
    guint n_slots = leuko_backprop_n_parameters(t);
    g_autofree const float **gradients = g_new(const float *, n_slots);
    double loss = 0, forward = 0, backward = 0;
    fill(x, n);
    for (guint i = 0; i < o->batch; i++)
        targets[2 * i + i % 2] = 1;
    for (guint i = 0; i < n_slots; i++)
        gradients[i] = leuko_backprop_parameter(t, i)->gradients;
    LeukoBackpropBatch batch = {.x_nchw = x, .targets = targets};
    for (guint s = 0; s <= n_steps; s++) {
        gint64 start = g_get_monotonic_time();
        if (!leuko_backprop_forward(t, &batch, &loss, error))
            return FALSE;
        gint64 middle = g_get_monotonic_time();
        if (!leuko_backprop_backward(t, error))
            return FALSE;
        gint64 late = g_get_monotonic_time();
        if (!leuko_optimizer_step(optimizer, 1e-4, gradients, NULL, error))
            return FALSE;
        if (s == 0) /* warm-up */
            continue;
        seconds[s - 1] = (double)(g_get_monotonic_time() - start) * 1e-6;
        forward += (double)(middle - start) * 1e-6 / n_steps;
        backward += (double)(late - middle) * 1e-6 / n_steps;
    }
    qsort(seconds, n_steps, sizeof *seconds, compare);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf(
        "%s %s batch %u: %.2f images/s (median of %u; forward %.3f s, backward %.3f s), loss %.4f, "
        "planned %.0f MB, peak %.0f MB\n",
        leuko_precision_name(o->precision), o->batch_norm_trained ? "trained" : "frozen", o->batch,
        o->batch / seconds[n_steps / 2], n_steps, forward, backward, loss,
        (double)leuko_backprop_memory_bytes(t) / 1e6, (double)usage.ru_maxrss / 1e3);
    if (g_getenv("KERNELS")) {
        g_autofree gchar *kernels = leuko_backprop_kernels(t);
        fputs(kernels, stdout);
    }
    return TRUE;
}

int main(int argc, char **argv)
{
    LeukoBackpropOptions o = leuko_backprop_options_default();
    g_autoptr(GError) error = NULL;
    guint n_steps = argc > 4 ? (guint)atoi(argv[4]) : 3;
    if (argc > 1 && !leuko_precision_parse(argv[1], &o.precision, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return 2;
    }
    o.batch_norm_trained = argc <= 2 || strcmp(argv[2], "frozen") != 0;
    o.batch = argc > 3 ? (guint)atoi(argv[3]) : 10;
    o.n_threads = argc > 5 ? (guint)atoi(argv[5]) : 2;
    if (!run(&o, MAX(n_steps, 1), &error)) {
        fprintf(stderr, "bench-train: %s\n", error->message);
        return 1;
    }
    return 0;
}
