package local

import (
	"path/filepath"
	"slices"
	"strings"
)

// paths are the variables with a folder that the daemon and its docker read.
var paths = []string{"HOME", "TMPDIR", "DOCKER_CONFIG", "DOCKER_CERT_PATH"}

// settled is an environment that means the same in another working folder.
func settled(env []string) []string {
	env = slices.Clone(env)
	for i, line := range env {
		name, value, _ := strings.Cut(line, "=")
		if value == "" || !slices.Contains(paths, name) {
			continue
		}
		if abs, err := filepath.Abs(value); err == nil {
			env[i] = name + "=" + abs
		}
	}
	return env
}
