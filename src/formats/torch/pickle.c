#include "formats/torch/pickle.h"
#include <string.h>

guint leuko_pickle_n_items(const LeukoPickleValue *v)
{
    return v && (v->kind == LEUKO_PICKLE_LIST || v->kind == LEUKO_PICKLE_DICT) ? v->n_items : 0;
}

const LeukoPickleValue *leuko_pickle_get(const LeukoPickleValue *dict, const char *key)
{
    guint n = dict && dict->kind == LEUKO_PICKLE_DICT ? leuko_pickle_n_items(dict) : 0;
    for (guint i = 0; i + 1 < n; i += 2) {
        const LeukoPickleValue *k = dict->items[i];
        if (k->kind == LEUKO_PICKLE_TEXT && strcmp(k->text, key) == 0)
            return dict->items[i + 1];
    }
    return NULL;
}

const LeukoPickleValue *leuko_pickle_item(const LeukoPickleValue *list, guint index)
{
    gboolean there = list && list->kind == LEUKO_PICKLE_LIST && index < leuko_pickle_n_items(list);
    return there ? list->items[index] : NULL;
}

const char *leuko_pickle_class(const LeukoPickleValue *v)
{
    return v->kind != LEUKO_PICKLE_OPAQUE ? NULL : v->of ? v->of->text : v->text;
}
