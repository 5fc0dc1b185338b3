/* stats/selective.h: what an evaluation says of a model that refers images to a person: how many it
 * refers, and how right the answered ones are.
 *
 * Intervals: Wilson; with groups Korn and Graubard (stats/proportion.h).
 * Threads: no shared state; any thread.
 */
#pragma once
#include "stats/metric-types.h"
#include <jansson.h>

G_BEGIN_DECLS

typedef struct {
    guint n, n_classes, n_referred;
    LeukoMetric referred; /* share of all images */
    LeukoMetric accuracy; /* of the answered images */
    LeukoMetric *missed; /* (K) share of the images of a class that are answered as another class */
    LeukoMetric *missed_among_answered; /* (K) the same share of its answered images */
} LeukoSelective;

/* input     as for leuko_evaluate(), which accepts it
 * referred  (n) */
LeukoSelective *leuko_selective_new(const LeukoEvalInput *input, const gboolean *referred);
void leuko_selective_free(LeukoSelective *selective); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoSelective, leuko_selective_free)

/* {"n_referred", "referred", "accuracy", "missed": {CLASS: ...}, "missed_among_answered": {...}};
 * figures as those of leuko_evaluation_to_json(). classes (K). New reference. */
json_t *leuko_selective_to_json(const LeukoSelective *selective, GStrv classes);

G_END_DECLS
