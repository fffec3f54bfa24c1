package project

import (
	"io/fs"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
)

// scriptBlock is the metadata of a single-file script (PEP 723).
var scriptBlock = regexp.MustCompile(`(?m)^# /// script\n((?:#(?: .*)?\n)+?)# ///$`)

// script is what the block says.
type script struct {
	Requires     string   `toml:"requires-python"`
	Dependencies []string `toml:"dependencies"`

	text string
	line int // of the block's first line
}

// readScript gives nil for a file without a block.
func readScript(fsys fs.FS, file string) (*script, error) {
	text, _, err := appfile.Read(fsys, file)
	if err != nil {
		return nil, err
	}
	m := scriptBlock.FindStringSubmatchIndex(text)
	if m == nil {
		return nil, nil
	}
	s := &script{line: appfile.LineOf(text, m[2])}
	for line := range strings.Lines(text[m[2]:m[3]]) {
		s.text += strings.TrimPrefix(strings.TrimPrefix(line, "#"), " ")
	}
	if err := toml.Unmarshal([]byte(s.text), s); err != nil {
		return nil, errs.At(appfile.At(file, text, s.line), "", "the block # /// script: %s", strings.TrimPrefix(err.Error(), "toml: "))
	}
	return s, nil
}

// located gives the dependencies with their lines.
func (s *script) located() (lines []closure.Located) {
	for _, text := range s.Dependencies {
		at := max(0, strings.Index(s.text, text))
		lines = append(lines, closure.Located{Text: text, Line: s.line + appfile.LineOf(s.text, at) - 1})
	}
	return lines
}

// scriptFile is the one script of the app's folder with a block, "" for none and
// for several.
func scriptFile(fsys fs.FS) (file string) {
	files, _ := fs.Glob(fsys, "*.py")
	for _, name := range files {
		if s, err := readScript(fsys, name); s == nil && err == nil {
			continue
		}
		if file != "" {
			return ""
		}
		file = name
	}
	return file
}
