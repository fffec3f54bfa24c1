package cmd_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/key"
)

// TestWheelsLock writes the lock of what was built from the manifest of the app's
// wheels; the lock is then in the app's key.
func TestWheelsLock(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	config := "service: hello\nproject: p-1\nregion: r\npython: '3.12'\nentrypoint: [python, wsgi.py]\ntest: false\nbase_image: 127.0.0.1:1/python:3\n"
	app := smallApp(t, map[string]string{"gcpdeploy.yaml": config})
	_, stderr := s.run(t, 2, "wheels", "lock", "--source", app)
	if !strings.Contains(stderr, "no file is named") || !strings.Contains(stderr, "lock_build_requirements: build-requirements.lock") {
		t.Errorf("without a file: %s", stderr)
	}
	if err := os.WriteFile(filepath.Join(app, "gcpdeploy.yaml"), []byte(config+"wheels: {lock_build_requirements: locks/build.lock}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stderr = s.run(t, 2, "key", "--source", app)
	if !strings.Contains(stderr, "locks/build.lock: there is no such file") || !strings.Contains(stderr, "gcpdeploy wheels lock") {
		t.Errorf("a file that is not there: %s", stderr)
	}
	wheels := func() key.Key {
		stdout, _ := s.run(t, 0, "key", "--json", "--source", app)
		var keys struct{ Wheels key.Key }
		if err := json.Unmarshal([]byte(stdout), &keys); err != nil {
			t.Fatal(err)
		}
		return keys.Wheels
	}
	file := filepath.Join(app, "locks", "build.lock")
	_, stderr = s.run(t, 1, "wheels", "lock", "--source", app)
	if _, err := os.Stat(file); err == nil || !strings.Contains(stderr, "gcpdeploy up") {
		t.Errorf("of nothing: %v %s", err, stderr)
	}
	// W as it is without the lock, which the first build has.
	unlocked := smallApp(t, map[string]string{"gcpdeploy.yaml": config})
	stdout, _ := s.run(t, 0, "key", "--json", "--source", unlocked)
	var keys struct{ Wheels key.Key }
	if err := json.Unmarshal([]byte(stdout), &keys); err != nil {
		t.Fatal(err)
	}
	manifest := func(more string) map[string]string {
		return map[string]string{"wheelhouse/manifest.json": `{"schema":2,"complete":true,"packages":[
{"name":"six","version":"1.17.0","build_key":"sha256:ab"},
{"name":"omegaconf","version":"2.3.0","build_key":"cd"` + more + `},
{"name":"bare","version":"1.0","build_key":"ef","build_requirements":[]}]}`}
	}
	s.put(t, "wheels", keyLabel(t, keys.Wheels), manifest(""), keys.Wheels.Hash)
	_, stderr = s.run(t, 1, "wheels", "lock", "--source", app)
	if _, err := os.Stat(file); err == nil || !strings.Contains(stderr, "does not tell what omegaconf 2.3.0 was built with") {
		t.Errorf("of an older program's: %v %s", err, stderr)
	}
	s.put(t, "wheels", keyLabel(t, keys.Wheels), manifest(`,"build_requirements":["setuptools==80.9.0","wheel==0.45.1"]`), keys.Wheels.Hash)
	_, stderr = s.run(t, 0, "wheels", "lock", "--source", app)
	if !strings.Contains(stderr, "locks/build.lock: 2 builds locked") {
		t.Errorf("it says %s", stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), "\nbare==1.0:\nomegaconf==2.3.0: setuptools==80.9.0 wheel==0.45.1\n") || strings.Contains(string(text), "six") {
		t.Errorf("%v:\n%s", err, text)
	}
	if w := wheels(); w.Hash == keys.Wheels.Hash {
		t.Error("the lock is not in the key")
	}
}
