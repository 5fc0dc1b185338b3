#include "engine/profile.h"
#include "base/sort-doubles.h"
#include "engine/dnnl.h"
#include "engine/processor.h"
#include "leuko/error.h"
#include <string.h>
#include <sys/resource.h>

/* Sorts `values`. */
static double median(double *values, guint n)
{
    leuko_sort_doubles(values, n);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* Noise in [-1, 1]; the run time does not depend on the pixels. */
static float *random_images(const LeukoNet *net, guint n, GError **error)
{
    gsize side = leuko_net_spec(net)->side_px, values = (gsize)n * 3 * side * side;
    float *x = g_try_new(float, values);
    guint32 state = 1;
    for (gsize i = 0; x && i < values; i++) {
        state = state * 1664525u + 1013904223u;
        x[i] = (float)(state >> 8) / (float)(1u << 23) - 1;
    }
    if (!x)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "no memory for %u images of %zu px", n,
                    side);
    return x;
}

static gboolean time_steps(LeukoProfile *p, LeukoState *state, const float *x, GError **error)
{
    g_autofree double *seconds = g_new(double, (gsize)p->n_runs * p->n_steps);
    g_autofree double *one = g_new(double, p->n_runs), *now = g_new(double, p->n_steps);
    for (guint r = 0; r < p->n_runs + 2; r++) { /* the first two warm up */
        if (!leuko_state_run_timed(state, x, now, error))
            return FALSE;
        if (r >= 2)
            memcpy(seconds + (gsize)(r - 2) * p->n_steps, now, p->n_steps * sizeof(double));
    }
    for (guint s = 0; s < p->n_steps; s++) {
        for (guint r = 0; r < p->n_runs; r++)
            one[r] = seconds[(gsize)r * p->n_steps + s];
        p->steps[s].seconds = median(one, p->n_runs);
        p->step_seconds += p->steps[s].seconds;
    }
    for (guint r = 0; r < p->n_runs + 1; r++) {
        gint64 start = g_get_monotonic_time();
        if (!leuko_state_run(state, p->batch, x, error))
            return FALSE;
        if (r > 0)
            one[r - 1] = (double)(g_get_monotonic_time() - start) * 1e-6;
    }
    p->batch_seconds = median(one, p->n_runs);
    return TRUE;
}

static void describe_steps(LeukoProfile *p, const LeukoProgram *program)
{
    p->n_steps = leuko_program_n_steps(program);
    p->steps = g_new0(LeukoProfileStep, p->n_steps);
    for (guint s = 0; s < p->n_steps; s++) {
        LeukoProgramStep step;
        leuko_program_step(program, s, &step);
        p->steps[s] = (LeukoProfileStep){.name = g_strdup(step.name),
                                         .kernel = g_strdup(step.kernel),
                                         .kind = step.kind,
                                         .precision = step.precision,
                                         .mflop = (double)step.flop * 1e-6,
                                         .mbytes = (double)step.bytes * 1e-6};
    }
}

static void compare_with_peak(LeukoProfile *p)
{
    for (guint s = 0; s < p->n_steps; s++) {
        LeukoProfileStep *step = &p->steps[s];
        step->share = p->step_seconds > 0 ? step->seconds / p->step_seconds : 0;
        if (step->mflop <= 0)
            continue;
        double *peak = &p->peak_gflops[step->precision];
        if (*peak <= 0)
            *peak = leuko_processor_peak_gflops(step->precision, p->step_threads);
        if (*peak > 0 && step->seconds > 0)
            step->peak_share = step->mflop * 1e-3 / step->seconds / *peak;
    }
}

LeukoProfile *leuko_profile_new(LeukoProgram *program, const LeukoNet *net, guint batch,
                                guint n_runs, GError **error)
{
    if (n_runs < 3 || n_runs > 10000) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "profile of %u runs: must be 3 to 10000", n_runs);
        return NULL;
    }
    g_autoptr(LeukoProfile) p = g_new0(LeukoProfile, 1);
    p->n_runs = n_runs;
    p->batch = batch;
    p->isa = leuko_processor_isa_name();
    p->onednn = leuko_dnnl_version();
    describe_steps(p, program);
    g_autofree float *x = random_images(net, batch, error);
    g_autoptr(LeukoState) state = x ? leuko_state_new(program, NULL, error) : NULL;
    if (!state || !time_steps(p, state, x, error))
        return NULL;
    p->step_threads = leuko_program_step_threads(program);
    compare_with_peak(p);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    p->memory_bytes = leuko_program_weights_bytes(program) + leuko_state_memory_bytes(state);
    p->process_bytes = (gsize)usage.ru_maxrss * 1024;
    return g_steal_pointer(&p);
}

void leuko_profile_free(LeukoProfile *p)
{
    if (!p)
        return;
    for (guint s = 0; s < p->n_steps; s++) {
        g_free(p->steps[s].name);
        g_free(p->steps[s].kernel);
    }
    g_free(p->steps);
    g_free(p);
}

gint leuko_profile_find(const LeukoProfile *p, const char *layer)
{
    for (guint s = 0; s < p->n_steps; s++) {
        g_auto(GStrv) members = g_strsplit(p->steps[s].name, "+", -1);
        if (g_strv_contains((const gchar *const *)members, layer))
            return (gint)s;
    }
    return -1;
}

json_t *leuko_profile_to_json(const LeukoProfile *p)
{
    json_t *steps = json_array(), *peaks = json_object();
    for (guint s = 0; s < p->n_steps; s++) {
        const LeukoProfileStep *t = &p->steps[s];
        json_array_append_new(steps, json_pack("{s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:f, s:f, s:f}",
                                               "layer", t->name, "kind", t->kind, "precision",
                                               leuko_precision_name(t->precision), "kernel",
                                               t->kernel, "mflop", t->mflop, "mbytes", t->mbytes,
                                               "ms", t->seconds * 1e3, "gbytes_per_s",
                                               t->seconds > 0 ? t->mbytes * 1e-3 / t->seconds : 0.0,
                                               "share", t->share, "peak_share", t->peak_share));
    }
    for (guint i = 0; i < G_N_ELEMENTS(p->peak_gflops); i++)
        if (p->peak_gflops[i] > 0)
            json_object_set_new(peaks, leuko_precision_name((LeukoPrecision)i),
                                json_real(p->peak_gflops[i]));
    return json_pack(
        "{s:s, s:s, s:i, s:i, s:i, s:f, s:f, s:f, s:I, s:I, s:o, s:o}", "instruction_set", p->isa,
        "onednn", p->onednn, "step_threads", (int)p->step_threads, "batch", (int)p->batch, "runs",
        (int)p->n_runs, "step_ms", p->step_seconds * 1e3, "batch_ms", p->batch_seconds * 1e3,
        "images_per_s", p->batch / p->batch_seconds, "memory_bytes", (json_int_t)p->memory_bytes,
        "process_bytes", (json_int_t)p->process_bytes, "peak_gflops", peaks, "steps", steps);
}
