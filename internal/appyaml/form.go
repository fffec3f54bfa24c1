package appyaml

import (
	"maps"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
)

// A form says what the value of a key may be, and gives it as App Engine takes it.
// It is stricter than gcloud where that one guesses: it takes any text for a boolean,
// cuts fractions off, and makes the text "None" of nothing.
type form func(key string, v Value) (Value, error)

// text is a scalar of any type, as Python prints it.
func text(key string, v Value) (Value, error) {
	switch {
	case !v.scalar():
		return v, v.wrong("", key, "must be text, but is %s", v.is())
	case v.moment:
		return v, v.wrong("Quote it.", key, "is a date with a time to YAML, which reads otherwise as text")
	}
	v.Kind = Text
	return v, nil
}

// matching is a text of a pattern as a whole.
func matching(pattern, what string) form {
	compiled := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:` + pattern + `)$`) })
	return checked(func(s string) bool { return compiled().MatchString(s) }, what)
}

// checked is a text that is as it has to be; what says how in words.
func checked(ok func(string) bool, what string) form {
	return func(key string, v Value) (Value, error) {
		v, err := text(key, v)
		if err == nil && !ok(v.Text) {
			err = v.wrong("", key, "must be %s, not %q", what, v.Text)
		}
		return v, err
	}
}

// among is one of some texts.
func among(words ...string) form {
	return func(key string, v Value) (Value, error) {
		v, err := text(key, v)
		if err == nil && !slices.Contains(words, v.Text) {
			err = v.wrong(suggest.Hint(v.Text, words), key, "must be %s, not %q", strings.Join(words[:len(words)-1], ", ")+" or "+words[len(words)-1], v.Text)
		}
		return v, err
	}
}

// integer is a whole number of at least low.
func integer(low int64) form {
	return func(key string, v Value) (Value, error) {
		n, ok := new(big.Int).SetString(v.Text, 10)
		switch {
		case v.Kind != Number && v.Kind != Text || !ok:
			return v, v.wrong("", key, "must be a whole number, but is %s", v.is())
		case n.Cmp(big.NewInt(low)) < 0:
			return v, v.wrong("", key, "must be at least %d, not %s", low, n)
		case n.Cmp(big.NewInt(math.MaxInt64)) > 0:
			return v, v.wrong("", key, "is too large: %s", n)
		}
		v.Kind, v.Text = Number, n.String()
		return v, nil
	}
}

// decimal is a number from low to high.
func decimal(low, high float64) form {
	return func(key string, v Value) (Value, error) {
		n, err := strconv.ParseFloat(v.Text, 64)
		switch {
		case v.Kind != Number && v.Kind != Text || err != nil || math.IsNaN(n) || math.IsInf(n, 0):
			return v, v.wrong("", key, "must be a number, but is %s", v.is())
		case n < low || n > high:
			return v, v.wrong("", key, "must be from %g to %g, not %g", low, high, n)
		}
		v.Kind, v.Text = Number, strconv.FormatFloat(n, 'f', -1, 64)
		return v, nil
	}
}

// number is a number of any size.
func number(key string, v Value) (Value, error) {
	return decimal(-math.MaxFloat64, math.MaxFloat64)(key, v)
}

// truth is true or false.
func truth(key string, v Value) (Value, error) {
	if v.Kind != Boolean {
		return v, v.wrong("", key, "must be true or false, but is %s", v.is())
	}
	v.Text = strings.ToLower(v.Text)
	return v, nil
}

// listOf is a list of values of a form.
func listOf(of form) form {
	return func(key string, v Value) (Value, error) {
		if v.Kind != List {
			return v, v.wrong("", key, "must be a list, but is %s", v.is())
		}
		out := v
		out.Items = make([]Value, len(v.Items))
		for i, item := range v.Items {
			var err error
			if out.Items[i], err = of(key+"["+strconv.Itoa(i)+"]", item); err != nil {
				return v, err
			}
		}
		return out, nil
	}
}

// object is a mapping of known keys, some of which have to be there.
func object(keys map[string]form, needed ...string) form {
	return func(key string, v Value) (Value, error) {
		if v.Kind != Mapping {
			return v, v.wrong("", key, "must be a mapping, but is %s", v.is())
		}
		out := v
		out.Fields = nil
		for _, f := range v.Fields {
			full := strings.TrimPrefix(key+"."+f.Name, ".")
			of, ok := keys[f.Name]
			if !ok {
				return v, unknown(f, full, key, slices.Sorted(maps.Keys(keys)))
			}
			if f.Value.Kind == Null {
				continue
			}
			var err error
			if f.Value, err = of(full, f.Value); err != nil {
				return v, err
			}
			out.Fields = append(out.Fields, f)
		}
		for _, name := range needed {
			if _, ok := out.Field(name); !ok {
				return v, errs.At(v.Place, "Add "+name+".", "%s has no %s", key, name)
			}
		}
		return out, nil
	}
}

// unknown is the error for a key that there is not.
func unknown(f Field, full, section string, known []string) error {
	hint := suggest.Hint(f.Name, known)
	switch {
	case hint != "":
	case section == "" && len(known) > 10:
		hint = "The keys are told at cloud.google.com/appengine/docs/flexible/reference/app-yaml."
	case section == "":
		hint = "Known are " + strings.Join(known, ", ") + "."
	default:
		hint = "Known in " + section + " are " + strings.Join(known, ", ") + "."
	}
	return errs.At(f.Place, hint, "unknown key %s", full)
}

// dictionary is a mapping of names to texts.
func dictionary(key string, v Value) (Value, error) {
	if v.Kind != Mapping {
		return v, v.wrong("Write NAME: VALUE, a line each.", key, "must be a mapping, but is %s", kindNames[v.Kind])
	}
	out := v
	out.Fields = make([]Field, len(v.Fields))
	for i, f := range v.Fields {
		if !isName(f.Name) {
			shown, _, _ := strings.Cut(f.Name, "=") // behind it may be a password
			return v, errs.At(f.Place, "Write NAME: VALUE, with letters, digits and _ in the name.", "%s: %q is no name", key, shown)
		}
		if f.Value.Kind == Null {
			return v, errs.At(f.Place, `Write "" for an empty value.`, "%s.%s has no value", key, f.Name)
		}
		var err error
		if f.Value, err = text(key+"."+f.Name, f.Value); err != nil {
			return v, err
		}
		out.Fields[i] = f
	}
	return out, nil
}

// isName says whether a text may be the name of a variable or setting.
func isName(s string) bool {
	for i, c := range s {
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// refused is a key that there is, and that may not be used.
func refused(hint, why string) form {
	return func(key string, v Value) (Value, error) {
		return v, v.wrong(hint, key, "%s", why)
	}
}
