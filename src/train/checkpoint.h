/* train/checkpoint.h: everything that resuming a training needs, in one file.
 *
 * A safetensors file: every tensor of the training by name (weights, batch statistics, optimizer),
 * and a metadata entry "leuko-checkpoint" (JSON) with the identity of the training, its progress
 * and the CRC-32C of every tensor. Only the training that wrote a checkpoint can resume from it.
 */
#pragma once
#include "train/optimizer.h"
#include <jansson.h>

G_BEGIN_DECLS

typedef struct {
    /* Identity: must be the same to resume. */
    gchar *network; /* one line: architecture, trained part, digest of the initial weights */
    gchar *dataset; /* digest of the training split */
    gchar *recipe;  /* its text */
    guint64 seed;
    /* Progress. */
    guint64 step, epoch, position; /* steps done; epoch in progress; images of it that are done */
    json_t *notes;                 /* object: state of the trainer (best loss, ...); or NULL */
} LeukoCheckpoint;

void leuko_checkpoint_clear(LeukoCheckpoint *checkpoint);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoCheckpoint, leuko_checkpoint_clear)

/* Whole or absent. Errors: LEUKO_ERROR_IO; an earlier file at `path` remains. */
gboolean leuko_checkpoint_save(const LeukoCheckpoint *checkpoint, const LeukoTrainedTensor *tensors,
                               guint n_tensors, const char *path, GError **error);

/* Fill the tensors and the progress; the caller has set the identity. Recipes are compared as
 * leuko_recipe_same() does.
 * Errors  LEUKO_ERROR_IO
 *         LEUKO_ERROR_FORMAT  not a checkpoint, truncated, or damaged (the tensor is named)
 *         LEUKO_ERROR_DATA    another network, data set, recipe or seed (the message says which)
 *         After an error the tensors are unchanged. */
gboolean leuko_checkpoint_load(LeukoCheckpoint *checkpoint, const LeukoTrainedTensor *tensors,
                               guint n_tensors, const char *path, GError **error);

G_END_DECLS
