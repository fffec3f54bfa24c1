package closure_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
)

// The oracle is pip itself. It needs a Python that can import pip 26.3:
//
//	python3 -m venv /tmp/pip && /tmp/pip/bin/pip install pip==26.3
//	GCPDEPLOY_PIP_PYTHON=/tmp/pip/bin/python go test ./internal/python/closure
type oracle struct {
	in  io.Writer
	out *bufio.Scanner
}

type answer struct {
	Requirements []map[string]any `json:"requirements"`
	Options      map[string]any   `json:"options"`
	Error        any              `json:"error"`
}

func newOracle(t *testing.T) *oracle {
	t.Helper()
	python := os.Getenv("GCPDEPLOY_PIP_PYTHON")
	if python == "" {
		t.Skip("GCPDEPLOY_PIP_PYTHON names no Python with pip 26.3")
	}
	cmd := exec.CommandContext(t.Context(), python, "testdata/oracle.py")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	scan := bufio.NewScanner(out)
	scan.Buffer(nil, 1<<24)
	return &oracle{in, scan}
}

func (o *oracle) ask(t *testing.T, dir string, files []string, env map[string]string) answer {
	t.Helper()
	b, err := json.Marshal(map[string]any{"dir": dir, "files": files, "env": env})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.in.Write(append(b, '\n')); err != nil {
		t.Fatal(err)
	}
	if !o.out.Scan() {
		t.Fatal("the oracle ended")
	}
	var a answer
	if err := json.Unmarshal(o.out.Bytes(), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// deliberate are phrases of our errors where pip has none, or one only later.
var deliberate = []string{
	"without a word", "pip drops a --hash without", "outside of the app's directory", "cannot reach a repository on this machine",
	"cannot be included", "does not exist", "has neither pyproject.toml nor setup.py", "the value of", "compares two values",
	"is no project name", "this is no URL", "pip does not know", "the short form of an ssh address", "takes this marker for a part of the URL",
	"a requirements file cannot name", "needs an algorithm and a digest", "no version follows ===", "--trusted-host needs a host",
	"invalid wheel file name", "in the wheel's name", "line break", "backslash", "cannot hold a blank", "the URL has no host",
}

func check(t *testing.T, o *oracle, dir string, files []string, env map[string]string) {
	t.Helper()
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	theirs := o.ask(t, dir, files, env)
	report, err := closure.Read(dir, files, lookup)
	switch {
	case err != nil && theirs.Error != nil:
		return
	case err != nil:
		for _, d := range deliberate {
			if strings.Contains(err.Error(), d) {
				return
			}
		}
		t.Errorf("refused, pip does not: %v", report.Error)
		return
	case theirs.Error != nil:
		t.Errorf("accepted, but pip says: %v", theirs.Error)
		return
	}
	want := meaning(theirs, dir) // before plain changes it
	var ours answer
	b, _ := json.Marshal(report)
	if err := json.Unmarshal(b, &ours); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plain(theirs, dir), plain(ours, dir)); diff != "" {
		t.Errorf("pip (-) and we (+) differ:\n%s", diff)
	}
	c, err := closure.Load(dir, files, lookup)
	if err != nil {
		t.Fatal(err)
	}
	flat := t.TempDir()
	r, k := c.Canonical()
	write(t, flat, "requirements.txt", r)
	write(t, flat, "constraints.txt", k)
	write(t, flat, "all.txt", []byte("-r requirements.txt\n-c constraints.txt\n"))
	if err := os.Symlink(dir, filepath.Join(flat, "src")); err != nil {
		t.Fatal(err)
	}
	again := o.ask(t, flat, []string{"all.txt"}, nil)
	if again.Error != nil {
		t.Errorf("pip refuses the canonical text: %v\n%s%s", again.Error, r, k)
		return
	}
	if diff := cmp.Diff(want, meaning(again, filepath.Join(flat, "src"))); diff != "" {
		t.Errorf("the canonical text means something else (+) than the file (-):\n%s\n%s%s", diff, r, k)
	}
}

// plain brings both sides to what is compared field by field.
func plain(a answer, dir string) answer {
	for _, r := range a.Requirements {
		delete(r, "same_specifier")
		r["link"], r["raw"] = link.Mask(r["link"].(string)), link.Mask(r["raw"].(string))
	}
	if a.Requirements == nil {
		a.Requirements = []map[string]any{}
	}
	o := a.Options
	if pre, ok := o["pre"].(bool); ok {
		list, _ := o["all_releases"].([]any)
		if pre && !slices.Contains(list, any(":all:")) {
			list = append(list, ":all:")
		}
		o["all_releases"] = list
	}
	delete(o, "pre")
	for _, key := range []string{"all_releases", "only_final", "use_features", "trusted_hosts", "index_urls", "find_links"} {
		list, _ := o[key].([]any)
		out := []string{}
		for _, v := range list {
			s := link.Mask(v.(string))
			if rel, ok := strings.CutPrefix(s, dir+"/"); ok && key == "find_links" {
				s = filepath.Clean(rel)
			} else if key == "find_links" && !strings.Contains(s, ":") {
				s = filepath.Clean(s)
			}
			out = append(out, s)
		}
		if key != "index_urls" && key != "find_links" {
			slices.Sort(out)
		}
		o[key] = out
	}
	for _, key := range []string{"no_require_hashes"} {
		o[key] = o[key] == true
	}
	return a
}

// meaning is what pip would act upon, without spelling and order.
func meaning(a answer, dir string) []string {
	var out []string
	hash := a.Options["require_hashes"] == true
	for _, r := range a.Requirements {
		link := anonymous(r["link"].(string))
		link = strings.TrimPrefix(link, "file://")
		link = strings.TrimPrefix(strings.TrimPrefix(link, "file:"), dir)
		link = strings.TrimPrefix(strings.TrimPrefix(link, "src"), "/")
		base, fragment, _ := strings.Cut(link, "#")
		var keep []string
		for _, f := range strings.Split(fragment, "&") {
			if f != "" && !strings.HasPrefix(f, "egg=") && base != "libs/foo" { // a folder's says nothing
				keep = append(keep, f)
			}
		}
		name, specifier := r["name"], r["same_specifier"]
		if link != "" {
			name, specifier = "", nil // the link says it
		}
		hashes := map[string][]string{}
		for alg, list := range r["hashes"].(map[string]any) {
			hash = true
			for _, h := range list.([]any) {
				hashes[alg] = append(hashes[alg], strings.ToLower(h.(string)))
			}
			slices.Sort(hashes[alg])
			hashes[alg] = slices.Compact(hashes[alg])
		}
		line, _ := json.Marshal([]any{name, specifier, r["extras"], r["marker"], base, keep, r["constraint"], hashes, r["config_settings"]})
		out = append(out, string(line))
	}
	slices.Sort(out)
	out = slices.Compact(out)
	o := a.Options
	for _, key := range []string{"index_urls", "no_index", "no_binary", "only_binary", "prefer_binary", "trusted_hosts", "use_features"} {
		v := fmt.Sprint(o[key])
		if list, ok := o[key].([]any); ok && key == "index_urls" {
			v = ""
			for _, u := range list {
				if one := " " + strings.TrimRight(anonymous(u.(string)), "/"); !strings.Contains(v+" ", one+" ") {
					v += one
				}
			}
		}
		if key == "no_binary" || key == "only_binary" {
			if strings.Contains(v, ":all:") {
				v = ":all:"
			}
		}
		out = append(out, key+" "+v)
	}
	return append(out, fmt.Sprint("hash ", hash && o["no_require_hashes"] != true))
}

// anonymous is a URL without userinfo, but for ssh, and with a small scheme.
func anonymous(link string) string {
	link = strings.NewReplacer("%24{", "${", "%1F", "\x1f", "%1f", "\x1f", "%c2%a0", "\u00a0", "%C2%A0", "\u00a0", "%09", "\t", "%20", " ", "%5C", `\`).Replace(link)
	i := strings.Index(link, "//")
	if i < 0 {
		return link
	}
	end := len(link)
	if j := strings.IndexAny(link[i+2:], "/?#"); j >= 0 {
		end = i + 2 + j
	}
	if at := strings.LastIndexByte(link[:end], '@'); at >= 0 && !strings.Contains(link[:i], "ssh") {
		link, end = link[:i+2]+link[at+1:], end-(at+1-i-2)
	}
	return strings.ToLower(link[:end]) + link[end:]
}

func write(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// unpack lays a txtar file out in a fresh folder.
func unpack(t *testing.T, path string) (dir string, env map[string]string) {
	t.Helper()
	a, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir, env = t.TempDir(), map[string]string{}
	for _, line := range strings.Split(string(a.Comment), "\n") {
		if k, v, ok := strings.Cut(strings.TrimPrefix(line, "env "), "="); ok && strings.HasPrefix(line, "env ") {
			env[k] = v
		}
	}
	for _, f := range a.Files {
		write(t, dir, f.Name, f.Data)
	}
	return dir, env
}

func TestOracleCorpus(t *testing.T) {
	o := newOracle(t)
	files, err := filepath.Glob("testdata/corpus/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no corpus", err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			dir, env := unpack(t, f)
			check(t, o, dir, []string{"requirements.txt"}, env)
		})
	}
}

// TestOracleRandom compares on lines put together at random.
func TestOracleRandom(t *testing.T) {
	o := newOracle(t)
	dir := t.TempDir()
	write(t, dir, "libs/foo/pyproject.toml", nil)
	write(t, dir, "wheels/a-1.0-py3-none-any.whl", nil)
	write(t, dir, "other.txt", []byte("six\n"))
	write(t, dir, "c.txt", []byte("six<2\n"))
	env := map[string]string{"SET": "value", "OPT": "--pre", "EMPTY": ""}
	n := 1500
	if v, err := strconv.Atoi(os.Getenv("GCPDEPLOY_ORACLE_CASES")); err == nil {
		n = v
	}
	for seed := range n {
		rnd := rand.New(rand.NewPCG(1, uint64(seed)))
		text := randomFile(rnd)
		write(t, dir, "requirements.txt", []byte(text))
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			check(t, o, dir, []string{"requirements.txt"}, env)
			if t.Failed() {
				t.Logf("file:\n%q", text)
			}
		})
	}
}

func randomFile(rnd *rand.Rand) string {
	pick := func(s ...string) string { return s[rnd.IntN(len(s))] }
	blank := func() string { return pick("", "", " ", "  ", "\t") }
	ver := func() string {
		return pick("", "v") + pick("", "", "", "1!") + pick("1", "1.0", "1.0.0", "01.2.30", "2024.1", "1.10") +
			pick("", "", "", "a1", ".b2", "-rc.3", "c", "alpha", "preview-4") + pick("", "", "", ".post1", "-1", "r2", "rev") + pick("", "", "", ".dev", "dev03") +
			pick("", "", "", "", "+local.1", "+Ubuntu-01") + pick("", "", "", "", ".*")
	}
	spec := func() string { return pick("==", "==", "!=", ">=", "<=", "<", ">", "~=", "===") + blank() + ver() }
	name := func() string { return pick("flask", "Flask", "a.b-_c", "A", "zope.interface", "x1", "foo_") }
	markerItem := func() string {
		return blank() + pick("python_version", "os.name", "sys_platform", "extra", "python_implementation", "platform_machine") + blank() +
			pick("==", "!=", "<", ">=", " in ", " not in ", "~=") + blank() + pick(`"3.8"`, `'win32'`, `"A_b"`, `'a"b'`, `"x\x41"`, `"-x"`)
	}
	var marker func(int) string
	marker = func(d int) string {
		s := markerItem()
		if d < 3 && rnd.IntN(4) == 0 {
			s = blank() + "(" + marker(d+1) + ")" + blank()
		}
		if rnd.IntN(3) == 0 {
			s += " " + pick("and", "or") + " " + marker(d+1)
		}
		return s
	}
	req := func() string {
		s := name()
		switch rnd.IntN(12) {
		case 0:
			return pick("./libs/foo", "libs/foo", "./wheels/a-1.0-py3-none-any.whl", "file:libs/foo", "./libs/foo[x]") + pick("", " ; "+marker(0))
		case 1:
			return pick("https://h/f-1.0-py3-none-any.whl", "https://h/f.zip#egg=f", "git+https://h/r@v1#egg=f&subdirectory=s", "https://u:p@h/f.zip", "hg+ssh://u@h/f") + pick("", " ; "+marker(0), "; "+marker(0), ";"+marker(0))
		case 2:
			return s + pick("", "[x]", "[ X , y_z ]") + pick(" @ ", "@") + pick("https://h/a.zip", "git+ssh://git@h/r.git", "file:libs/foo", "https://t@h/a.whl", "https://h/f-1.0-py3-none-any.whl#sha256=ab") + pick("", " ; "+marker(0), ";"+marker(0))
		}
		s += pick("", "", "[x]", "[x,Y]", " [ a.b ]", "[]")
		switch rnd.IntN(4) {
		case 0:
		case 1:
			s += blank() + "(" + spec() + ")"
		case 2:
			s += blank() + spec()
		case 3:
			s += blank() + spec() + blank() + "," + blank() + spec() + pick("", "", ",")
		}
		if rnd.IntN(3) == 0 {
			s += blank() + ";" + marker(0)
		}
		return s
	}
	option := func() string {
		return pick("-i https://a/s/", "--index-url=https://u:p@a/s", "--extra-index-url https://b", "--extra-index https://c", "--pre", "--no-index",
			"--no-binary x,Y", "--no-b :all:", "--only-binary :none:", "--only-binary=Z", "--prefer-binary", "--all-releases a", "--only-final :all:", "--only-final b",
			"--trusted-host h:80", "--use-feature fast-deps", "--require-hashes", "--hash=sha256:ab", "--hash sha512:CD", "-C k=v", "--config-settings='k=v w'", "-Ck=", "--config-setting \"a b=c\"",
			"-r other.txt", "-rother.txt", "-c c.txt", "-f wheels", "--find-links https://l", "-e ./libs/foo", "-e 'git+https://h/r#egg=q'", "--pypi-url https://d", "-i=x", "--no", "--bad", "--")
	}
	var lines []string
	noisy := rnd.IntN(3) == 0
	for range 1 + rnd.IntN(4) {
		var line string
		switch rnd.IntN(5) {
		case 0, 1:
			line = req()
		case 2:
			line = option()
		case 3:
			line = req() + " " + option()
		case 4:
			line = option() + " " + pick(option(), option(), "word", "")
		}
		line = blank() + line + pick("", "", "", " # c", "#c", " \\\n", "\\\n  ", " ${SET}", "${UNSET}", " ${OPT}", "${EMPTY}")
		for noisy && rnd.IntN(4) == 0 {
			noise := pick(" ", "  ", "\t", "\\", "'", `"`, "#", ";", "=", ",", "-", "[", ")", "\u00a0", "\x1f", "é", "@", "!", "/", "*", "$", ".")
			i := rnd.IntN(len(line) + 1)
			line = line[:i] + noise + line[i:]
		}
		lines = append(lines, line)
	}
	return strings.ToValidUTF8(strings.Join(lines, pick("\n", "\r\n", "\r", "\f", "\u2028")), "") + pick("", "\n", "\\")
}
