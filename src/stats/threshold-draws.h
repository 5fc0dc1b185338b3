/* stats/threshold-draws.h: the images that a threshold is chosen on, and resamples of their groups.
 * Threads: no shared state; one object, one thread at a time.
 */
#pragma once
#include "leuko/threshold-rule.h"

G_BEGIN_DECLS

#define LEUKO_THRESHOLD_DRAWS 500

/* How a model's threshold was chosen; LeukoModel keeps it beside the threshold. */
typedef struct {
    LeukoThresholdRule rule;
    double low, high;             /* 95 % interval of the threshold; NAN: not estimable */
    guint n_positive, n_negative; /* images it was chosen on */
    guint n_groups;               /* of the class with fewer of them; 0: groups unknown */
    double sensitivity_bound;     /* SENSITIVITY: the lower 95 % bound that was reached; else NAN */
} LeukoThresholdChoice;

typedef struct {
    guint n;
    const double *scores;      /* (n) calibrated probability of the positive class */
    const gboolean *positives; /* (n) */
    const guint *unit;         /* (n) group of each image, 0..n_units-1; NULL: no group is known */
    guint n_units;
} LeukoThresholdInput;

/* An image in the order of the scores. */
typedef struct {
    double score;
    guint unit;
    gboolean positive;
} LeukoScored;

/* The images by rising score; g_free. */
LeukoScored *leuko_threshold_sort(const LeukoThresholdInput *input);

/* The units that are resampled. */
typedef struct {
    guint n_units;
    guint n[2], *members[2]; /* units with an image of the negative, of the positive class */
    gboolean mixed;          /* a unit has images of both classes: all are drawn together */
    guint *weights;          /* (n_units) of the last draw */
} LeukoThresholdUnits;

void leuko_threshold_units_init(LeukoThresholdUnits *units, const LeukoThresholdInput *input);
void leuko_threshold_units_clear(LeukoThresholdUnits *units);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoThresholdUnits, leuko_threshold_units_clear)
/* Set the weights of resample `draw`. */
void leuko_threshold_draw(LeukoThresholdUnits *units, guint draw);

G_END_DECLS
