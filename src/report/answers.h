/* report/answers.h: the answers that a report is about, whichever command gave them. */
#pragma once
#include "leuko/dataset.h"
#include "leuko/image.h"
#include "stats/metric-types.h"
#include <jansson.h>

G_BEGIN_DECLS

/* All borrowed. */
typedef struct {
    const char *name; /* of the line in a chart: the file of the model, or "repeat 1" */
    guint n, n_classes;
    const gchar *const *classes; /* (K) */
    const gint *labels;          /* (n) ground truth */
    const gint *decisions;       /* (n) */
    const double *probabilities; /* (n, K) */
    const char *const *groups;   /* (n), or NULL */
    gint positive;               /* class, or -1 */
    double threshold;            /* NAN: the class of the largest probability */
    LeukoDataset *dataset;
    const guint *records; /* (n) of the data set; NULL: 0..n-1 */
} LeukoReportAnswers;

/* The curves of one or more sets of answers to the same classes:
 *   "roc", "precision_recall": [{"name", "class", "points": [[x, y, threshold]]}]: with two classes
 *      and a positive one a curve for each set; else a curve for each class of the first set, one
 *      against the rest
 *   "risk_coverage": [{"name", "points": [[coverage, risk, confidence]]}]
 * The points follow stats/curves.h, thinned to steps of 0.002. New reference. */
json_t *leuko_report_curves_json(const LeukoReportAnswers *answers, guint n_answers);

/* The images that were decided wrongly, the surest first: {"n": all of them, "images": at most
 * `most` of {"file", "group", "truth", "decided", "p_truth", "p_decided", "record"}}. New
 * reference. among: (n) the images that count; NULL: all. */
json_t *leuko_report_mistakes_json(const LeukoReportAnswers *answers, const gboolean *among,
                                   guint most);

/* The image as a JPEG in a data URI, at most 192 pixels wide and high; NULL: it cannot be encoded.
 * g_free. */
gchar *leuko_report_image_uri(const LeukoImage *image);

/* Add to each of the mistakes "picture": a JPEG as a data URI, at most 192 pixels wide and high. An
 * image that cannot be read any more has none. */
void leuko_report_add_pictures(json_t *mistakes, const LeukoDataset *dataset);

/* The counts of each decision: [{"decision", "images", "truth": {CLASS: n}}]. New reference. */
json_t *leuko_report_decisions_json(const LeukoReportAnswers *answers);
/* {CLASS: images} of the ground truth. New reference. */
json_t *leuko_report_class_counts_json(const LeukoReportAnswers *answers);

G_END_DECLS
