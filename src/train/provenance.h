/* train/provenance.h: records in a model how it was trained.
 *
 * A model goes to other people. No name of a patient, no path and no expression may enter it:
 * names of groups become slow hashes (formats/training-list.h), files lose their folders, and
 * of the options of sorting, only numbers and switches remain.
 */
#pragma once
#include "formats/model.h"
#include "image/fingerprint.h"
#include "leuko/dataset.h"
#include "train/start.h"
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
    const LeukoDataset *training;
    const guint8 *sha256; /* (n, 32): of its encoded images */
    const LeukoStart *start;
    LeukoTrainedPart part; /* that was trained */
    guint64 seed;
    guint n_threads; /* 0: all processors */
} LeukoProvenanceInput;

/* Make the list of the training images and groups. A run makes it before it trains, so that an
 * error does not cost the training.
 * Errors: those of leuko_dataset_fingerprints(); LEUKO_ERROR_MEMORY.
 * Cost: 1 ms for each group; decoding of all images if the shards hold no fingerprints. */
LeukoTrainingList *leuko_provenance_list(const LeukoProvenanceInput *in, LeukoReporter reporter,
                                         GCancellable *cancellable, GError **error);

/* Record the digest of the data set, the initial weights and the seed. Give the model the list,
 * which it takes over, and behind it the lists of the initial weights, as those of the backbone. */
void leuko_provenance_add_training(LeukoModel *model, const LeukoProvenanceInput *in,
                                   LeukoTrainingList *list);

/* Read the options of the division into splits, sort.json in `shards`; *split is NULL without the
 * file. A run reads them before it trains. Errors: as leuko_json_load(). */
gboolean leuko_provenance_load_split(const char *shards, json_t **split, GError **error);

/* Record the version of Leuko, the command line (NULL: none), and the options of the division into
 * splits (NULL: none): numbers and switches as they are; of texts only that they were given. */
void leuko_provenance_add_job(LeukoModel *model, json_t *split, const char *command_line);

/* Record what was allowed to be in two splits, counts by kind ("allowed_leaks"), and make the text
 * the model's note, which every command that opens the model shows. NULL: nothing. */
void leuko_provenance_add_leaks(LeukoModel *model, json_t *leaks, const char *text);

G_END_DECLS
