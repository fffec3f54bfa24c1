package detect_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/detect"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

func TestSystemPackages(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		fsys fs.FS
		want []string // nil = there is no such file
		from string
		err  string
	}{
		{"none", tree("requirements.txt", "flask\n"), nil, "", ""},
		{"plain", tree("apt.txt", "libpq5\nffmpeg\n"), []string{"libpq5", "ffmpeg"}, "apt.txt", ""},
		{"comments and blanks", tree("apt.txt", "# for the reports\r\n\r\n  graphviz  # dot\n\tlibmagic1\n"), []string{"graphviz", "libmagic1"}, "apt.txt", ""},
		{"nothing in it", tree("Aptfile", "# later\n"), []string{}, "Aptfile", ""},
		{"several a line, each once", tree("Aptfile", "a1 b2\nb2\n"), []string{"a1", "b2"}, "Aptfile", ""},
		{"both", tree("Aptfile", "libpq5\n", "apt.txt", "ffmpeg\nlibpq5\n"), []string{"ffmpeg", "libpq5"}, "apt.txt, Aptfile", ""},
		{"version and architecture", tree("apt.txt", "libpq5=15.8-0+deb12u1\nlibc6:amd64\n"), []string{"libpq5=15.8-0+deb12u1", "libc6:amd64"}, "apt.txt", ""},
		{"a folder", tree("apt.txt/x", ""), nil, "", ""},
		{"no name", tree("apt.txt", "libpq5\n  Lib_PQ\n"), nil, "", `apt.txt:2:3: must be a Debian package name, not "Lib_PQ"`},
		{"a shell's text", tree("apt.txt", "libpq5;reboot\n"), nil, "", `apt.txt:1:1: must be a Debian package name, not "libpq5;reboot"`},
		{"repository", tree("Aptfile", "x1\n:repo:deb http://me:hush@example.com/ubuntu jammy main\n"), nil, "", "Aptfile:2:1: packages of other repositories (repo) are not supported"},
		{"file", tree("Aptfile", "https://example.com/x_1.0_amd64.deb\n"), nil, "", "Aptfile:1:1: a package's file is not supported"},
		{"local file", tree("Aptfile", "./x.deb\n"), nil, "", "Aptfile:1:1: a package's file is not supported"},
		{"option", tree("apt.txt", "--allow-unauthenticated\n"), nil, "", "apt.txt:1:1: options of apt-get (--allow-unauthenticated) are not supported"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := detect.SystemPackages(tt.fsys)
			if tt.err != "" {
				fault(t, err, tt.err)
				if p := errs.PlaceOf(err); p == nil || strings.Contains(p.Excerpt+errs.HintOf(err), "hush") {
					t.Errorf("place %+v", p)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, f.Value); diff != "" || f.From != tt.from {
				t.Errorf("from %q, want %q\n%s", f.From, tt.from, diff)
			}
		})
	}
}
