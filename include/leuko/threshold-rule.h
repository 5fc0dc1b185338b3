/* leuko/threshold-rule.h: by which rule training chooses the decision threshold of two classes, on
 * the images of the validation split. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    LEUKO_THRESHOLD_NONE,        /* none: 0.5 */
    LEUKO_THRESHOLD_BALANCED,    /* the largest balanced accuracy */
    LEUKO_THRESHOLD_SENSITIVITY, /* the largest threshold that keeps a sensitivity */
    LEUKO_THRESHOLD_COST,        /* the smallest expected cost */
} LeukoThresholdKind;

/* Set what the kind needs; the other numbers are NAN. */
typedef struct {
    LeukoThresholdKind kind;
    double target;    /* SENSITIVITY: between 0 and 1; its lower 95 % confidence bound reaches it */
    double miss_cost; /* COST: of a missed positive, in costs of a false alarm, > 0 */
    double prevalence; /* COST: share of positive images in practice, between 0 and 1; NAN: as among
                          the images */
} LeukoThresholdRule;

/* The largest balanced accuracy, the default. */
LeukoThresholdRule leuko_threshold_rule_balanced(void);

/* A rule whose numbers are in range. Errors: LEUKO_ERROR_ARGUMENT. */
gboolean leuko_threshold_rule_check(const LeukoThresholdRule *rule, GError **error);

/* The names in files: "none", "balanced", "sensitivity", "cost"; static. */
const char *leuko_threshold_kind_name(LeukoThresholdKind kind);
gboolean leuko_threshold_kind_parse(const char *name, LeukoThresholdKind *out); /* FALSE: none */

G_END_DECLS
