/* usage: bench-load FILE [RUNS]
 * Measures the time from a file of weights to a network that is ready for inference: open the file,
 * map the names, build the fp32 plan of batch 1. Prints the median and range over RUNS (default
 * 7) in seconds, and the processor time of reading and of planning for the median run. Processor
 * time varies less than wall time on a busy machine. */
#include "engine/state.h"
#include "formats/model.h"
#include "formats/weights/read.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MAX_RUNS = 100 };

typedef struct {
    double wall_s, read_cpu_s, plan_cpu_s;
} Load;

static double cpu_s(void) { return (double)clock() / CLOCKS_PER_SEC; }

static Load load_once(const char *path)
{
    g_autoptr(GError) error = NULL;
    gint64 start_us = g_get_monotonic_time();
    double start_cpu_s = cpu_s();
    LeukoNetSpec spec = {0};
    g_autoptr(LeukoParams) params = leuko_weights_load(path, &spec, &error);
    g_autoptr(LeukoNet) net = params ? leuko_net_new(&spec, &error) : NULL;
    double read_cpu_s = cpu_s();
    LeukoProgramOptions o = {LEUKO_FP32, 1, 0};
    g_autoptr(LeukoState) state =
        net ? leuko_state_take(leuko_program_new(net, params, &o, &error), NULL, &error) : NULL;
    if (!state) {
        fprintf(stderr, "bench-load: %s\n", error->message);
        exit(1);
    }
    return (Load){(double)(g_get_monotonic_time() - start_us) / 1e6, read_cpu_s - start_cpu_s,
                  cpu_s() - read_cpu_s};
}

static int by_value(const void *a, const void *b)
{
    const Load *x = a, *y = b;
    return (x->wall_s > y->wall_s) - (x->wall_s < y->wall_s);
}

int main(int argc, char **argv)
{
    Load loads[MAX_RUNS];
    int runs = argc > 2 ? CLAMP(atoi(argv[2]), 1, MAX_RUNS) : 7;
    if (argc < 2)
        return 2;
    Load first = load_once(argv[1]); /* also generates oneDNN's kernels and fills the page cache */
    for (int i = 0; i < runs; i++)
        loads[i] = load_once(argv[1]);
    qsort(loads, (size_t)runs, sizeof *loads, by_value);
    const Load *m = &loads[runs / 2];
    printf("first %.3f s, then median %.3f s (%.3f to %.3f, %d runs; processor %.3f s reading, "
           "%.3f s planning)\n",
           first.wall_s, m->wall_s, loads[0].wall_s, loads[runs - 1].wall_s, runs, m->read_cpu_s,
           m->plan_cpu_s);
    return 0;
}
