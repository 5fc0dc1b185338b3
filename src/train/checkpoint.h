/* train/checkpoint.h: saves and loads the complete state of a training run in one file.
 *
 * A checkpoint is a safetensors file:
 *   1. every tensor of the run by name: parameters, batch norm statistics, optimizer state
 *   2. a metadata entry "leuko-checkpoint" (JSON): "format", "settings" (train/run-settings.h),
 *      the progress, and the CRC-32C of every tensor
 * Format 1 had the members network, dataset, recipe and seed instead of "settings"; it is read.
 * Threads: no state.
 */
#pragma once
#include "leuko/precision.h"
#include "train/optimizer.h"
#include <jansson.h>

G_BEGIN_DECLS

typedef struct {
    json_t *settings; /* what identifies the run: train/run-settings.h */
    LeukoPrecision precision;
    gchar *precision_reason;
    guint64 step, epoch, position; /* finished steps; current epoch; finished images of it */
    json_t *notes;                 /* JSON object: state of the trainer (best loss, ...); or NULL */
} LeukoCheckpoint;

void leuko_checkpoint_clear(LeukoCheckpoint *checkpoint);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoCheckpoint, leuko_checkpoint_clear)

/* Write a checkpoint; the file is complete or absent. Errors: LEUKO_ERROR_IO; a file that was at
 * `path` before remains. */
gboolean leuko_checkpoint_save(const LeukoCheckpoint *checkpoint, const LeukoTrainedTensor *tensors,
                               guint n_tensors, const char *path, GError **error);

/* Read all but the tensors. Errors: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT (not a checkpoint,
 * truncated, or damaged); LEUKO_ERROR_UNSUPPORTED (of a later version). */
gboolean leuko_checkpoint_read(LeukoCheckpoint *checkpoint, const char *path, GError **error);

/* Read the tensors. Errors: as above; a damaged, missing or different tensor is named. After an
 * error the tensors are unchanged. */
gboolean leuko_checkpoint_read_tensors(const LeukoTrainedTensor *tensors, guint n_tensors,
                                       const char *path, GError **error);

G_END_DECLS
