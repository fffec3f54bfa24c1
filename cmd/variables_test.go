package cmd_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// TestVariablesMeanOneThing: a variable that the program reads or sets for itself is
// none of a key or a section of the configuration. The endpoints of single APIs have
// gcloud's names for that reason: GCPDEPLOY_RUN is the section run.
func TestVariablesMeanOneThing(t *testing.T) {
	t.Parallel()
	of := map[string]string{}
	name := func(key string) string { return "GCPDEPLOY_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_")) }
	for _, key := range config.Keys(clients.Settings()) {
		for at := key; at != ""; at = at[:max(strings.LastIndexByte(at, '.'), 0)] {
			if other, twice := of[name(at)]; twice && other != at {
				t.Errorf("%s is the variable of %s and of %s", name(at), at, other)
			}
			of[name(at)] = at
		}
	}
	if of["GCPDEPLOY_RUN"] != "run" || of["GCPDEPLOY_RUN_CPU"] != "run.cpu" {
		t.Fatalf("the configuration has no section run: %v", of)
	}
	literal := regexp.MustCompile(`"(GCPDEPLOY_[A-Z_]+)[="]`)
	found := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		switch filepath.ToSlash(filepath.Dir(path)) {
		case "../internal/config", "../internal/bench": // which mean the keys
			return nil
		case "../gcp/appengine": // which means variables of versions: this program reads none of those
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range literal.FindAllStringSubmatch(string(text), -1) {
			found++
			if key, ok := of[m[1]]; ok && m[1] != "GCPDEPLOY_APP" { // GitHub's annotations want the key itself
				t.Errorf("%s: %s is the variable of the key %s", path, m[1], key)
			}
		}
		return err
	})
	if err != nil || found < 10 {
		t.Errorf("%d names, %v", found, err)
	}
}
