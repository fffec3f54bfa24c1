package config

import (
	"slices"
	"strings"
)

// edit changes what is said of keys as the flags of families want it, for the chosen
// target. What they are of another one is an error.
func (s schema) edit(c *Config, flags map[string][]string, settings layer) error {
	var used []string
	for _, f := range familiesOf(s.targets) {
		var own []string
		for _, group := range f.given(flags) {
			if group[0] != f.own && group[0] != f.file {
				own = append(own, group...)
			}
		}
		if len(own) == 0 {
			continue
		}
		if f.section != s.chosen.Section {
			if !slices.ContainsFunc(familiesOf([]Target{s.chosen}), func(of family) bool { return slices.Contains(slices.Concat(of.groups()...), own[0]) }) {
				return origin{name: "--" + own[0]}.errorf("Leave it out, or choose the target with --target.", "is no flag of the target %s", s.chosen.Name)
			}
			continue
		}
		used = append(used, own...)
		gone := &Removal{All: slices.Contains(f.Clear, own[0])}
		if gone.All {
			delete(settings, f.key)
		} else if err := f.change(flags, settings, gone); err != nil {
			return err
		}
		if gone.All || len(gone.Names) > 0 {
			if c.Removed == nil {
				c.Removed = map[string]Removal{}
			}
			c.Removed[f.key] = *gone
		}
	}
	if len(used) > 0 {
		slices.Sort(used)
		c.Notes = append(c.Notes, "--"+strings.Join(slices.Compact(used), ", --")+": for this run; the next one without goes back to what the settings say")
	}
	return nil
}

// change removes entries of a key, and then adds and changes some, as gcloud does.
func (f family) change(flags map[string][]string, settings layer, gone *Removal) error {
	base, said := settings[f.key]
	all := value{kind: mapping, at: base.at}
	var err error
	if said {
		if all.fields, err = f.fields(base); err != nil {
			return err
		}
	}
	if v, ok := looseFlag(f.Remove, List, flags[f.Remove]); ok {
		items, err := elements(f.key, v)
		if err != nil {
			return err
		}
		for _, item := range items {
			gone.Names = append(gone.Names, item.text)
		}
		all.at = v.at
		all.fields = slices.DeleteFunc(all.fields, func(old field) bool { return slices.Contains(gone.Names, old.name) })
	}
	if v, ok := looseFlag(f.Update, List, flags[f.Update]); ok {
		added, err := f.fields(v)
		if err != nil {
			return err
		}
		all.at = v.at
		all.fields = replaced(all.fields, added)
		gone.Names = slices.DeleteFunc(gone.Names, func(name string) bool { return has(added, name) })
	}
	slices.Sort(gone.Names)
	gone.Names = slices.Compact(gone.Names)
	if len(all.fields) == 0 {
		delete(settings, f.key)
		return nil
	}
	if f.Of == Names {
		all.kind = list
		for _, one := range all.fields {
			all.items = append(all.items, one.value)
		}
	}
	settings[f.key] = all
	return nil
}

// fields are the entries of a value by name.
func (f family) fields(v value) (fields []field, err error) {
	switch f.Of {
	case Names:
		items, err := elements(f.key, v)
		for _, item := range items {
			fields = append(fields, field{item.text, item.at, item})
		}
		return fields, err
	case Blocks:
		return f.blocks(v)
	}
	return entries(f.key, v)
}

// blocks are entries with keys of their own; a flag has one each time that it is given.
func (f family) blocks(v value) (fields []field, err error) {
	parsed, ok, err := structured(f.key, v, "{")
	if err != nil || ok || !v.loose || v.kind != text {
		for n := range parsed.fields {
			parsed.fields[n].value.loose = ok
		}
		return parsed.fields, err
	}
	for _, one := range v.each() {
		keys, err := entries(f.key, one)
		if err != nil {
			return nil, err
		}
		block, name := value{kind: mapping, at: v.at, loose: true}, ""
		for _, k := range keys {
			if k.name == "name" {
				name = k.value.text
				continue
			}
			k.name, k.value.loose = strings.ReplaceAll(k.name, "-", "_"), true
			block.fields = append(block.fields, k)
		}
		if name == "" {
			return nil, v.fail(f.key, Wrong("Write name=NAME,type=TYPE and what the type takes.", "has no name"))
		}
		fields = append(fields, field{name, v.at, block})
	}
	return fields, nil
}

// replaced puts fields in the place of those of the same name, and the rest behind.
func replaced(old, by []field) (all []field) {
	for _, o := range old {
		if n := slices.IndexFunc(by, func(f field) bool { return f.name == o.name }); n >= 0 {
			o = by[n]
		}
		all = append(all, o)
	}
	for _, f := range by {
		if !has(old, f.name) {
			all = append(all, f)
		}
	}
	return all
}

func has(fields []field, name string) bool {
	return slices.ContainsFunc(fields, func(f field) bool { return f.name == name })
}
