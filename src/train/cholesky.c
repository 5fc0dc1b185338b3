#include "train/cholesky.h"
#include <math.h>

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) &&                        \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FAST __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FAST
#endif

FAST void leuko_cholesky_add_rows(double *a, guint n, const double *rows, guint m)
{
    for (guint i = 0; i < n; i++) {
        double *row = a + (gsize)i * n;
        guint r = 0;
        for (; r + 4 <= m; r += 4) {
            const double *r0 = rows + (gsize)r * n, *r1 = r0 + n, *r2 = r1 + n, *r3 = r2 + n;
            double u0 = r0[i], u1 = r1[i], u2 = r2[i], u3 = r3[i];
#pragma omp simd
            for (guint j = 0; j <= i; j++)
                row[j] += u0 * r0[j] + u1 * r1[j] + u2 * r2[j] + u3 * r3[j];
        }
        for (; r < m; r++) {
            const double *r0 = rows + (gsize)r * n;
#pragma omp simd
            for (guint j = 0; j <= i; j++)
                row[j] += r0[i] * r0[j];
        }
    }
}

enum { BLOCK = 4 }; /* rows that read the finished rows together */

/* Elements 0 to end - 1 of `m` <= BLOCK rows from `first`: the rows before `end` are finished. */
FAST static void finish_left(double *a, guint n, guint first, guint m, guint end)
{
    double *r0 = a + (gsize)first * n, *r1 = m > 1 ? r0 + n : r0, *r2 = m > 2 ? r1 + n : r0,
           *r3 = m > 3 ? r2 + n : r0;
    for (guint j = 0; j < end; j++) {
        const double *left = a + (gsize)j * n;
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0, inverse = 1 / left[j];
#pragma omp simd reduction(+ : s0, s1, s2, s3)
        for (guint k = 0; k < j; k++) {
            s0 += r0[k] * left[k];
            s1 += r1[k] * left[k];
            s2 += r2[k] * left[k];
            s3 += r3[k] * left[k];
        }
        const double s[BLOCK] = {s0, s1, s2, s3};
        for (guint r = 0; r < m; r++)
            r0[(gsize)r * n + j] = (r0[(gsize)r * n + j] - s[r]) * inverse;
    }
}

void leuko_cholesky_factor(double *a, guint n)
{
    for (guint first = 0; first < n; first += BLOCK) {
        guint m = MIN(BLOCK, n - first);
        finish_left(a, n, first, m, first);
        for (guint i = first; i < first + m; i++) { /* the small triangle of these rows */
            double *row = a + (gsize)i * n;
            for (guint j = first; j <= i; j++) {
                const double *left = a + (gsize)j * n;
                double s = row[j];
                for (guint k = 0; k < j; k++)
                    s -= row[k] * left[k];
                row[j] = j < i ? s / left[j] : sqrt(s);
            }
        }
    }
}

void leuko_cholesky_solve(const double *factor, guint n, double *x)
{
    for (guint i = 0; i < n; i++) {
        const double *row = factor + (gsize)i * n;
        for (guint j = 0; j < i; j++)
            x[i] -= row[j] * x[j];
        x[i] /= row[i];
    }
    for (guint i = n; i-- > 0;) {
        const double *row = factor + (gsize)i * n;
        x[i] /= row[i];
        for (guint j = 0; j < i; j++)
            x[j] -= row[j] * x[i];
    }
}
