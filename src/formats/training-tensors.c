#include "formats/training-tensors.h"
#include "base/error.h"
#include <string.h>

void leuko_training_tensors(const GPtrArray *lists, GArray *tensors, GPtrArray *names)
{
    for (guint i = 0; i < lists->len; i++) {
        const LeukoTrainingList *l = lists->pdata[i];
        if (!l->images || l->n_images == 0)
            continue;
        gsize width = leuko_training_image_bytes(l->version);
        LeukoSafetensor t = {.name = leuko_training_tensor(i),
                             .dtype = "U8",
                             .n_dims = 2,
                             .dims = {l->n_images, width},
                             .n_values = l->n_images * width,
                             .data = g_bytes_get_data(l->images, NULL)};
        g_ptr_array_add(names, (gpointer)t.name);
        g_array_append_val(tensors, t);
    }
}

static const LeukoSafetensor *find(const LeukoSafetensors *file, const char *name)
{
    for (guint i = leuko_safetensors_n_tensors(file); i > 0; i--) /* they are the last ones */
        if (strcmp(leuko_safetensors_nth(file, i - 1)->name, name) == 0)
            return leuko_safetensors_nth(file, i - 1);
    return NULL;
}

gboolean leuko_training_tensors_attach(GPtrArray *lists, const LeukoSafetensors *file,
                                       const char *name, GPtrArray *found, GError **error)
{
    for (guint i = 0; i < lists->len; i++) {
        LeukoTrainingList *l = lists->pdata[i];
        g_autofree gchar *tensor = leuko_training_tensor(i);
        const LeukoSafetensor *t = find(file, tensor);
        if (!t || l->images)
            continue;
        if (found)
            g_ptr_array_add(found, (gpointer)t->name);
        gsize width = leuko_training_image_bytes(l->version);
        if (l->later)
            continue;
        if (strcmp(t->dtype, "U8") != 0 || t->n_dims != 2 || t->dims[0] != l->n_images ||
            t->dims[1] != width)
            return leuko_fail_format(name, error, "tensor \"%s\" must be U8, (%u, %zu)", tensor,
                                     l->n_images, width);
        g_autoptr(GBytes) images = leuko_safetensors_bytes(file, t);
        if (!leuko_training_list_attach(l, images, name, error))
            return FALSE;
    }
    return TRUE;
}
