package requirements

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
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
}

// Strings are dependency specifiers (PEP 508) of one file that is no pip file,
// such as a pyproject.toml: no options, no variables. File is slashed
// and relative to the app.
type Strings struct {
	File  string
	Lines []Located
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
		l.c.index = mask(from.IndexURL)
		l.credential(splitURL(from.IndexURL))
	}
	for _, u := range from.ExtraIndexURLs {
		if !l.c.Options.NoIndex {
			l.at, l.raw = errs.Place{File: "wheels.index_url"}, ""
			l.c.extra = append(l.c.extra, mask(u))
			l.credential(splitURL(u))
		}
	}
	var uses []use
	for _, name := range from.NoBinary {
		uses = append(uses, use{option: byLong["--no-binary"], value: name})
	}
	for _, name := range from.OnlyBinary {
		uses = append(uses, use{option: byLong["--only-binary"], value: name})
	}
	if f := l.choices(uses); f != nil {
		return nil, errs.New(errs.Usage, f.hint, "wheels.no_binary and wheels.only_binary: %s", f.msg)
	}
	return l.finish(), nil
}

// ParseStrings makes a closure of dependency specifiers alone.
func ParseStrings(dir, file string, lines []Located) (*Closure, error) {
	return LoadAll(dir, Sources{Strings: []Strings{{file, lines}}}, nil)
}

func (l *loader) strings(s Strings) error {
	for _, line := range s.Lines {
		l.at, l.raw = errs.Place{File: s.File, Line: line.Line, Column: line.Column}, line.Text
		r := Requirement{
			Raw: mask(line.Text), File: s.File, Line: line.Line,
			Hashes: map[string][]string{}, ConfigSettings: Settings{}, Extras: []string{},
		}
		p, f := parsePEP508(line.Text)
		if !utf8.ValidString(line.Text) {
			f = faultf(-1, "save the file as UTF-8", "the text is not UTF-8")
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
		if f != nil {
			place := l.at
			if place.Column > 0 && f.at > 0 {
				place.Column += f.at
			}
			return errs.At(place, mask(f.hint), "%s", mask(f.msg))
		}
		l.c.Requirements = append(l.c.Requirements, r)
	}
	if !slices.Contains(l.c.Files, s.File) {
		l.c.Files = append(l.c.Files, s.File)
	}
	return nil
}
