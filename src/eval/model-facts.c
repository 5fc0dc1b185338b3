#include "eval/model-facts.h"
#include "formats/model-json.h"

static const char *part_name(LeukoTrainedPart part)
{
    static const char *const names[LEUKO_N_PARTS] = {"unknown", "head", "network", "backbone"};
    return part < LEUKO_N_PARTS ? names[part] : names[0];
}

json_t *leuko_model_facts(const LeukoModel *model, const char *digest)
{
    json_t *facts = leuko_model_to_json_apart(model), *training = json_array();
    for (guint i = 0; i < model->training->len; i++) {
        const LeukoTrainingList *list = model->training->pdata[i];
        json_array_append_new(training, json_pack("{s:s, s:i, s:i}", "part", part_name(list->part),
                                                  "n_images", (int)list->n_images, "n_groups",
                                                  (int)list->n_groups));
    }
    json_object_set_new(json_object_get(facts, "provenance"), "training", training);
    json_object_del(json_object_get(facts, "typical"), "numbers");
    json_object_set_new(facts, "digest", digest ? json_string(digest) : json_null());
    return facts;
}
