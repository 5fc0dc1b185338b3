/* train/checkpoint.h: saves and loads the complete state of a training run in one file.
 *
 * A checkpoint is a safetensors file:
 *   1. every tensor of the run by name: parameters, batch norm statistics, optimizer state
 *   2. a metadata entry "leuko-checkpoint" (JSON): the identity of the run, its progress, and the
 *      CRC-32C of every tensor
 * Only a run of the same identity can resume from a checkpoint.
 * Threads: no state.
 */
#pragma once
#include "leuko/precision.h"
#include "train/optimizer.h"
#include <jansson.h>

G_BEGIN_DECLS

typedef struct {
    /* Identity: a run resumes only from a checkpoint with the same values. */
    gchar *network; /* one line: architecture, trained part, digest of the initial weights */
    gchar *dataset; /* digest of the training split */
    gchar *recipe;  /* text of the recipe */
    guint64 seed;
    LeukoPrecision precision; /* fp32 or bf16; `network` names it too */
    gchar *precision_reason;  /* why; not part of the identity */
    /* Progress. */
    guint64 step, epoch, position; /* finished steps; current epoch; finished images of it */
    json_t *notes;                 /* JSON object: state of the trainer (best loss, ...); or NULL */
} LeukoCheckpoint;

void leuko_checkpoint_clear(LeukoCheckpoint *checkpoint);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoCheckpoint, leuko_checkpoint_clear)

/* Write a checkpoint; the file is complete or absent. Errors: LEUKO_ERROR_IO; a file that was at
 * `path` before remains. */
gboolean leuko_checkpoint_save(const LeukoCheckpoint *checkpoint, const LeukoTrainedTensor *tensors,
                               guint n_tensors, const char *path, GError **error);

/* Read the tensors and the progress; the caller has set the identity. leuko_recipe_same() compares
 * the recipes.
 * Errors  LEUKO_ERROR_IO
 *         LEUKO_ERROR_FORMAT  not a checkpoint, truncated, or damaged (the tensor is named)
 *         LEUKO_ERROR_DATA    another network, data set, recipe, seed or precision, which the
 *                             message names
 *         After an error the tensors are unchanged. */
gboolean leuko_checkpoint_load(LeukoCheckpoint *checkpoint, const LeukoTrainedTensor *tensors,
                               guint n_tensors, const char *path, GError **error);

/* Read the precision of the run and why it was chosen (g_free), without the tensors. Errors:
 * LEUKO_ERROR_IO, LEUKO_ERROR_FORMAT. */
gboolean leuko_checkpoint_read_precision(const char *path, LeukoPrecision *out, gchar **reason,
                                         GError **error);

G_END_DECLS
