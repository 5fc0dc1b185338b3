/* train/lbfgs.h: limited-memory BFGS for smooth convex functions.
 *
 * Source: Nocedal and Wright, Numerical Optimization (2006), algorithms 7.4, 7.5, 3.5; a
 * preconditioner takes the place of the initial matrix H0.
 * Threads: no state.
 */
#pragma once
#include <gio/gio.h>

typedef struct {
    /* return the function at x (n) and write its gradient (n) */
    double (*evaluate)(const double *x, double *gradient, gpointer user_data);
    gpointer user_data;
    gsize n;
    double tolerance; /* stop when the absolute value of every gradient entry is at most this */
    guint max_iterations;
    /* Multiply v (n) by an approximation of the inverse Hessian near the minimum, which must be
     * symmetric and positive definite; NULL: a multiple of the identity that fits the last step. */
    void (*precondition)(double *v, gpointer precondition_data);
    gpointer precondition_data;
} LeukoLbfgs;

/* Minimize a function.
 * x             (n), in: the start; out: the minimizer
 * gradient      (n), out: at x
 * value         out: the function at x
 * n_iterations  out
 * Stops early if rounding prevents a further decrease.
 * Errors: LEUKO_ERROR_CANCELLED; x is then the best point so far. */
gboolean leuko_lbfgs_minimize(const LeukoLbfgs *problem, double *x, double *gradient, double *value,
                              guint *n_iterations, GCancellable *cancellable, GError **error);
