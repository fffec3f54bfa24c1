package config

import (
	"slices"
	"strings"
)

// Prefixes of variables, the weaker first; PLUGIN_ is how Drone and Woodpecker pass settings.
const (
	prefix       = "GCPDEPLOY_"
	pluginPrefix = "PLUGIN_"
)

// variable is a key's name without its prefix.
func variable(key string) string {
	return strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// fromVariables reads every key's variable, and each section's as JSON. An
// empty variable says nothing, as CI systems set those for absent settings.
func (s schema) fromVariables(in Input, file layer) (layer, error) {
	out, lookup := layer{}, in.Lookup
	for _, p := range []string{pluginPrefix, prefix} {
		for _, name := range s.sections {
			v, ok := loose(lookup, p+variable(name))
			if !ok || (hasShort(name) && !strings.HasPrefix(strings.TrimSpace(v.text), "{")) {
				continue
			}
			fields, err := entriesJSON(name, v)
			if err != nil {
				return nil, err
			}
			l := layer{}
			if err := l.section(s, name, fields); err != nil {
				return nil, err
			}
			l.over(out, false)
		}
		l := layer{}
		for _, k := range s.keys {
			v, ok := loose(lookup, p+variable(k.name))
			switch {
			case !ok, hasShort(k.name) && strings.HasPrefix(strings.TrimSpace(v.text), "{"):
			case k.name == "test":
				if err := l.test(v); err != nil {
					return nil, err
				}
			default:
				l[k.name] = v
			}
		}
		if p == pluginPrefix {
			if err := l.alsoNamed(s, lookup); err != nil {
				return nil, err
			}
			if err := l.entryByEntry(s, in, file); err != nil {
				return nil, err
			}
		}
		l.over(out, false)
	}
	return out, nil
}

// loose reads one variable as untyped text.
func loose(lookup func(string) (string, bool), name string) (value, bool) {
	s, ok := lookup(name)
	if !ok || s == "" {
		return value{}, false
	}
	at := origin{name: name}
	if strings.HasPrefix(name, pluginPrefix) {
		at.hidden = s
	}
	return value{kind: text, text: s, loose: true, at: at}, true
}

// entriesJSON reads a section's variable, which must be a JSON object.
func entriesJSON(key string, v value) (value, error) {
	parsed, ok, err := structured(key, v, "{")
	if err == nil && !ok {
		err = v.fail(key, Wrong("Write a JSON object, or set "+v.at.name+"_NAME for one key.", "must be a JSON object"))
	}
	return parsed, err
}

// Flag describes a command line flag of a key, for the command to declare.
type Flag struct {
	Name, Key, Usage string
	Also             []string // keys of other targets that have the flag, too
	Group            Group
	Form             Form
	Hidden           bool // the flag that help has in its place says of it
}

// Flags lists the flags of ours and of some targets, in the order of the
// documentation. Every Bool has a twin named no-NAME. Of a flag that several targets
// have the key is the first one's.
func Flags(targets []Target) []Flag { return schemaOf(targets).flags() }

// Keys are the names of all keys of ours and of some targets.
func Keys(targets []Target) (names []string) {
	for _, k := range schemaOf(targets).keys {
		names = append(names, k.name)
	}
	return names
}

func (s schema) flags() []Flag {
	var out []Flag
	seen, families := map[string]bool{}, map[string]family{}
	for _, f := range familiesOf(s.targets) {
		families[f.key] = f
	}
	for _, k := range s.keys {
		if k.flag == "" {
			continue
		}
		if seen[k.flag] {
			for i, f := range out {
				if f.Name == k.flag || f.Form == Bool && f.Name == "no-"+k.flag {
					out[i].Also = append(f.Also, k.name)
				}
			}
			continue
		}
		seen[k.flag] = true
		usage := k.usage
		if f, ok := families[k.name]; ok {
			usage += f.usage()
		}
		out = append(out, Flag{Name: k.flag, Key: k.name, Usage: usage, Group: k.group, Form: k.form})
		if k.form == Bool {
			out = append(out, Flag{Name: "no-" + k.flag, Key: k.name, Usage: "the opposite of --" + k.flag, Group: k.group, Form: Bool})
		}
	}
	for _, k := range s.keys {
		if families[k.name].key == "" {
			continue
		}
		for _, f := range families[k.name].flags(k.group) {
			if !seen[f.Name] {
				seen[f.Name] = true
				out = append(out, f)
			}
		}
	}
	return out
}

// fromFlags reads the flags that were given.
func (s schema) fromFlags(given map[string][]string) (layer, error) {
	for _, f := range familiesOf(s.targets) {
		if err := f.alone(given); err != nil {
			return nil, err
		}
	}
	out := layer{}
	for _, k := range s.keys {
		if k.flag == "" {
			continue
		}
		v, ok := looseFlag(k.flag, k.form, given[k.flag])
		if no, negated := given["no-"+k.flag]; negated && k.form == Bool && len(no) > 0 {
			if ok {
				return nil, v.at.errorf("Give one of them.", "given together with --no-%s", k.flag)
			}
			b, err := truth(k.name, value{text: no[len(no)-1], loose: true, at: origin{name: "--no-" + k.flag}})
			if err != nil {
				return nil, err
			}
			v.text, v.at.name = map[bool]string{true: "false", false: "true"}[b], "--no-"+k.flag
			out[k.name] = v
			continue
		}
		if !ok {
			continue
		}
		if k.name == "test" {
			if err := out.test(v); err != nil {
				return nil, err
			}
			continue
		}
		out[k.name] = v
	}
	known := s.flags()
	for name := range given {
		if !slices.ContainsFunc(known, func(f Flag) bool { return f.Name == name }) {
			return nil, origin{name: "--" + name}.errorf("", "is no flag of the configuration")
		}
	}
	return out, nil
}

// looseFlag is what a flag says each time that it is given, where that is a list or a
// mapping; else the last time holds.
func looseFlag(name string, form Form, values []string) (v value, given bool) {
	v = value{kind: text, loose: true, at: origin{name: "--" + name}}
	for n, s := range values {
		one := value{kind: text, text: s, loose: true, at: v.at}
		if n == 0 || form != List {
			v = one
		} else {
			v.more = append(v.more, one)
		}
	}
	return v, len(values) > 0
}
