package closure_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/wheel"
)

// markers are conditions, and for which minor versions of 3.9, 3.12 and 3.13
// they hold. One that depends on what is not known holds for none.
var markers = []struct{ marker, holds string }{
	{`python_version < "3.13"`, "3.9 3.12"},
	{`python_version >= "3.13"`, "3.13"},
	{`"3.12" == python_version`, "3.12"},
	{`"3.10" > python_version`, "3.9"},
	{`python_version ~= "3.9"`, "3.9 3.12 3.13"},
	{`python_version == "3.*"`, "3.9 3.12 3.13"},
	{`python_version in "3.8 3.9 3.12"`, "3.9 3.12"},
	{`python_version not in "3.9"`, "3.12 3.13"},
	{`python_full_version < "3.12"`, "3.9"},
	{`python_full_version >= "3.12.0"`, "3.12 3.13"},
	{`python_full_version == "3.12.*"`, "3.12"},
	{`python_full_version < "3.12.4"`, "3.9"},
	{`python_full_version >= "3.12.4"`, "3.13"},
	{`python_version == "3.12" and sys_platform == "linux"`, "3.12"},
	{`python_version == "3.12" or python_version == "3.9" and sys_platform == "win32"`, "3.12"},
	{`(python_version == "3.12" or python_version == "3.9") and os_name == "posix"`, "3.9 3.12"},
	{`sys_platform == "win32"`, ""},
	{`sys_platform != "win32" and platform_system == "Linux"`, "3.9 3.12 3.13"},
	{`platform_machine == "x86_64" and implementation_name == "cpython"`, "3.9 3.12 3.13"},
	{`platform_machine in "x86_64 aarch64"`, "3.9 3.12 3.13"},
	{`platform_python_implementation == "PyPy"`, ""},
	{`platform_release >= "5"`, ""},
	{`platform_release >= "5" or python_version == "3.9"`, "3.9"},
	{`platform_release >= "5" and python_version == "3.9"`, ""},
	{`extra == "test"`, ""},
	{`sys_platform < "linux2"`, "3.9 3.12 3.13"},
	{`sys_platform ~= "linux"`, ""},
}

func TestPinsFollowMarkers(t *testing.T) {
	t.Parallel()
	for _, tt := range markers {
		t.Run(tt.marker, func(t *testing.T) {
			t.Parallel()
			c, err := closure.Load(app(t, files{"r.txt": "six==1.0 ; " + tt.marker + "\n"}), []string{"r.txt"}, lookup)
			if err != nil {
				t.Fatal(err)
			}
			var holds []string
			for _, python := range []string{"3.9", "3.12", "3.13"} {
				if len(c.Pins(wheel.Target{Python: python, Machine: "x86_64"})) == 1 {
					holds = append(holds, python)
				}
			}
			if got := strings.Join(holds, " "); got != tt.holds {
				t.Errorf("holds for %q, want %q", got, tt.holds)
			}
		})
	}
}

func TestPins(t *testing.T) {
	t.Parallel()
	hash := func(algorithm, digit string, n int) string {
		return " --hash=" + algorithm + ":" + strings.Repeat(digit, n)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"exact", "Flask==3.0\nnumpy == 1.26.*\nscipy>=1\nsix", "flask 3.0"},
		{"among others", "flask>=2,==3.0,!=3.1", "flask 3.0"},
		{"arbitrary equality", "flask===3.0", ""},
		{"by a constraint", "Flask[async]>=2\n-c c2.txt", "flask 3.1"},
		{"a constraint alone", "-c c2.txt", ""},
		{"twice", "uvicorn==1.0\nuvicorn[standard]==1.0", "uvicorn 1.0"},
		{"by version of Python", "numpy==1.26.4 ; python_version < '3.12'\nnumpy==2.1.0 ; python_version >= '3.12'", "numpy 2.1.0"},
		{"not from an index", "./libs/foo\nx @ https://h/x-1.0.tar.gz\n./wheels/w_x-1.0.0-py3-none-any.whl", ""},
		{"from source anyway", "--no-binary numpy\nnumpy==1.0\nflask==1.0", "flask 1.0"},
		{"all from source", "--no-binary :all:\nnumpy==1.0\nflask==1.0", ""},
		{"all but one from source", "--no-binary :all:\n--only-binary flask\nnumpy==1.0\nflask==1.0", "flask 1.0 only-binary"},
		{"only wheels", "--only-binary :all:\n--no-binary numpy\nnumpy==1.0\nflask==1.0", "flask 1.0 only-binary"},
		{"hashes", "flask==1.0" + hash("sha256", "A", 64), "flask 1.0 " + strings.Repeat("a", 64)},
		{"hashes of two kinds", "flask==1.0" + hash("sha256", "a", 64) + hash("sha512", "b", 128), "flask 1.0"},
		{"sorted", "b==1\na==2", "a 2, b 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := closure.Load(app(t, files{"r.txt": tt.text, "c2.txt": "flask==3.1\ndjango==5.0\n"}), []string{"r.txt"}, lookup)
			if err != nil {
				t.Fatal(err)
			}
			var pins []string
			for _, p := range c.Pins(wheel.Target{Python: "3.12", Machine: "x86_64"}) {
				text := fmt.Sprint(p.Name, " ", p.Version)
				if p.OnlyBinary {
					text += " only-binary"
				}
				pins = append(pins, strings.Join(append([]string{text}, p.SHA256...), " "))
			}
			if diff := cmp.Diff(tt.want, strings.Join(pins, ", ")); diff != "" {
				t.Errorf("pins (-want +got):\n%s", diff)
			}
		})
	}
}

func TestIndexes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"default", "six", "https://pypi.org/simple"},
		{"main", "-i https://h/simple/\nsix", "https://h/simple"},
		{"extra", "--extra-index-url https://user:secret@H/a/\nsix", "https://pypi.org/simple https://h/a"},
		{"none", "--no-index\nsix", ""},
		{"links", "--find-links ./wheels\nsix", ""},
		{"a page of links", "--find-links https://h/page\nsix", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := closure.Load(app(t, files{"r.txt": tt.text}), []string{"r.txt"}, lookup)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(c.Indexes(), " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzPins: the canonical text pins the same projects.
func FuzzPins(f *testing.F) {
	for _, tt := range markers {
		f.Add("six==1.0 ; " + tt.marker)
	}
	f.Add("a==1!1.0rc1+x.1,<2 ; not_a_variable == 'x'")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := closure.ParseStrings(t.TempDir(), "pyproject.toml", []closure.Located{{Text: text}})
		if err != nil {
			return
		}
		target := wheel.Target{Python: "3.12", Machine: "x86_64"}
		canonical, _ := c.Canonical()
		again, err := closure.Load(app(t, files{"r.txt": string(canonical)}), []string{"r.txt"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		pins, same := c.Pins(target), again.Pins(target)
		if len(pins) != len(same) || len(pins) == 1 && pins[0].Name != same[0].Name {
			t.Errorf("%v, canonical %v", pins, same)
		}
	})
}
