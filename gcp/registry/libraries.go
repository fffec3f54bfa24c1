package registry

import (
	"bytes"
	"os"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/program"
)

// libraries are the shared objects that a linux executable is loaded with, as
// files of the image.
func libraries(exe string) ([]entry, error) {
	const hint = "Build gcpdeploy with CGO_ENABLED=0."
	paths, err := program.Libraries(exe)
	if err != nil {
		return nil, errs.New(errs.Usage, hint, "%s cannot be the builder image's program: %w", exe, err)
	}
	var entries []entry
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, errs.New(errs.Usage, hint, "reading a library of %s: %w", exe, err)
		}
		entries = append(entries, entry{strings.TrimPrefix(path, "/"), 0o755, int64(len(data)), bytes.NewReader(data)})
	}
	return entries, nil
}
