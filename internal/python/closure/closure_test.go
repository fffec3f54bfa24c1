package closure_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
)

// show writes a requirement short: place, kind, what it asks for.
func show(r closure.Requirement) string {
	s := fmt.Sprintf("%s:%d ", r.File, r.Line)
	if r.Constraint {
		s += "constraint "
	}
	if r.Editable {
		s += "editable "
	}
	s += r.Name
	if len(r.Extras) > 0 {
		s += "[" + strings.Join(r.Extras, ",") + "]"
	}
	s += r.Specifier
	if r.Link != "" {
		s += " @ " + r.Link
	}
	if r.Marker != "" {
		s += " ; " + r.Marker
	}
	if len(r.Hashes) > 0 {
		s += fmt.Sprint(" ", r.Hashes)
	}
	if len(r.ConfigSettings) > 0 {
		b, _ := json.Marshal(r.ConfigSettings)
		s += " " + string(b)
	}
	return s
}

func TestRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		files files
		want  []string
	}{
		{"blank and comment lines", files{"r.txt": "\n  \n# c\n\t# d\nflask # e\n\nsix\t#f\n"}, []string{"r.txt:5 flask", "r.txt:7 six"}},
		{"last line without newline", files{"r.txt": "a\nb"}, []string{"r.txt:1 a", "r.txt:2 b"}},
		{"every line end of Python's", files{"r.txt": "a\r\nb\rc\vd\fe\x1cf\x1dg\x1eh\u0085i\u2028j\u2029k"}, []string{
			"r.txt:1 a", "r.txt:2 b", "r.txt:3 c", "r.txt:4 d", "r.txt:5 e", "r.txt:6 f", "r.txt:7 g", "r.txt:8 h", "r.txt:9 i", "r.txt:10 j", "r.txt:11 k"}},
		{"UTF-8 byte order mark", files{"r.txt": "\ufeffa\n"}, []string{"r.txt:1 a"}},
		{"UTF-16 of PowerShell", files{"r.txt": "\xff\xfea\x00=\x00=\x001\x00\r\x00\n\x00b\x00"}, []string{"r.txt:1 a==1", "r.txt:2 b"}},
		{"UTF-16 big endian", files{"r.txt": "\xfe\xff\x00a\x00\n\x00b"}, []string{"r.txt:1 a", "r.txt:2 b"}},
		{"UTF-32", files{"r.txt": "\xff\xfe\x00\x00a\x00\x00\x00", "s.txt": ""}, []string{"r.txt:1 a"}},
		{"UTF-32 big endian", files{"r.txt": "\x00\x00\xfe\xff\x00\x00\x00a"}, []string{"r.txt:1 a"}},
		{"PEP 263, line 2", files{"r.txt": "a\n# -*- coding: latin-1 -*-\n# \xe9\nb\n"}, []string{"r.txt:1 a", "r.txt:4 b"}},
		{"PEP 263, other encodings", files{"r.txt": "# coding=cp1251\n# \xe9\nb\n"}, []string{"r.txt:3 b"}},
		{"continuations", files{"r.txt": "flask\\\n>=1,\\\n  <2 \\\n --hash=sha256:ab\nsix"}, []string{"r.txt:1 flask<2,>=1 map[sha256:[ab]]", "r.txt:5 six"}},
		{"a comment ends a continuation", files{"r.txt": "flask\\\n  # c \\\nsix"}, []string{"r.txt:1 flask", "r.txt:3 six"}},
		{"an empty line ends a continuation", files{"r.txt": "flask\\\n\nsix"}, []string{"r.txt:1 flask", "r.txt:3 six"}},
		{"a comment within a continuation takes the rest", files{"r.txt": "flask # c\\\nsix\nred"}, []string{"r.txt:1 flask", "r.txt:3 red"}},
		{"every backslash at both ends goes", files{"r.txt": "\\\\fl\\\\\nask\\"}, []string{"r.txt:1 flask"}},
		{"a comment line does not continue", files{"r.txt": "# c \\\nflask"}, []string{"r.txt:2 flask"}},
		{"a # in a word is no comment", files{"r.txt": "git+https://h/r#egg=f # c"}, []string{"r.txt:1 f @ git+https://h/r#egg=f"}},
		{"variables", files{"r.txt": "${SET}>1\n${SET}-${A}${B}\n${OPT}\nx @ https://h/${UNSET}/${EMPTY}/${set}/$SET"}, []string{
			"r.txt:1 flask>1", "r.txt:2 flask-bb", "r.txt:4 x @ https://h/${UNSET}/${EMPTY}/${set}/$SET"}},
		{"a # of a value is no comment", files{"r.txt": "a -C 'k=${HASH}'"}, []string{`r.txt:1 a {"k":"x #y"}`}},
		{"names, extras, versions", files{"r.txt": "Foo.B_a[ X , a.b ] (>=1, !=1.5) \nzope.interface == 1.*\na~=1.4.2\nb===weird_1\nc>=1,\nd[]\ne<v1.0RC1"}, []string{
			"r.txt:1 foo-b-a[a-b,x]!=1.5,>=1", "r.txt:2 zope-interface==1.*", "r.txt:3 a~=1.4.2", "r.txt:4 b===weird_1", "r.txt:5 c>=1", "r.txt:6 d", "r.txt:7 e<v1.0RC1"}},
		{"markers", files{"r.txt": `a;os.name=='nt'and(python_version<"3.8"or"x"in sys_platform)` + "\nb ; extra == 'A_b'\nc;\nd ; 'a\"b' not  in platform_version"}, []string{
			`r.txt:1 a ; os_name == "nt" and (python_version < "3.8" or "x" in sys_platform)`, `r.txt:2 b ; extra == "a-b"`, "r.txt:3 c", `r.txt:4 d ; 'a"b' not in platform_version`}},
		{"URLs", files{"r.txt": "https://h/a.zip ; os_name=='x'\nhttps://h/W_x-1.0.0-py3-none-any.whl\nName @ https://h/a.zip;os_name=='x'\nN[x]@git+ssh://git@h/r@v1\ngit+https://h/r@main#egg=A_b&subdirectory=c"}, []string{
			`r.txt:1  @ https://h/a.zip ; os_name == "x"`, "r.txt:2 w-x==1.0.0 @ https://h/W_x-1.0.0-py3-none-any.whl", `r.txt:3 name @ https://h/a.zip ; os_name == "x"`,
			"r.txt:4 n[x] @ git+ssh://git@h/r@v1", "r.txt:5 a-b @ git+https://h/r@main#egg=A_b&subdirectory=c"}},
		{"local projects are relative to the app", files{"r.txt": "-r sub/r.txt", "sub/r.txt": "./libs/foo[Dev] ; os_name == 'x'\nlibs/foo/\nwheels/w_x-1.0.0-py3-none-any.whl\nfile:libs/foo#egg=foo\nfoo @ file:libs/foo"}, []string{
			`sub/r.txt:1 [dev] @ file://DIR/libs/foo ; os_name == "x"`, "sub/r.txt:2  @ file://DIR/libs/foo", "sub/r.txt:3 w-x==1.0.0 @ file://DIR/wheels/w_x-1.0.0-py3-none-any.whl",
			"sub/r.txt:4 foo @ file:libs/foo#egg=foo", "sub/r.txt:5 foo @ file:libs/foo"}},
		{"a bare word is a name", files{"r.txt": "libs", "libs/setup.py": ""}, []string{"r.txt:1 libs"}},
		{"editables", files{"r.txt": "-e ./libs/foo[x]\n-elibs/foo\n--edit=git+https://h/r#egg=a\n-e 'b[x] @ git+https://h/r ; os_name==\"x\"'\n-e git://h/r#egg=c -C k=v"}, []string{
			"r.txt:1 editable [x] @ file://DIR/libs/foo", "r.txt:2 editable  @ file://DIR/libs/foo", "r.txt:3 editable a @ git+https://h/r#egg=a",
			`r.txt:4 editable b[x] @ git+https://h/r ; os_name == "x"`, `r.txt:5 editable c @ git+git://h/r#egg=c {"k":"v"}`}},
		{"hashes and settings", files{"r.txt": `a==1 --hash=sha256:AB --hash sha512:cd --hash=sha256:ef -C k=v --config-settings "k=w x" --config-setting='q=1=2'`}, []string{
			`r.txt:1 a==1 map[sha256:[AB ef] sha512:[cd]] {"k":["v","w x"],"q":"1=2"}`}},
		{"includes", files{"r.txt": "-r sub/a.txt\n-c c.txt\nx", "sub/a.txt": "a\n-r b.txt\n-rb.txt", "sub/b.txt": "b"}, []string{
			"sub/a.txt:1 a", "sub/b.txt:1 b", "sub/b.txt:1 b", "c.txt:1 constraint six<2", "r.txt:3 x"}},
		{"-r of a -c file is real", files{"r.txt": "-c k.txt", "k.txt": "-r other.txt\na<1"}, []string{"other.txt:1 six", "k.txt:2 constraint a<1"}},
		{"file: includes", files{"r.txt": "-r file:other.txt"}, []string{"other.txt:1 six"}},
		{"format options beside a requirement count", files{"r.txt": "a --no-binary a\n-r other.txt --only-binary b"}, []string{"r.txt:1 a", "other.txt:1 six"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := app(t, tt.files)
			report, err := closure.Read(dir, []string{"r.txt"}, lookup)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range report.Requirements {
				got = append(got, strings.ReplaceAll(show(r), dir, "DIR"))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	dir := app(t, files{"r.txt": "Flask  \n", "bad.txt": "a\nb=1\n"})
	for name, want := range map[string]string{
		"r.txt":   `{"requirements":[{"raw":"Flask","file":"r.txt","line":1,"constraint":false,"editable":false,"hashes":{},"config_settings":{},"name":"flask","specifier":"","extras":[],"marker":"","link":""}],"options":{"index_urls":[],"find_links":[],"no_index":false,"no_binary":[],"only_binary":[],"prefer_binary":false,"pre":false,"trusted_hosts":[],"require_hashes":false},"error":null}`,
		"bad.txt": `{"requirements":[{"raw":"a","file":"bad.txt","line":1,"constraint":false,"editable":false,"hashes":{},"config_settings":{},"name":"a","specifier":"","extras":[],"marker":"","link":""}],"options":{"index_urls":[],"find_links":[],"no_index":false,"no_binary":[],"only_binary":[],"prefer_binary":false,"pre":false,"trusted_hosts":[],"require_hashes":false},"error":{"file":"bad.txt","line":2,"message":"= is no operator (did you mean b==1?)"}}`,
		"none":    `{"requirements":[],"options":{"index_urls":[],"find_links":[],"no_index":false,"no_binary":[],"only_binary":[],"prefer_binary":false,"pre":false,"trusted_hosts":[],"require_hashes":false},"error":{"file":"none","line":0,"message":"the requirements file does not exist (create it, or name the right file with --requirements)"}}`,
	} {
		report, _ := closure.Read(dir, []string{name}, nil)
		got, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestClosure(t *testing.T) {
	t.Parallel()
	dir := app(t, files{
		"r.txt":     "-r sub/r.txt\n-c c.txt\n-f wheels\nFlask\n-e ./libs/foo\nhttps://me:secret@h.example/x.zip\n--extra-index-url https://e\n-f gone",
		"sub/r.txt": "./wheels/s.tar.gz",
	})
	c, err := closure.Load(dir, []string{"r.txt", ""}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"r.txt", "sub/r.txt", "c.txt"}, c.Files); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"libs/foo", "wheels", "wheels/s.tar.gz"}, c.Locals); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"e", "h.example"}, c.Hosts); diff != "" {
		t.Error(diff)
	}
	if !c.Has("FLASK") || c.Has("six") {
		t.Error("Has: flask is asked for, six only limited")
	}
	if r, ok := c.Find("Flask"); !ok || r.Line != 4 {
		t.Error("Find:", r, ok)
	}
	if len(c.Warnings) != 2 || !slices.ContainsFunc(c.Warnings, func(w closure.Warning) bool {
		return w.Line == 8 && strings.Contains(w.Message, "does not exist")
	}) {
		t.Error(c.Warnings)
	}
	if c.HashChecking() {
		t.Error("no hash, yet hash checking")
	}
}

func TestParseStrings(t *testing.T) {
	t.Parallel()
	c, err := closure.ParseStrings(t.TempDir(), "pyproject.toml", []closure.Located{
		{Text: "Flask>=3 ; os_name == 'a #b -c ${X}'", Line: 4}, {Text: "b @ https://h/x;y", Line: 5},
	})
	if err != nil {
		t.Fatal(err)
	}
	r, k := c.Canonical()
	want := "https://h/x;y#egg=b\nflask>=3.0 ; os_name == \"a \\x23b \\x2dc \\x24{X}\"\n"
	if diff := cmp.Diff(want, string(r)+string(k)); diff != "" {
		t.Error(diff)
	}
	for text, want := range map[string]string{
		"./libs/foo": "p.toml:7:3: this is no project name", "-r x": "p.toml:7:3: this is no project name", "flask >= 1 six": "p.toml:7:14: unexpected text",
	} {
		_, err := closure.ParseStrings(t.TempDir(), "p.toml", []closure.Located{{Text: text, Line: 7, Column: 3}})
		if err == nil || !strings.HasPrefix(err.Error(), want) || errs.KindOf(err) != errs.Usage {
			t.Errorf("%s: %v", text, err)
		}
	}
}
