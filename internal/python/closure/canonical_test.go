package closure_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
)

// canonical is the text of one file, constraints behind a line of dashes.
func canonical(t testing.TB, dir string) string {
	t.Helper()
	c, err := closure.Load(dir, []string{"r.txt"}, lookup)
	if err != nil {
		t.Fatal(err)
	}
	r, k := c.Canonical()
	if len(k) > 0 {
		r = append(append(r, "---\n"...), k...)
	}
	return string(r)
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"empty", "# c\n", ""},
		{"sorted, flat, bare", "Zope.Interface # c\n-r other.txt\nA_B [Y,x_z] >= 1.0.0 , !=2.00\n", "a-b[x-z,y]!=2.0,>=1.0\nsix\nzope-interface\n"},
		{"lines of one project keep their order", "b\na>1\na<2\nA >1", "a>1.0\na<2.0\nb\n"},
		{"versions", "a==v1.0.0alpha.1\nb~=1.4.0\nc==1.0.*\nd===1.0\ne==1!2.0+Ubuntu-01\nf==1.0-1", "a==1.0a1\nb~=1.4.0\nc==1.0.*\nd===1.0\ne==1!2.0+ubuntu.1\nf==1.0.post1\n"},
		{"constraints apart", "-c c.txt\na", "a\n---\nsix<2.0\n"},
		{"options first", "a\n--only-binary q\n--extra-index-url https://B/s/ -i https://u:p@A/s/ --pre\n-f wheels\n--trusted-host h",
			"--index-url https://a/s\n--extra-index-url https://b/s\n--find-links ./src/wheels\n--only-binary q\n--pre\n--trusted-host h\na\n"},
		{"no-index", "-i https://a\n--no-index", "--no-index\n"},
		{"names under :all: say nothing", "--no-binary :all:\n--no-binary a", "--no-binary :all:\n"},
		{"but an exception does", "--no-binary :all:\n--only-binary a", "--no-binary :all:\n--only-binary a\n"},
		{"releases", "--only-final :all:\n--all-releases b,a", "--only-final :all:\n--all-releases a,b\n"},
		{"pre outweighs", "--only-final :all: --pre\n--only-final a", "--pre\n--only-final a\n"},
		{"hashes", "a==1 --hash=sha512:CC --hash=sha256:bb --hash=sha256:AA --hash=sha256:bb", "--require-hashes\na==1.0 --hash=sha256:aa --hash=sha256:bb --hash=sha512:cc\n"},
		{"hashes off", "--no-require-hashes\na --hash=sha256:aa", "--no-require-hashes\na --hash=sha256:aa\n"},
		{"settings", "a -C 'z=1 2' -C 'y=${HASH}' -C 'y=it'\"'\"'s'", "a --config-settings='y=x ''#y' --config-settings='y=it'\"'\"'s' --config-settings='z=1 2'\n"},
		{"credentials", "a @ https://u:p@H/a.zip\ngit+ssh://git@h/r#egg=b\ngit+ssh://git:pw@h/r#egg=c\nhttps://${T}@h/d.zip", "a @ https://h/a.zip\nb @ git+ssh://git@h/r\nc @ git+ssh://h/r\nhttps://h/d.zip\n"},
		{"links", "git+https://h/r@v1#subdirectory=s&egg=A_B\nhttps://h/w_x-1.0-py3-none-any.whl#sha256=ab", "a-b @ git+https://h/r@v1#subdirectory=s\nw-x @ https://h/w_x-1.0-py3-none-any.whl#sha256=ab\n"},
		{"local projects", "-e ./libs/foo[X] -C k=v\nlibs/foo/ ; os_name=='x'\nfile:libs/foo\nfoo @ file:libs/foo\nfile:wheels/s.tar.gz#subdirectory=s",
			"./src/libs/foo[x] --config-settings=k=v\n./src/libs/foo ; os_name == \"x\"\n./src/libs/foo\nfile:src/wheels/s.tar.gz#subdirectory=s\n"},
		{"a local constraint keeps its name", "-c k.txt", "---\nfile:src/libs/foo#egg=foo\n"},
		{"variables of the other machine", "a @ https://h/${UNSET}\n-i https://h/${UNSET}", "--index-url 'https://h/$''{UNSET}'\na @ https://h/%24{UNSET}\n"},
		{"markers", `a ; 'x\x20-y\x20\x23' in os.name`, "a ; \"x \\x2dy \\x23\" in os_name\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := app(t, files{"r.txt": tt.text, "k.txt": "foo @ file:libs/foo"})
			if diff := cmp.Diff(tt.want, canonical(t, dir)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

const property = `Flask[async]==3.1.0 ; python_version >= "3.9"
numpy>=1.26,!=2.0.0,<3
scipy==1.14.1 --hash=sha256:aa --hash=sha256:bb
requests @ https://h.example/requests.zip
zope.interface
-e ./libs/foo
--no-binary scipy
--prefer-binary
`

// TestSameMeaning changes what must not matter.
func TestSameMeaning(t *testing.T) {
	t.Parallel()
	dir := app(t, files{"r.txt": property})
	want := canonical(t, dir)
	rnd := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		lines := strings.Split(strings.TrimSpace(property), "\n")
		rnd.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		for i, l := range lines {
			switch rnd.IntN(10) {
			case 0:
				l += "   # comment"
			case 1:
				l = "\n# comment\n\n  " + l
			case 2:
				l = strings.Replace(l, "Flask[async]==3.1.0", "FLASK [ ASYNC, async ] == 3.1", 1)
			case 3:
				l = strings.Replace(l, "zope.interface", "Zope_-Interface", 1)
			case 4:
				l = strings.Replace(l, "numpy>=1.26,!=2.0.0,<3", "NumPy ( <3.0, >= 1.26.0 , !=2.0 )", 1)
			case 5:
				l = strings.Replace(l, " --hash", " \\\n   --hash", 2)
			case 6:
				l = strings.Replace(l, `"3.9"`, `'3.9'`, 1)
			case 7:
				l = strings.Replace(l, "https://h", "https://user:word@h", 1)
			case 8:
				l = strings.Replace(l, "-e ./libs/foo", "libs/foo/", 1)
			case 9:
				l = strings.Replace(l, "sha256:aa --hash=sha256:bb", "sha256:BB --hash sha256:AA", 1)
			}
			lines[i] = l
		}
		text := strings.Join(lines, "\n")
		switch rnd.IntN(4) {
		case 0:
			text = strings.ReplaceAll(text, "\n", "\r\n")
		case 1:
			text = "\ufeff" + text + "\n"
		case 2:
			write(t, dir, "inc.txt", []byte(text))
			text = "-r inc.txt"
		}
		write(t, dir, "r.txt", []byte(text))
		if diff := cmp.Diff(want, canonical(t, dir)); diff != "" {
			t.Fatalf("%s\n%s", diff, text)
		}
	}
}

// TestOtherMeaning changes what must matter, one thing at a time.
func TestOtherMeaning(t *testing.T) {
	t.Parallel()
	dir := app(t, files{"r.txt": property, "libs/bar/setup.py": ""})
	seen := map[string]string{canonical(t, dir): "nothing"}
	for _, change := range [][2]string{
		{"3.1.0", "3.1.1"}, {"==3.1.0", ">=3.1.0"}, {"async", "dotenv"}, {"[async]", ""}, {`"3.9"`, `"3.10"`}, {" ; python_version >= \"3.9\"", ""},
		{"sha256:aa", "sha256:ac"}, {" --hash=sha256:bb", ""}, {"h.example", "g.example"}, {"requests.zip", "requests-2.zip"},
		{"requests.zip", "requests.zip#sha256=ab"}, {"zope.interface", "zope"}, {"zope.interface", ""}, {"libs/foo", "libs/bar"}, {"libs/foo", "libs/foo[x]"},
		{"--no-binary", "--only-binary"}, {"--prefer-binary", ""}, {"--prefer-binary", "--pre"}, {"--prefer-binary", "--prefer-binary\n-i https://i"},
		{"--prefer-binary", "--prefer-binary\n--extra-index-url https://i"}, {"--prefer-binary", "--prefer-binary\n-f wheels"}, {"--prefer-binary", "--prefer-binary\n-c c.txt"},
		{"--prefer-binary", "--prefer-binary\n-r other.txt"}, {"--prefer-binary", "--prefer-binary\n--no-index"}, {"<3", "<3\nnumpy<2"}, {"1.14.1 ", "1.14.1 -C a=b "},
		{"numpy>=1.26,!=2.0.0,<3", "numpy~=1.26"}, {"numpy>=1.26,!=2.0.0,<3", "numpy~=1.26.0"},
	} {
		text := strings.Replace(property, change[0], change[1], 1)
		write(t, dir, "r.txt", []byte(text))
		got := canonical(t, dir)
		if other, ok := seen[got]; ok {
			t.Errorf("%q has the canonical text of %s", change, other)
		}
		seen[got] = fmt.Sprintf("%q", change)
	}
}

// fixedPoint loads a canonical text: it must be its own. Texts with local
// projects are left out, since each reading puts them under another src/.
func fixedPoint(t *testing.T, c *closure.Closure) {
	t.Helper()
	r, k := c.Canonical()
	for _, l := range bytes.Split(append(bytes.Clone(r), k...), []byte("\n")) {
		if bytes.ContainsAny(l, "\r\v\f") {
			t.Fatalf("a line end within a line: %q", l)
		}
	}
	if len(c.Locals) > 0 {
		return
	}
	dir := t.TempDir()
	write(t, dir, "r.txt", append(bytes.Clone(r), "-c k.txt\n"...))
	write(t, dir, "k.txt", k)
	again, err := closure.Load(dir, []string{"r.txt"}, lookup)
	if err != nil {
		t.Fatalf("the canonical text is refused: %v\n%s---\n%s", err, r, k)
	}
	r2, k2 := again.Canonical()
	if diff := cmp.Diff(string(r)+"---\n"+string(k), string(r2)+"---\n"+string(k2)); diff != "" {
		t.Fatal(diff)
	}
	if len(again.Credentials) > 0 {
		t.Fatalf("the canonical text holds credentials: %s", r)
	}
}

func FuzzLoad(f *testing.F) {
	for _, s := range []string{property, "a;os_name=='x'and(extra=='y')", "-r other.txt\n-c c.txt", "--no-binary :all:,:none:,a --only-final b", "a @ https://u:p@h/${SET}#egg=a",
		"a==v1!1.0RC-1.post2.dev3+x-01", "-e 'x @ git+https://h/r'", "\xff\xfea\x00", "# coding: latin-1\n\xe9", "a -C 'k=${HASH}'\\\n --hash=sha256:ab", "--trusted-host [::1]:80 -f https://l"} {
		f.Add([]byte(s))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		write(t, dir, "r.txt", data)
		write(t, dir, "other.txt", []byte("six"))
		write(t, dir, "c.txt", []byte("six<2"))
		c, err := closure.Load(dir, []string{"r.txt"}, lookup)
		if err == nil {
			fixedPoint(t, c)
		}
	})
}

