/* train/head-data.h: training data of a head: features, labels and weights. */
#pragma once
#include <glib.h>

/* n_rows rows of C features, in K classes. All arrays are borrowed. */
typedef struct {
    const float *x;        /* (n_rows, C) */
    const gint *labels;    /* (n_rows), each 0..K-1 */
    const double *weights; /* (n_rows), each >= 0; NULL: all 1 */
    gsize n_rows;
    guint n_features, n_classes; /* C >= 1, K >= 2 */
} LeukoHeadData;
