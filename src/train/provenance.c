#include "train/provenance.h"
#include "base/io-error.h"
#include "base/json.h"
#include "config.h"
#include "data/dataset-digest.h"
#include "data/fingerprints.h"
#include <string.h>

/* formats/training-list.h says why it may be computed. */
static void derive_salt(const LeukoProvenanceInput *in, guint8 salt[LEUKO_SALT_BYTES])
{
    static const char purpose[] = "leuko training list";
    g_autofree gchar *dataset = leuko_dataset_digest_of(in->training, in->sha256);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 whole[32];
    gsize n = sizeof whole;
    guint64 seed = GUINT64_TO_LE(in->seed);
    g_checksum_update(sum, (const guchar *)purpose, sizeof purpose);
    g_checksum_update(sum, (const guchar *)dataset, -1);
    g_checksum_update(sum, (const guchar *)in->start->digest, -1);
    g_checksum_update(sum, (const guchar *)&seed, sizeof seed);
    g_checksum_get_digest(sum, whole, &n);
    memcpy(salt, whole, LEUKO_SALT_BYTES);
}

LeukoTrainingList *leuko_provenance_list(const LeukoProvenanceInput *in, LeukoReporter reporter,
                                         GCancellable *cancellable, GError **error)
{
    guint n = leuko_dataset_n_records(in->training);
    guint8 salt[LEUKO_SALT_BYTES];
    g_autofree LeukoFingerprint *fingerprints = g_new(LeukoFingerprint, n + 1);
    g_autofree const char **groups = g_new(const char *, n + 1);
    if (!leuko_dataset_fingerprints(in->training, fingerprints, in->n_threads, reporter,
                                    cancellable, error))
        return NULL;
    for (guint i = 0; i < n; i++)
        groups[i] = leuko_dataset_record(in->training, i)->group;
    derive_salt(in, salt);
    return leuko_training_list_new(in->part, salt, fingerprints, groups, n, in->n_threads, error);
}

static void add_list(GPtrArray *lists, LeukoTrainingList *list)
{
    for (guint i = 0; i < lists->len; i++)
        if (leuko_training_list_equal(lists->pdata[i], list)) {
            leuko_training_list_free(list);
            return;
        }
    g_ptr_array_add(lists, list);
}

void leuko_provenance_add_training(LeukoModel *model, const LeukoProvenanceInput *in,
                                   LeukoTrainingList *list)
{
    const LeukoStart *start = in->start;
    g_autofree gchar *digest = leuko_dataset_digest_of(in->training, in->sha256);
    g_autofree gchar *weights = g_path_get_basename(start->weights);
    json_t *p = model->provenance;
    json_object_set_new(p, "dataset", json_string(digest));
    json_object_set_new(p, "weights", leuko_json_text(weights));
    json_object_set_new(p, "weights_digest", json_string(start->digest));
    json_object_set_new(p, "seed", json_integer((json_int_t)in->seed));
    add_list(model->training, list);
    for (guint i = 0; start->training && i < start->training->len; i++)
        add_list(model->training,
                 leuko_training_list_copy(start->training->pdata[i], LEUKO_PART_BACKBONE));
}

/* The options without their texts, which may name patients and folders. New. */
static json_t *without_texts(json_t *options)
{
    static const char *const ours[] = {"leuko",
                                       "layout"}; /* a version; a pattern of our own words */
    json_t *out = json_object(), *value;
    const char *key;
    json_object_foreach(options, key, value)
    {
        gboolean plain = json_is_number(value) || json_is_boolean(value) || json_is_null(value);
        for (gsize i = 0; i < G_N_ELEMENTS(ours); i++)
            plain = plain || (strcmp(key, ours[i]) == 0 && json_is_string(value));
        if (plain)
            json_object_set(out, key, value);
        else
            json_object_set_new(out, key, json_true());
    }
    return out;
}

gboolean leuko_provenance_load_split(const char *shards, json_t **split, GError **error)
{
    g_autofree gchar *path = g_build_filename(shards, "sort.json", NULL);
    *split = NULL;
    if (leuko_is_absent(path))
        return TRUE;
    *split = leuko_json_load(path, error);
    return *split != NULL;
}

void leuko_provenance_add_job(LeukoModel *model, json_t *split, const char *command_line)
{
    json_t *p = model->provenance;
    if (command_line)
        json_object_set_new(p, "command_line", leuko_json_text(command_line));
    json_object_set_new(p, "version", json_string(LEUKO_VERSION));
    if (!split)
        return;
    json_t *seed = json_object_get(split, "seed");
    if (json_is_integer(seed))
        json_object_set(p, "split_seed", seed);
    json_object_set_new(p, "split", without_texts(split));
}

void leuko_provenance_add_leaks(LeukoModel *model, json_t *leaks, const char *text)
{
    if (!leaks)
        return;
    json_object_set(model->provenance, LEUKO_PROVENANCE_LEAKS, leaks);
    leuko_model_set_note(model, text);
}
