package deps_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// ofTarget is what only a target's own package should say: its name, its
// variables, its keys.
var ofTarget = regexp.MustCompile(`(?i:cloud[ _-]?run)|\bapp_engine\b|\bK_(SERVICE|REVISION|CONFIGURATION)\b|gcp/run"|gcp/appengine"|\bGAE_(APPLICATION|INSTANCE|SERVICE|VERSION)\b` +
	`|\brun\.(port|cpu|memory|concurrency|min_instances|max_instances|timeout|env|secrets|service_account|allow_unauthenticated)\b`)

// mayNameTarget are the files and folders that may, with reasons.
var mayNameTarget = map[string]string{
	"gcp/run":                "the target itself",
	"gcp/appengine":          "the target itself",
	"gcp/emulator":           "it is one of the emulated services",
	"gcp/clients/targets.go": "the table of targets",
}

// TestOnlyTargetsAreNamed holds that nothing else has to change for another target.
func TestOnlyTargetsAreNamed(t *testing.T) {
	t.Parallel()
	root, used := os.DirFS("../.."), map[string]bool{}
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || path != "." && strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		for n, line := range strings.Split(string(text), "\n") {
			found := ofTarget.FindString(line)
			if found == "" {
				continue
			}
			allowed := ""
			for prefix := range mayNameTarget {
				if under(path, prefix+"/...") {
					allowed = prefix
				}
			}
			if used[allowed] = true; allowed == "" {
				t.Errorf("%s:%d names a target (%s): what differs between targets belongs to release.Target, Kind or Contract", path, n+1, found)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for prefix, reason := range mayNameTarget {
		if !used[prefix] {
			t.Errorf("%s (%s) names no target any more", prefix, reason)
		}
	}
}

func TestTargetsAreSeen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`"the app listens where Cloud Run cannot reach it"`: true, `if c.Target == "cloud-run"`: true, `cloud_run_revision`: true,
		`all["K_SERVICE"] = s`: true, `"github.com/gcpdeploy/gcpdeploy/gcp/run"`: true, `"Raise run.memory."`: true,
		`Cloud Build`: false, `run.Kind`: false, `CLOUDSDK_RUN_REGION`: false, `gcp/runtime"`: false,
	} {
		if got := ofTarget.MatchString(text); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
