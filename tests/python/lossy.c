/* SPDX-License-Identifier: MIT */
/* An extension that loses what it should let go: each function makes one mistake of real extensions. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* A new list, with whatever it is given in it, that nobody will ever see. */
static PyObject *lose_list(PyObject *self, PyObject *item)
{
    (void)self;
    PyObject *list = PyList_New(1);
    if (!list)
        return NULL;
    Py_INCREF(item);
    PyList_SET_ITEM(list, 0, item);
    Py_RETURN_NONE;
}

/* The result of a call is a new reference: forgotten here. The bytes look like a pointer to those lost before. */
static PyObject *lose_bytes(PyObject *self, PyObject *size)
{
    (void)self;
    long count = PyLong_AsLong(size);
    if (count == -1 && PyErr_Occurred())
        return NULL;
    static uintptr_t before_hidden; /* inverted, or it would be a pointer */
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, count);
    if (!bytes)
        return NULL;
    uintptr_t before = ~before_hidden;
    memcpy(PyBytes_AS_STRING(bytes), &before, sizeof before);
    before_hidden = ~(uintptr_t)bytes;
    Py_RETURN_NONE;
}

/* One reference too many to an object that the caller keeps. */
static PyObject *keep_once_more(PyObject *self, PyObject *object)
{
    (void)self;
    Py_INCREF(object);
    Py_RETURN_NONE;
}

/* Native memory, lost as in any C program. */
static PyObject *lose_memory(PyObject *self, PyObject *size)
{
    (void)self;
    long count = PyLong_AsLong(size);
    if (count == -1 && PyErr_Occurred())
        return NULL;
    memset(malloc((size_t)count), 1, (size_t)count);
    memset(PyMem_Malloc((size_t)count), 1, (size_t)count);
    Py_RETURN_NONE;
}

/* An object with a buffer of its own. */
struct buffer {
    PyObject_HEAD
    PyObject *owner;
    char *bytes;
};

static PyObject *buffer_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    Py_ssize_t size = 0;
    PyObject *owner = Py_None;
    static char *names[] = {"size", "owner", NULL};
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "n|O", names, &size, &owner))
        return NULL;
    struct buffer *self = (struct buffer *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    Py_INCREF(owner);
    self->owner = owner;
    self->bytes = calloc(1, (size_t)size);
    return (PyObject *)self;
}

static int buffer_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((struct buffer *)self)->owner);
    return 0;
}

static int buffer_clear(PyObject *self)
{
    Py_CLEAR(((struct buffer *)self)->owner);
    return 0;
}

static void buffer_free(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    buffer_clear(self);
    free(((struct buffer *)self)->bytes);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *buffer_set_owner(PyObject *self, PyObject *owner)
{
    Py_INCREF(owner);
    Py_SETREF(((struct buffer *)self)->owner, owner);
    Py_RETURN_NONE;
}

static PyMethodDef buffer_methods[] = {
    {"set_owner", buffer_set_owner, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot buffer_slots[] = {
    {Py_tp_new, buffer_new},           {Py_tp_traverse, buffer_traverse}, {Py_tp_clear, buffer_clear},
    {Py_tp_dealloc, buffer_free}, {Py_tp_methods, buffer_methods},   {0, NULL},
};

static PyType_Spec buffer_spec = {
    .name = "lossy.Buffer",
    .basicsize = sizeof(struct buffer),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = buffer_slots,
};

static PyMethodDef functions[] = {
    {"lose_list", lose_list, METH_O, NULL},
    {"lose_bytes", lose_bytes, METH_O, NULL},
    {"keep_once_more", keep_once_more, METH_O, NULL},
    {"lose_memory", lose_memory, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "lossy", .m_size = -1,
                                        .m_methods = functions};

PyMODINIT_FUNC PyInit_lossy(void)
{
    PyObject *module = PyModule_Create(&definition);
    PyObject *type = PyType_FromSpec(&buffer_spec);
    if (!module || !type || PyModule_AddObject(module, "Buffer", type) < 0)
        return NULL;
    return module;
}
