#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <yaml.h>

/* The number of scalars in a YAML text; ValueError when it is none. */
static PyObject *count(PyObject *self, PyObject *text) {
    Py_ssize_t size;
    const char *bytes = PyUnicode_AsUTF8AndSize(text, &size);
    if (!bytes)
        return NULL;
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return PyErr_NoMemory();
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, (size_t)size);
    long scalars = 0;
    for (int done = 0; !done;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            PyErr_Format(PyExc_ValueError, "line %zu: %s", parser.problem_mark.line + 1,
                         parser.problem ? parser.problem : "no YAML");
            yaml_parser_delete(&parser);
            return NULL;
        }
        scalars += event.type == YAML_SCALAR_EVENT;
        done = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return PyLong_FromLong(scalars);
}

static PyMethodDef methods[] = {
    {"count", count, METH_O, "The number of scalars in a YAML text."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "gcpd_yamlcount", NULL, -1, methods};

PyMODINIT_FUNC PyInit_gcpd_yamlcount(void) { return PyModule_Create(&module); }