func FuzzParseStrings(f *testing.F) {
	for _, s := range []string{"a", "a[b]>=1,<2;os_name=='x'", "a @ https://h/x;y ; extra == 'z'", "a ; 'x\\n #-' in platform_version", "a (==1.*)", "a===x,>1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := closure.ParseStrings(t.TempDir(), "pyproject.toml", []closure.Located{{Text: text}})
		if err == nil {
			fixedPoint(t, c)
		}
	})
}

func BenchmarkLoad500(b *testing.B) {
	var s strings.Builder
	for i := range 500 {
		fmt.Fprintf(&s, "Project_%03d[x]==1.%d.0 ; python_version >= \"3.9\" \\\n    --hash=sha256:%064x \\\n    --hash=sha256:%064x\n    # via other\n", i, i, i, i+1)
	}
	dir := b.TempDir()
	write(b, dir, "r.txt", []byte(s.String()))
	b.ReportAllocs()
	for b.Loop() {
		c, err := closure.Load(dir, []string{"r.txt"}, nil)
		if err != nil {
			b.Fatal(err)
		}
		c.Canonical()
	}
}

// TestFixedPoint takes the files that the comparison with pip makes up.
func TestFixedPoint(t *testing.T) {
	t.Parallel()
	dir := app(t, nil)
	read := 0
	for seed := range 3000 {
		text := randomFile(rand.New(rand.NewPCG(2, uint64(seed))))
		write(t, dir, "r.txt", []byte(text))
		c, err := closure.Load(dir, []string{"r.txt"}, lookup)
		if err != nil {
			continue
		}
		read++
		if fixedPoint(t, c); t.Failed() {
			t.Fatalf("%q", text)
		}
	}
	if read < 200 {
		t.Errorf("only %d of the made-up files could be read", read)
	}
}
