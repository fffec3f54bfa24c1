package pywheel

import (
	"strings"

	"deps.dev/util/pypi"
)

// parseWheel reads the file name of a project's wheel (PEP 427). Tags are
// compared in small letters.
func parseWheel(project, name string) (tags []pypi.PEP425Tag, version string, ok bool) {
	w, err := pypi.ParseWheelName(strings.ToLower(name))
	if err != nil || pypi.CanonPackageName(w.Name) != project || w.Version == "" {
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
			if c == '-' && i+1 < len(stem) && pypi.CanonPackageName(stem[:i]) == project {
				return stem[i+1:], true
			}
		}
		return "", false
	}
	return "", false
}
