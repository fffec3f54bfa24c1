package wheel

import (
	"fmt"
	"strings"

	"deps.dev/util/pypi"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// Parse gives name and version, in their normal forms, from a wheel's file name.
func Parse(file string) (name, version string, err error) {
	parts := strings.Split(strings.TrimSuffix(file, ".whl"), "-")
	if _, err := pypi.ParseWheelName(file); err != nil || !valid(parts) {
		return "", "", fmt.Errorf("invalid wheel file name %q", file)
	}
	version, ok := pep508.ParseVersion(parts[1])
	if !ok {
		return "", "", fmt.Errorf("invalid version %q in the wheel's name", parts[1])
	}
	return pep508.Normal(parts[0]), version, nil
}

// parseWheel reads the file name of a project's wheel (PEP 427). Tags are
// compared in small letters.
func parseWheel(project, name string) (tags []pypi.PEP425Tag, version string, ok bool) {
	w, err := pypi.ParseWheelName(strings.ToLower(name))
	if err != nil || pep508.Normal(w.Name) != project || w.Version == "" {
		return nil, "", false
	}
	return w.Platforms, w.Version, true
}

// sdistExtensions are those that pip installs.
var sdistExtensions = []string{".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".tar"}

// sdistVersion reads the version in the file name of a project's sdist. Older
// sdists spell the name in any way, and it may hold dashes.
func sdistVersion(project, name string) (version string, ok bool) {
	for _, ext := range sdistExtensions {
		stem, found := strings.CutSuffix(name, ext)
		if !found {
			continue
		}
		for i, c := range stem {
			if c == '-' && i+1 < len(stem) && pep508.Normal(stem[:i]) == project {
				return stem[i+1:], true
			}
		}
		return "", false
	}
	return "", false
}

// valid checks the parts of a wheel's name that the library takes on trust.
func valid(parts []string) bool {
	if len(parts) < 5 || strings.Contains(parts[0], "__") || strings.Trim(parts[0], "._") == "" {
		return false
	}
	tags := parts[len(parts)-3:]
	for i, tag := range tags {
		for _, t := range strings.Split(tag, ".") {
			plain := strings.IndexFunc(t, func(r rune) bool { return r > 127 || r != '_' && !pep508.IsAlnum(byte(r)) }) < 0
			if t == "" || i == 0 && (!plain || pep508.IsDigit(t[0])) {
				return false
			}
		}
	}
	return true
}
