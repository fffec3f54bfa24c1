package config

import (
	"slices"
	"strings"
	"unicode"
)

// SetOne accepts one mapping, which has some keys; needed are those that it may not
// lack. A flag or variable has it as JSON, or as gcloud's KEY=VALUE,KEY=VALUE, where a key
// below another one is written after a dot: httpGet.path. There "" is none.
func SetOne[T, E any](to func(*T) **E, keys []Key, needed ...string) Setter {
	return func(into any, key string, v value) error {
		v, err := dict(key, v)
		if err != nil {
			return err
		}
		if v.kind == text && v.text == "" {
			*to(into.(*T)) = nil
			return nil
		}
		one := new(E)
		*to(into.(*T)) = one
		return setKeys(one, key, v, keys, needed)
	}
}

// dict is a mapping, of which loose text is read.
func dict(key string, v value) (value, error) {
	if !v.loose || v.kind != text || v.text == "" {
		return v, nil
	}
	fields, err := entries(key, v)
	if err != nil {
		return v, err
	}
	out := value{kind: mapping, at: v.at, loose: true}
	for _, f := range fields {
		out.put(strings.Split(snake(f.name), "."), f)
	}
	return out, nil
}

// put adds a field at a path to a mapping.
func (v *value) put(path []string, f field) {
	if len(path) == 1 {
		v.fields = append(v.fields, field{path[0], f.at, f.value})
		return
	}
	n := slices.IndexFunc(v.fields, func(old field) bool { return old.name == path[0] })
	if n < 0 {
		n, v.fields = len(v.fields), append(v.fields, field{path[0], f.at, value{kind: mapping, at: f.at}})
	}
	v.fields[n].value.put(path[1:], f)
}

// snake is a name of an API in the form of our keys: httpGet is http_get.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
