#include "stats/reliability.h"
#include "base/json.h"
#include "base/sort-doubles.h"
#include "stats/decide.h"
#include "stats/proportion.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BINS = LEUKO_ECE_BINS };

/* Probabilities of an event and whether it happened. */
typedef struct {
    guint n;
    double *p;      /* (n) */
    gboolean *hits; /* (n) */
} Event;

static void event_clear(Event *e)
{
    g_free(e->p);
    g_free(e->hits);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Event, event_clear)

/* class -1: the event that the class of the largest probability is right. */
static void event_init(Event *e, const LeukoEvalInput *in, gint class)
{
    *e = (Event){in->n, g_new(double, in->n), g_new(gboolean, in->n)};
    for (guint i = 0; i < in->n; i++) {
        const double *p = in->probabilities + (gsize)i * in->n_classes;
        gint k = class >= 0 ? class : leuko_decide(p, in->n_classes, -1, NAN);
        e->p[i] = p[k];
        e->hits[i] = in->labels[i] == k;
    }
}

/* --- bins ------------------------------------------------------------------------------------- */

/* The BINS - 1 edges between the bins. */
static void width_edges(double *edges)
{
    for (guint b = 1; b < BINS; b++)
        edges[b - 1] = (double)b / BINS;
}

static void mass_edges(const Event *e, double *edges)
{
    g_autofree double *sorted = g_memdup2(e->p, e->n * sizeof(double));
    leuko_sort_doubles(sorted, e->n);
    for (guint b = 1; b < BINS; b++) {
        guint64 at = (guint64)(e->n - 1) * b;
        guint i = (guint)(at / BINS), j = MIN(i + 1, e->n - 1);
        edges[b - 1] = sorted[i] + (double)(at % BINS) / BINS * (sorted[j] - sorted[i]);
    }
}

static guint bin_of(const double *edges, double p)
{
    return leuko_count_below(edges, BINS - 1, p, FALSE);
}

/* The interval of a bin's share.
 * of_group  (2, n_units) hits, then counts; NULL without groups */
static LeukoInterval interval_of(const guint *of_group, const LeukoUnits *units,
                                 const LeukoReliabilityBin *row, double hits)
{
    if (!of_group)
        return leuko_wilson(hits, row->n);
    if (units->regime == LEUKO_TOO_FEW_GROUPS || row->n_groups < LEUKO_MIN_GROUPS)
        return (LeukoInterval){NAN, NAN};
    LeukoGroupedProportion found = leuko_korn_graubard(&(LeukoGroupedCounts){
        units->n_units, units->n_strata, units->stratum, of_group, of_group + units->n_units});
    return found.all_equal ? leuko_wilson(row->observed * found.n_groups, found.n_groups)
                           : found.interval;
}

/* The interval of each bin's share, over the groups if there are any. */
static void fill_intervals(const Event *e, const LeukoUnits *units, const guint *bins,
                           const double *hits, LeukoReliabilityBins *out)
{
    gsize size = 2 * (gsize)units->n_units * sizeof(guint);
    g_autofree guint *of_group = units->n_groups > 0 ? g_malloc(size) : NULL;
    for (guint b = 0; b < BINS; b++) {
        LeukoReliabilityBin *row = &out->bins[b];
        if (of_group)
            memset(of_group, 0, size);
        for (guint i = 0; of_group && i < e->n; i++) {
            guint *count = &of_group[units->n_units + units->unit[i]];
            if (bins[i] != b)
                continue;
            row->n_groups += *count == 0;
            ++*count;
            of_group[units->unit[i]] += e->hits[i] ? 1 : 0;
        }
        LeukoInterval interval = {NAN, NAN};
        if (row->n > 0)
            interval = interval_of(of_group, units, row, hits[b]);
        row->interval_low = interval.low;
        row->interval_high = interval.high;
    }
}

static void fill_bins(const Event *e, const LeukoUnits *units, const double *edges,
                      LeukoReliabilityBins *out)
{
    g_autofree guint *bins = g_new(guint, e->n);
    double sum[BINS] = {0}, hits[BINS] = {0};
    *out = (LeukoReliabilityBins){.ece = 0, .mce = 0};
    for (guint i = 0; i < e->n; i++) {
        guint b = bins[i] = bin_of(edges, e->p[i]);
        out->bins[b].n++;
        sum[b] += e->p[i];
        hits[b] += e->hits[i];
    }
    for (guint b = 0; b < BINS; b++) {
        LeukoReliabilityBin *row = &out->bins[b];
        row->low = b == 0 ? 0 : edges[b - 1];
        row->high = b + 1 == BINS ? 1 : edges[b];
        row->mean = row->n > 0 ? sum[b] / row->n : (double)NAN;
        row->observed = row->n > 0 ? hits[b] / row->n : (double)NAN;
        out->ece += fabs(sum[b] - hits[b]) / e->n;
        if (row->n > 0)
            out->mce = fmax(out->mce, fabs(row->mean - row->observed));
    }
    fill_intervals(e, units, bins, hits, out);
}

