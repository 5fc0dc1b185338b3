#include "stats/distribution.h"
#include <math.h>

double leuko_normal_cdf(double x) { return 0.5 * erfc(-x / G_SQRT2); }

typedef double (*Cdf)(double x, double a, double b);

/* The x in [low, high] where cdf(x) = p, to the last bit: 200 halvings end earlier, when no number
 * lies between the bounds. */
static double invert(Cdf cdf, double p, double a, double b, double low, double high)
{
    for (int i = 0; i < 200; i++) {
        double middle = 0.5 * (low + high);
        if (middle <= low || middle >= high)
            break;
        if (cdf(middle, a, b) < p)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

static double normal(double x, double a, double b)
{
    (void)a;
    (void)b;
    return leuko_normal_cdf(x);
}

/* The lower half, where the function loses no digits; the upper by symmetry. */
double leuko_normal_quantile(double p)
{
    return p > 0.5 ? -invert(normal, 1 - p, 0, 0, -40, 0) : invert(normal, p, 0, 0, -40, 0);
}

static double away_from_zero(double x)
{
    const double tiny = 1e-300;
    return fabs(x) < tiny ? tiny : x;
}

/* The continued fraction; converges fast for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double x, double a, double b)
{
    double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), value = d;
    for (int m = 1; m < 10000; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double step = 1;
        for (int half = 0; half < 2; half++) {
            double term = half ? odd : even;
            d = 1 / away_from_zero(1 + term * d);
            c = away_from_zero(1 + term / c);
            step = c * d;
            value *= step;
        }
        if (fabs(step - 1) < 1e-16)
            break;
    }
    return value;
}

double leuko_beta_cdf(double x, double a, double b)
{
    if (x <= 0 || x >= 1)
        return x <= 0 ? 0 : 1;
    double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(x, a, b) / a;
    return 1 - front * beta_fraction(1 - x, b, a) / b;
}

double leuko_beta_quantile(double p, double a, double b)
{
    return p <= 0 ? 0 : p >= 1 ? 1 : invert(leuko_beta_cdf, p, a, b, 0, 1);
}

/* Half of I_x(df/2, 1/2), x = df / (df + t^2), lies in each tail; near zero the middle is computed,
 * where that x is too close to 1. */
double leuko_student_cdf(double t, double df)
{
    if (t * t < df) {
        double middle = leuko_beta_cdf(t * t / (df + t * t), 0.5, df / 2);
        return 0.5 + copysign(0.5 * middle, t);
    }
    double tail = 0.5 * leuko_beta_cdf(df / (df + t * t), df / 2, 0.5);
    return t < 0 ? tail : 1 - tail;
}

static double student(double t, double df, double unused)
{
    (void)unused;
    return leuko_student_cdf(t, df);
}

double leuko_student_quantile(double p, double df)
{
    double lower = MIN(p, 1 - p), reach = -2;
    while (leuko_student_cdf(reach, df) > lower)
        reach *= 2;
    double t = invert(student, lower, df, 0, reach, 0);
    return p > 0.5 ? -t : t;
}

double leuko_binomial_cdf(guint k, guint n, double p)
{
    return k >= n ? 1 : leuko_beta_cdf(1 - p, (double)n - k, k + 1.0);
}
