/* report/events.h: write event files that TensorBoard shows (`tensorboard --logdir FOLDER`).
 *
 * The file FOLDER/events.out.tfevents.SECONDS.HOST holds TFRecords (data/tfrecord.h); each record
 * is an Event message (proto/event.proto):
 *   1. file_version "brain.Event:2"
 *   2. session_log START with the first step of this session. TensorBoard discards that step and
 *      later steps of earlier files in the folder, so a resumed run has one curve.
 *   3. one scalar or image per record: wall_time, step, summary
 * TensorBoard reads the files of a folder in the order of their names. SECONDS is the time of
 * opening, or one more than that of the newest file if the clock is behind it. Each record is
 * written at once.
 *
 * Source: tensorflow/core/util/events_writer.cc; TensorBoard's plugin_event_accumulator.py.
 * Threads: one object, one thread at a time.
 */
#pragma once
#include "leuko/image.h"

G_BEGIN_DECLS

typedef struct LeukoEvents LeukoEvents;

/* Begin a new file in `folder`, which must exist.
 * first_step  the first step of this session: 0 for a new run; one more than the steps of the
 *             checkpoint for a resumed run whose steps count from 1
 * Errors      LEUKO_ERROR_IO */
LeukoEvents *leuko_events_open(const char *folder, guint64 first_step, GError **error);
const char *leuko_events_path(const LeukoEvents *events); /* borrowed */

/* Write one point of a curve.
 * tag     name of the curve, "loss/validation": TensorBoard groups curves by the part before '/'
 * value   stored as float; NaN and infinity are allowed
 * Errors  LEUKO_ERROR_IO; LEUKO_ERROR_ARGUMENT (the tag is empty or not UTF-8). The file remains
 *         valid. */
gboolean leuko_events_scalar(LeukoEvents *events, const char *tag, guint64 step, double value,
                             GError **error);
/* Write an image as PNG. Errors: as above, and as leuko_image_encode(). */
gboolean leuko_events_image(LeukoEvents *events, const char *tag, guint64 step,
                            const LeukoImage *image, GError **error);
/* Sync the file to the disk. Errors: LEUKO_ERROR_IO. */
gboolean leuko_events_flush(LeukoEvents *events, GError **error);
void leuko_events_free(LeukoEvents *events); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoEvents, leuko_events_free)

G_END_DECLS
