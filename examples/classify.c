/* Classify images, once from their files and once from memory.
 *
 *     cc classify.c -o classify $(pkg-config --cflags --libs leuko)
 *     ./classify AML.graph cell.jpg ...
 */
#include <leuko/leuko.h>
#include <stdio.h>
#include <stdlib.h>

/* The program reads the file itself, as one that gets its images from a network or a camera. */
static gboolean classify_from_memory(LeukoClassifier *classifier, const char *path, GError **error)
{
    gchar *bytes = NULL;
    gsize n_bytes = 0;
    if (!g_file_get_contents(path, &bytes, &n_bytes, error))
        return FALSE;
    LeukoAnswer *answer = leuko_classifier_classify_bytes(classifier, bytes, n_bytes, path, error);
    g_free(bytes);
    if (!answer)
        return FALSE;
    printf("%s: %s %.4f\n", answer->file, leuko_answer_class(answer), answer->confidence);
    for (guint k = 0; k < answer->n_classes; k++)
        printf("  p(%s) = %.4f\n", answer->classes[k], answer->probabilities[k]);
    leuko_answer_free(answer);
    return TRUE;
}

/* Called for each file, in order. */
static gboolean print_answer(const LeukoAnswer *answer, gpointer user_data, GError **error)
{
    (void)user_data;
    (void)error;
    if (answer->error)
        fprintf(stderr, "%s\n", answer->error->message); /* the job goes on */
    else
        printf("%s: %s %.4f%s\n", answer->file, leuko_answer_class(answer), answer->confidence,
               answer->refer ? " (a person must decide)" : "");
    return TRUE;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: classify MODEL IMAGE...\n");
        return EXIT_FAILURE;
    }
    GError *error = NULL;
    LeukoClassifier *classifier = leuko_classifier_open(argv[1], NULL, &error);
    gboolean ok =
        classifier && classify_from_memory(classifier, argv[2], &error) &&
        leuko_classifier_classify_files(classifier, (const char *const *)argv + 2, (guint)argc - 2,
                                        print_answer, NULL, NULL, &error);
    if (!ok) {
        fprintf(stderr, "%s\n", error->message);
        g_error_free(error);
    }
    puts(LEUKO_RESEARCH_ONLY);
    leuko_classifier_free(classifier);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
