#define PY_SSIZE_T_CLEAN
#include <Python.h>

static PyObject *popcount(PyObject *self, PyObject *number) {
    unsigned long long n = PyLong_AsUnsignedLongLong(number);
    if (n == (unsigned long long)-1 && PyErr_Occurred())
        return NULL;
    return PyLong_FromLong(__builtin_popcountll(n));
}

static PyMethodDef methods[] = {
    {"popcount", popcount, METH_O, "The number of one bits."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "gcpd_popcount", NULL, -1, methods};

PyMODINIT_FUNC PyInit_gcpd_popcount(void) { return PyModule_Create(&module); }
