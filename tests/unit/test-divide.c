#include "data/divide.h"

enum { N = 1200 };

/* Without groups every class is divided to the image. */
static void test_exact(void)
{
    guint units[N], part[N], counts[3][2] = {{0}};
    gint labels[N];
    const double shares[3] = {0.6, 0.3, 0.1};
    for (guint i = 0; i < N; i++) {
        units[i] = i;
        labels[i] = i % 3 == 0; /* 400 and 800 */
    }
    leuko_divide(units, labels, N, 2, shares, 3, 7, part);
    for (guint i = 0; i < N; i++)
        counts[part[i]][labels[i]]++;
    for (guint p = 0; p < 3; p++) {
        g_assert_cmpint(ABS((int)counts[p][0] - (int)(800 * shares[p] + .5)), <=, 1);
        g_assert_cmpint(ABS((int)counts[p][1] - (int)(400 * shares[p] + .5)), <=, 1);
    }
}

/* No unit is ever cut, every part holds every class, for many seeds and uneven units. */
static void test_units(void)
{
    for (guint64 seed = 0; seed < 200; seed++) {
        guint units[N], part[N], home[40];
        gint labels[N];
        gboolean has[2][2] = {{FALSE}};
        const double shares[2] = {0.7, 0.3};
        for (guint i = 0; i < 40; i++)
            home[i] = G_MAXUINT;
        for (guint i = 0; i < N; i++) {
            units[i] = (i * i / 97 + i) % 40;
            labels[i] = units[i] % 5 == 0;
        }
        leuko_divide(units, labels, N, 2, shares, 2, seed, part);
        for (guint i = 0; i < N; i++) {
            if (home[units[i]] == G_MAXUINT)
                home[units[i]] = part[i];
            g_assert_cmpuint(home[units[i]], ==, part[i]);
            has[part[i]][labels[i]] = TRUE;
        }
        g_assert_true(has[0][0] && has[0][1] && has[1][0] && has[1][1]);
    }
}

/* The same seed divides alike, another one otherwise; a share of 0 gets nothing. */
static void test_seeds(void)
{
    guint units[N], a[N], b[N], differ = 0;
    gint labels[N];
    const double shares[2] = {0.5, 0.5}, all[2] = {1, 0};
    for (guint i = 0; i < N; i++) {
        units[i] = i;
        labels[i] = i % 2;
    }
    leuko_divide(units, labels, N, 2, shares, 2, 1, a);
    leuko_divide(units, labels, N, 2, shares, 2, 1, b);
    for (guint i = 0; i < N; i++)
        g_assert_cmpuint(a[i], ==, b[i]);
    leuko_divide(units, labels, N, 2, shares, 2, 2, b);
    for (guint i = 0; i < N; i++)
        differ += a[i] != b[i] ? 1 : 0;
    g_assert_cmpuint(differ, >, N / 4);
    leuko_divide(units, labels, N, 2, all, 2, 2, b);
    for (guint i = 0; i < N; i++)
        g_assert_cmpuint(b[i], ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/divide/exact", test_exact);
    g_test_add_func("/divide/units", test_units);
    g_test_add_func("/divide/seeds", test_seeds);
    return g_test_run();
}
