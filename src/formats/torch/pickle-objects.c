#include "base/error.h"
#include "formats/torch/pickle-machine.h"
#include <string.h>

/* An import that is not on the list is OPAQUE: it has a name, and so has what a call of it gives.
 * Those that start programs or run code are refused, wherever they stand. */
static gboolean push_global(LeukoPickleMachine *m, const char *module, const char *name,
                            GError **error)
{
    gint index = leuko_torch_global_find(module, name);
    if (index >= 0) {
        LeukoPickleValue *known = leuko_pickle_push(m, LEUKO_PICKLE_GLOBAL);
        if (known)
            known->global = (guint)index;
        return known ? TRUE : leuko_budget_fail(&m->budget, error);
    }
    if (leuko_torch_global_is_hostile(module, name)) {
        g_autofree gchar *joined = g_strconcat(module, ".", name, NULL),
                         *why = leuko_torch_global_refusal(joined);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED, "%s: its pickle %s", m->name, why);
        return FALSE;
    }
    gsize n_module = strlen(module), n_name = strlen(name);
    LeukoPickleValue *other = leuko_pickle_push(m, LEUKO_PICKLE_OPAQUE);
    gchar *text =
        other ? leuko_pile_take(m->pickle->pile, &m->budget, n_module + n_name + 2) : NULL;
    if (!text)
        return leuko_budget_fail(&m->budget, error);
    memcpy(text, module, n_module);
    text[n_module] = '.';
    memcpy(text + n_module + 1, name, n_name + 1);
    other->text = text;
    return TRUE;
}

gboolean leuko_pickle_import(LeukoPickleMachine *m, GError **error)
{
    g_autofree gchar *module = leuko_pickle_take_line(m),
                     *name = module ? leuko_pickle_take_line(m) : NULL;
    return name ? push_global(m, module, name, error)
                : leuko_pickle_fail(m, error, "it ends inside an import");
}

gboolean leuko_pickle_import_stack(LeukoPickleMachine *m, GError **error)
{
    LeukoPickleValue *name = leuko_pickle_pop(m), *module = leuko_pickle_pop(m);
    if (!name || !module || name->kind != LEUKO_PICKLE_TEXT || module->kind != LEUKO_PICKLE_TEXT)
        return leuko_pickle_fail(m, error, "an import without names");
    return push_global(m, module->text, name->text, error);
}

/* --- calls ---------------------------------------------------------------------------------- */

static gboolean make_tensor(LeukoPickleMachine *m, const LeukoPickleValue *args, GError **error)
{
    const LeukoPickleValue *storage = leuko_pickle_item(args, 0),
                           *offset = leuko_pickle_item(args, 1), *size = leuko_pickle_item(args, 2),
                           *stride = leuko_pickle_item(args, 3);
    if (!storage || storage->kind != LEUKO_PICKLE_STORAGE || !offset ||
        offset->kind != LEUKO_PICKLE_INT || !size || size->kind != LEUKO_PICKLE_LIST || !stride ||
        stride->kind != LEUKO_PICKLE_LIST)
        return leuko_pickle_fail(m, error, "a tensor without storage, offset, size and stride");
    LeukoPickleValue *t = leuko_pickle_push(m, LEUKO_PICKLE_TENSOR);
    if (!t)
        return leuko_budget_fail(&m->budget, error);
    t->storage = storage;
    t->offset = offset->integer;
    t->size = size;
    t->stride = stride;
    return TRUE;
}

/* OrderedDict() and OrderedDict([(key, value), ...]). */
static gboolean make_dict(LeukoPickleMachine *m, const LeukoPickleValue *args, GError **error)
{
    const LeukoPickleValue *pairs = leuko_pickle_item(args, 0);
    LeukoPickleValue *dict = leuko_pickle_push(m, LEUKO_PICKLE_DICT);
    guint n = pairs && pairs->kind == LEUKO_PICKLE_LIST ? leuko_pickle_n_items(pairs) : 0;
    if (!dict)
        return leuko_budget_fail(&m->budget, error);
    for (guint i = 0; i < n; i++) {
        const LeukoPickleValue *key = leuko_pickle_item(pairs->items[i], 0),
                               *value = leuko_pickle_item(pairs->items[i], 1);
        if (key && value &&
            (!leuko_pickle_append(m, dict, key) || !leuko_pickle_append(m, dict, value)))
            return leuko_pickle_fail(m, error,
                                     "its dictionaries hold more items than it has bytes");
    }
    return TRUE;
}

static gboolean call(LeukoPickleMachine *m, const LeukoPickleValue *callee,
                     const LeukoPickleValue *args, GError **error);

