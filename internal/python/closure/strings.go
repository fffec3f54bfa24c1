package closure

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
	"github.com/gcpdeploy/gcpdeploy/internal/python/reqfile"
)

// Located is a dependency specifier and where it stands.
type Located struct {
	Text   string
	Line   int // counted from 1, 0 when unknown
	Column int // of the first character of Text, 0 when unknown

	// Path makes it a local project or archive, slashed and relative to the app;
	// Text then has no version and no URL.
	Path string
	// Editable says that a project at Path is imported in place; Complete that all
	// it depends on is given, too, so that nobody has to ask it.
	Editable, Complete bool
	// Hashes are "ALGORITHM:HEX", one of which an artefact must have.
	Hashes []string
	// Others are hashes that artefacts for other targets have, which pip need not know.
	Others []string
}

// Strings are dependency specifiers (PEP 508) of one file that is no pip file,
// such as a pyproject.toml: no options, no variables. File is slashed
// and relative to the app.
type Strings struct {
	File  string
	Lines []Located
	// Logins are the files, of those that were read for it, with a login in a URL.
	Logins []string
}

// Sources are all that a closure is read from. The settings outweigh what the
// files say of the same.
type Sources struct {
	Files                []string // pip's files, as for Load
	Strings              []Strings
	IndexURL             string // instead of the files' index; "" = theirs
	ExtraIndexURLs       []string
	NoBinary, OnlyBinary []string

	// Project reads a project in a folder of the app's tree, with the extras that
	// are asked for. With nil the wheels are made of such projects, too.
	Project func(dir string, extras []string) (Project, error)
}

// LoadAll reads files as Load does, dependency specifiers of other files, and
// settings from outside, into one closure.
func LoadAll(dir string, from Sources, lookup func(string) (string, bool)) (*Closure, error) {
	l, err := newLoader(dir, lookup)
	if err != nil {
		return nil, err
	}
	if err := l.load(from.Files); err != nil {
		return nil, err
	}
	for _, s := range from.Strings {
		if err := l.strings(s); err != nil {
			return nil, err
		}
	}
	if err := l.own(from.Project); err != nil {
		return nil, err
	}
	if from.IndexURL != "" && !l.c.Options.NoIndex {
		l.at, l.raw = errs.Place{File: "wheels.index_url"}, ""
		l.c.index = link.Mask(from.IndexURL)
		_ = l.credential(link.Split(from.IndexURL), 0) // there is no raw text
	}
	for _, u := range from.ExtraIndexURLs {
		if !l.c.Options.NoIndex {
			l.at, l.raw = errs.Place{File: "wheels.index_url"}, ""
			l.c.extra = append(l.c.extra, link.Mask(u))
			_ = l.credential(link.Split(u), 0)
		}
	}
	var uses []reqfile.Use
	for _, name := range from.NoBinary {
		uses = append(uses, reqfile.Use{Name: "--no-binary", Value: name})
	}
	for _, name := range from.OnlyBinary {
		uses = append(uses, reqfile.Use{Name: "--only-binary", Value: name})
	}
	if f := l.choices(uses); f != nil {
		return nil, errs.New(errs.Usage, f.Hint, "wheels.no_binary and wheels.only_binary: %s", f.Message)
	}
	return l.finish(), nil
}

// ParseStrings makes a closure of dependency specifiers alone.
func ParseStrings(dir, file string, lines []Located) (*Closure, error) {
	return LoadAll(dir, Sources{Strings: []Strings{{File: file, Lines: lines}}}, nil)
}

func (l *loader) strings(s Strings) error {
	for _, line := range s.Lines {
		l.at, l.raw = errs.Place{File: s.File, Line: line.Line, Column: line.Column}, line.Text
		r := newRequirement(line.Text, s.File, line.Line)
		p, f := pep508.Dependency{}, link.Check(line.Text)
		if f == nil {
			p, f = pep508.Parse(line.Text)
		}
		if !utf8.ValidString(line.Text) {
			f = pep508.Faultf(-1, "save the file as UTF-8", "the text is not UTF-8")
		}
		if f == nil {
			f = l.set(&r, p)
		}
		if f == nil && line.Path != "" {
			r.Raw += " @ " + line.Path
			r.Editable, r.form.complete = line.Editable, line.Complete
			f = l.setLocal(&r, line.Path, line.Path, -1)
		}
		for _, hash := range line.Hashes {
			algorithm, digest, _ := strings.Cut(hash, ":")
			r.Hashes[algorithm] = append(r.Hashes[algorithm], digest)
		}
		r.others = line.Others
		if f != nil {
			place := l.at
			if place.Column > 0 && f.At > 0 {
				place.Column += f.At
			}
			return errs.At(place, link.Mask(f.Hint), "%s", link.Mask(f.Message))
		}
		l.c.Requirements = append(l.c.Requirements, r)
	}
	if !slices.Contains(l.files.Files, s.File) {
		l.files.Files = append(l.files.Files, s.File)
	}
	for _, name := range s.Logins {
		if !slices.Contains(l.files.Logins, name) {
			l.files.Logins = append(l.files.Logins, name)
		}
	}
	return nil
}
