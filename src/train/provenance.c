#include "train/provenance.h"
#include "base/digest.h"
#include "base/json.h"
#include "config.h"
#include "data/dataset-digest.h"

void leuko_provenance_add_training(LeukoModel *model, const LeukoDataset *training,
                                   const guint8 *sha256, const LeukoStart *start, guint64 seed)
{
    g_autofree gchar *digest = leuko_dataset_digest_of(training, sha256);
    g_autoptr(LeukoDigestSet) groups = leuko_digest_set_new(), images = leuko_digest_set_new();
    for (guint i = 0; i < leuko_dataset_n_records(training); i++) {
        leuko_digest_set_add_group(groups, leuko_dataset_record(training, i)->group);
        g_autofree gchar *image = leuko_digest_hex(sha256 + (gsize)i * 32, 8);
        leuko_digest_set_add(images, image); /* equals leuko_image_digest() */
    }
    leuko_digest_set_add_json(groups, json_object_get(start->provenance, LEUKO_PROVENANCE_GROUPS));
    leuko_digest_set_add_json(images, json_object_get(start->provenance, LEUKO_PROVENANCE_IMAGES));
    json_t *p = model->provenance;
    json_object_set_new(p, "dataset", json_string(digest));
    json_object_set_new(p, LEUKO_PROVENANCE_GROUPS, leuko_digest_set_to_json(groups));
    json_object_set_new(p, LEUKO_PROVENANCE_IMAGES, leuko_digest_set_to_json(images));
    json_object_set_new(p, "weights", leuko_json_text(start->weights));
    json_object_set_new(p, "weights_digest", json_string(start->digest));
    json_object_set_new(p, "seed", json_integer((json_int_t)seed));
}

void leuko_provenance_add_job(LeukoModel *model, const char *shards, const char *command_line)
{
    json_t *p = model->provenance;
    g_autofree gchar *path = g_build_filename(shards, "sort.json", NULL);
    json_t *sort = leuko_json_load(path, NULL);
    if (command_line)
        json_object_set_new(p, "command_line", leuko_json_text(command_line));
    json_object_set_new(p, "version", json_string(LEUKO_VERSION));
    if (!sort)
        return;
    json_t *seed = json_object_get(sort, "seed");
    if (seed)
        json_object_set(p, "split_seed", seed);
    json_object_set_new(p, "split", sort);
}
