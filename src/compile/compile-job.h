/* compile/compile-job.h: compiles a model in memory; leuko_compile_run() works on files. */
#pragma once
#include "compile/compile.h"
#include "compile/older-isa.h"

G_BEGIN_DECLS

/* Compile a model.
 * older   runs the graph on older instruction sets; NULL: the gate covers this processor only
 * report  of leuko_compile_report_new(); filled also if the gate fails
 * Errors: as for leuko_compile_run(), and those of `older`. */
LeukoGraph *leuko_compile_model(const LeukoModel *model, const LeukoCompileOptions *options,
                                LeukoOlderIsaFunc older, gpointer older_data,
                                LeukoCompileReport *report, GCancellable *cancellable,
                                LeukoReporter reporter, GError **error);

G_END_DECLS
