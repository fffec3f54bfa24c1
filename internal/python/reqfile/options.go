package reqfile

import (
	"sort"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// option is one option of a requirements file: its name, what it is called for
// short, and whether a value follows.
type option struct {
	name  string // long, with dashes; the key of everything below
	short byte
	alias string
	value string // "" for a switch, else what the value is
}

var options = []option{
	{name: "--index-url", short: 'i', alias: "--pypi-url", value: "URL"},
	{name: "--extra-index-url", value: "URL"},
	{name: "--no-index"},
	{name: "--constraint", short: 'c', value: "FILE"},
	{name: "--requirement", short: 'r', value: "FILE"},
	{name: "--editable", short: 'e', value: "PATH or URL"},
	{name: "--find-links", short: 'f', value: "PATH or URL"},
	{name: "--no-binary", value: "NAMES"},
	{name: "--only-binary", value: "NAMES"},
	{name: "--prefer-binary"},
	{name: "--require-hashes"},
	{name: "--no-require-hashes"},
	{name: "--pre"},
	{name: "--all-releases", value: "NAMES"},
	{name: "--only-final", value: "NAMES"},
	{name: "--trusted-host", value: "HOST"},
	{name: "--use-feature", value: "FEATURE"},
	{name: "--hash", value: "ALGORITHM:DIGEST"},
	{name: "--config-settings", short: 'C', value: "KEY=VALUE"},
}

// Use is an option as it stands on a line.
type Use struct {
	Name  string // long, with dashes
	Value string // "" for a switch
	At    int    // where it begins in the line

	written string // as the user spelled it, with its value
}

var (
	byLong  = map[string]option{}
	byShort = map[byte]option{}
	longs   []string
)

func init() {
	for _, o := range options {
		byLong[o.name] = o
		longs = append(longs, o.name)
		if o.alias != "" {
			byLong[o.alias] = o
			longs = append(longs, o.alias)
		}
		if o.short != 0 {
			byShort[o.short] = o
		}
	}
	sort.Strings(longs)
}

// parseOptions reads words as Python's optparse does: unique prefixes of long
// options, values joined to short ones, and words that belong to no option,
// which it returns apart and pip forgets.
func parseOptions(words []word) (uses []Use, loose []word, f *pep508.Fault) {
	for i := 0; i < len(words); i++ {
		w := words[i]
		var (
			o        option
			value    string
			attached bool
		)
		next := func(o option) *pep508.Fault {
			u := Use{Name: o.name, At: w.at, written: w.text}
			if attached {
				u.Value = value
			} else if i++; i < len(words) {
				u.Value = words[i].text
				u.written += " " + Quote(u.Value)
			} else {
				return pep508.Faultf(u.At, "write "+o.name+" "+o.value, "%s needs a value", o.name)
			}
			if u.Value == "" {
				return pep508.Faultf(u.At, "write "+o.name+" "+o.value+", or remove the option", "the value of %s is empty", o.name)
			}
			uses = append(uses, u)
			return nil
		}
		switch {
		case w.text == "--":
			return uses, append(loose, words[i+1:]...), nil
		case strings.HasPrefix(w.text, "--"):
			var name string
			name, value, attached = strings.Cut(w.text, "=")
			if o, f = matchLong(name); f != nil {
				return nil, nil, f.Shift(w.at)
			}
			switch {
			case o.value != "":
				f = next(o)
			case attached:
				f = pep508.Faultf(w.at, "write "+o.name+" alone", "%s takes no value", o.name)
			default:
				uses = append(uses, Use{Name: o.name, At: w.at, written: w.text})
			}
		case len(w.text) > 1 && w.text[0] == '-':
			// Every short option takes a value, so the first letter is the option.
			var ok bool
			if o, ok = byShort[w.text[1]]; !ok {
				return nil, nil, unknownShort(w.text).Shift(w.at)
			}
			value, attached = w.text[2:], len(w.text) > 2
			f = next(o)
		default:
			loose = append(loose, w)
		}
		if f != nil {
			return nil, nil, f
		}
	}
	return uses, loose, nil
}

// matchLong finds the option that a long name, or a prefix of one, means.
func matchLong(name string) (option, *pep508.Fault) {
	if o, ok := byLong[name]; ok {
		return o, nil
	}
	var found []string
	for _, l := range longs {
		if strings.HasPrefix(l, name) {
			found = append(found, l)
		}
	}
	switch len(found) {
	case 0:
		return option{}, unknownLong(name)
	case 1:
		return byLong[found[0]], nil
	}
	return option{}, pep508.Faultf(0, "write the whole name", "%s could be %s", name, strings.Join(found, ", "))
}