/* --- Brier score ------------------------------------------------------------------------------ */

/* Add the parts of one event's mean (p - y)^2. */
static void add_parts(const Event *e, LeukoBrierParts *out)
{
    double edges[BINS], n[BINS] = {0}, sum[BINS] = {0}, hits[BINS] = {0}, all = 0;
    width_edges(edges);
    for (guint i = 0; i < e->n; i++) {
        guint b = bin_of(edges, e->p[i]);
        n[b]++;
        sum[b] += e->p[i];
        hits[b] += e->hits[i];
        all += e->hits[i];
    }
    double base = all / e->n;
    for (guint b = 0; b < BINS; b++)
        if (n[b] > 0) {
            out->reliability += n[b] * pow(sum[b] / n[b] - hits[b] / n[b], 2) / e->n;
            out->resolution += n[b] * pow(hits[b] / n[b] - base, 2) / e->n;
        }
    out->uncertainty += base * (1 - base);
    for (guint i = 0; i < e->n; i++) {
        guint b = bin_of(edges, e->p[i]);
        double y = e->hits[i] ? 1 : 0, off = e->p[i] - sum[b] / n[b];
        out->score += pow(e->p[i] - y, 2) / e->n;
        out->within_variance += off * off / e->n;
        out->within_covariance += 2 * off * (y - hits[b] / n[b]) / e->n;
    }
}

LeukoReliability *leuko_reliability_new(const LeukoEvalInput *in, const LeukoUnits *units)
{
    LeukoReliability *r = g_new0(LeukoReliability, 1);
    double edges[BINS];
    g_auto(Event) event = {0};
    event_init(&event, in, in->n_classes == 2 ? in->positive : -1);
    width_edges(edges);
    fill_bins(&event, units, edges, &r->equal_width);
    mass_edges(&event, edges);
    fill_bins(&event, units, edges, &r->equal_mass);
    for (guint k = 0; k < in->n_classes; k++) {
        g_auto(Event) one = {0};
        if (in->n_classes == 2 && k != 1)
            continue;
        event_init(&one, in, (gint)k);
        add_parts(&one, &r->brier);
    }
    return r;
}

/* --- JSON ------------------------------------------------------------------------------------- */

static json_t *bins_to_json(const LeukoReliabilityBins *bins, const LeukoEvaluation *e)
{
    json_t *rows = json_array();
    for (guint b = 0; b < BINS; b++) {
        const LeukoReliabilityBin *r = &bins->bins[b];
        if (r->n > 0)
            json_array_append_new(
                rows, json_pack("{s:f, s:f, s:i, s:i, s:f, s:f, s:o, s:o}", "low", r->low, "high",
                                r->high, "n", (int)r->n, "groups", (int)r->n_groups,
                                "mean_probability", r->mean, "observed", r->observed,
                                "observed_low", leuko_json_real_or_null(r->interval_low),
                                "observed_high", leuko_json_real_or_null(r->interval_high)));
    }
    return json_pack("{s:i, s:f, s:f, s:s, s:o}", "bins", BINS, "ece", bins->ece, "mce", bins->mce,
                     "interval", e->n_groups > 0 ? "Korn-Graubard over groups" : "Wilson", "rows",
                     rows);
}

json_t *leuko_reliability_to_json(const LeukoReliability *r, const LeukoEvaluation *e)
{
    const LeukoBrierParts *b = &r->brier;
    g_autofree gchar *event = e->n_classes == 2 && e->positive >= 0
                                  ? g_strdup_printf("p(%s)", e->classes[e->positive])
                                  : g_strdup("largest probability");
    return json_pack("{s:o, s:o, s:o, s:{s:f, s:f, s:f, s:f, s:f, s:f}}", "event",
                     leuko_json_text(event), "equal_width", bins_to_json(&r->equal_width, e),
                     "equal_mass", bins_to_json(&r->equal_mass, e), "brier", "score", b->score,
                     "reliability", b->reliability, "resolution", b->resolution, "uncertainty",
                     b->uncertainty, "within_variance", b->within_variance, "within_covariance",
                     b->within_covariance);
}
