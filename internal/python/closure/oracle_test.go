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
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
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
	"without a word", "pip drops a --hash without", "outside of the app's directory", "is a folder around the app", "cannot reach a repository on this machine",
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
