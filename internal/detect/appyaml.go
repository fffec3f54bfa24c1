package detect

import (
	"io/fs"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
)

// readAppYAML gives nil when there is none for App Engine's Python.
func readAppYAML(fsys fs.FS) (*appyaml.File, error) {
	text, ok, err := appfile.Read(fsys, appyaml.Name)
	if err != nil || !ok {
		return nil, err
	}
	if f, ok := appyaml.Look(appyaml.Name, []byte(text)); ok {
		return f, nil
	}
	return nil, nil
}
