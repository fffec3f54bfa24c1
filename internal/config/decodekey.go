package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
)

// SetNumber accepts a number within bounds, with decimals or without.
func SetNumber[T any](to func(*T) *float64, low, high float64) Setter {
	return func(into any, key string, v value) error {
		n, err := strconv.ParseFloat(v.text, 64)
		switch {
		case v.kind == text && !v.loose && err == nil:
			return v.fail(key, Wrong("Remove the quotes.", "must be a number, but is text: %q", v.text))
		case !v.loose && v.kind != number || err != nil:
			return v.fail(key, mistyped("a number", v))
		case !(n >= low && n <= high): // NaN, too
			return v.fail(key, Wrong("", fmt.Sprintf("must be from %g to %g", low, high)+", not %s", v.text))
		}
		*to(into.(*T)) = n
		return nil
	}
}

// SetEach accepts a list of mappings, each of which has some keys; needed are those
// that none may lack.
func SetEach[T, E any](to func(*T) *[]E, keys []Key, needed ...string) Setter {
	return func(into any, key string, v value) error {
		v, err := listed(key, v)
		if err != nil {
			return err
		}
		all := make([]E, len(v.items))
		for i, item := range v.items {
			item.loose = v.loose
			if err := setKeys(&all[i], key+"["+strconv.Itoa(i)+"]", item, keys, needed); err != nil {
				return err
			}
		}
		*to(into.(*T)) = all
		return nil
	}
}

// SetNamed accepts a mapping of names to mappings, each of which has some keys; needed
// are those that none may lack. A flag or variable has it as JSON.
func SetNamed[T, E any](to func(*T) *map[string]E, name Check, keys []Key, needed ...string) Setter {
	return func(into any, key string, v value) error {
		parsed, ok, err := structured(key, v, "{")
		switch {
		case err != nil:
			return err
		case ok:
			v, v.loose = parsed, true
		case v.kind != mapping:
			return v.fail(key, Wrong("Write NAME: and its keys below it.", "must be a mapping of names, but is %s", keyName(kindNames[v.kind])))
		}
		all := map[string]E{}
		for _, f := range v.fields {
			if _, bad := name(f.name); bad != nil {
				return f.at.fault(key, ": ", bad)
			}
			var one E
			at := key + "." + f.name
			if f.at.hidden != "" { // the name may be of a secret, too
				at = key + "." + hiddenText
			}
			f.value.loose = v.loose
			if err := setKeys(&one, at, f.value, keys, needed); err != nil {
				return err
			}
			all[f.name] = one
		}
		*to(into.(*T)) = all
		return nil
	}
}

// setKeys gives the keys of a mapping their types, and puts them into what has them.
func setKeys(into any, at string, v value, keys []Key, needed []string) error {
	if v.kind != mapping {
		return v.fail(at, mistyped("a mapping", v))
	}
	said := map[string]bool{}
	for _, f := range v.fields {
		n := slices.IndexFunc(keys, func(k Key) bool { return k.Name == f.name })
		if n < 0 {
			return unknownIn(f, at, keys)
		}
		f.value.loose = f.value.loose || v.loose
		if err := keys[n].Set(into, at+"."+f.name, f.value); err != nil {
			return err
		}
		said[f.name] = true
	}
	for _, name := range needed {
		if !said[name] {
			return v.fail(at, &Fault{Message: "has no " + name})
		}
	}
	return nil
}

// listed is a list, which a flag or variable has as JSON.
func listed(key string, v value) (value, error) {
	parsed, ok, err := structured(key, v, "[")
	switch {
	case err != nil:
		return v, err
	case ok:
		parsed.loose = true
		return parsed, nil
	case v.kind != list:
		return v, v.fail(key, mistyped("a list of mappings", v))
	}
	return v, nil
}

func unknownIn(f field, section string, keys []Key) error {
	var names []string
	for _, k := range keys {
		names = append(names, k.Name)
	}
	hint := suggest.Hint(f.name, names)
	if hint == "" {
		hint = "Known are " + strings.Join(names, ", ") + "."
	}
	if f.at.hidden != "" {
		return f.at.errorf(hint, "unknown key %s", ofKey(section+"."+f.name))
	}
	return f.at.errorf(hint, "unknown key %s", section+"."+f.name)
}

// PythonBooleans has the booleans of a mapping read as Python prints them, True and
// False, which is what they are in files that a program in Python reads.
func PythonBooleans(set Setter) Setter {
	return func(into any, key string, v value) error {
		parsed, ok, err := structured(key, v, "{")
		if err != nil {
			return err
		}
		if ok {
			v = parsed
		}
		v.fields = slices.Clone(v.fields)
		for i, f := range v.fields {
			if f.value.kind == boolean {
				v.fields[i].value.text = strings.ToUpper(f.value.text[:1]) + strings.ToLower(f.value.text[1:])
			}
		}
		return set(into, key, v)
	}
}

// Refused is of a key that there is not, and that somebody may look for.
func Refused(f *Fault) Setter {
	return func(_ any, key string, v value) error { return v.fail(key, f) }
}
