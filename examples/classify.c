/* What class are these cells of?   cc classify.c -o classify $(pkg-config --cflags --libs leuko)
 *                                  ./classify AML.graph cell.jpg ... */
#include <leuko/leuko.h>
#include <stdio.h>
#include <stdlib.h>

static gboolean classify(LeukoSession *session, const char *path, GError **error)
{
    const LeukoModel *model = leuko_session_model(session);
    g_autofree double *p = g_new(double, leuko_model_n_classes(model));
    g_autoptr(LeukoImage) image = leuko_image_load(path, error);
    guint k;

    if (!image || !leuko_session_classify_image(session, image, p, &k, error))
        return FALSE;
    printf("%s: %s %.4f\n", path, leuko_model_class_name(model, k), p[k]);
    return TRUE;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoSession) session = argc > 1 ? leuko_session_open(argv[1], NULL, &error) : NULL;
    gboolean ok = session != NULL;

    for (int i = 2; ok && i < argc; i++)
        ok = classify(session, argv[i], &error);
    if (!ok) {
        fprintf(stderr, "%s\n", error ? error->message : "usage: classify MODEL IMAGE...");
        return EXIT_FAILURE;
    }
    puts("Research use only, not for diagnosis.");
    return EXIT_SUCCESS;
}
