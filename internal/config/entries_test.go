package config_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

//go:embed testdata/entries.py
var judge string

type env = map[string]string

// written are ways to give variables, and what gcloud reads in each; nil = it refuses it.
var written = []struct {
	kind, text string
	want       env
	only       string // what we do otherwise
}{
	{"flag", "A=1", env{"A": "1"}, ""},
	{"flag", "A=1,B=2", env{"A": "1", "B": "2"}, ""},
	{"flag", "A=1,", env{"A": "1"}, ""},
	{"flag", "A=1,,B=2", nil, ""},
	{"flag", ",A=1", nil, ""},
	{"flag", "A=", env{"A": ""}, ""},
	{"flag", "=1", nil, ""},
	{"flag", "A", nil, ""},
	{"flag", "A=a=b", env{"A": "a=b"}, ""},
	{"flag", "A==", env{"A": "="}, ""},
	{"flag", "^:^A=1,2:B=3", env{"A": "1,2", "B": "3"}, ""},
	{"flag", "^:^A=1:", env{"A": "1"}, ""},
	{"flag", "^:^A=1::B=2", nil, ""},
	{"flag", "^::^A=a:b::B=2", env{"A": "a:b", "B": "2"}, ""},
	{"flag", "^--^A=1--B=2,3", env{"A": "1", "B": "2,3"}, ""},
	{"flag", "^,^A=1,B=2", env{"A": "1", "B": "2"}, ""},
	{"flag", "^@^A=me@x@B=2", nil, ""},
	{"flag", "^^A=1", nil, ""},
	{"flag", "A=^x^", env{"A": "^x^"}, ""},
	{"flag", `A="a,b"`, nil, ""},
	{"flag", `A="a"`, env{"A": `"a"`}, ""},
	{"flag", "A='x'", env{"A": "'x'"}, ""},
	{"flag", `A=1\,2`, nil, ""},
	{"flag", "A= x ,B=y", env{"A": " x ", "B": "y"}, ""},
	{"flag", "A=l1\nl2,B=2", env{"A": "l1\nl2", "B": "2"}, ""},
	{"flag", "A=ü", env{"A": "ü"}, ""},
	{"flag", "", env{}, ""},
	{"flag", "^:^", env{}, ""},
	{"flag", "A=1,A=2", env{"A": "2"}, "refused: nobody means both"},
	{"flag", "^A=1", env{"^A": "1"}, "refused: a separator was meant"},

	{"yaml", "A: one\nB: 'a, b=c'\n", env{"A": "one", "B": "a, b=c"}, ""},
	{"yaml", "A: |\n  l1\n  l2\n", env{"A": "l1\nl2\n"}, ""},
	{"yaml", "{\"A\": \"1\"}", env{"A": "1"}, ""},
	{"yaml", "A: 1\n", nil, ""},
	{"yaml", "A: true\n", nil, ""},
	{"yaml", "A: ''\n", env{"A": ""}, ""},
	{"yaml", "A:\n", nil, ""},
	{"yaml", "- A\n", nil, ""},
	{"yaml", "A: {B: c}\n", nil, ""},

	{"env", "A=1\nB=2\n", env{"A": "1", "B": "2"}, ""},
	{"env", "\n# text\n  A = 1  \nexport B=2 # two\nC=a#b\nD=\nE=x=y", env{"A": "1", "B": "2", "C": "a#b", "D": "", "E": "x=y"}, ""},
	{"env", "A='single \\' \\\\ \\n'\nB=\"double \\\" \\n\\t'\"\n", env{"A": `single ' \ \n`, "B": "double \" \n\t'"}, ""},
	{"env", "A=\"l1\nl2\" # a\r\nB='x'\r\n", env{"A": "l1\nl2", "B": "x"}, ""},
	{"env", "A=1\nB=${A}2\nC=${NONE:-d}\nD=$A\n", env{"A": "1", "B": "12", "C": "d", "D": "$A"}, ""},
	{"env", "'A'=1\nA=2\n", env{"A": "2"}, ""},
	{"env", "A='x\\'\n", env{"A": `x\`}, ""},
	{"env", "A=1\n'no\nB=2\n", env{"A": "1", "B": "2"}, "refused: the line would be left out silently"},
	{"env", "A\n", nil, ""},
	{"env", "B=${NONE}\n", env{"B": ""}, "refused: it would be this machine's variable"},
}

// TestEntriesAsGcloud: what people write for gcloud means the same here.
func TestEntriesAsGcloud(t *testing.T) {
	t.Parallel()
	for _, tt := range written {
		in := config.Input{Dir: app(t, ""), Targets: targets, Flags: map[string][]string{"set-env-vars": {tt.text}}}
		if tt.kind != "flag" {
			path := filepath.Join(t.TempDir(), "x."+tt.kind)
			write(t, path, tt.text)
			in.Flags = map[string][]string{"env-vars-file": {path}}
		}
		c, err := config.Load(in)
		if tt.want == nil || tt.only != "" {
			if errs.KindOf(err) != errs.Usage {
				t.Errorf("%s %q: %v", tt.kind, tt.text, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s %q: %v", tt.kind, tt.text, err)
			continue
		}
		got := settings(c).Env
		if got == nil {
			got = env{}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s %q: -want +got:\n%s", tt.kind, tt.text, diff)
		}
	}
}

// TestJudge: gcloud's own code reads the same in them.
func TestJudge(t *testing.T) {
	t.Parallel()
	gcloud, err := exec.LookPath("gcloud")
	if err == nil {
		gcloud, err = filepath.EvalSymlinks(gcloud)
	}
	lib := filepath.Join(filepath.Dir(filepath.Dir(gcloud)), "lib")
	if err == nil {
		_, err = os.Stat(filepath.Join(lib, "googlecloudsdk"))
	}
	python, pythonErr := exec.LookPath("python3")
	if err != nil || pythonErr != nil {
		if os.Getenv("GCPDEPLOY_REQUIRE_GCLOUD") == "1" {
			t.Fatalf("GCPDEPLOY_REQUIRE_GCLOUD=1: %v, %v", err, pythonErr)
		}
		t.Skip("no gcloud or no python3 here")
	}
	var asked [][2]string
	for _, tt := range written {
		asked = append(asked, [2]string{tt.kind, tt.text})
	}
	texts, err := json.Marshal(asked)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), python, "-c", judge, lib)
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "CLOUDSDK_CONFIG=" + t.TempDir(), "PYTHONDONTWRITEBYTECODE=1", "PYTHONUTF8=1"}
	var stderr bytes.Buffer
	c.Stdin, c.Stderr = bytes.NewReader(texts), &stderr
	out, err := c.Output()
	var said []env
	if err == nil {
		err = json.Unmarshal(out, &said)
	}
	if err != nil || len(said) != len(written) {
		t.Fatalf("%v\n%s%s", err, out, stderr.String())
	}
	for n, tt := range written {
		if diff := cmp.Diff(tt.want, said[n]); diff != "" {
			t.Errorf("gcloud reads %s %q: -want +got:\n%s", tt.kind, tt.text, diff)
		}
	}
}
