#include "serve.h"
#include <stdio.h>
#include <stdlib.h>

double bench_now(void) { return (double)g_get_monotonic_time() * 1e-6; }

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

double bench_median(double *values, gsize n)
{
    qsort(values, n, sizeof *values, compare);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

int bench_serve(BenchMeasure measure, gpointer state)
{
    char line[128], name[16];
    guint batch, ms;
    while (fgets(line, sizeof line, stdin)) {
        g_autoptr(GError) error = NULL;
        LeukoPrecision precision;
        double value;
        if (sscanf(line, "%15s %u %u", name, &batch, &ms) != 3)
            printf("no expected: PRECISION BATCH MILLISECONDS\n");
        else if (leuko_precision_parse(name, &precision, &error) &&
                 measure(state, precision, batch, ms, &value, &error))
            printf("ok %.6g\n", value);
        else
            printf("no %s\n", error->message);
        fflush(stdout);
    }
    return 0;
}
