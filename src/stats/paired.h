/* stats/paired.h: two classifiers on the same images: differences with 95 % intervals and tests.
 *
 * Intervals of a difference (second minus first), in the three cases of stats/metrics.h:
 *   no groups       accuracy, sensitivity, specificity: Newcombe 1998 (paired data), method 10; AUC
 *                   of two classes: DeLong, DeLong and Clarke-Pearson 1988; else BCa bootstrap over
 *                   images, both classifiers resampled together
 *   >= 10 groups    AUC of two classes: Obuchowski 1997, Student's t with the smaller class's
 *                   groups - 1; else BCa bootstrap over groups, both resampled together
 *   fewer groups    not estimable
 * Tests of "no difference":
 *   no groups       accuracy, sensitivity, specificity: McNemar 1947, exact; AUC: DeLong
 *   groups          accuracy, sensitivity, specificity: the two classifiers' answers are exchanged
 *                   in random groups (all 2^G ways up to 12 groups, else 10,000 draws); AUC:
 *                   Obuchowski with Student's t, from 10 groups
 * Threads: no shared state; any thread.
 */
#pragma once
#include "stats/interval.h"
#include "stats/metrics.h"

G_BEGIN_DECLS

typedef struct {
    const char *name;             /* as in leuko_evaluation_to_json(); static */
    double first, second;         /* NAN: not defined on these images */
    double difference, low, high; /* second - first; low and high NAN: not estimable */
    const char *method;           /* of the interval, or why there is none; interned */
    double p_value;               /* two-sided; NAN: no test */
    const char *test;             /* interned; NULL: no test */
} LeukoDifference;

typedef struct {
    guint n, n_groups;
    guint both, only_first, only_second, neither; /* images that were classified correctly */
    guint n_differences;
    LeukoDifference *differences; /* accuracy first */
} LeukoPaired;

/* The inputs must agree in n, n_classes, labels, groups and positive; the thresholds may differ.
 * Errors: those of leuko_evaluate(). Cost: twice leuko_evaluate(). */
LeukoPaired *leuko_paired_compare(const LeukoEvalInput *first, const LeukoEvalInput *second,
                                  GError **error);
void leuko_paired_free(LeukoPaired *paired); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoPaired, leuko_paired_free)

/* Newcombe's interval of a difference of paired proportions (second - first).
 * counts  both succeed, first only, second only, neither; at least one record */
LeukoInterval leuko_newcombe_paired(guint both, guint only_first, guint only_second, guint neither);
/* McNemar's exact two-sided p-value; 1 without a discordant pair. */
double leuko_mcnemar(guint only_first, guint only_second);

G_END_DECLS
