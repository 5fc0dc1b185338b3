/* The surest wrong decisions, as images. */
#include "report/sections.h"
#include <math.h>

static void add_image(GString *page, json_t *one, const char *key, const char *what)
{
    const char *uri = leuko_member_text(one, key);
    if (uri)
        leuko_html_add(page, "<img src=\"%s\" alt=\"%s %s: truth %s, decided %s\">", uri, what,
                       leuko_member_text(one, "file"), leuko_member_text(one, "truth"),
                       leuko_member_text(one, "decided"));
}

static void add_heat(GString *page, json_t *heat)
{
    double share = leuko_member_real(heat, "inside_share");
    if (!json_is_object(heat))
        return;
    if (isfinite(share))
        leuko_html_add(page, "<p class=\"heat\">Heat inside the cell: %.0f %%, peak %s</p>",
                       100 * share,
                       json_is_true(leuko_member(heat, "peak_inside")) ? "inside" : "outside");
    else
        leuko_html_raw(page, "<p class=\"heat\">No cell or no heat was found</p>");
}

static void add_mistake(GString *page, json_t *one)
{
    const char *group = leuko_member_text(one, "group"), *model = leuko_member_text(one, "model");
    gboolean has_map = leuko_member_text(one, "map") != NULL;
    leuko_html_add(page, "<li><div class=\"images%s\">", has_map ? "" : " one");
    add_image(page, one, "picture", "Image");
    add_image(page, one, "map", "Heat map of");
    leuko_html_raw(page, "</div>");
    if (!leuko_member_text(one, "picture"))
        leuko_html_raw(page, "<p>The image cannot be read any more.</p>");
    if (model)
        leuko_html_add(page, "<p>Wrong only by %s</p>", model);
    leuko_html_add(page, "<p>Truth: <b>%s</b> (p = %.3f)</p><p>Decided: <b>%s</b> (p = %.3f)</p>",
                   leuko_member_text(one, "truth"), leuko_member_real(one, "p_truth"),
                   leuko_member_text(one, "decided"), leuko_member_real(one, "p_decided"));
    add_heat(page, leuko_member(one, "heat"));
    leuko_html_add(page, "<p class=\"file\">%s%s%s</p></li>\n", leuko_member_text(one, "file"),
                   group && *group ? ", group " : "", group && *group ? group : "");
}

static void add_about_maps(GString *page, json_t *mistakes)
{
    const char *none = leuko_member_text(mistakes, "no_maps");
    json_t *doubt;
    gsize i;
    if (json_is_true(leuko_member(mistakes, "maps")))
        leuko_html_raw(
            page, "<p class=\"note\">Left: the image. Right: the heat map of the decided "
                  "class. Orange speaks for it, blue against it; the mean of a map is the score "
                  "of the class before calibration. A map shows where the network found "
                  "evidence, not why it is evidence.</p>");
    json_array_foreach(leuko_member(mistakes, "doubts"), i, doubt)
        leuko_html_add(page, "<p class=\"alarm\"><b>Do not read the maps as places:</b> %s.</p>",
                       json_string_value(doubt));
    if (none)
        leuko_html_add(page, "<p class=\"note\">There are no heat maps: %s.</p>", none);
}

void leuko_section_mistakes(GString *page, json_t *document)
{
    json_t *mistakes = leuko_member(document, "mistakes"), *one;
    gsize i, n = json_array_size(leuko_member(mistakes, "images"));
    int all = leuko_member_int(mistakes, "n");
    if (!json_is_object(mistakes))
        return;
    leuko_section_begin(page, "mistakes", "Worst mistakes");
    if (all == 0)
        leuko_html_raw(page, "<p>No image was decided wrongly.</p>");
    else
        leuko_html_add(page,
                       "<p class=\"note\">%d %s decided wrongly. Here %s, those first whose wrong "
                       "class had the largest lead over the right one.</p>",
                       all, all == 1 ? "image was" : "images were",
                       (int)n < all ? "are the worst" : "are all");
    if (all > 0)
        add_about_maps(page, mistakes);
    leuko_html_raw(page, n > 0 ? "<ul class=\"mistakes\">\n" : "");
    json_array_foreach(leuko_member(mistakes, "images"), i, one) add_mistake(page, one);
    leuko_html_raw(page, n > 0 ? "</ul>\n" : "");
    leuko_section_end(page);
}
