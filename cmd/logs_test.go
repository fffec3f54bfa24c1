package cmd_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
)

// talker is a step that writes a line of a megabyte, and one after it.
type talker struct{}

func (talker) Step(_ context.Context, r worker.StepRequest) (int, error) {
	_, err := fmt.Fprintln(r.Stdout, strings.Repeat("x", 1<<20)+"\nand on")
	return 0, err
}

// TestBuildLogLongLine: a long line ends no log.
func TestBuildLogLongLine(t *testing.T) {
	t.Parallel()
	s := executing(t, talker{})
	build := &cloudbuildpb.Build{Steps: []*cloudbuildpb.BuildStep{{Name: "x"}}, Tags: []string{"gcpdeploy", engine.ServiceTag("hello", "")}}
	_, err := emulator.Get[*cloudbuild.Server](s).CreateBuild(t.Context(), &cloudbuildpb.CreateBuildRequest{
		Parent: "projects/p-1/locations/r", ProjectId: "p-1", Build: build})
	if err != nil {
		t.Fatal(err)
	}
	exit, stdout, stderr := inProcess(t.Context(), at(s.URL(), s.TokenFile()), t.TempDir(), "logs", "--build", "--follow", "--json", "--source", smallApp(t, nil))
	if exit != 0 {
		t.Fatal(exit, stderr)
	}
	long, after := 0, false
	for line := range strings.Lines(stdout) {
		var l struct{ Text string }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		long, after = max(long, len(l.Text)), after || strings.HasSuffix(l.Text, "and on")
	}
	if long < 64<<10 || !after {
		t.Errorf("the longest line has %d bytes; the one after it came: %v", long, after)
	}
}

// TestLogsFlags: what does not go together, and flags behind a build's ID.
func TestLogsFlags(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"logs b1":                          "--build",
		"logs --step test":                 "--build",
		"logs --status 5xx":                "--requests",
		"logs --requests --status 7xx":     "5xx",
		"logs --requests --status 500-400": "400-499",
		"logs --by-request --follow":       "--trace",
		"logs --trace xyz":                 "32 hexadecimal digits",
		"logs --build --by-request":        "--build",
		"logs --build --since 1h":          "--since",
		"logs --since=-1h":                 "--since",
		"logs --severity loud":             "EMERGENCY",
		"logs --build b1 b2":               "b2",
		"logs --build b1 --stop test":      "--stop",
		"logs --build b1 --step":           "--step",
		"logs --build b1 --step x --json":  "nowhere",
		"logs --severity error --follow":   "nowhere",
		"cancel a b":                       "b",
	} {
		f := strings.Fields(words)
		exit, stdout, stderr := inProcess(t.Context(), nil, t.TempDir(), slices.Insert(f, 1, "--source", "/nowhere")...)
		if exit != 2 || !strings.Contains(stdout+stderr, want) {
			t.Errorf("%s: %d, %s%s", words, exit, stdout, stderr)
		}
	}
}
