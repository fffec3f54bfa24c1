package config

import (
	"errors"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Beside is what a target's own file of settings says.
type Beside struct {
	Settings []Said
	Notes    []string // worth telling, not wrong
}

// Said is one value that a target's own file says: of a key of the target's section,
// by its name there, or with Ours of one of ours; or an element of a list, or an entry
// of a mapping. It has a Text, a List or a Map.
type Said struct {
	Name  string
	Ours  bool
	Place errs.Place
	Text  string
	List  []Said
	Map   []Said
}

// besideKey is the key of a target that names its own file of settings.
const besideKey = "file"

// beside adds what the chosen target's own file says, below all else.
func (s schema) beside(c *Config, settings layer) error {
	if s.chosen.Unchosen != nil && settings["target"].at.name == "default" {
		notes, err := s.chosen.Unchosen(c.Dir)
		if err != nil {
			return err
		}
		c.Notes = append(c.Notes, notes...)
	}
	if s.chosen.Beside == nil {
		return nil
	}
	key := s.chosen.Section + "." + besideKey
	named := settings[key]
	read, err := s.chosen.Beside(c.Dir, named.text)
	if _, told := errors.AsType[*errs.Error](err); err != nil && !told {
		return named.fail(key, Wrong("Name a file in the app's folder.", "names %q, which cannot be read", named.text))
	}
	if err != nil {
		return err
	}
	c.Notes = append(c.Notes, read.Notes...)
	below := layer{}
	for _, said := range read.Settings {
		name := said.Name
		if !said.Ours {
			name = s.chosen.Section + "." + name
		}
		below[name] = said.value()
	}
	for _, k := range s.chosen.Keys {
		if k.InPlaceOf != "" && settings.gives(k.InPlaceOf) {
			delete(below, s.chosen.Section+"."+k.Name)
		}
	}
	for name, v := range below {
		old, ok := settings[name]
		switch {
		case !ok:
			settings[name] = v
		case v.kind == mapping && old.kind == mapping:
			settings[name] = mergeFields(v, old)
		}
	}
	return nil
}

func (s Said) value() value {
	v := value{kind: text, text: s.Text, loose: true, at: origin{label: s.Place.File, place: s.Place}}
	switch {
	case s.List != nil:
		v = value{kind: list, at: v.at}
		for _, item := range s.List {
			v.items = append(v.items, item.value())
		}
	case s.Map != nil:
		v = value{kind: mapping, at: v.at}
		for _, entry := range s.Map {
			e := entry.value()
			v.fields = append(v.fields, field{entry.Name, e.at, e})
		}
	}
	return v
}

// files reads the files that keys of the chosen target name.
func (s schema) files(c *Config, settings layer) error {
	if s.chosen.Files == nil {
		return nil
	}
	conflict, err := s.chosen.Files(c.Settings, c.Dir)
	if err == nil && conflict != nil {
		err = s.conflict(conflict, settings)
	}
	return err
}

// displace takes out of a base what a layer over it says by another key of a target's,
// or for all targets.
func (s schema) displace(l, base layer) {
	for _, t := range s.targets {
		for _, k := range t.Keys {
			name := t.Section + "." + k.Name
			if _, own := l[name]; k.InPlaceOf != "" && !own && l.gives(k.InPlaceOf) {
				delete(base, name)
			}
		}
	}
}

// gives says whether somebody said the key, and not only the directory's name.
func (l layer) gives(key string) bool {
	v, ok := l[key]
	return ok && v.at.name != directoryName
}

// chosenOnly takes out what flags and a plugin's settings say of targets that are not
// chosen: some are the same for several targets. A flag that is of others alone, or a
// setting by such a name, is an error.
func (s schema) chosenOnly(settings layer) error {
	own := map[string]bool{}
	for _, k := range s.chosen.Keys {
		own[k.Flag] = true
		for _, setting := range k.Also {
			own[pluginPrefix+variable(setting)] = true
		}
	}
	for _, t := range s.targets {
		if t.Name == s.chosen.Name {
			continue
		}
		for _, k := range t.Keys {
			name := t.Section + "." + k.Name
			at := settings[name].at
			flag := at.name != "" && (at.name == "--"+k.Flag || at.name == "--no-"+k.Flag)
			switch {
			case flag && !own[k.Flag]:
				return at.errorf("Leave it out, or choose the target with --target.", "is of the target %s, and the target is %s", t.Name, s.chosen.Name)
			case at.hidden != "" && !own[at.name] && slices.ContainsFunc(k.Also, func(setting string) bool { return at.name == pluginPrefix+variable(setting) }):
				return at.fault(name, " ", &Fault{Hint: "Leave it out, or choose the target with the setting target.", Message: "is of the target " + t.Name + ", and the target is " + s.chosen.Name})
			case flag || at.hidden != "":
				delete(settings, name)
			}
		}
	}
	return nil
}
