/* leuko/report-study.h: reports of a cross-validation, a comparison and a stress
 * test, as leuko/report.h writes
 * that of an evaluation. Not in the edge build.
 *
 * options  NULL: leuko_report_options_default()
 * Errors   those of leuko_report_check(); LEUKO_ERROR_IO: also if the data cannot be read any more
 * Threads: no shared state.
 */
#pragma once
#include "leuko/compare.h"
#include "leuko/crossval.h"
#include "leuko/report.h"
#include "leuko/stress.h"

G_BEGIN_DECLS

/* Figures over the repeats, every fold, and the curves of at most 8 repeats. */
gboolean leuko_report_write_crossval(const LeukoCrossvalResult *result, const char *dir,
                                     const LeukoReportOptions *options, GError **error);

/* The differences with intervals and tests, the figures of both models, and the images that only
 * one of them has wrong. */
gboolean leuko_report_write_compare(const LeukoCompareResult *result, const char *dir,
                                    const LeukoReportOptions *options, GError **error);

/* The report of the evaluation of the images as they are, with a section on the stress test: what
 * the controls found, first those that are not at chance; where the model breaks; and for each kind
 * of change a chart and a table. Errors: also those of leuko_report_write_eval(). */
gboolean leuko_report_write_stress(const LeukoStressResult *result, const char *dir,
                                   const LeukoReportOptions *options, GCancellable *cancellable,
                                   GError **error);

G_END_DECLS
