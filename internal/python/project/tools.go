package project

import (
	"io/fs"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
)

var toolVersion = regexp.MustCompile(`(?m)^\s*python\s+([^\s#]+)`)

// toolPython is the Python that asdf's or mise's file names, with its line.
func toolPython(fsys fs.FS) (file, word string, line int, err error) {
	text, _, err := appfile.Read(fsys, ".tool-versions")
	if err != nil {
		return "", "", 0, err
	}
	if m := toolVersion.FindStringSubmatchIndex(text); m != nil {
		return ".tool-versions", text[m[2]:m[3]], appfile.LineOf(text, m[2]), nil
	}
	for _, file := range []string{"mise.toml", ".mise.toml", ".config/mise.toml", "mise/config.toml"} {
		text, ok, err := appfile.Read(fsys, file)
		if err != nil {
			return "", "", 0, err
		}
		var raw struct {
			Tools map[string]any `toml:"tools"`
		}
		if !ok || toml.Unmarshal([]byte(text), &raw) != nil {
			continue
		}
		if word := firstTool(raw.Tools["python"]); word != "" {
			at := max(0, strings.Index(text, word))
			return file, word, appfile.LineOf(text, at), nil
		}
	}
	return "", "", 0, nil
}

// firstTool is mise's first version: a text, a list of them, or a table.
func firstTool(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		if len(v) > 0 {
			return firstTool(v[0])
		}
	case map[string]any:
		return firstTool(v["version"])
	}
	return ""
}

var requiresText = regexp.MustCompile(`\bpython_requires\s*=\s*["']?([^"'\n#]+)`)

// setupRequires is python_requires of a project that is described in setuptools'
// older files.
func setupRequires(fsys fs.FS) (spec, file string, line int) {
	for _, file := range []string{"setup.cfg", "setup.py"} {
		text, _, _ := appfile.Read(fsys, file)
		if m := requiresText.FindStringSubmatchIndex(text); m != nil {
			return strings.TrimSpace(text[m[2]:m[3]]), file, appfile.LineOf(text, m[2])
		}
	}
	return "", "", 0
}
