package config

import (
	"slices"
	"strconv"
	"strings"
)

// Shape is what the entries of a key are.
type Shape int

// The shapes of keys whose entries have flags of their own.
const (
	Pairs  Shape = iota // names with a text each: SetMap
	Names               // texts: SetList
	Blocks              // names with keys of their own: SetNamed; a flag has the name as name=
)

// Family is gcloud's flags that change a key beside the key's own flag, which says the
// whole. They change what one run asks for: see decision 26.
type Family struct {
	Of     Shape
	Update string   // adds entries, and gives those that are there another value; "" = none does
	Remove string   // takes entries away by their names; "" = none does
	Clear  []string // each takes the whole away
	// File is the key beside this one that names a file with entries of it. What this key
	// says itself is stronger; "" = there is none.
	File string
}

// Removal is what of a key flags take away, whoever said it.
type Removal struct {
	All   bool
	Names []string // sorted
}

// family is a key's family, and its own flag.
type family struct {
	Family
	key, section string
	own, file    string // flags: the key's, and that of Family.File
}

// familiesOf are those of some targets.
func familiesOf(targets []Target) (all []family) {
	for _, t := range targets {
		for _, k := range t.Keys {
			if k.Family.Update == "" && len(k.Family.Clear) == 0 {
				continue
			}
			f := family{Family: k.Family, key: t.Section + "." + k.Name, section: t.Section, own: k.Flag}
			if n := slices.IndexFunc(t.Keys, func(other Key) bool { return k.Family.File != "" && other.Name == k.Family.File }); n >= 0 {
				f.file = t.Keys[n].Flag
			}
			all = append(all, f)
		}
	}
	return all
}

// flags are those that help names in the line of the key's own flag, where it has one.
func (f family) flags(group Group) (all []Flag) {
	hidden := f.own != ""
	if f.Update != "" {
		all = append(all, Flag{Name: f.Update, Key: f.key, Group: group, Form: List, Hidden: hidden, Usage: "entries of " + f.key + " to add or change in this run"})
		all = append(all, Flag{Name: f.Remove, Key: f.key, Group: group, Form: List, Hidden: hidden, Usage: "names of entries of " + f.key + " to leave out of this run"})
	}
	for _, name := range f.Clear {
		all = append(all, Flag{Name: name, Key: f.key, Group: group, Form: Bool, Hidden: hidden, Usage: "leave " + f.key + " out of this run"})
	}
	return all
}

// usage is what help says of them: "--update-, --remove-, --clear-env-vars".
func (f family) usage() string {
	var verbs []string
	if f.Update != "" {
		verbs = append(verbs, f.Update, f.Remove)
	}
	verbs = append(verbs, f.Clear...)
	_, of, _ := strings.Cut(verbs[len(verbs)-1], "-")
	for n, name := range verbs[:len(verbs)-1] {
		if verb, ok := strings.CutSuffix(name, "-"+of); ok {
			verbs[n] = verb + "-"
		}
	}
	return " (for one run: --" + strings.Join(verbs, ", --") + ")"
}

// given are the flags of a family that were given, in the groups that exclude each other.
func (f family) given(flags map[string][]string) (groups [][]string) {
	for _, group := range f.groups() {
		var some []string
		for _, name := range group {
			values := flags[name]
			if len(values) == 0 || slices.Contains(f.Clear, name) && !isTrue(values[len(values)-1]) {
				continue
			}
			some = append(some, name)
		}
		if len(some) > 0 {
			groups = append(groups, some)
		}
	}
	return groups
}

// groups are the flags of a family: of two groups one can be given.
func (f family) groups() (all [][]string) {
	if len(f.Clear) > 0 {
		all = append(all, f.Clear)
	}
	for _, name := range []string{f.file, f.own} {
		if name != "" {
			all = append(all, []string{name})
		}
	}
	if f.Update != "" {
		all = append(all, []string{f.Update, f.Remove})
	}
	return all
}

func isTrue(s string) bool {
	b, err := strconv.ParseBool(s)
	return err == nil && b
}

// alone refuses flags of a family that exclude each other.
func (f family) alone(flags map[string][]string) error {
	given := f.given(flags)
	if len(given) < 2 {
		return nil
	}
	var words []string
	for _, group := range f.groups() {
		words = append(words, "--"+strings.Join(group, " --"))
	}
	return origin{name: "--" + given[1][0]}.errorf("Leave out this one, or --"+given[0][0]+".",
		"at most one of %s can be given", strings.Join(words, " | "))
}

// displaced takes out of a base what the whole of a key, or its file, stands in place of.
func (f family) displaced(flags map[string][]string, base layer) {
	file := strings.TrimSuffix(f.key, "."+lastOf(f.key)) + "." + f.File
	for _, group := range f.given(flags) {
		switch {
		case group[0] == f.file:
			delete(base, f.key)
		case f.File != "" && (group[0] == f.own || slices.Contains(f.Clear, group[0])):
			delete(base, file)
		}
	}
}

func lastOf(key string) string {
	_, name := parent(key)
	return name
}
