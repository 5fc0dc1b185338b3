#include "report/page.h"
#include "report/page-style.h"
#include "report/sections.h"
#include <math.h>
#include <string.h>

/* --- what the sections share ---------------------------------------------------------------- */

json_t *leuko_member(json_t *object, const char *key) { return json_object_get(object, key); }

const char *leuko_member_text(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

int leuko_member_int(json_t *object, const char *key)
{
    return (int)json_integer_value(json_object_get(object, key));
}

double leuko_member_real(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

json_t *leuko_report_figures(json_t *document)
{
    json_t *result = leuko_member(document, "result"), *first = leuko_member(result, "first");
    if (first)
        return first;
    return leuko_member(result, "folds") ? leuko_member(result, "figures") : result;
}

const char *leuko_figure_name(const char *key, gsize n_classes)
{
    static const struct {
        const char *key, *name;
    } names[] = {{"balanced_accuracy", "balanced accuracy"},
                 {"mcc", "MCC (Matthews)"},
                 {"kappa", "Cohen's kappa"},
                 {"auc_hand_till", "ROC-AUC, mean of pairs"},
                 {"f1", "F1 of the positive class"},
                 {"macro_f1", "macro F1"},
                 {"micro_f1", "micro F1"},
                 {"average_precision", "average precision"},
                 {"ppv", "PPV"},
                 {"npv", "NPV"},
                 {"brier", "Brier score"},
                 {"log_loss", "log-loss"},
                 {"ece", "calibration error (ECE)"}};
    if (strcmp(key, "auc") == 0)
        return n_classes > 2 ? "ROC-AUC, one against the rest" : "ROC-AUC";
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(names[i].key, key) == 0)
            return names[i].name;
    return key;
}

void leuko_section_begin(GString *page, const char *id, const char *title)
{
    leuko_html_add(page, "<section><h2 id=\"%s\">%s</h2>\n", id, title);
}

void leuko_section_end(GString *page) { leuko_html_raw(page, "</section>\n"); }

void leuko_table_begin(GString *page, const char *caption, const char *head)
{
    g_auto(GStrv) columns = g_strsplit(head, "|", -1);
    leuko_html_raw(page, "<div class=\"scroll\"><table>");
    if (caption)
        leuko_html_add(page, "<caption>%s</caption>", caption);
    leuko_html_raw(page, "<thead><tr>");
    for (guint i = 0; columns[i]; i++) {
        gboolean is_number = columns[i][0] == '>';
        leuko_html_raw(page, is_number ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
        leuko_html_add(page, "%s</th>", columns[i] + (is_number ? 1 : 0));
    }
    leuko_html_raw(page, "</tr></thead><tbody>\n");
}

void leuko_table_end(GString *page) { leuko_html_raw(page, "</tbody></table></div>\n"); }

void leuko_cell_number(GString *page, double value, guint digits)
{
    g_autofree gchar *text = leuko_html_number(value, digits);
    leuko_html_add(page, "<td class=\"n\">%s</td>", text);
}

void leuko_figure_cells(GString *page, json_t *figure)
{
    double low = leuko_member_real(figure, "low"), high = leuko_member_real(figure, "high");
    leuko_cell_number(page, leuko_member_real(figure, "value"), 3);
    if (isfinite(low) && isfinite(high))
        leuko_html_add(page, "<td class=\"range\">%.3f to %.3f</td>", low, high);
    else
        leuko_html_raw(page, "<td class=\"range\">none</td>");
    leuko_html_add(page, "<td class=\"method\">%s</td>", leuko_member_text(figure, "method"));
}

/* --- the page ------------------------------------------------------------------------------- */

static void add_header(GString *page, json_t *document)
{
    const char *notice = leuko_member_text(document, "notice");
    leuko_html_raw(page, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                         "<meta name=\"referrer\" content=\"no-referrer\">");
    leuko_html_add(page, "<title>%s</title>\n<style>\n", leuko_member_text(document, "title"));
    leuko_html_raw(page, leuko_page_style);
    leuko_html_raw(page, "</style></head>\n<body>\n<header>");
    leuko_html_add(page, "<div class=\"badge\">%s</div><h1>%s</h1>", notice,
                   leuko_member_text(document, "title"));
    leuko_html_add(page, "<p class=\"meta\">Made %s by Leuko %s.</p>",
                   leuko_member_text(document, "made"), leuko_member_text(document, "leuko"));
}

/* Links to the sections that the page has. */
static void add_contents(GString *page, const GString *body)
{
    static const char *const sections[][2] = {
        {"figures", "Figures"}, {"differences", "Differences"},
        {"folds", "Folds"},     {"confusion", "Confusion"},
        {"curves", "Curves"},   {"mistakes", "Mistakes"},
        {"stress", "Stress"},   {"flow", "Flow of the data"},
        {"audit", "Audit"},     {"provenance", "Provenance"},
        {"model", "Model"},     {"checklists", "Checklists"}};
    leuko_html_raw(page, "<nav aria-label=\"Sections\"><ul>");
    for (gsize i = 0; i < G_N_ELEMENTS(sections); i++) {
        g_autofree gchar *heading = g_strdup_printf("<h2 id=\"%s\">", sections[i][0]);
        if (strstr(body->str, heading))
            leuko_html_add(page, "<li><a href=\"#%s\">%s</a></li>", sections[i][0], sections[i][1]);
    }
    leuko_html_raw(page, "</ul></nav>");
}

gchar *leuko_report_page(json_t *document)
{
    static void (*const sections[])(GString *, json_t *) = {
        leuko_section_summary,   leuko_section_differences, leuko_section_figures,
        leuko_section_folds,     leuko_section_confusion,   leuko_section_curves,
        leuko_section_mistakes,  leuko_section_stress,      leuko_section_flow,
        leuko_section_audit,     leuko_section_provenance,  leuko_section_model,
        leuko_section_checklists};
    g_autoptr(GString) body = g_string_new(NULL);
    GString *page = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(sections); i++)
        sections[i](body, document);
    add_header(page, document);
    add_contents(page, body);
    leuko_html_raw(page, "</header>\n<main>\n");
    g_string_append(page, body->str);
    leuko_html_add(page,
                   "</main>\n<footer>%s All figures of this page are in report.json beside "
                   "it.</footer>\n</body></html>\n",
                   leuko_member_text(document, "notice"));
    return g_string_free(page, FALSE);
}