/* (function, class, arguments, ...): the function rebuilds the tensor, of a class of tensors. */
static gboolean make_typed(LeukoPickleMachine *m, const LeukoPickleValue *args, GError **error)
{
    const LeukoPickleValue *function = leuko_pickle_item(args, 0),
                           *inner = leuko_pickle_item(args, 2);
    if (!function || function->kind != LEUKO_PICKLE_GLOBAL || !inner ||
        inner->kind != LEUKO_PICKLE_LIST ||
        leuko_torch_globals[function->global].use == LEUKO_GLOBAL_TYPED)
        return leuko_pickle_fail(m, error, "a tensor of a class without function and arguments");
    return call(m, function, inner, error);
}

static gboolean push_first(LeukoPickleMachine *m, const LeukoPickleValue *args, GError **error)
{
    const LeukoPickleValue *first = leuko_pickle_item(args, 0);
    if (!first)
        return leuko_pickle_fail(m, error, "a call without arguments");
    return leuko_pickle_push_value(m, first) ? TRUE : leuko_budget_fail(&m->budget, error);
}

static gboolean call(LeukoPickleMachine *m, const LeukoPickleValue *callee,
                     const LeukoPickleValue *args, GError **error)
{
    if (callee->kind == LEUKO_PICKLE_OPAQUE) {
        LeukoPickleValue *object = leuko_pickle_push(m, LEUKO_PICKLE_OPAQUE);
        if (object)
            object->of = callee->of ? callee->of : callee;
        return object ? TRUE : leuko_budget_fail(&m->budget, error);
    }
    switch (leuko_torch_globals[callee->global].use) {
    case LEUKO_GLOBAL_TENSOR:
        return make_tensor(m, args, error);
    case LEUKO_GLOBAL_TYPED:
        return make_typed(m, args, error);
    case LEUKO_GLOBAL_DICT:
        return make_dict(m, args, error);
    case LEUKO_GLOBAL_PARAMETER:
    case LEUKO_GLOBAL_LIST:
        return push_first(m, args, error);
    case LEUKO_GLOBAL_STORAGE:
    case LEUKO_GLOBAL_INERT:
        break;
    }
    return leuko_pickle_push(m, LEUKO_PICKLE_INERT) ? TRUE : leuko_budget_fail(&m->budget, error);
}

gboolean leuko_pickle_call(LeukoPickleMachine *m, gboolean has_keywords, GError **error)
{
    const LeukoPickleValue *keywords = has_keywords ? leuko_pickle_pop(m) : NULL;
    const LeukoPickleValue *args = leuko_pickle_pop(m), *callee = leuko_pickle_pop(m);
    if ((has_keywords && !keywords) || !args || args->kind != LEUKO_PICKLE_LIST || !callee ||
        (callee->kind != LEUKO_PICKLE_GLOBAL && callee->kind != LEUKO_PICKLE_OPAQUE))
        return leuko_pickle_fail(m, error, "a call of something that is not callable");
    return call(m, callee, args, error);
}

/* --- persistent ids ------------------------------------------------------------------------- */

static const LeukoGlobal *storage_class(const LeukoPickleValue *v)
{
    const LeukoGlobal *g =
        v && v->kind == LEUKO_PICKLE_GLOBAL ? &leuko_torch_globals[v->global] : NULL;
    return g && g->use == LEUKO_GLOBAL_STORAGE ? g : NULL;
}

/* ('storage', torch.XStorage, KEY, DEVICE, N[, VIEW]); in a legacy file also
 * ('module', CLASS, FILE, SOURCE), which stands for a class of a whole module. */
gboolean leuko_pickle_persistent(LeukoPickleMachine *m, GError **error)
{
    const LeukoPickleValue *id = leuko_pickle_pop(m), *word = leuko_pickle_item(id, 0),
                           *class = leuko_pickle_item(id, 1), *key = leuko_pickle_item(id, 2),
                           *n = leuko_pickle_item(id, 4), *view = leuko_pickle_item(id, 5);
    const LeukoGlobal *global = storage_class(class);
    const char *kind = word && word->kind == LEUKO_PICKLE_TEXT ? word->text : "";
    if (strcmp(kind, "module") == 0 && class && class->kind == LEUKO_PICKLE_OPAQUE) {
        return leuko_pickle_push_value(m, class) ? TRUE : leuko_budget_fail(&m->budget, error);
    }
    if (strcmp(kind, "storage") != 0 || !global || !key || key->kind != LEUKO_PICKLE_TEXT || !n ||
        n->kind != LEUKO_PICKLE_INT || n->integer < 0)
        return leuko_pickle_fail(m, error, "a persistent id that is not a torch storage");
    LeukoPickleValue *s = leuko_pickle_push(m, LEUKO_PICKLE_STORAGE);
    if (!s || !leuko_budget_heap(&m->budget, 2 * sizeof(gpointer))) /* in `storages` */
        return leuko_budget_fail(&m->budget, error);
    s->type = global->type;
    s->value_bytes = global->value_bytes;
    s->text = key->text;
    s->n_values = n->integer;
    s->view = view && view->kind == LEUKO_PICKLE_LIST ? view : NULL;
    g_ptr_array_add(m->pickle->storages, s);
    return TRUE;
}
