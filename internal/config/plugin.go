package config

import (
	"slices"
	"strings"
)

// Alias is a setting of a CI plugin that says a key of ours by another name.
type Alias struct {
	Setting string // in lower case: "memory"
	Key     string // dotted, as in Flag
	Each    bool   // Setting begins the names of settings that are an entry of the key each
}

// Aliases are those of some targets.
func Aliases(targets []Target) (all []Alias) {
	for _, t := range targets {
		for _, k := range t.Keys {
			for _, name := range k.Also {
				all = append(all, Alias{name, t.Section + "." + k.Name, false})
			}
			if k.Each != "" {
				all = append(all, Alias{k.Each, t.Section + "." + k.Name, true})
			}
		}
	}
	return all
}

// alsoNamed reads the settings that say a key by another name. One that is said
// twice is a mistake: nobody knows which is meant.
func (l layer) alsoNamed(s schema, lookup func(string) (string, bool)) error {
	for _, a := range Aliases(s.targets) {
		v, ok := loose(lookup, pluginPrefix+variable(a.Setting))
		if a.Each || !ok {
			continue
		}
		if old, twice := l[a.Key]; twice {
			return v.at.errorf("Give one of them.", "given together with %s", keyName(old.at.name))
		}
		l[a.Key] = v
	}
	return nil
}

// entryByEntry reads settings that are one entry of a mapping each. They are added
// to what the mapping's own setting says, or else the file.
func (l layer) entryByEntry(s schema, in Input, file layer) error {
	if in.Names == nil {
		return nil
	}
	names := in.Names()
	slices.Sort(names)
	for _, a := range Aliases(s.targets) {
		start, added := pluginPrefix+variable(a.Setting), value{kind: mapping}
		for _, name := range names {
			entry, ok := strings.CutPrefix(name, start)
			v, said := loose(in.Lookup, name)
			if !a.Each || !ok || entry == "" || !said {
				continue
			}
			v.loose, added.at = false, v.at
			added.fields = append(added.fields, field{entry, v.at, v})
		}
		if len(added.fields) == 0 {
			continue
		}
		base, ok := l[a.Key]
		if !ok {
			base, ok = file[a.Key]
		}
		if ok {
			fields, err := entries(a.Key, base)
			if err != nil {
				return err
			}
			added = mergeFields(value{fields: fields}, added)
		}
		l[a.Key] = added
	}
	return nil
}
