#include "stats/curves.h"
#include "stats/referral.h"
#include <math.h>
#include <stdlib.h>

typedef struct {
    double score;
    gboolean hit;
} Scored;

/* Falling scores. */
static int compare(const void *a, const void *b)
{
    double x = ((const Scored *)a)->score, y = ((const Scored *)b)->score;
    return (x < y) - (x > y);
}

static Scored *sorted(const double *scores, const gboolean *hit, guint n)
{
    Scored *list = g_new(Scored, MAX(n, 1));
    for (guint i = 0; i < n; i++)
        list[i] = (Scored){scores[i], hit[i] != FALSE};
    qsort(list, n, sizeof *list, compare);
    return list;
}

static guint count(const gboolean *hit, guint n)
{
    guint n_hit = 0;
    for (guint i = 0; i < n; i++)
        n_hit += hit[i] ? 1 : 0;
    return n_hit;
}

/* The point of the images at or above a score: hits of all n_hits, of n_above images. */
typedef LeukoCurvePoint (*PointFunc)(guint hits, guint n_above, guint n_hits, guint n);

static LeukoCurvePoint roc_point(guint hits, guint n_above, guint n_hits, guint n)
{
    return (LeukoCurvePoint){(double)(n_above - hits) / (n - n_hits), (double)hits / n_hits, 0};
}

static LeukoCurvePoint precision_point(guint hits, guint n_above, guint n_hits, guint n)
{
    (void)n;
    return (LeukoCurvePoint){(double)hits / n_hits, (double)hits / n_above, 0};
}

static LeukoCurvePoint risk_point(guint hits, guint n_above, guint n_hits, guint n)
{
    (void)n_hits;
    return (LeukoCurvePoint){(double)n_above / n, (double)(n_above - hits) / n_above, 0};
}

static void add_points(GArray *points, const double *scores, const gboolean *hit, guint n,
                       PointFunc point)
{
    g_autofree Scored *list = sorted(scores, hit, n);
    guint n_hits = count(hit, n), hits = 0;
    for (guint i = 0; i < n; i++) {
        hits += list[i].hit ? 1 : 0;
        if (i + 1 < n && list[i + 1].score == list[i].score)
            continue;
        LeukoCurvePoint p = point(hits, i + 1, n_hits, n);
        p.threshold = list[i].score;
        g_array_append_val(points, p);
    }
}

GArray *leuko_roc_points(const double *scores, const gboolean *positive, guint n)
{
    GArray *points = g_array_new(FALSE, FALSE, sizeof(LeukoCurvePoint));
    guint n_positive = count(positive, n);
    if (n_positive == 0 || n_positive == n)
        return points;
    const LeukoCurvePoint start = {0, 0, INFINITY};
    g_array_append_val(points, start);
    add_points(points, scores, positive, n, roc_point);
    return points;
}

GArray *leuko_precision_recall_points(const double *scores, const gboolean *positive, guint n)
{
    GArray *points = g_array_new(FALSE, FALSE, sizeof(LeukoCurvePoint));
    if (count(positive, n) > 0)
        add_points(points, scores, positive, n, precision_point);
    return points;
}

GArray *leuko_risk_coverage_points(const double *confidence, const gboolean *correct, guint n)
{
    GArray *points = g_array_new(FALSE, FALSE, sizeof(LeukoCurvePoint));
    add_points(points, confidence, correct, n, risk_point);
    return points;
}

double *leuko_decision_confidence(const double *probabilities, guint n, guint n_classes,
                                  gint positive, double threshold)
{
    double *confidence = g_new(double, MAX(n, 1));
    gboolean by_threshold = n_classes == 2 && positive >= 0 && isfinite(threshold);
    for (guint i = 0; i < n; i++) {
        const double *p = probabilities + (gsize)i * n_classes;
        confidence[i] = p[0];
        for (guint k = 1; k < n_classes; k++)
            confidence[i] = MAX(confidence[i], p[k]);
        if (by_threshold)
            confidence[i] = fabs(leuko_odds_against(p, n_classes, (guint)positive) -
                                 log((1 - threshold) / threshold));
    }
    return confidence;
}

void leuko_curve_thin(GArray *points, double distance)
{
    LeukoCurvePoint *p = (LeukoCurvePoint *)points->data;
    guint kept = 0;
    for (guint i = 0; i < points->len; i++) {
        gboolean is_near = kept > 0 && fabs(p[i].x - p[kept - 1].x) < distance &&
                           fabs(p[i].y - p[kept - 1].y) < distance;
        if (!is_near || i + 1 == points->len)
            p[kept++] = p[i];
    }
    g_array_set_size(points, kept);
}
