package wheel_test

import (
	"fmt"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/python/wheel"
)

func Example() {
	target := wheel.Target{Python: "3.13", Machine: "x86_64"}
	offer, reason := target.Judge(wheel.Pin{Name: "numpy", Version: "1.26.4"}, []wheel.File{
		{Name: "numpy-1.26.4-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"},
		{Name: "numpy-1.26.4.tar.gz"},
	})
	fmt.Println(offer == wheel.Source, reason)
	// Output: true no wheel for Python 3.13
}

// TestTags has a table of tags; it agrees with the list of pip itself.
func TestTags(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		tags   string
		python string
		want   bool
	}{
		{"cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64", "3.12", true},
		{"cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64", "3.13", false},
		{"cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64", "3.11", false},
		{"cp313-cp313t-manylinux_2_28_x86_64", "3.13", false},
		{"CP312-CP312-Manylinux1_x86_64", "3.12", true},
		{"cp310-cp310-manylinux2010_x86_64", "3.10", true},
		{"cp39-cp39-linux_x86_64", "3.9", true},
		{"cp39-cp39-manylinux_2_36_x86_64", "3.9", true},
		{"cp39-cp39-manylinux_2_39_x86_64", "3.9", false},
		{"cp39-cp39-manylinux_3_0_x86_64", "3.9", false},
		{"cp39-cp39-manylinux_2_17_aarch64", "3.9", false},
		{"cp39-cp39-manylinux_2_17_i686", "3.9", false},
		{"cp39-cp39-musllinux_1_2_x86_64", "3.9", false},
		{"cp39-cp39-macosx_11_0_x86_64", "3.9", false},
		{"cp39-cp39-win_amd64", "3.9", false},
		{"cp37-abi3-manylinux_2_28_x86_64", "3.9", true},
		{"cp37-abi3-manylinux_2_28_x86_64", "3.14", true},
		{"cp311-abi3-manylinux_2_28_x86_64", "3.10", false},
		{"cp31-abi3-manylinux1_x86_64", "3.12", false},
		{"cp315-abi3t-manylinux_2_28_x86_64", "3.14", false},
		{"cp315-abi3t-manylinux_2_28_x86_64", "3.15", false},
		{"cp315-abi3t-manylinux_2_28_x86_64", "3.15t", true},
		{"cp315-abi3t-manylinux_2_28_x86_64", "3.16t", true},
		{"cp315-abi3t-manylinux_2_28_x86_64", "3.14t", false},
		{"cp315-abi3.abi3t-manylinux_2_28_x86_64", "3.15", true},
		{"cp315-abi3.abi3t-manylinux_2_28_x86_64", "3.15t", true},
		{"cp37-abi3-manylinux_2_28_x86_64", "3.14t", false},
		{"cp37-abi3-manylinux_2_28_x86_64", "3.15", true},
		{"cp314-cp314t-manylinux_2_28_x86_64", "3.14t", true},
		{"cp314-cp314t-manylinux_2_28_x86_64", "3.14", false},
		{"cp314-cp314-manylinux_2_28_x86_64", "3.14t", false},
		{"cp313-cp313t-manylinux_2_28_x86_64", "3.14t", false},
		{"py3-none-any", "3.14t", true},
		{"py314-none-any", "3.14t", true},
		{"cp314-none-manylinux_2_28_x86_64", "3.14t", true},
		{"py3-none-any", "3.14", true},
		{"py2.py3-none-any", "3.9", true},
		{"py2-none-any", "3.9", false},
		{"py310-none-any", "3.9", false},
		{"py38-none-any", "3.9", true},
		{"py3-none-manylinux_2_17_x86_64", "3.13", true},
		{"py3-none-win_amd64", "3.13", false},
		{"cp312-none-any", "3.12", true},
		{"cp312-none-any", "3.13", false},
		{"cp312-none-manylinux_2_17_x86_64", "3.12", true},
		{"pp310-pypy310_pp73-manylinux_2_17_x86_64", "3.10", false},
		{"cp2.py3.cp312-none.cp312-any.manylinux1_x86_64", "3.12", true},
	} {
		t.Run(tt.tags+" on "+tt.python, func(t *testing.T) {
			t.Parallel()
			target := wheel.Target{Python: tt.python, Machine: "x86_64"}
			offer, _ := target.Judge(wheel.Pin{Name: "a", Version: "1"}, []wheel.File{{Name: "a-1-" + tt.tags + ".whl"}})
			if got := offer == wheel.Wheel; got != tt.want {
				t.Errorf("installs: %v, want %v", got, tt.want)
			}
		})
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	const (
		sdist = "my_pkg-1.0.tar.gz"
		pure  = "my_pkg-1.0-py3-none-any.whl"
		older = "my_pkg-1.0-cp312-cp312-manylinux2014_x86_64.whl"
		win   = "my_pkg-1.0-cp313-cp313-win_amd64.whl"
	)
	named := func(names ...string) (files []wheel.File) {
		for _, n := range names {
			files = append(files, wheel.File{Name: n})
		}
		return files
	}
	for _, tt := range []struct {
		name   string
		pin    wheel.Pin
		files  []wheel.File
		offer  wheel.Offer
		reason string
	}{
		{"wheel", wheel.Pin{Version: "1.0"}, named(sdist, pure), wheel.Wheel, ""},
		{"zeros", wheel.Pin{Version: "1"}, named(pure), wheel.Wheel, ""},
		{"more zeros", wheel.Pin{Version: "1.0.0"}, named(pure), wheel.Wheel, ""},
		{"build tag", wheel.Pin{Version: "1.0"}, named("My.Pkg-1.0-1a-py3-none-any.whl"), wheel.Wheel, ""},
		{"local version", wheel.Pin{Version: "1.0"}, named("my_pkg-1.0+cpu-py3-none-any.whl"), wheel.Wheel, ""},
		{"no local version", wheel.Pin{Version: "1.0+cpu"}, named(pure), wheel.Nothing, "no such version"},
		{"other project", wheel.Pin{Version: "1.0"}, named("my_pkg_extra-1.0-py3-none-any.whl", "my-pkg-extra-1.0.tar.gz"), wheel.Nothing, "no such version"},
		{"other version", wheel.Pin{Version: "1.0.1"}, named(sdist, pure), wheel.Nothing, "no such version"},
		{"post release", wheel.Pin{Version: "1.0.post1"}, named("my-pkg-1.0-1.zip"), wheel.Source, "only an sdist"},
		{"no release files", wheel.Pin{Version: "1.0"}, named("my_pkg-1.0-py3.13.egg", "my_pkg-1.0.exe", "my_pkg-1.0.whl"), wheel.Nothing, "no such version"},
		{"sdist", wheel.Pin{Version: "1.0"}, named("my-pkg-1.0.tar.bz2"), wheel.Source, "only an sdist"},
		{"other Python", wheel.Pin{Version: "1.0"}, named(sdist, older, win), wheel.Source, "no wheel for Python 3.13"},
		{"other system", wheel.Pin{Version: "1.0"}, named(sdist, win), wheel.Source, "no wheel for Linux on x86_64"},
		{"no sdist", wheel.Pin{Version: "1.0"}, named(older), wheel.Nothing, "no wheel for Python 3.13"},
		{"only binary", wheel.Pin{Version: "1.0", OnlyBinary: true}, named(sdist, older), wheel.Nothing, "no wheel for Python 3.13, and only_binary excludes the sdist"},
		{
			"requires-python", wheel.Pin{Version: "1.0"},
			[]wheel.File{{Name: sdist, RequiresPython: ">=3.9,<3.13"}, {Name: older, RequiresPython: ">=3.9,<3.13"}},
			wheel.Nothing, "requires Python >=3.9,<3.13",
		},
		{
			"requires-python of the wheel", wheel.Pin{Version: "1.0"},
			[]wheel.File{{Name: sdist}, {Name: pure, RequiresPython: "<3.13"}}, wheel.Source, "no wheel for Python 3.13",
		},
		{
			"late patch level", wheel.Pin{Version: "1.0"},
			[]wheel.File{{Name: pure, RequiresPython: "!=3.13.0,>=3.13.0"}}, wheel.Wheel, "",
		},
		{
			"odd requires-python", wheel.Pin{Version: "1.0"},
			[]wheel.File{{Name: pure, RequiresPython: "any"}}, wheel.Wheel, "",
		},
		{
			"yanked alone", wheel.Pin{Version: "1.0"},
			[]wheel.File{{Name: sdist, Yanked: true}, {Name: pure, Yanked: true}}, wheel.Wheel, "",
		},
		{
			"yanked wheel", wheel.Pin{Version: "1.0"},
			[]wheel.File{{Name: sdist}, {Name: older}, {Name: pure, Yanked: true}}, wheel.Source, "no wheel for Python 3.13",
		},
		{
			"yanked wheel, nothing else to take", wheel.Pin{Version: "1.0"},
			[]wheel.File{{Name: older}, {Name: pure, Yanked: true}}, wheel.Wheel, "",
		},
		{
			"hashes", wheel.Pin{Version: "1.0", SHA256: []string{"aa", "bb"}},
			[]wheel.File{{Name: sdist, SHA256: "cc"}, {Name: pure, SHA256: "bb"}}, wheel.Wheel, "",
		},
		{
			"hash of the sdist alone", wheel.Pin{Version: "1.0", SHA256: []string{"aa"}},
			[]wheel.File{{Name: sdist, SHA256: "aa"}, {Name: pure, SHA256: "bb"}}, wheel.Source, "no wheel for Python 3.13 with a hash that is listed",
		},
		{
			"index without hashes", wheel.Pin{Version: "1.0", SHA256: []string{"aa"}},
			[]wheel.File{{Name: pure}}, wheel.Wheel, "",
		},
		{"no files", wheel.Pin{Version: "1.0"}, nil, wheel.Nothing, "no such version"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.pin.Name = "my-pkg"
			offer, reason := wheel.Target{Python: "3.13", Machine: "x86_64"}.Judge(tt.pin, tt.files)
			if offer != tt.offer || reason != tt.reason {
				t.Errorf("got %v, %q, want %v, %q", offer, reason, tt.offer, tt.reason)
			}
		})
	}
}

func FuzzJudge(f *testing.F) {
	f.Add("numpy", "1.26.4", "numpy-1.26.4-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", ">=3.9,<3.13")
	f.Add("my-pkg", "1.0", "My_Pkg-1.0-1-py2.py3-none-any.whl", "")
	f.Add("a", "1", "a-1.tar.gz", "==3.*")
	f.Add("a-b", "1!2.0rc1.post2.dev3+l", "a-b-1!2.0rc1.post2.dev3+l.zip", "~=3.8")
	f.Fuzz(func(t *testing.T, name, version, file, requires string) {
		files := []wheel.File{{Name: file, RequiresPython: requires}}
		target := wheel.Target{Python: "3.12", Machine: "x86_64"}
		offer, reason := target.Judge(wheel.Pin{Name: name, Version: version}, files)
		if (reason == "") != (offer == wheel.Wheel) {
			t.Errorf("%v with reason %q", offer, reason)
		}
		// Another file of no project changes nothing, wherever it stands.
		again, _ := target.Judge(wheel.Pin{Name: name, Version: version}, append([]wheel.File{{Name: "-"}}, files...))
		if again != offer {
			t.Errorf("%v, with a stray file %v", offer, again)
		}
	})
}
