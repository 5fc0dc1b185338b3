#include "data/small-data.h"
#include "base/plural.h"
#include "base/progress.h"

void leuko_report_few_images(const char *root, const char *class_name, guint n_images,
                             LeukoReporter reporter)
{
    if (n_images < LEUKO_FEW_IMAGES)
        leuko_report_line(
            reporter, "reading",
            "WARNING: %s: class \"%s\" has %u %s: too few to learn from or to judge by "
            "(fewer than %d)",
            root, class_name, n_images, LEUKO_PLURAL(n_images, "image"), LEUKO_FEW_IMAGES);
}

void leuko_catalog_report_small(const LeukoCatalog *c, LeukoReporter reporter)
{
    g_autofree guint *n_images = g_new0(guint, c->n_classes + 1);
    const LeukoItem *smallest = NULL;
    guint n_small = 0;
    for (guint i = 0; i < c->items->len; i++) {
        const LeukoItem *item = leuko_catalog_item(c, i);
        if (item->is_copy || item->problem)
            continue;
        if (item->label >= 0)
            n_images[item->label]++;
        guint side = MIN(item->width, item->height);
        n_small += side < LEUKO_SMALL_SIDE ? 1 : 0;
        if (!smallest || side < MIN(smallest->width, smallest->height))
            smallest = item;
    }
    for (guint k = 0; k < c->n_classes; k++)
        leuko_report_few_images(c->root, c->classes[k], n_images[k], reporter);
    if (n_small > 0)
        leuko_report_line(reporter, "reading",
                          "WARNING: %s: %u %s a shorter side below %d px, such as %s (%u x %u): "
                          "enlarged for the network, they show little of a cell",
                          c->root, n_small, leuko_plural(n_small, "image has", "images have"),
                          LEUKO_SMALL_SIDE, smallest->file, smallest->width, smallest->height);
}
