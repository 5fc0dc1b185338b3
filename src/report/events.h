/* report/events.h: TensorBoard's event files: `tensorboard --logdir FOLDER` draws the curves.
 *
 * A file FOLDER/events.out.tfevents.SECONDS.HOST is TFRecords (data/tfrecord.h), each an Event message
 * (proto/event.proto):
 *   1. file_version "brain.Event:2"
 *   2. session_log START at the first step of this session: TensorBoard forgets what earlier files of
 *      the folder say of that step and later ones, so that a resumed run has one curve
 *   3. one scalar or image each: wall_time, step, summary
 * TensorBoard reads the files of a folder in the order of their names: SECONDS is the time of opening,
 * or one more than the newest file's if that is not earlier. Records are written at once, whole.
 *
 * Source: tensorflow/core/util/events_writer.cc; TensorBoard's plugin_event_accumulator.py.
 * Threads: one object, one thread at a time.
 */
#pragma once
#include "leuko/image.h"

G_BEGIN_DECLS

typedef struct LeukoEvents LeukoEvents;

/* Begin a new file in `folder`, which must exist.
 * first_step  the first step that this session will write: 0 for a new run; the checkpoint's steps + 1
 *             for a resumed one whose steps count from 1
 * Errors      LEUKO_ERROR_IO */
LeukoEvents *leuko_events_open(const char *folder, guint64 first_step, GError **error);
const char *leuko_events_path(const LeukoEvents *events); /* borrowed */

/* tag: "loss", "validation/accuracy": TensorBoard groups by what stands before the '/'. value: any,
 * stored as float; NaN and infinity are shown as such.
 * Errors: LEUKO_ERROR_IO; LEUKO_ERROR_ARGUMENT (tag empty or not UTF-8). The file stays whole. */
gboolean leuko_events_scalar(LeukoEvents *events, const char *tag, guint64 step, double value,
                             GError **error);
/* As PNG. Errors: as above, and as leuko_image_encode(). */
gboolean leuko_events_image(LeukoEvents *events, const char *tag, guint64 step,
                            const LeukoImage *image, GError **error);
/* What was written is on the disk, also if the machine stops. Errors: LEUKO_ERROR_IO. */
gboolean leuko_events_flush(LeukoEvents *events, GError **error);
void leuko_events_free(LeukoEvents *events); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoEvents, leuko_events_free)

G_END_DECLS
