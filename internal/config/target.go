package config

import (
	"slices"
	"strings"
)

// Target is what the configuration has to know of a place to release to: its
// name, its section of the file, and the rules that hold where it is chosen.
type Target struct {
	Name    string // as in `target:`
	Section string // that its keys stand under
	Keys    []Key
	// New makes an empty value for the keys to fill in. The chosen target's is
	// Config.Settings.
	New func() any
	// Service checks the service's name, Variable the names of variables that the
	// app and its checks get; nil = what holds for every target will do.
	Service, Variable Check
	// Rules gives what is wrong between several keys of a value, or nil.
	Rules func(settings any) *Conflict
	// OneRegion says that a project has one region alone for the target.
	OneRegion bool
	// Job gives what is wrong with a job at the target, Key being one of the job's or ""
	// for its name, and puts its fields into the target's form. nil = the target has no jobs.
	Job func(*Config, *Job) *Conflict
	// Beside reads a file of settings that is the target's own, in the app's folder: what
	// it says is weaker than all that is said of the same key elsewhere. named is the
	// value of the key `file`, "" = the file of the usual name, if there is one. An error
	// that has no place is about that key. nil = the target has none.
	Beside func(dir, named string) (Beside, error)
	// Preview is what keys are in a preview that is a service of its own, whatever is said of
	// the service: "" = as if nothing was.
	Preview map[string]string
	// Unchosen is what to say of an app's folder where nobody chose a target, and it is
	// this one because it is the first; nil = nothing.
	Unchosen func(dir string) ([]string, error)
	// Files reads the files in the app's folder that keys name into the value. What is
	// wrong with a key is a Conflict, what is wrong in a file the error. nil = no key
	// names one.
	Files func(settings any, dir string) (*Conflict, error)
}

// Key is one setting of a target: its name in the section, which may have dots, its
// flag, how it is read. The variable of a.b in section c is GCPDEPLOY_C_A_B. A flag of
// several targets is the chosen one's; "" = there is none.
type Key struct {
	Name, Flag string
	Group      Group
	Form       Form
	Usage      string
	Set        Setter
	Default    string // as a variable would say it; "" = none
	// InPlaceOf is a key of ours whose place this one takes, for its target: of the two
	// the one holds that was said last by who is stronger, and Default only where nobody
	// said either.
	InPlaceOf string
	// Also are settings of CI plugins that say the same, beside the section's and the
	// key's own name; Each begins the names of settings that are one entry of a mapping each.
	Also []string
	Each string
	// Family is flags that change single entries, or take away the whole.
	Family Family
}

// Conflict is what is wrong between several keys, told where one of them was
// said: at an entry of a mapping, or where Entry is "" at the value.
type Conflict struct {
	Key, Entry string
	Fault
}

// schema is every setting there is: ours, and those of the targets.
type schema struct {
	targets  []Target
	chosen   Target // whose rules hold
	keys     []key
	sections []string // that hold keys
}

// schemaOf is the schema of some targets, the first of them chosen.
func schemaOf(targets []Target) schema {
	s := schema{targets: targets, sections: []string{"system_packages", "wheels", "slim", "test", "start", "budget", "canary", "release", "release.check", "preview"}}
	for _, t := range targets {
		s.sections = append(s.sections, t.Section)
	}
	s.sections = append(s.sections, "build")
	if len(targets) > 0 {
		s.chosen = targets[0]
	}
	for _, t := range targets {
		for _, k := range t.Keys {
			for head, _ := parent(t.Section + "." + k.Name); !slices.Contains(s.sections, head); head, _ = parent(head) {
				s.sections = append(s.sections, head)
			}
		}
	}
	s.keys = s.table()
	return s
}

// parent is the section that a key stands in, and its name there.
func parent(key string) (section, name string) {
	n := strings.LastIndexByte(key, '.')
	return key[:max(n, 0)], key[n+1:]
}

// choose is the schema with the rules of the target that the strongest of some
// layers names. One that is none leaves it as it is: its key's check says so.
func (s schema) choose(layers ...layer) schema {
	for _, l := range layers {
		v, ok := l["target"]
		if !ok {
			continue
		}
		for _, t := range s.targets {
			if t.Name == v.text && t.Name != s.chosen.Name {
				s.chosen = t
				s.keys = s.table()
			}
		}
		return s
	}
	return s
}

// names are the targets as in `target:`.
func (s schema) names() (names []string) {
	for _, t := range s.targets {
		names = append(names, t.Name)
	}
	return names
}

// defaults adds those of the chosen target, where nothing else was said.
func (s schema) defaults(to layer) {
	for _, k := range s.chosen.Keys {
		name := s.chosen.Section + "." + k.Name
		if _, said := to[name]; !said && k.Default != "" && !to.gives(k.InPlaceOf) {
			to[name] = value{kind: text, text: k.Default, loose: true, at: origin{name: "default"}}
		}
	}
}

// rules are those between keys of the chosen target.
func (s schema) rules(c *Config, settings layer) error {
	if err := s.jobs(c, settings); err != nil {
		return err
	}
	if s.chosen.Rules == nil {
		return nil
	}
	if conflict := s.chosen.Rules(c.Settings); conflict != nil {
		return s.conflict(conflict, settings)
	}
	return nil
}

// conflict is the error of one, at the key's place.
func (s schema) conflict(conflict *Conflict, settings layer) error {
	name := s.chosen.Section + "." + conflict.Key
	v := settings[name]
	if conflict.Entry == "" {
		return v.fail(name, &conflict.Fault)
	}
	return v.fieldAt(conflict.Entry).fault(name, ": ", &conflict.Fault)
}
