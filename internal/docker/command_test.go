package docker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// script writes a docker command that prints version, and has buildx or not.
func script(t *testing.T, version string, buildx bool) string {
	t.Helper()
	dir := t.TempDir()
	text := "#!/bin/sh\nif [ \"$1\" = --version ]; then echo '" + version + "'; exit 0; fi\n"
	if !buildx {
		text += "exit 1\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "docker"), []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestFindCommand(t *testing.T) {
	t.Parallel()
	old := script(t, "Docker version 20.10.24+dfsg1, build 297e128", false)
	bare := script(t, "Docker version 28.2.2, build e6534b4", false)
	full := script(t, "Docker version 27.0.1, build 1", true)
	podman := script(t, "podman version 4.3.1", true)
	ancient := script(t, "Docker version 17.12.0-ce, build 1", true)
	for _, tt := range []struct {
		name string
		dirs []string
		want string // folder, or "" for an error with text
		text string
	}{
		{"built in", []string{old}, old, ""},
		{"plugin", []string{full}, full, ""},
		{"second one", []string{bare, "", "/nonexistent", old}, old, ""},
		{"first good one", []string{full, old}, full, ""},
		{"no plugin", []string{bare, bare}, "", "version 28 without the buildx plugin"},
		{"podman", []string{podman}, "", "is not Docker's client"},
		{"ancient", []string{ancient}, "", "older than 18.09"},
		{"none", nil, "", "no docker command on this machine"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := findCommand(t.Context(), tt.dirs)
			if tt.want != "" {
				if err != nil || got != filepath.Join(tt.want, "docker") {
					t.Errorf("= %q, %v", got, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.text) || !strings.Contains(errs.HintOf(err), "nstall") {
				t.Errorf("= %q, %v, hint %q; want %q", got, err, errs.HintOf(err), tt.text)
			}
		})
	}
}
