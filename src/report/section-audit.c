/* Audit, provenance, the model, and the checklists. */
#include "report/sections.h"
#include <math.h>
#include <string.h>

static void begin_facts(GString *page)
{
    leuko_html_raw(page, "<div class=\"scroll\"><table class=\"facts\"><tbody>\n");
}

static void add_fact(GString *page, const char *name, const char *text)
{
    if (text)
        leuko_html_add(page, "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n", name, text);
}

/* A value of JSON for a reader: text, number, "yes" and "no", "none"; objects as "key value" pairs.
 * Appended to `text`. */
static void append_value(GString *text, json_t *value)
{
    const char *key, *separator = "";
    json_t *inner;
    gsize i;
    if (json_is_string(value))
        g_string_append(text, json_string_value(value));
    else if (json_is_integer(value))
        g_string_append_printf(text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        g_string_append_printf(text, "%.6g", json_real_value(value));
    else if (json_is_boolean(value))
        g_string_append(text, json_is_true(value) ? "yes" : "no");
    else if (json_is_null(value) || !value)
        g_string_append(text, "none");
    json_array_foreach(value, i, inner)
    {
        g_string_append(text, separator);
        append_value(text, inner);
        separator = json_is_object(inner) ? "; " : ", ";
    }
    json_object_foreach(value, key, inner)
    {
        g_string_append_printf(text, "%s%s ", separator, key);
        append_value(text, inner);
        separator = ", ";
    }
}

static void add_value(GString *page, const char *name, json_t *value)
{
    if (!value || json_is_null(value))
        return;
    g_autoptr(GString) text = g_string_new(NULL);
    append_value(text, value);
    add_fact(page, name, text->str);
}

/* --- audit ---------------------------------------------------------------------------------- */

static void add_ledger(GString *page, json_t *ledger)
{
    gsize i;
    json_t *one;
    if (!json_is_array(ledger))
        return;
    leuko_html_add(page, "<details><summary>Ledger of the test split (%d)</summary>",
                   (int)json_array_size(ledger));
    leuko_table_begin(page, "Every opening of the test split, the last 50, this one included.",
                      "opened|command|model (SHA-256)");
    json_array_foreach(ledger, i, one)
        leuko_html_add(page,
                       "<tr><td class=\"range\">%s</td><td class=\"name\">%s</td><td "
                       "class=\"name\"><code>%s</code></td></tr>\n",
                       leuko_member_text(one, "opened"), leuko_member_text(one, "command"),
                       leuko_member_text(one, "model"));
    leuko_table_end(page);
    leuko_html_raw(page, "</details>\n");
}

static void add_list(GString *page, const char *name, json_t *texts, const char *none)
{
    gsize i;
    json_t *text;
    leuko_html_add(page, "<tr><th scope=\"row\">%s</th><td>", name);
    json_array_foreach(texts, i, text) leuko_html_add(page, "<p>%s</p>", json_string_value(text));
    leuko_html_add(page, "%s</td></tr>\n", json_array_size(texts) == 0 ? none : "");
}

void leuko_section_audit(GString *page, json_t *document)
{
    json_t *audit = leuko_member(document, "audit"), *result = leuko_member(document, "result");
    json_t *shared = leuko_member(leuko_member(document, "flow"), "groups_in_two_splits");
    json_t *before = leuko_member(result, "test_opened_before");
    if (!json_is_object(audit))
        return;
    leuko_section_begin(page, "audit", "Audit");
    begin_facts(page);
    add_list(page, "Warnings", leuko_member(audit, "warnings"), "none");
    if (leuko_member(audit, "recognized"))
        add_fact(page, "Training images among these",
                 leuko_member_text(audit, "recognized")
                     ? leuko_member_text(audit, "recognized")
                     : "the model has no list that can be read: they are not recognized");
    if (json_is_integer(shared))
        add_value(page, "Groups in two splits", shared);
    if (leuko_member(audit, "allowed_leaks"))
        add_value(page, "Leaks allowed in training", leuko_member(audit, "allowed_leaks"));
    else
        add_fact(page, "Leaks allowed in training", "none recorded");
    if (json_is_object(before)) {
        g_autofree gchar *times =
            g_strdup_printf("before: %d, for models: %d", leuko_member_int(before, "times"),
                            leuko_member_int(before, "models"));
        add_fact(page, "Test split opened", times);
    }
    leuko_html_raw(page, "</tbody></table></div>\n");
    add_ledger(page, leuko_member(audit, "ledger"));
    leuko_section_end(page);
}

/* --- provenance ----------------------------------------------------------------------------- */

static void add_code(GString *page, const char *name, const char *text)
{
    if (text)
        leuko_html_add(page, "<tr><th scope=\"row\">%s</th><td><code>%s</code></td></tr>\n", name,
                       text);
}

static void add_model_digests(GString *page, json_t *model, const char *prefix)
{
    json_t *p = leuko_member(model, "provenance");
    g_autofree gchar *parameters = g_strdup_printf("%sparameters, SHA-256", prefix);
    g_autofree gchar *weights = g_strdup_printf("%sinitial weights", prefix);
    g_autofree gchar *digest = g_strdup_printf("%sinitial weights, SHA-256", prefix);
    g_autofree gchar *training = g_strdup_printf("%straining data, SHA-256", prefix);
    g_autofree gchar *command = g_strdup_printf("%straining command", prefix);
    add_code(page, parameters, leuko_member_text(model, "digest"));
    add_code(page, weights, leuko_member_text(p, "weights"));
    add_code(page, digest, leuko_member_text(p, "weights_digest"));
    add_code(page, training, leuko_member_text(p, "dataset"));
    add_code(page, command, leuko_member_text(p, "command_line"));
}

void leuko_section_provenance(GString *page, json_t *document)
{
    json_t *p = leuko_member(document, "provenance"), *result = leuko_member(document, "result");
    json_t *first = leuko_member(result, "first");
    if (!json_is_object(p))
        return;
    leuko_section_begin(page, "provenance", "Provenance and digests");
    begin_facts(page);
    add_code(page, "Command", leuko_member_text(p, "command"));
    add_code(page, "Data", leuko_member_text(first ? first : result, "data"));
    add_code(page, "Data, SHA-256", leuko_member_text(p, "dataset"));
    add_code(page, first ? "First model" : "Model",
             leuko_member_text(first ? first : result, "model"));
    add_model_digests(page, leuko_member(document, "model"), first ? "First model: " : "Model: ");
    if (first) {
        add_code(page, "Second model", leuko_member_text(leuko_member(result, "second"), "model"));
        add_model_digests(page, leuko_member(document, "second_model"), "Second model: ");
    }
    add_value(page, "Precision", leuko_member(first ? first : result, "precision"));
    add_value(page, "Reason of the precision",
              leuko_member(first ? first : result, "precision_reason"));
    g_autofree gchar *versions =
        g_strdup_printf("Leuko %s, oneDNN %s, instruction set %s", leuko_member_text(p, "leuko"),
                        leuko_member_text(p, "onednn"), leuko_member_text(p, "instruction_set"));
    add_fact(page, "Versions", versions);
    leuko_html_raw(page, "</tbody></table></div>\n");
    leuko_section_end(page);
}

/* --- the model ------------------------------------------------------------------------------ */

/* A fact that people have to write. */
static void add_open(GString *page, const char *name)
{
    leuko_html_add(page,
                   "<tr><th scope=\"row\">%s</th><td><span class=\"state open\">open</span>, to be "
                   "written by the authors</td></tr>\n",
                   name);
}

static void add_card(GString *page, json_t *model)
{
    json_t *p = leuko_member(model, "provenance");
    begin_facts(page);
    add_fact(page, "Use", "Research use only, not for diagnosis");
    add_open(page, "Intended users and setting");
    add_open(page, "Population that the training data stand for");
    add_value(page, "Architecture", leuko_member(model, "architecture"));
    add_value(page, "Classes", leuko_member(model, "classes"));
    add_value(page, "Positive class", leuko_member(model, "positive"));
    add_value(page, "Preprocessing", leuko_member(model, "preprocessing"));
    add_value(page, "Views of an image", leuko_member(model, "views"));
    add_value(page, "Decision threshold", leuko_member(model, "threshold"));
    add_value(page, "Choice of the threshold", leuko_member(model, "threshold_choice"));
    add_value(page, "Share for a positive patient", leuko_member(model, "patient_share"));
    add_value(page, "Temperature", leuko_member(model, "temperature"));
    add_value(page, "Calibration", leuko_member(model, "calibration"));
    add_value(page, "Referral of classes", leuko_member(model, "referral"));
    add_value(page, "Referral of unlike images", leuko_member(model, "typical"));
    add_value(page, "Recipe", leuko_member(p, "recipe"));
    add_value(page, "Seed", leuko_member(p, "seed"));
    add_value(page, "Division into splits", leuko_member(p, "split"));
    add_value(page, "Training images and groups", leuko_member(p, "training"));
    add_value(page, "Figures at the end of training", leuko_member(p, "figures"));
    add_value(page, "Note", leuko_member(p, "note"));
    add_value(page, "Version of Leuko", leuko_member(p, "version"));
    add_open(page, "Ethics, fairness, harms");
    leuko_html_raw(page, "</tbody></table></div>\n");
}

void leuko_section_model(GString *page, json_t *document)
{
    json_t *model = leuko_member(document, "model"),
           *second = leuko_member(document, "second_model");
    json_t *recipe = leuko_member(leuko_member(document, "result"), "recipe");
    if (json_is_object(model)) {
        leuko_section_begin(page, "model", "Model card");
        leuko_html_raw(page, second ? "<h3>First model</h3>" : "");
        add_card(page, model);
        if (second) {
            leuko_html_raw(page, "<h3>Second model</h3>");
            add_card(page, second);
        }
        leuko_section_end(page);
    } else if (json_is_object(recipe)) {
        const char *key;
        json_t *value;
        leuko_section_begin(page, "model", "Recipe");
        begin_facts(page);
        json_object_foreach(recipe, key, value) add_value(page, key, value);
        leuko_html_raw(page, "</tbody></table></div>\n");
        leuko_section_end(page);
    }
}

/* --- checklists ----------------------------------------------------------------------------- */

static void add_item(GString *page, json_t *item)
{
    const char *state = leuko_member_text(item, "state"), *add = leuko_member_text(item, "add");
    const char *fact = leuko_member_text(item, "fact");
    leuko_html_add(page,
                   "<tr class=\"is-%s\"><th scope=\"row\">%s</th><td class=\"text\">%s</td><td>"
                   "<span class=\"state %s\">%s</span></td><td class=\"text\">",
                   state, leuko_member_text(item, "number"), leuko_member_text(item, "topic"),
                   state, state);
    leuko_html_add(page, "%s", fact ? fact : "to be written by the authors");
    if (add)
        leuko_html_add(page, "<span class=\"add\">To be added: %s</span>", add);
    leuko_html_raw(page, "</td></tr>\n");
}

void leuko_section_checklists(GString *page, json_t *document)
{
    json_t *lists = leuko_member(document, "checklists"), *list, *item;
    gsize i, k;
    if (!json_is_array(lists))
        return;
    leuko_section_begin(page, "checklists", "Reporting checklists");
    leuko_html_raw(
        page, "<p class=\"note\">Items that the software knows are filled; partly: the authors "
              "add what is named; open: the authors write them. Topics are shortened and in "
              "our words: the guidelines themselves say what an item asks for.</p>");
    json_array_foreach(lists, i, list)
    {
        int n = leuko_member_int(list, "n"), filled = leuko_member_int(list, "filled"),
            partly = leuko_member_int(list, "partly");
        leuko_html_add(page,
                       "<details open><summary>%s %s: rows %d, filled %d, partly %d, open %d"
                       "</summary><p class=\"note\">%s</p>",
                       leuko_member_text(list, "name"), leuko_member_text(list, "version"), n,
                       filled, partly, n - filled - partly, leuko_member_text(list, "source"));
        leuko_html_raw(page, "<table class=\"items\"><thead><tr><th scope=\"col\">item</th><th "
                             "scope=\"col\">topic</th><th scope=\"col\">state</th><th "
                             "scope=\"col\">fact</th></tr></thead><tbody>\n");
        json_array_foreach(leuko_member(list, "items"), k, item) add_item(page, item);
        leuko_html_raw(page, "</tbody></table></details>\n");
    }
    leuko_section_end(page);
}
