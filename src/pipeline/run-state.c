#include "pipeline/run-state.h"
#include "base/error.h"
#include "base/io-error.h"
#include "base/json.h"
#include "leuko/version.h"
#include <string.h>

enum { FORMAT = 1 };

const char *leuko_run_stage_name(guint stage)
{
    static const char *const names[LEUKO_N_RUN_STAGES] = {"check", "sort", "train", "crossval",
                                                          "compile"};
    g_assert(stage < LEUKO_N_RUN_STAGES);
    return names[stage];
}

void leuko_run_state_free(LeukoRunState *s)
{
    if (!s)
        return;
    for (guint i = 0; i < LEUKO_N_RUN_STAGES; i++)
        g_free(s->commands[i]);
    g_free(s->path);
    g_free(s->data);
    g_clear_pointer(&s->notes, g_ptr_array_unref);
    g_free(s);
}

gboolean leuko_run_state_save(const LeukoRunState *s, GError **error)
{
    json_t *commands = json_array(), *notes = json_array();
    for (guint i = 0; i < LEUKO_N_RUN_STAGES; i++)
        json_array_append_new(
            commands, json_pack("{s:s, s:o, s:b}", "stage", leuko_run_stage_name(i), "command",
                                leuko_json_text(s->commands[i]), "finished", s->finished[i]));
    for (guint i = 0; i < s->notes->len; i++)
        json_array_append_new(notes, leuko_json_text(s->notes->pdata[i]));
    g_autoptr(json_t) json =
        json_pack("{s:i, s:s, s:o, s:o, s:s}", "format", FORMAT, "leuko", leuko_version(),
                  "commands", commands, "notes", notes, "data", s->data);
    return leuko_json_save(json, s->path, error);
}

/* Nothing but the lock and what an interrupted save left may be in the folder of a new run. */
static gboolean is_unused(const char *out, GError **error)
{
    const char *name;
    g_autoptr(GDir) dir = g_dir_open(out, 0, NULL);
    if (!dir)
        return leuko_fail_io(out, "open the folder", error);
    while ((name = g_dir_read_name(dir)))
        if (strcmp(name, "lock") != 0 && name[0] != '.')
            return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                              "%s: holds other files (%s); name a new or empty folder", out, name);
    return TRUE;
}

static gboolean read_stage(LeukoRunState *s, json_t *list, guint i, GError **error)
{
    json_t *entry = json_array_get(list, i);
    const char *command;
    if (!leuko_json_get_string(entry, "command", &command, s->path, error) ||
        !leuko_json_get_bool(entry, "finished", &s->finished[i], s->path, error))
        return FALSE;
    g_autofree gchar *ours = leuko_valid_text(s->commands[i]);
    /* What is not finished may be done with other options: they may mend what ended the run. */
    return !s->finished[i] || strcmp(command, ours) == 0 ||
           leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                      "%s: belongs to a run with other data or options (%s); name another folder",
                      s->path, command);
}

/* A stage that was finished with other data gives an answer that is not that of these data. */
static gboolean data_are_unchanged(const LeukoRunState *s, json_t *json, GError **error)
{
    const char *before = json_string_value(json_object_get(json, "data"));
    return !before || strcmp(before, s->data) == 0 || !s->finished[0] ||
           leuko_fail(LEUKO_ERROR_DATA, error,
                      "%s: images, tables or weights have changed since this run began; name "
                      "another folder, or remove this one",
                      s->path);
}

static gboolean load(LeukoRunState *s, GError **error)
{
    g_autoptr(json_t) json = leuko_json_load(s->path, error);
    if (!json || !leuko_json_check_format(json, FORMAT, s->path, error))
        return FALSE;
    json_t *list = json_object_get(json, "commands"), *notes = json_object_get(json, "notes");
    if (json_array_size(list) != LEUKO_N_RUN_STAGES)
        return leuko_fail_format(s->path, error, "\"commands\" must be a list of %d",
                                 LEUKO_N_RUN_STAGES);
    for (guint i = 0; i < LEUKO_N_RUN_STAGES; i++)
        if (!read_stage(s, list, i, error))
            return FALSE;
    if (!data_are_unchanged(s, json, error))
        return FALSE;
    for (gsize i = 0; i < json_array_size(notes); i++)
        if (json_is_string(json_array_get(notes, i)))
            g_ptr_array_add(s->notes, g_strdup(json_string_value(json_array_get(notes, i))));
    return TRUE;
}

LeukoRunState *leuko_run_state_open(const char *out, gchar *const *commands, const char *data,
                                    GError **error)
{
    g_autoptr(LeukoRunState) s = g_new0(LeukoRunState, 1);
    s->path = g_build_filename(out, "run.json", NULL);
    s->data = g_strdup(data);
    s->notes = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < LEUKO_N_RUN_STAGES; i++)
        s->commands[i] = g_strdup(commands[i]);
    gboolean ok = leuko_is_absent(s->path) ? is_unused(out, error) && leuko_run_state_save(s, error)
                                           : load(s, error);
    return ok ? g_steal_pointer(&s) : NULL;
}
