package appyaml_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
)

//go:embed testdata/judge.py
var judge string

// verdict is what gcloud's parser says of a file.
type verdict struct {
	Taken bool
	Error string
	Env   map[string]string
}

// ask has the parser of gcloud read files; without gcloud the test is skipped, or
// fails under GCPDEPLOY_REQUIRE_GCLOUD=1.
func ask(t *testing.T, kind string, texts []string) []verdict {
	t.Helper()
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
	args := []string{"-", lib}
	for i, text := range texts {
		dir := filepath.Join(t.TempDir(), strconv.Itoa(i))
		path := filepath.Join(dir, kind+".yaml")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	c := exec.CommandContext(t.Context(), python, args...)
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "CLOUDSDK_CONFIG=" + t.TempDir()}
	var stderr bytes.Buffer
	c.Stdin, c.Stderr = bytes.NewBufferString(judge), &stderr
	out, err := c.Output()
	var said []verdict
	if err == nil {
		err = json.Unmarshal(out, &said)
	}
	if err != nil || len(said) != len(texts) {
		t.Fatalf("%v\n%s%s", err, out, stderr.String())
	}
	return said
}

func long(n int) string { return string(bytes.Repeat([]byte("a"), n)) }

// TestJudge: gcloud's own parser takes and refuses the same files, and has the same
// variables from them.
func TestJudge(t *testing.T) {
	t.Parallel()
	for i, v := range ask(t, "app", files) {
		f, err := appyaml.Parse("app.yaml", []byte(files[i]))
		if v.Taken != (err == nil) {
			t.Errorf("%q:\nours   %v\ngcloud %s", files[i], err, v.Error)
			continue
		}
		if err != nil {
			continue
		}
		got := map[string]string{}
		env, _ := f.At("env_variables")
		for _, e := range env.Fields {
			got[e.Name] = e.Value.Text
		}
		if d := cmp.Diff(v.Env, got); d != "" {
			t.Errorf("%q: %s", files[i], d)
		}
	}
}

// TestStricter: what gcloud makes something else of than is written is refused.
func TestStricter(t *testing.T) {
	t.Parallel()
	texts := []string{
		standard + "env_variables:\n  A:\n",                    // the text None
		standard + "env_variables: {A: [b]}\n",                 // the text []
		standard + "entrypoint: [gunicorn, app]\n",             // the text []
		"env: flex\nnetwork: {session_affinity: 'false'}\n",    // true
		"env: flex\nresources: {disk_size_gb: 10.5}\n",         // 10
		standard + "env_variables: {A: 2020-01-02t03:04:05}\n", // without the t
		standard + "env_variables: {A: !!int '5'}\n",           // what a tag makes of it
		standard + "backends: [{name: b}]\n",                   // nothing
	}
	for i, v := range ask(t, "app", texts) {
		if _, err := appyaml.Parse("app.yaml", []byte(texts[i])); err == nil || !v.Taken {
			t.Errorf("%q:\nours   %v\ngcloud %s", texts[i], err, v.Error)
		}
	}
}
