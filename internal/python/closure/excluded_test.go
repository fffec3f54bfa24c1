package closure_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
)

// TestExcludedByMarkers: a requirement that no line of brings to this Python is
// told; one that another line brings, or that is another platform's, is not.
func TestExcludedByMarkers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := `Django==6.0.5; python_version >= "3.12"
numpy==1.26.4; python_version < "3.12"
numpy==2.3.5; python_version >= "3.12"
pywin32; sys_platform == "win32"
tomli; python_version < "3.11"
uvloop; python_full_version >= "3.11.4" and sys_platform != "win32"
both; python_version >= "3.12" or sys_platform == "win32"
Both; python_version >= "3.13"
https://h.example/x-1.zip ; python_version >= "3.13"
plain
`
	if err := os.WriteFile(filepath.Join(dir, "requirements.txt"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cl, err := closure.LoadAll(dir, closure.Sources{Files: []string{"requirements.txt"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for python, want := range map[string][]string{
		"3.11": {"django:1", "tomli:5", "both:7", ":9"},
		"3.12": {"tomli:5", ":9"},
		"3.10": {"django:1", "uvloop:6", "both:7", ":9"},
	} {
		var got []string
		for _, r := range cl.Excluded(python) {
			got = append(got, fmt.Sprintf("%s:%d", r.Name, r.Line))
		}
		if !slices.Equal(got, want) {
			t.Errorf("Python %s: %v, want %v", python, got, want)
		}
	}
}
