/* base/sort-doubles.h: sorting of numbers. */
#pragma once
#include <glib.h>
#include <stdlib.h>

static inline int leuko_compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sort n values, none of them NAN, in rising order. */
static inline void leuko_sort_doubles(double *values, gsize n)
{
    qsort(values, n, sizeof *values, leuko_compare_doubles);
}
