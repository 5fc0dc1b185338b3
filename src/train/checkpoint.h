/* train/checkpoint.h: the whole state of a training in one file, whole or absent.
 *
 * safetensors: every tensor of the training (weights, batch statistics, optimizer) by name, and a
 * metadata entry "leuko-checkpoint" that says what is trained on what, how far it is, and the
 * CRC-32C of every tensor. A checkpoint resumes only the training that wrote it.
 */
#pragma once
#include "train/optimizer.h"
#include <jansson.h>

G_BEGIN_DECLS

typedef struct {
    /* What is trained on what: all must be the same to resume. */
    gchar
        *network; /* one line: architecture, what is tuned, digest of the weights it started from */
    gchar *dataset; /* digest of the training and validation images */
    gchar *recipe;  /* its text */
    guint64 seed;
    /* How far it is. */
    guint64 step, epoch, position; /* steps done; epoch under way; images of it that are done */
    json_t *notes;                 /* object of the trainer's own: best loss so far, ... or NULL */
} LeukoCheckpoint;

void leuko_checkpoint_clear(LeukoCheckpoint *checkpoint);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoCheckpoint, leuko_checkpoint_clear)

/* Errors: LEUKO_ERROR_IO; the file that was there still stands. */
gboolean leuko_checkpoint_save(const LeukoCheckpoint *checkpoint, const LeukoSlot *tensors,
                               guint n_tensors, const char *path, GError **error);

/* Fill tensors and the second half of `checkpoint`, whose first half the caller has set.
 * Errors  LEUKO_ERROR_IO
 *         LEUKO_ERROR_FORMAT  not a checkpoint, truncated, damaged (tensor named)
 *         LEUKO_ERROR_DATA    of another network, data set, recipe or seed: the message says which.
 *                             Tensors are then as they were. */
gboolean leuko_checkpoint_load(LeukoCheckpoint *checkpoint, const LeukoSlot *tensors,
                               guint n_tensors, const char *path, GError **error);

G_END_DECLS
