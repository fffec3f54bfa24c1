package requirements

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// maxFiles bounds how many files one closure reads: files that include each
// other twice and twice again would otherwise never end.
const maxFiles = 1000

// loader gathers a closure.
type loader struct {
	dir    string
	lookup func(string) (string, bool)
	c      *Closure
	locals map[string]bool
	files  int
	at     errs.Place // of the line being read
	raw    string     // its text, before variables were replaced

	noBinary, onlyBinary    choice
	allReleases, onlyFinals choice
}

// source is one file while it is being read; chain are the files that include
// it, the outermost first, itself last.
type source struct {
	path, name string
	constraint bool
	chain      []string
}

// Load reads requirement files (slashed, relative to dir; empty names are
// skipped) with everything they include, and gives their closure. lookup is the
// environment for ${NAME}; nil has none. Errors are errs.Usage with their place.
func Load(dir string, files []string, lookup func(string) (string, bool)) (*Closure, error) {
	return LoadAll(dir, Sources{Files: files}, lookup)
}

func newLoader(dir string, lookup func(string) (string, bool)) (*loader, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, errs.New(errs.Internal, "", "finding the app's directory: %w", err)
	}
	if lookup == nil {
		lookup = func(string) (string, bool) { return "", false }
	}
	return &loader{
		dir: abs, lookup: lookup, locals: map[string]bool{},
		noBinary: choice{}, onlyBinary: choice{}, allReleases: choice{}, onlyFinals: choice{},
		c: &Closure{Options: Options{IndexURLs: []string{}, FindLinks: []string{}, TrustedHosts: []string{}, NoBinary: []string{}, OnlyBinary: []string{}}},
	}, nil
}

func (l *loader) load(files []string) error {
	for _, name := range files {
		if name == "" {
			continue
		}
		path := l.abs(filepath.FromSlash(name))
		s := source{path: path, name: l.name(path), chain: []string{path}}
		if err := l.read(s, nil); err != nil {
			return err
		}
	}
	if l.c.Options.RequireHashes && l.c.Options.NoRequireHashes {
		return errs.At(l.at, "remove one of them", "--require-hashes and --no-require-hashes exclude each other")
	}
	return nil
}

// name is a file's path as people see it: slashed, relative to the app.
func (l *loader) name(path string) string {
	if rel, err := filepath.Rel(l.dir, path); err == nil {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(path)
}

// read reads one file; by is the include that names it, nil for a file that the
// caller named.
func (l *loader) read(s source, by *errs.Place) error {
	place := errs.Place{File: s.name}
	if by != nil {
		place = *by
	}
	if hint := otherFormat(s.path); hint != "" {
		return errs.At(place, hint, "%s is no requirements file of pip's", s.name)
	}
	if l.files++; l.files > maxFiles {
		return errs.At(place, "include each file once", "more than %d files are included", maxFiles)
	}
	info, err := os.Stat(s.path)
	if err == nil && !info.Mode().IsRegular() {
		return errs.At(place, "name a file", "%s is no file", s.name)
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(s.path)
	}
	if err != nil {
		return l.unreadable(s, place, by != nil, err)
	}
	if !slices.Contains(l.c.Files, s.name) {
		l.c.Files = append(l.c.Files, s.name)
	}
	text, line, bad := decode(data)
	if bad != nil {
		return errs.At(errs.Place{File: s.name, Line: line}, bad.hint, "%s", bad.msg)
	}
	for _, lg := range join(splitLines(text)) {
		if !lg.strip() {
			continue
		}
		l.raw = lg.text
		lg.expand(l.lookup)
		if err := l.line(s, lg); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) unreadable(s source, place errs.Place, included bool, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return errs.At(place, "make the file readable", "reading %s: %w", s.name, errors.Unwrap(err))
	}
	if !included {
		return errs.At(place, "create it, or name the right file with --requirements", "the requirements file does not exist")
	}
	hint := "the path is relative to the file that includes it; correct it, or remove the line"
	if len(s.chain) > 1 {
		parent := filepath.Dir(s.chain[len(s.chain)-2])
		if rel, e := filepath.Rel(parent, s.path); e == nil && isFile(filepath.Join(l.dir, rel)) {
			up, _ := filepath.Rel(parent, filepath.Join(l.dir, rel))
			hint = "the path is relative to the file that includes it: write " + filepath.ToSlash(up)
		}
	}
	return errs.At(place, hint, "%s does not exist", s.name)
}

// otherFormat says how to come from another tool's file to pip's. Lock files
// are read, but as sources of their own.
func otherFormat(path string) string {
	base := filepath.Base(path)
	switch {
	case base == "uv.lock" || base == "poetry.lock" || base == "Pipfile.lock",
		strings.HasPrefix(base, "pylock.") && strings.HasSuffix(base, ".toml"):
		return "name it in gcpdeploy.yaml: requirements: [" + base + "]"
	case base == "Pipfile":
		return "run pipenv lock, and name Pipfile.lock in gcpdeploy.yaml: requirements: [Pipfile.lock]"
	case base == "pdm.lock":
		return "write one with pdm export -o requirements.txt"
	case base == "pyproject.toml":
		return "leave it out of the requirement files: its dependencies are found by themselves"
	}
	return ""
}
