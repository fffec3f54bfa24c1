package frame_test

import (
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

func TestImage(t *testing.T) {
	t.Parallel()
	here := frame.Image("127.0.0.1:5000", "p.x")
	for text, want := range map[string]string{
		"local-docker.pkg.dev/p.x/r/a:v1":             "127.0.0.1:5000/p.x/r/a:v1",
		"BASE=europe-west1-docker.pkg.dev/p.x/r/a":    "BASE=127.0.0.1:5000/p.x/r/a",
		"local-docker.pkg.dev/pyx/r/a":                "local-docker.pkg.dev/pyx/r/a", // another project's
		"x/local-docker.pkg.dev/p.x/r/a":              "x/local-docker.pkg.dev/p.x/r/a",
		"local-docker.pkg.dev.example/p.x/r/a":        "local-docker.pkg.dev.example/p.x/r/a",
		"local-python.pkg.dev/p.x/r/a":                "local-python.pkg.dev/p.x/r/a",
		"echo https://local-docker.pkg.dev/p.x/r/a:1": "echo https://local-docker.pkg.dev/p.x/r/a:1",
	} {
		if got := here(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
