package lockfile

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// pipfileMeta is the head of a Pipfile.lock.
type pipfileMeta struct {
	Hash struct {
		Sum *string `json:"sha256"`
	} `json:"hash"`
	Spec     int `json:"pipfile-spec"`
	Requires struct {
		Python string `json:"python_version"`
		Full   string `json:"python_full_version"`
	} `json:"requires"`
	Sources []struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	} `json:"sources"`
}

// pipfilePackage is one entry of a section.
type pipfilePackage struct {
	Version      string   `json:"version"`
	Hashes       []string `json:"hashes"`
	Markers      string   `json:"markers"`
	Index        string   `json:"index"`
	Extras       []string `json:"extras"`
	Git          string   `json:"git"`
	Ref          string   `json:"ref"`
	Path         string   `json:"path"`
	File         string   `json:"file"`
	Subdirectory string   `json:"subdirectory"`
}

// parsePipfile gives what `pipenv requirements --hash` would: the section
// default, or the one named.
func parsePipfile(in input) (*Lock, error) {
	var all map[string]json.RawMessage
	if err := in.decodeJSON(in.data, 0, &all); err != nil {
		return nil, err
	}
	var meta pipfileMeta
	if raw, ok := all["_meta"]; ok {
		if err := in.decodeJSON(raw, in.lineOf(raw), &meta); err != nil {
			return nil, err
		}
	}
	if meta.Spec != 6 {
		return nil, errs.At(errs.Place{File: in.file}, "Run `pipenv lock`.", "version %d of Pipfile.lock is not known", meta.Spec)
	}
	if err := in.demands(0, required{"_meta.hash.sha256", meta.Hash.Sum != nil}, required{"_meta.sources", meta.Sources != nil},
		required{"default", isObject(all["default"])}); err != nil {
		return nil, err
	}
	section := map[string]string{"": "default", "dev": "develop", "dev-packages": "develop"}[in.group]
	section = cmp.Or(section, in.group)
	raw, ok := all[section]
	if !ok || !isObject(raw) {
		return nil, noGroup(in)
	}
	var packages map[string]json.RawMessage
	if err := in.decodeJSON(raw, in.lineOf(raw), &packages); err != nil {
		return nil, err
	}
	l := &Lock{Groups: []string{"dev"}}
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		var q pipfilePackage
		line := in.lineOf(packages[name])
		if err := in.decodeJSON(packages[name], line, &q); err != nil {
			return nil, err
		}
		if err := in.pipfilePackage(l, meta, name, line, q); err != nil {
			return nil, err
		}
	}
	if want := cmp.Or(meta.Requires.Full, meta.Requires.Python); want != "" && !strings.HasPrefix(want+".", strings.TrimSuffix(in.env.Python, "t")+".") {
		l.Notes = append(l.Notes, in.file+" is for Python "+want+", and "+in.env.Python+" is used")
	}
	if in.project != nil {
		if sum, ok, err := pipfileHash(in.project); err != nil {
			return nil, err
		} else if ok && sum != *meta.Hash.Sum {
			l.Stale = "Pipfile was changed since it was made"
		}
	}
	return l.finish(in)
}

func (in input) pipfilePackage(l *Lock, meta pipfileMeta, name string, line int, q pipfilePackage) error {
	rest, holds, err := in.env.Reduce(q.Markers)
	if err != nil || !holds {
		return placed(in, line, err)
	}
	p := Package{Name: pep508.Normal(name), Version: strings.TrimPrefix(q.Version, "=="), Marker: rest, Line: line}
	for _, e := range q.Extras {
		p.Extras = append(p.Extras, pep508.Normal(e))
	}
	var files []artefact
	for _, h := range q.Hashes {
		files = append(files, artefact{"", h})
	}
	if err := p.addFiles(in, files); err != nil {
		return err
	}
	switch {
	case q.Git != "":
		if q.Ref == "" {
			return errs.At(errs.Place{File: in.file, Line: line}, "Run `pipenv lock`.", "%s comes from git without a ref", name)
		}
		p.URL, p.Hashes = gitURL(q.Git, q.Ref, q.Subdirectory), nil
	case q.Path != "" && q.Path == "." || q.Path == "./":
		return nil // the app itself, which is no package of its wheels
	case q.Path != "":
		p.Path = in.local(q.Path)
	case strings.Contains(q.File, "://"):
		p.URL = q.File
	case q.File != "":
		p.Path = in.local(q.File)
	}
	if p.Version == "*" && p.URL == "" && p.Path == "" {
		l.Notes = append(l.Notes, fmt.Sprintf("%s:%d: %s is in it without a version, so the newest is taken", in.file, line, name))
	}
	index := q.Index
	if index == "" && len(meta.Sources) > 0 {
		index = meta.Sources[0].Name
	}
	for _, s := range meta.Sources {
		if s.Name == index && strings.TrimRight(s.URL, "/") != closure.DefaultIndex {
			p.Index = s.URL
		}
	}
	l.Packages = append(l.Packages, p)
	return in.index(p)
}

// isObject tells an object from null, which decodes as if it were empty.
func isObject(raw json.RawMessage) bool { return len(raw) > 0 && !bytes.Equal(raw, []byte("null")) }

// lineOf is where a part of the file begins.
func (in input) lineOf(part []byte) int {
	if i := bytes.Index(in.data, part); i >= 0 {
		return 1 + bytes.Count(in.data[:i], []byte("\n"))
	}
	return 0
}

// decodeJSON decodes a whole file, or a part that begins in a line.
func (in input) decodeJSON(text []byte, line int, into any) error {
	err := json.Unmarshal(text, into)
	if err == nil {
		return nil
	}
	place := errs.Place{File: in.file, Line: line}
	at := int64(-1)
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = e.Offset
	} else if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		at = e.Offset
	}
	if at >= 0 && line == 0 {
		before := text[:min(int(at), len(text))]
		place.Line = 1 + bytes.Count(before, []byte("\n"))
		place.Column = max(1, len(before)-bytes.LastIndexByte(before, '\n')-1)
	}
	return errs.At(place, "Run `pipenv lock`.", "%s", strings.TrimPrefix(err.Error(), "json: "))
}
