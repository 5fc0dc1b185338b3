/* The flow of the data, as the STARD statement draws it: boxes from top to bottom, what is left out
 * at the side. */
#include "report/sections.h"
#include <string.h>

static void begin_box(GString *page, const char *class, const char *title)
{
    leuko_html_add(page, "<div class=\"%s\"><b>%s</b>", class, title);
}

static void add_counts(GString *page, json_t *counts)
{
    const char *class;
    json_t *n;
    leuko_html_raw(page, "<ul>");
    json_object_foreach(counts, class, n)
        leuko_html_add(page, "<li>%s: %d</li>", class, (int)json_integer_value(n));
    leuko_html_raw(page, "</ul>");
}

static void add_groups(GString *page, json_t *object)
{
    int n = leuko_member_int(object, "groups");
    if (n > 0)
        leuko_html_add(page, ", groups: %d", n);
}

/* The box at the side: files that are in no split. */
static void add_excluded(GString *page, json_t *excluded)
{
    gsize i;
    json_t *one;
    if (leuko_member_int(excluded, "files") == 0)
        return;
    begin_box(page, "box out", "Left out");
    leuko_html_add(page, "files: %d<ul>", leuko_member_int(excluded, "files"));
    json_array_foreach(leuko_member(excluded, "reasons"), i, one) leuko_html_add(
        page, "<li>%d: %s</li>", leuko_member_int(one, "files"), leuko_member_text(one, "reason"));
    leuko_html_raw(page, "</ul></div>");
}

/* The splits that were not evaluated: name is in the list of evaluated ones, "train,validation". */
static gboolean is_evaluated(const char *evaluated, const char *name)
{
    g_auto(GStrv) names = g_strsplit(evaluated ? evaluated : "", ",", -1);
    return g_strv_contains((const gchar *const *)names, name);
}

static void add_splits(GString *page, json_t *splits, const char *evaluated)
{
    gsize i;
    json_t *one;
    leuko_html_raw(page, "<li><div class=\"outcomes\">");
    json_array_foreach(splits, i, one)
    {
        g_autofree gchar *title = g_strdup_printf(
            "%s split%s", leuko_member_text(one, "split"),
            is_evaluated(evaluated, leuko_member_text(one, "split")) ? ", evaluated" : "");
        begin_box(page, "box", title);
        leuko_html_add(page, "images: %d", leuko_member_int(one, "images"));
        if (leuko_member_int(one, "copies") > 0)
            leuko_html_add(page, " (augmented copies: %d)", leuko_member_int(one, "copies"));
        add_groups(page, one);
        add_counts(page, leuko_member(one, "classes"));
        leuko_html_raw(page, "</div>");
    }
    leuko_html_raw(page, "</div></li>\n");
}

static void add_evaluated(GString *page, json_t *flow, json_t *selective)
{
    json_t *evaluated = leuko_member(flow, "evaluated");
    const char *split = leuko_member_text(evaluated, "split");
    leuko_html_raw(page, "<li>");
    begin_box(page, "box", "Evaluated");
    leuko_html_add(page, "images: %d", leuko_member_int(evaluated, "images"));
    add_groups(page, evaluated);
    leuko_html_add(page, "%s%s", split ? "; " : "", split ? split : "");
    add_counts(page, leuko_member(evaluated, "classes"));
    leuko_html_raw(page, "</div>");
    if (leuko_member_int(selective, "n_referred") > 0) {
        begin_box(page, "box out", "Referred to a person");
        leuko_html_add(page, "images: %d; they are counted below as the model would decide them",
                       leuko_member_int(selective, "n_referred"));
        leuko_html_raw(page, "</div>");
    }
    leuko_html_raw(page, "</li>\n");
}

static void add_decisions(GString *page, json_t *decisions)
{
    gsize i;
    json_t *one;
    leuko_html_raw(page, "<li><div class=\"outcomes\">");
    json_array_foreach(decisions, i, one)
    {
        g_autofree gchar *title = g_strdup_printf("Decided %s", leuko_member_text(one, "decision"));
        begin_box(page, "box", title);
        leuko_html_add(page, "images: %d; ground truth:", leuko_member_int(one, "images"));
        add_counts(page, leuko_member(one, "truth"));
        leuko_html_raw(page, "</div>");
    }
    leuko_html_raw(page, "</div></li>\n");
}

void leuko_section_flow(GString *page, json_t *document)
{
    json_t *flow = leuko_member(document, "flow"), *splits = leuko_member(flow, "splits");
    json_t *result = leuko_member(document, "result");
    json_t *selective = leuko_member(leuko_member(result, "first") ? NULL : result, "selective");
    if (!json_is_object(flow))
        return;
    leuko_section_begin(page, "flow", "Flow of the data");
    if (leuko_member_text(flow, "note"))
        leuko_html_add(page, "<p class=\"note\">%s</p>", leuko_member_text(flow, "note"));
    leuko_html_raw(page, "<ol class=\"flow\">\n");
    if (json_is_integer(leuko_member(flow, "files"))) {
        leuko_html_raw(page, "<li>");
        begin_box(page, "box", "Files found");
        leuko_html_add(page, "files: %d</div>", leuko_member_int(flow, "files"));
        add_excluded(page, leuko_member(flow, "excluded"));
        leuko_html_raw(page, "</li>\n");
    }
    if (json_array_size(splits) > 0)
        add_splits(page, splits, leuko_member_text(leuko_member(flow, "evaluated"), "split"));
    add_evaluated(page, flow, selective);
    add_decisions(page, leuko_member(flow, "decisions"));
    leuko_html_raw(page, "</ol>\n");
    leuko_section_end(page);
}
