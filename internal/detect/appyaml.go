package detect

import (
	"io/fs"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
)

// appYAML is what matters of an App Engine app.yaml.
type appYAML struct {
	runtime, version, entrypoint string
	runtimeLine, entrypointLine  int
}

var (
	runtimeKey    = regexp.MustCompile(`(?m)^runtime\s*:`)
	entrypointKey = regexp.MustCompile(`(?m)^entrypoint\s*:`)
)

// readAppYAML gives nil when there is none for App Engine's Python: other
// systems use the name too.
func readAppYAML(fsys fs.FS) (a *appYAML, err error) {
	text, ok, err := appfile.Read(fsys, "app.yaml")
	if err != nil || !ok {
		return nil, err
	}
	var raw struct {
		Runtime    string `yaml:"runtime"`
		Entrypoint string `yaml:"entrypoint"`
	}
	if !decodes(text, &raw) || !strings.HasPrefix(raw.Runtime, "python") {
		return nil, nil
	}
	a = &appYAML{runtime: raw.Runtime, entrypoint: strings.TrimSpace(raw.Entrypoint)}
	for _, name := range []string{"runtime_version", "python_version"} {
		if m := regexp.MustCompile(`(?m)^\s+` + name + `\s*:\s*["']?([0-9.]+)`).FindStringSubmatch(text); m != nil && a.version == "" {
			a.version = m[1]
		}
	}
	if at := runtimeKey.FindStringIndex(text); at != nil {
		a.runtimeLine = appfile.LineOf(text, at[0])
	}
	if at := entrypointKey.FindStringIndex(text); at != nil {
		a.entrypointLine = appfile.LineOf(text, at[0])
	}
	return a, nil
}

func decodes(text string, into any) (ok bool) {
	defer func() {
		if recover() != nil { // the parser's, on text that is no YAML
			ok = false
		}
	}()
	return yaml.Unmarshal([]byte(text), into) == nil
}
