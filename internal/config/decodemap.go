package config

import (
	"fmt"
	"strings"
)

// setCommand accepts a command line, or its words as a list.
func setCommand(to func(*Config) *[]string) Setter {
	return func(into any, key string, v value) error {
		c := into.(*Config)
		words, notes, err := commandOf(key, v)
		if err != nil {
			return err
		}
		c.Notes = append(c.Notes, notes...)
		*to(c) = words
		return nil
	}
}

// setWords is setCommand for what is not the configuration itself.
func setWords[T any](to func(*T) *[]string) Setter {
	return func(into any, key string, v value) (err error) {
		*to(into.(*T)), _, err = commandOf(key, v)
		return err
	}
}

// commandOf reads a command, and says what may not be meant.
func commandOf(key string, v value) (words, notes []string, err error) {
	if v, _, err = structured(key, v, "["); err != nil {
		return nil, nil, err
	}
	if v.kind == text || v.kind == number {
		words, err := ParseCommand(v.text)
		if err != nil && v.at.hidden != "" {
			return nil, nil, v.fail(key, Wrong("Quote it as in a shell.", "is no command"))
		}
		if err != nil {
			return nil, nil, v.at.errorf("", "%s %w", key, err)
		}
		return words, nil, nil
	}
	if v.kind != list {
		return nil, nil, v.fail(key, mistyped("a command line or a list of words", v))
	}
	if len(v.items) == 0 {
		return nil, nil, v.fail(key, Wrong("", "is an empty list"))
	}
	words = make([]string, len(v.items))
	for i, item := range v.items {
		if !item.scalar() || strings.ContainsRune(item.text, 0) {
			return nil, nil, item.fail(fmt.Sprintf("%s[%d]", key, i), mistyped("text", item))
		}
		words[i] = item.text
	}
	if words[0] == "" {
		return nil, nil, v.items[0].fail(key+"[0]", Wrong("", "names no program"))
	}
	for i, w := range words {
		if isShell(words) || !strings.Contains(w, "$PORT") && !strings.Contains(w, "${") {
			continue
		}
		if v.items[i].at.hidden != "" {
			w = hiddenText
		}
		notes = append(notes, fmt.Sprintf("%s: %s[%d] is %q, and nothing expands variables in a list; write the command as one text", v.items[i].at, key, i, w))
	}
	return words, notes, nil
}

func isShell(words []string) bool {
	return len(words) > 1 && (strings.HasSuffix(words[0], "sh") || words[0] == "env")
}

// SetMap accepts a mapping of names to scalars, each with a check of its own.
func SetMap[T any](to func(*T) *map[string]string, name, ok Check) Setter {
	return func(into any, key string, v value) error {
		fields, err := entries(key, v)
		if err != nil {
			return err
		}
		out := map[string]string{}
		for _, f := range fields {
			shown, _, assigned := strings.Cut(f.name, "=") // behind it may be a password
			if _, bad := name(shown); bad != nil {
				if f.unspaced() {
					bad.Hint = spaced
				}
				return f.at.fault(key, ": ", bad)
			}
			if assigned {
				return f.at.errorf("Write NAME: VALUE, a line each.", "%s: the name of a variable cannot hold a =: %s=…", keyName(key), shown)
			}
			full := key + "." + f.name
			if f.value.kind == null {
				return f.value.fail(full, Wrong(`Write "" for an empty value.`, "has no value"))
			}
			if !f.value.scalar() {
				return f.value.fail(full, mistyped("text, a number or a boolean", f.value))
			}
			s, bad := ok(f.value.text)
			if bad != nil {
				return f.value.fail(full, bad)
			}
			out[f.name] = s
		}
		*to(into.(*T)) = out
		return nil
	}
}

// entries gives a mapping's fields; loose text is JSON, or gcloud's
// KEY=VALUE,KEY=VALUE with ^:^ before it for another separator.
func entries(key string, v value) ([]field, error) {
	v, parsed, err := structured(key, v, "{")
	if err != nil {
		return nil, err
	}
	if !v.loose || parsed || v.kind != text {
		if v.kind != mapping && v.kind != null {
			return nil, v.fail(key, Wrong("Write NAME: VALUE, a line each.", "must be a mapping, but is %s", keyName(kindNames[v.kind]))) // the text may be a password
		}
		return v.fields, nil
	}
	rest, separator := v.text, ","
	if s, ok := strings.CutPrefix(rest, "^"); ok {
		if separator, rest, ok = strings.Cut(s, "^"); !ok || separator == "" {
			return nil, v.fail(key, Wrong("Write ^:^A=1:B=2.", "starts with ^ and names no separator"))
		}
	}
	var out []field
	seen := map[string]bool{}
	for pair := range strings.SplitSeq(rest, separator) {
		if pair == "" {
			continue
		}
		name, s, ok := strings.Cut(pair, "=")
		if !ok || seen[name] {
			return nil, v.fail(key, Wrong("Write KEY=VALUE,KEY=VALUE; see `gcloud topic escaping` for values with commas.", "must be KEY=VALUE pairs with each key once"))
		}
		seen[name] = true
		out = append(out, field{name, v.at, value{kind: text, text: s, at: v.at}})
	}
	return out, nil
}

// AnyText accepts a variable's value: all but a NUL byte.
func AnyText(s string) (string, *Fault) {
	if strings.ContainsRune(s, 0) {
		return "", Wrong("", "holds a NUL byte")
	}
	return s, nil
}
