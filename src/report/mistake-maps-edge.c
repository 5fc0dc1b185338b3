/* The edge build has no heat maps. */
#include "report/mistake-maps.h"

gboolean leuko_report_add_maps(json_t *mistakes, const char *model, const LeukoDataset *dataset,
                               GCancellable *cancellable, GError **error)
{
    (void)model;
    (void)dataset;
    (void)cancellable;
    (void)error;
    json_object_set_new(mistakes, "no_maps", json_string("this build of Leuko draws no heat maps"));
    return TRUE;
}
