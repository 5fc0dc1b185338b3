/* train/cholesky.h: a symmetric positive definite matrix as the product of a lower triangular
 * matrix and its transpose.
 *
 * Matrices are (n, n), rows one behind the other; only the lower triangle is read and written.
 * Numbers: double, one thread, the same sums in the same order.
 * Source: Golub and Van Loan, Matrix Computations (2013), section 4.2.
 */
#pragma once
#include <glib.h>

enum { LEUKO_CHOLESKY_ROWS = 32 }; /* of one call of leuko_cholesky_add_rows(), at most */

/* a += rows' rows; rows (m, n). */
void leuko_cholesky_add_rows(double *a, guint n, const double *rows, guint m);
/* Replace a, which must be positive definite, by its factor. */
void leuko_cholesky_factor(double *a, guint n);
/* Replace x (n) by the solution of A x = b, where x holds b, and `factor` is A's. */
void leuko_cholesky_solve(const double *factor, guint n, double *x);
