#include "train/lbfgs.h"
#include "base/error.h"
#include <math.h>
#include <string.h>

#define MEMORY 16

typedef struct {
    gsize n;
    double *s[MEMORY], *y[MEMORY]; /* (n) each: steps, changes of the gradient */
    double rho[MEMORY];
    guint count, next; /* pairs stored; index of the next one */
} History;

static double dot(const double *a, const double *b, gsize n)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (gsize i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static double largest(const double *a, gsize n)
{
    double top = 0;
    for (gsize i = 0; i < n; i++)
        top = fmax(top, fabs(a[i]));
    return top;
}

/* direction *= H0. */
static void apply_initial(const LeukoLbfgs *problem, const History *h, double *direction)
{
    if (problem->precondition) {
        problem->precondition(direction, problem->precondition_data);
    } else if (h->count > 0) {
        guint last = (h->next + MEMORY - 1) % MEMORY;
        double scale = 1.0 / (h->rho[last] * dot(h->y[last], h->y[last], h->n));
        for (gsize i = 0; i < h->n; i++)
            direction[i] *= scale;
    }
}

/* direction = -H gradient, by the two-loop recursion. */
static void find_direction(const LeukoLbfgs *problem, const History *h, const double *gradient,
                           double *direction)
{
    double alpha[MEMORY];
    for (gsize i = 0; i < h->n; i++)
        direction[i] = -gradient[i];
    for (guint j = 0; j < h->count; j++) {
        guint k = (h->next + MEMORY - 1 - j) % MEMORY;
        alpha[k] = h->rho[k] * dot(h->s[k], direction, h->n);
        for (gsize i = 0; i < h->n; i++)
            direction[i] -= alpha[k] * h->y[k][i];
    }
    apply_initial(problem, h, direction);
    for (guint j = h->count; j > 0; j--) {
        guint k = (h->next + MEMORY - j) % MEMORY;
        double beta = h->rho[k] * dot(h->y[k], direction, h->n);
        for (gsize i = 0; i < h->n; i++)
            direction[i] += (alpha[k] - beta) * h->s[k][i];
    }
}

/* Store s and y of the step from (x, g) to (x_new, g_new), unless the pair has no curvature. */
static void remember(History *h, const double *x, const double *g, const double *x_new,
                     const double *g_new)
{
    double *s = h->s[h->next], *y = h->y[h->next];
    for (gsize i = 0; i < h->n; i++) {
        s[i] = x_new[i] - x[i];
        y[i] = g_new[i] - g[i];
    }
    double sy = dot(s, y, h->n);
    if (sy <= 1e-14 * dot(y, y, h->n))
        return;
    h->rho[h->next] = 1.0 / sy;
    h->next = (h->next + 1) % MEMORY;
    h->count = MIN(h->count + 1, MEMORY);
}

typedef struct {
    const LeukoLbfgs *problem;
    double *x, *g, *x_new, *g_new, *direction; /* (n) */
    double f, f_new;
} Search;

/* Find a step that meets the weak Wolfe conditions, by bisection and doubling. FALSE: because of
 * rounding there is no such step. */
static gboolean line_search(Search *s, double first)
{
    gsize n = s->problem->n;
    double slope = dot(s->g, s->direction, n), low = 0, high = INFINITY, t = first;
    if (!(slope < 0))
        return FALSE;
    for (guint tries = 0; tries < 50; tries++) {
        for (gsize i = 0; i < n; i++)
            s->x_new[i] = s->x[i] + t * s->direction[i];
        s->f_new = s->problem->evaluate(s->x_new, s->g_new, s->problem->user_data);
        double new_slope = dot(s->g_new, s->direction, n);
        /* Near the optimum rounding hides changes of f: accept a step that reduces the slope. */
        gboolean level = fabs(s->f_new - s->f) <= 1e-13 * fabs(s->f) && fabs(new_slope) <= -slope;
        if (!level && !(s->f_new <= s->f + 1e-4 * t * slope))
            high = t;
        else if (new_slope < 0.9 * slope)
            low = t;
        else
            return TRUE;
        t = isinf(high) ? 2 * t : 0.5 * (low + high);
    }
    return FALSE;
}

static void swap(double **a, double **b)
{
    double *c = *a;
    *a = *b;
    *b = c;
}

gboolean leuko_lbfgs_minimize(const LeukoLbfgs *problem, double *x, double *gradient, double *value,
                              guint *n_iterations, GCancellable *cancellable, GError **error)
{
    gsize n = problem->n;
    g_autofree double *memory = g_new(double, (2 * MEMORY + 5) * n);
    History h = {.n = n};
    for (guint k = 0; k < MEMORY; k++) {
        h.s[k] = memory + 2 * k * n;
        h.y[k] = h.s[k] + n;
    }
    double *rest = memory + 2 * MEMORY * n;
    Search s = {problem, rest, rest + n, rest + 2 * n, rest + 3 * n, rest + 4 * n, 0, 0};
    memcpy(s.x, x, n * sizeof *x);
    s.f = problem->evaluate(s.x, s.g, problem->user_data);
    guint iteration = 0;
    gboolean canceled = FALSE;
    while (largest(s.g, n) > problem->tolerance && iteration < problem->max_iterations) {
        canceled = leuko_is_cancelled(cancellable, error);
        if (canceled)
            break;
        find_direction(problem, &h, s.g, s.direction);
        double first =
            h.count > 0 || problem->precondition ? 1.0 : fmin(1.0, 1.0 / sqrt(dot(s.g, s.g, n)));
        if (!line_search(&s, first)) {
            if (h.count == 0)
                break;
            h.count = 0; /* restart from the gradient alone */
            continue;
        }
        remember(&h, s.x, s.g, s.x_new, s.g_new);
        swap(&s.x, &s.x_new);
        swap(&s.g, &s.g_new);
        s.f = s.f_new;
        iteration++;
    }
    memcpy(x, s.x, n * sizeof *x);
    memcpy(gradient, s.g, n * sizeof *x);
    *value = s.f;
    *n_iterations = iteration;
    return !canceled;
}
