/* data/each-record.h: does something with chosen records of a data set, on several threads. */
#pragma once
#include "leuko/progress.h"
#include <gio/gio.h>

/* Does the work of one record; called from any of the threads. */
typedef gboolean (*LeukoRecordFunc)(gpointer data, guint record, GError **error);

/* Call func(data, record) once for each of `records` (GArray of guint), in any order, until one
 * fails.
 * n_threads  0: one for each processor
 * phase      of the progress and name of the threads, static
 * reporter   called from one thread at a time
 * Errors     the first of func; LEUKO_ERROR_CANCELLED */
gboolean leuko_each_record(const GArray *records, guint n_threads, const char *phase,
                           LeukoRecordFunc func, gpointer data, LeukoReporter reporter,
                           GCancellable *cancellable, GError **error);
