#include "train/tuning.h"
#include "base/plural.h"
#include "leuko/error.h"
#include "net/net.h"
#include <string.h>

gboolean leuko_tuning_load(const LeukoTuneOptions *tune, const char *weights, LeukoRecipe *recipe,
                           GError **error)
{
    const char *usual = strcmp(weights, "random") == 0 ? "scratch" : "finetune";
    if (!leuko_recipe_load(tune->recipe ? tune->recipe : usual, recipe, error))
        return FALSE;
    if (tune->tune)
        g_strlcpy(recipe->tune, tune->tune, sizeof recipe->tune);
    if (tune->epochs > 0)
        recipe->epochs = tune->epochs;
    if (tune->rate > 0)
        recipe->rate = tune->rate;
    if (tune->batch > 0)
        recipe->batch = tune->batch;
    if (tune->until_epoch > recipe->epochs) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "until epoch %u: the training has %u %s", tune->until_epoch, recipe->epochs,
                    LEUKO_PLURAL(recipe->epochs, "epoch"));
        return FALSE;
    }
    if (strcmp(recipe->tune, "all") == 0 || g_strv_contains(leuko_net_endpoints(), recipe->tune))
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                "recipe %s: tune = %s: must be all or an endpoint here; the head alone is trained "
                "without a recipe",
                recipe->name, recipe->tune);
    return FALSE;
}
