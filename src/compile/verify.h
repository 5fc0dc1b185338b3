/* compile/verify.h: computes the figures that compare two models' answers (leuko/verify.h). */
#pragma once
#include "leuko/verify.h"
#include <jansson.h>

G_BEGIN_DECLS

typedef struct {
    guint n, n_classes;
    const double *reference, *answers; /* (n, K) probabilities */
    const gint *labels;                /* (n); NULL: unknown */
    const gchar *const *classes;       /* (K) names, NULL-terminated */
    gint positive;                     /* of the reference, as in LeukoEvalInput */
    double threshold;                  /* of the reference */
    gboolean reduced;                  /* one of the two models has a reduced precision */
} LeukoVerifyInput;

/* Compute all figures and compare them with their limits. Free the result with
 * leuko_verify_report_free(). */
LeukoVerifyReport *leuko_verify_compare(const LeukoVerifyInput *input,
                                        const LeukoVerifyOptions *options);
json_t *leuko_verify_report_json(const LeukoVerifyReport *report); /* new reference */

G_END_DECLS
