/* stats/threshold.h: chooses the decision threshold of two classes from labeled images that the
 * model was not trained on.
 * Threads: no shared state; any thread.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    LEUKO_THRESHOLD_NONE,        /* not chosen: 0.5 */
    LEUKO_THRESHOLD_BALANCED,    /* largest balanced accuracy */
    LEUKO_THRESHOLD_SENSITIVITY, /* largest threshold that keeps a sensitivity */
    LEUKO_THRESHOLD_COST,        /* smallest expected cost */
} LeukoThresholdKind;

typedef struct {
    LeukoThresholdKind kind;
    double target;     /* SENSITIVITY: to keep, in (0, 1) */
    double miss_cost;  /* COST: of a missed positive, in costs of a false alarm */
    double prevalence; /* COST: of the positive class in use; NAN: that of the images */
} LeukoThresholdRule;

/* How a model's threshold was chosen; LeukoModel keeps it beside the threshold. */
typedef struct {
    LeukoThresholdRule rule;
    double low, high;             /* 95 % interval of the threshold; NAN: not estimable */
    guint n_positive, n_negative; /* images it was chosen on */
    guint n_groups;               /* groups of the class with fewer of them; 0: groups unknown */
    double sensitivity_bound; /* SENSITIVITY: the lower 95 % confidence bound that was reached */
} LeukoThresholdChoice;

LeukoThresholdChoice leuko_threshold_choice_none(void);

/* The names in files: "none", "balanced", "sensitivity", "cost". */
const char *leuko_threshold_kind_name(LeukoThresholdKind kind);
gboolean leuko_threshold_kind_parse(const char *name, LeukoThresholdKind *out); /* FALSE: none */

G_END_DECLS
