package config

import (
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
)

// layer is what one source said, by dotted key.
type layer map[string]value

// flatten turns a file's mapping into a layer, but for some names that are read apart.
// Names that are no keys are errors, with the nearest name as hint.
func (s schema) flatten(top value, apart ...string) (layer, error) {
	l := layer{}
	if top.kind == null {
		return l, nil
	}
	if top.kind != mapping {
		return nil, top.at.errorf("Write `key: value` lines, such as `service: hello`.", "must be a mapping of keys, but is %s", top.is())
	}
	for _, f := range top.fields {
		switch {
		case slices.Contains(apart, f.name):
		case f.name == previewed:
			if err := l.preview(s, f.value); err != nil {
				return nil, err
			}
		case slices.Contains(s.sections, f.name) && !strings.Contains(f.name, "."):
			if err := l.section(s, f.name, f.value); err != nil {
				return nil, err
			}
		default:
			if _, ok := s.find(f.name); !ok || strings.Contains(f.name, ".") {
				return nil, s.unknown(f, "")
			}
			if f.value.kind == null {
				return nil, f.at.errorf("Give it a value or remove it.", "%s has no value", keyName(f.name))
			}
			l[f.name] = f.value
		}
	}
	return l, l.eitherRegion()
}

func (l layer) section(s schema, name string, v value) error {
	switch {
	case v.kind == null:
		return nil
	case name == "test" && v.kind != mapping:
		return l.test(v)
	case name == "start" && v.kind != mapping:
		l[name] = v
		return nil
	case name == "canary" && v.kind == list:
		l["canary.steps"] = v
		return nil
	case name == "slim" && v.kind == list:
		l["slim.remove"] = v
		return nil
	case v.kind != mapping:
		return v.fail(name, mistyped("a mapping", v))
	}
	for _, f := range v.fields {
		full := name + "." + f.name
		_, ok := s.find(full)
		switch {
		case !strings.Contains(f.name, ".") && slices.Contains(s.sections, full):
			if err := l.section(s, full, f.value); err != nil {
				return err
			}
		case !ok || strings.Contains(f.name, "."):
			return s.unknown(f, name)
		case f.value.kind == null:
			return f.at.errorf("Give it a value or remove it.", "%s has no value", keyName(full))
		default:
			l[full] = f.value
		}
	}
	return nil
}

// test reads the short forms: false, or the command alone.
func (l layer) test(v value) error {
	isBool := v.kind == boolean || v.loose && (v.text == "true" || v.text == "false" || v.text == "0" || v.text == "1")
	switch {
	case isBool:
		l["test"] = v
	case v.kind == text || v.kind == list:
		l["test.command"] = v
	default:
		return v.fail("test", mistyped("false, a command, or a mapping", v))
	}
	return nil
}

// hasShort says whether a section may be said by one word, too.
func hasShort(section string) bool { return section == "test" || section == "start" }

// unknown is the error for a name that is no key of the section.
func (s schema) unknown(f field, section string) error {
	full, names := f.name, s.children(section)
	if section != "" {
		full = section + "." + f.name
	}
	hint := suggest.Hint(f.name, names)
	if _, ok := s.find(f.name); ok && strings.Contains(f.name, ".") {
		head, _, _ := strings.Cut(f.name, ".")
		hint = "Write it as a key under " + head + "."
	}
	if f.unspaced() {
		hint = spaced
	}
	if section == "" && f.name == dependsOn {
		hint = "Write it below one of " + services + "."
	}
	if hint == "" { // the right name at the wrong level
		var meant []string
		for _, k := range s.keys {
			if section != "" && k.name == f.name { // it stands by itself
				meant = []string{k.name}
				break
			}
			if _, last := parent(k.name); last == f.name {
				meant = append(meant, k.name)
			}
		}
		if len(meant) > 0 {
			hint = "Did you mean " + strings.Join(meant, " or ") + "?"
		}
	}
	if hint == "" {
		if section == "" {
			hint = "Known are " + strings.Join(names, ", ") + "."
		} else {
			hint = "Known in " + section + " are " + strings.Join(names, ", ") + "."
		}
	}
	if f.at.hidden != "" {
		return f.at.errorf(hint, "unknown key %s", keyName(strings.TrimPrefix(section+"."+hiddenText, ".")))
	}
	return f.at.errorf(hint, "unknown key %s", full)
}

// over puts a layer over what is there. Maps are merged name by name when
// merge is set, as for environments of the file.
func (l layer) over(base layer, merge bool) {
	if _, command := l["test.command"]; command {
		delete(base, "test") // a command in a higher layer turns tests on again
	}
	for _, asked := range []string{"start.path", "start.status", "start.protocol"} {
		if _, ok := l[asked]; ok {
			delete(base, "start") // so does what is asked of the app
		}
	}
	for name, v := range l {
		if old, ok := base[name]; ok && merge && v.kind == mapping && old.kind == mapping {
			v = mergeFields(old, v)
		}
		base[name] = v
	}
}

func mergeFields(old, new value) value {
	out := new
	out.fields = slices.Clone(new.fields)
	for _, f := range old.fields {
		if !slices.ContainsFunc(new.fields, func(n field) bool { return n.name == f.name }) {
			out.fields = append(out.fields, f)
		}
	}
	return out
}
