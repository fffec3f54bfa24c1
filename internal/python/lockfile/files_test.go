package lockfile

import "testing"

func TestInstalls(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]bool{
		"x-1.tar.gz":               true,
		"x-1.zip":                  true,
		"x-1-py3-none-any.whl":     true,
		"x-1-py2.py3-none-any.whl": true,
		"https://files.example/a/x-1-py3-none-any.whl#sha256=0": true,
		"x-1-py2-none-any.whl":   false,
		"x-1-py311-none-any.whl": true,
		"x-1-py314-none-any.whl": false,
		"x-1-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": true,
		"x-1-py3-none-win_amd64.whl":                                  false,
		"x-1-cp312-cp312-manylinux_2_28_x86_64.whl":                   true,
		"x-1-1-cp312-cp312-linux_x86_64.whl":                          true,
		"x-1-cp312-cp312-musllinux_1_2_x86_64.whl":                    true,
		"x-1-cp312-cp312-manylinux_2_28_aarch64.whl":                  false,
		"x-1-cp312-cp312-macosx_11_0_x86_64.whl":                      false,
		"x-1-cp312-cp312t-linux_x86_64.whl":                           false,
		"x-1-cp311-cp311-linux_x86_64.whl":                            false,
		"x-1-cp311-none-any.whl":                                      false,
		"x-1-cp312-none-any.whl":                                      true,
		"x-1-cp39-abi3-manylinux2014_x86_64.whl":                      true,
		"x-1-cp313-abi3-manylinux2014_x86_64.whl":                     false,
		"x-1-pp312-pypy312_pp73-linux_x86_64.whl":                     false,
		"strange.whl": true,
		"":            true,
	} {
		if got := installs(file, "3.12"); got != want {
			t.Errorf("installs(%s) = %v", file, got)
		}
	}
}

// TestInstallsFreeThreaded: the build without the global lock takes no other's wheels.
func TestInstallsFreeThreaded(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]bool{
		"x-1-cp314-cp314t-linux_x86_64.whl":     true,
		"x-1-cp314-cp314-linux_x86_64.whl":      false,
		"x-1-cp313-cp313t-linux_x86_64.whl":     false,
		"x-1-cp39-abi3-linux_x86_64.whl":        false,
		"x-1-cp314-abi3t-linux_x86_64.whl":      true,
		"x-1-cp315-abi3.abi3t-linux_x86_64.whl": false,
		"x-1-py3-none-any.whl":                  true,
	} {
		if got := installs(file, "3.14t"); got != want {
			t.Errorf("installs(%s) = %v", file, got)
		}
	}
}
