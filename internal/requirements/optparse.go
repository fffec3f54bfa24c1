package requirements

import (
	"sort"
	"strings"
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

// use is an option as it stands on a line.
type use struct {
	option
	value   string
	written string // as the user spelled it, with its value
	at      int    // where the option begins
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
func parseOptions(words []word) (uses []use, loose []word, f *fault) {
	for i := 0; i < len(words); i++ {
		w := words[i]
		var (
			o        option
			value    string
			attached bool
		)
		next := func(u use) *fault {
			if attached {
				u.value = value
			} else if i++; i < len(words) {
				u.value = words[i].text
				u.written += " " + quoteWord(u.value)
			} else {
				return faultf(u.at, "write "+u.name+" "+u.option.value, "%s needs a value", u.name)
			}
			if u.value == "" {
				return faultf(u.at, "write "+u.name+" "+u.option.value+", or remove the option", "the value of %s is empty", u.name)
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
				return nil, nil, f.shift(w.at)
			}
			u := use{option: o, written: w.text, at: w.at}
			switch {
			case o.value != "":
				f = next(u)
			case attached:
				f = faultf(w.at, "write "+o.name+" alone", "%s takes no value", o.name)
			default:
				uses = append(uses, u)
			}
		case len(w.text) > 1 && w.text[0] == '-':
			// Every short option takes a value, so the first letter is the option.
			var ok bool
			if o, ok = byShort[w.text[1]]; !ok {
				return nil, nil, unknownShort(w.text).shift(w.at)
			}
			value, attached = w.text[2:], len(w.text) > 2
			f = next(use{option: o, written: w.text, at: w.at})
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
func matchLong(name string) (option, *fault) {
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
	return option{}, faultf(0, "write the whole name", "%s could be %s", name, strings.Join(found, ", "))
}
