#include "base/plural.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/group-options.h"
#include "cli/option-rules.h"
#include "cli/start-options.h"
#include "net/net.h"
#include "train/features-file.h"
#include <string.h>

gboolean cmd_features(int argc, char **argv, GError **error)
{
    g_auto(CliStartOptions) o = CLI_START_DEFAULT;
    g_auto(CliGroupOptions) grouping = {0};
    g_autofree gchar *out = NULL;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &out,
         "File to write; the table of files and classes goes to FILE.csv", "FILE.npy"},
        CLI_GROUP_ENTRIES(grouping),
        CLI_START_ENTRIES(o, "Images per thread and run, 1 to 256 (default: 1)"),
        {NULL}};
    if (!cli_parse("features", entries, &argc, &argv, 1, 1, error))
        return FALSE;
    if (!cli_one_of("endpoint", o.endpoint, leuko_net_endpoints(), error))
        return FALSE;
    if (!out)
        return cli_wrong_usage(error, "features: -o FILE.npy is missing");
    LeukoStartOptions start_options;
    LeukoFeatureOptions options;
    LeukoFolderOptions folder;
    g_auto(LeukoFeaturesFile) file = {0};
    if (!cli_group_options(&grouping, &folder, error) ||
        !cli_start_options(&o, &start_options, &options, error))
        return FALSE;
    const CliExclusion cases[] = {
        {strcmp(start_options.weights, "random") != 0, "without --weights random", {"seed"}}};
    if (!cli_exclude(cases, G_N_ELEMENTS(cases), error))
        return FALSE;
    g_autoptr(LeukoStart) start = leuko_start_new(&start_options, cli_reporter(), error);
    if (!start)
        return cli_start_explain(error);
    if (!leuko_features_write(argv[1], &folder, out, start, &options, &file, cli_reporter(),
                              cli_cancellable(), error))
        return cli_usage_if_argument(error);
    guint n_computed = file.n_images - file.n_cached;
    cli_print("%s and %s: %u %s, %u %s each, %s (%.1f images/s, %u from the cache)", out,
              file.csv_path, file.n_images, LEUKO_PLURAL(file.n_images, "image"), file.n_features,
              LEUKO_PLURAL(file.n_features, "feature"), leuko_precision_name(file.precision),
              n_computed > 0 ? n_computed / file.seconds : 0.0, file.n_cached);
    return TRUE;
}
