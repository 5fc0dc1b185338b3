/* What only a comparison or a cross-validation has: differences; repeats and folds. */
#include "report/sections.h"
#include <math.h>

/* --- a comparison --------------------------------------------------------------------------- */

static void add_difference(GString *page, const char *name, json_t *d)
{
    double difference = leuko_member_real(d, "difference"), p = leuko_member_real(d, "p");
    const char *method = leuko_member_text(d, "method"), *test = leuko_member_text(d, "test");
    leuko_html_add(page, "<tr><th scope=\"row\">%s</th>", name);
    leuko_cell_number(page, leuko_member_real(d, "first"), 3);
    leuko_cell_number(page, leuko_member_real(d, "second"), 3);
    if (isfinite(difference))
        leuko_html_add(page, "<td class=\"n\">%+.3f</td>", difference);
    else
        leuko_html_raw(page, "<td class=\"n\">-</td>");
    if (isfinite(leuko_member_real(d, "low")))
        leuko_html_add(page, "<td class=\"range\">%+.3f to %+.3f</td>", leuko_member_real(d, "low"),
                       leuko_member_real(d, "high"));
    else
        leuko_html_raw(page, "<td class=\"range\">none</td>");
    if (isfinite(p) && p < 0.001)
        leuko_html_raw(page, "<td class=\"n\">&lt; 0.001</td>");
    else
        leuko_cell_number(page, p, 3);
    leuko_html_add(page, "<td class=\"method\">%s%s%s</td></tr>\n", method, test ? "; test: " : "",
                   test ? test : "");
}

void leuko_section_differences(GString *page, json_t *document)
{
    json_t *result = leuko_member(document, "result"), *first = leuko_member(result, "first");
    json_t *correct = leuko_member(result, "correct"), *one;
    gsize n_classes = json_array_size(leuko_member(first, "classes"));
    const char *key;
    if (!first)
        return;
    leuko_section_begin(page, "differences", "Differences");
    leuko_html_raw(page,
                   "<p class=\"note\">Second minus first. p is the probability of a difference at "
                   "least as large if the models were equally good; several tests at once make "
                   "small values likelier.</p>");
    leuko_table_begin(page, NULL,
                      "figure|>first|>second|>difference|95 % interval|>p|method of the interval");
    json_object_foreach(leuko_member(result, "figures"), key, one)
        add_difference(page, leuko_figure_name(key, n_classes), one);
    leuko_table_end(page);
    leuko_html_raw(page, "<h3>Right decisions</h3>");
    leuko_table_begin(page, NULL, ">both|>only the first|>only the second|>neither");
    leuko_html_add(page,
                   "<tr><td class=\"n\">%d</td><td class=\"n\">%d</td><td class=\"n\">%d</td><td "
                   "class=\"n\">%d</td></tr>",
                   leuko_member_int(correct, "both"), leuko_member_int(correct, "only_first"),
                   leuko_member_int(correct, "only_second"), leuko_member_int(correct, "neither"));
    leuko_table_end(page);
    leuko_section_end(page);
}

/* --- a cross-validation --------------------------------------------------------------------- */

static void add_spread(GString *page, json_t *result)
{
    json_t *spread = leuko_member(result, "spread"), *repeats = leuko_member(result, "repeats");
    json_t *one, *repeat;
    gsize n_classes = json_array_size(leuko_member(leuko_member(result, "figures"), "classes")), i;
    const char *key;
    if (json_array_size(repeats) < 2)
        return;
    leuko_html_raw(page, "<h3>Over the repeats</h3>");
    leuko_table_begin(page, "The same images, divided anew: what the division changes.",
                      "figure|>standard deviation|>smallest|>largest|each repeat");
    json_object_foreach(spread, key, one)
    {
        leuko_html_add(page, "<tr><th scope=\"row\">%s</th>", leuko_figure_name(key, n_classes));
        leuko_cell_number(page, leuko_member_real(one, "sd"), 3);
        leuko_cell_number(page, leuko_member_real(one, "smallest"), 3);
        leuko_cell_number(page, leuko_member_real(one, "largest"), 3);
        leuko_html_raw(page, "<td class=\"method\">");
        json_array_foreach(repeats, i, repeat)
        {
            g_autofree gchar *value =
                leuko_html_number(leuko_member_real(leuko_member(repeat, key), "value"), 3);
            leuko_html_add(page, "%s%s", i ? ", " : "", value);
        }
        leuko_html_raw(page, "</td></tr>\n");
    }
    leuko_table_end(page);
}

static void add_fold(GString *page, json_t *f)
{
    double shrinkage = leuko_member_real(f, "shrinkage"), l2 = leuko_member_real(f, "l2");
    leuko_html_add(page,
                   "<tr><td class=\"n\">%d</td><td class=\"n\">%d</td><td class=\"name\">%s</td>"
                   "<td class=\"n\">%d</td><td class=\"n\">%d</td><td>%s",
                   leuko_member_int(f, "repeat"), leuko_member_int(f, "fold"),
                   leuko_member_text(f, "held_out"), leuko_member_int(f, "n_training"),
                   leuko_member_int(f, "n_held"), leuko_member_text(f, "head"));
    if (isfinite(shrinkage))
        leuko_html_add(page, ", shrinkage %g", shrinkage);
    if (isfinite(l2))
        leuko_html_add(page, ", l2 %g", l2);
    leuko_html_raw(page, "</td>");
    leuko_cell_number(page, leuko_member_real(f, "threshold"), 3);
    leuko_cell_number(page, leuko_member_real(f, "accuracy"), 3);
    leuko_cell_number(page, leuko_member_real(f, "auc"), 3);
    leuko_html_raw(page, "</tr>\n");
}

static void add_pairs(GString *page, json_t *pairs)
{
    if (!json_is_object(pairs))
        return;
    leuko_table_begin(page, NULL, "figure|>value|95 % interval|method of the interval");
    leuko_html_add(page, "<tr><th scope=\"row\">ROC-AUC within pairs (%d)</th>",
                   leuko_member_int(pairs, "pairs"));
    leuko_figure_cells(page, leuko_member(pairs, "auc"));
    leuko_html_raw(page, "</tr>");
    leuko_table_end(page);
}

void leuko_section_folds(GString *page, json_t *document)
{
    json_t *result = leuko_member(document, "result"), *folds = leuko_member(result, "folds"), *one;
    gsize i, n = json_array_size(folds);
    if (!json_is_array(folds))
        return;
    leuko_section_begin(page, "folds", "Repeats and folds");
    add_spread(page, result);
    add_pairs(page, leuko_member(result, "pairs"));
    leuko_html_add(page, "<details%s><summary>All folds (%d)</summary>", n <= 20 ? " open" : "",
                   (int)n);
    leuko_table_begin(page, "Every setting is chosen inside the training part of its fold.",
                      ">repeat|>fold|held-out groups|>trained on|>held out|head|>threshold|"
                      ">accuracy|>ROC-AUC");
    json_array_foreach(folds, i, one) add_fold(page, one);
    leuko_table_end(page);
    leuko_html_raw(page, "</details>\n");
    leuko_section_end(page);
}
