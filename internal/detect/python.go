package detect

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
	"github.com/gcpdeploy/gcpdeploy/internal/python"
	"github.com/gcpdeploy/gcpdeploy/internal/python/project"
)

// Python gives the minor version, such as "3.12": what the project's files or a lock
// file say, else app.yaml, else what a Dockerfile or the tests' files use, else the default.
func Python(fsys fs.FS, locks ...string) (appfile.Found[string], error) {
	f, ok, err := project.Python(fsys, locks...)
	if ok || err != nil {
		return f, err
	}
	if f, err = fromAppYAML(fsys); err != nil || f.From != "default" {
		return f, err
	}
	if spoken, ok := project.Spoken(fsys); ok {
		spoken.Notes = append(f.Notes, spoken.Notes...)
		return spoken, nil
	}
	return f, nil
}

// fromAppYAML reads App Engine's runtime. A version that is not supported is
// only noted: such files are often older than the app.
func fromAppYAML(fsys fs.FS) (appfile.Found[string], error) {
	f := appfile.Found[string]{Value: python.Default, From: "default"}
	a, err := readAppYAML(fsys)
	if err != nil || a == nil {
		return f, err
	}
	word := a.Python()
	if word == "" {
		return f, nil
	}
	minor, _, fault := project.Minor(word)
	if fault != nil || strings.Count(word, ".") == 0 {
		f.Notes = []string{fmt.Sprintf("app.yaml asks for Python %s, %s is used", word, python.Default)}
		return f, nil
	}
	return appfile.Found[string]{Value: minor, From: appfile.Ref(appyaml.Name, a.Line("runtime"))}, nil
}
