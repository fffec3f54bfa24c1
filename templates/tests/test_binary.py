"""Tests of imports whose compiled parts do not fit together; the texts are those of the real ones."""

import shutil
import unittest

from test_imports import Environment


class Binary(Environment):
    def test_compiled_for_another_numpy(self):
        """Found in the wild: pandas 2.1.1 beside numpy 2, and its kin."""
        self.install("numpy", {"numpy.py": ""}, "2.3.5")
        for name, raised in (
            ("pandas", "ValueError('numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C header, got 88 from PyObject')"),
            ("bottleneck", "ImportError('numpy.core.multiarray failed to import')"),
            ("umath", "ImportError('numpy._core.umath failed to import')"),
            ("sklearn", "AttributeError('_ARRAY_API not found')"),
            ("tables", "ImportError('\\nA module that was compiled using NumPy 1.x cannot be run in\\nNumPy 2.3.5 as it may crash.')"),
            ("rdkit", "RuntimeError('module compiled against ABI version 0x1000009 but this version of numpy is 0x2000000')"),
        ):
            with self.subTest(name):
                self.install(name, {name + ".py": "raise " + raised}, "2.1.1")
                error = self.check()[1]
                self.assertRegex(error, rf"(?m)^error: {name} 2.1.1: import {name}: \w+: .*(?i:numpy|array_api).*\n"
                                        rf"  write into requirements.txt:  numpy<2\n  or pin a newer {name}, one that was compiled for numpy 2.3.5\n"
                                        rf"  or, if the app never uses it:  wheels: {{skip_imports: \[{name}\]}}$")
                shutil.rmtree(self.site / f"{name}-2.1.1.dist-info")

    def test_compiled_for_a_newer_numpy(self):
        self.install("numpy", {"numpy.py": ""}, "1.22.4")
        for text, wanted in (
            ("numpy.ndarray size changed, may indicate binary incompatibility. Expected 96 from C header, got 80 from PyObject", "numpy>1.22.4"),
            ("module compiled against API version 0x10 but this version of numpy is 0xf", "numpy>=1.23"),
            ("module was compiled against NumPy C-API version 0x13 (NumPy 2.1) but the running NumPy has C-API version 0xf.", "numpy>=2.1"),
        ):
            self.install("some", {"some.py": f"raise RuntimeError({text!r})\n"})
            self.assertIn(f"requirements.txt:  {wanted}\n", self.check()[1])

    def test_what_numpy_prints_although_the_import_goes_on(self):
        told = "import sys\nsys.stderr.write('A module that was compiled using NumPy 1.x cannot be run in\\nNumPy 2.3.5 as it may crash.')\n"
        self.install("numpy", {"numpy.py": ""}, "2.3.5")
        self.install("torch", {"torch.py": told}, "2.1")
        self.install("user", {"zuser.py": "import torch\n" + told + "sys.stderr.write('File \"/x/site-packages/torch/__init__.py\", line 7, in x')\n"})
        said, error = self.check()
        self.assertEqual([line for line in error.splitlines() if line.startswith("error")],
                         ["error: torch 2.1: import torch: it prints: A module that was compiled using NumPy 1.x cannot be run in"])
        self.assertIn("numpy<2", error)

    def test_parts_that_do_not_fit(self):
        self.install("greenlet", {"greenlet.py": ""}, "2.0.2")
        for raised, wanted in (
            ("ValueError('greenlet.greenlet size changed, may indicate binary incompatibility. Expected 144 from C header, got 152 from PyObject')",
             "pin another version of greenlet than 2.0.2"),
            ("TypeError('C function scipy.linalg.cython_blas.dgemm has wrong signature (expected x, got y)')", "pin another version of odd"),
            ("ImportError('greenlet._greenlet does not export expected C function f')", "pin another version of greenlet than 2.0.2"),
            ("ImportError('/x.so: undefined symbol: PyUnicode_GetMax')", "another Python"),
            ("ImportError('/x.so: undefined symbol: _ZN5torch3jit')", "another torch"),
            ("AttributeError('/x.so: undefined symbol: magic_setparam')", "no_binary: [odd]"),
            ("ImportError(\"/lib/libc.so.6: version `GLIBC_2.38' not found (required by /x.so)\")", "the base image's GLIBC_2.38 is older"),
            ("OSError(\"libstdc++.so.6: version `GLIBCXX_3.4.32' not found\")", "set base_image to a newer Debian"),
            ("ImportError('/x.so: wrong ELF class: ELFCLASS32')", "for this machine"),
            ("OSError('/x.so: file too short')", "for this machine"),
            ("ImportError('Python version mismatch: module was compiled for Python 3.10, but')", "another Python"),
            ("ImportError(\"bad magic number in 'odd': b'x'\")", "another Python"),
            ("ImportError('dynamic module does not define module export function (PyInit_odd)')", "another Python"),
            ("TypeError('Descriptors cannot be created directly.')", "requirements.txt:  protobuf<3.21"),
            ("RuntimeError('Detected incompatible Protobuf Gencode/Runtime versions when loading a.proto: gencode 5.27.2 runtime 4.25.0.')", "protobuf>=5.27.2\n"),
            ("SystemError('The installed pydantic-core version (2.9.0) is incompatible with the current pydantic version, which requires 2.14.5.')",
             "requirements.txt:  pydantic-core==2.14.5\n"),
            ("AttributeError(\"module 'lib' has no attribute 'X509_V_FLAG_CB_ISSUER_CHECK'\")", "a newer pyopenssl"),
        ):
            with self.subTest(raised):
                self.install("odd", {"odd.py": f"raise {raised}\n"})
                self.assertIn(wanted, self.check()[1])


if __name__ == "__main__":
    unittest.main()
