/* Any bytes are read as a model whose parameters fit its network, or an error of our domain whose
 * message is one line is reported. The same holds for the description of `leuko info`. */
#include "formats/tf/graphdef.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd;
    g_autofree gchar *path = fuzz_file(data, size, &fd);
    g_autoptr(GError) error = NULL, describe_error = NULL;
    g_autoptr(LeukoModel) m = leuko_graphdef_load(path, &error);
    if (m) {
        g_assert_no_error(error);
        g_assert_cmpuint(g_strv_length(m->classes), ==, m->spec.n_classes);
        g_autoptr(LeukoNet) net = leuko_net_new(&m->spec, &error);
        g_assert_no_error(error);
        g_assert_true(leuko_params_check(m->params, net, "fuzz", &error));
    } else {
        fuzz_check_error(error);
    }
    g_autofree gchar *text = leuko_graphdef_describe(path, &describe_error);
    if (text)
        g_assert_null(strchr(text, '\n'));
    else
        fuzz_check_error(describe_error);
    (void)leuko_graphdef_sniff(data, size);
    close(fd);
    return 0;
}
