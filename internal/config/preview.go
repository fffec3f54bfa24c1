package config

import (
	"slices"
	"strings"
	"time"
)

// previewed is the section of previews. Beside its own keys it may have any that an
// environment has, for what is other in previews than in what serves.
const previewed = "preview"

// What a preview is.
const (
	AsTag     = "tag"     // a revision of the service, without traffic, under a tag
	AsService = "service" // a service of its own
)

// Preview says what a preview is, and how long it is shown.
type Preview struct {
	As  string        // "" = AsTag
	TTL time.Duration // 0 = until it is deleted
}

// preview reads the section. What is other in previews is kept under its name there, which
// is no key, until takePreview.
func (l layer) preview(s schema, v value) error {
	if v.kind != mapping {
		return l.section(s, previewed, v)
	}
	own, rest := v, v
	own.fields, rest.fields = nil, nil
	for _, f := range v.fields {
		if _, ok := s.find(previewed + "." + f.name); ok || f.name == previewed {
			own.fields = append(own.fields, f)
		} else {
			rest.fields = append(rest.fields, f)
		}
	}
	if err := l.section(s, previewed, own); err != nil {
		return err
	}
	differs, err := s.flatten(rest)
	if err != nil {
		return err
	}
	for name, v := range differs {
		if k, _ := s.find(name); k.group == GroupWhere {
			return v.fail(previewed+"."+name, Wrong("Remove it; what goes elsewhere is an entry of "+environments+".", "cannot be other in a preview"))
		}
		l[previewed+"."+name] = v
	}
	return nil
}

// takePreview takes what is other in previews out of a layer.
func (l layer) takePreview(s schema) layer {
	differs := layer{}
	for name, v := range l {
		key, ok := strings.CutPrefix(name, previewed+".")
		if _, own := s.find(name); !ok || own {
			continue
		}
		differs[key] = v
		delete(l, name)
	}
	return differs
}

// asPreview makes of what the file says of the service what it says of a preview. One that
// is a service of its own scales less, has all traffic at once, and no jobs but its own.
func (l layer) asPreview(s schema, differs layer, as string) error {
	jobs, ok := differs["jobs"]
	switch {
	case as == AsService:
		for name := range l {
			if name == "jobs" || strings.HasPrefix(name, "canary.") {
				delete(l, name)
			}
		}
		for _, k := range s.chosen.Keys {
			name := s.chosen.Section + "." + k.Name
			to, ok := s.chosen.Preview[k.Name]
			if !ok {
				continue
			}
			if delete(l, name); to != "" {
				l[name] = value{kind: text, text: to, loose: true, at: origin{name: "default of previews"}}
			}
		}
	case ok:
		return jobs.fail(previewed+".jobs", Wrong("Remove it, or have previews be services of their own: `as: service`.", "are of the service, and a preview by a tag has none"))
	}
	l.merge(s, differs)
	return nil
}

// saidOf is what the strongest of some layers, the first, says of a key; "" = none does.
func saidOf(name string, layers ...layer) string {
	n := slices.IndexFunc(layers, func(l layer) bool { _, ok := l[name]; return ok })
	if n < 0 {
		return ""
	}
	return layers[n][name].text
}

// valid checks the values of a part of the file, with what it says of previews, which is
// weaker than base in nothing but the choice of the target.
func (l layer) valid(s schema, base layer) error {
	s = s.choose(l, base)
	differs := layer{}
	for name, v := range l {
		if key, ok := strings.CutPrefix(name, previewed+"."); ok {
			differs[key] = v
		}
	}
	if err := l.into(&Config{Origin: map[string]string{}}, s); err != nil {
		return err
	}
	return differs.into(&Config{Origin: map[string]string{}}, s)
}
