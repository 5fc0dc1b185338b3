#include "stats/selective.h"
#include "stats/metrics.h"
#include "stats/proportion.h"
#include "stats/units.h"
#include <math.h>

typedef struct {
    const LeukoEvalInput *in;
    const gboolean *referred;
    const LeukoUnits *units;
    const gint *decided;
    guint *hits, *counts; /* (n_units) */
} Job;

/* Which images are counted, and which of those are hits. */
typedef enum { REFERRED, ANSWERED_RIGHT, MISSED, MISSED_AMONG_ANSWERED } Share;

static void count(const Job *job, Share share, guint k, guint i, gboolean *counts, gboolean *hits)
{
    gboolean of_class = job->in->labels[i] == (gint)k, answered = !job->referred[i],
             right = job->decided[i] == job->in->labels[i];
    *counts = share == REFERRED || (share == ANSWERED_RIGHT && answered) ||
              (share == MISSED && of_class) ||
              (share == MISSED_AMONG_ANSWERED && of_class && answered);
    *hits = share == REFERRED ? !answered : share == ANSWERED_RIGHT ? right : answered && !right;
}

static LeukoMetric proportion(const Job *job, Share share, guint k)
{
    const LeukoUnits *units = job->units;
    guint n = 0, n_hits = 0;
    for (guint u = 0; u < units->n_units; u++)
        job->hits[u] = job->counts[u] = 0;
    for (guint i = 0; i < job->in->n; i++) {
        gboolean counts, hits;
        count(job, share, k, i, &counts, &hits);
        n += counts ? 1 : 0;
        n_hits += counts && hits ? 1 : 0;
        job->counts[units->unit[i]] += counts ? 1 : 0;
        job->hits[units->unit[i]] += counts && hits ? 1 : 0;
    }
    LeukoMetric m = {n > 0 ? (double)n_hits / n : (double)NAN, NAN, NAN, "", n, units->n_groups};
    LeukoInterval interval = {NAN, NAN};
    if (n == 0) {
        m.method = "not defined: no such image";
    } else if (units->regime == LEUKO_TOO_FEW_GROUPS) {
        m.method = units->reason;
    } else if (units->regime == LEUKO_BY_IMAGES) {
        interval = leuko_wilson(n_hits, n);
        m.method = "Wilson";
    } else {
        LeukoGroupedProportion found = leuko_korn_graubard(&(LeukoGroupedCounts){
            units->n_units, units->n_strata, units->stratum, job->hits, job->counts});
        m.n_groups = found.n_groups;
        interval = found.all_equal ? leuko_wilson(m.value * found.n_groups, found.n_groups)
                                   : found.interval;
        m.method = found.all_equal ? "Wilson on the number of groups (all groups are equal)"
                   : isfinite(interval.low) ? "Korn-Graubard over groups"
                                            : LEUKO_NOT_ESTIMABLE "too few groups have such images";
    }
    m.low = interval.low;
    m.high = interval.high;
    return m;
}

LeukoSelective *leuko_selective_new(const LeukoEvalInput *in, const gboolean *referred)
{
    LeukoSelective *s = g_new0(LeukoSelective, 1);
    g_autoptr(LeukoUnits) units = leuko_units_new(in);
    g_autofree gint *decided = leuko_decide_all(in);
    g_autofree guint *of_unit = g_new0(guint, 2 * MAX(units->n_units, 1));
    const Job job = {in, referred, units, decided, of_unit, of_unit + units->n_units};
    s->n = in->n;
    s->n_classes = in->n_classes;
    s->missed = g_new0(LeukoMetric, in->n_classes);
    s->missed_among_answered = g_new0(LeukoMetric, in->n_classes);
    for (guint i = 0; i < in->n; i++)
        s->n_referred += referred[i] ? 1 : 0;
    s->referred = proportion(&job, REFERRED, 0);
    s->accuracy = proportion(&job, ANSWERED_RIGHT, 0);
    for (guint k = 0; k < in->n_classes; k++) {
        s->missed[k] = proportion(&job, MISSED, k);
        s->missed_among_answered[k] = proportion(&job, MISSED_AMONG_ANSWERED, k);
    }
    return s;
}

void leuko_selective_free(LeukoSelective *s)
{
    if (!s)
        return;
    g_free(s->missed);
    g_free(s->missed_among_answered);
    g_free(s);
}

json_t *leuko_selective_to_json(const LeukoSelective *s, GStrv classes)
{
    json_t *missed = json_object(), *among = json_object();
    for (guint k = 0; k < s->n_classes; k++) {
        json_object_set_new(missed, classes[k], leuko_metric_to_json(&s->missed[k]));
        json_object_set_new(among, classes[k], leuko_metric_to_json(&s->missed_among_answered[k]));
    }
    return json_pack("{s:i, s:o, s:o, s:o, s:o}", "n_referred", (int)s->n_referred, "referred",
                     leuko_metric_to_json(&s->referred), "accuracy",
                     leuko_metric_to_json(&s->accuracy), "missed", missed, "missed_among_answered",
                     among);
}
